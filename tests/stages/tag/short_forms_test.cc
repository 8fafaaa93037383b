// What a story calls for short, and whom.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/tag/resolver_fixture.h"

namespace copydesk {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(ResolverTest, AnArabicArticleMayBeLeftOut) {
  EXPECT_THAT(
      Find({"Then Abdel Fattah al-Sisi came. Al-Sisi spoke; all like al-Sisi. Sisi left."}),
      ElementsAre("Abdel Fattah al-Sisi: person p:sisi alias", "Al-Sisi: person p:sisi short-form",
                  "al-Sisi: person p:sisi short-form", "Sisi: person p:sisi short-form"));
}

TEST_F(ResolverTest, AParticleMayBeginWithACapital) {
  EXPECT_THAT(
      Find({"Then Marine Le Pen met Mr Robert van den Zyxgh. All like Le Pen. Van den "
            "Zyxgh wept."}),
      ElementsAre("Marine Le Pen: person p:le-pen alias", "Robert van den Zyxgh: person pattern",
                  "Le Pen: person p:le-pen short-form", "Van den Zyxgh: person short-form"));
}

TEST_F(ResolverTest, ANameOfTwoWordsIsShortForOneOfThree) {
  Find({"Mr Robert Kvarn Zyxgh spoke. Then Mr Kvarn Zyxgh left."});
  const Sighting& last = resolver_->sightings().back();
  EXPECT_EQ(last.by, FoundBy::kShortForm);
  EXPECT_EQ(resolver_->NameOf(last), "Robert Kvarn Zyxgh");
}

TEST_F(ResolverTest, ASurnameThatIsAWordNamesWhoDoesSomething) {
  EXPECT_THAT(
      Find({"It is what George Bush says. Bush was late. Bush denied it. Bush, 60, wept. "
            "Bush, who left, sang. Bush, red and dry, burns."}),
      ElementsAre("George Bush: person pattern", "Bush: person short-form",
                  "Bush: person short-form", "Bush: person short-form", "Bush: person short-form"));
}

TEST_F(ResolverTest, AMonthIsNobody) {
  EXPECT_THAT(Find({"It is what Theresa May says. In May she left, on May 5, in mid-May, on 5 May. "
                    "It is for May."}),
              ElementsAre("Theresa May: person pattern", "May: person short-form"));
}

TEST_F(ResolverTest, WhomTheDictionaryTellsApartAreTwo) {
  EXPECT_THAT(Find({"Then George W. Bush met George H. W. Bush. All like Bush."}),
              Contains("Bush: person unresolved short-form"));
}

TEST_F(ResolverTest, AWifeIsNotWhoTheNameAloneStandsFor) {
  const std::string both = "Then Rajiv Gandhi met Patricia Gandhi. ";
  EXPECT_THAT(Find({both + "Later Mrs Gandhi left."}),
              Contains("Gandhi: person unresolved short-form"));
  EXPECT_THAT(Find({both + "Later Mr Gandhi left."}), Contains("Gandhi: person p:gandhi alias"));
}

TEST_F(ResolverTest, AFamilyIsThatOfAJunior) {
  EXPECT_THAT(Find({"All like Robert Zyxgh Jr. It is one of the Zyxghs."}),
              Contains("Zyxgh: person short-form"));
}

TEST_F(ResolverTest, AnActorsAgeTellsHimFromThePlace) {
  EXPECT_THAT(Find({"Denzel Washington left. Washington, 69, wept."}),
              ElementsAre("Denzel Washington: person pattern", "Washington: person short-form"));
}

TEST_F(ResolverTest, ABodyIsCalledByItsFirstWord) {
  EXPECT_THAT(Find({"Shares of Goldman Sachs rose. All like Goldman."}),
              ElementsAre("Goldman Sachs: organisation p:goldman alias",
                          "Goldman: organisation p:goldman short-form"));
}

TEST_F(ResolverTest, WhatACompanyIsInLawMakesNoOtherCompany) {
  EXPECT_THAT(Find({"Shares of Deutsche Telekom AG and Deutsche Telekom Holdings rose."}),
              ElementsAre("Deutsche Telekom AG: organisation p:telekom alias",
                          "Deutsche Telekom Holdings: organisation pattern"));
}

TEST_F(ResolverTest, AnAmpersandJoinsTheNamesOfAFirm) {
  EXPECT_THAT(Find({"They sued Zyxgh & Kvarn LLP."}),
              ElementsAre("Zyxgh & Kvarn LLP: organisation pattern"));
  EXPECT_THAT(Find({"They sued AT&Q Inc."}), ElementsAre("AT&Q Inc: organisation pattern"));
}

TEST_F(ResolverTest, APronounIsNoCountryInAStoryOfIt) {
  EXPECT_THAT(Find({"TELL US WHY", "All like the US."}), ElementsAre("US: place Q30 alias"));
  EXPECT_THAT(Find({"CHINA WARNS US", "All like the US."}),
              ElementsAre("US: place Q30 alias", "US: place Q30 alias"));
}

TEST_F(ResolverTest, ATownOfAnotherRegionIsAnotherTown) {
  EXPECT_THAT(
      Find({"It hit Paris, Texas, hard. People of Paris wept."}),
      ElementsAre("Paris: place pattern", "Texas: place p:texas alias", "Paris: place short-form"));
  // Neither a country behind it nor the next of a list makes it another one.
  for (const char* const text :
       {"It hit Paris, France, hard.", "It hit Paris, Texas, London.",
        "It hit London, Paris, Texas, hard.", "Then in Paris, Texas won."}) {
    EXPECT_THAT(Find({text}), Contains("Paris: place p:paris alias")) << text;
  }
}

TEST_F(ResolverTest, ARegionBehindATownSaysWhichOneIsMeant) {
  EXPECT_THAT(Find({"It hit Sandwell, Ontario, hard. It hit Sandwell."}),
              Contains("Sandwell: place p:sandwell-ca alias"));
  EXPECT_THAT(Find({"It hit Sandwell."}), ElementsAre("Sandwell: place p:sandwell-uk alias"));
}

TEST_F(ResolverTest, WhichTownIsMeantIsSaidOnce) {
  EXPECT_THAT(Find({"It hit Sandwell, Ontario, hard. All like Sandwell."}),
              ElementsAre("Sandwell: place p:sandwell-ca alias", "Ontario: place p:ontario alias",
                          "Sandwell: place p:sandwell-ca alias"));
}

TEST_F(ResolverTest, ADatelinesTownIsCalledByItsName) {
  EXPECT_THAT(
      Find({"", "PARIS, Texas - People of Paris wept."}),
      ElementsAre("PARIS: place pattern", "Texas: place p:texas alias", "Paris: place short-form"));
}

TEST_F(ResolverTest, TheDictionaryMayHaveATownByItsNameAndItsRegions) {
  EXPECT_THAT(Find({"", "BIRMINGHAM, Ala. - It hit Birmingham."}),
              ElementsAre("BIRMINGHAM: place p:birmingham-al alias", "Ala.: place p:alabama alias",
                          "Birmingham: place p:birmingham-al short-form"));
}

TEST_F(ResolverTest, ARoleIsNoPartOfAPerson) {
  EXPECT_THAT(Find({"It is what House Speaker Robert Quarn said."}),
              ElementsAre("Robert Quarn: person p:quarn alias"));
}

TEST_F(ResolverTest, ASentenceMayBeginWithAGivenNameThatIsAWord) {
  EXPECT_THAT(Find({"Mark Dolan hit it. Martin Luther King Jr. wept. Will Dolan do it?"}),
              ElementsAre("Mark Dolan: person pattern", "Martin Luther King Jr.: person pattern",
                          "Dolan: person short-form"));
}

TEST_F(ResolverTest, ATownsNameIsShortForTheOneWithItsRegion) {
  EXPECT_THAT(Find({"BIRMINGHAM IS HIT", "It hit Birmingham, Alabama, hard. It hit Birmingham."}),
              ElementsAre("BIRMINGHAM: place p:birmingham-al short-form",
                          "Birmingham, Alabama: place p:birmingham-al alias",
                          "Birmingham: place p:birmingham-al short-form"));
}

TEST_F(ResolverTest, ACountyIsInARegion) {
  EXPECT_THAT(Find({"The court of Zyxgh County, Georgia, met."}),
              ElementsAre("Zyxgh County: place pattern", "Georgia: place Q1428 alias"));
}

}  // namespace
}  // namespace copydesk
