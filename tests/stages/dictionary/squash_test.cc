#include "stages/dictionary/squash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

std::string Squashed(std::string_view text, OffsetMap* map = nullptr) {
  Squasher squasher;
  std::string out;
  squasher.Squash(text, &out, map);
  return out;
}

TEST(Squasher, TakesCaseAndDiacriticsOff) {
  EXPECT_EQ(Squashed("São PAULO"), "sao paulo");
  EXPECT_EQ(Squashed("Straße"), "strasse");
  EXPECT_EQ(Squashed("İstanbul"), "istanbul");
  EXPECT_EQ(Squashed("МОСКВА"), "москва");
}

TEST(Squasher, LeavesMarksThatHaveNothingToSitOn) { EXPECT_EQ(Squashed("\u0301a"), "\u0301a"); }

TEST(Squasher, KeepsTheWayBack) {
  OffsetMap map;
  ASSERT_EQ(Squashed("aßx\u0302b", &map), "assxb");
  EXPECT_EQ(map.ToOriginal({1, 3}), (Span{1, 3}));
  EXPECT_EQ(map.ToOriginal({1, 2}), (Span{1, 3}));  // half a sharp s is all of it
  EXPECT_EQ(map.ToOriginal({3, 4}), (Span{3, 6}));
  EXPECT_EQ(map.ToOriginal({4, 5}), (Span{6, 7}));
}

TEST(Squasher, ComparesUnderTheFoldAskedFor) {
  Squasher squasher;
  EXPECT_TRUE(squasher.EqualUnder(AliasFold::kCase, "STRASSE", "Straße"));
  EXPECT_FALSE(squasher.EqualUnder(AliasFold::kCase, "SAO", "São"));
  EXPECT_TRUE(squasher.EqualUnder(AliasFold::kDiacritics, "Sao", "São"));
  EXPECT_FALSE(squasher.EqualUnder(AliasFold::kDiacritics, "sao", "São"));
  EXPECT_TRUE(squasher.EqualUnder(AliasFold::kCaseAndDiacritics, "sao", "SÃO"));
  EXPECT_FALSE(squasher.EqualUnder(AliasFold::kTypographic, "sao", "Sao"));
}

TEST(HasOtherCapitals, IsTrueOfWhatCapitalsMaySpellOtherwise) {
  EXPECT_TRUE(HasOtherCapitals("Merkel"));
  EXPECT_TRUE(HasOtherCapitals("ẞ"));
  EXPECT_TRUE(HasOtherCapitals("SS"));
  EXPECT_FALSE(HasOtherCapitals("NATO 2"));
  EXPECT_FALSE(HasOtherCapitals("北京"));
}

}  // namespace
}  // namespace copydesk
