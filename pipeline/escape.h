// Text made harmless inside HTML, SVG and XML: element content and quoted attributes.
//
// Threads: pure function. Cost: one pass.
#pragma once

#include <string>
#include <string_view>

namespace copydesk {

std::string EscapeMarkup(std::string_view text);

}  // namespace copydesk
