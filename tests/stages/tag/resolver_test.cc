#include "stages/tag/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/stages/tag/resolver_fixture.h"

namespace copydesk {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ResolverTest, ShortFormsFollowTheFullName) {
  EXPECT_THAT(Find({"Chancellor Angela Merkel met Xi Jinping. \"Good,\" Merkel told Mr Xi."}),
              ElementsAre("Angela Merkel: person Q567 alias", "Xi Jinping: person Q15031 alias",
                          "Merkel: person Q567 short-form", "Xi: person Q15031 short-form"));
}

TEST_F(ResolverTest, AHeadlineHasTheShortFormBeforeTheFullName) {
  EXPECT_THAT(Find({"Now Merkel resigns", "The plan of Angela Merkel was refused."}),
              Contains("Merkel: person Q567 short-form"));
}

TEST_F(ResolverTest, AShortFormOfTwoIsLeftUnresolved) {
  EXPECT_THAT(Find({"Later Robert Dolan and Patricia Dolan left. He saw Dolan leave."}),
              ElementsAre("Robert Dolan: person pattern", "Patricia Dolan: person pattern",
                          "Dolan: person unresolved short-form"));
}

TEST_F(ResolverTest, TheBearersOfAShortFormAreTheTwoWhoseNamesDiffer) {
  // The dictionary knows one of them; a fuller name of one bearer is no second one.
  EXPECT_THAT(Find({"Then Barack Obama met Patricia Obama. Later Obama left."}),
              Contains("Obama: person unresolved short-form"));
  EXPECT_THAT(Find({"Then Robert Q. Zyxgh came. Later Robert Zyxgh and Zyxgh left."}),
              Contains("Zyxgh: person short-form"));
}

TEST_F(ResolverTest, ATitleStandsOutsideAndItsNameIsShortForTheFullOne) {
  EXPECT_THAT(
      Find({"Then Mr Zyxgh met Prime Minister Angela Merkel and Robert Zyxgh. Zyxgh wept."}),
      ElementsAre("Zyxgh: person short-form", "Angela Merkel: person Q567 alias",
                  "Robert Zyxgh: person pattern", "Zyxgh: person short-form"));
  EXPECT_THAT(Find({"Prime Minister Sheikh Hasina left. Then Hasina and Mr Modi spoke. It is what "
                    "Narendra Modi wants."}),
              ElementsAre("Hasina: person p:hasina alias", "Hasina: person p:hasina short-form",
                          "Modi: person Q1058 short-form", "Narendra Modi: person Q1058 alias"));
}

TEST_F(ResolverTest, AHeadlineInCapitalsHasShortForms) {
  EXPECT_THAT(Find({"MERKEL SAYS XI MAY COME", "Angela Merkel met Xi Jinping."}),
              ElementsAre("MERKEL: person Q567 short-form", "XI: person Q15031 short-form",
                          "Angela Merkel: person Q567 alias", "Xi Jinping: person Q15031 alias"));
  // A surname that is a word is no verb.
  EXPECT_THAT(Find({"OLOWE MAY ACT", "Bola Olowe met Theresa May in London."}),
              ElementsAre("OLOWE: person short-form", "Bola Olowe: person pattern",
                          "Theresa May: person pattern", "London: place Q84 alias"));
  EXPECT_THAT(Find({"MAY SAYS NO", "Bola Olowe met Theresa May in London."}),
              Contains("MAY: person short-form"));
}

TEST_F(ResolverTest, ANameInCapitalsIsTheBodys) {
  Find({"BOLA OLOWE SAYS NO", "It is what Bola Olowe said."});
  EXPECT_EQ(resolver_->NameOf(resolver_->sightings()[0]), "Bola Olowe");
}

TEST_F(ResolverTest, ASurnameThatIsAWordBeginsASentence) {
  EXPECT_THAT(Find({"It is what George Bush said. Bush said so. Bush bears ran. Bush's law."}),
              ElementsAre("George Bush: person pattern", "Bush: person short-form",
                          "Bush: person short-form"));
}

TEST_F(ResolverTest, AFullNameIsOneMentionWhereNoRuleSeesIt) {
  EXPECT_THAT(
      Find({"Denzel Washington left. The film is by the actor Denzel Washington."}),
      ElementsAre("Denzel Washington: person pattern", "Denzel Washington: person pattern"));
}

TEST_F(ResolverTest, NamesOfPeopleShadowTheirParts) {
  EXPECT_THAT(Find({"The actors Denzel Washington and Harrison Ford arrived in London."}),
              ElementsAre("Denzel Washington: person pattern", "Harrison Ford: person pattern",
                          "London: place Q84 alias"));
}

TEST_F(ResolverTest, ASurnameIsThePersonsUnlessThePlaceIsMeant) {
  EXPECT_THAT(Find({"The film is by Denzel Washington. Then Washington flew to Washington."}),
              ElementsAre("Denzel Washington: person pattern", "Washington: person short-form",
                          "Washington: place Q61 alias"));
}

TEST_F(ResolverTest, CommonWordsNeedEvidence) {
  EXPECT_THAT(Find({"Nice weather is here. It is nice."}), IsEmpty());
  EXPECT_THAT(Find({"A house in Nice, France, burnt."}),
              ElementsAre("Nice: place Q33959 alias", "France: place Q142f alias"));
}

TEST_F(ResolverTest, ACountryWhoseNameIsAWordNeedsEvidence) {
  EXPECT_THAT(Find({"Turkey is served at noon. Turkey is hot."}), IsEmpty());
  EXPECT_THAT(Find({"TURKEY IS SERVED", "It was hot."}), IsEmpty());
  // What stands beside it, another mention, a place in it, the feed.
  EXPECT_THAT(Find({"Turkey said no."}), ElementsAre("Turkey: place Q43 alias"));
  EXPECT_THAT(Find({"Turkey's law is new."}), ElementsAre("Turkey: place Q43 alias"));
  EXPECT_THAT(
      Find({"TURKEY IS SERVED", "They came from Turkey. Turkey is served."}),
      ElementsAre("TURKEY: place Q43 alias", "Turkey: place Q43 alias", "Turkey: place Q43 alias"));
  EXPECT_THAT(Find({"Turkey will vote. People of Ankara agree."}),
              ElementsAre("Turkey: place Q43 alias", "Ankara: place Q3640 alias"));
  story_subjects_ = {"http://www.wikidata.org/entity/Q43"};
  EXPECT_THAT(Find({"Turkey will vote."}), ElementsAre("Turkey: place Q43 alias"));
}

TEST_F(ResolverTest, CapitalsOfAWordNeedEvidence) {
  EXPECT_THAT(Find({"Tell US about it. Please tell US."}), IsEmpty());
  EXPECT_THAT(Find({"JOIN US NOW", "They went."}), IsEmpty());
  EXPECT_THAT(Find({"US troops left. It is with US troops that the US won."}),
              ElementsAre("US: place Q30 alias", "US: place Q30 alias", "US: place Q30 alias"));
  EXPECT_THAT(Find({"It may tell US to stop, says the US."}),
              ElementsAre("US: place Q30 alias", "US: place Q30 alias"));
  EXPECT_THAT(Find({"It is what WHO experts say."}), ElementsAre("WHO: organisation Q7817 alias"));
  EXPECT_THAT(Find({"WHO IS NEXT", "They went."}), IsEmpty());
}

TEST_F(ResolverTest, ParticlesBelongToAName) {
  EXPECT_THAT(Find({"Ursula von der Leyen came. Then von der Leyen spoke."}),
              ElementsAre("Ursula von der Leyen: person Q60772 alias",
                          "von der Leyen: person Q60772 alias"));
  EXPECT_THAT(Find({"A plan by Mr Robert van den Zyxgh. All like van den Zyxgh, or Zyxgh."}),
              ElementsAre("Robert van den Zyxgh: person pattern",
                          "van den Zyxgh: person short-form", "Zyxgh: person short-form"));
}

TEST_F(ResolverTest, EndingsStandOutsideTheMention) {
  EXPECT_THAT(Find({"Angela Merkel's plan and Barack Obama’s law please the Obamas. The Merkels "
                    "and Obamas disagree."}),
              ElementsAre("Angela Merkel: person Q567 alias", "Barack Obama: person Q76 alias",
                          "Obama: person Q76 short-form", "Merkel: person Q567 short-form"));
}

TEST_F(ResolverTest, AHyphenJoinsTwoNames) {
  EXPECT_THAT(Find({"The France-England tunnel and the Franco-Iraqi treaty, an Anglo-Iraqi one."}),
              ElementsAre("France: place Q142f alias", "England: place Q145 alias",
                          "Franco: place Q142f alias", "Iraqi: place Q796 alias",
                          "Anglo: place p:uk alias", "Iraqi: place Q796 alias"));
  EXPECT_THAT(Find({"FRANCO-IRAQI TIES", "It is the Franco\u2013Iraqi Zyxgh."}),
              ElementsAre("FRANCO: place Q142f alias", "IRAQI: place Q796 alias",
                          "Franco: place Q142f alias", "Iraqi: place Q796 alias"));
  // Behind the hyphen a place must stand, and the dictionary must have the first one.
  EXPECT_THAT(Find({"An Anglo-Saxon law, the Franco-era law and the Sino-Iraqi law."}),
              ElementsAre("Iraqi: place Q796 alias"));
}

TEST_F(ResolverTest, AHeadlineInCapitalsIsRead) {
  EXPECT_THAT(Find({"ANGELA MERKEL MEETS XI JINPING IN LONDON", "Angela Merkel met Xi Jinping."}),
              ElementsAre("ANGELA MERKEL: person Q567 alias", "XI JINPING: person Q15031 alias",
                          "LONDON: place Q84 alias", "Angela Merkel: person Q567 alias",
                          "Xi Jinping: person Q15031 alias"));
}

TEST_F(ResolverTest, OrganisationsByHeadWordAndAcronym) {
  EXPECT_THAT(
      Find({"The owner is Tata Group. Rivals fear Tata. The Organization for Security and "
            "Cooperation in Europe met; then OSCE observers left."}),
      ElementsAre("Tata Group: organisation Q331715 alias", "Tata: organisation Q331715 short-form",
                  "Organization for Security and Cooperation in Europe: "
                  "organisation Q81299 alias",
                  "OSCE: organisation Q81299 acronym"));
}

TEST_F(ResolverTest, AHeadWordAloneIsNoShortForm) {
  EXPECT_THAT(Find({"The Kerguelen Fishing Council met. Later the council and the Council left."}),
              ElementsAre("Kerguelen Fishing Council: organisation pattern"));
}

TEST_F(ResolverTest, AnAcronymThatTheTextGives) {
  EXPECT_THAT(Find({"The Institute of Polar Studies (INPS) closed, and INPS staff left (ABC)."}),
              ElementsAre("Institute of Polar Studies: organisation pattern",
                          "INPS: organisation acronym", "INPS: organisation acronym"));
}

TEST_F(ResolverTest, AnAcronymSaysHowLongANameIs) {
  EXPECT_THAT(Find({"Members of the World Trade and Fishing Federation (WTFF) met; WTFF won."}),
              ElementsAre("World Trade and Fishing Federation: organisation pattern",
                          "WTFF: organisation acronym", "WTFF: organisation acronym"));
  EXPECT_THAT(Find({"It was PWF (Party of Workers and Farmers) that won."}),
              ElementsAre("PWF: organisation acronym",
                          "Party of Workers and Farmers: organisation pattern"));
  EXPECT_THAT(Find({"It is Gross Domestic Product (GDP) that fell."}), IsEmpty());
  EXPECT_THAT(
      Find({"Shares of Germany and the Zyxgh Fishing Council (ZFC) fell."}),
      ElementsAre("Zyxgh Fishing Council: organisation pattern", "ZFC: organisation acronym"));
}

TEST_F(ResolverTest, CapitalsInsideAMixedTextAreRead) {
  EXPECT_THAT(Find({"SHARES FALL IN LONDON\nThey fell again."}),
              ElementsAre("LONDON: place Q84 alias"));
}

TEST_F(ResolverTest, NamesNobodyListed) {
  EXPECT_THAT(Find({"They sued Acme Widgets Corp and the University of Kerguelen."}),
              ElementsAre("Acme Widgets Corp: organisation pattern",
                          "University of Kerguelen: organisation pattern"));
  EXPECT_THAT(
      Find({"They sued Acme Widgets Inc and Zyxgh Corp and Bank of Kerguelen and University of "
            "Zyxgh and the Ministry of Fisheries near the Zyxgh River."}),
      ElementsAre("Acme Widgets Inc: organisation pattern", "Zyxgh Corp: organisation pattern",
                  "Bank of Kerguelen: organisation pattern",
                  "University of Zyxgh: organisation pattern",
                  "Ministry of Fisheries: organisation pattern", "Zyxgh River: place pattern"));
  EXPECT_THAT(Find({"Later President George Bush, John Smithers, 45, and Mr Zyxgh came."}),
              ElementsAre("George Bush: person pattern", "John Smithers: person pattern",
                          "Zyxgh: person pattern"));
}

TEST_F(ResolverTest, ASurnameMayBeATitle) {
  EXPECT_THAT(
      Find({"Later the Rev. Dr. Martin Luther King Jr. came, and Judge Edward Judge. It was "
            "King's turn. All listen to King. Critics do not."}),
      ElementsAre("Martin Luther King Jr.: person pattern", "Edward Judge: person pattern",
                  "King: person short-form", "King: person short-form"));
  EXPECT_THAT(Find({"Then they saw Gen. Zyxgh, Ms. Dolan and the King. Parties began."}),
              ElementsAre("Zyxgh: person pattern", "Dolan: person pattern"));
}

TEST_F(ResolverTest, AFirstNameMayBeALetter) {
  EXPECT_THAT(Find({"That is what J. Bracken Lee and J.R. Zyxgh said."}),
              ElementsAre("J. Bracken Lee: person pattern", "J.R. Zyxgh: person pattern"));
}

TEST_F(ResolverTest, AnAbbreviationHasItsStop) {
  EXPECT_THAT(
      Find({"Shares of Zyxgh Corp., Acme Widgets Inc. and Dolan Co. fell. They sold Zyxgh "
            "Corp. Then it rose, and Acme Widgets Inc.'s chief left."}),
      ElementsAre("Zyxgh Corp.: organisation pattern", "Acme Widgets Inc.: organisation pattern",
                  "Dolan Co.: organisation pattern", "Zyxgh Corp.: organisation pattern",
                  "Acme Widgets Inc.: organisation pattern"));
  // Who writes none ends a sentence with it.
  EXPECT_THAT(
      Find({"Shares of Zyxgh Corp and Acme Widgets Inc fell. They sold Zyxgh Corp. Then it "
            "rose, and they bought Acme Widgets Inc."}),
      ElementsAre("Zyxgh Corp: organisation pattern", "Acme Widgets Inc: organisation pattern",
                  "Zyxgh Corp: organisation pattern", "Acme Widgets Inc: organisation pattern"));
}

TEST_F(ResolverTest, ABodyMayBeginAsATitleDoes) {
  EXPECT_THAT(
      Find({"The General Accounting Office reported to General Dugan."}),
      ElementsAre("General Accounting Office: organisation pattern", "Dugan: person pattern"));
}

TEST_F(ResolverTest, ATeamIsNoPlace) {
  EXPECT_THAT(Find({"The England captain played well in England."}),
              ElementsAre("England: organisation pattern", "England: place Q145 alias"));
}

TEST_F(ResolverTest, InAStoryOfSportAPlaceIsItsTeam) {
  EXPECT_THAT(Find({"The Cup final was a fine match, Mr Brown said. Then England led. In London "
                    "the League Championship goes on, and players (England) will come."}),
              ElementsAre("Brown: person pattern", "England: organisation pattern",
                          "London: place Q84 alias", "England: place Q145 alias"));
  EXPECT_THAT(Find({"Then England led."}), ElementsAre("England: place Q145 alias"));
}

TEST_F(ResolverTest, InAStoryOfSportAPlaceMaySendSomebody) {
  for (const char* const apostrophe : {"'", "\u2019"}) {
    EXPECT_THAT(Find({absl::StrCat("The Cup final was a fine match, Mr Brown said. England",
                                   apostrophe, "s Alan Turner led.")}),
                ElementsAre("Brown: person pattern", "England: place Q145 alias",
                            "Alan Turner: person pattern"))
        << apostrophe;
  }
}

TEST_F(ResolverTest, AnAdjectiveNamesItsCountryWhateverStandsBesideIt) {
  EXPECT_THAT(Find({"An Iraqi Zyxgh arrived."}), ElementsAre("Iraqi: place Q796 alias"));
}

TEST_F(ResolverTest, TheNameOfSeveralIsLeftOpen) {
  EXPECT_THAT(Find({"All like Georgia a lot."}), ElementsAre("Georgia: place unresolved alias"));
  const Sighting& finding = resolver_->sightings()[0];
  ASSERT_EQ(resolver_->scores(finding).size(), 3u);
  EXPECT_THAT(resolver_->scores(finding), ElementsAre(41, 33, 26));
}

TEST_F(ResolverTest, AnotherNameInTheStoryDecides) {
  EXPECT_THAT(Find({"The State of Georgia went to court. All like Georgia a lot."}),
              ElementsAre("State of Georgia: place Q1428 alias", "Georgia: place Q1428 alias"));
}

TEST_F(ResolverTest, ACityPullsItsState) {
  EXPECT_THAT(Find({"All like Georgia a lot. People of Atlanta agree."}),
              ElementsAre("Georgia: place Q1428 alias", "Atlanta: place Q23556 alias"));
}

TEST_F(ResolverTest, TheFeedsPlaceAndTheDatelineDecide) {
  EXPECT_THAT(Find({"", "Georgia voted."}), ElementsAre("Georgia: place unresolved alias"));
  story_located_ = "Atlanta";
  EXPECT_THAT(Find({"", "Georgia voted."}), ElementsAre("Georgia: place Q1428 alias"));
  story_located_.clear();
  const std::string far(400, '.');
  EXPECT_THAT(Find({"", "ATLANTA, Nov 3 (Reuters) - " + far + " Georgia voted."}),
              Contains("Georgia: place Q1428 alias"));
}

TEST_F(ResolverTest, TheFeedsSubjectsDecide) {
  story_subjects_ = {"http://www.wikidata.org/entity/Q1428"};
  EXPECT_THAT(Find({"", "Georgia voted."}), ElementsAre("Georgia: place Q1428 alias"));
  story_subjects_ = {"medtop:15000000"};
  EXPECT_THAT(Find({"", "England won again."}), ElementsAre("England: organisation pattern"));
  story_subjects_ = {"Sports"};
  EXPECT_THAT(Find({"", "England won again."}), ElementsAre("England: organisation pattern"));
  story_subjects_ = {"medtop:04000000"};
  EXPECT_THAT(Find({"", "England won again."}), ElementsAre("England: place Q145 alias"));
}

TEST_F(ResolverTest, TheLanguageDecidesWhereRulesAskForIt) {
  story_language_ = "es";
  EXPECT_THAT(Find({"", "Cordoba crece."}), ElementsAre("Cordoba: place Q142 alias"));
  story_language_ = "en";
  EXPECT_THAT(Find({"", "Cordoba grows."}), ElementsAre("Cordoba: organisation p:cordoba alias"));
}

TEST_F(ResolverTest, RulesOfAnEntityRefuseIt) {
  EXPECT_THAT(Find({"", "He reads the New York Times in New York."}),
              Contains("New York: place Q60 alias").Times(1));
  const auto refused = [&](EntityRule rule) {
    const auto all = resolver_->sightings();
    return std::count_if(all.begin(), all.end(), [&](const Sighting& finding) {
      return finding.verdict == Verdict::kRefused && finding.refused_by == rule;
    });
  };
  EXPECT_EQ(refused(EntityRule::kNotIn), 1);
  EXPECT_THAT(Find({"", "He was in Bath."}), IsEmpty());
  EXPECT_EQ(refused(EntityRule::kCount), 1);
  EXPECT_THAT(Find({"", "He was in Bath, and in Bath."}),
              ElementsAre("Bath: place Q22889 alias", "Bath: place Q22889 alias"));
}

TEST_F(ResolverTest, WhatStandsBesideANameDecides) {
  EXPECT_THAT(Find({"It is what Mr Georgia told them."}),
              ElementsAre("Georgia: person p:georgia alias"));
}

TEST_F(ResolverTest, SaysWhyAPlaceIsNoMention) {
  Find({"The film is by Denzel Washington."});
  std::vector<Verdict> verdicts;
  for (const Sighting& finding : resolver_->sightings()) verdicts.push_back(finding.verdict);
  EXPECT_THAT(verdicts, Contains(Verdict::kShadowed));
}

TEST(Lexicon, AWordThatGrowsBeyondItsLimitIsNoWord) {
  // U+023A takes two bytes and its small letter three: 21 of them and ASCII pass the limit.
  std::string word;
  for (int i = 0; i < 20; ++i) word += "\xC8\xBA";
  char buffer[kWordBytesMax];
  for (size_t letters = 0; word.size() <= kWordBytesMax; ++letters) {
    EXPECT_LE(ToLowerWord(word, buffer).size(), kWordBytesMax) << letters;
    word += 'A';
  }
  EXPECT_EQ(ToLowerWord("\xC8\xBA"
                        "B",
                        buffer),
            "\xE2\xB1\xA5"
            "b");
}

TEST(NameRules, NamesWhatIsWrongWithAFile) {
  const std::pair<std::string, std::string> cases[] = {
      {"words:\n  given: [Ann]\nrules:\n  - {name: x, type: person, match: \"({givn})\"}\n",
       "'givn' is no list of words"},
      {"words: 3\n", "words: expected lists by their names"},
      {"words: {given: {file: x, words: 3}}\n", "words: expected a list of words"},
      {"rules: all\n", "rules: expected a list of rules"},
      {"compounds: [Franco]\n", "compounds: expected names"}};
  const std::string path = testing::TempDir() + "/names-wrong.yaml";
  for (const auto& [text, message] : cases) {
    FILE* const file = fopen(path.c_str(), "w");
    fputs(text.c_str(), file);
    fclose(file);
    const auto rules = NameRules::FromFile(path);
    ASSERT_FALSE(rules.ok()) << text;
    EXPECT_THAT(std::string(rules.status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace copydesk
