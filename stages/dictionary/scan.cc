#include "stages/dictionary/scan.h"

#include <algorithm>
#include <cstring>

namespace copydesk {

namespace {

constexpr uint32_t kFetchedKeys = 1 << 16;

}  // namespace

Scanner::Scanner(const IndexView& index, const Kernel& kernel)
    : index_(index),
      tables_(MakeTables(index, &bmp_flags_)),
      kernel_(kernel),
      tail_(kTailBytes + 64),
      begin_of_(kWordsPerStep * 64 + 64),
      longest_(kWordsPerStep * 64 + 1),
      walkers_(kWordsPerStep * 64 + 1) {}

CharTables Scanner::MakeTables(const IndexView& index, std::vector<uint8_t>* bmp_flags) {
  CharTables tables = MakeCharTables(*index.begins, index.begin_chars, bmp_flags);
  tables.heads = index.heads;
  tables.head_shift = index.head_shift;
  tables.few_heads = index.few_heads;
  return tables;
}

MaskedText Scanner::Mask(std::string_view text, uint8_t* flags) {
  const auto size = static_cast<uint32_t>(text.size());
  if (begins_.size() < size / 64 + 3) {
    begins_.resize(size / 64 + 3);
    cuts_.resize(size / 64 + 3);
  }
  *flags = kernel_.classify(text.data(), size, tables_, begins_.data(), cuts_.data());
  const uint32_t tail_size = std::min(size, kTailBytes);
  std::memcpy(tail_.data(), text.data() + size - tail_size, tail_size);
  std::memset(tail_.data() + tail_size, 0, 64);
  return {.text = text.data(),
          .size = size,
          .begins = begins_.data(),
          .cuts = cuts_.data(),
          .tail = tail_.data(),
          .tail_begin = size - tail_size};
}

uint32_t Scanner::FindCandidates(const MaskedText& masked, uint32_t word_begin, uint32_t word_end) {
  const uint32_t count =
      kernel_.first(masked, index_, word_begin, word_end, begin_of_.data(), walkers_.data());
  std::fill_n(longest_.begin(), count, kNoCandidate);
  uint32_t found = 0;
  for (uint32_t walking = count; walking != 0;) {
    if (candidates_.size() < found + walking + 1) candidates_.resize(2 * (found + walking) + 1);
    walking = kernel_.walk(masked, index_, walkers_.data(), walking, candidates_.data(), &found,
                           longest_.data());
  }
  for (uint32_t i = 0; i < found; ++i) {
    __builtin_prefetch(index_.buckets + Reduce(candidates_[i].hash, index_.bucket_count));
  }
  for (uint32_t i = 0; i < found; ++i) {
    __builtin_prefetch(index_.slots + SlotsOf(candidates_[i].hash).begin);
  }
  // Of a large dictionary neither the keys' text nor their claims are in a cache.
  if (index_.text == nullptr || index_.key_count < kFetchedKeys) return count;
  for (uint32_t i = 0; i < found; ++i) {
    const SlotRange range = SlotsOf(candidates_[i].hash);
    for (uint32_t key = range.begin; key < range.end; ++key) {
      if (index_.slots[key].fingerprint != static_cast<uint32_t>(candidates_[i].hash)) continue;
      __builtin_prefetch(index_.text + index_.slots[key].ref);
      __builtin_prefetch(index_.claims + key);
    }
  }
  return count;
}

}  // namespace copydesk
