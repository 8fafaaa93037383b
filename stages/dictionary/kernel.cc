#include "stages/dictionary/kernel.h"

#include <unicode/uchar.h>

#include <algorithm>
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

// Whether the 64 code points that begin with these bytes are of a script without spaces.
bool IsWholePage(uint32_t lead, uint32_t second) {
  const uint8_t* const page = BmpFlags() + ((lead & 0xF) << 12 | (second & 0x3F) << 6);
  return std::all_of(page, page + 64, [](uint8_t flags) { return flags == kUnspacedChar; });
}

struct SecondBytes {
  uint8_t from = 0xFF;
  uint8_t to = 0;
};

// The last run of second bytes behind `lead` whose pages are whole: of 0xE4 and 0xEA that is the
// Han and the Hangul in daily use, where another run before it is not.
SecondBytes FindWholePages(uint32_t lead) {
  uint32_t to = 0xBF;
  while (to >= 0x80 && !IsWholePage(lead, to)) --to;
  uint32_t from = to;
  while (from > 0x80 && IsWholePage(lead, from - 1)) --from;
  return to < 0x80 ? SecondBytes{}
                   : SecondBytes{static_cast<uint8_t>(from), static_cast<uint8_t>(to)};
}

void FillLeads(CharTables* tables) {
  static const std::array<SecondBytes, 16> whole_pages = [] {
    std::array<SecondBytes, 16> of;
    for (uint32_t low = 0; low < 16; ++low) of[low] = FindWholePages(0xE0 | low);
    return of;
  }();
  for (uint32_t low = 0; low < 16; ++low) {
    const auto [from, to] = whole_pages[low];
    const bool begins_key = tables->begins_key[0xE0 | low] != 0;
    tables->leads[low] = from > to    ? 0
                         : begins_key ? kWholeLead | kBeginsKeyLead
                                      : uint8_t{kWholeLead};
    tables->lead_from[low] = from;
    tables->lead_to[low] = to;
  }
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
  FillLeads(&tables);
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
