#include "stages/normalize/prefix_filter.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <string>
#include <string_view>

namespace copydesk {
namespace {

TEST(PrefixFilter, RulesOutWhatNoPatternBeginsWith) {
  PrefixFilter filter;
  filter.Add("(?:[-–*>] ?)?(?i:also read|lire aussi)[ \\x{A0}]?(?::|>).*");
  filter.Add("(?:©|\\([cC]\\)|(?i:copyright)) [0-9]{4}");
  for (const char* text : {"Also read: this", "ALSO", "- also read", "*lire aussi", "(c) 2026",
                           "© 2026", "copyright", "ab"}) {
    EXPECT_TRUE(filter.MayMatch(text)) << text;
  }
  for (const char* text : {"The committee", "and", "of the", "all", "(by)", "cop it"}) {
    // The last shares its first three letters with a pattern.
    EXPECT_EQ(filter.MayMatch(text), std::string_view(text) == "cop it") << text;
  }
}

TEST(PrefixFilter, RulesOutNothingWithoutAPlainBeginning) {
  for (const char* pattern : {"\\p{Lu}x", ".", "a*", "[a-z]bc", "[^a]bc", "\\Qabc\\E", "(?i)ſo",
                              "(?:|abc)", "\\bword", "[[:alpha:]]bc"}) {
    PrefixFilter filter;
    filter.Add(pattern);
    EXPECT_TRUE(filter.MayMatch("xyz")) << pattern;
  }
}

TEST(PrefixFilter, TakesAnOpenBracketInAClassForOne) {
  PrefixFilter filter;
  filter.Add("ab[[:]x|yz]w");
  EXPECT_TRUE(filter.MayMatch("yz]w"));
  EXPECT_TRUE(filter.MayMatch("ab:x"));
}

// A random pattern of a small alphabet.
std::string RandomPattern(std::mt19937& random, int depth) {
  static const char* const kParts[] = {"a",    "b",     "k", "S",       ".",     "\\.", "[ab]",
                                       "[^a]", "[a-c]", "é", "\\x{E9}", "[bé]",  "\\w", "^",
                                       "{",    "}",     " ", "[]a]",    "\\x61", "[[:]"};
  static const char* const kMarks[] = {"", "", "", "", "?", "*", "+", "{2}", "{0,2}", "??", "*?"};
  static const char* const kOpen[] = {"(", "(?:", "(?i:", "(?P<n>"};
  std::string pattern;
  for (auto n = 1 + random() % 4; n > 0; --n) {
    if (depth > 0 && random() % 4 == 0) {
      const char* const open = kOpen[random() % (depth == 2 ? 4 : 3)];
      const bool is_named = std::string_view(open) == "(?P<n>";
      if (is_named && pattern.find(open) != std::string::npos) continue;
      pattern += open + RandomPattern(random, is_named ? 0 : depth - 1) + ")";
    } else {
      pattern += kParts[random() % std::size(kParts)];
    }
    pattern += kMarks[random() % std::size(kMarks)];
    if (random() % 6 == 0) pattern += "|";
  }
  return pattern;
}

TEST(PrefixFilter, NeverRulesOutWhatRe2Matches) {
  std::mt19937 random(20261124);
  RE2::Options options;
  options.set_log_errors(false);
  size_t matched = 0, ruled_out = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string pattern = RandomPattern(random, 2);
    const RE2 re(pattern, options);
    if (!re.ok()) continue;
    PrefixFilter filter;
    filter.Add(pattern);
    for (int j = 0; j < 20; ++j) {
      static const char* const kBytes[] = {"a", "b", "A", "k", "K", "s", ".", "é", "{", " ", "c"};
      std::string text;
      for (auto n = random() % 6; n > 0; --n) text += kBytes[random() % std::size(kBytes)];
      const bool may_match = filter.MayMatch(text);
      const bool is_match = re.Match(text, 0, text.size(), RE2::ANCHOR_START, nullptr, 0);
      ASSERT_TRUE(may_match || !is_match) << pattern << " matches " << text;
      matched += is_match;
      ruled_out += !may_match;
    }
  }
  EXPECT_GT(matched, 10'000u);
  EXPECT_GT(ruled_out, 5'000u);
}

}  // namespace
}  // namespace copydesk
