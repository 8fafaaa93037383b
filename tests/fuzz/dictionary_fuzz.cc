// Reads any bytes as dictionary sources; what is taken must compile to an image that opens.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  DictionaryCompiler json;
  if (ReadJsonSource(text, "fuzz.jsonl", &json).ok()) {
    auto image = json.Finish("fuzz");
    if (image.ok() && !Dictionary::FromImage(*std::move(image), "fuzz").ok()) __builtin_trap();
  }
  DictionaryCompiler tsv;
  if (ReadTsvSource(text, "fuzz.tsv", &tsv).ok()) {
    auto image = tsv.Finish("fuzz");
    if (image.ok() && !Dictionary::FromImage(*std::move(image), "fuzz").ok()) __builtin_trap();
  }
  return 0;
}
