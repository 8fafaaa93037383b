#include "stages/text/boundary.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <array>

#include "stages/text/code_point_table.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kWordCategories = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;

constexpr std::array kUnspacedScripts = {USCRIPT_HAN,    USCRIPT_HIRAGANA, USCRIPT_KATAKANA,
                                         USCRIPT_HANGUL, USCRIPT_THAI,     USCRIPT_LAO,
                                         USCRIPT_KHMER,  USCRIPT_MYANMAR};

bool IsUnspaced(UChar32 code_point) {
  // Kana's voicing marks inherit their script; its long-vowel mark is common to two of them.
  if (code_point == 0x3099 || code_point == 0x309A) return true;
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code_point, &error);
  for (const UScriptCode unspaced : kUnspacedScripts) {
    if (script == unspaced) return true;
    if (script == USCRIPT_COMMON && uscript_hasScript(code_point, unspaced)) return true;
  }
  return false;
}

uint8_t ComputeClass(char32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  // Emoji and ideographs wear these; no word goes on over them.
  const bool is_variation_selector = (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
  // The fold leaves joiners only inside words of scripts that need them.
  const bool is_joiner = c == 0x200C || c == 0x200D;
  WordClass result = WordClass::kOther;
  if (is_joiner) {
    result = WordClass::kWord;
  } else if (!is_variation_selector && (U_GET_GC_MASK(c) & kWordCategories) != 0) {
    result = IsUnspaced(c) ? WordClass::kUnspaced : WordClass::kWord;
  }
  return static_cast<uint8_t>(result);
}

constexpr bool IsAsciiWord(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_';
}

constexpr std::array<bool, 128> kAsciiWord = [] {
  std::array<bool, 128> table{};
  for (unsigned char byte = 0; byte < 128; ++byte) table[byte] = IsAsciiWord(byte);
  return table;
}();

}  // namespace

WordClass ClassOf(char32_t code_point) {
  if (code_point < 128) return kAsciiWord[code_point] ? WordClass::kWord : WordClass::kOther;
  static const CodePointTable table(ComputeClass);
  return static_cast<WordClass>(table[code_point]);
}

bool IsWordBoundary(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const auto before = static_cast<unsigned char>(text[at - 1]);
  const auto after = static_cast<unsigned char>(text[at]);
  if (before < 128 && !kAsciiWord[before]) return true;
  if (after < 128 && !kAsciiWord[after]) return true;
  if (before < 128 && after < 128) return false;
  size_t back = at;
  if (ClassOf(PreviousCodePoint(text, &back)) != WordClass::kWord) return true;
  size_t forth = at;
  return ClassOf(NextCodePoint(text, &forth)) != WordClass::kWord;
}

}  // namespace copydesk
