// Says where a text that simdjson refused breaks JSON's grammar, and under which member.
//
// simdjson is fast at telling that a record is broken and slow-witted at telling where; this is the
// other way round, and only ever sees records that go to the dead letters.
//
// Units:   byte offsets. Threads: pure function. Errors: none.
// Limits:  nesting, beyond which that is the fault. Cost: one slow pass.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace copydesk {

struct JsonFault {
  size_t at = 0;
  std::string path;  // from the root, "/" before every step; "" at the root
  std::string what;  // what was found and what was expected
};

// The first fault of `json`, which is valid UTF-8 and may begin with a BOM; nullopt for none.
std::optional<JsonFault> FindJsonFault(std::string_view json, size_t depth_max);

// What is wrong with an escape sequence that resolves to nothing.
std::string BadEscape(std::string_view escape);

// `text` for an error text: cut behind `bytes_max` bytes, between code points.
std::string Excerpt(std::string_view text, size_t bytes_max = 40);

}  // namespace copydesk
