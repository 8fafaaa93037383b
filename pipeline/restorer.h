// Brings the states of newly assigned tasks back: from a local snapshot where there is one, and
// from their changelogs, a little at a time, so that the thread's other tasks go on working
// meanwhile.
//
// A task's state goes through three hands: a snapshot is read into it by a thread of its own, the
// changes since then by the task thread, and what both left to be put together is done by a thread
// of its own again. As many of these threads run at a time as there are processors.
//
// Threads: one task thread, besides those; is_idle() is thread-safe.
// Errors:  a changelog that cannot be read. One whose beginning is missing is reported; what is
//          left of it is worked with, or, where the configuration says so (`lost: fail`), an error.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
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
  // Gives a task up, once nothing works on its state any more; nothing happens when it is done.
  void Cancel(const TopicPartition& input);
  // Reads on for up to `wait`. Returns the input partitions of the tasks that are done with it.
  absl::StatusOr<std::vector<TopicPartition>> Poll(std::chrono::milliseconds wait);

  bool is_restoring(const TopicPartition& input) const;
  bool is_idle() const { return restoring_.load(std::memory_order_relaxed) == 0; }

 private:
  enum class Step { kSnapshot, kChanges, kFinish };
  struct Restoring {
    TopicPartition input;
    StageState* state = nullptr;
    std::chrono::steady_clock::time_point start;
    Step step = Step::kSnapshot;
    // Of the steps that have a thread; invalid until there is one for it. The snapshot's ends with
    // the offset at which the changelog goes on.
    std::future<absl::StatusOr<int64_t>> work;
    bool has_snapshot = false;
    bool was_deleted = false;  // its changelog's beginning
    int64_t changes = 0;
    int64_t end = 0;  // of the changelog, when all was read
  };

  absl::Status OnChange(const ChangelogPartition& from, std::string_view key,
                        std::optional<std::string_view> value, int64_t offset) override;
  absl::Status OnEnd(const ChangelogPartition& of, int64_t next_offset) override;
  void OnDeleted(const ChangelogPartition& of) override;
  absl::Status OnGone(const ChangelogPartition& of) override;
  // Gives what waits for a thread one, as far as there are any.
  void StartWork();
  // Takes what threads have ended.
  absl::Status TakeWork();
  // Reads the changes behind the snapshot that was read, or all.
  absl::Status OpenChangelog(const ChangelogPartition& place, Restoring& restoring,
                             const absl::StatusOr<int64_t>& snapshot);
  absl::Status Finish(const ChangelogPartition& place, absl::Status status);
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
