#include "stages/similarity/content_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace copydesk {
namespace {

ContentHash HashOf(std::string_view text) {
  ContentHasher hasher;
  hasher.Add(text, false);
  return hasher.Finish();
}

// How: the values are those of xxHash's own tool (`printf abc | xxhsum -H2`), so that a hash which
// was written by one version or machine is found again by another.
TEST(ContentHash, IsXxh3OfThePublishedVectors) {
  EXPECT_EQ(HashOf("").ToHex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HashOf("a").ToHex(), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(HashOf("abc").ToHex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(ContentHash, IsTheSameHoweverAPieceIsHandedOver) {
  const std::string text(100'000, 'x');
  ContentHasher hasher;
  for (size_t at = 0; at < text.size(); at += 777) hasher.Add(text.substr(at, 777), false);
  EXPECT_EQ(hasher.Finish(), HashOf(text));
}

// How: about the size from which a text is hashed piece by piece.
TEST(ContentHash, IsTheSameWhereverItsPiecesEnd) {
  for (const size_t size : {4095, 4096, 4097, 8192}) {
    const std::string text = std::string(size - 1, 'x') + "y";
    for (const size_t cut : {size_t{1}, size_t{4095}, size - 1}) {
      ContentHasher hasher;
      hasher.Add("before the reset", true);
      hasher.Reset();
      hasher.Add(text.substr(0, cut), false);
      hasher.Add("", false);
      hasher.Add(text.substr(cut), false);
      EXPECT_EQ(hasher.Finish(), HashOf(text)) << size << " cut at " << cut;
    }
    std::string changed = text;
    changed.back() = 'z';
    EXPECT_NE(HashOf(changed), HashOf(text));
  }
}

TEST(ContentHash, TellsPiecesApart) {
  ContentHasher one;
  one.Add("ab", true);
  one.Add("c", true);
  ContentHasher other;
  other.Add("a", true);
  other.Add("bc", true);
  EXPECT_NE(one.Finish(), other.Finish());
}

TEST(ContentHash, StartsOverAfterReset) {
  ContentHasher hasher;
  hasher.Add("something else", true);
  hasher.Reset();
  hasher.Add("abc", false);
  EXPECT_EQ(hasher.Finish(), HashOf("abc"));
}

TEST(ContentHash, ReadsBackItsOwnHex) {
  const ContentHash hash = HashOf("abc");
  ContentHash read;
  ASSERT_TRUE(ContentHash::FromHex(hash.ToHex(), &read));
  EXPECT_EQ(read, hash);
}

TEST(ContentHash, RefusesOtherHexAndLeavesTheHashAlone) {
  const ContentHash hash = HashOf("abc");
  const std::string hex = hash.ToHex();
  ContentHash read = hash;
  for (const std::string& wrong :
       {std::string(), hex.substr(1), hex + "0", "G" + hex.substr(1), "A" + hex.substr(1)}) {
    EXPECT_FALSE(ContentHash::FromHex(wrong, &read)) << wrong;
    EXPECT_EQ(read, hash) << wrong;
  }
}

}  // namespace
}  // namespace copydesk
