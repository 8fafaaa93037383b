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
// Ethiopic, which has none, is E1 and one of these.
constexpr int kEthiopicMin = 0x88;
constexpr int kEthiopics = 0x8D - kEthiopicMin + 1;

using Block = LetterMasks::Block;

#if defined(__SSE2__)

uint64_t BitsOf(__m128i bytes) { return static_cast<uint32_t>(_mm_movemask_epi8(bytes)); }

// The bytes of `text` that are `count` from `first` on: they are moved to the lowest signed values.
uint64_t InRange(__m128i text, int first, int count) {
  const __m128i moved = _mm_add_epi8(text, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return BitsOf(_mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + count))));
}

Block ReadBlock(const char* block) {
  __m128i text[4];
  uint64_t letter = 0;
  uint64_t digit = 0;
  uint64_t small = 0;  // has the bit that tells a small letter from a capital
  Block bits;
  for (size_t i = 0; i < 4; ++i) {
    text[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
    letter |= InRange(_mm_or_si128(text[i], _mm_set1_epi8(0x20)), 'a', 26) << (16 * i);
    small |= BitsOf(_mm_slli_epi16(text[i], 2)) << (16 * i);
    digit |= InRange(text[i], '0', 10) << (16 * i);
    bits.high |= BitsOf(text[i]) << (16 * i);
  }
  bits.upper = letter & ~small;
  bits.lower = letter & small;
  bits.word = letter | digit | bits.high;
  if (bits.high != 0) {
    uint64_t is_e1 = 0;
    uint64_t second = 0;
    for (size_t i = 0; i < 4; ++i) {
      bits.lead |= InRange(text[i], kLeadMin, kLeads) << (16 * i);
      is_e1 |= InRange(text[i], 0xE1, 1) << (16 * i);
      second |= InRange(text[i], kEthiopicMin, kEthiopics) << (16 * i);
    }
    bits.lead &= ~(is_e1 & second >> 1);
  }
  return bits;
}

#else

Block ReadBlock(const char* block) {
  Block bits;
  for (size_t i = 0; i < kBlock; ++i) {
    const auto byte = static_cast<uint8_t>(block[i]);
    bits.upper |= uint64_t{static_cast<uint8_t>(byte - 'A') < 26} << i;
    bits.lower |= uint64_t{static_cast<uint8_t>(byte - 'a') < 26} << i;
    bits.word |= uint64_t{static_cast<uint8_t>(byte - '0') < 10} << i;
    bits.high |= uint64_t{byte >= 0x80} << i;
    const auto next = static_cast<uint8_t>(i + 1 < kBlock ? block[i + 1] : 0);
    const bool is_ethiopic =
        byte == 0xE1 && next >= kEthiopicMin && next < kEthiopicMin + kEthiopics;
    bits.lead |= uint64_t{byte >= kLeadMin && byte < kLeadMin + kLeads && !is_ethiopic} << i;
  }
  bits.word |= bits.upper | bits.lower | bits.high;
  return bits;
}

#endif

}  // namespace

void LetterMasks::Read(std::string_view text) {
  // A block more than the text has: From() reads two.
  const size_t blocks = text.size() / kBlock + 2;
  if (blocks_.size() < blocks) blocks_.resize(blocks);
  uint64_t seen = 0;
  const auto take = [&](size_t i, const char* bytes) {
    blocks_[i] = ReadBlock(bytes);
    seen |= blocks_[i].lower | blocks_[i].high;
  };
  size_t i = 0;
  for (; (i + 1) * kBlock <= text.size(); ++i) take(i, text.data() + i * kBlock);
  char last[kBlock] = {};
  std::memcpy(last, text.data() + i * kBlock, text.size() - i * kBlock);
  take(i, last);
  blocks_[i + 1] = {};
  has_lower_or_high_ = seen != 0;
}

}  // namespace copydesk
