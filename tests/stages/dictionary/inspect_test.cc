#include "stages/dictionary/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kLines =
    R"({"id":"Q586","type":"place","name":"Bonn","aliases":[{"text":"BN","fold":["exact"]}],)"
    R"("patterns":["Bonn (am|on) [A-Z]+","U\\.?N\\.? city"]}
{"id":"team","type":"organisation","name":"Bonn","aliases":["Köln"]}
)";

TEST(Inspect, CountsWhatThereIs) {
  const DictionaryStats stats = StatsOf(Compiled(kLines)->image());
  EXPECT_THAT(stats.entities_of_type, ElementsAre(0, 1, 1, 0, 0));
  EXPECT_EQ(stats.shared_keys, 1u);
  EXPECT_EQ(stats.claims_max, 2u);
  EXPECT_EQ(stats.keys_beyond_ascii, 1u);
  EXPECT_EQ(stats.key_bytes_max, std::string_view("U.N. city").size());
}

TEST(Inspect, NamesAnEntitysAliasesAndPatterns) {
  const auto dictionary = Compiled(kLines);
  const std::vector<uint32_t> found = EntitiesWithId(*dictionary, "Q586");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(NamesOf(*dictionary, found[0]),
              ElementsAre("/Bonn (am|on) [A-Z]+/", "BN (exact)", "Bonn", "U.N city", "U.N. city",
                          "UN city", "UN. city"));
  EXPECT_THAT(EntitiesWithId(*dictionary, "Q1"), IsEmpty());
}

TEST(Inspect, EveryAliasOfEveryFoldIsFound) {
  const auto dictionary = Compiled(
      R"({"id":"a","type":"place","name":"Straße","fold":["case"],"aliases":["İzmir","e","…"]}
{"id":"b","type":"place","name":"Müller & Söhne","fold":["diacritics"],"aliases":["北京"]}
{"id":"c","type":"place","name":"rock ’n’ roll","aliases":[{"text":"“x”","fold":["exact"]}]})");
  const absl::Status status = CheckEveryAlias(dictionary);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace copydesk
