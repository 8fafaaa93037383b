#include "stages/tag/letter_masks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace copydesk {
namespace {

TEST(LetterMasks, SayOfEachByteWhatItIs) {
  std::mt19937 random(20261124);
  LetterMasks masks;
  for (const size_t size : {0, 1, 15, 63, 64, 65, 127, 128, 1000}) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    // Ethiopic letters, and some beside them, which alone begin with E1 and are known for none.
    for (size_t i = 0; i + 1 < size; i += 1 + random() % 8) {
      text[i] = '\xE1';
      text[i + 1] = static_cast<char>(0x86 + random() % 10);
    }
    masks.Read(text);
    bool has_lower_or_high = false;
    for (size_t i = 0; i < size; ++i) {
      const auto at = static_cast<uint32_t>(i);
      const char c = text[i];
      const bool is_upper = c >= 'A' && c <= 'Z';
      const bool is_lower = c >= 'a' && c <= 'z';
      const bool is_high = static_cast<unsigned char>(c) >= 0x80;
      const auto byte = static_cast<unsigned char>(c);
      // A block does not look into the next one.
      const auto next = static_cast<unsigned char>(i + 1 < size && i % 64 != 63 ? text[i + 1] : 0);
      const bool is_ethiopic = byte == 0xE1 && next >= 0x88 && next <= 0x8D;
      const bool is_lead = byte >= 0xC3 && byte <= 0xE1 && !is_ethiopic;
      const bool is_word = is_upper || is_lower || is_high || (c >= '0' && c <= '9');
      has_lower_or_high |= is_lower || is_high;
      EXPECT_EQ(masks.From(&LetterMasks::Block::upper, at) & 1, is_upper) << size << " " << i;
      EXPECT_EQ(masks.From(&LetterMasks::Block::lower, at) & 1, is_lower) << size << " " << i;
      EXPECT_EQ(masks.From(&LetterMasks::Block::high, at) & 1, is_high) << size << " " << i;
      EXPECT_EQ(masks.From(&LetterMasks::Block::lead, at) & 1, is_lead) << size << " " << i;
      EXPECT_EQ(masks.From(&LetterMasks::Block::word, at) & 1, is_word) << size << " " << i;
      EXPECT_EQ(masks.Before(&LetterMasks::Block::word, at + 1) >> 63, is_word) << size << " " << i;
    }
    EXPECT_EQ(masks.has_lower_or_high(), has_lower_or_high);
    EXPECT_EQ(masks.From(&LetterMasks::Block::word, static_cast<uint32_t>(size)), 0u);
  }
}

}  // namespace
}  // namespace copydesk
