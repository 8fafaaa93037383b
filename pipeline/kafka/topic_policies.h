// Asks the brokers how they clean topics up.
//
// Threads: one thread. Errors: absl::Status when the brokers do not say; that may be for want of
//          rights, or because an embedded broker does not know.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

// cleanup.policy by topic: "delete", "compact" or both. A topic that may not be asked for is left
// out.
absl::StatusOr<std::map<std::string, std::string>> TopicPolicies(
    const KafkaProperties& properties, const std::vector<std::string>& topics);

}  // namespace copydesk
