// Where a story calls somebody by a short name (short_names.cc).

#include <algorithm>
#include <bit>

#include "absl/strings/ascii.h"
#include "stages/tag/name_text.h"
#include "stages/tag/resolver.h"
#include "stages/text/boundary.h"

namespace copydesk {
namespace {

constexpr size_t kCapitalsBytesMin = 4;
constexpr size_t kNamesSpeltMax = 256;   // of a story with more, capitals spell none
constexpr size_t kCapitalNamesMax = 16;  // of a headline are compared with the body's

}  // namespace

// False for most words that are nobody's short name, nor the plural of one.
bool Resolver::MayNameSomebody(const Loose& loose) const {
  const std::string_view text =
      TextOf(loose.field).substr(loose.word.begin, loose.word.end - loose.word.begin);
  return text.size() >= 2 && (std::rotr(short_beginnings_, BeginningOf(text) - 1) & 3) != 0;
}

// With the particles that stand before the name in its longer form, too: "von der Leyen".
Span Resolver::SpanOfShortForm(uint32_t field, Span span, const Owner& owner) const {
  const Sighting& full = sightings_[owner.finding];
  const std::string_view text = TextOf(field).substr(span.begin, span.end - span.begin);
  std::string_view before = Text(full);
  if (full.type != EntityType::kPerson || !before.ends_with(text)) return span;
  before.remove_suffix(text.size());
  size_t begin = before.size();
  while (begin > 0) {
    const size_t blank = LastBlank(before.substr(0, begin - 1));
    if (blank == std::string_view::npos) break;
    const std::string_view word = before.substr(blank + 1, begin - blank - 2);
    const bool is_small = word[0] >= 'a' && word[0] <= 'z';
    if (!is_small && (rules_->lexicon().Find(word) & lists_.particle) == 0) break;
    begin = blank + 1;
  }
  before.remove_prefix(begin);
  if (span.begin < before.size()) return span;
  const std::string_view there = TextOf(field).substr(span.begin - before.size(), before.size());
  if (!IsSameWord(there, before)) return span;
  return {span.begin - static_cast<uint32_t>(before.size()), span.end};
}

// Whose short name a text is, if anybody's. Capitals are anybody's whose name they may spell.
std::optional<Resolver::Owner> Resolver::OwnerOf(std::string_view text, WordFlags flags) const {
  if (!MayBeShortName(text)) return std::nullopt;
  if (const ShortName* const known = FindShortName(text)) return known->owner;
  if ((flags & kAllCaps) == 0 || short_names_.size() > kNamesSpeltMax) return std::nullopt;
  std::optional<Owner> found;
  char buffer[kWordBytesMax];
  char other_buffer[kWordBytesMax];
  const std::string_view small = ToLowerWord(text, buffer);
  for (const auto& [name, other, next] : short_names_) {
    if (name.size() != text.size() || ToLowerWord(name, other_buffer) != small) continue;
    // The first of the text counts.
    const uint32_t first = std::min(other.finding, found ? found->finding : kNone);
    const uint32_t second = found ? std::max(other.finding, found->finding) : other.other;
    found = {first, second, other.by};
  }
  return found;
}

// A surname that is a word ("Bush", "MAY") at a sentence's begin or in capitals names somebody only
// where he speaks, has, is or did something, or an age stands behind it.
bool Resolver::IsWordAlone(const Loose& loose) const {
  const WordFlags flags = loose.word.flags;
  if ((flags & lists_.common) == 0 || (flags & (kStart | kAllCaps)) == 0) return false;
  std::string_view behind = TextOf(loose.field).substr(loose.word.end);
  if (behind.starts_with("'") || behind.starts_with("\u2019")) return false;
  const bool has_comma = behind.starts_with(',');
  if (has_comma) behind.remove_prefix(1);
  if (!behind.starts_with(' ')) return true;
  behind = FirstWord(behind.substr(1));
  behind = behind.substr(0, behind.find_last_not_of(",:;.!?") + 1);
  if (has_comma && behind.size() == 2 && absl::ascii_isdigit(behind[0]) &&
      absl::ascii_isdigit(behind[1]))
    return false;
  if (has_comma) return (rules_->lexicon().Find(behind) & lists_.said) == 0;
  if ((flags & kAllCaps) == 0 && behind.ends_with("ed")) return false;
  return (rules_->lexicon().Find(behind) & (lists_.said | lists_.does)) == 0;
}

// A surname that is a title ("King") names nobody before another name: "King Hussein".
bool Resolver::IsTitleOf(uint32_t field, uint32_t end, WordFlags flags) const {
  if ((flags & lists_.title) == 0) return false;
  const std::string_view behind = TextOf(field).substr(end);
  return behind.size() > 1 && IsBlank(behind[0]) && absl::ascii_isupper(behind[1]);
}

// The one of the owner's names that stands in full at `begin`; kNone where neither does.
uint32_t Resolver::FullNameAt(uint32_t field, uint32_t begin, const Owner& owner) const {
  const std::string_view text = TextOf(field);
  for (const uint32_t number : {owner.finding, owner.other}) {
    if (number == kNone || sightings_[number].words < 2) continue;
    const std::string_view name = Text(sightings_[number]);
    const size_t end = begin + name.size();
    if (IsSameWord(text.substr(begin, name.size()), name) && IsWordBoundary(text, end)) {
      return number;
    }
  }
  return kNone;
}

// True for the month of "in May" and "May 5", whoever is called so.
bool Resolver::IsMonth(const Loose& loose) const {
  if ((loose.word.flags & lists_.month) == 0) return false;
  const std::string_view text = TextOf(loose.field);
  const std::string_view behind = text.substr(loose.word.end);
  if (behind.size() > 1 && behind[0] == ' ' && absl::ascii_isdigit(behind[1])) return true;
  std::string_view before = text.substr(0, loose.word.begin);
  if (!before.ends_with(' ')) return before.ends_with('-');  // "mid-May"
  before.remove_suffix(1);
  const std::string_view word = LastWord(before);
  constexpr std::string_view kBefore[] = {"in", "since", "until", "last", "next", "early", "late"};
  return (!word.empty() && absl::ascii_isdigit(word[0])) ||
         std::any_of(std::begin(kBefore), std::end(kBefore),
                     [&](std::string_view known) { return IsSameWord(word, known); });
}

// Whose short form a loose word is; *span is what of it names them: of "the Obamas" the plural's
// ending is left out.
std::optional<Resolver::Owner> Resolver::OwnerOfLoose(const Loose& loose, Span* span) const {
  const Span all = {loose.word.begin, loose.word.end};
  const std::string_view field = TextOf(loose.field);
  std::string_view text = WithoutArticle(field.substr(all.begin, all.end - all.begin));
  if (const std::optional<Owner> owner = OwnerOf(text, loose.word.flags)) {
    if (IsWordAlone(loose) || IsMonth(loose) || IsTitleOf(loose.field, all.end, loose.word.flags)) {
      return std::nullopt;
    }
    *span = SpanOfShortForm(loose.field, all, *owner);
    return owner;
  }
  if (text.size() < 4 || text.back() != 's') return std::nullopt;
  text.remove_suffix(1);
  const std::string_view before = field.substr(0, all.begin);
  // "the Obamas"; in German "Merkels Rede".
  const bool may_end_so =
      before.ends_with("the ") || before.ends_with("The ") || are_nouns_capitals_;
  if (!may_end_so) return std::nullopt;
  const ShortName* const known = FindShortName(text);
  if (known == nullptr) return std::nullopt;
  const Sighting& full = sightings_[known->owner.finding];
  if (full.type != EntityType::kPerson || !WithoutSuffix(full).ends_with(text)) {
    return std::nullopt;
  }
  *span = {all.begin, all.end - 1};
  return known->owner;
}

// The finding that a name is a shorter form of, or itself.
uint32_t Resolver::LongestFormOf(uint32_t number) const {
  const Sighting& finding = sightings_[number];
  return finding.verdict == Verdict::kMention && finding.other != kNone ? finding.other : number;
}

// Makes the finding a mention of whom its short name stands for.
void Resolver::NameBy(const Owner& owner, Sighting* finding) {
  const uint32_t number = LongestFormOf(owner.finding);
  const Sighting& full = sightings_[number];
  finding->by = owner.by;
  finding->type = full.type;
  finding->other = number;
  finding->entity = full.entity;
  finding->priority = full.priority;
  finding->first_candidate = full.first_candidate;
  finding->candidate_count = full.candidate_count;
  finding->verdict = Verdict::kMention;
  if (owner.other == kNone || LongestFormOf(owner.other) == number) return;
  finding->verdict = Verdict::kUnresolved;
  finding->rival = LongestFormOf(owner.other);
  finding->entity = kNone;
  finding->candidate_count = 0;
}

// True before ", 69,".
bool Resolver::HasAge(const Sighting& finding) const {
  const std::string_view behind = TextOf(finding.field).substr(finding.span.end);
  return behind.size() > 4 && behind.starts_with(", ") && absl::ascii_isdigit(behind[2]) &&
         absl::ascii_isdigit(behind[3]) && behind[4] == ',';
}

// "BOLA OLOWE" of a headline is the Bola Olowe of the body.
void Resolver::NameHeadline(size_t count) {
  for (size_t f = 0, names = 0; f < count && names < kCapitalNamesMax; ++f) {
    Sighting& finding = sightings_[f];
    if (!story_->fields[finding.field].is_headline) break;
    const bool is_name = finding.by == FoundBy::kRule && finding.is_mention() && finding.words > 1;
    if (!is_name || (finding.first & finding.last & kAllCaps) == 0) continue;
    ++names;
    const auto same =
        std::find_if(sightings_.begin(), sightings_.end(), [&](const Sighting& other) {
          return other.is_mention() && (other.first & kAllCaps) == 0 && other.other == kNone &&
                 IsSameWord(Text(other), Text(finding));
        });
    if (same == sightings_.end()) continue;
    NameBy({static_cast<uint32_t>(same - sightings_.begin()), kNone, finding.by}, &finding);
  }
}

// "García Pérez", found by a rule, is the one José García Pérez of the story.
void Resolver::NameByLongerForm(Sighting* finding) {
  const std::string_view text = Text(*finding);
  const ShortName* const known = FindShortName(LastWord(text));
  if (known == nullptr) return;
  std::optional<uint32_t> longer;
  for (const uint32_t owner : {known->owner.finding, known->owner.other}) {
    if (owner == kNone || !IsEndOf(text, Text(sightings_[owner]))) continue;
    if (longer) return;
    longer = owner;
  }
  if (longer) NameBy({*longer, kNone, FoundBy::kShortForm}, finding);
}

void Resolver::TakeShortForms() {
  if (short_names_.empty()) return;
  const size_t count = sightings_.size();
  // A lone word that the dictionary knows as something else, but the story as a person.
  for (size_t f = 0; f < count; ++f) {
    Sighting& finding = sightings_[f];
    if (finding.words != 1 || finding.type > EntityType::kPlace) {
      const bool may_be_short = finding.words > 1 && finding.words < name_words_max_ &&
                                finding.by == FoundBy::kRule && finding.is_mention() &&
                                finding.type == EntityType::kPerson;
      if (may_be_short) NameByLongerForm(&finding);
      continue;
    }
    if (finding.verdict == Verdict::kShadowed || finding.verdict == Verdict::kSmall) continue;
    if (finding.is_part) continue;
    const std::string_view text = Text(finding);
    if (!MayBeShortName(text)) continue;
    const bool is_acronym = text.size() < kCapitalsBytesMin;  // "IRA" is not "Ira"
    const std::optional<Owner> owner = OwnerOf(text, is_acronym ? 0 : finding.all);
    if (!owner || owner->finding == f) continue;
    const Sighting& full = sightings_[owner->finding];
    const bool is_place = SaysWhere(full);
    if (is_place && (finding.type != EntityType::kPlace || (finding.behind & kComma) != 0))
      continue;
    if ((full.words < 2 && !is_place) || IsTitleOf(finding.field, finding.span.end, finding.all))
      continue;
    if (finding.is_mention()) {
      if (finding.type == full.type) {
        // "Mr Dolan" is found by a rule, but whom it names the story may say.
        const bool is_open = finding.by == FoundBy::kRule && full.type == EntityType::kPerson;
        const bool is_known = finding.priority >= kPriorityKnown;
        // "Mrs Obama" of a story with both Obamas.
        const bool is_hers = owner->other != kNone && (finding.before & lists_.her) != 0;
        if (!is_open && !is_hers && !is_place && (finding.entity == full.entity || is_known))
          continue;
      } else if (full.type != EntityType::kPerson || (finding.before & lists_.at) != 0 ||
                 (finding.priority >= 500 && (finding.behind & kComma) != 0 && !HasAge(finding))) {
        continue;
      }
    }
    if (!finding.is_mention()) revived_.insert(PlaceOf(finding.field, finding.span.begin));
    NameBy(*owner, &finding);
  }
  NameHeadline(count);
  uint64_t taken = 0;  // up to here, a name that stands in full
  for (const Loose& loose : loose_) {
    Span span;
    if (!MayNameSomebody(loose) || PlaceOf(loose.field, loose.word.begin) < taken) continue;
    const std::optional<Owner> owner = OwnerOfLoose(loose, &span);
    if (!owner || revived_.contains(PlaceOf(loose.field, loose.word.begin))) continue;
    Sighting finding;
    finding.field = loose.field;
    finding.span = span;
    finding.words = 1;
    finding.first = finding.last = finding.all = loose.word.flags;
    const uint32_t full = FullNameAt(loose.field, loose.word.begin, *owner);
    if (full == kNone) {
      NameBy(*owner, &finding);
      sightings_.push_back(finding);
      continue;
    }
    const Sighting& said = sightings_[full];
    NameBy({full, kNone, said.by}, &finding);
    finding.rule = said.rule;
    finding.words = said.words;
    finding.span = {loose.word.begin, loose.word.begin + said.span.end - said.span.begin};
    taken = PlaceOf(finding.field, finding.span.end);
    const auto end = sightings_.begin() + static_cast<ptrdiff_t>(count);
    auto part =
        std::lower_bound(sightings_.begin(), end, PlaceOf(finding.field, finding.span.begin),
                         [](const Sighting& known, uint64_t place) {
                           return PlaceOf(known.field, known.span.begin) < place;
                         });
    for (; part != end && PlaceOf(part->field, part->span.begin) < taken; ++part) {
      part->verdict = Verdict::kShadowed;
    }
    sightings_.push_back(finding);
  }
}

}  // namespace copydesk
