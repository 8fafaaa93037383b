// `copydesk run` as a process, on a configuration that the test writes, watched through /metrics.
//
// Threads: one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/subprocess.h"

namespace copydesk {

// The parts of a topology's YAML that tests vary. The rest is the defaults.
struct WorkerConfig {
  std::string name;  // also the consumer group
  std::string brokers;
  std::vector<std::string> topics;
  std::vector<std::string> stages;             // such as "publish: {key: uri}"
  std::map<std::string, std::string> outputs;  // output name to topic
  std::string more;                            // further top-level keys, as YAML lines
  std::string lost = "earliest";               // of the source
  // Further librdkafka properties.
  std::map<std::string, std::string> kafka = {};

  // The YAML text. The HTTP port is a free one.
  std::string Text() const;
};

// The stages of configs/newswire.yaml, with its dictionaries and boilerplate rules.
std::vector<std::string> NewswireStages();
// The same without tag: for tests that only count, it costs them nothing to load.
std::vector<std::string> CountingStages();

// Where consumed records ended. They balance when consumed equals the sum of the rest.
struct Books {
  int64_t consumed = 0, published = 0, diverted = 0, held = 0, dead_lettered = 0;
  int64_t ended() const { return published + diverted + held + dead_lettered; }
};

class WorkerProcess {
 public:
  // Starts `copydesk run -c <file of config>` with `arguments` behind it.
  explicit WorkerProcess(const WorkerConfig& config,
                         const std::vector<std::string>& arguments = {});

  // Waits until /ready says yes. False when it has ended or takes longer than a group may.
  bool WaitUntilReady();
  // Waits until `records` have ended somewhere. False when that takes longer than `timeout`.
  bool WaitUntilEnded(int64_t records, std::chrono::seconds timeout = std::chrono::seconds(60));
  // Stops it in good order and returns its exit status.
  std::optional<int> Stop();

  // What it answers for `page`, with the head; "" when it does not.
  std::string Get(std::string_view page);
  // The value of a metric, with its labels as /metrics writes them; 0 while it is not there.
  double Metric(std::string_view name);
  Books books();
  // What it says of its books when it ends.
  Books LastBooks() const;
  // The path of its configuration, for other commands.
  const std::string& config() const { return config_; }
  Subprocess& process() { return process_; }

 private:
  const TempFolder folder_;
  const std::string config_;
  Subprocess process_;
  int port_ = 0;
};

// Runs `copydesk` with `arguments` to its end.
Finished RunCopydesk(const std::vector<std::string>& arguments,
                     std::chrono::seconds timeout = std::chrono::seconds(60));

}  // namespace copydesk
