// What an error of librdkafka asks of us: the only place that knows its codes.
//
// Retriable: the same call may succeed later; nothing is lost by waiting.
// Abortable: the open transaction is dead; abort it, roll back, go on.
// Refused:   the same, and for what a record is (too large): it will be refused again.
// Fatal:     the client is of no more use (fenced by a successor, not authorised): end the thread.
//
// As Status these are kUnavailable, kAborted, kInvalidArgument and anything else.
//
// Threads: pure functions, but Retry(), which waits on its caller's thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace copydesk {

enum class KafkaErrorKind : uint8_t { kRetriable, kAbortable, kRefused, kFatal };

// "retriable", "abortable", "refused", "fatal": a metric label.
std::string_view NameOf(KafkaErrorKind kind);

// The kind of an error a transaction's call returned. librdkafka's own marks go before its code.
KafkaErrorKind KindOf(const rd_kafka_error_t& error);
// The kind of a bare code: of a delivery, a commit, a consumer's error event.
KafkaErrorKind KindOf(rd_kafka_resp_err_t code);

// What an operator can do about an error whose text does not say so; "" for nothing to add.
std::string_view RemedyOf(rd_kafka_resp_err_t code);

// A status that says what was being done, librdkafka's reason, and the remedy.
absl::Status ToStatus(rd_kafka_resp_err_t code, std::string_view doing);
// Takes the error over. nullptr is OK.
absl::Status ToStatus(rd_kafka_error_t* error, std::string_view doing);

// Calls `call` until it returns something else than kUnavailable or `timeout` has passed, and
// returns the last status. Waits 10 ms before the second try, then ever longer, up to 1 s.
// `on_retry` is called before each further try.
absl::Status Retry(std::chrono::milliseconds timeout, absl::FunctionRef<absl::Status()> call,
                   absl::FunctionRef<void(const absl::Status&)> on_retry);

}  // namespace copydesk
