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
// so, more are asked for until about so many should be, and those that would be its own samples:
// most of them are samples of a near-duplicate, too.
constexpr uint32_t kTellingMin = 16;
constexpr uint32_t kTellingAimed = 20;
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

uint16_t UnitsOf(size_t clusters) {
  static const std::array<uint16_t, SketchIndex::kMatchesMax + 1> kTable = [] {
    std::array<uint16_t, SketchIndex::kMatchesMax + 1> table;
    for (size_t n = 0; n < table.size(); ++n) {
      const double share =
          n <= 1 ? 0 : std::log(static_cast<double>(n)) / std::log(SketchIndex::kMatchesMax + 1.0);
      table[n] = static_cast<uint16_t>(std::lround(kUnits * (1 - share)));
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
      next_[i] = std::exchange(first_[SlotOf(shingles[i])], static_cast<uint16_t>(i + 1));
    }
  }
  // -1 is none.
  int Of(uint32_t hash) const {
    uint32_t place = first_[SlotOf(hash)];
    while (place != 0 && shingles_[place - 1] != hash) place = next_[place - 1];
    return static_cast<int>(place) - 1;
  }

 private:
  static size_t SlotOf(uint32_t hash) { return hash * 0x9E3779B1u >> 23; }

  const std::vector<uint32_t>& shingles_;
  // Of those that have a slot, from 1 on; 0 is none.
  std::array<uint16_t, 512> first_ = {};
  std::array<uint16_t, Sketch::kShinglesMax> next_;
};

// Of so few shingles that one hit says that more is to be asked for.
bool IsShort(uint32_t shingle_count, double asked_share) {
  return shingle_count * asked_share < kOneIsMuch;
}

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
  counted_ = 0;
  if (live_posting_ == postings_.end()) return found_;
  AskFirst(shingles, 0, limit);
  const size_t telling = ReadBuckets(shingles);
  if (telling < kTellingMin && asking_.size() < shingles.size()) {
    const uint64_t more = limit / std::max<uint64_t>(telling, 1) * kTellingAimed;
    const uint32_t asked = std::exchange(limit, std::min<uint64_t>(more, UINT32_MAX));
    AskFirst(shingles, asked, limit);
    VisitSampled(sketch, [&](size_t at) { AskFor(static_cast<uint32_t>(at)); });
    ReadBuckets(shingles);
  }
  FollowLists(shingles, kStepsFirst);
  WeighRoughly();
  const double asked_share = (limit + 1.0) / (uint64_t{1} << 32);
  uint32_t brevity = 0;
  while (!IsShort(kBrevities[brevity], asked_share)) ++brevity;
  const bool is_one_enough = HitsMin(sketch) == 1;
  CountMatches([&](const Match& match) { return is_one_enough || match.brevity >= brevity; });
  if (AskOn(sketch, asked_share)) {
    ReadBuckets(shingles);
    FollowLists(shingles, kStepsMax - kStepsFirst);
    CountMatches(
        [&](const Match& match) { return is_one_enough || !asked_[match.shingle].IsClear(); });
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
  for (const uint32_t i : asking_) asked_[i].is_asked = true;
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
  looked_at_.clear();
  for (uint32_t i = 0; i < found_.size(); ++i) {
    const uint32_t lead_shingles = entries_[found_[i].entry].shingle_count;
    if (found_[i].hits < 2 && !IsShort(lead_shingles, asked_share)) continue;
    looked_at_.push_back(i);
    PrefetchSamples(found_[i].entry);
  }
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

// A branch here could not be foretold, and would wait for memory: where there is nothing to bring
// near, the first posting that is live stands for it, which is near.
size_t SketchIndex::ReadBuckets(const std::vector<uint32_t>& shingles) {
  for (const uint32_t i : asking_) __builtin_prefetch(&buckets_[BucketOf(shingles[i])]);
  size_t telling = 0, kept = walks_.size();
  walks_.resize(kept + asking_.size());
  for (const uint32_t i : asking_) {
    const uint32_t hash = shingles[i];
    const Bucket bucket = buckets_[BucketOf(hash)];
    const uint32_t clusters = std::min<uint32_t>(bucket.clusters, kMatchesMax);
    const uint32_t tells = clusters != kMatchesMax;
    const uint32_t is_followed =
        tells & uint32_t{(bucket.filter & FilterBit(hash)) != 0} & uint32_t{IsLive(bucket.latest)};
    asked_[i].units = static_cast<uint16_t>(kUnits * tells);
    asked_[i].clusters_max = static_cast<uint8_t>(clusters);
    telling += tells;
    const uint32_t at = is_followed != 0 ? bucket.latest : live_posting_;
    __builtin_prefetch(&postings_[at]);
    walks_[kept] = {i, at};
    kept += is_followed;
  }
  walks_.resize(kept);
  return telling;
}

// A step of each list at a time, so that memory is waited for once a step; without branches, as
// above.
void SketchIndex::FollowLists(const std::vector<uint32_t>& shingles, size_t steps) {
  for (size_t step = 0; !walks_.empty() && step < steps; ++step) {
    size_t kept = 0, found = matches_.size();
    postings_read_ += walks_.size();
    matches_.resize(found + walks_.size());
    for (const Walk walk : walks_) {
      const Posting posting = postings_[walk.at];
      const uint32_t previous = walk.at - (posting.link & kBackMax);
      const uint32_t is_match = posting.hash == shingles[walk.shingle];
      Asked& asked = asked_[walk.shingle];
      asked.matches = static_cast<uint8_t>(asked.matches + is_match);
      const uint32_t is_first = uint32_t{(posting.link & kCounted) != 0} & is_match;
      asked.firsts = static_cast<uint8_t>(asked.firsts + is_first);
      matches_[found] = {static_cast<uint16_t>(walk.shingle),
                         static_cast<uint16_t>(posting.link >> (kBackBits + 1)), walk.at, 0, 0};
      found += is_match;
      const uint32_t is_followed = uint32_t{previous != walk.at} & uint32_t{IsLive(previous)} &
                                   uint32_t{asked.matches != kMatchesMax};
      const uint32_t at = is_followed != 0 ? previous : live_posting_;
      __builtin_prefetch(&postings_[at]);
      walks_[kept] = {walk.shingle, at};
      kept += is_followed;
    }
    matches_.resize(found);
    walks_.resize(kept);
  }
}

// Whose a match is takes a read of its own. A story's postings are in one block or in two that
// follow each other: where no other match is near, it is the only hit of its story.
template <typename IsWanted>
void SketchIndex::CountMatches(IsWanted is_wanted) {
  const auto near = [&](uint32_t block) -> uint16_t& { return near_[block % kNearBlocks]; };
  for (const Match& match : matches_) ++near(match.posting / kNearPostings);
  counted_ = 0;
  for (Match& match : matches_) {
    const uint32_t block = match.posting / kNearPostings;
    const uint32_t is_near = near(block - 1) + near(block) + near(block + 1) > 1;
    const uint32_t is_counted = is_near | uint32_t{is_wanted(match)};
    // What tells whose it is; or itself again.
    __builtin_prefetch(&postings_[match.posting & ~((kOwned - 1) * is_counted)]);
    std::swap(match, matches_[counted_]);
    counted_ += is_counted;
  }
  for (const Match& match : matches_) near(match.posting / kNearPostings) = 0;
  ++round_;
  found_.clear();
  for (size_t i = 0; i < counted_; ++i) {
    Match& match = matches_[i];
    match.entry = OwnerOf(match.posting);
    __builtin_prefetch(&entries_[match.entry]);
    match.found = FoundAt(match.entry);
    ++found_[match.found].hits;
  }
}

void SketchIndex::Weigh() {
  for (size_t i = 0; i < counted_; ++i) {
    const Match& match = matches_[i];
    Asked& asked = asked_[match.shingle];
    if (asked.IsClear()) continue;
    const uint32_t cluster = entries_[match.entry].cluster;
    uint32_t* const begin = &match_clusters_[match.shingle * kMatchesMax];
    uint32_t* const end = begin + asked.clusters;
    if (std::find(begin, end, cluster) != end) continue;
    *end = cluster;
    ++asked.clusters;
  }
  for (const Match& match : matches_) {
    Asked& asked = asked_[match.shingle];
    asked.units = UnitsOf(asked.IsClear() ? asked.matches : asked.clusters);
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
    const size_t all = std::max<size_t>(asked.clusters_max, kStepsFirst);
    asked.units = UnitsOf(std::min<size_t>(asked.matches * all / kStepsFirst, asked.clusters_max));
  }
}

void SketchIndex::SumUnits() {
  for (SketchCandidate& candidate : found_) candidate.units = 0;
  for (size_t i = 0; i < counted_; ++i) {
    found_[matches_[i].found].units += asked_[matches_[i].shingle].units;
  }
}

void SketchIndex::WeighUnasked() {
  if (first_.empty()) return;
  uint32_t telling = 0;
  for (const uint32_t i : first_) telling += asked_[i].units != 0;
  unasked_units_ = kUnits * telling / static_cast<uint32_t>(first_.size());
}

uint32_t SketchIndex::Brevity(uint32_t shingle_count) {
  uint32_t brevity = 0;
  while (shingle_count < kBrevities[brevity]) ++brevity;
  return brevity;
}

SketchEntry SketchIndex::OwnerOf(uint32_t posting) const {
  const Posting& told = postings_[posting & ~(kOwned - 1)];
  const uint32_t up_to_it = UINT32_MAX >> (kOwned - 1 - posting % kOwned);
  return told.hash + static_cast<uint32_t>(std::popcount(told.link & up_to_it));
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
  evidence->names = sketch.names;
  evidence->title = sketch.title;
  evidence->subject = sketch.subject;
  const uint32_t common_from = CommonFrom();
  const size_t words_max = AreLetters(sketch.names) ? Evidence::kWordsMax : Evidence::kWordsKept;
  for (const uint16_t word : sketch.words) {
    if (word_counts_[word] >= common_from) continue;
    evidence->words.push_back(word);
    if (evidence->words.size() < words_max) continue;
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

SketchCandidate SketchIndex::SharedBy(const Sketch& sketch, SketchEntry entry) const {
  SketchCandidate shared{.entry = entry};
  const Places places(sketch.shingles);
  VisitSamples(entry, [&](uint32_t hash) {
    const int place = places.Of(hash);
    if (place < 0) return;
    const Asked& asked = asked_[static_cast<size_t>(place)];
    shared.units += asked.is_asked ? asked.units : unasked_units_;
    ++shared.hits;
  });
  return shared;
}

double SketchIndex::weight() const {
  uint32_t units = 0;
  for (const Asked& one : asked_) units += one.is_asked ? one.units : unasked_units_;
  return static_cast<double>(units) / kUnits;
}

}  // namespace copydesk
