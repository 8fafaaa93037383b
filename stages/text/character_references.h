// The character references of HTML: &amp; &#8217; &#x2019;
//
// Known are HTML 4's 252 names and HTML 5's for European letters and punctuation. Numbers that name
// no character become U+FFFD; 0x80 to 0x9F are read as Windows-1252, like browsers do.
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <string_view>

namespace copydesk {

// Reads the reference at the begin of `text`. Returns its length in bytes, or 0, leaving
// *code_point alone, when there is none.
// Cost: at most the reference's own length.
size_t ReadCharacterReference(std::string_view text, char32_t* code_point);

}  // namespace copydesk
