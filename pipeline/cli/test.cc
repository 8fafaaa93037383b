// copydesk test: whether a configuration decides what its scenarios say it must.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/scenario.h"

namespace copydesk {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> paths;
  std::string config;
  bool is_verbose = false;
};

// A topology with its stages, made once however many files name it.
struct Loaded {
  LoadedTopology topology;
  ChainPlan plan;
};

class Runner {
 public:
  explicit Runner(const Options& options)
      : options_(options), has_colour_(isatty(STDOUT_FILENO) == 1) {}

  absl::Status RunFile(const std::string& path) {
    absl::StatusOr<ScenarioFile> file = ReadScenarios(path);
    if (!file.ok()) return file.status();
    if (!options_.config.empty()) file->config = options_.config;
    const absl::StatusOr<Loaded*> loaded = Load(file->config);
    if (!loaded.ok()) return loaded.status();
    const Topology& topology = (*loaded)->topology.topology;
    const std::string topic = topology.reads_kafka() ? topology.topics.front() : "files";
    fmt::print("{}\n", path);
    for (const Scenario& scenario : file->scenarios) {
      Show(*file, scenario, RunScenario(scenario, (*loaded)->plan, topic));
    }
    return absl::OkStatus();
  }

  int ran() const { return ran_; }
  int failed() const { return failed_; }

 private:
  absl::StatusOr<Loaded*> Load(const std::string& config) {
    auto found = loaded_.find(config);
    if (found == loaded_.end()) {
      absl::StatusOr<LoadedTopology> topology = LoadTopology(config);
      if (!topology.ok()) return topology.status();
      absl::StatusOr<ChainPlan> plan = MakePlan(topology->topology, topology->config);
      if (!plan.ok()) return plan.status();
      found = loaded_.emplace(config, Loaded{*std::move(topology), *std::move(plan)}).first;
    }
    return &found->second;
  }

  void Show(const ScenarioFile& file, const Scenario& scenario,
            const std::vector<Difference>& differences) {
    ++ran_;
    if (differences.empty()) {
      if (options_.is_verbose) fmt::print("  {}  {}\n", Coloured("ok  ", "32"), scenario.name);
      return;
    }
    ++failed_;
    fmt::print("  {}  {}\n", Coloured("FAIL", "31"), scenario.name);
    std::string story;
    for (const Difference& difference : differences) {
      if (difference.story != story) {
        story = difference.story;
        fmt::print("        {}:{}: story {}\n", file.path, difference.line, story);
      }
      fmt::print("          {}\n", difference.aspect);
      fmt::print("            {}\n", Coloured("- " + difference.expected, "31"));
      fmt::print("            {}\n", Coloured("+ " + difference.found, "32"));
    }
  }

  std::string Coloured(const std::string& text, const char* colour) const {
    return has_colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : text;
  }

  const Options& options_;
  const bool has_colour_;
  std::map<std::string, Loaded> loaded_;
  int ran_ = 0;
  int failed_ = 0;
};

// The files that `paths` name: themselves, and the .yaml files of folders in the order of names.
absl::StatusOr<std::vector<std::string>> FindFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const size_t first = files.size();
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
    if (files.size() == first) {
      return absl::NotFoundError(fmt::format("{}: holds no .yaml file", path));
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

absl::Status Test(const Options& options) {
  const absl::StatusOr<std::vector<std::string>> files = FindFiles(options.paths);
  if (!files.ok()) return files.status();
  const auto start = std::chrono::steady_clock::now();
  Runner runner(options);
  for (const std::string& file : *files) {
    if (absl::Status status = runner.RunFile(file); !status.ok()) return status;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("{} scenarios, {} failed, {:.1f} s\n", runner.ran(), runner.failed(), seconds);
  std::fflush(stdout);
  if (runner.failed() > 0) return absl::FailedPreconditionError("not all was decided as expected");
  return absl::OkStatus();
}

}  // namespace

void AddTest(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "test", "Check that a configuration decides what scenarios of stories say it must");
  sub->footer(
      "A scenario file names a configuration and lists stories over stream time, each with what\n"
      "must be decided about it; configs/tests shows how. No broker is needed. What was decided\n"
      "otherwise is shown as a difference: - expected, + found. Exit status 1 when there is any.");
  auto options = std::make_shared<Options>();
  sub->add_option("files", options->paths, "Scenario files, or folders of them")->required();
  sub->add_option("-c,--config", options->config,
                  "The topology to run instead of the one each file names");
  sub->add_flag("-v,--verbose", options->is_verbose, "Name the scenarios that hold, too");
  sub->callback([options, command] { *command = [options] { return Test(*options); }; });
}

}  // namespace copydesk
