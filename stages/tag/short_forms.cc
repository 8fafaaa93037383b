// What names of a story may be called by for short, and where.

#include <algorithm>
#include <utility>

#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

// Where a finding begins, as one number.
uint64_t PlaceOf(uint32_t field, uint32_t begin) { return uint64_t{field} << 32 | begin; }

// The bit of short_beginnings_ for a text. REQUIRES: two bytes or more.
uint64_t BeginningOf(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  return uint64_t{1} << ((byte(0) * 7u + byte(1) * 31u + text.size()) % 64);
}

bool IsBlank(char c) { return c == ' ' || c == '\n'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

// The last blank of a name; npos where it is one word.
size_t LastBlank(std::string_view name) {
  size_t at = name.size();
  while (at > 0 && !IsBlank(name[at - 1])) --at;
  return at == 0 ? std::string_view::npos : at - 1;
}

std::string_view FirstWord(std::string_view name) {
  return {name.begin(), std::find_if(name.begin(), name.end(), IsBlank)};
}

// True when the letters stand in the name in their order, the first at its begin.
bool IsAcronymOf(std::string_view letters, std::string_view name) {
  if (name.empty() || ToUpper(name[0]) != letters[0]) return false;
  size_t found = 0;
  for (const char c : name) found += found < letters.size() && ToUpper(c) == letters[found];
  return found == letters.size();
}

}  // namespace

bool Resolver::MayBeShortName(std::string_view text) const {
  return text.size() >= 2 && (short_beginnings_ & BeginningOf(text)) != 0;
}

void Resolver::AddName(std::string_view name, uint32_t finding, FoundBy by) {
  if (name.size() < 2) return;
  short_beginnings_ |= BeginningOf(name);
  const auto [found, is_new] = short_names_.try_emplace(name, Owner{finding, kNone, by});
  if (is_new || found->second.other != kNone) return;
  const Sighting& mine = sightings_[finding];
  const Sighting& known = sightings_[found->second.finding];
  const bool is_same = mine.entity != kNone && mine.entity == known.entity;
  if (is_same || Text(mine) == Text(known)) return;
  // Of a name and its longer form ("Robert Dole", "Senator Robert Dole") either will do.
  if (mine.type != known.type || (mine.entity == kNone) != (known.entity == kNone)) {
    if (known.entity == kNone && mine.entity != kNone) found->second = {finding, kNone, by};
    return;
  }
  found->second.other = finding;
}

void Resolver::CollectPersonNames(uint32_t finding) {
  const Sighting& person = sightings_[finding];
  const Lexicon& lexicon = rules_->lexicon();
  std::string_view rest = Text(person);
  size_t space = LastBlank(rest);
  const bool may_have_suffix = person.words == 0 || (person.last & lists_.suffix) != 0;
  while (may_have_suffix && space != std::string_view::npos &&
         (lexicon.Find(rest.substr(space + 1)) & lists_.suffix) != 0) {
    rest = rest.substr(0, space);
    space = LastBlank(rest);
  }
  if (space == std::string_view::npos) {
    AddName(rest, finding, FoundBy::kShortForm);
    return;
  }
  AddName(rest.substr(space + 1), finding, FoundBy::kShortForm);
  const std::string_view first = FirstWord(rest);
  const WordFlags flags = person.words == 0 ? lexicon.Find(first) : person.first;
  if ((flags & lists_.family_first) != 0 || (flags & (lists_.common | lists_.title)) == 0) {
    AddName(first, finding, FoundBy::kShortForm);
  }
}

void Resolver::CollectOrganisationNames(uint32_t finding) {
  const std::string_view name = Text(sightings_[finding]);
  const Lexicon& lexicon = rules_->lexicon();
  std::string_view rest = name;
  while ((sightings_[finding].last & lists_.orgend) != 0) {
    const size_t space = LastBlank(rest);
    if (space == std::string_view::npos) break;
    if ((lexicon.Find(rest.substr(space + 1)) & lists_.orgend) == 0) break;
    rest = rest.substr(0, space);
  }
  if (rest.size() < name.size() && rest.find(' ') == std::string_view::npos &&
      (lexicon.Find(rest) & (lists_.common | lists_.demonym | lists_.joint | lists_.given)) == 0 &&
      (sightings_[finding].first & kInPlace) == 0) {
    AddName(rest, finding, FoundBy::kShortForm);
  }
  // The first letters of its capitalised words, as an acronym.
  if (acronyms_.size() == kAcronymsMax || sightings_[finding].words < 3) return;
  std::string letters;
  for (size_t at = 0; at < name.size(); ++at) {
    if (IsUpper(name[at]) && (at == 0 || IsBlank(name[at - 1]))) letters.push_back(name[at]);
  }
  if (letters.size() < 3) return;
  acronyms_.push_back(std::move(letters));
  AddName(acronyms_.back(), finding, FoundBy::kAcronym);
}

// The acronym that stands in brackets behind a name: "Organization of American States (OAS)".
void Resolver::AddGivenAcronym(uint32_t finding) {
  const Sighting& full = sightings_[finding];
  const std::string_view behind = TextOf(full.field).substr(full.span.end);
  if (!behind.starts_with(" (")) return;
  size_t end = 2;
  while (end < behind.size() && IsUpper(behind[end])) ++end;
  if (end < 4 || end == behind.size() || behind[end] != ')') return;
  const std::string_view letters = behind.substr(2, end - 2);
  if (IsAcronymOf(letters, Text(full))) AddName(letters, finding, FoundBy::kAcronym);
}

void Resolver::CollectNames() {
  short_names_.clear();
  short_beginnings_ = 0;
  acronyms_.clear();
  for (uint32_t f = 0; f < sightings_.size(); ++f) {
    const Sighting& finding = sightings_[f];
    if (!finding.is_mention()) continue;
    if (finding.type == EntityType::kPerson) CollectPersonNames(f);
    if (finding.type != EntityType::kOrganisation || finding.words < 2) continue;
    AddGivenAcronym(f);
    if (finding.words > 2 || (finding.last & lists_.orgend) != 0) CollectOrganisationNames(f);
  }
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
    if (before[blank + 1] < 'a' || before[blank + 1] > 'z') break;
    begin = blank + 1;
  }
  before.remove_prefix(begin);
  if (!TextOf(field).substr(0, span.begin).ends_with(before)) return span;
  return {span.begin - static_cast<uint32_t>(before.size()), span.end};
}

// Whose short form a loose word is, or null; *span is what of it names them: of "the Obamas" the
// plural's ending is left out.
const Resolver::Owner* Resolver::OwnerOfLoose(const Loose& loose, Span* span) const {
  const Span all = {loose.word.begin, loose.word.end};
  const std::string_view field = TextOf(loose.field);
  std::string_view text = field.substr(all.begin, all.end - all.begin);
  if (MayBeShortName(text)) {
    const auto owner = short_names_.find(text);
    if (owner != short_names_.end()) {
      *span = SpanOfShortForm(loose.field, all, owner->second);
      return &owner->second;
    }
  }
  if (text.size() < 4 || text.back() != 's') return nullptr;
  text.remove_suffix(1);
  const std::string_view before = field.substr(0, all.begin);
  if (!MayBeShortName(text) || !(before.ends_with("the ") || before.ends_with("The "))) {
    return nullptr;
  }
  const auto owner = short_names_.find(text);
  if (owner == short_names_.end()) return nullptr;
  const Sighting& full = sightings_[owner->second.finding];
  if (full.type != EntityType::kPerson || !Text(full).ends_with(text)) return nullptr;
  *span = {all.begin, all.end - 1};
  return &owner->second;
}

void Resolver::TakeShortForms() {
  if (short_names_.empty()) return;
  const size_t count = sightings_.size();
  const auto resolve = [&](const Owner& owner, Sighting* finding) {
    const Sighting& full = sightings_[owner.finding];
    finding->by = owner.by;
    finding->type = full.type;
    finding->other = owner.finding;
    finding->entity = full.entity;
    finding->priority = full.priority;
    finding->first_candidate = full.first_candidate;
    finding->candidate_count = full.candidate_count;
    finding->verdict = Verdict::kMention;
    if (owner.other == kNone) return;
    finding->verdict = Verdict::kUnresolved;
    finding->rival = owner.other;
    finding->entity = kNone;
    finding->candidate_count = 0;
  };
  revived_.clear();
  // A lone word that the dictionary knows as something else, but the story as a person.
  for (size_t f = 0; f < count; ++f) {
    Sighting& finding = sightings_[f];
    if (finding.words != 1 || finding.type > EntityType::kPlace) continue;
    if (finding.verdict == Verdict::kShadowed || finding.verdict == Verdict::kSmall) continue;
    if (!MayBeShortName(Text(finding))) continue;
    const auto owner = short_names_.find(Text(finding));
    if (owner == short_names_.end() || owner->second.finding == f) continue;
    const Sighting& full = sightings_[owner->second.finding];
    if (full.words < 2) continue;
    if (finding.is_mention()) {
      if (finding.type == full.type) {
        if (finding.entity == full.entity || finding.priority >= kPriorityKnown) continue;
      } else if (full.type != EntityType::kPerson || (finding.before & lists_.at) != 0 ||
                 (finding.priority >= 500 && (finding.behind & kComma) != 0)) {
        continue;
      }
    }
    if (!finding.is_mention()) revived_.insert(PlaceOf(finding.field, finding.span.begin));
    const Owner copy = owner->second;
    resolve(copy, &finding);
  }
  for (const Loose& loose : loose_) {
    Span span;
    const Owner* const owner = OwnerOfLoose(loose, &span);
    if (owner == nullptr || revived_.contains(PlaceOf(loose.field, loose.word.begin))) continue;
    Sighting finding;
    finding.field = loose.field;
    finding.span = span;
    finding.words = 1;
    finding.first = finding.last = finding.all = loose.word.flags;
    resolve(*owner, &finding);
    sightings_.push_back(finding);
  }
}

}  // namespace copydesk
