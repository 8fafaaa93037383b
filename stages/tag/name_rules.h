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
//       common: {file: words/common.txt, words: [la, der]}   and these
//     rules:
//       - {name: title and name, type: person, match: "{title}+ ({capital}{1,3})"}
//       - {name: two words, type: person, match: "({capital}{2})", not_in: [de]}   languages
//     compounds: {Franco: France}              what stands before the hyphen in "Franco-German"
//     abbreviations: [Corp, Jr]                a name that ends with one has its full stop, too
//
// Beside the lists a word can be: capital, caps, initial, number, comma, small, start, bracket,
// stop, person, organisation, place, other (see WordShape).
//
// Threads: NameRules is immutable (share freely); NameFinder is used by one task thread.
// Errors:  set-up errors with file and line; none at run time.
// Limits:  see lexicon.h; chains of 48 words (of a longer one the first), 200 rules, 256 different
//          classes of words.
// Cost:    a word is a table look-up in an automaton (word_automaton.h). Most words that stand
// alone
//          are no name by that of what stands between the rules' parentheses, and their context is
//          not read. Of other chains a second one says where a rule may match, and what name it
//          finds there; that is remembered for up to 8,192 places by what their words look like (as
//          far as 57 bits of a hash tell). RE2 runs only for what the automaton does not
//          understand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/entity.h"
#include "stages/tag/chain.h"
#include "stages/tag/lexicon.h"
#include "stages/tag/word_automaton.h"

namespace copydesk {

// A name in a chain: words [begin, end) of ChainReader::words().
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
  // The lists and shapes that some rule wants of a word without asking for a capital.
  WordFlags context() const;
  // The lists that some rule wants or refuses of a word without asking for a capital.
  WordFlags lists_of_small() const;
  // What some rule wants or refuses of a word.
  WordFlags asked() const;
  // Those of which a rule's first word may be without a capital; all, where no list says so.
  WordFlags beginnings() const;
  const std::string& name(uint32_t rule) const;
  EntityType type(uint32_t rule) const;
  // True where the rule is not meant for stories in that language (BCP 47, "" when unknown).
  bool IsRefused(uint32_t rule, std::string_view language) const;
  // The rules that are not meant for some language.
  const std::vector<uint32_t>& refusing() const;
  // What the dictionary calls the place that stands for the first half of a compound of two places,
  // by that half in small letters.
  const absl::flat_hash_map<std::string, std::string>& compounds() const;
  const absl::flat_hash_set<std::string>& abbreviations() const;

 private:
  friend class NameFinder;
  struct Impl;
  NameRules();
  std::unique_ptr<Impl> impl_;
};

class NameFinder {
 public:
  explicit NameFinder(std::shared_ptr<const NameRules> rules);

  // The names in the reader's chain, in rising order. Reads what it needs of the chain's context.
  // Valid until the next call.
  std::span<const NameFound> Find(ChainReader* reader);
  // What Find() would find in a chain of this word alone.
  enum class Alone : uint8_t {
    kNothing,
    kNothingInside,  // nothing between words that have no capital and are in no list of rules
    kSomething,      // perhaps a name
  };
  Alone LookAlone(WordFlags flags) {
    ForgetIfFull();
    return Know(flags).alone;
  }

 private:
  static constexpr size_t kWordsMax = 48;
  using Look = WordAutomaton::Look;
  struct KnownWord {
    WordFlags flags = 0;
    Look look = 0;
    WordAutomaton::State first = WordAutomaton::kDead;  // of the rules, behind this word alone
    Alone alone = Alone::kNothing;
  };
  // Words in which rules match, from the first that they match from to the last that any takes; and
  // which of them are the chain's own. Indexes into chain_.
  struct Place {
    size_t begin;
    size_t end;
    size_t chain_begin;
    size_t chain_end;
  };

  // Two slots in turn, so that two words of a text that fall together are both kept.
  const KnownWord& Know(WordFlags flags) {
    flags &= asked_;
    KnownWord* const slots = &words_[2 * (flags * 0x9E3779B97F4A7C15 >> 52)];
    // Which of the two it is cannot be foretold, that it is one of them can.
    const KnownWord& known = slots[slots[0].flags != flags];
    return known.flags == flags ? known : LearnWord(flags, slots);
  }
  const KnownWord& LearnWord(WordFlags flags, KnownWord* slots);
  void TakeWord(size_t at, WordFlags flags) {
    const KnownWord& known = Know(flags);
    chain_[at] = known.look;
    first_[at] = known.first;
  }
  Look MakeLook(WordFlags flags);
  void ForgetIfFull();
  void Forget();
  NameFound NameAt(std::span<const NameWord> words, const Place& place);
  NameFound Match(std::span<const NameWord> words, const Place& place);
  WordAutomaton::Range FindGroupSlowly(int32_t rule, std::span<const NameWord> words);

  const std::shared_ptr<const NameRules> rules_;
  const WordFlags asked_;  // what rules ask of words: no other flag makes a word look different
  WordAutomaton automaton_;
  WordAutomaton names_;  // of what stands between the parentheses
  absl::flat_hash_map<WordClasses, Look, std::hash<WordClasses>> looks_;
  std::vector<KnownWord> words_;
  Look chain_[kWordsMax];  // the looks of a chain's words and of the context that was read,
  WordAutomaton::State first_[kWordsMax];  // and the states of the rules that begin with them
  // What becomes of words that look so, counted from the first of them: the upper bits of a hash of
  // their looks, and the name.
  std::vector<uint64_t> places_;
  std::vector<NameFound> found_;  // in the chain
  std::string bytes_;
  std::vector<int32_t> matching_;
};

}  // namespace copydesk
