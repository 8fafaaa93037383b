#include "stages/story/json_token.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"

namespace copydesk {
namespace {

constexpr size_t kNone = std::string_view::npos;

// What a letter behind a backslash stands for; 0 for 'u' and for what is none.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  for (size_t i = 0; i < kNames.size(); ++i) {
    escapes[static_cast<unsigned char>(kNames[i])] = kValues[i];
  }
  return escapes;
}();

using Bytes = unsigned char __attribute__((vector_size(16)));
using Halves = uint64_t __attribute__((vector_size(16)));
static_assert(std::endian::native == std::endian::little);

// Moves *at behind the digits that stand there; false when there are none.
bool SkipDigits(std::string_view token, size_t* at) {
  const size_t begin = *at;
  while (*at < token.size() && absl::ascii_isdigit(static_cast<unsigned char>(token[*at]))) ++*at;
  return *at > begin;
}

bool IsNumber(std::string_view token) {
  size_t at = token.front() == '-' ? 1 : 0;
  const bool has_leading_zero = at < token.size() && token[at] == '0';
  const size_t integer_begin = at;
  if (!SkipDigits(token, &at)) return false;
  if (has_leading_zero && at > integer_begin + 1) return false;
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (!SkipDigits(token, &at)) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (!SkipDigits(token, &at)) return false;
  }
  return at == token.size();
}

// The four hexadecimal digits at the begin of `digits`, or -1.
int32_t ReadHex4(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int32_t unit = 0;
  for (const char c : digits.substr(0, 4)) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return -1;
    unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

// Writes a code point in UTF-8 and returns the end of it: at most four bytes on.
char* WriteUtf8(uint32_t code_point, char* to) {
  if (code_point < 0x80) {
    *to++ = static_cast<char>(code_point);
    return to;
  }
  if (code_point < 0x800) {
    *to++ = static_cast<char>(0xC0 | code_point >> 6);
  } else {
    if (code_point < 0x10000) {
      *to++ = static_cast<char>(0xE0 | code_point >> 12);
    } else {
      *to++ = static_cast<char>(0xF0 | code_point >> 18);
      *to++ = static_cast<char>(0x80 | (code_point >> 12 & 0x3F));
    }
    *to++ = static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
  }
  *to++ = static_cast<char>(0x80 | (code_point & 0x3F));
  return to;
}

// Resolves the escape that begins at *at (its backslash) and moves *at behind it; false for none.
bool ResolveEscape(std::string_view content, size_t* at, uint32_t* code_point) {
  if (*at + 1 >= content.size()) return false;
  const char c = content[*at + 1];
  if (c != 'u') {
    *code_point = static_cast<unsigned char>(kEscapes[static_cast<unsigned char>(c)]);
    *at += 2;
    return *code_point != 0;
  }
  const int32_t unit = ReadHex4(content.substr(*at + 2));
  if (unit < 0 || (unit >= 0xDC00 && unit < 0xE000)) return false;
  *code_point = static_cast<uint32_t>(unit);
  if (unit < 0xD800 || unit >= 0xE000) {
    *at += 6;
    return true;
  }
  if (content.substr(*at + 6, 2) != "\\u") return false;
  const int32_t low = ReadHex4(content.substr(*at + 8));
  if (low < 0xDC00 || low >= 0xE000) return false;
  *code_point = 0x10000 + ((static_cast<uint32_t>(unit) - 0xD800) << 10) +
                (static_cast<uint32_t>(low) - 0xDC00);
  *at += 12;
  return true;
}

}  // namespace

bool IsJsonScalar(std::string_view token) {
  if (token.empty()) return false;
  if (token == "null" || token == "true" || token == "false") return true;
  return IsNumber(token);
}

size_t FindBadEscape(std::string_view content) {
  for (size_t at = content.find('\\'); at != kNone; at = content.find('\\', at)) {
    const size_t begin = at;
    uint32_t code_point = 0;
    if (!ResolveEscape(content, &at, &code_point)) return begin;
  }
  return kNone;
}

size_t UnescapeJson(std::string_view content, std::string* out) {
  out->resize(content.size());  // no escape is shorter than what it stands for
  char* to = out->data();
  size_t at = 0;
  for (;;) {
    // Sixteen bytes at a time: the escapes of a body, its line ends above all, stand close
    // together. What is copied of the bytes behind the first backslash is written over.
    for (Bytes bytes; at + sizeof(bytes) <= content.size();) {
      std::memcpy(&bytes, content.data() + at, sizeof(bytes));
      std::memcpy(to, &bytes, sizeof(bytes));
      const auto found = reinterpret_cast<Halves>(bytes == '\\');
      const uint64_t half = found[0] != 0 ? found[0] : found[1];
      const size_t plain =
          (found[0] != 0 ? 0 : 8) + static_cast<size_t>(std::countr_zero(half)) / 8;
      at += plain;
      to += plain;
      if (half != 0) break;
    }
    while (at < content.size() && content[at] != '\\') *to++ = content[at++];
    if (at == content.size()) break;
    if (at + 1 < content.size()) {
      const char value = kEscapes[static_cast<unsigned char>(content[at + 1])];
      if (value != 0) {
        *to++ = value;
        at += 2;
        continue;
      }
    }
    const size_t begin = at;
    uint32_t code_point = 0;
    if (!ResolveEscape(content, &at, &code_point)) return begin;
    to = WriteUtf8(code_point, to);
  }
  out->resize(static_cast<size_t>(to - out->data()));
  return kNone;
}

}  // namespace copydesk
