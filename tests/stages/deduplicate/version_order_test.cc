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
  EXPECT_EQ(Compare(" 11 ", -1, "9", -1), Order::kNewer);
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

TEST(VersionOrder, ComparesTextsThatAreTimesByTheTimes) {
  EXPECT_EQ(Compare("2026-11-02T10:00:00+02:00", -1, "2026-11-02T09:00:00Z", -1), Order::kOlder);
  EXPECT_EQ(Compare("2026-11-02T00:30:00+01:00", -1, "2026-11-01T23:00:00Z", -1), Order::kNewer);
  EXPECT_EQ(Compare("2026-11-02T09:00:00.5Z", -1, "2026-11-02T09:00:00Z", -1), Order::kNewer);
  EXPECT_EQ(Compare("20261102T090001Z", -1, "2026-11-02T09:00:00Z", -1), Order::kNewer);
  EXPECT_EQ(Compare("2026-11-02T09:00:00Z", -1, "2026-11-02T09:00:00Z", -1), Order::kSame);
}

TEST(VersionOrder, ComparesTheNumbersInTexts) {
  EXPECT_EQ(Compare("v10", -1, "v9", -1), Order::kNewer);
  EXPECT_EQ(Compare("v9", -1, "v11", -1), Order::kOlder);
  EXPECT_EQ(Compare("1.10", -1, "1.9", -1), Order::kNewer);
  EXPECT_EQ(Compare("1.9.12", -1, "1.10.3", -1), Order::kOlder);
  EXPECT_EQ(Compare("2026-9-30", -1, "2026-10-1", -1), Order::kOlder);
  EXPECT_EQ(Compare("v009", -1, "v10", -1), Order::kOlder);
  EXPECT_EQ(Compare("v007", -1, "v7", -1), Order::kSame);
  EXPECT_EQ(Compare("v0", -1, "v00", -1), Order::kSame);
  const std::string nines(30, '9');
  EXPECT_EQ(Compare("v" + nines, -1, "v1" + nines, -1), Order::kOlder);
  EXPECT_EQ(Compare("v9.5", -1, "v10", -1), Order::kOlder);
  EXPECT_EQ(Compare("v9", -1, "v9.1", -1), Order::kOlder);
  EXPECT_EQ(Compare("v10a", -1, "v9b", -1), Order::kNewer);
  EXPECT_EQ(Compare("v10", -1, "w9", -1), Order::kOlder);
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

TEST(VersionOrder, OfCutTextsComparesTheNumbersThatAreWhole) {
  const std::string text(kVersionBytesMax, 'x');
  EXPECT_EQ(Compare("v10" + text, -1, "v9" + text, -1), Order::kNewer);
  EXPECT_EQ(Compare("v7" + text, -1, "v07" + text, -1), Order::kUnknown);
  const std::string before_number(kVersionBytesMax - 1, 'x');
  EXPECT_EQ(Compare(before_number + "1", -1, before_number + "2", -1), Order::kUnknown);
}

TEST(VersionOrder, OfDifferentUrisComparesTimesOnly) {
  EXPECT_EQ(Compare("3", 100, "1", 200, false), Order::kOlder);
  EXPECT_EQ(Compare("3", -1, "1", -1, false), Order::kUnknown);
  EXPECT_EQ(Compare("3", 100, "1", 100, false), Order::kUnknown);
}

}  // namespace
}  // namespace copydesk
