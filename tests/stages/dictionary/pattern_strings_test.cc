#include "stages/dictionary/pattern_strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

namespace copydesk {
namespace {

using ::testing::Optional;
using ::testing::UnorderedElementsAre;

TEST(PatternStrings, ExpandsWhatIsFinite) {
  EXPECT_THAT(StringsOfPattern("Group of (20|Twenty)", 64),
              Optional(UnorderedElementsAre("Group of 20", "Group of Twenty")));
  EXPECT_THAT(StringsOfPattern(R"(U\.?S)", 64), Optional(UnorderedElementsAre("US", "U.S")));
  EXPECT_THAT(StringsOfPattern("[Mm]r(?:s|)", 64),
              Optional(UnorderedElementsAre("Mr", "Mrs", "mr", "mrs")));
  EXPECT_THAT(StringsOfPattern("Zoë?", 64), Optional(UnorderedElementsAre("Zo", "Zoë")));
}

TEST(PatternStrings, EveryStringIsAMatch) {
  const std::string pattern = R"(U\.?S\.?(A\.?)?)";
  const auto strings = StringsOfPattern(pattern, 64);
  ASSERT_TRUE(strings.has_value());
  EXPECT_EQ(strings->size(), 12u);
  for (const std::string& text : *strings) EXPECT_TRUE(RE2::FullMatch(text, pattern)) << text;
}

TEST(PatternStrings, LeavesTheRestToRe2) {
  for (const char* pattern : {"a+", "a*", "a.", "[a-c]", "[^a]", "(?i)a", "a{2}", "\\d", "\\ba",
                              "^a", "a$", "a??", "(?P<n>a)", "[[:alpha:]]", "\\Qa\\E", "\\x41"}) {
    EXPECT_EQ(StringsOfPattern(pattern, 64), std::nullopt) << pattern;
  }
}

TEST(PatternStrings, StopsAtTheLimit) {
  EXPECT_EQ(StringsOfPattern("[ab][ab][ab][ab]", 15), std::nullopt);
  EXPECT_TRUE(StringsOfPattern("[ab][ab][ab][ab]", 16).has_value());
}

}  // namespace
}  // namespace copydesk
