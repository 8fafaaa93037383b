// What a configuration may say under `kafka:`: what librdkafka knows, what the guarantees rest on,
// and what goes with the rest of the topology.
//
// Threads: set-up only. Errors: absl::InvalidArgument naming the property and what was expected.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "pipeline/topology.h"

namespace copydesk {

// How long the brokers leave a transaction open, unless the configuration says otherwise. As long a
// dead worker's keeps readers of committed records waiting, unless the worker comes back under its
// name.
inline constexpr int64_t kTransactionTimeoutMs = 30'000;

// How soon at the latest a member of the group hears that another has come or gone: until then it
// does the work of both, or nobody does one's. librdkafka would take three seconds.
inline constexpr int64_t kHeartbeatIntervalMs = 1'000;

struct RequiredProperty {
  const char* name;
  const char* value;
  const char* why;
};

// Their values are always these.
std::span<const RequiredProperty> RequiredProperties();

// Checks what the topology says to librdkafka.
absl::Status CheckProperties(const Topology& topology);

}  // namespace copydesk
