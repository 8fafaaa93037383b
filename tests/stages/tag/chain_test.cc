#include "stages/tag/chain.h"

#include <gtest/gtest.h>
#include <unicode/uchar.h>

#include <random>
#include <string>
#include <vector>

#include "stages/tag/name_rules.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

TEST(ChainReader, KnowsTheCapitalsOfAllScriptsThatHaveThem) {
  const Lexicon lexicon;
  ChainReader reader(lexicon, 0);
  for (char32_t c = 'A'; c < 0x2000; ++c) {
    if (c >= 0x5C0 && c < 0x1000) continue;  // no lead byte of a script with capitals
    std::string text = "1 ";
    AppendUtf8(c, &text);
    reader.Read(text);
    EXPECT_EQ(reader.Next(), u_isupper(static_cast<UChar32>(c)) != 0) << static_cast<uint32_t>(c);
  }
}

TEST(ChainReader, KnowsWhereAWordEnds) {
  const std::pair<std::string, std::string> cases[] = {
      {"Japan's yen", "Japan"},     {"JAPAN'S YEN", "JAPAN"},
      {"Japan's", "Japan"},         {"Japan\u2019s yen", "Japan"},
      {"Jones' wife", "Jones"},     {"Jones'", "Jones"},
      {"O'Shea said", "O'Shea"},    {"D's'", "D"},
      {"Mu'saf", "Mu'saf"},         {"Mu's\u00e9f", "Mu's\u00e9f"},
      {"Mu'\u00e9f", "Mu'\u00e9f"}, {"Taylor-Smith said", "Taylor-Smith"},
      {"Taylor- and", "Taylor"},    {"Taylor-3", "Taylor"},
      {"Taylor-", "Taylor"},        {"Taylor-\u00c9ly", "Taylor-\u00c9ly"},
      {"J. Smith", "J."},           {"Smith. He", "Smith"}};
  const Lexicon lexicon;
  ChainReader reader(lexicon, 0);
  for (const auto& [text, word] : cases) {
    reader.Read(text);
    ASSERT_TRUE(reader.Next()) << text;
    const NameWord& first = reader.words()[reader.chain().begin];
    EXPECT_EQ(text.substr(first.begin, first.end - first.begin), word) << text;
  }
}

TEST(ChainReader, AChainIsNoLongerThanNamesAre) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "Word ";
  const Lexicon lexicon;
  ChainReader reader(lexicon, 0);
  reader.Read(text);
  size_t words = 0;
  while (reader.Next()) {
    const size_t size = reader.chain().end - reader.chain().begin;
    EXPECT_LE(size, 250u);
    words += size;
  }
  EXPECT_EQ(words, 1000u);
}

// What is passed over without reading what stands around a word is no name where all is read.
TEST(NameFinder, FindsNothingWhereItSaysThatNothingIs) {
  const auto rules = NameRules::FromFile(COPYDESK_ROOT "/configs/dictionaries/names.yaml");
  ASSERT_TRUE(rules.ok()) << rules.status();
  const WordFilter before = (*rules)->lexicon().FilterOf((*rules)->beginnings());
  const WordFilter behind = (*rules)->lexicon().FilterOf((*rules)->context());
  const std::vector<std::string> words = {
      "Obama", "Smith",  "Japan", "John",  "Zweig",  "U.S.", "J.",   "the",  "The",
      "mr",    "beat",   "said",  "coach", "de",     "of",   "and",  "45",   "3",
      ",",     "(",      ".",     "Bank",  "told",   "Corp", "Ms",   "lake", "minister",
      "\n",    "-based", "it's",  "élan",  "Élysée", "king", "King", "day",  "captain"};
  std::mt19937 random(20261128);
  ChainReader reader((*rules)->lexicon(), (*rules)->context());
  NameFinder finder(*rules);
  size_t passed_over = 0;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += words[random() % words.size()] + " ";
    reader.Read(text);
    while (reader.Next()) {
      const NameChain& chain = reader.chain();
      if (chain.end - chain.begin != 1) continue;
      // As the resolver marks what the dictionary knows.
      WordFlags& flags = reader.words()[chain.begin].flags;
      if (random() % 4 == 0) flags |= kInPlace;
      const NameFinder::Alone alone = finder.LookAlone(flags);
      const bool is_nothing =
          alone == NameFinder::Alone::kNothing ||
          (alone == NameFinder::Alone::kNothingInside && !reader.MayStandBeside(before, behind));
      if (!is_nothing) continue;
      ++passed_over;
      EXPECT_TRUE(finder.Find(&reader).empty()) << text;
    }
  }
  EXPECT_GT(passed_over, 1000u);
}

}  // namespace
}  // namespace copydesk
