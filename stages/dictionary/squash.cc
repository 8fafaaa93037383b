#include "stages/dictionary/squash.h"

#include <unicode/uchar.h>

#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr bool IsAscii(char c) { return static_cast<signed char>(c) >= 0; }
constexpr char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool IsMark(char32_t code_point) {
  return code_point >= 0x300 && u_charType(static_cast<UChar32>(code_point)) == U_NON_SPACING_MARK;
}

// Behind the piece that begins at `at`.
size_t PieceEnd(std::string_view text, size_t at) {
  NextCodePoint(text, &at);
  while (at < text.size() && !IsAscii(text[at])) {
    size_t behind = at;
    if (!IsMark(NextCodePoint(text, &behind))) break;
    at = behind;
  }
  return at;
}

bool TakesCase(AliasFold fold) {
  return fold == AliasFold::kCase || fold == AliasFold::kCaseAndDiacritics;
}

bool TakesDiacritics(AliasFold fold) {
  return fold == AliasFold::kDiacritics || fold == AliasFold::kCaseAndDiacritics;
}

std::string FoldPiece(AliasFold fold, std::string_view piece) {
  std::string folded = TakesCase(fold) ? FoldCase(piece) : std::string(piece);
  if (TakesDiacritics(fold)) {
    std::string stripped = StripDiacritics(folded);
    if (!stripped.empty()) return stripped;
  }
  return folded;
}

}  // namespace

bool BeginsWithMark(std::string_view text) {
  size_t at = 0;
  return !text.empty() && IsMark(NextCodePoint(text, &at));
}

bool HasOtherCapitals(std::string_view text) {
  // The one capital that is not ASCII and folds to what is: a sharp S.
  if (text.find("SS") != std::string_view::npos) return true;
  for (size_t at = 0; at < text.size();) {
    const auto c = static_cast<UChar32>(NextCodePoint(text, &at));
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (!is_capital && u_hasBinaryProperty(c, UCHAR_CHANGES_WHEN_CASEFOLDED)) return true;
    if (u_islower(c)) return true;
  }
  return false;
}

void Squasher::AppendPiece(AliasFold fold, std::string_view piece, std::string* out) {
  size_t behind = 0;
  const char32_t code_point = NextCodePoint(piece, &behind);
  if (fold != AliasFold::kCaseAndDiacritics || behind != piece.size()) {
    out->append(FoldPiece(fold, piece));
    return;
  }
  const auto [found, is_new] = remembered_.try_emplace(code_point);
  if (is_new) found->second = FoldPiece(fold, piece);
  out->append(found->second);
}

void Squasher::Squash(std::string_view text, std::string* out, OffsetMap* map) {
  out->clear();
  if (map != nullptr) map->Clear();
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = at;
    const auto derived_begin = static_cast<uint32_t>(out->size());
    // ASCII that no mark follows: byte for byte.
    while (at < text.size() && IsAscii(text[at]) &&
           (at + 1 == text.size() || IsAscii(text[at + 1]))) {
      out->push_back(LowerAscii(text[at++]));
    }
    const auto size = static_cast<uint32_t>(out->size());
    if (map != nullptr && at != begin) {
      map->Append({derived_begin, size}, {static_cast<uint32_t>(begin), static_cast<uint32_t>(at)});
    }
    if (at == text.size()) break;
    const size_t end = PieceEnd(text, at);
    AppendPiece(AliasFold::kCaseAndDiacritics, text.substr(at, end - at), out);
    if (map != nullptr) {
      map->AppendAtomic({size, static_cast<uint32_t>(out->size())},
                        {static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    }
    at = end;
  }
}

void Squasher::Fold(AliasFold fold, std::string_view text, std::string* out) {
  out->clear();
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = PieceEnd(text, at);
    if (end == at + 1) {
      out->push_back(TakesCase(fold) ? LowerAscii(text[at]) : text[at]);
    } else {
      AppendPiece(fold, text.substr(at, end - at), out);
    }
    at = end;
  }
}

bool Squasher::EqualUnder(AliasFold fold, std::string_view a, std::string_view b) {
  if (!TakesCase(fold) && !TakesDiacritics(fold)) return a == b;
  Fold(fold, a, &left_);
  Fold(fold, b, &right_);
  return left_ == right_;
}

}  // namespace copydesk
