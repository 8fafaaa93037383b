// What a kill recalls of stories that share words, and what it spares: through the real stages
// normalize and deduplicate.
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/stages/deduplicate/desk.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::Replaced;

constexpr std::string_view kRates =
    "The Bank of Ruritania raised its main interest rate by a quarter point on Tuesday, saying "
    "inflation in Strelsau had run above target for eight months and that further moves would "
    "depend on wages and on the price of grain from the northern provinces.";
constexpr std::string_view kPort =
    "Workers at the port of Zenda walked out for a third day over plans to automate two of its "
    "cranes, halting exports of timber and delaying passenger ferries to the islands, the harbour "
    "master said, adding talks would resume once both sides had named a mediator.";
constexpr std::string_view kBrewer =
    "A court in Hofbau fined the brewer Lauengram two million crowns on Thursday for fixing the "
    "price of beer with three rivals between 2019 and 2023, in the largest cartel case the country "
    "has seen since the competition office was founded by the late king.";
constexpr std::string_view kFootball =
    "Ruritania's football team beat Graustark 3-1 in a friendly on Wednesday evening, with two "
    "goals by captain Rassendyll and one from the substitute Tarlenheim in front of 31,000 "
    "spectators who had waited for hours in heavy rain outside the old stadium gates.";
constexpr std::string_view kFlood =
    "Three people drowned when the river Teufelsbach burst its banks near Hentzau overnight, and "
    "some two hundred were taken to a school by boat; the road to the pass is closed and soldiers "
    "were filling sandbags at the bridge, a spokeswoman for the district said.";
constexpr std::string_view kHeadline = "Ruritania raises rates";

Story Made(std::string_view uri, std::string_view version, std::string_view headline,
           std::string_view body) {
  Story story = testing::MakeFiled(headline, body);
  story.uri = uri;
  story.version = version;
  return story;
}
Story MadeKill(std::string_view uri, std::string_view version) {
  Story kill = Made(uri, version, "Kill", "Not for use.");
  kill.pub_status = PubStatus::kCanceled;
  return kill;
}

// The numbers of the stories that were recalled, in that order.
std::vector<int64_t> Recalled(const Desk& desk) {
  std::vector<int64_t> numbers;
  for (const Record& recall : desk.context.recalls) {
    constexpr std::string_view kOffset = "\"offset\":";
    numbers.push_back(std::stoll(recall.value.substr(recall.value.find(kOffset) + kOffset.size())));
  }
  return numbers;
}

using Numbers = std::vector<int64_t>;

const Relation& Kill(Desk& desk, std::string_view uri) { return desk.Decide(MadeKill(uri, "9")); }

// The rates, and their kill.
void FileAndKillRates(Desk& desk) {
  desk.Decide(Made("urn:a", "1", kHeadline, kRates));
  desk.Decide(MadeKill("urn:a", "2"));
}

TEST(Recall, SparesANearDuplicateOfAStoryThatCameBackAsItWas) {
  Desk desk;
  FileAndKillRates(desk);
  desk.Decide(Made("urn:a", "3", kHeadline, kRates));
  const Relation again = desk.Decide(kHeadline, Replaced(kRates, "eight", "seven"));
  EXPECT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
  EXPECT_EQ(desk.last_outcome(), Outcome::kDivert);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

TEST(Recall, SparesWhatIsLikeTheKilledVersionOfAStoryThatCameBackCorrected) {
  Desk desk;
  FileAndKillRates(desk);
  desk.Decide(
      Made("urn:a", "3", "CORRECTED-Ruritania raises rates", Replaced(kRates, "quarter", "half")));
  const Relation like_it = desk.Decide("Rates rise", Replaced(kRates, "eight", "seven"));
  EXPECT_EQ(like_it.kind, RelationKind::kNearDuplicate) << like_it.rule;
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  // What says word for word what was killed is recalled with it.
  const Relation repeat = desk.Decide(kHeadline, kRates);
  EXPECT_EQ(repeat.kind, RelationKind::kRepeat) << repeat.rule;
  EXPECT_EQ(Recalled(desk), (Numbers{0, 4}));
}

TEST(Recall, SparesSubstitutesUnderUrisOfTheirOwn) {
  const std::string corrected = Replaced(kRates, "quarter", "half");
  Desk desk;
  desk.Decide(kHeadline, kRates);
  const Relation kill = desk.Decide("STORY WITHDRAWN-Ruritania raises rates",
                                    "The story is withdrawn. A corrected version will follow.");
  ASSERT_EQ(kill.kind, RelationKind::kKill) << kill.rule;
  EXPECT_EQ(desk.Decide("CORRECTED-Ruritania raises rates", corrected).kind,
            RelationKind::kCorrection);
  EXPECT_EQ(desk.Decide("REFILE-Ruritania raises rates", corrected + " Reuter").kind,
            RelationKind::kRefile);
  EXPECT_EQ(desk.Decide("UPDATE 1-Ruritania raises rates", corrected + " The crown rose.").kind,
            RelationKind::kRevision);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  // Nor is what takes the correction up.
  const Relation taken_up = desk.Decide("Rates rise", Replaced(corrected, "Tuesday", "Tue"));
  EXPECT_EQ(taken_up.kind, RelationKind::kNearDuplicate) << taken_up.rule;
  EXPECT_EQ(desk.last_outcome(), Outcome::kDivert);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  // Nor are they when the kill is sent again, but by a kill of their own.
  for (int i = 0; i < 2; ++i) {
    desk.Decide("STORY WITHDRAWN-Ruritania raises rates",
                "The story is withdrawn. A corrected version will follow.");
  }
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  desk.Decide("STORY WITHDRAWN-CORRECTED-Ruritania raises rates", "There will be no substitute.");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 3, 4, 5}));
}

TEST(Recall, OfASubstituteMaySayWhatTheFirstKillSaid) {
  constexpr std::string_view kNotice = "The story is withdrawn. Please do not use it.";
  Desk desk;
  desk.Decide(kHeadline, kRates);
  desk.Decide("STORY WITHDRAWN-Ruritania raises rates", kNotice);
  desk.Decide("CORRECTED-Ruritania raises rates", Replaced(kRates, "quarter", "half"));
  desk.Decide("STORY WITHDRAWN-Ruritania raises rates", kNotice);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  desk.Decide("STORY WITHDRAWN-CORRECTED-Ruritania raises rates", kNotice);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(Recall, ByAKillInWordsThatIsDatedAnewTakesTheSubstitute) {
  const auto filed = [](std::string_view headline, std::string_view body, int64_t hour) {
    Story story = testing::MakeFiled(headline, body);
    story.version_time_ms = hour * 3'600'000;
    return story;
  };
  for (const bool is_dated_anew : {false, true}) {
    SCOPED_TRACE(is_dated_anew);
    Desk desk;
    desk.WaitHours(9);
    desk.Decide(filed(kHeadline, kRates, 1));
    desk.Decide(filed("KILL: Ruritania raises rates", "Please do not use the story.", 2));
    desk.Decide(filed("CORRECTED-Ruritania raises rates", Replaced(kRates, "quarter", "half"), 3));
    desk.Decide(filed("KILL: Ruritania raises rates", "Please do not use the story.",
                      is_dated_anew ? 4 : 2));
    EXPECT_EQ(Recalled(desk), is_dated_anew ? (Numbers{0, 2}) : (Numbers{0}));
  }
}

TEST(Recall, SparesARefileWithTheWordsOfTheKilledStory) {
  Desk desk;
  FileAndKillRates(desk);
  EXPECT_EQ(desk.Decide("REFILE-Ruritania raises rates", kRates).kind, RelationKind::kRefile);
  EXPECT_EQ(desk.Decide(kHeadline, kRates).kind, RelationKind::kRepeat);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

TEST(Recall, OfANearDuplicateLeavesItWhereItIsRead) {
  Desk desk;
  FileAndKillRates(desk);
  // A pick-up that comes late, or a substitute that does not say so.
  const Relation like_it = desk.Decide(kHeadline, Replaced(kRates, "quarter", "half"));
  EXPECT_EQ(like_it.kind, RelationKind::kNearDuplicate) << like_it.rule;
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(Recall, TakesANearDuplicateThatWasHeldWhenItsLeadWasKilled) {
  const auto held = [] {
    Story story = Made("urn:b", "1", kHeadline, Replaced(kRates, "quarter", "half"));
    story.embargo_time_ms = 1'300'000;
    return story;
  };
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, kRates));
  const Relation before = desk.Decide(held());
  ASSERT_EQ(before.kind, RelationKind::kNearDuplicate) << before.rule;
  ASSERT_EQ(desk.last_outcome(), Outcome::kHold);
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
  desk.WaitHours(1);
  const Relation fed_back = desk.Decide(held());
  EXPECT_EQ(fed_back.kind, RelationKind::kNearDuplicate) << fed_back.rule;
  EXPECT_EQ(fed_back.similarity, before.similarity);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 3}));
}

TEST(Recall, TakesAnUpdateThatWasHeldWhenItsStoryWasKilled) {
  constexpr std::string_view kAnew =
      "Markets in Strelsau shrugged when the lenders' association published its own forecast, and "
      "the crown was hardly changed against the dollar in the afternoon.";
  for (const std::string& body : {Replaced(kRates, "quarter", "half"), std::string(kAnew)}) {
    for (const bool is_newer : {false, true}) {
      SCOPED_TRACE(body);
      SCOPED_TRACE(is_newer);
      const auto filed = [](std::string_view uri, std::string_view headline, std::string_view text,
                            int64_t seconds) {
        Story story = Made(std::string(uri), "1", headline, text);
        story.version_time_ms = seconds * 1000;
        return story;
      };
      const auto held = [&] {
        Story story = filed("urn:b", "UPDATE 1-Ruritania raises rates", body, is_newer ? 900 : 300);
        story.embargo_time_ms = 1'300'000;
        return story;
      };
      Desk desk;
      desk.Decide(filed("urn:a", kHeadline, kRates, 200));
      EXPECT_EQ(desk.Decide(held()).kind, RelationKind::kRevision);
      EXPECT_EQ(desk.last_outcome(), Outcome::kHold);
      Story kill = filed("urn:a", kHeadline, "", 600);
      kill.pub_status = PubStatus::kCanceled;
      desk.Decide(std::move(kill));
      desk.WaitHours(1);
      desk.Decide("Zenda", "The port is open again.");
      EXPECT_EQ(desk.Decide(held()).kind, RelationKind::kRevision);
      EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
      EXPECT_EQ(Recalled(desk), is_newer ? (Numbers{0}) : (Numbers{0, 4}));
    }
  }
}

TEST(Recall, FindsACorrectionThatIsOlderThanTheKill) {
  Desk desk;
  desk.Decide(kHeadline, kRates, PubStatus::kUsable, "urn:a");
  Story kill = MadeKill("urn:a", "");
  kill.version_time_ms = 1'010'000;
  desk.Decide(std::move(kill));
  Story correction =
      Made("urn:b", "", "CORRECTED-Ruritania raises rates", Replaced(kRates, "quarter", "half"));
  correction.version_time_ms = 1'005'000;
  desk.Decide(std::move(correction));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += std::string(part) + "\n\n";
  return joined;
}

// The rates, the port, and a round-up of these two and the brewer and the football; it leads to the
// port, of which it has most.
void FileRoundUp(Desk& desk) {
  desk.Decide(Made("urn:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  const Relation round_up = desk.Decide(
      Made("urn:all", "1", "News summary", Joined({kRates, kPort, kBrewer, kFootball})));
  ASSERT_EQ(round_up.rule, "contains an earlier story");
  ASSERT_EQ(Desk::LeadOf(round_up), 1);
}
TEST(Recall, OfAPartOfARoundUpTakesTheRoundUpAndNoOtherPart) {
  Desk desk;
  FileRoundUp(desk);
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  const Relation like_it = desk.Decide("Ruritania win", Replaced(kFootball, "Wednesday", "Wed"));
  ASSERT_EQ(like_it.kind, RelationKind::kNearDuplicate) << like_it.rule;
  desk.Decide("Football: Ruritania win", kFootball);
  Kill(desk, "urn:port");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2}));
}

TEST(Recall, SparesWhatComesLaterAndIsAnotherPartOfARecalledRoundUp) {
  Desk desk;
  FileRoundUp(desk);
  Kill(desk, "urn:port");
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  EXPECT_EQ(Desk::LeadOf(part), 2);
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2}));
  // What says the whole of it again says the killed story.
  const Relation again = desk.Decide(
      "News summary", Joined({kRates, kPort, Replaced(kBrewer, "Thursday", "Thu"), kFootball}));
  ASSERT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2, 5}));
}

TEST(Recall, TakesTheVersionsAndNearDuplicatesOfARoundUp) {
  Desk desk;
  FileRoundUp(desk);
  const std::string later =
      Joined({kRates, kPort, Replaced(kBrewer, "Thursday", "Thu"), kFootball});
  desk.Decide(Made("urn:all", "2", "News summary", later));
  const Relation like_it =
      desk.Decide("News summary", Replaced(later, "three rivals", "rivals of its"));
  ASSERT_EQ(like_it.kind, RelationKind::kNearDuplicate) << like_it.rule;
  EXPECT_EQ(Desk::LeadOf(like_it), 2);
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  Kill(desk, "urn:port");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2, 3, 4}));
}

TEST(Recall, GoesOneStepAlongSharedPassages) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", "Rates and port", Joined({kRates, kPort})));
  const Relation second = desk.Decide("Port and beer", Joined({kPort, kBrewer}));
  ASSERT_EQ(second.rule, "shares passages with an earlier story");
  const Relation third = desk.Decide("Beer and football", Joined({kBrewer, kFootball}));
  ASSERT_EQ(third.rule, "shares passages with an earlier story");
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1}));
}

TEST(Recall, TakesAPartOfTheKilledStoryAndWhatIsLikeThat) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", "The day", Joined({kRates, kPort, kBrewer, kFootball})));
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  const Relation like_it = desk.Decide("Ruritania win", Replaced(kFootball, "Wednesday", "Wed"));
  ASSERT_EQ(like_it.kind, RelationKind::kNearDuplicate) << like_it.rule;
  desk.Decide("Football: Ruritania win", kFootball);
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(desk.Decide("Football: Ruritania win", kFootball).kind, RelationKind::kRepeat);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 3, 5}));
}

TEST(Recall, OfARoundUpTakesWhatIsLikeItAndNoneOfItsParts) {
  Desk desk;
  FileRoundUp(desk);
  const Relation like_it = desk.Decide(
      "News summary", Joined({kRates, kPort, Replaced(kBrewer, "Thursday", "Thu"), kFootball}));
  ASSERT_EQ(Desk::LeadOf(like_it), 2) << like_it.rule;
  desk.Decide("Football: Ruritania win", kFootball);
  desk.Decide("Ruritania win", Replaced(kFootball, "Wednesday", "Wed"));
  Kill(desk, "urn:all");
  EXPECT_EQ(Recalled(desk), (Numbers{2, 3}));
}

TEST(Recall, OfAStoryTakesTheRoundUpsThatHaveItBesideTheirLead) {
  Desk desk;
  FileRoundUp(desk);
  // What says the same as the round-up, and what is like it, and another that has the rates.
  const std::string all = Joined({kRates, kPort, kBrewer, kFootball});
  EXPECT_EQ(desk.Decide("News summary", all).kind, RelationKind::kRepeat);
  EXPECT_EQ(desk.Decide(Made("urn:all", "2", "News summary", all + "More to come.")).kind,
            RelationKind::kRevision);
  EXPECT_EQ(desk.Decide("News summary", Replaced(all, "Thursday", "Thu")).kind,
            RelationKind::kNearDuplicate);
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  Kill(desk, "urn:rates");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 3, 4, 5}));
  // The kill is read again.
  desk.Decide(MadeKill("urn:rates", "9"), 7);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 3, 4, 5, 0, 2, 3, 4, 5}));
  // The port and what is said of the football stand.
  EXPECT_EQ(desk.Decide("Port strike", kPort).kind, RelationKind::kRepeat);
  EXPECT_EQ(desk.Decide("Football: Ruritania win", kFootball).kind, RelationKind::kRepeat);
  EXPECT_EQ(Recalled(desk).size(), 10);
}

TEST(Recall, OfALeadSparesARoundUpUnderAnotherThatHasASpareVersion) {
  Desk desk;
  desk.Decide(Made("urn:rates", "3", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  desk.Decide("News summary", Joined({kRates, kPort, kBrewer, kFootball}));
  desk.Decide(MadeKill("urn:rates", "2"));
  EXPECT_EQ(Recalled(desk), (Numbers{}));
}

TEST(Recall, OfAWithheldStoryIsSaidAgainByItsKill) {
  Desk desk;
  FileRoundUp(desk);
  Story hold = Made("urn:rates", "8", "Hold", "Not for use yet.");
  hold.pub_status = PubStatus::kWithheld;
  desk.Decide(std::move(hold));
  Kill(desk, "urn:rates");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 0, 2}));
}

TEST(Recall, TakesTheRoundUpsThatWereFiledBeforeARestart) {
  Desk desk;
  FileRoundUp(desk);
  desk.Restart();
  Kill(desk, "urn:rates");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(Recall, TakesARoundUpThatComesAfterTheKillOfAnotherThanItsLead) {
  Desk desk;
  desk.Decide(Made("urn:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  Kill(desk, "urn:rates");
  const Relation round_up =
      desk.Decide("News summary", Joined({kRates, kPort, kBrewer, kFootball}));
  ASSERT_EQ(Desk::LeadOf(round_up), 1) << round_up.rule;
  EXPECT_EQ(Recalled(desk), (Numbers{0, 3}));
}

TEST(Recall, OfAPickUpTakesWhatIsMoreLikeItThanLikeItsLead) {
  Desk desk;
  const std::string picked_up = Joined({kRates,
                                        "The crown rose against the thaler after the news, "
                                        "dealers in Strelsau's exchange said by noon."});
  desk.Decide(Made("urn:a", "1", kHeadline, kRates));
  const Relation pick_up = desk.Decide(Made("urn:b", "1", "Rates up in Ruritania", picked_up));
  ASSERT_EQ(pick_up.kind, RelationKind::kNearDuplicate) << pick_up.rule;
  const Relation like_it = desk.Decide("Rates up", Replaced(picked_up, "eight", "seven"));
  ASSERT_EQ(Desk::LeadOf(like_it), 0) << like_it.rule;
  const Relation like_lead = desk.Decide(kHeadline, Replaced(kRates, "northern", "southern"));
  ASSERT_EQ(Desk::LeadOf(like_lead), 0) << like_lead.rule;
  Kill(desk, "urn:b");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2}));
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2, 0, 3}));
}

TEST(Recall, FindsARoundUpThatGrewOutOfAnother) {
  const std::string noon = Joined({kRates, kPort});
  const std::string evening = Joined({kRates, kPort, kBrewer, kFootball, kFlood});
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, kRates));
  ASSERT_EQ(desk.Decide("News at noon", noon).kind, RelationKind::kExcerpt);
  ASSERT_EQ(desk.Decide("News of the day", evening).kind, RelationKind::kExcerpt);
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2}));
  desk.Decide("News late", Joined({kRates, kPort, kBrewer, kFootball, kFlood, kFlood}));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 4}));
}

TEST(Recall, FindsWhatANearDuplicateHasBeside) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, Joined({kRates, kBrewer})));
  desk.Decide(Made("urn:b", "1", "Port strike", kPort));
  const std::string both = Joined({kRates, kBrewer, kPort});
  ASSERT_EQ(desk.Decide(Made("urn:c", "1", kHeadline, both)).kind, RelationKind::kNearDuplicate);
  desk.Decide(Made("urn:c", "2", kHeadline, both + "More to come."));
  Kill(desk, "urn:b");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2, 3}));
}

TEST(Recall, SparesWhatOnlyANearDuplicateOfTheKilledStoryHas) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, Joined({kRates, kBrewer})));
  ASSERT_EQ(desk.Decide(kHeadline, Joined({kRates, kBrewer, kPort})).kind,
            RelationKind::kNearDuplicate);
  const Relation strike = desk.Decide("Port strike", kPort);
  EXPECT_EQ(Desk::LeadOf(strike), 1) << strike.rule;
  desk.Decide("News summary", Joined({kPort, kFootball, kFlood}));
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1}));
  // Filed after the kill, too.
  desk.Decide("Strike at port", Replaced(kPort, "third day", "third time"));
  desk.Decide("Strike and beer", Joined({kPort, kBrewer}));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 6}));
}

TEST(Recall, TakesLaterVersionsOfWhatOthersMadeOfAKilledStory) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, kRates));
  ASSERT_EQ(desk.Decide(Made("urn:b", "1", kHeadline, kRates)).kind, RelationKind::kRepeat);
  ASSERT_EQ(desk.Decide(Made("urn:all", "1", "News", Joined({kRates, kPort, kBrewer}))).kind,
            RelationKind::kExcerpt);
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2}));
  const std::string later = std::string(kRates) + " Dealers had expected that.";
  EXPECT_EQ(desk.Decide(Made("urn:b", "2", kHeadline, later)).kind, RelationKind::kRevision);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 4}));
  EXPECT_EQ(desk.Decide(kHeadline, later).kind, RelationKind::kRepeat);
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 4, 5}));
  desk.Decide(Made("urn:all", "2", "News", Joined({kRates, kPort, kBrewer, kFootball})));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 4, 5, 6}));
  // Without what was killed they stand.
  desk.Decide(Made("urn:all", "3", "News", Joined({kPort, kBrewer, kFootball})));
  desk.Decide(Made("urn:b", "3", "Correction", "There was no rise of rates in Ruritania."));
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1, 2, 4, 5, 6}));
}

TEST(Recall, TakesARoundUpThatWasHeldWhenAnotherThanItsLeadWasKilled) {
  const auto held = [] {
    Story story = Made("urn:all", "1", "News", Joined({kRates, kPort, kBrewer, kFootball}));
    story.embargo_time_ms = 1'500'000;
    return story;
  };
  Desk desk;
  desk.Decide(Made("urn:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  ASSERT_EQ(Desk::LeadOf(desk.Decide(held())), 1);
  ASSERT_EQ(desk.last_outcome(), Outcome::kHold);
  Kill(desk, "urn:rates");
  desk.WaitHours(1);
  desk.Decide(held());
  EXPECT_EQ(Recalled(desk), (Numbers{0, 4}));
}

TEST(Recall, SparesASubstituteThatIsNewerThanALateKill) {
  Desk desk;
  Story first = Made("urn:a", "", kHeadline, kRates);
  first.version_time_ms = 1'000'000;
  desk.Decide(std::move(first));
  Story correction =
      Made("urn:b", "", "CORRECTED-Ruritania raises rates", Replaced(kRates, "quarter", "half"));
  correction.version_time_ms = 1'020'000;
  desk.Decide(std::move(correction));
  Story kill = MadeKill("urn:a", "");
  kill.version_time_ms = 1'010'000;
  desk.Decide(std::move(kill));
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

TEST(Recall, TakesAStoryThatAClockMadeYoungerThanItsKill) {
  Desk desk;
  Story story = Made("urn:a", "", kHeadline, kRates);
  story.version_time_ms = 1'000'000;
  desk.Decide(std::move(story));
  Story kill = Made("urn:k", "", "KILL: Ruritania raises rates", "Do not use.");
  kill.version_time_ms = 940'000;
  EXPECT_EQ(desk.Decide(std::move(kill)).kind, RelationKind::kKill);
  EXPECT_EQ(Recalled(desk), (Numbers{0}));
}

TEST(Recall, OfARoundUpSparesItsPartsAlsoAfterwards) {
  Desk desk;
  FileRoundUp(desk);
  Kill(desk, "urn:all");
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  EXPECT_EQ(Recalled(desk), (Numbers{2}));
}

TEST(Recall, OfAnExcerptSparesWhatIsMoreLikeTheWhole) {
  const std::string whole = Joined({kRates, kBrewer, kFootball, kFlood});
  Desk desk;
  desk.Decide(Made("urn:a", "1", "The day", whole));
  const Relation part = desk.Decide(Made("urn:b", "1", "Football: Ruritania win", kFootball));
  ASSERT_EQ(part.rule, "part of an earlier story");
  const Relation again = desk.Decide("The day", Replaced(whole, "Thursday", "Thu"));
  ASSERT_EQ(again.kind, RelationKind::kNearDuplicate) << again.rule;
  const Relation longer = desk.Decide("The day and more", whole + Joined({kPort, kRates, kPort}));
  ASSERT_EQ(Desk::LeadOf(longer), 0) << longer.rule;
  Kill(desk, "urn:b");
  EXPECT_EQ(Recalled(desk), (Numbers{1}));
}

}  // namespace
}  // namespace copydesk
