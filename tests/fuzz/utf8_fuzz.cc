// Any bytes: the valid part found is valid code point by code point, and walking it forwards and
// backwards gives the same code points.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "stages/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t valid = FirstInvalidUtf8(bytes);
  Require(valid <= size);
  const std::string_view text = bytes.substr(0, valid);
  std::string again;
  std::vector<char32_t> forth;
  for (size_t at = 0; at < text.size();) {
    forth.push_back(NextCodePoint(text, &at));
    Require(at <= text.size());
    Require(forth.back() <= 0x10FFFF && (forth.back() < 0xD800 || forth.back() > 0xDFFF));
    AppendUtf8(forth.back(), &again);
  }
  Require(again == text);
  for (size_t at = text.size(); at > 0; forth.pop_back()) {
    Require(!forth.empty() && PreviousCodePoint(text, &at) == forth.back());
  }
  Require(forth.empty());
  // The next byte is no part of a valid text: not with any bytes that follow it here.
  for (size_t length = 1; length <= 4 && valid + length <= size; ++length) {
    Require(FirstInvalidUtf8(bytes.substr(valid, length)) < length);
  }
  return 0;
}
