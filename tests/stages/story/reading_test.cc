#include "stages/story/reading.h"

#include <gtest/gtest.h>

#include <string>

namespace copydesk {
namespace {

Span Find(std::string_view text, std::string_view part) {
  const size_t begin = text.find(part);
  EXPECT_NE(begin, std::string_view::npos) << part << " in " << text;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + part.size())};
}

std::string_view At(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

TEST(Reading, GivesTheTextAReaderReadsAndTheWayBack) {
  const std::string value =
      "<p>\xE2\x80\x9CKyiv&#8217;s <b>mayor</b>\xE2\x80\x9D &amp;  Co\xC2\xA0met</p>";
  Reading reading;
  reading.Assign(value, true);
  const std::string_view text = reading.text();
  EXPECT_NE(text.find("\"Kyiv's mayor\" & Co met"), std::string_view::npos) << text;
  EXPECT_EQ(At(value, reading.ToValue(Find(text, "Kyiv's"))), "Kyiv&#8217;s");
  EXPECT_EQ(At(value, reading.ToValue(Find(text, "mayor"))), "mayor");
  EXPECT_EQ(At(text, reading.FromValue(Find(value, "mayor"))), "mayor");
}

TEST(Reading, IsTheValueItselfWhenThereIsNothingToDo) {
  const std::string value = "Nothing to fold here.";
  for (const bool is_markup : {false, true}) {
    Reading reading;
    reading.Assign(value, is_markup);
    EXPECT_EQ(reading.text().data(), value.data());
    EXPECT_EQ(reading.ToValue({3, 9}), (Span{3, 9}));
    EXPECT_EQ(reading.FromValue({3, 9}), (Span{3, 9}));
  }
}

TEST(Reading, IsReused) {
  Reading reading;
  const std::string markup = "<p>A &lt; B</p>";
  reading.Assign(markup, true);
  const std::string plain = "C < D";
  reading.Assign(plain, false);
  EXPECT_EQ(reading.text(), "C < D");
  EXPECT_EQ(reading.plain(), "C < D");
  EXPECT_EQ(reading.ToValue({2, 3}), (Span{2, 3}));
}

}  // namespace
}  // namespace copydesk
