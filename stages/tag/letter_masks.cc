#include "stages/tag/letter_masks.h"

#if defined(__x86_64__)
#include <immintrin.h>
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
constexpr size_t kWrappedBytesMin = 45;  // a shorter line ends where its writer ended it
constexpr size_t kWrappedBytesMax = 110;

using Block = LetterMasks::Block;

#if defined(__x86_64__)

uint64_t BitsOf(__m128i bytes) { return static_cast<uint32_t>(_mm_movemask_epi8(bytes)); }

// The bytes of `text` that are `count` from `first` on: they are moved to the lowest signed values.
uint64_t InRange(__m128i text, int first, int count) {
  const __m128i moved = _mm_add_epi8(text, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return BitsOf(_mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + count))));
}

uint64_t Equal(__m128i text, char byte) {
  return BitsOf(_mm_cmpeq_epi8(text, _mm_set1_epi8(byte)));
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
    bits.blank |= Equal(text[i], ' ') << (16 * i);
    bits.line_end |= Equal(text[i], '\n') << (16 * i);
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

#define COPYDESK_AVX512 __attribute__((target("avx512bw")))

COPYDESK_AVX512 uint64_t InRange(__m512i text, int first, int count) {
  const __m512i moved = _mm512_sub_epi8(text, _mm512_set1_epi8(static_cast<char>(first)));
  return _mm512_cmplt_epu8_mask(moved, _mm512_set1_epi8(static_cast<char>(count)));
}

COPYDESK_AVX512 uint64_t Equal(__m512i text, char byte) {
  return _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(byte));
}

COPYDESK_AVX512 void ReadBlocksAvx512(const char* text, size_t count, Block* blocks) {
  for (size_t i = 0; i < count; ++i) {
    const __m512i bytes = _mm512_loadu_si512(text + kBlock * i);
    Block& bits = blocks[i];
    bits.upper = InRange(bytes, 'A', 26);
    bits.lower = InRange(bytes, 'a', 26);
    bits.high = _mm512_movepi8_mask(bytes);
    bits.word = bits.upper | bits.lower | bits.high | InRange(bytes, '0', 10);
    bits.blank = Equal(bytes, ' ');
    bits.line_end = Equal(bytes, '\n');
    bits.lead = 0;
    if (bits.high == 0) continue;
    const uint64_t is_ethiopic =
        Equal(bytes, '\xE1') & InRange(bytes, kEthiopicMin, kEthiopics) >> 1;
    bits.lead = InRange(bytes, kLeadMin, kLeads) & ~is_ethiopic;
  }
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
    bits.blank |= uint64_t{byte == ' '} << i;
    bits.line_end |= uint64_t{byte == '\n'} << i;
    const auto next = static_cast<uint8_t>(i + 1 < kBlock ? block[i + 1] : 0);
    const bool is_ethiopic =
        byte == 0xE1 && next >= kEthiopicMin && next < kEthiopicMin + kEthiopics;
    bits.lead |= uint64_t{byte >= kLeadMin && byte < kLeadMin + kLeads && !is_ethiopic} << i;
  }
  bits.word |= bits.upper | bits.lower | bits.high;
  return bits;
}

#endif

void ReadBlocksPlain(const char* text, size_t count, Block* blocks) {
  for (size_t i = 0; i < count; ++i) blocks[i] = ReadBlock(text + kBlock * i);
}

// A space, a tab, or a line's end.
bool IsWhite(char c) {
  constexpr uint64_t kWhite = 1ull << ' ' | 1ull << '\t' | 1ull << '\n' | 1ull << '\r';
  const auto byte = static_cast<uint8_t>(c);
  return (byte < 64) & (kWhite >> (byte % 64) & 1);
}

// The fastest that the kernel's instructions allow.
LetterMasks::ReadBlocks ReaderFor(const Kernel& kernel) {
#if defined(__x86_64__)
  if (kernel.name == "avx512") return ReadBlocksAvx512;
#endif
  return ReadBlocksPlain;
}

}  // namespace

LetterMasks::LetterMasks(const Kernel& kernel) : read_blocks_(ReaderFor(kernel)) {}

void LetterMasks::Read(std::string_view text) {
  const size_t whole = text.size() / kBlock;
  if (blocks_.size() < whole + 3) blocks_.resize(whole + 3);
  Block* const blocks = &blocks_[1];
  read_blocks_(text.data(), whole, blocks);
  char last[kBlock] = {};
  std::memcpy(last, text.data() + whole * kBlock, text.size() - whole * kBlock);
  read_blocks_(last, 1, blocks + whole);
  blocks[whole + 1] = {};
  AddWrappedEnds(text);
}

// A line as long as wrapped ones are goes on in the next, unless that begins with white space.
void LetterMasks::AddWrappedEnds(std::string_view text) {
  uint64_t seen = 0;
  size_t line_begin = 0;
  for (size_t i = 0; i <= text.size() / kBlock; ++i) {
    Block& block = blocks_[i + 1];
    seen |= block.lower | block.high;
    for (uint64_t left = block.line_end; left != 0; left &= left - 1) {
      const auto bit = static_cast<uint32_t>(__builtin_ctzll(left));
      const size_t end = kBlock * i + bit;
      const size_t length = end - line_begin;
      line_begin = end + 1;
      const char next = end + 1 < text.size() ? text[end + 1] : '\n';
      const bool is_wrapped =
          (length - kWrappedBytesMin <= kWrappedBytesMax - kWrappedBytesMin) & !IsWhite(next);
      block.blank |= uint64_t{is_wrapped} << bit;
    }
  }
  has_lower_or_high_ = seen != 0;
}

}  // namespace copydesk
