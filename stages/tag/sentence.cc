#include "stages/tag/sentence.h"

#include <algorithm>
#include <array>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// What a byte before blanks says of whether something begins behind them.
enum class Before : uint8_t { kNoStart, kStart, kNothing, kBeyondAscii };

constexpr auto kBefore = [] {
  std::array<Before, 256> before = {};
  for (const char c : {'.', '!', '?', ':', ';', '_', '-', '*', '\n'}) before[c] = Before::kStart;
  for (const char c : {'"', '\'', '`', '\t'}) before[c] = Before::kNothing;
  std::fill(before.begin() + 0x80, before.end(), Before::kBeyondAscii);
  return before;
}();

}  // namespace

bool IsSentenceStart(std::string_view text, const LetterMasks& masks, uint32_t at) {
  while (true) {
    at -= masks.BlanksBefore(at);
    if (at == 0) return true;
    const Before before = kBefore[static_cast<uint8_t>(text[at - 1])];
    if (before <= Before::kStart) return before == Before::kStart;
    if (before == Before::kNothing) {
      --at;
      continue;
    }
    // Quotation marks and dashes begin with E2, no-break spaces with C2.
    size_t begin = at;
    const char32_t c = PreviousCodePoint(text, &begin);
    const bool is_nothing = (c >= 0x2010 && c <= 0x203A) || c == 0xA0 || c == 0xAB;
    if (!is_nothing) return false;
    at = static_cast<uint32_t>(begin);
  }
}

uint32_t PossessiveBytes(std::string_view text) {
  for (const std::string_view one : {"'s", "\u2019s"}) {
    if (text.starts_with(one)) return static_cast<uint32_t>(one.size());
  }
  return 0;
}

}  // namespace copydesk
