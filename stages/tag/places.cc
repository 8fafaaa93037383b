// Places that say which one of their name they are: "Birmingham, Alabama".

#include <algorithm>

#include "stages/tag/resolver.h"

namespace copydesk {
namespace {

constexpr std::string_view kBetween = ", ";

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

// "Paris, Texas," is not the Paris that the dictionary has, but a place without an id. What stands
// behind the comma must be a region, and not the next place of a list.
void Resolver::TakeElsewhere() {
  for (const uint32_t f : before_commas_) {
    Sighting& finding = sightings_[f];
    const bool is_asked = finding.type == EntityType::kPlace && finding.is_mention() &&
                          finding.entity != kNone && (finding.before & kComma) == 0;
    if (!is_asked) continue;
    const uint32_t number = PlaceBehindComma(f);
    if (number == kNone || (sightings_[number].behind & (kComma | kStop)) == 0) continue;
    if (PlaceBehindComma(number) != kNone) continue;
    bool is_region = false;
    bool may_be_in = false;
    for (const Candidacy& region : candidates(sightings_[number])) {
      is_region |= dictionary().entity(region.entity).part_of != kNoEntity;
      for (const Candidacy& place : candidates(finding)) {
        may_be_in |= dictionary().entity(place.entity).type != EntityType::kPlace ||
                     MayBeIn(place.entity, region.entity);
      }
    }
    if (!is_region || may_be_in) continue;
    finding.by = FoundBy::kRule;
    finding.entity = kNone;
    finding.priority = 0;
    finding.candidate_count = 0;
    finding.is_elsewhere = true;
  }
}

// "Birmingham" after "Birmingham, Alabama", and "Paris" after "Paris, Texas".
void Resolver::CollectPlaceNames(uint32_t finding) {
  if (!SaysWhere(sightings_[finding])) return;
  const std::string_view name = Text(sightings_[finding]);
  AddName(name.substr(0, name.find(kBetween)), finding, FoundBy::kShortForm);
}

// True for a name that says which place it is, though its first part alone does not.
bool Resolver::SaysWhere(const Sighting& place) const {
  if (place.type != EntityType::kPlace) return false;
  return place.is_elsewhere ||
         (place.is_beyond && Text(place).find(kBetween) != std::string_view::npos);
}

}  // namespace copydesk
