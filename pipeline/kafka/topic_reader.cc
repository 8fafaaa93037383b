#include "pipeline/kafka/topic_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace copydesk {

absl::StatusOr<std::unique_ptr<TopicReader>> TopicReader::Open(
    const KafkaProperties& properties, const std::vector<std::string>& topics,
    const TopicReaderOptions& options) {
  const absl::StatusOr<std::vector<TopicInfo>> infos =
      DescribeTopics(properties, topics, std::chrono::seconds(5));
  if (!infos.ok()) return infos.status();

  std::unique_ptr<TopicReader> reader(new TopicReader(topics));
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf =
      MakeKafkaConf({{"client.id", "copydesk"}}, properties);
  if (!conf.ok()) return conf.status();
  for (const auto& [name, value] :
       KafkaProperties{{"group.id", options.group.empty() ? "copydesk-reader" : options.group},
                       {"enable.partition.eof", "true"},
                       {"enable.auto.commit", "false"},
                       {"auto.offset.reset", "earliest"},
                       {"isolation.level", "read_committed"}}) {
    rd_kafka_conf_set(conf->get(), name.c_str(), value.c_str(), nullptr, 0);
  }
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_CONSUMER, *std::move(conf));
  if (!client.ok()) return client.status();
  reader->client_ = *std::move(client);
  rd_kafka_poll_set_consumer(reader->client_.get());

  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  for (const TopicInfo& info : *infos) {
    if (info.partitions == 0) {
      return absl::NotFoundError(fmt::format("kafka: there is no topic '{}'", info.name));
    }
    for (int32_t partition = 0; partition < info.partitions; ++partition) {
      rd_kafka_topic_partition_list_add(list.get(), info.name.c_str(), partition);
    }
  }
  reader->partitions_ = static_cast<size_t>(list->cnt);
  if (absl::Status status = reader->FindBeginnings(options, list.get()); !status.ok()) {
    return status;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(reader->client_.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "reading topics");
  return reader;
}

absl::Status TopicReader::FindBeginnings(const TopicReaderOptions& options,
                                         rd_kafka_topic_partition_list_t* list) {
  constexpr int kTimeoutMs = 10'000;
  // Brokers that have just come (back) are of one mind by then.
  constexpr std::chrono::milliseconds kAppearTimeout{15'000};
  KafkaPtr<rd_kafka_topic_partition_list_t> remembered(rd_kafka_topic_partition_list_copy(list));
  KafkaPtr<rd_kafka_topic_partition_list_t> since(rd_kafka_topic_partition_list_copy(list));
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  const bool remembers = !options.group.empty() && !options.begins_anew;
  if (remembers) error = rd_kafka_committed(client_.get(), remembered.get(), kTimeoutMs);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && options.since_ms >= 0) {
    for (int i = 0; i < since->cnt; ++i) since->elems[i].offset = options.since_ms;
    error = rd_kafka_offsets_for_times(client_.get(), since.get(), kTimeoutMs);
  }
  for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    int64_t low = 0, high = 0;
    const auto query = [&] {
      error = rd_kafka_query_watermark_offsets(client_.get(), list->elems[i].topic,
                                               list->elems[i].partition, &low, &high, kTimeoutMs);
      // The brokers said that it is there; one of them has not heard of it, or not that it leads.
      const bool is_too_early = error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
                                error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                                error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
      return is_too_early ? absl::UnavailableError("") : absl::OkStatus();
    };
    Retry(kAppearTimeout, query, [](const absl::Status&) {}).IgnoreError();
    int64_t begin = low;
    if (options.since_ms >= 0) {
      // Nothing as late: the end.
      begin = since->elems[i].offset >= 0 ? since->elems[i].offset : high;
    }
    if (remembers && remembered->elems[i].offset >= 0) {
      begin = std::max(low, remembered->elems[i].offset);
    }
    list->elems[i].offset = begin;
    records_total_ += std::max<int64_t>(0, high - begin);
  }
  return ToStatus(error, "finding where to begin");
}

absl::Status TopicReader::Commit() {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  rd_kafka_resp_err_t error = rd_kafka_assignment(client_.get(), &assigned);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "committing offsets");
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(assigned);
  error = rd_kafka_position(client_.get(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    error = rd_kafka_commit(client_.get(), list.get(), /*async=*/0);
  }
  // No offset: nothing was read.
  if (error == RD_KAFKA_RESP_ERR__NO_OFFSET) return absl::OkStatus();
  return ToStatus(error, "committing offsets");
}

TopicReader::~TopicReader() {
  if (client_ != nullptr) rd_kafka_consumer_close(client_.get());
}

absl::StatusOr<bool> TopicReader::Next(std::chrono::milliseconds wait, Record* record) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int left_ms = std::max<int>(0, static_cast<int>(left.count()));
    const std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message(
        rd_kafka_consumer_poll(client_.get(), left_ms), rd_kafka_message_destroy);
    if (message == nullptr) return false;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      at_end_.emplace(rd_kafka_topic_name(message->rkt), message->partition);
      if (is_at_end()) return false;
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (left_ms == 0) return ToStatus(message->err, rd_kafka_message_errstr(message.get()));
      continue;  // librdkafka tries again by itself
    }
    const std::string_view topic = rd_kafka_topic_name(message->rkt);
    record->topic = *std::find(topics_.begin(), topics_.end(), topic);
    CopyMessage(*message, record);
    return true;
  }
}

}  // namespace copydesk
