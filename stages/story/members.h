// Which member of a record means what: ninjs's own names in its three dialects, and a field map's.
//
// Threads: immutable once built. Cost of a look-up: one hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "stages/story/decode.h"  // FieldMap

namespace copydesk {

enum class Target : uint8_t {
  kOther,
  kUri,
  kVersion,
  kVersionCreated,
  kPubStatus,
  kEmbargoed,
  kLanguage,
  kSlugline,
  kEdNote,
  kUrgency,
  kLocated,
  kByline,
  kSignals,
  kSubjects,
  kAltIds,
  kStandard,     // $standard, standard: which ninjs it is
  kHeadline,     // a string
  kBody,         // a string
  kDescription,  // a string
  kHeadlines,    // arrays of {role, contenttype, value}
  kBodies,
  kDescriptions,
  kEntities,
  kExtension,  // copydesk
};
inline constexpr size_t kTargets = static_cast<size_t>(Target::kExtension) + 1;

struct MemberUse {
  Target target = Target::kOther;
  bool is_mapped = false;   // by a field map; ninjs's own name wins over it
  bool is_camel = false;    // spelt as only ninjs 3.x does
  bool is_markup = false;   // of kBody and kDescription
  bool is_plural = false;   // of kEntities: the name of 2.x and 3.x
  uint8_t entity_type = 0;  // of kEntities
};

class MemberTable {
 public:
  explicit MemberTable(const FieldMap& fields);
  MemberUse Find(std::string_view name) const;

 private:
  absl::flat_hash_map<std::string, MemberUse> uses_;
};

}  // namespace copydesk
