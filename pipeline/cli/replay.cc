// copydesk replay: feeds files, dead letters or held records into topics.
#include <fmt/format.h>

#include <map>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/feed.h"
#include "pipeline/cli/plan.h"
#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/group_progress.h"
#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/topic_reader.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::string brokers;
  std::string topic;
  double rate = 0;
  bool from_deadletter = false;
  bool from_held = false;
  std::vector<std::string> files;
};

absl::Status ReplayFiles(const Options& options, const Topology& topology, Sink& sink) {
  if (options.files.empty()) {
    return absl::InvalidArgumentError(
        "nothing to replay: name files or folders, or - for standard "
        "input");
  }
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(options.files);
  if (!reader.ok()) return reader.status();
  FeedOptions feed;
  feed.topic = options.topic.empty() ? topology.topics.front() : options.topic;
  feed.records_per_second_max = options.rate;
  const auto group = topology.kafka.find("group.id");
  absl::StatusOr<std::unique_ptr<GroupProgress>> progress = GroupProgress::Open(
      topology.kafka, group == topology.kafka.end() ? topology.name : group->second, feed.topic);
  if (!progress.ok()) return progress.status();
  if ((*progress)->is_embedded_broker()) {
    const absl::StatusOr<int64_t> start = (*progress)->EndOffsets();
    if (!start.ok()) return start.status();
    feed.ahead_bytes_max = EmbeddedBroker::kPartitionBytesMax * 3 / 4;
    feed.finished_records = [&progress, start = *start]() -> absl::StatusOr<int64_t> {
      const absl::StatusOr<int64_t> committed = (*progress)->CommittedOffsets();
      if (!committed.ok()) return committed.status();
      return std::max<int64_t>(0, *committed - start);
    };
  }
  const absl::StatusOr<FeedResult> fed = Feed(**reader, sink, feed);
  if (!fed.ok()) return fed.status();
  fmt::print("{} records, {:.1f} MB to {} in {:.1f} s\n", fed->records,
             static_cast<double>(fed->bytes) / 1e6, feed.topic, fed->seconds);
  return absl::OkStatus();
}

// Feeds set-aside records back to the topics they came from, in the order they were set aside:
// those that came since the last such replay, which a consumer group of its own remembers.
absl::Status ReplaySetAside(const Options& options, const Topology& topology,
                            std::string_view output, std::string_view prefix, Sink& sink) {
  const auto named = topology.outputs.find(output);
  if (named == topology.outputs.end()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: outputs: names no topic for '{}'", options.config, output));
  }
  absl::StatusOr<std::unique_ptr<TopicReader>> reader = TopicReader::Open(
      topology.kafka, {named->second}, fmt::format("{}-replay-{}", topology.name, output));
  if (!reader.ok()) return reader.status();
  const std::string topic_header = fmt::format("{}topic", prefix);
  std::map<std::string, int64_t> records;
  Record record;
  while (!(*reader)->is_at_end()) {
    const absl::StatusOr<bool> found = (*reader)->Next(std::chrono::seconds(10), &record);
    if (!found.ok()) return found.status();
    if (!*found) {
      if ((*reader)->is_at_end()) break;
      return absl::DeadlineExceededError(fmt::format("kafka: {} stopped answering", named->second));
    }
    std::string topic = options.topic;
    for (const Header& header : record.headers) {
      if (topic.empty() && header.name == topic_header) topic = header.value;
    }
    if (topic.empty()) topic = topology.topics.front();
    record.topic = topic;
    std::erase_if(record.headers, IsOwnHeader);
    if (absl::Status status = sink.Send(record); !status.ok()) return status;
    ++records[topic];
  }
  if (absl::Status status = sink.Flush(std::chrono::seconds(30)); !status.ok()) return status;
  if (absl::Status status = (*reader)->Commit(); !status.ok()) return status;
  if (records.empty()) fmt::print("nothing new in {}\n", named->second);
  for (const auto& [topic, count] : records) {
    fmt::print("{} records from {} to {}\n", count, named->second, topic);
  }
  return absl::OkStatus();
}

absl::Status Replay(const Options& options) {
  absl::StatusOr<LoadedTopology> loaded = LoadTopology(options.config);
  if (!loaded.ok()) return loaded.status();
  Topology& topology = loaded->topology;
  if (!topology.reads_kafka()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: reads files, replay feeds topics", options.config));
  }
  if (!options.brokers.empty()) topology.kafka["bootstrap.servers"] = options.brokers;
  absl::StatusOr<std::unique_ptr<KafkaSink>> sink = KafkaSink::Make(topology.kafka);
  if (!sink.ok()) return sink.status();
  if (options.from_deadletter) {
    return ReplaySetAside(options, topology, "deadletter", kErrorHeaderPrefix, **sink);
  }
  if (options.from_held) {
    return ReplaySetAside(options, topology, "held", kHeldHeaderPrefix, **sink);
  }
  return ReplayFiles(options, topology, **sink);
}

}  // namespace

void AddReplay(CLI::App& app, Command* command) {
  CLI::App* sub =
      app.add_subcommand("replay", "Feed files, dead letters or held records into a topic");
  auto options = std::make_shared<Options>();
  sub->add_option("-c,--config", options->config, "The topology that reads the topic")
      ->default_val(DefaultPath("newswire.yaml"));
  sub->add_option("-b,--brokers", options->brokers,
                  "Brokers to use instead of the configuration's bootstrap.servers");
  sub->add_option("-t,--topic", options->topic,
                  "Where to feed (default: the topology's first topic, or where a set-aside "
                  "record came from)");
  sub->add_option("--rate", options->rate, "Records a second at most")->check(CLI::PositiveNumber);
  auto* dead = sub->add_flag("--from-deadletter", options->from_deadletter,
                             "Feed dead letters back to where they came from");
  auto* held = sub->add_flag("--from-held", options->from_held,
                             "Feed held records back to where they came from");
  auto* files = sub->add_option("files", options->files, "Files, folders, or - (JSON lines)");
  dead->excludes(held)->excludes(files);
  held->excludes(files);
  sub->callback([options, command] { *command = [options] { return Replay(*options); }; });
}

}  // namespace copydesk
