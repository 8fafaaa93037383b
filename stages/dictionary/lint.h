// Finds what an editor should look at in a dictionary before a desk works with it.
//
//   bad-source      a line that cannot be taken: bad encoding, a bad pattern, an unknown type
//   duplicate-id    an id that one file gives twice, or that has two types
//   common-word     an alias that a text has as an ordinary word, as it stands or where a sentence
//                   begins (common_words.h, and the words given)
//   too-short       an alias of one letter or two that is not written in capitals
//   crowded         an alias that kCrowd entities or more claim
//   tied            an alias whose best claims have the same priority: the order of sources decides
//   shadowed        an entity all of whose aliases belong to a better one first
//   redundant       an alias that its entity has under a wider fold as well, or by a pattern
//   costly-pattern  a pattern without a string it requires: it runs over every story. With the time
//                   it takes for one of four kilobytes
//   useless-pattern a pattern that matches whatever stands between two edges
//   idle-denial     a denial of what is not there
//
// Threads: pure functions. Cost: seconds a million aliases.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "stages/dictionary/dictionary.h"

namespace copydesk {

inline constexpr size_t kCrowd = 5;

struct Finding {
  std::string_view rule;
  std::string text;
  bool is_error() const { return rule == "bad-source"; }
};

struct LintInput {
  const Dictionary& dictionary;
  const SourceReport& report;
  std::span<const std::string> idle_denials;
  // Words beside the common ones, in small letters.
  const absl::flat_hash_set<std::string>& words;
};

// The findings, a rule's together, in the order of the rules above.
std::vector<Finding> Lint(const LintInput& input);

}  // namespace copydesk
