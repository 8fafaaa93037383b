#include "pipeline/restorer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "pipeline/log_place.h"

namespace copydesk {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kReportInterval{2};

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

}  // namespace

Restorer::~Restorer() {
  open_.clear();
  SetCount();
}

absl::StatusOr<bool> Restorer::Begin(const TopicPartition& input, const TaskState& task) {
  if (changelog_ == nullptr || task.parts().empty()) return false;
  for (const TaskState::Part& part : task.parts()) {
    Restoring& restoring = open_[part.place];
    restoring.input = input;
    restoring.state = part.state;
    restoring.start = steady_clock::now();
    if (snapshots_.is_used()) continue;
    absl::Status status = OpenChangelog(part.place, restoring, absl::NotFoundError(""));
    if (!status.ok()) return status;
  }
  StartWork();
  SetCount();
  return true;
}

void Restorer::StartWork() {
  auto running = static_cast<unsigned>(std::count_if(
      open_.begin(), open_.end(), [](const auto& entry) { return entry.second.work.valid(); }));
  const unsigned most = std::max(1u, std::thread::hardware_concurrency());
  for (auto& [place, restoring] : open_) {
    if (running >= most) return;
    if (restoring.step == Step::kChanges || restoring.work.valid()) continue;
    StageState* const state = restoring.state;
    if (restoring.step == Step::kSnapshot) {
      restoring.work = std::async(
          std::launch::async, [this, state, at = place] { return snapshots_.Read(at, *state); });
    } else {
      restoring.work = std::async(std::launch::async, [state]() -> absl::StatusOr<int64_t> {
        absl::Status status = state->FinishRestore();
        if (!status.ok()) return status;
        return 0;
      });
    }
    ++running;
  }
}

absl::Status Restorer::TakeWork() {
  std::vector<ChangelogPartition> ended;
  for (const auto& [place, restoring] : open_) {
    if (restoring.work.valid() &&
        restoring.work.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      ended.push_back(place);
    }
  }
  for (const ChangelogPartition& place : ended) {
    Restoring& restoring = open_.at(place);
    const absl::StatusOr<int64_t> result = restoring.work.get();
    absl::Status status = restoring.step == Step::kSnapshot
                              ? OpenChangelog(place, restoring, result)
                              : Finish(place, result.status());
    if (!status.ok()) return status;
  }
  StartWork();
  return absl::OkStatus();
}

absl::Status Restorer::OpenChangelog(const ChangelogPartition& place, Restoring& restoring,
                                     const absl::StatusOr<int64_t>& snapshot) {
  restoring.step = Step::kChanges;
  restoring.has_snapshot = snapshot.ok();
  if (snapshot.ok()) {
    const LogPlace log_place(place.topic, place.partition);
    spdlog::info("read the snapshot of {} [{}] up to {} in {:.2f} s", place.topic, place.partition,
                 *snapshot, SecondsSince(restoring.start));
    return changelog_->Open(place, *snapshot);
  }
  if (!absl::IsNotFound(snapshot.status())) {
    const LogPlace log_place(place.topic, place.partition);
    spdlog::warn("snapshot ignored: {}", std::string(snapshot.status().message()));
    snapshots_.Remove(place);
    restoring.state->Clear();
  }
  return changelog_->Open(place, Changelog::kBeginning);
}

absl::Status Restorer::DropSnapshot(const ChangelogPartition& place, const absl::Status& why) {
  const LogPlace log_place(place.topic, place.partition);
  spdlog::warn(
      "the snapshot of {} [{}] does not go with its changelog, which is read from the "
      "beginning: {}",
      place.topic, place.partition, std::string(why.message()));
  Restoring& restoring = open_.at(place);
  restoring.has_snapshot = false;
  restoring.step = Step::kChanges;
  restoring.changes = 0;
  restoring.state->Clear();
  snapshots_.Remove(place);
  changelog_->Close(place);
  return changelog_->Open(place, Changelog::kBeginning);
}

void Restorer::Cancel(const TopicPartition& input) {
  std::erase_if(open_, [&](const auto& entry) {
    if (entry.second.input != input) return false;
    if (entry.second.work.valid()) entry.second.work.wait();
    changelog_->Close(entry.first);
    metrics_.DropRestoring(entry.first.topic, entry.first.partition);
    return true;
  });
  SetCount();
}

absl::StatusOr<std::vector<TopicPartition>> Restorer::Poll(std::chrono::milliseconds wait) {
  done_.clear();
  if (open_.empty()) return done_;
  if (absl::Status status = TakeWork(); !status.ok()) return status;
  const auto find = [&](auto is_it) { return std::find_if(open_.begin(), open_.end(), is_it); };
  if (find([](const auto& entry) { return entry.second.step == Step::kChanges; }) != open_.end()) {
    if (absl::Status status = changelog_->Poll(wait, *this); !status.ok()) return status;
  } else if (const auto working = find([](const auto& entry) { return entry.second.work.valid(); });
             working != open_.end()) {
    working->second.work.wait_for(wait);
  }
  Report();
  return std::exchange(done_, {});
}

absl::Status Restorer::OnChange(const ChangelogPartition& from, std::string_view key,
                                std::optional<std::string_view> value, int64_t offset) {
  Restoring& restoring = open_.at(from);
  ++restoring.changes;
  metrics_.restored_changes.Increment();
  absl::Status status = restoring.state->Restore(key, value);
  if (status.ok()) return status;
  if (restoring.has_snapshot) return DropSnapshot(from, status);
  return absl::DataLossError(fmt::format("{} [{}] at {}: {}", from.topic, from.partition, offset,
                                         std::string(status.message())));
}

absl::Status Restorer::OnEnd(const ChangelogPartition& of, int64_t next_offset) {
  changelog_->Close(of);
  Restoring& restoring = open_.at(of);
  restoring.end = next_offset;
  restoring.step = Step::kFinish;
  StartWork();
  return absl::OkStatus();
}

absl::Status Restorer::Finish(const ChangelogPartition& place, absl::Status status) {
  Restoring& restoring = open_.at(place);
  const TopicPartition input = restoring.input;
  const LogPlace log_place(input.topic, input.partition);
  if (!status.ok() && restoring.has_snapshot) return DropSnapshot(place, status);
  // A changelog from which nobody deleted begins at 0, even when nothing is left in it.
  if (status.ok() && restoring.was_deleted && restoring.changes == 0) {
    status = absl::DataLossError(
        fmt::format("all changes before its end, {}, were deleted: what was remembered of {} [{}] "
                    "is missing",
                    restoring.end, input.topic, input.partition));
  }
  if (!status.ok()) {
    const std::string what =
        fmt::format("{} [{}]: {}", place.topic, place.partition, std::string(status.message()));
    if (fails_when_lost_) return absl::DataLossError(what);
    spdlog::error("{}; going on with what is left", what);
  }
  spdlog::info("restored {} [{}] from {} changes of {} in {:.2f} s", input.topic, input.partition,
               restoring.changes, place.topic, SecondsSince(restoring.start));
  metrics_.restore_seconds.Observe(SecondsSince(restoring.start));
  metrics_.DropRestoring(place.topic, place.partition);
  open_.erase(place);
  SetCount();
  if (!is_restoring(input)) done_.push_back(input);
  return absl::OkStatus();
}

void Restorer::OnDeleted(const ChangelogPartition& of) { open_.at(of).was_deleted = true; }

bool Restorer::is_restoring(const TopicPartition& input) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const auto& entry) { return entry.second.input == input; });
}

absl::Status Restorer::OnGone(const ChangelogPartition& of) {
  // Only a snapshot's offset can be gone; the beginning is always there.
  return DropSnapshot(of, absl::OutOfRangeError("its offset is not in the changelog"));
}

void Restorer::Report() {
  if (steady_clock::now() - last_report_ < kReportInterval) return;
  last_report_ = steady_clock::now();
  for (const auto& [place, restoring] : open_) {
    if (restoring.step != Step::kChanges) continue;
    const LogPlace log_place(restoring.input.topic, restoring.input.partition);
    const int64_t remaining = changelog_->Remaining(place);
    if (remaining < 0) continue;  // not known yet
    spdlog::info("restoring {} [{}]: {} changes, about {} to go", restoring.input.topic,
                 restoring.input.partition, restoring.changes, remaining);
    metrics_.SetRestoring(place.topic, place.partition, remaining);
  }
}

void Restorer::SetCount() {
  const size_t before = restoring_.exchange(open_.size(), std::memory_order_relaxed);
  metrics_.restoring_partitions.Increment(static_cast<double>(open_.size()) -
                                          static_cast<double>(before));
}

}  // namespace copydesk
