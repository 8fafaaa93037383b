// Kills and holds that come under a uri of their own and name their story in the text, as dpa's do;
// corrections that say so in their text.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/stages/deduplicate/desk.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::Replaced;

constexpr std::string_view kStory = "urn:newsml:desk.example:20261102:261102-930-4711";
constexpr std::string_view kHeadline = "Fähre vor Vigo auf Grund gelaufen";
constexpr std::string_view kBody =
    "Vigo (dpa) - Vor der Küste Galiciens ist am Montag eine Fähre mit 312 Menschen an Bord auf "
    "Grund gelaufen. Schlepper zogen das Schiff nach vier Stunden frei. Verletzt wurde niemand.";

struct Case {
  std::string_view name;
  std::string_view headline;
  std::string_view body;
  std::string_view ednote = "";
  RelationKind kind = RelationKind::kKill;
  std::string_view rule = "says it is a kill, names the headline of an earlier story";
};

const Case kCases[] = {
    {"headline quoted in the body", "KILL",
     "Bitte verwenden Sie die Meldung «Fähre vor Vigo auf Grund gelaufen» von 10.15 Uhr nicht. Die "
     "Angaben der Hafenmeisterei haben sich als falsch erwiesen."},
    {"German quotes, a point within them", "KILL",
     "Die dpa zieht zurück: „Fähre vor Vigo auf Grund gelaufen.“ Ersatz folgt."},
    {"other things quoted before it", "KILL: dpa-Meldung aus Galicien",
     "Der Satz «Niemand wurde verletzt» trifft nicht zu. Bitte löschen Sie «Fähre vor Vigo auf "
     "Grund gelaufen»."},
    {"a line of its own", "KILL",
     "Nicht verwenden:\n\nFähre vor Vigo auf Grund gelaufen\n\nErsatz "
     "folgt."},
    {"a line behind a colon", "KILL", "Titel: Fähre vor Vigo auf Grund gelaufen\nGrund: falsch"},
    {"its uri in the body", "KILL",
     "Wir ziehen die Meldung urn:newsml:desk.example:20261102:261102-930-4711. zurück.", "",
     RelationKind::kKill, "says it is a kill, names the uri of an earlier story"},
    {"its uri in the note to editors", "Achtung Redaktionen", "Siehe Notiz.",
     "KILL: (urn:newsml:desk.example:20261102:261102-930-4711), Ersatz folgt", RelationKind::kKill,
     "says it is a kill, names the uri of an earlier story"},
    {"a salutation before the headline's word", "Achtung Redaktionen: KILL",
     "Bitte löschen: «Fähre vor Vigo auf Grund gelaufen»"},
    {"the word only in the body", "Mitteilung an die Redaktionen",
     "KILL - Bitte löschen Sie «Fähre vor Vigo auf Grund gelaufen»."},
    {"the word in the body behind dateline and salutation", "Mitteilung an die Redaktionen",
     "Berlin (dpa) - Achtung! KILL: Bitte löschen Sie «Fähre vor Vigo auf Grund gelaufen»."},
    {"the word three times", "Mitteilung an die Redaktionen",
     "KILL KILL KILL Bitte löschen Sie «Fähre vor Vigo auf Grund gelaufen»."},
    {"a hold", "HOLD", "Bitte halten Sie die Meldung «Fähre vor Vigo auf Grund gelaufen» zurück.",
     "", RelationKind::kWithhold, "says it is withheld, names the headline of an earlier story"},
    {"a hold, the word only in the body", "Mitteilung",
     "HOLD: «Fähre vor Vigo auf Grund gelaufen» wird geprüft.", "", RelationKind::kWithhold,
     "says it is withheld, names the headline of an earlier story"},
};

TEST(NamedKill, FindsTheStoryThatItsTextNames) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Desk desk;
    desk.Decide("Zinsen bleiben", "Die Notenbank lässt die Zinsen, wie sie sind.");
    desk.Decide(kHeadline, kBody, PubStatus::kUsable, kStory);
    desk.Decide(kHeadline, kBody);  // taken up by another desk
    const Relation end = desk.Decide(c.headline, c.body, PubStatus::kUsable, "", c.ednote);
    EXPECT_EQ(end.kind, c.kind);
    EXPECT_EQ(end.rule, c.rule);
    EXPECT_EQ(Desk::LeadOf(end), 1);
    EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
    ASSERT_EQ(desk.context.recalls.size(), 2u);
    EXPECT_EQ(desk.context.recalls[0].key, kStory);
    EXPECT_EQ(desk.context.recalls[1].key, "urn:story:2");
  }
}

TEST(NamedKill, FindsAHeadlineWhoeverQuotesIt) {
  struct Named {
    std::string_view headline;  // of the story
    std::string_view kill;      // of the kill
    std::string_view body;
  };
  const Named cases[] = {
      {"Ferry aground off Vigo", "KILL: Ferry aground off Vigo.", "x"},
      {"Ferry aground off Vigo.", "KILL: Ferry aground off Vigo", "x"},
      {"Ferry aground off Vigo", "KILL: \"Ferry aground off Vigo\"", "x"},
      {"Ferry aground off Vigo", "RETRACTION: Ferry aground off Vigo", "x"},
      {"Ferry aground off Vigo", "KILL", "Please kill 'Ferry aground off Vigo' sent at 1015."},
      {"Ferry aground off Vigo", "KILL", "Please kill ‘Ferry aground off Vigo.’"},
      {"Vigo's ferries' crews ashore", "KILL",
       "Not for use: 'Vigo's ferries' crews ashore', 1015."},
      {"Ferry aground off Vigo", "KILL",
       "'It's wrong,' said the owners' lawyer. Kill 'Ferry aground off Vigo', please."},
      {"Vigo's 'safe' ferry aground", "STORY WITHDRAWN-VIGO’S “SAFE” FERRY AGROUND", "x"},
      {"Vigo's 'safe' ferry aground", "KILL", "Bitte löschen: „Vigo's ‚safe‘ ferry aground“"},
      {"Vigo's \"safe\" ferry aground", "KILL", "Kill “Vigo’s “safe” ferry aground”"},
      {"Ferry aground off Vigo", "KILL",
       "Please do not use story 0123 (Ferry aground off Vigo) of 10.15 GMT."},
      {"Ferry aground off Vigo", "KILL",
       "The story headlined: Ferry aground off Vigo. None follows"},
      {"Ferry aground off Vigo", "KILL: Ferry aground off Vigo (dpa 0123)", "Do not use it."},
      {"Ferry aground off Vigo", "KILL: Ferry aground off Vigo! - 10.15", "Do not use it."},
      {"Ferry aground off Vigo", "KILL: Story \"Ferry aground off Vigo\"", "Do not use it."},
      {"Vigo (Spain): a ferry aground", "KILL",
       "Story 17, Vigo (Spain): a ferry aground, is wrong."},
      {"フェリーがビーゴ沖で座礁", "KILL", "「フェリーがビーゴ沖で座礁」の記事は取り消します。"},
      {"「安全な」フェリー座礁", "KILL", "『「安全な」フェリー座礁』の記事は取り消します。"},
      {"渡轮在比戈搁浅", "KILL", "请勿使用《渡轮在比戈搁浅》一稿。"},
  };
  for (const Named& c : cases) {
    SCOPED_TRACE(c.kill);
    SCOPED_TRACE(c.body);
    Desk desk;
    desk.Decide("Rates stay", "The central bank leaves its rates as they are.");
    desk.Decide(c.headline, kBody);
    const Relation kill = desk.Decide(c.kill, c.body);
    EXPECT_EQ(kill.rule, "says it is a kill, names the headline of an earlier story");
    EXPECT_EQ(Desk::LeadOf(kill), 1);
    EXPECT_EQ(desk.context.recalls.size(), 1u);
  }
}

TEST(NamedKill, OfAnUpdateRecallsTheStoryAndAllThatWasFiledUponIt) {
  // What updates, refiles and corrects it came under uris of their own.
  for (const std::string_view named :
       {"Fähre vor Vigo auf Grund", "UPDATE 2-Fähre vor Vigo auf Grund",
        "CORRECTED-UPDATE 2-Fähre vor Vigo auf Grund"}) {
    for (const bool is_in_body : {false, true}) {
      SCOPED_TRACE(named);
      Desk desk;
      const std::string body(kBody);
      desk.Decide("Fähre vor Vigo auf Grund", body);
      desk.Decide("UPDATE 1-Fähre vor Vigo auf Grund", body + " Die Reederei schwieg.");
      desk.Decide("UPDATE 2-Fähre vor Vigo auf Grund", body + " Die Reederei schwieg dazu lange.");
      desk.Decide("REFILE-UPDATE 2-Fähre vor Vigo auf Grund",
                  body + " Die Reederei schwieg dazu lange.");
      desk.Decide("CORRECTED-UPDATE 2-Fähre vor Vigo auf Grund",
                  body + " Die Reederei schwieg dazu sehr lange.");
      const Relation kill =
          is_in_body ? desk.Decide("KILL", "Bitte löschen: «" + std::string(named) + "»")
                     : desk.Decide("STORY WITHDRAWN-" + std::string(named), "Ersatz folgt.");
      EXPECT_EQ(Desk::LeadOf(kill), 0);
      EXPECT_EQ(desk.context.recalls.size(), 5u);
    }
  }
}

TEST(NamedKill, MeansTheFirstOfThoseWhoTookItUpUnderItsHeadline) {
  const std::string body(kBody);
  const std::string light = Replaced(body, "vier Stunden", "gut vier Stunden");
  const std::string longer =
      " Die Reederei schwieg dazu, die Hafenmeisterei nannte Nebel als Grund.";
  struct Filed {
    std::string uri, headline, body;
  };
  const std::vector<Filed> cases[] = {
      // A version with another headline was taken up with other words.
      {{"a", "Fähre in Not", body},
       {"a", std::string(kHeadline), body + longer},
       {"b", std::string(kHeadline), light + longer}},
      // What took it up has a version of its own, which was taken up.
      {{"a", std::string(kHeadline), body},
       {"b", std::string(kHeadline), body},
       {"b", std::string(kHeadline), body + longer},
       {"c", std::string(kHeadline), body + longer}},
      {{"a", std::string(kHeadline), body},
       {"b", std::string(kHeadline), light},
       {"b", std::string(kHeadline), light + longer},
       {"c", std::string(kHeadline), light + longer}},
      // An update under a uri of its own was taken up.
      {{"a", std::string(kHeadline), body},
       {"b", "UPDATE 1-" + std::string(kHeadline), body + longer},
       {"c", "UPDATE 1-" + std::string(kHeadline), light + longer}},
  };
  for (const std::vector<Filed>& filed : cases) {
    SCOPED_TRACE(&filed - cases);
    Desk desk;
    for (const Filed& one : filed) {
      desk.Decide(one.headline, one.body, PubStatus::kUsable, one.uri);
    }
    const Relation kill = desk.Decide("KILL: " + std::string(kHeadline), "Ersatz folgt.");
    EXPECT_EQ(Desk::LeadOf(kill), 0);
    EXPECT_EQ(desk.context.recalls.size(), filed.size());
  }
}

TEST(NamedKill, FindsTheSluglineInItsText) {
  const auto with_slug = [](std::string_view headline, std::string_view body, std::string slug) {
    Story story = testing::MakeFiled(headline, body);
    story.slugline = std::move(slug);
    return story;
  };
  for (const bool is_shared : {false, true}) {
    Desk desk;
    desk.Decide(with_slug(kHeadline, kBody, "SPAIN-FERRY/ (UPDATE 1)"));
    desk.Decide(with_slug("Rates stay", "The central bank leaves its rates.",
                          is_shared ? "SPAIN-FERRY/" : "BANK-RATES/"));
    const Relation kill =
        desk.Decide("STORY WITHDRAWN", "Please kill SPAIN-FERRY/, sent at 10.15.");
    EXPECT_EQ(kill.rule, is_shared ? "says it is a kill, story not seen"
                                   : "says it is a kill, same slugline as an earlier story");
    EXPECT_EQ(desk.context.recalls.size(), is_shared ? 0u : 1u);
  }
}

TEST(NamedKill, OfADigestMeansTheLatestThatIsCalledSo) {
  const std::string body(kBody);
  const std::string rates =
      "\n\nDie Notenbank in Frankfurt lässt die Zinsen, wie sie sind, und will im Herbst neu "
      "rechnen. Ihre Präsidentin verwies auf die Löhne und auf den Preis des Getreides, der seit "
      "dem Frühjahr um ein Zehntel gefallen ist; Volkswirte der Banken hatten nichts anderes "
      "erwartet.";
  const std::string strike =
      "\n\nIn Hamburg legten am Morgen achthundert Hafenarbeiter die Arbeit für drei Stunden "
      "nieder. Sie wehren sich gegen Kräne, die niemand mehr fährt. Zwei Frachter aus Rotterdam "
      "warteten auf der Elbe, die Reeder rechnen mit einem Tag Verzug und sprechen von einem "
      "Spiel auf Zeit.";
  Desk desk;
  desk.Decide(kHeadline, body);
  desk.Decide("Das Neueste", body + rates);
  desk.Decide("Das Neueste", body + strike);
  const Relation kill = desk.Decide("KILL: Das Neueste", "Ersatz folgt.");
  EXPECT_EQ(Desk::LeadOf(kill), 2);
  EXPECT_EQ(desk.context.recalls.size(), 1u);
}

TEST(NamedKill, RecallsNothingWhereItNamesNothingKnown) {
  for (const std::string_view body :
       {"Bitte löschen Sie «Fähre vor Lissabon auf Grund gelaufen».",
        "Bitte löschen Sie die Meldung aus Vigo: Fähre",
        "Bitte löschen: (Zwei Boote und eine Fähre vor Vigo auf Grund gelaufen)",
        "Bitte löschen: «Fähre vor Vigo auf Grund gelaufen und gesunken»", "\"\" \" \" :: urn: ««»",
        "'' ' ' 's' 「」 「 ' \"'\"'", "urn:newsml:desk.example:20261102:261102-930-471"}) {
    SCOPED_TRACE(body);
    Desk desk;
    desk.Decide(kHeadline, kBody, PubStatus::kUsable, kStory);
    const Relation kill = desk.Decide("KILL", body);
    EXPECT_EQ(kill.kind, RelationKind::kKill);
    EXPECT_EQ(kill.rule, "says it is a kill, story not seen");
    EXPECT_TRUE(desk.context.recalls.empty());
  }
}

TEST(NamedKill, OfItsOwnUriMeansItsOwnStoryWhateverElseItNames) {
  Desk desk;
  desk.Decide(kHeadline, kBody, PubStatus::kUsable, kStory);
  desk.Decide("Zinsen bleiben", "Die Notenbank lässt die Zinsen.", PubStatus::kUsable, "urn:two");
  const Relation kill = desk.Decide("KILL", "Siehe auch «Fähre vor Vigo auf Grund gelaufen».",
                                    PubStatus::kUsable, "urn:two");
  EXPECT_EQ(Desk::LeadOf(kill), 1);
  ASSERT_EQ(desk.context.recalls.size(), 1u);
}

TEST(NamedKill, IsNoStoryThatQuotesAHeadlineOrBeginsWithTheEverydayWord) {
  for (const std::string_view body :
       {"Die Meldung «Fähre vor Vigo auf Grund gelaufen» bewegt Spanien.",
        "Kill: so heißt der neue Film über «Fähre vor Vigo auf Grund gelaufen».",
        "KILL BILL kehrt ins Kino zurück.", "HOLD-UP in Lissabon: zwei Verletzte."}) {
    SCOPED_TRACE(body);
    Desk desk;
    desk.Decide(kHeadline, kBody, PubStatus::kUsable, kStory);
    EXPECT_EQ(desk.Decide("Presseschau", body).kind, RelationKind::kOriginal);
    EXPECT_TRUE(desk.context.recalls.empty());
  }
}

TEST(NamedKill, ReadsNoMoreThanTheBeginningOfAnEnormousText) {
  Desk desk;
  desk.Decide(kHeadline, kBody, PubStatus::kUsable, kStory);
  std::string body;
  while (body.size() < (1 << 20)) body += "\"ä\" urn:ö: \n";
  const Relation kill = desk.Decide("KILL", body + "«" + std::string(kHeadline) + "»");
  EXPECT_EQ(kill.rule, "says it is a kill, story not seen");
}

TEST(NamedKill, HoldIsLiftedByANewerVersion) {
  Desk desk;
  const auto file = [&](std::string_view headline, std::string_view body, std::string_view uri,
                        int64_t time_ms) {
    Story story;
    story.uri = uri;
    story.version_time_ms = time_ms;
    story.AddField().is_headline = true;
    story.fields.back().value = headline;
    story.AddField().value = body;
    return desk.Decide(std::move(story));
  };
  file(kHeadline, kBody, kStory, 1'000'000);
  file("HOLD", "Bitte halten: «Fähre vor Vigo auf Grund gelaufen»", "urn:hold", 1'010'000);
  const Relation back = file(kHeadline, kBody, kStory, 1'020'000);
  EXPECT_EQ(back.kind, RelationKind::kRevision);
  EXPECT_EQ(back.rule, "newer version after a kill, same uri");
  EXPECT_EQ(desk.context.recalls.size(), 1u);
}

// "UPDATE 1-X" is one of X, whatever became of its words.
TEST(Update, ThatIsWrittenAnewIsOneOfTheStoryWithItsHeadline) {
  constexpr std::string_view kAnew =
      "Taucher haben am Dienstag im Rumpf eines Schiffes, das seit dem Vortag vor Galicien liegt, "
      "nach Lecks gesucht. Die Reederei nannte dichten Nebel als Grund des Unglücks.";
  constexpr std::string_view kAgain =
      "Die Staatsanwaltschaft in Pontevedra ermittelt gegen den Kapitän. Er soll zu schnell "
      "gefahren sein, wie eine Sprecherin sagte; sein Anwalt wies das zurück.";
  constexpr std::string_view kNextDay =
      "Ein Schlepper aus Lissabon soll heute helfen, meldete der Rundfunk. Das Öl wird abgepumpt, "
      "sobald der Wind nachlässt, womit Fachleute nicht vor dem Abend rechnen.";
  Desk desk;
  desk.Decide(kHeadline, "");
  Relation relation = desk.Decide("UPDATE 1-" + std::string(kHeadline), kAnew);
  EXPECT_EQ(relation.kind, RelationKind::kRevision);
  EXPECT_EQ(relation.rule,
            "another version, order unknown, names the headline of an earlier story");
  EXPECT_EQ(Desk::LeadOf(relation), 0);
  relation = desk.Decide("CORRECTED-UPDATE 1-" + std::string(kHeadline), kAgain);
  EXPECT_EQ(relation.kind, RelationKind::kCorrection);
  EXPECT_EQ(relation.rule, "says it is a correction, names the headline of an earlier story");
  EXPECT_EQ(Desk::LeadOf(relation), 0);
  relation = desk.Decide("STORY WITHDRAWN-UPDATE 1-" + std::string(kHeadline), "Ersatz folgt.");
  EXPECT_EQ(Desk::LeadOf(relation), 0);
  EXPECT_EQ(desk.context.recalls.size(), 3u);
  // What comes after the kill is the substitute.
  relation = desk.Decide("UPDATE 2-" + std::string(kHeadline), kBody);
  EXPECT_EQ(relation.kind, RelationKind::kRevision);
  EXPECT_EQ(desk.context.recalls.size(), 3u);
  // Without the word, under another headline or a day later it is a story of its own.
  EXPECT_EQ(desk.Decide(kHeadline, "Der Hafen von Vigo bleibt am Mittwoch geschlossen.").kind,
            RelationKind::kOriginal);
  desk.WaitHours(24);
  EXPECT_EQ(desk.Decide("UPDATE 1-" + std::string(kHeadline), kNextDay).kind,
            RelationKind::kOriginal);
}

TEST(Flash, IsContainedInTheStoryThatComesUnderItsHeadline) {
  Desk desk;
  desk.Decide(kHeadline, "");
  const Relation story = desk.Decide(kHeadline, kBody);
  EXPECT_EQ(story.kind, RelationKind::kExcerpt);
  EXPECT_EQ(story.rule, "contains an earlier story, names the headline of an earlier story");
  EXPECT_EQ(Desk::LeadOf(story), 0);
  EXPECT_EQ(story.of_lead, 100);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  // What takes the story up leads to that.
  const Relation taken_up =
      desk.Decide("Fähre in Not", Replaced(kBody, "nach vier", "nach gut vier"));
  EXPECT_EQ(taken_up.kind, RelationKind::kNearDuplicate);
  EXPECT_EQ(Desk::LeadOf(taken_up), 1);
  desk.Decide("KILL: " + std::string(kHeadline), "Ersatz folgt.");
  EXPECT_EQ(desk.context.recalls.size(), 3u);
}

TEST(Flash, IsNotContainedInAnotherDaysStoryNorForTwoWords) {
  for (const int64_t hours : {0, 24}) {
    const std::string_view headline = hours == 0 ? "Fähre gestrandet" : kHeadline;
    Desk desk;
    desk.Decide(headline, "");
    desk.WaitHours(hours);
    EXPECT_EQ(desk.Decide(headline, kBody).kind, RelationKind::kOriginal);
  }
}

TEST(Correction, ThatSaysSoInItsTextIsPublished) {
  const std::string corrected = Replaced(kBody, "312", "321");
  const std::string headline(kHeadline);
  struct Correction {
    std::string headline, body;
    std::string ednote = "";
    std::string_view signal = "";
  };
  const Correction cases[] = {
      {headline, "(Korrektur: Zahl im 1. Satz)\n\n" + corrected},
      {headline, corrected + "\n\n(This story has been corrected to fix the figure)"},
      {"(Berichtigung: Zahl im 1. Satz) " + headline, corrected},
      {"CORRECTED " + headline, corrected},
      {headline, corrected, "Eds: This corrects the figure in the first graf."},
      {headline, corrected, "With CORRECTION to first graf"},
      {headline, corrected, "", "corrective"},
  };
  for (const Correction& c : cases) {
    SCOPED_TRACE(c.headline + " | " + c.body + " | " + c.ednote);
    Desk desk;
    desk.Decide(kHeadline, kBody);
    Story story = testing::MakeFiled(c.headline, c.body);
    story.ednote = c.ednote;
    if (!c.signal.empty()) story.signals.emplace_back(c.signal);
    const Relation correction = desk.Decide(std::move(story));
    EXPECT_EQ(correction.kind, RelationKind::kCorrection);
    EXPECT_EQ(Desk::LeadOf(correction), 0);
    EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
  }
}

TEST(Embargo, ThatNamesNoEndIsLiftedByAnotherVersion) {
  Desk desk;
  const auto file = [&](std::string_view version, int64_t embargo_time_ms) {
    Story story;
    story.uri = kStory;
    story.version = version;
    story.embargo_time_ms = embargo_time_ms;
    story.AddField().value = kBody;
    return desk.Decide(std::move(story));
  };
  file("1", kUntilLifted);
  EXPECT_EQ(desk.last_outcome(), Outcome::kHold);
  desk.WaitHours(60);
  file("1", kUntilLifted);  // fed back
  EXPECT_EQ(desk.last_outcome(), Outcome::kHold);
  file("2", -1);
  EXPECT_EQ(desk.last_outcome(), Outcome::kPublish);
}

}  // namespace
}  // namespace copydesk
