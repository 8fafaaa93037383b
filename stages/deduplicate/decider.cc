#include "stages/deduplicate/decider.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace copydesk {
namespace {

constexpr int64_t kTimeMsMax = 4'102'444'800'000;  // the year 2100

// What is made of a story after its kill, under a uri of its own: a substitute.
bool SaysItIsMadeAnew(Notice notice) {
  return notice == Notice::kCorrection || notice == Notice::kRefile || notice == Notice::kUpdate ||
         notice == Notice::kWritethru;
}

// Whether two of one chain are the same version, whatever their uris.
bool IsVersionOf(const Holder& a, const Holder& b) {
  return CompareVersions(a.version(), b.version(), true) == Order::kSame;
}

void AddKey(const Key& key, Holder* holder) {
  if (key != Key{}) holder->keys.push_back(key);
}

}  // namespace

Decider::Foreseen Decider::Foresee(const Story& story, const Record& record) {
  Foreseen foreseen;
  const bool is_stamped = record.timestamp_ms >= 0 && record.timestamp_ms < kTimeMsMax;
  const int64_t latest_ms = is_stamped ? record.timestamp_ms + kClockSkewMsMax : kTimeMsMax;
  int64_t version_time_ms = story.version_time_ms;
  if (version_time_ms > latest_ms) {
    foreseen.is_clock_ignored = true;
    version_time_ms = -1;
  } else {
    foreseen.time_ms = version_time_ms >= 0 ? version_time_ms
                       : is_stamped         ? record.timestamp_ms
                                            : -1;
  }
  Holder& arrival = foreseen.arrival;
  const StoryVersion version = StoryVersion::From(story.version, version_time_ms);
  arrival.SetTexts(KeptUri(story.uri), version);
  arrival.content = EndSignOf(story) ? key_maker_.ContentOfEnd(story) : story.content_hash;
  arrival.source = index_.NumberOf(record.topic, record.partition);
  arrival.offset = record.offset;
  foreseen.keys = key_maker_.Make(story, version);
  const StoryKeys& keys = foreseen.keys;
  arrival.uri = keys.uri;
  for (const Key& key :
       {KeyOf(arrival.place()), keys.uri, keys.version, keys.headline, keys.slugline,
        keys.shared_slugline, AwaitedKey(keys.headline), arrival.content}) {
    index_.Prefetch(key);
  }
  return foreseen;
}

Verdict Decider::Decide(const Story& story, Foreseen&& foreseen, RecallSink recall) {
  Verdict verdict;
  has_looked_ = false;
  verdict.is_clock_ignored = foreseen.is_clock_ignored;
  stream_time_ms_ = std::max(stream_time_ms_, foreseen.time_ms);
  verdict.expired = index_.ForgetBefore(stream_time_ms_ - options_.window_ms);

  Holder& arrival = foreseen.arrival;
  const StoryKeys& keys = foreseen.keys;
  HolderId id = ReadBefore(KeyOf(arrival.place()), arrival);
  if (id != 0) {
    verdict.is_read_again = true;
    DecideAgain(id, recall);
  } else {
    arrival.AddOwnKey(kPlaceKey);
    arrival.AddOwnKey(kUriKey);
    for (const Key& key : keys.chain_ids) AddKey(key, &arrival);
    id = EndSignOf(story) ? DecideEnd(story, keys, std::move(arrival), recall)
                          : DecideStory(story, keys, std::move(arrival), recall);
  }
  const Holder& holder = *index_.At(id);
  verdict.relation = RelationOf(holder);
  verdict.is_held = !holder.is_settled();
  verdict.is_recalled_at_once = holder.recalled_by != 0 && holder.recalled_by < id;
  if (has_looked_) {
    verdict.is_crowded = index_.sketches().is_crowded();
    verdict.postings_read = index_.sketches().postings_read();
  }
  verdict.evicted = index_.ForgetOverBudget();
  return verdict;
}

void Decider::Seal() {
  index_.Seal();
  sealed_stream_time_ms_ = stream_time_ms_;
}

void Decider::Commit() {
  index_.Commit();
  committed_stream_time_ms_ = sealed_stream_time_ms_;
}

void Decider::RollBack() {
  index_.RollBack();
  stream_time_ms_ = sealed_stream_time_ms_ = committed_stream_time_ms_;
}

absl::Status Decider::Restore(StoryIndex::Parts parts, int64_t stream_time_ms) {
  stream_time_ms_ = sealed_stream_time_ms_ = committed_stream_time_ms_ = stream_time_ms;
  return index_.Assemble(std::move(parts));
}

bool Decider::IsEmbargoed(const Story& story) const {
  return options_.holds_embargoed && story.embargo_time_ms >= 0 &&
         stream_time_ms_ < story.embargo_time_ms;
}

bool Decider::IsEmbargoMoved(const Story& story, const Standing& standing) const {
  if (story.embargo_time_ms < 0 || standing.order != Order::kOlder) return false;
  const Holder& newest = *index_.At(standing.newest);
  return newest.state == HolderState::kHeld &&
         std::any_of(newest.keys.begin(), newest.keys.end(), [&](const Key& key) {
           return IsHeldUntilKey(key) && stream_time_ms_ < TimeOf(key);
         });
}

HolderId Decider::ReadBefore(const Key& place, const Holder& arrival) const {
  // The content is compared as well: a topic may have been made anew, with other records.
  const HolderId id = index_.FindId(place);
  const Holder* holder = index_.At(id);
  if (holder == nullptr) return 0;
  return holder->uri == arrival.uri && holder->content == arrival.content ? id : 0;
}

HolderId Decider::DecideStory(const Story& story, const StoryKeys& keys, Holder&& arrival,
                              RecallSink recall) {
  const HolderId held = HeldBefore(keys, arrival);
  Target target = held != 0 ? Target{index_.At(held)->chain, Link::kUri} : FindTarget(keys);
  if (target.chain == 0) target = FindAwaited(story, keys, arrival);
  arrival.chain = target.chain;
  arrival.link = target.link;
  const Standing standing = StandingOf(arrival);
  HolderId recalled_by =
      held != 0 ? TakePlace(held, standing, &arrival) : Relate(story, keys, standing, &arrival);
  if (held != 0 && recalled_by == 0 && arrival.kind == RelationKind::kRevision) {
    // What was recalled with another story meanwhile was published before it.
    Standing before = standing;
    if (before.newest == held) before.newest = index_.ChainAt(arrival.chain).first;
    if (before.newest != held) recalled_by = KillOfOthersIn(story, keys.headline, before);
  }
  if (IsEmbargoed(story) || IsEmbargoMoved(story, standing)) {
    arrival.state = HolderState::kHeld;
    arrival.keys.push_back(HeldUntilKey(story.embargo_time_ms));
  }

  AddKey(keys.version, &arrival);
  AddKey(keys.headline, &arrival);
  AddKey(SharesSlugline(keys, arrival) ? keys.shared_slugline : keys.slugline, &arrival);
  // A held story is found by what it says only for itself: nobody has read it.
  if (arrival.is_settled()) {
    arrival.AddOwnKey(kContentKey);
  } else {
    AddKey(keys.uri_and_content, &arrival);
  }

  const Evidence* const evidence = EvidenceOf(story, arrival);
  const bool is_published = arrival.is_settled();
  const bool is_newest = standing.order != Order::kOlder || standing.newest == held;
  if (held != 0) index_.Supersede(held);
  const HolderId id = index_.Enter(std::move(arrival), stream_time_ms_, is_newest, evidence);
  if (held != 0 && index_.ChainAt(target.chain).first == held) index_.SetFirst(id);

  if (recalled_by != 0 && is_published) {
    const Holder& end = *index_.At(recalled_by);
    recall(index_.LeadOf(*index_.At(id)), index_.LeadOf(end), end.kind);
    index_.MarkRecalled(id, recalled_by, end.kind);
  }
  return id;
}

Decider::Target Decider::FindTarget(const StoryKeys& keys) const {
  const Holder* holder = index_.Find(keys.uri);
  if (holder != nullptr) return {holder->chain, Link::kUri};
  for (const Key& key : keys.chain_ids) {
    holder = index_.Find(key);
    if (holder != nullptr) return {holder->chain, Link::kChainId};
  }
  return {};
}

Decider::Target Decider::FindAwaited(const Story& story, const StoryKeys& keys,
                                     const Holder& arrival) const {
  const Holder* end = index_.Find(AwaitedKey(keys.headline));
  if (end == nullptr || index_.ChainAt(end->chain).first != 0) return {};
  if (stream_time_ms_ < 0 || stream_time_ms_ - end->entered_ms > kSameHeadlineMs) return {};
  const bool are_timed = end->version_time_ms >= 0 && arrival.version_time_ms >= 0;
  const int64_t before_ms = are_timed ? end->version_time_ms - arrival.version_time_ms : 0;
  if (before_ms < 0 || before_ms > kSameHeadlineMs) return {};
  // What is made of it anew is its substitute, unless it is older than the kill.
  if (SaysItIsMadeAnew(story.notice) && before_ms == 0) return {};
  return {end->chain, Link::kAwaited};
}

bool Decider::SharesSlugline(const StoryKeys& keys, const Holder& arrival) const {
  const ChainId cluster = arrival.cluster != 0 ? arrival.cluster
                          : arrival.chain != 0 ? index_.ChainAt(arrival.chain).cluster
                                               : 0;
  for (const Key& key : {keys.slugline, keys.shared_slugline}) {
    const Holder* before = index_.Find(key);
    if (before != nullptr && before->cluster != cluster) return true;
  }
  return false;
}

HolderId Decider::HeldBefore(const StoryKeys& keys, const Holder& arrival) const {
  for (const Key& key : {keys.version, keys.uri_and_content}) {
    const HolderId id = index_.FindId(key);
    const Holder* holder = index_.At(id);
    if (holder == nullptr || holder->state != HolderState::kHeld) continue;
    const Order order = Compare(arrival, *holder);
    if (order == Order::kSame || order == Order::kUnknown) return id;
  }
  return 0;
}

HolderId Decider::SettledId(const Key& key) const {
  const HolderId id = index_.FindId(key);
  const Holder* holder = index_.At(id);
  return holder != nullptr && holder->is_settled() ? id : 0;
}

Decider::Standing Decider::StandingOf(const Holder& arrival) const {
  Standing standing;
  if (arrival.chain == 0) return standing;
  const StoryChain& chain = index_.ChainAt(arrival.chain);
  standing.is_known = chain.first != 0;
  standing.newest = chain.newest;
  const Holder* newest = index_.At(chain.newest);
  if (newest == nullptr) {
    // Forgotten: what came after it was older, but it is what is left.
    standing.newest = index_.FindId(arrival.uri);
    newest = index_.At(standing.newest);
    if (newest != nullptr && (newest->chain != arrival.chain || newest->is_end())) newest = nullptr;
    if (newest == nullptr) standing.newest = 0;
  }
  if (newest != nullptr) standing.order = Compare(arrival, *newest);

  const Holder* end = index_.At(chain.end);
  if (end == nullptr) return standing;
  const Order to_end = Compare(arrival, *end);
  standing.is_back =
      to_end == Order::kNewer || (to_end == Order::kUnknown && standing.order == Order::kNewer);
  if (!standing.is_back) standing.kill = chain.end;
  return standing;
}

HolderId Decider::SameVersion(const StoryKeys& keys, const Standing& standing) const {
  const HolderId same = SettledId(keys.version);
  // The same version with another etag is to be downloaded anew.
  if (same != 0 || standing.order != Order::kSame || keys.has_etag) return same;
  return index_.At(standing.newest)->is_settled() ? standing.newest : 0;
}

HolderId Decider::RepeatedBy(const Story& story, const StoryKeys& keys, const Standing& standing,
                             const Holder& arrival, Rule* rule) {
  HolderId repeated = SameVersion(keys, standing);
  if (repeated != 0 && IsOfStranger(story, keys, repeated)) {
    const Holder* same = index_.At(SettledId(arrival.content));
    const bool is_its_own =
        same != nullptr && same->uri == arrival.uri && IsVersionOf(*same, arrival);
    repeated = is_its_own ? SettledId(arrival.content) : 0;
  }
  const bool is_of_uri = repeated == 0 || index_.At(repeated)->uri == arrival.uri;
  *rule = is_of_uri ? Rule::kSameVersion : Rule::kSameContent;
  if (repeated == 0) {
    const Holder* newest = index_.At(standing.newest);
    const bool is_published = newest != nullptr && newest->is_settled();
    *rule = Rule::kSameContent;
    const bool has_content = arrival.content != ContentHash{};
    if (!standing.is_known || standing.order == Order::kOlder) {
      repeated = SettledId(arrival.content);
    } else if (keys.has_etag && newest != nullptr && IsVersionOf(*newest, arrival)) {
      // Its pictures may be others where its words are not.
    } else if (has_content && is_published && newest->content == arrival.content) {
      repeated = standing.newest;
    }
  }
  // A newer version after a kill brings the story back, whatever it says.
  const bool is_back = standing.is_back && repeated != 0 && index_.At(repeated)->recalled_by != 0;
  return is_back ? 0 : repeated;
}

bool Decider::IsOfStranger(const Story& story, const StoryKeys& keys, HolderId id) {
  // The words of a repeat are kept with what it repeats.
  const HolderId lead = index_.At(id)->lead;
  if (index_.At(id)->kind == RelationKind::kRepeat && index_.At(lead) != nullptr) id = lead;
  const Holder& holder = *index_.At(id);
  if (story.uri.find(':') != story.uri.npos || holder.sketch == 0) return false;
  if (story.sketch.is_empty() || holder.content == story.content_hash) return false;
  for (const Key& key : {keys.headline, keys.slugline, keys.shared_slugline}) {
    if (key != Key{} && holder.HasKey(key)) return false;
  }
  LookForAlike(story.sketch);
  const SketchCandidate shared = index_.sketches().SharedBy(story.sketch, holder.sketch);
  return CompareWith(story, keys.headline, id, shared).alike == Alike::kDifferent;
}

HolderId Decider::SentBefore(const StoryKeys& keys, const Standing& standing, const Holder& arrival,
                             RelationKind kind) const {
  HolderId before = SameVersion(keys, standing);
  const Holder* holder = index_.At(before);
  if (holder != nullptr && holder->kind == RelationKind::kRepeat) {
    before = holder->lead;
    holder = index_.At(before);
  }
  if (holder == nullptr || holder->kind != kind || holder->content != arrival.content) return 0;
  // A newer version after a kill brings the story back.
  return standing.is_back && holder->recalled_by != 0 ? 0 : before;
}

HolderId Decider::FollowContent(HolderId of, Holder* arrival) const {
  const Holder& holder = *index_.At(of);
  // What took the content up from another leads to that one.
  const Holder* before = index_.At(holder.lead);
  const bool is_taken_up =
      before != nullptr && before->is_settled() && before->content == holder.content;
  const bool is_repeat = holder.kind == RelationKind::kRepeat;
  arrival->lead = is_repeat || is_taken_up ? holder.lead : of;
  arrival->cluster = holder.cluster;
  FollowSources(of, arrival);
  // Where only a pick-up was killed, the first that said it stands.
  const Holder* lead = index_.At(arrival->lead);
  const bool stands = lead != nullptr && lead->is_settled() && lead->recalled_by == 0;
  return stands && lead->content == holder.content ? 0 : RecallerOf(holder);
}

void Decider::FollowSources(HolderId of, Holder* arrival) const {
  const Holder* holder = index_.At(of);
  if (holder != nullptr && holder->was_made_from_any()) {
    arrival->keys.push_back(index_.NextMadeFromKey(of));
  }
}

HolderId Decider::Relate(const Story& story, const StoryKeys& keys, const Standing& standing,
                         Holder* arrival) {
  const bool is_correction = story.notice == Notice::kCorrection;
  const bool is_declared = is_correction || story.notice == Notice::kRefile;
  const RelationKind declared = is_correction ? RelationKind::kCorrection : RelationKind::kRefile;
  Rule rule = Rule::kSameVersion;
  const HolderId repeated = is_declared ? SentBefore(keys, standing, *arrival, declared)
                                        : RepeatedBy(story, keys, standing, *arrival, &rule);
  const HolderId same = SettledId(arrival->content);
  HolderId content_recalled_by = 0;
  arrival->is_late = standing.order == Order::kOlder || standing.kill != 0;

  if (repeated != 0) {
    arrival->kind = RelationKind::kRepeat;
    arrival->link = Link::kNone;
    content_recalled_by = FollowContent(repeated, arrival);
    if (is_declared) arrival->lead = repeated;
  } else if (standing.is_known) {
    arrival->kind = RelationKind::kRevision;
    arrival->lead = index_.ChainAt(index_.ChainAt(arrival->chain).cluster).first;
    rule = standing.order == Order::kOlder   ? Rule::kOlder
           : standing.order == Order::kNewer ? Rule::kNewer
                                             : Rule::kUnordered;
    if (standing.is_back) rule = Rule::kAfterKill;
    content_recalled_by = NoteAdopted(story, keys.headline, standing.newest, arrival);
    const HolderId killed_by = KillOfOthersIn(story, keys.headline, standing);
    if (killed_by != 0) content_recalled_by = killed_by;
  } else if (standing.is_back) {
    arrival->kind = RelationKind::kRevision;
    rule = Rule::kAfterKill;
  } else if (is_declared && same != 0) {
    content_recalled_by = FollowContent(same, arrival);
  } else if (content_recalled_by = RelateByWords(story, keys.headline, arrival);
             arrival->lead != 0) {
    rule = arrival->rule;
  } else if (arrival->chain == 0 &&
             (SaysItIsMadeAnew(story.notice) ? RelateByHeadline(keys.headline, arrival)
                                             : RelateToFlash(story, keys.headline, arrival))) {
    rule = arrival->rule;
    content_recalled_by = StandingRecallerOf(*index_.Find(keys.headline));
    const Holder* end = index_.At(content_recalled_by);
    if (end != nullptr && Compare(*arrival, *end) == Order::kNewer) content_recalled_by = 0;
  } else if (arrival->rule == Rule::kSameTemplate) {
    rule = arrival->rule;
  } else if (story.notice == Notice::kRepeat) {
    rule = Rule::kSaysRepeat;
  } else {
    rule = Rule::kNothingLikeIt;
  }
  if (is_declared && repeated == 0) {
    if (arrival->similarity >= 0) arrival->link = Link::kWords;
    arrival->kind = declared;
    rule = is_correction ? Rule::kSaysCorrection : Rule::kSaysRefile;
  }
  if (content_recalled_by != 0 && repeated == 0 && SaysItIsMadeAnew(story.notice) &&
      Compare(*arrival, *index_.At(content_recalled_by)) != Order::kOlder) {
    content_recalled_by = 0;
  }
  if (standing.kill != 0 && repeated == 0) rule = Rule::kKilledBefore;
  arrival->rule = rule;
  return standing.kill != 0 ? standing.kill : content_recalled_by;
}

HolderId Decider::TakePlace(HolderId held, const Standing& standing, Holder* arrival) const {
  const Holder& before = *index_.At(held);
  arrival->cluster = before.cluster;
  arrival->kind = before.kind;
  arrival->rule = before.rule;
  arrival->link = before.link;
  arrival->lead = before.lead;
  // Its lead may have been held as well, and have been fed back before it.
  const Holder* lead = index_.At(before.lead);
  if (lead != nullptr && lead->state == HolderState::kSuperseded) {
    arrival->lead = index_.ChainAt(lead->chain).first;
  }
  arrival->similarity = before.similarity;
  arrival->in_lead = before.in_lead;
  arrival->of_lead = before.of_lead;
  std::copy_if(before.keys.begin(), before.keys.end(), std::back_inserter(arrival->keys),
               [](const Key& key) { return IsMadeFromKey(key) || IsLikeKey(key); });
  arrival->is_late = before.is_late || standing.order == Order::kOlder || standing.kill != 0;
  const bool is_declared =
      before.kind == RelationKind::kCorrection || before.kind == RelationKind::kRefile;
  const HolderId same = SettledId(arrival->content);
  if (same == 0 || is_declared) {
    if (standing.kill != 0) return standing.kill;
    // What says that it is made anew is, where it is not older than the kill.
    const HolderId killed_by = KillWhileHeld(before);
    const bool is_made_anew = is_declared || before.kind == RelationKind::kRevision;
    const Holder* end = index_.At(killed_by);
    return end != nullptr && is_made_anew && Compare(*arrival, *end) != Order::kOlder ? 0
                                                                                      : killed_by;
  }
  arrival->similarity = arrival->in_lead = arrival->of_lead = -1;
  arrival->kind = RelationKind::kRepeat;
  arrival->rule = Rule::kSameContent;
  arrival->link = Link::kNone;
  const HolderId recalled_by = FollowContent(same, arrival);
  return standing.kill != 0 ? standing.kill : recalled_by;
}

Relation Decider::RelationOf(const Holder& holder) const {
  Relation relation;
  relation.kind = holder.kind;
  relation.is_late = holder.is_late;
  relation.rule = WordsOf(holder.rule, holder.link);
  relation.similarity = holder.similarity;
  relation.in_lead = holder.in_lead;
  relation.of_lead = holder.of_lead;
  if (holder.lead != 0) {
    const Holder* lead = index_.At(holder.lead);
    relation.lead = lead != nullptr
                        ? index_.LeadOf(*lead)
                        : index_.FirstOf(holder.is_end() ? holder.chain : holder.cluster);
  }
  return relation;
}

}  // namespace copydesk
