#include "stages/deduplicate/key_index.h"

#include <algorithm>

namespace copydesk {
namespace {

constexpr unsigned kBucketBitsMin = 10;
constexpr unsigned kBucketBitsMax = 30;

}  // namespace

// The bucket is of the upper bits of the hash, what a posting has of it the lower half.
KeyIndex::KeyIndex(size_t buckets)
    : shift_(64 - std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(buckets)) - 1,
                                       kBucketBitsMin, kBucketBitsMax)) {}

void KeyIndex::MakeBuckets() { buckets_.resize(size_t{1} << (64 - shift_)); }

void KeyIndex::Append(const Place& place, uint32_t holder, uint32_t replaced) {
  Bucket& bucket = buckets_[place.bucket];
  uint32_t previous = bucket.latest;
  if (replaced == previous) {
    previous = postings_[replaced].previous;
  } else if (replaced != none()) {
    uint32_t next = previous;
    while (postings_[next].previous != replaced) next = postings_[next].previous;
    postings_[next].previous = postings_[replaced].previous;
  }
  if (std::popcount(bucket.filter) >= kFullFilter) MakeFilter(&bucket);
  bucket.latest = postings_.end();
  bucket.filter |= FilterBit(place.hash);
  postings_.PushBack({place.hash, previous, holder});
}

void KeyIndex::MakeFilter(Bucket* bucket) const {
  bucket->filter = 0;
  for (uint32_t at = bucket->latest; postings_.Has(at); at = postings_[at].previous) {
    bucket->filter |= FilterBit(postings_[at].hash);
  }
}

void KeyIndex::UndoEnter(const Key& key, uint32_t replaced) {
  const uint32_t last = postings_.end() - 1;
  const uint32_t previous = postings_[last].previous;
  Bucket& bucket = buckets_[PlaceOf(key).bucket];
  postings_.PopBack();
  bucket.latest = previous;
  if (replaced == last) return;  // none
  const uint32_t behind = postings_[replaced].previous;
  if (previous == behind) {
    bucket.latest = replaced;
    return;
  }
  uint32_t next = previous;
  while (postings_[next].previous != behind) next = postings_[next].previous;
  postings_[next].previous = replaced;
}

}  // namespace copydesk
