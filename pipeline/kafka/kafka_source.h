// Reads records of Kafka topics as a member of a consumer group (cooperative-sticky unless the
// properties say otherwise).
//
// Rebalances are events of the consumer's queue here, not call-backs: a poll that meets one ends
// its batch, and the next poll serves it, when everything before it has been processed. Partitions
// are assigned when it is known where each begins; until then those that are there go on.
// Close() unsubscribes and serves the last revocation before it closes: with librdkafka 2.0.2 a
// plain close sends no LeaveGroup under cooperative-sticky and leaves the partitions orphaned until
// the session times out.
//
// Threads: one task thread. Errors: fatal client errors and commits that fail for good.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/fetch_waker.h"
#include "pipeline/kafka/statistics.h"
#include "pipeline/source.h"

namespace copydesk {

struct KafkaSourceOptions {
  std::vector<std::string> topics;
  std::string group;   // used when the properties name no group.id
  std::string member;  // group.instance.id of a static member; "" for none
  // auto.offset.reset: earliest, latest or error. Goes for a group's first start as well.
  std::string lost = "earliest";
  TakeStatistics statistics = nullptr;
};

class KafkaSource : public Source {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaSource>> Make(const KafkaProperties& properties,
                                                           const KafkaSourceOptions& options);
  ~KafkaSource() override;

  absl::Status Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                    AssignmentListener& listener, Batch* batch) override;
  absl::Status Commit(std::span<const CommittableOffset> offsets) override;
  absl::Status Rewind(std::span<const CommittableOffset> offsets) override;
  void Hold(const TopicPartition& partition) override;
  void Release(const TopicPartition& partition) override;
  void Pause() override;
  void Resume() override;
  bool is_exhausted() const override { return false; }
  std::vector<Lag> Lags() override;
  void Close(AssignmentListener& listener) override;

  // As librdkafka takes them.
  static KafkaPtr<rd_kafka_topic_partition_list_t> ToList(
      std::span<const CommittableOffset> offsets);
  // Which member of which generation of the group this is, for a transaction that commits offsets.
  KafkaPtr<rd_kafka_consumer_group_metadata_t> GroupMetadata() const;

 private:
  struct Position {
    int64_t next_offset = -1;  // to process
    bool is_rewound = false;   // the next record must be the one at next_offset
    bool is_held = false;
    // The last end that was reached: behind it stand at most markers of transactions.
    int64_t end_offset = -1;
    int64_t last_time_ms = -1;  // the timestamp of the last record
    int64_t committed = -1;     // by whoever had it before, when it was assigned
  };

  KafkaSource(KafkaPtr<rd_kafka_t> client, const FetchWaker& waker,
              const KafkaSourceOptions& options);

  absl::Status ServeEvent(rd_kafka_event_t* event, Batch* batch);
  absl::Status TakeRecord(const rd_kafka_message_t& message, Batch* batch);
  void NoteEnd(rd_kafka_event_t* event);
  // Commits the end at which a partition begins: what comes while nobody reads is after it.
  void CommitBeginning(const TopicPartition& partition, int64_t offset);
  void PutOff(KafkaPtr<rd_kafka_event_t> rebalance);
  // Serves the rebalance that waits, if it can be.
  void ServeRebalance(AssignmentListener& listener);
  // The same, whether it is known where new partitions begin or not.
  void Rebalance(AssignmentListener& listener);
  bool is_assignment_pending() const;
  // Asks where the partitions of the pending assignment begin, if it is time to.
  void AskForBeginnings();
  absl::Status TakeBeginnings(rd_kafka_event_t* event);
  void Assign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative);
  void Unassign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative);
  // The assigned partitions that are not held.
  KafkaPtr<rd_kafka_topic_partition_list_t> Flowing() const;
  std::vector<TopicPartition> ToPartitions(const rd_kafka_topic_partition_list_t* list) const;
  std::string_view TopicName(std::string_view name) const;

  const std::vector<std::string> topics_;  // owns the names that records and tasks refer to
  const bool is_static_;
  const std::string lost_;  // as in the options
  const TakeStatistics statistics_;
  KafkaPtr<rd_kafka_t> client_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  FetchWaker waker_;
  KafkaPtr<rd_kafka_event_t> pending_rebalance_;
  // Of the pending assignment.
  KafkaPtr<rd_kafka_topic_partition_list_t> beginnings_;  // null until they are known
  uintptr_t asked_ = 0;                                   // which assignment; they are numbered
  std::chrono::steady_clock::time_point ask_at_;
  bool is_delay_told_ = false;
  std::map<TopicPartition, Position> positions_;  // of the assigned partitions
  bool is_paused_ = false;
  bool was_assigned_ = false;  // once at least
};

}  // namespace copydesk
