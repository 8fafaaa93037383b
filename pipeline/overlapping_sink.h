// A sink that commits in the background: its thread goes on with the next records meanwhile.
//
// What is sent during a commit waits in memory, and goes to the sink behind when the commit has
// ended; a transaction therefore never holds a record that came after its offsets.
//
// Threads: one task thread. During a commit a second one calls the sink behind and
//          Source::Commit(); no two call the sink at once.
// Memory:  bytes_in_flight() counts what waits; whoever sends bounds it. Values are passed on, not
//          copied.
// Errors:  those of Sink; during a commit Send() has none. A record that is refused only when it
//          leaves the memory is a transaction lost for what the record is: kAborted, and Abort()
//          says that it was refused.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/sink.h"

namespace copydesk {

class OverlappingSink : public Sink {
 public:
  explicit OverlappingSink(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}

  absl::Status Send(Record& record) override;
  std::optional<absl::Status> BeginCommit(Source& source, std::vector<CommittableOffset> offsets,
                                          std::chrono::milliseconds timeout) override;
  std::optional<absl::Status> EndCommit(std::chrono::milliseconds wait) override;
  // REQUIRES (these three): no commit has begun that has not ended.
  absl::Status Commit(Source& source, std::span<const CommittableOffset> offsets,
                      std::chrono::milliseconds timeout) override;
  absl::StatusOr<bool> Abort(std::chrono::milliseconds timeout) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  size_t bytes_in_flight() override;

 private:
  // Sends what has waited.
  void SendWaiting();
  void ForgetWaiting();

  const std::unique_ptr<Sink> sink_;
  std::vector<Record> waiting_;  // the first waiting_count_; the others are spare
  size_t waiting_count_ = 0;
  size_t waiting_bytes_ = 0;
  size_t committing_bytes_ = 0;  // in flight when the commit began
  absl::Status waiting_status_;  // the first of waiting_ that could not be sent
  bool was_refused_ = false;     // for what it is
  std::future<absl::Status> commit_;
};

}  // namespace copydesk
