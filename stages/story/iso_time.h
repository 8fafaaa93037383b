// Reads the dates of wire records: ISO 8601 as ninjs and its neighbours write it.
//
// Taken are the extended and the basic form, a date alone, minutes or seconds, a fraction of the
// second, "T", "t" or a space between date and time, and a zone: Z, +hh:mm, +hhmm, +hh. A time
// without a zone is UTC.
//
// Units: ms since the epoch. Threads: pure function. Errors: nullopt for anything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace copydesk {

std::optional<int64_t> ParseIsoTime(std::string_view text);

}  // namespace copydesk
