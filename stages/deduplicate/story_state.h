// What deduplicate remembers, as the runtime keeps it: a log of pieces (story_codec.h).
//
// Each commit appends a few pieces under consecutive numbers, its keys; a piece is erased when the
// last story it says anything of is forgotten, so the log is as long as the window. A change costs
// one piece a commit, not one a story.
//
// A whole state is pieces, too, of all that is remembered. Where there is much of it, a copy of the
// index of sketches goes before them, and the samples are in that and not in the pieces: it is read
// in half the time. Such a state is refused where `memory` is not what it was.
//
// Threads: one task thread. Errors: those of StageState.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "pipeline/state.h"
#include "stages/deduplicate/decider.h"
#include "stages/deduplicate/story_codec.h"

namespace copydesk {

class StoryState : public StageState {
 public:
  // `decider` must outlive it.
  explicit StoryState(Decider& decider) : decider_(decider) {}

  void WriteChanges(ChangeSink& changes) override;
  void Seal() override;
  void Commit() override;
  void RollBack() override;
  void WriteAll(ChangeSink& changes) const override;
  absl::Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  absl::Status FinishRestore() override;
  void Clear() override;

 private:
  absl::Status RestoreTable(std::string_view table);

  Decider& decider_;
  std::map<uint64_t, HolderId>
      pieces_;  // those in the log, with the last holder each is needed for
  uint64_t next_piece_ = 0;
  uint64_t written_ = 0;      // pieces since the last Commit()
  HolderId sealed_last_ = 0;  // the last holder those are needed for
  uint64_t erased_to_ = 0;    // pieces before this one were erased since then

  // While restoring.
  std::optional<StoryIndex::Parts> parts_;
  PieceEnd end_;
};

}  // namespace copydesk
