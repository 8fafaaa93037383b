// Imports any bytes, as lines and as a document, in the format that the first byte names. Every
// line that comes out must be one a dictionary's source may have.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "stages/dictionary/import.h"
#include "stages/dictionary/source.h"

namespace {

constexpr std::string_view kFormats[] = {"geonames", "wikidata", "sec", "ror", "tsv"};

absl::Status Check(const copydesk::ImportedEntity& entity) {
  const std::string line = entity.ToLine();
  copydesk::DictionaryCompiler compiler;
  if (!copydesk::ReadJsonSource(line, "fuzz.jsonl", &compiler).ok()) __builtin_trap();
  return absl::OkStatus();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view format = kFormats[data[0] % std::size(kFormats)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto lines = copydesk::MakeImporter(format, {.languages = {"en", ""}});
  absl::Status status;
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = std::min(text.find('\n', at), text.size());
    if (end > at) (void)lines->Read(text.substr(at, end - at), Check, &status);
  }
  (void)lines->Finish(Check);
  (void)copydesk::MakeImporter(format, {})->Read(text, Check, &status);
  return 0;
}
