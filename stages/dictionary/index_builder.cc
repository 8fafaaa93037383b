#include "stages/dictionary/index_builder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

#include "stages/dictionary/prefix_hash.h"
#include "stages/text/boundary.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kKeysPerBucket = 4;
constexpr uint64_t kBitsPerFirst = 16;
constexpr uint64_t kBitsPerPrefix = 16;
constexpr uint64_t kBitsPerKey = 10;
// A sieve of 32 KB stays in the first cache; of more beginnings than that it would hold back
// little.
constexpr size_t kBitsPerSieved = 16;
constexpr size_t kSieveBitsMax = 1 << 18;
constexpr size_t kSievedMax = 1 << 16;
// Heads are looked up for each Han character: half of the second cache.
constexpr size_t kBitsPerHead = 16;
constexpr size_t kHeadBitsMax = 1 << 22;
// With so many FewHeads is wrong once in four times.
constexpr size_t kFewHeadsMax = 1500;
constexpr uint64_t kOfTwoBytes = uint64_t{1} << 32;
// Prefixes are made distinct when there are so many.
constexpr size_t kPrefixesMax = 1 << 20;

template <typename T>
void SortUnique(std::vector<T>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

}  // namespace

KeyHasher::KeyHasher()
    : tables_(MakeCharTables(KeyBegins{}, nullptr, nullptr)),
      padded_(kKeyBytesMax + 64),
      begins_(kKeyBytesMax / 64 + 3),
      cuts_(kKeyBytesMax / 64 + 3) {}

const std::vector<uint64_t>& KeyHasher::Hash(std::string_view key) {
  const auto size = static_cast<uint32_t>(key.size());
  std::memcpy(padded_.data(), key.data(), size);
  std::memset(padded_.data() + size, 0, kSegmentSlackBytes);
  BestKernel().classify(padded_.data(), size, tables_, begins_.data(), cuts_.data());
  hashes_.clear();
  uint64_t hash = 0;
  uint32_t at = 0;
  for (uint32_t word = 0; word <= size / 64; ++word) {
    for (uint64_t left = cuts_[word]; left != 0; left &= left - 1) {
      const uint32_t cut = word * 64 + static_cast<uint32_t>(std::countr_zero(left));
      if (cut == 0) continue;
      hash = HashSegment(hash, padded_.data() + at, cut - at);
      hashes_.push_back(hash);
      at = cut;
    }
  }
  return hashes_;
}

void IndexBuilder::Add(std::string_view key, uint32_t ref) {
  const std::vector<uint64_t>& hashes = hasher_.Hash(key);
  AddPrefix(key);
  firsts_.push_back(hashes.front());
  prefixes_.insert(prefixes_.end(), hashes.begin(), hashes.end() - 1);
  keys_.push_back({hashes.back(), ref});
}

void IndexBuilder::AddPrefix(std::string_view key) {
  uint32_t first = 0;
  std::memcpy(&first, key.data(), std::min<size_t>(key.size(), sizeof(first)));
  if (key.size() >= sizeof(first)) {
    sieved_.push_back(first);
  } else if (key.size() > 1) {
    sieved_.push_back(kOfTwoBytes | (first & 0xFFFF));
  } else {
    for (uint64_t c = 0; c < 256; ++c) sieved_.push_back(kOfTwoBytes | c << 8 | first);
  }
  if (sieved_.size() >= kPrefixesMax) SortUnique(&sieved_);
  begins.begins_key[static_cast<unsigned char>(key[0])] = 1;
  // Of keys that begin otherwise only the first character counts, and the head.
  if (static_cast<signed char>(key[0]) < 0) {
    AddBeginChar(key);
    return AddHead(key);
  }
  Prefix prefix{};
  prefix.size = static_cast<uint8_t>(std::min<size_t>(key.size(), kPrefixBytes));
  std::memcpy(prefix.bytes.data(), key.data(), prefix.size);
  if (key.size() < kPrefixBytes) {
    size_t at = key.size();
    prefix.is_unspaced = ClassOf(PreviousCodePoint(key, &at)) == WordClass::kUnspaced;
  }
  key_prefixes_.push_back(prefix);
  if (key_prefixes_.size() == kPrefixesMax) SortUnique(&key_prefixes_);
}

void IndexBuilder::AddBeginChar(std::string_view key) {
  size_t at = 0;
  const char32_t first = NextCodePoint(key, &at);
  if (first >= 0x10000) return;
  begin_chars.resize(kBeginCharWords);
  begin_chars[first / 64] |= uint64_t{1} << (first % 64);
}

void IndexBuilder::AddHead(std::string_view key) {
  const auto is_of_three = [&](size_t at) { return (key[at] & 0xF0) == 0xE0; };
  if (!is_of_three(0)) return;
  uint64_t word = 0;
  std::memcpy(&word, key.data(), std::min<size_t>(key.size(), sizeof(word)));
  const bool has_two = key.size() > 3 && is_of_three(3);
  head_bytes_.push_back(word & ((uint64_t{1} << (has_two ? 48 : 24)) - 1));
  if (head_bytes_.size() == kPrefixesMax) SortUnique(&head_bytes_);
}

void IndexBuilder::BuildHeads() {
  SortUnique(&head_bytes_);
  if (head_bytes_.empty()) return;
  const size_t bits =
      std::clamp<size_t>(std::bit_ceil(head_bytes_.size() * kBitsPerHead), 4096, kHeadBitsMax);
  heads.assign(bits / 64, 0);
  const int shift = 32 - std::countr_zero(bits);
  const bool is_few = head_bytes_.size() <= kFewHeadsMax;
  if (is_few) few_heads.push_back({});
  for (const uint64_t head : head_bytes_) {
    const bool has_two = head >> 24 != 0;
    const uint32_t bit = (has_two ? HashTwoOfThree(head) : HashOneOfThree(head)) >> shift;
    heads[bit / 64] |= uint64_t{1} << (bit % 64);
    unsigned char bytes[8];
    std::memcpy(bytes, &head, sizeof(bytes));
    if (is_few) few_heads[0].Add(bytes, has_two ? 6 : 3);
  }
}

// Sorted prefixes, cut into eight runs of equal weight, make groups that have little in common.
// Words that begin with a small letter weigh more, as texts have more of them; short keys, which
// leave bytes open, stand together.
void IndexBuilder::GroupPrefixes() {
  std::sort(key_prefixes_.begin(), key_prefixes_.end(), [](const Prefix& a, const Prefix& b) {
    return std::tuple(a.size, a.bytes, a.is_unspaced) < std::tuple(b.size, b.bytes, b.is_unspaced);
  });
  const auto weight = [](const Prefix& prefix) -> uint64_t {
    return prefix.bytes[0] >= 'a' && prefix.bytes[0] <= 'z' ? 6 : 1;
  };
  uint64_t total = 0;
  for (const Prefix& prefix : key_prefixes_) total += weight(prefix);
  uint64_t before = 0;
  for (const Prefix& prefix : key_prefixes_) {
    const auto group = static_cast<uint8_t>(1u << (before * 8 / total));
    before += weight(prefix);
    for (uint32_t i = 0; i < kPrefixBytes; ++i) {
      uint8_t* const bits = begins.prefix_bits[i];
      if (i < prefix.size) {
        if (prefix.bytes[i] < 128) bits[prefix.bytes[i]] |= group;
        continue;
      }
      for (uint32_t c = 0; c < 128; ++c) {
        // What follows the key's end continues no word.
        const bool is_open = i > prefix.size || prefix.is_unspaced ||
                             ClassOf(static_cast<char32_t>(c)) != WordClass::kWord;
        if (is_open) bits[c] |= group;
      }
    }
  }
}

void IndexBuilder::BuildSieve() {
  SortUnique(&sieved_);
  if (sieved_.size() > kSievedMax) return;
  const size_t bits =
      std::clamp<size_t>(std::bit_ceil(sieved_.size() * kBitsPerSieved), 4096, kSieveBitsMax);
  sieve.assign(bits / 64, 0);
  const int shift = 32 - std::countr_zero(bits);
  for (const uint64_t first : sieved_) {
    const auto bytes = static_cast<uint32_t>(first);
    const uint32_t hash = (first & kOfTwoBytes) != 0 ? HashFirstTwo(bytes) : HashFirstFour(bytes);
    const uint32_t bit = hash >> shift;
    sieve[bit / 64] |= uint64_t{1} << (bit % 64);
  }
}

void IndexBuilder::Build() {
  SortUnique(&key_prefixes_);
  GroupPrefixes();
  BuildSieve();
  BuildHeads();
  SortUnique(&firsts_);
  first_filter.assign(firsts_.size() * kBitsPerFirst / 64 + 1, 0);
  for (const uint64_t hash : firsts_) {
    first_filter[Reduce(hash, static_cast<uint32_t>(first_filter.size()))] |=
        FirstSegmentBits(hash);
  }
  SortUnique(&prefixes_);
  std::stable_sort(keys_.begin(), keys_.end(),
                   [](const Key& a, const Key& b) { return a.hash < b.hash; });
  prefix_filter.assign((prefixes_.size() * kBitsPerPrefix + keys_.size() * kBitsPerKey) / 64 + 1,
                       0);
  const auto words = static_cast<uint32_t>(prefix_filter.size());
  for (const uint64_t hash : prefixes_) prefix_filter[Reduce(hash, words)] |= PrefixBits(hash);
  const auto bucket_count = static_cast<uint32_t>(keys_.size() / kKeysPerBucket + 1);
  buckets.assign(bucket_count + 1, 0);
  slots.reserve(keys_.size() + 1);
  for (const Key& key : keys_) {
    prefix_filter[Reduce(key.hash, words)] |= KeyBits(key.hash);
    ++buckets[Reduce(key.hash, bucket_count) + 1];
    slots.push_back({static_cast<uint32_t>(key.hash), key.ref});
  }
  for (uint32_t i = 0; i < bucket_count; ++i) buckets[i + 1] += buckets[i];
}

}  // namespace copydesk
