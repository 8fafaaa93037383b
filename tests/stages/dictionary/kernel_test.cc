// All kernels against a table look-up for each code point, on random texts of every length around
// the sizes at which the kernels change their ways.

#include "stages/dictionary/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "stages/dictionary/mention_edge.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

std::string RandomText(std::mt19937* random, size_t pieces) {
  static const std::vector<std::string> kPieces = {
      "a",      "Z",      "9",      "_",          " ",          ".",
      "-",      "é",      "ß",      "Ж",          "ال",         "北",
      "京",     "한",     "\u4DB7", "\u4DC0",     "\u4DFF",     "中\u56FD人民",
      "\u0E01", "\u200D", "\u2026", "\U0001F600", "\U00020000", "\u0301"};
  std::string text;
  // Half of the texts are of any characters, of more pages than the kernels keep.
  const size_t kinds = kPieces.size() + ((*random)() % 2 == 0 ? 40 : 0);
  for (size_t i = 0; i < pieces; ++i) {
    const size_t kind = (*random)() % kinds;
    if (kind < kPieces.size()) {
      text += kPieces[kind];
      continue;
    }
    const auto character = static_cast<char32_t>((*random)() % 0x10000);
    if (character < 0xD800 || character > 0xDFFF) AppendUtf8(character, &text);
  }
  return text;
}

bool Bit(const std::vector<uint64_t>& mask, size_t i) {
  return (mask[i / 64] >> (i % 64) & 1) != 0;
}

class Kernels : public testing::TestWithParam<const char*> {};

TEST_P(Kernels, MasksAreTheEdges) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run the kernel " << GetParam();
  KeyBegins begins{};
  for (uint8_t& begins_key : begins.begins_key) begins_key = 1;
  for (auto& bits : begins.prefix_bits) std::fill(std::begin(bits), std::end(bits), 255);
  const std::vector<uint64_t> all_chars(kBeginCharWords, ~uint64_t{0});
  std::vector<uint8_t> bmp_flags;
  const CharTables tables = MakeCharTables(begins, all_chars.data(), &bmp_flags);
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = RandomText(&random, random() % 150);
    std::vector<uint64_t> begin_mask(text.size() / 64 + 3);
    std::vector<uint64_t> cut_mask(text.size() / 64 + 3);
    kernel->classify(text.data(), static_cast<uint32_t>(text.size()), tables, begin_mask.data(),
                     cut_mask.data());
    for (size_t at = 0; at < text.size(); ++at) {
      ASSERT_EQ(Bit(begin_mask, at), IsMentionBegin(text, at)) << at << " of " << text;
      if (at == 0) continue;
      ASSERT_EQ(Bit(cut_mask, at), IsMentionEnd(text, at)) << at << " of " << text;
    }
    ASSERT_TRUE(Bit(cut_mask, text.size()));
  }
}

TEST_P(Kernels, SeesTheCaseOfLetters) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run the kernel " << GetParam();
  const CharTables tables = MakeCharTables(KeyBegins{}, nullptr, nullptr);
  const auto flags_of = [&](const std::string& text) {
    std::vector<uint64_t> begin_mask(text.size() / 64 + 3);
    std::vector<uint64_t> cut_mask(text.size() / 64 + 3);
    return kernel->classify(text.data(), static_cast<uint32_t>(text.size()), tables,
                            begin_mask.data(), cut_mask.data()) &
           (kLowerChar | kUpperChar);
  };
  EXPECT_EQ(flags_of("U.S. 12 北"), kUpperChar);
  EXPECT_EQ(flags_of(std::string(100, ' ') + "МОСКВА"), kUpperChar);
  EXPECT_EQ(flags_of(std::string(100, 'A') + "é"), kUpperChar | kLowerChar);
  EXPECT_EQ(flags_of("12"), 0);
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, testing::Values("plain", "avx2", "avx512"));

}  // namespace
}  // namespace copydesk
