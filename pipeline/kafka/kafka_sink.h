// Writes records to Kafka topics with one idempotent producer.
//
// A commit that has begun waits for the deliveries of what was sent before it and for no others, so
// that sending goes on meanwhile; then the offsets are committed by a second thread.
//
// Threads: one task thread; during a commit a second one calls Source::Commit().
// Errors:  a delivery that failed for good is returned by the next Flush(), Commit(), EndCommit()
//          or Send(); nothing that depends on it is committed then.
// Limits:  librdkafka's queue.buffering.max.kbytes; Send() waits while it is full.
// Memory:  a value is not copied: librdkafka refers to it until it has reported the delivery, and
//          then it is freed. What is kept is small: a place for each record that was on its way at
//          once, at most queue.buffering.max.messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/statistics.h"
#include "pipeline/sink.h"

namespace copydesk {

class KafkaSink : public Sink {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaSink>> Make(const KafkaProperties& properties,
                                                         TakeStatistics statistics = nullptr);
  ~KafkaSink() override;

  absl::Status Send(Record& record) override;
  std::optional<absl::Status> BeginCommit(Source& source, std::vector<CommittableOffset> offsets,
                                          std::chrono::milliseconds timeout) override;
  std::optional<absl::Status> EndCommit(std::chrono::milliseconds wait) override;
  absl::StatusOr<bool> Abort(std::chrono::milliseconds timeout) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  size_t bytes_in_flight() override;

 protected:
  explicit KafkaSink(TakeStatistics statistics) : statistics_(std::move(statistics)) {}
  // Makes the producer: `required` go over `properties`, which go over the defaults.
  absl::Status Connect(const KafkaProperties& properties, const KafkaProperties& required);
  rd_kafka_t* client() const { return client_.get(); }
  // Where what is on its way goes, for errors: "3 to wire.enriched, 1 to wire.held".
  std::string Undelivered() const;
  // Forgets a failed delivery. Returns whether one was refused for what the record is.
  bool ForgetFailure();
  const absl::Status& delivery_status() const { return delivery_status_; }

 private:
  static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);

  static int OnStatistics(rd_kafka_t* client, char* json, size_t size, void* opaque);

  // The topic's handle, nullptr for a name that can be none. To look it up by name would take the
  // client's lock for each record.
  rd_kafka_topic_t* TopicOf(std::string_view name);

  // Whether all that was sent before the commit that has begun is written, or has failed.
  bool is_delivered() const {
    return undelivered_.empty() || undelivered_.begin()->first > committing_.number;
  }

  // A record on its way.
  struct Sent {
    std::string value;                        // librdkafka's until it reports the delivery
    uintptr_t commit = 0;                     // the number of the one it belongs to
    const rd_kafka_topic_t* topic = nullptr;  // while it is on its way
  };
  Sent& NewSent();

  const TakeStatistics statistics_;
  size_t bytes_in_flight_ = 0;
  absl::Status delivery_status_;  // the first delivery that failed
  bool was_refused_ = false;      // a delivery failed for what its record is
  // How many records are on their way, by the number of the commit they belong to.
  std::map<uintptr_t, size_t> undelivered_;
  uintptr_t next_commit_ = 1;  // what is sent now belongs to
  struct Committing {
    Source* source = nullptr;
    std::vector<CommittableOffset> offsets;
    uintptr_t number = 0;
    std::chrono::steady_clock::time_point deadline;
    std::future<absl::Status> end;  // of the offsets, once all is delivered
  };
  Committing committing_;
  // Destroyed after the client, which refers to them.
  std::deque<Sent> sent_;
  std::vector<Sent*> unused_;  // those of sent_ that are on no way
  KafkaPtr<rd_kafka_t> client_;
  std::map<std::string, KafkaPtr<rd_kafka_topic_t>, std::less<>> topics_;
};

}  // namespace copydesk
