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
  // Of 64 bytes.
  struct Block {
    uint64_t upper = 0;  // A to Z
    uint64_t lower = 0;  // a to z
    uint64_t word = 0;   // letters, digits, and what is beyond ASCII
    uint64_t high = 0;   // beyond ASCII
    uint64_t lead = 0;   // of these, first bytes of characters that may be capitals
  };
  using Mask = uint64_t Block::*;

  void Read(std::string_view text);

  const Block& block(size_t i) const { return blocks_[i]; }
  bool has_lower_or_high() const { return has_lower_or_high_; }

  // The 64 bits from byte `at` on. REQUIRES: at <= the text's size.
  uint64_t From(Mask mask, uint32_t at) const {
    const Block* const block = &blocks_[at / 64];
    return block[0].*mask >> (at % 64) | block[1].*mask << 1 << (63 - at % 64);
  }
  // The 64 bits before byte `at`, the nearest the highest. Before the text there is nothing.
  uint64_t Before(Mask mask, uint32_t at) const {
    const uint32_t shift = at % 64;
    const uint64_t high = shift == 0 ? 0 : blocks_[at / 64].*mask << (64 - shift);
    return at < 64 ? high : high | blocks_[at / 64 - 1].*mask >> shift;
  }

 private:
  std::vector<Block> blocks_;
  bool has_lower_or_high_ = false;
};

}  // namespace copydesk
