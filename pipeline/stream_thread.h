// A stream thread: one source, one sink, and the tasks of the partitions it is assigned.
//
// Loop: poll a batch, run each partition's items through its task's chain, send; and when a commit
// is due (by time, records or bytes) commit what was sent, what the stages remember and the offsets
// together. A sink without transactions sends again after a crash what was not committed (at least
// once); with them a reader of committed records sees it once.
//
// With a sink that commits in the background the next batches are run meanwhile: at most two
// commits' worth of work is not committed, that of the commit under way (sealed) and what came
// after it (open).
//
// When what was sent since the last commit is lost, it is rolled back: the sink aborts, the stages
// forget what they learnt, and every partition goes back to its committed offset. When it was lost
// because a record was refused for what it is, the next attempts take half as many records at a
// time until the one record is found; it is set aside as a dead letter.
//
// The records of a newly assigned partition wait until what its stages remembered is read back from
// the changelog; the other tasks go on working meanwhile.
//
// On revoke it commits before it lets go; when the assignment was lost it rolls back. Above
// `in_flight_bytes_max` it pauses the source and goes on polling, so that a slow output never ends
// its membership, and resumes at half.
//
// Threads: Run() is the thread; RequestStop() is thread-safe. Errors: Run() returns what ended it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/batch.h"
#include "pipeline/chain.h"
#include "pipeline/changelog.h"
#include "pipeline/metrics.h"
#include "pipeline/restorer.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"
#include "pipeline/task_state.h"
#include "pipeline/topology.h"

namespace copydesk {

// What one stream thread works with. The sink is destroyed before the source it commits to.
struct Transport {
  std::unique_ptr<Source> source;
  std::unique_ptr<Sink> sink;
  // Where what the stages remember is read back from. nullptr: it is kept in memory only.
  std::unique_ptr<Changelog> changelog = nullptr;
};

class StreamThread : private AssignmentListener {
 public:
  // The references must outlive the thread. `now_ms` is the wall clock.
  StreamThread(const Topology& topology, const ChainPlan& plan, Transport transport,
               Metrics& metrics, std::function<int64_t()> now_ms);
  ~StreamThread() override;

  // Runs until the source is exhausted, RequestStop() or an error; then commits and closes.
  absl::Status Run();
  void RequestStop() { should_stop_.store(true, std::memory_order_relaxed); }
  // True while the source has told what it assigns, be it nothing, and none of it is being
  // restored; until Run() ends. Not after an assignment was lost, until there is another.
  bool is_ready() const { return is_ready_.load(std::memory_order_relaxed) && restorer_.is_idle(); }

 private:
  struct Task {
    Task(std::unique_ptr<Chain> c, TaskState s) : chain(std::move(c)), state(std::move(s)) {}
    std::unique_ptr<Chain> chain;
    TaskState state;
    std::vector<Item*> items;  // of the present batch
    // Where it goes back to: the first record that is not committed, -1 for none.
    int64_t uncommitted_offset() const { return sealed_offset >= 0 ? sealed_offset : first_offset; }

    int64_t first_offset = -1;   // of the first open record, -1 for none
    int64_t next_offset = -1;    // one past the last item sent
    int64_t sealed_offset = -1;  // of the first sealed record, -1 for none
    int64_t sealed_end = -1;     // one past the last
    std::optional<int64_t> bad;  // the offset of the record that is refused whatever is tried
    absl::Status refusal;        // and why
  };

  void OnAssigned(std::span<const TopicPartition> partitions) override;
  void OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) override;

  absl::Status Loop();
  // Reads changelogs on, and lets the records of tasks come that have got their state back.
  absl::Status Restore();
  absl::Status ProcessBatch();
  void SetAsideBadRecord(Task& task);
  // Begins and ends commits when it is time. `is_idle`: there was nothing else to do.
  absl::Status AdvanceCommit(bool is_idle);
  bool IsCommitDue() const;
  bool IsSnapshotDue() const;
  absl::Status SendChanges();
  // Of these four, each returns kAborted when everything since the last commit has been rolled
  // back, and kUnavailable when what it was to commit is left to the next one.
  //
  // Commits what there is before it returns.
  absl::Status Commit();
  // Seals what is open, and begins to commit it. REQUIRES: no commit is under way.
  absl::Status BeginCommit();
  // Ends the commit under way, if it is through after `wait`.
  absl::Status EndCommit(std::chrono::milliseconds wait);
  // A commit of what is sealed ended with `status`.
  absl::Status Settle(absl::Status status);
  // Undoes everything since the last commit; one under way ends first. `why` is what made it
  // necessary.
  absl::Status RollBack(const absl::Status& why);
  // Rolls back where `status` asks for it. Anything else is returned as it is.
  absl::Status Recover(absl::Status status);
  // Takes half as many records at a time from now on, or notes the one that is left as bad. An
  // error when that one was set aside already, and refused once more.
  absl::Status Bisect(const absl::Status& why);
  // Writes a task's snapshots. REQUIRES: nothing in it is uncommitted.
  void WriteSnapshots(const TopicPartition& partition, const Task& task);
  void WriteDueSnapshots();
  BatchLimits Limits() const;
  Task& TaskOf(const TopicPartition& partition);
  bool has_uncommitted() const { return open_.records + sealed_.records > 0; }
  // Shows since when there is something that is not committed.
  void ShowUncommitted();
  bool has_transactions() const { return topology_.guarantee == Guarantee::kExactlyOnce; }
  void ApplyBackPressure();
  void ReportLag();

  const Topology& topology_;
  const ChainPlan& plan_;
  const std::unique_ptr<Source> source_;
  const std::unique_ptr<Sink> sink_;
  const std::unique_ptr<Changelog> changelog_;
  Metrics& metrics_;
  prometheus::Gauge& uncommitted_since_;
  const std::function<int64_t()> now_ms_;

  const SnapshotFolder snapshots_;
  std::map<TopicPartition, Task> tasks_;
  Restorer restorer_;
  std::chrono::steady_clock::time_point last_snapshots_;
  Batch batch_;
  absl::Status rebalance_status_;  // the first error inside a listener call
  std::chrono::steady_clock::time_point last_report_;
  struct Work {
    int64_t records = 0;
    int64_t bytes = 0;
    std::chrono::steady_clock::time_point since;  // when the first was taken, or tried last
    int64_t since_ms = 0;                         // the wall clock when it was taken
  };
  Work open_;
  Work sealed_;
  bool is_committing_ = false;  // what is sealed
  std::chrono::steady_clock::time_point commit_start_;
  // While a refused record is looked for: how many records are taken and committed at a time.
  std::optional<size_t> probe_records_;
  int roll_backs_ = 0;  // since the last commit that came true
  bool is_paused_ = false;
  bool has_assignment_ = false;  // an empty one is one
  double reported_in_flight_ = 0;

  std::atomic<bool> should_stop_ = false;
  std::atomic<bool> is_ready_ = false;
};

}  // namespace copydesk
