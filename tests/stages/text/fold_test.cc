#include "stages/text/fold.h"

#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

TEST(Fold, FoldsTypographyAndNothingElse) {
  struct Case {
    const char* name;
    std::string in;
    std::string folded;
  };
  const Case cases[] = {
      {"empty", "", ""},
      {"plain", "US is not us.", "US is not us."},
      {"single spaces stay", " a b ", " a b "},
      {"quotes", "‘a’ ‚b‛ ‹c› “d” „e‟ «f» 5′ 6″", "'a' 'b' 'c' \"d\" \"e\" \"f\" 5' 6\""},
      {"modifier apostrophe", "Hawaiʻi Лукʼянова", "Hawai'i Лук'янова"},
      {"Hebrew acronym", "צה״ל", "צה\"ל"},
      {"dashes", "a‐b‑c‒d–e—f―g −5", "a-b-c-d-e-f-g -5"},
      {"ellipsis", "wait…", "wait..."},
      {"dropped", "co\u00ADop\u200Ber\u2060ate\uFEFF\u200E\u202A.", "cooperate."},
      {"white space", "a\u00A0b  c\t\td\r\ne\n\nf\u3000g\u2009h", "a b c d e f g h"},
      {"lone CR and control characters",
       "a\rb\x02\x03"
       "c",
       "a b c"},
      {"lone line ends", "a line of text\nand another\nfor sixteen bytes and more\n",
       "a line of text and another for sixteen bytes and more "},
      {"line end before marks and what is dropped", "a\n\u0301\u0323b\n\u200Bc\n\u200D\u00A0d",
       "a \u0323\u0301b c d"},
      {"line ends among letters beyond ASCII", "é\nß\nЖ\n中\n’\n", "é ß Ж 中 ' "},
      {"line ends at begin and end", "\r\n\n x \r\n", " x "},
      {"white space around something dropped", "a \u200B b\u00AD\nc", "a b c"},
      {"case and accents stay", "İstanbul straße ﬁn", "İstanbul straße ﬁn"},
      {"composes", "Ange\u0301la a\u0323\u0301", "Angéla ạ\u0301"},
      {"sorts marks", "q\u0301\u0323", "q\u0323\u0301"},
      {"composes over something dropped", "e\u00AD\u0301", "é"},
      {"Hangul jamo", "\u1112\u1161\u11AB\u1100\u116E\u11A8", "한국"},
      {"singletons", "\u212B \u0374 \u2126", "Å ' Ω"},
      {"composition exclusion", "\u0958", "\u0915\u093C"},
      {"mark behind a quote", "’\u0301\u0323", "'\u0323\u0301"},
      {"mark at the begin", "\u0301a", "\u0301a"},
      {"Persian joiner stays", "می\u200Cخواهم", "می\u200Cخواهم"},
      {"joiner behind a dropped Arabic letter mark goes", "\u061C\u0301\u200Ca", "\u0301a"},
      {"Latin joiner goes", "a\u200Cb\u200Dc", "abc"},
      {"astral", "😀\u00A0𝒜  😀", "😀 𝒜 😀"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FoldTypography(c.in), c.folded);
    FoldedText folded;
    folded.Assign(c.in);
    EXPECT_EQ(folded.text(), c.folded);
    EXPECT_EQ(FoldTypography(c.folded), c.folded);
  }
}

TEST(Fold, DoesNotCopyWhatNeedsNoFolding) {
  for (const std::string& text :
       {std::string(1000, 'x'), std::string("Überraschung für Müller — nein"),
        std::string("Москва слезам не верит, 中文 हिन्दी")}) {
    const std::string plain = FoldTypography(text);
    FoldedText folded;
    folded.Assign(plain);
    EXPECT_EQ(folded.text().data(), plain.data());
    EXPECT_TRUE(folded.map().is_identity());
  }
}

TEST(Fold, MapsAcrossChanges) {
  const std::string in = "Er sagte: „Müller\u00A0 kommt …“\r\nEnde";
  FoldedText folded;
  folded.Assign(in);
  ASSERT_EQ(folded.text(), "Er sagte: \"Müller kommt ...\" Ende");
  const auto original = [&](std::string_view part) {
    const auto at = static_cast<uint32_t>(folded.text().find(part));
    const Span span = folded.map().ToOriginal({at, at + static_cast<uint32_t>(part.size())});
    return in.substr(span.begin, span.end - span.begin);
  };
  EXPECT_EQ(original("Müller kommt"), "Müller\u00A0 kommt");
  EXPECT_EQ(original("\"M"), "„M");
  EXPECT_EQ(original(".."), "…");
  EXPECT_EQ(original("Ende"), "Ende");
  EXPECT_EQ(original(" Ende"), "\r\nEnde");
}

TEST(Fold, MapsLoneLineEndsByteForByte) {
  const std::string in = "One line\nof text\n\nand one";
  FoldedText folded;
  folded.Assign(in);
  ASSERT_EQ(folded.text(), "One line of text and one");
  EXPECT_FALSE(folded.map().is_identity());
  EXPECT_EQ(folded.map().ToOriginal({4, 11}), (Span{4, 11}));
  EXPECT_EQ(folded.map().ToOriginal({8, 9}), (Span{8, 9}));
  EXPECT_EQ(folded.map().ToOriginal({16, 17}), (Span{16, 18}));
  EXPECT_EQ(folded.map().ToDerived({18, 21}), (Span{17, 20}));
}

TEST(Fold, IsReusable) {
  FoldedText folded;
  const std::string first = "“a”";
  const std::string second = "plain";
  folded.Assign(first);
  folded.Assign(second);
  EXPECT_EQ(folded.text(), "plain");
  EXPECT_TRUE(folded.map().is_identity());
}

TEST(Fold, LeavesAPileOfMarksAsItStands) {
  std::string pile = "e";
  for (int i = 0; i < 100'000; ++i) pile += "\u0301\u0323";
  EXPECT_EQ(FoldTypography(pile), pile);
  EXPECT_EQ(FoldTypography("“" + pile + "”"), "\"" + pile + "\"");
}

// Whether a joiner behind `text` stays: a letter or mark of Arabic to Sinhala goes before it, over
// any other marks.
bool NeedsJoiner(const icu::UnicodeString& text) {
  for (int32_t i = text.length(); i > 0;) {
    i = text.moveIndex32(i, -1);
    const UChar32 c = text.char32At(i);
    if (c == 0x200C || c == 0x200D || (c >= 0x600 && c < 0xE00 && (c < 0x64B || c > 0x655))) {
      return true;
    }
    const bool is_joining = u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) == UNORM_MAYBE;
    if (u_getCombiningClass(c) == 0 && !is_joining) return false;
  }
  return false;
}

// The referee: the fold's definition, step by step over the whole text.
std::string SlowFold(std::string_view in) {
  icu::UnicodeString kept;
  for (size_t at = 0; at < in.size();) {
    const auto c = static_cast<UChar32>(NextCodePoint(in, &at));
    const bool is_joiner = c == 0x200C || c == 0x200D;
    if (is_joiner ? !NeedsJoiner(kept) : u_charType(c) == U_FORMAT_CHAR) continue;
    kept.append(c);
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString composed =
      icu::Normalizer2::getNFCInstance(error)->normalize(kept, error);
  std::string out;
  const std::u32string_view singles = U"‘’‚‛‹›′‵ʹʻʼʽ׳＇";
  const std::u32string_view doubles = U"“”„‟«»″‶ʺ״〝〞〟＂";
  for (int32_t i = 0; i < composed.length(); i = composed.moveIndex32(i, 1)) {
    const UChar32 c = composed.char32At(i);
    const auto code_point = static_cast<char32_t>(c);
    if (u_isUWhiteSpace(c) || c < 0x20) {
      if (out.empty() || out.back() != ' ') out.push_back(' ');
    } else if (singles.find(code_point) != singles.npos) {
      out.push_back('\'');
    } else if (doubles.find(code_point) != doubles.npos) {
      out.push_back('"');
    } else if (u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212 || c == 0x2043) {
      out.push_back('-');
    } else if (c == 0x2026) {
      out += "...";
    } else {
      AppendUtf8(code_point, &out);
    }
  }
  return out;
}

std::string RandomText(std::mt19937& random) {
  static const std::u32string pool =
      U"aeqAZ 7   .\n\r\t\u0001’“”«—–…′ʼ״\u00AD\u200B\uFEFF\u200D\u200C\u00A0\u3000\u2000"
      U"\u0301\u0301\u0323\u0307\u0308\u0303\u030A\u0345\u0302\u1EA1éñİßﬁ\u212B\u0374\u1FEF\u0344"
      U"\u1112\u1161\u11AB한\uAC00\u0915\u093C\u0958\u094D\u0930\u09C7\u09BE\u0628\u064E\u0651"
      U"\u06CC"
      U"\u0653\u05D0\u05BCЖй\u0438\u0306中\u30AB\u3099ー😀𝒜\U0002F800\U000110B9\U000110BA\u0E33";
  static const std::string_view words[] = {"the prime minister of ", "Müller ", "Москва ", "x"};
  std::string text;
  const size_t length = random() % 60;
  for (size_t i = 0; i < length; ++i) {
    if (random() % 12 == 0) {
      text += words[random() % std::size(words)];
    } else {
      AppendUtf8(pool[random() % pool.size()], &text);
    }
  }
  return text;
}

bool IsCodePointBoundary(std::string_view text, size_t at) {
  return at == text.size() || (text[at] & 0xC0) != 0x80;
}

// Every code point of the fold maps into the original, in order, on code point boundaries; every
// span that is made of whole pieces maps to an original whose own fold is that span.
void CheckMap(std::string_view in, const FoldedText& folded, std::mt19937& random) {
  const std::string_view text = folded.text();
  std::vector<uint32_t> boundaries = {0};
  Span last;
  for (size_t at = 0; at < text.size();) {
    const auto begin = static_cast<uint32_t>(at);
    NextCodePoint(text, &at);
    boundaries.push_back(static_cast<uint32_t>(at));
    const Span original = folded.map().ToOriginal({begin, static_cast<uint32_t>(at)});
    ASSERT_LT(original.begin, original.end);
    ASSERT_LE(original.end, in.size());
    ASSERT_GE(original.begin, last.begin);
    ASSERT_GE(original.end, last.end);
    ASSERT_TRUE(IsCodePointBoundary(in, original.begin));
    ASSERT_TRUE(IsCodePointBoundary(in, original.end));
    last = original;
  }
  for (int i = 0; i < 20 && boundaries.size() > 1; ++i) {
    Span span{boundaries[random() % boundaries.size()], boundaries[random() % boundaries.size()]};
    if (span.begin > span.end) std::swap(span.begin, span.end);
    if (span.begin == span.end) continue;
    const Span original = folded.map().ToOriginal(span);
    const Span whole = folded.map().ToDerived(original);
    ASSERT_LE(whole.begin, span.begin);
    ASSERT_GE(whole.end, span.end);
    // What a joiner stays for may be outside a span that begins with it or with a mark.
    size_t at = span.begin;
    const auto first = static_cast<UChar32>(NextCodePoint(text, &at));
    const bool begins_letter = u_getIntPropertyValue(first, UCHAR_NFC_QUICK_CHECK) == UNORM_YES &&
                               u_getCombiningClass(first) == 0 && (first | 1) != 0x200D;
    if (whole != span || !begins_letter) continue;
    ASSERT_EQ(FoldTypography(in.substr(original.begin, original.end - original.begin)),
              text.substr(span.begin, span.end - span.begin));
  }
}

TEST(Fold, AgreesWithItsDefinitionOnRandomTexts) {
  const char* const given = std::getenv("COPYDESK_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20261123;
  std::mt19937 random(seed);
  FoldedText folded;
  for (int round = 0; round < 20'000; ++round) {
    const std::string in = RandomText(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round) + ": " + in);
    folded.Assign(in);
    const std::string text(folded.text());
    ASSERT_EQ(text, SlowFold(in));
    ASSERT_EQ(FoldTypography(in), text);
    ASSERT_EQ(FoldTypography(text), text);
    CheckMap(in, folded, random);
    if (HasFatalFailure()) return;
  }
}

// Of the ideographs and Hangul syllables, which are all alike, every seventh.
TEST(Fold, AgreesWithItsDefinitionOnEveryCodePoint) {
  const std::string padding(64, '.');  // for the way that looks at many bytes at once
  for (char32_t c = 1; c <= 0x10FFFF; ++c) {
    const auto type = u_charType(static_cast<UChar32>(c));
    // Some format characters stay: tags, signs.
    if (type == U_SURROGATE || type == U_UNASSIGNED || type == U_FORMAT_CHAR) continue;
    const bool is_alike =
        (c >= 0x3400 && c < 0xD7A4) || (c >= 0x20000 && c < 0x2F800) || c >= 0x30000;
    if (is_alike && c % 7 != 0) continue;
    std::string in = "e";
    AppendUtf8(c, &in);
    in += "\u0301";
    ASSERT_EQ(FoldTypography(in + padding), SlowFold(in) + padding)
        << "U+" << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(Fold, FoldsCaseByUnicode) {
  EXPECT_EQ(FoldCase("ANGELA Straße ΣΊΣΥΦΟΣ"), "angela strasse σίσυφοσ");
}

TEST(Fold, StripsDiacritics) {
  EXPECT_EQ(StripDiacritics("Éric Ñandú Dvořák Ång"), "Eric Nandu Dvorak Ang");
  EXPECT_EQ(StripDiacritics("한국"), "한국");
}

}  // namespace
}  // namespace copydesk
