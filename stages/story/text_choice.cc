#include "stages/story/text_choice.h"

#include "absl/strings/ascii.h"

namespace copydesk {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

// No-break space, ideographic space, zero-width space, byte order mark.
constexpr std::string_view kBlanks[] = {"\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\x8B", "\xEF\xBB\xBF"};
constexpr std::string_view kBlankReferences[] = {"&nbsp;", "&#160;", "&#xA0;", "&#xa0;"};

template <size_t n>
bool SkipAny(const std::string_view (&blanks)[n], std::string_view* value) {
  for (const std::string_view blank : blanks) {
    if (value->substr(0, blank.size()) == blank) {
      value->remove_prefix(blank.size());
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsMarkupWord(std::string_view word) {
  for (const std::string_view markup : {"html", "xml", "nitf"}) {
    if (word.find(markup) != std::string_view::npos) return true;
  }
  return false;
}

void TextChoice::Consider(TextRank new_rank, bool new_is_markup, std::string_view new_name,
                          std::string* text) {
  if (new_rank <= rank || !HasText(*text, new_is_markup)) return;
  rank = new_rank;
  is_markup = new_is_markup;
  name = new_name;
  value.swap(*text);
}

bool HasText(std::string_view value, bool is_markup) {
  while (!value.empty()) {
    if (kWhiteSpace.find(value.front()) != std::string_view::npos) {
      value.remove_prefix(1);
      continue;
    }
    if (is_markup && value.front() == '<') {
      const size_t end = value.find('>');
      if (end == std::string_view::npos) return true;
      value.remove_prefix(end + 1);
      continue;
    }
    if (!SkipAny(kBlanks, &value) && !(is_markup && SkipAny(kBlankReferences, &value))) return true;
  }
  return false;
}

bool IsMarkupType(std::string_view content_type, std::string_view value) {
  if (!content_type.empty()) {
    std::string lower(content_type);
    absl::AsciiStrToLower(&lower);
    return IsMarkupWord(lower);
  }
  const size_t begin = value.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos || begin + 1 >= value.size()) return false;
  const auto next = static_cast<unsigned char>(value[begin + 1]);
  return value[begin] == '<' && (absl::ascii_isalpha(next) || next == '!' || next == '?');
}

TextRank RankOfDescription(std::string_view role) {
  for (const std::string_view content : {"caption", "text", "lead", "summary"}) {
    if (role == content) return TextRank::kDescriptionOfContent;
  }
  for (const std::string_view credit : {"creditline", "credit", "writer", "byline"}) {
    if (role == credit) return TextRank::kNone;
  }
  return TextRank::kDescription;
}

}  // namespace copydesk
