// The seam through which a stage's state is read back: the committed changes of one changelog
// partition, in order, to its end. (They are written like any other record, by the sink.)
//
// The end is where every transaction that was open when reading began has ended: committed changes
// behind another's open transaction are waited for, and what is left behind the last change are
// only the marks of transactions.
//
// Threads: one task thread. Errors: final, unless said otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace copydesk {

struct ChangelogPartition {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const ChangelogPartition&, const ChangelogPartition&) = default;
};

class ChangelogListener {
 public:
  virtual ~ChangelogListener() = default;
  // A change; without `value` an erasure. An error ends the Poll() and is returned by it.
  virtual absl::Status OnChange(const ChangelogPartition& from, std::string_view key,
                                std::optional<std::string_view> value, int64_t offset) = 0;
  // All committed changes have been given; the next will have this offset or a later one.
  virtual absl::Status OnEnd(const ChangelogPartition& of, int64_t next_offset) = 0;
  // Changes from the beginning on were deleted; those that are left follow.
  virtual void OnDeleted(const ChangelogPartition& of) = 0;
  // There is nothing at the offset that reading was to begin at.
  virtual absl::Status OnGone(const ChangelogPartition& of) = 0;
};

class Changelog {
 public:
  static constexpr int64_t kBeginning = -1;

  virtual ~Changelog() = default;
  // Begins to read at `from_offset`, or kBeginning.
  virtual absl::Status Open(const ChangelogPartition& partition, int64_t from_offset) = 0;
  virtual void Close(const ChangelogPartition& partition) = 0;
  // Gives what comes within `wait` to the listener, which may Close() and Open().
  virtual absl::Status Poll(std::chrono::milliseconds wait, ChangelogListener& listener) = 0;
  // An offset that all changes that are committed now stand before, or a lower one.
  virtual absl::StatusOr<int64_t> End(const ChangelogPartition& partition) = 0;
  // Changes still to come, about; -1 while that is not known.
  virtual int64_t Remaining(const ChangelogPartition& partition) = 0;
};

}  // namespace copydesk
