// copydesk tag: what a configuration's chain finds in stories of files, without a broker.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/render.h"
#include "pipeline/files.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> files;
  std::string format = "table";
  std::string colour = "auto";
};

// The configuration's chain without what a single story has no use for: its earlier stories
// (deduplicate) and the topics it goes to (publish).
Topology TaggingTopology(const Topology& topology) {
  Topology tagging = topology;
  std::erase_if(tagging.stages, [](const Topology::StageConfig& stage) {
    return stage.name == "deduplicate" || stage.name == "publish";
  });
  tagging.outputs = {{"published", "published"}, {"deadletter", "deadletter"}};
  return tagging;
}

class Tagger {
 public:
  Tagger(const Options& options, const ChainPlan& plan) : options_(options) {
    codec_ = plan.codec->Make();
    for (const ChainPlan::NamedFactory& stage : plan.stages) {
      stages_.push_back(stage.factory->Make());
    }
    has_colour_ =
        options.colour == "always" || (options.colour == "auto" && isatty(STDOUT_FILENO) == 1);
  }

  // Tags one record and shows it. `place` names it in errors.
  absl::Status Show(Record record, const std::string& place) {
    item_.record = std::move(record);
    item_.payload = codec_->MakePayload();
    if (!codec_->Decode(item_)) {
      return absl::InvalidArgumentError(
          fmt::format("{}: {}: {}", place, item_.failure.code, item_.failure.message));
    }
    Item* const items[] = {&item_};
    for (const std::unique_ptr<Stage>& stage : stages_) stage->Process(items, context_);
    Story& story = StoryOf(item_);
    if (options_.format == "json") {
      std::string json;
      codec_->Encode(item_, &json);
      fmt::print("{}\n", json);
    } else if (options_.format == "table") {
      fmt::print("{}\n{}\n", RenderTerminal(story, has_colour_, 40), RenderTable(story));
    } else {
      shown_.push_back({std::move(story), "", ""});
    }
    return absl::OkStatus();
  }

  void Finish() {
    if (options_.format == "html") fmt::print("{}", RenderPage("copydesk tag", "", {}, shown_));
  }

 private:
  struct NoContext : StageContext {
    void Emit(std::string_view, Record) override {}
    void Count(std::string_view, uint64_t) override {}
  };

  const Options& options_;
  std::unique_ptr<Codec> codec_;
  std::vector<std::unique_ptr<Stage>> stages_;
  NoContext context_;
  Item item_;
  bool has_colour_ = false;
  std::vector<ShownStory> shown_;
};

// The stories on standard input: JSON lines when every line begins an object, else one story.
absl::StatusOr<std::vector<std::string>> ReadStandardInput() {
  std::string text;
  char chunk[64 << 10];
  while (const size_t got = std::fread(chunk, 1, sizeof(chunk), stdin)) {
    text.append(chunk, got);
    if (text.size() > RecordReader::kRecordBytesMax) {
      return absl::InvalidArgumentError(
          fmt::format("standard input: more than {} bytes", RecordReader::kRecordBytesMax));
    }
  }
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const bool is_json_lines = std::all_of(lines.begin(), lines.end(),
                                         [](const std::string& line) { return line[0] == '{'; });
  if (is_json_lines) return lines;
  return std::vector<std::string>{text};
}

// Shows every story of `file`. One bad story does not keep the others from being shown.
absl::Status TagFile(const std::string& file, Tagger& tagger) {
  absl::Status result;
  const auto show = [&](Record record, const std::string& place) {
    const absl::Status status = tagger.Show(std::move(record), place);
    if (status.ok()) return;
    fmt::print(stderr, "copydesk: {}\n", std::string(status.message()));
    result = absl::InvalidArgumentError("not every story was read");
  };
  Record record;
  if (file == "-") {
    const absl::StatusOr<std::vector<std::string>> stories = ReadStandardInput();
    if (!stories.ok()) return stories.status();
    for (size_t i = 0; i < stories->size(); ++i) {
      record.value = (*stories)[i];
      show(record, fmt::format("-:{}", i + 1));
    }
    return result;
  }
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open({file});
  if (!reader.ok()) return reader.status();
  while (true) {
    const absl::StatusOr<bool> found = (*reader)->Next(&record);
    if (!found.ok()) return found.status();
    if (!*found) return result;
    show(record, (*reader)->place());
  }
}

absl::Status Tag(const Options& options) {
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const Topology topology = TaggingTopology(loaded->topology);
  const absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();
  Tagger tagger(options, *plan);
  absl::Status first_error;
  for (const std::string& file : options.files) {
    const absl::Status status = TagFile(file, tagger);
    if (first_error.ok()) first_error = status;
  }
  tagger.Finish();
  return first_error;
}

}  // namespace

void AddTag(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand("tag", "Tag stories of files or standard input");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology whose stages are used")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("files", options->files,
                  "Stories: .json and .txt (one a file), .jsonl (one a line), folders, or - for "
                  "standard input (one story, or JSON lines)")
      ->required();
  sub->add_option("-f,--format", options->format, "table, json (enriched records) or html")
      ->check(CLI::IsMember({"table", "json", "html"}));
  sub->add_option("--color,--colour", options->colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  sub->callback([options, command] { *command = [options] { return Tag(*options); }; });
}

}  // namespace copydesk
