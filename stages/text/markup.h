// Takes the mark-up out of HTML, XHTML and NITF bodies and keeps the way back to the original.
//
// Tags, comments, processing instructions and the contents of <script> and <style> are dropped;
// block elements (p, div, br, li, tr, td, h1-h6, table, section, blockquote, hr, ...) leave a line
// end; character references (named, decimal, hexadecimal) become their characters. Inline elements
// leave nothing, so "<b>Angela</b> <i>Merkel</i>" reads "Angela Merkel".
//
// Tolerant like a browser: a stray '<' or '&' is text, an element left open is fine, an unknown
// reference stays as it stands.
//
// Threads: pure function. Errors: none; any valid UTF-8 is taken and the result is valid UTF-8.
// Cost:    linear; nested or broken mark-up never makes it quadratic.
#pragma once

#include <string>
#include <string_view>

#include "stages/text/offset_map.h"

namespace copydesk {

// Replaces *text by the readable text of `markup` and *map by the way from *text to `markup`.
void StripMarkup(std::string_view markup, std::string* text, OffsetMap* map);

}  // namespace copydesk
