// Runs records through a chain without a broker, one by one, and keeps what became of each: for the
// commands that show or check decisions.
//
// Threads: one thread. Errors: none of its own; a record that cannot be read is a dead letter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/batch.h"
#include "pipeline/chain.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "stages/story/story.h"

namespace copydesk {

// What the chain did with one record. Valid until the next Run().
struct Decision {
  struct Sent {
    std::string topic;
    Record record;  // its topic view refers to nothing
  };
  std::string_view outcome;  // published, diverted, held or dead-lettered
  const Item* item = nullptr;
  // What it was read as; null for a record that could not be read.
  const Story* story = nullptr;
  std::vector<Sent> emitted;  // recalls
  std::vector<Sent> sent;     // the record itself: one topic, or more by routes
};

class DryRun {
 public:
  // `plan` must outlive it. The chain's memory begins empty.
  explicit DryRun(const ChainPlan& plan);
  ~DryRun();

  // Sends `record` through the chain. `record.topic` must outlive the run.
  const Decision& Run(Record record);

 private:
  class Capture;
  const std::function<int64_t()> now_ms_ = [] { return int64_t{0}; };
  Metrics metrics_;
  Chain chain_;
  const std::unique_ptr<Capture> capture_;
  Batch batch_;
  Decision decision_;
};

// The word for an outcome, as metrics write it.
std::string_view NameOf(Outcome outcome);

}  // namespace copydesk
