// Where a text has letters: one bit for each byte, 64 bytes to a word of the mask.
//
// Bytes beyond ASCII are not looked into: they count as part of words, and have a mask of their own
// for whoever must know better.
//
// Lifetime: the masks are those of the last text read. Threads: one task thread.
// Cost:     some 20 bytes a nanosecond with SSE2, which every x86-64 has.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace copydesk {

class LetterMasks {
 public:
  using Mask = std::vector<uint64_t>;

  void Read(std::string_view text);

  const Mask& upper() const { return upper_; }  // A to Z
  const Mask& lower() const { return lower_; }  // a to z
  const Mask& word() const { return word_; }    // letters, digits, and what is beyond ASCII
  const Mask& high() const { return high_; }    // beyond ASCII
  // Of these, first bytes of characters that may be capitals.
  const Mask& lead() const { return lead_; }
  bool has_lower_or_high() const { return has_lower_or_high_; }

  // The 64 bits from byte `at` on. REQUIRES: at <= the text's size.
  static uint64_t From(const Mask& mask, uint32_t at) {
    const uint32_t shift = at % 64;
    const uint64_t low = mask[at / 64] >> shift;
    return shift == 0 ? low : low | mask[at / 64 + 1] << (64 - shift);
  }
  // The 64 bits before byte `at`, the nearest the highest. Before the text there is nothing.
  static uint64_t Before(const Mask& mask, uint32_t at) {
    const uint32_t shift = at % 64;
    const uint64_t high = shift == 0 ? 0 : mask[at / 64] << (64 - shift);
    return at < 64 ? high : high | mask[at / 64 - 1] >> shift;
  }

 private:
  Mask upper_;
  Mask lower_;
  Mask word_;
  Mask high_;
  Mask lead_;
  bool has_lower_or_high_ = false;
};

}  // namespace copydesk
