#include "stages/tag/lexicon.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace copydesk {
namespace {

// Short words and long ones take different ways, words in a text another one, and at its end, too.
TEST(Lexicon, FindsWordsWhateverTheirCase) {
  const std::string words[] = {"a",
                               "von",
                               "o'brien",
                               "j.p.",
                               "a1z9",
                               "sixteen-letters-",
                               "seventeen-letters",
                               "a-word-that-is-longer-than-any-of-them",
                               "müller",
                               "ельцин"};
  Lexicon lexicon;
  WordFlags flag = 0;
  ASSERT_TRUE(lexicon.AddList("words", &flag).ok());
  for (const std::string& word : words) lexicon.AddWord(word, flag);
  lexicon.Pack();
  std::mt19937 random(20261129);
  for (const std::string& word : words) {
    for (int round = 0; round < 20; ++round) {
      std::string written = word;
      bool is_ascii = true;
      for (char& c : written) {
        is_ascii &= static_cast<unsigned char>(c) < 0x80;
        if (c >= 'a' && c <= 'z' && random() % 2 == 0) c = static_cast<char>(c - 0x20);
      }
      EXPECT_EQ(lexicon.Find(written), flag) << written;
      if (!is_ascii) continue;
      const auto size = static_cast<uint32_t>(written.size());
      const std::string amid = written + " and what stands behind it";
      EXPECT_EQ(lexicon.FindHash(Lexicon::HashAscii(amid, 0, size)), flag) << written;
      const std::string at_end = "behind " + written;
      EXPECT_EQ(lexicon.FindHash(Lexicon::HashAscii(at_end, 7, 7 + size)), flag) << written;
    }
    EXPECT_EQ(lexicon.Find(word + "x"), 0u);
  }
}

// The bytes beside the letters have no case.
TEST(Lexicon, TellsPunctuationApart) {
  Lexicon lexicon;
  WordFlags flag = 0;
  ASSERT_TRUE(lexicon.AddList("words", &flag).ok());
  lexicon.AddWord("a@b[c", flag);
  lexicon.Pack();
  EXPECT_EQ(lexicon.Find("A@B[C"), flag);
  EXPECT_EQ(lexicon.Find("a`b[c"), 0u);
  EXPECT_EQ(lexicon.Find("a@b{c"), 0u);
}

}  // namespace
}  // namespace copydesk
