// What a stage remembers, as the runtime sees it: changes of keys to values, that are committed or
// rolled back together with the records they belong to, and read back after a start.
//
// The runtime writes the changes to a changelog, a topic that keeps the last value of each key, in
// the same transaction as the records and offsets that made them. A state is therefore never ahead
// of what was published, and never behind. What keys and values are is the stage's own affair.
//
// While a transaction ends, its changes are sealed, and the stage goes on with the next one's.
//
// Threads: one task thread.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace copydesk {

// Takes changes. The views are valid during the call.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Erase(std::string_view key) = 0;
};

class StageState {
 public:
  virtual ~StageState() = default;

  // Gives the changes since the last Commit() or RollBack() to `changes`, at least those it has not
  // given before. REQUIRES: nothing has changed since a Seal().
  virtual void WriteChanges(ChangeSink& changes) = 0;
  // Seals what has changed until now: the next Commit() is of that, and of nothing after it.
  virtual void Seal() = 0;
  // What was sealed stands: it is never undone.
  virtual void Commit() = 0;
  // Undoes everything since the last Commit(), sealed or not.
  virtual void RollBack() = 0;

  // Gives the whole state as puts that make it anew in an empty one.
  // REQUIRES: nothing has changed since the last Commit().
  virtual void WriteAll(ChangeSink& changes) const = 0;
  // Takes back a change, in the order in which they were written; without `value` an Erase(), which
  // may be of a key it does not know.
  // Errors: kDataLoss for what it cannot have written; the state must be Clear()ed then.
  virtual absl::Status Restore(std::string_view key, std::optional<std::string_view> value) = 0;
  // Ends taking back. Errors: kDataLoss when a part is missing; what is left can be worked with.
  virtual absl::Status FinishRestore() = 0;
  // Forgets everything.
  virtual void Clear() = 0;
};

}  // namespace copydesk
