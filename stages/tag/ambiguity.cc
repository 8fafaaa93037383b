// Whom a name means that several bear.
//
// Each candidate has a weight: its priority, less for every one the dictionary names before it,
// times what speaks for it: a word beside the mention that goes with its type, its own name in
// capitals, that the story names it elsewhere by a name that only it has, or a place in it, or the
// place it is in, the more so in the dateline; that its rules ask for the story's language or
// subjects, that the feed gives it as a subject, that the subject is the economy and it is a body.
// A candidate's score is its share of all weights. The factors are judgements, not
// measurements: any of them outweighs priorities that are close, and two of them outweigh those
// that are not.

#include <algorithm>
#include <cmath>

#include "stages/tag/resolver.h"
#include "stages/tag/rule_context.h"

namespace copydesk {
namespace {

constexpr double kThreshold = 0.55;  // a best score below it decides nothing
constexpr double kWeightMin = 20;    // beside a priority of 0
constexpr double kLaterFactor = 0.8;
constexpr double kBesideFactor = 3;     // "in Georgia", "Mr Jordan", "Jordan said"
constexpr double kCapitalsFactor = 2;   // "WHO" for an organisation
constexpr double kElsewhereFactor = 8;  // the story has another name of it
constexpr double kPlaceFactor = 3;      // the story has a place in it, or the place it is in;
constexpr double kNearFactor = 6;       // close by
constexpr uint32_t kNearBytes = 300;
constexpr double kExpectedFactor = 3;  // its rules ask for such a story
constexpr double kEconomyFactor = 2;   // a body in a story of the economy
constexpr uint32_t kDatelineBytesMax = 120;
constexpr size_t kCodeDigits = 8;
constexpr size_t kPlacesMax = 64;  // mentions of places that are looked at: a story's first
constexpr uint32_t kCapitalsBytesMax = 6;

}  // namespace

// "medtop:15000000", "subj:15054000", "http://cv.iptc.org/newscodes/mediatopic/15000000", "Sports".
bool Resolver::HasSubject(SubjectField field) const {
  return std::any_of(story_->subjects.begin(), story_->subjects.end(), [&](const auto& subject) {
    const std::string_view text = subject;
    const size_t digits = text.size() - (text.find_last_not_of("0123456789") + 1);
    if (digits == kCodeDigits) return text.substr(text.size() - digits).starts_with(field.code);
    return IsSameWord(text.substr(0, field.name.size()), field.name);
  });
}

// True when the feed gives the entity's id, or a URI that ends with it.
bool Resolver::IsSubject(const Entity& entity) const {
  return std::any_of(story_->subjects.begin(), story_->subjects.end(), [&](const auto& subject) {
    const std::string_view text = subject;
    if (!text.ends_with(entity.id)) return false;
    const size_t before = text.size() - entity.id.size();
    return before == 0 || text[before - 1] == '/' || text[before - 1] == ':';
  });
}

// Where a body's "ATLANTA, Nov 3 (Reuters) - " ends, and the places of `located`.
void Resolver::FindDateline() {
  dateline_ends_.clear();
  for (const TextField& field : story_->fields) {
    const std::string_view begin = field.reading.plain().substr(0, kDatelineBytesMax);
    size_t end = std::string_view::npos;
    if (!field.is_headline) {
      for (const std::string_view dash : {" - ", " -- ", " – ", " — "}) {
        end = std::min(end, begin.find(dash));
      }
    }
    dateline_ends_.push_back(end == std::string_view::npos ? 0 : static_cast<uint32_t>(end));
  }
  located_.clear();
  if (story_->located.empty()) return;
  folded_.Assign(story_->located);
  for (const Match& match : matcher_.Find(story_->located, &folded_)) {
    const std::span<const Candidacy> candidates = matcher_.candidates(match);
    if (candidates.size() == 1) located_.push_back(candidates[0].entity);
  }
}

bool Resolver::IsInDateline(const Sighting& finding) const {
  return finding.span.end <= dateline_ends_[finding.field];
}

// True when `place` is `whole` or somewhere in it.
bool Resolver::IsIn(uint32_t place, uint32_t whole) const {
  for (uint32_t depth = 0; place != kNoEntity && depth <= kPlaceDepthMax; ++depth) {
    if (place == whole) return true;
    place = dictionary().entity(place).part_of;
  }
  return false;
}

// Countries pull their cities, and cities their country.
double Resolver::PlacesFor(const Sighting& finding, uint32_t candidate) const {
  double support = 1;
  for (const uint32_t number : certain_places_) {
    const Sighting& other = sightings_[number];
    if (!IsIn(other.entity, candidate) && !IsIn(candidate, other.entity)) continue;
    const uint32_t distance = other.span.begin > finding.span.begin
                                  ? other.span.begin - finding.span.begin
                                  : finding.span.begin - other.span.begin;
    const bool is_near =
        IsInDateline(other) || (other.field == finding.field && distance <= kNearBytes);
    support = std::max(support, is_near ? kNearFactor : kPlaceFactor);
  }
  for (const uint32_t place : located_) {
    if (IsIn(place, candidate) || IsIn(candidate, place)) support = kNearFactor;
  }
  return support;
}

// True for "Georgia" behind "Fulton County, ": a region that some place is in.
bool Resolver::StandsBehindUnknownPlace(const Sighting& finding) const {
  if ((finding.before & kComma) == 0 || &finding == sightings_.data()) return false;
  const Sighting& before = *(&finding - 1);
  return before.type == EntityType::kPlace && before.is_mention() && before.entity == kNone &&
         before.field == finding.field && before.span.end + 2 == finding.span.begin;
}

double Resolver::SupportOf(const Sighting& finding, const Entity& entity) const {
  double support = 1;
  const bool is_capitals =
      (finding.all & kAllCaps) != 0 && finding.span.end - finding.span.begin <= kCapitalsBytesMax;
  switch (entity.type) {
    case EntityType::kPerson:
      if ((finding.before & (lists_.title | lists_.role)) != 0) support *= kBesideFactor;
      if ((finding.behind & lists_.said) != 0) support *= kBesideFactor;
      break;
    case EntityType::kOrganisation:
      if (is_capitals) support *= kCapitalsFactor;
      if (HasSubject(kEconomy)) support *= kEconomyFactor;
      break;
    case EntityType::kPlace:
      if ((finding.before & lists_.at) != 0) support *= kBesideFactor;
      if (entity.part_of != kNoEntity && StandsBehindUnknownPlace(finding)) {
        support *= kBesideFactor;
      }
      break;
    default:
      break;
  }
  return support;
}

void Resolver::DecideAll() {
  if (!has_open_) return;
  FindDateline();
  certain_.clear();
  certain_places_.clear();
  for (uint32_t f = 0; f < sightings_.size(); ++f) {
    const Sighting& finding = sightings_[f];
    if (!finding.is_mention() || finding.candidate_count != 1 || finding.entity == kNone) continue;
    certain_.insert(finding.entity);
    const bool is_place = finding.type == EntityType::kPlace;
    if (is_place && certain_places_.size() < kPlacesMax) certain_places_.push_back(f);
  }
  // What says itself which one is meant ("London, Ontario") says so for the others.
  for (const uint32_t f : before_commas_) {
    if (!IsOpen(sightings_[f]) || PlaceBehindComma(f) == kNone) continue;
    Decide(&sightings_[f]);
    if (sightings_[f].entity != kNone) certain_.insert(sightings_[f].entity);
  }
  for (Sighting& finding : sightings_) {
    if (IsOpen(finding)) Decide(&finding);
  }
}

bool Resolver::IsOpen(const Sighting& finding) const {
  return finding.is_mention() && finding.entity != kNone && finding.candidate_count > 1 &&
         scores(finding)[0] == 0;
}

void Resolver::Decide(Sighting* finding) {
  Candidacy* const candidates = candidates_.data() + finding->first_candidate;
  weighed_.clear();
  const uint32_t region = PlaceBehindComma(static_cast<uint32_t>(finding - sightings_.data()));
  double total = 0;
  double rank_factor = 1;
  for (uint32_t i = 0; i < finding->candidate_count; ++i) {
    const Entity entity = dictionary().entity(candidates[i].entity);
    double weight = (kWeightMin + entity.priority) * rank_factor * SupportOf(*finding, entity);
    if (certain_.contains(candidates[i].entity)) weight *= kElsewhereFactor;
    if (IsSubject(entity)) weight *= kElsewhereFactor;
    const EntityRules* const rules = dictionary().rules().Find(candidates[i].entity);
    const bool is_expected = rules != nullptr && rules->IsExpected(RuleContextOf(
                                                     *story_, finding->field, finding->span));
    if (is_expected) weight *= kExpectedFactor;
    if (entity.type == EntityType::kPlace) {
      const bool is_in_region =
          region != kNone && MayBeIn(candidates[i].entity, sightings_[region].entity);
      weight *= is_in_region ? kNearFactor : PlacesFor(*finding, candidates[i].entity);
    }
    rank_factor *= kLaterFactor;
    total += weight;
    weighed_.push_back({weight, candidates[i]});
  }
  std::stable_sort(weighed_.begin(), weighed_.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (size_t i = 0; i < weighed_.size(); ++i) {
    candidates[i] = weighed_[i].second;
    scores_[finding->first_candidate + i] =
        static_cast<int8_t>(std::lround(100 * weighed_[i].first / total));
  }
  const Entity best = dictionary().entity(candidates[0].entity);
  finding->entity = candidates[0].entity;
  finding->type = best.type;
  finding->priority = best.priority;
  if (weighed_[0].first >= kThreshold * total) return;
  finding->verdict = Verdict::kAmbiguous;
  finding->entity = kNone;
}

}  // namespace copydesk
