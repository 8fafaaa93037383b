#include "pipeline/kafka/topic_policies.h"

#include <cstdlib>
#include <string_view>

#include "pipeline/kafka/admin.h"

namespace copydesk {
absl::StatusOr<std::map<std::string, TopicPolicy>> TopicPolicies(
    const KafkaProperties& properties, const std::vector<std::string>& topics) {
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf({}, properties);
  if (!conf.ok()) return conf.status();
  const absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (const std::string& topic : topics) {
    asked.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  }
  const auto event =
      AskBrokers(client->get(), "asking how topics are kept", [&](rd_kafka_queue_t* answers) {
        rd_kafka_DescribeConfigs(client->get(), asked.data(), asked.size(), nullptr, answers);
      });
  rd_kafka_ConfigResource_destroy_array(asked.data(), asked.size());
  if (!event.ok()) return event.status();
  std::map<std::string, TopicPolicy> policies;
  size_t count = 0;
  const rd_kafka_ConfigResource_t** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** configs =
        rd_kafka_ConfigResource_configs(resources[i], &entries);
    TopicPolicy& policy = policies[rd_kafka_ConfigResource_name(resources[i])];
    for (size_t k = 0; k < entries; ++k) {
      const std::string_view name = rd_kafka_ConfigEntry_name(configs[k]);
      const char* value = rd_kafka_ConfigEntry_value(configs[k]);
      if (value == nullptr) continue;
      if (name == "cleanup.policy") policy.clean_up = value;
      if (name == "max.message.bytes") policy.record_bytes_max = std::atoll(value);
    }
  }
  return policies;
}

}  // namespace copydesk
