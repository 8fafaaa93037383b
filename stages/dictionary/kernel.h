// The scan's inner loops, written once and compiled for several instruction sets.
//
// A scan goes in three steps, each a loop without unpredictable branches over plain arrays:
//   classify  bytes -> bit masks: where a mention may begin, and where one may end (a *cut*);
//   first     sieve the begins by their first bytes, then for each: hash the segment up to the next
//   cut, keep the begins whose first
//             segment may begin a key (one look into a filter that fits the first or second cache);
//   walk      for all that are left, in step: is the prefix a key? (then it is a candidate); does a
//             key go on from here? (then hash the next segment and stay).
// The filters err on the side of yes; candidates are verified against the keys' text afterwards.
//
// Units:   byte offsets into valid UTF-8; bit i of word w of a mask stands for byte 64 w + i.
// Threads: pure functions over caller-owned arrays; the choice is made at first use.
// Errors:  none. Text that is no valid UTF-8 gives unspecified masks but no access out of bounds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "stages/dictionary/prefix_hash.h"

namespace copydesk {

// What a byte or a code point is, as bits.
enum CharFlags : uint8_t {
  kWordChar = 1,        // letters, marks, digits of scripts that write spaces
  kUnspacedChar = 2,    // the same of scripts written without spaces
  kLowerChar = 4,       // a lower-case letter
  kUpperChar = 8,       // an upper-case letter
  kBeginsKeyChar = 16,  // some key begins with this character
};

enum LeadFlags : uint8_t { kWholeLead = 1, kBeginsKeyLead = 2 };

// What classify reads.
struct CharTables {
  alignas(64) uint8_t ascii[128];  // CharFlags of ASCII
  uint8_t begins_key[256];         // 1 where some key begins with the byte
  // prefix_bits[i][c]: which of 8 groups have a key whose byte i is the ASCII byte c, or which ends
  // before. Where no group has all of four bytes, no key begins.
  alignas(64) uint8_t prefix_bits[4][128];
  // By the low half of the bytes 0xE0 to 0xEF: kWholeLead where all code points that begin so and
  // whose second byte is of lead_from to lead_to are kUnspacedChar and nothing else (most of Han
  // and Hangul), with kBeginsKeyLead where some key begins with the byte.
  alignas(16) uint8_t leads[16];
  alignas(16) uint8_t lead_from[16];
  alignas(16) uint8_t lead_to[16];
  // A bit for each hash of the heads of keys that begin with a character of three bytes
  // (prefix_hash.h); null where no key does.
  const uint64_t* heads = nullptr;
  uint32_t head_shift = 0;  // of a 32-bit hash, to its bit
  // The same heads where they are few, else null.
  const FewHeads* few_heads = nullptr;
  // CharFlags of the other code points: of those below U+10000 a table, of the rest a function that
  // leaves kBeginsKeyChar out.
  const uint8_t* bmp_flags;
  uint8_t (*flags_of)(char32_t code_point);
};

// Where the characters of CharTables::leads begin, and those of them some key begins with.
struct WholeLeads {
  uint64_t all = 0;
  uint64_t begins = 0;
};

// What characters of one length are: a bit at the first byte of each.
struct CharBits {
  uint64_t word = 0;
  uint64_t unspaced = 0;
  uint64_t begin = 0;
};

// The 64 characters whose UTF-8 begins with the same bytes (all but the last), and their CharFlags
// by the last byte's low six bits.
struct Page {
  const uint8_t* flags;
  char bytes[2];  // the second counts where characters have three
};

struct Slot {
  uint32_t fingerprint;  // the low half of the key's hash
  uint32_t ref;          // where the key's text begins, or the key's number: see image.h
};

// What the keys of an index begin with: see CharTables.
struct KeyBegins {
  uint8_t begins_key[256];
  uint8_t prefix_bits[4][128];
};

// One index of the image. Keys lie in the order of their hashes, `buckets` says where those of a
// hash range begin.
struct IndexView {
  const uint64_t* first_filter = nullptr;
  const uint64_t* prefix_filter = nullptr;
  const uint32_t* buckets = nullptr;  // bucket_count + 1
  const Slot* slots = nullptr;        // key_count (+ 1 where ref is a text offset)
  const KeyBegins* begins = nullptr;
  // What a found key is compared with and what is read of it next, to be fetched ahead; null where
  // slots have no text.
  const char* text = nullptr;
  const uint32_t* claims = nullptr;
  // A bit for each hash of what keys begin with: their first four bytes, or two of shorter keys.
  // Null where keys begin with too many different bytes for it to be of use.
  const uint64_t* sieve = nullptr;
  uint32_t sieve_shift = 0;         // of a 32-bit hash, to its bit
  const uint64_t* heads = nullptr;  // see CharTables
  uint32_t head_shift = 0;
  const FewHeads* few_heads = nullptr;
  // A bit for each code point below U+10000: whether some key begins with it. Null where keys begin
  // with ASCII or beyond.
  const uint64_t* begin_chars = nullptr;
  uint32_t first_words = 0;
  uint32_t prefix_words = 0;
  uint32_t bucket_count = 0;
  uint32_t key_count = 0;
};

// A text with its masks.
struct MaskedText {
  const char* text;
  uint32_t size;
  const uint64_t* begins;
  const uint64_t* cuts;  // has its bit at `size` set, and two words behind that one
  // A copy of text[tail_begin, size) with 64 zero bytes behind it: loads that would leave the text
  // are made here.
  const char* tail;
  uint32_t tail_begin;
};

inline constexpr uint32_t kTailBytes = 128;
inline constexpr uint32_t kBeginCharWords = 0x10000 / 64;
// How many bytes of a key's begin classify looks at.
inline constexpr uint32_t kPrefixBytes = 4;

// A begin on its way along the segments.
struct Walker {
  uint64_t hash;  // of the segments up to `end`
  uint32_t end;
  uint32_t slot;  // which begin it is
};

// A prefix that may be a key.
struct Candidate {
  uint64_t hash;
  uint32_t end;
  uint32_t shorter;  // the candidate before it at the same begin, or kNoCandidate
};
inline constexpr uint32_t kNoCandidate = ~uint32_t{0};

struct Kernel {
  std::string_view name;
  // Fills begins[] and cuts[] for `size` bytes: size / 64 + 3 words each. Returns the CharFlags of
  // all characters or-ed together.
  uint8_t (*classify)(const char* text, uint32_t size, const CharTables& tables, uint64_t* begins,
                      uint64_t* cuts);
  // Keeps the begins of the mask words [word_begin, word_end) that may begin a key: begin_of[slot]
  // and walkers[slot]. Returns how many; begin_of[] has room for 64 a word and 64 more, walkers[]
  // for 64 a word and one more.
  uint32_t (*first)(const MaskedText& text, const IndexView& index, uint32_t word_begin,
                    uint32_t word_end, uint32_t* begin_of, Walker* walkers);
  // One step of `count` walkers. Appends to candidates[] (room for `count` more) behind
  // *candidate_count, links them by longest[slot], and moves the walkers that go on to the front.
  // Returns how many do.
  uint32_t (*walk)(const MaskedText& text, const IndexView& index, Walker* walkers, uint32_t count,
                   Candidate* candidates, uint32_t* candidate_count, uint32_t* longest);
};

// The fastest kernel this machine can run. COPYDESK_KERNEL=plain|avx2|avx512 in the environment
// asks for another one, for tests and measurements; it is ignored where the machine cannot run it.
const Kernel& BestKernel();
// The kernel named `name`, or nullptr where the machine cannot run it.
const Kernel* FindKernel(std::string_view name);

// Without `begin_chars` no key begins with a code point that is not ASCII, but for those beyond
// U+FFFF. Otherwise *bmp_flags is filled, and must live as long as the tables do.
CharTables MakeCharTables(const KeyBegins& begins, const uint64_t* begin_chars,
                          std::vector<uint8_t>* bmp_flags);

}  // namespace copydesk
