// The kernel for AVX2: classes from two 16-entry tables, one for each half of a byte.
//
// A byte's flags are wanted only as two bits (word, begins a key) and the case of letters. For each
// flag the set of ASCII bytes that have it is a 16 x 8 bit matrix: its row is the low half of the
// byte, its column the high half. A shuffle fetches the row, another the column's bit.

#include <immintrin.h>

#include "stages/dictionary/kernel.h"

namespace copydesk {
namespace {

class BlockClassifier {
 public:
  explicit BlockClassifier(const CharTables& tables) {
    word_ = Rows(tables, kWordChar);
    begin_ = Rows(tables, kBeginsKeyChar);
    lower_ = Rows(tables, kLowerChar);
    upper_ = Rows(tables, kUpperChar);
  }
  template <typename Bits>
  __attribute__((always_inline)) void Classify(const char* block, Bits* bits) {
    *bits = {};
    for (uint32_t half = 0; half < 64; half += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half));
      const __m256i column = Columns(bytes);
      const __m256i lower = Matches(lower_, bytes, column);
      const __m256i upper = Matches(upper_, bytes, column);
      any_lower_ = _mm256_or_si256(any_lower_, lower);
      any_upper_ = _mm256_or_si256(any_upper_, upper);
      bits->word |= Mask(Matches(word_, bytes, column)) << half;
      bits->begin |= Mask(Matches(begin_, bytes, column)) << half;
      bits->non_ascii |= Mask(bytes) << half;
    }
  }
  static uint64_t Continuations(const char* block) {
    uint64_t found = 0;
    for (uint32_t half = 0; half < 64; half += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half));
      found |= Mask(_mm256_cmpgt_epi8(_mm256_set1_epi8(-64), bytes)) << half;
    }
    return found;
  }
  using Flags = __m256i;  // CharFlags or-ed together, in any byte
  // See WholeLeads.
  static WholeLeads FindLeads(const char* block, const CharTables& tables) {
    const auto row = [](const uint8_t* of_low) {
      return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(of_low)));
    };
    WholeLeads found;
    for (uint32_t half = 0; half < 64; half += 32) {
      const auto load = [&](uint32_t ahead) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half + ahead));
      };
      const __m256i bytes = load(0);
      const __m256i second = load(1);
      const __m256i is_lead =
          _mm256_cmpeq_epi8(_mm256_and_si256(bytes, _mm256_set1_epi8(-16)), _mm256_set1_epi8(-32));
      const __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
      const __m256i from = _mm256_shuffle_epi8(row(tables.lead_from), low);
      const __m256i to = _mm256_shuffle_epi8(row(tables.lead_to), low);
      const __m256i is_inside =
          _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(second, from), second),
                           _mm256_cmpeq_epi8(_mm256_min_epu8(second, to), second));
      const __m256i kinds = _mm256_and_si256(_mm256_shuffle_epi8(row(tables.leads), low),
                                             _mm256_and_si256(is_lead, is_inside));
      // The flag to the byte's top bit.
      found.all |= Mask(_mm256_slli_epi16(kinds, 7)) << half;
      found.begins |= Mask(_mm256_slli_epi16(kinds, 6)) << half;
    }
    return found;
  }
  // See Pages.
  static constexpr uint32_t kPagesKept = 8;
  template <uint32_t length>
  __attribute__((always_inline)) static uint64_t FindPage(const char* block, uint32_t,
                                                          const Page& page, CharBits* found,
                                                          Flags* all_flags) {
    uint64_t all = 0;
    for (uint32_t half = 0; half < 64; half += 32) {
      const auto load = [&](uint32_t ahead) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half + ahead));
      };
      __m256i at = Equals(load(0), page.bytes[0]);
      if constexpr (length == 3) at = _mm256_and_si256(at, Equals(load(1), page.bytes[1]));
      const __m256i flags = _mm256_and_si256(LookUp64(page.flags, load(length - 1)), at);
      *all_flags = _mm256_or_si256(*all_flags, flags);
      // A flag to the byte's top bit; what comes from the byte below stays under it.
      found->word |= Mask(_mm256_slli_epi16(flags, 7)) << half;
      found->unspaced |= Mask(_mm256_slli_epi16(flags, 6)) << half;
      found->begin |= Mask(_mm256_slli_epi16(flags, 3)) << half;
      all |= Mask(at) << half;
    }
    return all;
  }
  uint8_t flags(Flags others) const {
    alignas(32) uint8_t bytes[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), others);
    uint8_t flags = 0;
    for (const uint8_t byte : bytes) flags |= byte;
    if (_mm256_movemask_epi8(any_lower_) != 0) flags |= kLowerChar;
    if (_mm256_movemask_epi8(any_upper_) != 0) flags |= kUpperChar;
    return flags;
  }

 private:
  static __m256i Equals(__m256i bytes, char byte) {
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte));
  }
  static __m256i Rows(const CharTables& tables, uint8_t flag) {
    alignas(32) uint8_t rows[32];
    for (uint32_t low = 0; low < 16; ++low) {
      uint8_t row = 0;
      for (uint32_t high = 0; high < 8; ++high) {
        if ((tables.ascii[high * 16 + low] & flag) != 0) row |= static_cast<uint8_t>(1u << high);
      }
      rows[low] = rows[low + 16] = row;
    }
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(rows));
  }
  // 1 << (byte >> 4), or 0 for bytes that are not ASCII.
  static __m256i Columns(__m256i bytes) {
    const __m256i bit = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2,
                                         4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
    return _mm256_shuffle_epi8(bit, high);
  }
  // 0xFF where the byte has the flag. A shuffle by a byte that is not ASCII gives 0.
  static __m256i Matches(__m256i rows, __m256i bytes, __m256i column) {
    const __m256i row = _mm256_shuffle_epi8(rows, bytes);
    const __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(row, column), _mm256_setzero_si256());
    return _mm256_xor_si256(none, _mm256_set1_epi8(-1));
  }
  // table[byte & 63] for each byte.
  __attribute__((always_inline)) static __m256i LookUp64(const uint8_t* table, __m256i bytes) {
    const auto part = [&](uint32_t from) {
      const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + from));
      return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row),
                                 _mm256_and_si256(bytes, _mm256_set1_epi8(15)));
    };
    const __m256i bit_4 = _mm256_slli_epi16(bytes, 3);  // as the top bit, which a blend asks for
    const __m256i bit_5 = _mm256_slli_epi16(bytes, 2);
    return _mm256_blendv_epi8(_mm256_blendv_epi8(part(0), part(16), bit_4),
                              _mm256_blendv_epi8(part(32), part(48), bit_4), bit_5);
  }
  static uint64_t Mask(__m256i bytes) { return static_cast<uint32_t>(_mm256_movemask_epi8(bytes)); }

  __m256i word_;
  __m256i begin_;
  __m256i lower_;
  __m256i upper_;
  __m256i any_lower_ = _mm256_setzero_si256();
  __m256i any_upper_ = _mm256_setzero_si256();
};

}  // namespace
}  // namespace copydesk

#include "stages/dictionary/kernel_inl.h"

namespace copydesk {
extern const Kernel kAvx2Kernel;
const Kernel kAvx2Kernel = MakeKernel("avx2");
}  // namespace copydesk
