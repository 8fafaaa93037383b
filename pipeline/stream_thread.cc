#include "pipeline/stream_thread.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "pipeline/log_place.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long one poll waits: also how soon a stop or a due commit is noticed on an idle feed.
constexpr milliseconds kPollWait{100};
// How long one commit may take until the brokers are asked for it; what became of it then the sink
// waits for (pipeline/sink.h).
constexpr milliseconds kCommitTimeout{30'000};
// An abort needs the brokers; without them there is nothing else to do but wait.
constexpr milliseconds kAbortTimeout{300'000};
constexpr milliseconds kReportInterval{1000};
// How long to wait after a second roll-back in a row, twice as long after each further one.
constexpr milliseconds kRollBackWait{50};
constexpr milliseconds kRollBackWaitMax{2000};
// How long to wait for the end of a commit at a time, when there is nothing else to do.
constexpr milliseconds kCommitWait{2};
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
  absl::Status status, postponed;
  do {
    status = Loop();
    if (status.ok()) {
      status = Commit();
      // Tried again when the partitions are given up.
      if (absl::IsUnavailable(status)) postponed = std::exchange(status, absl::OkStatus());
    }
    // A commit at the end of a source that is rolled back leaves the source with more to give.
  } while (absl::IsAborted(status) && !should_stop_.load(std::memory_order_relaxed));
  // After an error nothing more is committed: what is not durable is read again.
  if (!status.ok()) {
    while (is_committing_) is_committing_ = !sink_->EndCommit(kCommitTimeout);
    for (const auto& [partition, task] : tasks_) restorer_.Cancel(partition);
    tasks_.clear();
    open_ = sealed_ = {};
    ShowUncommitted();
  }
  source_->Close(*this);
  is_ready_.store(false, std::memory_order_relaxed);
  if (status.ok()) status = rebalance_status_;
  if (status.ok() && has_uncommitted()) status = postponed;
  // Rolled back while it was told to stop: whoever has the partitions next reads that again.
  return absl::IsAborted(status) ? absl::OkStatus() : status;
}

absl::Status StreamThread::Loop() {
  while (!should_stop_.load(std::memory_order_relaxed) && !source_->is_exhausted()) {
    const auto until_commit = std::chrono::duration_cast<milliseconds>(
        open_.since + topology_.commit_interval - steady_clock::now());
    auto wait =
        open_.records > 0 ? std::clamp(until_commit, milliseconds(0), kPollWait) : kPollWait;
    if (is_committing_ || !restorer_.is_idle()) wait = milliseconds(0);
    absl::Status status = source_->Poll(wait, Limits(), *this, &batch_);
    if (status.ok()) status = rebalance_status_;
    if (!status.ok()) return status;
    is_ready_.store(has_assignment_, std::memory_order_relaxed);
    if (status = Restore(); !status.ok()) return status;
    const bool is_idle = batch_.empty();
    if (!is_idle) {
      if (status = Recover(ProcessBatch()); !status.ok()) return status;
    }
    ApplyBackPressure();
    status = AdvanceCommit(is_idle);
    if (!status.ok() && !absl::IsAborted(status) && !absl::IsUnavailable(status)) return status;
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
  if (open_.records == 0) {
    open_.since = steady_clock::now();
    open_.since_ms = now_ms_();
  }
  std::vector<Task*> touched;
  for (size_t i = 0; i < batch_.size(); ++i) {
    const Record& record = batch_[i].record;
    Task& task = TaskOf({record.topic, record.partition});
    if (task.items.empty()) touched.push_back(&task);
    task.items.push_back(&batch_[i]);
    open_.bytes += static_cast<int64_t>(record.value.size());
  }
  open_.records += static_cast<int64_t>(batch_.size());
  ShowUncommitted();
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

absl::Status StreamThread::AdvanceCommit(bool is_idle) {
  if (is_committing_) {
    const milliseconds wait = IsCommitDue() ? kCommitTimeout
                              : is_idle     ? kCommitWait
                                            : milliseconds(0);
    if (absl::Status status = EndCommit(wait); !status.ok() || is_committing_) return status;
  }
  if (!IsCommitDue()) return absl::OkStatus();
  // Which record is refused is found by one commit at a time; a snapshot is of committed state
  // only.
  return probe_records_ || IsSnapshotDue() ? Commit() : BeginCommit();
}

bool StreamThread::IsCommitDue() const {
  return open_.records > 0 && (probe_records_ || open_.records >= topology_.commit_records ||
                               open_.bytes >= topology_.commit_bytes ||
                               steady_clock::now() - open_.since >= topology_.commit_interval);
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
  while (is_committing_) {
    if (absl::Status status = EndCommit(kCommitTimeout); !status.ok()) return status;
  }
  if (open_.records == 0) return absl::OkStatus();
  absl::Status status = BeginCommit();
  while (is_committing_) status = EndCommit(kCommitTimeout);
  return status;
}

absl::Status StreamThread::BeginCommit() {
  commit_start_ = steady_clock::now();
  absl::Status status = SendChanges();
  std::vector<CommittableOffset> offsets;
  for (auto& [partition, task] : tasks_) {
    if (task.first_offset < 0) continue;
    offsets.push_back({partition, task.next_offset});
    task.chain->Seal();
    task.sealed_offset = std::exchange(task.first_offset, -1);
    task.sealed_end = task.next_offset;
  }
  sealed_ = std::exchange(open_, {});
  if (!status.ok() || offsets.empty()) return Settle(status);
  const std::optional<absl::Status> end =
      sink_->BeginCommit(*source_, std::move(offsets), kCommitTimeout);
  is_committing_ = !end;
  return end ? Settle(*end) : absl::OkStatus();
}

absl::Status StreamThread::EndCommit(milliseconds wait) {
  const std::optional<absl::Status> end = sink_->EndCommit(wait);
  is_committing_ = !end;
  return end ? Settle(*end) : absl::OkStatus();
}

absl::Status StreamThread::Settle(absl::Status status) {
  const auto end = steady_clock::now();
  metrics_.commit_seconds.Observe(std::chrono::duration<double>(end - commit_start_).count());
  if (absl::IsUnavailable(status)) {
    // Kept for the next commit; whoever gets the partitions before it reads their records again.
    spdlog::warn("{}", std::string(status.message()));
    metrics_.postponed_commits.Increment();
    for (auto& [partition, task] : tasks_) {
      task.first_offset = task.uncommitted_offset();
      task.sealed_offset = -1;
    }
    open_.records += sealed_.records;
    open_.bytes += sealed_.bytes;
    open_.since = end;
    open_.since_ms = sealed_.since_ms;
    sealed_ = {};
    return status;
  }
  if (absl::IsAborted(status)) {
    const absl::Status rolled_back = RollBack(status);
    return rolled_back.ok() ? status : rolled_back;
  }
  if (!status.ok()) return status;
  roll_backs_ = 0;
  metrics_.commits.Increment();
  metrics_.uncommitted_seconds.Observe(std::chrono::duration<double>(end - sealed_.since).count());
  for (auto& [partition, task] : tasks_) {
    if (task.sealed_offset < 0) continue;
    task.chain->Commit();
    task.sealed_offset = -1;
    if (task.bad && task.sealed_end > *task.bad) task.bad.reset();
  }
  sealed_ = {};
  ShowUncommitted();
  // Past the bad record, back to whole batches step by step.
  if (probe_records_ && (*probe_records_ *= 2) >= topology_.batch.records) probe_records_.reset();
  return absl::OkStatus();
}

void StreamThread::ShowUncommitted() {
  const Work& oldest = sealed_.records > 0 ? sealed_ : open_;
  uncommitted_since_.Set(static_cast<double>(oldest.since_ms) / 1000);
}

absl::Status StreamThread::Recover(absl::Status status) {
  return absl::IsAborted(status) ? RollBack(status) : status;
}

absl::Status StreamThread::RollBack(const absl::Status& why) {
  // What a commit under way is of is not what failed: it ends first, one way or the other.
  while (is_committing_) {
    const absl::Status status = EndCommit(kCommitTimeout);
    if (absl::IsAborted(status)) return absl::OkStatus();  // that has rolled all back
    if (!status.ok() && !absl::IsUnavailable(status)) return status;
  }
  const int64_t records = open_.records + sealed_.records;
  spdlog::warn("rolling back {} records: {}", records, std::string(why.message()));
  metrics_.aborted_commits.Increment();
  metrics_.undone_records.Increment(static_cast<double>(records));
  const absl::StatusOr<bool> was_refused = sink_->Abort(kAbortTimeout);
  if (!was_refused.ok()) return was_refused.status();
  if (*was_refused) {
    if (absl::Status status = Bisect(why); !status.ok()) return status;
  }
  std::vector<CommittableOffset> offsets;
  for (auto& [partition, task] : tasks_) {
    task.items.clear();
    if (task.uncommitted_offset() < 0) continue;
    task.chain->RollBack();
    offsets.push_back({partition, task.uncommitted_offset()});
    task.first_offset = task.sealed_offset = -1;
  }
  batch_.Clear();
  open_ = sealed_ = {};
  ShowUncommitted();
  // What failed twice running may do so for long: a topic was deleted, say.
  if (!*was_refused && ++roll_backs_ > 1) {
    std::this_thread::sleep_for(
        std::min(kRollBackWait * (1 << std::min(roll_backs_ - 2, 6)), kRollBackWaitMax));
  }
  return offsets.empty() ? absl::OkStatus() : source_->Rewind(offsets);
}

absl::Status StreamThread::Bisect(const absl::Status& why) {
  if (const int64_t records = open_.records + sealed_.records; records > 1) {
    probe_records_ = static_cast<size_t>(records) / 2;
    return absl::OkStatus();
  }
  probe_records_ = 1;
  for (auto& [partition, task] : tasks_) {
    const int64_t offset = task.uncommitted_offset();
    if (offset < 0) continue;
    const std::string place =
        fmt::format("{} [{}] at {}", partition.topic, partition.partition, offset);
    if (task.bad == offset) {
      return absl::InternalError(
          fmt::format("{} cannot be set aside: {}", place, std::string(why.message())));
    }
    task.bad = offset;
    task.refusal = why;
    const LogPlace log_place(partition.topic, partition.partition, offset);
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

bool StreamThread::IsSnapshotDue() const {
  return snapshots_.is_used() && topology_.snapshot_interval.count() != 0 &&
         steady_clock::now() - last_snapshots_ >= topology_.snapshot_interval;
}

void StreamThread::WriteDueSnapshots() {
  if (has_uncommitted() || !IsSnapshotDue()) return;
  for (const auto& [partition, task] : tasks_) WriteSnapshots(partition, task);
  last_snapshots_ = steady_clock::now();
}

void StreamThread::OnAssigned(std::span<const TopicPartition> partitions) {
  const TimeOf time(metrics_.rebalance_seconds);
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Increment(static_cast<double>(partitions.size()));
  has_assignment_ = true;
  for (const TopicPartition& partition : partitions) {
    const LogPlace log_place(partition.topic, partition.partition);
    spdlog::info("assigned {} [{}]", partition.topic, partition.partition);
    if (!rebalance_status_.ok()) continue;  // the thread is about to end
    const absl::StatusOr<bool> has_begun = restorer_.Begin(partition, TaskOf(partition).state);
    if (has_begun.ok() && *has_begun) source_->Hold(partition);
    if (!has_begun.ok()) rebalance_status_ = has_begun.status();
  }
}

void StreamThread::OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) {
  const TimeOf time(metrics_.rebalance_seconds);
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Decrement(static_cast<double>(partitions.size()));
  if (is_lost) has_assignment_ = false;
  for (const TopicPartition& partition : partitions) {
    const LogPlace log_place(partition.topic, partition.partition);
    spdlog::info("{} {} [{}]", is_lost ? "lost" : "revoked", partition.topic, partition.partition);
  }
  // Whoever has the partitions next reads again what is not committed. What another has already
  // must not come true any more, and what stays assigned shares the transaction with it.
  absl::Status status;
  while (is_committing_ && status.ok()) status = EndCommit(kCommitTimeout);
  if (status.ok()) {
    status = is_lost ? absl::UnavailableError("the assignment was lost") : Commit();
  }
  for (const TopicPartition& partition : partitions) {
    const auto task = tasks_.find(partition);
    if (task == tasks_.end()) continue;
    if (status.ok() && task->second.uncommitted_offset() < 0)
      WriteSnapshots(partition, task->second);
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
