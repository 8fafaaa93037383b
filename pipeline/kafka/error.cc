#include "pipeline/kafka/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace copydesk {
namespace {

absl::Status MakeStatus(KafkaErrorKind kind, const std::string& what) {
  switch (kind) {
    case KafkaErrorKind::kRetriable:
      return absl::UnavailableError(what);
    case KafkaErrorKind::kAbortable:
      return absl::AbortedError(what);
    case KafkaErrorKind::kRefused:
      return absl::InvalidArgumentError(what);
    case KafkaErrorKind::kFatal:
      return absl::InternalError(what);
  }
  return absl::InternalError(what);
}

}  // namespace

std::string_view NameOf(KafkaErrorKind kind) {
  switch (kind) {
    case KafkaErrorKind::kRetriable:
      return "retriable";
    case KafkaErrorKind::kAbortable:
      return "abortable";
    case KafkaErrorKind::kRefused:
      return "refused";
    case KafkaErrorKind::kFatal:
      return "fatal";
  }
  return "";
}

KafkaErrorKind KindOf(const rd_kafka_error_t& error) {
  if (rd_kafka_error_is_fatal(&error)) return KafkaErrorKind::kFatal;
  if (rd_kafka_error_txn_requires_abort(&error)) {
    const KafkaErrorKind kind = KindOf(rd_kafka_error_code(&error));
    return kind == KafkaErrorKind::kRefused ? kind : KafkaErrorKind::kAbortable;
  }
  if (rd_kafka_error_is_retriable(&error)) return KafkaErrorKind::kRetriable;
  return KindOf(rd_kafka_error_code(&error));
}

KafkaErrorKind KindOf(rd_kafka_resp_err_t code) {
  switch (code) {
    // The brokers are away, or busy with themselves.
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
    // The group is moving: the rebalance itself arrives by a poll.
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return KafkaErrorKind::kRetriable;

    // What was sent, or the membership it was sent under, is gone.
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
      return KafkaErrorKind::kAbortable;

    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
      return KafkaErrorKind::kRefused;

    // Fenced, not authorised, no such topic, and what nobody has heard of.
    default:
      return KafkaErrorKind::kFatal;
  }
}

std::string_view RemedyOf(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return "; another worker has this name (`worker:`), or a transaction stood open for longer "
             "than transaction.timeout.ms";
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
      return "; set transaction.timeout.ms to no more than the brokers' "
             "transaction.max.timeout.ms";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return "; more than message.max.bytes, or max.message.bytes of the topic, allows";
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return "; has a topic been deleted? `copydesk check` names it";
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return "; another member of the group has this worker's name";
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
      return "; set session.timeout.ms between the brokers' group.min.session.timeout.ms and "
             "group.max.session.timeout.ms";
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return "; the group's members have no partition.assignment.strategy in common";
    default:
      return "";
  }
}

absl::Status ToStatus(rd_kafka_resp_err_t code, std::string_view doing) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  const std::string what =
      fmt::format("kafka: {}: {}{}", doing, rd_kafka_err2str(code), RemedyOf(code));
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return absl::NotFoundError(what);
    default:
      return MakeStatus(KindOf(code), what);
  }
}

absl::Status ToStatus(rd_kafka_error_t* error, std::string_view doing) {
  if (error == nullptr) return absl::OkStatus();
  absl::Status status =
      MakeStatus(KindOf(*error), fmt::format("kafka: {}: {}{}", doing, rd_kafka_error_string(error),
                                             RemedyOf(rd_kafka_error_code(error))));
  rd_kafka_error_destroy(error);
  return status;
}

absl::Status Retry(std::chrono::milliseconds timeout, absl::FunctionRef<absl::Status()> call,
                   absl::FunctionRef<void(const absl::Status&)> on_retry) {
  using std::chrono::milliseconds;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  milliseconds wait{10};
  while (true) {
    absl::Status status = call();
    if (!absl::IsUnavailable(status)) return status;
    if (std::chrono::steady_clock::now() + wait >= deadline) return status;
    on_retry(status);
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, milliseconds(1000));
  }
}

}  // namespace copydesk
