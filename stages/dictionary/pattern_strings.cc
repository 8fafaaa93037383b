#include "stages/dictionary/pattern_strings.h"

#include <algorithm>
#include <utility>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

using Strings = std::vector<std::string>;

constexpr size_t kGroupDepthMax = 32;

bool IsAsciiPunctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

// Reads a pattern from left to right. Once a reader has failed its result means nothing.
class Reader {
 public:
  Reader(std::string_view pattern, size_t count_max) : text_(pattern), count_max_(count_max) {}

  std::optional<Strings> Read() {
    Strings strings = ReadAlternatives(0);
    if (has_failed_ || at_ != text_.size()) return std::nullopt;
    std::sort(strings.begin(), strings.end());
    strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
    return strings;
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  Strings Fail() {
    has_failed_ = true;
    return {};
  }

  Strings ReadAlternatives(size_t depth) {
    if (depth > kGroupDepthMax) return Fail();
    Strings all;
    while (true) {
      Strings some = ReadSequence(depth);
      std::move(some.begin(), some.end(), std::back_inserter(all));
      if (has_failed_ || all.size() > count_max_) return Fail();
      if (AtEnd() || text_[at_] != '|') return all;
      ++at_;
    }
  }

  Strings ReadSequence(size_t depth) {
    Strings sequence = {""};
    while (!has_failed_ && !AtEnd() && text_[at_] != '|' && text_[at_] != ')') {
      Strings item = ReadItem(depth);
      if (!AtEnd() && text_[at_] == '?') {
        ++at_;
        item.push_back("");
        // A second mark would make it lazy.
        if (!AtEnd() && text_[at_] == '?') return Fail();
      }
      if (has_failed_ || item.size() * sequence.size() > count_max_) return Fail();
      Strings longer;
      for (const std::string& head : sequence) {
        for (const std::string& tail : item) longer.push_back(head + tail);
      }
      sequence = std::move(longer);
    }
    return sequence;
  }

  Strings ReadItem(size_t depth) {
    switch (text_[at_]) {
      case '(':
        return ReadGroup(depth);
      case '[':
        return ReadClass();
      case '\\':
        return ReadEscape();
      case '.':
      case '*':
      case '+':
      case '?':
      case '{':
      case '^':
      case '$':
        return Fail();
      default:
        return {ReadCharacter()};
    }
  }

  std::string ReadCharacter() {
    const size_t begin = at_;
    NextCodePoint(text_, &at_);
    return std::string(text_.substr(begin, at_ - begin));
  }

  Strings ReadEscape() {
    if (at_ + 1 >= text_.size() || !IsAsciiPunctuation(text_[at_ + 1])) return Fail();
    at_ += 2;
    return {std::string(1, text_[at_ - 1])};
  }

  Strings ReadGroup(size_t depth) {
    ++at_;
    if (text_.substr(at_, 2) == "?:") {
      at_ += 2;
    } else if (!AtEnd() && text_[at_] == '?') {
      return Fail();
    }
    Strings group = ReadAlternatives(depth + 1);
    if (has_failed_ || AtEnd() || text_[at_] != ')') return Fail();
    ++at_;
    return group;
  }

  Strings ReadClass() {
    ++at_;
    Strings characters;
    while (!AtEnd() && text_[at_] != ']') {
      if (text_[at_] == '\\') {
        Strings escaped = ReadEscape();
        if (has_failed_) return {};
        characters.push_back(escaped[0]);
        continue;
      }
      if (text_[at_] == '^' || text_[at_] == '-' || text_[at_] == '[') return Fail();
      characters.push_back(ReadCharacter());
    }
    if (AtEnd() || characters.empty()) return Fail();
    ++at_;
    return characters;
  }

  const std::string_view text_;
  const size_t count_max_;
  size_t at_ = 0;
  bool has_failed_ = false;
};

}  // namespace

std::optional<Strings> StringsOfPattern(std::string_view pattern, size_t count_max) {
  return Reader(pattern, count_max).Read();
}

}  // namespace copydesk
