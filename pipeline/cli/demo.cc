// copydesk demo: the whole chain on the embedded broker, with a report of what came out.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/feed.h"
#include "pipeline/cli/plan.h"
#include "pipeline/cli/render.h"
#include "pipeline/files.h"
#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/topic_reader.h"
#include "stages/story/decode.h"

namespace copydesk {
namespace {

constexpr std::chrono::seconds kGiveUpAfter{60};

struct Options {
  std::string config;
  std::vector<std::string> stories;
  std::string page;
};

// What was found on the output topics.
struct Report {
  std::vector<ShownStory> stories;
  std::map<std::string, int64_t> by_topic;
  std::map<std::string, int64_t> by_relation;
  std::map<std::string, int64_t> by_entity;
  std::map<std::string, int64_t> by_error;
  std::string summary;
};

absl::Status ReadOutputs(const Topology& topology, const std::vector<std::string>& topics,
                         Report* report) {
  absl::StatusOr<std::unique_ptr<TopicReader>> reader = TopicReader::Open(topology.kafka, topics);
  if (!reader.ok()) return reader.status();
  DecodeLimits limits;
  limits.record_bytes = RecordReader::kRecordBytesMax;
  StoryDecoder decoder(limits, InputFormat::kJson, DefaultFieldMap());
  const std::string& published = topology.outputs.find("published")->second;
  Record record;
  while (!(*reader)->is_at_end()) {
    const absl::StatusOr<bool> found = (*reader)->Next(std::chrono::seconds(10), &record);
    if (!found.ok()) return found.status();
    if (!*found) continue;
    ++report->by_topic[std::string(record.topic)];
    for (const Header& header : record.headers) {
      if (header.name == "__copydesk.errors.code") ++report->by_error[header.value];
    }
    ShownStory shown;
    shown.topic = std::string(record.topic);
    if (decoder.Decode(record.value, &shown.story)) continue;  // a dead letter, a recall
    const Story& story = shown.story;
    if (story.relation) ++report->by_relation[std::string(NameOf(story.relation->kind))];
    if (shown.topic == published) {
      for (const Mention& mention : story.mentions) {
        ++report->by_entity[fmt::format("{} ({})", mention.name, mention.type)];
      }
    }
    if (shown.topic == published || story.relation) report->stories.push_back(std::move(shown));
  }
  return absl::OkStatus();
}

std::string Row(std::string_view name, double count, double seconds) {
  return fmt::format("  {:<28} {:>7.0f} {:>12.0f}/s\n", name, count, count / seconds);
}

std::string Counts(const char* title, const std::map<std::string, int64_t>& counts, size_t most) {
  std::vector<std::pair<int64_t, std::string>> rows;
  for (const auto& [name, count] : counts) rows.emplace_back(-count, name);
  std::sort(rows.begin(), rows.end());
  std::string out = fmt::format("{}\n", title);
  for (size_t i = 0; i < std::min(most, rows.size()); ++i) {
    out += fmt::format("  {:<44} {:>5}\n", rows[i].second, -rows[i].first);
  }
  return out;
}

std::string Summarise(const Metrics& metrics, const Report& report, double seconds) {
  const auto value = [](const prometheus::Counter& counter) { return counter.Value(); };
  std::string out = fmt::format("  {:<28} {:>7} {:>14}\n", "RECORDS", "COUNT", "RATE");
  out += Row("consumed", value(metrics.source_records), seconds);
  out += Row("published", value(metrics.published.records), seconds);
  out += Row("diverted (repeats)", value(metrics.diverted.records), seconds);
  out += Row("held (embargo)", value(metrics.held.records), seconds);
  out += Row("dead-lettered", value(metrics.dead_lettered.records), seconds);
  out += Row("recalls sent", value(metrics.emitted_records), seconds);
  out += Counts("\n  RELATIONS", report.by_relation, 9);
  out += Counts("\n  DEAD LETTERS BY REASON", report.by_error, 9);
  out += Counts("\n  TOPICS", report.by_topic, 20);
  out += Counts("\n  MOST NAMED", report.by_entity, 10);
  return out;
}

// Three published stories that show most: the ones with the most different entities, but not all
// alike: each in another language.
std::vector<ShownStory*> PickThree(Report& report, std::string_view published) {
  std::vector<ShownStory*> candidates;
  for (ShownStory& shown : report.stories) {
    if (shown.topic == published) candidates.push_back(&shown);
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](ShownStory* a, ShownStory* b) {
    return a->story.mentions.size() > b->story.mentions.size();
  });
  std::vector<ShownStory*> picked;
  for (ShownStory* candidate : candidates) {
    const bool is_new = std::none_of(picked.begin(), picked.end(), [&](const ShownStory* shown) {
      return shown->story.language.substr(0, 2) == candidate->story.language.substr(0, 2);
    });
    if (is_new && picked.size() < 3) picked.push_back(candidate);
  }
  return picked;
}

absl::Status WritePage(const std::string& path, Report& report) {
  std::ofstream out(path, std::ios::binary);
  out << RenderPage("copydesk: what came out", report.summary, report.stories);
  if (!out.flush()) return absl::InternalError(fmt::format("{}: cannot be written", path));
  return absl::OkStatus();
}

// Feeds the stories while the worker runs, waits until all are finished, and stops it.
absl::StatusOr<double> FeedAndWait(const Options& options, const Topology& topology, Worker& worker,
                                   const Metrics& metrics) {
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(options.stories);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::unique_ptr<KafkaSink>> sink = KafkaSink::Make(topology.kafka);
  if (!sink.ok()) return sink.status();
  const auto finished = [&metrics] {
    return static_cast<int64_t>(metrics.published.records.Value() +
                                metrics.diverted.records.Value() + metrics.held.records.Value() +
                                metrics.dead_lettered.records.Value());
  };
  FeedOptions feed;
  feed.topic = topology.topics.front();
  feed.ahead_bytes_max = EmbeddedBroker::kPartitionBytesMax * 3 / 4;
  feed.finished_records = [&finished]() -> absl::StatusOr<int64_t> { return finished(); };
  const absl::StatusOr<FeedResult> fed = Feed(**reader, **sink, feed);
  if (!fed.ok()) return fed.status();

  fmt::print(stderr, "waiting for the consumer group to form (some seconds on this broker)\n");
  const auto deadline = std::chrono::steady_clock::now() + kGiveUpAfter;
  std::chrono::steady_clock::time_point first;
  while (finished() < fed->records) {
    if (std::chrono::steady_clock::now() > deadline || !worker.is_running()) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} stories came out", finished(), fed->records));
    }
    if (metrics.source_records.Value() == 0) first = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::max(1e-3,
                  std::chrono::duration<double>(std::chrono::steady_clock::now() - first).count());
}

absl::Status Demo(const Options& options) {
  absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  Topology& topology = loaded->topology;
  if (!topology.reads_kafka()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: reads files, the demo wants topics", options.config));
  }
  const absl::StatusOr<ChainPlan> plan = MakePlan(topology, loaded->config);
  if (!plan.ok()) return plan.status();
  const std::vector<std::string> written = TopicsWritten(topology, *plan);
  std::vector<std::string> topics = written;
  topics.insert(topics.end(), topology.topics.begin(), topology.topics.end());
  absl::StatusOr<std::unique_ptr<EmbeddedBroker>> broker = EmbeddedBroker::Start(topics, 1);
  if (!broker.ok()) return broker.status();
  UseEmbedded(**broker, &topology);
  topology.commit_interval = std::chrono::milliseconds(10);  // the books are made at commits

  Metrics metrics;
  const absl::StatusOr<TransportMaker> transports = MakeTransports(topology, *plan, metrics);
  if (!transports.ok()) return transports.status();
  absl::StatusOr<std::unique_ptr<Worker>> worker =
      Worker::Make(topology, *plan, *transports, metrics);
  if (!worker.ok()) return worker.status();
  absl::Status worker_status;
  std::thread thread([&] { worker_status = (*worker)->Run(); });
  const absl::StatusOr<double> seconds = FeedAndWait(options, topology, **worker, metrics);
  (*worker)->RequestStop();
  thread.join();
  if (!worker_status.ok()) return worker_status;
  if (!seconds.ok()) return seconds.status();

  Report report;
  if (absl::Status status = ReadOutputs(topology, written, &report); !status.ok()) return status;
  report.summary = Summarise(metrics, report, *seconds);
  const bool has_colour = isatty(STDOUT_FILENO) == 1;
  for (ShownStory* shown : PickThree(report, topology.outputs.find("published")->second)) {
    fmt::print("{}\n", RenderTerminal(shown->story, has_colour, 6));
  }
  fmt::print("{}\n", report.summary);
  if (absl::Status status = WritePage(options.page, report); !status.ok()) return status;
  fmt::print("All stories, with their mentions highlighted, to open in a browser:\n{}\n",
             std::filesystem::absolute(options.page).string());
  return absl::OkStatus();
}

}  // namespace

void AddDemo(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand(
      "demo", "Run the whole chain once on the embedded broker and show what came out");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology's YAML file")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("--page", options->page, "The HTML file to write")
      ->default_val("copydesk-demo.html");
  sub->add_option("stories", options->stories, "Files or folders of stories")
      ->default_val(std::vector<std::string>{DefaultPath("samples")});
  sub->callback([options, command] { *command = [options] { return Demo(*options); }; });
}

}  // namespace copydesk
