#include "pipeline/cli/plan.h"

#include <fmt/format.h>

#include <set>

#include "pipeline/files.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/kafka_source.h"
#include "stages/registry.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

constexpr std::chrono::seconds kBrokerTimeout{5};

}  // namespace

absl::StatusOr<LoadedTopology> LoadTopology(const std::string& path) {
  absl::StatusOr<ConfigNode> config = ConfigNode::FromFile(path);
  if (!config.ok()) return config.status();
  absl::StatusOr<Topology> topology = Topology::Read(*config);
  if (!topology.ok()) return topology.status();
  return LoadedTopology{*std::move(config), *std::move(topology)};
}

absl::StatusOr<ChainPlan> MakePlan(const Topology& topology, const ConfigNode& config) {
  ChainPlan plan;
  absl::StatusOr<std::unique_ptr<CodecFactory>> codec = MakeStoryCodec(topology.input);
  if (!codec.ok()) return codec.status();
  plan.codec = *std::move(codec);
  plan.outputs = topology.outputs;
  for (const Topology::StageConfig& stage : topology.stages) {
    const StageEntry* entry = FindStage(stage.name);
    if (entry == nullptr) {
      std::vector<std::string_view> names;
      for (const StageEntry& known : Stages()) names.push_back(known.name);
      const std::string_view nearest = Nearest(stage.name, names);
      return stage.config.Error(
          nearest.empty()
              ? fmt::format("no stage is named '{}', there are {}", stage.name,
                            fmt::join(names, ", "))
              : fmt::format("no stage is named '{}', did you mean '{}'?", stage.name, nearest));
    }
    absl::StatusOr<std::unique_ptr<StageFactory>> factory = entry->make(stage.config);
    if (!factory.ok()) return factory.status();
    plan.stages.push_back({stage.name, *std::move(factory)});
  }
  if (absl::Status status = plan.CheckOutputs(config); !status.ok()) return status;
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    for (const std::string_view topic : stage.factory->topics()) {
      if (topic != plan.outputs.at("published")) continue;
      return config.Error(
          fmt::format("{}: a route to '{}' would send stories there twice: it is "
                      "the published output",
                      stage.name, topic));
    }
  }
  return plan;
}

Transport MakeTransport(const Topology& topology) {
  Transport transport;
  if (topology.reads_kafka()) {
    transport.make_source = [&topology]() -> absl::StatusOr<std::unique_ptr<Source>> {
      return KafkaSource::Make(topology.kafka, topology.topics, topology.name);
    };
    transport.make_sink = [&topology]() -> absl::StatusOr<std::unique_ptr<Sink>> {
      return KafkaSink::Make(topology.kafka);
    };
  } else {
    transport.make_source = [&topology]() -> absl::StatusOr<std::unique_ptr<Source>> {
      return FileSource::Make(topology.files);
    };
    transport.make_sink = [&topology]() -> absl::StatusOr<std::unique_ptr<Sink>> {
      return FileSink::Make(topology.output_folder);
    };
  }
  return transport;
}

std::vector<std::string> TopicsWritten(const Topology& topology, const ChainPlan& plan) {
  std::set<std::string> topics;
  for (const auto& [name, topic] : topology.outputs) topics.insert(topic);
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    for (const std::string_view topic : stage.factory->topics()) topics.emplace(topic);
  }
  return {topics.begin(), topics.end()};
}

absl::Status CheckBroker(const Topology& topology, const ChainPlan& plan) {
  std::vector<std::string> topics = topology.topics;
  for (std::string& topic : TopicsWritten(topology, plan)) topics.push_back(std::move(topic));
  const absl::StatusOr<std::vector<TopicInfo>> infos =
      DescribeTopics(topology.kafka, topics, kBrokerTimeout);
  if (!infos.ok()) return infos.status();
  for (const TopicInfo& info : *infos) {
    if (info.partitions > 0) continue;
    return absl::NotFoundError(fmt::format(
        "kafka: there is no topic '{}'; create it (kafka-topics.sh --create --topic {}) "
        "or name another in the configuration",
        info.name, info.name));
  }
  return absl::OkStatus();
}

}  // namespace copydesk
