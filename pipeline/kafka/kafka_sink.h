// Writes records to Kafka topics with one idempotent producer.
//
// Threads: one task thread. Errors: a delivery that failed for good is returned by the next Flush()
//          or Send(); nothing that depends on it is committed then.
// Limits:  librdkafka's queue.buffering.max.kbytes; Send() waits while it is full.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/sink.h"

namespace copydesk {

class KafkaSink : public Sink {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaSink>> Make(const KafkaProperties& properties);
  ~KafkaSink() override;

  absl::Status Send(const Record& record) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  size_t bytes_in_flight() override;

 private:
  KafkaSink() = default;
  static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);

  size_t bytes_in_flight_ = 0;
  absl::Status delivery_status_;  // the first delivery that failed
  KafkaPtr<rd_kafka_t> client_;
};

}  // namespace copydesk
