// copydesk check: whether a configuration would run, before anything is started.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/plan.h"
#include "pipeline/files.h"
#include "pipeline/kafka/client.h"
#include "pipeline/kafka/properties.h"
#include "pipeline/kafka/rights.h"
#include "pipeline/kafka/topic_policies.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  bool is_offline = false;
};

// What is wrong with the brokers' side of a topology, each with its remedy.
class BrokerCheck {
 public:
  BrokerCheck(const Topology& topology, const ChainPlan& plan)
      : topology_(topology),
        changelogs_(Changelogs(topology, plan)),
        written_(TopicsWritten(topology, plan)) {}

  absl::StatusOr<std::vector<std::string>> Run() {
    if (absl::Status status = FindTopics(); !status.ok()) return status;
    if (TryAllRights()) CheckPolicies();
    return std::move(faults_);
  }

 private:
  template <typename... Args>
  void Fault(fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  // Who the brokers take us for, as far as the configuration tells.
  std::string Principal() const {
    const auto user = topology_.kafka.find("sasl.username");
    return user == topology_.kafka.end() ? "User:..." : "User:" + user->second;
  }

  absl::Status FindTopics() {
    std::vector<std::string> names = topology_.topics;
    names.insert(names.end(), written_.begin(), written_.end());
    for (const ChangelogTopicSpec& spec : changelogs_) names.push_back(spec.name);
    const absl::StatusOr<std::vector<TopicInfo>> infos =
        DescribeTopics(topology_.kafka, names, std::chrono::seconds(5));
    if (!infos.ok()) return infos.status();
    for (const TopicInfo& info : *infos) partitions_[info.name] = info.partitions;
    int64_t partitions = 0;
    for (const std::string& name : topology_.topics) partitions += partitions_[name];
    for (const auto& [name, count] : partitions_) {
      if (count > 0 || IsChangelog(name)) continue;
      Fault(
          "there is no topic '{0}', or no right to see it: create it (kafka-topics.sh --create "
          "--topic {0}), allow Describe on it, or name another in the configuration",
          name);
    }
    if (partitions > 0 && partitions < topology_.threads) {
      Fault(
          "{} partitions for {} stream threads: {} stay idle; set threads: {}, or give the input "
          "more partitions (kafka-topics.sh --alter --partitions {})",
          partitions, topology_.threads, topology_.threads - partitions, partitions,
          topology_.threads);
    }
    for (const ChangelogTopicSpec& spec : changelogs_) {
      const int32_t of_input = partitions_[spec.input];
      if (of_input == 0 || partitions_[spec.name] <= of_input) continue;
      Fault(
          "the changelog '{0}' has {1} partitions, its input '{2}' has {3}: the input was made "
          "anew; delete the changelog (kafka-topics.sh --delete --topic {0}), or give the topology "
          "another name",
          spec.name, partitions_[spec.name], spec.input, partitions_[spec.input]);
    }
    return absl::OkStatus();
  }

  void CheckPolicies() {
    std::vector<std::string> present;
    for (const auto& [name, count] : partitions_) {
      if (count > 0) present.push_back(name);
    }
    if (present.empty()) return;
    const auto policies = TopicPolicies(topology_.kafka, present);
    if (!policies.ok()) {
      fmt::print("not known how topics are kept: {}\n", std::string(policies.status().message()));
      return;
    }
    for (const auto& [topic, policy] : *policies) {
      if (IsChangelog(topic) && policy.clean_up != "compact") {
        Fault(
            "the changelog '{0}' has cleanup.policy={1}, and would forget what stages remember: "
            "kafka-configs.sh --alter --topic {0} --add-config cleanup.policy=compact",
            topic, policy.clean_up);
      }
      if (!IsChangelog(topic) && policy.clean_up.find("compact") != std::string::npos) {
        Fault(
            "topic '{0}' is compacted, so that stories with one key overwrite each other: "
            "kafka-configs.sh --alter --topic {0} --add-config cleanup.policy=delete",
            topic);
      }
    }
    for (const std::string& input : topology_.topics) CheckDeadLettersFit(*policies, input);
  }

  // A record that is refused there as well ends the worker, each time it comes to it.
  void CheckDeadLettersFit(const std::map<std::string, TopicPolicy>& policies,
                           const std::string& input) {
    const std::string& topic = topology_.outputs.at("deadletter");
    const auto come = policies.find(input);
    const auto go = policies.find(topic);
    if (come == policies.end() || go == policies.end() ||
        go->second.record_bytes_max >= come->second.record_bytes_max) {
      return;
    }
    Fault(
        "dead letters have to be smaller ('{0}': {1} bytes) than what may come in ('{2}': {3}), "
        "and one that is not would end the worker: kafka-configs.sh --alter --topic {0} "
        "--add-config max.message.bytes={3}",
        topic, go->second.record_bytes_max, input, come->second.record_bytes_max);
  }

  // False for an embedded broker, which knows neither rights nor how topics are cleaned up.
  bool TryAllRights() {
    RightsToTry rights;
    rights.group = GroupOf(topology_);
    rights.transactional_id = topology_.name + "-check";
    for (const std::string& topic : topology_.topics) {
      if (partitions_[topic] > 0) rights.read.push_back(topic);
    }
    for (const std::string& topic : written_) {
      if (partitions_[topic] > 0) rights.written.push_back(topic);
    }
    for (const ChangelogTopicSpec& spec : changelogs_) {
      (partitions_[spec.name] > 0 ? rights.written : rights.created).push_back(spec.name);
    }
    const absl::StatusOr<std::vector<MissingRight>> missing = TryRights(topology_.kafka, rights);
    if (!missing.ok()) {
      const std::string reason(missing.status().message());
      if (absl::IsInternal(missing.status()) && topology_.guarantee == Guarantee::kExactlyOnce) {
        Fault("{}", reason);
        return true;
      }
      fmt::print("not known which rights there are: {}\n", reason);
      return !absl::IsUnimplemented(missing.status());
    }
    for (const MissingRight& right : *missing) Tell(right);
    return true;
  }

  void Tell(const MissingRight& right) {
    const bool is_transaction = right.resource == "transactional-id";
    if (is_transaction && topology_.guarantee == Guarantee::kAtLeastOnce) {
      fmt::print("not known which rights there are: only transactions try them without a trace\n");
      return;
    }
    // Ids and changelogs have a common beginning: one rule for all of them.
    const bool is_prefix = is_transaction || right.operation == "Create";
    const std::string name = !is_prefix       ? right.name
                             : is_transaction ? topology_.name + "-"
                                              : fmt::format("copydesk-{}-", topology_.name);
    Fault(
        "no right: {} on {} '{}': kafka-acls.sh --add --allow-principal {} --operation {} --{} "
        "{}{}",
        right.operation, right.resource, right.name, Principal(), right.operation, right.resource,
        name, is_prefix ? " --resource-pattern-type prefixed" : "");
  }

  bool IsChangelog(std::string_view topic) const {
    return std::any_of(changelogs_.begin(), changelogs_.end(),
                       [&](const ChangelogTopicSpec& spec) { return spec.name == topic; });
  }

  const Topology& topology_;
  const std::vector<ChangelogTopicSpec> changelogs_;
  const std::vector<std::string> written_;
  std::map<std::string, int32_t> partitions_;  // by topic; 0 for one that is not there
  std::vector<std::string> faults_;
};

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
  if (absl::Status status = CheckProperties(topology); !status.ok()) return status;
  if (options.is_offline) {
    fmt::print("kafka properties are known; brokers not asked (--offline)\n");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<std::string>> faults = BrokerCheck(topology, *plan).Run();
  if (!faults.ok()) return faults.status();
  for (const std::string& fault : *faults) fmt::print("- {}\n", fault);
  std::fflush(stdout);
  if (!faults->empty()) {
    return absl::FailedPreconditionError(fmt::format("{} findings", faults->size()));
  }
  fmt::print("the brokers answer, and nothing was found to be wrong\n");
  return absl::OkStatus();
}

}  // namespace

void AddCheck(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "check", "Check a configuration, its dictionary and its topics without starting anything");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology's YAML file")->required();
  sub->add_flag("--offline", options->is_offline, "Do not ask the brokers");
  sub->footer(
      "Asks the brokers: topics, their partitions and clean-up; and tries the rights a worker "
      "needs\n"
      "with transactions that are aborted before anything is written. Every finding says what to "
      "do\n"
      "about it; exit status 1 when there is any.");
  sub->callback([options, command] { *command = [options] { return Check(*options); }; });
}

}  // namespace copydesk
