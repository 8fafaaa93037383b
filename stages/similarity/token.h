// The tokens of a text, as a sketch knows them: words and figures by their hashes.
//
// A word is letters and digits in a row, whatever their case and whatever apostrophes are among
// them ("don't", "15th"); a figure is digits in a row with what separates them (2026, 2.5, 15-1/2),
// where 1,200 is 1200, and an English word from "two" to "twelve" is a figure, too.
//
// The hashes are the same on every machine: a sketch may travel in a record.
//
// Threads: any. Errors: none; texts are valid UTF-8, folded (stages/text/fold.h).
// Cost:    linear in the token; words of up to sixteen ASCII bytes are read at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace copydesk {

struct Token {
  uint64_t hash = 0;
  bool is_figure = false;
};

// Spreads all bits of `hash` over the result.
inline uint64_t MixHash(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  return hash ^ (hash >> 32);
}

inline bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAsciiWord(char c) {
  return IsAsciiDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Reads the word that begins at *at, and moves *at behind it. REQUIRES: one does.
Token ReadWord(std::string_view text, size_t* at);
// The same for a figure. Where digits begin a word (15th, 4x4) it is none, and *at stays; nor does
// one begin before *none_before then, as in 1,2,3rd. That is 0 at the begin of a text.
// REQUIRES: a digit is at *at.
bool ReadFigure(std::string_view text, size_t* at, size_t* none_before, Token* figure);
// The hash of a word alone, "two" among them.
uint64_t HashOfWord(std::string_view word);

}  // namespace copydesk
