// What a kill recalls of stories that share words, and what it spares: through the real stages
// normalize and deduplicate.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/stages/deduplicate/ruritania.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::kHeadline;
using testing::Kill;
using testing::kPort;
using testing::kRates;
using testing::Made;
using testing::MadeKill;
using testing::Numbers;
using testing::Recalled;
using testing::Replaced;

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

TEST(Recall, TakesALaterVersionOfAPickUpThatWasHeldWhenItsLeadWasKilled) {
  for (const bool is_written_anew : {false, true}) {
    const auto held = [&] {
      Story story = Made("urn:b", "2", kHeadline,
                         is_written_anew ? std::string(kPort) : Replaced(kRates, "eight", "seven"));
      story.embargo_time_ms = 1'300'000;
      return story;
    };
    Desk desk;
    desk.Decide(Made("urn:a", "1", kHeadline, kRates));
    const Relation pick_up =
        desk.Decide(Made("urn:b", "1", kHeadline, Replaced(kRates, "quarter", "half")));
    ASSERT_EQ(pick_up.kind, RelationKind::kNearDuplicate) << pick_up.rule;
    desk.Decide(held());
    ASSERT_EQ(desk.last_outcome(), Outcome::kHold);
    Kill(desk, "urn:a");
    EXPECT_EQ(Recalled(desk), (Numbers{0, 1}));
    desk.WaitHours(1);
    EXPECT_EQ(desk.Decide(held()).kind, RelationKind::kRevision);
    EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
    EXPECT_EQ(Recalled(desk), is_written_anew ? (Numbers{0, 1}) : (Numbers{0, 1, 4}));
  }
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

TEST(Recall, OfALateKillSparesWhatIsLikeTheVersionItSpares) {
  const std::string longer = std::string(kRates) +
                             " The crown rose against the thaler after the news, dealers in "
                             "Strelsau's exchange said by noon, and the lenders' association "
                             "called the step overdue.";
  for (const bool is_restarted : {false, true}) {
    Desk desk;
    desk.Decide(Made("urn:a", "1", kHeadline, kRates));                              // 0
    desk.Decide(Made("urn:a", "3", kHeadline, longer));                              // 1
    desk.Decide(Made("urn:b", "1", "Rates", Replaced(kRates, "eight", "seven")));    // 2
    desk.Decide(Made("urn:c", "1", "Rates up", Replaced(longer, "eight", "nine")));  // 3
    desk.Decide(Made("urn:d", "1", "Rates up", Replaced(longer, "eight", "nine")));  // 4
    desk.Decide(Made("urn:e", "1", kHeadline, longer));                              // 5
    if (is_restarted) desk.Restart();
    desk.Decide(MadeKill("urn:a", "2"));
    EXPECT_EQ(Recalled(desk), (Numbers{0, 2}));
    // By a later kill they are recalled.
    desk.Decide(MadeKill("urn:a", "4"));
    EXPECT_EQ(Recalled(desk), (Numbers{0, 2, 1, 3, 4, 5}));
  }
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

}  // namespace
}  // namespace copydesk
