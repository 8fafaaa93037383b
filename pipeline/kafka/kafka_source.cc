#include "pipeline/kafka/kafka_source.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

namespace copydesk {
namespace {

// What suits a feed; the configuration's own properties go over these.
const KafkaProperties kDefaults = {
    {"client.id", "copydesk"},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"auto.offset.reset", "earliest"},
};
// What the guarantees rest on; the configuration may not change these.
const KafkaProperties kRequired = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "false"},
};
constexpr std::chrono::seconds kCloseTimeout{10};
constexpr int kCommitTries = 5;

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaSource>> KafkaSource::Make(
    const KafkaProperties& properties, const std::vector<std::string>& topics,
    const std::string& group) {
  KafkaProperties defaults = kDefaults;
  defaults["group.id"] = group;
  for (const auto& [name, value] : kRequired) {
    const auto given = properties.find(name);
    if (given != properties.end() && given->second != value) {
      return absl::InvalidArgumentError(
          fmt::format("kafka: {} must be {}: offsets are committed when records are finished, "
                      "found '{}'",
                      name, value, given->second));
    }
    defaults[name] = value;
  }
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf(defaults, properties);
  if (!conf.ok()) return conf.status();
  rd_kafka_conf_set_events(conf->get(),
                           RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_CONSUMER, *std::move(conf));
  if (!client.ok()) return client.status();
  rd_kafka_poll_set_consumer(client->get());

  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client->get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "subscribing");
  return std::unique_ptr<KafkaSource>(new KafkaSource(*std::move(client), topics));
}

KafkaSource::KafkaSource(KafkaPtr<rd_kafka_t> client, const std::vector<std::string>& topics)
    : topics_(topics),
      client_(std::move(client)),
      queue_(rd_kafka_queue_get_consumer(client_.get())) {}

KafkaSource::~KafkaSource() = default;

std::string_view KafkaSource::TopicName(std::string_view name) const {
  return *std::find(topics_.begin(), topics_.end(), name);
}

absl::Status KafkaSource::Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                               AssignmentListener& listener, Batch* batch) {
  ServeRebalance(listener);
  size_t bytes = 0;
  int wait_ms = static_cast<int>(wait.count());
  while (batch->size() < limits.records && bytes < limits.bytes) {
    KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), wait_ms));
    if (event == nullptr) break;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      pending_rebalance_ = std::move(event);
      if (batch->empty()) ServeRebalance(listener);
      break;
    }
    const size_t before = batch->size();
    if (absl::Status status = ServeEvent(event.get(), batch); !status.ok()) return status;
    if (batch->size() == before) continue;
    bytes += (*batch)[batch->size() - 1].record.value.size();
    wait_ms = 0;  // take what is there, wait for no more
  }
  return absl::OkStatus();
}

absl::Status KafkaSource::ServeEvent(rd_kafka_event_t* event, Batch* batch) {
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        TakeRecord(*message, batch);
      } else if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                 message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        return ToStatus(message->err, fmt::format("reading {}", rd_kafka_message_errstr(message)));
      } else {
        spdlog::warn("kafka: reading: {}", rd_kafka_message_errstr(message));
      }
    }
    return absl::OkStatus();
  }
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
      error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
      error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    return ToStatus(error, rd_kafka_event_error_string(event));
  }
  // Everything else librdkafka retries by itself; it has been logged.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    spdlog::warn("kafka: {}", rd_kafka_event_error_string(event));
  }
  return absl::OkStatus();
}

void KafkaSource::TakeRecord(const rd_kafka_message_t& message, Batch* batch) {
  const TopicPartition partition{TopicName(rd_kafka_topic_name(message.rkt)), message.partition};
  const auto position = positions_.find(partition);
  if (position == positions_.end()) return;  // fetched before the partition was given up
  position->second = message.offset + 1;
  Record& record = batch->Add().record;
  record.topic = partition.topic;
  CopyMessage(message, &record);
}

std::vector<TopicPartition> KafkaSource::ToPartitions(
    const rd_kafka_topic_partition_list_t* list) const {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list->cnt; ++i) {
    partitions.push_back({TopicName(list->elems[i].topic), list->elems[i].partition});
  }
  return partitions;
}

void KafkaSource::ServeRebalance(AssignmentListener& listener) {
  if (pending_rebalance_ == nullptr) return;
  const KafkaPtr<rd_kafka_event_t> event = std::move(pending_rebalance_);
  rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event.get());
  const char* protocol = rd_kafka_rebalance_protocol(client_.get());
  const bool is_cooperative = protocol != nullptr && std::strcmp(protocol, "COOPERATIVE") == 0;
  const std::vector<TopicPartition> partitions = ToPartitions(list);
  if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    Assign(list, is_cooperative);
    for (const TopicPartition& partition : partitions) positions_[partition] = -1;
    listener.OnAssigned(partitions);
    if (is_paused_) Pause();
    return;
  }
  // The listener commits while the partitions are still ours.
  listener.OnRevoked(partitions, rd_kafka_assignment_lost(client_.get()) != 0);
  for (const TopicPartition& partition : partitions) positions_.erase(partition);
  Unassign(list, is_cooperative);
}

void KafkaSource::Assign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative) {
  if (!is_cooperative) {
    if (const auto error = rd_kafka_assign(client_.get(), partitions);
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      spdlog::error("kafka: assigning: {}", rd_kafka_err2str(error));
    }
    return;
  }
  if (rd_kafka_error_t* error = rd_kafka_incremental_assign(client_.get(), partitions)) {
    spdlog::error("kafka: assigning: {}", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
}

void KafkaSource::Unassign(rd_kafka_topic_partition_list_t* partitions, bool is_cooperative) {
  if (!is_cooperative) {
    rd_kafka_assign(client_.get(), nullptr);
    return;
  }
  if (rd_kafka_error_t* error = rd_kafka_incremental_unassign(client_.get(), partitions)) {
    spdlog::error("kafka: giving up partitions: {}", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
}

absl::Status KafkaSource::Commit(std::span<const CommittableOffset> offsets) {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const CommittableOffset& offset : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), std::string(offset.partition.topic).c_str(),
                                      offset.partition.partition)
        ->offset = offset.next_offset;
  }
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (int i = 0; i < kCommitTries; ++i) {
    error = rd_kafka_commit(client_.get(), list.get(), /*async=*/0);
    switch (error) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        return absl::OkStatus();
      case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
      case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
        // The rebalance itself arrives by Poll().
        return absl::AbortedError(fmt::format("kafka: committing: {}", rd_kafka_err2str(error)));
      default:
        spdlog::warn("kafka: commit failed, try {} of {}: {}", i + 1, kCommitTries,
                     rd_kafka_err2str(error));
    }
  }
  return ToStatus(error, "committing offsets");
}

KafkaPtr<rd_kafka_topic_partition_list_t> KafkaSource::Assignment() const {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
  for (const auto& [partition, position] : positions_) {
    rd_kafka_topic_partition_list_add(list.get(), std::string(partition.topic).c_str(),
                                      partition.partition);
  }
  return list;
}

void KafkaSource::Pause() {
  is_paused_ = true;
  rd_kafka_pause_partitions(client_.get(), Assignment().get());
}

void KafkaSource::Resume() {
  is_paused_ = false;
  rd_kafka_resume_partitions(client_.get(), Assignment().get());
}

std::vector<Lag> KafkaSource::Lags() {
  std::vector<Lag> lags;
  for (const auto& [partition, position] : positions_) {
    // The marks that fetches brought: no request of its own.
    int64_t low = 0, high = 0;
    const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
        client_.get(), std::string(partition.topic).c_str(), partition.partition, &low, &high);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || position < 0) continue;
    lags.push_back({partition, std::max<int64_t>(0, high - position)});
  }
  return lags;
}

void KafkaSource::Close(AssignmentListener& listener) {
  ServeRebalance(listener);
  rd_kafka_unsubscribe(client_.get());
  const auto deadline = std::chrono::steady_clock::now() + kCloseTimeout;
  while (!positions_.empty() && std::chrono::steady_clock::now() < deadline) {
    KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), 100));
    if (event == nullptr || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_REBALANCE) continue;
    pending_rebalance_ = std::move(event);
    ServeRebalance(listener);
  }
  rd_kafka_consumer_close(client_.get());
}

}  // namespace copydesk
