// A stream thread: one source, one sink, and the tasks of the partitions it is assigned.
//
// Loop: poll a batch, run each partition's items through its task's chain, send; and every commit
// interval flush the sink, then commit. An offset is committed only when everything its record led
// to is durable, so a crash repeats records and never loses one (at least once).
//
// On revoke it flushes and commits before it lets go; when the assignment was lost it commits
// nothing. Above `in_flight_bytes_max` it pauses the source and goes on polling, so that a slow
// output never ends its membership, and resumes at half.
//
// Threads: Run() is the thread; RequestStop() is thread-safe. Errors: Run() returns what ended it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/batch.h"
#include "pipeline/chain.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"
#include "pipeline/topology.h"

namespace copydesk {

class StreamThread : private AssignmentListener {
 public:
  // The references must outlive the thread. `now_ms` is the wall clock.
  StreamThread(const Topology& topology, const ChainPlan& plan, std::unique_ptr<Source> source,
               std::unique_ptr<Sink> sink, Metrics& metrics, std::function<int64_t()> now_ms);
  ~StreamThread() override;

  // Runs until the source is exhausted, RequestStop() or an error; then flushes, commits and
  // closes.
  absl::Status Run();
  void RequestStop() { should_stop_.store(true, std::memory_order_relaxed); }
  // True from the first poll that returned until Run() ends.
  bool is_ready() const { return is_ready_.load(std::memory_order_relaxed); }

 private:
  struct Task {
    explicit Task(std::unique_ptr<Chain> c) : chain(std::move(c)) {}
    std::unique_ptr<Chain> chain;
    std::vector<Item*> items;  // of the present batch
    int64_t next_offset = -1;  // one past the last item sent
    bool has_uncommitted = false;
  };

  void OnAssigned(std::span<const TopicPartition> partitions) override;
  void OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) override;

  absl::Status Loop();
  absl::Status ProcessBatch();
  absl::Status Commit();
  Task& TaskOf(const Record& record);
  void ApplyBackPressure();
  void ReportLag();

  const Topology& topology_;
  const ChainPlan& plan_;
  const std::unique_ptr<Source> source_;
  const std::unique_ptr<Sink> sink_;
  Metrics& metrics_;
  const std::function<int64_t()> now_ms_;

  std::map<TopicPartition, Task> tasks_;
  Batch batch_;
  absl::Status rebalance_status_;  // the first error inside a listener call
  std::chrono::steady_clock::time_point last_commit_;
  bool is_paused_ = false;
  double reported_in_flight_ = 0;

  std::atomic<bool> should_stop_ = false;
  std::atomic<bool> is_ready_ = false;
};

}  // namespace copydesk
