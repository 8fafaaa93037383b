// copydesk check: whether a configuration would run, before anything is started.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/plan.h"
#include "pipeline/files.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/topic_policies.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  bool is_offline = false;
};

// What is wrong with the topology's topics, each with its remedy.
absl::StatusOr<std::vector<std::string>> FindFaults(const Topology& topology,
                                                    const ChainPlan& plan) {
  std::vector<std::string> topics = topology.topics;
  for (std::string& topic : TopicsWritten(topology, plan)) topics.push_back(std::move(topic));
  const absl::StatusOr<std::vector<TopicInfo>> infos =
      DescribeTopics(topology.kafka, topics, std::chrono::seconds(5));
  if (!infos.ok()) return infos.status();
  std::vector<std::string> faults;
  std::vector<std::string> present;
  int64_t partitions = 0;
  for (size_t i = 0; i < infos->size(); ++i) {
    const TopicInfo& info = (*infos)[i];
    if (info.partitions > 0) {
      present.push_back(info.name);
      if (i < topology.topics.size()) partitions += info.partitions;
    } else {
      faults.push_back(fmt::format(
          "there is no topic '{0}', or no right to see it: create it (kafka-topics.sh --create "
          "--topic {0}), allow Describe on it, or name another in the configuration",
          info.name));
    }
  }
  if (partitions > 0 && partitions < topology.threads) {
    faults.push_back(fmt::format(
        "{} partitions for {} stream threads: {} stay idle; set threads: {}, or give the input "
        "more partitions (kafka-topics.sh --alter --partitions {})",
        partitions, topology.threads, topology.threads - partitions, partitions, topology.threads));
  }
  const auto policies = TopicPolicies(topology.kafka, present);
  if (!policies.ok()) {
    fmt::print("not known how topics are cleaned up: {}\n",
               std::string(policies.status().message()));
    return faults;
  }
  for (const auto& [topic, policy] : *policies) {
    if (policy.find("compact") == policy.npos) continue;
    faults.push_back(
        fmt::format("topic '{0}' is compacted, so that stories with one key overwrite each other: "
                    "kafka-configs.sh --alter --topic {0} --add-config cleanup.policy=delete",
                    topic));
  }
  return faults;
}

absl::Status Check(const Options& options) {
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const Topology& topology = loaded->topology;
  const absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();
  fmt::print("{}: {} stages", topology.name, plan->stages.size());
  for (const ChainPlan::NamedFactory& stage : plan->stages) fmt::print(" {}", stage.name);
  fmt::print("\n");
  if (!topology.reads_kafka()) {
    const auto source = FileSource::Make(topology.files);
    if (!source.ok()) return source.status();
    fmt::print("input files can be read\n");
    return absl::OkStatus();
  }
  if (const auto conf = MakeKafkaConf({}, topology.kafka); !conf.ok()) return conf.status();
  if (options.is_offline) {
    fmt::print("kafka properties are known; brokers not asked (--offline)\n");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<std::string>> faults = FindFaults(topology, *plan);
  if (!faults.ok()) return faults.status();
  for (const std::string& fault : *faults) fmt::print("- {}\n", fault);
  std::fflush(stdout);
  if (!faults->empty()) {
    return absl::FailedPreconditionError(fmt::format("{} findings", faults->size()));
  }
  fmt::print("the brokers answer and all topics exist\n");
  return absl::OkStatus();
}

}  // namespace

void AddCheck(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "check", "Check a configuration, its dictionary and its topics without starting anything");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology's YAML file")->required();
  sub->add_flag("--offline", options->is_offline, "Do not ask the brokers");
  sub->callback([options, command] { *command = [options] { return Check(*options); }; });
}

}  // namespace copydesk
