// Find() of the index of sketches, and what follows from it: the stories that have some of a
// sketch's shingles, what the shingles weigh, and the evidence to keep of the sketch.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "stages/similarity/sketch_index.h"

namespace copydesk {
namespace {

constexpr size_t kStretch = 6;  // shingles of which one is indexed, as long as there is room
constexpr size_t kDenseMax = 16;
// So many of a story's shingles are asked for at first, about: an eighth between these. Of a story
// of a hundred shingles four in five samples are among them, for a sample is the smallest of a
// stretch.
constexpr uint32_t kAskedFirstMin = 32;
constexpr uint32_t kAskedFirstMax = 64;
constexpr uint32_t kAskedFirstPart = 8;
// Where fewer of those than this are rare enough to tell anything, which in a large window is often
// so, as many more are asked for as should make up for it.
constexpr uint32_t kTellingMin = kAskedFirstMin / 2;
// So many steps of each list are gone at first, one after the other, and each waits for memory: of
// a hundred samples that nobody else shares four are behind them.
constexpr size_t kStepsFirst = 3;
// A longer story may have parts of which none of those is a sample.
constexpr uint32_t kLongShingles = kAskedFirstMax * 4;
// Of so few that could be hit one says that more is to be asked for.
constexpr uint32_t kOneIsMuch = 4;
// And so does as much of either story, by weight: three quarters of what a verdict needs.
constexpr double kPromisingShare = 0.15;
// A story that has as much of another may be a collection of such parts; where that has as much of
// it, it is none.
constexpr double kClearShare = 0.5;
constexpr uint32_t kUnits = SketchCandidate::kUnits;
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

// The places of a sketch's shingles by their hashes.
class Places {
 public:
  explicit Places(const std::vector<uint32_t>& shingles) : shingles_(shingles) {
    for (size_t i = 0; i < shingles.size(); ++i) {
      size_t at = SlotOf(shingles[i]);
      while (places_[at] != 0) at = (at + 1) % kSize;
      places_[at] = static_cast<uint16_t>(i + 1);
    }
  }
  // -1 is none.
  int Of(uint32_t hash) const {
    size_t at = SlotOf(hash);
    while (places_[at] != 0 && shingles_[places_[at] - 1u] != hash) at = (at + 1) % kSize;
    return places_[at] - 1;
  }

 private:
  static constexpr size_t kSize = 1024;
  static_assert(kSize >= 4 * Sketch::kShinglesMax);

  static size_t SlotOf(uint32_t hash) { return hash * 0x9E3779B1u >> 22; }

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

const std::vector<SketchCandidate>& SketchIndex::Find(const Sketch& sketch, uint64_t oldest_id) {
  const std::vector<uint32_t>& shingles = sketch.shingles;
  const uint64_t first =
      std::clamp(sketch.shingle_count / kAskedFirstPart, kAskedFirstMin, kAskedFirstMax);
  const uint64_t share = (first << 32) / std::max(sketch.shingle_count, 1u);
  auto limit = static_cast<uint32_t>(std::min<uint64_t>(share, UINT32_MAX));
  postings_read_ = 0;
  is_crowded_ = false;
  found_.clear();
  matches_.clear();
  walks_.clear();
  first_.clear();
  asked_.assign(shingles.size(), {});
  unasked_units_ = kUnits;
  if (buckets_.empty()) return found_;
  AskFirst(shingles, 0, limit);
  FindMatches(shingles, kStepsFirst);
  const auto tells = [&](uint32_t i) { return asked_[i].units != 0; };
  const auto telling = static_cast<uint64_t>(std::count_if(asking_.begin(), asking_.end(), tells));
  if (telling < kTellingMin && asking_.size() < shingles.size()) {
    const uint64_t more = limit / std::max<uint64_t>(telling, 1) * kAskedFirstMin;
    const uint32_t asked = std::exchange(limit, std::min<uint64_t>(more, UINT32_MAX));
    AskFirst(shingles, asked, limit);
    FindMatches(shingles, kStepsFirst);
  }
  CountMatches(0);
  WeighRoughly();
  const size_t first_matches = matches_.size();
  if (AskOn(sketch, (limit + 1.0) / (uint64_t{1} << 32))) {
    FindMatches(shingles, kStepsMax - 2 * kStepsFirst);
    CountMatches(first_matches);
    Weigh();
    KeepCandidates(HitsMin(sketch), oldest_id);
  } else {
    found_.clear();
  }
  WeighUnasked();
  return found_;
}

void SketchIndex::AskFirst(const std::vector<uint32_t>& shingles, uint32_t above, uint32_t limit) {
  asking_.resize(shingles.size());
  size_t asked = 0;
  for (uint32_t i = 0; i < shingles.size(); ++i) {
    asking_[asked] = i;
    asked += shingles[i] - above - 1 < limit - above;  // a branch could not be foretold
  }
  asking_.resize(asked);
  first_.insert(first_.end(), asking_.begin(), asking_.end());
}

void SketchIndex::KeepCandidates(uint32_t hits_min, uint64_t oldest_id) {
  std::erase_if(found_, [&](const SketchCandidate& one) { return one.hits < hits_min; });
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
}

bool SketchIndex::AskOn(const Sketch& sketch, double asked_share) {
  const std::vector<uint32_t>& shingles = sketch.shingles;
  asking_.clear();
  if (first_.size() == shingles.size()) {
    const auto is_hit = [&](const SketchCandidate& one) { return one.hits >= HitsMin(sketch); };
    return std::any_of(found_.begin(), found_.end(), is_hit);
  }
  const auto is_short = [&](uint32_t lead_shingles) {
    return lead_shingles * asked_share < kOneIsMuch;
  };
  looked_at_.clear();
  for (uint32_t i = 0; i < found_.size(); ++i) {
    if (found_[i].hits >= 2 || is_short(ShinglesMin(samples_min_[i]))) looked_at_.push_back(i);
  }
  std::erase_if(looked_at_, [&](uint32_t i) {
    const Entry& entry = entries_[found_[i].entry];
    if (found_[i].hits < 2 && !is_short(entry.shingle_count)) return true;
    PrefetchSamples(found_[i].entry);
    return false;
  });
  // Most stories end here: nothing was hit twice.
  if (looked_at_.empty()) return false;
  SumUnits();
  const Places places(shingles);
  bool is_promising = false, is_clear = false, has_part = false;
  for (const uint32_t i : looked_at_) {
    const SketchCandidate& candidate = found_[i];
    uint32_t comparable = 0;
    shared_.clear();
    VisitSamples(candidate.entry, [&](uint32_t hash) {
      comparable += hash <= sketch.shingle_limit;
      const int place = places.Of(hash);
      if (place >= 0) shared_.push_back(static_cast<uint32_t>(place));
    });
    const double of_lead = static_cast<double>(shared_.size()) / std::max(comparable, 1u);
    const double of_story =
        of_lead * entries_[candidate.entry].shingle_count / sketch.shingle_count;
    // Those that were not asked for weigh what the others do on average.
    const double weight = candidate.weight() / candidate.hits;
    if (weight * std::max(of_lead, of_story) < kPromisingShare) continue;
    is_promising = true;
    is_clear = is_clear || std::min(of_lead, of_story) >= kClearShare;
    has_part = has_part || of_lead >= kClearShare;
    for (const uint32_t place : shared_) AskFor(place);
  }
  if (has_part && !is_clear && sketch.shingle_count > kLongShingles) {
    for (uint32_t i = 0; i < shingles.size(); ++i) AskFor(i);
  }
  return is_promising;
}

void SketchIndex::AskFor(uint32_t shingle) {
  if (asked_[shingle].is_asked) return;
  asked_[shingle].is_asked = true;
  asking_.push_back(shingle);
}

void SketchIndex::FindMatches(const std::vector<uint32_t>& shingles, size_t steps) {
  for (const uint32_t i : asking_) __builtin_prefetch(&buckets_[BucketOf(shingles[i])]);
  for (const Walk walk : walks_) __builtin_prefetch(&postings_[walk.at]);
  for (const uint32_t i : asking_) {
    const Bucket& bucket = buckets_[BucketOf(shingles[i])];
    Asked& asked = asked_[i];
    asked.is_asked = true;
    asked.clusters_max = static_cast<uint8_t>(std::min<size_t>(bucket.clusters, kMatchesMax));
    if (asked.clusters_max == kMatchesMax) {
      asked.units = 0;
    } else if ((bucket.filter & FilterBit(shingles[i])) != 0 && IsLive(bucket.latest)) {
      __builtin_prefetch(&postings_[bucket.latest]);
      walks_.push_back({i, bucket.latest});
    }
  }
  // A step of each list at a time, so that memory is waited for once a step.
  for (size_t step = 0; !walks_.empty() && step < steps; ++step) {
    size_t kept = 0;
    postings_read_ += walks_.size();
    for (const Walk walk : walks_) {
      const Posting& posting = postings_[walk.at];
      Asked& asked = asked_[walk.shingle];
      if (IsLive(posting.previous)) __builtin_prefetch(&postings_[posting.previous]);
      ++asked.steps;
      if (posting.hash == shingles[walk.shingle]) {
        __builtin_prefetch(&postings_[walk.at & ~(kOwned - 1)]);
        matches_.push_back({walk.shingle, walk.at});
        if (++asked.matches == kMatchesMax) continue;
      }
      if (IsLive(posting.previous)) walks_[kept++] = {walk.shingle, posting.previous};
    }
    walks_.resize(kept);
  }
}

void SketchIndex::CountMatches(size_t from) {
  if (from == 0) {
    ++round_;
    samples_min_.clear();
  }
  for (size_t i = from; i < matches_.size(); ++i) {
    const Owner owner = OwnerOf(matches_[i].posting);
    matches_[i].entry = owner.entry;
    matches_[i].found = FoundAt(owner.entry);
    const uint32_t hits = ++found_[matches_[i].found].hits;
    if (hits == 1) samples_min_.push_back(owner.samples_min);
    // It may be short, or is looked at anyway.
    if (hits == 2 || owner.samples_min < kDenseMax) __builtin_prefetch(&entries_[owner.entry]);
  }
}

void SketchIndex::Weigh() {
  // Whose the only hit of a shingle is makes no difference.
  for (const Match& match : matches_) {
    if (asked_[match.shingle].matches > 1) __builtin_prefetch(&entries_[match.entry]);
    asked_[match.shingle].units = kUnits;
  }
  match_clusters_.resize(asked_.size() * kMatchesMax);
  for (const Match& match : matches_) {
    Asked& asked = asked_[match.shingle];
    if (asked.matches == 1) continue;
    const uint32_t cluster = entries_[match.entry].cluster;
    uint32_t* const begin = &match_clusters_[match.shingle * kMatchesMax];
    uint32_t* const end = begin + asked.clusters;
    if (std::find(begin, end, cluster) != end) continue;
    *end = cluster;
    ++asked.clusters;
  }
  for (const Match& match : matches_) {
    Asked& asked = asked_[match.shingle];
    asked.units = UnitsOf(asked.clusters);
  }
  SumUnits();
}

void SketchIndex::WeighRoughly() {
  for (const Match& match : matches_) {
    Asked& asked = asked_[match.shingle];
    asked.units = UnitsOf(std::min(asked.matches, asked.clusters_max));
  }
  // What is left of a list is as what was read of it.
  for (const Walk walk : walks_) {
    Asked& asked = asked_[walk.shingle];
    const size_t all = std::max(asked.clusters_max, asked.steps);
    asked.units = UnitsOf(std::min<size_t>(asked.matches * all / asked.steps, asked.clusters_max));
  }
}

void SketchIndex::SumUnits() {
  for (SketchCandidate& candidate : found_) candidate.units = 0;
  for (const Match& match : matches_) found_[match.found].units += asked_[match.shingle].units;
}

void SketchIndex::WeighUnasked() {
  if (first_.empty()) return;
  uint32_t telling = 0;
  for (const uint32_t i : first_) telling += asked_[i].units != 0;
  unasked_units_ = kUnits * telling / static_cast<uint32_t>(first_.size());
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
    if (!asked_[at].is_asked) return;
    units += asked_[at].units;
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

void SketchIndex::PrefetchSamples(SketchEntry entry) const {
  constexpr uint32_t kLine = 64 / sizeof(Posting);
  const uint32_t end = PostingsEnd(entry);
  uint32_t at = entries_[entry].first_posting;
  for (; end - at > kLine; at += kLine) __builtin_prefetch(&postings_[at]);
  __builtin_prefetch(&postings_[end - 1]);
}

double SketchIndex::weight() const {
  uint32_t units = 0;
  for (const Asked& one : asked_) units += one.is_asked ? one.units : unasked_units_;
  return static_cast<double>(units) / kUnits;
}

}  // namespace copydesk
