// copydesk: the command line.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "pipeline/cli/commands.h"

int main(int argc, char** argv) {
  // Standard output is for what a command answers.
  spdlog::set_default_logger(spdlog::stderr_color_mt("copydesk"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);

  CLI::App app("de-duplicates and tags wire stories on their way through Kafka.", "copydesk");
  app.set_version_flag("--version", COPYDESK_VERSION);
  app.require_subcommand(1);
  std::string log_level = "info";
  app.add_option("--log-level", log_level, "How much is logged on standard error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.fallthrough();

  copydesk::Command command;
  copydesk::AddRun(app, &command);
  copydesk::AddTag(app, &command);
  copydesk::AddReplay(app, &command);
  copydesk::AddCheck(app, &command);
  copydesk::AddTest(app, &command);
  copydesk::AddTop(app, &command);
  copydesk::AddTap(app, &command);
  copydesk::AddGraph(app, &command);
  copydesk::AddDemo(app, &command);
  copydesk::AddDictionary(app, &command);
  copydesk::AddMan(app, &command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  spdlog::set_level(spdlog::level::from_str(log_level));
  const absl::Status status = command();
  if (status.ok()) return 0;
  std::fprintf(stderr, "copydesk: %s\n", std::string(status.message()).c_str());
  return 1;
}
