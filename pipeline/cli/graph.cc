// copydesk graph: the picture of a configuration's topology.
#include "pipeline/graph.h"

#include <fmt/format.h>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/plan.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::string format = "svg";
};

absl::Status DrawGraph(const Options& options) {
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const absl::StatusOr<ChainPlan> plan = MakePlan(loaded->topology, loaded->config);
  if (!plan.ok()) return plan.status();
  const Graph graph = MakeGraph(loaded->topology, *plan);
  fmt::print("{}", options.format == "svg" ? RenderSvg(graph, /*stands_alone=*/true)
                                           : RenderMermaid(graph));
  return absl::OkStatus();
}

}  // namespace

void AddGraph(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "graph", "Draw a configuration's topology: topics, stages and what leaves by which way");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology's YAML file")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("-f,--format", options->format, "svg, or mermaid for a Markdown page")
      ->check(CLI::IsMember({"svg", "mermaid"}));
  sub->callback([options, command] { *command = [options] { return DrawGraph(*options); }; });
}

}  // namespace copydesk
