// Finds the parts of a story that are not the story: cross-links, source lists, sign-offs,
// datelines.
//
// The rules come from a file (configs/boilerplate.yaml explains it); one rule is built in: the
// headline said again as the body's first line or sentence. What is found is marked, never cut.
//
// Rules look at Reading::plain(), the text with its mark-up stripped but its line ends in place,
// because many of them speak of lines; the spans they find are given in the field's value.
//
// Threads: immutable once made (share freely).
// Errors:  FromFile() names the file, the line, what was found and what was expected.
// Limits:  256 spans a story; a rule that begins at a place reads 2 KB from there, one for the end
//          the last 1 KB.
// Cost:    linear. At the start, at each line and at the end all rules are tried at once, as one
//          RE2 pattern, if the first three bytes say that any may match; every rule anywhere is a
//          search of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "stages/story/story.h"

namespace copydesk {

// The `why` of the headline said again.
inline constexpr std::string_view kHeadlineAgain = "headline";

class Boilerplate {
 public:
  // Without rules: only what is built in.
  Boilerplate();
  ~Boilerplate();

  // Reads the rules of a file.
  static absl::StatusOr<std::unique_ptr<Boilerplate>> FromFile(const std::string& path);

  // Appends what is found to story.not_story: sorted by place within each field, not overlapping.
  // REQUIRES: story.ReadFields() was called.
  void Find(Story& story) const;

 private:
  struct Rule;
  struct Group;
  struct Rules;
  class Finder;
  const std::unique_ptr<Rules> rules_;
};

}  // namespace copydesk
