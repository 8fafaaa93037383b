// The part of Decider that recalls: what goes with a killed or withheld story, and
// what is spared.
#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "stages/deduplicate/decider.h"

namespace copydesk {
namespace {

// A recall by a kill says more than one by a withhold; what was recalled as either is recalled
// again only by what says more.
bool SaysMore(RelationKind reason, RelationKind recalled_as) {
  if (recalled_as == RelationKind::kOriginal) return true;
  return reason == RelationKind::kKill && recalled_as == RelationKind::kWithhold;
}

// Under a uri of its own, and newer than the kill.
bool IsSubstitute(const Holder& holder, const Holder& end) {
  const bool is_made_anew = holder.kind == RelationKind::kCorrection ||
                            holder.kind == RelationKind::kRefile ||
                            (holder.kind == RelationKind::kRevision && holder.is_of_its_own());
  return is_made_anew && Compare(holder, end) == Order::kNewer;
}

// What a story of the cluster is to the killed one.
enum class Kin : uint8_t {
  kSame,      // a version of it, or it says the same or has much the same words
  kMadeFrom,  // an excerpt of it, either way, such as a round-up; or the same as one
  kApart,     // an excerpt of what was made from it: of what else a round-up has
};

// Tells the kin of the stories of a cluster, given in the order in which they came.
class Kinship {
 public:
  // Of `chain`; what leads to nothing that is known of is `of_others`.
  Kinship(ChainId chain, HolderId first, Kin of_others)
      : chain_(chain), first_(first), of_others_(of_others) {}

  Kin Of(HolderId id, const Holder& holder) {
    if (holder.chain == chain_) return kin_[id] = Kin::kSame;
    const auto chain = chains_.find(holder.chain);
    const bool is_version = chain != chains_.end() && holder.kind != RelationKind::kRepeat;
    const Kin kin = is_version ? chain->second : ByLead(holder);
    if (kin == Kin::kSame && holder.kind == RelationKind::kNearDuplicate) rewrites_.insert(id);
    if (!holder.is_end()) chains_.try_emplace(holder.chain, kin);
    return kin_[id] = kin;
  }
  // Whether the holder goes with one that it was made from.
  bool Takes(HolderId of, HolderId id, const Holder& holder) {
    if (holder.chain == chain_ || !holder.was_published()) return false;
    if (IsOfRewrite(holder)) return false;
    const bool is_of_killed = kin_[of] != Kin::kMadeFrom;
    const bool takes = holder.has_leads() ? is_of_killed : holder.rule != Rule::kPartOfEarlier;
    if (takes) kin_[id] = holder.has_leads() || !is_of_killed ? Kin::kMadeFrom : Kin::kSame;
    return takes;
  }

 private:
  // It has nothing of the lead of what it is an excerpt of.
  bool IsOfRewrite(const Holder& holder) const {
    return holder.is_excerpt() && rewrites_.contains(holder.lead);
  }
  Kin ByLead(const Holder& holder) const {
    const auto lead = kin_.find(holder.lead);
    const bool is_known = lead != kin_.end();
    const Kin kin = is_known ? lead->second : of_others_;
    if (!holder.is_excerpt()) return kin;
    const bool is_of_killed =
        kin == Kin::kSame && (is_known || holder.lead == first_) && !IsOfRewrite(holder);
    return is_of_killed ? Kin::kMadeFrom : Kin::kApart;
  }

  const ChainId chain_;
  const HolderId first_;
  const Kin of_others_;
  absl::flat_hash_map<HolderId, Kin> kin_;
  absl::flat_hash_map<ChainId, Kin> chains_;  // by the first story that is remembered
  absl::flat_hash_set<HolderId> rewrites_;    // near-duplicates of the killed one
};

}  // namespace

void Decider::DecideAgain(HolderId before, RecallSink recall) const {
  // What it recalled when it was read first may have been lost with the rest of that batch.
  const Holder& holder = *index_.At(before);
  const Place place = holder.place;
  // A kill may be in several chains.
  const auto is_of_record = [&](const Holder& other) {
    return other.is_end() && other.place.source == place.source &&
           other.place.offset == place.offset;
  };
  if (holder.is_end()) {
    for (HolderId id = before; id < index_.next() && is_of_record(*index_.At(id)); ++id) {
      RecallAgain(id, recall);
    }
  } else if (holder.recalled_by < before) {
    const Holder* end = index_.At(holder.recalled_by);
    if (end != nullptr) recall(index_.LeadOf(holder), index_.LeadOf(*end), holder.recalled_as);
  }
}

void Decider::RecallAgain(HolderId end, RecallSink recall) const {
  const Holder& holder = *index_.At(end);
  const Lead by = index_.LeadOf(holder);
  std::vector<HolderId> ids;
  index_.VisitCluster(holder.cluster, [&](HolderId id, const Holder&) { ids.push_back(id); });
  AddMadeFrom(&ids, [](HolderId, HolderId) { return true; });
  for (const HolderId id : ids) {
    const Holder& other = *index_.At(id);
    // What came after it was recalled when it came.
    if (other.recalled_by != end || id > end) continue;
    recall(index_.LeadOf(other), by, other.recalled_as);
  }
}

HolderId Decider::RecallerOf(const Holder& holder) const {
  return index_.At(holder.recalled_by) != nullptr ? holder.recalled_by : 0;
}

HolderId Decider::StandingRecallerOf(const Holder& holder) const {
  const HolderId end = RecallerOf(holder);
  return end != 0 && !IsBack(end) ? end : 0;
}

bool Decider::IsBack(HolderId end) const {
  const Holder* newest = index_.At(index_.ChainAt(index_.At(end)->chain).newest);
  return newest != nullptr && newest->was_published() && newest->recalled_by == 0;
}

HolderId Decider::KillWhileHeld(const Holder& held) const {
  if (!held.is_of_its_own()) return 0;
  const Holder* lead = index_.At(held.lead);
  HolderId killed_by = lead != nullptr ? StandingRecallerOf(*lead) : 0;
  for (const Key& key : held.keys) {
    const Holder* source = IsMadeFromKey(key) ? index_.At(SourceOf(key)) : nullptr;
    if (killed_by == 0 && source != nullptr && source->is_whole()) {
      killed_by = StandingRecallerOf(*source);
    }
  }
  return killed_by;
}

void Decider::AddMadeFrom(std::vector<HolderId>* ids,
                          absl::FunctionRef<bool(HolderId, HolderId)> takes) const {
  absl::flat_hash_set<HolderId> known(ids->begin(), ids->end());
  for (size_t i = 0; i < ids->size(); ++i) {
    const HolderId of = (*ids)[i];
    index_.VisitMadeFrom(of, [&](HolderId id) {
      if (!known.contains(id) && takes(of, id)) ids->push_back(*known.insert(id).first);
    });
  }
  std::sort(ids->begin(), ids->end());
}

void Decider::RecallPublished(HolderId end_id, RecallSink recall) {
  const Holder& end = *index_.At(end_id);
  const ChainId cluster = index_.ChainAt(end.chain).cluster;
  // What other chains took up of a version goes with that version.
  absl::flat_hash_set<ContentHash> killed, spared;
  bool is_ordered = false;
  const auto is_spared = [&](const Holder& holder) {
    return is_ordered && Compare(holder, end) == Order::kNewer;
  };
  const auto visit_own = [&](auto visit) {
    index_.VisitCluster(cluster, [&](HolderId, const Holder& holder) {
      const bool is_own = holder.chain == end.chain && holder.kind != RelationKind::kRepeat;
      if (is_own && holder.was_published()) visit(holder);
    });
  };
  // Clocks may be wrong: by the time alone a kill is not older than all that there is of its story.
  visit_own([&](const Holder& holder) {
    const bool are_numbers = holder.version.number >= 0 && end.version.number >= 0;
    is_ordered |= Compare(holder, end) != Order::kNewer || (holder.uri == end.uri && are_numbers);
  });
  visit_own([&](const Holder& holder) {
    if (holder.content == ContentHash{}) return;
    (is_spared(holder) ? spared : killed).insert(holder.content);
  });
  const bool is_first = cluster == end.chain;
  Kinship kinship(end.chain, index_.ChainAt(end.chain).first, is_first ? Kin::kSame : Kin::kApart);
  std::vector<HolderId> led;
  index_.VisitCluster(cluster, [&](HolderId id, const Holder& holder) {
    const Kin kin = kinship.Of(id, holder);
    if (!holder.was_published()) return;
    const bool is_like = holder.similarity >= 0 && kin == Kin::kSame;
    const bool is_taken_up = is_first ? kin != Kin::kApart : is_like;
    const bool is_led =
        holder.chain == end.chain
            ? !is_spared(holder)
            : !IsSubstitute(holder, end) && ((is_taken_up && !spared.contains(holder.content)) ||
                                             (!is_first && killed.contains(holder.content)));
    if (is_led) led.push_back(id);
  });
  AddMadeFrom(&led, [&](HolderId of, HolderId id) {
    const Holder& holder = *index_.At(id);
    return !IsSubstitute(holder, end) && kinship.Takes(of, id, holder);
  });
  const Lead by = index_.LeadOf(end);
  const RelationKind reason = end.kind;
  for (const HolderId id : led) {
    if (!SaysMore(end.kind, index_.At(id)->recalled_as)) continue;
    recall(index_.LeadOf(*index_.At(id)), by, reason);
    index_.MarkRecalled(id, end_id, reason);
  }
}

}  // namespace copydesk
