// A pattern is compiled from its end to its begin: each part is told which node follows it.

#include "stages/tag/word_automaton.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace copydesk {
namespace {

constexpr size_t kNodesMax = 20'000;
constexpr int kRepeatsMax = 100;

bool IsCharacter(const PatternPart& part, char character) {
  return part.word_class < 0 && part.character == character;
}

}  // namespace

// What a repeat applies to.
struct RuleGraph::Atom {
  std::span<const PatternPart> inside;  // of a group; or the one word
  bool is_group = false;
  bool is_name = false;  // the first group that counts
  int min = 1;
  int max = 1;  // -1: any number
  bool is_lazy = false;
};

int32_t RuleGraph::AddNode(Node node) {
  if (nodes_.size() == kNodesMax) {
    is_understood_ = false;
    return 0;
  }
  nodes_.push_back(node);
  return static_cast<int32_t>(nodes_.size() - 1);
}

void RuleGraph::Add(std::span<const PatternPart> pattern) {
  const auto rule = static_cast<int32_t>(starts_.size());
  const size_t size = nodes_.size();
  firsts_.push_back(static_cast<int32_t>(size));
  is_understood_ = true;
  repeats_nothing_ = false;
  name_ = nullptr;
  for (size_t i = 0; i + 1 < pattern.size() && name_ == nullptr; ++i) {
    if (IsCharacter(pattern[i], '(') && !IsCharacter(pattern[i + 1], '?')) name_ = &pattern[i + 1];
  }
  const int32_t accept = AddNode({kAccept, rule});
  const int32_t start = AddAlternatives(pattern, accept);
  has_group_.push_back(is_understood_ && name_ != nullptr && !repeats_nothing_);
  if (is_understood_) {
    starts_.push_back(start);
    return;
  }
  nodes_.resize(size);
  nodes_.push_back({kAccept, rule});
  starts_.push_back(static_cast<int32_t>(size));
}

int32_t RuleGraph::AddAlternatives(std::span<const PatternPart> pattern, int32_t next) {
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    depth += IsCharacter(pattern[i], '(') - IsCharacter(pattern[i], ')');
    if (depth != 0 || !IsCharacter(pattern[i], '|')) continue;
    const int32_t first = AddSequence(pattern.first(i), next);
    const int32_t rest = AddAlternatives(pattern.subspan(i + 1), next);
    return AddNode({kSplit, 0, first, rest});
  }
  return AddSequence(pattern, next);
}

// Reads the numbers of {m}, {m,} or {m,n} and returns how many parts it took; 0 for anything else.
size_t ReadCounts(std::span<const PatternPart> pattern, int* min, int* max) {
  std::string text;
  size_t at = 1;
  while (at < pattern.size() && pattern[at].word_class < 0 && pattern[at].character != '}') {
    text.push_back(pattern[at++].character);
  }
  if (at >= pattern.size() || !IsCharacter(pattern[at], '}')) return 0;
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, *min);
  if (read.ec != std::errc()) return 0;
  *max = *min;
  if (read.ptr != end && *read.ptr == ',') {
    *max = -1;
    if (++read.ptr != end) read = std::from_chars(read.ptr, end, *max);
  }
  const bool is_sane = read.ptr == end && *min <= kRepeatsMax && *max <= kRepeatsMax;
  return is_sane ? at + 1 : 0;
}

int32_t RuleGraph::AddSequence(std::span<const PatternPart> pattern, int32_t next) {
  std::vector<Atom> atoms;
  for (size_t at = 0; at < pattern.size() && is_understood_;) {
    Atom& atom = atoms.emplace_back();
    if (pattern[at].word_class >= 0) {
      atom.inside = pattern.subspan(at++, 1);
    } else if (IsCharacter(pattern[at], '(')) {
      const size_t begin = at + 1;
      int depth = 1;
      while (depth > 0 && ++at < pattern.size()) {
        depth += IsCharacter(pattern[at], '(') - IsCharacter(pattern[at], ')');
      }
      atom.inside = pattern.subspan(begin, at++ - begin);
      atom.is_group = true;
      atom.is_name = atom.inside.data() == name_;
      const auto& inside = atom.inside;
      if (inside.size() > 1 && IsCharacter(inside[0], '?') && IsCharacter(inside[1], ':')) {
        atom.inside = inside.subspan(2);
      }
    } else {
      is_understood_ = false;
      break;
    }
    if (at >= pattern.size() || pattern[at].word_class >= 0) continue;
    const char repeat = pattern[at].character;
    if (repeat == '?' || repeat == '*' || repeat == '+') {
      atom.min = repeat == '+';
      atom.max = repeat == '?' ? 1 : -1;
      ++at;
    } else if (repeat == '{') {
      const size_t taken = ReadCounts(pattern.subspan(at), &atom.min, &atom.max);
      is_understood_ = is_understood_ && taken != 0;
      at += taken;
    }
    // As few as possible is the same set of matches, in another order.
    atom.is_lazy = at < pattern.size() && IsCharacter(pattern[at], '?');
    at += atom.is_lazy;
  }
  for (auto atom = atoms.rbegin(); is_understood_ && atom != atoms.rend(); ++atom) {
    next = AddAtom(*atom, next);
  }
  return next;
}

int32_t RuleGraph::AddAtom(const Atom& atom, int32_t next) {
  int32_t start = next;
  const auto add_choice = [&](int32_t once) {
    return atom.is_lazy ? AddNode({kSplit, 0, next, once}) : AddNode({kSplit, 0, once, next});
  };
  if (atom.max < 0) {
    start = add_choice(-1);
    const int32_t once = AddOnce(atom, start);
    Node& choice = nodes_[static_cast<size_t>(start)];
    (atom.is_lazy ? choice.other : choice.out) = once;
    repeats_nothing_ |= LeadsTo(once, start);
  }
  for (int i = atom.min; i < atom.max; ++i) start = add_choice(AddOnce(atom, start));
  for (int i = 0; i < atom.min; ++i) start = AddOnce(atom, start);
  return start;
}

int32_t RuleGraph::AddOnce(const Atom& atom, int32_t next) {
  if (atom.is_name) {
    const int32_t close = AddNode({kClose, 0, next});
    return AddNode({kOpen, 0, AddAlternatives(atom.inside, close)});
  }
  if (atom.is_group) return AddAlternatives(atom.inside, next);
  return AddNode({kWord, atom.inside[0].word_class, next});
}

// Whether `from` leads to `node` without a word.
bool RuleGraph::LeadsTo(int32_t from, int32_t node) const {
  std::vector<bool> is_seen(nodes_.size());
  std::vector<int32_t> open = {from};
  while (!open.empty()) {
    const int32_t number = open.back();
    open.pop_back();
    if (number == node) return true;
    if (number < 0 || is_seen[static_cast<size_t>(number)]) continue;
    is_seen[static_cast<size_t>(number)] = true;
    const Node& at = nodes_[static_cast<size_t>(number)];
    if (at.kind == kWord) continue;
    open.push_back(at.out);
    open.push_back(at.other);
  }
  return false;
}

void RuleGraph::Follow(std::vector<int32_t> nodes, std::vector<int32_t>* words,
                       std::vector<int32_t>* rules) const {
  std::vector<bool> is_seen(nodes_.size());
  while (!nodes.empty()) {
    const int32_t number = nodes.back();
    nodes.pop_back();
    if (is_seen[static_cast<size_t>(number)]) continue;
    is_seen[static_cast<size_t>(number)] = true;
    const Node& node = nodes_[static_cast<size_t>(number)];
    switch (node.kind) {
      case kWord:
        words->push_back(number);
        break;
      case kSplit:
        nodes.push_back(node.out);
        nodes.push_back(node.other);
        break;
      case kOpen:
      case kClose:
        nodes.push_back(node.out);
        break;
      case kAccept:
        rules->push_back(node.value);
        break;
    }
  }
}

std::vector<int32_t> RuleGraph::Beginnings() const {
  std::vector<int32_t> words;
  std::vector<int32_t> rules;
  Follow(starts_, &words, &rules);
  for (int32_t& word : words) word = nodes_[static_cast<size_t>(word)].value;
  return words;
}

WordAutomaton::WordAutomaton(const RuleGraph& graph, bool is_anywhere)
    : graph_(graph),
      is_anywhere_(is_anywhere),
      start_ways_(WaysFrom(graph.starts_)),
      ways_behind_(graph.nodes_.size()) {
  Clear();
}

void WordAutomaton::Clear() {
  looks_.clear();
  states_.clear();
  next_.clear();
  known_.clear();
  MakeState({});
  MakeState(start_ways_);
}

void WordAutomaton::AddLook(const WordClasses& classes) {
  looks_.push_back(classes);
  if (looks_.size() <= stride_) return;
  std::vector<State> wider(states_.size() * 2 * stride_, kUnknown);
  for (size_t state = 0; state < states_.size(); ++state) {
    std::copy_n(next_.begin() + static_cast<ptrdiff_t>(state * stride_), stride_,
                wider.begin() + static_cast<ptrdiff_t>(state * 2 * stride_));
  }
  next_.swap(wider);
  stride_ *= 2;
}

WordAutomaton::Ways WordAutomaton::WaysFrom(std::vector<int32_t> nodes) const {
  Ways ways;
  std::vector<int32_t> rules;
  graph_.Follow(std::move(nodes), &ways, &rules);
  for (const int32_t rule : rules) ways.push_back(-1 - rule);
  std::sort(ways.begin(), ways.end());
  return ways;
}

WordAutomaton::State WordAutomaton::MakeState(const Ways& ways) {
  StateOf made;
  for (const int32_t way : ways) {
    if (way >= 0) made.nodes.push_back(way);
    if (way < 0) made.rules.insert(made.rules.begin(), -1 - way);
  }
  const auto state = static_cast<State>(states_.size() << 1 | (made.rules.empty() ? 0 : 1));
  known_.emplace(ways, state);
  states_.push_back(std::move(made));
  next_.resize(states_.size() * stride_, kUnknown);
  return state;
}

bool WordAutomaton::MayGoOn(State state, const WordClasses& classes) const {
  const std::vector<int32_t>& nodes = states_[NumberOf(state)].nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&](int32_t number) {
    const RuleGraph::Node& node = graph_.nodes_[static_cast<size_t>(number)];
    return classes[static_cast<size_t>(node.value)];
  });
}

WordAutomaton::Range WordAutomaton::FindGroup(int32_t rule, std::span<const Look> words) {
  // Depth first, the preferred way first; a node that led nowhere from a place never will.
  const auto number = static_cast<size_t>(rule);
  const int32_t first = graph_.firsts_[number];
  const size_t behind = number + 1 == graph_.firsts_.size()
                            ? graph_.nodes_.size()
                            : static_cast<size_t>(graph_.firsts_[number + 1]);
  const size_t places = words.size() + 1;
  is_tried_.assign((behind - static_cast<size_t>(first)) * places, false);
  ways_.assign(1, {graph_.starts_[number], 0, {0, 0}});
  while (!ways_.empty()) {
    Way way = ways_.back();
    ways_.pop_back();
    while (way.node >= 0) {
      const auto tried =
          is_tried_.begin() +
          static_cast<ptrdiff_t>(static_cast<size_t>(way.node - first) * places + way.at);
      if (*tried) break;
      *tried = true;
      const RuleGraph::Node& node = graph_.nodes_[static_cast<size_t>(way.node)];
      way.node = node.out;
      switch (node.kind) {
        case RuleGraph::kWord:
          if (way.at == words.size() || !looks_[words[way.at]][static_cast<size_t>(node.value)]) {
            way.node = -1;
          } else {
            ++way.at;
          }
          break;
        case RuleGraph::kSplit:
          ways_.push_back({node.other, way.at, way.group});
          break;
        case RuleGraph::kOpen:
          way.group.begin = way.at;
          break;
        case RuleGraph::kClose:
          way.group.end = way.at;
          break;
        case RuleGraph::kAccept:
          return way.group;
      }
    }
  }
  return {0, 0};
}

WordAutomaton::State WordAutomaton::MakeNext(State state, Look look) {
  next_ways_.clear();
  size_t added = 0;
  const auto add = [&](const Ways& ways) {
    next_ways_.insert(next_ways_.end(), ways.begin(), ways.end());
    ++added;
  };
  if (is_anywhere_) add(start_ways_);
  const WordClasses& classes = looks_[look];
  for (const int32_t number : states_[NumberOf(state)].nodes) {
    const RuleGraph::Node& node = graph_.nodes_[static_cast<size_t>(number)];
    if (!classes[static_cast<size_t>(node.value)]) continue;
    Ways& behind = ways_behind_[static_cast<size_t>(number)];
    if (behind.empty()) behind = WaysFrom({node.out});
    add(behind);
  }
  if (added > 1) {
    std::sort(next_ways_.begin(), next_ways_.end());
    next_ways_.erase(std::unique(next_ways_.begin(), next_ways_.end()), next_ways_.end());
  }
  State next = kDead;
  if (added > 0) {
    const auto known = known_.find(next_ways_);
    next = known != known_.end() ? known->second : MakeState(next_ways_);
  }
  next_[RowOf(state) + look] = next;
  return next;
}

}  // namespace copydesk
