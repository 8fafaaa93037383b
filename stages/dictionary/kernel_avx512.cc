// The kernel for AVX-512 with VBMI and VBMI2: one permutation looks up 64 bytes.

#include <immintrin.h>

#include "stages/dictionary/kernel.h"

namespace copydesk {
namespace {

class BlockClassifier {
 public:
  explicit BlockClassifier(const CharTables& tables)
      : low_(_mm512_load_si512(tables.ascii)), high_(_mm512_load_si512(tables.ascii + 64)) {
    for (uint32_t i = 0; i < kPrefixBytes; ++i) {
      prefix_low_[i] = _mm512_load_si512(tables.prefix_bits[i]);
      prefix_high_[i] = _mm512_load_si512(tables.prefix_bits[i] + 64);
    }
  }
  template <typename Bits>
  __attribute__((always_inline)) void Classify(const char* block, Bits* bits) {
    const __m512i bytes = _mm512_loadu_si512(block);
    const uint64_t non_ascii = _mm512_movepi8_mask(bytes);
    const __m512i flags = _mm512_maskz_permutex2var_epi8(~non_ascii, low_, bytes, high_);
    flags_ = _mm512_or_si512(flags_, flags);
    bits->word = _mm512_test_epi8_mask(flags, _mm512_set1_epi8(kWordChar));
    const __m512i groups = _mm512_and_si512(
        _mm512_permutex2var_epi8(prefix_low_[0], bytes, prefix_high_[0]),
        _mm512_and_si512(Groups(1, block), _mm512_and_si512(Groups(2, block), Groups(3, block))));
    bits->begin = _mm512_test_epi8_mask(groups, groups) & ~non_ascii;
    bits->unspaced = 0;
    bits->non_ascii = non_ascii;
  }
  // See kernel_inl.h.
  __attribute__((always_inline)) static void Extract(uint64_t bits, uint32_t base, uint32_t* out) {
    static constexpr auto kNumbers = [] {
      struct Numbers {
        alignas(64) uint8_t of[64];
      } numbers{};
      for (uint8_t i = 0; i < 64; ++i) numbers.of[i] = i;
      return numbers;
    }();
    __m512i numbers = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(kNumbers.of));
    int left = __builtin_popcountll(bits);
    do {
      const __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers));
      _mm512_storeu_si512(out, _mm512_add_epi32(wide, _mm512_set1_epi32(static_cast<int>(base))));
      numbers = _mm512_alignr_epi64(_mm512_setzero_si512(), numbers, 2);
      out += 16;
      left -= 16;
    } while (left > 0);
  }
  static uint64_t Continuations(const char* block) {
    // As signed numbers, continuation bytes are those below -64.
    return _mm512_cmplt_epi8_mask(_mm512_loadu_si512(block), _mm512_set1_epi8(-64));
  }
  // Where the bytes may be a head of FewHeads; means nothing where no character of three bytes is.
  static uint64_t FindFewHeads(const char* block, const FewHeads& heads) {
    const auto load = [&](uint32_t ahead) { return _mm512_loadu_si512(block + ahead); };
    const auto look_up = [](const uint8_t* table, __m512i by) {
      // The masked one: g++ 12 warns of what the other leaves undefined on purpose.
      return _mm512_maskz_permutexvar_epi8(~uint64_t{0}, by, _mm512_load_si512(table));
    };
    __m512i one[2];
    __m512i two[2];
    for (uint32_t k = 0; k < 2; ++k) {
      const auto& bytes = kHeadBytes.of[k];
      one[k] = _mm512_xor_si512(look_up(bytes[0], load(1)), look_up(bytes[1], load(2)));
      const __m512i more = _mm512_xor_si512(look_up(bytes[2], load(4)), look_up(bytes[3], load(5)));
      two[k] = _mm512_xor_si512(one[k], more);
    }
    return (Has(heads.pairs[0], two[0], two[1]) & Has(heads.pairs[1], two[1], two[0])) |
           Has(heads.singles, one[0], one[1]);
  }
  using Flags = __m512i;  // CharFlags or-ed together, in any byte
  // See WholeLeads.
  __attribute__((always_inline)) static WholeLeads FindLeads(const char* block,
                                                             const CharTables& tables) {
    const auto row = [](const uint8_t* of_low) {
      return _mm512_maskz_broadcast_i32x4(0xFFFF,
                                          _mm_load_si128(reinterpret_cast<const __m128i*>(of_low)));
    };
    const __m512i bytes = _mm512_loadu_si512(block);
    const __m512i second = _mm512_loadu_si512(block + 1);
    const __m512i high = _mm512_and_si512(bytes, _mm512_set1_epi8(-16));
    const __m512i low = _mm512_and_si512(bytes, _mm512_set1_epi8(15));
    const __m512i from = _mm512_shuffle_epi8(row(tables.lead_from), low);
    const __m512i to = _mm512_shuffle_epi8(row(tables.lead_to), low);
    const __mmask64 is_whole = _mm512_cmpeq_epi8_mask(high, _mm512_set1_epi8(-32)) &
                               _mm512_cmpge_epu8_mask(second, from) &
                               _mm512_cmple_epu8_mask(second, to);
    const __m512i kinds = _mm512_maskz_shuffle_epi8(is_whole, row(tables.leads), low);
    return {_mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kWholeLead)),
            _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kBeginsKeyLead))};
  }
  // See Pages.
  static constexpr uint32_t kPagesKept = 8;
  template <uint32_t length>
  __attribute__((always_inline)) static uint64_t FindPage(const char* block, uint32_t,
                                                          const Page& page, CharBits* found,
                                                          Flags* all_flags) {
    __mmask64 at =
        _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(block), _mm512_set1_epi8(page.bytes[0]));
    if constexpr (length == 3) {
      at = _mm512_mask_cmpeq_epi8_mask(at, _mm512_loadu_si512(block + 1),
                                       _mm512_set1_epi8(page.bytes[1]));
    }
    // A permutation takes the last byte's low six bits.
    const __m512i last = _mm512_loadu_si512(block + length - 1);
    const __m512i flags = _mm512_maskz_permutexvar_epi8(at, last, _mm512_loadu_si512(page.flags));
    *all_flags = _mm512_or_si512(*all_flags, flags);
    found->word |= _mm512_test_epi8_mask(flags, _mm512_set1_epi8(kWordChar));
    found->unspaced |= _mm512_test_epi8_mask(flags, _mm512_set1_epi8(kUnspacedChar));
    found->begin |= _mm512_test_epi8_mask(flags, _mm512_set1_epi8(kBeginsKeyChar));
    return at;
  }
  uint8_t flags(Flags others) const {
    alignas(64) uint8_t bytes[64];
    _mm512_store_si512(bytes, _mm512_or_si512(flags_, others));
    uint8_t flags = 0;
    for (const uint8_t byte : bytes) flags |= byte;
    return flags;
  }

 private:
  // Where filter[byte] has the bit that the low half of `bit` names.
  __attribute__((always_inline)) static uint64_t Has(const uint8_t* filter, __m512i byte,
                                                     __m512i bit) {
    const auto part = [&](uint32_t from) {
      return _mm512_permutex2var_epi8(_mm512_loadu_si512(filter + from), byte,
                                      _mm512_loadu_si512(filter + from + 64));
    };
    const __m512i bits = _mm512_mask_blend_epi8(_mm512_movepi8_mask(byte), part(0), part(128));
    const __m512i ones = _mm512_set1_epi64(static_cast<int64_t>(0x8040201008040201));
    const __m512i wanted = _mm512_shuffle_epi8(ones, _mm512_and_si512(bit, _mm512_set1_epi8(7)));
    return _mm512_test_epi8_mask(bits, wanted);
  }
  // The groups that have block[i]; all of them where it is not ASCII.
  __attribute__((always_inline)) __m512i Groups(uint32_t i, const char* block) const {
    const __m512i bytes = _mm512_loadu_si512(block + i);
    const __m512i groups = _mm512_permutex2var_epi8(prefix_low_[i], bytes, prefix_high_[i]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), groups, _mm512_set1_epi8(-1));
  }

  __m512i prefix_low_[kPrefixBytes];
  __m512i prefix_high_[kPrefixBytes];
  const __m512i low_;
  const __m512i high_;
  __m512i flags_ = _mm512_setzero_si512();
};

}  // namespace
}  // namespace copydesk

#include "stages/dictionary/kernel_inl.h"

namespace copydesk {
extern const Kernel kAvx512Kernel;
const Kernel kAvx512Kernel = MakeKernel("avx512");
}  // namespace copydesk
