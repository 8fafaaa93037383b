#include "stages/dictionary/kernel.h"

#include <unicode/uchar.h>

#include <array>
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

// Whether all code points whose UTF-8 begins with `lead` are of a script without spaces.
bool IsWholeLead(uint8_t lead) {
  const uint32_t first = (lead & 0xFu) << 12;
  for (uint32_t c = first; c < first + 0x1000; ++c) {
    const bool is_odd = lead == kOddLead && (c >> 6 & 0x3F) == (kOddSecond & 0x3F);
    if (!is_odd && BmpFlags()[c] != kUnspacedChar) return false;
  }
  return true;
}

uint8_t WholeLead(uint8_t lead) {
  static const std::array<uint8_t, 16> kinds = [] {
    std::array<uint8_t, 16> of{};
    for (uint8_t low = 0; low < 16; ++low) of[low] = IsWholeLead(0xE0 | low) ? kWholeLead : 0;
    return of;
  }();
  return kinds[lead & 0xF];
}

}  // namespace

CharTables MakeCharTables(const KeyBegins& begins, const uint64_t* begin_chars,
                          std::vector<uint8_t>* bmp_flags) {
  CharTables tables;
  for (uint32_t c = 0; c < 128; ++c) {
    tables.ascii[c] = Flags()[c] | (begins.begins_key[c] != 0 ? kBeginsKeyChar : 0);
  }
  for (uint32_t c = 0; c < 256; ++c) tables.begins_key[c] = begins.begins_key[c] != 0;
  std::memcpy(tables.prefix_bits, begins.prefix_bits, sizeof(tables.prefix_bits));
  tables.flags_of = FlagsOf;
  tables.bmp_flags = BmpFlags();
  if (begin_chars != nullptr) {
    bmp_flags->assign(BmpFlags(), BmpFlags() + 0x10000);
    for (uint32_t c = 0; c < 0x10000; ++c) {
      if ((begin_chars[c / 64] >> (c % 64) & 1) != 0) (*bmp_flags)[c] |= kBeginsKeyChar;
    }
    tables.bmp_flags = bmp_flags->data();
  }
  for (uint8_t low = 0; low < 16; ++low) {
    const uint8_t lead = 0xE0 | low;
    tables.leads[low] = WholeLead(lead);
    if (tables.leads[low] != 0 && begins.begins_key[lead] != 0) tables.leads[low] |= kBeginsKeyLead;
  }
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
      __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2")) {
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
