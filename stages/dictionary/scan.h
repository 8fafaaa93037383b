// Scans a text with one index and offers the candidates, longest first, at each begin.
//
// Lifetime: the index must outlive the scanner; scratch is kept from text to text.
// Threads:  one task thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "stages/dictionary/kernel.h"
#include "stages/dictionary/prefix_hash.h"

namespace copydesk {

class Scanner {
 public:
  explicit Scanner(const IndexView& index, const Kernel& kernel = BestKernel());
  // What tables_ points at moves along.
  Scanner(Scanner&&) = default;

  // Calls take(begin, candidate) for the candidates of rising begins, at each begin from the
  // longest on until take() returns true, which says that there is a mention. With `is_greedy`
  // begins inside a mention are passed over. Returns the CharFlags of all characters or-ed
  // together. REQUIRES: text.size() < 2^32 - 256.
  template <typename Take>
  uint8_t Scan(std::string_view text, bool is_greedy, Take take);

  // The numbers of the slots that may hold the key with this hash.
  struct SlotRange {
    uint32_t begin;
    uint32_t end;
  };
  SlotRange SlotsOf(uint64_t hash) const {
    const uint32_t bucket = Reduce(hash, index_.bucket_count);
    return {index_.buckets[bucket], index_.buckets[bucket + 1]};
  }
  const IndexView& index() const { return index_; }

 private:
  // Mask words in a step: the scratch of a step stays in the first cache.
  static constexpr uint32_t kWordsPerStep = 64;

  MaskedText Mask(std::string_view text, uint8_t* flags);
  // Fills begin_of_, longest_ and candidates_ for the begins of some mask words. Returns how many
  // begins there are.
  uint32_t FindCandidates(const MaskedText& masked, uint32_t word_begin, uint32_t word_end);

  static CharTables MakeTables(const IndexView& index, std::vector<uint8_t>* bmp_flags);

  const IndexView index_;
  std::vector<uint8_t> bmp_flags_;  // of tables_, where the index has its own
  const CharTables tables_;
  const Kernel& kernel_;
  std::vector<uint64_t> begins_;
  std::vector<uint64_t> cuts_;
  std::vector<char> tail_;
  std::vector<uint32_t> begin_of_;
  std::vector<uint32_t> longest_;
  std::vector<Walker> walkers_;
  std::vector<Candidate> candidates_;
};

template <typename Take>
uint8_t Scanner::Scan(std::string_view text, bool is_greedy, Take take) {
  if (text.empty()) return 0;
  uint8_t flags;
  const MaskedText masked = Mask(text, &flags);
  uint32_t resume = 0;
  const uint32_t words = masked.size / 64 + 1;
  for (uint32_t word = 0; word < words; word += kWordsPerStep) {
    const uint32_t word_end = words - word < kWordsPerStep ? words : word + kWordsPerStep;
    const uint32_t count = FindCandidates(masked, word, word_end);
    for (uint32_t slot = 0; slot < count; ++slot) {
      if (longest_[slot] == kNoCandidate || begin_of_[slot] < resume) continue;
      for (uint32_t i = longest_[slot]; i != kNoCandidate; i = candidates_[i].shorter) {
        if (!take(begin_of_[slot], candidates_[i])) continue;
        if (is_greedy) resume = candidates_[i].end;
        break;
      }
    }
  }
  return flags;
}

}  // namespace copydesk
