// What the rules of entities (entity_rules.h) leave of a match's candidates.

#include "absl/container/flat_hash_map.h"
#include "stages/tag/resolver.h"
#include "stages/tag/rule_context.h"

namespace copydesk {

// Takes those out of the finding's candidates, the last in candidates_, whose rules refuse it. With
// none left it is no mention, but keeps them all to be explained.
void Resolver::FilterCandidates(Sighting* finding) {
  const RuleBook& book = dictionary().rules();
  const RuleContext context = RuleContextOf(*story_, finding->field, finding->span);
  EntityRule first_refusal = EntityRule::kNone;
  uint32_t kept = 0;
  Candidacy* const candidates = candidates_.data() + finding->first_candidate;
  for (uint32_t i = 0; i < finding->candidate_count; ++i) {
    const EntityRules* const rules = book.Find(candidates[i].entity);
    const EntityRule refusal = rules == nullptr ? EntityRule::kNone : rules->Check(context);
    has_counts_ |= rules != nullptr && rules->count_min() > 1;
    if (refusal == EntityRule::kNone) {
      candidates[kept++] = candidates[i];
    } else if (first_refusal == EntityRule::kNone) {
      first_refusal = refusal;
    }
  }
  if (kept == 0) {
    finding->verdict = Verdict::kRefused;
    finding->refused_by = first_refusal;
    return;
  }
  finding->candidate_count = kept;
  candidates_.resize(finding->first_candidate + kept);
}

// Refuses what the story names less often than its entity's rules ask for.
void Resolver::ApplyCounts() {
  if (!has_counts_) return;
  absl::flat_hash_map<uint32_t, uint32_t> counts;
  for (const Sighting& finding : sightings_) {
    if (finding.is_mention() && finding.entity != kNone) ++counts[finding.entity];
  }
  for (Sighting& finding : sightings_) {
    if (!finding.is_mention() || finding.entity == kNone) continue;
    const EntityRules* const rules = dictionary().rules().Find(finding.entity);
    if (rules == nullptr || counts[finding.entity] >= rules->count_min()) continue;
    finding.verdict = Verdict::kRefused;
    finding.refused_by = EntityRule::kCount;
  }
}

}  // namespace copydesk
