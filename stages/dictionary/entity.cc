#include "stages/dictionary/entity.h"

#include <array>

namespace copydesk {
namespace {

constexpr std::array<std::string_view, kEntityTypeCount> kTypeNames = {"person", "organisation",
                                                                       "place", "event", "object"};

}  // namespace

std::string_view NameOf(EntityType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<EntityType> EntityTypeFromName(std::string_view name) {
  if (name == "other") return EntityType::kObject;
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return static_cast<EntityType>(i);
  }
  return std::nullopt;
}

}  // namespace copydesk
