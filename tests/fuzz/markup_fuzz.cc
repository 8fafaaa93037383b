// The text of any mark-up: valid UTF-8, and every code point of it maps into the mark-up, in order.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "stages/text/markup.h"
#include "stages/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  std::string_view markup(reinterpret_cast<const char*>(data), size);
  markup = markup.substr(0, FirstInvalidUtf8(markup));
  std::string text;
  OffsetMap map;
  StripMarkup(markup, &text, &map);
  Require(FirstInvalidUtf8(text) == text.size());
  Span last;
  for (size_t at = 0; at < text.size();) {
    const auto begin = static_cast<uint32_t>(at);
    NextCodePoint(text, &at);
    const Span original = map.ToOriginal({begin, static_cast<uint32_t>(at)});
    Require(original.begin < original.end && original.end <= markup.size());
    Require(original.begin >= last.end);
    last = original;
  }
  return 0;
}
