#include "stages/dictionary/mention_edge.h"

#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

bool IsInsideCodePoint(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

WordClass ClassBefore(std::string_view text, size_t at) {
  return ClassOf(PreviousCodePoint(text, &at));
}

WordClass ClassBehind(std::string_view text, size_t at) {
  return ClassOf(NextCodePoint(text, &at));
}

}  // namespace

bool IsMentionBegin(std::string_view text, size_t at) {
  if (IsInsideCodePoint(text, at)) return false;
  return at == 0 || ClassBefore(text, at) != WordClass::kWord ||
         ClassBehind(text, at) == WordClass::kUnspaced;
}

bool IsMentionEnd(std::string_view text, size_t at) {
  if (IsInsideCodePoint(text, at)) return false;
  return at == text.size() || ClassBehind(text, at) != WordClass::kWord ||
         ClassBefore(text, at) == WordClass::kUnspaced;
}

Span ToWholeOriginal(const OffsetMap* map, Span derived) {
  if (map == nullptr) return derived;
  const Span original = map->ToOriginal(derived);
  return map->ToDerived(original) == derived ? original : Span{};
}

}  // namespace copydesk
