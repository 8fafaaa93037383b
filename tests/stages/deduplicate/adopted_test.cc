// What goes by another story's words or headline without being its version: versions that take a
// story of another cluster up, and what comes under the headline of a killed one.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::kBrewer;
using testing::kHeadline;
using testing::kPort;
using testing::kRates;
using testing::Numbers;
using testing::Recalled;

constexpr std::string_view kStrike = "Cranes stand still";
constexpr int64_t kMinuteMs = 60'000;

struct Filed {
  std::string uri, version;
  int64_t minute;
  std::string headline, body;
  bool is_kill = false;
};

void File(Desk& desk, const Filed& filed) {
  Story story = testing::Made(filed.uri, filed.version, filed.headline, filed.body);
  story.version_time_ms = filed.minute * kMinuteMs;
  if (filed.is_kill) story.pub_status = PubStatus::kCanceled;
  desk.Decide(std::move(story));
}

TEST(Adopted, IsRecalledWithTheStoryWhoseWordsAVersionHas) {
  const std::string rates(kRates), port(kPort), headline(kHeadline), strike(kStrike);
  const std::string more = " The governor said a cut was unlikely before the spring fair.";
  const Filed first = {"urn:a", "1", 1, headline, rates};
  const Filed kill = {"urn:a", "2", 9, "Kill", "Not for use.", true};
  const Filed other = {"urn:b", "1", 2, strike, port};
  const Filed adopts = {"urn:b", "2", 3, strike, rates};
  const Filed back = {"urn:b", "3", 4, strike, port + " Talks failed."};
  struct Case {
    std::string_view name;
    std::vector<Filed> filed;
    Numbers recalled;
  };
  const Case cases[] = {
      {"adopted, then killed", {first, other, adopts, kill}, {0, 2}},
      {"killed, then adopted", {first, other, kill, adopts}, {0, 3}},
      {"adopted word for word", {first, other, {"urn:b", "2", 3, headline, rates}, kill}, {0, 2}},
      {"adopted and edited",
       {first, other, adopts, {"urn:b", "3", 4, strike, rates + more}, kill},
       {0, 2, 3}},
      {"goes back, then killed", {first, other, adopts, back, kill}, {0, 2}},
      {"killed, then goes back", {first, other, adopts, kill, back}, {0, 2}},
      {"its own kill spares the other",
       {first, other, adopts, {"urn:b", "3", 4, strike, "x", true}},
       {1, 2}},
      {"has it beside its own",
       {first, other, {"urn:b", "2", 3, strike, port + "\n\n" + rates}, kill},
       {0, 2}},
      {"says after the kill that it is made anew",
       {first, other, kill, {"urn:b", "2", 10, "UPDATE 1-" + strike, rates}},
       {0}},
  };
  for (const Case& c : cases) {
    for (const bool is_restarted : {false, true}) {
      SCOPED_TRACE(c.name);
      Desk desk;
      for (const Filed& filed : c.filed) {
        if (is_restarted) desk.Restart();
        File(desk, filed);
      }
      EXPECT_EQ(Recalled(desk), c.recalled);
    }
  }
}

TEST(Adopted, IsRecalledUnderTheHeadlineOfAKilledStoryUnlessItIsNewer) {
  const std::string headline(kHeadline);
  for (const auto& [by, flash] :
       {std::pair("", true), {"UPDATE 1-", false}, {"CORRECTED-", false}}) {
    for (const int64_t minute : {3, 7}) {
      SCOPED_TRACE(by);
      Desk desk;
      File(desk, {"urn:a", "1", 1, headline, flash ? "" : std::string(kBrewer)});
      File(desk, {"urn:a", "2", 5, "Kill", "Not for use.", true});
      File(desk, {"urn:b", "1", minute, by + headline, std::string(kRates)});
      EXPECT_EQ(Recalled(desk), minute == 3 ? (Numbers{0, 2}) : (Numbers{0}));
    }
  }
}

TEST(Adopted, IsRecalledAsAnotherVersionOfWhatWasHeldWhenItsStoryWasKilled) {
  const std::string near = testing::Replaced(kRates, "quarter", "half");
  for (const std::string& body : {std::string(kRates), near, std::string(kPort)}) {
    SCOPED_TRACE(body);
    Desk desk;
    File(desk, {"urn:a", "1", 1, std::string(kHeadline), std::string(kRates)});
    Story held = testing::Made("urn:b", "1", kHeadline, body == kPort ? std::string(kRates) : body);
    held.embargo_time_ms = 3'600'000 * 24;
    desk.Decide(std::move(held));
    File(desk, {"urn:a", "2", 5, "Kill", "Not for use.", true});
    File(desk, {"urn:b", "2", 7, std::string(kHeadline), body});
    EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
    EXPECT_EQ(Recalled(desk), body == kPort ? (Numbers{0}) : (Numbers{0, 3}));
  }
}

TEST(Adopted, IsPublishedWhereTheStoryCameBackInOtherWords) {
  Desk desk;
  File(desk, {"urn:a", "1", 1, std::string(kHeadline), std::string(kRates)});
  File(desk, {"urn:a", "2", 5, "Kill", "Not for use.", true});
  File(desk, {"urn:a", "3", 6, std::string(kHeadline), std::string(kPort)});
  File(desk, {"urn:b", "1", 7, "News", testing::Replaced(kRates, "quarter", "half")});
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  File(desk, {"urn:c", "1", 8, "News", testing::Replaced(kPort, "third", "fourth")});
  EXPECT_EQ(desk.last_outcome(), Outcome::kDivert);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

}  // namespace
}  // namespace copydesk
