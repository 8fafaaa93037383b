// Chains come first: every chain's findings stand together behind those of the chains before it, so
// that weighing them looks at a handful. Findings are never taken out: a verdict says what became
// of them.

#include "stages/tag/resolver.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "stages/tag/name_text.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kCapitalsBytesMin = 4;   // shorter ones in mixed text are acronyms
constexpr size_t kKnownCapitalsMax = 1024;  // as many are remembered
// A story of sport has so many of its words among those read, and one for so many chains.
constexpr size_t kSportWordsMin = 3;
constexpr size_t kChainsOfSportWord = 20;
constexpr uint32_t kYearBytes = 4;  // a number that long behind a place is a date, not a score

WordFlags SeenFlag(EntityType type) {
  switch (type) {
    case EntityType::kPerson:
      return kInPerson;
    case EntityType::kOrganisation:
      return kInOrganisation;
    case EntityType::kPlace:
      return kInPlace;
    default:
      return kInOther;
  }
}

// True for a name without a capital at its begin, digits apart ("1 percent"); scripts other than
// ASCII's are left to the dictionary.
bool BeginsSmall(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || absl::ascii_isupper(c)) return false;
    if (c >= 'a' && c <= 'z') return true;
  }
  return !text.empty();
}

}  // namespace

Resolver::Lists::Lists(const Lexicon& lexicon)
    : given(lexicon.FlagOf("given")),
      surname(lexicon.FlagOf("surname")),
      common(lexicon.FlagOf("common")),
      title(lexicon.FlagOf("title")),
      role(lexicon.FlagOf("role")),
      joint(lexicon.FlagOf("joint")),
      day(lexicon.FlagOf("day")),
      orgend(lexicon.FlagOf("orgend")),
      demonym(lexicon.FlagOf("demonym")),
      suffix(lexicon.FlagOf("suffix")),
      family_first(lexicon.FlagOf("family_first")),
      at(lexicon.FlagOf("at")),
      of(lexicon.FlagOf("of")),
      said(lexicon.FlagOf("said")),
      sport(lexicon.FlagOf("sport") | lexicon.FlagOf("beat") | lexicon.FlagOf("side")),
      particle(lexicon.FlagOf("particle")),
      body(lexicon.FlagOf("orgend") | lexicon.FlagOf("orghead")),
      the(lexicon.FlagOf("the")),
      pronoun(lexicon.FlagOf("pronoun_tail")),
      legal(lexicon.FlagOf("legal")),
      her(lexicon.FlagOf("her")),
      month(lexicon.FlagOf("month")),
      does(lexicon.FlagOf("does")) {}

Resolver::Resolver(std::shared_ptr<const Dictionary> dictionary,
                   std::shared_ptr<const NameRules> rules)
    : matcher_(std::move(dictionary)),
      rules_(std::move(rules)),
      lists_(rules_->lexicon()),
      chains_(rules_->lexicon(), rules_->context(), rules_->lists_of_small() | lists_.beside()),
      names_(rules_) {
  before_ = rules_->lexicon().FilterOf(rules_->beginnings() | lists_.sport);
  behind_ = rules_->lexicon().FilterOf(rules_->context() | lists_.sport);
  acronyms_.reserve(kAcronymsMax);
  known_capitals_.resize(kKnownCapitalsMax);
  OpenCompounds();
}

void Resolver::Resolve(const Story& story) {
  story_ = &story;
  if (story.language != language_) SetLanguage(story.language);
  sightings_.clear();
  candidates_.clear();
  scores_.clear();
  loose_.clear();
  has_counts_ = false;
  has_doubts_ = false;
  has_open_ = false;
  revived_.clear();
  before_commas_.clear();
  sport_words_ = 0;
  chain_count_ = 0;
  for (uint32_t field = 0; field < story.fields.size(); ++field) TakeField(field);
  if (has_doubts_) DispelDoubts();
  const bool has_sport_words =
      sport_words_ >= kSportWordsMin && sport_words_ * kChainsOfSportWord >= chain_count_;
  if (has_sport_words || HasSubject(kSport)) TakeTeams();
  TakeElsewhere();
  DecideAll();
  CollectNames();
  TakeShortForms();
  ApplyCounts();
  TakeStops();
}

void Resolver::SetLanguage(std::string_view language) {
  language_ = language;
  are_nouns_capitals_ = language.starts_with("de");
  has_two_surnames_ = language.starts_with("es");
  is_m_title_ = language.starts_with("fr");
  refused_rules_.reset();
  for (const uint32_t rule : rules_->refusing()) {
    refused_rules_[rule] = rules_->IsRefused(rule, language);
  }
}

std::string_view Resolver::NameOf(const Sighting& finding) const {
  const Sighting* named = &finding;
  if (finding.is_mention() && finding.other != kNone) named = &sightings_[finding.other];
  return Text(*named);
}

Sighting Resolver::SightingOf(uint32_t field, Span span, std::span<const Candidacy> candidates) {
  Sighting finding;
  finding.field = field;
  finding.span = span;
  finding.by = candidates[0].is_pattern ? FoundBy::kAliasPattern : FoundBy::kAlias;
  finding.first_candidate = static_cast<uint32_t>(candidates_.size());
  finding.candidate_count = static_cast<uint32_t>(candidates.size());
  candidates_.insert(candidates_.end(), candidates.begin(), candidates.end());
  if (!dictionary().rules().empty()) FilterCandidates(&finding);
  has_open_ |= finding.candidate_count > 1;
  finding.entity = candidates_[finding.first_candidate].entity;
  const Entity entity = dictionary().entity(finding.entity);
  finding.type = entity.type;
  finding.priority = entity.priority;
  scores_.resize(candidates_.size());
  return finding;
}

void Resolver::TakeField(uint32_t field) {
  const Reading& reading = story_->fields[field].reading;
  // They are taken chain by chain.
  kept_.clear();
  const std::span<const Match> matches = matcher_.Find(reading.plain(), &reading.folded());
  matcher_.PrefetchEntities();
  for (const Match& match : matches) {
    kept_.push_back(SightingOf(field, match.span, matcher_.candidates(match)));
  }
  chains_.Read(reading.plain());
  taken_to_ = 0;
  size_t next = 0;
  const auto take_small = [&](uint32_t end) {
    for (; next < kept_.size() && kept_[next].span.end <= end; ++next) {
      Sighting& finding = sightings_.emplace_back(kept_[next]);
      const bool is_small = IsName(finding.type) && IsSmall(Text(finding));
      if (is_small && finding.is_mention()) finding.verdict = Verdict::kSmall;
    }
  };
  while (chains_.Next()) {
    const NameChain& chain = chains_.chain();
    const uint32_t begin = chains_.words()[chain.begin].begin;
    const uint32_t end = chains_.words()[chain.end - 1].end;
    take_small(begin);
    if (begin < taken_to_) {
      if (end <= taken_to_) continue;
      CoverTaken();
    }
    if (IsBareChain(field, next)) {
      const NameWord& word = chains_.words()[chain.begin];
      KeepLooseWord(field, word);
      ++chain_count_;
      sport_words_ += (word.flags & lists_.sport) != 0;
      continue;
    }
    const size_t chain_first = sightings_.size();
    for (; next < kept_.size() && kept_[next].span.begin < end; ++next) {
      sightings_.push_back(kept_[next]);
    }
    TakeChain(field, chain_first);
    if (next > 0 && kept_[next - 1].span.end > end) NoteBeyond(chain_first, end);
    ++chain_count_;
    if ((chain.all & lists_.sport) == 0) continue;
    for (uint32_t i = chain.context_begin; i < chain.context_end; ++i) {
      sport_words_ += (chains_.words()[i].flags & lists_.sport) != 0;
    }
  }
  take_small(UINT32_MAX);
}

// Of a chain that ends at `end` and whose findings stand from `first` on: a mention, if any, that
// reaches beyond it.
void Resolver::NoteBeyond(size_t first, uint32_t end) {
  for (Sighting& finding : FindingsFrom(first)) {
    finding.is_beyond = finding.span.end > end;
    if (finding.is_mention()) taken_to_ = std::max(taken_to_, finding.span.end);
  }
}

// Marks the chain's words that are part of a mention of an earlier chain.
void Resolver::CoverTaken() {
  for (NameWord& word : chains_.words()) {
    if (word.begin < taken_to_) word.flags |= kCovered;
  }
}

// True for most chains: a word that is no name, of which the dictionary has nothing (kept_[next]
// is the first finding that may stand there), and beside which nothing counts.
bool Resolver::IsBareChain(uint32_t field, size_t next) {
  const NameChain& chain = chains_.chain();
  if (chain.end - chain.begin != 1) return false;
  const NameWord& word = chains_.words()[chain.begin];
  if (next < kept_.size() && kept_[next].span.begin < word.end) return false;
  switch (names_.LookAlone(word.flags)) {
    case NameFinder::Alone::kSomething:
      return false;
    case NameFinder::Alone::kNothingInside:
      if (chains_.MayStandBeside(before_, behind_)) return false;
      break;
    case NameFinder::Alone::kNothing:
      break;
  }
  const bool is_looked_up = (word.flags & kAllCaps) != 0 && !chains_.is_capitals() &&
                            word.end - word.begin >= kCapitalsBytesMin;
  return !is_looked_up ||
         KnowCapitals(TextOf(field).substr(word.begin, word.end - word.begin)).matches.empty();
}

// A small particle may begin a name: "von der Leyen".
bool Resolver::IsSmall(std::string_view text) const {
  if (!BeginsSmall(text)) return false;
  const bool is_name = std::any_of(text.begin(), text.end(), absl::ascii_isupper) &&
                       (rules_->lexicon().Find(text.substr(0, text.find(' '))) & lists_.particle);
  return !is_name;
}

// Looks all-capital words up once more, whatever their aliases' case.
void Resolver::AddCapitals(uint32_t field, size_t first) {
  const NameChain& chain = chains_.chain();
  const std::span<NameWord> words = chains_.words();
  uint32_t begin = chain.begin;
  while (begin < chain.end && words[begin].begin < taken_to_) ++begin;
  while (begin < chain.end) {
    uint32_t end = begin;
    bool is_new = false;
    for (; end < chain.end && (words[end].flags & (kAllCaps | kInitial)) != 0; ++end) {
      if (words[end].end - words[end].begin < kCapitalsBytesMin) continue;
      const Span span = {words[end].begin, words[end].end};
      is_new |= std::none_of(sightings_.begin() + static_cast<ptrdiff_t>(first), sightings_.end(),
                             [&](const Sighting& f) { return Overlap(f.span, span); });
    }
    if (is_new) {
      const Span span = {words[begin].begin, words[end - 1].end};
      FindCapitals(field, span, first);
    }
    begin = std::max(end, begin + 1);
  }
}

const Resolver::KnownCapitals& Resolver::KnowCapitals(std::string_view text) {
  KnownCapitals& known =
      known_capitals_[std::hash<std::string_view>()(text) % known_capitals_.size()];
  if (known.text == text) return known;
  folded_.Assign(text);
  known.text = text;
  known.matches.clear();
  known.candidates.clear();
  for (Match match : matcher_.Find(text, &folded_)) {
    const std::span<const Candidacy> candidates = matcher_.candidates(match);
    match.first_candidate = static_cast<uint32_t>(known.candidates.size());
    known.matches.push_back(match);
    known.candidates.insert(known.candidates.end(), candidates.begin(), candidates.end());
  }
  return known;
}

void Resolver::FindCapitals(uint32_t field, Span span, size_t first) {
  const KnownCapitals& known =
      KnowCapitals(TextOf(field).substr(span.begin, span.end - span.begin));
  if (known.matches.empty()) return;
  const auto begin = sightings_.begin() + static_cast<ptrdiff_t>(first);
  sightings_.erase(std::remove_if(begin, sightings_.end(),
                                  [&](const Sighting& f) { return Overlap(f.span, span); }),
                   sightings_.end());
  for (const Match& match : known.matches) {
    sightings_.push_back(SightingOf(
        field, {match.span.begin + span.begin, match.span.end + span.begin},
        std::span(known.candidates).subspan(match.first_candidate, match.candidate_count)));
  }
  std::sort(sightings_.begin() + static_cast<ptrdiff_t>(first), sightings_.end(),
            [](const Sighting& a, const Sighting& b) { return a.span.begin < b.span.begin; });
}

WordRange Resolver::WordsOf(Span span) const {
  const NameChain& chain = chains_.chain();
  const std::span<const NameWord> words = chains_.words();
  WordRange range = {chain.begin, chain.begin};
  while (range.begin < chain.end && words[range.begin].end <= span.begin) ++range.begin;
  range.end = range.begin;
  while (range.end < chain.end && words[range.end].begin < span.end) ++range.end;
  return range;
}

void Resolver::Describe(Sighting* finding) {
  const NameChain& chain = chains_.chain();
  const std::span<NameWord> words = chains_.words();
  const WordRange range = finding->range;
  finding->words = static_cast<uint8_t>(std::min<uint32_t>(range.end - range.begin, 255));
  if (range.begin == range.end) return;
  finding->first = words[range.begin].flags;
  finding->last = words[range.end - 1].flags;
  finding->all = 0;
  for (uint32_t i = range.begin; i < range.end; ++i) {
    finding->all |= words[i].flags;
    words[i].flags |= finding->is_mention() ? kCovered : 0;
  }
  const bool is_part = finding->span.begin > words[range.begin].begin ||
                       finding->span.end < words[range.end - 1].end;
  if (is_part) finding->all |= rules_->lexicon().Find(Text(*finding)) & lists_.demonym;
  if (range.begin > chain.context_begin) finding->before = words[range.begin - 1].flags;
  if (range.end == chain.context_end) return;
  const NameWord& behind = words[range.end];
  finding->behind = behind.flags;
  finding->is_dated = (behind.flags & kNumber) != 0 && behind.end - behind.begin >= kYearBytes;
  const bool is_before_comma = (behind.flags & kComma) != 0 && finding->type == EntityType::kPlace;
  if (is_before_comma) before_commas_.push_back(static_cast<uint32_t>(finding - sightings_.data()));
}

void Resolver::TakeChain(uint32_t field, size_t first) {
  const NameChain& chain = chains_.chain();
  const std::span<NameWord> words = chains_.words();
  // In a text of capitals alone the matcher has overlooked case itself.
  if ((chain.all & kAllCaps) != 0 && !chains_.is_capitals()) AddCapitals(field, first);
  AddFirstHalves(field, first);
  for (Sighting& finding : FindingsFrom(first)) {
    WordRange& range = finding.range;
    range = WordsOf(finding.span);
    if (!finding.is_mention()) continue;
    // A title is no part of a person's name, whatever the alias has.
    while (finding.type == EntityType::kPerson && range.begin + 1 < range.end &&
           (words[range.begin].flags & lists_.title) != 0) {
      finding.span.begin = words[++range.begin].begin;
    }
    if (finding.type == EntityType::kPerson && range.end - range.begin > 2) LeaveRole(&finding);
    for (uint32_t i = range.begin; i < range.end; ++i) words[i].flags |= SeenFlag(finding.type);
    if (IsName(finding.type) && IsSmall(Text(finding))) finding.verdict = Verdict::kSmall;
  }
  TakeNames(field, first);
  if (chain.end - chain.begin > 1) TakeGivenAcronym(field, first);
  if (first < sightings_.size()) {
    chains_.ReadBefore();
    if (chain.context_end == chain.end) chains_.ReadBehind();
    for (Sighting& finding : FindingsFrom(first)) Describe(&finding);
    Weigh(first);
  }
  KeepLoose(field);
}

// Of "House Speaker Mike Johnson" the person is "Mike Johnson", whatever the alias has.
void Resolver::LeaveRole(Sighting* finding) const {
  const std::string_view name = dictionary().entity(finding->entity).name;
  if (!IsEndOf(name, Text(*finding))) return;
  finding->span.begin = finding->span.end - static_cast<uint32_t>(name.size());
  finding->range = WordsOf(finding->span);
}

// Adds what the rules find, and shadows what it makes part of a longer name.
void Resolver::TakeNames(uint32_t field, size_t first) {
  const std::span<const NameFound> names = names_.Find(&chains_);
  const std::span<NameWord> words = chains_.words();
  for (const NameFound& found : names) {
    if (words[found.begin].begin < taken_to_) continue;
    if (refused_rules_[found.rule]) continue;
    Sighting name;
    name.field = field;
    name.range = {found.begin, found.end};
    const bool is_titled = is_m_title_ && found.end - found.begin > 1 &&
                           TextOf(field).substr(words[found.begin].begin).starts_with("M. ");
    if (is_titled) ++name.range.begin;
    name.span = {words[name.range.begin].begin, words[found.end - 1u].end};
    name.by = FoundBy::kRule;
    name.rule = found.rule;
    name.type = rules_->type(found.rule);
    sightings_.push_back(name);
    ShadowBy(sightings_.size() - 1, first);
  }
  if (names.empty()) return;
  std::sort(sightings_.begin() + static_cast<ptrdiff_t>(first), sightings_.end(),
            [](const Sighting& a, const Sighting& b) {
              return std::tuple(a.span.begin, b.span.end) < std::tuple(b.span.begin, a.span.end);
            });
}

bool Resolver::IsUnexplained(uint32_t word) const {
  const NameChain& chain = chains_.chain();
  if (word < chain.begin || word >= chain.end) return false;
  const WordFlags flags = chains_.words()[word].flags;
  if ((flags & (kCapital | kInOther | kCovered)) != kCapital) return false;
  const WordFlags explained = lists_.title | lists_.role | lists_.day | lists_.demonym;
  return (flags & explained) == 0 && !((flags & kStart) != 0 && (flags & lists_.common) != 0);
}

// In a headline every word may begin with a capital, and a neighbour says nothing.
bool Resolver::IsHeadline() const {
  const NameChain& chain = chains_.chain();
  size_t capitals = 0;
  size_t small = 0;
  for (uint32_t i = chain.begin; i < chain.end; ++i) {
    capitals += (chains_.words()[i].flags & kAllCaps) != 0;
    small += (chains_.words()[i].flags & kSmall) != 0;
  }
  const uint32_t size = chain.end - chain.begin;
  return capitals * 2 > size || size - small > 6;
}

bool Resolver::StandsBesideUnknown(const Sighting& finding) const {
  const NameChain& chain = chains_.chain();
  const WordRange range = finding.range;
  if (are_nouns_capitals_) return false;
  const bool is_behind = range.end < chain.end && IsUnexplained(range.end);
  const bool is_before =
      range.begin > chain.begin && finding.words == 1 && IsUnexplained(range.begin - 1);
  return is_behind || is_before;
}

void Resolver::Weigh(size_t first) {
  const std::span<NameWord> words = chains_.words();
  bool is_uncovered = false;
  for (Sighting& finding : FindingsFrom(first)) {
    if (!finding.is_mention() || finding.words == 0) continue;
    if (NeedsEvidence(finding) && !StandsBeforePlace(finding)) {
      finding.verdict = Verdict::kNeedsEvidence;
      has_doubts_ |= IsDoubt(finding);
    } else if (finding.by != FoundBy::kRule && IsName(finding.type) &&
               (finding.all & lists_.demonym) == 0 && StandsBesideUnknown(finding) &&
               !IsHeadline()) {
      finding.verdict = Verdict::kPartOfUnknown;
    }
    if (finding.is_mention()) continue;
    const WordRange range = finding.range;
    for (uint32_t i = range.begin; i < range.end; ++i) words[i].flags &= ~kCovered;
    is_uncovered = true;
  }
  if (!is_uncovered) return;
  for (const Sighting& finding : FindingsFrom(first)) {
    if (!finding.is_mention()) continue;
    const WordRange range = finding.range;
    for (uint32_t i = range.begin; i < range.end; ++i) words[i].flags |= kCovered;
  }
}

void Resolver::KeepLoose(uint32_t field) {
  const NameChain& chain = chains_.chain();
  for (uint32_t i = chain.begin; i < chain.end; ++i) KeepLooseWord(field, chains_.words()[i]);
}

}  // namespace copydesk
