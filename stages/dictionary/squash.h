// Takes case and diacritics off a text piece by piece, and keeps the way back.
//
// A piece is a code point with the non-spacing marks behind it. Case is taken off by full Unicode
// case folding (a sharp s becomes ss), diacritics by taking the marks off the decomposed piece; a
// piece that is nothing but marks, as at a
// text's begin, stays. A squashed text has lost both, so that whatever is equal
// under one of the folds is equal squashed: it is where candidates are found. EqualUnder() then
// says whether they are equal under the fold their alias asks for.
//
// Units:   byte offsets into valid UTF-8 that is typographically folded already.
// Threads: one task thread.
// Cost:    a few cycles a byte for ASCII; the fold of other code points is remembered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "stages/dictionary/entity.h"
#include "stages/text/offset_map.h"

namespace copydesk {

// True when `text` begins with a non-spacing mark, which no text can begin a piece with.
bool BeginsWithMark(std::string_view text);

// True when a text that is all capitals may equal `text` but for case, and yet be another one.
bool HasOtherCapitals(std::string_view text);

class Squasher {
 public:
  // Replaces *out by `text` squashed, and *map, where it is not null, by the way back.
  void Squash(std::string_view text, std::string* out, OffsetMap* map);

  // True when `a` and `b` differ only in what `fold` overlooks.
  // REQUIRES: both are typographically folded.
  bool EqualUnder(AliasFold fold, std::string_view a, std::string_view b);

 private:
  // Appends the fold of text[begin, end), a piece.
  void AppendPiece(AliasFold fold, std::string_view piece, std::string* out);
  void Fold(AliasFold fold, std::string_view text, std::string* out);

  absl::flat_hash_map<char32_t, std::string> remembered_;  // of kCaseAndDiacritics
  std::string left_;
  std::string right_;
};

}  // namespace copydesk
