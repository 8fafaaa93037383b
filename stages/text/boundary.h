// Where a word may begin and end, by Unicode rather than by ASCII.
//
// A code point continues a word when it is a letter, a mark, a decimal digit or a connector (_) by
// its general category (variation selectors do not; a joiner that the fold left in place does). A
// mention may stand between two places where no word goes on: at its begin, the
// neighbour before does not continue the word that begins there, and likewise at its end. Scripts
// written without spaces (Han, Hiragana, Katakana, Hangul, Thai, Lao, Khmer, Myanmar) need no
// boundary: where either of the two code points at a place is of such a script, a word may end
// there.
//
// Units:   byte offsets into valid UTF-8; `at` stands between two code points.
// Threads: pure functions over tables built from ICU at first use.
// Cost:    ASCII neighbours cost a table look-up each.
#pragma once

#include <cstddef>
#include <string_view>

namespace copydesk {

enum class WordClass : unsigned char {
  kOther,     // punctuation, space, symbols
  kWord,      // letters, marks, digits of scripts that write spaces
  kUnspaced,  // letters, marks and digits of scripts written without spaces
};

// The class of one code point. Cost: two table look-ups.
WordClass ClassOf(char32_t code_point);

// True when a word may begin or end between the two code points that meet at byte `at` of `text`:
// at the text's begin or end, or where not both neighbours are kWord.
// REQUIRES: at <= text.size(), and at is a code point's first byte (or the end).
bool IsWordBoundary(std::string_view text, size_t at);

}  // namespace copydesk
