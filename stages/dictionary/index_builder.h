// Builds one index of the image: filters, buckets and slots of keys that are given in any order.
//
// Sizes, by the number of distinct hashes: 16 bits for each first segment and for each prefix that
// a key goes on from, and 10 for each key; buckets of four keys. A two-bit blocked filter then says
// yes in error once in 30 to 60 times.
//
// Threads: set-up only, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stages/dictionary/kernel.h"

namespace copydesk {

// The prefix hashes of one key, longest last: the last one is the key's own.
class KeyHasher {
 public:
  KeyHasher();
  // REQUIRES: 0 < key.size() <= kKeyBytesMax. The result is valid until the next call.
  const std::vector<uint64_t>& Hash(std::string_view key);

  static constexpr size_t kKeyBytesMax = 4096;

 private:
  const CharTables tables_;  // of no key
  std::vector<char> padded_;
  std::vector<uint64_t> begins_;
  std::vector<uint64_t> cuts_;
  std::vector<uint64_t> hashes_;
};

class IndexBuilder {
 public:
  // Adds a key. Slots come in the order of hashes, and of calls where hashes are equal.
  void Add(std::string_view key, uint32_t ref);
  // Fills the tables below.
  void Build();

  std::vector<uint64_t> first_filter;
  std::vector<uint64_t> prefix_filter;
  std::vector<uint32_t> buckets;
  std::vector<Slot> slots;
  KeyBegins begins{};
  std::vector<uint64_t> sieve;
  std::vector<uint64_t> heads;
  std::vector<FewHeads> few_heads;  // one or none
  std::vector<uint64_t> begin_chars;

 private:
  struct Key {
    uint64_t hash;
    uint32_t ref;
  };
  // The first bytes of a key, and whether it ends among them.
  struct Prefix {
    std::array<uint8_t, kPrefixBytes> bytes;
    uint8_t size;
    bool is_unspaced;  // it ends among them, with a code point that takes any neighbour
    auto operator<=>(const Prefix&) const = default;
  };
  void AddPrefix(std::string_view key);
  void GroupPrefixes();
  void AddBeginChar(std::string_view key);
  void AddHead(std::string_view key);
  void BuildSieve();
  void BuildHeads();

  KeyHasher hasher_;
  std::vector<Prefix> key_prefixes_;
  // What keys begin with: four bytes, or two with the top bit of the upper half set.
  std::vector<uint64_t> sieved_;
  // Of keys that begin with a character of three bytes: the six, or three, bytes in the low ones.
  std::vector<uint64_t> head_bytes_;
  std::vector<Key> keys_;
  std::vector<uint64_t> firsts_;
  std::vector<uint64_t> prefixes_;
};

}  // namespace copydesk
