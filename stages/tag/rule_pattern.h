// The pattern of a rule (name_rules.h), whose letters are words, as one of bytes and as parts.
//
// A word's flags are written as kWordBytes bytes, eight flags each. {a&!b} becomes a class for
// each of those bytes: the values that have the bits of a and not those of b. RE2 then runs over
// bytes (Latin-1). RuleGraph is told the same pattern class by class.
//
// Threads: pure functions. Errors: absl::InvalidArgument that says what is wrong.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "stages/tag/lexicon.h"
#include "stages/tag/word_automaton.h"

namespace copydesk {

inline constexpr size_t kWordBytes = kFlagBits / 8;

// Words that have all flags wanted and none of those refused.
struct WordsLike {
  WordFlags wanted = 0;
  WordFlags refused = 0;
  bool operator==(const WordsLike&) const = default;
};

inline bool AsksForCapital(const WordsLike& like) {
  return (like.wanted & (kCapital | kAllCaps | kInitial)) != 0;
}

// What stands between braces: words that are like one of these.
using WordSet = std::vector<WordsLike>;

inline bool IsIn(WordFlags flags, const WordSet& words) {
  return std::any_of(words.begin(), words.end(), [&](const WordsLike& like) {
    return (flags & like.wanted) == like.wanted && (flags & like.refused) == 0;
  });
}

struct RulePattern {
  std::string bytes;               // for RE2
  std::vector<PatternPart> parts;  // for RuleGraph; a class is its number among `classes`
};

// Reads a pattern. Adds the classes that are new to `classes`.
absl::StatusOr<RulePattern> ReadRulePattern(std::string_view text, const Lexicon& lexicon,
                                            std::vector<WordSet>* classes);

// What stands between the first pair of parentheses around a name; empty where there is none.
std::span<const PatternPart> PartOfName(std::span<const PatternPart> pattern);

// Without blanks at its ends.
std::string_view TrimWord(std::string_view text);

}  // namespace copydesk
