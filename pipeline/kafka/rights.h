// Tries what a worker needs rights for, as a worker would use them: with transactions that are
// aborted before a record is sent. Readers see nothing of it; the topics written to get the marker
// of an aborted transaction.
//
// Brokers say to whoever asks which topics it may see; of its other rights only a client with
// rights to the cluster may ask (DescribeAcls), and of those to transactions librdkafka cannot.
//
// Threads: set-up only.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/kafka/client.h"

namespace copydesk {

struct RightsToTry {
  std::string group;
  // One that no worker uses: whoever uses it is fenced.
  std::string transactional_id;
  std::vector<std::string> read;     // topics that exist; at least one
  std::vector<std::string> written;  // topics that exist
  std::vector<std::string> created;  // topics that do not
};

struct MissingRight {
  std::string operation;  // "Read", "Write", "Create"
  std::string resource;   // "group", "topic", "transactional-id", as kafka-acls.sh has them
  std::string name;
};

// The rights that are missing. What rests on a missing one is not tried: without the transactional
// id nothing but creating, without the group and a topic to read no writing.
// Errors: kUnavailable when brokers do not answer; kUnimplemented for an embedded broker, which
//         knows no rights; kInternal where no worker could have a transaction.
absl::StatusOr<std::vector<MissingRight>> TryRights(const KafkaProperties& properties,
                                                    const RightsToTry& rights);

}  // namespace copydesk
