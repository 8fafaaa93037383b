#include "stages/registry.h"

#include "stages/deduplicate/deduplicate.h"
#include "stages/normalize/normalize.h"
#include "stages/publish/publish.h"
#include "stages/tag/tag.h"

namespace copydesk {
namespace {

constexpr StageEntry kStages[] = {
    {"normalize", "strips mark-up, marks what is not the story, reads the wire's own words",
     MakeNormalize},
    {"deduplicate", "decides each story's relation to those before it", MakeDeduplicate},
    {"tag", "marks who, what and where each story is about", MakeTag},
    {"publish", "chooses keys and topics", MakePublish},
};

}  // namespace

std::span<const StageEntry> Stages() { return kStages; }

const StageEntry* FindStage(std::string_view name) {
  for (const StageEntry& entry : kStages) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace copydesk
