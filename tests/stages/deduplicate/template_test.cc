// Short stories of one template under one headline, which differ by a name in the text only: they
// are other news, and what is spelled or worded otherwise is not.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/stages/deduplicate/desk.h"

namespace copydesk {
namespace {

using testing::Desk;
using testing::Replaced;

constexpr std::string_view kFire =
    "Firefighters were called to a house fire in Springfield, Ohio, on Tuesday night. Two people "
    "were treated for smoke inhalation by the Red Cross. The cause of the fire is being "
    "investigated, the fire service said.";

RelationKind SecondOf(std::string_view headline, std::string_view first, std::string_view second) {
  Desk desk;
  desk.Decide(headline, first);
  return desk.Decide(headline, second).kind;
}

TEST(Template, WithAnotherPlaceIsOtherNews) {
  EXPECT_EQ(SecondOf("House fire", kFire, Replaced(kFire, "Springfield", "Dayton")),
            RelationKind::kOriginal);
  constexpr std::string_view kBrand =
      "Bei einem Wohnungsbrand in Kassel ist ein Mann schwer verletzt worden. Die Feuerwehr "
      "löschte "
      "die Flammen in der Nacht zum Dienstag. Die Ursache ist noch unklar, wie die Polizei "
      "mitteilte.";
  EXPECT_EQ(SecondOf("Wohnungsbrand", kBrand, Replaced(kBrand, "Kassel", "Lübeck")),
            RelationKind::kOriginal);
  constexpr std::string_view kPozhar =
      "Пожар произошёл ночью в жилом доме в Самаре. Два человека отравились дымом, их доставили в "
      "больницу. Причина пожара выясняется, сообщили в управлении МЧС.";
  EXPECT_EQ(SecondOf("Пожар", kPozhar, Replaced(kPozhar, "Самаре", "Перми")),
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherPlaceOfEachDaysNewsIsOtherNews) {
  Desk desk;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    desk.Decide("Local news " + number, "The councils of Springfield and Dayton voted on item " +
                                            number + " of list " + number + number + ".");
  }
  desk.Decide("House fire", kFire);
  EXPECT_EQ(desk.Decide("House fire", Replaced(kFire, "Springfield", "Dayton")).kind,
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherCompanyIsOtherNews) {
  constexpr std::string_view kDividend =
      "Acme Corp's board of directors declared a regular quarterly dividend of 15 cents a share, "
      "payable on March 15 to shareholders of record on February 27, the company said in a "
      "statement.";
  EXPECT_EQ(SecondOf("Company declares dividend", kDividend, Replaced(kDividend, "Acme", "Zenith")),
            RelationKind::kOriginal);
  // Here the headline alone says whose it is, and the window knows nothing of what is common.
  Desk desk;
  constexpr std::string_view kTerms =
      "Qtly div 15 cts vs 15 cts prior. Pay March 15. Record Feb 27.";
  desk.Decide("Acme Corp sets quarterly dividend", kTerms);
  EXPECT_EQ(desk.Decide("Zenith Corp sets quarterly dividend", kTerms).kind,
            RelationKind::kOriginal);
}

TEST(Template, WithAnotherPersonIsOtherNews) {
  constexpr std::string_view kHearing =
      "A man appeared in court on Tuesday charged with theft. Robert Wallace, 27, spoke only to "
      "confirm his name and address at Leeds Magistrates' Court. He was remanded in custody until "
      "February 12.";
  EXPECT_EQ(SecondOf("Man remanded in custody", kHearing,
                     Replaced(Replaced(kHearing, "Robert Wallace", "Owen Pritchard"), "27", "31")),
            RelationKind::kOriginal);
}

TEST(Template, WithTheSameNamesIsTheSame) {
  for (const auto& [from, to] : {std::pair("Springfield", "Springfeild"),
                                 {"Springfield", "Springfie1d"},
                                 {"Springfield, Ohio,", "Ohio"},
                                 {"the fire service", "Fire Chief Ann Brown"},
                                 {" on Tuesday night", ""},
                                 {"by the Red Cross", "by medics"},
                                 {"being investigated", "not known yet"}}) {
    EXPECT_EQ(SecondOf("House fire", kFire, Replaced(kFire, from, to)),
              RelationKind::kNearDuplicate)
        << to;
  }
}

TEST(Template, WithOtherWordsBesideOneNameIsTheSame) {
  // More has changed than a template would: a hand has gone over it.
  std::string edited(kFire);
  for (const auto& [from, to] : {std::pair("Firefighters", "Crews"),
                                 {"treated", "cared for"},
                                 {"investigated", "looked into"},
                                 {"Tuesday", "Thursday"}}) {
    edited = Replaced(edited, from, to);
  }
  EXPECT_EQ(SecondOf("House fire", kFire, edited), RelationKind::kNearDuplicate);
}

TEST(Template, WithoutHeadlineThatSaysTheOppositeIsOtherNews) {
  constexpr std::string_view kRates =
      "The Federal Reserve raised interest rates on Wednesday. Chairman Ann Brown said the "
      "decision "
      "was unanimous.";
  EXPECT_EQ(SecondOf("", kRates, Replaced(kRates, "raised", "cut")), RelationKind::kOriginal);
}

}  // namespace
}  // namespace copydesk
