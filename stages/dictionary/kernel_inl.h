// The loops of kernel.h over a block classifier. Included by one source for each instruction set,
// which defines BlockClassifier first; everything has internal linkage, see prefix_hash.h.
#pragma once

#include <array>

#include "stages/dictionary/kernel.h"
#include "stages/dictionary/prefix_hash.h"

namespace copydesk {
namespace {

// How many bytes behind a block can be read.
constexpr uint32_t kBytesAhead = 8;

// What is known of 64 bytes, one bit each.
struct BlockBits {
  uint64_t word;       // belongs to a kWordChar
  uint64_t unspaced;   // belongs to a kUnspacedChar
  uint64_t begin;      // some key begins with this byte
  uint64_t non_ascii;  // is not ASCII
};

// The pages met lately, of characters of `length` bytes. Text has few of them: Cyrillic three,
// Ethiopic six a block. They are looked for in each block without asking whether they are there, as
// a loop over those that are would guess its end wrongly and wait for each.
template <uint32_t length>
struct Pages {
  static constexpr uint32_t kMax = BlockClassifier::kPagesKept;
  uint32_t count = 0;
  uint32_t oldest = 0;
  std::array<Page, kMax> of{};

  // Adds what their characters in the block are to *bits, and says where they begin.
  __attribute__((always_inline)) uint64_t Find(const char* block, CharBits* bits,
                                               BlockClassifier::Flags* flags) const {
    uint64_t found = 0;
    for (uint32_t k = 0; k < count; ++k) {
      found |= BlockClassifier::FindPage<length>(block, 0, of[k], bits, flags);
    }
    return found;
  }
  // The same of the page of the character at block[i], at least of that character. Keeps it.
  __attribute__((always_inline)) uint64_t FindNew(const char* block, uint32_t i, const Page& page,
                                                  CharBits* bits, BlockClassifier::Flags* flags) {
    if constexpr (kMax != 0) {
      of[oldest] = page;
      if (++oldest == kMax) oldest = 0;
      count += count < kMax;
    }
    return BlockClassifier::FindPage<length>(block, i, page, bits, flags);
  }
};

// State carried from one block to the next.
struct Carry {
  uint64_t word_before = 0;      // bit 0: the byte before is of a kWordChar
  uint64_t unspaced_before = 0;  // bit 0: of a kUnspacedChar
  uint64_t word_ahead = 0;       // bits of a code point that began in the block before
  uint64_t unspaced_ahead = 0;
  uint64_t flags = 0;
  Pages<2> pages_of_two;
  Pages<3> pages_of_three;
};

// Adds what the character of four bytes at block[i] is.
__attribute__((noinline)) void AddFourBytes(const char* block, uint32_t i, const CharTables& tables,
                                            BlockBits* bits, Carry* carry) {
  const auto* const p = reinterpret_cast<const unsigned char*>(block) + i;
  const uint8_t flags = tables.flags_of((p[0] & 0x7u) << 18 | (p[1] & 0x3Fu) << 12 |
                                        (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu));
  carry->flags |= flags;
  bits->begin |= uint64_t{tables.begins_key[p[0]]} << i;
  const uint64_t word = (flags & kWordChar) != 0 ? 0xF : 0;
  const uint64_t unspaced = (flags & kUnspacedChar) != 0 ? 0xF : 0;
  bits->word |= word << i;
  bits->unspaced |= unspaced << i;
  if (i > 60) {
    carry->word_ahead |= word >> (64 - i);
    carry->unspaced_ahead |= unspaced >> (64 - i);
  }
}

// Adds what the code points are that are not ASCII and begin in this block, at `starts`. Returns
// where characters of three bytes begin.
__attribute__((always_inline)) inline uint64_t ClassifyNonAscii(
    const char* block, const CharTables& tables, uint64_t starts, BlockBits* block_bits,
    Carry* carry, BlockClassifier::Flags* block_flags) {
  // Copies, so that what the loop carries can stay in registers.
  BlockBits bits = *block_bits;
  BlockClassifier::Flags flags = *block_flags;
  bits.word |= carry->word_ahead;
  bits.unspaced |= carry->unspaced_ahead;
  carry->word_ahead = carry->unspaced_ahead = 0;
  const WholeLeads leads = BlockClassifier::FindLeads(block, tables);
  CharBits two;
  CharBits three = {.word = 0, .unspaced = leads.all, .begin = leads.begins};
  uint64_t three_at = leads.all | carry->pages_of_three.Find(block, &three, &flags);
  const uint64_t two_at = carry->pages_of_two.Find(block, &two, &flags);
  for (uint64_t left = bits.non_ascii & starts & ~(two_at | three_at); left != 0;) {
    const auto i = static_cast<uint32_t>(__builtin_ctzll(left));
    const auto lead = static_cast<unsigned char>(block[i]);
    uint64_t found = uint64_t{1} << i;
    if (lead < 0xE0) {
      const Page page = {tables.bmp_flags + ((lead & 0x1Fu) << 6), {block[i], 0}};
      found = carry->pages_of_two.FindNew(block, i, page, &two, &flags);
    } else if (lead < 0xF0) {
      const uint32_t second = static_cast<unsigned char>(block[i + 1]) & 0x3Fu;
      const Page page = {tables.bmp_flags + ((lead & 0xFu) << 12 | second << 6),
                         {block[i], block[i + 1]}};
      found = carry->pages_of_three.FindNew(block, i, page, &three, &flags);
      three_at |= found;
    } else {
      AddFourBytes(block, i, tables, &bits, carry);
    }
    left &= ~found;
  }
  bits.word |= two.word | two.word << 1 | three.word | three.word << 1 | three.word << 2;
  bits.unspaced |=
      two.unspaced | two.unspaced << 1 | three.unspaced | three.unspaced << 1 | three.unspaced << 2;
  bits.begin |= two.begin | three.begin;
  carry->word_ahead |= two.word >> 63 | three.word >> 63 | three.word >> 62;
  carry->unspaced_ahead |= two.unspaced >> 63 | three.unspaced >> 63 | three.unspaced >> 62;
  *block_bits = bits;
  *block_flags = flags;
  return three_at;
}

// Keeps those of the begins in this block whose head some key may have. At each of them two
// characters of three bytes stand, and eight bytes can be read.
template <typename Classifier>
uint64_t KeepHeads(const char* block, const CharTables& tables, uint64_t begins) {
  if constexpr (requires { Classifier::FindFewHeads(block, *tables.few_heads); }) {
    if (tables.few_heads != nullptr) {
      return begins & Classifier::FindFewHeads(block, *tables.few_heads);
    }
  }
  const auto* const heads = reinterpret_cast<const uint32_t*>(tables.heads);
  const uint32_t shift = tables.head_shift;
  const auto has = [&](uint32_t hash) {
    const uint32_t bit = hash >> shift;
    return uint64_t{heads[bit >> 5] >> (bit & 31) & 1};
  };
  uint64_t kept = 0;
  for (uint64_t left = begins; left != 0; left &= left - 1) {
    const auto i = static_cast<uint32_t>(__builtin_ctzll(left));
    const uint64_t word = LoadWord(block + i);
    kept |= (has(HashTwoOfThree(word)) | has(HashOneOfThree(word))) << i;
  }
  return kept;
}

// At least eight bytes can be read behind the block.
__attribute__((always_inline)) inline void ClassifyBlock(BlockClassifier& classifier,
                                                         const char* block,
                                                         const CharTables& tables, Carry* carry,
                                                         BlockClassifier::Flags* flags,
                                                         uint64_t* begins, uint64_t* cuts) {
  BlockBits bits;
  classifier.Classify(block, &bits);
  uint64_t starts = ~uint64_t{0};
  uint64_t three_at = 0;
  if (__builtin_expect((bits.non_ascii | carry->word_ahead | carry->unspaced_ahead) != 0, 0)) {
    starts = ~classifier.Continuations(block);
    three_at = ClassifyNonAscii(block, tables, starts, &bits, carry, flags);
  }
  const uint64_t word_before = bits.word << 1 | carry->word_before;
  const uint64_t unspaced_before = bits.unspaced << 1 | carry->unspaced_before;
  carry->word_before = bits.word >> 63;
  carry->unspaced_before = bits.unspaced >> 63;
  uint64_t found = starts & bits.begin & (~word_before | bits.unspaced);
  // Where two characters of three bytes stand.
  const uint64_t pairs = found & three_at & three_at >> 3;
  if (__builtin_expect(pairs != 0, 0) && tables.heads != nullptr) {
    found ^= pairs ^ KeepHeads<BlockClassifier>(block, tables, pairs);
  }
  *begins = found;
  *cuts = starts & (~bits.word | unspaced_before);
}

uint8_t ClassifyText(const char* text, uint32_t size, const CharTables& tables, uint64_t* begins,
                     uint64_t* cuts) {
  BlockClassifier classifier(tables);
  Carry carry;
  BlockClassifier::Flags flags{};
  // A block is looked at with the bytes behind it; where the text ends before them, in a copy.
  const uint32_t blocks = size / 64;
  const uint32_t in_place = size < 64 + kBytesAhead ? 0 : (size - kBytesAhead) / 64;
  for (uint32_t b = 0; b < in_place; ++b) {
    ClassifyBlock(classifier, text + 64 * b, tables, &carry, &flags, begins + b, cuts + b);
  }
  char last[192] = {};
  __builtin_memcpy(last, text + 64 * in_place, size - 64 * in_place);
  for (uint32_t b = in_place; b <= blocks; ++b) {
    ClassifyBlock(classifier, last + 64 * (b - in_place), tables, &carry, &flags, begins + b,
                  cuts + b);
  }
  const uint32_t rest = size & 63;
  const uint64_t inside = (uint64_t{1} << rest) - 1;
  begins[blocks] &= inside;
  cuts[blocks] = (cuts[blocks] & inside) | (inside + 1);
  begins[blocks + 1] = begins[blocks + 2] = 0;
  cuts[blocks + 1] = cuts[blocks + 2] = 0;
  return static_cast<uint8_t>(carry.flags | classifier.flags(flags));
}

// The bytes at `at`, readable for kSegmentSlackBytes and up to the text's end.
__attribute__((always_inline)) inline const char* BytesAt(const MaskedText& text, uint32_t at) {
  return at < text.tail_begin ? text.text + at : text.tail + (at - text.tail_begin);
}

uint32_t FarCut(const uint64_t* cuts, uint32_t at) {
  uint32_t word = at / 64;
  uint64_t bits = cuts[word] >> (at & 63) << (at & 63);
  while (bits == 0) bits = cuts[++word];
  return word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
}

// The first cut behind `at`. REQUIRES: at < text.size.
__attribute__((always_inline)) inline uint32_t NextCut(const MaskedText& text, uint32_t at) {
  const char* const bytes = reinterpret_cast<const char*>(text.cuts) + (at >> 3);
  const uint64_t ahead = LoadWord(bytes) >> (at & 7) >> 1;
  if (__builtin_expect(ahead == 0, 0)) return FarCut(text.cuts, at + 1);
  return at + 1 + static_cast<uint32_t>(__builtin_ctzll(ahead));
}

// Writes base + i for every bit i of `bits`, and may write up to 64 values in all.
template <typename Classifier>
__attribute__((always_inline)) inline void Extract(uint64_t bits, uint32_t base, uint32_t* out) {
  if constexpr (requires { Classifier::Extract(bits, base, out); }) {
    return Classifier::Extract(bits, base, out);
  }
  while (bits != 0) {
    // Four at a time without asking whether there are as many.
    for (uint32_t i = 0; i < 4; ++i) {
      *out++ = base + static_cast<uint32_t>(__builtin_ctzll(bits | uint64_t{1} << 63));
      bits &= bits - 1;
    }
  }
}

// Filters of more words are fetched ahead of their use.
constexpr uint32_t kFetchedWords = 1 << 14;

// 1 where the filter's word has the bits of a first segment's hash.
__attribute__((always_inline)) inline uint32_t Passes(uint64_t filter, uint64_t hash) {
  return static_cast<uint32_t>(filter >> (hash & 63) & filter >> (hash >> 6 & 63) & 1);
}

// Keeps the begins whose first bytes some key may begin with.
__attribute__((always_inline)) inline uint32_t Sieve(const MaskedText& text, const IndexView& index,
                                                     uint32_t* begin_of, uint32_t count) {
  const auto* const sieve = reinterpret_cast<const uint32_t*>(index.sieve);
  const uint32_t shift = index.sieve_shift;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t begin = begin_of[i];
    uint32_t bytes;
    __builtin_memcpy(&bytes, BytesAt(text, begin), sizeof(bytes));
    const uint32_t four = HashFirstFour(bytes) >> shift;
    const uint32_t two = HashFirstTwo(bytes) >> shift;
    begin_of[kept] = begin;
    kept += (sieve[four >> 5] >> (four & 31) | sieve[two >> 5] >> (two & 31)) & 1;
  }
  return kept;
}

uint32_t KeepFirst(const MaskedText& masked, const IndexView& view, uint32_t word_begin,
                   uint32_t word_end, uint32_t* begin_of, Walker* walkers) {
  // Copies: stores through the arrays cannot change them.
  const MaskedText text = masked;
  const IndexView index = view;
  // All begins at first, so that the loop below runs once for each and has nothing to guess.
  uint32_t begins = 0;
  for (uint32_t word = word_begin; word < word_end; ++word) {
    Extract<BlockClassifier>(text.begins[word], word * 64, begin_of + begins);
    begins += static_cast<uint32_t>(__builtin_popcountll(text.begins[word]));
  }
  if (index.sieve != nullptr) begins = Sieve(text, index, begin_of, begins);
  // A filter beyond the second cache is fetched ahead, all of the step's words at once.
  if (index.first_words > kFetchedWords) {
    for (uint32_t i = 0; i < begins; ++i) {
      const uint32_t end = NextCut(text, begin_of[i]);
      const uint64_t hash = HashSegment(0, BytesAt(text, begin_of[i]), end - begin_of[i]);
      __builtin_prefetch(index.first_filter + Reduce(hash, index.first_words));
      walkers[i] = {hash, end, begin_of[i]};
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < begins; ++i) {
      const Walker walker = walkers[i];
      const uint64_t filter = index.first_filter[Reduce(walker.hash, index.first_words)];
      begin_of[count] = walker.slot;
      walkers[count] = {walker.hash, walker.end, count};
      count += Passes(filter, walker.hash);
    }
    return count;
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < begins; ++i) {
    const uint32_t begin = begin_of[i];
    const uint32_t end = NextCut(text, begin);
    const uint64_t hash = HashSegment(0, BytesAt(text, begin), end - begin);
    const uint64_t filter = index.first_filter[Reduce(hash, index.first_words)];
    begin_of[count] = begin;
    walkers[count] = {hash, end, count};
    count += Passes(filter, hash);
  }
  return count;
}

uint32_t Walk(const MaskedText& masked, const IndexView& view, Walker* walkers, uint32_t count,
              Candidate* candidates, uint32_t* candidate_count, uint32_t* longest) {
  const MaskedText text = masked;
  const IndexView index = view;
  uint32_t kept = 0;
  uint32_t found = *candidate_count;
  if (index.prefix_words > kFetchedWords) {
    for (uint32_t i = 0; i < count; ++i) {
      __builtin_prefetch(index.prefix_filter + Reduce(walkers[i].hash, index.prefix_words));
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    const Walker walker = walkers[i];
    const uint64_t filter = index.prefix_filter[Reduce(walker.hash, index.prefix_words)];
    const uint64_t key = KeyBits(walker.hash);
    const uint64_t prefix = PrefixBits(walker.hash);
    const bool is_candidate = (filter & key) == key;
    const uint32_t shorter = longest[walker.slot];
    candidates[found] = {walker.hash, walker.end, shorter};
    longest[walker.slot] = is_candidate ? found : shorter;
    found += is_candidate;
    if (walker.end == text.size) continue;
    const uint32_t end = NextCut(text, walker.end);
    walkers[kept] = {HashSegment(walker.hash, BytesAt(text, walker.end), end - walker.end), end,
                     walker.slot};
    kept += (filter & prefix) == prefix;
  }
  *candidate_count = found;
  return kept;
}

constexpr Kernel MakeKernel(std::string_view name) { return {name, ClassifyText, KeepFirst, Walk}; }

}  // namespace
}  // namespace copydesk
