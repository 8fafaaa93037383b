// What a kill recalls of what was made from several stories, and of parts of one: round-ups and
// excerpts, through the real stages normalize and deduplicate.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::Joined;
using testing::kBrewer;
using testing::kFlood;
using testing::kFootball;
using testing::kHeadline;
using testing::Kill;
using testing::kPort;
using testing::kRates;
using testing::Made;
using testing::MadeKill;
using testing::Numbers;
using testing::Recalled;
using testing::Replaced;

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

TEST(RecallOfParts, OfAPartOfARoundUpTakesTheRoundUpAndNoOtherPart) {
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

TEST(RecallOfParts, SparesWhatComesLaterAndIsAnotherPartOfARecalledRoundUp) {
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

TEST(RecallOfParts, TakesTheVersionsAndNearDuplicatesOfARoundUp) {
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

TEST(RecallOfParts, GoesOneStepAlongSharedPassages) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", "Rates and port", Joined({kRates, kPort})));
  const Relation second = desk.Decide("Port and beer", Joined({kPort, kBrewer}));
  ASSERT_EQ(second.rule, "shares passages with an earlier story");
  const Relation third = desk.Decide("Beer and football", Joined({kBrewer, kFootball}));
  ASSERT_EQ(third.rule, "shares passages with an earlier story");
  Kill(desk, "urn:a");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 1}));
}

TEST(RecallOfParts, TakesAPartOfTheKilledStoryAndWhatIsLikeThat) {
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

TEST(RecallOfParts, OfARoundUpTakesWhatIsLikeItAndNoneOfItsParts) {
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

TEST(RecallOfParts, OfAStoryTakesTheRoundUpsThatHaveItBesideTheirLead) {
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

TEST(RecallOfParts, OfALeadSparesARoundUpUnderAnotherThatHasASpareVersion) {
  Desk desk;
  desk.Decide(Made("urn:rates", "3", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  desk.Decide("News summary", Joined({kRates, kPort, kBrewer, kFootball}));
  desk.Decide(MadeKill("urn:rates", "2"));
  EXPECT_EQ(Recalled(desk), (Numbers{}));
}

TEST(RecallOfParts, OfAWithheldStoryIsSaidAgainByItsKill) {
  Desk desk;
  FileRoundUp(desk);
  Story hold = Made("urn:rates", "8", "Hold", "Not for use yet.");
  hold.pub_status = PubStatus::kWithheld;
  desk.Decide(std::move(hold));
  Kill(desk, "urn:rates");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 0, 2}));
}

TEST(RecallOfParts, TakesTheRoundUpsThatWereFiledBeforeARestart) {
  Desk desk;
  FileRoundUp(desk);
  desk.Restart();
  Kill(desk, "urn:rates");
  EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
}

TEST(RecallOfParts, TakesARoundUpThatComesAfterTheKillOfAnotherThanItsLead) {
  Desk desk;
  desk.Decide(Made("urn:rates", "1", kHeadline, kRates));
  desk.Decide(Made("urn:port", "1", "Port strike", kPort));
  Kill(desk, "urn:rates");
  const Relation round_up =
      desk.Decide("News summary", Joined({kRates, kPort, kBrewer, kFootball}));
  ASSERT_EQ(Desk::LeadOf(round_up), 1) << round_up.rule;
  EXPECT_EQ(Recalled(desk), (Numbers{0, 3}));
}

TEST(RecallOfParts, OfAPickUpTakesWhatIsMoreLikeItThanLikeItsLead) {
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

TEST(RecallOfParts, FindsARoundUpThatGrewOutOfAnother) {
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

TEST(RecallOfParts, FindsWhatANearDuplicateHasBeside) {
  Desk desk;
  desk.Decide(Made("urn:a", "1", kHeadline, Joined({kRates, kBrewer})));
  desk.Decide(Made("urn:b", "1", "Port strike", kPort));
  const std::string both = Joined({kRates, kBrewer, kPort});
  ASSERT_EQ(desk.Decide(Made("urn:c", "1", kHeadline, both)).kind, RelationKind::kNearDuplicate);
  desk.Decide(Made("urn:c", "2", kHeadline, both + "More to come."));
  Kill(desk, "urn:b");
  EXPECT_EQ(Recalled(desk), (Numbers{1, 2, 3}));
}

TEST(RecallOfParts, SparesWhatOnlyANearDuplicateOfTheKilledStoryHas) {
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

TEST(RecallOfParts, TakesLaterVersionsOfWhatOthersMadeOfAKilledStory) {
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

TEST(RecallOfParts, TakesARoundUpThatWasHeldWhenAnotherThanItsLeadWasKilled) {
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

TEST(RecallOfParts, OfARoundUpSparesItsPartsAlsoAfterwards) {
  Desk desk;
  FileRoundUp(desk);
  Kill(desk, "urn:all");
  const Relation part = desk.Decide("Football: Ruritania win", kFootball);
  ASSERT_EQ(part.rule, "part of an earlier story");
  EXPECT_EQ(Recalled(desk), (Numbers{2}));
}

TEST(RecallOfParts, OfAnExcerptSparesWhatIsMoreLikeTheWhole) {
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
