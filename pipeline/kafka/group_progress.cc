#include "pipeline/kafka/group_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace copydesk {
namespace {

constexpr int kTimeoutMs = 5000;

}  // namespace

absl::StatusOr<std::unique_ptr<GroupProgress>> GroupProgress::Open(
    const KafkaProperties& properties, const std::string& group, const std::string& topic) {
  const absl::StatusOr<std::vector<TopicInfo>> infos =
      DescribeTopics(properties, {topic}, std::chrono::milliseconds(kTimeoutMs));
  if (!infos.ok()) return infos.status();
  if ((*infos)[0].partitions == 0) {
    return absl::NotFoundError(fmt::format("kafka: there is no topic '{}'", topic));
  }
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf =
      MakeKafkaConf({{"client.id", "copydesk"}, {"group.id", group}}, properties);
  if (!conf.ok()) return conf.status();
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_CONSUMER, *std::move(conf));
  if (!client.ok()) return client.status();
  std::unique_ptr<GroupProgress> progress(new GroupProgress());
  progress->topic_ = topic;
  progress->partitions_ = (*infos)[0].partitions;
  progress->client_ = *std::move(client);
  char* cluster = rd_kafka_clusterid(progress->client_.get(), kTimeoutMs);
  progress->is_embedded_ =
      cluster != nullptr && std::string_view(cluster).starts_with("mockCluster");
  if (cluster != nullptr) rd_kafka_mem_free(progress->client_.get(), cluster);
  return progress;
}

absl::StatusOr<int64_t> GroupProgress::CommittedOffsets() {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(partitions_));
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition);
  }
  const rd_kafka_resp_err_t error = rd_kafka_committed(client_.get(), list.get(), kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "reading committed offsets");
  int64_t sum = 0;
  for (int i = 0; i < list->cnt; ++i) sum += std::max<int64_t>(0, list->elems[i].offset);
  return sum;
}

absl::StatusOr<int64_t> GroupProgress::EndOffsets() {
  int64_t sum = 0;
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    int64_t low = 0, high = 0;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        client_.get(), topic_.c_str(), partition, &low, &high, kTimeoutMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "reading end offsets");
    sum += high;
  }
  return sum;
}

}  // namespace copydesk
