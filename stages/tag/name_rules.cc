// How a pattern of words becomes one of bytes.
//
// A word's flags are written as kWordBytes bytes, eight flags each. {a&!b} becomes a class for
// each of those bytes: the values that have the bits of a and not those of b. RE2 then runs over
// bytes (Latin-1) and every step of it is one word.

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
constexpr uint32_t kWordsMax = 48;
constexpr size_t kRulesMax = 200;
constexpr size_t kLooksMax = 16384;
constexpr size_t kHeadBytes = 2;

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

struct Pattern {
  std::string bytes;
  WordFlags needed = 0;  // no match without a word that has each of these
};

// Writes what stands between braces.
absl::Status AddWordClass(std::string_view text, const Lexicon& lexicon, bool is_needed,
                          Pattern* pattern) {
  pattern->bytes += "(?:";
  bool is_first = true;
  bool is_alone = true;
  WordFlags wanted = 0;
  while (!text.empty()) {
    const size_t bar = text.find('|');
    std::string_view all = text.substr(0, bar);
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
    is_alone &= is_first && text.empty();
    wanted = 0;
    WordFlags refused = 0;
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
      (is_not ? refused : wanted) |= flag;
    }
    if (!is_first) pattern->bytes += '|';
    is_first = false;
    for (size_t i = 0; i < kWordBytes; ++i) {
      pattern->bytes += ByteClass(static_cast<uint8_t>(wanted >> (8 * i)),
                                  static_cast<uint8_t>(refused >> (8 * i)));
    }
  }
  if (is_alone && is_needed) pattern->needed |= wanted;
  pattern->bytes += ')';
  return absl::OkStatus();
}

absl::StatusOr<Pattern> Translate(std::string_view text, const Lexicon& lexicon) {
  Pattern pattern;
  // What stands inside a group may be optional as a whole, or one of several.
  const bool has_choice =
      text.find(")?") != text.npos || text.find(")*") != text.npos || text.find("(?:") != text.npos;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool is_class =
        c == '{' && at + 1 < text.size() && (text[at + 1] < '0' || text[at + 1] > '9');
    if (c == ' ') {
      ++at;
    } else if (!is_class) {
      pattern.bytes += c;
      ++at;
    } else {
      const size_t end = text.find('}', at);
      if (end == std::string_view::npos) return Invalid("'{' is not closed");
      const char after = end + 1 < text.size() ? text[end + 1] : ' ';
      const bool is_needed =
          !has_choice && after != '?' && after != '*' && text.substr(end + 1, 2) != "{0";
      absl::Status status =
          AddWordClass(text.substr(at + 1, end - at - 1), lexicon, is_needed, &pattern);
      if (!status.ok()) return status;
      at = end + 1;
    }
  }
  return pattern;
}

}  // namespace

struct NameRules::Impl {
  struct Rule {
    std::string name;
    EntityType type = EntityType::kPerson;
    WordFlags needed = 0;
    std::unique_ptr<RE2> pattern;
  };

  absl::Status ReadList(const std::string& name, const ConfigNode& node);
  absl::Status ReadRule(const ConfigNode& node);

  Lexicon lexicon;
  std::vector<Rule> rules;
};

absl::Status NameRules::Impl::ReadList(const std::string& name, const ConfigNode& node) {
  WordFlags flag = 0;
  if (absl::Status status = lexicon.AddList(name, &flag); !status.ok()) {
    return node.Error(std::string(status.message()));
  }
  if (node.is_list()) {
    for (const ConfigNode& item : node.items()) {
      const absl::StatusOr<std::string> word = item.text();
      if (!word.ok()) return word.status();
      lexicon.AddWord(*word, flag);
    }
    return absl::OkStatus();
  }
  ConfigMap map(node);
  std::string file;
  map.String("file", &file);
  if (file.empty()) map.Fail("file", "is missing; expected a list of words, or {file: path}");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
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
  if (rule.name.empty()) map.Fail("name", "is missing");
  if (match.empty()) map.Fail("match", "is missing");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  rule.type = static_cast<EntityType>(type);
  absl::StatusOr<Pattern> pattern = Translate(match, lexicon);
  if (!pattern.ok()) {
    return node.Error(fmt::format("match: {}", std::string(pattern.status().message())));
  }
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  rule.pattern = std::make_unique<RE2>(Piece(pattern->bytes), options);
  if (!rule.pattern->ok()) return node.Error(fmt::format("match: {}", rule.pattern->error()));
  if (rule.pattern->NumberOfCapturingGroups() < 1) {
    return node.Error("match: expected parentheses around the name");
  }
  rule.needed = pattern->needed;
  if (rules.size() == kRulesMax) return node.Error(fmt::format("more than {} rules", kRulesMax));
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
  map.Node("words", &words);
  map.Node("rules", &list);
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  for (const auto& [name, node] : words.entries()) {
    if (absl::Status status = rules->impl_->ReadList(name, node); !status.ok()) return status;
  }
  for (const ConfigNode& node : list.items()) {
    if (absl::Status status = rules->impl_->ReadRule(node); !status.ok()) return status;
  }
  return rules;
}

const Lexicon& NameRules::lexicon() const { return impl_->lexicon; }
const std::string& NameRules::name(uint32_t rule) const { return impl_->rules[rule].name; }
EntityType NameRules::type(uint32_t rule) const { return impl_->rules[rule].type; }

NameFinder::NameFinder(std::shared_ptr<const NameRules> rules) : rules_(std::move(rules)) {}

std::span<const NameFound> NameFinder::Find(std::span<const NameWord> words,
                                            const NameChain& chain) {
  const uint32_t end = std::min(chain.context_end, chain.context_begin + kWordsMax);
  look_.resize(kHeadBytes + (end - chain.context_begin) * kWordBytes);
  look_[0] = static_cast<char>(chain.begin - chain.context_begin);
  look_[1] = static_cast<char>(std::min(chain.end, end) - chain.context_begin);
  char* out = look_.data() + kHeadBytes;
  for (uint32_t i = chain.context_begin; i < end; ++i) {
    for (size_t byte = 0; byte < kWordBytes; ++byte) {
      *out++ = static_cast<char>(words[i].flags >> (8 * byte));
    }
  }
  if (looks_.size() == kLooksMax) {
    looks_.clear();
    found_.clear();
  }
  const auto [look, is_new] = looks_.try_emplace(look_);
  if (is_new) {
    const auto first = static_cast<uint32_t>(found_.size());
    Match();
    look->second = {first, static_cast<uint32_t>(found_.size()) - first};
  }
  return {found_.data() + look->second.first, look->second.second};
}

void NameFinder::Match() {
  const std::string_view look = std::string_view(look_).substr(kHeadBytes);
  const size_t chain_begin = static_cast<uint8_t>(look_[0]);
  const size_t chain_end = static_cast<uint8_t>(look_[1]);
  WordFlags seen = 0;
  for (size_t i = 0; i < look.size(); ++i) {
    seen |= WordFlags{static_cast<uint8_t>(look[i])} << (8 * (i % kWordBytes));
  }
  for (size_t at = 0; at < chain_end;) {
    size_t next = at + 1;
    for (size_t r = 0; r < rules_->impl_->rules.size(); ++r) {
      const NameRules::Impl::Rule& rule = rules_->impl_->rules[r];
      if ((seen & rule.needed) != rule.needed) continue;
      std::array<re2::StringPiece, 2> groups;
      if (!rule.pattern->Match(Piece(look), at * kWordBytes, look.size(), RE2::ANCHOR_START,
                               groups.data(), 2)) {
        continue;
      }
      const size_t begin = static_cast<size_t>(groups[1].data() - look.data()) / kWordBytes;
      const size_t end = begin + groups[1].size() / kWordBytes;
      if (begin < chain_begin || end > chain_end || begin == end) continue;
      found_.push_back(
          {static_cast<uint8_t>(begin), static_cast<uint8_t>(end), static_cast<uint8_t>(r)});
      next = end;
      break;
    }
    at = next;
  }
}

}  // namespace copydesk
