// Places that say which one of their name they are: "Birmingham, Alabama".

#include <string>

#include "absl/strings/ascii.h"
#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

constexpr std::string_view kBetween = ", ";

// "New Haven" for "NEW HAVEN".
std::string Capitalised(std::string_view text) {
  std::string name(text);
  for (size_t i = 1; i < name.size(); ++i) {
    if (absl::ascii_isupper(name[i]) && name[i - 1] != ' ') name[i] |= 0x20;
  }
  return name;
}

}  // namespace

// The finding that begins where ", " behind `number` ends; kNone where there is none.
uint32_t Resolver::PlaceBehindComma(uint32_t number) const {
  const Sighting& finding = sightings_[number];
  if (!TextOf(finding.field).substr(finding.span.end).starts_with(kBetween)) return kNone;
  const uint32_t at = finding.span.end + static_cast<uint32_t>(kBetween.size());
  for (uint32_t f = number + 1; f < sightings_.size(); ++f) {
    const Sighting& other = sightings_[f];
    if (other.field != finding.field || other.span.begin > at) break;
    const bool is_place = other.span.begin == at && other.is_mention() && other.entity != kNone &&
                          other.type == EntityType::kPlace;
    if (is_place) return f;
  }
  return kNone;
}

// True unless the dictionary says that `place` is in another region or country than `region`.
bool Resolver::MayBeIn(uint32_t place, uint32_t region) const {
  const uint32_t whole = dictionary().entity(place).part_of;
  return whole == kNoEntity || IsIn(place, region) || IsIn(region, whole);
}

// "Paris, Texas," is not the Paris that the dictionary has, but a place without an id; "Cambridge,
// Mass.," is what it calls "Cambridge, Massachusetts". What stands behind the comma must be a
// region, and not the next place of a list.
void Resolver::TakeElsewhere() {
  for (const uint32_t f : before_commas_) {
    Sighting& finding = sightings_[f];
    const bool is_asked = finding.type == EntityType::kPlace && finding.is_mention() &&
                          finding.entity != kNone && (finding.before & kComma) == 0;
    if (!is_asked) continue;
    const uint32_t number = PlaceBehindComma(f);
    if (number == kNone || (sightings_[number].behind & (kComma | kStop)) == 0) continue;
    if (PlaceBehindComma(number) != kNone) continue;
    uint32_t whole = kNone;
    bool may_be_in = false;
    for (const Candidacy& region : candidates(sightings_[number])) {
      if (dictionary().entity(region.entity).part_of != kNoEntity) whole = region.entity;
      for (const Candidacy& place : candidates(finding)) {
        may_be_in |= dictionary().entity(place.entity).type != EntityType::kPlace ||
                     MayBeIn(place.entity, region.entity);
      }
    }
    if (whole == kNone || may_be_in) continue;
    finding.by = FoundBy::kRule;
    finding.entity = kNone;
    finding.priority = 0;
    finding.candidate_count = 0;
    finding.is_elsewhere = true;
    LookUpWithRegion(whole, &finding);
  }
}

// Names the place that the dictionary calls by its name and the region's, if there is one.
void Resolver::LookUpWithRegion(uint32_t region, Sighting* finding) {
  std::string name = Capitalised(Text(*finding));
  name.append(kBetween).append(dictionary().entity(region).name);
  folded_.Assign(name);
  const std::span<const Match> matches = matcher_.Find(name, &folded_);
  if (matches.size() != 1 || matches[0].span != Span{0, static_cast<uint32_t>(name.size())}) return;
  const std::span<const Candidacy> found = matcher_.candidates(matches[0]);
  const Entity place = dictionary().entity(found[0].entity);
  if (found.size() != 1 || place.type != EntityType::kPlace) return;
  finding->by = FoundBy::kAlias;
  finding->entity = found[0].entity;
  finding->priority = place.priority;
  finding->first_candidate = static_cast<uint32_t>(candidates_.size());
  finding->candidate_count = 1;
  candidates_.push_back(found[0]);
  scores_.push_back(0);
}

// "Birmingham" after "Birmingham, Alabama", and "Paris" after "Paris, Texas".
void Resolver::CollectPlaceNames(uint32_t finding) {
  if (!SaysWhere(sightings_[finding])) return;
  std::string_view name = Text(sightings_[finding]);
  name = name.substr(0, name.find(kBetween));
  AddName(name, finding, FoundBy::kShortForm);
  const bool is_dateline =
      name.size() > 1 && absl::ascii_isupper(name[1]) && acronyms_.size() < kAcronymsMax;
  if (!is_dateline) return;
  acronyms_.push_back(Capitalised(name));
  AddName(acronyms_.back(), finding, FoundBy::kShortForm);
}

// True for a name that says which place it is, though its first part alone does not.
bool Resolver::SaysWhere(const Sighting& place) const {
  if (place.type != EntityType::kPlace) return false;
  return place.is_elsewhere ||
         (place.is_beyond && Text(place).find(kBetween) != std::string_view::npos);
}

}  // namespace copydesk
