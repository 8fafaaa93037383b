// The part of Decider that compares words: which earlier story an arrival is a near-duplicate, an
// excerpt or an update of, and what its own near-duplicates are found by.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "stages/deduplicate/decider.h"

namespace copydesk {
namespace {

bool IsUpdate(Notice notice) { return notice == Notice::kUpdate || notice == Notice::kWritethru; }

Rule RuleOf(Alike alike) {
  switch (alike) {
    case Alike::kDifferent:
      return Rule::kNothingLikeIt;
    case Alike::kTemplate:
      return Rule::kSameTemplate;
    case Alike::kNearDuplicate:
      return Rule::kSameWords;
    case Alike::kPart:
      return Rule::kPartOfEarlier;
    case Alike::kContains:
      return Rule::kContainsEarlier;
    case Alike::kShares:
      return Rule::kSharesPassages;
  }
  return Rule::kNothingLikeIt;
}

}  // namespace

HolderId Decider::FindAlike(const Story& story, const Key& headline, Alike* alike,
                            Likeness* likeness) {
  *alike = Alike::kDifferent;
  alike_.clear();
  if (!options_.finds_near_duplicates || story.sketch.is_empty()) return 0;
  const bool says_so =
      headline != Key{} && (IsUpdate(story.notice) || story.notice == Notice::kCorrection);
  HolderId best = 0;
  double best_share = 0;
  bool is_best_recalled = false;
  for (const SketchCandidate& candidate : LookForAlike(story.sketch)) {
    const Holder& holder = *index_.At(candidate.id);
    if (!holder.was_published()) continue;
    index_.sketches().ReadEvidence(candidate.entry, &lead_evidence_);
    const double hours_apart = static_cast<double>(stream_time_ms_ - holder.entered_ms) / 3'600'000;
    const Likeness found =
        Compare(story.sketch, candidate, lead_evidence_, hours_apart, index_.sketches());
    Alike judged = Judge(found);
    // Under the same headline other figures are the news of what says that it is an update.
    if (says_so && judged == Alike::kTemplate && holder.HasKey(headline)) {
      judged = Alike::kNearDuplicate;
    }
    if (judged == Alike::kTemplate && best == 0) *alike = judged;
    if (judged == Alike::kTemplate || judged == Alike::kDifferent) continue;
    const double share = found.similarity + found.containment();
    alike_.emplace_back(share, candidate.id);
    // Where a killed story came back as it was, that it stands counts.
    const bool is_recalled = holder.recalled_by != 0;
    if (share < best_share || (share == best_share && (is_recalled || !is_best_recalled))) continue;
    best = candidate.id;
    best_share = share;
    is_best_recalled = is_recalled;
    *alike = judged;
    *likeness = found;
  }
  return best;
}

const std::vector<SketchCandidate>& Decider::LookForAlike(const Sketch& sketch) {
  has_looked_ = true;
  return index_.FindAlike(sketch);
}

HolderId Decider::RelateByWords(const Story& story, const Key& headline, Holder* arrival) {
  Alike alike;
  Likeness likeness;
  const HolderId found = FindAlike(story, headline, &alike, &likeness);
  if (alike == Alike::kTemplate) arrival->rule = Rule::kSameTemplate;
  if (found == 0) return 0;
  const Holder& holder = *index_.At(found);
  arrival->rule = RuleOf(alike);
  arrival->kind = IsUpdate(story.notice)           ? RelationKind::kRevision
                  : alike == Alike::kNearDuplicate ? RelationKind::kNearDuplicate
                                                   : RelationKind::kExcerpt;
  arrival->similarity = static_cast<int8_t>(100 * likeness.similarity);
  arrival->in_lead = static_cast<int8_t>(100 * likeness.in_lead);
  arrival->of_lead = static_cast<int8_t>(100 * likeness.of_lead);
  arrival->link = Link::kNone;
  // What has more than one lead, such as a round-up, is the lead of what is like it; a later
  // version of an excerpt has the excerpt's.
  const Holder& beginning = *index_.At(BeginningOf(found));
  const HolderId round_up = RoundUpOf(found);
  const HolderId lead = beginning.is_excerpt() ? beginning.lead : holder.lead;
  arrival->lead = holder.has_leads() ? found : round_up != 0 ? round_up : lead != 0 ? lead : found;
  arrival->cluster = holder.cluster;
  const HolderId source_recalled_by = NoteSources(found, arrival);
  const bool is_excerpt = arrival->kind == RelationKind::kExcerpt;
  const bool is_of_lead = holder.has_leads() || round_up != 0 || !beginning.is_excerpt();
  if (!is_excerpt && !is_of_lead) arrival->link = Link::kExcerpt;
  const HolderId recalled_by = RecallerOf(holder);
  if (recalled_by == 0 || IsBack(recalled_by)) return source_recalled_by;
  // What a round-up was recalled for need not be what the arrival has of it.
  const ChainId killed = index_.At(recalled_by)->chain;
  const bool is_killed =
      round_up == 0 || index_.At(round_up)->chain == killed || holder.chain == killed;
  return is_excerpt && !is_killed ? source_recalled_by : recalled_by;
}

HolderId Decider::NoteSources(HolderId most_alike, Holder* arrival) {
  const Holder* lead = index_.At(arrival->lead);
  const bool is_of_lead = lead != nullptr && lead->chain == index_.At(most_alike)->chain;
  if (!is_of_lead || lead->was_made_from_any()) {
    arrival->keys.push_back(index_.NextMadeFromKey(most_alike));
  }
  if (!arrival->has_leads()) return 0;
  HolderId recalled_by = 0;
  absl::flat_hash_set<ChainId> clusters = {arrival->cluster};
  std::stable_sort(alike_.begin(), alike_.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [share, id] : alike_) {
    const Holder& source = *index_.At(id);
    if (!clusters.insert(source.cluster).second) continue;
    arrival->keys.push_back(index_.NextMadeFromKey(id));
    const HolderId end = RecallerOf(source);
    const bool is_whole = !source.has_leads() && !source.is_excerpt();
    if (recalled_by == 0 && end != 0 && is_whole && !IsBack(end)) recalled_by = end;
  }
  return recalled_by;
}

HolderId Decider::BeginningOf(HolderId id) const {
  const HolderId first = index_.ChainAt(index_.At(id)->chain).first;
  return index_.At(first) != nullptr ? first : id;
}

HolderId Decider::RoundUpOf(HolderId id) const {
  HolderId of = BeginningOf(id);
  const HolderId lead = index_.At(of)->lead;
  if (!index_.At(of)->is_excerpt() && index_.At(lead) != nullptr) of = lead;
  const Holder& holder = *index_.At(of);
  return holder.kind == RelationKind::kExcerpt && holder.has_leads() ? of : 0;
}

const Evidence* Decider::EvidenceOf(const Story& story, const Holder& arrival) {
  const bool is_wanted = arrival.is_settled() && arrival.kind != RelationKind::kRepeat;
  if (!is_wanted || !options_.finds_near_duplicates || story.sketch.is_empty()) return nullptr;
  // How common its shingles are is known by looking for them.
  if (!has_looked_) LookForAlike(story.sketch);
  index_.sketches().MakeEvidence(story.sketch, &evidence_);
  evidence_.is_counted = arrival.kind == RelationKind::kOriginal;
  return &evidence_;
}

}  // namespace copydesk
