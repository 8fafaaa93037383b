// Requests to the brokers about topics and rights, made one at a time.
//
// Threads: set-up only. Errors: say what was being done; kUnavailable when no answer comes in time.
#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

// Lets `send` send an admin request with its answer to `answers`, and waits for that.
absl::StatusOr<KafkaPtr<rd_kafka_event_t>> AskBrokers(
    rd_kafka_t* client, std::string_view doing,
    absl::FunctionRef<void(rd_kafka_queue_t* answers)> send);

}  // namespace copydesk
