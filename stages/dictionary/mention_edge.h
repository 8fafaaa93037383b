// Where a mention may begin and end.
//
// A mention stands between neighbours that do not continue a word: the code point before it and the
// one behind it are not of class kWord (stages/text/boundary.h). What stands inside does not
// matter, so that "U.S." is whole before a space and "U." is none in "U.S."; only a code point of a
// script without spaces, at the mention's own edge, takes any neighbour.
//
// Units:   byte offsets into valid UTF-8. An offset inside a code point is no edge.
// Threads: pure functions. Cost: a table look-up or two; the matcher's kernels do the same 64
//          bytes at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "stages/text/offset_map.h"

namespace copydesk {

// True when a mention may begin at `at`. REQUIRES: at < text.size().
bool IsMentionBegin(std::string_view text, size_t at);

// True when a mention may end before `at`. REQUIRES: 0 < at <= text.size().
bool IsMentionEnd(std::string_view text, size_t at);

// The original's part that `derived` was made of; an empty span where `derived` does not cover
// whole characters of it (half an ellipsis). A null map is the identity.
Span ToWholeOriginal(const OffsetMap* map, Span derived);

}  // namespace copydesk
