// Folds typography, so that a story matches an alias however a typesetter wrote it.
//
// The fold: soft hyphens, zero-width spaces, zero-width (non-)joiners outside scripts that need
// them, BOMs and bidi marks become nothing; Unicode NFC; curly, low and angle single quotes, primes
// and modifier apostrophes become '; their double kin (and « ») "; every dash and the minus sign -;
// the ellipsis three dots; every run of white space (no-break and other spaces, tabs, line ends,
// control characters) one space. Case and accents stay: US is not us. Folding twice is folding
// once. A pile of more than 128 combining marks is left as it stands.
//
// Threads: pure functions; FoldedText is used by one task thread.
// Errors:  none; `in` must be valid UTF-8 (the decoder has checked it).
// Cost:    text that needs no folding is not copied; ASCII, Latin, Cyrillic and Han are passed over
//          16 bytes or more at a time.
#pragma once

#include <string>
#include <string_view>

#include "stages/text/offset_map.h"

namespace copydesk {

// A text and its fold. Reused from story to story, it stops allocating.
class FoldedText {
 public:
  // Folds `in`. When nothing changes text() is a view of `in` itself and the map is the identity,
  // so `in` must stay alive and in place as long as text() is used.
  void Assign(std::string_view in);

  // The folded text; valid until the next Assign() and as long as its input lives.
  std::string_view text() const { return is_changed_ ? std::string_view(buffer_) : in_; }
  // From text() to the input.
  const OffsetMap& map() const { return map_; }

 private:
  std::string_view in_;
  bool is_changed_ = false;
  std::string buffer_;
  OffsetMap map_;
};

// The same fold of a short string (an alias, a rule), without a map. Never trims.
std::string FoldTypography(std::string_view in);

// Full Unicode case folding of an already folded string (ICU's, locale independent).
std::string FoldCase(std::string_view in);

// Takes combining marks off an already folded string: NFD, marks of category Mn dropped, NFC.
std::string StripDiacritics(std::string_view in);

}  // namespace copydesk
