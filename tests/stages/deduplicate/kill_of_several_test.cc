// Kills and holds that name several stories, and those that name one in several ways.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::kBrewer;
using testing::kFlood;
using testing::kFootball;
using testing::kHeadline;
using testing::kPort;
using testing::kRates;
using testing::Made;
using testing::Numbers;
using testing::Recalled;
using testing::Replaced;

constexpr std::string_view kStrike = "Zenda's \"big\" cranes stand still";
constexpr std::string_view kFine = "Brewer Lauengram fined";

// Stories 0, 1, 2 and 3: the rates, the strike, the fine, and one that nobody kills.
void File(Desk& desk) {
  desk.Decide(Made("urn:desk:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:desk:port", "1", kStrike, kPort));
  desk.Decide(Made("urn:desk:fine", "1", kFine, kBrewer));
  desk.Decide(Made("urn:desk:flood", "1", "Three drown at Hentzau", kFlood));
}

struct Case {
  std::string headline, body;
  Numbers recalled;
};

TEST(KillOfSeveral, RecallsAllThatIsListed) {
  const std::string rates(kHeadline), strike(kStrike), fine(kFine);
  const Case cases[] = {
      {"KILL", "Please kill “" + rates + "” and “" + strike + "”.", {0, 1}},
      {"KILL", "Bitte löschen: «" + fine + "» von 10.15 Uhr, «" + rates + "» (10.40).", {2, 0}},
      {"KILL",
       "Kill the stories \"" + rates + "\", \"" + strike + "\" and \"" + fine + "\"",
       {0, 1, 2}},
      {"KILL",
       "Kill 'Ruritania raises rates' as well as the story 'Brewer Lauengram fined'.",
       {0, 2}},
      {"KILL", "Kill \"" + rates + "\", \"One you never had\", and \"" + fine + "\"", {0, 2}},
      {"KILL", "Kill “" + rates + "”. “" + fine + "”.", {0, 2}},
      {"STORIES WITHDRAWN",
       "Not for use:\n\n" + rates + "\n" + strike + "\n\nNone follow.",
       {0, 1}},
      {"KILL", "Kill:\n- " + strike + "\n- " + rates, {1, 0}},
      {"KILL", "Kill:\n1. " + strike + "\n2. Nothing you know\n3. " + rates, {1, 0}},
      {"KILL", "Kill:\n• " + strike + "\n• " + rates, {1, 0}},
      {"KILL", "Titel: " + rates + "\nTitel: " + fine + "\nGrund: falsch", {0, 2}},
      {"KILL", "Kill urn:desk:port, urn:desk:fine.", {1, 2}},
      {"KILL", "Kill urn:desk:port (cranes) and urn:desk:fine (beer).", {1, 2}},
      {"KILL: " + rates + " and KILL: " + fine, "Not for use.", {0, 2}},
      {"KILL: " + rates + ", KILL: " + strike + ", KILL: " + fine, "Not for use.", {0, 1, 2}},
      {"KILL", "Not for use: story 12 (" + rates + ") and story 13 (" + fine + ").", {0, 2}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.headline + " | " + c.body);
    Desk desk;
    File(desk);
    const Relation kill = desk.Decide(c.headline, c.body);
    EXPECT_EQ(kill.kind, RelationKind::kKill);
    EXPECT_EQ(Desk::LeadOf(kill), c.recalled.front());
    EXPECT_EQ(Recalled(desk), c.recalled);
  }
}

TEST(KillOfSeveral, SparesWhatItSpeaksOfOtherwise) {
  const std::string rates(kHeadline), strike(kStrike), fine(kFine);
  const Case cases[] = {
      {"KILL", "Kill “" + rates + "”; it is replaced by “" + fine + "”.", {0}},
      {"KILL", "Kill “" + rates + "” (10.15). Use “" + fine + "” instead.", {0}},
      {"KILL", "Kill “" + rates + "”. The story “" + fine + "” is right.", {0}},
      {"KILL", "«" + rates + "» wird durch «" + fine + "» ersetzt.", {0}},
      {"KILL", rates + "\nSubstitute:\n" + fine, {0}},
      {"KILL", "Titel: " + rates + "\nErsatz: " + fine, {0}},
      {"KILL", "Kill urn:desk:rates. Its substitute is urn:desk:fine.", {0}},
      // It speaks of the substitute only, where what it kills is not known.
      {"KILL", "Kill “Never seen here”; it is replaced by “" + fine + "”.", {}},
      {"KILL: Never seen here", "Use “" + fine + "” instead.", {}},
      {"KILL: Never seen here", "The substitute is:\n" + fine, {}},
      {"KILL", "Kill “Never seen here”. Instead, use “" + fine + "”.", {}},
      {"KILL: Nie hier gesehen", "Ersatz: «" + fine + "»", {}},
      {"KILL", "Kill urn:desk:unseen. Substitute: urn:desk:fine", {}},
      {"KILL", "Kein Ersatz für die Meldung «" + fine + "»", {2}},
      {"KILL", "Kill without substitute: “" + fine + "”", {2}},
      {"KILL", "A substitute for “" + fine + "” follows.", {2}},
      {"KILL", "A substitute follows\n" + fine, {2}},
      {"KILL", "Use “" + rates + "” instead of “" + fine + "”.", {2}},
      // One story, named in several ways; the weaker ones would fit others.
      {"KILL: " + fine, "Kill urn:desk:rates, “" + strike + "”.", {0}},
      {"KILL: " + rates, "Kill the rates story, not “" + strike + "”.\n" + fine, {0}},
      {"KILL", "Kill “" + rates + "”\n" + fine, {0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.headline + " | " + c.body);
    Desk desk;
    File(desk);
    desk.Decide(c.headline, c.body);
    EXPECT_EQ(Recalled(desk), c.recalled);
  }
}

// The rates and the port are killed by story 4.
void FileAndKillTwo(Desk& desk) {
  File(desk);
  desk.Decide(Made("urn:kill", "1", "KILL", "Kill urn:desk:rates, urn:desk:port"));
  ASSERT_EQ(Recalled(desk), (Numbers{0, 1}));
}

TEST(KillOfSeveral, RecallsWhatComesLaterOfAnyOfThem) {
  for (const bool is_restarted : {false, true}) {
    SCOPED_TRACE(is_restarted);
    Desk desk;
    FileAndKillTwo(desk);
    if (is_restarted) desk.Restart();
    EXPECT_TRUE(desk.Decide(Made("urn:desk:port", "0", kStrike, "Cranes.")).is_late);  // 5
    desk.Decide(kStrike, kPort);                                                       // 6
    desk.Decide(kStrike, Replaced(kPort, "third", "fourth"));                          // 7
    desk.Decide(kHeadline, kRates);                                                    // 8
    desk.Decide(kFine, kBrewer);                                                       // 9
    EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 5, 6, 7, 8}));
    // Sent again it recalls nothing; read again all that it did.
    desk.Decide(Made("urn:kill", "1", "KILL", "Kill urn:desk:rates, urn:desk:port"));
    EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 5, 6, 7, 8}));
    desk.Decide(Made("urn:kill", "1", "KILL", "Kill urn:desk:rates, urn:desk:port"), 4);
    EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 5, 6, 7, 8, 0, 1}));
  }
}

TEST(KillOfSeveral, IsUndoneWhole) {
  Desk desk;
  File(desk);
  desk.Commit();
  const auto kill = [] { return Made("urn:kill", "1", "KILL", "urn:desk:rates, urn:desk:port"); };
  desk.Decide(kill());
  desk.RollBack();
  EXPECT_EQ(desk.Decide(kStrike, kPort).kind, RelationKind::kRepeat);  // 5
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1}));
  desk.Decide(kill());
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 0, 1, 5}));
}

TEST(KillOfSeveral, KnowsAStoryThatItsUriNamedBeforeItCame) {
  for (const std::string_view body :
       {"Kill urn:desk:rates, urn:desk:football", "Kill urn:desk:football and urn:desk:rates",
        "Kill urn:desk:rates, urn:desk:x, urn:desk:football"}) {
    for (const bool is_restarted : {false, true}) {
      SCOPED_TRACE(body);
      Desk desk;
      File(desk);
      desk.Decide(Made("urn:kill", "1", "KILL", body));
      if (is_restarted) desk.Restart();
      const Relation late = desk.Decide(Made("urn:desk:football", "1", "Win", kFootball));  // 5
      EXPECT_EQ(late.rule, "killed before it came, same uri");
      EXPECT_EQ(late.kind, RelationKind::kOriginal);
      desk.Decide("Ruritania win", kFootball);  // 6
      EXPECT_EQ(Recalled(desk), (Numbers{0, 5, 6}));
    }
  }
}

TEST(KillOfSeveral, KnowsStoriesThatAllComeAfterIt) {
  Desk desk;
  desk.Decide(Made("urn:kill", "1", "KILL", "Kill urn:desk:rates, urn:desk:port"));
  desk.Decide(Made("urn:desk:port", "1", kStrike, kPort));
  desk.Decide(Made("urn:desk:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:desk:fine", "1", kFine, kBrewer));
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2}));
}

TEST(KillOfSeveral, AwaitsNothingWhereOneOfItsUrisMayBeTheSubstitutes) {
  Desk desk;
  desk.Decide(Made("urn:kill", "1", "KILL", "Kill urn:desk:rates. Substitute: urn:desk:port"));
  desk.Decide(Made("urn:desk:port", "1", kStrike, kPort));
  EXPECT_EQ(Recalled(desk), (Numbers{}));
}

TEST(KillOfSeveral, AwaitsNoStoryForATimeOrWhereItFindsOneByItsHeadline) {
  Desk desk;
  File(desk);
  desk.Decide(Made("urn:kill", "1", "KILL: " + std::string(kHeadline), "10:15. See urn:desk:x"));
  desk.Decide(Made("10:15", "1", "Win", kFootball));
  desk.Decide(Made("urn:desk:x", "1", "Win", Replaced(kFootball, "3-1", "4-1")));
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

TEST(KillOfSeveral, MayNameMoreWhenItIsSentAnew) {
  Desk desk;
  File(desk);
  desk.Decide(Made("urn:kill", "1", "KILL", "Kill “" + std::string(kHeadline) + "”."));
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  desk.Decide(Made("urn:kill", "2", "KILL",
                   "Kill «" + std::string(kHeadline) + "» and «" + std::string(kFine) + "»."));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(KillOfSeveral, RecallsAPickUpOfTwoOfThemOnce) {
  Desk desk;
  File(desk);
  desk.Decide("News", testing::Joined({kRates, kPort, kFootball}));  // 4
  desk.Decide("KILL", "Kill urn:desk:rates, urn:desk:port");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 4, 1}));
}

TEST(KillOfSeveral, MayBeAHold) {
  Desk desk;
  File(desk);
  const Relation hold = desk.Decide(
      "HOLD", "Hold “" + std::string(kHeadline) + "” and “" + std::string(kFine) + "”.");
  EXPECT_EQ(hold.kind, RelationKind::kWithhold);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(KillOfSeveral, OfVeryManyIsBounded) {
  Desk desk;
  std::string body = "Kill";
  for (int i = 0; i < 300; ++i) body += " urn:desk:" + std::to_string(i) + ",";
  desk.Decide("KILL", body);
  EXPECT_EQ(desk.context.sizes["stories"], 64u);
}

}  // namespace
}  // namespace copydesk
