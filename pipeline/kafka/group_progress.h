// How far a consumer group has come with a topic: for a feeder that must not run away from its
// reader on the embedded broker.
//
// Threads: one task thread. Cost: a request to the group's coordinator a call.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

class GroupProgress {
 public:
  static absl::StatusOr<std::unique_ptr<GroupProgress>> Open(const KafkaProperties& properties,
                                                             const std::string& group,
                                                             const std::string& topic);

  // True for the embedded broker, which keeps only so much (EmbeddedBroker::kPartitionBytesMax).
  bool is_embedded_broker() const { return is_embedded_; }
  // The sum of the group's committed offsets over the topic's partitions.
  absl::StatusOr<int64_t> CommittedOffsets();
  // The sum of the partitions' end offsets.
  absl::StatusOr<int64_t> EndOffsets();

 private:
  GroupProgress() = default;
  std::string topic_;
  int32_t partitions_ = 0;
  bool is_embedded_ = false;
  KafkaPtr<rd_kafka_t> client_;
};

}  // namespace copydesk
