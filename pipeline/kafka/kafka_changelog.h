// Reads changelogs from Kafka with one consumer that belongs to no group.
//
// Threads: one task thread. Errors: those of Changelog; what librdkafka retries is waited for.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/changelog.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/fetch_waker.h"

namespace copydesk {

class KafkaChangelog : public Changelog {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaChangelog>> Make(const KafkaProperties& properties);
  ~KafkaChangelog() override;

  absl::Status Open(const ChangelogPartition& partition, int64_t from_offset) override;
  void Close(const ChangelogPartition& partition) override;
  absl::Status Poll(std::chrono::milliseconds wait, ChangelogListener& listener) override;
  absl::StatusOr<int64_t> End(const ChangelogPartition& partition) override;
  int64_t Remaining(const ChangelogPartition& partition) override;

 private:
  KafkaChangelog(KafkaPtr<rd_kafka_t> client, const FetchWaker& waker);
  // Begins to read at `at`, an offset or one of librdkafka's names for one.
  absl::Status Assign(const ChangelogPartition& partition, int64_t next_offset, int64_t at);
  absl::Status Take(const rd_kafka_message_t& message, ChangelogListener& listener);
  // librdkafka waits forever for a partition that is not there. Asks the brokers once a topic, but
  // for one that does not appear yet: kFailedPrecondition when it does not in seconds.
  absl::Status CheckExists(const ChangelogPartition& partition);
  // The same at once: kUnavailable for a topic that is not there.
  absl::Status FindPartition(const ChangelogPartition& partition);

  KafkaPtr<rd_kafka_t> client_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  FetchWaker waker_;
  std::map<ChangelogPartition, int64_t> open_;  // the next offset, -1 before the first change
  std::map<std::string, int32_t> partitions_;   // how many a topic has
  std::set<ChangelogPartition> opened_;         // since the present Poll() began
};

}  // namespace copydesk
