#include "stages/dictionary/kernel.h"

#include <unicode/uchar.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "stages/text/boundary.h"
#include "stages/text/code_point_table.h"

namespace copydesk {

extern const Kernel kPlainKernel;
#if defined(__x86_64__)
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;
#endif

namespace {

uint8_t ComputeFlags(char32_t code_point) {
  uint8_t flags = 0;
  switch (ClassOf(code_point)) {
    case WordClass::kOther:
      break;
    case WordClass::kWord:
      flags = kWordChar;
      break;
    case WordClass::kUnspaced:
      flags = kUnspacedChar;
      break;
  }
  const auto c = static_cast<UChar32>(code_point);
  if (u_islower(c)) flags |= kLowerChar;
  if (u_isupper(c)) flags |= kUpperChar;
  return flags;
}

const CodePointTable& Flags() {
  static const CodePointTable table(ComputeFlags);
  return table;
}

uint8_t FlagsOf(char32_t code_point) { return Flags()[code_point]; }

const uint8_t* BmpFlags() {
  static const std::vector<uint8_t> flags = [] {
    std::vector<uint8_t> of(0x10000);
    for (uint32_t c = 0; c < of.size(); ++c) of[c] = FlagsOf(c);
    return of;
  }();
  return flags.data();
}

}  // namespace

CharTables MakeCharTables(const KeyBegins& begins) {
  CharTables tables;
  for (uint32_t c = 0; c < 128; ++c) {
    tables.ascii[c] = Flags()[c] | (begins.begins_key[c] != 0 ? kBeginsKeyChar : 0);
  }
  for (uint32_t c = 0; c < 256; ++c) tables.begins_key[c] = begins.begins_key[c] != 0;
  std::memcpy(tables.prefix_bits, begins.prefix_bits, sizeof(tables.prefix_bits));
  tables.flags_of = FlagsOf;
  tables.bmp_flags = BmpFlags();
  return tables;
}

const Kernel* FindKernel(std::string_view name) {
  if (name == kPlainKernel.name) return &kPlainKernel;
#if defined(__x86_64__)
  if (name == kAvx2Kernel.name && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2")) {
    return &kAvx2Kernel;
  }
  if (name == kAvx512Kernel.name && __builtin_cpu_supports("avx512vbmi") &&
      __builtin_cpu_supports("avx512vbmi2") &&

      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
    return &kAvx512Kernel;
  }
#endif
  return nullptr;
}

const Kernel& BestKernel() {
  static const Kernel& best = []() -> const Kernel& {
    const char* const asked = std::getenv("COPYDESK_KERNEL");
    if (asked != nullptr) {
      if (const Kernel* kernel = FindKernel(asked)) return *kernel;
    }
    for (const std::string_view name : {"avx512", "avx2"}) {
      if (const Kernel* kernel = FindKernel(name)) return *kernel;
    }
    return kPlainKernel;
  }();
  return best;
}

}  // namespace copydesk
