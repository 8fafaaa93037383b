#include "stages/similarity/sketch_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace copydesk {
namespace {

constexpr size_t kSlots = 4096;  // more than twice Sketch::kShinglesMax * SketchIndex::kMatchesMax
static_assert(kSlots >= 2 * Sketch::kShinglesMax * SketchIndex::kMatchesMax);

constexpr size_t kStretch = 6;  // shingles of which one is indexed, as long as there is room
constexpr size_t kDenseMax = 16;
constexpr unsigned kBucketBitsMin = 10;
constexpr unsigned kBucketBitsMax = 28;
constexpr uint32_t kCommonMin = 15;
constexpr uint32_t kCommonShare = 100;
constexpr double kWeightUnit = 64;

float WeightOf(size_t clusters) {
  static const std::array<float, SketchIndex::kMatchesMax + 1> kWeights = [] {
    std::array<float, SketchIndex::kMatchesMax + 1> weights;
    for (size_t n = 0; n < weights.size(); ++n) {
      weights[n] = n <= 1 ? 1.0f
                          : static_cast<float>(1 - std::log(static_cast<double>(n)) /
                                                       std::log(SketchIndex::kMatchesMax + 1.0));
    }
    return weights;
  }();
  return kWeights[clusters];
}

// Near enough, and the same on every machine. REQUIRES: number > 0.
double Log2(uint32_t number) {
  const int whole = std::bit_width(number) - 1;
  return whole + (number / static_cast<double>(uint64_t{1} << whole) - 1);
}

// The places of the samples among the shingles: the smallest hash of each stretch.
template <typename Visit>
void VisitSamples(const Sketch& sketch, Visit visit) {
  const std::vector<uint32_t>& shingles = sketch.shingles;
  const size_t count = shingles.size();
  const size_t wanted = std::max(kDenseMax, (sketch.shingle_count + kStretch - 1) / kStretch);
  const size_t samples = std::min({wanted, count, Evidence::kSamplesMax});
  for (size_t i = 0; i < samples; ++i) {
    const auto begin = shingles.begin() + static_cast<ptrdiff_t>(i * count / samples);
    const auto end = shingles.begin() + static_cast<ptrdiff_t>((i + 1) * count / samples);
    visit(static_cast<size_t>(std::min_element(begin, end) - shingles.begin()));
  }
}

}  // namespace

SketchIndex::SketchIndex(size_t postings)
    : shift_(32 - std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(postings)),
                                       kBucketBitsMin, kBucketBitsMax)),
      word_counts_(65536),
      figure_counts_(65536),
      slots_(kSlots) {}

const SketchIndex::Posting* SketchIndex::At(uint32_t number) const {
  if (number == 0) return nullptr;
  const uint32_t place = number - first_number_;
  return place < postings_.size() ? &postings_[place] : nullptr;
}

uint32_t SketchIndex::FoundAt(uint32_t low_id, uint64_t id) {
  for (size_t at = low_id * 0x9E3779B1u;; ++at) {
    Slot& slot = slots_[at % kSlots];
    if (slot.round != round_) {
      slot = {low_id, round_, static_cast<uint32_t>(found_.size())};
      found_.push_back({.id = id});
      return slot.found;
    }
    if (slot.low_id == low_id) return slot.found;
  }
}

const std::vector<SketchCandidate>& SketchIndex::Find(
    const Sketch& sketch, uint64_t oldest, uint64_t next,
    absl::FunctionRef<uint32_t(uint64_t id)> cluster_of) {
  found_.clear();
  hits_.clear();
  ++round_;
  const std::vector<uint32_t>& shingles = sketch.shingles;
  weights_.assign(shingles.size(), 1);
  weight_ = static_cast<double>(shingles.size());
  if (latest_.empty()) return found_;
  for (const uint32_t hash : shingles) __builtin_prefetch(&latest_[BucketOf(hash)]);
  for (const uint32_t hash : shingles) {
    const Posting* posting = At(latest_[BucketOf(hash)]);
    if (posting != nullptr) __builtin_prefetch(posting);
  }
  weight_ = 0;
  for (size_t i = 0; i < shingles.size(); ++i) {
    uint32_t clusters[kMatchesMax];
    size_t cluster_count = 0, matches = 0;
    const Posting* posting = At(latest_[BucketOf(shingles[i])]);
    for (size_t step = 0; posting != nullptr && step < kStepsMax && matches < kMatchesMax; ++step) {
      const uint64_t id = oldest + (posting->id - static_cast<uint32_t>(oldest));
      if (id >= next) break;  // forgotten, as are all before it
      if (posting->hash == shingles[i]) {
        ++matches;
        const uint32_t found = FoundAt(posting->id, id);
        SketchCandidate& candidate = found_[found];
        if (candidate.hits++ == 0) candidate.cluster = cluster_of(id);
        hits_.push_back({static_cast<uint32_t>(i), found});
        if (std::find(clusters, clusters + cluster_count, candidate.cluster) ==
            clusters + cluster_count) {
          clusters[cluster_count++] = candidate.cluster;
        }
      }
      posting = At(posting->previous);
    }
    weights_[i] = WeightOf(cluster_count);
    weight_ += weights_[i];
  }
  for (const Hit& hit : hits_) found_[hit.found].weight += weights_[hit.shingle];
  std::erase_if(found_, [&](const SketchCandidate& candidate) {
    return candidate.hits < std::min<size_t>(2, shingles.size());
  });
  const auto is_before = [](const SketchCandidate& a, const SketchCandidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  };
  const size_t kept = std::min(found_.size(), kCandidatesMax);
  std::partial_sort(found_.begin(), found_.begin() + static_cast<ptrdiff_t>(kept), found_.end(),
                    is_before);
  found_.resize(kept);
  return found_;
}

Evidence SketchIndex::MakeEvidence(const Sketch& sketch) const {
  Evidence evidence;
  evidence.shingle_count = sketch.shingle_count;
  double weight = 0;
  VisitSamples(sketch, [&](size_t at) {
    evidence.samples.push_back(sketch.shingles[at]);
    weight += weights_[at];
  });
  evidence.weight = static_cast<uint16_t>(std::lround(weight * kWeightUnit));
  evidence.word_limit = sketch.word_limit;
  const uint32_t common_from = CommonFrom();
  for (const uint16_t word : sketch.words) {
    if (word_counts_[word] >= common_from) continue;
    evidence.words.push_back(word);
    if (evidence.words.size() < Evidence::kWordsMax) continue;
    evidence.word_limit = word;
    break;
  }
  evidence.words.shrink_to_fit();
  evidence.figure_limit = sketch.figure_limit;
  size_t figures = sketch.figures.size();
  if (figures > Evidence::kFiguresMax) {
    // Of the last place some would be missing.
    const uint32_t limit = sketch.figures[Evidence::kFiguresMax] >> 16;
    evidence.figure_limit = static_cast<uint16_t>(limit == 0 ? 0 : limit - 1);
    figures = Evidence::kFiguresMax;
    while (figures > 0 && sketch.figures[figures - 1] >> 16 >= limit) --figures;
  }
  evidence.figures.assign(sketch.figures.begin(),
                          sketch.figures.begin() + static_cast<ptrdiff_t>(figures));
  return evidence;
}

void SketchIndex::Enter(uint64_t id, Evidence* evidence) {
  if (latest_.empty()) latest_.resize(size_t{1} << (32 - shift_));
  evidence->sample_count = static_cast<uint16_t>(evidence->samples.size());
  evidence->first_posting = first_number_ + static_cast<uint32_t>(postings_.size());
  for (const uint32_t hash : evidence->samples) {
    // The number 0, which comes once in 2^32, is none: that posting is not found.
    const uint32_t number = first_number_ + static_cast<uint32_t>(postings_.size());
    uint32_t& latest = latest_[BucketOf(hash)];
    postings_.push_back({hash, latest, static_cast<uint32_t>(id)});
    latest = number;
  }
  evidence->samples = {};
  Count(*evidence, 1);
}

void SketchIndex::UndoEnter(const Evidence& evidence) {
  Count(evidence, -1);
  for (size_t i = evidence.sample_count; i > 0; --i) {
    const Posting& last = postings_.back();
    latest_[BucketOf(last.hash)] = last.previous;
    postings_.pop_back();
  }
}

void SketchIndex::Trim(uint64_t oldest) {
  while (!postings_.empty() &&
         static_cast<int32_t>(postings_.front().id - static_cast<uint32_t>(oldest)) < 0) {
    postings_.pop_front();
    ++first_number_;
  }
}

void SketchIndex::Clear() {
  std::fill(latest_.begin(), latest_.end(), 0);
  std::fill(word_counts_.begin(), word_counts_.end(), 0);
  std::fill(figure_counts_.begin(), figure_counts_.end(), 0);
  postings_.clear();
  first_number_ = 1;
  stories_ = 0;
}

void SketchIndex::SamplesOf(const Evidence& evidence, std::vector<uint32_t>* samples) const {
  samples->clear();
  for (uint32_t i = 0; i < evidence.sample_count; ++i) {
    samples->push_back(postings_[evidence.first_posting - first_number_ + i].hash);
  }
}

double SketchIndex::ShareBelow(const Evidence& evidence, uint32_t limit) const {
  uint32_t below = 0;
  for (uint32_t i = 0; i < evidence.sample_count; ++i) {
    below += postings_[evidence.first_posting - first_number_ + i].hash <= limit;
  }
  return static_cast<double>(below) / evidence.sample_count;
}

void SketchIndex::Count(const Evidence& evidence, int32_t by) {
  if (!evidence.is_counted) return;
  const auto add = static_cast<uint32_t>(by);
  stories_ += add;
  for (const uint16_t word : evidence.words) word_counts_[word] += add;
  for (const uint32_t figure : evidence.figures) figure_counts_[figure & 0xFFFF] += add;
}

uint32_t SketchIndex::CommonFrom() const { return std::max(kCommonMin, stories_ / kCommonShare); }

double SketchIndex::WordRarity(uint16_t word) const {
  return std::max(0.0, 1 - Log2(1 + word_counts_[word]) / Log2(1 + CommonFrom()));
}

double SketchIndex::FigureRarity(uint32_t figure) const {
  return std::max(0.0, 1 - Log2(1 + figure_counts_[figure & 0xFFFF]) / Log2(10 + stories_ / 10));
}

size_t SketchIndex::BytesOf(const Evidence& evidence) {
  constexpr size_t kAllocatorBytes = 8;
  const size_t samples = evidence.samples.size() + evidence.sample_count;
  return sizeof(Evidence) + samples * sizeof(Posting) + evidence.words.size() * sizeof(uint16_t) +
         evidence.figures.size() * sizeof(uint32_t) + 3 * kAllocatorBytes;
}

}  // namespace copydesk
