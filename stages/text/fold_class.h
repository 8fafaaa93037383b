// What the fold does with each code point.
//
// Threads: pure functions over a table built from ICU at first use.
#pragma once

#include <cstdint>
#include <string_view>

#include "stages/text/code_point_table.h"

namespace copydesk {

// A code point's class. From kMark on: a mark of combining class (value - kMark).
enum FoldClass : uint8_t {
  kPlain,       // stays, and composes with nothing before it
  kSpace,       // white space, control characters
  kDropped,     // soft hyphen, zero-width space, BOM, bidi marks
  kJoiner,      // zero-width (non-)joiner: dropped unless what stands before it needs it
  kSingle,      // becomes '
  kDouble,      // becomes "
  kDash,        // becomes -
  kEllipsis,    // becomes ...
  kNfcAlone,    // changed by NFC whatever stands before it
  kNfcJoining,  // may be changed by NFC together with what stands before it
  kMark = 15,
};

// The FoldClass of each code point.
const CodePointTable& FoldClasses();

// What stands for a code point of `fold_class` in a folded text; empty where it stays itself.
std::string_view FoldReplacement(uint8_t fold_class);

// True for code points of scripts whose words are spelt with joiners.
bool NeedsJoiner(char32_t code_point);

}  // namespace copydesk
