// The part of StoryIndex that goes back and that comes back: undoing what is not committed, and
// putting an index together from what was kept of it.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "stages/deduplicate/story_index.h"

namespace copydesk {

StoryIndex::Changes StoryIndex::changes() const {
  Changes changes;
  changes.first_new = std::max(committed_.next, oldest_);
  changes.is_empty = undo_.empty();
  absl::flat_hash_set<HolderId> marked;
  absl::flat_hash_set<ChainId> chains;
  const auto mark = [&](HolderId id) {
    if (id < changes.first_new && marked.insert(id).second) changes.marked.push_back(id);
  };
  const auto touch = [&](ChainId id) {
    if (chains.insert(id).second) changes.chains.push_back(id);
  };
  for (const Change& change : undo_) {
    if (const auto* touched = std::get_if<ChainTouched>(&change)) touch(touched->id);
    if (const auto* superseded = std::get_if<Superseded>(&change)) mark(superseded->id);
    if (const auto* recalled = std::get_if<Recalled>(&change)) mark(recalled->id);
  }
  // A new holder's chains are told again with it: what told of them before may be forgotten while
  // it is there.
  for (HolderId id = changes.first_new; id < next(); ++id) {
    const Holder& holder = *At(id);
    touch(holder.chain);
    touch(holder.cluster);
    touch(ChainAt(holder.chain).cluster);
  }
  return changes;
}

std::vector<ChainId> StoryIndex::live_chains() const {
  std::vector<ChainId> live;
  for (size_t i = 0; i < chains_.size(); ++i) {
    if (chains_[i].uses > 0) live.push_back(static_cast<ChainId>(i + 1));
  }
  return live;
}

void StoryIndex::Seal() {
  sealed_ = {bytes_, next(), latest_.live(), sketches_.live(), undo_.size()};
}

void StoryIndex::Commit() {
  undo_.erase(undo_.begin(), undo_.begin() + static_cast<ptrdiff_t>(sealed_.changes));
  sealed_.changes = 0;
  latest_.Trim(sealed_.live_key);
  sketches_.Trim(sealed_.live_sketch);
  committed_ = sealed_;
}

void StoryIndex::RollBack() {
  for (auto change = undo_.rbegin(); change != undo_.rend(); ++change) Undo(*change);
  undo_.clear();
  bytes_ = committed_.bytes;
  sealed_ = committed_;
}

void StoryIndex::Undo(Change& change) {
  if (auto* touched = std::get_if<ChainTouched>(&change)) {
    chains_[touched->id - 1] = std::move(touched->before);
  } else if (const auto* taken = std::get_if<ChainTaken>(&change)) {
    chains_[taken->id - 1] = StoryChain();
    free_chains_.push_back(taken->id);
  } else if (std::get_if<ChainFreed>(&change) != nullptr) {
    free_chains_.pop_back();
  } else if (auto* first = std::get_if<FirstForgotten>(&change)) {
    if (first->before != nullptr) {
      forgotten_firsts_[first->chain] = std::move(*first->before);
    } else {
      forgotten_firsts_.erase(first->chain);
    }
  } else if (const auto* entered = std::get_if<Entered>(&change)) {
    UndoEnter(*entered);
  } else if (auto* forgotten = std::get_if<Forgotten>(&change)) {
    UndoForget(std::move(*forgotten->holder));
  } else if (const auto* superseded = std::get_if<Superseded>(&change)) {
    MutableHolder(superseded->id).state = superseded->before;
  } else if (const auto* recalled = std::get_if<Recalled>(&change)) {
    Holder& holder = MutableHolder(recalled->id);
    holder.recalled_by = recalled->by_before;
    holder.recalled_as = recalled->as_before;
  } else if (const auto* relisted = std::get_if<Relisted>(&change)) {
    // Their cluster's head and tail go back with the chain.
    Holder& holder = MutableHolder(relisted->id);
    if (holder.listed_at != ListedAt::kNowhere) JoinAround(relisted->id);
    holder.listed_at = relisted->at;
    holder.list_before = relisted->before;
    holder.list_behind = relisted->behind;
    if (holder.listed_at != ListedAt::kNowhere) PartAround(relisted->id);
  }
}

void StoryIndex::UndoEnter(const Entered& entered) {
  const Holder& holder = holders_.back();
  if (holder.sketch != 0) sketches_.UndoEnter();
  absl::InlinedVector<Key, kKeysInPlace + 3> keys;
  holder.VisitKeys([&](const Key& key) { keys.push_back(key); });
  for (size_t i = keys.size(); i-- > 0;) latest_.UndoEnter(keys[i], entered.replaced[i]);
  if (entered.tail_before != 0) MutableHolder(entered.tail_before).next_in_cluster = 0;
  if (holder.listed_at != ListedAt::kNowhere) JoinAround(next() - 1);
  holders_.pop_back();
}

void StoryIndex::UndoForget(Holder holder) {
  --oldest_;
  if (holder.sketch != 0) sketches_.UndoForget(holder.sketch);
  latest_.UndoForget(holder.key_count());
  holders_.push_front(std::move(holder));
  if (holders_.front().listed_at != ListedAt::kNowhere) PartAround(oldest_);
}

absl::Status StoryIndex::Assemble(Parts parts) {
  absl::Status status;
  const auto lose = [&](const std::string& what) {
    if (status.ok()) status = absl::DataLossError(what);
  };
  while (parts.first_id < parts.oldest && !parts.holders.empty()) {
    const SketchEntry sketch = parts.holders.front().sketch;
    if (sketch != 0) parts.sketches.Forget(sketch);
    parts.holders.pop_front();
    ++parts.first_id;
  }
  const HolderId first = parts.holders.empty() ? parts.next : parts.first_id;
  if (first > parts.oldest) {
    lose(absl::StrCat("stories ", parts.oldest, " to ", first - 1, " are missing"));
  }
  if (parts.holders.size() != parts.next - first) {
    lose(absl::StrCat("the stories behind ", first + parts.holders.size(), " are missing"));
  }
  sources_ = std::move(parts.sources);
  oldest_ = first;
  holders_ = std::move(parts.holders);
  for (Holder& holder : holders_) {
    if (holder.source < sources_.size()) continue;
    holder.source = NumberOf("", -1);
    lose("the topic of a story is missing");
  }
  sketches_ = std::move(parts.sketches);
  if (!LinkChains(std::move(parts.chains))) lose("what some stories began with is missing");
  EnterKeys();
  undo_.clear();
  Seal();
  Commit();
  return status;
}

void StoryIndex::EnterKeys() {
  // Each is waited for unless it is asked for before.
  constexpr size_t kAhead = 8;
  latest_ = MakeKeys();
  for (size_t i = 0; i < holders_.size() + kAhead; ++i) {
    if (i < holders_.size()) holders_[i].VisitKeys([&](const Key& key) { latest_.Prefetch(key); });
    if (i < kAhead) continue;
    EnterKeysOf(oldest_ + i - kAhead, [](uint32_t) {});
  }
  for (HolderId id = oldest_; id < next(); ++id) {
    PutInList(id, PlaceInList(id), &chains_[At(id)->cluster - 1].recallable);
  }
}

bool StoryIndex::LinkChains(std::deque<PartChain> chains) {
  ChainId highest = 0;
  for (const Holder& holder : holders_) highest = std::max({highest, holder.chain, holder.cluster});
  const ChainId highest_of_holders = highest;
  for (const PartChain& part : chains) {
    if (part.id <= highest_of_holders) highest = std::max(highest, part.chain.cluster);
  }
  chains_.clear();
  chains_.resize(highest);
  free_chains_.clear();
  forgotten_firsts_.clear();
  bytes_ = 0;
  for (PartChain& part : chains) {
    if (part.id > highest) continue;
    chains_[part.id - 1] = part.chain;
    KeepFirst(part.id, std::move(part.forgotten_first));
  }
  const auto use = [&](ChainId id) -> StoryChain& {
    StoryChain& chain = chains_[id - 1];
    ++chain.uses;
    return chain;
  };
  HolderId id = oldest_;
  for (const Holder& holder : holders_) {
    use(holder.chain);
    use(holder.cluster);
    LinkStory(id);
    const ChainId led_by = OtherLeadOf(id);
    if (led_by != 0) chains_[led_by - 1].leads_others = true;
    bytes_ += BytesOf(holder);
    ++id;
  }
  // Those that holders use; what these use in turn is no use of holders.
  std::vector<ChainId> used;
  for (ChainId chain_id = 1; chain_id <= chains_.size(); ++chain_id) {
    if (ChainAt(chain_id).uses > 0) used.push_back(chain_id);
  }
  for (const ChainId chain_id : used) {
    StoryChain& chain = chains_[chain_id - 1];
    if (chain.cluster == 0) chain.cluster = chain_id;  // it is missing
    if (chain.cluster != chain_id) use(chain.cluster);
  }
  while (!chains_.empty() && chains_.back().uses == 0) chains_.pop_back();
  bool is_whole = true;
  for (ChainId chain_id = static_cast<ChainId>(chains_.size()); chain_id > 0; --chain_id) {
    if (ChainAt(chain_id).uses == 0) {
      chains_[chain_id - 1] = StoryChain();
      KeepFirst(chain_id, std::nullopt);
      free_chains_.push_back(chain_id);
      continue;
    }
    is_whole &= MendFirst(chain_id);
    bytes_ += sizeof(StoryChain);
  }
  return is_whole;
}

bool StoryIndex::MendFirst(ChainId id) {
  StoryChain& chain = chains_[id - 1];
  if (chain.cluster == 0) chain.cluster = id;
  if (At(chain.first) != nullptr || ForgottenFirstOf(id) != nullptr) return true;
  // Without a story there is no first one, as long as none of its holders is one.
  bool has_story = chain.first != 0;
  VisitCluster(id, [&](HolderId, const Holder& holder) {
    has_story |= holder.chain == id;
    return !has_story;
  });
  if (!has_story) return true;
  const HolderId head = FirstIn(chain.stories);
  const Holder* left = At(head);
  KeepFirst(id, left != nullptr ? LeadOf(*left) : Lead());
  if (chain.first == 0) chain.first = head;
  return false;
}

}  // namespace copydesk
