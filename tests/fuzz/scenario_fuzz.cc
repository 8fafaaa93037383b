// Any bytes as a file of scenarios: refused with a reason or read, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/cli/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<copydesk::ConfigNode> node =
      copydesk::ConfigNode::FromText(text, "fuzz.yaml");
  if (!node.ok()) return 0;
  const absl::StatusOr<copydesk::ScenarioFile> file = copydesk::ReadScenarios(*node);
  if (!file.ok() && file.status().message().empty()) std::abort();
  if (file.ok() && file->scenarios.empty()) std::abort();
  return 0;
}
