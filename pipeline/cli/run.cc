// copydesk run: a worker, until it is told to stop or its files are read.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>

#include "absl/cleanup/cleanup.h"
#include "pipeline/cli/commands.h"
#include "pipeline/cli/dashboard.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/stop_signal.h"
#include "pipeline/cli/story_watch.h"
#include "pipeline/http_server.h"
#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/properties.h"
#include "pipeline/reloader.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::string http_address;
  bool is_embedded = false;
};

// Starts an embedded broker with the topology's topics and points the topology at it.
absl::StatusOr<std::unique_ptr<EmbeddedBroker>> StartBroker(const ChainPlan& plan,
                                                            Topology* topology) {
  std::vector<std::string> topics = TopicsWritten(*topology, plan);
  topics.insert(topics.end(), topology->topics.begin(), topology->topics.end());
  absl::StatusOr<std::unique_ptr<EmbeddedBroker>> broker =
      EmbeddedBroker::Start(topics, static_cast<int>(topology->threads));
  if (!broker.ok()) return broker.status();
  UseEmbedded(**broker, topology);
  fmt::print("bootstrap.servers={}\n", (*broker)->address());
  std::fflush(stdout);
  return broker;
}

std::vector<std::string> StageNames(const ChainPlan& plan) {
  std::vector<std::string> names;
  for (const ChainPlan::NamedFactory& stage : plan.stages) names.push_back(stage.name);
  return names;
}

int64_t MonotonicMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::Status Run(const Options& options) {
  absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  Topology& topology = loaded->topology;
  if (!options.http_address.empty()) topology.http_address = options.http_address;
  absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();

  // A signal may come before there is a worker to stop, and after.
  std::mutex mutex;
  Worker* running = nullptr;  // guarded by mutex
  bool should_stop = false;   // guarded by mutex
  std::atomic<bool> should_reload = false;
  StopSignal signal(
      [&mutex, &running, &should_stop] {
        const std::lock_guard lock(mutex);
        should_stop = true;
        if (running != nullptr) running->RequestStop();
      },
      [&should_reload] { should_reload = true; }, topology.shutdown_timeout);
  const Guarantee wanted = topology.guarantee;
  std::unique_ptr<EmbeddedBroker> broker;
  if (topology.reads_kafka()) {
    if (options.is_embedded) {
      absl::StatusOr<std::unique_ptr<EmbeddedBroker>> started = StartBroker(*plan, &topology);
      if (!started.ok()) return started.status();
      broker = *std::move(started);
    }
    absl::Status status = CheckProperties(topology);
    if (status.ok() && broker == nullptr) status = CheckBroker(topology, *plan);
    if (!status.ok()) return status;
  } else if (options.is_embedded) {
    return absl::InvalidArgumentError("--embedded: this configuration reads files, not topics");
  }

  Metrics metrics;
  StoryWatch stories(StageNames(*plan), MonotonicMs);
  plan->observer = &stories;
  const absl::StatusOr<TransportMaker> transports = MakeTransports(topology, *plan, metrics);
  if (!transports.ok()) return transports.status();
  absl::StatusOr<std::unique_ptr<Worker>> worker =
      Worker::Make(topology, *plan, *transports, metrics);
  if (!worker.ok()) return worker.status();
  const auto let_signal_stop = [&](Worker* one) {
    const std::lock_guard lock(mutex);
    running = one;
    if (should_stop && running != nullptr) running->RequestStop();
  };
  let_signal_stop(worker->get());
  const absl::Cleanup forget = [&let_signal_stop] { let_signal_stop(nullptr); };
  const auto is_ready = [&worker] { return (*worker)->is_ready(); };
  Dashboard dashboard(topology, *plan, metrics, stories, is_ready);
  std::unique_ptr<HttpServer> http;
  if (topology.http_port >= 0) {
    absl::StatusOr<std::unique_ptr<HttpServer>> started =
        HttpServer::Start(topology.http_address, static_cast<int>(topology.http_port),
                          {[&metrics] { return metrics.Expose(); }, is_ready, dashboard.Pages()});
    if (!started.ok()) return started.status();
    http = *std::move(started);
    spdlog::info("page at http://{0}:{1}/, metrics at http://{0}:{1}/metrics",
                 topology.http_address, http->port());
  }
  spdlog::info("{}: {} stream thread(s), {} stage(s), {}", topology.name, topology.threads,
               topology.stages.size(), NameOf(topology.guarantee));
  if (topology.guarantee != wanted) {
    spdlog::warn("the embedded broker only pretends transactions: {} in place of {}",
                 NameOf(topology.guarantee), NameOf(wanted));
  }
  const Reloader reloader(*plan, metrics, should_reload);
  const absl::Status status = (*worker)->Run();
  const auto count = [](const prometheus::Counter& counter) { return counter.Value(); };
  spdlog::info("{}: consumed {} = published {} + diverted {} + held {} + dead-lettered {}",
               topology.name, count(metrics.source_records), count(metrics.published.records),
               count(metrics.diverted.records), count(metrics.held.records),
               count(metrics.dead_lettered.records));
  return status;
}

}  // namespace

void AddRun(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand("run", "Run a worker on a configuration");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology's YAML file")->required();
  sub->add_option("--http-address", options->http_address,
                  "Where the page and /metrics are bound, instead of what the configuration says");
  sub->add_flag("--embedded", options->is_embedded,
                "Start a broker inside this process for a first try, and print its address");
  sub->callback([options, command] { *command = [options] { return Run(*options); }; });
}

}  // namespace copydesk
