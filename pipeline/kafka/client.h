// What all users of librdkafka's C API here share: owning handles, and making a client from
// properties.
//
// Errors: set-up errors name the property or broker.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/kafka/error.h"
#include "pipeline/record.h"

namespace copydesk {

// librdkafka properties by their own names.
using KafkaProperties = std::map<std::string, std::string>;

struct KafkaDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_topic_partition_t* partition) const {
    rd_kafka_topic_partition_destroy(partition);
  }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
    rd_kafka_consumer_group_metadata_destroy(metadata);
  }
};
template <typename T>
using KafkaPtr = std::unique_ptr<T, KafkaDeleter>;

// A configuration with `defaults`, then `properties` set on it. Logs go to the worker's log.
// Errors: a property librdkafka refuses, with the nearest name it knows.
absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> MakeKafkaConf(const KafkaProperties& defaults,
                                                        const KafkaProperties& properties);

// Makes a client and consumes `conf`.
absl::StatusOr<KafkaPtr<rd_kafka_t>> MakeKafkaClient(rd_kafka_type_t type,
                                                     KafkaPtr<rd_kafka_conf_t> conf);

// Copies everything but the topic's name from a message to a record.
void CopyMessage(const rd_kafka_message_t& message, Record* record);

struct TopicInfo {
  std::string name;
  int32_t partitions = 0;  // 0: there is no such topic
};

// Asks the brokers about `topics`. Fails when none answers within `timeout`.
absl::StatusOr<std::vector<TopicInfo>> DescribeTopics(const KafkaProperties& properties,
                                                      const std::vector<std::string>& topics,
                                                      std::chrono::milliseconds timeout);

}  // namespace copydesk
