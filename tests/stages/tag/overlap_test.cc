// What no story may bring about: mentions that overlap, and work that grows faster than it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/stages/tag/resolver_fixture.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;

// The first two mentions that overlap, or "".
std::string OverlapIn(const Resolver& resolver) {
  std::vector<Sighting> found;
  for (const Sighting& finding : resolver.sightings()) {
    if (finding.is_mention()) found.push_back(finding);
  }
  std::sort(found.begin(), found.end(), [](const Sighting& a, const Sighting& b) {
    return PlaceOf(a.field, a.span.begin) < PlaceOf(b.field, b.span.begin);
  });
  for (size_t i = 1; i < found.size(); ++i) {
    const Sighting& before = found[i - 1];
    if (before.field != found[i].field || before.span.end <= found[i].span.begin) continue;
    return absl::StrCat(before.span.begin, "-", before.span.end, " ", found[i].span.begin, "-",
                        found[i].span.end);
  }
  return "";
}

TEST_F(ResolverTest, AnAliasThatReachesBeyondItsChainIsOneMention) {
  EXPECT_THAT(Find({"Joaquin \"El Chapo\" Guzman went. All like Joaquin \u201CEl Chapo\u201D "
                    "Guzman, or Guzman, or Joaquin \"El Chapo\" Guzman Zyxgh."}),
              ElementsAre("Joaquin \"El Chapo\" Guzman: person p:chapo alias",
                          "Joaquin \u201CEl Chapo\u201D Guzman: person p:chapo alias",
                          "Guzman: person p:chapo short-form",
                          "Joaquin \"El Chapo\" Guzman: person p:chapo alias"));
}

TEST_F(ResolverTest, ANameThatARuleRefusesIsNoShortFormOfTheLongerOneAroundIt) {
  EXPECT_THAT(Find({"It is what the Kvorn Times said of Kvorn."}),
              ElementsAre("Kvorn Times: organisation pattern", "Kvorn: place p:kvorn alias"));
}

TEST_F(ResolverTest, MentionsDoNotOverlap) {
  const std::vector<std::string> words = {
      "Joaquin", "\"El",  "Chapo\"", "Guzman", "Kvorn",   "Times",  "Denzel", "Washington",
      "the",     "in",    "said",    "Mr",     "MERKEL",  "Angela", "of",     "Bank",
      "Corp.",   "Tata",  "Group",   "(TG)",   "van",     "der",    "US",     "US-",
      "Franco-", "Iraqi", "Obamas",  "Barack", "Obama's", "New",    "York",   "Georgia",
      ",",       ".\n",   "45",      "Bath",   "J.",      "Robert", "Dolan",  "and",
      "England", "beat",  "NICE",    "France", "\u201C"};
  std::mt19937 random(20261129);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> fields(2);
    for (std::string& field : fields) {
      for (size_t i = random() % 40; i > 0; --i) {
        absl::StrAppend(&field, words[random() % words.size()], random() % 8 == 0 ? "" : " ");
      }
    }
    Find(fields);
    ASSERT_EQ(OverlapIn(*resolver_), "") << fields[0] << "\n" << fields[1];
  }
}

}  // namespace
}  // namespace copydesk
