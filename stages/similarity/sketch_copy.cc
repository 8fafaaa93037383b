// Copies of the index of sketches: its postings and buckets as they are in memory, little-endian.
//
// A copy is read at the speed of memory, where a posting that is entered anew waits for its bucket.
// It comes from a file, which may have been made to look like one: each number in it is looked at
// once, in the order in which they stand, so that nothing that the index does later leaves its
// tables or does not end. A list always goes back, to what is a posting or is not live. Whether it
// is the list of that hash is not looked at: whoever reads one compares the hashes.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "stages/similarity/sketch_index.h"

namespace copydesk {
namespace {

static_assert(std::endian::native == std::endian::little, "as copies are written");

template <typename T>
std::string_view AsBytes(const T* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

struct Head {
  uint32_t form, shift;
  uint32_t first_entry;
  uint32_t first_posting;  // of all, and of the first entry
  uint32_t live_posting;
  uint32_t postings;
  uint32_t more_clusters;
};

using MoreClusters = std::array<uint32_t, 2>;  // of a bucket

}  // namespace

bool SketchIndex::is_worth_a_copy() const {
  return entries_.size() > 0 && postings_.size() >= buckets_.size() / 2;
}

void SketchIndex::WriteCopy(absl::FunctionRef<void(Table, std::string_view)> write) const {
  const Head head = {.form = kCopyForm,
                     .shift = shift_,
                     .first_entry = entries_.first(),
                     .first_posting = postings_.first(),
                     .live_posting = live_posting_,
                     .postings = postings_.size(),
                     .more_clusters = static_cast<uint32_t>(more_clusters_.size())};
  write(Table::kHead, AsBytes(&head, 1));
  postings_.VisitRuns([&](const Posting* postings, size_t count) {
    write(Table::kPostings, AsBytes(postings, count));
  });
  write(Table::kBuckets, AsBytes(buckets_.data(), buckets_.size()));
  std::vector<MoreClusters> more;
  for (const auto& [bucket, clusters] : more_clusters_) more.push_back({bucket, clusters});
  std::sort(more.begin(), more.end());
  write(Table::kClusters, AsBytes(more.data(), more.size()));
}

bool SketchIndex::ReadCopy(Table table, std::string_view part) {
  const size_t buckets = size_t{1} << (32 - shift_);
  switch (table) {
    case Table::kHead: {
      Head head;
      if (part.size() != sizeof(head) || is_copying_ || entries_.size() != 0) return false;
      std::memcpy(&head, part.data(), sizeof(head));
      if (head.form != kCopyForm || head.shift != shift_ || head.first_posting % kOwned != 0 ||
          head.live_posting % kOwned == 0 ||
          head.live_posting - head.first_posting >= std::min(kOwned, head.postings)) {
        return false;
      }
      entries_.Clear(head.first_entry);
      details_.Clear(head.first_entry);
      live_ = head.first_entry;
      postings_.Clear(head.first_posting);
      live_posting_ = next_copied_ = head.live_posting;
      copied_postings_ = head.postings;
      copied_buckets_ = 0;
      copied_clusters_ = head.more_clusters;
      return is_copying_ = true;
    }
    case Table::kPostings:
      if (!is_copying_ || part.size() % sizeof(Posting) != 0 ||
          part.size() / sizeof(Posting) > copied_postings_ - postings_.size()) {
        return false;
      }
      postings_.Append(part.data(), part.size() / sizeof(Posting));
      return true;
    case Table::kBuckets: {
      const size_t count = part.size() / sizeof(Bucket);
      if (!is_copying_ || part.size() % sizeof(Bucket) != 0 || count > buckets - copied_buckets_) {
        return false;
      }
      buckets_.resize(buckets);
      Bucket* const begin = buckets_.data() + copied_buckets_;
      std::memcpy(begin, part.data(), part.size());
      copied_buckets_ += count;
      uint32_t broken = 0;
      for (const Bucket* bucket = begin; bucket != begin + count; ++bucket) {
        broken |= uint32_t{bucket->latest % kOwned == 0} & uint32_t{bucket->latest != 0};
      }
      return broken == 0;
    }
    case Table::kClusters:
      if (!is_copying_ || part.size() % sizeof(MoreClusters) != 0) return false;
      for (; !part.empty(); part.remove_prefix(sizeof(MoreClusters))) {
        MoreClusters more;
        std::memcpy(&more, part.data(), sizeof(more));
        if (more[0] >= buckets) return false;
        more_clusters_[more[0]] = more[1];
      }
      return true;
  }
  return false;
}

SketchEntry SketchIndex::EnterCopied(uint64_t id, uint32_t cluster, const Evidence& evidence,
                                     size_t samples) {
  const bool is_read = postings_.size() == copied_postings_ && !buckets_.empty() &&
                       copied_buckets_ == buckets_.size() &&
                       more_clusters_.size() == copied_clusters_;
  if (!is_copying_ || !is_read) return 0;
  const SketchEntry number = entries_.end();
  const uint32_t story = StoryBits(evidence);
  uint32_t at = next_copied_;
  if (at % kOwned == 0) ++at;
  PushEntry(id, cluster, evidence, samples, at);
  for (size_t left = samples; left > 0;) {
    if (at % kOwned == 0) ++at;
    const auto count = static_cast<uint32_t>(std::min<size_t>(left, kOwned - at % kOwned));
    if (at - postings_.first() + count > postings_.size()) return 0;
    if (OwnerOf(at) != number || OwnerOf(at + count - 1) != number) return 0;
    const Posting* const postings = &postings_[at];
    uint32_t broken = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t link = postings[i].link, back = link & kBackMax;
      broken |= (link ^ story) >> kBackBits;
      broken |= uint32_t{(at + i - back) % kOwned == 0};  // that is no posting
    }
    if (broken != 0) return 0;
    at += count;
    left -= count;
  }
  next_copied_ = at;
  if (at == postings_.end()) {
    // What follows will be another entry's.
    if (OwnerOf((at - 1) | (kOwned - 1)) != number) return 0;
    is_copying_ = false;
  }
  return number;
}

}  // namespace copydesk
