// Says of most texts, from their first three bytes, that none of some anchored RE2 patterns can
// match there.
//
// The patterns' beginnings are read as far as they are plain: literal characters, alternatives,
// optional parts and classes of single characters. From the first thing that is not, anything may
// follow. Case does not count.
//
// Threads: immutable once made (share freely).
// Errors:  none: of a text that a pattern matches it never says so, whatever the pattern.
// Cost:    one bit in a table of 4 KB; a text with a byte beyond ASCII in front is never ruled out.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>

namespace copydesk {

class PrefixFilter {
 public:
  // Takes another pattern into account.
  // REQUIRES: RE2 takes the pattern.
  void Add(std::string_view pattern);

  // False when no pattern that was added matches at the begin of `text`.
  bool MayMatch(std::string_view text) const {
    if (text.size() < kBytes) return true;
    const auto a = static_cast<unsigned char>(text[0]);
    const auto b = static_cast<unsigned char>(text[1]);
    const auto c = static_cast<unsigned char>(text[2]);
    return (a | b | c) >= 0x80 || may_match_[Index(a, b, c)];
  }

 private:
  static constexpr size_t kBytes = 3;
  // Five bits of each byte: they tell letters apart, and upper from lower case they do not.
  static size_t Index(size_t a, size_t b, size_t c) {
    return (a & 31) << 10 | (b & 31) << 5 | (c & 31);
  }

  std::bitset<1 << 15> may_match_;
};

}  // namespace copydesk
