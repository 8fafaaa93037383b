// What RFC 8259 says of single tokens: numbers, literals and the escapes of strings.
//
// simdjson finds where tokens begin and end, checks UTF-8 and refuses bare control characters in
// strings. The inside of a token is checked here, because simdjson's versions differ in what they
// let through (lone surrogates), refuse what is valid (1e400) and do not say where it went wrong.
//
// Units:   byte offsets into the view that is given.
// Threads: pure functions. Errors: an offset, or false. Cost: one pass.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace copydesk {

// True for a number, true, false or null, without white space around it.
bool IsJsonScalar(std::string_view token);

// Both take what stands between a JSON string's quotes, and return npos or the offset of the first
// escape that is none or is half a surrogate pair.
size_t FindBadEscape(std::string_view content);
// Replaces *out by the content with its escapes resolved; with a bad one, by anything.
size_t UnescapeJson(std::string_view content, std::string* out);

}  // namespace copydesk
