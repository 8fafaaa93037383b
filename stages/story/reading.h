// What a reader reads of a field: mark-up stripped, typography folded, with the way back.
//
//     value (as in the record) --StripMarkup--> plain --FoldTypography--> text()
//
// Stages match in text() and report spans of the value.
//
// Units:   half-open byte ranges of UTF-8.
// Lifetime: text() is a view into the reading or into the value; both must stay where they are.
// Threads: one task thread. Cost: nothing is copied when there is nothing to strip or fold.
#pragma once

#include <string>
#include <string_view>

#include "stages/text/fold.h"
#include "stages/text/offset_map.h"

namespace copydesk {

class Reading {
 public:
  // Reads `value`. `value` must stay alive and in place until the next Assign().
  void Assign(std::string_view value, bool is_markup);

  // The folded text.
  std::string_view text() const { return folded_.text(); }
  // The text before folding: the value itself, or the value with its mark-up stripped.
  std::string_view plain() const { return plain_; }

  // A span of text() as a span of the value.
  Span ToValue(Span in_text) const;
  // A span of plain() as a span of the value.
  Span PlainToValue(Span in_plain) const { return markup_map_.ToOriginal(in_plain); }
  // A span of the value as a span of text().
  Span FromValue(Span in_value) const;

  const FoldedText& folded() const { return folded_; }

 private:
  std::string_view plain_;
  std::string stripped_;
  OffsetMap markup_map_;
  FoldedText folded_;
};

}  // namespace copydesk
