#include "stages/story/wire_words.h"

#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

struct HeadlineCase {
  const char* headline;
  Notice notice;
  int32_t number;
  const char* core;
};

void Check(const HeadlineCase& c) {
  SCOPED_TRACE(c.headline);
  const std::string_view headline = c.headline;
  const WireWords words = ReadHeadline(headline);
  EXPECT_EQ(NameOf(words.notice), NameOf(c.notice));
  EXPECT_EQ(words.number, c.number);
  EXPECT_EQ(headline.substr(words.headline.begin, words.headline.end - words.headline.begin),
            c.core);
}

TEST(WireWords, ReadsTheWordsBeforeAHeadline) {
  const HeadlineCase cases[] = {
      {"UPDATE 1-Talks resume in Geneva", Notice::kUpdate, 1, "Talks resume in Geneva"},
      {"UPDATE 12 - Talks resume", Notice::kUpdate, 12, "Talks resume"},
      {"Update 2: Talks resume", Notice::kUpdate, 2, "Talks resume"},
      {"UPDATE: Talks resume", Notice::kUpdate, 0, "Talks resume"},
      {"WRAPUP 3-Markets rally", Notice::kUpdate, 3, "Markets rally"},
      {"ROUNDUP 2: Tote bei Unfall", Notice::kUpdate, 2, "Tote bei Unfall"},
      {"(2nd LD) Koreas agree to talks", Notice::kUpdate, 2, "Koreas agree to talks"},
      {"CORRECTED-Talks resume", Notice::kCorrection, 0, "Talks resume"},
      {"CORRECTED - GM <GM> TO IDLE SIX PLANTS", Notice::kCorrection, 0,
       "GM <GM> TO IDLE SIX PLANTS"},
      {"(CORRECTED)-BANKERS TRUST PAYOUT", Notice::kCorrection, 0, "BANKERS TRUST PAYOUT"},
      {"(CORRECTED) - MOBIL TO UPGRADE", Notice::kCorrection, 0, "MOBIL TO UPGRADE"},
      {"CORRECTED-UPDATE 2-Talks resume", Notice::kCorrection, 2, "Talks resume"},
      {"REFILE-UPDATE 1-Talks resume", Notice::kRefile, 1, "Talks resume"},
      {"RPT-UPDATE 3-Talks resume", Notice::kRepeat, 3, "Talks resume"},
      {"(RPT) U.S. SAYS TIN DISPOSALS", Notice::kRepeat, 0, "U.S. SAYS TIN DISPOSALS"},
      {"REPEAT-Talks resume", Notice::kRepeat, 0, "Talks resume"},
      {"Correction: Geneva-Talks story", Notice::kCorrection, 0, "Geneva-Talks story"},
      {"BERICHTIGUNG: Merz reist nach Rom", Notice::kCorrection, 0, "Merz reist nach Rom"},
      {"Korrektur: Merz reist nach Rom", Notice::kCorrection, 0, "Merz reist nach Rom"},
      {"KORREKTUR/ROUNDUP 2: Merz reist", Notice::kCorrection, 2, "Merz reist"},
      {"WDH/Merz reist nach Rom", Notice::kRepeat, 0, "Merz reist nach Rom"},
      {"Wiederholung: Merz reist nach Rom", Notice::kRepeat, 0, "Merz reist nach Rom"},
      {"STORNIERT: Merz reist nach Rom", Notice::kKill, 0, "Merz reist nach Rom"},
      {"ZUR\u00DCCKGEZOGEN - Merz reist", Notice::kKill, 0, "Merz reist"},
      {"KILL-London shares at the close", Notice::kKill, 0, "London shares at the close"},
      {"KILL: Microsoft to heat hospital", Notice::kKill, 0, "Microsoft to heat hospital"},
      {"STORY WITHDRAWN-Observatory reports moonlet", Notice::kKill, 0,
       "Observatory reports moonlet"},
      {"STORY WITHDRAWN", Notice::kKill, 0, ""},
      {"STORIES WITHDRAWN", Notice::kKill, 0, ""},
      {"STORIES KILLED: Talks resume", Notice::kKill, 0, "Talks resume"},
      {"KILL-LONDON SHARES AT THE CLOSE", Notice::kKill, 0, "LONDON SHARES AT THE CLOSE"},
      {"RETRACTION: Talks resume", Notice::kKill, 0, "Talks resume"},
      {"RETRACTION - TALKS RESUME", Notice::kKill, 0, "TALKS RESUME"},
      {"RETRACTION-Talks resume", Notice::kKill, 0, "Talks resume"},
      {"HOLD-NORDIC MINISTERS AGREE", Notice::kWithhold, 0, "NORDIC MINISTERS AGREE"},
      {"WITHDRAWN-Observatory reports moonlet", Notice::kKill, 0, "Observatory reports moonlet"},
      {"WITHDRAWN: TROOPS RETURN", Notice::kKill, 0, "TROOPS RETURN"},
      {"WITHDRAWN - TROOPS RETURN", Notice::kKill, 0, "TROOPS RETURN"},
      {"MANDATORY KILL - Halden Maritime", Notice::kKill, 0, "Halden Maritime"},
      {"BULLETIN KILL: Halden Maritime", Notice::kKill, 0, "Halden Maritime"},
      {"HOLD-Nordic ministers agree", Notice::kWithhold, 0, "Nordic ministers agree"},
      {"Achtung Redaktionen: HOLD - Merz reist", Notice::kWithhold, 0, "Merz reist"},
      {"Attention editors - UPDATE 2-Talks resume", Notice::kUpdate, 2, "Talks resume"},
      {"CORRECTED Talks resume", Notice::kCorrection, 0, "Talks resume"},
      {"REFILE Talks resume", Notice::kRefile, 0, "Talks resume"},
      {"KORREKTUR Merz reist nach Rom", Notice::kCorrection, 0, "Merz reist nach Rom"},
      {"2nd LD Koreas agree to talks", Notice::kUpdate, 2, "Koreas agree to talks"},
      {"CORRECTED UPDATE 2-Talks resume", Notice::kCorrection, 2, "Talks resume"},
      {"CORRECTED REPEAT-COTTON VOLUME", Notice::kCorrection, 0, "COTTON VOLUME"},
      {"KILL KILL KILL Merz reist", Notice::kKill, 0, "Merz reist"},
      {"KILL KILL KILL", Notice::kKill, 0, ""},
      {"HOLD HOLD - Merz reist", Notice::kWithhold, 0, "Merz reist"},
      {"EMBARGOED: WHO counts", Notice::kNone, 0, "WHO counts"},
      {"ACHTUNG SPERRFRIST: Haushalt", Notice::kNone, 0, "Haushalt"},
  };
  for (const HeadlineCase& c : cases) Check(c);
}

TEST(WireWords, ReadsTheWordsThatMarksSetOff) {
  const HeadlineCase cases[] = {
      {"*** KILL *** Talks resume", Notice::kKill, 0, "Talks resume"},
      {"***KILL*** TALKS RESUME", Notice::kKill, 0, "TALKS RESUME"},
      {"+++ HOLD +++ Talks resume", Notice::kWithhold, 0, "Talks resume"},
      {"*KILL* - Talks resume", Notice::kKill, 0, "Talks resume"},
      {"KILL!!! Talks resume", Notice::kKill, 0, "Talks resume"},
      {"!!! KILL: Talks resume", Notice::kKill, 0, "Talks resume"},
      {"== CORRECTED == Talks resume", Notice::kCorrection, 0, "Talks resume"},
      {"KILL | Talks resume", Notice::kKill, 0, "Talks resume"},
      {"*** KILL ***", Notice::kKill, 0, ""},
      {"URGENT - KILL: Talks resume", Notice::kKill, 0, "Talks resume"},
      {"EIL +++ HOLD +++ Talks resume", Notice::kWithhold, 0, "Talks resume"},
      {"ADVISORY-STORY WITHDRAWN-Talks resume", Notice::kKill, 0, "Talks resume"},
      {"STORY WITHDRAWN Talks resume", Notice::kKill, 0, "Talks resume"},
      {"CLARIFICATION-Talks resume", Notice::kCorrection, 0, "Talks resume"},
      {"Clarification: Geneva-Talks story", Notice::kCorrection, 0, "Geneva-Talks story"},
      // But no plain headline.
      {"KILL! A play about wolves opens", Notice::kNone, 0, "KILL! A play about wolves opens"},
      {"*Hold* the line, says coach", Notice::kNone, 0, "*Hold* the line, says coach"},
      {"M*A*S*H star dies", Notice::kNone, 0, "M*A*S*H star dies"},
      {"Story withdrawn by newspaper", Notice::kNone, 0, "Story withdrawn by newspaper"},
      {"Clarification sought on tariffs", Notice::kNone, 0, "Clarification sought on tariffs"},
      {"Urgent hold on exports lifted", Notice::kNone, 0, "Urgent hold on exports lifted"},
  };
  for (const HeadlineCase& c : cases) Check(c);
}

TEST(WireWords, ReadsTheBracketsBehindAHeadline) {
  const HeadlineCase cases[] = {
      {"The last lighthouse keepers (1 of 2)", Notice::kTake, 1,
       "The last lighthouse keepers (1 of 2)"},
      {"The last lighthouse keepers (TAKE 2)", Notice::kTake, 2,
       "The last lighthouse keepers (TAKE 2)"},
      {"Talks resume (CORRECTED)", Notice::kCorrection, 0, "Talks resume"},
      {"LYNG WARNS U.S. TRADE SITUATION IS EXPLOSIVE (RPT)", Notice::kRepeat, 0,
       "LYNG WARNS U.S. TRADE SITUATION IS EXPLOSIVE"},
      {"Merz reist nach Rom (Wiederholung)", Notice::kRepeat, 0, "Merz reist nach Rom"},
      {"UPDATE 1-Talks resume (2 of 3)", Notice::kTake, 2, "Talks resume (2 of 3)"},
  };
  for (const HeadlineCase& c : cases) Check(c);
}

TEST(WireWords, ReadsWhatOtherDesksWrite) {
  const HeadlineCase cases[] = {
      {"2. ZUSAMMENFASSUNG: Merz reist", Notice::kUpdate, 2, "Merz reist"},
      {"(Zusammenfassung 1545) Merz reist", Notice::kUpdate, 0, "Merz reist"},
      {"Korrigierte Fassung: Merz reist", Notice::kCorrection, 0, "Merz reist"},
      {"STORNO: Merz reist", Notice::kKill, 0, "Merz reist"},
      {"CORRECTIF: Macron \u00E0 Rome", Notice::kCorrection, 0, "Macron \u00E0 Rome"},
      {"RECTIFICATIF - Macron \u00E0 Rome", Notice::kCorrection, 0, "Macron \u00E0 Rome"},
      {"ANNUL\u00C9: Macron \u00E0 Rome", Notice::kKill, 0, "Macron \u00E0 Rome"},
      {"CORRECCI\u00D3N: S\u00E1nchez viaja", Notice::kCorrection, 0, "S\u00E1nchez viaja"},
      {"CORREGIDO-S\u00E1nchez viaja", Notice::kCorrection, 0, "S\u00E1nchez viaja"},
      {"ANULADO: S\u00E1nchez viaja", Notice::kKill, 0, "S\u00E1nchez viaja"},
      {"ANULACI\u00D3N - S\u00E1nchez viaja", Notice::kKill, 0, "S\u00E1nchez viaja"},
      {"CORRE\u00C7\u00C3O: Lula viaja", Notice::kCorrection, 0, "Lula viaja"},
      {"RETTIFICA: Meloni a Parigi", Notice::kCorrection, 0, "Meloni a Parigi"},
      {"ИСПРАВЛЕНИЕ: Банк повысил ставку", Notice::kCorrection, 0, "Банк повысил ставку"},
      {"(Исправление) Банк повысил ставку", Notice::kCorrection, 0, "Банк повысил ставку"},
      {"【訂正】日銀が利上げ", Notice::kCorrection, 0, "日銀が利上げ"},
      {"訂正：日銀が利上げ", Notice::kCorrection, 0, "日銀が利上げ"},
      {"（更正）央行加息", Notice::kCorrection, 0, "央行加息"},
      {"Annul\u00E9: le concert de Rome", Notice::kNone, 0, "Annul\u00E9: le concert de Rome"},
      {"Anulado: adi\u00F3s al gol", Notice::kNone, 0, "Anulado: adi\u00F3s al gol"},
      {"ANULADO-CONCIERTO EN ROMA", Notice::kNone, 0, "ANULADO-CONCIERTO EN ROMA"},
      {"訂正申告：税務署", Notice::kNone, 0, "訂正申告：税務署"},
      {"【東京】訂正を要求", Notice::kNone, 0, "【東京】訂正を要求"},
      {"Zusammenfassung der Debatte", Notice::kNone, 0, "Zusammenfassung der Debatte"},
      {"Исправление ошибок заняло год", Notice::kNone, 0, "Исправление ошибок заняло год"},
      {"Исправление Windows заняло год", Notice::kNone, 0, "Исправление Windows заняло год"},
      {"Исправление - дело долгое", Notice::kNone, 0, "Исправление - дело долгое"},
  };
  for (const HeadlineCase& c : cases) Check(c);
}

TEST(WireWords, ReadsTheNotesInBracketsBeforeAHeadline) {
  const HeadlineCase cases[] = {
      {"(Berichtigung: Monate im 1. Absatz) Merz reist", Notice::kCorrection, 0, "Merz reist"},
      {"(Korrektur im 2. Absatz) Merz reist", Notice::kCorrection, 0, "Merz reist"},
      {"(Corrects figure) Talks resume", Notice::kCorrection, 0, "Talks resume"},
      {"(Refiles to add (dropped) word) - Talks resume", Notice::kRefile, 0, "Talks resume"},
      {"UPDATE 1-(Corrects figure) Talks resume", Notice::kCorrection, 1, "Talks resume"},
      {"(Corrects figure) UPDATE 1-Talks resume", Notice::kCorrection, 1, "Talks resume"},
      {"(Adds details) Talks resume", Notice::kUpdate, 0, "Talks resume"},
  };
  for (const HeadlineCase& c : cases) Check(c);
}

TEST(WireWords, TakesEverydayWordsForWhatTheyAre) {
  for (const char* headline : {
           "Kill Bill returns to cinemas",
           "KILL BILL RETURNS",
           "Typhoon kills at least 12 in the Philippines",
           "Update on talks in Geneva",
           "Correction in stock market deepens",
           "WALL STREET ENTERS CORRECTION AS CHIP SHARES SLIDE",
           "UK EQUITIES SEEN DUE FOR DOWNWARD CORRECTION",
           "Hold: the art of waiting",
           "Achtung: Kill Bill",
           "Attention, update on talks",
           "Kill: a new film",
           "HOLD-UP AT LISBON BANK",
           "HOLD-FIRE AGREED IN RURITANIA",
           "KILL-OR-CURE BUDGET FOR RURITANIA",
           "WITHDRAWN-TROOPS RETURN HOME",
           "KILL-SWITCH RULE FOR DRONES",
           "ADD-ON TARIFFS PLANNED",
           "REPEAT-OFFENDER LAW PASSED",
           "TAKE-HOME PAY RISES",
           "Repeat winners at the Oscars",
           "Add-on tariffs planned",
           "Turkey's central bank holds rates",
           "GREECE REPEATS IT CAN DECIDE",
           "SILVER STATE MINING CORRECTS NET",
           "WHITE HOUSE WITHDRAWS GATES NOMINATION",
           "Withdrawn: how a bill died",
           "Take 2 tablets - or not at all",
           "Ten killed (three of them children)",
           "Lead: the metal in our pipes",
           "The story so far (updated daily)",
           "Iran talks (hold)",
           "REPORTS: Talks resume",
           "CORRECTION in stock market deepens",
           "CORRECTED FIGURES LIFT SHARES",
           "UPDATE Ministers to meet in Zenda",
           "RPT Realty to be bought",
           "KILL BILL BILL RETURNS",
           "KILL FERRY AGROUND OFF VIGO",
           "Retraction: a journal and its error",
           "RETRACTION OF STUDY ON VACCINES URGED",
           "RETRACTION Watch finds ten papers",
           "RETRACTION-WATCH FINDS TEN PAPERS",
           "Corrects (figure) Talks",
           "(Corrected for inflation) Wages rise",
           "",
       }) {
    SCOPED_TRACE(headline);
    EXPECT_EQ(NameOf(ReadHeadline(headline).notice), "none");
  }
}

struct StoryCase {
  const char* name;
  const char* slugline;
  const char* ednote;
  const char* signal;
  Notice notice;
  int32_t number;
};

TEST(WireWords, ReadsSluglinesNotesAndSignals) {
  const StoryCase cases[] = {
      {"nothing", "ECB-RATES/", "", "", Notice::kNone, 0},
      {"update in a slug", "TOYOTA-POLAND/ (UPDATE 2)", "", "", Notice::kUpdate, 2},
      {"correction in a slug", "IMF-GROWTH/ (CORRECTED)", "", "", Notice::kCorrection, 0},
      {"correction before a slug", "BC-CORRECTED---BANKAMERI", "", "", Notice::kCorrection, 0},
      {"bracketed before a slug", "BC-(CORRECTED)---BANPONC", "", "", Notice::kCorrection, 0},
      {"withdrawn in a slug", "SPACE-MOONLET/ (WITHDRAWN)", "", "", Notice::kKill, 0},
      {"hold in a slug", "NORDIC-TRAINS/ (HOLD)", "", "", Notice::kWithhold, 0},
      {"writethru in a slug", "BC-EU--Railways, 1st Ld-Writethru, MNA", "", "", Notice::kWritethru,
       1},
      {"lead in a slug", "US--Storm, 2nd Ld, MNA", "", "", Notice::kUpdate, 2},
      {"add in a slug", "KENYA-RAIL/ (1st ADD)", "", "", Notice::kAdd, 1},
      {"take in a slug", "LIGHTHOUSES (2 of 3)", "", "", Notice::kTake, 2},
      {"a slug that is about holding", "USA-FED/HOLD", "", "", Notice::kNone, 0},
      {"a slug that is about updates", "APPLE-UPDATE", "", "", Notice::kNone, 0},
      {"writethru in a note", "", "Eds: 1st Ld-Writethru. UPDATES throughout with details.", "",
       Notice::kWritethru, 1},
      {"correction in a note", "", "Corrects number of missing in second paragraph", "",
       Notice::kCorrection, 0},
      {"correction behind an update", "", "Eds: Updates with quotes; CORRECTS spelling of name.",
       "", Notice::kCorrection, 0},
      {"refile in a note", "", "Refiles to fix spelling in headline", "", Notice::kRefile, 0},
      {"repeat in a note", "", "Repeats story first issued on Monday", "", Notice::kRepeat, 0},
      {"add in a note", "", "1st ADD to KENYA-RAIL/, reactions", "", Notice::kAdd, 1},
      {"details in a note", "", "Adds quotes, background", "", Notice::kUpdate, 0},
      {"kill in a note", "", "Editors: please kill. A substitute will not be sent.", "",
       Notice::kKill, 0},
      {"mandatory kill in a note", "", "This is a MANDATORY KILL.", "", Notice::kKill, 0},
      {"hold in a note", "", "Please hold pending confirmation by the agency", "",
       Notice::kWithhold, 0},
      {"clarification in a note", "", "CLARIFIES that the rates are those for banks", "",
       Notice::kCorrection, 0},
      {"kill in a note behind a word of haste", "", "URGENT: KILL previous", "", Notice::kKill, 0},
      {"clarification by signal", "", "", "clarification", Notice::kCorrection, 0},
      {"German note", "", "BERICHTIGUNG: im letzten Absatz 1997 statt 1992", "",
       Notice::kCorrection, 0},
      {"German note, at its end", "", "Uhrzeit korrigiert", "", Notice::kCorrection, 0},
      {"a note about something else", "", "Not for publication before Thursday, 0600 GMT", "",
       Notice::kNone, 0},
      {"a fee", "", "Photos available. Kill fee applies.", "", Notice::kNone, 0},
      {"signal", "", "", "CORRECTION", Notice::kCorrection, 0},
      {"signal of a scheme", "", "", "sig:correction", Notice::kCorrection, 0},
      {"signal by uri", "", "", "http://cv.iptc.org/newscodes/signal/writethru", Notice::kWritethru,
       0},
      {"signal of a kill", "", "", "canceled", Notice::kKill, 0},
      {"signal of something else", "", "", "sig:atomic", Notice::kNone, 0},
      {"corrective signal", "", "", "corrective", Notice::kCorrection, 0},
      {"corrective in a slug", "BC-EU--Railways, CORRECTIVE", "", "", Notice::kCorrection, 0},
      {"what this corrects", "", "Eds: This corrects the figure in the first graf.", "",
       Notice::kCorrection, 0},
      {"what this corrects, in capitals", "", "THIS CORRECTS THE STORY ON RATES", "",
       Notice::kCorrection, 0},
      {"what this story refiles", "", "This story refiles to fix the slug", "", Notice::kRefile, 0},
      {"this is one", "", "Eds: This is a correction of an earlier story", "", Notice::kCorrection,
       0},
      {"with a correction", "", "With CORRECTION to first graf", "", Notice::kCorrection, 0},
      {"what else is corrected", "", "Adds quotes. Also corrects name", "", Notice::kCorrection, 0},
      {"it was corrected", "", "The story was corrected at 1410 GMT", "", Notice::kCorrection, 0},
      {"a correction that was", "", "With quotes on how the bill was corrected", "", Notice::kNone,
       0},
      {"what is to come", "", "Zusammenfassung bis 1530 - ca. 60 Zl. Update to follow", "",
       Notice::kNone, 0},
      {"with what is held", "", "With HOLD on visas. With kill switch graphic", "", Notice::kNone,
       0},
  };
  for (const StoryCase& c : cases) {
    SCOPED_TRACE(c.name);
    Story story;
    story.slugline = c.slugline;
    story.ednote = c.ednote;
    if (*c.signal != '\0') story.signals = {c.signal};
    const WireWords words = ReadWireWords(story);
    EXPECT_EQ(NameOf(words.notice), NameOf(c.notice));
    EXPECT_EQ(words.number, c.number);
  }
}

TEST(WireWords, ObeysThePublishingStatusAboveAll) {
  Story story;
  story.slugline = "TOYOTA-POLAND/ (UPDATE 2)";
  story.pub_status = PubStatus::kCanceled;
  EXPECT_EQ(ReadWireWords(story).notice, Notice::kKill);
  EXPECT_EQ(ReadWireWords(story).number, 2);
  story.pub_status = PubStatus::kWithheld;
  EXPECT_EQ(ReadWireWords(story).notice, Notice::kWithhold);
}

}  // namespace
}  // namespace copydesk
