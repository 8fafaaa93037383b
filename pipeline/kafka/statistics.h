// librdkafka's statistics that matter to who runs a worker, as metrics.
//
// From each client's report (statistics.interval.ms): what is queued in it, how long brokers take
// and throttle it, the size of its batches, and what went wrong and was tried again. Everything
// else stays in librdkafka.
//
// Threads: one task thread a client; the metrics are shared.
// Errors:  a report that is not as expected leaves the metrics as they were.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "pipeline/metrics.h"

namespace copydesk {

// Takes a client's reports, which are JSON.
using TakeStatistics = std::function<void(std::string_view json)>;

// What a client without an interval of its own reports by.
inline constexpr const char* kStatisticsIntervalMs = "5000";

// Reports go into `metrics`, labelled with `client` ("producer-0"). `metrics` must outlive it.
TakeStatistics StatisticsInto(Metrics& metrics, std::string client);

}  // namespace copydesk
