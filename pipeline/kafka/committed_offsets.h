// Asks what a group has committed, without waiting for the answer: it is an event of a queue.
//
// librdkafka asks by itself when partitions are assigned. But while an open transaction hides an
// offset (KIP-447: UNSTABLE_OFFSET_COMMIT) and the assignment changes before that is over, it takes
// the missing answer for "nothing was committed" and begins by auto.offset.reset: at the first
// record, so that all is done twice (rd_kafka_assignment_apply_offsets() of 2.0.2 and of 2.15.0).
// Partitions whose beginnings are known when they are assigned are safe from it.
//
// Threads: one task thread. Errors: below.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

// The client's group.id.
std::string GroupOf(rd_kafka_t* client);

// Asks for the offsets of `partitions`, committed by transactions that have ended. The answer, an
// event of type RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT, comes by `queue` within seconds, in
// any case. `number` comes back with it.
void AskForCommitted(rd_kafka_t* client, rd_kafka_queue_t* queue,
                     const rd_kafka_topic_partition_list_t& partitions, uintptr_t number);

struct CommittedOffsets {
  uintptr_t number = 0;  // that was given to AskForCommitted()
  // The partitions with their offsets; RD_KAFKA_OFFSET_INVALID where nothing was committed.
  // kUnavailable: ask again later, a transaction has not ended or no broker answers. Others are
  // final.
  absl::StatusOr<KafkaPtr<rd_kafka_topic_partition_list_t>> offsets;
};
CommittedOffsets TakeCommitted(rd_kafka_event_t* event);

}  // namespace copydesk
