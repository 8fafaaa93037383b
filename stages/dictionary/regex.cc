#include "stages/dictionary/regex.h"

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "stages/dictionary/atom_finder.h"
#include "stages/dictionary/mention_edge.h"

namespace copydesk {
namespace {

// Shorter strings are in too many texts to hold anything back.
constexpr int kAtomBytesMin = 3;

RE2::Options OptionsOf(AliasFold fold) {
  RE2::Options options;
  options.set_longest_match(true);
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_case_sensitive(fold != AliasFold::kCase && fold != AliasFold::kCaseAndDiacritics);
  return options;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// Whether `pattern` may look at what stands beside a match. Errs on the side of yes.
bool MayLookAround(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '^' || pattern[i] == '$') return true;
    if (pattern[i] != '\\' || i + 1 == pattern.size()) continue;
    const char escaped = pattern[++i];
    if (escaped == 'b' || escaped == 'B' || escaped == 'A' || escaped == 'z') return true;
  }
  return false;
}

struct Regex {
  const RE2& re;
  bool looks_around;
};

// The places of a text where a mention that begins at `begin` may end.
class Ends {
 public:
  Ends(std::string_view text, const OffsetMap* map, size_t begin)
      : text_(text), map_(map), begin_(begin) {}
  bool IsEnd(size_t at) const {
    return IsMentionEnd(text_, at) && ToOriginal(at).begin != ToOriginal(at).end;
  }
  // The last end before `at`, or `begin`.
  size_t Before(size_t at) const {
    do {
      --at;
    } while (at > begin_ && !IsEnd(at));
    return at;
  }
  Span ToOriginal(size_t end) const {
    return ToWholeOriginal(map_, {static_cast<uint32_t>(begin_), static_cast<uint32_t>(end)});
  }

 private:
  const std::string_view text_;
  const OffsetMap* const map_;
  const size_t begin_;
};

// The longest end of a match at `begin`, or `begin`.
size_t LongestEnd(const Regex& regex, std::string_view text, const Ends& ends, size_t begin) {
  size_t limit = std::min<size_t>(text.size(), begin + kAliasBytesMax);
  if (!ends.IsEnd(limit)) limit = ends.Before(limit);
  while (limit > begin) {
    const std::string_view window = text.substr(begin, limit - begin);
    if (regex.looks_around) {
      if (RE2::FullMatch(Piece(window), regex.re)) return limit;
      limit = ends.Before(limit);
      continue;
    }
    re2::StringPiece match;
    if (!regex.re.Match(Piece(window), 0, window.size(), RE2::ANCHOR_START, &match, 1) ||
        match.empty()) {
      return begin;
    }
    limit = begin + match.size();
    if (ends.IsEnd(limit)) return limit;
    limit = ends.Before(limit);
  }
  return begin;
}

// The first place from `at` on where a match may begin, or text.size().
size_t NextBegin(const Regex& regex, std::string_view text, size_t at) {
  while (at < text.size()) {
    if (!regex.looks_around) {
      re2::StringPiece match;
      if (!regex.re.Match(Piece(text), at, text.size(), RE2::UNANCHORED, &match, 1)) break;
      at = static_cast<size_t>(match.data() - text.data());
      if (at >= text.size()) break;
    }
    if (IsMentionBegin(text, at)) return at;
    ++at;
  }
  return text.size();
}

}  // namespace

absl::Status CheckRegex(std::string_view pattern, AliasFold fold) {
  const RE2 re(Piece(pattern), OptionsOf(fold));
  if (re.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("RE2 refuses the pattern '{}': {}", pattern, re.error()));
}

PatternCost CostOfPattern(std::string_view pattern, AliasFold fold) {
  PatternCost cost;
  re2::FilteredRE2 filter(kAtomBytesMin);
  int number = 0;
  if (filter.Add(Piece(pattern), OptionsOf(fold), &number) != RE2::NoError) return cost;
  std::vector<std::string> atoms;
  filter.Compile(&atoms);
  // Whether it would run over a text that has none of its strings.
  std::vector<int> always;
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (!AtomFinder::CanFind(atoms[i])) always.push_back(static_cast<int>(i));
  }
  std::vector<int> potentials;
  filter.AllPotentials(always, &potentials);
  cost.runs_always = !potentials.empty();
  const RE2& re = filter.GetRE2(number);
  constexpr std::string_view kUnlike[] = {"Zanzibar", "42", "is", "\u5317\u4EAC", "Q-x"};
  cost.matches_anything = std::all_of(std::begin(kUnlike), std::end(kUnlike),
                                      [&](auto word) { return RE2::FullMatch(Piece(word), re); });
  if (!cost.runs_always || cost.matches_anything) return cost;
  std::string story;
  while (story.size() < 4096) {
    story += "The ministry said on Tuesday that 12 ships had left the port, Reuters reported. ";
  }
  const Regex regex{re, MayLookAround(pattern)};
  constexpr int kRuns = 20;
  const auto start = std::chrono::steady_clock::now();
  for (int run = 0; run < kRuns; ++run) {
    for (size_t at = 0; at < story.size(); ++at) {
      at = NextBegin(regex, story, at);
      if (at < story.size()) LongestEnd(regex, story, Ends(story, nullptr, at), at);
    }
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  cost.story_us = took.count() / kRuns;
  return cost;
}

// Patterns that are looked for in the same text.
struct RegexGroup {
  re2::FilteredRE2 filter{kAtomBytesMin};
  std::vector<uint32_t> pattern_of;  // by the filter's number; as Image::patterns()
  std::vector<bool> looks_around;
  std::unique_ptr<const AtomFinder> atoms;
};

struct RegexSet::Impl {
  RegexGroup exact;
  RegexGroup folded;
};

RegexSet::RegexSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RegexSet::~RegexSet() = default;

absl::StatusOr<std::unique_ptr<const RegexSet>> RegexSet::Make(const Image& image) {
  auto impl = std::make_unique<Impl>();
  for (uint32_t i = 0; i < image.patterns().size(); ++i) {
    const PatternRecord& pattern = image.patterns()[i];
    const auto fold = static_cast<AliasFold>(pattern.fold);
    const std::string_view text = image.PatternText(pattern);
    RegexGroup& group = fold == AliasFold::kExact ? impl->exact : impl->folded;
    int number = 0;
    if (group.filter.Add(Piece(text), OptionsOf(fold), &number) != RE2::NoError) {
      return CheckRegex(text, fold);
    }
    group.pattern_of.push_back(i);
    group.looks_around.push_back(MayLookAround(text));
  }
  for (RegexGroup* const group : {&impl->exact, &impl->folded}) {
    if (group->pattern_of.empty()) continue;
    std::vector<std::string> atoms;
    group->filter.Compile(&atoms);
    group->atoms = std::make_unique<const AtomFinder>(std::move(atoms));
  }
  return std::unique_ptr<const RegexSet>(new RegexSet(std::move(impl)));
}

bool RegexSet::has_exact() const { return !impl_->exact.pattern_of.empty(); }
bool RegexSet::has_folded() const { return !impl_->folded.pattern_of.empty(); }

void RegexSet::Find(std::string_view text, const OffsetMap* map, bool is_exact,
                    RegexScratch* scratch, std::vector<RegexMatch>* matches) const {
  const RegexGroup& group = is_exact ? impl_->exact : impl_->folded;
  if (group.pattern_of.empty()) return;
  group.atoms->Find(text, &scratch->lowered, &scratch->atoms);
  group.filter.AllPotentials(scratch->atoms, &scratch->patterns);
  for (const int number : scratch->patterns) {
    const auto index = static_cast<size_t>(number);
    const Regex regex{group.filter.GetRE2(number), group.looks_around[index]};
    for (size_t at = 0; at < text.size(); ++at) {
      at = NextBegin(regex, text, at);
      if (at == text.size()) break;
      const Ends ends(text, map, at);
      const size_t end = LongestEnd(regex, text, ends, at);
      if (end != at) matches->push_back({ends.ToOriginal(end), group.pattern_of[index]});
    }
  }
}

}  // namespace copydesk
