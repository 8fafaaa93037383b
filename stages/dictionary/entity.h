// The words of a dictionary: what an entity is, and how an alias may differ from the text.
//
// Threads: immutable values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace copydesk {

// Which differences between an alias and the text are overlooked.
enum class AliasFold : uint8_t {
  kExact,              // none: the text's own bytes, mark-up apart
  kTypographic,        // those of FoldTypography(); and case in a text that is all capitals
  kCase,               // typographic ones and case
  kDiacritics,         // typographic ones and combining marks
  kCaseAndDiacritics,  // all of them
};
inline constexpr uint32_t kAliasFolds = 5;

enum class EntityType : uint8_t { kPerson, kOrganisation, kPlace, kEvent, kObject };

inline constexpr uint32_t kEntityTypeCount = 5;
inline constexpr uint32_t kPriorityMax = 1000;
inline constexpr uint32_t kPriorityDefault = 100;

// Limits of what a dictionary may hold.
inline constexpr uint32_t kAliasBytesMax = 1024;       // also of a mention found by a pattern
inline constexpr uint32_t kEntityCountMax = 1u << 27;  // a claim packs its entity into 27 bits
inline constexpr uint32_t kEntityIdBytesMax = 1024;

inline constexpr uint32_t kNoEntity = UINT32_MAX;
inline constexpr uint32_t kPlaceDepthMax = 8;  // as far a place's whole is followed

struct Entity {
  std::string_view id;
  std::string_view name;
  EntityType type = EntityType::kObject;
  uint16_t priority = kPriorityDefault;  // the higher one wins
  uint32_t part_of = kNoEntity;          // the number of the place that this one is in
};

// "person", "organisation", "place", "event", "object".
std::string_view NameOf(EntityType type);
// The type named `name` ("other" is an object), or nullopt.
std::optional<EntityType> EntityTypeFromName(std::string_view name);

}  // namespace copydesk
