// The sketch of a story, for tests.
#pragma once

#include <string_view>

#include "stages/similarity/sketch.h"

namespace copydesk::testing {

inline Sketch SketchOf(std::string_view headline, std::string_view body) {
  Sketcher sketcher;
  Sketch sketch;
  sketcher.Begin();
  sketcher.AddHeadline(headline);
  sketcher.AddBody(body);
  sketcher.Finish(&sketch);
  return sketch;
}
inline Sketch SketchOf(std::string_view body) { return SketchOf("", body); }

}  // namespace copydesk::testing
