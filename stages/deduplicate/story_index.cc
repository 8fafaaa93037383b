#include "stages/deduplicate/story_index.h"

#include <algorithm>
#include <utility>

namespace copydesk {
namespace {

// A posting of a key.
constexpr size_t kKeyBytes = 3 * sizeof(uint32_t);

size_t HeapBytes(const std::string& text) {
  constexpr size_t kInPlace = 15;        // libstdc++'s short strings
  constexpr size_t kAllocatorBytes = 9;  // glibc's header, and the closing zero
  return text.capacity() > kInPlace ? text.capacity() + kAllocatorBytes : 0;
}

size_t BytesOf(const Lead& lead) {
  return sizeof(Lead) + HeapBytes(lead.uri) + HeapBytes(lead.version) + HeapBytes(lead.topic);
}

}  // namespace

size_t StoryIndex::BytesOf(const Holder& holder) const {
  const size_t spilled = holder.keys.capacity() > kKeysInPlace ? holder.keys.capacity() : 0;
  return sizeof(Holder) + HeapBytes(holder.texts) + spilled * sizeof(Key) +
         holder.key_count() * kKeyBytes +
         (holder.sketch != 0 ? sketches_.BytesOf(holder.sketch) : 0);
}

std::string_view KeptUri(std::string_view uri) {
  if (uri.size() <= kUriBytesMax) return uri;
  size_t end = kUriBytesMax;
  while (end > 0 && (static_cast<unsigned char>(uri[end]) & 0xC0) == 0x80) --end;
  return uri.substr(0, end);
}

uint32_t StoryIndex::NumberOf(std::string_view topic, int32_t partition) {
  // A task reads one partition, and what is fed back into it: the list stays short.
  for (uint32_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].partition == partition && sources_[i].topic == topic) return i;
  }
  sources_.push_back({std::string(topic), partition});
  return static_cast<uint32_t>(sources_.size() - 1);
}

HolderId StoryIndex::FindId(const Key& key) const {
  const uint32_t found = latest_.Find(key, HasKey(key));
  return found == latest_.none() ? 0 : WholeId(latest_.HolderOf(found));
}

const Holder* StoryIndex::Find(const Key& key) const { return At(FindId(key)); }

// What is made from a holder comes after it and is not forgotten before it: the keys have no gaps.
Key StoryIndex::NextMadeFromKey(HolderId of) const {
  const auto is_taken = [&](uint32_t n) { return FindId(MadeFromKey(of, n)) != 0; };
  uint32_t begin = 0, end = 0;  // the first that is not taken is in [begin, end]
  while (is_taken(end)) {
    begin = end + 1;
    end = 2 * end + 1;
  }
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    if (is_taken(middle)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return MadeFromKey(of, begin);
}

void StoryIndex::VisitMadeFrom(HolderId of, absl::FunctionRef<void(HolderId)> visit) const {
  for (uint32_t n = 0;; ++n) {
    const HolderId id = FindId(MadeFromKey(of, n));
    if (id == 0) return;
    visit(id);
  }
}

const std::vector<SketchCandidate>& StoryIndex::FindAlike(const Sketch& sketch) {
  return sketches_.Find(sketch, oldest_);
}

const Holder* StoryIndex::At(HolderId id) const {
  return id - oldest_ < holders_.size() ? &holders_[id - oldest_] : nullptr;
}

Lead StoryIndex::LeadOf(const Holder& holder) const {
  const Source& source = sources_[holder.source];
  return {std::string(holder.uri_text()), std::string(holder.version().text), source.topic,
          source.partition, holder.offset};
}

Lead StoryIndex::FirstOf(ChainId id) const {
  const StoryChain& chain = ChainAt(id);
  const Holder* first = At(chain.first);
  if (first != nullptr) return LeadOf(*first);
  const Lead* forgotten = ForgottenFirstOf(id);
  return forgotten != nullptr ? *forgotten : Lead();
}

const Lead* StoryIndex::ForgottenFirstOf(ChainId id) const {
  const auto found = forgotten_firsts_.find(id);
  return found == forgotten_firsts_.end() ? nullptr : &found->second;
}

void StoryIndex::KeepFirst(ChainId id, std::optional<Lead> first) {
  const auto found = forgotten_firsts_.find(id);
  std::unique_ptr<Lead> before;
  if (found != forgotten_firsts_.end()) {
    bytes_ -= copydesk::BytesOf(found->second);
    before = std::make_unique<Lead>(std::move(found->second));
    forgotten_firsts_.erase(found);
  } else if (!first) {
    return;
  }
  if (first) {
    bytes_ += copydesk::BytesOf(*first);
    forgotten_firsts_[id] = *std::move(first);
  }
  undo_.push_back(FirstForgotten{id, std::move(before)});
}

void StoryIndex::VisitCluster(ChainId cluster, Visit visit) const {
  for (HolderId id = FirstIn(ChainAt(cluster).stories); id != 0;) {
    const Holder& holder = *At(id);
    if (!visit(id, holder)) return;
    id = Follow(holder.next_in_cluster, id);
  }
}

void StoryIndex::VisitChain(ChainId chain, Visit visit) const {
  HolderId id = WholeId(ChainAt(chain).latest);
  // Of one that is forgotten, the low half is of an id that is no other story's of the chain.
  if (id >= next() || At(id)->chain != chain || At(id)->is_end()) return;
  for (const Holder* holder = At(id); holder != nullptr; holder = At(id)) {
    if (!visit(id, *holder)) return;
    id = Follow(holder->previous_in_chain, id);
  }
}

std::vector<HolderId> StoryIndex::Recallable(ChainId cluster, RelationKind by) const {
  std::vector<HolderId> ids;
  for (HolderId id = LastIn(ChainAt(cluster).recallable); id != 0;) {
    const Holder& holder = *At(id);
    if (by == RelationKind::kWithhold && holder.listed_at == ListedAt::kFront) break;
    ids.push_back(id);
    id = Follow(holder.list_before, id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool StoryIndex::IsContentShared(HolderId id) const {
  const Holder& holder = *At(id);
  return holder.says_again || FindId(holder.content) != id;
}

StoryChain& StoryIndex::MutableChain(ChainId id) {
  StoryChain& chain = chains_[id - 1];
  if (undo_.size() > sealed_.changes) {
    // What was noted last goes for this change as well.
    const auto* touched = std::get_if<ChainTouched>(&undo_.back());
    const auto* taken = std::get_if<ChainTaken>(&undo_.back());
    if ((touched != nullptr && touched->id == id) || (taken != nullptr && taken->id == id)) {
      return chain;
    }
  }
  undo_.emplace_back(std::in_place_type<ChainTouched>, ChainTouched{id, chain});
  return chain;
}

HolderId StoryIndex::Enter(Holder&& holder, int64_t now_ms, bool is_newest,
                           const Evidence* evidence) {
  const HolderId id = next();
  if (holder.chain == 0) {
    holder.chain = NewChain();
    MutableChain(holder.chain).cluster = holder.cluster == 0 ? holder.chain : holder.cluster;
    if (holder.cluster != 0) ++MutableChain(holder.cluster).uses;
  }
  StoryChain& chain = MutableChain(holder.chain);
  if (holder.cluster == 0) holder.cluster = chain.cluster;
  if (chain.first == 0 && !holder.is_end()) chain.first = id;
  if (is_newest) (holder.is_end() ? chain.end : chain.newest) = id;

  StoryChain& cluster = MutableChain(holder.cluster);
  Entered entered;
  entered.tail_before = LastIn(cluster.stories);
  ++chain.uses;
  ++cluster.uses;

  holder.entered_ms = now_ms;
  if (evidence != nullptr) holder.sketch = sketches_.Enter(id, holder.cluster, *evidence);
  bytes_ += BytesOf(holder);
  holders_.push_back(std::move(holder));
  LinkStory(id);
  EnterKeysOf(id, [&](uint32_t posting) { entered.replaced.push_back(posting); });
  PutInList(id, PlaceInList(id), &cluster.recallable);
  undo_.emplace_back(std::in_place_type<Entered>, std::move(entered));

  const Holder& story = holders_.back();
  const ChainId led_by = OtherLeadOf(id);
  if (led_by != 0 && !ChainAt(led_by).leads_others) MutableChain(led_by).leads_others = true;
  for (const Key& key : story.keys) {
    if (IsMadeFromKey(key)) Relist(SourceOf(key));
  }
  return id;
}

void StoryIndex::LinkStory(HolderId id) {
  Holder& holder = MutableHolder(id);
  if (holder.is_end()) return;
  ListEnds& stories = chains_[holder.cluster - 1].stories;
  const HolderId tail = LastIn(stories);
  const auto low = static_cast<uint32_t>(id);
  if (tail != 0) MutableHolder(tail).next_in_cluster = StepTo(id, tail);
  stories = {stories.is_empty ? low : stories.head, low, false};
  // Its latest may be long forgotten: then there is none.
  HolderId latest = 0;
  VisitChain(holder.chain, [&](HolderId before, const Holder&) {
    if (before < id) latest = before;
    return false;
  });
  holder.previous_in_chain = StepTo(latest, id);
  chains_[holder.chain - 1].latest = low;
}

ChainId StoryIndex::OtherLeadOf(HolderId id) const {
  const Holder& story = *At(id);
  const Holder* lead = At(story.lead);
  return lead != nullptr && lead->chain != story.chain ? lead->chain : 0;
}

ListedAt StoryIndex::PlaceInList(HolderId id) const {
  const Holder& holder = *At(id);
  if (!holder.was_published()) return ListedAt::kNowhere;
  if (holder.recalled_as == RelationKind::kOriginal) return ListedAt::kBack;
  if (FindId(MadeFromKey(id, 0)) != 0) return ListedAt::kBack;
  return holder.recalled_as == RelationKind::kKill ? ListedAt::kNowhere : ListedAt::kFront;
}

void StoryIndex::PutInList(HolderId id, ListedAt at, ListEnds* list) {
  Holder& holder = MutableHolder(id);
  const HolderId before = at == ListedAt::kBack ? LastIn(*list) : 0;
  const HolderId behind = at == ListedAt::kFront ? FirstIn(*list) : 0;
  holder.listed_at = at;
  holder.list_before = StepTo(before, id);
  holder.list_behind = StepTo(behind, id);
  if (at == ListedAt::kNowhere) return;
  PartAround(id);
  if (before == 0) list->head = static_cast<uint32_t>(id);
  if (behind == 0) list->tail = static_cast<uint32_t>(id);
  list->is_empty = false;
}

void StoryIndex::TakeOutOfList(HolderId id, ListEnds* list) {
  const Holder& holder = *At(id);
  if (holder.listed_at == ListedAt::kNowhere) return;
  JoinAround(id);
  const HolderId before = Follow(holder.list_before, id), behind = Follow(holder.list_behind, id);
  if (before == 0) list->head = static_cast<uint32_t>(behind);
  if (behind == 0) list->tail = static_cast<uint32_t>(before);
  list->is_empty = before == 0 && behind == 0;
}

void StoryIndex::Relist(HolderId id) {
  const Holder* holder = At(id);
  const ListedAt at = holder != nullptr ? PlaceInList(id) : ListedAt::kNowhere;
  if (holder == nullptr || at == holder->listed_at) return;
  ListEnds* list = &MutableChain(holder->cluster).recallable;
  undo_.push_back(Relisted{id, holder->listed_at, holder->list_before, holder->list_behind});
  TakeOutOfList(id, list);
  PutInList(id, at, list);
}

void StoryIndex::JoinAround(HolderId id) {
  const Holder& holder = *At(id);
  const HolderId before = Follow(holder.list_before, id), behind = Follow(holder.list_behind, id);
  if (before != 0) MutableHolder(before).list_behind = StepTo(behind, before);
  if (behind != 0) MutableHolder(behind).list_before = StepTo(before, behind);
}

void StoryIndex::PartAround(HolderId id) {
  const Holder& holder = *At(id);
  const HolderId before = Follow(holder.list_before, id), behind = Follow(holder.list_behind, id);
  if (before != 0) MutableHolder(before).list_behind = StepTo(id, before);
  if (behind != 0) MutableHolder(behind).list_before = StepTo(id, behind);
}

void StoryIndex::Supersede(HolderId id) {
  Holder& holder = MutableHolder(id);
  undo_.push_back(Superseded{id, holder.state});
  holder.state = HolderState::kSuperseded;
}

void StoryIndex::SetFirst(HolderId id) { MutableChain(At(id)->chain).first = id; }

void StoryIndex::MarkRecalled(HolderId id, HolderId by, RelationKind as) {
  Holder& holder = MutableHolder(id);
  undo_.push_back(Recalled{id, holder.recalled_by, holder.recalled_as});
  holder.recalled_by = by;
  holder.recalled_as = as;
  Relist(id);
}

size_t StoryIndex::ForgetBefore(int64_t time_ms) {
  size_t forgotten = 0;
  for (; !holders_.empty() && holders_.front().entered_ms < time_ms; ++forgotten) ForgetOldest();
  return forgotten;
}

size_t StoryIndex::ForgetOverBudget() {
  size_t forgotten = 0;
  for (; bytes_ > bytes_max_ && !holders_.empty(); ++forgotten) ForgetOldest();
  return forgotten;
}

ChainId StoryIndex::NewChain() {
  if (free_chains_.empty()) {
    chains_.emplace_back();
    free_chains_.push_back(static_cast<ChainId>(chains_.size()));
  }
  const ChainId id = free_chains_.back();
  free_chains_.pop_back();
  undo_.emplace_back(std::in_place_type<ChainTaken>, ChainTaken{id});
  bytes_ += sizeof(StoryChain);
  return id;
}

void StoryIndex::Release(ChainId id) {
  StoryChain& chain = MutableChain(id);
  if (--chain.uses > 0) return;
  const ChainId cluster = chain.cluster;
  bytes_ -= sizeof(StoryChain);
  chain = StoryChain();
  KeepFirst(id, std::nullopt);
  free_chains_.push_back(id);
  undo_.push_back(ChainFreed{id});
  if (cluster != id) Release(cluster);
}

void StoryIndex::ForgetOldest() {
  const HolderId id = oldest_;
  Holder& holder = holders_.front();
  latest_.Forget(holder.key_count());
  // The oldest of all is the oldest of its cluster.
  StoryChain& cluster = MutableChain(holder.cluster);
  if (FirstIn(cluster.stories) == id) {
    cluster.stories.is_empty = holder.next_in_cluster == 0;
    cluster.stories.head = static_cast<uint32_t>(Follow(holder.next_in_cluster, id));
  }
  TakeOutOfList(id, &cluster.recallable);
  StoryChain& chain = MutableChain(holder.chain);
  const bool is_last = chain.uses == (holder.cluster == holder.chain ? 2u : 1u);
  if (chain.first == id && !is_last) KeepFirst(holder.chain, LeadOf(holder));
  bytes_ -= BytesOf(holder);
  if (holder.sketch != 0) sketches_.Forget(holder.sketch);
  Release(holder.chain);
  Release(holder.cluster);
  undo_.push_back(Forgotten{std::make_unique<Holder>(std::move(holder))});
  holders_.pop_front();
  ++oldest_;
}

}  // namespace copydesk
