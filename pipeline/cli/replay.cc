// copydesk replay: feeds files, dead letters or held records into topics.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/default_path.h"
#include "pipeline/cli/feed.h"
#include "pipeline/cli/plan.h"
#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/kafka/group_progress.h"
#include "pipeline/kafka/kafka_sink.h"
#include "pipeline/kafka/topic_reader.h"
#include "stages/story/iso_time.h"

namespace copydesk {
namespace {

struct Options {
  std::string config;
  std::string brokers;
  std::string topic;
  double rate = 0;
  bool from_deadletter = false;
  bool from_held = false;
  std::string from_topic;
  std::vector<std::string> codes;
  std::string since;
  std::string until;
  bool begins_anew = false;
  std::string resume;
  std::vector<std::string> files;
};

absl::Status ReplayFiles(const Options& options, const Topology& topology) {
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
  feed.resume = options.resume;
  absl::StatusOr<std::unique_ptr<GroupProgress>> progress =
      GroupProgress::Open(topology.kafka, GroupOf(topology), feed.topic);
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
  const absl::StatusOr<std::unique_ptr<KafkaSink>> sink = KafkaSink::Make(topology.kafka);
  if (!sink.ok()) return sink.status();
  const absl::StatusOr<FeedResult> fed = Feed(**reader, **sink, feed);
  if (!fed.ok()) return fed.status();
  if (fed->skipped > 0) fmt::print("{} records were fed before\n", fed->skipped);
  fmt::print("{} records, {:.1f} MB to {} in {:.1f} s\n", fed->records,
             static_cast<double>(fed->bytes) / 1e6, feed.topic, fed->seconds);
  return absl::OkStatus();
}

// Which records of a topic are fed.
struct Filter {
  int64_t since_ms = -1;
  int64_t until_ms = -1;
  std::vector<std::string> codes;  // of dead letters; empty: any

  bool Takes(const Record& record) const {
    if (since_ms >= 0 && record.timestamp_ms < since_ms) return false;
    if (until_ms >= 0 && record.timestamp_ms >= until_ms) return false;
    return codes.empty() ||
           std::any_of(record.headers.begin(), record.headers.end(), [&](const Header& header) {
             return header.name == fmt::format("{}code", kErrorHeaderPrefix) &&
                    std::find(codes.begin(), codes.end(), header.value) != codes.end();
           });
  }
  // Tells replays with different filters apart: each remembers its own place.
  std::string Name() const {
    std::string name;
    for (const std::string& code : codes) name += "-" + code;
    if (since_ms >= 0) name += fmt::format("-since-{}", since_ms);
    if (until_ms >= 0) name += fmt::format("-until-{}", until_ms);
    return name;
  }
};

absl::StatusOr<Filter> FilterOf(const Options& options) {
  Filter filter;
  filter.codes = options.codes;
  std::sort(filter.codes.begin(), filter.codes.end());
  for (const auto& [text, ms] :
       {std::pair(&options.since, &filter.since_ms), std::pair(&options.until, &filter.until_ms)}) {
    if (text->empty()) continue;
    const std::optional<int64_t> time = ParseIsoTime(*text);
    if (!time || *time < 0) {
      return absl::InvalidArgumentError(
          fmt::format("'{}' is no time, expected one such as 2026-11-23T18:00:00Z", *text));
    }
    *ms = *time;
  }
  return filter;
}

// What is fed from a topic, and where to.
struct Errand {
  std::string from;
  std::string group;         // that remembers how far it has come
  std::string topic_header;  // names the topic a record is fed back to; "" for none
  std::string to;            // where that says nothing
};

// Feeds the records of a topic, in its order: those that came since the last such replay, which a
// consumer group of its own remembers.
absl::Status ReplayTopic(const Options& options, const Topology& topology, const Errand& errand) {
  const absl::StatusOr<Filter> filter = FilterOf(options);
  if (!filter.ok()) return filter.status();
  absl::StatusOr<std::unique_ptr<TopicReader>> reader =
      TopicReader::Open(topology.kafka, {errand.from},
                        {errand.group + filter->Name(), filter->since_ms, options.begins_anew});
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<std::unique_ptr<KafkaSink>> sink = KafkaSink::Make(topology.kafka);
  if (!sink.ok()) return sink.status();
  const auto commit = [&] {
    absl::Status status = (*sink)->Flush(std::chrono::seconds(30));
    return status.ok() ? (*reader)->Commit() : status;
  };
  ProgressBar bar(errand.from);
  Pace pace(options.rate);
  std::map<std::string, int64_t> records;
  int64_t read = 0, sent = 0, bytes = 0;
  auto committed = std::chrono::steady_clock::now();
  Record record;
  while (!(*reader)->is_at_end()) {
    const absl::StatusOr<bool> found = (*reader)->Next(std::chrono::seconds(10), &record);
    if (!found.ok()) return found.status();
    if (!*found) {
      if ((*reader)->is_at_end()) break;
      return absl::DeadlineExceededError(fmt::format("kafka: {} stopped answering", errand.from));
    }
    ++read;
    if (!filter->Takes(record)) continue;
    std::string topic = options.topic;
    for (const Header& header : record.headers) {
      if (topic.empty() && header.name == errand.topic_header) topic = header.value;
    }
    if (topic.empty()) topic = errand.to;
    pace.Wait();
    record.topic = topic;
    record.partition = -1;
    std::erase_if(record.headers, IsOwnHeader);
    bytes += static_cast<int64_t>(record.value.size());
    if (absl::Status status = (*sink)->Send(record); !status.ok()) return status;
    ++records[topic];
    ++sent;
    bar.Update(sent, bytes,
               static_cast<double>(read) /
                   static_cast<double>(std::max(read, (*reader)->records_total())));
    if (std::chrono::steady_clock::now() - committed > std::chrono::seconds(1)) {
      if (absl::Status status = commit(); !status.ok()) return status;
      committed = std::chrono::steady_clock::now();
    }
  }
  if (absl::Status status = commit(); !status.ok()) return status;
  if (sent > 0) bar.Finish(sent, bytes);
  if (records.empty()) fmt::print("nothing new in {}\n", errand.from);
  for (const auto& [topic, count] : records) {
    fmt::print("{} records from {} to {}\n", count, errand.from, topic);
  }
  return absl::OkStatus();
}

// Feeds set-aside records back to the topics they came from.
absl::Status ReplaySetAside(const Options& options, const Topology& topology,
                            std::string_view output, std::string_view prefix) {
  const auto named = topology.outputs.find(output);
  if (named == topology.outputs.end()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: outputs: names no topic for '{}'", options.config, output));
  }
  return ReplayTopic(options, topology,
                     {named->second, fmt::format("{}-replay-{}", topology.name, output),
                      fmt::format("{}topic", prefix), topology.topics.front()});
}

absl::Status ReplayAnother(const Options& options, const Topology& topology) {
  const std::string to = options.topic.empty() ? topology.topics.front() : options.topic;
  if (to == options.from_topic) {
    return absl::InvalidArgumentError(
        fmt::format("--from-topic: {} would be fed into itself; name another --topic", to));
  }
  return ReplayTopic(
      options, topology,
      {options.from_topic,
       fmt::format("{}-replay-topic-{}-to-{}", topology.name, options.from_topic, to), "", to});
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
  if (options.from_deadletter) {
    return ReplaySetAside(options, topology, "deadletter", kErrorHeaderPrefix);
  }
  if (options.from_held) return ReplaySetAside(options, topology, "held", kHeldHeaderPrefix);
  if (!options.from_topic.empty()) return ReplayAnother(options, topology);
  return ReplayFiles(options, topology);
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
  auto* from = sub->add_option("--from-topic", options->from_topic,
                               "Feed the records of another topic, with their own timestamps");
  auto* codes = sub->add_option("--code", options->codes,
                                "Of dead letters, only those set aside for this reason; may be "
                                "given again");
  auto* since = sub->add_option("--since", options->since,
                                "Only records whose timestamp is this or later (ISO 8601)");
  auto* until = sub->add_option("--until", options->until, "Only records of before that time");
  auto* anew = sub->add_flag("--again", options->begins_anew,
                             "Begin anew, not where the last such replay ended");
  auto* resume = sub->add_option("--resume", options->resume,
                                 "With files: remember in this file how far it has come, and go "
                                 "on there");
  auto* files =
      sub->add_option("files", options->files, "Files, folders, .zip archives, or - (JSON lines)");
  dead->excludes(held)->excludes(from)->excludes(files);
  held->excludes(from)->excludes(files);
  from->excludes(files);
  codes->needs(dead);
  for (CLI::Option* of_topics : {since, until, anew}) of_topics->excludes(files);
  resume->needs(files);
  sub->footer(
      "What is fed from a topic is remembered in a consumer group: the same command goes on where\n"
      "its last run ended, also after a crash, with at most a second's records twice. Each filter\n"
      "remembers its own place: what one fed, a replay with another filter, or none, feeds again.");
  sub->callback([options, command] { *command = [options] { return Replay(*options); }; });
}

}  // namespace copydesk
