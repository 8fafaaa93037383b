// Builds an image from entities, aliases and patterns.
//
// The image depends on nothing but what was added and in which order: the same calls give the same
// bytes, on every machine.
//
// Lifetime: views given to Add...() must stay alive until Finish().
// Threads:  set-up only, one thread.
// Limits:   see entity.h; 4 GB of text.
// Errors:   absl::InvalidArgument that says what was wrong, without the place in the source, which
//           the caller knows.
// Cost:     about 1 s and 200 bytes of memory a million aliases.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/deny.h"
#include "stages/dictionary/entity.h"
#include "stages/dictionary/image.h"

namespace copydesk {

class DictionaryCompiler {
 public:
  // Adds an entity and returns its number, or the number of the one with the same id and type.
  absl::StatusOr<uint32_t> AddEntity(std::string_view id, EntityType type);
  // Names an entity. Without it, the first alias is its name; an entity with neither, as what would
  // have named it was refused, is left out.
  absl::Status SetName(uint32_t entity, std::string_view name);
  void SetPriority(uint32_t entity, uint16_t priority);
  // Says that `entity` is in the place with that id, which may be added later; the last one given
  // counts. Where no place has the id, it is in none; Finish() refuses places that are part of each
  // other.
  absl::Status SetPartOf(uint32_t entity, std::string_view id);
  // Lets `entity` be mentioned as `alias`. White space around it is no part of it.
  absl::Status AddAlias(uint32_t entity, std::string_view alias, AliasFold fold);
  // Lets `entity` be mentioned by whatever matches the RE2 pattern as a whole. A pattern of few
  // strings becomes those strings.
  absl::Status AddPattern(uint32_t entity, std::string_view pattern, AliasFold fold);
  // Gives `entity` the rules that entity_rules.h reads; the last ones given count.
  absl::Status SetRules(uint32_t entity, std::string_view json);

  // Takes an alias, an alias of one entity or an entity out again, whether it is added before or
  // after: see deny.h. An empty `alias` or `id` stands for all; one of them must be given.
  absl::Status Deny(std::string_view alias, std::string_view id);

  // Keeps a text for as long as the compiler needs it.
  std::string_view Keep(std::string text);

  // Builds the image, named `name`, and leaves the compiler empty.
  absl::StatusOr<ImageMemory> Finish(std::string_view name);
  // After Finish(): what was denied and not there, in words.
  const std::vector<std::string>& idle_denials() const { return idle_denials_; }

 private:
  // A text that is looked for, and one entity's claim to it.
  struct Claim {
    uint64_t hash;
    const char* text;
    uint32_t size;
    ClaimWord word;
    std::string_view view() const { return {text, size}; }
  };
  struct NewPattern {
    std::string_view text;
    uint32_t entity;
    AliasFold fold;
  };
  struct Layout;
  struct Tables;

  void AddKey(uint32_t entity, std::string_view text, AliasFold fold, bool is_pattern);
  void RemoveDenied();
  void SortClaims();
  void AddKeyTo(Tables* tables, std::span<const Claim> claims) const;
  absl::Status AddRecordsTo(Tables* tables) const;

  absl::flat_hash_map<std::pair<std::string_view, EntityType>, uint32_t> numbers_;
  std::vector<Entity> entities_;
  absl::flat_hash_map<std::string_view, std::string_view>
      wholes_;  // the place a place is in, by id
  std::vector<Claim> claims_;
  std::vector<NewPattern> patterns_;
  std::map<uint32_t, std::string_view> rules_;  // by entity, as JSON
  DenyList deny_;
  std::vector<std::string> idle_denials_;
  std::deque<std::string> kept_;
};

}  // namespace copydesk
