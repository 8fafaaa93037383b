// A topology: what one worker runs, read from its YAML configuration.
//
// A source, a chain of stages and the outputs they leave by. The file's keys are documented in
// configs/newswire.yaml, which names every one of them.
//
// Threads: set-up only. Errors: absl::InvalidArgument "file:line: key: what, expected what".
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/config.h"
#include "pipeline/source.h"

namespace copydesk {

// What a crash may do to the records of the moment.
enum class Guarantee : uint8_t {
  kAtLeastOnce,  // they may be sent again
  kExactlyOnce,  // a reader of committed records sees each outcome once
};

// What to do where a partition's offsets or the beginning of its changelog are gone: expired, or
// the topic was made anew.
enum class WhenLost : uint8_t {
  kEarliest,  // begin with the first record there is
  kLatest,    // begin with what comes next
  kFail,      // end with an error
};

// "at_least_once", "exactly_once": as in the configuration.
std::string_view NameOf(Guarantee guarantee);

struct Topology {
  struct StageConfig {
    std::string name;
    ConfigNode config;
  };

  std::string name;  // also the consumer group, unless kafka: names one
  int64_t threads = 1;

  // Exactly one of the two is given.
  std::vector<std::string> topics;  // Kafka topics to read
  std::vector<std::string> files;   // JSON lines, text files, folders; "-" is standard input
  ConfigNode input;                 // how records are read: the codec's mapping
  std::vector<StageConfig> stages;  // at least one

  // Where files-sources write: a folder that gets <topic>.jsonl files; "" is standard output.
  std::string output_folder;
  // Output name ("published", "duplicates", "deadletter", ...) to topic.
  std::map<std::string, std::string, std::less<>> outputs;

  std::map<std::string, std::string> kafka;  // librdkafka properties by their own names

  Guarantee guarantee = Guarantee::kAtLeastOnce;
  WhenLost lost = WhenLost::kEarliest;
  // Where local copies of states are kept, "" for nowhere; and how often they are written beside
  // the end of a task, 0 for never.
  std::string snapshot_folder;
  std::chrono::milliseconds snapshot_interval{600'000};
  // What the stages remember is kept in changelogs; false on an embedded broker.
  bool has_changelogs = true;
  // This worker's name among those of the topology; "" lets it find one that is free on its host.
  std::string worker;
  // A restart within the session's timeout moves no partitions (KIP-345).
  bool has_static_membership = false;

  BatchLimits batch;
  // A commit is due when one of these is reached.
  std::chrono::milliseconds commit_interval{1000};
  int64_t commit_records = 100'000;
  int64_t commit_bytes = 64 << 20;
  std::chrono::milliseconds shutdown_timeout{30000};
  // Bytes a thread may have fetched and not processed, over all its partitions; one fetch, a
  // quarter of it, may come on top.
  int64_t fetch_bytes_max = 64 << 20;
  // Bytes a thread may have sent that are not durable yet; reading pauses above it.
  int64_t in_flight_bytes_max = 64 << 20;
  std::string http_address = "127.0.0.1";
  int64_t http_port = 9464;  // -1 for none

  // Reads and checks a configuration. Stage names and stages' own keys are checked by who makes the
  // stages.
  static absl::StatusOr<Topology> Read(const ConfigNode& root);

  bool reads_kafka() const { return !topics.empty(); }
};

}  // namespace copydesk
