// Asks the brokers how they keep topics.
//
// Threads: one thread. Errors: absl::Status when the brokers do not say; that may be for want of
//          rights, or because an embedded broker does not know.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

struct TopicPolicy {
  std::string clean_up;          // cleanup.policy: "delete", "compact" or both
  int64_t record_bytes_max = 0;  // max.message.bytes
};

// By topic. One that may not be asked for is left out.
absl::StatusOr<std::map<std::string, TopicPolicy>> TopicPolicies(
    const KafkaProperties& properties, const std::vector<std::string>& topics);

}  // namespace copydesk
