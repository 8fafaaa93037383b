// Brings the states of newly assigned tasks back: from a local snapshot where there is one, and
// from their changelogs, a little at a time, so that the thread's other tasks go on working
// meanwhile.
//
// Threads: one task thread; is_idle() is thread-safe. Errors: a changelog that cannot be read.
//          One whose beginning is missing is reported; what is left of it is worked with, or, where
//          the configuration says so (`lost: fail`), an error.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/changelog.h"
#include "pipeline/metrics.h"
#include "pipeline/snapshot.h"
#include "pipeline/task_state.h"

namespace copydesk {

class Restorer : private ChangelogListener {
 public:
  // `changelog` may be nullptr: nothing is ever restored then. The references must outlive it.
  Restorer(Changelog* changelog, const SnapshotFolder& snapshots, bool fails_when_lost,
           Metrics& metrics)
      : changelog_(changelog),
        snapshots_(snapshots),
        fails_when_lost_(fails_when_lost),
        metrics_(metrics) {}
  ~Restorer() override;

  // Begins with a task. Returns false when there is nothing to restore: it is ready at once.
  // REQUIRES: `task` stays where it is until it is done or given up.
  absl::StatusOr<bool> Begin(const TopicPartition& input, const TaskState& task);
  // Gives a task up; nothing happens when it is done.
  void Cancel(const TopicPartition& input);
  // Reads on for up to `wait`. Returns the input partitions of the tasks that are done with it.
  absl::StatusOr<std::vector<TopicPartition>> Poll(std::chrono::milliseconds wait);

  bool is_restoring(const TopicPartition& input) const;
  bool is_idle() const { return restoring_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Restoring {
    TopicPartition input;
    StageState* state;
    int64_t changes = 0;
    bool has_snapshot = false;
    std::chrono::steady_clock::time_point start;
  };

  absl::Status OnChange(const ChangelogPartition& from, std::string_view key,
                        std::optional<std::string_view> value, int64_t offset) override;
  absl::Status OnEnd(const ChangelogPartition& of, int64_t next_offset) override;
  absl::Status OnGone(const ChangelogPartition& of) override;
  // Reads the snapshot, if there is a good one, and returns where the changelog goes on.
  int64_t ReadSnapshot(const TaskState::Part& part);
  // Begins anew without the snapshot, which does not go with the changelog.
  absl::Status DropSnapshot(const ChangelogPartition& place, const absl::Status& why);
  void Report();
  void SetCount();

  Changelog* const changelog_;
  const SnapshotFolder& snapshots_;
  const bool fails_when_lost_;
  Metrics& metrics_;
  std::map<ChangelogPartition, Restoring> open_;
  std::vector<TopicPartition> done_;
  std::chrono::steady_clock::time_point last_report_;
  std::atomic<size_t> restoring_ = 0;
};

}  // namespace copydesk
