// copydesk tap: stories as they leave a stage of a running worker.
#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/json_view.h"
#include "pipeline/cli/render.h"
#include "pipeline/cli/worker_client.h"

namespace copydesk {
namespace {

constexpr std::chrono::milliseconds kBetweenAsks{250};

struct Options {
  std::string url;
  std::string stage;
  int64_t sample = 0;
  bool is_json = false;
};

class Printer {
 public:
  explicit Printer(bool is_json) : is_json_(is_json), has_colour_(isatty(STDOUT_FILENO) == 1) {}

  void Print(const rapidjson::Value& story) const {
    if (is_json_) {
      rapidjson::StringBuffer text;
      rapidjson::Writer<rapidjson::StringBuffer> writer(text);
      story.Accept(writer);
      fmt::print("{}\n", std::string_view(text.GetString(), text.GetSize()));
    } else {
      fmt::print("{}\n", Text(story));
    }
    std::fflush(stdout);
  }

 private:
  std::string Text(const rapidjson::Value& story) const {
    std::string out = fmt::format(
        "{}{} [{}] at {}  {}  {} {}", Dim(), Harmless(TextOf(story, "topic")),
        NumberOf(story, "partition"), NumberOf(story, "offset"), Harmless(TextOf(story, "outcome")),
        Harmless(TextOf(story, "uri")), Harmless(TextOf(story, "version")));
    const rapidjson::Value& relation = PartOf(story, "relation");
    if (relation.IsObject()) {
      out += fmt::format("  {}: {}", Harmless(TextOf(relation, "kind")),
                         Harmless(TextOf(relation, "rule")));
      const double alike = NumberOf(relation, "similarity");
      if (!std::isnan(alike)) out += fmt::format(" ({:.0f} % alike)", 100 * alike);
    }
    const rapidjson::Value& error = PartOf(story, "error");
    if (error.IsObject()) {
      out +=
          fmt::format("  {}: {}", Harmless(TextOf(error, "code")), Harmless(TextOf(error, "text")));
    }
    out += Reset();
    for (const char* part : {"headline", "body"}) {
      const std::string text = Runs(story, part);
      if (!text.empty()) out += "\n" + text;
    }
    return out + "\n";
  }

  std::string Runs(const rapidjson::Value& story, const char* part) const {
    std::string out;
    const rapidjson::Value& runs = PartOf(story, part);
    const rapidjson::Value& entities = PartOf(story, "entities");
    if (!runs.IsArray() || !entities.IsArray()) return out;
    for (const rapidjson::Value& run : runs.GetArray()) {
      const double entity = NumberOf(run, "m");
      if (run.IsString()) {
        out += Harmless({run.GetString(), run.GetStringLength()});
      } else if (entity >= 0 && entity < entities.Size()) {
        const std::string type =
            Harmless(TextOf(entities[static_cast<rapidjson::SizeType>(entity)], "type"));
        const std::string text = Harmless(TextOf(run, "t"));
        out += has_colour_ ? fmt::format("{}{}{}", ColourOf(type), text, Reset())
                           : fmt::format("[{}|{}]", text, type);
      } else {
        out += fmt::format("{}{}{}", Dim(), Harmless(TextOf(run, "t")), Reset());
      }
    }
    return out;
  }

  const char* Dim() const { return has_colour_ ? "\x1b[2m" : ""; }
  const char* Reset() const { return has_colour_ ? "\x1b[0m" : ""; }

  const bool is_json_;
  const bool has_colour_;
};

absl::Status Tap(const Options& options) {
  const absl::StatusOr<WorkerClient> client = WorkerClient::Make(options.url);
  if (!client.ok()) return client.status();
  const Printer printer(options.is_json);
  int64_t left = options.sample;
  // What went before is not shown: the first answer only tells where to begin.
  double after = -1;
  while (true) {
    const absl::StatusOr<rapidjson::Document> answer = client->Get(
        options.stage.empty()
            ? fmt::format("/api/stories?after={:.0f}", std::max(after, 0.0))
            : fmt::format("/api/tap?stage={}&after={:.0f}", options.stage, std::max(after, 0.0)));
    if (!answer.ok()) return answer.status();
    const rapidjson::Value& stories = PartOf(*answer, "stories");
    const bool is_first = after < 0;
    after = NumberOf(*answer, "last");
    if (!is_first && stories.IsArray()) {
      for (const rapidjson::Value& story : stories.GetArray()) {
        printer.Print(story);
        if (options.sample > 0 && --left == 0) return absl::OkStatus();
      }
    }
    std::this_thread::sleep_for(kBetweenAsks);
  }
}

}  // namespace

void AddTap(CLI::App& app, Command* command) {
  CLI::App* sub =
      app.add_subcommand("tap", "Show stories as they leave a stage of a running worker");
  sub->footer(
      "The worker shows a sample, at most ten stories a second; while nobody taps a stage it "
      "takes\n"
      "none, and tapping holds nothing up.");
  auto options = std::make_shared<Options>();
  sub->add_option("-u,--url", options->url, "The worker's address")
      ->default_val(std::string(kDefaultWorkerUrl));
  sub->add_option("-s,--stage", options->stage,
                  "The stage they leave (default: the whole chain, with their outcome)")
      ->check([](const std::string& name) {
        const bool is_name = name.find_first_of("&#% ?") == std::string::npos;
        return is_name ? std::string() : std::string("no name of a stage");
      });
  sub->add_option("-n,--sample", options->sample, "Stop after so many (default: go on)")
      ->check(CLI::PositiveNumber);
  sub->add_flag("--json", options->is_json, "A JSON object a line instead of text");
  sub->callback([options, command] { *command = [options] { return Tap(*options); }; });
}

}  // namespace copydesk
