#include "stages/tag/rule_pattern.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace copydesk {
namespace {

constexpr std::array<std::pair<std::string_view, WordFlags>, 13> kShapes = {{
    {"capital", kCapital},
    {"caps", kAllCaps},
    {"initial", kInitial},
    {"number", kNumber},
    {"comma", kComma},
    {"small", kSmall},
    {"start", kStart},
    {"bracket", kBracket},
    {"stop", kStop},
    {"person", kInPerson},
    {"organisation", kInOrganisation},
    {"place", kInPlace},
    {"other", kInOther},
}};

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

// The class of bytes that have all of `wanted` and none of `refused`.
std::string ByteClass(uint8_t wanted, uint8_t refused) {
  std::string out = "[";
  for (int value = 0; value < 256;) {
    const auto fits = [&](int v) { return (v & wanted) == wanted && (v & refused) == 0; };
    if (!fits(value)) {
      ++value;
      continue;
    }
    int last = value;
    while (last < 255 && fits(last + 1)) ++last;
    out += fmt::format("\\x{:02x}-\\x{:02x}", value, last);
    value = last + 1;
  }
  return out + "]";
}

absl::Status ReadWordSet(std::string_view text, const Lexicon& lexicon, WordSet* words) {
  while (!text.empty()) {
    const size_t bar = text.find('|');
    std::string_view all = text.substr(0, bar);
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
    WordsLike& like = words->emplace_back();
    while (!all.empty()) {
      const size_t end = all.find('&');
      std::string_view name = TrimWord(all.substr(0, end));
      all.remove_prefix(end == std::string_view::npos ? all.size() : end + 1);
      const bool is_not = !name.empty() && name.front() == '!';
      if (is_not) name.remove_prefix(1);
      WordFlags flag = lexicon.FlagOf(name);
      for (const auto& [shape, bit] : kShapes) {
        if (shape == name) flag = bit;
      }
      if (flag == 0) return Invalid(fmt::format("'{}' is no list of words", name));
      (is_not ? like.refused : like.wanted) |= flag;
    }
  }
  return absl::OkStatus();
}

std::string ToBytes(const WordSet& words) {
  std::string out = "(?:";
  for (const WordsLike& like : words) {
    if (&like != words.data()) out += '|';
    for (size_t i = 0; i < kWordBytes; ++i) {
      out += ByteClass(static_cast<uint8_t>(like.wanted >> (8 * i)),
                       static_cast<uint8_t>(like.refused >> (8 * i)));
    }
  }
  return out + ")";
}

}  // namespace

absl::StatusOr<RulePattern> ReadRulePattern(std::string_view text, const Lexicon& lexicon,
                                            std::vector<WordSet>* classes) {
  RulePattern pattern;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_class =
        c == '{' && at + 1 < text.size() && (text[at + 1] < '0' || text[at + 1] > '9');
    if (!is_class) {
      if (c == ' ') continue;
      pattern.bytes += c;
      pattern.parts.push_back({-1, c});
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) return Invalid("'{' is not closed");
    WordSet words;
    const absl::Status status = ReadWordSet(text.substr(at + 1, end - at - 1), lexicon, &words);
    if (!status.ok()) return status;
    pattern.bytes += ToBytes(words);
    const auto number = std::find(classes->begin(), classes->end(), words) - classes->begin();
    pattern.parts.push_back({static_cast<int32_t>(number), 0});
    if (static_cast<size_t>(number) == classes->size()) classes->push_back(std::move(words));
    at = end;
  }
  return pattern;
}

std::span<const PatternPart> PartOfName(std::span<const PatternPart> pattern) {
  const auto is = [&](size_t at, char c) {
    return at < pattern.size() && pattern[at].word_class < 0 && pattern[at].character == c;
  };
  size_t begin = 0;
  while (begin < pattern.size() && (!is(begin, '(') || is(begin + 1, '?'))) ++begin;
  if (begin == pattern.size()) return {};
  size_t end = ++begin;
  for (int depth = 1; depth > 0 && end < pattern.size(); ++end) {
    depth += is(end, '(') - is(end, ')');
  }
  return pattern.subspan(begin, end - 1 - begin);
}

std::string_view TrimWord(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace copydesk
