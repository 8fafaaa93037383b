#include "stages/deduplicate/version_order.h"

#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

Order Compare(std::string_view a, int64_t a_ms, std::string_view b, int64_t b_ms,
              bool is_same_uri = true) {
  return CompareVersions(StoryVersion::From(a, a_ms), StoryVersion::From(b, b_ms), is_same_uri);
}

TEST(VersionOrder, ComparesNumbersAsNumbers) {
  EXPECT_EQ(Compare("10", -1, "9", -1), Order::kNewer);
  EXPECT_EQ(Compare("007", -1, "7", -1), Order::kSame);
  EXPECT_EQ(Compare("0", -1, "1", -1), Order::kOlder);
  EXPECT_EQ(Compare("2", 100, "1", 200), Order::kNewer);
  EXPECT_EQ(Compare("999999999999999998", -1, "999999999999999999", -1), Order::kOlder);
}

TEST(VersionOrder, TellsEqualNumbersApartByTime) {
  EXPECT_EQ(Compare("7", 200, "7", 100), Order::kNewer);
  EXPECT_EQ(Compare("7", 100, "7", 100), Order::kSame);
  EXPECT_EQ(Compare("7", 100, "7", -1), Order::kSame);
}

TEST(VersionOrder, ComparesTimesWhereThereAreNoNumbers) {
  EXPECT_EQ(Compare("final", 100, "draft", 200), Order::kOlder);
  EXPECT_EQ(Compare("", 200, "", 100), Order::kNewer);
  EXPECT_EQ(Compare("", 100, "", 100), Order::kSame);
  EXPECT_EQ(Compare("1.10", 100, "1.9", 200), Order::kOlder);
}

TEST(VersionOrder, ComparesTextsWhereThereIsNothingElse) {
  EXPECT_EQ(Compare("2026-11-02", -1, "2026-11-03", -1), Order::kOlder);
  EXPECT_EQ(Compare("a", -1, "a", -1), Order::kSame);
  // More digits than a number has room for.
  EXPECT_EQ(Compare(std::string(20, '9'), -1, std::string(20, '8'), -1), Order::kNewer);
}

TEST(VersionOrder, DoesNotGuess) {
  EXPECT_EQ(Compare("", -1, "", -1), Order::kUnknown);
  EXPECT_EQ(Compare("1", -1, "", -1), Order::kUnknown);
  EXPECT_EQ(Compare("a", 100, "", -1), Order::kUnknown);
}

TEST(VersionOrder, NeverTakesCutTextsForEqual) {
  const std::string text(kVersionBytesMax, 'x');
  EXPECT_EQ(Compare(text + "1", -1, text + "2", -1), Order::kUnknown);
  EXPECT_EQ(StoryVersion::From(text + "1", -1).text, text);
}

TEST(VersionOrder, OfDifferentUrisComparesTimesOnly) {
  EXPECT_EQ(Compare("3", 100, "1", 200, false), Order::kOlder);
  EXPECT_EQ(Compare("3", -1, "1", -1, false), Order::kUnknown);
  EXPECT_EQ(Compare("3", 100, "1", 100, false), Order::kUnknown);
}

}  // namespace
}  // namespace copydesk
