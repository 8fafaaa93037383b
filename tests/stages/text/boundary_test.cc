#include "stages/text/boundary.h"

#include <gtest/gtest.h>
#include <unicode/uchar.h>

#include <string>

namespace copydesk {
namespace {

TEST(Boundary, ClassesFollowUnicode) {
  struct Case {
    const char* name;
    char32_t code_point;
    WordClass expected;
  };
  const Case cases[] = {
      {"letter", U'a', WordClass::kWord},
      {"digit", U'7', WordClass::kWord},
      {"underscore", U'_', WordClass::kWord},
      {"apostrophe", U'\'', WordClass::kOther},
      {"accented letter", U'é', WordClass::kWord},
      {"Cyrillic", U'Ж', WordClass::kWord},
      {"Arabic", U'ع', WordClass::kWord},
      {"Devanagari vowel sign", U'\u093F', WordClass::kWord},
      {"combining acute", U'\u0301', WordClass::kWord},
      {"combining tilde", U'\u0303', WordClass::kWord},
      {"Arabic digit", U'٣', WordClass::kWord},
      {"superscript two is no decimal digit", U'²', WordClass::kOther},
      {"Han", U'中', WordClass::kUnspaced},
      {"Han of plane 2", U'𠀀', WordClass::kUnspaced},
      {"Hiragana", U'の', WordClass::kUnspaced},
      {"Katakana", U'カ', WordClass::kUnspaced},
      {"long vowel mark", U'ー', WordClass::kUnspaced},
      {"voicing mark", U'\u3099', WordClass::kUnspaced},
      {"Hangul", U'한', WordClass::kUnspaced},
      {"Thai", U'ไ', WordClass::kUnspaced},
      {"Lao", U'ລ', WordClass::kUnspaced},
      {"Khmer", U'ក', WordClass::kUnspaced},
      {"Myanmar", U'မ', WordClass::kUnspaced},
      {"ideographic full stop", U'。', WordClass::kOther},
      {"no-break space", U'\u00A0', WordClass::kOther},
      {"emoji", U'😀', WordClass::kOther},
      {"variation selector", U'\uFE0F', WordClass::kOther},
      {"joiner", U'\u200D', WordClass::kWord},
      {"Deseret letter", U'𐐀', WordClass::kWord},
      {"private use", U'\U0010FFFD', WordClass::kOther},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ClassOf(c.code_point), c.expected);
  }
}

TEST(Boundary, TablesAgreeWithCategoriesEverywhere) {
  constexpr uint32_t kWordMask = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  for (UChar32 c = 0; c <= 0x10FFFF; ++c) {
    if (u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) || c == 0x200C || c == 0x200D) continue;
    const bool is_word = (U_GET_GC_MASK(c) & kWordMask) != 0;
    ASSERT_EQ(ClassOf(static_cast<char32_t>(c)) != WordClass::kOther, is_word) << "U+" << c;
  }
}

TEST(Boundary, StandsWhereNoWordGoesOn) {
  struct Case {
    const char* text;  // '|' marks each expected boundary
  };
  const Case cases[] = {
      {"|US|"},       {"|the| |US|.|"},   {"|Müller|'|s|"},    {"|Österreich|-|Ungarn|"},
      {"|e\u0301t|"}, {"|在|中|国|GDP|"}, {"|한|국|의| |AI|"}, {"|Москва|,|"},
      {"|a|😀|b|"},    {"|x_1|"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const std::string_view marked = c.text;
    std::string text;
    for (const char byte : marked) {
      if (byte != '|') text.push_back(byte);
    }
    std::string found;
    for (size_t at = 0; at <= text.size(); ++at) {
      const bool is_first_byte = at == text.size() || (text[at] & 0xC0) != 0x80;
      if (is_first_byte && IsWordBoundary(text, at)) found.push_back('|');
      if (at < text.size()) found.push_back(text[at]);
    }
    EXPECT_EQ(found, marked);
  }
}

}  // namespace
}  // namespace copydesk
