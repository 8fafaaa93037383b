#include "stages/dictionary/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct MatcherCase {
  std::string name;
  std::string dictionary;
  std::string text;
  std::vector<std::string> mentions;
};

void PrintTo(const MatcherCase& c, std::ostream* out) { *out << c.name; }

class MatcherCases : public testing::TestWithParam<MatcherCase> {};

TEST_P(MatcherCases, FindsTheMentions) {
  EXPECT_EQ(MentionsIn(Compiled(GetParam().dictionary), GetParam().text), GetParam().mentions);
}

constexpr char kYork[] = R"({"id":"ny","type":"place","name":"New York","aliases":["New York City"]}
{"id":"y","type":"place","name":"York"}
)";
constexpr char kUsa[] =
    R"({"id":"us","type":"place","name":"US","patterns":["U\\.S\\.(A\\.)?"]}
)";

INSTANTIATE_TEST_SUITE_P(
    Matcher, MatcherCases,
    testing::Values(
        MatcherCase{"LeftmostThenLongest",
                    kYork,
                    "In New York City and York.",
                    {"New York City=ny", "York=y"}},
        MatcherCase{"UnboundedLongestDoesNotHideTheShorterOne",
                    kYork,
                    "New York Cityscape",
                    {"New York=ny"}},
        MatcherCase{"UnboundedLongestDoesNotHideThoseInsideIt",
                    R"({"id":"a","type":"place","name":"Big New York C"}
{"id":"y","type":"place","name":"New York"}
)",
                    "Big New York City",
                    {"New York=y"}},
        MatcherCase{"NeedsWordBoundaries", kYork, "Yorkshire, NewYork, Yorké", {}},
        MatcherCase{"CaseMatters", kUsa, "us, US and Us", {"US=us"}},
        MatcherCase{
            "NeighboursCountNotEdges", kUsa, "U.S., U.S.A. but U.S.B", {"U.S.=us", "U.S.A.=us"}},
        MatcherCase{"AllCapitalsMatchMixedCase",
                    kYork,
                    "NEW YORK CITY AND YORK",
                    {"NEW YORK CITY=ny", "YORK=y"}},
        MatcherCase{"OneSmallLetterEndsTheCapitals", kYork, "NEW YORK CITy", {}},
        MatcherCase{"LineEndsAndNoBreakSpacesAreSpaces",
                    kYork,
                    "New\r\n  York, New\u00A0York",
                    {"New\r\n  York=ny", "New\u00A0York=ny"}},
        MatcherCase{"ExactTakesNoOtherQuote",
                    R"({"id":"o","type":"person","name":"O'Brien","fold":["exact"]}
)",
                    "O’Brien, O'Brien",
                    {"O'Brien=o"}},
        MatcherCase{
            "ExactAloneReadsThePlainTextOnly",
            R"({"id":"s","type":"place","name":"St.","aliases":["St. John's"],"fold":["exact"]}
{"id":"q","type":"object","name":"“q”","fold":["exact"]}
)",
            "ST.\nSt. John's\n“q” St. John’s, St.\nJohn's, \"q\"",
            {"St. John's=s", "“q”=q", "St.=s", "St.=s"}},
        MatcherCase{"TypographicTakesAnyQuote",
                    R"({"id":"o","type":"person","name":"O’Brien"}
)",
                    "O'Brien, O‘Brien",
                    {"O'Brien=o", "O‘Brien=o"}},
        MatcherCase{"CaseFoldsFully",
                    R"({"id":"s","type":"place","name":"Straße","fold":["case"]}
)",
                    "STRASSE straße Stras",
                    {"STRASSE=s", "straße=s"}},
        MatcherCase{"DiacriticsFold",
                    R"({"id":"s","type":"place","name":"São Paulo","fold":["diacritics"]}
)",
                    "Sao Paulo, Sa\u0303o Paulo, sao paulo",
                    {"Sao Paulo=s", "Sa\u0303o Paulo=s"}},
        MatcherCase{"DottedCapitalI",
                    R"({"id":"i","type":"place","name":"İstanbul","fold":["case","diacritics"]}
)",
                    "ISTANBUL istanbul",
                    {"ISTANBUL=i", "istanbul=i"}},
        MatcherCase{"ScriptsWithoutSpacesNeedNoBoundary",
                    R"({"id":"b","type":"place","name":"北京"}
{"id":"t","type":"place","name":"東京"}
)",
                    "在北京市東京",
                    {"北京=b", "東京=t"}},
        MatcherCase{"HalfAnEllipsisIsNone",
                    R"({"id":"a","type":"object","name":"Inc."}
)",
                    "Inc… Inc.",
                    {"Inc.=a"}},
        MatcherCase{"PriorityOrdersCandidates",
                    R"({"id":"low","type":"place","name":"Georgia","priority":1}
{"id":"first","type":"place","name":"Georgia"}
{"id":"second","type":"place","name":"Georgia"}
{"id":"top","type":"place","name":"Georgia","priority":900}
)",
                    "Georgia",
                    {"Georgia=top,first,second,low"}},
        MatcherCase{
            "PatternsFindTheLongestBoundedMatch",
            R"({"id":"m","type":"object","name":"sum","patterns":["\\$[0-9.]+( [mb]illion)?"]}
)",
            "for $3.5 million, $7.",
            {"$3.5 million=m", "$7.=m"}},
        MatcherCase{"PatternsAndAliasesCompete",
                    R"({"id":"g","type":"organisation","name":"Group of 20"}
{"id":"any","type":"organisation","name":"x","patterns":["Group of [0-9]+ nations"]}
)",
                    "Group of 20 nations, Group of 20",
                    {"Group of 20 nations=any", "Group of 20=g"}},
        MatcherCase{"AstralCharactersAreNoWords", kYork, "\U0001F600York\U0001F600", {"York=y"}}),
    [](const testing::TestParamInfo<MatcherCase>& c) { return c.param.name; });

// Behind and inside of what folding makes longer or shorter, a mention's bytes are its own: for
// every fold and kernel.
TEST(Matcher, FoldingShiftsNoOffset) {
  const std::vector<std::string> pieces = {
      "İ",        "ß",          "ẞ",          "ﬁ", "ŉ",      "e\u0301", "\u0301", "\r\n",
      "\r\n\r\n", "\U0001F600", "\U00010400", "…", "\u00AD", "\u200B",  "“",      "北"};
  for (const char* const fold :
       {"exact", "typographic", "case", "diacritics", "case\",\"diacritics"}) {
    const auto dictionary = Compiled(
        std::string(R"({"id":"n","type":"place","name":"Ny","fold":[")") + fold + "\"]}\n");
    for (const char* const kernel_name : {"plain", "avx2", "avx512"}) {
      const Kernel* const kernel = FindKernel(kernel_name);
      if (kernel == nullptr) continue;
      Matcher matcher(dictionary, *kernel);
      FoldedText folded;
      // Wide enough for pieces on both sides of a kernel's block.
      for (size_t before = 50; before < 70; ++before) {
        for (const std::string& piece : pieces) {
          const std::string begin = std::string(before, '.') + piece + piece + " ";
          const std::string text = begin + "Ny " + piece + " Ny " + piece;
          folded.Assign(text);
          std::vector<Span> spans;
          for (const Match& match : matcher.Find(text, &folded)) spans.push_back(match.span);
          const auto first = static_cast<uint32_t>(begin.size());
          const auto second = static_cast<uint32_t>(begin.size() + 3 + piece.size() + 1);
          EXPECT_THAT(spans, ElementsAre(Span{first, first + 2}, Span{second, second + 2}))
              << kernel_name << ", " << fold << ": " << text;
        }
      }
    }
  }
}

TEST(Matcher, FindsNothingInAnEmptyText) {
  EXPECT_THAT(MentionsIn(Compiled(kYork), ""), IsEmpty());
}

TEST(Matcher, FindsNothingWithAnEmptyDictionary) {
  EXPECT_THAT(MentionsIn(Compiled(""), "New York"), IsEmpty());
}

TEST(Matcher, FindsLongWordsAcrossMaskWords) {
  const std::string word(300, 'w');
  const auto dictionary =
      Compiled("{\"id\":\"w\",\"type\":\"object\",\"name\":\"" + word + " " + word + "\"}\n");
  for (size_t before = 0; before < 70; ++before) {
    const std::string text = std::string(before, '.') + word + " " + word;
    EXPECT_THAT(MentionsIn(dictionary, text), ElementsAre(word + " " + word + "=w")) << before;
  }
}

}  // namespace
}  // namespace copydesk
