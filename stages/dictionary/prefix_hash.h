// The hash of a text's prefix, taken segment by segment from one place where a mention may end to
// the next. Compiler and kernels must agree on it, so it stands here alone.
//
// The functions are always inlined: the kernels are compiled for several instruction sets, and an
// out-of-line copy made for one of them must never be linked into another.
//
// Threads: pure functions. Cost: one multiplication for a segment of up to 16 bytes.
#pragma once

#include <cstdint>
#include <cstring>

namespace copydesk {

// How many readable bytes must follow a segment's begin.
inline constexpr uint32_t kSegmentSlackBytes = 8;

__attribute__((always_inline)) inline uint64_t LoadWord(const char* at) {
  uint64_t word;
  __builtin_memcpy(&word, at, sizeof(word));
  return word;
}

__attribute__((always_inline)) inline uint64_t Mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Goes on from the hash `before` (0 for the first segment) over the `size` bytes at `at`.
// Reads at[0, max(size, 8)). REQUIRES: size > 0.
__attribute__((always_inline)) inline uint64_t HashSegment(uint64_t before, const char* at,
                                                           uint32_t size) {
  constexpr uint64_t kLeft = 0x9E3779B97F4A7C15;
  constexpr uint64_t kRight = 0xE7037ED1A0B428DB;
  if (__builtin_expect(size > 16, 0)) {
    const char* const tail = at + size - 16;
    for (uint32_t rest = size; rest > 16; rest -= 16, at += 16) {
      before = Mix(before ^ LoadWord(at) ^ kLeft, LoadWord(at + 8) ^ kRight);
    }
    return Mix(before ^ LoadWord(tail) ^ kLeft, (LoadWord(tail + 8) ^ kRight) + size);
  }
  const uint32_t part = size < 8 ? size : 8;
  const uint64_t mask = ~uint64_t{0} >> (64 - 8 * part);
  const uint64_t left = LoadWord(at) & mask;
  const uint64_t right = LoadWord(at + size - part) & mask;
  return Mix(before ^ left ^ kLeft, (right ^ kRight) + size);
}

// A number below `count`, even over the hashes and rising with them.
__attribute__((always_inline)) inline uint32_t Reduce(uint64_t hash, uint32_t count) {
  return static_cast<uint32_t>(((hash >> 32) * count) >> 32);
}

// The sieve's 32-bit hashes of a key's first four, or first two, bytes.
__attribute__((always_inline)) inline uint32_t HashFirstFour(uint32_t bytes) {
  return bytes * 0x9E3779B1u;
}
__attribute__((always_inline)) inline uint32_t HashFirstTwo(uint32_t bytes) {
  return (bytes & 0xFFFF) * 0x85EBCA6Bu;
}

// The 32-bit hashes of a *head*: a key's first two characters of three bytes, or its only one. Han
// begins anywhere, so that its characters are held against the keys' heads at once. `word` are the
// first eight bytes.
__attribute__((always_inline)) inline uint32_t HashTwoOfThree(uint64_t word) {
  return static_cast<uint32_t>(((word << 16) * 0x9E3779B97F4A7C15) >> 32);
}
__attribute__((always_inline)) inline uint32_t HashOneOfThree(uint64_t word) {
  return static_cast<uint32_t>(((word << 40) * 0xE7037ED1A0B428DB) >> 32);
}

// Random bytes that the low six bits of a continuation byte stand for: two hashes of a byte each,
// over the four continuation bytes of two characters. A permutation looks up 64 of them at once.
struct HeadBytes {
  alignas(64) uint8_t of[2][4][64];
};
inline constexpr HeadBytes kHeadBytes = [] {
  HeadBytes bytes{};
  uint64_t state = 0x9E3779B97F4A7C15;
  for (auto& hash : bytes.of) {
    for (auto& place : hash) {
      for (uint8_t& byte : place) {
        state = state * 6364136223846793005 + 1442695040888963407;
        byte = static_cast<uint8_t>(state >> 56);
      }
    }
  }
  return bytes;
}();

// Few heads in three small filters of 2,048 bits: those of two characters are in `pairs` both
// times, those of one in `singles`. Each hash names a byte, the other one its bit.
struct FewHeads {
  alignas(64) uint8_t pairs[2][256];
  alignas(64) uint8_t singles[256];

  // `head` are the first `size` bytes of a key, 3 or 6.
  __attribute__((always_inline)) void Add(const unsigned char* head, uint32_t size) {
    uint8_t hash[2];
    for (uint32_t k = 0; k < 2; ++k) {
      hash[k] = kHeadBytes.of[k][0][head[1] & 63] ^ kHeadBytes.of[k][1][head[2] & 63];
      if (size == 6) {
        hash[k] ^= kHeadBytes.of[k][2][head[4] & 63] ^ kHeadBytes.of[k][3][head[5] & 63];
      }
    }
    const auto bit = [](uint8_t of) { return static_cast<uint8_t>(1u << (of & 7)); };
    if (size == 6) {
      pairs[0][hash[0]] |= bit(hash[1]);
      pairs[1][hash[1]] |= bit(hash[0]);
    } else {
      singles[hash[0]] |= bit(hash[1]);
    }
  }
};
static_assert(sizeof(FewHeads) == 768);

// The filters' bits in a 64-bit word; two of the word's bits each.
__attribute__((always_inline)) inline uint64_t FirstSegmentBits(uint64_t hash) {
  return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 6 & 63);
}
__attribute__((always_inline)) inline uint64_t KeyBits(uint64_t hash) {
  return uint64_t{1} << (hash >> 12 & 63) | uint64_t{1} << (hash >> 18 & 63);
}
__attribute__((always_inline)) inline uint64_t PrefixBits(uint64_t hash) {
  return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 24 & 63);
}

}  // namespace copydesk
