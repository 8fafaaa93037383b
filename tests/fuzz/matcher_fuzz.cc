// Holds the matcher against the referee of tests/oracle, mention for mention, on any valid UTF-8:
// the input's first lines are aliases of one fold after the other, or patterns where they begin
// with
// '/'; an empty line ends them, and the rest is the text. What the referee would be too slow for is
// only looked at: mentions must lie in the text, in order, at whole characters, and not overlap.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/text/utf8.h"
#include "tests/oracle/tagging_referee.h"

namespace copydesk {
namespace {

constexpr uint32_t kAliasesMax = 10;
constexpr uint32_t kEntities = 3;
// The referee tries all parts of a text, and RE2 on each of them.
constexpr size_t kRefereedBytes = 120;

TaggingCase ReadCase(std::string_view input) {
  TaggingCase c;
  for (uint32_t i = 0; i < kAliasesMax; ++i) {
    const size_t end = input.find('\n');
    if (end == std::string_view::npos) break;
    std::string_view line = input.substr(0, end);
    input.remove_prefix(end + 1);
    if (line.empty()) break;
    RefereeAlias alias{.fold = static_cast<AliasFold>(i % kAliasFolds), .entity = i % kEntities};
    alias.is_pattern = line.front() == '/';
    if (alias.is_pattern) {
      line.remove_prefix(1);
      if (alias.fold > AliasFold::kCase) alias.fold = AliasFold::kCase;
    }
    alias.text = line;
    c.aliases.push_back(std::move(alias));
  }
  c.priorities = {100, 101, 100};
  c.text = input;
  return c;
}

bool LieInText(const std::vector<RefereeMention>& mentions, std::string_view text) {
  const auto is_edge = [&](uint32_t at) {
    return at == text.size() ||
           (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80);
  };
  uint32_t before = 0;
  for (const RefereeMention& mention : mentions) {
    if (mention.begin < before || mention.end <= mention.begin || !is_edge(mention.begin) ||
        !is_edge(mention.end) || mention.entities.empty()) {
      return false;
    }
    before = mention.end;
  }
  return true;
}

[[noreturn]] void Report(const char* what, const TaggingCase& c,
                         const std::vector<RefereeMention>& mentions) {
  std::fprintf(stderr, "%s\n%s", what, Describe(c).c_str());
  for (const RefereeMention& mention : mentions) {
    std::fprintf(stderr, "[%u, %u)", mention.begin, mention.end);
    for (const uint32_t entity : mention.entities) std::fprintf(stderr, " %u", entity);
    std::fprintf(stderr, "\n");
  }
  __builtin_trap();
}

}  // namespace
}  // namespace copydesk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (FirstInvalidUtf8(input) != size) return 0;
  TaggingCase c = ReadCase(input);
  const auto dictionary = CompileCase(&c);
  if (dictionary == nullptr) Report("wrongly taken or refused", c, {});
  const std::vector<RefereeMention> found = FindWithMatcher(dictionary, c.text, BestKernel());
  if (!LieInText(found, c.text)) Report("not in the text", c, found);
  for (const Kernel* const kernel : AllKernels()) {
    if (FindWithMatcher(dictionary, c.text, *kernel) != found) Report("kernels differ", c, found);
  }
  if (c.text.size() > kRefereedBytes) return 0;
  if (found != Referee(c.aliases, c.priorities).Find(c.text)) Report("not the referee's", c, found);
  return 0;
}
