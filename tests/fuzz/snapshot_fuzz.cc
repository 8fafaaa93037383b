// Any bytes as a snapshot: refused or read. The checksum is put right first, so that what stands
// behind it is reached; what was read is written and read the same again.
#include <xxhash.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "pipeline/snapshot.h"
#include "tests/fuzz/scratch_file.h"
#include "tests/support/map_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  static const ScratchFile scratch("log-3.snapshot");
  const ChangelogPartition place = {"log", 3};
  const SnapshotFolder folder(scratch.folder());
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  scratch.Write(bytes);
  MapState state;
  const absl::StatusOr<int64_t> offset = folder.Read(place, state);
  if (!offset.ok()) return 0;
  if (!folder.Write(place, *offset, state).ok()) std::abort();
  MapState again;
  if (folder.Read(place, again).value_or(*offset + 1) != *offset) std::abort();
  if (again.counts() != state.counts()) std::abort();
  return 0;
}
