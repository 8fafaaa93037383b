// Finds the stories of the window that share words with a new one, and keeps of each what a verdict
// needs: its evidence.
//
// Of each story some of its shingles are indexed, one of each stretch of the text, so that a part
// of it is found as well. A posting is one of them: a list for each bucket of hashes runs through
// the postings, latest first. What is forgotten ends a list: expiry costs nothing.
//
// A shingle that many clusters share weighs less, one that kMatchesMax have weighs nearly nothing.
// A word that more than one in a hundred stories has is common, says nothing, and is not kept.
//
// State:   changed by Enter(), UndoEnter(), Forget(), UndoForget() and Trim() only. All of it
//          follows from the evidence of the stories entered, in their order.
// Threads: one task thread.
// Limits:  kMatchesMax and kStepsMax of one list; Find() costs no more, whatever comes.
// Memory:  12 bytes a posting, BytesOf() a story; the buckets are allocated once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/functional/function_ref.h"
#include "stages/similarity/sketch.h"

namespace copydesk {

// What is kept of a story.
struct Evidence {
  static constexpr size_t kSamplesMax = 96;
  static constexpr size_t kWordsMax = 32;
  static constexpr size_t kFiguresMax = 16;

  uint32_t shingle_count = 0;  // as in the sketch
  // Of its samples when it was entered, in 64ths: what they weigh by how common they are.
  uint16_t weight = 0;
  uint16_t word_limit = 0xFFFF;    // as in the sketch
  uint16_t figure_limit = 0xFFFF;  // as in the sketch
  bool is_counted = false;         // its words count: it is the first of its cluster
  std::vector<uint32_t> samples;   // of its shingles, in the order of the text; in postings once
                                   // entered, see SketchIndex::SamplesOf()
  std::vector<uint16_t> words;     // that are not common, rising
  std::vector<uint32_t> figures;   // rising

  // Kept by the index.
  uint32_t first_posting = 0;
  uint16_t sample_count = 0;
};

// An earlier story that shares shingles with a new one.
struct SketchCandidate {
  uint64_t id = 0;
  uint32_t cluster = 0;
  uint32_t hits = 0;
  double weight = 0;  // of the hits
};

class SketchIndex {
 public:
  static constexpr size_t kMatchesMax = 8;
  static constexpr size_t kStepsMax = 32;
  static constexpr size_t kCandidatesMax = 12;

  // `postings` is how many are expected at most. The buckets are made when a story comes.
  explicit SketchIndex(size_t postings);

  // The stories of the ids [oldest, next) that share at least two shingles with the sketch (or its
  // only ones), those that share most first, kCandidatesMax at most.
  // The list is valid until the next call.
  const std::vector<SketchCandidate>& Find(const Sketch& sketch, uint64_t oldest, uint64_t next,
                                           absl::FunctionRef<uint32_t(uint64_t id)> cluster_of);
  // What the sketch's shingles weigh. REQUIRES: Find() was called with it last.
  double weight() const { return weight_; }
  // The evidence to keep of that sketch.
  Evidence MakeEvidence(const Sketch& sketch) const;

  // Enters a story's evidence. REQUIRES: ids rise; the evidence has samples.
  void Enter(uint64_t id, Evidence* evidence);
  // Undoes the last Enter() that is not undone.
  void UndoEnter(const Evidence& evidence);
  // The story's words count no more. Its postings stay until Trim().
  void Forget(const Evidence& evidence) { Count(evidence, -1); }
  void UndoForget(const Evidence& evidence) { Count(evidence, 1); }
  // Drops the postings of ids before `oldest`: then their Forget() cannot be undone.
  void Trim(uint64_t oldest);
  void Clear();

  // The samples of a story that was entered.
  void SamplesOf(const Evidence& evidence, std::vector<uint32_t>* samples) const;

  // The share of a story's samples that are no greater than `limit`.
  double ShareBelow(const Evidence& evidence, uint32_t limit) const;

  // What a word tells that two stories share, from 0 for a common one to 1.
  double WordRarity(uint16_t word) const;
  double FigureRarity(uint32_t figure) const;

  bool is_empty() const { return postings_.empty(); }

  static size_t BytesOf(const Evidence& evidence);

 private:
  struct Posting {
    uint32_t hash;
    uint32_t previous;  // posting of its bucket; 0 is none
    uint32_t id;        // the story's id, its low half
  };

  size_t BucketOf(uint32_t hash) const { return hash >> shift_; }
  // nullptr when it is none or was dropped.
  const Posting* At(uint32_t number) const;
  void Count(const Evidence& evidence, int32_t by);
  uint32_t CommonFrom() const;
  // The place of the story in found_.
  uint32_t FoundAt(uint32_t low_id, uint64_t id);

  unsigned shift_;
  std::vector<uint32_t> latest_;  // posting of each bucket; 0 is none
  std::deque<Posting> postings_;
  uint32_t first_number_ = 1;  // of postings_.front(); numbers go round
  uint32_t stories_ = 0;       // that count
  std::vector<uint32_t> word_counts_;
  std::vector<uint32_t> figure_counts_;

  // Of the last Find().
  struct Hit {
    uint32_t shingle;
    uint32_t found;
  };
  std::vector<SketchCandidate> found_;
  std::vector<Hit> hits_;
  std::vector<float> weights_;  // of each shingle
  double weight_ = 0;
  struct Slot {
    uint32_t low_id = 0;
    uint32_t round = 0;
    uint32_t found = 0;
  };
  std::vector<Slot> slots_;
  uint32_t round_ = 0;
};

}  // namespace copydesk
