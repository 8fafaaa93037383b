// Kills and holds that name a story in words only, and come before it.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::kBrewer;
using testing::kPort;
using testing::kRates;
using testing::Numbers;
using testing::Recalled;

constexpr std::string_view kHeadline = "Ruritania raises its rates";
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;

// A version made so long after the first record; below 0 for no time.
Story Timed(std::string_view uri, int64_t after_ms, std::string_view headline,
            std::string_view body) {
  Story story = testing::MakeFiled(headline, body);
  story.uri = uri;
  if (after_ms >= 0) story.version_time_ms = 100 * kHourMs + after_ms;
  return story;
}

Desk MakeDesk() {
  Desk desk;
  desk.WaitHours(100);
  return desk;
}

struct Named {
  std::string headline, body;
  std::string ednote = "";
};

TEST(AwaitedHeadline, IsOfAStoryThatComesLater) {
  const std::string x(kHeadline);
  const Named cases[] = {
      {"KILL: " + x, "Ersatz folgt."},
      {"STORY WITHDRAWN-UPDATE 2-" + x, "None follows."},
      {"HOLD: " + x, "x"},
      {"Achtung Redaktionen: KILL - " + x + ".", "x"},
      {"KILL: \"" + x + "\"", "x"},
      {"KILL: Story \"" + x + "\" of 10.15", "Use \"Zenda's cranes stand still\" instead."},
      {"KILL", "Bitte verwenden Sie die Meldung «" + x + "» von 10.15 Uhr nicht."},
      {"KILL", "Die dpa zieht zurück: „" + x + ".“ Ersatz folgt. Nicht verwenden: „" + x + "“"},
      {"KILL", "Kill “" + x + "”; it is replaced by “Brewer Lauengram was fined”."},
      {"Mitteilung an alle Redaktionen", "HOLD: «" + x + "» wird geprüft."},
      {"Mitteilung an alle Redaktionen", "Siehe die Notiz.", "KILL: \"" + x + "\""},
  };
  for (const Named& c : cases) {
    for (const bool is_restarted : {false, true}) {
      SCOPED_TRACE(c.headline + " | " + c.body);
      Desk desk = MakeDesk();
      Story kill = Timed("urn:kill", 20 * kMinuteMs, c.headline, c.body);
      kill.ednote = c.ednote;
      EXPECT_TRUE(desk.Decide(std::move(kill)).rule.ends_with(", story not seen"));
      if (is_restarted) desk.Restart();
      // What comes under the headline in between hides nothing.
      desk.Decide(Timed("urn:new", 30 * kMinuteMs, kHeadline, kPort));
      const Relation late = desk.Decide(Timed("urn:x", 10 * kMinuteMs, kHeadline, kRates));
      EXPECT_EQ(late.kind, RelationKind::kOriginal);
      EXPECT_TRUE(late.is_late);
      EXPECT_EQ(late.rule, "killed before it came, under the headline that the kill names");
      EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
      // So is what takes it up, and what is of its uri, but no other story of that headline.
      desk.Decide(Timed("urn:taken:up", 30 * kMinuteMs, "Rates", kRates));
      desk.Decide(Timed("urn:x", 15 * kMinuteMs, "More on rates", kBrewer));
      desk.Decide(Timed("urn:other", 10 * kMinuteMs, kHeadline, "Nothing of the kind happened."));
      EXPECT_EQ(Recalled(desk), (Numbers{2, 3, 4}));
      const Relation back = desk.Decide(Timed("urn:x", 40 * kMinuteMs, kHeadline, kRates));
      EXPECT_EQ(back.rule, "newer version after a kill, same uri");
    }
  }
}

TEST(AwaitedHeadline, OfAScriptWithoutSpacesHasLettersForWords) {
  for (const bool is_long : {true, false}) {
    Desk desk = MakeDesk();
    const std::string headline = is_long ? "渡轮在比戈搁浅" : "渡轮搁浅";
    desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL", "请勿使用《" + headline + "》一稿。"));
    desk.Decide(Timed("urn:x", 10 * kMinuteMs, headline, kRates));
    EXPECT_EQ(Recalled(desk), is_long ? (Numbers{1}) : Numbers{});
  }
}

TEST(AwaitedHeadline, OfSeveralIsEachOfTheList) {
  Desk desk = MakeDesk();
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL",
                    "Kill “Zenda's cranes stand still” and “Ruritania raises its rates”."));
  desk.Decide(Timed("urn:a", 10 * kMinuteMs, kHeadline, kRates));
  desk.Decide(Timed("urn:b", 10 * kMinuteMs, "Zenda's cranes stand still", kPort));
  // The kill once more is of both, and recalls them no more.
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL",
                    "Kill “Zenda's cranes stand still” and “Ruritania raises its rates”."));
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2}));
}

TEST(AwaitedHeadline, IsNoneWhereItIsNotSure) {
  const std::string x(kHeadline);
  const Named cases[] = {
      {"KILL", "Kill “Ruritania raises its rates”; compare “Brewer Lauengram was fined”."},
      {"KILL", "The sentence “Nobody was hurt” is wrong in “Ruritania raises its rates”."},
      {"KILL", "Kill 'Ruritania raises its rates'"},
      {"KILL", "Not for use:\n\n" + x + "\n\nNone follows."},
      {"Ruritania raises its rates", "KILL: the rates."},
      {"KILL", "Kill urn:desk:a, not urn:desk:b."},
      {"KILL: Other rates are raised", "Use \"Ruritania raises its rates\"."},
  };
  for (const Named& c : cases) {
    SCOPED_TRACE(c.headline + " | " + c.body);
    Desk desk = MakeDesk();
    desk.Decide(Timed("urn:kill", 20 * kMinuteMs, c.headline, c.body));
    desk.Decide(Timed("urn:x", 10 * kMinuteMs, kHeadline, kRates));
    EXPECT_EQ(Recalled(desk), Numbers{});
  }
  Desk desk = MakeDesk();
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL: House fire", "x"));
  desk.Decide(Timed("urn:x", 10 * kMinuteMs, "House fire", kRates));
  EXPECT_EQ(Recalled(desk), Numbers{});
}

TEST(AwaitedHeadline, SparesWhatIsNewerOrSaysSoOrIsOfAnotherDay) {
  struct Case {
    std::string headline;
    int64_t kill_ms, story_ms;
    bool is_recalled;
  };
  const std::string x(kHeadline);
  const Case cases[] = {
      {x, 13 * kHourMs, 12 * kHourMs, true},
      {x, 13 * kHourMs, 13 * kHourMs, true},
      {x, 13 * kHourMs, 1 * kHourMs, true},
      {x, 13 * kHourMs, 1 * kHourMs - 1, false},
      {x, 13 * kHourMs, 13 * kHourMs + 1, false},
      {x, 13 * kHourMs, -1, true},
      {x, -1, 12 * kHourMs, true},
      {"RPT-" + x, 13 * kHourMs, 12 * kHourMs, true},
      {"UPDATE 1-" + x, 13 * kHourMs, 12 * kHourMs, true},
      {"UPDATE 1-" + x, 13 * kHourMs, 13 * kHourMs, false},
      {"UPDATE 1-" + x, 13 * kHourMs, -1, false},
      {"CORRECTED-" + x, 13 * kHourMs, 12 * kHourMs, true},
      {"CORRECTED-" + x, 13 * kHourMs, 14 * kHourMs, false},
      {"REFILE-" + x, -1, 12 * kHourMs, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.headline);
    SCOPED_TRACE(c.story_ms);
    Desk desk = MakeDesk();
    desk.Decide(Timed("urn:kill", c.kill_ms, "KILL: " + x, "x"));
    desk.Decide(Timed("urn:x", c.story_ms, c.headline, kRates));
    EXPECT_EQ(Recalled(desk), c.is_recalled ? (Numbers{1}) : Numbers{});
  }
}

TEST(AwaitedHeadline, IsAwaitedForTwelveHours) {
  for (const int64_t hours : {11, 13}) {
    Desk desk = MakeDesk();
    desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL: " + std::string(kHeadline), "x"));
    desk.WaitHours(hours);
    desk.Decide("Brewer fined", kBrewer);
    desk.Decide(Timed("urn:x", 10 * kMinuteMs, kHeadline, kRates));
    EXPECT_EQ(Recalled(desk), hours == 11 ? (Numbers{2}) : Numbers{});
  }
}

TEST(AwaitedHeadline, IsUndoneWithTheKillAndWithTheStory) {
  Desk desk = MakeDesk();
  desk.Decide("Brewer fined", kBrewer);
  desk.Commit();
  const std::string kill = "KILL: " + std::string(kHeadline);
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, kill, "x"));
  desk.RollBack();
  desk.Decide(Timed("urn:w", 10 * kMinuteMs, kHeadline, kPort));
  EXPECT_EQ(Recalled(desk), Numbers{});
  desk.RollBack();
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, kill, "x"));
  desk.Commit();
  desk.Decide(Timed("urn:x", 10 * kMinuteMs, kHeadline, kRates));
  desk.RollBack();
  desk.Decide(Timed("urn:y", 10 * kMinuteMs, kHeadline, kPort));
  EXPECT_EQ(Recalled(desk), (Numbers{4, 5}));
}

TEST(AwaitedHeadline, IsAwaitedWhereAStoryIsHeld) {
  Desk desk = MakeDesk();
  desk.Decide(Timed("urn:kill", 20 * kMinuteMs, "KILL: " + std::string(kHeadline), "x"));
  const auto story = [] {
    Story held = Timed("urn:x", 10 * kMinuteMs, kHeadline, kRates);
    held.embargo_time_ms = 105 * kHourMs;
    return held;
  };
  desk.Decide(story());
  EXPECT_EQ(desk.last_outcome(), Outcome::kHold);
  desk.WaitHours(6);
  desk.Decide("Brewer fined", kBrewer);
  EXPECT_EQ(Recalled(desk), Numbers{});
  desk.Decide(story());
  EXPECT_EQ(Recalled(desk), (Numbers{3}));
}

}  // namespace
}  // namespace copydesk
