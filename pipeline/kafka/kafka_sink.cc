#include "pipeline/kafka/kafka_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/batch.h"  // GiveBack

namespace copydesk {
namespace {

static_assert(RD_KAFKA_PARTITION_UA == -1, "as Sink::Send() has it");

const KafkaProperties kDefaults = {
    {"client.id", "copydesk"},
    {"statistics.interval.ms", kStatisticsIntervalMs},
    {"enable.idempotence", "true"},
    // A request a partition takes the broker longer than the records in it: few large ones.
    {"linger.ms", "20"},
    {"compression.type", "lz4"},
    // What the topic allows decides, not the client: a dead letter is as large as its story.
    {"message.max.bytes", "67108864"},
};
constexpr int kFullQueueWaitMs = 50;
// Reports wake no one: how long a wait for one lasts at most.
constexpr std::chrono::milliseconds kReportWait{5};

// Serves delivery reports at once, without waiting.
void ServeReports(rd_kafka_t* client) { rd_kafka_poll(client, 0); }

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaSink>> KafkaSink::Make(const KafkaProperties& properties,
                                                           TakeStatistics statistics) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(std::move(statistics)));
  if (absl::Status status = sink->Connect(properties, {}); !status.ok()) return status;
  return sink;
}

absl::Status KafkaSink::Connect(const KafkaProperties& properties,
                                const KafkaProperties& required) {
  KafkaProperties given = properties;
  for (const auto& [name, value] : required) given[name] = value;
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf(kDefaults, given);
  if (!conf.ok()) return conf.status();
  rd_kafka_conf_set_opaque(conf->get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf->get(), OnDelivery);
  rd_kafka_conf_set_stats_cb(conf->get(), OnStatistics);
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  return absl::OkStatus();
}

KafkaSink::~KafkaSink() {
  // What is still queued was not committed and will be made again.
  if (client_ != nullptr) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    ServeReports(client_.get());
  }
}

void KafkaSink::OnDelivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message,
                           void* opaque) {
  auto& sink = *static_cast<KafkaSink*>(opaque);
  auto& sent = *static_cast<Sent*>(message->_private);
  sink.bytes_in_flight_ -= message->len;
  const auto undelivered = sink.undelivered_.find(sent.commit);
  if (--undelivered->second == 0) sink.undelivered_.erase(undelivered);
  GiveBack(sent.value);
  sent.topic = nullptr;
  sink.unused_.push_back(&sent);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  // Given up with its transaction, whose own error says why.
  if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
      message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
    return;
  }
  const KafkaErrorKind kind = KindOf(message->err);
  sink.was_refused_ |= kind == KafkaErrorKind::kRefused;
  if (!sink.delivery_status_.ok()) return;
  const std::string what = fmt::format("writing {} bytes to {} [{}]", message->len,
                                       rd_kafka_topic_name(message->rkt), message->partition);
  sink.delivery_status_ = ToStatus(message->err, what);
  // The client has given it up. What is not fatal may be tried again, but from the beginning.
  if (kind != KafkaErrorKind::kFatal) {
    sink.delivery_status_ = absl::AbortedError(sink.delivery_status_.message());
  }
}

int KafkaSink::OnStatistics(rd_kafka_t* /*client*/, char* json, size_t size, void* opaque) {
  const auto& sink = *static_cast<KafkaSink*>(opaque);
  if (sink.statistics_) sink.statistics_({json, size});
  return 0;  // librdkafka frees it
}

std::string KafkaSink::Undelivered() const {
  std::map<std::string_view, size_t> records;
  for (const Sent& sent : sent_) {
    if (sent.topic != nullptr) ++records[rd_kafka_topic_name(sent.topic)];
  }
  std::string text;
  for (const auto& [topic, count] : records) {
    text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", count, topic);
  }
  return text;
}

bool KafkaSink::ForgetFailure() {
  delivery_status_ = absl::OkStatus();
  return std::exchange(was_refused_, false);
}

absl::StatusOr<bool> KafkaSink::Abort(std::chrono::milliseconds timeout) {
  // What is on its way cannot be called back; it must not overtake what is sent next.
  if (absl::Status status = Flush(timeout); absl::IsUnavailable(status)) {
    return absl::InternalError(status.message());
  }
  return ForgetFailure();
}

rd_kafka_topic_t* KafkaSink::TopicOf(std::string_view name) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    const std::string text(name);
    KafkaPtr<rd_kafka_topic_t> topic(rd_kafka_topic_new(client_.get(), text.c_str(), nullptr));
    if (topic == nullptr) return nullptr;
    found = topics_.emplace(text, std::move(topic)).first;
  }
  return found->second.get();
}

KafkaSink::Sent& KafkaSink::NewSent() {
  if (unused_.empty()) return sent_.emplace_back();
  Sent& sent = *unused_.back();
  unused_.pop_back();
  return sent;
}

absl::Status KafkaSink::Send(Record& record) {
  rd_kafka_topic_t* const topic = TopicOf(record.topic);
  if (topic == nullptr) {
    return ToStatus(rd_kafka_last_error(), fmt::format("writing to '{}'", record.topic));
  }
  rd_kafka_headers_t* headers = nullptr;
  if (!record.headers.empty()) {
    headers = rd_kafka_headers_new(record.headers.size());
    for (const Header& header : record.headers) {
      rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                          header.value.data(), static_cast<ssize_t>(header.value.size()));
    }
  }
  Sent& sent = NewSent();
  sent.commit = next_commit_;
  sent.topic = topic;
  sent.value.swap(record.value);
  const size_t bytes = sent.value.size();
  while (true) {
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(record.partition),
        RD_KAFKA_V_MSGFLAGS(0),  // neither to copy nor to free the value
        RD_KAFKA_V_KEY(record.has_key ? record.key.data() : nullptr,
                       record.has_key ? record.key.size() : 0),
        RD_KAFKA_V_VALUE(record.is_tombstone ? nullptr : sent.value.data(), bytes),
        RD_KAFKA_V_OPAQUE(&sent),
        RD_KAFKA_V_TIMESTAMP(record.timestamp_ms < 0 ? 0 : record.timestamp_ms),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;  // the headers are librdkafka's now
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || !delivery_status_.ok()) {
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      sent.value.swap(record.value);
      sent.topic = nullptr;
      unused_.push_back(&sent);
      if (!delivery_status_.ok()) return delivery_status_;
      return ToStatus(error,
                      fmt::format("writing {} bytes to {}", record.value.size(), record.topic));
    }
    rd_kafka_poll(client_.get(), kFullQueueWaitMs);
  }
  bytes_in_flight_ += bytes;
  ++undelivered_[next_commit_];
  return absl::OkStatus();
}

std::optional<absl::Status> KafkaSink::BeginCommit(Source& source,
                                                   std::vector<CommittableOffset> offsets,
                                                   std::chrono::milliseconds timeout) {
  committing_.source = &source;
  committing_.offsets = std::move(offsets);
  committing_.number = next_commit_++;
  committing_.deadline = std::chrono::steady_clock::now() + timeout;
  return std::nullopt;
}

std::optional<absl::Status> KafkaSink::EndCommit(std::chrono::milliseconds wait) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + wait;
  ServeReports(client_.get());
  while (!committing_.end.valid()) {
    if (!delivery_status_.ok()) return delivery_status_;
    if (is_delivered()) {
      committing_.end = std::async(
          std::launch::async, [this] { return committing_.source->Commit(committing_.offsets); });
      break;
    }
    const auto now = steady_clock::now();
    if (now >= committing_.deadline) {
      return absl::UnavailableError(
          fmt::format("kafka: waiting for records to be written: timed out, {}", Undelivered()));
    }
    if (now >= until) return std::nullopt;
    const auto left = std::chrono::ceil<milliseconds>(std::min(until, committing_.deadline) - now);
    rd_kafka_poll(client_.get(), static_cast<int>(std::min(left, kReportWait).count()));
  }
  if (committing_.end.wait_until(until) != std::future_status::ready) return std::nullopt;
  return committing_.end.get();
}

absl::Status KafkaSink::Flush(std::chrono::milliseconds timeout) {
  const rd_kafka_resp_err_t error =
      rd_kafka_flush(client_.get(), static_cast<int>(timeout.count()));
  if (!delivery_status_.ok()) return delivery_status_;
  return ToStatus(error, "waiting for records to be written");
}

size_t KafkaSink::bytes_in_flight() {
  ServeReports(client_.get());
  return bytes_in_flight_;
}

}  // namespace copydesk
