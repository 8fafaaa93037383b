// copydesk: the command line.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/log.h"

int main(int argc, char** argv) {
  CLI::App app("de-duplicates and tags wire stories on their way through Kafka.", "copydesk");
  app.set_version_flag("--version", COPYDESK_VERSION);
  app.require_subcommand(1);
  std::string log_level = "info";
  app.add_option("--log-level", log_level, "How much is logged on standard error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  std::string log_format = "text";
  app.add_option("--log-format", log_format, "text, or json: an object a line")
      ->check(CLI::IsMember({"text", "json"}));
  app.fallthrough();

  copydesk::Command command;
  copydesk::AddRun(app, &command);
  copydesk::AddTag(app, &command);
  copydesk::AddReplay(app, &command);
  copydesk::AddCheck(app, &command);
  copydesk::AddTest(app, &command);
  copydesk::AddExplain(app, &command);
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
  // Standard output is for what a command answers.
  copydesk::SetUpLog(log_format == "json");
  spdlog::set_level(spdlog::level::from_str(log_level));
  const absl::Status status = command();
  if (status.ok()) return 0;
  std::fprintf(stderr, "copydesk: %s\n", std::string(status.message()).c_str());
  return 1;
}
