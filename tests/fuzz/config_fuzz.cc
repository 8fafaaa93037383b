// Any bytes as a configuration: refused with a reason or read, never a crash.
#include <cstdint>
#include <string_view>

#include "pipeline/topology.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<copydesk::ConfigNode> node =
      copydesk::ConfigNode::FromText(text, "fuzz.yaml");
  if (node.ok()) (void)copydesk::Topology::Read(*node);
  return 0;
}
