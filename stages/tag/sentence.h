// Where sentences begin, and what ends a word that owns something.
//
// Units: byte offsets into UTF-8. Threads: pure functions.
// Cost:  a look or two at what stands before.
#pragma once

#include <cstdint>
#include <string_view>

#include "stages/tag/letter_masks.h"

namespace copydesk {

// True at the begin of a sentence, a line or a quotation. REQUIRES: the masks are the text's.
bool IsSentenceStart(std::string_view text, const LetterMasks& masks, uint32_t at);

// The bytes of the "'s" that the text begins with, with a straight apostrophe or a typographic one;
// 0 for none.
uint32_t PossessiveBytes(std::string_view text);

}  // namespace copydesk
