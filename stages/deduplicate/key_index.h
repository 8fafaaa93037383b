// Which holder had a key last: a table of hashes that never grows, so that no story ever waits for
// it to be made anew, nor for what is forgotten to be taken out of it.
//
// Each key of a holder is a posting; a list for each bucket of hashes runs through the postings,
// latest first, and has a key once: its latest posting takes the place of the one before. What is
// forgotten ends a list. A bucket's filter tells most keys that are in none of its postings without
// reading any.
//
// A posting has 32 bits of the hash beside those that the bucket stands for. Where they are the
// same the caller's `is_of(holder)` says whether that holder has the key: what is found is exact.
//
// State:   changed by Enter(), UndoEnter(), Forget(), UndoForget() and Trim() only. Which lists
//          there are differs from process to process (the hash is seeded); what is found does not.
// Threads: one task thread. Errors: none; misuse is a programmer error.
// Limits:  less than 2^32 postings at a time; their numbers and those of holders go round.
// Memory:  12 bytes a posting; the buckets, 8 bytes each, are allocated once, when a key comes.
// Cost:    of each call a read from memory for the bucket, and one for each posting of its list
//          where the filter lets the key pass.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/hash/hash.h"
#include "stages/similarity/content_hash.h"
#include "stages/similarity/large_pages.h"
#include "stages/similarity/numbered_log.h"

namespace copydesk {

class KeyIndex {
 public:
  using Key = ContentHash;

  // `buckets` is a hint: half as many as there will be postings is enough.
  explicit KeyIndex(size_t buckets);

  // Begins to bring near what a Find() or Enter() that follows soon reads.
  void Prefetch(const Key& key) const {
    if (!buckets_.empty()) __builtin_prefetch(&buckets_[PlaceOf(key).bucket], 1);
  }
  // The number of the latest posting of the key that is not forgotten, or none().
  template <typename IsOf>
  uint32_t Find(const Key& key, IsOf is_of) const {
    return buckets_.empty() ? none() : FindAt(PlaceOf(key), is_of);
  }
  // REQUIRES: Find() gave it.
  uint32_t HolderOf(uint32_t posting) const { return postings_[posting].holder; }
  // The number that no posting has as yet.
  uint32_t none() const { return postings_.end(); }

  // Enters a holder as the latest of the key. Returns the number of the posting whose place that
  // took, for UndoEnter(), or what none() was.
  template <typename IsOf>
  uint32_t Enter(const Key& key, uint32_t holder, IsOf is_of) {
    if (buckets_.empty()) MakeBuckets();
    const Place place = PlaceOf(key);
    const uint32_t replaced = FindAt(place, is_of);
    Append(place, holder, replaced);
    return replaced;
  }
  // Undoes the last Enter() that is not undone, which had this key and returned `replaced`.
  void UndoEnter(const Key& key, uint32_t replaced);
  // The oldest `postings` that are not forgotten are not found any more. They stay until Trim().
  void Forget(size_t postings) { live_ += static_cast<uint32_t>(postings); }
  // REQUIRES: so many were forgotten last, and not trimmed.
  void UndoForget(size_t postings) { live_ -= static_cast<uint32_t>(postings); }
  // The oldest that is not forgotten, or the next to be entered.
  uint32_t live() const { return live_; }
  // Drops what is forgotten before `live`, which was live() once: that cannot be undone any more.
  void Trim(uint32_t live) { postings_.DropBefore(live); }

 private:
  struct Posting {
    uint32_t hash;
    uint32_t previous;  // of its bucket; what is not live is none
    uint32_t holder;
  };
  struct Bucket {
    uint32_t latest = 0;  // posting
    uint32_t filter = 0;  // has the FilterBit() of each posting that is not trimmed
  };
  struct Place {
    size_t bucket;
    uint32_t hash;
  };
  // A filter with so many bits is made anew: what was trimmed may have left them there.
  static constexpr int kFullFilter = 12;

  Place PlaceOf(const Key& key) const {
    const auto hash = static_cast<uint64_t>(absl::HashOf(key));
    return {hash >> shift_, static_cast<uint32_t>(hash)};
  }
  static uint32_t FilterBit(uint32_t hash) { return uint32_t{1} << hash % 32; }
  bool IsLive(uint32_t posting) const { return posting - live_ < postings_.end() - live_; }
  template <typename IsOf>
  uint32_t FindAt(const Place& place, IsOf is_of) const {
    const Bucket& bucket = buckets_[place.bucket];
    if ((bucket.filter & FilterBit(place.hash)) == 0) return none();
    uint32_t at = bucket.latest;
    while (IsLive(at) && !(postings_[at].hash == place.hash && is_of(postings_[at].holder))) {
      at = postings_[at].previous;
    }
    return IsLive(at) ? at : none();
  }
  void MakeBuckets();
  void Append(const Place& place, uint32_t holder, uint32_t replaced);
  void MakeFilter(Bucket* bucket) const;

  unsigned shift_;
  std::vector<Bucket, LargePageAllocator<Bucket>> buckets_;
  NumberedLog<Posting> postings_{1};
  uint32_t live_ = 1;
};

}  // namespace copydesk
