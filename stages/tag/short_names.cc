// What names of a story may be called by for short.

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "stages/tag/name_text.h"
#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

constexpr size_t kFirstBytesMin = 4;  // of a body's first word that stands for it

// True for a name and a longer form of it: "Dole" and "Robert Dole", "Xi" and "Xi Jinping", "Robert
// Dole" and "Robert J. Dole", but not "Elizabeth Dole".
bool IsOneBearer(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (IsEndOf(b, a)) return true;
  const bool is_begin = FirstWord(a) == FirstWord(b);
  return is_begin && (FirstWord(b).size() == b.size() || LastWord(a) == LastWord(b));
}

}  // namespace

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
  const bool are_known = mine.entity != kNone && known.entity != kNone;
  const bool is_same = are_known && mine.entity == known.entity;
  if (is_same || Text(mine) == Text(known)) return;
  // The dictionary tells George W. Bush from George H. W. Bush.
  const bool is_one_bearer = !are_known && IsOneBearer(Text(mine), Text(known));
  if (mine.type != known.type || is_one_bearer) {
    const bool is_longer = mine.type == known.type && Text(mine).size() > Text(known).size();
    if (known.entity != kNone || (mine.entity == kNone && !is_longer)) return;
    owner = {finding, kNone, by};
    return;
  }
  owner.other = finding;
}

// A person's name without "Jr." and the like.
std::string_view Resolver::WithoutSuffix(const Sighting& person) const {
  std::string_view rest = Text(person);
  if (person.words != 0 && (person.last & lists_.suffix) == 0) return rest;
  for (size_t space; (space = LastBlank(rest)) != std::string_view::npos;) {
    const WordFlags last = rules_->lexicon().Find(WithoutStop(rest.substr(space + 1)));
    if ((last & lists_.suffix) == 0) break;
    rest = rest.substr(0, space);
  }
  return rest;
}

void Resolver::CollectPersonNames(uint32_t finding) {
  const Sighting& person = sightings_[finding];
  name_words_max_ = std::max<uint32_t>(name_words_max_, person.words);
  const Lexicon& lexicon = rules_->lexicon();
  const std::string_view rest = WithoutSuffix(person);
  const size_t space = LastBlank(rest);
  const std::string_view last = rest.substr(space + 1);
  AddName(last, finding, FoundBy::kShortForm);
  if (const std::string_view bare = WithoutArticle(last); bare.size() < last.size()) {
    AddName(bare, finding, FoundBy::kShortForm);
  }
  if (space == std::string_view::npos) return;
  const std::string_view first = FirstWord(rest);
  const WordFlags flags = person.words == 0 ? lexicon.Find(first) : person.first;
  if ((flags & lists_.family_first) != 0 || (flags & (lists_.common | lists_.title)) == 0) {
    AddName(first, finding, FoundBy::kShortForm);
  }
  // In Spanish the first of two surnames is the one: "García" for José García Pérez.
  if (!has_two_surnames_ || person.words != 3) return;
  const std::string_view middle = LastWord(rest.substr(0, space));
  const WordFlags surname = lexicon.Find(middle);
  if ((surname & lists_.surname) == 0 || (surname & (lists_.given | lists_.particle)) != 0) return;
  AddName(middle, finding, FoundBy::kShortForm);
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
    if (absl::ascii_isupper(name[at]) && (at == 0 || IsBlank(name[at - 1])))
      letters.push_back(name[at]);
  }
  if (letters.size() < 3) return;
  acronyms_.push_back(std::move(letters));
  AddName(acronyms_.back(), finding, FoundBy::kAcronym);
}

// "Goldman" for Goldman Sachs, where it is no word, given name or place.
void Resolver::CollectFirstWord(uint32_t finding) {
  const WordFlags no_name = lists_.common | lists_.demonym | lists_.joint | lists_.given |
                            lists_.title | lists_.body | kInPlace | kInPerson | kAllCaps | kInitial;
  const std::string_view first = FirstWord(Text(sightings_[finding]));
  if ((sightings_[finding].first & no_name) != 0 || first.size() < kFirstBytesMin) return;
  AddName(first, finding, FoundBy::kShortForm);
}

void Resolver::CollectNames() {
  name_words_max_ = 0;
  short_names_.clear();
  short_beginnings_ = 0;
  acronyms_.clear();
  for (uint32_t f = 0; f < sightings_.size(); ++f) {
    const Sighting& finding = sightings_[f];
    if (!finding.is_mention()) continue;
    if (finding.type == EntityType::kPerson) CollectPersonNames(f);
    if (finding.type == EntityType::kPlace) CollectPlaceNames(f);
    if (finding.type != EntityType::kOrganisation || finding.words < 2) continue;
    AddGivenAcronym(f);
    if (finding.words == 2 && finding.entity != kNone) CollectFirstWord(f);
    if (finding.words > 2 || (finding.last & lists_.orgend) != 0) CollectOrganisationNames(f);
  }
}

}  // namespace copydesk
