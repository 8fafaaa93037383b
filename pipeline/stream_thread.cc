#include "pipeline/stream_thread.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "pipeline/log_place.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long one poll waits: also how soon a stop or a due commit is noticed on an idle feed.
constexpr milliseconds kPollWait{100};
// How long one commit may take, brokers that come back included. A transaction ends by then anyway.
constexpr milliseconds kCommitTimeout{30'000};
// An abort needs the brokers; without them there is nothing else to do but wait.
constexpr milliseconds kAbortTimeout{300'000};
constexpr milliseconds kReportInterval{1000};
// How long to wait for a changelog when there is nothing else to do.
constexpr milliseconds kRestoreWait{20};

// Adds the time until its end to the histogram.
class TimeOf {
 public:
  explicit TimeOf(prometheus::Histogram& histogram) : histogram_(histogram) {}
  ~TimeOf() {
    histogram_.Observe(std::chrono::duration<double>(steady_clock::now() - start_).count());
  }

 private:
  prometheus::Histogram& histogram_;
  const steady_clock::time_point start_ = steady_clock::now();
};

}  // namespace

StreamThread::StreamThread(const Topology& topology, const ChainPlan& plan, Transport transport,
                           Metrics& metrics, std::function<int64_t()> now_ms)
    : topology_(topology),
      plan_(plan),
      source_(std::move(transport.source)),
      sink_(std::move(transport.sink)),
      changelog_(std::move(transport.changelog)),
      metrics_(metrics),
      uncommitted_since_(metrics.AddThread()),
      now_ms_(std::move(now_ms)),
      snapshots_(topology.snapshot_folder),
      restorer_(changelog_.get(), snapshots_, topology.lost == WhenLost::kFail, metrics),
      last_snapshots_(steady_clock::now()) {}

StreamThread::~StreamThread() = default;

absl::Status StreamThread::Run() {
  absl::Status status;
  do {
    status = Loop();
    if (status.ok()) status = Commit();
    // A commit at the end of a source that is rolled back leaves the source with more to give.
  } while (absl::IsAborted(status) && !should_stop_.load(std::memory_order_relaxed));
  // After an error nothing more is committed: what is not durable is read again.
  if (!status.ok()) {
    for (const auto& [partition, task] : tasks_) restorer_.Cancel(partition);
    tasks_.clear();
    ForgetUncommitted();
  }
  source_->Close(*this);
  is_ready_.store(false, std::memory_order_relaxed);
  if (status.ok()) status = rebalance_status_;
  // Rolled back while it was told to stop: whoever has the partitions next reads that again.
  return absl::IsAborted(status) ? absl::OkStatus() : status;
}

absl::Status StreamThread::Loop() {
  while (!should_stop_.load(std::memory_order_relaxed) && !source_->is_exhausted()) {
    const auto until_commit = std::chrono::duration_cast<milliseconds>(
        first_uncommitted_ + topology_.commit_interval - steady_clock::now());
    auto wait =
        has_uncommitted() ? std::clamp(until_commit, milliseconds(0), kPollWait) : kPollWait;
    if (!restorer_.is_idle()) wait = milliseconds(0);
    absl::Status status = source_->Poll(wait, Limits(), *this, &batch_);
    if (status.ok()) status = rebalance_status_;
    if (!status.ok()) return status;
    is_ready_.store(true, std::memory_order_relaxed);
    if (status = Restore(); !status.ok()) return status;
    if (!batch_.empty()) {
      if (status = Recover(ProcessBatch()); !status.ok()) return status;
    }
    ApplyBackPressure();
    if (IsCommitDue()) {
      status = Commit();
      if (!status.ok() && !absl::IsAborted(status) && !absl::IsUnavailable(status)) return status;
    }
    WriteDueSnapshots();
    ReportLag();
  }
  return absl::OkStatus();
}

absl::Status StreamThread::Restore() {
  if (restorer_.is_idle()) return absl::OkStatus();
  // With other work at hand it only takes what is there.
  const absl::StatusOr<std::vector<TopicPartition>> done =
      restorer_.Poll(batch_.empty() ? kRestoreWait : milliseconds(0));
  if (!done.ok()) return done.status();
  for (const TopicPartition& partition : *done) source_->Release(partition);
  return absl::OkStatus();
}

absl::Status StreamThread::ProcessBatch() {
  metrics_.batch_records.Observe(static_cast<double>(batch_.size()));
  // A commit is due an interval after the first record it is for, not after the last commit.
  if (!has_uncommitted()) {
    first_uncommitted_ = steady_clock::now();
    uncommitted_since_.Set(static_cast<double>(now_ms_()) / 1000);
  }
  std::vector<Task*> touched;
  for (size_t i = 0; i < batch_.size(); ++i) {
    const Record& record = batch_[i].record;
    Task& task = TaskOf({record.topic, record.partition});
    if (task.items.empty()) touched.push_back(&task);
    task.items.push_back(&batch_[i]);
    uncommitted_bytes_ += static_cast<int64_t>(record.value.size());
  }
  uncommitted_records_ += static_cast<int64_t>(batch_.size());
  // Before any of them runs: whatever fails, all of them are read again.
  for (Task* task : touched) {
    if (task->first_offset < 0) task->first_offset = task->items.front()->record.offset;
  }
  for (Task* task : touched) {
    SetAsideBadRecord(*task);
    if (absl::Status status = task->chain->Run(task->items, *sink_); !status.ok()) return status;
    task->next_offset = task->items.back()->record.offset + 1;
    task->items.clear();
  }
  batch_.Clear();
  return absl::OkStatus();
}

void StreamThread::SetAsideBadRecord(Task& task) {
  if (!task.bad) return;
  for (Item* item : task.items) {
    if (item->record.offset != *task.bad) continue;
    item->outcome = Outcome::kDeadLetter;
    item->failed_stage = "produce";
    item->failure = {"refused", std::string(task.refusal.message())};
  }
}

StreamThread::Task& StreamThread::TaskOf(const TopicPartition& partition) {
  auto found = tasks_.find(partition);
  if (found == tasks_.end()) {
    auto chain = std::make_unique<Chain>(plan_, metrics_, now_ms_);
    TaskState state(*chain, topology_.name, partition);
    found = tasks_.try_emplace(partition, std::move(chain), std::move(state)).first;
  }
  return found->second;
}

BatchLimits StreamThread::Limits() const {
  BatchLimits limits = topology_.batch;
  if (probe_records_) limits.records = std::min(limits.records, *probe_records_);
  return limits;
}

bool StreamThread::IsCommitDue() const {
  return has_uncommitted() &&
         (probe_records_ || uncommitted_records_ >= topology_.commit_records ||
          uncommitted_bytes_ >= topology_.commit_bytes ||
          steady_clock::now() - first_uncommitted_ >= topology_.commit_interval);
}

absl::Status StreamThread::SendChanges() {
  if (changelog_ == nullptr) return absl::OkStatus();
  for (auto& [partition, task] : tasks_) {
    if (task.first_offset < 0) continue;
    if (absl::Status status = task.state.SendChanges(*sink_, metrics_); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status StreamThread::Commit() {
  if (!has_uncommitted()) return absl::OkStatus();
  std::vector<CommittableOffset> offsets;
  for (auto& [partition, task] : tasks_) {
    if (task.first_offset >= 0) offsets.push_back({partition, task.next_offset});
  }
  const auto start = steady_clock::now();
  absl::Status status = SendChanges();
  if (status.ok() && !offsets.empty()) {
    status = sink_->Commit(*source_, offsets, kCommitTimeout);
  }
  const auto end = steady_clock::now();
  metrics_.commit_seconds.Observe(std::chrono::duration<double>(end - start).count());
  if (absl::IsUnavailable(status)) {
    // Kept for the next commit; whoever gets the partitions before it reads their records again.
    spdlog::warn("{}", std::string(status.message()));
    metrics_.postponed_commits.Increment();
    first_uncommitted_ = end;
    return status;
  }
  if (absl::IsAborted(status)) {
    const absl::Status rolled_back = RollBack(status);
    return rolled_back.ok() ? status : rolled_back;
  }
  if (!status.ok()) return status;
  metrics_.commits.Increment();
  metrics_.uncommitted_seconds.Observe(
      std::chrono::duration<double>(end - first_uncommitted_).count());
  for (auto& [partition, task] : tasks_) {
    if (task.first_offset < 0) continue;
    task.chain->Commit();
    task.first_offset = -1;
    if (task.bad && task.next_offset > *task.bad) task.bad.reset();
  }
  ForgetUncommitted();
  // Past the bad record, back to whole batches step by step.
  if (probe_records_ && (*probe_records_ *= 2) >= topology_.batch.records) probe_records_.reset();
  return absl::OkStatus();
}

absl::Status StreamThread::Recover(absl::Status status) {
  return absl::IsAborted(status) ? RollBack(status) : status;
}

absl::Status StreamThread::RollBack(const absl::Status& why) {
  spdlog::warn("rolling back {} records: {}", uncommitted_records_, std::string(why.message()));
  metrics_.aborted_commits.Increment();
  metrics_.undone_records.Increment(static_cast<double>(uncommitted_records_));
  const absl::StatusOr<bool> was_refused = sink_->Abort(kAbortTimeout);
  if (!was_refused.ok()) return was_refused.status();
  if (*was_refused) {
    if (absl::Status status = Bisect(why); !status.ok()) return status;
  }
  std::vector<CommittableOffset> offsets;
  for (auto& [partition, task] : tasks_) {
    task.items.clear();
    if (task.first_offset < 0) continue;
    task.chain->RollBack();
    offsets.push_back({partition, task.first_offset});
    task.first_offset = -1;
  }
  batch_.Clear();
  ForgetUncommitted();
  return offsets.empty() ? absl::OkStatus() : source_->Rewind(offsets);
}

absl::Status StreamThread::Bisect(const absl::Status& why) {
  if (uncommitted_records_ > 1) {
    probe_records_ = static_cast<size_t>(uncommitted_records_) / 2;
    return absl::OkStatus();
  }
  probe_records_ = 1;
  for (auto& [partition, task] : tasks_) {
    if (task.first_offset < 0) continue;
    const std::string place =
        fmt::format("{} [{}] at {}", partition.topic, partition.partition, task.first_offset);
    if (task.bad == task.first_offset) {
      return absl::InternalError(
          fmt::format("{} cannot be set aside: {}", place, std::string(why.message())));
    }
    task.bad = task.first_offset;
    task.refusal = why;
    const LogPlace log_place(partition.topic, partition.partition, task.first_offset);
    spdlog::error("{} is set aside: {}", place, std::string(why.message()));
  }
  return absl::OkStatus();
}

void StreamThread::WriteSnapshots(const TopicPartition& partition, const Task& task) {
  if (!snapshots_.is_used() || changelog_ == nullptr || restorer_.is_restoring(partition)) return;
  for (const TaskState::Part& part : task.state.parts()) {
    const LogPlace log_place(part.place.topic, part.place.partition);
    const auto start = steady_clock::now();
    const absl::StatusOr<int64_t> end = changelog_->End(part.place);
    const absl::Status status =
        end.ok() ? snapshots_.Write(part.place, *end, *part.state) : end.status();
    metrics_.CountSnapshot(status.ok());
    if (!status.ok()) {
      spdlog::warn("no snapshot: {}", std::string(status.message()));
      continue;
    }
    spdlog::info("snapshot of {} [{}] up to {} in {:.2f} s", part.place.topic, part.place.partition,
                 *end, std::chrono::duration<double>(steady_clock::now() - start).count());
  }
}

void StreamThread::WriteDueSnapshots() {
  if (!snapshots_.is_used() || topology_.snapshot_interval.count() == 0 || has_uncommitted() ||
      steady_clock::now() - last_snapshots_ < topology_.snapshot_interval) {
    return;
  }
  for (const auto& [partition, task] : tasks_) WriteSnapshots(partition, task);
  last_snapshots_ = steady_clock::now();
}

void StreamThread::OnAssigned(std::span<const TopicPartition> partitions) {
  const TimeOf time(metrics_.rebalance_seconds);
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Increment(static_cast<double>(partitions.size()));
  for (const TopicPartition& partition : partitions) {
    const LogPlace log_place(partition.topic, partition.partition);
    spdlog::info("assigned {} [{}]", partition.topic, partition.partition);
    const absl::StatusOr<bool> has_begun = restorer_.Begin(partition, TaskOf(partition).state);
    if (has_begun.ok() && *has_begun) source_->Hold(partition);
    if (!has_begun.ok() && rebalance_status_.ok()) rebalance_status_ = has_begun.status();
  }
}

void StreamThread::OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) {
  const TimeOf time(metrics_.rebalance_seconds);
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Decrement(static_cast<double>(partitions.size()));
  for (const TopicPartition& partition : partitions) {
    const LogPlace log_place(partition.topic, partition.partition);
    spdlog::info("{} {} [{}]", is_lost ? "lost" : "revoked", partition.topic, partition.partition);
  }
  // Whoever has the partitions next reads again what is not committed. What another has already
  // must not come true any more, and what stays assigned shares the transaction with it.
  absl::Status status = is_lost ? absl::UnavailableError("the assignment was lost") : Commit();
  for (const TopicPartition& partition : partitions) {
    const auto task = tasks_.find(partition);
    if (task == tasks_.end()) continue;
    if (status.ok() && task->second.first_offset < 0) WriteSnapshots(partition, task->second);
    restorer_.Cancel(partition);
    tasks_.erase(task);
    metrics_.DropLag(partition.topic, partition.partition);
  }
  if (absl::IsUnavailable(status)) {
    status = has_transactions() && has_uncommitted() ? RollBack(status) : absl::OkStatus();
  }
  if (rebalance_status_.ok() && !absl::IsAborted(status)) rebalance_status_ = status;
}

void StreamThread::ApplyBackPressure() {
  const auto in_flight = static_cast<int64_t>(sink_->bytes_in_flight());
  metrics_.in_flight_bytes.Increment(static_cast<double>(in_flight) - reported_in_flight_);
  reported_in_flight_ = static_cast<double>(in_flight);
  if (!is_paused_ && in_flight > topology_.in_flight_bytes_max) {
    is_paused_ = true;
    source_->Pause();
    metrics_.paused_threads.Increment();
  } else if (is_paused_ && in_flight <= topology_.in_flight_bytes_max / 2) {
    is_paused_ = false;
    source_->Resume();
    metrics_.paused_threads.Decrement();
  }
}

void StreamThread::ReportLag() {
  if (steady_clock::now() - last_report_ < kReportInterval) return;
  last_report_ = steady_clock::now();
  for (const Lag& lag : source_->Lags()) {
    double seconds = 0;
    if (lag.records > 0) {
      seconds = lag.last_time_ms < 0 ? std::numeric_limits<double>::quiet_NaN()
                                     : static_cast<double>(now_ms_() - lag.last_time_ms) / 1000;
    }
    metrics_.SetLag(lag.partition.topic, lag.partition.partition, lag.records, seconds);
  }
}

}  // namespace copydesk
