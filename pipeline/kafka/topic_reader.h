// Reads topics to their present end without joining a consumer group: for tools that look at what
// is there. Without a group it begins at the first record, or at a time, and leaves no trace; with
// one it goes on where that group's last Commit() ended.
//
// Threads: one task thread. Errors: absl::Status naming the topic.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/record.h"

namespace copydesk {

struct TopicReaderOptions {
  std::string group = {};    // whose place is remembered; "" for none
  int64_t since_ms = -1;     // where nothing is remembered: the first record as late; -1 for all
  bool begins_anew = false;  // whatever is remembered
};

class TopicReader {
 public:
  // Only what transactions committed is read. Fails when a topic does not exist.
  static absl::StatusOr<std::unique_ptr<TopicReader>> Open(const KafkaProperties& properties,
                                                           const std::vector<std::string>& topics,
                                                           const TopicReaderOptions& options = {});
  ~TopicReader();

  // Reads the next record into *record, waiting up to `wait` for it. Returns false when the ends of
  // all partitions have been reached, or nothing came in time; is_at_end() tells which.
  // Records that come after an end was seen are read as well.
  absl::StatusOr<bool> Next(std::chrono::milliseconds wait, Record* record);
  // Remembers for the group that everything Next() returned is done.
  // REQUIRES: a group was given.
  absl::Status Commit();
  bool is_at_end() const { return at_end_.size() == partitions_; }
  // About how many records there were to read when it was opened.
  int64_t records_total() const { return records_total_; }

 private:
  explicit TopicReader(std::vector<std::string> topics) : topics_(std::move(topics)) {}
  // Sets where to begin each partition of *list.
  absl::Status FindBeginnings(const TopicReaderOptions& options,
                              rd_kafka_topic_partition_list_t* list);
  const std::vector<std::string> topics_;
  KafkaPtr<rd_kafka_t> client_;
  size_t partitions_ = 0;
  int64_t records_total_ = 0;
  std::set<std::pair<std::string, int32_t>> at_end_;
};

}  // namespace copydesk
