#include "stages/text/markup.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

std::string Stripped(std::string_view markup) {
  std::string text;
  OffsetMap map;
  StripMarkup(markup, &text, &map);
  return text;
}

TEST(Markup, ReadsLikeABrowser) {
  struct Case {
    const char* name;
    const char* markup;
    const char* text;
  };
  const Case cases[] = {
      {"empty", "", ""},
      {"plain text", "nothing to do", "nothing to do"},
      {"inline elements leave nothing", "<b>Angela</b> <i>Merkel</i>", "Angela Merkel"},
      {"inside a word", "Mer<em>kel</em>", "Merkel"},
      {"blocks leave one line end", "<div><p>One</p>\n<p>Two<br/>Three</p></div>",
       "One\n \nTwo\nThree\n"},
      {"nothing before the first block", "<html><body><p>One</p></body></html>", "One\n"},
      {"source lines are white space", "<p>Angela\nMerkel</p>", "Angela Merkel\n"},
      {"lines of pre stay", "<pre>a\nb</pre>\nc", "a\nb\n c"},
      {"table cells", "<table><tr><td>a<td>b</tr></table>", "a\nb\n"},
      {"case does not matter", "a<BR>b<P CLASS='x'>c", "a\nb\nc"},
      {"NITF", "<hedline><hl1>Talks</hl1></hedline><block><p>Text</p></block>", "Talks\nText\n"},
      {"attributes with angles", "<a title=\"x > y\" href='z>'>link</a>", "link"},
      {"unclosed quote", "<a title=\"x>link</a> more", "link more"},
      {"apostrophe in a tag is no quote", "<p don't>it's", "it's"},
      {"comment", "a<!-- <p> & -->b", "ab"},
      {"unclosed comment", "a<!-- b>c", "ac"},
      {"instruction and doctype", "<?xml version=\"1.0\"?><!DOCTYPE html>a", "a"},
      {"CDATA", "a<![CDATA[<b> & ]]>c", "a<b> & c"},
      {"script and style", "a<script>if (a<b) x='</p>';</script>b<STYLE>p{}</Style >c", "abc"},
      {"script without an end", "a<script>b", "ab"},
      {"empty script", "a<script src='x'/>b", "ab"},
      {"references", "AT&amp;T &lt;b&gt; caf&eacute; &#8217;&#x2019; &euro;5 &nbsp;&hellip;",
       "AT&T <b> café ’’ €5 \u00A0…"},
      {"unknown references stay", "R&D &foo; &; &#; &#x; & &", "R&D &foo; &; &#; &#x; & &"},
      {"without a semicolon", "AT&amp T &copy 2026 ?a=1&copy=2 &euro 5",
       "AT& T © 2026 ?a=1&copy=2 &euro 5"},
      {"numbers of Windows-1252", "it&#146;s", "it’s"},
      {"numbers that name nothing", "&#0;&#xD800;&#x110000;&#99999999999999999999;",
       "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"not decoded twice", "&amp;lt;p&amp;gt;", "&lt;p&gt;"},
      {"stray angles", "a < b <3 <- > c <", "a < b <3 <- > c <"},
      {"an element left open", "<p>a <b>b", "a b"},
      {"a tag that does not end", "a <b c", "a <b c"},
      {"non-ASCII", "<p>Köln – 東京</p>", "Köln – 東京\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Stripped(c.markup), c.text);
  }
}

TEST(Markup, KeepsTheWayBack) {
  const std::string markup = "<p>The <b>European&nbsp;Central</b>\nBank &ndash; <i>E</i>CB</p>";
  std::string text;
  OffsetMap map;
  StripMarkup(markup, &text, &map);
  const auto original = [&](std::string_view part) {
    const size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    const Span span =
        map.ToOriginal({static_cast<uint32_t>(at), static_cast<uint32_t>(at + part.size())});
    return markup.substr(span.begin, span.end - span.begin);
  };
  EXPECT_EQ(original("European\u00A0Central Bank"), "European&nbsp;Central</b>\nBank");
  EXPECT_EQ(original("European"), "European");
  EXPECT_EQ(original("Central"), "Central");
  EXPECT_EQ(original("–"), "&ndash;");
  EXPECT_EQ(original("ECB"), "E</i>CB");
}

TEST(Markup, LeavesNoMapForPlainText) {
  std::string text;
  OffsetMap map;
  StripMarkup("plain & simple", &text, &map);
  EXPECT_TRUE(map.is_identity());
}

TEST(Markup, TakesHostileInputInLinearTime) {
  const std::string_view units[] = {
      "<",    "&",         "<a ",      "<a b=\"",      "<a b=\">",
      "<!--", "<![CDATA[", "<script>", "<style></st",  "</",
      "&#",   "&#1",       "&amp",     "<p>",          "<?",
      "<!",   "<a b='\">", "<b></b ",  "<a b=\"'>\"<", "&aaaaaaaaaaaaaaaaaaa",
  };
  for (const std::string_view unit : units) {
    for (const std::string_view tail : {"", ">", "'\"-->]]></script>"}) {
      SCOPED_TRACE(std::string(unit) + " ... " + std::string(tail));
      std::string markup;
      while (markup.size() < 1'000'000) markup += unit;
      markup += tail;
      std::string text;
      OffsetMap map;
      const auto begin = std::chrono::steady_clock::now();
      StripMarkup(markup, &text, &map);
      // Quadratic work would take minutes; a sanitizer's build on a busy machine may take seconds.
      EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    }
  }
}

TEST(Markup, GivesValidTextAndSpansOnRandomInput) {
  const std::string_view pieces[] = {"<",  ">",   "&",    "/",  "\"", "'",    "=",       "p",
                                     "b ", "!--", "-->",  "é",  "😀",  "\n",   "amp;",    "#8217;",
                                     "x",  " ",   "pre>", "?>", "<p", "br/>", "script>", "</"};
  std::mt19937 random(20261123);
  std::string text;
  OffsetMap map;
  for (int round = 0; round < 20'000; ++round) {
    std::string markup;
    for (size_t i = random() % 40; i > 0; --i) markup += pieces[random() % std::size(pieces)];
    SCOPED_TRACE(markup);
    StripMarkup(markup, &text, &map);
    ASSERT_EQ(FirstInvalidUtf8(text), text.size());
    uint32_t last = 0;
    for (size_t at = 0; at < text.size();) {
      const auto begin = static_cast<uint32_t>(at);
      const char32_t code_point = NextCodePoint(text, &at);
      const Span span = map.ToOriginal({begin, static_cast<uint32_t>(at)});
      ASSERT_GE(span.begin, last);
      ASSERT_LT(span.begin, span.end);
      ASSERT_LE(span.end, markup.size());
      last = span.end;
      // What was not decoded or made of a tag stands in the original as it is.
      const std::string_view original =
          std::string_view(markup).substr(span.begin, span.end - span.begin);
      if (original[0] != '&' && original[0] != '<' && code_point != ' ') {
        ASSERT_EQ(original, std::string_view(text).substr(begin, at - begin));
      }
    }
  }
}

}  // namespace
}  // namespace copydesk
