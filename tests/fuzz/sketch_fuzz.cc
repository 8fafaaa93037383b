// Any bytes: as a sketch's text they are refused or come back as they were; as a story's text they
// make a sketch within its limits that comes back from its own text. The letters of both can be
// compared, and nothing is replaced in what is the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "stages/similarity/sketch.h"
#include "stages/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace copydesk;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Sketch sketch, again;
  if (Sketch::FromText(bytes, &sketch)) {
    Require(Sketch::FromText(sketch.ToText(), &again) && sketch == again);
  } else {
    sketch.Clear();
  }
  const std::vector<uint64_t> names = sketch.names;
  const std::string_view text = bytes.substr(0, FirstInvalidUtf8(bytes));
  Sketcher sketcher;
  sketcher.Begin();
  sketcher.AddHeadline(text);
  sketcher.AddBody(text);
  sketcher.Finish(&sketch);
  Require(sketch.shingles.size() <= Sketch::kShinglesMax);
  Require(sketch.words.size() <= Sketch::kWordsMax);
  Require(sketch.figures.size() <= Sketch::kFiguresMax);
  Require(sketch.names.size() <= Sketch::kNamesMax);
  Require(sketch.title.size <= FirstTokens::kTokensMax);
  Require(sketch.shingle_limit > 0);
  Require(Sketch::FromText(sketch.ToText(), &again) && sketch == again);
  if (AreLetters(sketch.names)) {
    Require(CompareLetters(sketch.names, sketch.names).replaced == 0);
    if (AreLetters(names)) CompareLetters(sketch.names, names);
  }
  return 0;
}
