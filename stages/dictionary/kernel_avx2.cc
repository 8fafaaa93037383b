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
    leads_ =
        _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(tables.leads)));
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
    uint64_t found = 0;
    for (uint32_t half = 0; half < 64; half += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half));
      found |= Mask(_mm256_cmpgt_epi8(_mm256_set1_epi8(-64), bytes)) << half;
    }
    return found;
  }
  // See WholeLeads.
  WholeLeads FindLeads(const char* block) const {
    WholeLeads found;
    for (uint32_t half = 0; half < 64; half += 32) {
      const auto load = [&](uint32_t ahead) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + half + ahead));
      };
      const __m256i bytes = load(0);
      const __m256i is_lead =
          _mm256_cmpeq_epi8(_mm256_and_si256(bytes, _mm256_set1_epi8(-16)), _mm256_set1_epi8(-32));
      const __m256i is_odd = _mm256_and_si256(Equals(bytes, kOddLead), Equals(load(1), kOddSecond));
      const __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
      const __m256i kinds =
          _mm256_and_si256(_mm256_shuffle_epi8(leads_, low), _mm256_andnot_si256(is_odd, is_lead));
      // The flag to the byte's top bit.
      found.all |= Mask(_mm256_slli_epi16(kinds, 7)) << half;
      found.begins |= Mask(_mm256_slli_epi16(kinds, 6)) << half;
    }
    return found;
  }
  uint8_t flags() const {
    return static_cast<uint8_t>((_mm256_movemask_epi8(any_lower_) != 0 ? kLowerChar : 0) |
                                (_mm256_movemask_epi8(any_upper_) != 0 ? kUpperChar : 0));
  }

 private:
  static __m256i Equals(__m256i bytes, uint8_t byte) {
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(static_cast<char>(byte)));
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
  static uint64_t Mask(__m256i bytes) { return static_cast<uint32_t>(_mm256_movemask_epi8(bytes)); }

  __m256i leads_;
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
