#include "pipeline/kafka/committed_offsets.h"

#include <fmt/format.h>

#include <string>

namespace copydesk {
namespace {

constexpr int kTimeoutMs = 5'000;
constexpr std::string_view kAsking = "asking for committed offsets";

}  // namespace

std::string GroupOf(rd_kafka_t* client) {
  char group[512] = "";
  size_t size = sizeof(group);
  rd_kafka_conf_get(rd_kafka_conf(client), "group.id", group, &size);
  return group;
}

void AskForCommitted(rd_kafka_t* client, rd_kafka_queue_t* queue,
                     const rd_kafka_topic_partition_list_t& partitions, uintptr_t number) {
  char reason[256] = "";
  rd_kafka_AdminOptions_t* options =
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
  rd_kafka_AdminOptions_set_request_timeout(options, kTimeoutMs, reason, sizeof(reason));
  if (rd_kafka_error_t* error = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1)) {
    rd_kafka_error_destroy(error);
  }
  rd_kafka_AdminOptions_set_opaque(options, reinterpret_cast<void*>(number));
  rd_kafka_ListConsumerGroupOffsets_t* ask =
      rd_kafka_ListConsumerGroupOffsets_new(GroupOf(client).c_str(), &partitions);
  rd_kafka_ListConsumerGroupOffsets(client, &ask, 1, options, queue);
  rd_kafka_ListConsumerGroupOffsets_destroy(ask);
  rd_kafka_AdminOptions_destroy(options);
}

CommittedOffsets TakeCommitted(rd_kafka_event_t* event) {
  CommittedOffsets committed{reinterpret_cast<uintptr_t>(rd_kafka_event_opaque(event)), nullptr};
  if (const rd_kafka_resp_err_t error = rd_kafka_event_error(event)) {
    committed.offsets = ToStatus(error, kAsking);
    return committed;
  }
  size_t count = 0;
  const rd_kafka_group_result_t** const groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
  const rd_kafka_topic_partition_list_t* const answer =
      count == 0 ? nullptr : rd_kafka_group_result_partitions(groups[0]);
  if (answer == nullptr) {
    committed.offsets = absl::InternalError(fmt::format("kafka: {}: the answer is empty", kAsking));
    return committed;
  }
  for (int i = 0; i < answer->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = answer->elems[i];
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    committed.offsets =
        ToStatus(one.err, fmt::format("{} of {} [{}]", kAsking, one.topic, one.partition));
    return committed;
  }
  committed.offsets =
      KafkaPtr<rd_kafka_topic_partition_list_t>(rd_kafka_topic_partition_list_copy(answer));
  return committed;
}

}  // namespace copydesk
