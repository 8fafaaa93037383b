// Names in stories of other languages than English.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/tag/resolver_fixture.h"

namespace copydesk {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(ResolverTest, WhatSentencesBeginWithIsNoNameNorPartOfOne) {
  EXPECT_THAT(Find({"La France a parlé. A London-based bank. A Franco-Iraqi plan. Em London. У "
                    "London."}),
              ElementsAre("France: place Q142f alias", "London: place Q84 alias",
                          "Franco: place Q142f alias", "Iraqi: place Q796 alias",
                          "London: place Q84 alias", "London: place Q84 alias"));
  EXPECT_THAT(Find({"Les Kvarn sont hautes. Das Kvarn war gut. Un Kvarn."}), IsEmpty());
}

TEST_F(ResolverTest, GermanNounsAreNoNames) {
  const std::string text =
      "Gestern kam Merkels Besuch. Der Zug nach London. Das Landgericht London "
      "wartet, wie Angela Merkel.";
  story_language_ = "de-AT";
  EXPECT_THAT(Find({text}),
              ElementsAre("Merkel: person Q567 short-form", "London: place Q84 alias",
                          "London: place Q84 alias", "Angela Merkel: person Q567 alias"));
  story_language_ = "en";
  EXPECT_THAT(Find({text}), Contains("Merkels Besuch: person pattern"));
}

TEST_F(ResolverTest, ACountryBetweenTitleAndNameIsACountry) {
  EXPECT_THAT(Find({"Later President Iraq Angela Merkel and President Iraq Robert Zyxgh came."}),
              ElementsAre("Iraq: place Q796 alias", "Angela Merkel: person Q567 alias",
                          "Iraq: place Q796 alias", "Robert Zyxgh: person pattern"));
}

TEST_F(ResolverTest, AnArticleBeginsNoBody) {
  EXPECT_THAT(Find({"La Universidad de Kvarn."}),
              ElementsAre("Universidad de Kvarn: organisation pattern"));
}

TEST_F(ResolverTest, InSpanishTheFirstOfTwoSurnamesIsTheOne) {
  const std::string text = "Es lo que José García Pérez dijo. Dijo que García no sabe.";
  story_language_ = "es";
  EXPECT_THAT(Find({text}), Contains("García: person short-form"));
  story_language_ = "en";
  EXPECT_THAT(Find({text}), Not(Contains("García: person short-form")));
}

TEST_F(ResolverTest, NoNameEndsWithAParticle) {
  EXPECT_THAT(Find({"Later Minister Bruno Le Roux met President Abdel Zyxgh El Kvarn."}),
              ElementsAre("Bruno Le Roux: person pattern", "Abdel Zyxgh El Kvarn: person pattern"));
}

TEST_F(ResolverTest, InFrenchALetterIsATitle) {
  const std::string text = "Un mot de M. Dolan, et de Bola Dolan.";
  story_language_ = "fr";
  EXPECT_THAT(Find({text}), ElementsAre("Dolan: person short-form", "Bola Dolan: person pattern"));
  story_language_ = "en";
  EXPECT_THAT(Find({text}), Contains("M. Dolan: person pattern"));
}

TEST_F(ResolverTest, WhatAnApostropheAddsIsNoPartOfAName) {
  EXPECT_THAT(Find({"Bu Angela Merkel'in evi. Bu Angela Merkel\u2019nun evi."}),
              ElementsAre("Angela Merkel: person Q567 alias", "Angela Merkel: person Q567 alias"));
}

}  // namespace
}  // namespace copydesk
