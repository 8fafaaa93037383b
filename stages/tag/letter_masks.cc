#include "stages/tag/letter_masks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <cstring>

namespace copydesk {
namespace {

constexpr size_t kBlock = 64;
// The first bytes of scripts that have capitals are C3 to D6 and E1.
constexpr int kLeadMin = 0xC3;
constexpr int kLeads = 0xE1 - kLeadMin + 1;

struct Bits {
  uint64_t upper = 0;
  uint64_t lower = 0;
  uint64_t digit = 0;
  uint64_t high = 0;
  uint64_t lead = 0;
};

#if defined(__SSE2__)

// The bytes of `text` that are `count` from `first` on: they are moved to the lowest signed values.
uint64_t InRange(__m128i text, int first, int count) {
  const __m128i moved = _mm_add_epi8(text, _mm_set1_epi8(static_cast<char>(-128 - first)));
  const __m128i is_in = _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + count)));
  return static_cast<uint32_t>(_mm_movemask_epi8(is_in));
}

Bits ReadBlock(const char* block) {
  Bits bits;
  for (size_t i = 0; i < kBlock; i += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    bits.upper |= InRange(text, 'A', 26) << i;
    bits.lower |= InRange(text, 'a', 26) << i;
    bits.digit |= InRange(text, '0', 10) << i;
    bits.high |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(text))) << i;
    bits.lead |= InRange(text, kLeadMin, kLeads) << i;
  }
  return bits;
}

#else

Bits ReadBlock(const char* block) {
  Bits bits;
  for (size_t i = 0; i < kBlock; ++i) {
    const auto byte = static_cast<uint8_t>(block[i]);
    bits.upper |= uint64_t{static_cast<uint8_t>(byte - 'A') < 26} << i;
    bits.lower |= uint64_t{static_cast<uint8_t>(byte - 'a') < 26} << i;
    bits.digit |= uint64_t{static_cast<uint8_t>(byte - '0') < 10} << i;
    bits.high |= uint64_t{byte >= 0x80} << i;
    bits.lead |= uint64_t{byte >= kLeadMin && byte < kLeadMin + kLeads} << i;
  }
  return bits;
}

#endif

}  // namespace

void LetterMasks::Read(std::string_view text) {
  // A word more than the text has: From() reads two.
  const size_t words = text.size() / kBlock + 2;
  for (Mask* const mask : {&upper_, &lower_, &word_, &high_, &lead_}) {
    if (mask->size() < words) mask->resize(words);
  }
  uint64_t seen = 0;
  const auto take = [&](size_t i, const char* block) {
    const Bits bits = ReadBlock(block);
    upper_[i] = bits.upper;
    lower_[i] = bits.lower;
    word_[i] = bits.upper | bits.lower | bits.digit | bits.high;
    high_[i] = bits.high;
    lead_[i] = bits.lead;
    seen |= bits.lower | bits.high;
  };
  size_t i = 0;
  for (; (i + 1) * kBlock <= text.size(); ++i) take(i, text.data() + i * kBlock);
  char last[kBlock] = {};
  std::memcpy(last, text.data() + i * kBlock, text.size() - i * kBlock);
  take(i, last);
  std::memset(last, 0, sizeof(last));
  take(i + 1, last);
  has_lower_or_high_ = seen != 0;
}

}  // namespace copydesk
