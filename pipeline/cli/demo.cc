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
  ShownTable dead_letters = {{"DEAD LETTER", "WHY"}, {}};
};

std::string_view HeaderOf(const Record& record, std::string_view name) {
  for (const Header& header : record.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

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
    const std::string_view code = HeaderOf(record, "__copydesk.errors.code");
    if (!code.empty()) {
      ++report->by_error[std::string(code)];
      report->dead_letters.rows.push_back(
          {std::string(code), std::string(HeaderOf(record, "__copydesk.errors.message"))});
    }
    ShownStory shown;
    shown.topic = std::string(record.topic);
    for (const auto& [output, topic] : topology.outputs) {
      if (topic == shown.topic) shown.output = output;
    }
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

ShownTable Counts(const char* title, const std::map<std::string, int64_t>& counts, size_t most) {
  std::vector<std::pair<int64_t, std::string>> rows;
  for (const auto& [name, count] : counts) rows.emplace_back(-count, name);
  std::sort(rows.begin(), rows.end());
  ShownTable table = {{title, "COUNT"}, {}};
  for (size_t i = 0; i < std::min(most, rows.size()); ++i) {
    table.rows.push_back({rows[i].second, fmt::format("{}", -rows[i].first)});
  }
  return table;
}

std::vector<ShownTable> Summarise(const Metrics& metrics, const Report& report, double seconds) {
  const std::pair<const char*, const prometheus::Counter&> flows[] = {
      {"consumed", metrics.source_records},
      {"published", metrics.published.records},
      {"diverted (repeats)", metrics.diverted.records},
      {"held (embargo)", metrics.held.records},
      {"dead-lettered", metrics.dead_lettered.records},
      {"recalls sent", metrics.emitted_records}};
  ShownTable records = {{"RECORDS", "COUNT", "RATE"}, {}};
  for (const auto& [name, counter] : flows) {
    records.rows.push_back({name, fmt::format("{:.0f}", counter.Value()),
                            fmt::format("{:.0f}/s", counter.Value() / seconds)});
  }
  return {records, Counts("RELATIONS", report.by_relation, 9),
          Counts("DEAD LETTERS BY REASON", report.by_error, 9),
          Counts("TOPICS", report.by_topic, 20), Counts("MOST NAMED", report.by_entity, 10)};
}

void Print(const ShownTable& table) {
  const auto print_row = [](const std::vector<std::string>& row) {
    fmt::print("  {:<44}{:>8}", row[0], row[1]);
    if (row.size() > 2) fmt::print("{:>12}", row[2]);
    fmt::print("\n");
  };
  print_row(table.head);
  for (const auto& row : table.rows) print_row(row);
  fmt::print("\n");
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

absl::Status WritePage(const std::string& path, const std::string& about,
                       std::vector<ShownTable> tables, Report& report) {
  // What was published first: it has what there is to see.
  std::stable_partition(report.stories.begin(), report.stories.end(),
                        [](const ShownStory& shown) { return shown.output == "published"; });
  if (!report.dead_letters.rows.empty()) tables.push_back(report.dead_letters);
  std::ofstream out(path, std::ios::binary);
  out << RenderPage("copydesk: what came out", about, tables, report.stories);
  if (!out.flush()) return absl::InternalError(fmt::format("{}: cannot be written", path));
  return absl::OkStatus();
}

// Feeds the stories while the worker runs, and waits until all are finished.
absl::Status FeedAndWait(const Options& options, const Topology& topology, Worker& worker,
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
  while (finished() < fed->records) {
    if (std::chrono::steady_clock::now() > deadline || !worker.is_running()) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} stories came out", finished(), fed->records));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return absl::OkStatus();
}

// How long the chain worked, from decode to encode. The embedded broker answers a fetch when it
// likes: what passed on the wall's clock says nothing.
double SecondsOfWork(const ChainPlan& plan, Metrics& metrics) {
  const auto seconds_of = [&](std::string_view stage) {
    return metrics.ForStage(stage).seconds.Collect().histogram.sample_sum;
  };
  double seconds = seconds_of("decode") + seconds_of("encode");
  for (const ChainPlan::NamedFactory& stage : plan.stages) seconds += seconds_of(stage.name);
  return seconds;
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
  const absl::Status fed = FeedAndWait(options, topology, **worker, metrics);
  (*worker)->RequestStop();
  thread.join();
  if (!worker_status.ok()) return worker_status;
  if (!fed.ok()) return fed;

  Report report;
  if (absl::Status status = ReadOutputs(topology, written, &report); !status.ok()) return status;
  const double seconds = SecondsOfWork(*plan, metrics);
  const std::vector<ShownTable> tables = Summarise(metrics, report, seconds);
  const std::string about =
      fmt::format("{:.0f} records were {:.1f} ms of work for one thread whose caches are cold.",
                  metrics.source_records.Value(), seconds * 1000);
  const bool has_colour = isatty(STDOUT_FILENO) == 1;
  for (ShownStory* shown : PickThree(report, topology.outputs.find("published")->second)) {
    fmt::print("{}\n", RenderTerminal(shown->story, has_colour, 6));
  }
  for (const ShownTable& table : tables) Print(table);
  fmt::print("{}\n", about);
  if (absl::Status status = WritePage(options.page, about, tables, report); !status.ok()) {
    return status;
  }
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
      ->default_val(DefaultPath("newswire.yaml"))
      ->take_last();
  sub->add_option("--page", options->page, "The HTML file to write")
      ->default_val("copydesk-demo.html");
  sub->add_option("stories", options->stories, "Files or folders of stories")
      ->default_val(std::vector<std::string>{DefaultPath("samples")});
  sub->callback([options, command] { *command = [options] { return Demo(*options); }; });
}

}  // namespace copydesk
