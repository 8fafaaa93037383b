#include "pipeline/cli/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "pipeline/files.h"
#include "pipeline/kafka/changelog_topics.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/kafka_changelog.h"
#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/kafka_source.h"
#include "pipeline/kafka/transactional_sink.h"
#include "pipeline/overlapping_sink.h"
#include "pipeline/worker_name.h"
#include "stages/registry.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

constexpr std::chrono::seconds kBrokerTimeout{5};

// librdkafka's properties with its queues set from the budgets, where the configuration does not
// set them itself.
KafkaProperties WithBudgets(const Topology& topology) {
  KafkaProperties properties = topology.kafka;
  const auto set = [&](const char* name, int64_t value) {
    properties.try_emplace(name, std::to_string(value));
  };
  // The group's queue is one for all partitions. A record larger than a fetch is fetched alone.
  constexpr int64_t kFetchBytesMin = 1 << 20;
  set("queued.max.messages.kbytes", topology.fetch_bytes_max >> 10);
  // librdkafka wants room for the largest record.
  const auto largest = properties.find("message.max.bytes");
  const int64_t record_bytes =
      largest == properties.end() ? 0 : std::atoll(largest->second.c_str());
  set("fetch.max.bytes", std::max({kFetchBytesMin, topology.fetch_bytes_max / 4, record_bytes}));
  // Reading pauses at the budget, and what was read already is still sent.
  set("queue.buffering.max.kbytes", (2 * topology.in_flight_bytes_max) >> 10);
  return properties;
}

// `worker` is the worker's name, `number` its thread's.
absl::StatusOr<Transport> MakeKafkaTransport(const Topology& topology, const std::string& worker,
                                             int64_t number, Metrics& metrics) {
  const std::string thread = fmt::format("{}-{}", worker, number);
  const TakeStatistics of_producer = StatisticsInto(metrics, fmt::format("producer-{}", number));
  constexpr std::string_view kLost[] = {"earliest", "latest", "error"};  // by WhenLost
  KafkaSourceOptions options{topology.topics, topology.name, "",
                             std::string(kLost[static_cast<size_t>(topology.lost)])};
  options.statistics = StatisticsInto(metrics, fmt::format("consumer-{}", number));
  if (topology.has_static_membership) options.member = thread;
  const KafkaProperties properties = WithBudgets(topology);
  absl::StatusOr<std::unique_ptr<KafkaSource>> source = KafkaSource::Make(properties, options);
  if (!source.ok()) return source.status();
  if (topology.guarantee == Guarantee::kAtLeastOnce) {
    absl::StatusOr<std::unique_ptr<Sink>> sink = KafkaSink::Make(properties, of_producer);
    if (!sink.ok()) return sink.status();
    return Transport{*std::move(source), *std::move(sink)};
  }
  absl::StatusOr<std::unique_ptr<Sink>> sink = TransactionalSink::Make(
      properties, fmt::format("{}-{}", topology.name, thread), **source,
      [&metrics](KafkaErrorKind kind) { metrics.CountKafkaError(NameOf(kind)); }, of_producer);
  if (!sink.ok()) return sink.status();
  return Transport{*std::move(source), std::make_unique<OverlappingSink>(*std::move(sink))};
}

absl::StatusOr<TransportMaker> MakeKafkaTransports(const Topology& topology, const ChainPlan& plan,
                                                   Metrics& metrics) {
  const std::vector<ChangelogTopicSpec> changelogs = Changelogs(topology, plan);
  absl::Status status = EnsureChangelogTopics(topology.kafka, changelogs, GroupOf(topology),
                                              topology.lost == WhenLost::kFail);
  if (!status.ok()) return status;
  std::shared_ptr<const WorkerName> claimed;
  std::string worker = topology.worker;
  if (worker.empty()) {
    absl::StatusOr<WorkerName> name = WorkerName::Claim(topology.name);
    if (!name.ok()) return name.status();
    claimed = std::make_shared<const WorkerName>(*std::move(name));
    worker = claimed->text();
  }
  // The maker holds the name as long as it lives.
  const bool has_changelogs = !changelogs.empty();
  return TransportMaker([=, &topology, &metrics](int64_t thread) -> absl::StatusOr<Transport> {
    (void)claimed;
    absl::StatusOr<Transport> transport = MakeKafkaTransport(topology, worker, thread, metrics);
    if (!transport.ok() || !has_changelogs) return transport;
    auto changelog = KafkaChangelog::Make(topology.kafka);
    if (changelog.ok()) transport->changelog = *std::move(changelog);
    return changelog.ok() ? std::move(transport) : changelog.status();
  });
}

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
    // What it remembers is kept by the stage's name.
    const auto is_same = [&](const ChainPlan::NamedFactory& other) {
      return other.name == stage.name;
    };
    if ((*factory)->has_state() && std::any_of(plan.stages.begin(), plan.stages.end(), is_same)) {
      return stage.config.Error(fmt::format("stages: '{}' stands twice, expected one", stage.name));
    }
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
  for (const std::string& topic : TopicsWritten(topology, plan)) {
    if (std::find(topology.topics.begin(), topology.topics.end(), topic) == topology.topics.end()) {
      continue;
    }
    return config.Error(
        fmt::format("outputs: '{}' is read as well: what is written there would be "
                    "read again, without end",
                    topic));
  }
  return plan;
}

absl::StatusOr<TransportMaker> MakeTransports(const Topology& topology, const ChainPlan& plan,
                                              Metrics& metrics) {
  if (topology.reads_kafka()) return MakeKafkaTransports(topology, plan, metrics);
  return TransportMaker([&topology](int64_t /*thread*/) -> absl::StatusOr<Transport> {
    absl::StatusOr<std::unique_ptr<Source>> source = FileSource::Make(topology.files);
    if (!source.ok()) return source.status();
    absl::StatusOr<std::unique_ptr<Sink>> sink = FileSink::Make(topology.output_folder);
    if (!sink.ok()) return sink.status();
    return Transport{*std::move(source), *std::move(sink)};
  });
}

void UseEmbedded(const EmbeddedBroker& broker, Topology* topology) {
  topology->kafka["bootstrap.servers"] = broker.address();
  topology->has_changelogs = false;
  topology->guarantee = Guarantee::kAtLeastOnce;
}

std::string GroupOf(const Topology& topology) {
  const auto named = topology.kafka.find("group.id");
  return named == topology.kafka.end() ? topology.name : named->second;
}

std::vector<std::string> TopicsWritten(const Topology& topology, const ChainPlan& plan) {
  std::set<std::string> topics;
  for (const auto& [name, topic] : topology.outputs) topics.insert(topic);
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    for (const std::string_view topic : stage.factory->topics()) topics.emplace(topic);
  }
  return {topics.begin(), topics.end()};
}

std::vector<ChangelogTopicSpec> Changelogs(const Topology& topology, const ChainPlan& plan) {
  std::vector<ChangelogTopicSpec> specs;
  if (!topology.has_changelogs) return specs;
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    if (!stage.factory->has_state()) continue;
    for (const std::string& topic : topology.topics) {
      specs.push_back({ChangelogTopic(topology.name, stage.name, topic), topic});
    }
  }
  return specs;
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
        "kafka: there is no topic '{0}', or no right to see it: create it (kafka-topics.sh "
        "--create --topic {0}), allow Describe on it, or name another in the configuration",
        info.name));
  }
  return absl::OkStatus();
}

}  // namespace copydesk
