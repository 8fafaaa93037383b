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

// Under a uri of its own, and newer than the kill.
bool IsSubstitute(const Holder& holder, const Holder& end) {
  const bool is_made_anew = holder.kind == RelationKind::kCorrection ||
                            holder.kind == RelationKind::kRefile ||
                            (holder.kind == RelationKind::kRevision && holder.is_of_its_own());
  return is_made_anew && Compare(holder, end) == Order::kNewer;
}

// Whether it is more like one of these versions of its lead than like its lead.
bool IsLikeAny(const Holder& holder, const absl::flat_hash_set<HolderId>& versions) {
  return !versions.empty() &&
         std::any_of(holder.keys.begin(), holder.keys.end(), [&](const Key& key) {
           return IsLikeKey(key) && versions.contains(VersionOf(key));
         });
}

// What a story of the cluster is to the killed one.
enum class Kin : uint8_t {
  kSame,      // a version of it, or it says the same or has much the same words
  kMadeFrom,  // an excerpt of it, either way, such as a round-up; or the same as one
  kApart,     // an excerpt of what was made from it: of what else a round-up has
};

// Tells the kin of the stories of a cluster.
class Kinship {
 public:
  // Of `chain`; what leads to nothing that is known of is `of_others`.
  Kinship(const StoryIndex& index, ChainId chain, Kin of_others)
      : index_(index),
        chain_(chain),
        cluster_(index.ChainAt(chain).cluster),
        first_(index.ChainAt(chain).first),
        of_others_(of_others) {}

  Kin Of(HolderId id) {
    // Each follows from one that came before it.
    std::vector<HolderId> path;
    for (HolderId at = id; at != 0 && !kin_.contains(at); at = Before(at)) path.push_back(at);
    for (auto at = path.rbegin(); at != path.rend(); ++at) {
      const Kin kin = Follow(*at);
      kin_[*at] = kin;
    }
    return kin_[id];
  }
  // Whether the holder goes with one that it was made from.
  bool Takes(HolderId of, HolderId id) {
    const Holder& holder = *index_.At(id);
    if (holder.chain == chain_ || !holder.was_published()) return false;
    if (IsOfRewrite(id)) return false;
    const auto taken = taken_.find(of);
    const bool is_of_killed = (taken != taken_.end() ? taken->second : Of(of)) != Kin::kMadeFrom;
    const bool takes = holder.has_leads() ? is_of_killed : holder.rule != Rule::kPartOfEarlier;
    if (takes) taken_[id] = holder.has_leads() || !is_of_killed ? Kin::kMadeFrom : Kin::kSame;
    return takes;
  }

 private:
  // The one that the kin of a holder follows from; 0 for none.
  HolderId Before(HolderId id) {
    const Holder& holder = *index_.At(id);
    if (holder.chain == chain_) return 0;
    const HolderId beginning = BeginningOf(holder);
    if (beginning != id && holder.kind != RelationKind::kRepeat) return beginning;
    return LeadOf(id);
  }
  Kin Follow(HolderId id) {
    const Holder& holder = *index_.At(id);
    if (holder.chain == chain_) return Kin::kSame;
    const HolderId beginning = BeginningOf(holder);
    if (beginning != id && holder.kind != RelationKind::kRepeat) return kin_[beginning];
    const HolderId lead = LeadOf(id);
    const Kin kin = lead != 0 ? kin_[lead] : of_others_;
    if (!holder.is_excerpt()) return kin;
    const bool is_of_killed =
        kin == Kin::kSame && (lead != 0 || holder.lead == first_) && !IsOfRewrite(id);
    return is_of_killed ? Kin::kMadeFrom : Kin::kApart;
  }
  // The lead if it is remembered in the cluster, or 0. It came before, unless a changelog is
  // broken.
  HolderId LeadOf(HolderId of) const {
    const HolderId id = index_.At(of)->lead;
    const Holder* lead = index_.At(id);
    return lead != nullptr && lead->cluster == cluster_ && id < of ? id : 0;
  }
  // The first story of the holder's chain that is remembered in the cluster.
  HolderId BeginningOf(const Holder& holder) {
    HolderId& beginning = beginnings_[holder.chain];
    if (beginning != 0) return beginning;
    index_.VisitChain(holder.chain, [&](HolderId id, const Holder& story) {
      if (story.cluster == cluster_) beginning = id;
      return true;
    });
    return beginning;
  }
  // It has nothing of the lead of what it is an excerpt of.
  bool IsOfRewrite(HolderId excerpt) {
    const HolderId id = index_.At(excerpt)->is_excerpt() ? LeadOf(excerpt) : 0;
    if (id == 0) return false;
    const Holder& lead = *index_.At(id);
    return lead.kind == RelationKind::kNearDuplicate && lead.chain != chain_ &&
           Of(id) == Kin::kSame;
  }

  const StoryIndex& index_;
  const ChainId chain_, cluster_;
  const HolderId first_;
  const Kin of_others_;
  absl::flat_hash_map<HolderId, Kin> kin_;    // as their leads tell
  absl::flat_hash_map<HolderId, Kin> taken_;  // as what they were made from tells
  absl::flat_hash_map<ChainId, HolderId> beginnings_;
};

}  // namespace

void Decider::DecideAgain(HolderId before, RecallSink recall) const {
  // What it recalled when it was read first may have been lost with the rest of that batch.
  const Holder& holder = *index_.At(before);
  // A kill may be in several chains.
  const auto is_of_record = [&](const Holder& other) {
    return other.is_end() && other.source == holder.source && other.offset == holder.offset;
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
  index_.VisitCluster(holder.cluster, [&](HolderId id, const Holder&) {
    ids.push_back(id);
    return true;
  });
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

std::vector<HolderId> Decider::PublishedOf(const Holder& end) const {
  const ChainId cluster = index_.ChainAt(end.chain).cluster;
  std::vector<HolderId> ids;
  index_.VisitChain(end.chain, [&](HolderId id, const Holder& holder) {
    if (holder.cluster == cluster && holder.was_published()) ids.push_back(id);
    return true;
  });
  return ids;
}

bool Decider::IsNewerThanAny(const Holder& end, const std::vector<HolderId>& own) const {
  return std::any_of(own.begin(), own.end(), [&](HolderId id) {
    const Holder& holder = *index_.At(id);
    const bool are_numbers = holder.version_number >= 0 && end.version_number >= 0;
    return holder.kind != RelationKind::kRepeat &&
           (Compare(holder, end) != Order::kNewer || (holder.uri == end.uri && are_numbers));
  });
}

void Decider::RecallPublished(HolderId end_id, RecallSink recall) {
  const Holder& end = *index_.At(end_id);
  const ChainId cluster = index_.ChainAt(end.chain).cluster;
  const bool is_first = cluster == end.chain;
  const std::vector<HolderId> own = PublishedOf(end);
  // Clocks may be wrong: by the time alone a kill is not older than all that there is of its story.
  const bool is_ordered = IsNewerThanAny(end, own);
  const auto is_spared = [&](const Holder& holder) {
    return is_ordered && Compare(holder, end) == Order::kNewer;
  };
  // What other chains took up of a version goes with that version.
  absl::flat_hash_set<ContentHash> killed, spared;
  absl::flat_hash_set<HolderId> spared_ids;
  // So do those that are more like a version that is spared.
  absl::flat_hash_set<ChainId> spared_chains;
  // Nothing of others goes with a story that leads to none of them and shares its words with none.
  bool is_alone = !is_first && !index_.ChainAt(end.chain).leads_others;
  for (const HolderId id : own) {
    const Holder& holder = *index_.At(id);
    if (holder.kind == RelationKind::kRepeat || holder.content == ContentHash{}) continue;
    if (is_spared(holder)) {
      spared_ids.insert(id);
      spared.insert(holder.content);
    } else if (!is_first) {
      killed.insert(holder.content);
      is_alone &= !index_.IsContentShared(id);
    }
  }
  Kinship kinship(index_, end.chain, is_first ? Kin::kSame : Kin::kApart);
  std::vector<HolderId> led;
  for (const HolderId id : is_alone ? own : index_.Recallable(cluster, end.kind)) {
    const Holder& holder = *index_.At(id);
    if (spared_chains.contains(holder.chain) || IsLikeAny(holder, spared_ids)) {
      spared_chains.insert(holder.chain);
      if (holder.content != ContentHash{}) spared.insert(holder.content);
      continue;
    }
    const Kin kin = kinship.Of(id);
    const bool is_like = holder.similarity >= 0 && kin == Kin::kSame;
    const bool is_taken_up = is_first ? kin != Kin::kApart : is_like;
    const bool is_led =
        holder.chain == end.chain
            ? !is_spared(holder)
            : !IsSubstitute(holder, end) && ((is_taken_up && !spared.contains(holder.content)) ||
                                             (!is_first && killed.contains(holder.content)));
    if (is_led) led.push_back(id);
  }
  AddMadeFrom(&led, [&](HolderId of, HolderId id) {
    const Holder& holder = *index_.At(id);
    const bool stands = spared_chains.contains(holder.chain) || IsSubstitute(holder, end);
    return !stands && kinship.Takes(of, id);
  });
  const Lead by = index_.LeadOf(end);
  const RelationKind reason = end.kind;
  for (const HolderId id : led) {
    if (!SaysMore(reason, index_.At(id)->recalled_as)) continue;
    recall(index_.LeadOf(*index_.At(id)), by, reason);
    index_.MarkRecalled(id, end_id, reason);
  }
}

}  // namespace copydesk
