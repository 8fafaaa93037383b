#include "stages/text/offset_map.h"

#include <gtest/gtest.h>

#include <ostream>

namespace copydesk {

void PrintTo(const Span& span, std::ostream* os) {
  *os << "[" << span.begin << ", " << span.end << ")";
}

namespace {

TEST(OffsetMap, IsTheIdentityWithoutPieces) {
  const OffsetMap map;
  EXPECT_TRUE(map.is_identity());
  EXPECT_EQ(map.ToOriginal({3, 9}), (Span{3, 9}));
  EXPECT_EQ(map.ToDerived({3, 9}), (Span{3, 9}));
}

// "“Hi”<b> you" -> "\"Hi\" you": 3-byte quotes became 1 byte, 3 bytes of tag were dropped.
OffsetMap QuotesAndTag() {
  OffsetMap map;
  map.Append({0, 1}, {0, 3});
  map.Append({1, 3}, {3, 5});
  map.Append({3, 4}, {5, 8});
  map.Append({4, 8}, {11, 15});
  return map;
}

TEST(OffsetMap, ReadsEqualPiecesByteForByteAndOthersWhole) {
  struct Case {
    const char* name;
    Span derived;
    Span original;
  };
  const Case cases[] = {
      {"inside an equal piece", {2, 3}, {4, 5}},
      {"an atomic piece", {0, 1}, {0, 3}},
      {"from atomic into equal", {0, 2}, {0, 4}},
      {"ends before the dropped bytes", {1, 4}, {3, 8}},
      {"begins behind the dropped bytes", {4, 8}, {11, 15}},
      {"over the dropped bytes", {3, 5}, {5, 12}},
      {"everything", {0, 8}, {0, 15}},
      {"empty inside", {2, 2}, {4, 4}},
      {"empty at the end", {8, 8}, {15, 15}},
  };
  const OffsetMap map = QuotesAndTag();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(map.ToOriginal(c.derived), c.original);
    if (c.derived.begin != c.derived.end) {
      EXPECT_EQ(map.ToDerived(c.original), c.derived);
    }
  }
}

TEST(OffsetMap, FindsTheDerivedRangeThatTouchesAnOriginalOne) {
  const OffsetMap map = QuotesAndTag();
  EXPECT_EQ(map.ToDerived({1, 2}), (Span{0, 1})) << "part of an atomic piece is all of it";
  EXPECT_EQ(map.ToDerived({8, 11}), (Span{4, 4})) << "dropped bytes only";
  EXPECT_EQ(map.ToDerived({9, 12}), (Span{4, 5}));
  EXPECT_EQ(map.ToDerived({15, 15}), (Span{8, 8}));
}

TEST(OffsetMap, KeepsAnAtomicPieceOfEqualLengthWhole) {
  OffsetMap map;
  map.Append({0, 2}, {0, 2});
  map.AppendAtomic({2, 5}, {2, 5});  // "…" -> "..."
  map.Append({5, 7}, {5, 7});
  EXPECT_EQ(map.ToOriginal({3, 4}), (Span{2, 5}));
  EXPECT_EQ(map.ToOriginal({1, 3}), (Span{1, 5}));
  EXPECT_EQ(map.ToDerived({4, 6}), (Span{2, 6}));
}

TEST(OffsetMap, JoinsAdjacentEqualPiecesAndSkipsEmptyOnes) {
  OffsetMap map;
  map.Append({0, 2}, {0, 2});
  map.Append({2, 2}, {2, 4});
  map.Append({2, 3}, {4, 5});
  map.Append({3, 6}, {5, 8});
  EXPECT_EQ(map.ToOriginal({2, 6}), (Span{4, 8}));
  EXPECT_EQ(map.ToOriginal({0, 2}), (Span{0, 2}));
  map.Clear();
  EXPECT_TRUE(map.is_identity());
}

TEST(OffsetMap, KnowsATextOfWhichNothingWasKept) {
  OffsetMap map;
  map.DropAll(3);
  EXPECT_FALSE(map.is_identity());
  EXPECT_EQ(map.ToDerived({0, 3}), (Span{0, 0}));
  EXPECT_EQ(map.ToDerived({1, 2}), (Span{0, 0}));
}

}  // namespace
}  // namespace copydesk
