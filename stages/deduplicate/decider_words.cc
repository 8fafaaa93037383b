// The part of Decider that compares words: which earlier story an arrival is a near-duplicate, an
// excerpt or an update of, and what its own near-duplicates are found by.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "stages/deduplicate/decider.h"

namespace copydesk {
namespace {

constexpr double kHasAll = 0.8;       // of a story, but for its headline
constexpr size_t kFlashWordsMin = 3;  // of a headline that is a flash

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

// The earlier story has as much as all.
bool HasAll(Alike alike) { return alike == Alike::kNearDuplicate || alike == Alike::kPart; }

}  // namespace

Decider::Resembled Decider::CompareWith(const Story& story, const Key& headline, HolderId id,
                                        const SketchCandidate& shared) {
  const Holder& holder = *index_.At(id);
  index_.sketches().ReadEvidence(shared.entry, &lead_evidence_);
  const double hours_apart = static_cast<double>(stream_time_ms_ - holder.entered_ms) / 3'600'000;
  Resembled found{.id = id};
  found.likeness = Compare(story.sketch, shared, lead_evidence_, hours_apart, index_.sketches());
  found.alike = Judge(found.likeness);
  found.share = found.likeness.similarity + found.likeness.containment();
  // Under the same headline other figures are the news of what says that it is an update.
  const bool says_so = IsUpdate(story.notice) || story.notice == Notice::kCorrection;
  if (found.alike == Alike::kTemplate && says_so && headline != Key{} && holder.HasKey(headline)) {
    found.alike = Alike::kNearDuplicate;
  }
  return found;
}

const std::vector<Decider::Resembled>& Decider::FindAlike(const Story& story, const Key& headline,
                                                          bool* is_template) {
  *is_template = false;
  alike_.clear();
  if (!options_.finds_near_duplicates || story.sketch.is_empty()) return alike_;
  const auto compare = [&](HolderId id, const SketchCandidate& shared) {
    if (!index_.At(id)->was_published()) return;
    const Resembled found = CompareWith(story, headline, id, shared);
    *is_template |= found.alike == Alike::kTemplate;
    if (found.alike > Alike::kTemplate) alike_.push_back(found);
  };
  for (const SketchCandidate& candidate : LookForAlike(story.sketch)) {
    compare(candidate.id, candidate);
  }
  // What a flash says may be too common to be found by.
  const bool is_flash = story.sketch.subject.size == 0;
  const HolderId same = is_flash && alike_.empty() ? index_.FindId(headline) : 0;
  if (same != 0 && index_.At(same)->sketch != 0) {
    compare(same, index_.sketches().SharedBy(story.sketch, index_.At(same)->sketch));
  }
  const auto is_recalled = [&](const Resembled& one) {
    return index_.At(one.id)->recalled_by != 0;
  };
  std::stable_sort(alike_.begin(), alike_.end(), [&](const Resembled& a, const Resembled& b) {
    return a.share != b.share ? a.share > b.share : is_recalled(a) < is_recalled(b);
  });
  return alike_;
}

const std::vector<SketchCandidate>& Decider::LookForAlike(const Sketch& sketch) {
  has_looked_ = true;
  return index_.FindAlike(sketch);
}

HolderId Decider::RelateByWords(const Story& story, const Key& headline, Holder* arrival) {
  bool is_template;
  FindAlike(story, headline, &is_template);
  if (alike_.empty()) {
    if (is_template) arrival->rule = Rule::kSameTemplate;
    return 0;
  }
  const HolderId found = alike_.front().id;
  const Holder& holder = *index_.At(found);
  // What has more than one lead, such as a round-up, is the lead of what is like it; a later
  // version of an excerpt has the excerpt's.
  const Holder& beginning = *index_.At(BeginningOf(found));
  const HolderId round_up = RoundUpOf(found);
  HolderId lead = beginning.is_excerpt() ? beginning.lead : holder.lead;
  lead = holder.has_leads() ? found : round_up != 0 ? round_up : lead != 0 ? lead : found;
  const Resembled resembled = BesideLead(story, headline, lead);
  arrival->lead = resembled.id;
  arrival->rule = RuleOf(resembled.alike);
  arrival->kind = IsUpdate(story.notice)                     ? RelationKind::kRevision
                  : resembled.alike == Alike::kNearDuplicate ? RelationKind::kNearDuplicate
                                                             : RelationKind::kExcerpt;
  arrival->similarity = static_cast<int8_t>(100 * resembled.likeness.similarity);
  arrival->in_lead = static_cast<int8_t>(100 * resembled.likeness.in_lead);
  arrival->of_lead = static_cast<int8_t>(100 * resembled.likeness.of_lead);
  arrival->link = Link::kNone;
  arrival->cluster = holder.cluster;
  const HolderId source_recalled_by = NoteSources(arrival);
  const bool is_excerpt = arrival->kind == RelationKind::kExcerpt;
  const bool is_of_lead = arrival->lead == found || round_up != 0 || !beginning.is_excerpt();
  if (!is_excerpt && !is_of_lead) arrival->link = Link::kExcerpt;
  const HolderId recalled_by = StandingRecallerOf(holder);
  // Nobody has the words of what was recalled, where its story came back in others.
  const bool is_gone = std::none_of(alike_.begin(), alike_.end(), [&](const Resembled& one) {
    return HasAll(one.alike) && index_.At(one.id)->recalled_by == 0;
  });
  if (recalled_by == 0 && is_gone && arrival->kind == RelationKind::kNearDuplicate) {
    arrival->kind = RelationKind::kExcerpt;
  }
  if (recalled_by == 0) return source_recalled_by;
  // What a round-up was recalled for need not be what the arrival has of it.
  const ChainId killed = index_.At(recalled_by)->chain;
  const bool is_of_killed_round_up = round_up != 0 && index_.At(round_up)->chain == killed;
  const bool is_of_rewrite = arrival->lead == found && holder.kind == RelationKind::kNearDuplicate;
  const bool is_killed =
      holder.chain == killed || is_of_killed_round_up || (round_up == 0 && !is_of_rewrite);
  const bool is_spared =
      is_excerpt &&
      (!is_killed || (is_of_killed_round_up && arrival->rule == Rule::kPartOfEarlier));
  return is_spared ? source_recalled_by : recalled_by;
}

HolderId Decider::PublishedUnder(const Key& headline) const {
  const HolderId id = index_.FindId(headline);
  const Holder* holder = index_.At(id);
  if (holder == nullptr || !holder->was_published()) return 0;
  return stream_time_ms_ - holder->entered_ms <= kSameHeadlineMs ? id : 0;
}

bool Decider::RelateByHeadline(const Key& headline, Holder* arrival) const {
  const HolderId id = PublishedUnder(headline);
  if (id == 0) return false;
  const Holder& holder = *index_.At(id);
  const Order order = Compare(*arrival, holder);
  arrival->kind = RelationKind::kRevision;
  arrival->is_late |= order == Order::kOlder;
  arrival->rule = order == Order::kOlder   ? Rule::kOlder
                  : order == Order::kNewer ? Rule::kNewer
                                           : Rule::kUnordered;
  arrival->link = Link::kHeadline;
  arrival->lead = holder.has_leads() || holder.lead == 0 ? id : holder.lead;
  arrival->cluster = holder.cluster;
  return true;
}

bool Decider::RelateToFlash(const Story& story, const Key& headline, Holder* arrival) {
  const bool has_body = !story.sketch.is_empty() && story.sketch.subject.size > 0;
  // Of the same template it may have other figures than the flash.
  if (!has_body || arrival->rule == Rule::kSameTemplate) return false;
  const HolderId id = PublishedUnder(headline);
  if (id == 0) return false;
  const Holder& holder = *index_.At(id);
  if (holder.sketch == 0 || story.sketch.title.size < kFlashWordsMin) return false;
  index_.sketches().ReadEvidence(holder.sketch, &lead_evidence_);
  if (lead_evidence_.subject.size != 0) return false;
  const uint32_t share = 100 * lead_evidence_.shingle_count / story.sketch.shingle_count;
  arrival->similarity = arrival->in_lead = static_cast<int8_t>(std::min(share, 99u));
  arrival->of_lead = 100;
  arrival->kind = RelationKind::kExcerpt;
  arrival->rule = Rule::kContainsEarlier;
  arrival->lead = id;
  arrival->link = Link::kHeadline;
  arrival->cluster = holder.cluster;
  return true;
}

Decider::Resembled Decider::BesideLead(const Story& story, const Key& headline, HolderId lead) {
  Resembled found = alike_.front();
  const Holder& holder = *index_.At(found.id);
  const Holder* first = index_.At(lead);
  const bool was_diverted = holder.kind == RelationKind::kNearDuplicate;
  if (!was_diverted || first == nullptr || first->sketch == 0 || first->chain == holder.chain) {
    found.id = lead;
    return found;
  }
  const auto read = std::find_if(alike_.begin(), alike_.end(), [&](const Resembled& one) {
    const Holder& other = *index_.At(one.id);
    const bool is_published = other.kind != RelationKind::kNearDuplicate;
    return HasAll(one.alike) && is_published && other.cluster == holder.cluster;
  });
  Resembled beside =
      CompareWith(story, headline, lead, index_.sketches().SharedBy(story.sketch, first->sketch));
  const bool is_read = HasAll(beside.alike) || read != alike_.end();
  const bool is_near = found.alike == Alike::kNearDuplicate;
  if (beside.alike <= Alike::kTemplate) {
    beside = read != alike_.end() ? *read : found;
    if (index_.At(beside.id)->chain == first->chain) beside.id = lead;
  }
  if (is_near && is_read) beside.alike = Alike::kNearDuplicate;
  if (is_near && !is_read && beside.alike == Alike::kNearDuplicate) beside.alike = Alike::kShares;
  return beside;
}

HolderId Decider::NoteSources(Holder* arrival) {
  const HolderId most_alike = alike_.front().id;
  const Holder& found = *index_.At(most_alike);
  const Holder* lead = index_.At(arrival->lead);
  const bool is_of_lead = lead != nullptr && lead->chain == found.chain;
  // It stands with that version where only the lead is killed.
  if (is_of_lead && most_alike != arrival->lead) arrival->keys.push_back(LikeKey(most_alike));
  if (!is_of_lead || lead->was_made_from_any()) {
    arrival->keys.push_back(index_.NextMadeFromKey(most_alike));
  }
  HolderId recalled_by = 0;
  // Of each cluster, best first, the most alike that is whole, and of what is not whole what is
  // more alike than that.
  absl::flat_hash_set<std::pair<ChainId, bool>> noted = {{found.cluster, found.is_whole()}};
  for (const Resembled& one : alike_) {
    const Holder& source = *index_.At(one.id);
    if (!arrival->has_leads() && one.alike != Alike::kContains) continue;
    if (noted.contains({source.cluster, true})) continue;
    if (!noted.emplace(source.cluster, source.is_whole()).second) continue;
    arrival->keys.push_back(index_.NextMadeFromKey(one.id));
    if (recalled_by == 0 && source.is_whole()) recalled_by = StandingRecallerOf(source);
  }
  return recalled_by;
}

HolderId Decider::NoteAdopted(const Story& story, const Key& headline, HolderId newest,
                              Holder* arrival) {
  bool is_template;
  FindAlike(story, headline, &is_template);
  const Holder* like = alike_.empty() ? nullptr : index_.At(alike_.front().id);
  // What goes back to words of its own has nothing of others.
  const bool is_own =
      like != nullptr && like->chain == arrival->chain && !like->was_made_from_any();
  if (!is_own) FollowSources(newest, arrival);
  HolderId recalled_by = 0;
  absl::flat_hash_set<ChainId> noted = {index_.ChainAt(arrival->chain).cluster};
  for (const Resembled& one : alike_) {
    const Holder& source = *index_.At(one.id);
    if (one.alike != Alike::kNearDuplicate && one.likeness.of_lead < kHasAll) continue;
    if (!source.is_whole() || !noted.insert(source.cluster).second) continue;
    arrival->keys.push_back(index_.NextMadeFromKey(one.id));
    if (recalled_by == 0) recalled_by = StandingRecallerOf(source);
  }
  return recalled_by;
}

HolderId Decider::KillOfOthersIn(const Story& story, const Key& headline,
                                 const Standing& standing) {
  const Holder* newest = index_.At(standing.newest);
  if (newest == nullptr || standing.kill != 0 || standing.is_back) return 0;
  // What is held is not recalled with what it was made from.
  const Holder* lead = newest->is_settled() ? nullptr : index_.At(newest->lead);
  const HolderId end = StandingRecallerOf(lead != nullptr ? *lead : *newest);
  if (end == 0 || index_.At(end)->chain == newest->chain) return 0;
  const bool has_leads = index_.At(BeginningOf(standing.newest))->has_leads();
  bool is_template;
  for (const Resembled& one : FindAlike(story, headline, &is_template)) {
    const Holder& other = *index_.At(one.id);
    if (other.chain == newest->chain || !other.is_whole()) continue;
    const HolderId killed_by = StandingRecallerOf(other);
    // What else a round-up has may stand; another story is as what it is most like.
    if (killed_by != 0 || !has_leads) return killed_by;
  }
  return 0;
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
