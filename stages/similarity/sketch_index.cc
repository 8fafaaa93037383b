#include "stages/similarity/sketch_index.h"

#include <algorithm>
#include <array>
#include <bit>

namespace copydesk {
namespace {

constexpr unsigned kBucketBitsMin = 10;
constexpr unsigned kBucketBitsMax = 28;
constexpr uint32_t kCommonMin = 15;
constexpr uint32_t kCommonShare = 100;

// Near enough, and the same on every machine. REQUIRES: number > 0.
double Log2(uint32_t number) {
  const int whole = std::bit_width(number) - 1;
  // 2^-whole, written as a double.
  const auto share = std::bit_cast<double>(static_cast<uint64_t>(1023 - whole) << 52);
  return whole + (number * share - 1);
}

}  // namespace

SketchIndex::SketchIndex(size_t buckets)
    : shift_(32 - std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(buckets | 1)) - 1,
                                       kBucketBitsMin, kBucketBitsMax)),
      word_counts_(65536),
      figure_counts_(65536),
      match_clusters_(Sketch::kShinglesMax * kMatchesMax),
      near_(kNearBlocks),
      slots_(kSlots) {
  Scale();
}

void SketchIndex::Prefetch(const Evidence& evidence) const {
  if (buckets_.empty()) return;
  for (const uint32_t hash : evidence.samples) __builtin_prefetch(&buckets_[BucketOf(hash)], 1);
}

SketchEntry SketchIndex::Enter(uint64_t id, uint32_t cluster, const Evidence& evidence) {
  if (buckets_.empty()) buckets_.resize(size_t{1} << (32 - shift_));
  const SketchEntry number = entries_.end();
  const auto tell_owner = [&](SketchEntry before) {
    if (postings_.end() % kOwned == 0) postings_.PushBack({before, 0});
  };
  tell_owner(number - 1);
  postings_[postings_.end() & ~(kOwned - 1)].link |= 1u << postings_.end() % kOwned;
  PushEntry(id, cluster, evidence, evidence.samples.size(), postings_.end());
  EnterSamples(number, evidence);
  if (number == live_) SetLive(number);
  return number;
}

void SketchIndex::PushEntry(uint64_t id, uint32_t cluster, const Evidence& evidence, size_t samples,
                            uint32_t first_posting) {
  entries_.PushBack({.id = static_cast<uint32_t>(id),
                     .cluster = cluster,
                     .first_posting = first_posting,
                     .shingle_count = evidence.shingle_count});
  details_.PushBack({.first_word = words_.end(),
                     .first_figure = figures_.end(),
                     .first_name = names_.end(),
                     .weight = evidence.weight,
                     .word_limit = evidence.word_limit,
                     .figure_limit = evidence.figure_limit,
                     .title = evidence.title,
                     .subject = evidence.subject,
                     .samples = static_cast<uint8_t>(samples),
                     .words = static_cast<uint8_t>(evidence.words.size()),
                     .figures = static_cast<uint8_t>(evidence.figures.size()),
                     .names = static_cast<uint8_t>(evidence.names.size()),
                     .is_counted = evidence.is_counted});
  words_.Append(evidence.words.data(), evidence.words.size());
  figures_.Append(evidence.figures.data(), evidence.figures.size());
  names_.Append(evidence.names.data(), evidence.names.size());
  if (!evidence.is_counted) return;
  ++stories_;
  for (const uint16_t word : evidence.words) ++word_counts_[word];
  for (const uint32_t figure : evidence.figures) ++figure_counts_[figure & 0xFFFF];
  Scale();
}

uint32_t SketchIndex::StoryBits(const Evidence& evidence) {
  return Brevity(evidence.shingle_count) << (kBackBits + 1) | (evidence.is_counted ? kCounted : 0);
}

void SketchIndex::EnterSamples(SketchEntry number, const Evidence& evidence) {
  std::array<Posting, Evidence::kSamplesMax + Evidence::kSamplesMax / (kOwned - 1) + 1> made;
  const uint32_t story = StoryBits(evidence);
  const uint32_t first = postings_.first(), begin = postings_.end();
  uint32_t at = begin;
  for (const uint32_t hash : evidence.samples) {
    if (at % kOwned == 0) made[at++ - begin] = {number, 0};
    const uint32_t place = BucketOf(hash);
    Bucket& bucket = buckets_[place];
    const uint32_t before = bucket.latest;
    bucket.latest = at;
    const uint32_t back = before == 0 ? 0 : at - before;
    // What is trimmed cannot come back: the filter begins anew.
    const bool has_before = before - first < at - first;
    if (!has_before) bucket.filter = 0;
    bucket.filter |= FilterBit(hash);
    if (evidence.is_counted) CountCluster(place, true);
    made[at++ - begin] = {hash, story | (has_before && back <= kBackMax ? back : 0)};
  }
  postings_.Append(made.data(), at - begin);
}

void SketchIndex::UndoEnter() {
  const uint32_t first_posting = entries_[entries_.end() - 1].first_posting;
  const Detail detail = details_[details_.end() - 1];
  Count(entries_.end() - 1, UINT32_MAX);
  for (size_t i = detail.samples; i > 0; --i) {
    const Posting last = postings_[postings_.end() - 1];
    const uint32_t back = last.link & kBackMax;
    buckets_[BucketOf(last.hash)].latest = back == 0 ? 0 : postings_.end() - 1 - back;
    postings_.PopBack();
    if ((postings_.end() - 1) % kOwned == 0) postings_.PopBack();
  }
  const uint32_t told = first_posting & ~(kOwned - 1);
  if (postings_.Has(told)) postings_[told].link &= ~(1u << first_posting % kOwned);
  for (size_t i = detail.words; i > 0; --i) words_.PopBack();
  for (size_t i = detail.figures; i > 0; --i) figures_.PopBack();
  for (size_t i = detail.names; i > 0; --i) names_.PopBack();
  entries_.PopBack();
  details_.PopBack();
  if (live_ == entries_.end()) SetLive(live_);
}

void SketchIndex::Forget(SketchEntry entry) {
  Count(entry, UINT32_MAX);
  SetLive(entry + 1);
}

void SketchIndex::UndoForget(SketchEntry entry) {
  Count(entry, 1);
  SetLive(entry);
}

void SketchIndex::SetLive(SketchEntry entry) {
  live_ = entry;
  live_posting_ = entries_.Has(entry) ? entries_[entry].first_posting : postings_.end();
}

void SketchIndex::Trim(SketchEntry live) {
  const bool is_entered = entries_.Has(live);
  words_.DropBefore(is_entered ? details_[live].first_word : words_.end());
  figures_.DropBefore(is_entered ? details_[live].first_figure : figures_.end());
  names_.DropBefore(is_entered ? details_[live].first_name : names_.end());
  const uint32_t posting = is_entered ? entries_[live].first_posting : postings_.end();
  postings_.DropBefore(posting & ~(kOwned - 1));  // from one that tells of others on
  entries_.DropBefore(live);
  details_.DropBefore(live);
}

void SketchIndex::ReadEvidence(SketchEntry entry, Evidence* evidence) const {
  const Detail& detail = details_[entry];
  evidence->shingle_count = entries_[entry].shingle_count;
  evidence->weight = detail.weight;
  evidence->word_limit = detail.word_limit;
  evidence->figure_limit = detail.figure_limit;
  evidence->is_counted = detail.is_counted;
  evidence->title = detail.title;
  evidence->subject = detail.subject;
  evidence->samples.clear();
  evidence->words.clear();
  for (uint32_t i = 0; i < detail.words; ++i) {
    evidence->words.push_back(words_[detail.first_word + i]);
  }
  evidence->figures.clear();
  for (uint32_t i = 0; i < detail.figures; ++i) {
    evidence->figures.push_back(figures_[detail.first_figure + i]);
  }
  evidence->names.clear();
  for (uint32_t i = 0; i < detail.names; ++i) {
    evidence->names.push_back(names_[detail.first_name + i]);
  }
}

void SketchIndex::ReadWhole(SketchEntry entry, Evidence* evidence) const {
  ReadEvidence(entry, evidence);
  VisitSamples(entry, [&](uint32_t hash) { evidence->samples.push_back(hash); });
}

double SketchIndex::ShareBelow(SketchEntry entry, uint32_t limit) const {
  uint32_t below = 0;
  VisitSamples(entry, [&](uint32_t hash) { below += hash <= limit; });
  return static_cast<double>(below) / details_[entry].samples;
}

// `by` is 1, or 2^32 - 1 to count back.
void SketchIndex::Count(SketchEntry entry, uint32_t by) {
  const Detail& detail = details_[entry];
  if (!detail.is_counted) return;
  VisitSamples(entry, [&](uint32_t hash) { CountCluster(BucketOf(hash), by == 1); });
  stories_ += by;
  for (uint32_t i = 0; i < detail.words; ++i) word_counts_[words_[detail.first_word + i]] += by;
  for (uint32_t i = 0; i < detail.figures; ++i) {
    figure_counts_[figures_[detail.first_figure + i] & 0xFFFF] += by;
  }
  Scale();
}

void SketchIndex::CountCluster(uint32_t place, bool is_more) {
  uint16_t& clusters = buckets_[place].clusters;
  if (clusters < kClustersMax) {
    clusters = static_cast<uint16_t>(is_more ? clusters + 1 : clusters - 1);
    return;
  }
  const auto more = more_clusters_.try_emplace(place, 0).first;
  if (is_more) {
    ++more->second;
  } else if (more->second > 0) {
    --more->second;
  } else {
    more_clusters_.erase(more);
    --clusters;
  }
}

void SketchIndex::Scale() {
  word_scale_ = 1 / Log2(1 + CommonFrom());
  figure_scale_ = 1 / Log2(10 + stories_ / 10);
}

uint32_t SketchIndex::CommonFrom() const { return std::max(kCommonMin, stories_ / kCommonShare); }

double SketchIndex::WordRarity(uint16_t word) const {
  return std::max(0.0, 1 - Log2(1 + word_counts_[word]) * word_scale_);
}

double SketchIndex::FigureRarity(uint32_t figure) const {
  return std::max(0.0, 1 - Log2(1 + figure_counts_[figure & 0xFFFF]) * figure_scale_);
}

size_t SketchIndex::BytesOf(SketchEntry entry) const {
  const Detail& detail = details_[entry];
  return sizeof(Entry) + sizeof(Detail) + detail.samples * sizeof(Posting) +
         detail.words * sizeof(uint16_t) + detail.figures * sizeof(uint32_t) +
         detail.names * sizeof(uint64_t);
}

}  // namespace copydesk
