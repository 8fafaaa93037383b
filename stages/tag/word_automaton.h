// Which rules may match the words of a text from one of them on: all rules at once, word by word.
//
// A pattern's own engine (RE2) says where in a match the name stands, but takes longer than words
// are worth. The patterns are therefore compiled once more, to an automaton (Thompson's) whose
// letters are words: made deterministic as it runs it says which rules match, and tried depth first
// what a rule's first group takes. What a pattern has beside {classes}, groups, | and the repeats ?
// * + {m,n} is not understood: such a pattern may match anywhere, and its own engine decides.
//
// A word is known by its *look*: the classes it is in, as a number that the caller hands out.
//
// Threads: RuleGraph is immutable once built (share freely); WordAutomaton is used by one thread.
// Limits:  kWordClassesMax classes, kLooksMax looks; 20,000 nodes a graph (patterns beyond are not
//          understood); 2,000 states, then they are forgotten.
// Cost:    a word is one table look-up.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace copydesk {

inline constexpr size_t kWordClassesMax = 256;
// Which classes a word is in, a bit each.
using WordClasses = std::bitset<kWordClassesMax>;

// A part of a pattern: a class of words by its number, or a character.
struct PatternPart {
  int32_t word_class = -1;
  char character = 0;
};

class RuleGraph {
 public:
  // Adds the pattern of the rule with the next number.
  void Add(std::span<const PatternPart> pattern);
  // The classes of words that a match may begin with.
  std::vector<int32_t> Beginnings() const;
  // Whether WordAutomaton::FindGroup() knows what the rule's group takes: it is understood, and
  // repeats nothing without end that may be empty (engines differ in how often they do).
  bool HasGroup(int32_t rule) const { return has_group_[static_cast<size_t>(rule)]; }

 private:
  friend class WordAutomaton;
  enum Kind : uint8_t { kWord, kSplit, kOpen, kClose, kAccept };
  struct Node {
    Kind kind;
    int32_t value;  // the class, or the rule
    int32_t out = -1;
    int32_t other = -1;  // of a split: where to go if `out` leads nowhere
  };
  struct Atom;

  int32_t AddNode(Node node);
  int32_t AddAlternatives(std::span<const PatternPart> pattern, int32_t next);
  int32_t AddSequence(std::span<const PatternPart> pattern, int32_t next);
  int32_t AddAtom(const Atom& atom, int32_t next);
  int32_t AddOnce(const Atom& atom, int32_t next);
  // Adds the nodes that ask for a word, and the rules that are matched, of all that `nodes` lead to
  // without a word.
  void Follow(std::vector<int32_t> nodes, std::vector<int32_t>* words,
              std::vector<int32_t>* rules) const;

  bool LeadsTo(int32_t from, int32_t node) const;

  std::vector<Node> nodes_;
  std::vector<bool> has_group_;  // by rule
  std::vector<int32_t> firsts_;  // nodes, by rule: where its own begin
  std::vector<int32_t> starts_;
  // Of the pattern that is being added:
  bool is_understood_ = true;
  bool repeats_nothing_ = false;       // without end
  const PatternPart* name_ = nullptr;  // where the inside of its first pair of parentheses begins
};

class WordAutomaton {
 public:
  using Look = uint16_t;
  using State = uint16_t;
  static constexpr size_t kLooksMax = 2048;
  static constexpr State kDead = 0;
  static constexpr State kStart = 2;

  // With `is_anywhere` rules match from any word on, not only from the first.
  explicit WordAutomaton(const RuleGraph& graph, bool is_anywhere = false);

  // Forgets all states and looks.
  void Clear();
  // Looks are numbered from 0 in the order in which they are added.
  void AddLook(const WordClasses& classes);

  // The state behind a word. A state is valid until IsFull() says so and Clear() is called.
  // REQUIRES: !IsFull() when the first word of a chain was taken; `state` is not kDead.
  State Next(State state, Look look) {
    const State next = next_[RowOf(state) + look];
    return next != kUnknown ? next : MakeNext(state, look);
  }
  // The rules that match up to here, in rising order.
  std::span<const int32_t> Matching(State state) const { return states_[NumberOf(state)].rules; }
  // Whether some rule goes on with a word of one of these classes.
  bool MayGoOn(State state, const WordClasses& classes) const;
  // Words [begin, end) of some.
  struct Range {
    size_t begin;
    size_t end;
  };
  // What the rule's first pair of parentheses takes where it matches from the first of `words` on,
  // in the order of preference that Perl and RE2 have; empty where it does not. REQUIRES:
  // RuleGraph::HasGroup(rule).
  Range FindGroup(int32_t rule, std::span<const Look> words);
  // Whether there are any that match. REQUIRES: the state is Next()'s.
  static bool IsMatch(State state) { return (state & 1) != 0; }
  // Whether there are any that match no word at all.
  bool MatchesNothing() const { return !Matching(kStart).empty(); }
  bool IsFull() const { return states_.size() + kStatesSpare > kStatesMax; }

 private:
  static constexpr State kUnknown = UINT16_MAX;
  static constexpr size_t kStatesMax = 2000;
  static constexpr size_t kStatesSpare = 100;
  static constexpr size_t kStrideMin = 64;

  // A way to go on, where another led nowhere.
  struct Way {
    int32_t node;
    size_t at;
    Range group;
  };
  struct StateOf {
    std::vector<int32_t> nodes;  // those that ask for a word
    std::vector<int32_t> rules;
  };
  // What some nodes lead to without a word: nodes that ask for one, and -1 - rule for each that is
  // matched. In rising order, each once.
  using Ways = std::vector<int32_t>;

  // A state is its number and, as its lowest bit, whether it is a match.
  static size_t NumberOf(State state) { return state >> 1; }
  size_t RowOf(State state) const { return NumberOf(state) * stride_; }
  State MakeNext(State state, Look look);
  State MakeState(const Ways& ways);
  Ways WaysFrom(std::vector<int32_t> nodes) const;

  const RuleGraph& graph_;
  const bool is_anywhere_;
  std::vector<WordClasses> looks_;
  std::vector<StateOf> states_;
  // By look, stride_ a state: as few as there is need for, so that most of them are in a cache.
  std::vector<State> next_;
  size_t stride_ = kStrideMin;
  absl::flat_hash_map<Ways, State> known_;
  Ways start_ways_;
  std::vector<Ways> ways_behind_;  // a node that asks for a word; empty before it is asked for
  Ways next_ways_;
  std::vector<Way> ways_;
  std::vector<bool> is_tried_;  // by node and place
};

}  // namespace copydesk
