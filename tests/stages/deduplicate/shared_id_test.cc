// Desks that number their stories alike: uris without a scheme.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::kHeadline;
using testing::kPort;
using testing::kRates;
using testing::Made;
using testing::Replaced;

TEST(SharedId, OfStoriesThatShareNothingMakesNoRepeat) {
  for (const std::string_view version : {"1", "2026-11-02T10:00:00Z"}) {
    Desk desk;
    desk.Decide(Made("4711", version, kHeadline, kRates));
    const Relation other = desk.Decide(Made("4711", version, "Cranes stand still", kPort));
    EXPECT_EQ(other.kind, RelationKind::kRevision);
    EXPECT_EQ(other.rule, "another version, order unknown, same uri");
    EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
    // Each sent again is.
    for (const auto& [headline, body, lead] :
         {std::tuple(kHeadline, kRates, 0), {"Cranes stand still", kPort, 1}}) {
      const Relation again = desk.Decide(Made("4711", version, headline, body));
      EXPECT_EQ(again.kind, RelationKind::kRepeat);
      EXPECT_EQ(Desk::LeadOf(again), lead);
    }
  }
}

TEST(SharedId, OfAHeldStoryLosesNeither) {
  Desk desk;
  const auto held = [] {
    Story story = Made("4711", "1", kHeadline, kRates);
    story.embargo_time_ms = 3'600'000;
    return story;
  };
  desk.Decide(held());
  EXPECT_EQ(desk.last_outcome(), Outcome::kHold);
  desk.Decide(Made("4711", "1", "Cranes stand still", kPort));
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  desk.WaitHours(2);
  desk.Decide("News", "Nothing of the kind happened.");
  desk.Decide(held());
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
}

TEST(SharedId, IsOneWhereAnythingIsSharedOrTheUriHasAScheme) {
  struct Case {
    std::string_view uri, headline;
    std::string body;
  };
  const Case cases[] = {
      {"4711", kHeadline, std::string(kPort)},
      {"4711", "Cranes stand still", Replaced(kRates, "quarter", "half")},
      {"urn:4711", "Cranes stand still", std::string(kPort)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.body);
    Desk desk;
    desk.Decide(Made(c.uri, "1", kHeadline, kRates));
    const Relation again = desk.Decide(Made(c.uri, "1", c.headline, c.body));
    EXPECT_EQ(again.kind, RelationKind::kRepeat);
    EXPECT_EQ(again.rule, "same uri and version");
  }
}

}  // namespace
}  // namespace copydesk
