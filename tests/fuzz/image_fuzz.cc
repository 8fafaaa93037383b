// Opens any bytes as a dictionary image and, where they are taken, tags a text with it. The
// checksum is put right first, so that what stands behind it is reached.

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  if (size == 0) return 0;
  ImageMemory memory = *ImageMemory::Allocate(size);
  std::memcpy(memory.data(), data, size);
  constexpr size_t kFrom = offsetof(ImageHeader, claims_of_fold);
  if (size > kFrom) {
    const uint64_t checksum = XXH3_64bits(memory.data() + kFrom, size - kFrom);
    std::memcpy(memory.data() + offsetof(ImageHeader, checksum), &checksum, sizeof(checksum));
  }
  const auto dictionary = Dictionary::FromImage(std::move(memory), "fuzz");
  if (!dictionary.ok()) return 0;
  Matcher matcher(*dictionary);
  FoldedText folded;
  for (const std::string text : {"ANN LEE, Ann Lee of 12 Lee Road… lee", "Ann\u00A0Lee 北京"}) {
    folded.Assign(text);
    for (const Match& match : matcher.Find(text, &folded)) {
      if (match.span.end > text.size()) __builtin_trap();
      for (const Candidacy& candidate : matcher.candidates(match)) {
        if ((*dictionary)->entity(candidate.entity).id.size() > size) __builtin_trap();
      }
    }
  }
  return 0;
}
