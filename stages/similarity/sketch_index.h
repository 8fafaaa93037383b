// Finds the stories of the window that share words with a new one, and keeps of each what a verdict
// needs: its evidence.
//
// Of each story some of its shingles are indexed, one of each stretch of the text, so that a part
// of it is found as well. A posting is one of them: a list for each bucket of hashes runs through
// the postings, latest first. What is forgotten ends a list: expiry costs nothing. A bucket's
// filter tells most shingles that are in none of its postings without reading any.
//
// Of a longer story the shingles with the smallest hashes are asked for first, thirty to sixty. Of
// each stretch the smallest is the one that is indexed: so these are most of those that could be
// there; more are where few of them tell anything. Whose a posting is, is looked up of those only
// that stand close to another one that was hit, as a story's do, or belong to a short story, of
// which one hit is much; of a sketch of one shingle, of all. Of an earlier story that was hit twice
// the samples are read, which stand side by side; if it may have enough of the new one, or be a
// part of it, what the two share is asked for, too, and all of a long story that seems to be a
// collection. Only then lists are followed to their end. Where none may, as of most stories,
// nothing is found.
//
// A shingle that many clusters share weighs less, one that kMatchesMax have weighs nothing and is
// not looked for: each bucket has the number of clusters whose first story has postings in it. Of a
// story like no other that number, or how many have the shingle, stands for how many clusters do. A
// word that more than one in a hundred stories has is common, says nothing, and is not kept.
//
// State:   changed by Enter(), UndoEnter(), Forget(), UndoForget() and Trim() only. All of it
//          follows from the evidence of the stories entered, in their order.
// Threads: one task thread.
// Limits:  Sketch::kShinglesMax lists, kMatchesMax and kStepsMax of each; Find() costs no more,
//          whatever comes. A list ends where the one before is 2^29 postings back, those of some
//          sixteen million stories.
// Memory:  8 bytes a posting, BytesOf() a story; the buckets, 8 bytes each, are allocated once.
// Cost:    of Find(): a read from memory for each shingle that is asked for, and up to three for
//          each that the filter lets pass, those of all shingles side by side; more where a story
//          was hit twice. How many they are counts for more than how many wait for others: each
//          takes a walk through the system's list of pages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "stages/similarity/large_pages.h"
#include "stages/similarity/numbered_log.h"
#include "stages/similarity/sketch.h"

namespace copydesk {

// What is kept of a story, on its way into the index or out of it.
struct Evidence {
  static constexpr size_t kSamplesMax = 240;
  static constexpr size_t kWordsKept = 32;
  static constexpr size_t kWordsMax = 96;  // of a story whose letters are kept
  static constexpr size_t kFiguresMax = Sketch::kFiguresMax;

  uint32_t shingle_count = 0;  // as in the sketch
  // Of its samples when it was entered, in 64ths: what they weigh by how common they are.
  uint16_t weight = 0;
  uint16_t word_limit = 0xFFFF;    // as in the sketch
  uint16_t figure_limit = 0xFFFF;  // as in the sketch
  bool is_counted = false;         // its words count: it is the first of its cluster
  FirstTokens title, subject;      // as in the sketch
  std::vector<uint32_t> samples;   // of its shingles, in the order of the text
  std::vector<uint16_t> words;     // that are not common, rising
  std::vector<uint32_t> figures;   // rising
  std::vector<uint64_t> names;     // as in the sketch
};

// Names a story that was entered; they are consecutive and go round. 0 is none.
using SketchEntry = uint32_t;

// An earlier story that shares shingles with a new one.
struct SketchCandidate {
  uint64_t id = 0;
  SketchEntry entry = 0;
  uint32_t cluster = 0;
  uint32_t hits = 0;
  uint32_t units = 0;  // of weight
  // So many are 1, which a shingle weighs at most. Sums of whole numbers have no order.
  static constexpr uint32_t kUnits = 1024;
  // Of the hits.
  double weight() const { return static_cast<double>(units) / kUnits; }
};

class SketchIndex {
 public:
  static constexpr size_t kMatchesMax = 8;
  static constexpr size_t kStepsMax = 32;
  static constexpr size_t kCandidatesMax = 12;

  // `buckets` is a hint: half as many as there will be postings is enough. They are made when a
  // story comes.
  explicit SketchIndex(size_t buckets);

  // The stories that are not forgotten and share at least two shingles with the sketch (or its
  // only ones), those that share most first, kCandidatesMax at most; none where no verdict could
  // follow.
  // The list is valid until the next call. REQUIRES: no id is as much as 2^32 above `oldest_id`.
  const std::vector<SketchCandidate>& Find(const Sketch& sketch, uint64_t oldest_id);
  // What the last Find() cost: the postings it read; and whether more stories than it gave shared
  // shingles with the sketch.
  size_t postings_read() const { return postings_read_; }
  bool is_crowded() const { return is_crowded_; }
  // What an earlier story that is not forgotten shares with that sketch, given by Find() or not;
  // its id and cluster are not filled in. REQUIRES: Find() was called with it last.
  SketchCandidate SharedBy(const Sketch& sketch, SketchEntry entry) const;
  // What the sketch's shingles weigh. REQUIRES: Find() was called with it last.
  double weight() const;
  // The evidence to keep of that sketch.
  void MakeEvidence(const Sketch& sketch, Evidence* evidence) const;

  // Begins to bring near what an Enter() that follows soon reads.
  void Prefetch(const Evidence& evidence) const;
  // Enters a story's evidence. REQUIRES: ids rise; the evidence has samples.
  SketchEntry Enter(uint64_t id, uint32_t cluster, const Evidence& evidence);
  // Undoes the last Enter() that is not undone.
  void UndoEnter();
  // The story is not found and its words count no more. It stays until Trim().
  // REQUIRES: it is the oldest that is not forgotten.
  void Forget(SketchEntry entry);
  // REQUIRES: it is the last that was forgotten, and not trimmed.
  void UndoForget(SketchEntry entry);
  // The oldest that is not forgotten, or the next to be entered.
  SketchEntry live() const { return live_; }
  // Drops what is forgotten before `live`, which was live() once: that cannot be undone any more.
  void Trim(SketchEntry live);

  // What is kept of a story, but for its samples. REQUIRES: it is not trimmed.
  void ReadEvidence(SketchEntry entry, Evidence* evidence) const;
  // All of it.
  void ReadWhole(SketchEntry entry, Evidence* evidence) const;
  uint32_t SampleCount(SketchEntry entry) const { return details_[entry].samples; }

  // The share of a story's samples that are no greater than `limit`.
  double ShareBelow(SketchEntry entry, uint32_t limit) const;

  // What a word tells that two stories share, from 0 for a common one to 1.
  double WordRarity(uint16_t word) const;
  double FigureRarity(uint32_t figure) const;
  // Other stories have it, too: it is no slip.
  bool IsWordKnown(uint16_t word) const { return word_counts_[word] >= kKnownMin; }

  size_t BytesOf(SketchEntry entry) const;

  // A copy of what takes longest to make anew: the postings and the buckets, as they are in memory.
  // Whoever keeps it keeps the rest of each story's evidence beside it.
  enum class Table : char { kHead = 'h', kPostings = 'p', kBuckets = 'b', kClusters = 'c' };
  // There are half as many postings as buckets, at least: a copy is not much more than those.
  bool is_worth_a_copy() const;
  // Gives each table in one part or more. The views are valid during the call.
  // REQUIRES: it is worth a copy; what is forgotten is trimmed.
  void WriteCopy(absl::FunctionRef<void(Table table, std::string_view part)> write) const;
  // Reads the next part that WriteCopy() gave, into an index that nothing was entered in. Behind
  // the last one each story of the copy is entered, in their order, with all of its evidence but
  // the samples, of which there are so many; then is_whole() is true again, and the index that of
  // which the copy was made.
  // Both return false, or 0, for what cannot be of a copy of an index with as many buckets. Until
  // is_whole(), and after that for ever, the index is of no other use.
  bool ReadCopy(Table table, std::string_view part);
  SketchEntry EnterCopied(uint64_t id, uint32_t cluster, const Evidence& evidence, size_t samples);
  // No copy is being read.
  bool is_whole() const { return !is_copying_; }

 private:
  // One of kOwned is no posting but tells of those that follow it, up to the next one, whose they
  // are.
  struct Posting {
    uint32_t hash;  // or the entry of the posting before it
    // How far back the one before it in its bucket is, kBackMax at most; 0 is none. Above that
    // kCounted, where its story is counted, and above that the story's Brevity(). Or a bit for each
    // posting that follows, set where an entry begins.
    uint32_t link;
  };
  static constexpr unsigned kBackBits = 29, kBrevityBits = 2;
  static constexpr uint32_t kBackMax = (uint32_t{1} << kBackBits) - 1;
  static constexpr uint32_t kCounted = uint32_t{1} << kBackBits;
  // Of a piece of postings: a large page.
  static constexpr unsigned kPostingBits = 18;
  static_assert(sizeof(Posting) << kPostingBits == LargePageAllocator<Posting>::kPageBytes);
  static constexpr uint32_t kOwned = 32;
  // Another one for each change of what a posting, a bucket, BucketOf() or FilterBit() is.
  static constexpr uint32_t kCopyForm = 1;
  static constexpr uint32_t kKnownMin = 2;  // stories

  // What a look-up reads of many stories.
  struct Entry {
    uint32_t id = 0;  // its low half
    uint32_t cluster = 0;
    uint32_t first_posting = 0;
    uint32_t shingle_count = 0;
  };
  // Of a piece of entries: a large page.
  static constexpr unsigned kEntryBits = 17;
  static_assert(sizeof(Entry) << kEntryBits == LargePageAllocator<Entry>::kPageBytes);
  // The rest, which is read of the few that are compared.
  struct Detail {
    uint32_t first_word = 0;
    uint32_t first_figure = 0;
    uint32_t first_name = 0;
    uint16_t weight = 0;
    uint16_t word_limit = 0;
    uint16_t figure_limit = 0;
    FirstTokens title, subject;
    uint8_t samples = 0;
    uint8_t words = 0;
    uint8_t figures = 0;
    uint8_t names = 0;
    bool is_counted = false;
  };
  static_assert(Evidence::kSamplesMax <= UINT8_MAX);

  struct Bucket {
    uint32_t latest = 0;    // posting; 0 is none
    uint16_t clusters = 0;  // postings of stories that are counted; about that many clusters
    uint16_t filter = 0;    // has the FilterBit() of each posting that is not trimmed
  };
  static constexpr uint16_t kClustersMax = UINT16_MAX;  // the rest is in more_clusters_

  struct Walk {
    uint32_t shingle;
    uint32_t at;  // a posting
  };
  struct Match {
    uint16_t shingle;
    uint16_t brevity;  // of the story
    uint32_t posting;
    // Where it was counted:
    SketchEntry entry;
    uint32_t found;  // its place in found_
  };

  // Small hashes are many: they are spread over all buckets.
  uint32_t BucketOf(uint32_t hash) const { return hash * 0x9E3779B1u >> shift_; }
  static uint16_t FilterBit(uint32_t hash) { return static_cast<uint16_t>(1u << (hash >> 1) % 16); }
  bool IsLive(uint32_t posting) const {
    return posting != 0 && posting - live_posting_ < postings_.end() - live_posting_;
  }
  // How few shingles a story has, for which it need not be looked at: n of one that has
  // kBrevities[n] or more, but fewer than kBrevities[n - 1].
  static constexpr std::array<uint32_t, 1 << kBrevityBits> kBrevities = {96, 40, 20, 0};
  static uint32_t Brevity(uint32_t shingle_count);
  SketchEntry OwnerOf(uint32_t posting) const;
  void SetLive(SketchEntry entry);
  template <typename Visit>
  void VisitSamples(SketchEntry entry, Visit visit) const {
    const uint32_t end = PostingsEnd(entry);
    for (uint32_t at = entries_[entry].first_posting; at != end; ++at) {
      if (at % kOwned != 0) visit(postings_[at].hash);
    }
  }
  void PrefetchSamples(SketchEntry entry) const;
  uint32_t PostingsEnd(SketchEntry entry) const {
    return entries_.Has(entry + 1) ? entries_[entry + 1].first_posting : postings_.end();
  }
  // Appends what is kept of a story but for its postings, and counts its words.
  void PushEntry(uint64_t id, uint32_t cluster, const Evidence& evidence, size_t samples,
                 uint32_t first_posting);
  // What a posting's link says of its story.
  static uint32_t StoryBits(const Evidence& evidence);
  // Appends the story's postings, each as the latest of its bucket.
  void EnterSamples(SketchEntry number, const Evidence& evidence);
  void Count(SketchEntry entry, uint32_t by);
  void CountCluster(uint32_t place, bool is_more);  // of a bucket
  void Scale();
  uint32_t CommonFrom() const;

  // Parts of Find(): the stories that have the shingles of asking_, and how many of them each; what
  // these weigh; and what is to be asked for after that.
  // Fills asking_ with those whose hash is above `above` and no greater than `limit`.
  void AskFirst(const std::vector<uint32_t>& shingles, uint32_t above, uint32_t limit);
  // Begins the lists of asking_: they are added to walks_. Returns how many of them may tell
  // anything.
  size_t ReadBuckets(const std::vector<uint32_t>& shingles);
  // Goes so many steps of the lists of walks_, and leaves the rest there.
  void FollowLists(const std::vector<uint32_t>& shingles, size_t steps);
  // Fills found_: with the stories that were hit twice, and those of the matches that are wanted,
  // but hardly others. Puts their matches in front.
  template <typename IsWanted>
  void CountMatches(IsWanted is_wanted);
  void Weigh();
  // Nearly so, without a look at each story that has one of them: by how many have it, and how many
  // clusters its bucket has.
  void WeighRoughly();
  void SumUnits();
  // What was not asked for is no sample of what was found, and common as often as what was asked
  // for at first.
  void WeighUnasked();
  // Fills asking_. Returns false when no verdict could follow.
  bool AskOn(const Sketch& sketch, double asked_share);
  void AskFor(uint32_t shingle);
  // Sorts what is found.
  void KeepCandidates(uint32_t hits_min, uint64_t oldest_id);
  // Fewest hits of a story that is found.
  static uint32_t HitsMin(const Sketch& sketch) { return sketch.shingles.size() > 1 ? 2 : 1; }
  // The place of the entry in found_.
  uint32_t FoundAt(SketchEntry entry);

  unsigned shift_;
  std::vector<Bucket, LargePageAllocator<Bucket>> buckets_;
  absl::flat_hash_map<uint32_t, uint32_t> more_clusters_;  // of a bucket
  NumberedLog<Posting, kPostingBits> postings_;
  NumberedLog<Entry, kEntryBits> entries_{1};
  NumberedLog<Detail> details_{1};  // one for each entry
  NumberedLog<uint16_t> words_;
  NumberedLog<uint32_t> figures_;
  NumberedLog<uint64_t> names_;
  // The first that is not forgotten, and its first posting.
  SketchEntry live_ = 1;
  uint32_t live_posting_ = 0;

  uint32_t stories_ = 0;  // that count
  std::vector<uint32_t> word_counts_;
  std::vector<uint32_t> figure_counts_;
  double word_scale_ = 0, figure_scale_ = 0;  // follow from stories_

  // Of a copy that is being read.
  bool is_copying_ = false;
  uint32_t copied_postings_ = 0;  // that there will be
  uint32_t copied_clusters_ = 0;  // likewise, of more_clusters_
  size_t copied_buckets_ = 0;     // that there are
  uint32_t next_copied_ = 0;      // the posting behind the last story that was entered

  // Of the last Find().
  size_t postings_read_ = 0;
  bool is_crowded_ = false;
  std::vector<SketchCandidate> found_;
  std::vector<uint32_t> asking_;  // places of shingles
  std::vector<uint32_t> first_;   // of those that were asked for at first
  // What is known of a shingle of the sketch.
  struct Asked {
    uint16_t units = SketchCandidate::kUnits;
    uint8_t matches = 0;
    uint8_t firsts = 0;        // of these, those of stories that are counted
    uint8_t clusters = 0;      // of the matches, where that is not clear
    uint8_t clusters_max = 0;  // as its bucket has, kMatchesMax at most
    bool is_asked = false;

    // Its matches are of as many clusters: each is the first story of its own.
    bool IsClear() const { return matches == 1 || matches == firsts; }
  };
  std::vector<Asked> asked_;
  uint32_t unasked_units_ = 0;       // of each shingle that was not asked for
  std::vector<uint32_t> looked_at_;  // places in found_
  std::vector<uint32_t> shared_;     // places of shingles
  std::vector<Walk> walks_;
  std::vector<Match> matches_;
  size_t counted_ = 0;                    // so many of matches_ are, the first ones
  std::vector<uint32_t> match_clusters_;  // of each shingle, room for kMatchesMax
  // How many matches there are in a block of postings; 0 between the calls.
  static constexpr uint32_t kNearPostings = 256, kNearBlocks = 1024;
  static_assert(kNearPostings > Evidence::kSamplesMax + Evidence::kSamplesMax / kOwned + 1);
  std::vector<uint16_t> near_;
  struct Slot {
    SketchEntry entry = 0;
    uint32_t round = 0;
    uint32_t found = 0;
  };
  static constexpr size_t kSlots = 8192;
  static_assert(kSlots >= 2 * Sketch::kShinglesMax * kMatchesMax);
  std::vector<Slot> slots_;
  uint32_t round_ = 0;
};

}  // namespace copydesk
