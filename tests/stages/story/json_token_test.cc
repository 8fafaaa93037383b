#include "stages/story/json_token.h"

#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

TEST(UnescapeJson, ResolvesEscapesWhereverTheyStand) {
  const struct {
    std::string escape, value;
  } kEscapes[] = {{R"(\n)", "\n"},         {R"(\")", "\""},
                  {R"(\\)", "\\"},         {R"(\/)", "/"},
                  {R"(\u0041)", "A"},      {R"(\u00e9)", "é"},
                  {R"(\u20AC)", "€"},      {R"(\ud83d\ude00)", "😀"},
                  {R"(\n\n\t)", "\n\n\t"}, {R"(\\\u00e9\n)", "\\é\n"}};
  for (const auto& [escape, value] : kEscapes) {
    for (size_t before = 0; before < 40; ++before) {
      for (size_t behind = 0; behind < 40; ++behind) {
        const std::string begin(before, 'b');
        // The bytes beside a backslash that a comparison by words could take for one.
        const std::string end(behind, behind % 2 == 0 ? ']' : '[');
        std::string out = "what was there before is gone, however long it was";
        EXPECT_EQ(std::string::npos, UnescapeJson(begin + escape + end + escape, &out));
        EXPECT_EQ(begin + value + end + value, out) << before << " " << behind;
        EXPECT_EQ(std::string::npos, FindBadEscape(begin + escape + end + escape));
      }
    }
  }
}

TEST(UnescapeJson, TellsWhereTheFirstBadEscapeIs) {
  for (const std::string bad : {R"(\x)", R"(\)", R"(\u12)", R"(\u12g4)", R"(\ud83d)", R"(\ude00)",
                                R"(\ud83dx)", R"(\ud83d\u0041)"}) {
    for (size_t before = 0; before < 40; ++before) {
      const std::string content = R"(\n)" + std::string(before, 'b') + bad;
      std::string out;
      EXPECT_EQ(before + 2, UnescapeJson(content, &out)) << content;
      EXPECT_EQ(before + 2, FindBadEscape(content)) << content;
    }
  }
}

TEST(UnescapeJson, LeavesTextWithoutEscapesAsItIs) {
  for (const std::string text : {"", "a", "seven b", "eight by", "nine byte", "one of sixteen b",
                                 "as many and one b", "日本語のニュース"}) {
    std::string out = "old";
    EXPECT_EQ(std::string::npos, UnescapeJson(text, &out));
    EXPECT_EQ(text, out);
  }
}

}  // namespace
}  // namespace copydesk
