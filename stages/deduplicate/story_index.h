// What deduplicate remembers of the stories of the window: who held which uri, version, content and
// headline, in which chain, and under which lead.
//
// A holder is one record that was decided. Its keys are 128-bit hashes of what a later story may
// share with it; Find() gives the latest holder of a key. A chain is one story through its
// versions (same uri, or a shared chain id). A cluster is a chain and the chains that took
// up its content under other uris; it is named by that first chain.
//
// A kill finds what it may recall without what it may not: the stories of a chain are linked, and
// those of a cluster that still may be recalled.
//
// State:    changed by Enter(), Supersede(), SetFirst(), MarkRecalled() and the two that forget,
//           and by nothing else. What they did since the last Commit() is noted, last first, so
//           that RollBack() undoes it and changes() tells a changelog of it.
// Lifetime: a pointer or reference it gives is valid until the next change.
// Threads:  one task thread.
// Limits:   forgets in the order of arrival, by time and over a byte budget. bytes() counts
//           holders, chains, texts and keys. A longer uri than kUriBytesMax is found by its hash
//           and named by its beginning.
// Errors:   none; misuse is a programmer error.
// Cost:     amortised O(1) for each key, whatever the window; VisitCluster() walks the cluster,
//           VisitChain() the chain, Recallable() what it gives.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "stages/deduplicate/key_index.h"
#include "stages/deduplicate/rule.h"
#include "stages/deduplicate/version_order.h"
#include "stages/similarity/content_hash.h"
#include "stages/similarity/sketch_index.h"
#include "stages/story/story.h"

namespace copydesk {

inline constexpr size_t kUriBytesMax = 1024;
inline constexpr size_t kKeysInPlace = 3;

using Key = ContentHash;
// Names a holder, in the order of arrival; 0 is none. Never used twice.
using HolderId = uint64_t;
// Names a chain as long as it has a holder; 0 is none.
using ChainId = uint32_t;

enum class HolderState : uint8_t {
  kSettled,     // published or diverted
  kHeld,        // kept back by an embargo
  kSuperseded,  // was held; the record that was fed back has taken its place
};

// Where a story is in the list of those of its cluster that may be recalled. One that something was
// made from stays at the back, for a kill goes on from it.
enum class ListedAt : uint8_t {
  kNowhere,  // not published, or recalled by a kill
  kFront,    // recalled by a withhold
  kBack,
};

// Where a record stood, with the topic and partition by the number of NumberOf().
struct Place {
  uint32_t source = 0;
  int64_t offset = -1;
};

// The key of a record by where it stood. Zero when that is unknown.
inline Key KeyOf(const Place& place) {
  if (place.offset < 0) return {};
  return {~uint64_t{place.source}, static_cast<uint64_t>(place.offset)};
}

// The key of the n-th holder that was made from another: of what is like it and not like its lead,
// of a round-up that has it, and of what says the same as one of these.
inline constexpr uint64_t kMadeFromTag = 0x6D616465;
inline Key MadeFromKey(HolderId of, uint32_t n) { return {kMadeFromTag << 32 | n, of}; }
inline bool IsMadeFromKey(const Key& key) { return key.high >> 32 == kMadeFromTag; }
inline HolderId SourceOf(const Key& made_from) { return made_from.low; }

// The key of what is more like another version of its lead than like its lead: of that version.
inline constexpr uint64_t kLikeTag = 0x6C696B65;
inline Key LikeKey(HolderId version) { return {kLikeTag << 32, version}; }
inline bool IsLikeKey(const Key& key) { return key.high == kLikeTag << 32; }
inline HolderId VersionOf(const Key& like) { return like.low; }

// The key of what is held: until when, kUntilLifted included.
inline constexpr uint64_t kHeldUntilTag = 0x68656C64;
inline Key HeldUntilKey(int64_t time_ms) {
  return {kHeldUntilTag << 32, static_cast<uint64_t>(time_ms)};
}
inline bool IsHeldUntilKey(const Key& key) { return key.high == kHeldUntilTag << 32; }
inline int64_t TimeOf(const Key& held_until) { return static_cast<int64_t>(held_until.low); }

// The key of a kill that awaits the story of a headline, made of the key of that. Stories do not
// have it: what comes under the headline in between does not hide the kill.
inline constexpr uint64_t kAwaitedTag = 0x6177616974;
inline Key AwaitedKey(const Key& headline) {
  return headline == Key{} ? headline : Key{headline.high ^ kAwaitedTag, headline.low};
}

// What a holder has anyway and may be found by.
enum OwnKey : uint8_t { kPlaceKey = 1, kUriKey = 2, kContentKey = 4 };

// There are millions: its members stand in an order that leaves no holes.
struct Holder {
  Key uri;              // of the whole uri; zero for a story without one
  ContentHash content;  // zero for a story without content
  std::string texts;    // the uri, cut to kUriBytesMax, and the version's text: see SetTexts()
  int64_t version_number = -1;
  int64_t version_time_ms = -1;
  int64_t offset = -1;  // see place()
  uint32_t source = 0;
  uint16_t uri_bytes = 0;                       // of the texts
  uint8_t own_keys = 0;                         // of OwnKey: those it is found by
  bool says_again = false;                      // had content that was known; kept by the index
  absl::InlinedVector<Key, kKeysInPlace> keys;  // the others, none of them zero

  // What was decided.
  RelationKind kind = RelationKind::kOriginal;
  Rule rule = Rule::kNothingLikeIt;
  Link link = Link::kNone;
  bool is_late = false;
  HolderState state = HolderState::kSettled;
  // To an earlier story whose words are alike, in hundredths; -1 where there is none.
  int8_t similarity = -1;
  int8_t in_lead = -1;
  int8_t of_lead = -1;
  HolderId lead = 0;    // the holder it leads to, which may be forgotten before it
  ChainId chain = 0;    // for Enter() 0 is a new one
  ChainId cluster = 0;  // for Enter() 0 is the one its chain is in

  // What became of it later: by which kill or withhold, 0 for none, and as kKill or kWithhold.
  HolderId recalled_by = 0;
  RelationKind recalled_as = RelationKind::kOriginal;

  // Kept by the index.
  ListedAt listed_at = ListedAt::kNowhere;
  SketchEntry sketch = 0;  // by which its near-duplicates are found; 0 for none
  int64_t entered_ms = -1;
  // How far it is, in ids, to the stories around it; 0 for none.
  int32_t next_in_cluster = 0;
  int32_t previous_in_chain = 0;  // may be forgotten
  int32_t list_before = 0;
  int32_t list_behind = 0;

  // REQUIRES: the uri has less than 2^16 bytes.
  void SetTexts(std::string_view uri_text, const StoryVersion& version) {
    texts.reserve(uri_text.size() + version.text.size());
    texts.assign(uri_text).append(version.text);
    uri_bytes = static_cast<uint16_t>(uri_text.size());
    version_number = version.number;
    version_time_ms = version.time_ms;
  }
  // Views that are valid as long as the texts stay.
  std::string_view uri_text() const { return std::string_view(texts).substr(0, uri_bytes); }
  StoryVersion version() const {
    return {std::string_view(texts).substr(uri_bytes), version_number, version_time_ms};
  }
  Place place() const { return {source, offset}; }
  // All it is found by, always in the same order.
  template <typename Visit>
  void VisitKeys(Visit visit) const {
    if (own_keys & kPlaceKey) visit(KeyOf(place()));
    if (own_keys & kUriKey) visit(uri);
    for (const Key& key : keys) visit(key);
    if (own_keys & kContentKey) visit(content);
  }
  size_t key_count() const { return keys.size() + static_cast<size_t>(std::popcount(own_keys)); }
  bool HasKey(const Key& key) const {
    bool has = false;
    VisitKeys([&](const Key& own) { has |= own == key; });
    return has;
  }
  // Makes it found by a key of its own, unless that is zero.
  void AddOwnKey(OwnKey own) {
    const Key key = own == kPlaceKey ? KeyOf(place()) : own == kUriKey ? uri : content;
    if (key != Key{}) own_keys |= own;
  }
  bool is_settled() const { return state == HolderState::kSettled; }
  // A kill or a withhold.
  bool is_end() const { return kind == RelationKind::kKill || kind == RelationKind::kWithhold; }
  bool was_made_from_any() const { return std::any_of(keys.begin(), keys.end(), IsMadeFromKey); }
  // There is more than one lead to what it says, as for a round-up.
  bool has_leads() const { return rule == Rule::kContainsEarlier || rule == Rule::kSharesPassages; }
  // An excerpt, or like one.
  bool is_excerpt() const { return kind == RelationKind::kExcerpt || link == Link::kExcerpt; }
  // It came under a uri of its own and goes by an earlier story's words or headline.
  bool is_of_its_own() const { return similarity >= 0 || (link == Link::kHeadline && !is_end()); }
  // Neither made of others nor a part of one.
  bool is_whole() const { return !has_leads() && !is_excerpt(); }
  // A story that was published or diverted.
  bool was_published() const { return is_settled() && !is_end(); }
};

// The order of the versions of two.
inline Order Compare(const Holder& a, const Holder& b) {
  return CompareVersions(a.version(), b.version(), a.uri != Key{} && a.uri == b.uri);
}

// The first and last of a list of holders, by the low halves of their ids.
struct ListEnds {
  uint32_t head = 0;
  uint32_t tail = 0;
  bool is_empty = true;
};

struct StoryChain {
  HolderId first = 0;   // the first story; may be forgotten. 0 while only a kill is known
  HolderId newest = 0;  // the story of the newest version; may be forgotten
  HolderId end = 0;     // the newest kill or withhold; may be forgotten
  ChainId cluster = 0;  // the cluster its stories are in

  // Kept by the index.
  uint32_t uses = 0;    // by holders as their chain or cluster, by other chains as their cluster
  ListEnds stories;     // of the cluster this chain names
  ListEnds recallable;  // those of them that may be recalled
  uint32_t latest = 0;  // the low half of its latest story's id; may be forgotten
  bool leads_others = false;  // stories of other chains had one of its stories as their lead
};

// The beginning of a uri that is kept; cut between two code points.
std::string_view KeptUri(std::string_view uri);

class StoryIndex {
 public:
  explicit StoryIndex(size_t bytes_max)
      : bytes_max_(bytes_max), latest_(MakeKeys()), sketches_(MakeSketches()) {}

  // The number of a topic and partition; the same for the same.
  uint32_t NumberOf(std::string_view topic, int32_t partition);

  // Begins to bring what is known of `key` near, for a Find() or Enter() that follows soon.
  void Prefetch(const Key& key) const { latest_.Prefetch(key); }
  // The latest holder of `key`, or nullptr. Nothing holds the zero key.
  const Holder* Find(const Key& key) const;
  // The id of the latest holder of `key`, or 0.
  HolderId FindId(const Key& key) const;
  // The MadeFromKey() for the next that is made from the holder.
  Key NextMadeFromKey(HolderId of) const;
  // Those that have a MadeFromKey() of the holder.
  void VisitMadeFrom(HolderId of, absl::FunctionRef<void(HolderId)> visit) const;
  // The holders that share shingles with the sketch; see SketchIndex::Find().
  const std::vector<SketchCandidate>& FindAlike(const Sketch& sketch);
  // The holder, or nullptr when it is forgotten or there is none such.
  const Holder* At(HolderId id) const;
  // REQUIRES: a holder is in it, or in its cluster.
  const StoryChain& ChainAt(ChainId id) const { return chains_[id - 1]; }
  // The holder as a lead: its uri and version, and where its record stood.
  Lead LeadOf(const Holder& holder) const;
  // The chain's first story as a lead. REQUIRES: it has one.
  Lead FirstOf(ChainId id) const;
  // The same once its holder is forgotten; nullptr before.
  const Lead* ForgottenFirstOf(ChainId id) const;
  // The stories of the cluster in the order of arrival, with their ids, until `visit` says no. It
  // changes nothing.
  using Visit = absl::FunctionRef<bool(HolderId, const Holder&)>;
  void VisitCluster(ChainId cluster, Visit visit) const;
  // The stories of the chain, the latest first.
  void VisitChain(ChainId chain, Visit visit) const;
  // The published stories of the cluster that a kill or withhold may recall, or find others by that
  // were made from them, in the order of arrival.
  std::vector<HolderId> Recallable(ChainId cluster, RelationKind by) const;
  // Whether more than the one holder had its content. REQUIRES: it is found by its content.
  bool IsContentShared(HolderId id) const;

  // Enters a holder under its keys, as the latest of each, and returns its id. A story becomes its
  // chain's first where there is none. With `is_newest` a story becomes its chain's newest, a kill
  // or withhold its chain's end.
  // What its near-duplicates are found by is `evidence`, nullptr for none.
  // REQUIRES: `now_ms` never falls; the place's source is a NumberOf().
  HolderId Enter(Holder&& holder, int64_t now_ms, bool is_newest,
                 const Evidence* evidence = nullptr);
  // Marks a held holder whose record was fed back.
  void Supersede(HolderId id);
  // Makes a holder its chain's first story, in the place of a superseded one.
  void SetFirst(HolderId id);
  // Marks a published holder as recalled.
  void MarkRecalled(HolderId id, HolderId by, RelationKind as);
  // Forgets what was entered before `time_ms`. Returns how many holders.
  size_t ForgetBefore(int64_t time_ms);
  // Forgets the oldest until bytes() is within the budget. Returns how many holders.
  size_t ForgetOverBudget();

  const SketchIndex& sketches() const { return sketches_; }

  size_t size() const { return holders_.size(); }
  size_t bytes() const { return bytes_; }

  struct Source {
    std::string topic;
    int32_t partition;
  };
  const std::vector<Source>& sources() const { return sources_; }
  // The holders it has: [oldest(), next()).
  HolderId oldest() const { return oldest_; }
  HolderId next() const { return oldest_ + holders_.size(); }

  // What changed since the last Commit(): new holders from `first_new` on, older ones that were
  // marked, and chains, each once. A forgotten holder or chain may be named.
  struct Changes {
    HolderId first_new = 0;
    std::vector<HolderId> marked;
    std::vector<ChainId> chains;
    bool is_empty = true;
  };
  Changes changes() const;
  // Every chain that a holder needs.
  std::vector<ChainId> live_chains() const;
  // What has changed until now is what the next Commit() is of.
  void Seal();
  // What was sealed stands.
  void Commit();
  // Undoes everything since the last Commit().
  void RollBack();

  // Puts together an index from parts that were written by the state's keeper (story_state.h), in
  // any state they may be found in. What it had is gone.
  struct PartChain {
    ChainId id = 0;
    StoryChain chain;
    std::optional<Lead> forgotten_first;
  };
  struct Parts {
    std::vector<Source> sources;
    HolderId oldest = 1;
    HolderId next = 1;
    HolderId first_id = 1;         // of holders.front()
    std::deque<Holder> holders;    // with consecutive ids
    SketchIndex sketches;          // of these holders
    std::deque<PartChain> chains;  // the last of an id counts
  };
  // Parts of nothing, to be filled.
  Parts NoParts() const { return {{}, 1, 1, 1, {}, MakeSketches(), {}}; }
  // Errors: kDataLoss when holders or chains are missing; the index has what is left then.
  absl::Status Assemble(Parts parts);

 private:
  // Of the budget; a story has some thirty postings in a kilobyte.
  static constexpr size_t kBytesPerBucket = 64;
  static constexpr size_t kBytesPerKeyBucket = 256;  // some four keys, or six
  KeyIndex MakeKeys() const { return KeyIndex(bytes_max_ / kBytesPerKeyBucket); }
  SketchIndex MakeSketches() const { return SketchIndex(bytes_max_ / kBytesPerBucket); }

  // The id of which this is the low half. REQUIRES: it is not forgotten.
  HolderId WholeId(uint32_t low) const { return oldest_ + (low - static_cast<uint32_t>(oldest_)); }

  struct ChainTouched {
    ChainId id;
    StoryChain before;
  };
  struct ChainTaken {
    ChainId id;
  };
  struct ChainFreed {
    ChainId id;
  };
  struct FirstForgotten {
    ChainId chain;
    std::unique_ptr<Lead> before;  // what was known of it already, or nullptr
  };
  struct Entered {
    absl::InlinedVector<uint32_t, kKeysInPlace + 3> replaced;  // by each of its keys
    HolderId tail_before;                                      // of its cluster
  };
  struct Forgotten {
    std::unique_ptr<Holder> holder;
  };
  struct Superseded {
    HolderId id;
    HolderState before;
  };
  struct Recalled {
    HolderId id;
    HolderId by_before;
    RelationKind as_before;
  };
  struct Relisted {
    HolderId id;
    ListedAt at;
    int32_t before, behind;
  };
  using Change = std::variant<ChainTouched, ChainTaken, ChainFreed, FirstForgotten, Entered,
                              Forgotten, Superseded, Recalled, Relisted>;
  void Undo(Change& change);
  void UndoEnter(const Entered& entered);
  void UndoForget(Holder holder);
  // Counts uses, links clusters, and finds what each chain's first story was. Returns false when
  // that is missing for one.
  bool LinkChains(std::deque<PartChain> chains);
  void EnterKeys();
  bool MendFirst(ChainId id);

  HolderId FirstIn(const ListEnds& list) const { return list.is_empty ? 0 : WholeId(list.head); }
  HolderId LastIn(const ListEnds& list) const { return list.is_empty ? 0 : WholeId(list.tail); }
  // Of links: to another holder, and what they lead to; 0 for none.
  static int32_t StepTo(HolderId to, HolderId from) {
    return to == 0 ? 0 : static_cast<int32_t>(to - from);
  }
  static HolderId Follow(int32_t step, HolderId from) {
    return step == 0 ? 0 : from + static_cast<HolderId>(int64_t{step});
  }
  // Where the holder belongs in the list of those that may be recalled.
  ListedAt PlaceInList(HolderId id) const;
  void PutInList(HolderId id, ListedAt at, ListEnds* list);
  void TakeOutOfList(HolderId id, ListEnds* list);
  void Relist(HolderId id);
  // Closes, or opens again, the gap between the two beside a holder that is in a list.
  void JoinAround(HolderId id);
  void PartAround(HolderId id);

  // Whether the holder of which this is the low half has the key.
  auto HasKey(const Key& key) const {
    return [this, &key](uint32_t low) { return At(WholeId(low))->HasKey(key); };
  }
  // Enters the holder under its keys. `replaced` gets what each took the place of.
  template <typename Replaced>
  void EnterKeysOf(HolderId id, Replaced replaced) {
    Holder& holder = MutableHolder(id);
    bool is_known = false;
    holder.VisitKeys([&](const Key& key) {
      const uint32_t none = latest_.none();
      const uint32_t posting = latest_.Enter(key, static_cast<uint32_t>(id), HasKey(key));
      is_known = posting != none;
      replaced(posting);
    });
    // Its content comes last.
    holder.says_again = is_known && (holder.own_keys & kContentKey) != 0;
  }
  // Links a story with those before it in its chain and cluster.
  void LinkStory(HolderId id);
  // The chain of the holder's lead, if that is remembered and another one than its own; or 0.
  ChainId OtherLeadOf(HolderId id) const;
  size_t BytesOf(const Holder& holder) const;
  // Keeps what the chain's first story was, or forgets it.
  void KeepFirst(ChainId id, std::optional<Lead> first);
  Holder& MutableHolder(HolderId id) { return holders_[id - oldest_]; }
  // Notes how the chain is before it changes.
  StoryChain& MutableChain(ChainId id);
  ChainId NewChain();
  void Release(ChainId id);
  void ForgetOldest();

  const size_t bytes_max_;
  size_t bytes_ = 0;
  HolderId oldest_ = 1;  // of holders_.front()
  std::deque<Holder> holders_;
  std::deque<StoryChain> chains_;  // that of id n at n - 1
  std::vector<ChainId> free_chains_;
  absl::flat_hash_map<ChainId, Lead> forgotten_firsts_;
  KeyIndex latest_;  // of the low halves of the holders' ids
  SketchIndex sketches_;
  std::vector<Source> sources_;
  // How far the index had come at a Commit() or Seal().
  struct Mark {
    size_t bytes = 0;
    HolderId next = 1;
    uint32_t live_key = 1;
    SketchEntry live_sketch = 1;
    size_t changes = 0;  // in undo_ by then
  };
  std::vector<Change> undo_;
  Mark committed_;
  Mark sealed_;
};

}  // namespace copydesk
