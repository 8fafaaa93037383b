// A record as one line of JSON, with its topic, key, headers and value: how dead letters and held
// records stand in files, and how they are fed back.
//
//   {"record":{"topic":"...","key":"...","headers":[["name","value"],...],"value":"..."}}
//
// A key, header or value that is not UTF-8 stands as {"base64":"..."} instead of a string.
//
// Threads: pure functions. Errors: absl::InvalidArgument saying which member is not as expected.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pipeline/record.h"

namespace copydesk {

// True when `line` begins as WriteEnvelope() begins it.
bool IsEnvelope(std::string_view line);

// Replaces *line by the envelope of `record`, without a line end.
void WriteEnvelope(const Record& record, std::string* line);

// Sets key, value and headers of *record from an envelope.
absl::Status ReadEnvelope(std::string_view line, Record* record);

}  // namespace copydesk
