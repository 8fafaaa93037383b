// What deduplicate remembers, as bytes: pieces of a log. Each piece holds stories (holders), marks
// that came later on older ones, and the chains they are in.
//
// A piece: a version byte, then what stands at its end (oldest and next holder, the holder it is
// needed as long as, stream time, the topics), chains, marks, and holders with consecutive ids.
// Numbers are varints (LEB128), times zigzag, keys 16 bytes, texts a length and their bytes.
//
// Pieces are read in the order in which they were written; a later word on a chain, a mark or a
// holder replaces an earlier one. Pieces from the beginning on may be missing: see
// StoryIndex::Assemble().
//
// Threads: pure functions. Errors: kDataLoss, naming the place, for what no writer wrote.
// Limits:  a piece is about kPieceBytes; a reader takes no more than its bytes can hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "stages/deduplicate/story_index.h"

namespace copydesk {

inline constexpr size_t kPieceBytes = 256 << 10;

// Writes what `changes` names of the index in pieces of about kPieceBytes; at least one.
// `has_copy`: a copy of the index of sketches (SketchIndex::WriteCopy()) goes with them, and has
// the samples.
void WritePieces(const StoryIndex& index, int64_t stream_time_ms,
                 const StoryIndex::Changes& changes, bool has_copy,
                 absl::FunctionRef<void(std::string_view piece)> write);

// What a piece says of the whole, as it was when it was written.
struct PieceEnd {
  int64_t stream_time_ms = -1;
  HolderId last = 0;  // when this holder is forgotten, the piece says nothing of use any more
};

// Adds a piece to what was read before it; first of all the copy, where one goes with it.
absl::Status ReadPiece(std::string_view piece, StoryIndex::Parts* parts, PieceEnd* end);

// Numbers and texts, one after another: also for who keeps the pieces.
void PutNumber(uint64_t number, std::string* out);
// Reads from the front of *in. Returns false at its end, or when it is no number.
bool TakeNumber(std::string_view* in, uint64_t* number);

}  // namespace copydesk
