// Tags any valid UTF-8 with a dictionary whose aliases are the input's first lines, one fold after
// the other. Mentions must lie in the text, in order, at whole characters, and not overlap.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (FirstInvalidUtf8(text) != size) return 0;
  DictionaryCompiler compiler;
  const uint32_t entity = *compiler.AddEntity("id", EntityType::kPlace);
  if (!compiler.SetName(entity, "name").ok()) __builtin_trap();
  for (uint32_t i = 0; i < 10; ++i) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const auto fold = static_cast<AliasFold>(i % kAliasFolds);
    // What is refused is no alias.
    (void)compiler.AddAlias(entity, text.substr(0, end), fold);
    text.remove_prefix(end + 1);
  }
  const auto dictionary = Dictionary::FromImage(*compiler.Finish("fuzz"), "fuzz");
  if (!dictionary.ok()) __builtin_trap();
  Matcher matcher(*dictionary);
  FoldedText folded;
  folded.Assign(text);
  uint32_t before = 0;
  for (const Match& match : matcher.Find(text, &folded)) {
    const auto is_inside_character = [&](uint32_t at) {
      return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    if (match.span.begin < before || match.span.end <= match.span.begin ||
        match.span.end > text.size() || is_inside_character(match.span.begin) ||
        is_inside_character(match.span.end)) {
      __builtin_trap();
    }
    before = match.span.end;
  }
  return 0;
}
