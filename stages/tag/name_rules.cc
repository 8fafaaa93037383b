#include "stages/tag/name_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "pipeline/config.h"
#include "stages/tag/rule_pattern.h"

namespace copydesk {
namespace {

constexpr size_t kRulesMax = 200;
constexpr int kPlaceBits = 13;  // of a hash say where a place is remembered,
constexpr int kNameBits = 20;   // and all but so many are
constexpr size_t kWordSlots = 8192;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct NameRules::Impl {
  struct Rule {
    std::string name;
    EntityType type = EntityType::kPerson;
    std::unique_ptr<RE2> pattern;
    std::vector<std::string> not_in;  // languages
  };

  absl::Status ReadList(const std::string& name, const ConfigNode& node);
  absl::Status ReadRule(const ConfigNode& node);

  Lexicon lexicon;
  std::vector<Rule> rules;
  std::vector<uint32_t> refusing;
  std::vector<WordSet> classes;
  WordClasses shape_classes;  // those that a word may be in without a capital or a list
  RuleGraph graph;
  RuleGraph name_graph;
  absl::flat_hash_map<std::string, std::string> compounds;
  absl::flat_hash_set<std::string> abbreviations;
};

absl::Status NameRules::Impl::ReadList(const std::string& name, const ConfigNode& node) {
  WordFlags flag = 0;
  if (absl::Status status = lexicon.AddList(name, &flag); !status.ok()) {
    return node.Error(std::string(status.message()));
  }
  const auto add_words = [&](const ConfigNode& list) {
    for (const ConfigNode& item : list.items()) {
      const absl::StatusOr<std::string> word = item.text();
      if (!word.ok()) return word.status();
      lexicon.AddWord(*word, flag);
    }
    return absl::OkStatus();
  };
  if (node.is_list()) return add_words(node);
  ConfigMap map(node);
  std::string file;
  ConfigNode words = ConfigNode::Null(node);
  map.String("file", &file);
  map.Node("words", &words);
  if (file.empty()) map.Fail("file", "is missing; expected a list of words, or {file: path}");
  if (map.Has("words") && !words.is_list()) map.Fail("words", "expected a list of words");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  if (absl::Status status = add_words(words); !status.ok()) return status;
  const std::string path = node.ResolvePath(file);
  std::ifstream in(path);
  if (!in) return node.Error(fmt::format("file: cannot read {}", path));
  for (std::string line; std::getline(in, line);) {
    const std::string_view word = TrimWord(line);
    if (!word.empty() && word.front() != '#') lexicon.AddWord(word, flag);
  }
  return absl::OkStatus();
}

absl::Status NameRules::Impl::ReadRule(const ConfigNode& node) {
  Rule rule;
  std::string match;
  size_t type = 0;
  ConfigMap map(node);
  map.String("name", &rule.name);
  map.Choice("type", {"person", "organisation", "place", "event", "object"}, &type);
  map.String("match", &match);
  map.Strings("not_in", &rule.not_in);
  if (rule.name.empty()) map.Fail("name", "is missing");
  if (match.empty()) map.Fail("match", "is missing");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  rule.type = static_cast<EntityType>(type);
  const absl::StatusOr<RulePattern> pattern = ReadRulePattern(match, lexicon, &classes);
  if (!pattern.ok()) {
    return node.Error(fmt::format("match: {}", std::string(pattern.status().message())));
  }
  if (classes.size() > kWordClassesMax) {
    return node.Error(
        fmt::format("match: more than {} different classes of words", kWordClassesMax));
  }
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  rule.pattern = std::make_unique<RE2>(Piece(pattern->bytes), options);
  if (!rule.pattern->ok()) return node.Error(fmt::format("match: {}", rule.pattern->error()));
  const std::span<const PatternPart> name = PartOfName(pattern->parts);
  if (rule.pattern->NumberOfCapturingGroups() < 1 || name.empty()) {
    return node.Error("match: expected parentheses around the name");
  }
  if (rules.size() == kRulesMax) return node.Error(fmt::format("more than {} rules", kRulesMax));
  if (!rule.not_in.empty()) refusing.push_back(static_cast<uint32_t>(rules.size()));
  graph.Add(pattern->parts);
  name_graph.Add(name);
  rules.push_back(std::move(rule));
  return absl::OkStatus();
}

NameRules::NameRules() : impl_(std::make_unique<Impl>()) {}
NameRules::~NameRules() = default;

absl::StatusOr<std::shared_ptr<const NameRules>> NameRules::FromFile(const std::string& path) {
  const absl::StatusOr<ConfigNode> root = ConfigNode::FromFile(path);
  if (!root.ok()) return root.status();
  std::shared_ptr<NameRules> rules(new NameRules);
  ConfigMap map(*root);
  ConfigNode words = ConfigNode::Null(*root);
  ConfigNode list = ConfigNode::Null(*root);
  ConfigNode compounds = ConfigNode::Null(*root);
  ConfigNode abbreviations = ConfigNode::Null(*root);
  map.Node("words", &words);
  map.Node("rules", &list);
  map.Node("compounds", &compounds);
  map.Node("abbreviations", &abbreviations);
  if (map.Has("words") && !words.is_map()) map.Fail("words", "expected lists by their names");
  if (map.Has("rules") && !list.is_list()) map.Fail("rules", "expected a list of rules");
  if (map.Has("compounds") && !compounds.is_map()) {
    map.Fail("compounds", "expected names by the halves that stand for them");
  }
  if (map.Has("abbreviations") && !abbreviations.is_list()) {
    map.Fail("abbreviations", "expected a list of words");
  }
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  for (const auto& [name, node] : words.entries()) {
    if (absl::Status status = rules->impl_->ReadList(name, node); !status.ok()) return status;
  }
  rules->impl_->lexicon.Pack();
  for (const ConfigNode& node : list.items()) {
    if (absl::Status status = rules->impl_->ReadRule(node); !status.ok()) return status;
  }
  for (const auto& [half, node] : compounds.entries()) {
    const absl::StatusOr<std::string> name = node.text();
    if (!name.ok()) return name.status();
    char buffer[kWordBytesMax];
    rules->impl_->compounds.emplace(ToLowerWord(half, buffer), *name);
  }
  for (const ConfigNode& node : abbreviations.items()) {
    const absl::StatusOr<std::string> word = node.text();
    if (!word.ok()) return word.status();
    rules->impl_->abbreviations.insert(*word);
  }
  for (size_t i = 0; i < rules->impl_->classes.size(); ++i) {
    const WordSet& words_like = rules->impl_->classes[i];
    rules->impl_->shape_classes[i] =
        std::any_of(words_like.begin(), words_like.end(), [](const WordsLike& like) {
          return !AsksForCapital(like) && like.wanted >> kListBit == 0;
        });
  }
  return rules;
}

const Lexicon& NameRules::lexicon() const { return impl_->lexicon; }
const std::vector<uint32_t>& NameRules::refusing() const { return impl_->refusing; }
const std::string& NameRules::name(uint32_t rule) const { return impl_->rules[rule].name; }
EntityType NameRules::type(uint32_t rule) const { return impl_->rules[rule].type; }

bool NameRules::IsRefused(uint32_t rule, std::string_view language) const {
  const std::vector<std::string>& languages = impl_->rules[rule].not_in;
  return std::any_of(languages.begin(), languages.end(), [&](const std::string& refused) {
    return language.starts_with(refused) &&
           (language.size() == refused.size() || language[refused.size()] == '-');
  });
}

const absl::flat_hash_map<std::string, std::string>& NameRules::compounds() const {
  return impl_->compounds;
}

const absl::flat_hash_set<std::string>& NameRules::abbreviations() const {
  return impl_->abbreviations;
}

WordFlags NameRules::context() const {
  WordFlags context = 0;
  for (const WordSet& words : impl_->classes) {
    for (const WordsLike& like : words) {
      if ((like.wanted & kCapital) == 0) context |= like.wanted;
    }
  }
  return context;
}

WordFlags NameRules::lists_of_small() const {
  WordFlags lists = 0;
  for (const WordSet& words : impl_->classes) {
    for (const WordsLike& like : words) {
      if (!AsksForCapital(like)) lists |= like.wanted | like.refused;
    }
  }
  return lists >> kListBit << kListBit;
}

WordFlags NameRules::asked() const {
  WordFlags asked = 0;
  for (const WordSet& words : impl_->classes) {
    for (const WordsLike& like : words) asked |= like.wanted | like.refused;
  }
  return asked;
}

WordFlags NameRules::beginnings() const {
  WordFlags beginnings = 0;
  for (const int32_t number : impl_->graph.Beginnings()) {
    for (const WordsLike& like : impl_->classes[static_cast<size_t>(number)]) {
      if (AsksForCapital(like)) continue;
      const WordFlags lists = like.wanted >> kListBit << kListBit;
      beginnings |= lists == 0 ? kAnyWord : lists;
    }
  }
  return beginnings;
}

NameFinder::NameFinder(std::shared_ptr<const NameRules> rules)
    : rules_(std::move(rules)),
      asked_(rules_->asked()),
      automaton_(rules_->impl_->graph),
      names_(rules_->impl_->name_graph, true),
      words_(kWordSlots),
      places_(size_t{1} << kPlaceBits) {
  Forget();
}

const NameFinder::KnownWord& NameFinder::LearnWord(WordFlags flags, KnownWord* slots) {
  static_assert(kWordSlots == 2 << 12);
  slots[1] = slots[0];
  KnownWord& known = slots[0];
  const Look look = MakeLook(flags);
  constexpr WordAutomaton::State kStart = WordAutomaton::kStart;
  const bool may_be_name =
      names_.MatchesNothing() || WordAutomaton::IsMatch(names_.Next(kStart, look));
  const WordAutomaton::State state = automaton_.Next(kStart, look);
  const bool may_match = automaton_.MatchesNothing() || WordAutomaton::IsMatch(state) ||
                         automaton_.MayGoOn(state, rules_->impl_->shape_classes);
  known = {flags, look, state, Alone::kNothing};
  if (may_be_name) known.alone = may_match ? Alone::kSomething : Alone::kNothingInside;
  return known;
}

NameFinder::Look NameFinder::MakeLook(WordFlags flags) {
  const std::vector<WordSet>& classes = rules_->impl_->classes;
  WordClasses is_in;
  for (size_t i = 0; i < classes.size(); ++i) is_in[i] = IsIn(flags, classes[i]);
  const auto next = static_cast<Look>(looks_.size());
  const auto [found, is_new] = looks_.try_emplace(is_in, next);
  if (is_new) {
    names_.AddLook(is_in);
    automaton_.AddLook(is_in);
  }
  return found->second;
}

void NameFinder::ForgetIfFull() {
  const bool is_full = looks_.size() + kWordsMax > WordAutomaton::kLooksMax;
  if (is_full || automaton_.IsFull() || names_.IsFull()) Forget();
}

void NameFinder::Forget() {
  looks_.clear();
  automaton_.Clear();
  names_.Clear();
  // The empty slots are those of a word without flags.
  const Look none = MakeLook(0);
  const KnownWord empty = {0, none, automaton_.Next(WordAutomaton::kStart, none)};
  std::fill(words_.begin(), words_.end(), empty);
  std::fill(places_.begin(), places_.end(), 0);
}

std::span<const NameFound> NameFinder::Find(ChainReader* reader) {
  ForgetIfFull();
  found_.clear();
  const NameChain& chain = reader->chain();
  const NameWord* const words = reader->words().data() + chain.begin;  // until more are read
  const size_t count = std::min<size_t>(chain.end - chain.begin, kWordsMax);
  // Most chains are one word, and most of those are no name.
  if (count == 1 && Know(words[0].flags).alone == Alone::kNothing) return found_;
  reader->ReadBefore();
  // From here on places count from the context's begin.
  const uint32_t base = chain.context_begin;
  const size_t before = chain.begin - base;
  const size_t chain_end = std::min<size_t>(before + count, kWordsMax);
  size_t size = 0;
  for (; size < chain_end; ++size) TakeWord(size, reader->words()[base + size].flags);
  for (size_t at = 0; at < chain_end; ++at) {
    WordAutomaton::State state = first_[at];
    size_t end = at + 1;
    size_t last = WordAutomaton::IsMatch(state) ? end : at;  // match ends here
    while (state != WordAutomaton::kDead) {
      if (end == size) {
        if (size == kWordsMax) break;
        if (base + size >= chain.context_end && !reader->ReadBehind()) break;
        TakeWord(size, reader->words()[base + size].flags);
        ++size;
      }
      state = automaton_.Next(state, chain_[end++]);
      if (WordAutomaton::IsMatch(state)) last = end;
    }
    // A rule that the automaton does not understand may match anywhere.
    if (automaton_.MatchesNothing()) last = end;
    if (last == at) continue;
    const Place place = {at, last, std::max(at, before), std::min(last, chain_end)};
    const NameFound name = NameAt(reader->words().subspan(base), place);
    if (name.end == 0) continue;
    found_.push_back({static_cast<uint8_t>(base + at + name.begin),
                      static_cast<uint8_t>(base + at + name.end), name.rule});
    at += name.end - 1u;
  }
  return found_;
}

NameFound NameFinder::NameAt(std::span<const NameWord> words, const Place& place) {
  // Where the chain begins and ends stands above the bits that looks come to.
  const size_t begin = place.begin;
  uint64_t hash = ((place.chain_begin - begin) << 8 | (place.chain_end - begin)) << 32 | 1;
  for (size_t i = begin; i < place.end; ++i) {
    hash = (hash ^ chain_[i]) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 32;
  }
  // A name is 6 bits of its begin, 6 of its end and 8 of its rule.
  static_assert(kWordsMax < 1 << 6 && kRulesMax <= 1 << 8 && kNameBits == 6 + 6 + 8);
  uint64_t& known = places_[hash >> (64 - kPlaceBits)];
  if ((known ^ hash) >> kNameBits != 0) {
    const NameFound name = Match(words, place);
    known = hash >> kNameBits << kNameBits | uint64_t{name.begin} << 14 | uint64_t{name.end} << 8 |
            name.rule;
  }
  return {static_cast<uint8_t>(known >> 14 & 63), static_cast<uint8_t>(known >> 8 & 63),
          static_cast<uint8_t>(known & 255)};
}

// The name that the first rule gives of those that match at the place and whose name is the
// chain's.
NameFound NameFinder::Match(std::span<const NameWord> words, const Place& place) {
  WordAutomaton::State state = WordAutomaton::kStart;
  const std::span<const int32_t> always = automaton_.Matching(state);
  matching_.assign(always.begin(), always.end());
  for (size_t i = place.begin; i < place.end; ++i) {
    state = automaton_.Next(state, chain_[i]);
    const std::span<const int32_t> rules = automaton_.Matching(state);
    matching_.insert(matching_.end(), rules.begin(), rules.end());
  }
  std::sort(matching_.begin(), matching_.end());
  matching_.erase(std::unique(matching_.begin(), matching_.end()), matching_.end());
  const std::span<const Look> looks(chain_ + place.begin, place.end - place.begin);
  words = words.subspan(place.begin, looks.size());
  for (const int32_t rule : matching_) {
    const WordAutomaton::Range name = rules_->impl_->graph.HasGroup(rule)
                                          ? automaton_.FindGroup(rule, looks)
                                          : FindGroupSlowly(rule, words);
    const bool is_chains =
        place.begin + name.begin >= place.chain_begin && place.begin + name.end <= place.chain_end;
    if (!is_chains || name.begin == name.end) continue;
    return {static_cast<uint8_t>(name.begin), static_cast<uint8_t>(name.end),
            static_cast<uint8_t>(rule)};
  }
  return {};
}

// RE2's answer.
WordAutomaton::Range NameFinder::FindGroupSlowly(int32_t rule, std::span<const NameWord> words) {
  bytes_.clear();
  for (const NameWord& word : words) {
    for (size_t byte = 0; byte < kWordBytes; ++byte) {
      bytes_.push_back(static_cast<char>(word.flags >> (8 * byte)));
    }
  }
  const RE2& pattern = *rules_->impl_->rules[static_cast<size_t>(rule)].pattern;
  std::array<re2::StringPiece, 2> groups;
  if (!pattern.Match(Piece(bytes_), 0, bytes_.size(), RE2::ANCHOR_START, groups.data(), 2)) {
    return {0, 0};
  }
  const size_t begin = static_cast<size_t>(groups[1].data() - bytes_.data()) / kWordBytes;
  return {begin, begin + groups[1].size() / kWordBytes};
}

}  // namespace copydesk
