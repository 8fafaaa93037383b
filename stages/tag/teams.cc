// Teams that are called by their place's name.

#include "stages/tag/resolver.h"
#include "stages/tag/sentence.h"

namespace copydesk {

// True where "'s" and a person's name stand behind it.
bool Resolver::HasPersonBehind(size_t number) const {
  const Sighting& owner = sightings_[number];
  const std::string_view rest = TextOf(owner.field).substr(owner.span.end);
  const uint32_t possessive = PossessiveBytes(rest);
  if (possessive == 0 || !rest.substr(possessive).starts_with(' ')) return false;
  const uint32_t at = owner.span.end + possessive + 1;
  for (size_t f = number + 1; f < sightings_.size(); ++f) {
    const Sighting& other = sightings_[f];
    if (other.field != owner.field || other.span.begin > at) return false;
    if (other.span.begin == at && other.is_mention()) return other.type == EntityType::kPerson;
  }
  return false;
}

// In a story of sport a place's name is its team's: "England won", "CHICAGO AT TORONTO". Places
// stand in brackets, behind a comma, "in" or "of", before a comma or a date, and before whom they
// send: "Russia's Alexey Prokurorov".
void Resolver::TakeTeams() {
  for (size_t f = 0; f < sightings_.size(); ++f) {
    Sighting& finding = sightings_[f];
    if (finding.type != EntityType::kPlace || !finding.is_mention() || finding.words == 0) continue;
    if (finding.by != FoundBy::kAlias || (finding.all & lists_.demonym) != 0) continue;
    const bool is_behind_in =
        (finding.before & (lists_.at | lists_.of)) != 0 && (finding.before & kAllCaps) == 0;
    const bool is_place = is_behind_in || finding.is_dated ||
                          (finding.before & (kBracket | kComma)) != 0 ||
                          (finding.behind & (kBracket | kComma)) != 0 || HasPersonBehind(f);
    if (is_place) continue;
    finding.by = FoundBy::kTeam;
    finding.type = EntityType::kOrganisation;
    finding.entity = kNone;
    finding.priority = 0;
  }
}

}  // namespace copydesk
