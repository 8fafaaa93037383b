// A stable 128-bit hash of what a story says: equal for equal content on every machine and version.
//
// XXH3 with 128 bits and no seed (its output is fixed by specification), over the pieces of text
// that are given one after the other, with a separator between pieces so that ("ab", "c") is not
// ("a", "bc").
//
// Threads: one task thread. Errors: none. Cost: memory speed; no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace copydesk {

struct ContentHash {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const ContentHash&, const ContentHash&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ContentHash& hash) {
    return H::combine(std::move(h), hash.high, hash.low);
  }

  static constexpr size_t kDigits = 32;
  // Lower-case hexadecimal digits, the high half first.
  std::array<char, kDigits> ToDigits() const;
  std::string ToHex() const;
  // Reads what ToHex() wrote. Returns false, leaving *hash alone, on anything else.
  static bool FromHex(std::string_view hex, ContentHash* hash);
};

// Hashes pieces of text in order. What is short is put together and hashed at once, which takes a
// third of the time of hashing it piece by piece.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void Reset();
  // Continues the present piece; `end_of_piece` closes it.
  void Add(std::string_view text, bool end_of_piece);
  ContentHash Finish() const;

 private:
  static constexpr size_t kTogetherMax = 4096;

  void Append(std::string_view bytes);

  struct State;
  State* const state_;
  bool has_begun_ = false;  // with state_: more than kTogetherMax was added
  size_t size_ = 0;
  std::array<char, kTogetherMax> together_;  // that many of it, before
};

}  // namespace copydesk
