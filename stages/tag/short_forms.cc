// What names of a story may be called by for short, and where.

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "stages/tag/resolver.h"
#include "stages/text/boundary.h"

namespace copydesk {
namespace {

constexpr size_t kCapitalsBytesMin = 4;
constexpr size_t kNamesSpeltMax = 256;   // of a story with more, capitals spell none
constexpr size_t kCapitalNamesMax = 16;  // of a headline are compared with the body's

bool IsBlank(char c) { return c == ' ' || c == '\n'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// The last blank of a name; npos where it is one word.
size_t LastBlank(std::string_view name) {
  const auto last = [&](char blank) {
    const void* const found = memrchr(name.data(), blank, name.size());
    return found == nullptr ? 0 : static_cast<const char*>(found) - name.data() + 1;
  };
  return static_cast<size_t>(std::max(last(' '), last('\n'))) - 1;
}

std::string_view FirstWord(std::string_view name) {
  return {name.begin(), std::find_if(name.begin(), name.end(), IsBlank)};
}

std::string_view WithoutStop(std::string_view word) {
  return word.substr(0, word.size() - (word.ends_with('.') ? 1 : 0));
}

std::string_view LastWord(std::string_view name) { return name.substr(LastBlank(name) + 1); }

// True for a name and a longer form of it: "Dole" and "Robert Dole", "Xi" and "Xi Jinping", "Robert
// Dole" and "Robert J. Dole", but not "Elizabeth Dole".
bool IsOneBearer(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.ends_with(b) && IsBlank(a[a.size() - b.size() - 1])) return true;
  const bool is_begin = FirstWord(a) == FirstWord(b);
  return is_begin && (FirstWord(b).size() == b.size() || LastWord(a) == LastWord(b));
}

}  // namespace

// The bit of short_beginnings_ for a text, in capitals or not; for one with a byte more it is the
// next. REQUIRES: two bytes or more.
uint32_t Resolver::BeginningOf(std::string_view text) {
  constexpr uint8_t kCase = 0x20;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i] | kCase); };
  return static_cast<uint32_t>(byte(0) * 7u + byte(1) * 31u + text.size()) % kBeginnings;
}

bool Resolver::MayBeShortName(std::string_view text) const {
  return text.size() >= 2 && (short_beginnings_ >> BeginningOf(text) & 1) != 0;
}

const Resolver::ShortName* Resolver::FindShortName(std::string_view text) const {
  if (!MayBeShortName(text)) return nullptr;
  uint32_t number = first_short_names_[BeginningOf(text)];
  while (number != kNone && short_names_[number].text != text) number = short_names_[number].next;
  return number == kNone ? nullptr : &short_names_[number];
}

// False for most words that are nobody's short name, nor the plural of one.
bool Resolver::MayNameSomebody(const Loose& loose) const {
  const std::string_view text =
      TextOf(loose.field).substr(loose.word.begin, loose.word.end - loose.word.begin);
  return text.size() >= 2 && (std::rotr(short_beginnings_, BeginningOf(text) - 1) & 3) != 0;
}

void Resolver::AddName(std::string_view name, uint32_t finding, FoundBy by) {
  if (name.size() < 2) return;
  const ShortName* const found = FindShortName(name);
  if (found == nullptr) {
    const uint32_t beginning = BeginningOf(name);
    uint32_t& first = first_short_names_[beginning];
    short_names_.push_back({name, {finding, kNone, by}, MayBeShortName(name) ? first : kNone});
    first = static_cast<uint32_t>(short_names_.size() - 1);
    short_beginnings_ |= uint64_t{1} << beginning;
    return;
  }
  Owner& owner = short_names_[static_cast<size_t>(found - short_names_.data())].owner;
  if (owner.other != kNone) return;
  const Sighting& mine = sightings_[finding];
  const Sighting& known = sightings_[owner.finding];
  const bool is_same = mine.entity != kNone && mine.entity == known.entity;
  if (is_same || Text(mine) == Text(known)) return;
  if (mine.type != known.type || IsOneBearer(Text(mine), Text(known))) {
    const bool is_longer = mine.type == known.type && Text(mine).size() > Text(known).size();
    if (known.entity != kNone || (mine.entity == kNone && !is_longer)) return;
    owner = {finding, kNone, by};
    return;
  }
  owner.other = finding;
}

void Resolver::CollectPersonNames(uint32_t finding) {
  const Sighting& person = sightings_[finding];
  const Lexicon& lexicon = rules_->lexicon();
  std::string_view rest = Text(person);
  size_t space = LastBlank(rest);
  const bool may_have_suffix = person.words == 0 || (person.last & lists_.suffix) != 0;
  while (may_have_suffix && space != std::string_view::npos &&
         (lexicon.Find(WithoutStop(rest.substr(space + 1))) & lists_.suffix) != 0) {
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
// where he speaks or has something.
bool Resolver::IsWordAlone(const Loose& loose) const {
  const WordFlags flags = loose.word.flags;
  if ((flags & lists_.common) == 0 || (flags & (kStart | kAllCaps)) == 0) return false;
  std::string_view behind = TextOf(loose.field).substr(loose.word.end);
  if (behind.starts_with("'") || behind.starts_with("\u2019")) return false;
  if (!behind.starts_with(' ')) return true;
  behind = FirstWord(behind.substr(1));
  while (!behind.empty() && (behind.back() == ',' || behind.back() == ':')) behind.remove_suffix(1);
  return (rules_->lexicon().Find(behind) & lists_.said) == 0;
}

// A surname that is a title ("King") names nobody before another name: "King Hussein".
bool Resolver::IsTitleOf(uint32_t field, uint32_t end, WordFlags flags) const {
  if ((flags & lists_.title) == 0) return false;
  const std::string_view behind = TextOf(field).substr(end);
  return behind.size() > 1 && IsBlank(behind[0]) && IsUpper(behind[1]);
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

// Whose short form a loose word is; *span is what of it names them: of "the Obamas" the plural's
// ending is left out.
std::optional<Resolver::Owner> Resolver::OwnerOfLoose(const Loose& loose, Span* span) const {
  const Span all = {loose.word.begin, loose.word.end};
  const std::string_view field = TextOf(loose.field);
  std::string_view text = field.substr(all.begin, all.end - all.begin);
  if (const std::optional<Owner> owner = OwnerOf(text, loose.word.flags)) {
    if (IsWordAlone(loose) || IsTitleOf(loose.field, all.end, loose.word.flags)) {
      return std::nullopt;
    }
    *span = SpanOfShortForm(loose.field, all, *owner);
    return owner;
  }
  if (text.size() < 4 || text.back() != 's') return std::nullopt;
  text.remove_suffix(1);
  const std::string_view before = field.substr(0, all.begin);
  if (!before.ends_with("the ") && !before.ends_with("The ")) return std::nullopt;
  const ShortName* const known = FindShortName(text);
  if (known == nullptr) return std::nullopt;
  const Sighting& full = sightings_[known->owner.finding];
  if (full.type != EntityType::kPerson || !Text(full).ends_with(text)) return std::nullopt;
  *span = {all.begin, all.end - 1};
  return known->owner;
}

// Makes the finding a mention of whom its short name stands for.
void Resolver::NameBy(const Owner& owner, Sighting* finding) {
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

void Resolver::TakeShortForms() {
  if (short_names_.empty()) return;
  const size_t count = sightings_.size();
  // A lone word that the dictionary knows as something else, but the story as a person.
  for (size_t f = 0; f < count; ++f) {
    Sighting& finding = sightings_[f];
    if (finding.words != 1 || finding.type > EntityType::kPlace) continue;
    if (finding.verdict == Verdict::kShadowed || finding.verdict == Verdict::kSmall) continue;
    if (finding.is_part) continue;
    const std::string_view text = Text(finding);
    if (!MayBeShortName(text)) continue;
    const bool is_acronym = text.size() < kCapitalsBytesMin;  // "IRA" is not "Ira"
    const std::optional<Owner> owner = OwnerOf(text, is_acronym ? 0 : finding.all);
    if (!owner || owner->finding == f) continue;
    const Sighting& full = sightings_[owner->finding];
    if (full.words < 2 || IsTitleOf(finding.field, finding.span.end, finding.all)) continue;
    if (finding.is_mention()) {
      if (finding.type == full.type) {
        // "Mr Dolan" is found by a rule, but whom it names the story may say.
        const bool is_open = finding.by == FoundBy::kRule && full.type == EntityType::kPerson;
        const bool is_known = finding.priority >= kPriorityKnown;
        if (!is_open && (finding.entity == full.entity || is_known)) continue;
      } else if (full.type != EntityType::kPerson || (finding.before & lists_.at) != 0 ||
                 (finding.priority >= 500 && (finding.behind & kComma) != 0)) {
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
