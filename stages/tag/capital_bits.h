// Which characters of the scripts that have capitals are some: a bit each, of those whose UTF-8
// begins with C3 to D6 or E1.
//
// Threads: immutable (share freely). Cost: one look into a kilobyte.
#pragma once

#include <unicode/uchar.h>

#include <cstdint>

namespace copydesk {

class CapitalBits {
 public:
  static const CapitalBits& Get() {
    static const CapitalBits bits;
    return bits;
  }
  // `bytes` are those of a whole character.
  bool IsCapital(const char* bytes) const {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
    if (byte(0) == 0xE1) return Has(kTwoByteLeads + byte(1) % 64u, byte(2));
    return byte(0) < 0xD7 && Has(byte(0) - 0xC0u, byte(1));
  }

 private:
  static constexpr uint32_t kTwoByteLeads = 32;
  CapitalBits() {
    for (UChar32 c = 0xC0; c < 0x5C0; ++c) Add(static_cast<uint32_t>(c) >> 6, c);
    for (UChar32 c = 0x1000; c < 0x2000; ++c) Add(kTwoByteLeads + (c >> 6) % 64, c);
  }
  void Add(uint32_t row, UChar32 c) { bits_[row] |= uint64_t{u_isupper(c) != 0} << (c % 64); }
  bool Has(uint32_t row, uint8_t last) const { return (bits_[row] >> (last % 64) & 1) != 0; }
  uint64_t bits_[kTwoByteLeads + 64] = {};
};

}  // namespace copydesk
