#include "pipeline/kafka/rights.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "pipeline/kafka/admin.h"
#include "pipeline/kafka/properties.h"

namespace copydesk {
namespace {

constexpr int kTimeoutMs = 15'000;
constexpr long long kLingerMsMax = 30'000;
// A partition enters a transaction a millisecond after its first record was taken.
constexpr std::chrono::milliseconds kEnterWait{100};

// The error's code; frees it.
rd_kafka_resp_err_t CodeOf(rd_kafka_error_t* error) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  if (error != nullptr) rd_kafka_error_destroy(error);
  return code;
}

bool IsRefusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

class Probe {
 public:
  Probe(rd_kafka_t* client, const RightsToTry& rights)
      : client_(client),
        rights_(rights),
        group_(rd_kafka_consumer_group_metadata_new(rights.group.c_str())) {}

  absl::Status Run() {
    if (absl::Status status = TryCreate(); !status.ok()) return status;
    const auto code = CodeOf(rd_kafka_init_transactions(client_, kTimeoutMs));
    if (IsRefusal(code)) {
      Miss("Write", "transactional-id", rights_.transactional_id);
      return absl::OkStatus();
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(code, "preparing a transaction");
    std::string readable;
    for (const std::string& topic : rights_.read) {
      const absl::StatusOr<rd_kafka_resp_err_t> tried = Try("", topic);
      if (!tried.ok()) return tried.status();
      if (*tried == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        Miss("Read", "group", rights_.group);
        return absl::OkStatus();
      }
      if (IsRefusal(*tried)) {
        Miss("Read", "topic", topic);
      } else {
        readable = topic;
      }
    }
    if (readable.empty()) return absl::OkStatus();
    for (const std::string& topic : rights_.written) {
      const absl::StatusOr<rd_kafka_resp_err_t> tried = Try(topic, readable);
      if (!tried.ok()) return tried.status();
      if (IsRefusal(*tried)) Miss("Write", "topic", topic);
    }
    return absl::OkStatus();
  }

  std::vector<MissingRight> TakeMissing() { return std::move(missing_); }

 private:
  void Miss(const char* operation, const char* resource, const std::string& name) {
    missing_.push_back({operation, resource, name});
  }

  // Opens a transaction, lets `written` ("" for none) and an offset of `read` enter it, and aborts
  // it. Returns a refusal's code, or no error.
  absl::StatusOr<rd_kafka_resp_err_t> Try(const std::string& written, const std::string& read) {
    auto code = CodeOf(rd_kafka_begin_transaction(client_));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && !written.empty()) code = Write(written);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const KafkaPtr<rd_kafka_topic_partition_list_t> offsets(rd_kafka_topic_partition_list_new(1));
      rd_kafka_topic_partition_list_add(offsets.get(), read.c_str(), 0)->offset = 0;
      // Its answer comes behind that about the partition: of one connection, in order.
      code = CodeOf(
          rd_kafka_send_offsets_to_transaction(client_, offsets.get(), group_.get(), kTimeoutMs));
    }
    const auto aborted = CodeOf(rd_kafka_abort_transaction(client_, kTimeoutMs));
    if (IsRefusal(code)) return code;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(code, "trying a transaction");
    if (aborted != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(aborted, "aborting a transaction");
    return code;
  }

  rd_kafka_resp_err_t Write(const std::string& name) {
    rd_kafka_topic_t* topic = rd_kafka_topic_new(client_, name.c_str(), nullptr);
    if (topic == nullptr) return rd_kafka_last_error();
    // With the topic known a record enters its partition at once.
    const rd_kafka_metadata_t* metadata = nullptr;
    auto code = rd_kafka_metadata(client_, 0, topic, &metadata, kTimeoutMs);
    if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      code = rd_kafka_producev(client_, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(0),
                               RD_KAFKA_V_VALUE(const_cast<char*>(""), 0), RD_KAFKA_V_END);
    }
    rd_kafka_topic_destroy(topic);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) std::this_thread::sleep_for(kEnterWait);
    return code;
  }

  absl::Status TryCreate() {
    for (const std::string& name : rights_.created) {
      char reason[512] = "";
      rd_kafka_NewTopic_t* topic =
          rd_kafka_NewTopic_new(name.c_str(), 1, /*replication*/ -1, reason, sizeof(reason));
      if (topic == nullptr) return absl::InvalidArgumentError(fmt::format("{}: {}", name, reason));
      rd_kafka_AdminOptions_t* options =
          rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS);
      rd_kafka_AdminOptions_set_validate_only(options, 1, reason, sizeof(reason));
      const auto event = AskBrokers(client_, fmt::format("trying to create {}", name),
                                    [&](rd_kafka_queue_t* answers) {
                                      rd_kafka_CreateTopics(client_, &topic, 1, options, answers);
                                    });
      rd_kafka_AdminOptions_destroy(options);
      rd_kafka_NewTopic_destroy(topic);
      if (!event.ok()) return event.status();
      size_t count = 0;
      const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(
          rd_kafka_event_CreateTopics_result(event->get()), &count);
      for (size_t i = 0; i < count; ++i) {
        if (IsRefusal(rd_kafka_topic_result_error(results[i]))) Miss("Create", "topic", name);
      }
    }
    return absl::OkStatus();
  }

  rd_kafka_t* const client_;
  const RightsToTry& rights_;
  const KafkaPtr<rd_kafka_consumer_group_metadata_t> group_;
  std::vector<MissingRight> missing_;
};

}  // namespace

absl::StatusOr<std::vector<MissingRight>> TryRights(const KafkaProperties& properties,
                                                    const RightsToTry& rights) {
  KafkaProperties given = properties;
  given["transactional.id"] = rights.transactional_id;
  given["enable.idempotence"] = "true";
  // As long as the worker's: the brokers may refuse that.
  const std::string& timeout_ms =
      given.try_emplace("transaction.timeout.ms", std::to_string(kTransactionTimeoutMs))
          .first->second;
  // Longer than a probe: its record never leaves. librdkafka wants it shorter than a record's
  // timeout, which is the transaction's.
  given["linger.ms"] = std::to_string(std::min(kLingerMsMax, std::atoll(timeout_ms.c_str()) / 2));
  for (const char* name : {"message.timeout.ms", "delivery.timeout.ms", "queue.buffering.max.ms"}) {
    given.erase(name);
  }
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf =
      MakeKafkaConf({{"client.id", "copydesk"}}, given);
  if (!conf.ok()) return conf.status();
  // What it is refused it is asked for: no need to log it.
  rd_kafka_conf_set_log_cb(conf->get(), nullptr);
  const absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  if (!client.ok()) return client.status();
  char* cluster = rd_kafka_clusterid(client->get(), kTimeoutMs);
  const bool is_embedded =
      cluster != nullptr && std::string_view(cluster).substr(0, 11) == "mockCluster";
  if (cluster != nullptr) rd_kafka_mem_free(client->get(), cluster);
  if (is_embedded) return absl::UnimplementedError("an embedded broker knows no rights");
  Probe probe(client->get(), rights);
  if (absl::Status status = probe.Run(); !status.ok()) return status;
  return probe.TakeMissing();
}

}  // namespace copydesk
