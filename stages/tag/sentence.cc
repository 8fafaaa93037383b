#include "stages/tag/sentence.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kWrappedBytesMin = 45;  // a shorter line ends where its writer ended it
constexpr uint32_t kWrappedBytesMax = 110;

// What a byte before a word says of whether something begins there.
enum class Before : uint8_t { kNoStart, kStart, kNothing, kLineEnd, kBeyondAscii };

constexpr auto kBefore = [] {
  std::array<Before, 256> before = {};
  for (const char c : {'.', '!', '?', ':', ';', '_', '-', '*'}) before[c] = Before::kStart;
  for (const char c : {' ', '"', '\'', '`', '\t'}) before[c] = Before::kNothing;
  before['\n'] = Before::kLineEnd;
  std::fill(before.begin() + 0x80, before.end(), Before::kBeyondAscii);
  return before;
}();

}  // namespace

bool BreaksLine(std::string_view text, uint32_t line_end) {
  const void* const before = memrchr(text.data(), '\n', line_end);
  const size_t line_begin =
      before == nullptr ? 0
                        : static_cast<size_t>(static_cast<const char*>(before) - text.data()) + 1;
  const size_t length = line_end - line_begin;
  if (length < kWrappedBytesMin || length > kWrappedBytesMax) return true;
  const char next = line_end + 1 < text.size() ? text[line_end + 1] : '\n';
  return next == '\n' || next == '\t' || next == ' ' || next == '\r';
}

bool IsSentenceStart(std::string_view text, uint32_t at) {
  // Most words stand a space behind a word or a sentence.
  if (at >= 2 && text[at - 1] == ' ') {
    const Before before = kBefore[static_cast<uint8_t>(text[at - 2])];
    if (before <= Before::kStart) return before == Before::kStart;
  }
  while (at > 0) {
    const char byte = text[at - 1];
    switch (kBefore[static_cast<uint8_t>(byte)]) {
      case Before::kNoStart:
        return false;
      case Before::kStart:
        return true;
      case Before::kNothing:
        --at;
        break;
      case Before::kLineEnd:
        return BreaksLine(text, at - 1) || at < 2 || IsSentenceStart(text, at - 1);
      case Before::kBeyondAscii: {
        // Quotation marks and dashes begin with E2, no-break spaces with C2.
        size_t begin = at;
        const char32_t c = PreviousCodePoint(text, &begin);
        if (c < 0x2010 || c > 0x203A) {
          if (c != 0xA0 && c != 0xAB) return false;
        }
        at = static_cast<uint32_t>(begin);
      }
    }
  }
  return true;
}

uint32_t PossessiveBytes(std::string_view text) {
  for (const std::string_view one : {"'s", "\u2019s"}) {
    if (text.starts_with(one)) return static_cast<uint32_t>(one.size());
  }
  return 0;
}

}  // namespace copydesk
