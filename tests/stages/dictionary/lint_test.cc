#include "stages/dictionary/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "rule: text" of each finding.
std::vector<std::string> FindingsIn(std::string_view lines,
                                    const absl::flat_hash_set<std::string>& words = {}) {
  DictionaryCompiler compiler;
  SourceReport report;
  EXPECT_TRUE(ReadJsonSource(lines, "d.jsonl", &compiler, {.report = &report}).ok());
  auto dictionary = Dictionary::FromImage(*compiler.Finish("test"), "test");
  EXPECT_TRUE(dictionary.ok()) << dictionary.status();
  std::vector<std::string> findings;
  for (const Finding& finding : Lint({**dictionary, report, compiler.idle_denials(), words})) {
    findings.push_back(std::string(finding.rule) + ": " + finding.text);
  }
  return findings;
}

struct LintCase {
  std::string name;
  std::string lines;
  std::string rule;  // "" for no finding
  std::string text;
};

void PrintTo(const LintCase& c, std::ostream* out) { *out << c.name; }

class LintRules : public testing::TestWithParam<LintCase> {};

TEST_P(LintRules, FindWhatTheyAreFor) {
  const std::vector<std::string> findings = FindingsIn(GetParam().lines);
  if (GetParam().rule.empty()) {
    EXPECT_THAT(findings, IsEmpty());
  } else {
    EXPECT_THAT(findings,
                ElementsAre(AllOf(HasSubstr(GetParam().rule + ": "), HasSubstr(GetParam().text))));
  }
}

std::string Place(const std::string& name, const std::string& more = "", int id = 1) {
  return R"({"id":"Q)" + std::to_string(id) + R"(","type":"place","name":")" + name + "\"" + more +
         "}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Lint, LintRules,
    testing::Values(
        LintCase{"NameRefused", Place("Lyon") + Place(std::string(2000, 'x'), "", 2), "bad-source",
                 "d.jsonl:2: the name has 2000 bytes"},
        LintCase{"Clean", Place("Bonn", R"(,"patterns":["Bonn am [A-Z]hein"])"), "", ""},
        LintCase{"BadPattern", Place("Bonn") + Place("Ulm", R"(,"patterns":["("])", 2),
                 "bad-source", "d.jsonl:2: "},
        LintCase{"BadEncoding", Place("Bonn") + Place("U\xFFlm", "", 2), "bad-source",
                 "d.jsonl:2: "},
        LintCase{"IdGivenTwice", Place("Bonn") + Place("Bundesstadt"), "duplicate-id",
                 "d.jsonl:2: the id 'Q1' was given in line 1 already"},
        LintCase{"WordAtASentencesBegin", Place("Reading"), "common-word", "'Reading'"},
        LintCase{"WordInAnyCase", Place("US", R"(,"fold":["case"])"), "common-word", "'US'"},
        LintCase{"WordInCapitals", Place("US", R"(,"fold":["exact"])"), "", ""},
        LintCase{"WordOfAnotherLanguage", Place("Дом"), "common-word", "'Дом'"},
        LintCase{"TwoLetters", Place("Oz"), "too-short", "'Oz'"},
        LintCase{"OneHanCharacter", Place("京"), "too-short", "'京'"},
        LintCase{"TwoHanCharacters", Place("北京"), "", ""},
        LintCase{"SamePriority", Place("Bonn") + Place("Ulm", R"(,"aliases":["Bonn"])", 2), "tied",
                 "'Bonn' is Q1 (place, Bonn) before Q2 (place, Ulm), both of priority 100"},
        LintCase{"NothingOfItsOwn", Place("Bonn") + Place("Bonn", R"(,"priority":9)", 2),
                 "shadowed", "Q2 (place, Bonn)"},
        LintCase{"TwoFolds", Place("Bonn", R"(,"aliases":[{"text":"Bonn","fold":["exact"]}])"),
                 "redundant", "in two folds"},
        LintCase{"PatternWithoutAtom", Place("Bonn", R"(,"patterns":["[0-9]+ [A-Z]+"])"),
                 "costly-pattern", "microseconds for 4 kB"},
        LintCase{"PatternOfAnything", Place("Bonn", R"(,"patterns":[".*"])"), "useless-pattern",
                 "matches any text"},
        LintCase{"DenialOfNothing", Place("Bonn") + R"({"deny":{"alias":"Ulm"}})", "idle-denial",
                 "'Ulm' is denied"}),
    [](const testing::TestParamInfo<LintCase>& test) { return test.param.name; });

TEST(Lint, AliasesThatManyClaimAreCrowded) {
  std::string lines;
  for (int i = 0; i < static_cast<int>(kCrowd); ++i) {
    lines += Place("Kirchdorf", R"(,"aliases":["Kirchdorf )" + std::to_string(i) + "\"]", i);
  }
  EXPECT_THAT(FindingsIn(lines),
              ElementsAre(HasSubstr("crowded: 'Kirchdorf' is claimed by 5 entities, Q0")));
}

TEST(Lint, WordsOfTheDesksOwnCount) {
  EXPECT_THAT(FindingsIn(Place("Bonn"), {"bonn"}),
              Contains(HasSubstr("common-word: 'Bonn' of Q1 (place, Bonn)")));
}

}  // namespace
}  // namespace copydesk
