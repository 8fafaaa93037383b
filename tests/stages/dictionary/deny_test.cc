#include "stages/dictionary/deny.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kBase = R"({"id":"apple","type":"organisation","name":"Apple"}
{"id":"fruit","type":"object","name":"apple","aliases":["Apple"],"fold":["case"]}
{"id":"us","type":"place","name":"United States","aliases":[{"text":"US","fold":["exact"]}],)"
                                   R"("patterns":["U\\.S\\.(A\\.)?","US [a-z]+ists"]}
)";

std::vector<std::string> With(std::string_view deny, const std::string& text) {
  return MentionsIn(Compiled(std::string(kBase) + std::string(deny)), text);
}

TEST(DenyList, AnAliasOfEveryEntity) {
  EXPECT_THAT(With("", "Apple"), ElementsAre("Apple=apple,fruit"));
  EXPECT_THAT(With(R"({"deny":{"alias":"Apple"}})", "Apple, apple"), IsEmpty());
}

TEST(DenyList, ACaseFoldedAliasInAnyCaseAndNoOther) {
  EXPECT_THAT(With(R"({"deny":{"alias":"APPLE"}})", "Apple"), ElementsAre("Apple=apple"));
}

TEST(DenyList, AnAliasOfOneEntity) {
  EXPECT_THAT(With(R"({"deny":{"alias":"Apple","id":"apple"}})", "Apple"),
              ElementsAre("Apple=fruit"));
}

TEST(DenyList, AnEntityWithAllItHas) {
  EXPECT_THAT(With(R"({"deny":{"id":"us"}})", "US, U.S.A., US lobbyists, Apple"),
              ElementsAre("Apple=apple,fruit"));
}

TEST(DenyList, StringsOfPatternsLikeAliasesAndPatternsByTheirText) {
  EXPECT_THAT(With(R"({"deny":{"alias":"U.S."}})", "U.S. and U.S.A."), ElementsAre("U.S.A.=us"));
  EXPECT_THAT(With(R"({"deny":{"alias":"US [a-z]+ists"}})", "US lobbyists"), ElementsAre("US=us"));
}

TEST(DenyList, CountsWhereverItStands) {
  const std::string first = R"({"deny":{"alias":"Apple"}})"
                            "\n" +
                            std::string(kBase);
  EXPECT_THAT(MentionsIn(Compiled(first), "Apple"), IsEmpty());
}

TEST(DenyList, LeavesTheImageOfSourcesWithoutIt) {
  const std::string_view other = R"({"id":"b","type":"place","name":"Bonn"})";
  const ImageMemory denied = CompiledImage(std::string(kBase) + std::string(other) + "\n" +
                                           R"({"deny":{"id":"us"}}
{"deny":{"id":"apple"}}
{"deny":{"id":"fruit"}})");
  EXPECT_EQ(denied.bytes(), CompiledImage(other).bytes());
}

TEST(DenyList, RowsOfATableDenyToo) {
  DictionaryCompiler compiler;
  const absl::Status status = ReadTsvSource(
      "Bonn\tplace\tQ586\nBundesstadt\tplace\tQ586\nBonn\tplace\tother\n"
      "Bonn\tdeny\tother\nBundesstadt\tdeny\t\nBeethoven\tdeny\t\n",
      "d.tsv", &compiler);
  ASSERT_TRUE(status.ok()) << status;
  auto dictionary = Dictionary::FromImage(*compiler.Finish("test"), "test");
  ASSERT_TRUE(dictionary.ok()) << dictionary.status();
  EXPECT_THAT(MentionsIn(*dictionary, "Bonn, Bundesstadt"), ElementsAre("Bonn=Q586"));
  EXPECT_THAT(compiler.idle_denials(), ElementsAre("'Beethoven'"));
}

}  // namespace
}  // namespace copydesk
