// The part of Decider that decides on kills and withholds: what tells one, which stories it means,
// and how it is entered.
#include <algorithm>
#include <utility>
#include <vector>

#include "stages/deduplicate/decider.h"

namespace copydesk {
namespace {

constexpr size_t kStoriesKilledMax = 64;  // by one kill

bool StandsBefore(const KillName* a, const KillName* b) { return a->at.begin < b->at.begin; }

}  // namespace

std::optional<Decider::EndSign> Decider::EndSignOf(const Story& story) {
  if (story.pub_status == PubStatus::kCanceled) {
    return EndSign{RelationKind::kKill, Rule::kCanceled, false};
  }
  const bool is_withheld = story.pub_status == PubStatus::kWithheld;
  if (story.notice == Notice::kKill) {
    return EndSign{RelationKind::kKill, Rule::kSaysKill, !is_withheld};
  }
  if (is_withheld) return EndSign{RelationKind::kWithhold, Rule::kWithheld, false};
  if (story.notice == Notice::kWithhold) {
    return EndSign{RelationKind::kWithhold, Rule::kSaysWithhold, true};
  }
  return std::nullopt;
}

HolderId Decider::DecideEnd(const Story& story, const StoryKeys& keys, Holder&& arrival,
                            RecallSink recall) {
  const EndSign sign = *EndSignOf(story);
  arrival.kind = sign.kind;
  arrival.rule = sign.rule;
  std::vector<Target> targets = {FindTarget(keys)};
  const ChainId own = targets.front().chain;
  if (own == 0 || index_.ChainAt(own).first == 0) {
    std::vector<Target> named = FindNamed(story, sign.is_in_words);
    if (!named.empty()) targets = std::move(named);
  } else if (IsOfKill(own, arrival.uri)) {
    // A kill once more: it may name others than before.
    for (const Target& named : FindNamed(story, sign.is_in_words)) {
      if (named.chain != own) targets.push_back(named);
    }
  }
  // It is found by its place and uri in the first of its chains only.
  Holder other = arrival;
  other.own_keys = 0;
  other.keys.clear();
  const HolderId id = EnterEnd(std::move(arrival), targets.front(), recall);
  for (size_t i = 1; i < targets.size(); ++i) EnterEnd(Holder(other), targets[i], recall);
  return id;
}

HolderId Decider::EnterEnd(Holder&& end, const Target& target, RecallSink recall) {
  end.chain = target.chain;
  if (target.awaited != Key{}) end.keys.push_back(target.awaited);
  const Standing standing = StandingOf(end);
  end.link = standing.is_known ? target.link : Link::kUnseen;
  end.is_late = standing.order == Order::kOlder;
  bool is_newest = true;
  bool is_sent_again = false;
  if (target.chain != 0) {
    const StoryChain& chain = index_.ChainAt(target.chain);
    end.lead = chain.first;
    const Holder* before = index_.At(chain.end);
    // What cannot be ordered leaves one of the story's own uri, to which its versions compare.
    const Holder* newest = index_.At(standing.newest);
    const bool is_own = before != nullptr && newest != nullptr && before->uri == newest->uri;
    const Order order = before != nullptr ? Compare(end, *before) : Order::kNewer;
    is_newest =
        order == Order::kUnknown ? !is_own || end.uri == before->uri : order != Order::kOlder;
    is_sent_again = before != nullptr && IsSentAgain(chain.end, end);
  }
  const HolderId id = index_.Enter(std::move(end), stream_time_ms_, is_newest);
  if (!is_sent_again) RecallPublished(id, recall);
  return id;
}

bool Decider::IsOfKill(ChainId chain, const Key& uri) const {
  const Holder* latest = index_.Find(uri);
  if (latest == nullptr || !latest->is_end()) return false;
  bool has_any = false, has_its = false;
  index_.VisitChain(chain, [&](HolderId, const Holder& story) {
    has_any = true;
    has_its = story.uri == uri;
    return !has_its;
  });
  return has_any && !has_its;
}

std::vector<Decider::Target> Decider::FindNamed(const Story& story, bool is_in_words) {
  if (story.notice != Notice::kKill && story.notice != Notice::kWithhold) return {};
  // A pubstatus means the story of its own uri: then only words that name another one count.
  kill_names_.Read(story, is_in_words);
  const std::vector<KillName>& all = kill_names_.all();
  auto first = std::find_if(all.begin(), all.end(),
                            [&](const KillName& name) { return IsNameOfStory(name); });
  const bool is_awaited = first == all.end();
  const auto is_uri = [](const KillName& name) { return name.is_uri; };
  if (is_awaited) first = std::find_if(all.begin(), all.end(), is_uri);
  if (first == all.end()) return AwaitHeadlines();
  const std::vector<const KillName*> list = ListedWith(*first);
  // Of uris that are no story's as yet, some may be of what is to stand.
  const bool is_clear = std::all_of(all.begin(), all.end(), [&](const KillName& name) {
    return !name.is_uri || std::any_of(list.begin(), list.end(), [&](const KillName* listed) {
      return listed->key == name.key;
    });
  });
  if (is_awaited && !is_clear) return AwaitHeadlines();
  std::vector<Target> targets;
  for (const KillName* name : list) {
    const Target target = TargetOf(*name);
    const bool is_known = std::any_of(targets.begin(), targets.end(), [&](const Target& known) {
      return known.chain == target.chain && known.awaited == target.awaited;
    });
    if (!is_known && targets.size() < kStoriesKilledMax) targets.push_back(target);
  }
  return targets;
}

std::vector<Decider::Target> Decider::AwaitHeadlines() const {
  std::vector<Target> targets;
  const KillName* before = nullptr;
  for (const KillName& name : kill_names_.all()) {
    const Key key = AwaitedKey(name.key);
    const auto is_same = [&](const Target& target) { return target.awaited == key; };
    if (name.awaited == Awaited::kNot || std::any_of(targets.begin(), targets.end(), is_same)) {
      continue;
    }
    // Its own headline is surer than what its texts quote, and the first text than the next.
    const bool is_quoted = name.awaited == Awaited::kQuoted;
    if (before != nullptr && before->awaited != name.awaited) break;
    if (before != nullptr && is_quoted && before->text != name.text) break;
    // Of what it quotes outside a list, some may be of what is to stand.
    if (before != nullptr && is_quoted && !kill_names_.AreListed(*before, name)) return {};
    const Holder* holder = index_.Find(key);
    targets.push_back({holder != nullptr ? holder->chain : 0, name.link, key});
    if (targets.size() == kStoriesKilledMax) break;
    before = &name;
  }
  return targets;
}

bool Decider::IsNameOfStory(const KillName& name) const {
  const Holder* holder = index_.Find(name.key);
  return holder != nullptr && index_.ChainAt(holder->chain).first != 0 &&
         index_.Find(name.unless) == nullptr;
}

std::vector<const KillName*> Decider::ListedWith(const KillName& first) const {
  std::vector<const KillName*> candidates;
  for (const KillName& name : kill_names_.all()) {
    if (name.text != first.text) continue;
    if (name.is_uri || IsNameOfStory(name)) candidates.push_back(&name);
  }
  std::stable_sort(candidates.begin(), candidates.end(), StandsBefore);
  std::vector<const KillName*> list = {&first};
  const KillName* at = &first;
  for (const KillName* name : candidates) {
    if (name->at.begin < at->at.end) continue;
    if (!kill_names_.AreListed(*at, *name)) break;
    list.push_back(at = name);
  }
  at = &first;
  for (auto name = candidates.rbegin(); name != candidates.rend(); ++name) {
    if ((*name)->at.end > at->at.begin) continue;
    if (!kill_names_.AreListed(**name, *at)) break;
    list.push_back(at = *name);
  }
  return list;
}

Decider::Target Decider::TargetOf(const KillName& name) const {
  const Holder* holder = index_.Find(name.key);
  if (holder == nullptr) return {0, name.link, name.key};
  const bool is_awaited = index_.ChainAt(holder->chain).first == 0;
  if (is_awaited) return {holder->chain, name.link, name.key};
  return {name.link == Link::kNamedUri ? holder->chain : ChainNamed(name.key, *holder), name.link};
}

ChainId Decider::ChainNamed(const Key& key, const Holder& latest) const {
  ChainId first = 0;
  index_.VisitCluster(latest.cluster, [&](HolderId, const Holder& holder) {
    if (!holder.is_excerpt() && holder.HasKey(key)) first = holder.chain;
    return first == 0;
  });
  if (first != 0) return first;
  const Holder* lead = index_.At(latest.lead);
  return lead != nullptr && lead->HasKey(key) ? lead->chain : latest.chain;
}

bool Decider::IsSentAgain(HolderId before, const Holder& arrival) const {
  const Holder& end = *index_.At(before);
  if (end.kind != arrival.kind) return false;
  const Order order = Compare(arrival, end);
  if (end.uri == arrival.uri && order == Order::kSame) return true;
  // By a headline that is dated anew means all that was filed under it by then.
  const bool is_by_name = arrival.link == Link::kHeadline || arrival.link == Link::kSlugline;
  if (is_by_name && order == Order::kNewer) return false;
  return end.content == arrival.content && end.content != ContentHash{} && !IsBack(before);
}

}  // namespace copydesk
