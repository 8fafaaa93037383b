#include "stages/dictionary/atom_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int> Find(const std::vector<std::string>& atoms, std::string_view text) {
  std::string lowered;
  std::vector<int> found;
  AtomFinder(atoms).Find(text, &lowered, &found);
  return found;
}

TEST(AtomFinder, FindsEachAtomOnceWhateverItsCase) {
  EXPECT_THAT(Find({"group of", "million", "dollar"}, "GROUP OF 7, a Group of 20: 3 Dollars"),
              ElementsAre(0, 2));
}

TEST(AtomFinder, FindsAtBothEnds) {
  EXPECT_THAT(Find({"abc", "xyz", "xyzw"}, "abcxyz"), ElementsAre(0, 1));
  EXPECT_THAT(Find({"abc"}, "ab"), IsEmpty());
}

TEST(AtomFinder, TakesLettersThatEqualAsciiOnesButForCase) {
  EXPECT_THAT(Find({"sks"}, "a \u017F\u212AS"), ElementsAre(0));
}

TEST(AtomFinder, CountsWhatItCannotLookForAsFound) {
  EXPECT_THAT(Find({"ab", "\u00E9t\u00E9", "abc"}, ""), ElementsAre(0, 1));
}

}  // namespace
}  // namespace copydesk
