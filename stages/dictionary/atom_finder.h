// Which of many short ASCII strings occur anywhere in a text, whatever their case.
//
// A bit for each hash of three bytes says where to look closer: 4 KB for all atoms, so that text
// without them costs a few instructions a byte.
//
// Threads: immutable once built (share freely). Units: bytes of UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace copydesk {

class AtomFinder {
 public:
  // `atoms` are in lower case. Those that are no ASCII, or shorter than three bytes, count as
  // found in every text.
  explicit AtomFinder(std::vector<std::string> atoms);

  // False for those.
  static bool CanFind(std::string_view atom);

  // Replaces *found by the numbers of the atoms in `text`, each once. `lowered` is scratch.
  void Find(std::string_view text, std::string* lowered, std::vector<int>* found) const;

 private:
  static constexpr uint32_t kBits = 1 << 15;

  const std::vector<std::string> atoms_;
  std::vector<int> always_;
  std::vector<uint64_t> filter_;
  absl::flat_hash_map<uint32_t, std::vector<int>> atoms_of_;  // by their first three bytes
};

}  // namespace copydesk
