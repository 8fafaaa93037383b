#include "stages/tag/letter_masks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace copydesk {
namespace {

class LetterMasksOf : public testing::TestWithParam<const char*> {};

TEST_P(LetterMasksOf, SayOfEachByteWhatItIs) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run it";
  std::mt19937 random(20261124);
  LetterMasks masks(*kernel);
  for (const size_t size : {0, 1, 15, 63, 64, 65, 127, 128, 1000}) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    // Ethiopic letters, and some beside them, which alone begin with E1 and are known for none.
    for (size_t i = 0; i + 1 < size; i += 1 + random() % 8) {
      text[i] = '\xE1';
      text[i + 1] = static_cast<char>(0x86 + random() % 10);
    }
    for (size_t i = 0; i < size; i += 1 + random() % 16) text[i] = " \n"[random() % 2];
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
      EXPECT_EQ(masks.From(&LetterMasks::Block::line_end, at) & 1, c == '\n') << size << " " << i;
      if (c == '\n') continue;
      EXPECT_EQ(masks.IsBlank(at), c == ' ') << size << " " << i;
    }
    EXPECT_EQ(masks.has_lower_or_high(), has_lower_or_high);
    EXPECT_EQ(masks.From(&LetterMasks::Block::word, static_cast<uint32_t>(size)), 0u);
  }
}

// By the definition: a line of 45 to 110 bytes is wrapped where no white space or end is behind it.
TEST_P(LetterMasksOf, EndsOfWrappedLinesAreBlanks) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run it";
  LetterMasks masks(*kernel);
  for (const uint32_t before : {0, 1, 60, 64}) {
    for (const uint32_t length : {0, 1, 44, 45, 63, 64, 65, 110, 111, 128}) {
      for (const std::string behind : {"", "x", "\n", " x", "\tx", "\r"}) {
        const std::string text =
            std::string(before, 'a') + "\n" + std::string(length, 'b') + "\n" + behind;
        masks.Read(text);
        const bool is_wrapped = length >= 45 && length <= 110 && behind == "x";
        EXPECT_EQ(masks.IsBlank(before + 1 + length), is_wrapped) << text;
      }
    }
  }
}

TEST_P(LetterMasksOf, CountBlanks) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run it";
  LetterMasks masks(*kernel);
  for (const uint32_t before : {0, 1, 63, 64, 100}) {
    for (const uint32_t blanks : {0, 1, 63, 64, 65, 200}) {
      for (const uint32_t behind : {0, 1, 63}) {
        masks.Read(std::string(before, 'a') + std::string(blanks, ' ') + std::string(behind, 'b'));
        EXPECT_EQ(masks.BlanksFrom(before), blanks);
        EXPECT_EQ(masks.BlanksBefore(before + blanks), blanks);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LetterMasksOf, testing::Values("plain", "avx512"));

}  // namespace
}  // namespace copydesk
