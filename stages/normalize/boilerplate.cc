#include "stages/normalize/boilerplate.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "pipeline/config.h"
#include "stages/normalize/prefix_filter.h"
#include "stages/story/wire_words.h"

namespace copydesk {
namespace {

constexpr size_t kSpansMax = 256;
constexpr size_t kWindowBytes = 2048;     // what a rule at a start or line may read
constexpr size_t kEndWindowBytes = 1024;  // what a rule at the end may read
// A text in lines of so many bytes at least may be broken where the next word finds no room, as is
// told from so many bytes of it.
constexpr size_t kColumnsMin = 40;
constexpr size_t kColumnsFrom = 1024;
constexpr size_t kColumnsOver = 8;  // by which a line may be longer than those of which it is told
constexpr int kRoundsMax = 8;       // rules that follow each other at a start or end
// What RE2 may use: for one pattern, and for all of a place.
constexpr int64_t kPatternBytes = 4 << 20;
constexpr int64_t kSetBytes = 32 << 20;

enum class Place : uint8_t { kStart, kEnd, kLine, kAnywhere };
constexpr size_t kPlaces = 4;

re2::StringPiece ToPiece(std::string_view text) { return {text.data(), text.size()}; }

// Control characters count as white space: old feeds end their texts with one.
bool IsSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

size_t SkipSpace(std::string_view text, size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

size_t TrimmedEnd(std::string_view text, size_t end) {
  while (end > 0 && IsSpace(text[end - 1])) --end;
  return end;
}

// `at` moved back to a code point's first byte.
size_t BackToBoundary(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && (text[at] & 0xC0) == 0x80) --at;
  return at;
}

RE2::Options PatternOptions(int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

std::string HeldToEnd(std::string_view pattern) { return fmt::format("(?:{})\\z", pattern); }

std::string_view PrimaryLanguage(std::string_view tag) { return tag.substr(0, tag.find('-')); }

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The length of `headline` at the begin of `text`, whatever its case; 0 where it is not there.
size_t MatchCaseless(std::string_view text, std::string_view headline) {
  if (headline.empty() || text.size() < headline.size()) return 0;
  size_t at = 0;
  while (at < headline.size() && ToLower(text[at]) == ToLower(headline[at])) ++at;
  if (at == headline.size()) return at;
  const bool is_ascii = ((text[at] | headline[at]) & 0x80) == 0;
  if (is_ascii || (text.size() > headline.size() && (text[headline.size()] & 0xC0) == 0x80)) {
    return 0;
  }
  return FoldCase(text.substr(0, headline.size())) == FoldCase(headline) ? headline.size() : 0;
}

}  // namespace

struct Boilerplate::Rule {
  std::string name;
  std::vector<std::string> languages;  // primary subtags; none means all
  std::string text;                    // the pattern as it was written
  std::unique_ptr<RE2> pattern;        // and as it is run

  bool Applies(std::string_view language) const {
    return languages.empty() || language.empty() ||
           std::find(languages.begin(), languages.end(), PrimaryLanguage(language)) !=
               languages.end();
  }
};

// The rules of one place in one kind of field.
struct Boilerplate::Group {
  std::vector<Rule> rules;
  // Most places match no rule. The filter says so of most lines, and all of the patterns in one say
  // it of most that are left. Null for rules anywhere: there RE2 is quicker with one pattern, from
  // one occurrence of its first byte to the next.
  PrefixFilter filter;  // only for rules at the start or at lines
  std::unique_ptr<RE2> any;
  // Which of them match at the begin of a text. Only for rules at the start or at lines.
  std::unique_ptr<RE2::Set> set;

  // The rules that may match `text`, held to the place that `anchor` and the patterns say, in
  // order.
  void Candidates(std::string_view text, RE2::Anchor anchor, std::vector<int>* candidates) const {
    candidates->clear();
    if (anchor == RE2::ANCHOR_START && !filter.MayMatch(text)) return;
    if (any != nullptr && !any->Match(ToPiece(text), 0, text.size(), anchor, nullptr, 0)) return;
    RE2::Set::ErrorInfo error = {RE2::Set::kNoError};
    if (set != nullptr &&
        (set->Match(ToPiece(text), candidates, &error) || error.kind == RE2::Set::kNoError)) {
      std::sort(candidates->begin(), candidates->end());
      return;
    }
    // No set, or it ran out of memory: every rule is asked on its own.
    candidates->resize(rules.size());
    std::iota(candidates->begin(), candidates->end(), 0);
  }

  // Makes `any` and `set` of the rules. Returns false when they are too large together.
  bool Compile(Place place);
};

bool Boilerplate::Group::Compile(Place place) {
  if (rules.empty()) return true;
  std::string all;
  for (const Rule& rule : rules) {
    fmt::format_to(std::back_inserter(all), "{}(?:{})", all.empty() ? "" : "|", rule.text);
  }
  // At the end RE2 runs backwards, if it sees that all of them are held to the end.
  if (place == Place::kEnd) all = HeldToEnd(all);
  RE2::Options options = PatternOptions(kSetBytes);
  options.set_never_capture(true);
  any = std::make_unique<RE2>(all, options);
  if (!any->ok()) return false;
  if (place == Place::kEnd) return true;
  set = std::make_unique<RE2::Set>(PatternOptions(kSetBytes), RE2::ANCHOR_START);
  for (const Rule& rule : rules) {
    filter.Add(rule.text);
    set->Add(rule.text, nullptr);
  }
  return set->Compile();
}

struct Boilerplate::Rules {
  std::array<Group, kPlaces> body;
  std::array<Group, kPlaces> headline;
};

// Finds the spans of one field.
class Boilerplate::Finder {
 public:
  Finder(const std::array<Group, kPlaces>& groups, const Story& story, std::string_view plain)
      : groups_(groups), language_(story.language), plain_(plain) {}

  void Mark(size_t begin, size_t end, std::string_view why) {
    begin = SkipSpace(plain_, begin);
    end = TrimmedEnd(plain_, end);
    if (begin >= end || found_.size() >= kSpansMax) return;
    found_.push_back({{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}, why});
  }

  // Marks what the rules find; those for the start begin to look at `start`.
  void Run(size_t start) {
    FindAtStart(SkipSpace(plain_, start));
    FindAtLines();
    FindAtEnd();
    FindAnywhere();
  }

  // The spans of plain() in order, overlapping ones merged under the first one's name.
  struct Found {
    Span plain;
    std::string_view why;
  };
  const std::vector<Found>& Merged() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Found& a, const Found& b) { return a.plain.begin < b.plain.begin; });
    size_t kept = 0;
    for (const Found& found : found_) {
      if (kept > 0 && found.plain.begin < found_[kept - 1].plain.end) {
        found_[kept - 1].plain.end = std::max(found_[kept - 1].plain.end, found.plain.end);
      } else {
        found_[kept++] = found;
      }
    }
    found_.resize(kept);
    return found_;
  }

 private:
  struct Hit {
    const Rule* rule;
    size_t begin;
    size_t end;
  };

  // Tries a rule on plain()[begin, end). What is found is never empty.
  std::optional<Hit> TryRule(const Rule& rule, size_t begin, size_t end, RE2::Anchor anchor) const {
    if (!rule.Applies(language_)) return std::nullopt;
    std::array<re2::StringPiece, 2> groups;
    const int wanted = rule.pattern->NumberOfCapturingGroups() > 0 ? 2 : 1;
    // What is anchored begins its text, as it does for Candidates(): there ^ matches.
    const size_t from = anchor == RE2::ANCHOR_START ? begin : 0;
    const std::string_view text = plain_.substr(from, end - from);
    const bool is_match = rule.pattern->Match(ToPiece(text), begin - from, text.size(), anchor,
                                              groups.data(), wanted);
    const re2::StringPiece& found = groups[static_cast<size_t>(wanted - 1)];
    if (!is_match || found.empty()) return std::nullopt;
    const auto at = static_cast<size_t>(found.data() - plain_.data());
    return Hit{&rule, at, at + found.size()};
  }

  // The first of a group's rules that finds something in plain()[begin, end).
  std::optional<Hit> TryRules(Place place, size_t begin, size_t end, RE2::Anchor anchor) {
    const Group& group = groups_[static_cast<size_t>(place)];
    group.Candidates(plain_.substr(begin, end - begin), anchor, &candidates_);
    for (const int id : candidates_) {
      const Rule& rule = group.rules[static_cast<size_t>(id)];
      if (const auto hit = TryRule(rule, begin, end, anchor); hit.has_value()) return hit;
    }
    return std::nullopt;
  }

  std::optional<Hit> TryRulesAt(Place place, size_t at) {
    const size_t end = BackToBoundary(plain_, std::min(plain_.size(), at + kWindowBytes));
    return TryRules(place, at, end, RE2::ANCHOR_START);
  }

  void FindAtStart(size_t at) {
    for (int round = 0; round < kRoundsMax && at < plain_.size(); ++round) {
      const auto hit = TryRulesAt(Place::kStart, at);
      if (!hit.has_value()) return;
      Mark(hit->begin, hit->end, hit->rule->name);
      at = SkipSpace(plain_, hit->end);
    }
  }

  void FindAtLines() {
    if (groups_[static_cast<size_t>(Place::kLine)].rules.empty()) return;
    size_t at = 0;
    while (found_.size() < kSpansMax) {
      at = SkipSpace(plain_, at);
      if (at == plain_.size()) return;
      if (const auto hit = TryRulesAt(Place::kLine, at); hit.has_value()) {
        Mark(hit->begin, hit->end, hit->rule->name);
        at = hit->end;
      }
      at = std::min(plain_.find('\n', at), plain_.size());
    }
  }

  void FindAtEnd() {
    size_t end = TrimmedEnd(plain_, plain_.size());
    for (int round = 0; round < kRoundsMax && end > 0; ++round) {
      const size_t begin =
          BackToBoundary(plain_, end > kEndWindowBytes ? end - kEndWindowBytes : 0);
      const auto hit = TryRules(Place::kEnd, begin, end, RE2::UNANCHORED);
      if (!hit.has_value()) return;
      Mark(hit->begin, hit->end, hit->rule->name);
      end = TrimmedEnd(plain_, hit->begin);
    }
  }

  void FindAnywhere() {
    for (const Rule& rule : groups_[static_cast<size_t>(Place::kAnywhere)].rules) {
      size_t at = 0;
      while (found_.size() < kSpansMax && at < plain_.size()) {
        const auto hit = TryRule(rule, at, plain_.size(), RE2::UNANCHORED);
        if (!hit.has_value()) break;
        Mark(hit->begin, hit->end, hit->rule->name);
        at = hit->end;
      }
    }
  }

  const std::array<Group, kPlaces>& groups_;
  const std::string_view language_;
  const std::string_view plain_;
  std::vector<Found> found_;
  std::vector<int> candidates_;
};

namespace {

// Whether a line of its own ends at `space`. A text whose lines are broken where the next word
// finds no room has none there: its first line, of which a headline may have been made, goes on.
bool EndsLine(std::string_view text, Span space) {
  const std::string_view between = text.substr(space.begin, space.end - space.begin);
  const auto breaks = std::count(between.begin(), between.end(), '\n');
  const std::string_view behind = text.substr(space.end, kColumnsFrom);
  if (breaks != 1 || behind.find('\n') == std::string_view::npos) return breaks > 0;
  size_t columns = 0;
  for (size_t begin = 0; begin < behind.size();) {
    const size_t end = std::min(behind.find('\n', begin), behind.size());
    columns = std::max(columns, end - begin);
    begin = end + 1;
  }
  const std::string_view before = text.substr(0, space.begin);
  const size_t length = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  const size_t word = std::min(behind.find_first_of(" \r\n"), behind.size());
  return columns < kColumnsMin || length + 1 + word <= columns || length > columns + kColumnsOver;
}

// The part of `body`'s folded text that says `headline` again: its first line, or its first
// sentence. Empty where it does not, or where the body says nothing else.
Span FindHeadlineAgain(const Reading& body, std::string_view headline) {
  const std::string_view text = body.text();
  const size_t begin = SkipSpace(text, 0);
  size_t end = MatchCaseless(text.substr(begin), headline);
  if (end == 0) return {};
  end += begin;
  if (SkipSpace(text, end) == text.size()) return {};
  const bool is_sentence = std::string_view(".!?:").find(text[end]) != std::string_view::npos &&
                           end + 1 < text.size() && IsSpace(text[end + 1]);
  const bool ends_sentence = std::string_view(".!?").find(text[end - 1]) != std::string_view::npos;
  const auto at = static_cast<uint32_t>(end);
  const Span space = body.folded().map().ToOriginal({at, at + 1});
  const bool is_line = IsSpace(text[end]) && EndsLine(body.plain(), space);
  if (!is_sentence && !is_line && !(ends_sentence && IsSpace(text[end]))) return {};
  return {static_cast<uint32_t>(begin), at + (is_sentence ? 1 : 0)};
}

// The headlines a body may repeat: as it stands, and without the wire's words before it.
std::array<std::string_view, 2> HeadlinesOf(const Story& story) {
  for (const TextField& field : story.fields) {
    if (!field.is_headline) continue;
    const std::string_view text = field.reading.text();
    const size_t begin = SkipSpace(text, 0);
    const Span core = ReadHeadline(text).headline;
    return {text.substr(begin, TrimmedEnd(text, text.size()) - begin),
            text.substr(core.begin, core.end - core.begin)};
  }
  return {};
}

}  // namespace

Boilerplate::Boilerplate() : rules_(std::make_unique<Rules>()) {}
Boilerplate::~Boilerplate() = default;

void Boilerplate::Find(Story& story) const {
  const std::array<std::string_view, 2> headlines = HeadlinesOf(story);
  const size_t spans_before = story.not_story.size();
  for (size_t i = 0; i < story.fields.size(); ++i) {
    const TextField& field = story.fields[i];
    const Reading& reading = field.reading;
    Finder finder(field.is_headline ? rules_->headline : rules_->body, story, reading.plain());
    size_t start = 0;
    if (!field.is_headline) {
      Span again = FindHeadlineAgain(reading, headlines[0]);
      if (again.end == 0) again = FindHeadlineAgain(reading, headlines[1]);
      if (again.end > 0) {
        const Span plain = reading.folded().map().ToOriginal(again);
        finder.Mark(plain.begin, plain.end, kHeadlineAgain);
        start = plain.end;
      }
    }
    finder.Run(start);
    for (const auto& found : finder.Merged()) {
      if (story.not_story.size() - spans_before >= kSpansMax) return;
      const Span value = reading.ToValue(reading.folded().map().ToDerived(found.plain));
      if (value.begin == value.end) continue;
      story.not_story.push_back({static_cast<uint32_t>(i), value, std::string(found.why)});
    }
  }
}

absl::StatusOr<std::unique_ptr<Boilerplate>> Boilerplate::FromFile(const std::string& path) {
  const absl::StatusOr<ConfigNode> file = ConfigNode::FromFile(path);
  if (!file.ok()) return file.status();
  auto boilerplate = std::make_unique<Boilerplate>();
  ConfigMap map(*file);
  ConfigNode list = *file;
  if (!map.Node("rules", &list)) map.Fail("rules", "missing; expected a list of rules");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  if (!list.is_list()) return list.Error("rules: expected a list of rules");
  for (const ConfigNode& node : list.items()) {
    ConfigMap keys(node);
    Rule rule;
    size_t where = 0;
    size_t at = static_cast<size_t>(Place::kLine);
    keys.String("name", &rule.name);
    keys.Choice("where", {"body", "headline"}, &where);
    keys.Choice("at", {"start", "end", "line", "anywhere"}, &at);
    keys.String("pattern", &rule.text);
    keys.Strings("languages", &rule.languages);
    if (rule.name.empty()) keys.Fail("name", "missing; expected a word such as cross-link");
    if (rule.text.empty()) keys.Fail("pattern", "missing; expected an RE2 pattern");
    const bool is_end = at == static_cast<size_t>(Place::kEnd);
    rule.pattern = std::make_unique<RE2>(is_end ? HeldToEnd(rule.text) : rule.text,
                                         PatternOptions(kPatternBytes));
    if (!rule.pattern->ok()) {
      keys.Fail("pattern", fmt::format("{}; expected an RE2 pattern", rule.pattern->error()));
    }
    if (absl::Status status = keys.Finish(); !status.ok()) return status;
    Rules& rules = *boilerplate->rules_;
    (where == 0 ? rules.body : rules.headline)[at].rules.push_back(std::move(rule));
  }
  for (auto* const groups : {&boilerplate->rules_->body, &boilerplate->rules_->headline}) {
    for (const Place place : {Place::kStart, Place::kLine, Place::kEnd}) {
      if (!(*groups)[static_cast<size_t>(place)].Compile(place)) {
        return list.Error("the rules together are too large; expected fewer or shorter patterns");
      }
    }
  }
  return boilerplate;
}

}  // namespace copydesk
