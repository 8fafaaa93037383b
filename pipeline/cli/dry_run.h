// Runs records through a chain without a broker, one by one, and keeps what became of each: for the
// commands that show or check decisions.
//
// Threads: one thread. Errors: none of its own; a record that cannot be read is a dead letter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "pipeline/batch.h"
#include "pipeline/chain.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "stages/story/story.h"

namespace copydesk {

// What the chain did with one record.
struct Decision {
  struct Sent {
    std::string topic;
    Record record;  // its topic view refers to nothing
  };
  std::string_view outcome;  // published, diverted, held or dead-lettered
  Item* item = nullptr;
  // What it was read as; null for a record that could not be read.
  Story* story = nullptr;
  std::vector<Sent> emitted;  // recalls
  std::vector<Sent> sent;     // the record itself: one topic, or more by routes
};

class DryRun : private ChainObserver {
 public:
  // Valid during the call.
  using Show = absl::FunctionRef<void(const Decision&)>;

  // `plan` must outlive it, and be used by no other chain meanwhile: its observer is this. The
  // chain's memory begins empty.
  explicit DryRun(ChainPlan& plan);
  ~DryRun() override;

  // Sends `record` through the chain and shows what became of it. `record.topic` must outlive the
  // run.
  void Run(Record record, Show show);

 private:
  class Capture;
  void OnStage(std::string_view, std::span<Item* const>) override {}
  void OnSent(std::span<Item* const> items) override;

  ChainPlan& plan_;
  const std::function<int64_t()> now_ms_ = [] { return int64_t{0}; };
  Metrics metrics_;
  Chain chain_;
  const std::unique_ptr<Capture> capture_;
  Batch batch_;
  const Show* show_ = nullptr;  // during Run()
  double emitted_before_ = 0;
};

// The word for an outcome, as metrics write it.
std::string_view NameOf(Outcome outcome);

}  // namespace copydesk
