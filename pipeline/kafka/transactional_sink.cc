#include "pipeline/kafka/transactional_sink.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "pipeline/kafka/properties.h"

namespace copydesk {
namespace {

using std::chrono::milliseconds;

// A worker's start waits this long for the transaction coordinator.
constexpr milliseconds kInitTimeout{30'000};
// Once a commit is asked for, only the brokers know what became of it, and librdkafka takes no
// abort before they have said so (it calls that one conflicting).
constexpr milliseconds kDecisionTimeout{300'000};
// One call's share of the time, so that a broker that comes back is noticed.
constexpr int kCallTimeoutMs = 10'000;

int CallTimeoutMs(milliseconds timeout) {
  return std::min(kCallTimeoutMs, static_cast<int>(timeout.count()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransactionalSink>> TransactionalSink::Make(
    const KafkaProperties& properties, const std::string& transactional_id,
    const KafkaSource& source, std::function<void(KafkaErrorKind)> on_error,
    TakeStatistics statistics) {
  std::unique_ptr<TransactionalSink> sink(
      new TransactionalSink(transactional_id, source, std::move(on_error), std::move(statistics)));
  KafkaProperties given = properties;
  const std::string& timeout_ms =
      given.try_emplace("transaction.timeout.ms", std::to_string(kTransactionTimeoutMs))
          .first->second;
  // A record that cannot be written is given up before the brokers give its transaction up, who
  // take no abort from a producer then: it is fenced.
  if (!given.contains("delivery.timeout.ms")) {
    given.try_emplace("message.timeout.ms", std::to_string(std::atoll(timeout_ms.c_str()) * 2 / 3));
  }
  // Readers see a record with its transaction, whose end sends at once what is left: until then
  // full requests are what is cheapest, here and for the broker.
  given.try_emplace("linger.ms", "50");
  absl::Status status = sink->Connect(given, {{"transactional.id", transactional_id}});
  if (!status.ok()) return status;
  status = sink->Call("preparing transactions", kInitTimeout, [&] {
    return rd_kafka_init_transactions(sink->client(), CallTimeoutMs(kInitTimeout));
  });
  if (!status.ok()) return status;
  return sink;
}

absl::Status TransactionalSink::Call(std::string_view doing, milliseconds timeout,
                                     absl::FunctionRef<rd_kafka_error_t*()> call) {
  const absl::Status status = Retry(
      timeout,
      [&] {
        rd_kafka_error_t* error = call();
        if (error != nullptr && on_error_) on_error_(KindOf(*error));
        const absl::Status failed = ToStatus(error, doing);
        if (failed.ok()) return failed;
        // Nothing is worth another try to a producer that was fenced meanwhile.
        absl::Status fatal = FatalStatus(doing);
        return fatal.ok() ? failed : fatal;
      },
      [this](const absl::Status& failed) {
        const std::string undelivered = Undelivered();
        spdlog::warn("{}{}{}; trying again", std::string(failed.message()),
                     undelivered.empty() ? "" : "; not written: ", undelivered);
      });
  return status;
}

absl::Status TransactionalSink::FatalStatus(std::string_view doing) const {
  char reason[512] = "";
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client(), reason, sizeof(reason));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return absl::InternalError(
      fmt::format("kafka: {}, transactional.id '{}': {}{}", doing, id_, reason, RemedyOf(code)));
}

absl::Status TransactionalSink::Begin() {
  if (is_open_) return absl::OkStatus();
  absl::Status status = ToStatus(rd_kafka_begin_transaction(client()), "beginning a transaction");
  is_open_ = status.ok();
  return status;
}

absl::Status TransactionalSink::Send(Record& record) {
  if (absl::Status status = Begin(); !status.ok()) return status;
  absl::Status status = KafkaSink::Send(record);
  if (status.ok() || absl::IsInvalidArgument(status) || absl::IsAborted(status)) return status;
  // The producer takes nothing any more. Either it is of no more use, or its transaction is.
  absl::Status fatal = FatalStatus("writing");
  if (!fatal.ok()) return fatal;
  // Why the transaction failed is what any other call of it says, too.
  const absl::Status why = ToStatus(rd_kafka_begin_transaction(client()), "writing");
  return absl::AbortedError(absl::IsAborted(why) ? why.message() : status.message());
}

absl::Status TransactionalSink::Commit(Source& /*source*/,
                                       std::span<const CommittableOffset> offsets,
                                       milliseconds timeout) {
  if (absl::Status status = Begin(); !status.ok()) return status;
  const auto list = KafkaSource::ToList(offsets);
  const auto group = source_.GroupMetadata();
  absl::Status status = Call("adding offsets to the transaction", timeout, [&] {
    return rd_kafka_send_offsets_to_transaction(client(), list.get(), group.get(),
                                                CallTimeoutMs(timeout));
  });
  if (status.ok()) {
    status = Call("committing the transaction", kDecisionTimeout, [&] {
      return rd_kafka_commit_transaction(client(), CallTimeoutMs(kDecisionTimeout));
    });
    // Whoever comes next finds out.
    if (absl::IsUnavailable(status)) return absl::InternalError(status.message());
  }
  // A failed delivery says more than the transaction that failed for it.
  if (!status.ok() && !delivery_status().ok()) return delivery_status();
  // The offsets that were added stay in the transaction: there is no going back to a later time.
  if (absl::IsUnavailable(status) || absl::IsInvalidArgument(status)) {
    return absl::AbortedError(status.message());
  }
  if (status.ok()) is_open_ = false;
  return status;
}

absl::StatusOr<bool> TransactionalSink::Abort(milliseconds timeout) {
  if (is_open_) {
    absl::Status status = Call("aborting the transaction", timeout, [&] {
      return rd_kafka_abort_transaction(client(), CallTimeoutMs(timeout));
    });
    if (!status.ok()) return absl::InternalError(status.message());
    is_open_ = false;
  }
  return ForgetFailure();
}

}  // namespace copydesk
