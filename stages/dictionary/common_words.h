// Words that a news text has on every page, in the languages with spaces that feeds are most
// written in, beside weekdays, months, numbers and the given names that are words. Written down for
// this project: a list to warn with, neither a vocabulary nor a frequency table.
//
// Threads: immutable.
#pragma once

#include <string_view>

namespace copydesk {

// True for a common word in small letters.
bool IsCommonWord(std::string_view word);

}  // namespace copydesk
