#include "stages/story/json_out.h"

namespace copydesk {
namespace {

// The letter behind the backslash, 'u' for \u00xx, 0 for a byte that stands for itself.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  for (int i = 0; i < 0x20; ++i) escapes[i] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

char EscapeOf(char c) { return kEscapes[static_cast<unsigned char>(c)]; }

}  // namespace

void JsonOut::Value(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  Separate();
  out_.push_back('"');
  const char* done = text.data();
  const char* const end = text.data() + text.size();
  for (;;) {
    const char* next = done;
    while (next != end && EscapeOf(*next) == 0) ++next;
    out_.append(done, next);
    if (next == end) break;
    out_.push_back('\\');
    out_.push_back(EscapeOf(*next));
    if (EscapeOf(*next) == 'u') {
      out_.append("00");
      out_.push_back(kHex[static_cast<unsigned char>(*next) >> 4]);
      out_.push_back(kHex[static_cast<unsigned char>(*next) & 0xF]);
    }
    done = next + 1;
  }
  out_.push_back('"');
}

}  // namespace copydesk
