// The seam where records come in: a Kafka consumer, files, or a test's fake.
//
// Threads: one task thread. The listener is called from inside Poll() and Close(), on that thread,
//          and never while a batch is only half read: whatever an earlier Poll() returned has been
//          processed by then.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/batch.h"

namespace copydesk {

struct TopicPartition {
  std::string_view topic;  // lives as long as the source
  int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// How far a partition has been processed: the offset of the next record to read.
struct CommittableOffset {
  TopicPartition partition;
  int64_t next_offset = 0;
};

struct Lag {
  TopicPartition partition;
  int64_t records = 0;
  int64_t last_time_ms = -1;  // the timestamp of the last record that was returned, -1 for none
};

class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  virtual void OnAssigned(std::span<const TopicPartition> partitions) = 0;
  // The partitions are given up when this returns. `is_lost`: they belong to another already, so
  // nothing may be committed for them.
  virtual void OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) = 0;
};

// How much one poll may return: whichever is reached first. At least one record is always taken.
struct BatchLimits {
  size_t records = 250;
  size_t bytes = 4 << 20;
};

class Source {
 public:
  virtual ~Source() = default;
  // Adds records to *batch. Waits up to `wait` for the first one, and not for more.
  // An error is final: the thread must end.
  virtual absl::Status Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                            AssignmentListener& listener, Batch* batch) = 0;
  // Makes the offsets durable. Returns when they are, or kUnavailable when they are not taken now
  // (the consumer group is moving, the brokers are away): they may be committed again later. Any
  // other error is final. A second thread may call it, while the first calls the others.
  virtual absl::Status Commit(std::span<const CommittableOffset> offsets) = 0;
  // Goes back: the next record of each of these partitions is the one at its offset.
  // REQUIRES: the partitions are assigned, and a record at that offset was returned before.
  // An error is final.
  virtual absl::Status Rewind(std::span<const CommittableOffset> offsets) = 0;
  // Until Release() Poll() returns no records of this assigned partition. May be called from the
  // listener.
  virtual void Hold(const TopicPartition& partition) = 0;
  virtual void Release(const TopicPartition& partition) = 0;
  // While paused Poll() returns no records but still serves rebalances.
  virtual void Pause() = 0;
  virtual void Resume() = 0;
  // True when there will never be another record (a file's end).
  virtual bool is_exhausted() const = 0;
  // What is left to read, for the partitions where it is known.
  virtual std::vector<Lag> Lags() = 0;
  // Gives up all partitions, calling OnRevoked() for them. Nothing may be called afterwards.
  virtual void Close(AssignmentListener& listener) = 0;
};

}  // namespace copydesk
