#include "stages/similarity/names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/stages/similarity/sketch_of.h"

namespace copydesk {
namespace {

using testing::SketchOf;

std::vector<uint64_t> Spellings(const std::vector<std::string_view>& names) {
  std::vector<uint64_t> spellings;
  for (const std::string_view name : names) spellings.push_back(SpellingOf(name));
  return spellings;
}

uint32_t Replaced(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  return CompareNames(Spellings(a), Spellings(b)).replaced;
}

TEST(Names, AreWordsWithACapitalThatDoNotOnlyBeginASentence) {
  EXPECT_EQ(
      SketchOf("Fire breaks out in Vigo", "Smoke rose over Marin. Nobody was hurt, said Ana Rey.")
          .names,
      Spellings({"Vigo", "Marin", "Ana", "Rey"}));
  EXPECT_EQ(SketchOf("House fire", "Acme Corp was named. \"We are open,\" the firm said.").names,
            Spellings({"Acme", "Corp"}));
  EXPECT_EQ(SketchOf("House fire", "it was opened by Gen. Rey, of the U.S. Senate.").names,
            Spellings({"Gen", "Rey", "Senate"}));
  EXPECT_EQ(SketchOf("Пожар", "ночью горел дом в Самаре, на улице Ленина").names,
            Spellings({"Самаре", "Ленина"}));
}

TEST(Names, AreEachThereOnce) {
  EXPECT_EQ(SketchOf("House fire in Vigo", "the mayor of Vigo said that VIGO was safe").names,
            Spellings({"Vigo"}));
}

TEST(Names, AreNotWhatAllHasInCapitals) {
  EXPECT_EQ(SketchOf("Fire Destroys House in Vigo", "the mayor of Vigo and Marin said so").names,
            Spellings({"Vigo", "Marin"}));
  EXPECT_TRUE(SketchOf("House fire", "THE MAYOR OF VIGO SAID THAT MARIN WAS SAFE").names.empty());
}

TEST(Names, AreNotTheHeadsOfATablesRows) {
  EXPECT_TRUE(
      SketchOf("Results", "net 12.3 vs 11.4 Sales 4.5 vs 3.2 Shares 120 vs 119").names.empty());
}

TEST(Names, AreKeptOfAShortStory) {
  std::string text = "the mayor of Vigo said";
  for (int i = 0; i < 200; ++i) text += " word" + std::to_string(i);
  EXPECT_TRUE(SketchOf("House fire", text).names.empty());
  text = "they are";
  for (const char first : {'B', 'D', 'F', 'G'}) {
    for (const char last : {'h', 'l', 'm', 'n', 'r', 's', 't'}) {
      text += std::string(" and ") + first + "e" + last;
    }
  }
  EXPECT_EQ(SketchOf("Names", text).names.size(), NameReader::kNamesMax);
}

TEST(Names, AreAlikeInOtherSpellings) {
  for (const auto& [a, b] : {std::pair("Kiev", "Kyiv"),
                             {"Qaddafi", "Gaddafi"},
                             {"Center", "Centre"},
                             {"Springfield", "Springfie1d"},
                             {"Rey's", "Reys"},
                             {"Wednesday", "Wed"},
                             {"NATO", "Nato"}}) {
    const NamesCompared compared = CompareNames(Spellings({"Vigo", a}), Spellings({"Vigo", b}));
    EXPECT_EQ(compared.alike, 2u) << a;
    EXPECT_EQ(compared.replaced, 0u) << a;
  }
}

TEST(Names, AreReplacedWhereEachStoryHasAnother) {
  EXPECT_EQ(Replaced({"Ohio", "Dayton", "Monday"}, {"Ohio", "Akron", "Monday"}), 1u);
  EXPECT_EQ(Replaced({"Dayton", "Monday"}, {"Akron", "Monday"}), 1u);
  EXPECT_EQ(Replaced({"Monday", "Dayton"}, {"Monday", "Akron"}), 1u);
  // "Zenith" could be "Smith" misread, if that were not there.
  EXPECT_EQ(Replaced({"Zenith", "Smith", "Leeds"}, {"Borden", "Smith", "Leeds"}), 1u);
  EXPECT_EQ(Replaced({"John", "Smith", "Leeds"}, {"Peter", "Weller", "Leeds"}), 2u);
}

TEST(Names, AreNotReplacedByNone) {
  EXPECT_EQ(Replaced({"Ohio", "Dayton", "Monday"}, {"Ohio", "Monday"}), 0u);
  EXPECT_EQ(Replaced({"Ohio", "Monday"}, {"Ohio", "Monday", "Akron"}), 0u);
  EXPECT_EQ(Replaced({"Ohio", "Dayton"}, {"Dayton", "Ohio"}), 0u);  // told in another order
  EXPECT_EQ(Replaced({"Dayton"}, {}), 0u);
}

TEST(Names, AreNotComparedWhereSomeMayBeMissing) {
  std::vector<uint64_t> a, b;
  for (size_t i = 0; i < NameReader::kNamesMax; ++i)
    a.push_back(SpellingOf(std::string(1, 'a' + i)));
  b = a;
  b[3] = SpellingOf("Dayton");
  EXPECT_EQ(CompareNames(a, b).replaced, 0u);
}

}  // namespace
}  // namespace copydesk
