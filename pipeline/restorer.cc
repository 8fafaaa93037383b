#include "pipeline/restorer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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
    const auto start = steady_clock::now();
    const int64_t from = ReadSnapshot(part);
    if (absl::Status status = changelog_->Open(part.place, from); !status.ok()) return status;
    open_[part.place] = {input, part.state, 0, from != Changelog::kBeginning, start};
  }
  SetCount();
  return true;
}

int64_t Restorer::ReadSnapshot(const TaskState::Part& part) {
  if (!snapshots_.is_used()) return Changelog::kBeginning;
  const LogPlace log_place(part.place.topic, part.place.partition);
  const auto start = steady_clock::now();
  const absl::StatusOr<int64_t> offset = snapshots_.Read(part.place, *part.state);
  if (offset.ok()) {
    spdlog::info("read the snapshot of {} [{}] up to {} in {:.2f} s", part.place.topic,
                 part.place.partition, *offset, SecondsSince(start));
    return *offset;
  }
  if (!absl::IsNotFound(offset.status())) {
    spdlog::warn("snapshot ignored: {}", std::string(offset.status().message()));
    snapshots_.Remove(part.place);
  }
  part.state->Clear();
  return Changelog::kBeginning;
}

absl::Status Restorer::DropSnapshot(const ChangelogPartition& place, const absl::Status& why) {
  const LogPlace log_place(place.topic, place.partition);
  spdlog::warn(
      "the snapshot of {} [{}] does not go with its changelog, which is read from the "
      "beginning: {}",
      place.topic, place.partition, std::string(why.message()));
  Restoring& restoring = open_.at(place);
  restoring.has_snapshot = false;
  restoring.changes = 0;
  restoring.state->Clear();
  snapshots_.Remove(place);
  changelog_->Close(place);
  return changelog_->Open(place, Changelog::kBeginning);
}

void Restorer::Cancel(const TopicPartition& input) {
  std::erase_if(open_, [&](const auto& entry) {
    if (entry.second.input != input) return false;
    changelog_->Close(entry.first);
    metrics_.DropRestoring(entry.first.topic, entry.first.partition);
    return true;
  });
  SetCount();
}

absl::StatusOr<std::vector<TopicPartition>> Restorer::Poll(std::chrono::milliseconds wait) {
  done_.clear();
  if (!open_.empty()) {
    if (absl::Status status = changelog_->Poll(wait, *this); !status.ok()) return status;
    Report();
  }
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

absl::Status Restorer::OnEnd(const ChangelogPartition& of, int64_t /*next_offset*/) {
  const Restoring restoring = open_.at(of);
  const LogPlace log_place(restoring.input.topic, restoring.input.partition);
  if (absl::Status status = restoring.state->FinishRestore(); !status.ok()) {
    if (restoring.has_snapshot) return DropSnapshot(of, status);
    const std::string what =
        fmt::format("{} [{}]: {}", of.topic, of.partition, std::string(status.message()));
    if (fails_when_lost_) return absl::DataLossError(what);
    spdlog::error("{}; going on with what is left", what);
  }
  spdlog::info("restored {} [{}] from {} changes of {} in {:.2f} s", restoring.input.topic,
               restoring.input.partition, restoring.changes, of.topic,
               SecondsSince(restoring.start));
  metrics_.restore_seconds.Observe(SecondsSince(restoring.start));
  metrics_.DropRestoring(of.topic, of.partition);
  changelog_->Close(of);
  open_.erase(of);
  SetCount();
  if (!is_restoring(restoring.input)) done_.push_back(restoring.input);
  return absl::OkStatus();
}

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
    const LogPlace log_place(restoring.input.topic, restoring.input.partition);
    const int64_t remaining = changelog_->Remaining(place);
    spdlog::info("restoring {} [{}]: {} changes, about {} to go", restoring.input.topic,
                 restoring.input.partition, restoring.changes, remaining);
    if (remaining >= 0) metrics_.SetRestoring(place.topic, place.partition, remaining);
  }
}

void Restorer::SetCount() {
  const size_t before = restoring_.exchange(open_.size(), std::memory_order_relaxed);
  metrics_.restoring_partitions.Increment(static_cast<double>(open_.size()) -
                                          static_cast<double>(before));
}

}  // namespace copydesk
