#include "pipeline/kafka/kafka_changelog.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "pipeline/log_place.h"

namespace copydesk {
namespace {

// Changes taken at once: few, for one can be half a megabyte.
constexpr size_t kChangesAtOnce = 64;

KafkaPtr<rd_kafka_topic_partition_list_t> ListOf(const ChangelogPartition& partition,
                                                 int64_t offset) {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
      ->offset = offset;
  return list;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaChangelog>> KafkaChangelog::Make(
    const KafkaProperties& properties) {
  KafkaProperties given = properties;
  for (const char* name : {"group.instance.id", "group.protocol"}) given.erase(name);
  for (const auto& [name, value] :
       KafkaProperties{{"group.id", "copydesk-changelog"},  // librdkafka wants one; none is joined
                       {"enable.partition.eof", "true"},
                       {"enable.auto.commit", "false"},
                       {"auto.offset.reset", "error"},
                       {"fetch.wait.max.ms", "10"},  // the end is waited for, and soon there
                       {"isolation.level", "read_committed"}}) {
    given[name] = value;
  }
  KafkaProperties defaults = FetchWaker::Defaults();
  defaults["client.id"] = "copydesk";
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf(defaults, given);
  if (!conf.ok()) return conf.status();
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_CONSUMER, *std::move(conf));
  if (!client.ok()) return client.status();
  rd_kafka_poll_set_consumer(client->get());
  const FetchWaker waker(client->get(), given);
  return std::unique_ptr<KafkaChangelog>(new KafkaChangelog(*std::move(client), waker));
}

KafkaChangelog::KafkaChangelog(KafkaPtr<rd_kafka_t> client, const FetchWaker& waker)
    : client_(std::move(client)),
      queue_(rd_kafka_queue_get_consumer(client_.get())),
      waker_(waker) {}

KafkaChangelog::~KafkaChangelog() {
  queue_.reset();
  rd_kafka_consumer_close(client_.get());
}

absl::Status KafkaChangelog::CheckExists(const ChangelogPartition& partition) {
  // One that was made just now is not known to every broker at once.
  constexpr std::chrono::milliseconds kAppearTimeout{5'000};
  const absl::Status status = Retry(
      kAppearTimeout, [&] { return FindPartition(partition); }, [](const absl::Status&) {});
  if (!absl::IsUnavailable(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

absl::Status KafkaChangelog::FindPartition(const ChangelogPartition& partition) {
  constexpr int kTimeoutMs = 5'000;
  int32_t& known = partitions_[partition.topic];
  if (partition.partition < known) return absl::OkStatus();
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client_.get(), /*all_topics=*/1, nullptr, &metadata, kTimeoutMs);
  // Without an answer there is nothing to say; the reading waits for the brokers as well.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (partition.topic == metadata->topics[i].topic) known = metadata->topics[i].partition_cnt;
  }
  rd_kafka_metadata_destroy(metadata);
  if (partition.partition < known) return absl::OkStatus();
  if (known == 0) {
    return absl::UnavailableError(
        fmt::format("kafka: there is no changelog {}, or no right to see it; a start makes it",
                    partition.topic));
  }
  return absl::FailedPreconditionError(
      fmt::format("kafka: the changelog {} has {} partitions, its input has got more; the next "
                  "start gives it as many",
                  partition.topic, known));
}

absl::Status KafkaChangelog::Open(const ChangelogPartition& partition, int64_t from_offset) {
  if (absl::Status status = CheckExists(partition); !status.ok()) return status;
  // A compacted topic begins at 0 unless somebody deleted records. Asking for that costs a second.
  return Assign(partition, from_offset, from_offset == kBeginning ? 0 : from_offset);
}

absl::Status KafkaChangelog::Assign(const ChangelogPartition& partition, int64_t next_offset,
                                    int64_t at) {
  open_[partition] = next_offset;
  opened_.insert(partition);
  return ToStatus(
      rd_kafka_incremental_assign(client_.get(), ListOf(partition, at).get()),
      fmt::format("reading the changelog {} [{}]", partition.topic, partition.partition));
}

void KafkaChangelog::Close(const ChangelogPartition& partition) {
  if (open_.erase(partition) == 0) return;
  rd_kafka_error_t* error = rd_kafka_incremental_unassign(
      client_.get(), ListOf(partition, RD_KAFKA_OFFSET_INVALID).get());
  if (error != nullptr) rd_kafka_error_destroy(error);
}

absl::Status KafkaChangelog::Poll(std::chrono::milliseconds wait, ChangelogListener& listener) {
  std::array<rd_kafka_message_t*, kChangesAtOnce> messages;
  const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), static_cast<int>(wait.count()),
                                                     messages.data(), messages.size());
  absl::Status status;
  opened_.clear();
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* message = messages[static_cast<size_t>(i)];
    waker_.Take(message->len);
    if (status.ok()) status = Take(*message, listener);
    rd_kafka_message_destroy(message);
  }
  return status;
}

absl::Status KafkaChangelog::Take(const rd_kafka_message_t& message, ChangelogListener& listener) {
  if (message.rkt == nullptr) {
    spdlog::warn("kafka: reading changelogs: {}", rd_kafka_message_errstr(&message));
    return KindOf(message.err) == KafkaErrorKind::kFatal
               ? ToStatus(message.err, "reading changelogs")
               : absl::OkStatus();
  }
  const auto found = open_.find({rd_kafka_topic_name(message.rkt), message.partition});
  if (found == open_.end()) return absl::OkStatus();  // fetched before it was closed
  const ChangelogPartition partition = found->first;
  if (opened_.contains(partition)) return absl::OkStatus();  // fetched before it was opened anew
  const LogPlace log_place(partition.topic, partition.partition, message.offset);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: {
      found->second = message.offset + 1;
      const std::string_view key(static_cast<const char*>(message.key), message.key_len);
      const std::string_view value(static_cast<const char*>(message.payload), message.len);
      return listener.OnChange(partition, key,
                               message.payload == nullptr ? std::nullopt : std::optional(value),
                               message.offset);
    }
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: {
      // The last stable offset, which an open transaction of a predecessor holds back. Its changes
      // may be committed still: the high watermark of the same fetch says whether there are any.
      int64_t low = 0, high = 0;
      const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
          client_.get(), partition.topic.c_str(), partition.partition, &low, &high);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR && message.offset < high) {
        spdlog::info("{} [{}]: waiting for a transaction to end at {} of {}", partition.topic,
                     partition.partition, message.offset, high);
        return absl::OkStatus();
      }
      return listener.OnEnd(partition, message.offset);
    }
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: {
      if (found->second != kBeginning) return listener.OnGone(partition);
      spdlog::warn("{} [{}] begins behind 0: records were deleted", partition.topic,
                   partition.partition);
      listener.OnDeleted(partition);
      // No seek: librdkafka has stopped the partition.
      Close(partition);
      return Assign(partition, kBeginning, RD_KAFKA_OFFSET_BEGINNING);
    }
    default: {
      const absl::Status status = ToStatus(
          message.err,
          fmt::format("reading the changelog {} [{}]", partition.topic, partition.partition));
      if (!absl::IsUnavailable(status)) return status;
      spdlog::warn("{}", std::string(status.message()));
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<int64_t> KafkaChangelog::End(const ChangelogPartition& partition) {
  constexpr int kTimeoutMs = 5'000;
  int64_t low = 0, high = 0;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      client_.get(), partition.topic.c_str(), partition.partition, &low, &high, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "asking for a changelog's end");
  return high;
}

int64_t KafkaChangelog::Remaining(const ChangelogPartition& partition) {
  const auto found = open_.find(partition);
  int64_t low = 0, high = 0;
  if (found == open_.end() ||
      rd_kafka_get_watermark_offsets(client_.get(), partition.topic.c_str(), partition.partition,
                                     &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    return -1;
  }
  return std::max<int64_t>(0, high - std::max(found->second, low));
}

}  // namespace copydesk
