// Pattern aliases that cannot be written as a few strings: RE2 itself, behind a filter.
//
// A pattern means: a part of the text, between places where a mention may begin and end, that RE2
// matches as a whole by itself (so an anchor or \b at a pattern's edge always holds). Of several
// ends at one begin the longest counts.
//
// Threads: immutable (share freely).
// Limits:  a mention has at most kAliasBytesMax bytes.
// Cost:    a pattern's RE2 runs over a text only when the text has the strings that the pattern
//          requires (RE2's FilteredRE2 names them).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/entity.h"
#include "stages/dictionary/image.h"
#include "stages/text/offset_map.h"

namespace copydesk {

// OK, or RE2's own words about what is wrong with `pattern`.
absl::Status CheckRegex(std::string_view pattern, AliasFold fold);

// What a pattern costs that RE2 has to run.
struct PatternCost {
  bool runs_always = false;       // it requires no string that could hold it back
  bool matches_anything = false;  // it says nothing: it matches words that have nothing in common
  double story_us = 0;            // microseconds over a story of 4 kB, where only runs_always
};
// REQUIRES: CheckRegex() takes the pattern.
PatternCost CostOfPattern(std::string_view pattern, AliasFold fold);

// Reused from text to text by the one who asks.
struct RegexScratch {
  std::string lowered;
  std::vector<int> atoms;
  std::vector<int> patterns;
};

struct RegexMatch {
  Span span;
  uint32_t pattern;  // index into Image::patterns()
};

class RegexSet {
 public:
  // Compiles the image's patterns.
  static absl::StatusOr<std::unique_ptr<const RegexSet>> Make(const Image& image);
  ~RegexSet();

  bool has_exact() const;
  bool has_folded() const;

  // Appends the longest match of each pattern at each begin, as spans of what `text` was derived
  // from by `map` (null: of `text` itself). `is_exact` says which patterns: those of fold exact, or
  // the others.
  void Find(std::string_view text, const OffsetMap* map, bool is_exact, RegexScratch* scratch,
            std::vector<RegexMatch>* matches) const;

 private:
  struct Impl;
  explicit RegexSet(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace copydesk
