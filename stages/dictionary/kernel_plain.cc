// The kernel for any machine: a table look-up for each byte.

#include "stages/dictionary/kernel.h"

namespace copydesk {
namespace {

class BlockClassifier {
 public:
  explicit BlockClassifier(const CharTables& tables) : tables_(tables) {}
  template <typename Bits>
  void Classify(const char* block, Bits* bits) {
    *bits = {};
    for (uint32_t i = 0; i < 64; ++i) {
      const auto byte = static_cast<unsigned char>(block[i]);
      if (byte >= 128) {
        bits->non_ascii |= uint64_t{1} << i;
        continue;
      }
      const uint8_t flags = tables_.ascii[byte];
      flags_ |= flags;
      bits->word |= uint64_t{(flags & kWordChar) != 0} << i;
      bits->begin |= uint64_t{(flags & kBeginsKeyChar) != 0} << i;
    }
  }
  // Writes base + i for every bit i of `bits`, and may write up to 64 values in all.
  static void Extract(uint64_t bits, uint32_t base, uint32_t* out) {
    while (bits != 0) {
      // Four at a time without asking whether there are as many.
      for (uint32_t i = 0; i < 4; ++i) {
        *out++ = base + static_cast<uint32_t>(__builtin_ctzll(bits | uint64_t{1} << 63));
        bits &= bits - 1;
      }
    }
  }
  static uint64_t Continuations(const char* block) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < 64; ++i) {
      bits |= uint64_t{(static_cast<unsigned char>(block[i]) & 0xC0) == 0x80} << i;
    }
    return bits;
  }
  static constexpr bool kFindsFewHeads = false;
  static uint64_t FindFewHeads(const char*, const FewHeads&) { return ~uint64_t{0}; }
  using Flags = uint8_t;  // CharFlags or-ed together
  static WholeLeads FindLeads(const char*, const CharTables&) { return {}; }
  // One character a call.
  static uint64_t FindPage(const char* block, uint32_t i, uint32_t length, const uint8_t* page,
                           CharBits* found, Flags* all_flags) {
    const uint8_t flags = page[static_cast<unsigned char>(block[i + length - 1]) & 0x3F];
    *all_flags |= flags;
    found->word |= uint64_t{(flags & kWordChar) != 0} << i;
    found->unspaced |= uint64_t{(flags & kUnspacedChar) != 0} << i;
    found->begin |= uint64_t{(flags & kBeginsKeyChar) != 0} << i;
    return uint64_t{1} << i;
  }
  uint8_t flags(Flags others) const { return flags_ | others; }

 private:
  const CharTables& tables_;
  uint8_t flags_ = 0;
};

}  // namespace
}  // namespace copydesk

#include "stages/dictionary/kernel_inl.h"

namespace copydesk {
extern const Kernel kPlainKernel;
const Kernel kPlainKernel = MakeKernel("plain");
}  // namespace copydesk
