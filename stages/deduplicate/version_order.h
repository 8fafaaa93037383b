// Which of two versions of a story is the newer one.
//
// Of one uri: by number where both versions are numbers, else by the version's time where both are
// known, else by the times that both texts are (ISO 8601, of whatever zone), else by the text of
// the version at its first difference: by the numbers that stand there (v9 before v10, 1.9
// before 1.10, other dates of one form), or the characters. Equal numbers are told apart by their
// times. Blanks around a number do not count. Of different uris only the times can be compared:
// every uri counts its own versions.
//
// Units:   times in ms since the epoch, -1 when unknown.
// Lifetime: a version's text is a view of what it was made from.
// Threads: pure functions. Errors: none; what cannot be ordered is kUnknown.
#pragma once

#include <cstdint>
#include <string_view>

namespace copydesk {

// Version texts are kept up to this length; longer ones are cut and never known to be equal.
inline constexpr size_t kVersionBytesMax = 64;

struct StoryVersion {
  std::string_view text;  // as written, cut to kVersionBytesMax
  int64_t number = -1;    // the text as a number of up to 18 digits, -1 when it is none
  int64_t time_ms = -1;   // when the version was made

  static StoryVersion From(std::string_view text, int64_t time_ms);
};

enum class Order : uint8_t { kOlder, kSame, kNewer, kUnknown };

// Where `a` stands to `b`: kNewer when `a` is the newer one.
Order CompareVersions(const StoryVersion& a, const StoryVersion& b, bool is_same_uri);

}  // namespace copydesk
