#include "stages/text/utf8.h"

#include <simdjson.h>

#include <cstring>

namespace copydesk {
namespace {

constexpr uint64_t kLowBits = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;

uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// Adds up eight bytes, each at most 31.
uint32_t SumOfBytes(uint64_t bytes) { return static_cast<uint32_t>((bytes * kLowBits) >> 56); }

unsigned char ByteAt(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The length of the valid sequence at `at`, or 0: Unicode's table 3-7, well-formed byte sequences.
size_t ValidSequence(std::string_view text, size_t at) {
  const unsigned char lead = ByteAt(text, at);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() - at < length) return 0;
  if (ByteAt(text, at + 1) < low || ByteAt(text, at + 1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!IsContinuation(ByteAt(text, at + i))) return 0;
  }
  return length;
}

// Where the first character beyond ASCII begins; the text's size where there is none.
size_t AsciiEnd(std::string_view text) {
  size_t at = 0;
  const auto word = [&](size_t i) { return LoadWord(text.data() + at + 8 * i); };
  while (text.size() - at >= 32 && ((word(0) | word(1) | word(2) | word(3)) & kHighBits) == 0) {
    at += 32;
  }
  while (text.size() - at >= 8 && (word(0) & kHighBits) == 0) at += 8;
  while (at < text.size() && ByteAt(text, at) < 0x80) ++at;
  return at;
}

}  // namespace

char32_t PreviousCodePoint(std::string_view text, size_t* at) {
  do {
    --*at;
  } while (*at > 0 && IsContinuation(ByteAt(text, *at)));
  size_t begin = *at;
  return NextCodePoint(text, &begin);
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto tail = [code_point](int shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->append({static_cast<char>(0xC0 | code_point >> 6), tail(0)});
  } else if (code_point < 0x10000) {
    out->append({static_cast<char>(0xE0 | code_point >> 12), tail(6), tail(0)});
  } else {
    out->append({static_cast<char>(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)});
  }
}

size_t FirstInvalidUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return text.size();
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = ValidSequence(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

OffsetCounter::Counts OffsetCounter::AtBehindAscii(size_t byte) {
  if (byte > text_.size()) byte = text_.size();
  if (!is_ascii_end_known_) {
    is_ascii_end_known_ = true;
    ascii_end_ = AsciiEnd(text_);
  }
  if (byte <= ascii_end_) return At(byte);
  if (byte < byte_ || byte_ < ascii_end_) {
    byte_ = ascii_end_;
    counts_ = At(byte_);
  }
  const char* at = text_.data() + byte_;
  const char* const end = text_.data() + byte;
  uint32_t code_points = 0;
  uint32_t astral = 0;  // four-byte sequences: two UTF-16 units each
  for (; end - at >= 32; at += 32) {
    const uint64_t words[4] = {LoadWord(at), LoadWord(at + 8), LoadWord(at + 16),
                               LoadWord(at + 24)};
    if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) == 0) {
      code_points += 32;
      continue;
    }
    uint64_t continuations = 0;
    uint64_t leads_of_four = 0;
    for (const uint64_t word : words) {
      continuations += (word >> 7) & ~(word >> 6) & kLowBits;
      leads_of_four += (word >> 7) & (word >> 6) & (word >> 5) & (word >> 4) & kLowBits;
    }
    code_points += 32 - SumOfBytes(continuations);
    astral += SumOfBytes(leads_of_four);
  }
  for (; at < end; ++at) {
    const auto value = static_cast<unsigned char>(*at);
    code_points += IsContinuation(value) ? 0 : 1;
    astral += value >= 0xF0 ? 1 : 0;
  }
  counts_.code_points += code_points;
  counts_.utf16_units += code_points + astral;
  byte_ = byte;
  return counts_;
}

}  // namespace copydesk
