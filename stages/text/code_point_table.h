// A byte for each Unicode code point, in two stages: equal blocks of 256 are stored once.
//
// Covers planes 0 to 3 and the tags and variation selectors at U+E0000; every other code point is
// unassigned or private and reads as 0.
//
// Threads: immutable once built. Cost: a look-up is two loads; building asks for 266,240 values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace copydesk {

class CodePointTable {
 public:
  // Fills the table with value_of(code_point) for each code point covered.
  explicit CodePointTable(uint8_t (*value_of)(char32_t));

  uint8_t operator[](char32_t code_point) const {
    return blocks_[block_of_[code_point >> 8]][code_point & 0xFF];
  }

 private:
  using Block = std::array<uint8_t, 256>;
  std::array<uint16_t, 0x1100> block_of_{};
  std::vector<Block> blocks_;
};

}  // namespace copydesk
