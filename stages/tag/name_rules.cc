// How a pattern of words becomes one of bytes.
//
// A word's flags are written as kWordBytes bytes, eight flags each. {a&!b} becomes a class for
// each of those bytes: the values that have the bits of a and not those of b. RE2 then runs over
// bytes (Latin-1). RuleGraph is told the same pattern class by class.

#include "stages/tag/name_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "pipeline/config.h"

namespace copydesk {
namespace {

constexpr size_t kWordBytes = kFlagBits / 8;
constexpr size_t kRulesMax = 200;
constexpr int kPlaceBits = 13;  // of a hash say where a place is remembered,
constexpr int kNameBits = 20;   // and all but so many are
constexpr size_t kWordSlots = 8192;

constexpr std::array<std::pair<std::string_view, WordFlags>, 13> kShapes = {{
    {"capital", kCapital},
    {"caps", kAllCaps},
    {"initial", kInitial},
    {"number", kNumber},
    {"comma", kComma},
    {"small", kSmall},
    {"start", kStart},
    {"bracket", kBracket},
    {"stop", kStop},
    {"person", kInPerson},
    {"organisation", kInOrganisation},
    {"place", kInPlace},
    {"other", kInOther},
}};

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The class of bytes that have all of `wanted` and none of `refused`.
std::string ByteClass(uint8_t wanted, uint8_t refused) {
  std::string out = "[";
  for (int value = 0; value < 256;) {
    const auto fits = [&](int v) { return (v & wanted) == wanted && (v & refused) == 0; };
    if (!fits(value)) {
      ++value;
      continue;
    }
    int last = value;
    while (last < 255 && fits(last + 1)) ++last;
    out += fmt::format("\\x{:02x}-\\x{:02x}", value, last);
    value = last + 1;
  }
  return out + "]";
}

// Words that have all flags wanted and none of those refused.
struct WordsLike {
  WordFlags wanted = 0;
  WordFlags refused = 0;
  bool operator==(const WordsLike&) const = default;
};

bool AsksForCapital(const WordsLike& like) {
  return (like.wanted & (kCapital | kAllCaps | kInitial)) != 0;
}

// What stands between braces: words that are like one of these.
using WordClass = std::vector<WordsLike>;

bool IsIn(WordFlags flags, const WordClass& words) {
  return std::any_of(words.begin(), words.end(), [&](const WordsLike& like) {
    return (flags & like.wanted) == like.wanted && (flags & like.refused) == 0;
  });
}

absl::Status ReadWordClass(std::string_view text, const Lexicon& lexicon, WordClass* words) {
  while (!text.empty()) {
    const size_t bar = text.find('|');
    std::string_view all = text.substr(0, bar);
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
    WordsLike& like = words->emplace_back();
    while (!all.empty()) {
      const size_t end = all.find('&');
      std::string_view name = Trim(all.substr(0, end));
      all.remove_prefix(end == std::string_view::npos ? all.size() : end + 1);
      const bool is_not = !name.empty() && name.front() == '!';
      if (is_not) name.remove_prefix(1);
      WordFlags flag = lexicon.FlagOf(name);
      for (const auto& [shape, bit] : kShapes) {
        if (shape == name) flag = bit;
      }
      if (flag == 0) return Invalid(fmt::format("'{}' is no list of words", name));
      (is_not ? like.refused : like.wanted) |= flag;
    }
  }
  return absl::OkStatus();
}

std::string ToBytes(const WordClass& words) {
  std::string out = "(?:";
  for (const WordsLike& like : words) {
    if (&like != words.data()) out += '|';
    for (size_t i = 0; i < kWordBytes; ++i) {
      out += ByteClass(static_cast<uint8_t>(like.wanted >> (8 * i)),
                       static_cast<uint8_t>(like.refused >> (8 * i)));
    }
  }
  return out + ")";
}

struct Pattern {
  std::string bytes;               // for RE2
  std::vector<PatternPart> parts;  // for RuleGraph
};

// Adds the classes that are new to `classes`.
absl::StatusOr<Pattern> Translate(std::string_view text, const Lexicon& lexicon,
                                  std::vector<WordClass>* classes) {
  Pattern pattern;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_class =
        c == '{' && at + 1 < text.size() && (text[at + 1] < '0' || text[at + 1] > '9');
    if (!is_class) {
      if (c == ' ') continue;
      pattern.bytes += c;
      pattern.parts.push_back({-1, c});
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) return Invalid("'{' is not closed");
    WordClass words;
    const absl::Status status = ReadWordClass(text.substr(at + 1, end - at - 1), lexicon, &words);
    if (!status.ok()) return status;
    pattern.bytes += ToBytes(words);
    const auto number = std::find(classes->begin(), classes->end(), words) - classes->begin();
    pattern.parts.push_back({static_cast<int32_t>(number), 0});
    if (static_cast<size_t>(number) == classes->size()) classes->push_back(std::move(words));
    at = end;
  }
  return pattern;
}

// What stands between the first pair of parentheses around a name; empty where there is none.
std::span<const PatternPart> PartOfName(std::span<const PatternPart> pattern) {
  const auto is = [&](size_t at, char c) {
    return at < pattern.size() && pattern[at].word_class < 0 && pattern[at].character == c;
  };
  size_t begin = 0;
  while (begin < pattern.size() && (!is(begin, '(') || is(begin + 1, '?'))) ++begin;
  if (begin == pattern.size()) return {};
  size_t end = ++begin;
  for (int depth = 1; depth > 0 && end < pattern.size(); ++end) {
    depth += is(end, '(') - is(end, ')');
  }
  return pattern.subspan(begin, end - 1 - begin);
}

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
  std::vector<WordClass> classes;
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
    const std::string_view word = Trim(line);
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
  const absl::StatusOr<Pattern> pattern = Translate(match, lexicon, &classes);
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
    const WordClass& words_like = rules->impl_->classes[i];
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
  for (const WordClass& words : impl_->classes) {
    for (const WordsLike& like : words) {
      if ((like.wanted & kCapital) == 0) context |= like.wanted;
    }
  }
  return context;
}

WordFlags NameRules::lists_of_small() const {
  WordFlags lists = 0;
  for (const WordClass& words : impl_->classes) {
    for (const WordsLike& like : words) {
      if (!AsksForCapital(like)) lists |= like.wanted | like.refused;
    }
  }
  return lists >> kListBit << kListBit;
}

WordFlags NameRules::asked() const {
  WordFlags asked = 0;
  for (const WordClass& words : impl_->classes) {
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
  const std::vector<WordClass>& classes = rules_->impl_->classes;
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
