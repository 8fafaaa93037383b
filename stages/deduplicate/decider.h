// Decides what a copy editor would: the relation of a story to the stories of the window.
//
// The rules, the first that holds:
//   1. A record read again (same topic, partition and offset) gets the decision it had.
//   2. Killed or withheld, by pubstatus or in words: a kill or withhold. Its story is found by uri,
//      by a shared chain id, or, where it says so in words, by a uri in its text, a headline within
//      its own or set off by marks in its text, or a slugline that is of no other story; of those
//      that took such a name up it means the first. Where it lists several such names it is a kill
//      of each, also of what has a listed uri and comes later. Where it names nothing known, it is
//      one of what comes under the headline that its own has, or that it quotes, within twelve
//      hours. All that was published under a story is recalled, but for versions newer than the
//      kill and what is like these: versions, repeats, near-duplicates, and excerpts of these, but
//      nothing that is an excerpt of an excerpt; and what is under another lead but more like this
//      story, or has it as a round-up has.
//   3. A held story that was fed back (same uri and version, or, without versions, same uri and
//      content) takes the place it had; it is a repeat where its content was published meanwhile.
//   4. A story is a repeat with the uri, version and etag of an earlier one, with the content of
//      its chain's newest version, or with any known content when its chain is new or it is older
//      than that version. With a uri that has no scheme it is none where nothing else is shared:
//      desks number alike. What says that it is a correction or refile is a repeat only of what
//      says the same, with its uri, version and content. A held story makes nothing a repeat:
//      nobody has read it.
//   5. Same uri or a shared chain id: a revision (or correction, refile), late when older than
//      the newest version seen.
//   6. Much the same words as an earlier story, or a part of it, or containing it
//      (stages/similarity/verdict.h): a near-duplicate or excerpt; where it says that it is an
//      update, correction or refile, that. It is compared with its lead where the earlier one was
//      diverted: what that had beyond the lead was not read. What says that it is an update,
//      correction or refile and is written anew is one of the story that had its headline within
//      the last twelve hours. A story under the headline of a flash contains that.
//   7. Otherwise a correction, a refile, or an original.
// A story that comes after its kill, and is not known to be a newer version, is late and recalled
// at once. So is, without being late, what says the same as something that was recalled, or is
// alike to that and to nothing else as much, or is a version of a recalled one and still alike to
// what was killed, or a version that takes up what was killed elsewhere. Spared is a correction,
// refile or update that is not older than the kill, and what is only alike once a newer version has
// brought the story back. A kill that is sent again recalls nothing.
//
// Stream time is the latest time of a story: of its version, else of its record. A version's time
// more than kClockSkewMsMax ahead of its record's, or beyond the year 2100, is not believed.
//
// Determinism: the same records in the same order get the same decisions; no clock is read.
// Threads:     one task thread. Limits: those of StoryIndex and StoryKeyMaker. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "pipeline/record.h"
#include "stages/deduplicate/kill_names.h"
#include "stages/deduplicate/story_index.h"
#include "stages/deduplicate/story_keys.h"
#include "stages/similarity/verdict.h"
#include "stages/story/story.h"

namespace copydesk {

inline constexpr int64_t kClockSkewMsMax = 24 * 60 * 60 * 1000;
// Headlines come again day by day.
inline constexpr int64_t kSameHeadlineMs = 12 * 60 * 60 * 1000;

struct DeciderOptions {
  int64_t window_ms = 72 * 60 * 60 * 1000;
  size_t memory_bytes = size_t{256} << 20;
  bool holds_embargoed = true;
  bool finds_near_duplicates = true;
  // The alternative ids that name a chain; AP's is "itemid".
  std::vector<std::string> chain_id_names = {"chain", "itemid"};
};

struct Verdict {
  Relation relation;
  bool is_held = false;
  bool is_read_again = false;
  bool is_clock_ignored = false;
  // Recalled as soon as it came: something like it was killed or withheld before.
  bool is_recalled_at_once = false;
  // What looking for near-duplicates cost (SketchIndex).
  bool is_crowded = false;
  size_t postings_read = 0;
  size_t expired = 0;  // holders forgotten by stream time
  size_t evicted = 0;  // holders forgotten for want of memory
};

class Decider {
 public:
  // Takes a record that was published and is recalled, the kill or withhold it is recalled by, and
  // which of the two that is.
  using RecallSink =
      absl::FunctionRef<void(const Lead& recalled, const Lead& by, RelationKind reason)>;

  explicit Decider(const DeciderOptions& options)
      : options_(options), index_(options.memory_bytes), key_maker_(options.chain_id_names) {}

  // What is known of a story without those before it.
  struct Foreseen {
    Holder arrival;
    StoryKeys keys;
    int64_t time_ms = -1;  // to which stream time goes on; -1 where none is to be believed
    bool is_clock_ignored = false;
  };
  // Begins to bring near what Decide() looks for, of each story of a batch before the first is
  // decided on. The story was read from `record`. REQUIRES: normalize has seen the story.
  Foreseen Foresee(const Story& story, const Record& record);
  // Decides on the next story and remembers it.
  Verdict Decide(const Story& story, Foreseen&& foreseen, RecallSink recall);

  // -1 before the first story with a time.
  int64_t stream_time_ms() const { return stream_time_ms_; }
  const StoryIndex& index() const { return index_; }

  // What was decided until the last Seal() stands, or everything since the last Commit() is undone.
  void Seal();
  void Commit();
  void RollBack();
  // Goes on from what was kept of the stories before. Errors: those of StoryIndex::Assemble().
  absl::Status Restore(StoryIndex::Parts parts, int64_t stream_time_ms);

 private:
  // What a kill or withhold is told by.
  struct EndSign {
    RelationKind kind;
    Rule rule;
    bool is_in_words;  // and nowhere else
  };
  // A chain that a story belongs to, and by what; 0 is none.
  struct Target {
    ChainId chain = 0;
    Link link = Link::kNone;
    Key awaited = {};  // of the uri or headline that a kill names, if no story has it as yet
  };
  // Where an arrival stands in its chain.
  struct Standing {
    bool is_known = false;          // the chain has stories
    HolderId newest = 0;            // its newest version that is remembered
    Order order = Order::kUnknown;  // of the arrival to that version
    HolderId kill = 0;              // the kill the arrival comes after, being no newer version
    bool is_back = false;           // the chain was killed, and the arrival is a newer version
  };

  // An earlier story that a story is like, or has passages of.
  struct Resembled {
    HolderId id = 0;
    Alike alike = Alike::kDifferent;
    double share = 0;  // of the words, to compare
    Likeness likeness = {};
  };

  // Nothing for a story.
  static std::optional<EndSign> EndSignOf(const Story& story);
  bool IsEmbargoed(const Story& story) const;
  // Whether the embargo that the story had is over, and that of a newer version of it is not.
  bool IsEmbargoMoved(const Story& story, const Standing& standing) const;

  // The holder of this very record, or 0.
  HolderId ReadBefore(const Key& place, const Holder& arrival) const;
  void DecideAgain(HolderId before, RecallSink recall) const;
  // Says once more what the kill or withhold recalled when it came.
  void RecallAgain(HolderId end, RecallSink recall) const;
  HolderId DecideEnd(const Story& story, const StoryKeys& keys, Holder&& arrival,
                     RecallSink recall);
  HolderId DecideStory(const Story& story, const StoryKeys& keys, Holder&& arrival,
                       RecallSink recall);

  Target FindTarget(const StoryKeys& keys) const;
  // Enters a kill or withhold in one of the chains it means, and recalls what goes with that.
  HolderId EnterEnd(Holder&& end, const Target& target, RecallSink recall);
  // Whether the uri, which is of the chain, is that of a kill and of none of its stories.
  bool IsOfKill(ChainId chain, const Key& uri) const;
  // What a kill or withhold names, which may be told by its words alone: the surest that is known
  // and what is listed with it; or uris that may come, where it names nothing else.
  std::vector<Target> FindNamed(const Story& story, bool is_in_words);
  bool IsNameOfStory(const KillName& name) const;
  // The headlines that may come and that it names surely, with the chains of kills that did before.
  std::vector<Target> AwaitHeadlines() const;
  // The chain of a kill that came before the story and named it by its headline.
  Target FindAwaited(const Story& story, const StoryKeys& keys, const Holder& arrival) const;
  // The name and, of the stories' and the uris that may come, what stands in one list with it.
  std::vector<const KillName*> ListedWith(const KillName& first) const;
  Target TargetOf(const KillName& name) const;
  // The chain that is meant by a name, of which this is the latest holder. What was taken up under
  // the same name is recalled with the first of its cluster, however often it was since; a digest
  // that is called as the one before is not taken up from that.
  ChainId ChainNamed(const Key& key, const Holder& latest) const;
  // Whether a story of another cluster has the arrival's slugline. What shares it may be the only
  // one later: then its slugline still names none.
  bool SharesSlugline(const StoryKeys& keys, const Holder& arrival) const;
  // The held holder whose place the arrival takes, or 0.
  HolderId HeldBefore(const StoryKeys& keys, const Holder& arrival) const;
  // The holder of `key` if it was published or diverted, or 0.
  HolderId SettledId(const Key& key) const;
  Standing StandingOf(const Holder& arrival) const;

  // The holder with the arrival's uri and version, or 0.
  HolderId SameVersion(const StoryKeys& keys, const Standing& standing) const;
  // The holder that makes the arrival a repeat, or 0; and by which rule.
  HolderId RepeatedBy(const Story& story, const StoryKeys& keys, const Standing& standing,
                      const Holder& arrival, Rule* rule);
  // Whether the holder, of the story's uri and version, is another desk's story: a uri without a
  // scheme is a number that each desk gives, and neither headline, slugline nor words are shared.
  bool IsOfStranger(const Story& story, const StoryKeys& keys, HolderId id);
  // The correction or refile that the arrival, which says it is `kind`, is once more; or 0.
  HolderId SentBefore(const StoryKeys& keys, const Standing& standing, const Holder& arrival,
                      RelationKind kind) const;
  // These fill in what is decided about the arrival, and return what recalls it at once, or 0.
  HolderId Relate(const Story& story, const StoryKeys& keys, const Standing& standing,
                  Holder* arrival);
  HolderId TakePlace(HolderId held, const Standing& standing, Holder* arrival) const;
  HolderId FollowContent(HolderId of, Holder* arrival) const;
  // Notes that the arrival goes with the holder, where a kill of what that was made from is to find
  // both: it is a later version, or says the same.
  void FollowSources(HolderId of, Holder* arrival) const;
  // The kill or withhold that the holder was recalled by, or 0: one that came first is forgotten
  // first; and the same, but 0 also where the story has come back.
  HolderId RecallerOf(const Holder& holder) const;
  HolderId StandingRecallerOf(const Holder& holder) const;
  // Whether a version that stands is newer than the kill or withhold.
  bool IsBack(HolderId end) const;
  // Whether the kill or withhold is an earlier one once more: what came since was recalled then, or
  // spared.
  bool IsSentAgain(HolderId before, const Holder& arrival) const;
  // The kill that stands of what a story was made from while that was held, or 0.
  HolderId KillWhileHeld(const Holder& held) const;
  // Notes what a revision was made from: what the version before it was, unless it has its own
  // words again, and stories of other clusters that it has much the same words as, or all words of.
  // Returns a kill or withhold of such another one that stands, or 0.
  HolderId NoteAdopted(const Story& story, const Key& headline, HolderId newest, Holder* arrival);
  // A version of a story that was recalled with another one: the kill of that, if the words show
  // that the version still is like it or has it; or 0.
  HolderId KillOfOthersIn(const Story& story, const Key& headline, const Standing& standing);
  // The earlier stories that the story's words are alike to, the most alike first; valid until the
  // next call. Of those that share as much, one that was not recalled comes first: that a killed
  // story came back as it was, counts. `is_template` tells whether there was one that has the words
  // and other names or figures.
  // `headline` is the story's key of it, or none.
  const std::vector<Resembled>& FindAlike(const Story& story, const Key& headline,
                                          bool* is_template);
  // How the story compares with one of them, or with another that has a sketch.
  // REQUIRES: LookForAlike() looked for its sketch last.
  Resembled CompareWith(const Story& story, const Key& headline, HolderId id,
                        const SketchCandidate& shared);
  // As StoryIndex::FindAlike(), noted for the verdict.
  const std::vector<SketchCandidate>& LookForAlike(const Sketch& sketch);
  HolderId RelateByWords(const Story& story, const Key& headline, Holder* arrival);
  // The story that had the headline last, if that was published and is some hours ago at most; or
  // 0.
  HolderId PublishedUnder(const Key& headline) const;
  // For what has no words of the story that had its headline, but says that it is an update,
  // correction or refile of it. Returns whether there is one.
  bool RelateByHeadline(const Key& headline, Holder* arrival) const;
  // For what has all that a flash under its headline said. Returns whether there is one.
  bool RelateToFlash(const Story& story, const Key& headline, Holder* arrival);
  // Notes what the arrival was made from beside its lead, for a kill of that: what it is most like,
  // be it another version of the lead, and what a round-up has of other clusters. Returns a kill or
  // withhold of these others that stands, or 0. REQUIRES: alike_ is the arrival's.
  HolderId NoteSources(Holder* arrival);
  // What is to be said of the story beside its lead, the first of the cluster of what it is most
  // like; the id is the lead's, or of what it is most like where it has nothing of the lead. What
  // only a near-duplicate has is news, for that was diverted: nobody has read it.
  Resembled BesideLead(const Story& story, const Key& headline, HolderId lead);
  // The first story of the holder's chain as long as it is remembered, else the holder.
  HolderId BeginningOf(HolderId id) const;
  // The excerpt with much of its own, such as a round-up, that the holder is, is a version of or
  // says again; or 0.
  HolderId RoundUpOf(HolderId id) const;
  // What the arrival's near-duplicates are found by, or nullptr; valid until the next story.
  const Evidence* EvidenceOf(const Story& story, const Holder& arrival);

  void RecallPublished(HolderId end, RecallSink recall);
  // The stories of the killed chain that were published, the latest first.
  std::vector<HolderId> PublishedOf(const Holder& end) const;
  // Whether the kill is not older than all of these, by what can be believed.
  bool IsNewerThanAny(const Holder& end, const std::vector<HolderId>& own) const;
  // Adds to the holders what was made from them, and from that, as far as `takes(of, id)`.
  void AddMadeFrom(std::vector<HolderId>* ids,
                   absl::FunctionRef<bool(HolderId of, HolderId id)> takes) const;
  Relation RelationOf(const Holder& holder) const;

  const DeciderOptions options_;
  StoryIndex index_;
  StoryKeyMaker key_maker_;
  int64_t stream_time_ms_ = -1;
  int64_t sealed_stream_time_ms_ = -1;
  int64_t committed_stream_time_ms_ = -1;
  KillNames kill_names_;
  // For the present story.
  bool has_looked_ = false;
  std::vector<Resembled> alike_;
  Evidence evidence_, lead_evidence_;
};

}  // namespace copydesk
