// Looks into a compiled dictionary: what it has, what an entity is called, whether all is found.
//
// Threads: pure functions. Cost: each goes through the whole dictionary.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "stages/dictionary/dictionary.h"

namespace copydesk {

struct DictionaryStats {
  std::array<uint64_t, kEntityTypeCount> entities_of_type{};
  uint64_t shared_keys = 0;  // that several entities claim
  uint64_t claims_max = 0;   // the most entities of one key
  uint64_t keys_beyond_ascii = 0;
  uint64_t key_bytes_max = 0;
};
DictionaryStats StatsOf(const Image& image);

// The numbers of the entities with this id: one for each type that has it.
std::vector<uint32_t> EntitiesWithId(const Dictionary& dictionary, std::string_view id);

// The aliases and patterns of an entity, each with its fold where that is not typographic.
std::vector<std::string> NamesOf(const Dictionary& dictionary, uint32_t entity);

// OK when a text that is an alias and nothing else names all the entities that claim it, for every
// alias. Otherwise the first that does not.
absl::Status CheckEveryAlias(const std::shared_ptr<const Dictionary>& dictionary);

}  // namespace copydesk
