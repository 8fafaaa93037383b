#include "pipeline/stream_thread.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace copydesk {
namespace {

// How long one poll waits: also how soon a stop or a due commit is noticed on an idle feed.
constexpr std::chrono::milliseconds kPollWait{100};

}  // namespace

StreamThread::StreamThread(const Topology& topology, const ChainPlan& plan,
                           std::unique_ptr<Source> source, std::unique_ptr<Sink> sink,
                           Metrics& metrics, std::function<int64_t()> now_ms)
    : topology_(topology),
      plan_(plan),
      source_(std::move(source)),
      sink_(std::move(sink)),
      metrics_(metrics),
      now_ms_(std::move(now_ms)),
      last_commit_(std::chrono::steady_clock::now()) {}

StreamThread::~StreamThread() = default;

absl::Status StreamThread::Run() {
  absl::Status status = Loop();
  if (status.ok()) status = Commit();
  // After an error nothing more is committed: what is not durable is read again.
  if (!status.ok()) tasks_.clear();
  source_->Close(*this);
  is_ready_.store(false, std::memory_order_relaxed);
  if (status.ok()) status = rebalance_status_;
  return status;
}

absl::Status StreamThread::Loop() {
  while (!should_stop_.load(std::memory_order_relaxed) && !source_->is_exhausted()) {
    const auto until_commit = std::chrono::duration_cast<std::chrono::milliseconds>(
        last_commit_ + topology_.commit_interval - std::chrono::steady_clock::now());
    const auto wait = std::clamp(until_commit, std::chrono::milliseconds(0), kPollWait);
    absl::Status status = source_->Poll(wait, topology_.batch, *this, &batch_);
    if (status.ok()) status = rebalance_status_;
    if (!status.ok()) return status;
    is_ready_.store(true, std::memory_order_relaxed);
    if (!batch_.empty()) {
      if (status = ProcessBatch(); !status.ok()) return status;
    }
    ApplyBackPressure();
    if (std::chrono::steady_clock::now() - last_commit_ >= topology_.commit_interval) {
      if (status = Commit(); !status.ok()) return status;
      ReportLag();
    }
  }
  return absl::OkStatus();
}

absl::Status StreamThread::ProcessBatch() {
  metrics_.batch_records.Observe(static_cast<double>(batch_.size()));
  std::vector<Task*> touched;
  for (size_t i = 0; i < batch_.size(); ++i) {
    Task& task = TaskOf(batch_[i].record);
    if (task.items.empty()) touched.push_back(&task);
    task.items.push_back(&batch_[i]);
  }
  for (Task* task : touched) {
    if (absl::Status status = task->chain->Run(task->items, *sink_); !status.ok()) return status;
    task->next_offset = task->items.back()->record.offset + 1;
    task->has_uncommitted = true;
    task->items.clear();
  }
  batch_.Clear();
  return absl::OkStatus();
}

StreamThread::Task& StreamThread::TaskOf(const Record& record) {
  const TopicPartition partition{record.topic, record.partition};
  auto found = tasks_.find(partition);
  if (found == tasks_.end()) {
    found = tasks_.try_emplace(partition, std::make_unique<Chain>(plan_, metrics_, now_ms_)).first;
  }
  return found->second;
}

absl::Status StreamThread::Commit() {
  last_commit_ = std::chrono::steady_clock::now();
  std::vector<CommittableOffset> offsets;
  for (auto& [partition, task] : tasks_) {
    if (task.has_uncommitted) offsets.push_back({partition, task.next_offset});
  }
  if (offsets.empty()) return absl::OkStatus();
  const auto start = last_commit_;
  absl::Status status = sink_->Flush(topology_.shutdown_timeout);
  if (status.ok()) status = source_->Commit(offsets);
  metrics_.commit_seconds.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (!status.ok()) {
    metrics_.failed_commits.Increment();
    if (!absl::IsAborted(status)) return status;
    // Kept for the next commit; whoever gets the partitions before it reads their records again.
    spdlog::warn("{}", std::string(status.message()));
    return absl::OkStatus();
  }
  metrics_.commits.Increment();
  for (auto& [partition, task] : tasks_) task.has_uncommitted = false;
  return absl::OkStatus();
}

void StreamThread::OnAssigned(std::span<const TopicPartition> partitions) {
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Increment(static_cast<double>(partitions.size()));
  for (const TopicPartition& partition : partitions) {
    spdlog::info("assigned {} [{}]", partition.topic, partition.partition);
  }
}

void StreamThread::OnRevoked(std::span<const TopicPartition> partitions, bool is_lost) {
  metrics_.rebalances.Increment();
  metrics_.assigned_partitions.Decrement(static_cast<double>(partitions.size()));
  if (!is_lost && rebalance_status_.ok()) rebalance_status_ = Commit();
  for (const TopicPartition& partition : partitions) {
    spdlog::info("{} {} [{}]", is_lost ? "lost" : "revoked", partition.topic, partition.partition);
    tasks_.erase(partition);
    metrics_.DropLag(partition.topic, partition.partition);
  }
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
  for (const Lag& lag : source_->Lags()) {
    metrics_.SetLag(lag.partition.topic, lag.partition.partition, lag.records);
  }
}

}  // namespace copydesk
