// Rules for names that no dictionary lists: "Mr" and a name, "Bank of" a place, "X Corp".
//
// A rules file (YAML) has lists of words and rules over them. A rule is an RE2 pattern whose
// letters are words: {given} is a word of the list `given`, {capital&!common} one that is
// capitalised and not in `common`, {title|role} one of either; the rest is RE2's, and spaces mean
// nothing. The first pair of parentheses is the name.
//
//     words:
//       title: [Mr, Mrs, President]
//       given: {file: words/given.txt}       one word a line; # begins a comment
//     rules:
//       - {name: title and name, type: person, match: "{title}+ ({capital}{1,3})"}
//
// Beside the lists a word can be: capital, caps, initial, number, comma, small, start, bracket,
// stop, person, organisation, place, other (see WordShape).
//
// Threads: NameRules is immutable (share freely); NameFinder is used by one task thread.
// Errors:  set-up errors with file and line; none at run time.
// Limits:  see lexicon.h; chains of 48 words (of a longer one the first), 200 rules.
// Cost:    what the words of a chain look like is looked up among the last 16,384 chains' looks;
//          the patterns run only for a look that is new.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/entity.h"
#include "stages/tag/chain.h"
#include "stages/tag/lexicon.h"

namespace copydesk {

// A name in a chain: words [begin, end), counted from NameChain::context_begin.
struct NameFound {
  uint8_t begin = 0;
  uint8_t end = 0;
  uint8_t rule = 0;
};

class NameRules {
 public:
  static absl::StatusOr<std::shared_ptr<const NameRules>> FromFile(const std::string& path);
  ~NameRules();

  const Lexicon& lexicon() const;
  const std::string& name(uint32_t rule) const;
  EntityType type(uint32_t rule) const;

 private:
  friend class NameFinder;
  struct Impl;
  NameRules();
  std::unique_ptr<Impl> impl_;
};

class NameFinder {
 public:
  explicit NameFinder(std::shared_ptr<const NameRules> rules);

  // The names in a chain, in rising order. Valid until the next call.
  std::span<const NameFound> Find(std::span<const NameWord> words, const NameChain& chain);

 private:
  void Match();

  const std::shared_ptr<const NameRules> rules_;
  std::string look_;
  absl::flat_hash_map<std::string, std::pair<uint32_t, uint32_t>> looks_;  // into found_
  std::vector<NameFound> found_;
};

}  // namespace copydesk
