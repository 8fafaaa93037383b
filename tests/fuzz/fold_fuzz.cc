// The fold of any valid UTF-8: valid, the same when folded again, and every code point of it maps
// into the original, in order and on code point boundaries.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

bool IsFirstByte(std::string_view text, size_t at) {
  return at == text.size() || (text[at] & 0xC0) != 0x80;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  std::string_view in(reinterpret_cast<const char*>(data), size);
  in = in.substr(0, FirstInvalidUtf8(in));
  FoldedText folded;
  folded.Assign(in);
  const std::string text(folded.text());
  Require(FirstInvalidUtf8(text) == text.size());
  Require(FoldTypography(in) == text);
  Require(FoldTypography(text) == text);
  OffsetCounter counter(text);
  uint32_t code_points = 0;
  Span last;
  for (size_t at = 0; at < text.size();) {
    const auto begin = static_cast<uint32_t>(at);
    Require(counter.At(begin).code_points == code_points++);
    IsWordBoundary(text, at);
    NextCodePoint(text, &at);
    const Span original = folded.map().ToOriginal({begin, static_cast<uint32_t>(at)});
    Require(original.begin < original.end && original.end <= in.size());
    Require(original.begin >= last.begin && original.end >= last.end);
    Require(IsFirstByte(in, original.begin) && IsFirstByte(in, original.end));
    const Span back = folded.map().ToDerived(original);
    Require(back.begin <= begin && back.end >= at);
    last = original;
  }
  return 0;
}
