// Any bytes as a zip archive: refused or listed, and its members read as far as they go.
#include <array>
#include <cstdint>
#include <string_view>

#include "pipeline/zip_file.h"
#include "tests/fuzz/scratch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMembersMax = 8;
  constexpr int kReadsMax = 16;  // of a member, which may unpack to whatever it says
  static const copydesk::ScratchFile scratch("archive.zip");
  scratch.Write({reinterpret_cast<const char*>(data), size});
  const auto archive = copydesk::ZipFile::Open(scratch.path());
  if (!archive.ok()) return 0;
  const auto& members = (*archive)->members();
  for (size_t i = 0; i < std::min(kMembersMax, members.size()); ++i) {
    const auto stream = (*archive)->Read(members[i]);
    if (!stream.ok()) continue;
    std::array<char, 4096> bytes;
    for (int reads = 0; reads < kReadsMax && **stream; ++reads) {
      (*stream)->read(bytes.data(), bytes.size());
    }
  }
  return 0;
}
