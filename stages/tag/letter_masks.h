// Where a text has letters and blanks: one bit for each byte, 64 bytes to a word of the mask.
//
// Bytes beyond ASCII are not looked into: they count as part of words, and have a mask of their own
// for whoever must know better. The end of a line inside a wrapped paragraph is a blank like
// others.
//
// Lifetime: the masks are those of the last text read. Threads: one task thread.
// Cost:     a dozen instructions for 64 bytes with AVX-512, a hundred with SSE2, which every x86-64
//           has; and some for each line's end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "stages/dictionary/kernel.h"

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
    uint64_t blank = 0;  // spaces, and ends of lines inside a wrapped paragraph
    uint64_t line_end = 0;
  };
  using Mask = uint64_t Block::*;
  // Of `count` times 64 bytes, but for line ends in `blank`.
  using ReadBlocks = void (*)(const char* text, size_t count, Block* blocks);

  explicit LetterMasks(const Kernel& kernel = BestKernel());

  void Read(std::string_view text);

  const Block& block(size_t i) const { return blocks_[i + 1]; }
  bool has_lower_or_high() const { return has_lower_or_high_; }
  bool IsBlank(uint32_t at) const { return (block(at / 64).blank >> (at % 64) & 1) != 0; }

  // The 64 bits from byte `at` on. REQUIRES: at <= the text's size.
  uint64_t From(Mask mask, uint32_t at) const {
    const Block* const blocks = &blocks_[at / 64 + 1];
    return blocks[0].*mask >> (at % 64) | blocks[1].*mask << 1 << (63 - at % 64);
  }
  // The 64 bits before byte `at`, the nearest the highest. Before the text there is nothing.
  uint64_t Before(Mask mask, uint32_t at) const {
    const Block* const blocks = &blocks_[at / 64];
    return blocks[1].*mask << (63 - at % 64) << 1 | blocks[0].*mask >> (at % 64);
  }
  // How many blanks stand from byte `at` on, and before it. REQUIRES: at <= the text's size.
  uint32_t BlanksFrom(uint32_t at) const {
    uint32_t count = 0;
    uint64_t others = 0;
    while ((others = ~From(&Block::blank, at + count)) == 0) count += 64;
    return count + static_cast<uint32_t>(__builtin_ctzll(others));
  }
  uint32_t BlanksBefore(uint32_t at) const {
    uint32_t count = 0;
    uint64_t others = 0;
    while ((others = ~Before(&Block::blank, at - count)) == 0) count += 64;
    return count + static_cast<uint32_t>(__builtin_clzll(others));
  }

 private:
  void AddWrappedEnds(std::string_view text);

  const ReadBlocks read_blocks_;
  std::vector<Block> blocks_;  // with one more before the text and one behind it
  bool has_lower_or_high_ = false;
};

}  // namespace copydesk
