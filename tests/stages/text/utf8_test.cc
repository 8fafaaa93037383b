#include "stages/text/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace copydesk {
namespace {

TEST(Utf8, WalksBothWaysOverEveryLength) {
  const std::vector<char32_t> expected = {U'a', U'é', U'€', U'😀', U'\U0010FFFF', U'z'};
  std::string text;
  for (const char32_t code_point : expected) AppendUtf8(code_point, &text);
  EXPECT_EQ(text, "aé€😀\U0010FFFFz");
  std::vector<char32_t> forth;
  for (size_t at = 0; at < text.size();) forth.push_back(NextCodePoint(text, &at));
  EXPECT_EQ(forth, expected);
  std::vector<char32_t> back;
  for (size_t at = text.size(); at > 0;) back.push_back(PreviousCodePoint(text, &at));
  EXPECT_EQ(std::vector<char32_t>(back.rbegin(), back.rend()), expected);
}

TEST(Utf8, NamesTheFirstInvalidByte) {
  struct Case {
    const char* name;
    std::string text;
    size_t at;
  };
  const Case cases[] = {
      {"empty", "", 0},
      {"valid", "aé€😀", 10},
      {"stray continuation", "ab\x80z", 2},
      {"overlong slash", "a\xC0\xAFz", 1},
      {"overlong three bytes", "a\xE0\x80\xAF", 1},
      {"surrogate", "ab\xED\xA0\x80", 2},
      {"over U+10FFFF", "\xF4\x90\x80\x80", 0},
      {"cut at the end", "abc\xE2\x82", 3},
      {"Latin-1", std::string(100, 'x') + "caf\xE9 noir", 103},
      {"behind valid text", std::string("é€") + "\xFF", 5},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FirstInvalidUtf8(c.text), c.at);
  }
}

TEST(OffsetCounter, AgreesWithCountingOneByOne) {
  std::mt19937 random(20261123);
  const std::string_view pieces[] = {"a", "plain words ", "é", "€", "😀", "中文", "\n"};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    std::vector<size_t> boundaries;
    std::vector<OffsetCounter::Counts> counts;
    while (text.size() < 300) text += pieces[random() % std::size(pieces)];
    OffsetCounter::Counts count;
    for (size_t at = 0; at < text.size();) {
      boundaries.push_back(at);
      counts.push_back(count);
      count.code_points += 1;
      count.utf16_units += NextCodePoint(text, &at) > 0xFFFF ? 2 : 1;
    }
    OffsetCounter rising(text);
    OffsetCounter anywhere(text);
    for (size_t i = 0; i < boundaries.size(); i += 1 + random() % 20) {
      const auto found = rising.At(boundaries[i]);
      EXPECT_EQ(found.code_points, counts[i].code_points);
      EXPECT_EQ(found.utf16_units, counts[i].utf16_units);
      const size_t other = random() % boundaries.size();
      EXPECT_EQ(anywhere.At(boundaries[other]).utf16_units, counts[other].utf16_units);
    }
    EXPECT_EQ(rising.At(text.size()).code_points, count.code_points);
  }
}

}  // namespace
}  // namespace copydesk
