#include "stages/deduplicate/story_state.h"

#include <string>
#include <utility>

namespace copydesk {
namespace {

// Keys: a piece of the log is its number, eight bytes, the highest first. A whole state has pieces
// of its own, told by the letter before, the table of those in the log, and where that is worth it
// a copy of the index of sketches, by the letters of its tables.
constexpr size_t kNumberBytes = 8;
constexpr char kWholePiece = 's';
constexpr std::string_view kTable = "table";

std::string NumberKey(uint64_t number) {
  std::string key(kNumberBytes, '\0');
  for (size_t i = kNumberBytes; i-- > 0; number >>= 8) key[i] = static_cast<char>(number);
  return key;
}

uint64_t NumberOf(std::string_view key) {
  uint64_t number = 0;
  for (const char byte : key) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace

void StoryState::WriteChanges(ChangeSink& changes) {
  const StoryIndex& index = decider_.index();
  const StoryIndex::Changes changed = index.changes();
  if (changed.is_empty) return;
  written_ = 0;
  WritePieces(index, decider_.stream_time_ms(), changed, false, [&](std::string_view piece) {
    changes.Put(NumberKey(next_piece_ + written_++), piece);
  });
  for (const auto& [number, last] : pieces_) {
    if (last >= index.oldest()) break;
    changes.Erase(NumberKey(number));
    erased_to_ = number + 1;
  }
}

void StoryState::Seal() {
  decider_.Seal();
  sealed_last_ = decider_.index().next() - 1;
}

void StoryState::Commit() {
  decider_.Commit();
  for (; written_ > 0; --written_) pieces_[next_piece_++] = sealed_last_;
  pieces_.erase(pieces_.begin(), pieces_.lower_bound(erased_to_));
  erased_to_ = 0;
}

void StoryState::RollBack() {
  decider_.RollBack();
  written_ = 0;
  erased_to_ = 0;
}

void StoryState::WriteAll(ChangeSink& changes) const {
  std::string table;
  PutNumber(next_piece_, &table);
  for (const auto& [number, last] : pieces_) {
    PutNumber(number, &table);
    PutNumber(last, &table);
  }
  changes.Put(kTable, table);
  const StoryIndex& index = decider_.index();
  StoryIndex::Changes all;
  all.first_new = index.oldest();
  all.chains = index.live_chains();
  uint64_t number = 0;
  const auto put = [&](char kind, std::string_view value) {
    changes.Put(kind + NumberKey(number++), value);
  };
  const SketchIndex& sketches = index.sketches();
  const bool has_copy = sketches.is_worth_a_copy();
  if (has_copy) {
    sketches.WriteCopy([&](SketchIndex::Table kind, std::string_view part) {
      put(static_cast<char>(kind), part);
    });
  }
  WritePieces(index, decider_.stream_time_ms(), all, has_copy,
              [&](std::string_view piece) { put(kWholePiece, piece); });
}

absl::Status StoryState::Restore(std::string_view key, std::optional<std::string_view> value) {
  if (!parts_) parts_ = decider_.index().NoParts();
  if (key == kTable && value) return RestoreTable(*value);
  if (key.size() == kNumberBytes + 1 && value) {
    if (key[0] == kWholePiece) return ReadPiece(*value, &*parts_, &end_);
    if (parts_->sketches.ReadCopy(static_cast<SketchIndex::Table>(key[0]), *value)) {
      return absl::OkStatus();
    }
    return absl::DataLossError("no copy of deduplicate's sketches with the memory it has now");
  }
  if (key.size() != kNumberBytes) return absl::DataLossError("no key of deduplicate's log");
  const uint64_t number = NumberOf(key);
  if (!value) {
    pieces_.erase(number);
    return absl::OkStatus();
  }
  absl::Status status = ReadPiece(*value, &*parts_, &end_);
  if (!status.ok()) return status;
  pieces_[number] = end_.last;
  next_piece_ = number + 1;
  return absl::OkStatus();
}

absl::Status StoryState::RestoreTable(std::string_view table) {
  bool is_ok = TakeNumber(&table, &next_piece_);
  while (is_ok && !table.empty()) {
    uint64_t number = 0, last = 0;
    is_ok = TakeNumber(&table, &number) && TakeNumber(&table, &last);
    if (is_ok) pieces_[number] = last;
  }
  return is_ok ? absl::OkStatus() : absl::DataLossError("the table of deduplicate's log is broken");
}

absl::Status StoryState::FinishRestore() {
  if (!parts_) return absl::OkStatus();
  if (!parts_->sketches.is_whole()) {
    Clear();
    return absl::DataLossError("stories of the copy of deduplicate's sketches are missing");
  }
  return decider_.Restore(*std::exchange(parts_, std::nullopt), end_.stream_time_ms);
}

void StoryState::Clear() {
  parts_.reset();
  end_ = {};
  pieces_.clear();
  next_piece_ = written_ = erased_to_ = 0;
  // Of nothing at all nothing is missing.
  decider_.Restore(decider_.index().NoParts(), -1).IgnoreError();
}

}  // namespace copydesk
