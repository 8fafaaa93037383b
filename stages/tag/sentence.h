// Where sentences and lines begin, and what ends a word that owns something.
//
// Units: byte offsets into UTF-8. Threads: pure functions.
// Cost:  a look or two at what stands before; at a line's end, one for its begin.
#pragma once

#include <cstdint>
#include <string_view>

namespace copydesk {

// False for the end of a line inside a wrapped paragraph: it is a space like others.
// REQUIRES: text[line_end] == '\n'.
bool BreaksLine(std::string_view text, uint32_t line_end);

// True at the begin of a sentence, a line or a quotation.
bool IsSentenceStart(std::string_view text, uint32_t at);

// The bytes of the "'s" that the text begins with, with a straight apostrophe or a typographic one;
// 0 for none.
uint32_t PossessiveBytes(std::string_view text);

}  // namespace copydesk
