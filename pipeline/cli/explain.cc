// copydesk explain: why a story's mentions and its relation are what they are.
#include <fmt/format.h>

#include <charconv>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/dry_run.h"
#include "pipeline/cli/explain_mentions.h"
#include "pipeline/cli/explain_relation.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/render.h"
#include "pipeline/files.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::string story;
  std::vector<std::string> after;
};

void ExplainNotStory(const Story& story) {
  if (!story.not_story.empty()) fmt::print("\nNOT THE STORY\n");
  for (const NotStory& part : story.not_story) {
    const std::string_view value = story.fields[part.field].value;
    fmt::print("  {} {}-{} {}: \"{}\"\n", Harmless(story.fields[part.field].name), part.bytes.begin,
               part.bytes.end, Harmless(part.why),
               Harmless(value.substr(part.bytes.begin, part.bytes.end - part.bytes.begin)));
  }
}

void ExplainDecision(const Decision& decision, const RelationExplainer& relations,
                     MentionExplainer& mentions) {
  if (decision.story == nullptr) {
    const Failure& failure = decision.item->failure;
    fmt::print("dead letter: {}: {}: {}\n", Harmless(decision.item->failed_stage), failure.code,
               Harmless(failure.message));
    return;
  }
  Story& story = *decision.story;
  story.ReadFields();
  fmt::print("{} {}: {}\n", Harmless(story.uri), Harmless(story.version), decision.outcome);
  if (story.notice != Notice::kNone) fmt::print("the wire's words: {}\n", NameOf(story.notice));
  relations.Explain(decision);
  ExplainNotStory(story);
  mentions.Explain(story);
}

// All records up to the one to explain, which is the last.
absl::StatusOr<std::vector<Record>> ReadRecords(const Options& options) {
  std::string path = options.story;
  int64_t line = 0;
  if (const size_t colon = path.rfind(':'); colon != path.npos) {
    const auto [end, error] =
        std::from_chars(path.data() + colon + 1, path.data() + path.size(), line);
    if (error == std::errc() && end == path.data() + path.size()) {
      path.resize(colon);
    } else {
      line = 0;
    }
  }
  std::vector<std::string> paths = options.after;
  paths.push_back(path);
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(paths);
  if (!reader.ok()) return reader.status();
  std::vector<Record> records;
  const std::string wanted = fmt::format("{}:{}", path, line);
  while (true) {
    Record record;
    const absl::StatusOr<bool> found = (*reader)->Next(&record);
    if (!found.ok()) return found.status();
    if (!*found) break;
    records.push_back(std::move(record));
    if (line > 0 && (*reader)->place() == wanted) return records;
  }
  if (line > 0) return absl::NotFoundError(fmt::format("{}: there is no such record", wanted));
  if (records.empty()) return absl::NotFoundError(fmt::format("{}: holds no record", path));
  return records;
}

absl::Status Explain(const Options& options) {
  const absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  const Topology& topology = loaded->topology;
  absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();
  absl::StatusOr<MentionExplainer> mentions = MentionExplainer::Make(topology);
  if (!mentions.ok()) return mentions.status();
  absl::StatusOr<std::vector<Record>> records = ReadRecords(options);
  if (!records.ok()) return records.status();
  const std::string topic = topology.reads_kafka() ? topology.topics.front() : "files";
  RelationExplainer relations;
  DryRun run(*plan);
  for (size_t i = 0; i < records->size(); ++i) {
    Record& record = (*records)[i];
    record.topic = topic;
    record.partition = 0;
    record.offset = static_cast<int64_t>(i);
    const bool is_last = i + 1 == records->size();
    run.Run(std::move(record), [&](const Decision& decision) {
      if (is_last) {
        ExplainDecision(decision, relations, *mentions);
      } else {
        relations.Remember(decision);
      }
    });
  }
  return absl::OkStatus();
}

}  // namespace

void AddExplain(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "explain", "Say why a story's mentions and its relation are what they are");
  sub->footer(
      "Of stories.jsonl:12 the eleven lines before it are what came before; of stories.jsonl the\n"
      "last line is explained. No broker is needed.");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology whose chain is run")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("story", options->story, "A file, or a line of one as FILE:LINE")->required();
  sub->add_option("--after", options->after, "Files or folders of stories that came before it");
  sub->callback([options, command] { *command = [options] { return Explain(*options); }; });
}

}  // namespace copydesk
