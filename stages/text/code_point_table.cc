#include "stages/text/code_point_table.h"

#include <map>

namespace copydesk {

CodePointTable::CodePointTable(uint8_t (*value_of)(char32_t)) {
  blocks_.push_back(Block{});
  std::map<Block, uint16_t> seen = {{Block{}, uint16_t{0}}};
  const auto add = [&](char32_t begin, char32_t end) {
    for (char32_t first = begin; first < end; first += 256) {
      Block block;
      for (size_t i = 0; i < block.size(); ++i) block[i] = value_of(first + i);
      const auto [at, is_new] = seen.emplace(block, static_cast<uint16_t>(blocks_.size()));
      if (is_new) blocks_.push_back(block);
      block_of_[first >> 8] = at->second;
    }
  };
  add(0, 0x40000);
  add(0xE0000, 0xE1000);
}

}  // namespace copydesk
