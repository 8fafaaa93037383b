// Names that are part of longer ones.

#include <algorithm>

#include "stages/tag/resolver.h"

namespace copydesk {

// True for "Deutsche Telekom AG" and the company that is the dictionary's Deutsche Telekom.
bool Resolver::IsLegalNameOf(const Sighting& name, const Sighting& company) const {
  if (name.type != EntityType::kOrganisation || company.type != name.type) return false;
  if (company.by == FoundBy::kRule || company.span.begin != name.span.begin) return false;
  const std::span<const NameWord> words = chains_.words().subspan(name.range.begin);
  return std::all_of(words.begin(), words.begin() + (name.range.end - name.range.begin),
                     [&](const NameWord& word) {
                       return word.begin < company.span.end || (word.flags & lists_.legal) != 0;
                     });
}

// True for "Ekrem İmamoğlu'nun": a name of the dictionary and what an apostrophe adds to it.
bool Resolver::HasEndingOnly(const Sighting& found, const Sighting& name) const {
  if (name.span.begin != found.span.begin || name.span.end >= found.span.end) return false;
  const std::string_view ending =
      Text(found).substr(name.span.end - name.span.begin, found.span.end - name.span.end);
  return (ending.starts_with('\'') || ending.starts_with("\u2019")) &&
         ending.find_first_of(" \n") == std::string_view::npos;
}

void Resolver::TakeEntity(const Sighting& from, Sighting* to) {
  to->by = from.by;
  to->type = from.type;
  to->entity = from.entity;
  to->priority = from.priority;
  to->first_candidate = from.first_candidate;
  to->candidate_count = from.candidate_count;
}

void Resolver::ShadowBy(size_t name, size_t first) {
  Sighting& found = sightings_[name];
  for (size_t f = first; f < name; ++f) {
    Sighting& other = sightings_[f];
    if (!Overlap(other.span, found.span)) continue;
    if (!other.is_mention()) {
      other.is_part |= Contains(found.span, other.span);
      continue;
    }
    const bool is_single = Text(other).find(' ') == std::string_view::npos;
    if (other.span == found.span) {
      // A place where a rule says that a body of its name is meant: "Chicago 4 Houston 3".
      const std::string_view text = Text(found);
      const std::string_view last = text.substr(text.find_last_of(" \n") + 1);
      const bool is_team = found.type == EntityType::kOrganisation &&
                           other.type == EntityType::kPlace &&
                           (rules_->lexicon().Find(last) & lists_.orgend) == 0;  // "West Bank"
      const bool is_weak =
          is_team || (is_single && other.type != found.type && other.priority < kPriorityKnown);
      (is_weak ? other : found).verdict = Verdict::kShadowed;
    } else if (Contains(other.span, found.span)) {
      found.verdict = Verdict::kShadowed;
    } else if (HasEndingOnly(found, other)) {
      found.verdict = Verdict::kShadowed;
    } else if (Contains(found.span, other.span) || is_single) {
      if (IsLegalNameOf(found, other)) TakeEntity(other, &found);
      other.verdict = Verdict::kShadowed;
    } else {
      found.verdict = Verdict::kShadowed;
    }
  }
}

}  // namespace copydesk
