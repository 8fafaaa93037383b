// The part of Decider that recalls: what goes with a killed or withheld story, and what is spared.
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
    if (!holder.is_end()) chains_.try_emplace(holder.chain, kin);
    return kin_[id] = kin;
  }
  // Whether the holder goes with one that it was made from.
  bool Takes(HolderId of, HolderId id, const Holder& holder) {
    if (holder.chain == chain_ || !holder.was_published()) return false;
    const bool is_of_killed = kin_[of] != Kin::kMadeFrom;
    const bool takes = holder.has_leads() ? is_of_killed : holder.rule != Rule::kPartOfEarlier;
    if (takes) kin_[id] = holder.has_leads() || !is_of_killed ? Kin::kMadeFrom : Kin::kSame;
    return takes;
  }

 private:
  Kin ByLead(const Holder& holder) const {
    const auto lead = kin_.find(holder.lead);
    const bool is_known = lead != kin_.end();
    const Kin kin = is_known ? lead->second : of_others_;
    if (!holder.is_excerpt()) return kin;
    const bool is_of_killed = kin == Kin::kSame && (is_known || holder.lead == first_);
    return is_of_killed ? Kin::kMadeFrom : Kin::kApart;
  }

  const ChainId chain_;
  const HolderId first_;
  const Kin of_others_;
  absl::flat_hash_map<HolderId, Kin> kin_;
  absl::flat_hash_map<ChainId, Kin> chains_;  // by the first story that is remembered
};

}  // namespace

void Decider::DecideAgain(HolderId before, RecallSink recall) const {
  // What it recalled when it was read first may have been lost with the rest of that batch.
  const Holder& holder = *index_.At(before);
  if (holder.is_end()) {
    const Lead by = index_.LeadOf(holder);
    std::vector<HolderId> ids;
    index_.VisitCluster(holder.cluster, [&](HolderId id, const Holder&) { ids.push_back(id); });
    AddMadeFrom(&ids, [](HolderId, HolderId) { return true; });
    for (const HolderId id : ids) {
      const Holder& other = *index_.At(id);
      // What came after it was recalled when it came.
      if (other.recalled_by != before || id > before) continue;
      recall(index_.LeadOf(other), by, other.recalled_as);
    }
  } else if (holder.recalled_by < before) {
    const Holder* end = index_.At(holder.recalled_by);
    if (end != nullptr) recall(index_.LeadOf(holder), index_.LeadOf(*end), holder.recalled_as);
  }
}

HolderId Decider::RecallerOf(const Holder& holder) const {
  return index_.At(holder.recalled_by) != nullptr ? holder.recalled_by : 0;
}

bool Decider::IsBack(HolderId end) const {
  const Holder* newest = index_.At(index_.ChainAt(index_.At(end)->chain).newest);
  return newest != nullptr && newest->was_published() && newest->recalled_by == 0;
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

void Decider::RecallPublished(HolderId end_id, HolderId standing_end, RecallSink recall) {
  const Holder& end = *index_.At(end_id);
  const ChainId cluster = index_.ChainAt(end.chain).cluster;
  // What other chains took up of a version goes with that version.
  absl::flat_hash_set<ContentHash> killed, spared;
  const auto is_spared = [&](const Holder& holder) {
    return Compare(holder, end) == Order::kNewer;
  };
  const auto was_spared = [&](HolderId id, const Holder& holder) {
    return standing_end != 0 && id > standing_end && holder.recalled_by == 0;
  };
  index_.VisitCluster(cluster, [&](HolderId, const Holder& holder) {
    const bool is_own = holder.chain == end.chain && holder.kind != RelationKind::kRepeat;
    if (!is_own || !holder.was_published() || holder.content == ContentHash{}) return;
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
            : !was_spared(id, holder) && ((is_taken_up && !spared.contains(holder.content)) ||
                                          (!is_first && killed.contains(holder.content)));
    if (is_led) led.push_back(id);
  });
  AddMadeFrom(&led, [&](HolderId of, HolderId id) {
    const Holder& holder = *index_.At(id);
    return !was_spared(id, holder) && kinship.Takes(of, id, holder);
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
