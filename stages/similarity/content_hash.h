// A stable 128-bit hash of what a story says: equal for equal content on every machine and version.
//
// XXH3 with 128 bits and no seed (its output is fixed by specification), over the pieces of text
// that are given one after the other, with a separator between pieces so that ("ab", "c") is not
// ("a", "bc").
//
// Threads: one task thread. Errors: none. Cost: memory speed; no allocation.
#pragma once

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

  // 32 lower-case hexadecimal digits, the high half first.
  std::string ToHex() const;
  // Reads what ToHex() wrote. Returns false, leaving *hash alone, on anything else.
  static bool FromHex(std::string_view hex, ContentHash* hash);
};

// Hashes pieces of text in order.
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
  struct State;
  State* const state_;
};

}  // namespace copydesk
