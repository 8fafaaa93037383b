// The page's files (page/), built into the program.
//
// Lifetime: static. Threads: immutable.
#pragma once

#include <string_view>

namespace copydesk {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

}  // namespace copydesk
