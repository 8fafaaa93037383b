#include "pipeline/overlapping_sink.h"

#include <utility>

#include "pipeline/batch.h"  // GiveBack

namespace copydesk {

absl::Status OverlappingSink::Send(Record& record) {
  if (!waiting_status_.ok()) return waiting_status_;
  if (!commit_.valid()) return sink_->Send(record);
  if (waiting_count_ == waiting_.size()) waiting_.emplace_back();
  Record& waiting = waiting_[waiting_count_++];
  std::string value = std::move(record.value);
  waiting = record;
  waiting.value = std::move(value);
  waiting_bytes_ += waiting.value.size();
  return absl::OkStatus();
}

std::optional<absl::Status> OverlappingSink::BeginCommit(Source& source,
                                                         std::vector<CommittableOffset> offsets,
                                                         std::chrono::milliseconds timeout) {
  if (!waiting_status_.ok()) return waiting_status_;
  committing_bytes_ = sink_->bytes_in_flight();
  commit_ =
      std::async(std::launch::async, [this, &source, timeout, committed = std::move(offsets)] {
        return sink_->Commit(source, committed, timeout);
      });
  return std::nullopt;
}

std::optional<absl::Status> OverlappingSink::EndCommit(std::chrono::milliseconds wait) {
  if (commit_.wait_for(wait) != std::future_status::ready) return std::nullopt;
  const absl::Status status = commit_.get();
  // After any other end nothing more comes of it: it is aborted, or the thread ends.
  if (status.ok() || absl::IsUnavailable(status)) SendWaiting();
  return status;
}

void OverlappingSink::SendWaiting() {
  for (size_t i = 0; i < waiting_count_; ++i) {
    waiting_status_ = sink_->Send(waiting_[i]);
    if (waiting_status_.ok()) continue;
    if (absl::IsInvalidArgument(waiting_status_)) {
      waiting_status_ = absl::AbortedError(waiting_status_.message());
      was_refused_ = true;
    }
    break;
  }
  ForgetWaiting();
}

void OverlappingSink::ForgetWaiting() {
  for (size_t i = 0; i < waiting_count_; ++i) GiveBack(waiting_[i].value);
  waiting_count_ = 0;
  waiting_bytes_ = 0;
}

absl::Status OverlappingSink::Commit(Source& source, std::span<const CommittableOffset> offsets,
                                     std::chrono::milliseconds timeout) {
  return waiting_status_.ok() ? sink_->Commit(source, offsets, timeout) : waiting_status_;
}

absl::StatusOr<bool> OverlappingSink::Abort(std::chrono::milliseconds timeout) {
  ForgetWaiting();
  waiting_status_ = absl::OkStatus();
  const absl::StatusOr<bool> was_refused = sink_->Abort(timeout);
  if (!was_refused.ok()) return was_refused;
  return std::exchange(was_refused_, false) || *was_refused;
}

absl::Status OverlappingSink::Flush(std::chrono::milliseconds timeout) {
  return waiting_status_.ok() ? sink_->Flush(timeout) : waiting_status_;
}

size_t OverlappingSink::bytes_in_flight() {
  return commit_.valid() ? committing_bytes_ + waiting_bytes_ : sink_->bytes_in_flight();
}

}  // namespace copydesk
