#include "pipeline/kafka/statistics.h"

#include <rapidjson/document.h>

#include <memory>
#include <utility>

namespace copydesk {
namespace {

constexpr double kMicroseconds = 1e-6;
constexpr double kMilliseconds = 1e-3;

// A number at `object[name]`, or 0.
double Number(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsNumber() ? member->value.GetDouble() : 0;
}

// The object at `object[name]`, or null.
const rapidjson::Value* Part(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsObject() ? &member->value : nullptr;
}

class Statistics {
 public:
  Statistics(Metrics& metrics, std::string client)
      : metrics_(metrics), client_(std::move(client)) {}

  void Take(std::string_view json) {
    rapidjson::Document report;
    report.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (report.HasParseError() || !report.IsObject()) return;
    double queued_records = Number(report, "msg_cnt");
    double queued_bytes = Number(report, "msg_size");
    if (const rapidjson::Value* topics = Part(report, "topics")) {
      for (const auto& [name, topic] : topics->GetObject()) {
        if (topic.IsObject()) TakeTopic(name.GetString(), topic, &queued_records, &queued_bytes);
      }
    }
    metrics_.SetKafka(KafkaGauge::kQueueRecords, {{"client", client_}}, queued_records);
    metrics_.SetKafka(KafkaGauge::kQueueBytes, {{"client", client_}}, queued_bytes);
    if (const rapidjson::Value* brokers = Part(report, "brokers")) TakeBrokers(*brokers);
  }

 private:
  void TakeTopic(const char* name, const rapidjson::Value& topic, double* queued_records,
                 double* queued_bytes) {
    const rapidjson::Value* batch = Part(topic, "batchsize");
    if (batch != nullptr && Number(*batch, "cnt") > 0) {
      metrics_.SetKafka(KafkaGauge::kBatchBytes, {{"client", client_}, {"topic", name}},
                        Number(*batch, "avg"));
    }
    const rapidjson::Value* partitions = Part(topic, "partitions");
    if (partitions == nullptr) return;
    for (const auto& [number, partition] : partitions->GetObject()) {
      if (!partition.IsObject()) continue;
      *queued_records += Number(partition, "fetchq_cnt");
      *queued_bytes += Number(partition, "fetchq_size");
    }
  }

  void TakeBrokers(const rapidjson::Value& brokers) {
    double retries = 0, errors = 0, disconnects = 0;
    for (const auto& [name, broker] : brokers.GetObject()) {
      if (!broker.IsObject()) continue;
      retries += Number(broker, "txretries");
      errors +=
          Number(broker, "txerrs") + Number(broker, "rxerrs") + Number(broker, "req_timeouts");
      disconnects += Number(broker, "disconnects");
      // Bootstrap addresses and the coordinator's stand-in have no number of their own.
      const auto node = broker.FindMember("nodename");
      if (Number(broker, "nodeid") < 0 || node == broker.MemberEnd() || !node->value.IsString()) {
        continue;
      }
      TakeBroker(node->value.GetString(), broker);
    }
    Count(KafkaCount::kRetries, retries);
    Count(KafkaCount::kErrors, errors);
    Count(KafkaCount::kDisconnects, disconnects);
  }

  void TakeBroker(const std::string& node, const rapidjson::Value& broker) {
    const prometheus::Labels labels = {{"client", client_}, {"broker", node}};
    const rapidjson::Value* rtt = Part(broker, "rtt");
    // Nothing asked since the last report: nothing new to say.
    if (rtt != nullptr && Number(*rtt, "cnt") > 0) {
      // Not "quantile", which by convention a summary's series have, and no others.
      for (const auto& [field, percentile] : {std::pair("p50", "50"), std::pair("p99", "99")}) {
        prometheus::Labels of = labels;
        of["percentile"] = percentile;
        metrics_.SetKafka(KafkaGauge::kBrokerRtt, of, Number(*rtt, field) * kMicroseconds);
      }
    }
    if (const rapidjson::Value* throttle = Part(broker, "throttle")) {
      metrics_.SetKafka(KafkaGauge::kThrottle, labels, Number(*throttle, "max") * kMilliseconds);
    }
  }

  // The reports count from the client's start.
  void Count(KafkaCount count, double total) {
    double& before = counted_[count];
    if (total > before) metrics_.CountKafka(count, {{"client", client_}}, total - before);
    before = total;
  }

  Metrics& metrics_;
  const std::string client_;
  std::map<KafkaCount, double> counted_;
};

}  // namespace

TakeStatistics StatisticsInto(Metrics& metrics, std::string client) {
  auto statistics = std::make_shared<Statistics>(metrics, std::move(client));
  return [statistics](std::string_view json) { statistics->Take(json); };
}

}  // namespace copydesk
