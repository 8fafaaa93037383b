// A sink whose records come true together with the offsets they were made from: one Kafka
// transaction from Commit() to Commit() (KIP-447: one transactional producer a stream thread, the
// group's metadata with the offsets).
//
// Begins a transaction with the first Send() after a Commit(). Making one ends the open transaction
// of whoever used the same transactional.id before, and fences it.
//
// Threads: one task thread. Errors: those of Sink; retriable ones are tried again, with back-off,
//          within the time given. What became of a commit that was asked for is waited for longer:
//          minutes, and then it is an error that is final.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/kafka_source.h"

namespace copydesk {

class TransactionalSink : public KafkaSink {
 public:
  // Offsets are those of `source`, which must outlive it. `on_error` counts what librdkafka
  // reports.
  static absl::StatusOr<std::unique_ptr<TransactionalSink>> Make(
      const KafkaProperties& properties, const std::string& transactional_id,
      const KafkaSource& source, std::function<void(KafkaErrorKind)> on_error,
      TakeStatistics statistics = nullptr);

  absl::Status Send(Record& record) override;
  // A transaction is ended by one call, during which nothing may be sent.
  std::optional<absl::Status> BeginCommit(Source& source, std::vector<CommittableOffset> offsets,
                                          std::chrono::milliseconds timeout) override {
    return Sink::BeginCommit(source, std::move(offsets), timeout);
  }
  absl::Status Commit(Source& source, std::span<const CommittableOffset> offsets,
                      std::chrono::milliseconds timeout) override;
  absl::StatusOr<bool> Abort(std::chrono::milliseconds timeout) override;

 private:
  TransactionalSink(std::string id, const KafkaSource& source,
                    std::function<void(KafkaErrorKind)> on_error, TakeStatistics statistics)
      : KafkaSink(std::move(statistics)),
        id_(std::move(id)),
        source_(source),
        on_error_(std::move(on_error)) {}

  absl::Status Begin();
  // Why the producer is of no more use; OK while it is.
  absl::Status FatalStatus(std::string_view doing) const;
  // Calls a transaction's function until it succeeds, fails for good or the time is up.
  absl::Status Call(std::string_view doing, std::chrono::milliseconds timeout,
                    absl::FunctionRef<rd_kafka_error_t*()> call);

  const std::string id_;  // transactional.id
  const KafkaSource& source_;
  const std::function<void(KafkaErrorKind)> on_error_;
  bool is_open_ = false;
};

}  // namespace copydesk
