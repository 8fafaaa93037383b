// The strings of a pattern that matches only a few.
//
// Understood are literal characters, escaped punctuation, groups with alternatives, ? and classes
// of single characters: U\.?S\.?(A\.?)?, Group of (20|Twenty), colou?r, [Mm]r\.?. Anything else,
// flags and captures by name among it, is left to RE2.
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk {

// Every string that `pattern` matches as a whole, in no particular order, without repeats; nullopt
// when there are more than `count_max`, or when the pattern has something else in it.
// REQUIRES: RE2 takes the pattern.
std::optional<std::vector<std::string>> StringsOfPattern(std::string_view pattern,
                                                         size_t count_max);

}  // namespace copydesk
