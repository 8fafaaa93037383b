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
  static uint64_t Continuations(const char* block) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < 64; ++i) {
      bits |= uint64_t{(static_cast<unsigned char>(block[i]) & 0xC0) == 0x80} << i;
    }
    return bits;
  }
  using Flags = uint8_t;  // CharFlags or-ed together
  static WholeLeads FindLeads(const char*, const CharTables&) { return {}; }
  // See Pages: one character a call.
  static constexpr uint32_t kPagesKept = 0;
  template <uint32_t length>
  static uint64_t FindPage(const char* block, uint32_t i, const Page& page, CharBits* found,
                           Flags* all_flags) {
    const uint8_t flags = page.flags[static_cast<unsigned char>(block[i + length - 1]) & 0x3F];
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
