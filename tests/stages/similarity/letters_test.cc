#include "stages/similarity/letters.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/stages/similarity/sketch_of.h"

namespace copydesk {
namespace {

using testing::SketchOf;

// As much of both is replaced as the test says, in two stories under one headline.
void ExpectReplaced(std::string_view a, std::string_view b, uint32_t places, uint32_t words) {
  const Sketch one = SketchOf("X", a), other = SketchOf("X", b);
  ASSERT_TRUE(AreLetters(one.names) && AreLetters(other.names)) << a << " / " << b;
  const LettersCompared compared = CompareLetters(one.names, other.names);
  EXPECT_EQ(compared.replaced, places) << a << " / " << b;
  EXPECT_EQ(compared.words, words) << a << " / " << b;
  const LettersCompared back = CompareLetters(other.names, one.names);
  EXPECT_EQ(back.replaced, places) << b << " / " << a;
}

TEST(Letters, AreThoseOfAShortBodyWithoutCapitals) {
  EXPECT_TRUE(AreLetters(SketchOf("火灾", "保定一处住宅十五日晚发生火灾").names));
  EXPECT_TRUE(AreLetters(SketchOf("حريق", "اندلع حريق في منزل بمدينة حمص مساء الثلاثاء").names));
  EXPECT_TRUE(AreLetters(SketchOf("", "कानपुर में IBM के एक मकान में आग लग गई").names));
  EXPECT_FALSE(
      AreLetters(SketchOf("火灾", "A house burnt down in Baoding (保定) on Friday").names));
  EXPECT_FALSE(AreLetters(SketchOf("", "Ở Hà Nội có một vụ cháy lớn vào tối thứ ba").names));
  EXPECT_FALSE(AreLetters(SketchOf("", "ночью горел дом в Самаре").names));
}

TEST(Letters, AreTheSameUnderAnotherHeadline) {
  EXPECT_EQ(SketchOf("火灾", "保定一处住宅发生火灾").names,
            SketchOf("حريق", "保定一处住宅发生火灾").names);
}

TEST(Letters, OfALongerStoryAreNotKept) {
  std::string words, characters;
  for (char last = 0; last < 60; ++last)
    words += std::string(" سبابة") + "\xD8" + char(last + 0xA0);
  EXPECT_TRUE(AreLetters(SketchOf(words.substr(0, words.size() / 2)).names));
  EXPECT_TRUE(SketchOf(words).names.empty());
  for (int i = 0; i < 240; ++i) {
    characters += std::string("\xE4") + char(0xB8 + i / 60) + char(0x80 + i % 60);
    if (i == 150) {
      EXPECT_TRUE(AreLetters(SketchOf(characters).names));
    }
  }
  EXPECT_TRUE(SketchOf(characters).names.empty());
}

TEST(Letters, AreReplacedWhereEachHasOtherWords) {
  ExpectReplaced("保定一处住宅发生火灾", "洛阳一处住宅发生火灾", 1, 2);
  ExpectReplaced("首尔昨晚发生火灾在大田", "首尔昨晚发生火灾在釜山", 1, 2);
  ExpectReplaced("في مدينة حمص مساء الثلاثاء", "في مدينة أسيوط مساء الثلاثاء", 1, 1);
  ExpectReplaced("शहर कानपुर में मकान में आग", "शहर जोधपुर पूर्व में मकान में आग", 1, 1);
  ExpectReplaced("大连队昨晚在主场战胜济南队之后", "武汉队昨晚在主场战胜杭州队之后", 2, 4);
}

TEST(Letters, AreReplacedOnceWhereTheSameComesAgain) {
  ExpectReplaced("أعلنت سابك يوم الأربعاء أن أرباح سابك زادت كثيرا",
                 "أعلنت إعمار يوم الأربعاء أن أرباح إعمار زادت كثيرا", 1, 1);
}

TEST(Letters, AreNotReplacedWhereAWordIsOnlySpelledOtherwise) {
  ExpectReplaced("في مدينة طرابلس مساء الثلاثاء", "في مدينة طرابلص مساء الثلاثاء", 0, 0);
  ExpectReplaced("معمر القذافي قال ذلك أمس", "معمر قذافي قال ذلك أمس", 0, 0);
  ExpectReplaced("保定一处住宅发生火灾", "保定一处住宇发生火灾", 0, 0);
}

TEST(Letters, AreNotReplacedWhereMoreHasChanged) {
  ExpectReplaced("保定一处住宅昨晚发生火灾", "洛阳一处住宅发生火灾", 0, 0);
  ExpectReplaced("في مدينة حمص مساء الثلاثاء", "في مدينة أسيوط بمصر يوم أمس قبل الظهر", 1, 1);
  ExpectReplaced("في مدينة حمص مساء الثلاثاء وقال إنه بخير", "في مدينة أسيوط مساء الثلاثاء", 0, 0);
}

TEST(Letters, AreNotReplacedAtManyPlaces) {
  std::string a, b;
  for (const std::string_view pair : {"حمص أسيوط", "وهران تعز", "نجران صيدا", "طنجة بابل"}) {
    const size_t space = pair.find(' ');
    a += std::string(pair.substr(0, space)) + " في الشمال ";
    b += std::string(pair.substr(space + 1)) + " في الشمال ";
  }
  ExpectReplaced(a, b, 4, 4);
  ExpectReplaced(a + "الكرك في الشمال", b + "سوسة في الشمال", 0, 0);
}

TEST(Letters, OfADatelineAndAFigureDoNotCount) {
  ExpectReplaced("新华社北京3月1日电 保定一处住宅发生火灾", "法新社巴黎2日电 保定一处住宅发生火灾",
                 0, 0);
  ExpectReplaced("वर्ष २०२४ में मकान में आग", "वर्ष १९९८ में मकान में आग", 0, 0);
}

}  // namespace
}  // namespace copydesk
