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
// So many of a story's shingles are asked for at first, about: an eighth between these. Of a story
// of a hundred shingles four in five samples are among them, for a sample is the smallest of a
// stretch.
constexpr uint32_t kAskedFirstMin = 32;
constexpr uint32_t kAskedFirstMax = 64;
constexpr uint32_t kAskedFirstPart = 8;
// A longer story may have parts of which none of those is a sample.
constexpr uint32_t kLongShingles = kAskedFirstMax * 4;
// Of so few that could be hit one says that more is to be asked for.
constexpr uint32_t kOneIsMuch = 4;
// And so does as much of either story, by weight: three quarters of what a verdict needs.
constexpr double kPromisingShare = 0.15;
// A story that has as much of another, and that of it, is no collection of parts.
constexpr double kClearShare = 0.5;
constexpr unsigned kBucketBitsMin = 10;
constexpr unsigned kBucketBitsMax = 28;
constexpr uint32_t kCommonMin = 15;
constexpr uint32_t kCommonShare = 100;
constexpr uint32_t kUnits = 1024;  // of weight: whole numbers, so that sums have no order
constexpr uint32_t kEvidenceUnits = 64;

uint32_t UnitsOf(size_t clusters) {
  static const std::array<uint32_t, SketchIndex::kMatchesMax + 1> kTable = [] {
    std::array<uint32_t, SketchIndex::kMatchesMax + 1> table;
    for (size_t n = 0; n < table.size(); ++n) {
      const double share =
          n <= 1 ? 0 : std::log(static_cast<double>(n)) / std::log(SketchIndex::kMatchesMax + 1.0);
      table[n] = static_cast<uint32_t>(std::lround(kUnits * (1 - share)));
    }
    return table;
  }();
  return kTable[clusters];
}

// Near enough, and the same on every machine. REQUIRES: number > 0.
double Log2(uint32_t number) {
  const int whole = std::bit_width(number) - 1;
  // 2^-whole, written as a double.
  const auto share = std::bit_cast<double>(static_cast<uint64_t>(1023 - whole) << 52);
  return whole + (number * share - 1);
}

// The places of a sketch's shingles by their hashes.
class Places {
 public:
  explicit Places(const std::vector<uint32_t>& shingles) : shingles_(shingles) {
    for (uint32_t i = 0; i < shingles.size(); ++i) *At(shingles[i]) = static_cast<uint16_t>(i + 1);
  }
  // -1 is none.
  int Of(uint32_t hash) { return *At(hash) - 1; }

 private:
  static constexpr size_t kSize = 1024;
  static_assert(kSize >= 4 * Sketch::kShinglesMax);

  uint16_t* At(uint32_t hash) {
    size_t at = hash * 0x9E3779B1u >> 22;
    while (places_[at] != 0 && shingles_[places_[at] - 1u] != hash) at = (at + 1) % kSize;
    return &places_[at];
  }

  const std::vector<uint32_t>& shingles_;
  std::array<uint16_t, kSize> places_ = {};  // from 1 on; 0 is none
};

// The places of the samples among the shingles: the smallest hash of each stretch.
template <typename Visit>
void VisitSampled(const Sketch& sketch, Visit visit) {
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

SketchIndex::SketchIndex(size_t buckets)
    : shift_(32 - std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(buckets)) - 1,
                                       kBucketBitsMin, kBucketBitsMax)),
      word_counts_(65536),
      figure_counts_(65536),
      slots_(kSlots) {
  Scale();
}

const std::vector<SketchCandidate>& SketchIndex::Find(const Sketch& sketch, uint64_t oldest_id) {
  const std::vector<uint32_t>& shingles = sketch.shingles;
  const uint64_t first =
      std::clamp(sketch.shingle_count / kAskedFirstPart, kAskedFirstMin, kAskedFirstMax);
  const uint64_t share = (first << 32) / std::max(sketch.shingle_count, 1u);
  asked_limit_ = static_cast<uint32_t>(std::min<uint64_t>(share, UINT32_MAX));
  postings_read_ = 0;
  matches_.clear();
  match_counts_.assign(shingles.size(), 0);
  shingle_units_.assign(shingles.size(), kUnits);
  is_asked_.assign(shingles.size(), 0);
  found_.clear();
  if (buckets_.empty()) return found_;
  asking_.resize(shingles.size());
  size_t asked = 0;
  for (uint32_t i = 0; i < shingles.size(); ++i) {
    asking_[asked] = i;
    asked += shingles[i] <= asked_limit_;  // without a branch that cannot be foretold
  }
  asking_.resize(asked);
  FindMatches(shingles);
  CountMatches();
  if (asked < shingles.size()) {
    AskOn(sketch);
    FindMatches(shingles);
    CountMatches();
  }
  if (!found_.empty()) {
    Weigh(shingles);
  } else {
    // Nearly so, without a look at each story that has one of them.
    for (size_t i = 0; i < shingles.size(); ++i) {
      if (match_counts_[i] > 0) shingle_units_[i] = UnitsOf(match_counts_[i]);
    }
    WeighUnasked(shingles);
  }
  std::erase_if(found_, [&](const SketchCandidate& candidate) {
    return candidate.hits < std::min<size_t>(2, shingles.size());
  });
  for (SketchCandidate& candidate : found_) {
    const Entry& entry = entries_[candidate.entry];
    candidate.id = oldest_id + (entry.id - static_cast<uint32_t>(oldest_id));
    candidate.cluster = entry.cluster;
  }
  const auto is_before = [](const SketchCandidate& a, const SketchCandidate& b) {
    return a.units != b.units ? a.units > b.units : a.id < b.id;
  };
  is_crowded_ = found_.size() > kCandidatesMax;
  const size_t kept = std::min(found_.size(), kCandidatesMax);
  std::partial_sort(found_.begin(), found_.begin() + static_cast<ptrdiff_t>(kept), found_.end(),
                    is_before);
  found_.resize(kept);
  return found_;
}

void SketchIndex::AskOn(const Sketch& sketch) {
  const std::vector<uint32_t>& shingles = sketch.shingles;
  const double asked_share = (asked_limit_ + 1.0) / (uint64_t{1} << 32);
  const auto is_short = [&](uint32_t lead_shingles) {
    return lead_shingles * asked_share < kOneIsMuch;
  };
  asking_.clear();
  // Most stories end here: nothing was hit twice.
  looked_at_.clear();
  for (uint32_t i = 0; i < found_.size(); ++i) {
    if (found_[i].hits >= 2 || is_short(ShinglesMin(samples_min_[i]))) looked_at_.push_back(i);
  }
  if (looked_at_.empty()) return found_.clear();
  Places places(shingles);
  const uint32_t limit = sketch.shingle_limit;
  bool is_weighed = false, is_promising = false, is_clear = false;
  for (const uint32_t i : looked_at_) {
    const SketchCandidate& candidate = found_[i];
    const uint32_t lead_shingles = entries_[candidate.entry].shingle_count;
    if (candidate.hits < 2 && !is_short(lead_shingles)) continue;
    uint32_t comparable = 0, shared = 0;
    VisitSamples(candidate.entry, [&](uint32_t hash) {
      comparable += hash <= limit;
      shared += places.Of(hash) >= 0;
    });
    const double of_lead = static_cast<double>(shared) / std::max(comparable, 1u);
    const double of_story = of_lead * lead_shingles / sketch.shingle_count;
    if (std::max(of_lead, of_story) < kPromisingShare) continue;
    if (!is_weighed) Weigh(shingles);
    is_weighed = true;
    // Those that were not asked for weigh what the others do on average.
    const double weight = candidate.weight() / candidate.hits;
    if (weight * std::max(of_lead, of_story) < kPromisingShare) continue;
    is_promising = true;
    is_clear = is_clear || std::min(of_lead, of_story) >= kClearShare;
    VisitSamples(candidate.entry, [&](uint32_t hash) {
      const int place = places.Of(hash);
      if (place >= 0) AskFor(static_cast<uint32_t>(place));
    });
  }
  if (!is_promising) return found_.clear();
  if (is_clear || sketch.shingle_count <= kLongShingles) return;
  for (uint32_t i = 0; i < shingles.size(); ++i) AskFor(i);
}

void SketchIndex::AskFor(uint32_t shingle) {
  if (is_asked_[shingle] != 0) return;
  is_asked_[shingle] = 1;
  asking_.push_back(shingle);
}

void SketchIndex::FindMatches(const std::vector<uint32_t>& shingles) {
  for (const uint32_t i : asking_) __builtin_prefetch(&buckets_[BucketOf(shingles[i])]);
  walks_.clear();
  for (const uint32_t i : asking_) {
    is_asked_[i] = 1;
    const Bucket& bucket = buckets_[BucketOf(shingles[i])];
    if (bucket.clusters >= kMatchesMax) {
      shingle_units_[i] = 0;
    } else if ((bucket.filter & FilterBit(shingles[i])) != 0 && IsLive(bucket.latest)) {
      __builtin_prefetch(&postings_[bucket.latest]);
      walks_.push_back({i, bucket.latest});
    }
  }
  // A step of each list at a time, so that memory is waited for once a step.
  for (size_t step = 0; !walks_.empty() && step < kStepsMax; ++step) {
    size_t kept = 0;
    postings_read_ += walks_.size();
    for (const Walk walk : walks_) {
      const Posting& posting = postings_[walk.at];
      if (IsLive(posting.previous)) __builtin_prefetch(&postings_[posting.previous]);
      if (posting.hash == shingles[walk.shingle]) {
        __builtin_prefetch(&postings_[walk.at & ~(kOwned - 1)]);
        matches_.push_back({walk.shingle, walk.at});
        if (++match_counts_[walk.shingle] == kMatchesMax) continue;
      }
      if (IsLive(posting.previous)) walks_[kept++] = {walk.shingle, posting.previous};
    }
    walks_.resize(kept);
  }
}

void SketchIndex::CountMatches() {
  found_.clear();
  ++round_;
  samples_min_.clear();
  for (Match& match : matches_) {
    const Owner owner = OwnerOf(match.posting);
    match.entry = owner.entry;
    match.found = FoundAt(owner.entry);
    if (++found_[match.found].hits == 1) samples_min_.push_back(owner.samples_min);
  }
}

void SketchIndex::Weigh(const std::vector<uint32_t>& shingles) {
  for (const Match& match : matches_) __builtin_prefetch(&entries_[match.entry]);
  cluster_counts_.assign(match_counts_.size(), 0);
  match_clusters_.resize(match_counts_.size() * kMatchesMax);
  for (const Match& match : matches_) {
    const uint32_t cluster = entries_[match.entry].cluster;
    uint32_t& count = cluster_counts_[match.shingle];
    uint32_t* const clusters = &match_clusters_[match.shingle * kMatchesMax];
    if (std::find(clusters, clusters + count, cluster) == clusters + count) {
      clusters[count++] = cluster;
    }
  }
  for (SketchCandidate& candidate : found_) candidate.units = 0;
  for (const Match& match : matches_) {
    uint32_t& units = shingle_units_[match.shingle];
    units = UnitsOf(cluster_counts_[match.shingle]);
    found_[match.found].units += units;
  }
  WeighUnasked(shingles);
}

void SketchIndex::WeighUnasked(const std::vector<uint32_t>& shingles) {
  uint32_t telling = 0, asked = 0;
  for (size_t i = 0; i < shingles.size(); ++i) {
    if (shingles[i] > asked_limit_) continue;
    telling += shingle_units_[i] != 0;
    ++asked;
  }
  if (asked == 0) return;
  for (size_t i = 0; i < shingles.size(); ++i) {
    if (is_asked_[i] == 0) shingle_units_[i] = kUnits * telling / asked;
  }
}

uint32_t SketchIndex::ShinglesMin(uint32_t samples) {
  return samples <= kDenseMax ? samples : (samples - 1) * kStretch + 1;
}

SketchIndex::Owner SketchIndex::OwnerOf(uint32_t posting) const {
  const Posting& told = postings_[posting & ~(kOwned - 1)];
  const uint32_t up_to_it = UINT32_MAX >> (kOwned - 1 - posting % kOwned);
  const uint32_t begun = told.previous & up_to_it;
  const auto next = static_cast<uint32_t>(std::countr_zero(told.previous & ~up_to_it));
  const uint32_t first = begun == 0 ? 1 : static_cast<uint32_t>(std::bit_width(begun)) - 1;
  return {told.hash + static_cast<uint32_t>(std::popcount(begun)), next - first};
}

uint32_t SketchIndex::FoundAt(SketchEntry entry) {
  for (size_t at = entry * 0x9E3779B1u;; ++at) {
    Slot& slot = slots_[at % kSlots];
    if (slot.round != round_) {
      slot = {entry, round_, static_cast<uint32_t>(found_.size())};
      found_.push_back({.entry = entry});
      return slot.found;
    }
    if (slot.entry == entry) return slot.found;
  }
}

void SketchIndex::MakeEvidence(const Sketch& sketch, Evidence* evidence) const {
  evidence->shingle_count = sketch.shingle_count;
  evidence->samples.clear();
  // The samples that were not asked for weigh what the others do on average.
  uint32_t units = 0, asked = 0;
  VisitSampled(sketch, [&](size_t at) {
    evidence->samples.push_back(sketch.shingles[at]);
    if (is_asked_[at] == 0) return;
    units += shingle_units_[at];
    ++asked;
  });
  if (asked == 0) units = kUnits * (asked = 1);
  const auto samples = static_cast<uint32_t>(evidence->samples.size());
  const uint64_t all = uint64_t{units} * samples * kEvidenceUnits / asked;
  evidence->weight = static_cast<uint16_t>((all + kUnits / 2) / kUnits);
  evidence->words.clear();
  evidence->word_limit = sketch.word_limit;
  evidence->title = sketch.title;
  evidence->subject = sketch.subject;
  const uint32_t common_from = CommonFrom();
  for (const uint16_t word : sketch.words) {
    if (word_counts_[word] >= common_from) continue;
    evidence->words.push_back(word);
    if (evidence->words.size() < Evidence::kWordsMax) continue;
    evidence->word_limit = word;
    break;
  }
  evidence->figure_limit = sketch.figure_limit;
  evidence->figures = sketch.figures;
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
  postings_[postings_.end() & ~(kOwned - 1)].previous |= 1u << postings_.end() % kOwned;
  entries_.PushBack({.id = static_cast<uint32_t>(id),
                     .cluster = cluster,
                     .first_posting = postings_.end(),
                     .first_word = words_.end(),
                     .first_figure = figures_.end(),
                     .shingle_count = evidence.shingle_count,
                     .weight = evidence.weight,
                     .word_limit = evidence.word_limit,
                     .figure_limit = evidence.figure_limit,
                     .title = evidence.title,
                     .subject = evidence.subject,
                     .samples = static_cast<uint8_t>(evidence.samples.size()),
                     .words = static_cast<uint8_t>(evidence.words.size()),
                     .figures = static_cast<uint8_t>(evidence.figures.size()),
                     .is_counted = evidence.is_counted});
  for (const uint32_t hash : evidence.samples) {
    tell_owner(number);
    Bucket& bucket = buckets_[BucketOf(hash)];
    const uint32_t before = bucket.latest;
    bucket.latest = postings_.end();
    // What is trimmed cannot come back: the filter begins anew.
    if (!postings_.Has(before)) bucket.filter = 0;
    bucket.filter |= FilterBit(hash);
    postings_.PushBack({hash, before});
  }
  for (const uint16_t word : evidence.words) words_.PushBack(word);
  for (const uint32_t figure : evidence.figures) figures_.PushBack(figure);
  if (number == live_) SetLive(number);
  Count(number, 1);
  return number;
}

void SketchIndex::UndoEnter() {
  const Entry entry = entries_[entries_.end() - 1];
  Count(entries_.end() - 1, UINT32_MAX);
  for (size_t i = entry.samples; i > 0; --i) {
    const Posting last = postings_[postings_.end() - 1];
    buckets_[BucketOf(last.hash)].latest = last.previous;
    postings_.PopBack();
    if ((postings_.end() - 1) % kOwned == 0) postings_.PopBack();
  }
  const uint32_t told = entry.first_posting & ~(kOwned - 1);
  if (postings_.Has(told)) postings_[told].previous &= ~(1u << entry.first_posting % kOwned);
  for (size_t i = entry.words; i > 0; --i) words_.PopBack();
  for (size_t i = entry.figures; i > 0; --i) figures_.PopBack();
  entries_.PopBack();
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
  words_.DropBefore(is_entered ? entries_[live].first_word : words_.end());
  figures_.DropBefore(is_entered ? entries_[live].first_figure : figures_.end());
  const uint32_t posting = is_entered ? entries_[live].first_posting : postings_.end();
  postings_.DropBefore(posting & ~(kOwned - 1));  // from one that tells of others on
  entries_.DropBefore(live);
}

template <typename Visit>
void SketchIndex::VisitSamples(SketchEntry entry, Visit visit) const {
  uint32_t at = entries_[entry].first_posting;
  for (uint32_t i = 0; i < entries_[entry].samples; ++i, ++at) {
    if (at % kOwned == 0) ++at;
    visit(postings_[at].hash);
  }
}

void SketchIndex::ReadEvidence(SketchEntry number, Evidence* evidence) const {
  const Entry& entry = entries_[number];
  evidence->shingle_count = entry.shingle_count;
  evidence->weight = entry.weight;
  evidence->word_limit = entry.word_limit;
  evidence->figure_limit = entry.figure_limit;
  evidence->is_counted = entry.is_counted;
  evidence->title = entry.title;
  evidence->subject = entry.subject;
  evidence->samples.clear();
  evidence->words.clear();
  for (uint32_t i = 0; i < entry.words; ++i)
    evidence->words.push_back(words_[entry.first_word + i]);
  evidence->figures.clear();
  for (uint32_t i = 0; i < entry.figures; ++i) {
    evidence->figures.push_back(figures_[entry.first_figure + i]);
  }
}

void SketchIndex::ReadWhole(SketchEntry entry, Evidence* evidence) const {
  ReadEvidence(entry, evidence);
  VisitSamples(entry, [&](uint32_t hash) { evidence->samples.push_back(hash); });
}

double SketchIndex::ShareBelow(SketchEntry entry, uint32_t limit) const {
  uint32_t below = 0;
  VisitSamples(entry, [&](uint32_t hash) { below += hash <= limit; });
  return static_cast<double>(below) / entries_[entry].samples;
}

double SketchIndex::weight() const {
  uint32_t units = 0;
  for (const uint32_t one : shingle_units_) units += one;
  return static_cast<double>(units) / kUnits;
}

// `by` is 1, or 2^32 - 1 to count back.
void SketchIndex::Count(SketchEntry number, uint32_t by) {
  const Entry& entry = entries_[number];
  if (!entry.is_counted) return;
  stories_ += by;
  VisitSamples(number, [&](uint32_t hash) { CountCluster(hash, by == 1); });
  for (uint32_t i = 0; i < entry.words; ++i) word_counts_[words_[entry.first_word + i]] += by;
  for (uint32_t i = 0; i < entry.figures; ++i) {
    figure_counts_[figures_[entry.first_figure + i] & 0xFFFF] += by;
  }
  Scale();
}

void SketchIndex::CountCluster(uint32_t hash, bool is_more) {
  uint16_t& clusters = buckets_[BucketOf(hash)].clusters;
  if (clusters < kClustersMax) {
    clusters = static_cast<uint16_t>(is_more ? clusters + 1 : clusters - 1);
    return;
  }
  const auto more = more_clusters_.try_emplace(BucketOf(hash), 0).first;
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

size_t SketchIndex::BytesOf(SketchEntry number) const {
  const Entry& entry = entries_[number];
  return sizeof(Entry) + entry.samples * sizeof(Posting) + entry.words * sizeof(uint16_t) +
         entry.figures * sizeof(uint32_t);
}

}  // namespace copydesk
