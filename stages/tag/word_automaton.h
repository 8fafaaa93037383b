// Which rules may match the words of a text from one of them on: all rules at once, word by word.
//
// A pattern's own engine (RE2) says where in a match the name stands, but takes longer than most
// words are worth: nearly everywhere no rule matches. The patterns are therefore compiled once
// more, to an automaton (Thompson's) whose letters are words, made deterministic as it runs. What a
// pattern has beside {classes}, groups, | and the repeats ? * + {m,n} is not understood: such a
// pattern may match anywhere, and its own engine decides.
//
// A word is known by its *look*: the classes it is in, as a number that the caller hands out.
//
// Threads: RuleGraph is immutable once built (share freely); WordAutomaton is used by one thread.
// Limits:  kLooksMax looks; 20,000 nodes a graph (patterns beyond are not understood); 2,000
// states,
//          then they are forgotten.
// Cost:    a word is one table look-up.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace copydesk {

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

 private:
  friend class WordAutomaton;
  enum Kind : uint8_t { kWord, kSplit, kAccept };
  struct Node {
    Kind kind;
    int32_t value;  // the class, or the rule
    int32_t out = -1;
    int32_t other = -1;  // of a split
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

  std::vector<Node> nodes_;
  std::vector<int32_t> starts_;
  bool is_understood_ = true;  // of the pattern that is being added
};

class WordAutomaton {
 public:
  using Look = uint16_t;
  using State = uint16_t;
  static constexpr size_t kLooksMax = 2048;
  static constexpr State kDead = 0;
  static constexpr State kStart = 1;

  explicit WordAutomaton(const RuleGraph& graph);

  // Forgets all states and looks.
  void Clear();
  // `classes`: which it is in. Looks are numbered from 0 in the order in which they are added.
  void AddLook(std::vector<bool> classes);

  // The state behind a word. A state is valid until IsFull() says so and Clear() is called.
  // REQUIRES: !IsFull() when the first word of a chain was taken; `state` is not kDead.
  State Next(State state, Look look) {
    const State next = next_[state * stride_ + look];
    return next != kUnknown ? next : MakeNext(state, look);
  }
  // The rules that match up to here, in rising order.
  std::span<const int32_t> Matching(State state) const { return states_[state].rules; }
  // Whether some rule goes on with a word of one of these classes.
  bool MayGoOn(State state, const std::vector<bool>& classes) const;
  // Whether there are any that match.
  bool IsMatch(State state) const { return is_match_[state]; }
  bool IsFull() const { return states_.size() + kStatesSpare > kStatesMax; }

 private:
  static constexpr State kUnknown = UINT16_MAX;
  static constexpr size_t kStatesMax = 2000;
  static constexpr size_t kStatesSpare = 100;
  static constexpr size_t kStrideMin = 64;

  struct StateOf {
    std::vector<int32_t> nodes;  // those that ask for a word
    std::vector<int32_t> rules;
  };

  State MakeNext(State state, Look look);
  State StateOfNodes(std::vector<int32_t> nodes);

  const RuleGraph& graph_;
  std::vector<std::vector<bool>> looks_;
  std::vector<StateOf> states_;
  std::vector<uint8_t> is_match_;  // a state's
  // By look, stride_ a state: as few as there is need for, so that most of them are in a cache.
  std::vector<State> next_;
  size_t stride_ = kStrideMin;
  std::map<std::vector<int32_t>, State> known_;
};

}  // namespace copydesk
