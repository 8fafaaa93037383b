// Where the program logs: standard error, as text or as a JSON object a line, and no faster than
// kLinesPerSecond lines a second (with a burst of kBurst). Debug lines pass all. What is left out
// is counted and said with the next line; errors that end the program are never left out.
//
// Threads: set-up only; logging itself is thread-safe.
#pragma once

#include <string_view>

namespace copydesk {

inline constexpr double kLogLinesPerSecond = 20;
inline constexpr double kLogBurst = 200;

void SetUpLog(bool is_json);

}  // namespace copydesk
