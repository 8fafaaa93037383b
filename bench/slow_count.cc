#include "bench/slow_count.h"

#include <algorithm>
#include <cstdint>
#include <fstream>

#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk::bench {
namespace {

WordClass ClassBefore(std::string_view text, size_t at) {
  return at == 0 ? WordClass::kOther : ClassOf(PreviousCodePoint(text, &at));
}

WordClass ClassBehind(std::string_view text, size_t at) {
  return at == text.size() ? WordClass::kOther : ClassOf(NextCodePoint(text, &at));
}

bool MayBegin(std::string_view text, size_t at) {
  return ClassBefore(text, at) != WordClass::kWord || ClassBehind(text, at) == WordClass::kUnspaced;
}

bool MayEnd(std::string_view text, size_t at) {
  return ClassBehind(text, at) != WordClass::kWord || ClassBefore(text, at) == WordClass::kUnspaced;
}

bool IsFirstByte(std::string_view text, size_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

// ASCII's letters are enough for the corpora this is used on.
bool IsAllCapitals(std::string_view text) {
  const auto is_in = [](char first, char last) {
    return [first, last](char c) { return first <= c && c <= last; };
  };
  return std::any_of(text.begin(), text.end(), is_in('A', 'Z')) &&
         std::none_of(text.begin(), text.end(), is_in('a', 'z'));
}

}  // namespace

void SlowCount::Aliases::Add(const std::string& alias) {
  if (alias.empty()) return;
  texts.insert(alias);
  lengths[alias.substr(0, 2)].insert(alias.size());
}

size_t SlowCount::Aliases::LongestAt(std::string_view text, size_t at) const {
  for (const size_t prefix : {2, 1}) {
    const auto found = lengths.find(std::string(text.substr(at, prefix)));
    if (found == lengths.end()) continue;
    for (const size_t length : found->second) {
      const size_t end = at + length;
      if (end > text.size() || !IsFirstByte(text, end) || !MayEnd(text, end)) continue;
      if (texts.contains(std::string(text.substr(at, length)))) return length;
    }
  }
  return 0;
}

SlowCount::SlowCount(const std::string& tsv_path, bool is_exact) : is_exact_(is_exact) {
  std::ifstream in(tsv_path);
  for (std::string line; std::getline(in, line);) {
    const std::string literal = line.substr(0, line.find('\t'));
    const std::string alias = is_exact ? literal : FoldTypography(literal);
    aliases_.Add(alias);
    any_case_.Add(FoldCase(alias));
  }
}

size_t SlowCount::MentionsOf(const Story& story) const {
  size_t mentions = 0;
  for (uint32_t field = 0; field < story.fields.size(); ++field) {
    mentions += MentionsOf(story, field);
  }
  return mentions;
}

size_t SlowCount::MentionsOf(const Story& story, uint32_t field) const {
  const Reading& reading = story.fields[field].reading;
  const std::string_view read = is_exact_ ? reading.plain() : reading.text();
  const bool is_capital = !is_exact_ && IsAllCapitals(read);
  const std::string text = is_capital ? FoldCase(read) : std::string(read);
  const Aliases& aliases = is_capital ? any_case_ : aliases_;
  size_t mentions = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t length =
        IsFirstByte(text, at) && MayBegin(text, at) ? aliases.LongestAt(text, at) : 0;
    if (length == 0) {
      ++at;
      continue;
    }
    const Span found{static_cast<uint32_t>(at), static_cast<uint32_t>(at + length)};
    const Span span = is_exact_ ? reading.PlainToValue(found) : reading.ToValue(found);
    mentions +=
        std::none_of(story.not_story.begin(), story.not_story.end(), [&](const NotStory& part) {
          return part.field == field && part.bytes.begin < span.end && span.begin < part.bytes.end;
        });
    at += length;
  }
  return mentions;
}

}  // namespace copydesk::bench
