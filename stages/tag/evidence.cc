// Names that are words, or people's: Nice, Turkey, US, WHO, Jackson. One that stands alone is a
// mention only where something says so: the word beside it, a place behind it, or another mention
// in the story.

#include <algorithm>

#include "stages/tag/resolver.h"
#include "stages/tag/sentence.h"

namespace copydesk {
namespace {

// Entities of this priority are named so often that they are taken where a sentence begins, too.
constexpr uint16_t kPriorityFirst = 900;  // places: China,
constexpr uint16_t kPriorityOften = 300;  // people and bodies: Trump, Congress
constexpr uint32_t kPronounBytes = 2;     // US

}  // namespace

bool Resolver::NeedsEvidence(const Sighting& finding) const {
  if (finding.words != 1 || finding.by == FoundBy::kRule || !IsName(finding.type)) return false;
  const bool is_caps = (finding.all & kAllCaps) != 0;
  const uint16_t priority = finding.priority;
  const bool is_known = priority >= kPriorityKnown;
  if ((finding.all & (lists_.day | lists_.title)) != 0) return true;
  if ((finding.all & lists_.demonym) != 0) return finding.type != EntityType::kPlace;
  const bool is_word = (finding.all & lists_.common) != 0;
  if (is_word && !is_known) return true;
  if (is_word && is_caps) {
    // "Tell US", "WHO IS NEXT".
    if (finding.span.end - finding.span.begin == kPronounBytes) return !HasEvidenceBeside(finding);
    const bool is_its_name = IsSameWord(Text(finding), dictionary().entity(finding.entity).name);
    if (!is_its_name) return !HasEvidenceBeside(finding);
  } else if (is_word && (finding.first & kStart) != 0) {
    const bool is_place = finding.type == EntityType::kPlace;
    return priority < (is_place ? kPriorityFirst : kPriorityOften) && !HasEvidenceBeside(finding);
  }
  switch (finding.type) {
    case EntityType::kPerson:
      return !is_known;
    case EntityType::kOrganisation:
      return !is_known && !is_caps && (finding.all & (lists_.given | lists_.surname)) != 0;
    default: {
      if (is_known || (finding.all & (lists_.given | lists_.surname)) == 0) return false;
      // "in Jackson", "Jackson, Mississippi".
      return (finding.before & lists_.at) == 0 && (finding.behind & kComma) == 0;
    }
  }
}

// Whether the words beside a name that is a word tell it from one.
bool Resolver::HasEvidenceBeside(const Sighting& finding) const {
  if ((finding.behind & lists_.said) != 0) return true;
  const bool is_caps = (finding.all & kAllCaps) != 0;
  if (!is_caps) return PossessiveBytes(TextOf(finding.field).substr(finding.span.end)) != 0;
  if ((finding.before & (lists_.the | lists_.at | lists_.of | kBracket | kComma)) != 0) return true;
  if (finding.span.end - finding.span.begin == kPronounBytes) {
    // A pronoun hardly begins a sentence, and little stands behind it.
    return (finding.first & kStart) != 0 || (finding.behind & (lists_.pronoun | kStop)) == 0;
  }
  // Among small letters capitals are meant; among capitals they say nothing.
  return ((finding.before | finding.behind) & kAllCaps) == 0 && !chains_.is_capitals();
}

// "Nice, France": a place that says which one is meant.
bool Resolver::StandsBeforePlace(const Sighting& finding) const {
  if (finding.type != EntityType::kPlace || (finding.behind & kComma) == 0) return false;
  const uint32_t at = finding.span.end + 2;
  return std::any_of(kept_.begin(), kept_.end(), [&](const Sighting& other) {
    return other.span.begin == at && other.type == EntityType::kPlace;
  });
}

// True for a name that the rest of the story may give the evidence for.
bool Resolver::IsDoubt(const Sighting& finding) const {
  // "TELL US WHY" may stand in a story of the US, too.
  const bool is_pronoun = finding.span.end - finding.span.begin == kPronounBytes &&
                          (finding.behind & lists_.pronoun) != 0 &&
                          (finding.behind & kAllCaps) != 0;
  if (is_pronoun) return false;
  return finding.verdict == Verdict::kNeedsEvidence && finding.priority >= kPriorityKnown &&
         (finding.all & lists_.common) != 0 && (finding.all & (lists_.day | lists_.title)) == 0 &&
         (finding.behind & kNumber) == 0;
}

// One sense a story: where Turkey, or a place in it, is named beyond doubt, or the feed names it,
// a sentence may begin with Turkey.
void Resolver::DispelDoubts() {
  certain_.clear();
  for (const Sighting& finding : sightings_) {
    if (!finding.is_mention() || finding.entity == kNone) continue;
    uint32_t entity = finding.entity;
    for (uint32_t depth = 0; entity != kNoEntity && depth <= kPlaceDepthMax; ++depth) {
      certain_.insert(entity);
      entity = dictionary().entity(entity).part_of;
    }
  }
  for (Sighting& finding : sightings_) {
    if (!IsDoubt(finding)) continue;
    const bool is_certain =
        certain_.contains(finding.entity) || IsSubject(dictionary().entity(finding.entity));
    if (!is_certain) continue;
    finding.verdict = Verdict::kMention;
    revived_.insert(PlaceOf(finding.field, finding.span.begin));
  }
}

}  // namespace copydesk
