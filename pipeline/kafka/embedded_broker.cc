#include "pipeline/kafka/embedded_broker.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
// After rdkafka.h, as it asks.
#include <librdkafka/rdkafka_mock.h>

namespace copydesk {

absl::StatusOr<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::Start(
    const std::vector<std::string>& topics, int partitions) {
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf = MakeKafkaConf({}, {});
  if (!conf.ok()) return conf.status();
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  std::unique_ptr<EmbeddedBroker> broker(new EmbeddedBroker());
  broker->client_ = *std::move(client);
  broker->cluster_ = rd_kafka_mock_cluster_new(broker->client_.get(), /*broker_cnt=*/1);
  if (broker->cluster_ == nullptr) {
    return absl::InternalError("the embedded broker does not start: no free port on loopback?");
  }
  for (const std::string& topic : topics) {
    const rd_kafka_resp_err_t error =
        rd_kafka_mock_topic_create(broker->cluster_, topic.c_str(), partitions, 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(error, fmt::format("creating {} on the embedded broker", topic));
    }
  }
  broker->address_ = rd_kafka_mock_cluster_bootstraps(broker->cluster_);
  return broker;
}

EmbeddedBroker::~EmbeddedBroker() {
  if (cluster_ != nullptr) rd_kafka_mock_cluster_destroy(cluster_);
}

void EmbeddedBroker::DelayNext(int16_t request, std::chrono::milliseconds delay) {
  constexpr int32_t kBroker = 1;
  rd_kafka_mock_broker_push_request_error_rtts(
      cluster_, kBroker, request, 1, RD_KAFKA_RESP_ERR_NO_ERROR, static_cast<int>(delay.count()));
}

}  // namespace copydesk
