#include "stages/similarity/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/stages/similarity/sketch_of.h"

namespace copydesk {
namespace {

using testing::SketchOf;

std::string NumberedWords(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "word" + std::to_string(i) + " ";
  return text;
}

TEST(Sketch, IsTheSameWhateverCaseAndPunctuation) {
  EXPECT_EQ(SketchOf("A ferry ran aground", "The port of Vigo said on Monday that all are safe."),
            SketchOf("A FERRY RAN AGROUND", "the port of Vigo said, on Monday that all are safe"));
  Sketch in_capitals = SketchOf("Ferry", "THE PORT OF VIGO SAID THAT ALL ARE SAFE");
  Sketch sketch = SketchOf("Ferry", "The port of Vigo said that all are safe");
  in_capitals.names = sketch.names;  // which only capitals tell
  EXPECT_EQ(in_capitals, sketch);
}

TEST(Sketch, DoesNotDependOnHowABodyIsHandedOver) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody("The port of Vigo said on Monday");
  sketcher.AddBody("that all are safe");
  sketcher.Finish(&sketch);
  EXPECT_EQ(sketch, SketchOf("", "The port of Vigo said on Monday that all are safe"));
}

TEST(Sketch, OfAWordIsTheSameWhereverItStands) {
  // At the end of a piece a word is read in another way than in its middle.
  for (size_t length = 1; length <= 40; ++length) {
    const std::string word(length, 'W');
    EXPECT_EQ(SketchOf("", "one of the words " + word),
              SketchOf("", "one of the words " + word + " . . . . . . . . . . . . . . . ."))
        << length;
    EXPECT_EQ(SketchOf("", "one of the words " + word + "'s"),
              SketchOf("", "one of the words " + word + "s . . . . . . . . . . . . . . . ."))
        << length;
  }
  EXPECT_EQ(SketchOf("", "three of them, and twelve of us"),
            SketchOf("", "3 of them, and TWELVE of us . . . . . . . . . . . . ."));
}

TEST(Sketch, FollowsAnotherOneWithoutTraceOfIt) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody(NumberedWords(5000));
  sketcher.Finish(&sketch);
  sketcher.Begin();
  sketcher.AddBody("The port of Vigo said on Monday that all 1,200 are safe");
  sketcher.Finish(&sketch);
  EXPECT_EQ(sketch, SketchOf("", "The port of Vigo said on Monday that all 1200 are safe"));
}

TEST(Sketch, KeepsABoundedNumberOfAnEnormousStory) {
  const Sketch sketch = SketchOf("", NumberedWords(300'000));
  EXPECT_LE(sketch.shingles.size(), Sketch::kShinglesMax);
  EXPECT_EQ(sketch.words.size(), Sketch::kWordsMax);
  EXPECT_NEAR(sketch.shingle_count, 300'000, 30'000);
}

TEST(Sketch, OfOneWordAMillionTimesHasOneShingle) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "alarm ";
  const Sketch sketch = SketchOf("", text);
  EXPECT_EQ(sketch.shingles.size(), 1u);
  EXPECT_EQ(sketch.words.size(), 1u);
}

TEST(Sketch, OfDigitsWithoutEndThatAreNoFigureIsMadeInNoTime) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "1,";
  const std::clock_t begin = std::clock();
  const Sketch sketch = SketchOf("", text + "1st");
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC);
  EXPECT_TRUE(sketch.figures.empty());
}

TEST(Sketch, HasTheFiguresBehindDigitsThatAreNone) {
  EXPECT_EQ(SketchOf("", "won the 1,2,3rd of 45 games").figures.size(), 1u);
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddBody("won the games 1,2,3,4,5,6,7th");
  sketcher.AddBody("45 times");
  sketcher.Finish(&sketch);
  EXPECT_EQ(sketch.figures.size(), 1u);
}

TEST(Sketch, KeepsTheSameShinglesOfWhatLongStoriesShare) {
  const std::string shared = NumberedWords(2000);
  const Sketch a = SketchOf("", shared);
  const Sketch b = SketchOf("", shared + "and a few words more at its end");
  size_t both = 0;
  for (const uint32_t hash : a.shingles) {
    both += std::count(b.shingles.begin(), b.shingles.end(), hash);
  }
  EXPECT_GT(both, a.shingles.size() * 9 / 10);
}

TEST(Sketch, KeepsMuchOfTheLeadOfALongStory) {
  std::string lead;
  for (int i = 0; i < 40; ++i) lead += "lead" + std::to_string(i) + " ";
  const Sketch whole = SketchOf("", lead + NumberedWords(5000));
  const Sketch part = SketchOf("", lead);
  EXPECT_EQ(part.shingles.size(), 38u);
  EXPECT_LE(whole.shingles.size(), Sketch::kShinglesMax);
  const auto kept = std::count_if(part.shingles.begin(), part.shingles.end(), [&](uint32_t hash) {
    return std::count(whole.shingles.begin(), whole.shingles.end(), hash) > 0;
  });
  EXPECT_GE(kept, 15);
}

TEST(Sketch, KnowsUpToWhichShingleItIsWhole) {
  EXPECT_EQ(SketchOf("", NumberedWords(100)).shingle_limit, UINT32_MAX);
  const Sketch sketch = SketchOf("", NumberedWords(3000));
  const uint32_t limit = sketch.shingle_limit;
  Sketch read;
  EXPECT_TRUE(Sketch::FromText(sketch.ToText(), &read));
  EXPECT_EQ(read.shingle_limit, limit);
  const Sketch longer = SketchOf("", NumberedWords(3000) + "and more");
  size_t within = 0;
  for (const uint32_t hash : sketch.shingles) {
    if (hash > std::min(limit, longer.shingle_limit)) continue;
    ++within;
    EXPECT_EQ(std::count(longer.shingles.begin(), longer.shingles.end(), hash), 1);
  }
  EXPECT_GE(within, Sketch::kSpreadKept - 10);
}

TEST(Sketch, HasTheWordBeforeARowOfFiguresInTheirPlaces) {
  const auto places = [](const Sketch& sketch) {
    std::vector<uint32_t> found;
    for (const uint32_t figure : sketch.figures) found.push_back(figure >> 16);
    return found;
  };
  const Sketch gold = SketchOf("", "Gold futures: May 410 412 409 June 415 417 413 at noon");
  const Sketch later = SketchOf("", "Gold futures: May 410 412 411 June 415 417 413 at noon");
  EXPECT_EQ(gold.figures.size(), 6u);
  EXPECT_EQ(places(gold), places(later));
  std::vector<uint32_t> same;
  std::set_intersection(gold.figures.begin(), gold.figures.end(), later.figures.begin(),
                        later.figures.end(), std::back_inserter(same));
  EXPECT_EQ(same.size(), 5u);
}

TEST(Sketch, HasShinglesOfScriptsWithoutSpaces) {
  EXPECT_GT(SketchOf("", "東京で開かれた国際会議に各国の代表が出席した").shingles.size(), 10u);
}

TEST(Sketch, HasTheFirstTokensOfItsBodyAsItsSubject) {
  const FirstTokens subject = SketchOf("Quake", "In Vigo 1,200 are safe.").subject;
  ASSERT_EQ(subject.size, 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(subject.IsFigure(i), i == 2) << i;
  EXPECT_EQ(subject, SketchOf("Quake over", "in VIGO, 1200 are safe").subject);
  const FirstTokens longer = SketchOf("", NumberedWords(50)).subject;
  EXPECT_EQ(longer.size, FirstTokens::kTokensMax);
  EXPECT_EQ(longer, SketchOf("", NumberedWords(90)).subject);
  EXPECT_NE(longer, SketchOf("", "Other " + NumberedWords(50)).subject);
  EXPECT_EQ(SketchOf("Quake shakes Vigo", "None hurt").subject.size, 0u);
}

TEST(Sketch, HasTheFirstTokensOfItsHeadlineAsItsTitle) {
  const FirstTokens title = SketchOf("Vigo quake: 12 hurt", "A quake shook the port.").title;
  ASSERT_EQ(title.size, 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(title.IsFigure(i), i == 2) << i;
    EXPECT_EQ(title.IsThereAgain(i), i == 1) << i;
  }
  EXPECT_EQ(title.tokens[1], SketchWordOf("quake"));
  EXPECT_EQ(SketchOf("", "A quake shook the port.").title.size, 0u);
  EXPECT_EQ(SketchOf(NumberedWords(50), "").title.size, FirstTokens::kTokensMax);
}

TEST(Sketch, IsEmptyWithoutText) {
  EXPECT_TRUE(SketchOf("", "").is_empty());
  EXPECT_TRUE(SketchOf("...", "\xE2\x80\x94 !").is_empty());
}

TEST(Sketch, ComesBackFromItsText) {
  const Sketch sketch =
      SketchOf("Profit rises 15 pct", "It earned 1,200 dlrs in 1987. " + NumberedWords(600));
  Sketch read;
  ASSERT_TRUE(Sketch::FromText(sketch.ToText(), &read));
  EXPECT_EQ(read, sketch);
}

TEST(Sketch, ComesBackWithItsLetters) {
  const Sketch sketch =
      SketchOf("火灾", "保定一处住宅十五日晚发生火灾，消防人员赶到现场将火扑灭。");
  ASSERT_TRUE(AreLetters(sketch.names));
  Sketch read;
  ASSERT_TRUE(Sketch::FromText(sketch.ToText(), &read));
  EXPECT_EQ(read, sketch);
}

TEST(Sketch, RefusesMoreNamesThanAreKept) {
  Sketch sketch = SketchOf("Fire", "a house burnt down in Vigo on Friday"), read;
  sketch.names.assign(NameReader::kNamesMax, 1);
  EXPECT_TRUE(Sketch::FromText(sketch.ToText(), &read));
  sketch.names.push_back(1);
  EXPECT_FALSE(Sketch::FromText(sketch.ToText(), &read));
}

TEST(Sketch, IsEmptyWhereAnotherVersionWroteIt) {
  Sketch read = SketchOf("", NumberedWords(90));
  ASSERT_TRUE(Sketch::FromText("AwAA", &read));  // the first byte is the version, 3
  EXPECT_EQ(read, Sketch());
  EXPECT_FALSE(Sketch::FromText("AAAA", &read));
  EXPECT_FALSE(Sketch::FromText("/wAA", &read));
}

TEST(Sketch, RefusesWhatNoSketchIsWrittenAs) {
  Sketch read;
  const std::string text = SketchOf("", NumberedWords(50)).ToText();
  EXPECT_FALSE(Sketch::FromText("", &read));
  EXPECT_FALSE(Sketch::FromText("!", &read));
  for (size_t cut = 4; cut < text.size(); cut += 4) {
    EXPECT_FALSE(Sketch::FromText(std::string_view(text).substr(0, cut), &read)) << cut;
  }
}

}  // namespace
}  // namespace copydesk
