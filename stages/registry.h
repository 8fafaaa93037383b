// The explicit table of what a topology may name: stage name -> how it is made from its
// configuration. To add a stage, add a line in registry.cc.
//
// Threads: pure functions, used at set-up. Errors: absl::Status naming the key, its line and what
// was expected.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/stage.h"

namespace copydesk {

struct StageEntry {
  std::string_view name;
  std::string_view summary;  // one line for `copydesk check` and the documentation
  absl::StatusOr<std::unique_ptr<StageFactory>> (*make)(const ConfigNode& config);
};

// The stages in the order of the usual chain.
std::span<const StageEntry> Stages();

// The entry named `name`, or nullptr.
const StageEntry* FindStage(std::string_view name);

}  // namespace copydesk
