// Reads records of Kafka topics as a member of a consumer group (cooperative-sticky unless the
// properties say otherwise).
//
// Rebalances are events of the consumer's queue here, not call-backs: a poll that meets one ends
// its batch, and the next poll serves it, when everything before it has been processed.
// Close() unsubscribes and serves the last revocation before it closes: with librdkafka 2.0.2 a
// plain close sends no LeaveGroup under cooperative-sticky and leaves the partitions orphaned until
// the session times out.
//
// Threads: one task thread. Errors: fatal client errors and commits that fail for good.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/source.h"

namespace copydesk {

class KafkaSource : public Source {
 public:
  // `group` is used when the properties name no group.id.
  static absl::StatusOr<std::unique_ptr<KafkaSource>> Make(const KafkaProperties& properties,
                                                           const std::vector<std::string>& topics,
                                                           const std::string& group);
  ~KafkaSource() override;

  absl::Status Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                    AssignmentListener& listener, Batch* batch) override;
  absl::Status Commit(std::span<const CommittableOffset> offsets) override;
  void Pause() override;
  void Resume() override;
  bool is_exhausted() const override { return false; }
  std::vector<Lag> Lags() override;
  void Close(AssignmentListener& listener) override;

 private:
  KafkaSource(KafkaPtr<rd_kafka_t> client, const std::vector<std::string>& topics);

  absl::Status ServeEvent(rd_kafka_event_t* event, Batch* batch);
  void TakeRecord(const rd_kafka_message_t& message, Batch* batch);
  void ServeRebalance(AssignmentListener& listener);
  void Assign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative);
  void Unassign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative);
  KafkaPtr<rd_kafka_topic_partition_list_t> Assignment() const;
  std::vector<TopicPartition> ToPartitions(const rd_kafka_topic_partition_list_t* list) const;
  std::string_view TopicName(std::string_view name) const;

  const std::vector<std::string> topics_;  // owns the names that records and tasks refer to
  KafkaPtr<rd_kafka_t> client_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  KafkaPtr<rd_kafka_event_t> pending_rebalance_;
  std::map<TopicPartition, int64_t> positions_;  // assigned partitions, next offset to process
  bool is_paused_ = false;
};

}  // namespace copydesk
