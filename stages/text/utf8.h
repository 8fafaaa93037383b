// UTF-8 arithmetic: walking code points, and turning byte offsets into code point and UTF-16 ones.
//
// Units:   bytes, Unicode code points, UTF-16 code units; ranges are half-open.
// Threads: pure functions; OffsetCounter is used by one task thread.
// Errors:  none; texts are valid UTF-8 except where a function says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace copydesk {

// The code point that begins at byte `*at`; moves `*at` behind it.
// REQUIRES: *at < text.size() and *at is a first byte.
inline char32_t NextCodePoint(std::string_view text, size_t* at) {
  const char* const bytes = text.data() + *at;
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const auto tail = [bytes](int i) { return static_cast<char32_t>(bytes[i] & 0x3F); };
  if (lead < 0x80) {
    *at += 1;
    return lead;
  }
  if (lead < 0xE0) {
    *at += 2;
    return static_cast<char32_t>(lead & 0x1F) << 6 | tail(1);
  }
  if (lead < 0xF0) {
    *at += 3;
    return static_cast<char32_t>(lead & 0x0F) << 12 | tail(1) << 6 | tail(2);
  }
  *at += 4;
  return static_cast<char32_t>(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
}

// The code point that ends at byte `*at`; moves `*at` to its first byte.
// REQUIRES: 0 < *at <= text.size().
char32_t PreviousCodePoint(std::string_view text, size_t* at);

// Appends `code_point` to *out. REQUIRES: it is no surrogate and at most U+10FFFF.
void AppendUtf8(char32_t code_point, std::string* out);

// Byte offset of the first byte that is not valid UTF-8, or text.size() when all are.
// Cost: several GB/s where the text is valid.
size_t FirstInvalidUtf8(std::string_view text);

// Counts code points and UTF-16 units up to rising byte offsets of one text.
class OffsetCounter {
 public:
  explicit OffsetCounter(std::string_view text) : text_(text) {}

  struct Counts {
    uint32_t code_points = 0;
    uint32_t utf16_units = 0;
  };

  // The counts of text[0, byte). An offset before the last one starts over.
  // Cost: up to the first character beyond ASCII, which is looked for once, a comparison; behind it
  //       linear in the distance from the last offset asked for, 32 bytes or more at a time.
  Counts At(size_t byte) {
    if (byte > ascii_end_) return AtBehindAscii(byte);
    return {static_cast<uint32_t>(byte), static_cast<uint32_t>(byte)};
  }

 private:
  Counts AtBehindAscii(size_t byte);

  std::string_view text_;
  size_t ascii_end_ = 0;
  bool is_ascii_end_known_ = false;
  size_t byte_ = 0;
  Counts counts_;
};

}  // namespace copydesk
