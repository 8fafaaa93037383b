// A name for a worker that no other on this host has, and that it gets again after a crash: what
// its transactions are known by, so that a restart ends those its predecessor left open.
//
// It is <host>-<n> with the first free n. A lock on a file of that name holds it as long as the
// process lives, however it ends.
//
// Threads: set-up only. Errors: names the file that cannot be locked.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace copydesk {

class WorkerName {
 public:
  // Claims a name among the workers of `topology`.
  static absl::StatusOr<WorkerName> Claim(const std::string& topology);
  WorkerName(WorkerName&& other) noexcept;
  ~WorkerName();

  const std::string& text() const { return text_; }

 private:
  WorkerName(std::string text, int lock) : text_(std::move(text)), lock_(lock) {}
  std::string text_;
  int lock_;
};

}  // namespace copydesk
