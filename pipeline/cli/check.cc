// copydesk check: whether a configuration would run, before anything is started.
#include <fmt/format.h>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/plan.h"
#include "pipeline/files.h"
#include "pipeline/kafka/client.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  bool is_offline = false;
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
  if (const auto conf = MakeKafkaConf({}, topology.kafka); !conf.ok()) return conf.status();
  if (options.is_offline) {
    fmt::print("kafka properties are known; brokers not asked (--offline)\n");
    return absl::OkStatus();
  }
  if (absl::Status status = CheckBroker(topology, *plan); !status.ok()) return status;
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
