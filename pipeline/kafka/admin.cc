#include "pipeline/kafka/admin.h"

#include <fmt/format.h>

namespace copydesk {
namespace {

constexpr int kTimeoutMs = 15'000;

}  // namespace

absl::StatusOr<KafkaPtr<rd_kafka_event_t>> AskBrokers(
    rd_kafka_t* client, std::string_view doing,
    absl::FunctionRef<void(rd_kafka_queue_t* answers)> send) {
  const KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
  send(queue.get());
  KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (event == nullptr) {
    return absl::UnavailableError(fmt::format("kafka: {}: no answer in time", doing));
  }
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(error, fmt::format("{}: {}", doing, rd_kafka_event_error_string(event.get())));
  }
  return event;
}

}  // namespace copydesk
