// What notes to editors, beside a story and within its text, say that it is.
#include "stages/story/editors_note.h"

#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

TEST(EditorsNote, KillsAndHoldsAreTheStorys) {
  struct Case {
    const char* note;
    Notice notice;
  };
  const Case cases[] = {
      {"EDS: kill", Notice::kKill},
      {"KILL", Notice::kKill},
      {"KILL: substitute follows", Notice::kKill},
      {"KILL - wrong figures", Notice::kKill},
      {"KILL (urn:newsml:desk.example:1), Ersatz folgt", Notice::kKill},
      {"KILL urn:newsml:desk.example:1", Notice::kKill},
      {"Kill BRITAIN-RATES/", Notice::kKill},
      {"KILL KILL KILL", Notice::kKill},
      {"Kill the earlier story on rates", Notice::kKill},
      {"Kill Nov. 3 story", Notice::kKill},
      {"Kill previous. Substitute follows", Notice::kKill},
      {"KILL all above", Notice::kKill},
      {"Kill \"Rates rise in Ruritania\"", Notice::kKill},
      {"Attention editors: please kill this item at once", Notice::kKill},
      {"Editors, please kill it; a substitute follows", Notice::kKill},
      {"UPDATES with quotes. This is a mandatory kill", Notice::kKill},
      {"Withdrawn at the source's request", Notice::kKill},
      {"WITHDRAWN because of an error in the second paragraph", Notice::kKill},
      {"Withdraws incorrect story", Notice::kKill},
      {"Story withdrawn", Notice::kKill},
      {"This story has been withdrawn.", Notice::kKill},
      {"Please note that the Zenda story on the bid has been withdrawn", Notice::kKill},
      {"The story \"Zenda says it bids\" has been withdrawn", Notice::kKill},
      {"UPDATES slug. The story has been withdrawn", Notice::kKill},
      {"Die Meldung wurde zur\u00FCckgezogen", Notice::kKill},
      {"Die dpa hat ihre Meldung \u201EFlug: alle storniert\u201C zur\u00FCckgezogen",
       Notice::kKill},
      {"Achtung Redaktionen: Die Meldung ist storniert", Notice::kKill},
      {"Storniert", Notice::kKill},
      {"RETRACTION", Notice::kKill},
      {"Retraction of a quote in 3rd graf", Notice::kNone},
      {"STORNO", Notice::kKill},
      {"Storno der Flüge bis Freitag", Notice::kNone},
      {"Zur\u00FCckgezogen wegen falscher Angaben", Notice::kKill},
      {"This is a KILL", Notice::kKill},
      {"This withdraws the story on rates", Notice::kKill},
      {"Hold this story until further notice", Notice::kWithhold},
      {"HOLD: figures are checked", Notice::kWithhold},
      {"Please hold", Notice::kWithhold},
      {"Eds: please hold for confirmation", Notice::kWithhold},
      {"Please withhold the Zenda item", Notice::kWithhold},

      {"UPDATES to say that the bid has been withdrawn, adds quotes", Notice::kUpdate},
      {"UPDATES story with news that the bid has been withdrawn", Notice::kUpdate},
      {"Story now says the bid has been withdrawn", Notice::kNone},
      {"The bid in this story has been withdrawn", Notice::kNone},
      {"(Aktualisierung: Kandidatur zur\u00FCckgezogen)", Notice::kUpdate},
      {"2. Absatz neu: Fl\u00FCge storniert", Notice::kNone},
      {"Meldung erg\u00E4nzt, Kandidatur zur\u00FCckgezogen", Notice::kNone},
      {"Meldung: Kandidatur wurde zur\u00FCckgezogen", Notice::kNone},
      {"Kill date of birth in 3rd graf", Notice::kNone},
      {"Please kill last paragraph of story", Notice::kNone},
      {"Kill fee applies", Notice::kNone},
      {"Kill-fee applies", Notice::kNone},
      {"Withdrawn troops return, photos to follow", Notice::kNone},
      {"Withdraws quote in 3rd graf", Notice::kNone},
      {"This withdraws a quote in 3rd graf", Notice::kNone},
      {"Photos to follow. Eds: please hold page one space", Notice::kNone},
      {"Hold for release at 1800 GMT", Notice::kNone},
      {"Please hold space for a story from Zenda", Notice::kNone},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.note);
    Story story;
    story.ednote = c.note;
    EXPECT_EQ(NameOf(ReadWireWords(story).notice), NameOf(c.notice));
  }
}

// What a story of this body says it is. The body is of two paragraphs and a sign-off that is
// marked.
Notice NoticeOfBody(std::string_view body, bool is_markup = false) {
  constexpr std::string_view kSignOff = "(Reporting by Jo Sample)";
  Story story;
  story.AddField().value = body;
  story.fields.back().is_markup = is_markup;
  story.ReadFields();
  const size_t at = story.fields.back().value.find(kSignOff);
  if (at != std::string::npos) {
    const auto begin = static_cast<uint32_t>(at);
    story.not_story = {{0, {begin, begin + static_cast<uint32_t>(kSignOff.size())}, "sign-off"}};
  }
  return ReadWireWords(story).notice;
}

TEST(EditorsNote, StandsBeforeOrBehindABody) {
  struct Case {
    const char* note;
    Notice notice;
  };
  const Case cases[] = {
      {"(Corrects figure in first paragraph)", Notice::kCorrection},
      {"(corrects cts per share)", Notice::kCorrection},
      {"(Clarifies paragraph 3 to say that talks were broken off)", Notice::kCorrection},
      {"(Correcting unit's output to barrels/day from barrels/year)", Notice::kCorrection},
      {"(Corrects March 17 item to show losses\ninstead of profits. Also corrects loss "
       "from\nunits.)",
       Notice::kCorrection},
      {"(This Jan. 2 story has been corrected to show the rise was half a point)",
       Notice::kCorrection},
      {"(This version of the story was corrected)", Notice::kCorrection},
      {"(This story corrects the spelling of Zenda)", Notice::kCorrection},
      {"[Corrected to show that talks resume]", Notice::kCorrection},
      {"(Corrected)", Notice::kCorrection},
      {"(Correction: the rise was half a point)", Notice::kCorrection},
      {"(Refiles to remove repeated word (the))", Notice::kRefile},
      {"(Adds quotes; corrects name)", Notice::kCorrection},
      {"(Updates with closing prices)", Notice::kUpdate},
      {"(Berichtigung: Im ersten Absatz muss es halber hei\u00DFen.)", Notice::kCorrection},
      {"(Korrektur im 2. Absatz)", Notice::kCorrection},
      {"(Diese Meldung wurde berichtigt)", Notice::kCorrection},

      {"(The ministry corrected its statement to say troops had left)", Notice::kNone},
      {"(The statement has been corrected by the ministry)", Notice::kNone},
      {"(This week's statement on the story has been corrected)", Notice::kNone},
      {"(The ministry says it has been corrected)", Notice::kNone},
      {"(This week's IMF report was corrected)", Notice::kNone},
      {"(This Strelsau's report was corrected)", Notice::kNone},
      {"(This week the ministry's report was corrected)", Notice::kNone},
      {"(Diese Woche hat die Bank ihre Meldung korrigiert)", Notice::kNone},
      {"(This story says that a statement was corrected)", Notice::kNone},
      {"(This corrects an imbalance, the minister said)", Notice::kNone},
      {"(Corrected for inflation, wages fell)", Notice::kNone},
      {"(Correction fluid was sold out)", Notice::kNone},
      {"(Correction-house doors were closed)", Notice::kNone},
      {"(Updates to follow)", Notice::kNone},
      {"(Update to follow)", Notice::kNone},
      {"(Update on Monday's earthquake)", Notice::kNone},
      {"(Lead 2 folgt)", Notice::kNone},
      {"(Updated figures were due on Friday)", Notice::kNone},
      {"(This story has been withdrawn)", Notice::kNone},
      {"(Kill this story)", Notice::kNone},
      {"(Take 2 of the tablets)", Notice::kNone},
      {"(Police said the man repeats himself)", Notice::kNone},
      {"()", Notice::kNone},
      {"(", Notice::kNone},
      {")", Notice::kNone},
  };
  const std::string text = "STRELSAU, Jan 2 - Talks resume.\n\n    They were cut short last week";
  for (const Case& c : cases) {
    SCOPED_TRACE(c.note);
    const std::string note = c.note;
    for (const std::string& body :
         {note + "\n\n" + text, note + " " + text, text + "\n" + note,
          text + "\r\n  " + note + "\n", text + ". " + note + ".\n\n(Reporting by Jo Sample)\n",
          text + ".\" " + note + "\n\n(Reporting by Jo Sample)"}) {
      SCOPED_TRACE(body);
      EXPECT_EQ(NameOf(NoticeOfBody(body)), NameOf(c.notice));
    }
    EXPECT_EQ(NoticeOfBody("<p>" + note + "</p><p>" + text + "</p>", true), c.notice);
    EXPECT_EQ(NoticeOfBody("<p>" + text + "</p><p>" + note + "</p>", true), c.notice);
  }
}

TEST(EditorsNote, IsABodyThatIsAWiresNotice) {
  struct Case {
    const char* body;
    Notice notice;
  };
  const Case cases[] = {
      {"KILL KILL KILL Die Meldung bitte nicht verwenden.", Notice::kKill},
      {"KILL - KILL - KILL Die Meldung bitte nicht verwenden.", Notice::kKill},
      {"HOLD HOLD HOLD Die Meldung bitte halten.", Notice::kWithhold},
      {"CORRECTION - HEINEKEN 1986 YEAR\n    In item headlined \"HEINEKEN N.V.\" please read",
       Notice::kCorrection},
      {"(CORRECTION) - SHAW'S SUPERMARKETS EARNINGS\n    In item headlined", Notice::kCorrection},
      {"Talks resume.\n\nThis story has been corrected to show that they do.", Notice::kCorrection},
      {"Talks resume.\n \nThis Jan. 2 story was corrected.\n\n(Reporting by Jo Sample)",
       Notice::kCorrection},

      {"This story has been told often, and corrected.", Notice::kNone},
      {"Talks resume.\nThe minister said\nthis story has been told.", Notice::kNone},
      {"Talks resume.\nThis statement has been corrected.", Notice::kNone},
      {"Talks resume after the figure was given as five (corrected).", Notice::kNone},
      {"KILL BILL KILL BILL returns", Notice::kNone},
      {"Kill Kill Kill is a film", Notice::kNone},
      {"Correction: an art", Notice::kNone},
      {"CORRECTION IN STOCKS DEEPENS", Notice::kNone},
      {"", Notice::kNone},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.body);
    EXPECT_EQ(NameOf(NoticeOfBody(c.body)), NameOf(c.notice));
  }
}

}  // namespace
}  // namespace copydesk
