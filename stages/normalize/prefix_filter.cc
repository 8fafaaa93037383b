#include "stages/normalize/prefix_filter.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr size_t kHeadBytes = 3;
constexpr size_t kHeadsMax = 4096;
constexpr size_t kGroupDepthMax = 32;

// How a match of a part of a pattern may begin.
struct Head {
  std::string bytes;     // at most kHeadBytes, all of them ASCII
  bool is_whole = true;  // false: anything may stand behind them
};
using Heads = std::vector<Head>;

const Heads kAnything = {{"", false}};
const Heads kNothing = {{"", true}};

// Reads a pattern from left to right. A head that begins with, or runs into, a character beyond
// ASCII is left out: MayMatch() lets every text with such a byte pass.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : text_(pattern) {}

  Heads Read() {
    Heads heads = ReadAlternatives(0);
    return has_failed_ || at_ != text_.size() ? kAnything : heads;
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Heads Fail() {
    has_failed_ = true;
    return kAnything;
  }

  Heads ReadAlternatives(size_t depth) {
    if (depth > kGroupDepthMax) return Fail();
    Heads all;
    do {
      Heads some = ReadSequence(depth);
      std::move(some.begin(), some.end(), std::back_inserter(all));
      if (has_failed_ || all.size() > kHeadsMax) return Fail();
    } while (Take('|'));
    return all;
  }

  Heads ReadSequence(size_t depth) {
    Heads heads = kNothing;
    while (!has_failed_ && !AtEnd() && text_[at_] != '|' && text_[at_] != ')') {
      heads = Join(heads, ReadRepeated(depth));
    }
    return heads;
  }

  // The heads of one part behind another.
  Heads Join(const Heads& heads, const Heads& next) {
    Heads joined;
    for (const Head& head : heads) {
      if (!head.is_whole || head.bytes.size() == kHeadBytes) {
        joined.push_back(head);
        continue;
      }
      for (const Head& tail : next) {
        const std::string bytes = head.bytes + tail.bytes;
        joined.push_back({bytes.substr(0, kHeadBytes), tail.is_whole});
      }
      if (joined.size() > kHeadsMax) return Fail();
    }
    return joined;
  }

  Heads ReadRepeated(size_t depth) {
    Heads heads = ReadItem(depth);
    if (AtEnd()) return heads;
    const char mark = text_[at_];
    if (mark == '{') {
      const size_t end = text_.find_first_not_of("0123456789,", at_ + 1);
      if (end == std::string_view::npos || text_[end] != '}') return heads;  // just a brace
      at_ = end;
    } else if (mark != '?' && mark != '*' && mark != '+') {
      return heads;
    }
    ++at_;
    Take('?');  // a lazy one finds the same
    if (mark != '?') {
      for (Head& head : heads) head.is_whole = false;
    }
    if (mark != '+') heads.push_back(kNothing.front());
    return heads;
  }

  Heads ReadItem(size_t depth) {
    switch (text_[at_]) {
      case '(':
        return ReadGroup(depth);
      case '[':
        return ReadClass();
      case '\\':
        return ReadEscape();
      case '^':
      case '$':
        ++at_;
        return kNothing;
      case '.':
        ++at_;
        return kAnything;
      default:
        return ReadCharacter();
    }
  }

  static Heads OfCharacter(char32_t code_point) {
    // RE2 takes these two for a K and an s where case does not count.
    if (code_point == 0x212A || code_point == 0x017F) return kAnything;
    if (code_point >= 0x80) return {};
    return {{std::string(1, static_cast<char>(code_point)), true}};
  }

  Heads ReadCharacter() { return OfCharacter(NextCodePoint(text_, &at_)); }

  Heads ReadEscape() {
    ++at_;
    if (AtEnd()) return Fail();
    const char c = text_[at_];
    if (IsAsciiPunctuation(c)) return ReadCharacter();
    ++at_;
    if (c == 'n') return OfCharacter('\n');
    if (c == 'r') return OfCharacter('\r');
    if (c == 't') return OfCharacter('\t');
    if (c == 'x' || c == 'p' || c == 'P') {
      if (Take('{')) {
        at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;
      } else {
        at_ = std::min(at_ + (c == 'x' ? 2 : 1), text_.size());
      }
      return kAnything;
    }
    // \Q...\E, octal digits and the like are not worth knowing.
    return std::string_view("bBsSdDwWAz").find(c) != std::string_view::npos ? kAnything : Fail();
  }

  Heads ReadGroup(size_t depth) {
    ++at_;
    if (Take('?')) {
      if (Take('P') || text_.substr(at_, 1) == "<") {
        at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
      } else {
        at_ = std::min(text_.find_first_of(":)", at_), text_.size() - 1);
        if (text_[at_++] == ')') return kNothing;  // flags for what follows
      }
    }
    Heads heads = ReadAlternatives(depth + 1);
    return Take(')') ? heads : Fail();
  }

  // A class: of single characters all, of one with anything else in it nothing is known.
  Heads ReadClass() {
    Heads heads;
    bool is_plain = true;
    const size_t begin = ++at_;
    if (Take('^')) is_plain = false;
    for (size_t first = at_; !AtEnd() && (text_[at_] != ']' || at_ == first);) {
      const size_t name_end =
          text_.substr(at_, 2) == "[:" ? text_.find(":]", at_ + 2) : std::string_view::npos;
      if (name_end != std::string_view::npos) {
        is_plain = false;
        at_ = name_end + 2;
        continue;
      }
      const bool is_range =
          text_[at_] == '-' && at_ > begin && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      Heads one = text_[at_] == '\\' ? ReadEscape() : ReadCharacter();
      if (has_failed_) return Fail();
      is_plain = is_plain && !is_range && (one.empty() || one.front().is_whole);
      std::move(one.begin(), one.end(), std::back_inserter(heads));
    }
    if (!Take(']')) return Fail();
    return is_plain ? heads : kAnything;
  }

  static bool IsAsciiPunctuation(char c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
  }

  const std::string_view text_;
  size_t at_ = 0;
  bool has_failed_ = false;
};

}  // namespace

void PrefixFilter::Add(std::string_view pattern) {
  static_assert(kBytes == kHeadBytes);
  for (const Head& head : Reader(pattern).Read()) {
    // Every way to fill up a short head.
    const size_t missing = 5 * (kBytes - head.bytes.size());
    size_t begin = 0;
    for (const char c : head.bytes) begin = begin << 5 | (static_cast<size_t>(c) & 31);
    for (size_t i = 0; i < size_t{1} << missing; ++i) may_match_.set(begin << missing | i);
  }
}

}  // namespace copydesk
