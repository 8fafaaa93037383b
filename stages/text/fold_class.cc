#include "stages/text/fold_class.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace copydesk {
namespace {

bool IsOneOf(char32_t code_point, std::u32string_view set) {
  return set.find(code_point) != std::u32string_view::npos;
}

// Ideographs and Hangul syllables: half of all code points, and none of them changes.
bool IsPlainRange(UChar32 c) {
  return (c >= 0x3400 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7A4) ||
         (c >= 0x20000 && c < 0x2F800) || c >= 0x30000;
}

// The class of what is typography; kPlain for all else.
FoldClass TypographyClass(char32_t c, UCharCategory category) {
  if (IsOneOf(c, U"\u00AD\u061C\u200B\u200E\u200F\u2060\uFEFF") || (c >= 0x202A && c <= 0x202E) ||
      (c >= 0x2066 && c <= 0x2069)) {
    return kDropped;
  }
  if (c == 0x200C || c == 0x200D) return kJoiner;
  // The last ones: primes, modifier letters, Hebrew geresh and gershayim, fullwidth forms.
  if (IsOneOf(c, U"‘’‚‛‹›\u2032\u2035\u02B9\u02BB\u02BC\u02BD\u05F3\uFF07")) return kSingle;
  if (IsOneOf(c, U"“”„‟«»\u2033\u2036\u02BA\u05F4\u301D\u301E\u301F\uFF02")) return kDouble;
  if (c == 0x2212 || c == 0x2043 || category == U_DASH_PUNCTUATION) return kDash;
  if (c == 0x2026) return kEllipsis;
  return kPlain;
}

uint8_t ComputeClass(char32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  if (IsPlainRange(c)) return kPlain;
  if (c < 0x20 || u_isUWhiteSpace(c)) return kSpace;
  if (c < 0x80) return kPlain;
  const auto category = static_cast<UCharCategory>(u_charType(c));
  if (category == U_UNASSIGNED) return kPlain;
  const bool is_letter = category >= U_UPPERCASE_LETTER && category <= U_TITLECASE_LETTER;
  if (!is_letter && category != U_OTHER_LETTER) {
    const FoldClass found = TypographyClass(code_point, category);
    if (found != kPlain) return found;
  }
  static const UNormalizer2* const nfc = [] {
    UErrorCode error = U_ZERO_ERROR;
    return unorm2_getNFCInstance(&error);
  }();
  const bool has_boundary = unorm2_hasBoundaryBefore(nfc, c);
  if (u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) != UNORM_YES) {
    return has_boundary ? kNfcAlone : kNfcJoining;
  }
  const uint8_t combining_class = u_getCombiningClass(c);
  if (combining_class != 0) return static_cast<uint8_t>(kMark + combining_class);
  return has_boundary ? kPlain : kNfcJoining;
}

}  // namespace

const CodePointTable& FoldClasses() {
  static const CodePointTable table(ComputeClass);
  return table;
}

std::string_view FoldReplacement(uint8_t fold_class) {
  switch (fold_class) {
    case kSingle:
      return "'";
    case kDouble:
      return "\"";
    case kDash:
      return "-";
    case kEllipsis:
      return "...";
    default:
      return {};
  }
}

bool NeedsJoiner(char32_t code_point) {
  if (code_point < 0x600) return false;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(code_point), &error)) {
    case USCRIPT_ARABIC:
    case USCRIPT_SYRIAC:
    case USCRIPT_NKO:
    case USCRIPT_MANDAIC:
    case USCRIPT_MONGOLIAN:
    case USCRIPT_PHAGS_PA:
    case USCRIPT_DEVANAGARI:
    case USCRIPT_BENGALI:
    case USCRIPT_GURMUKHI:
    case USCRIPT_GUJARATI:
    case USCRIPT_ORIYA:
    case USCRIPT_TAMIL:
    case USCRIPT_TELUGU:
    case USCRIPT_KANNADA:
    case USCRIPT_MALAYALAM:
    case USCRIPT_SINHALA:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
    case USCRIPT_TIBETAN:
      return true;
    default:
      return false;
  }
}

}  // namespace copydesk
