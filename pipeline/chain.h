// A chain: one task's way from consumed records to sent ones.
//
// Decodes each item, gives the batch to the stages in turn, encodes what is left and sends every
// item to where its outcome says: published and its routes, a named output, held, or the dead
// letters. Items a stage ends (diverted, held, dead-lettered) are not shown to the stages behind
// it.
//
// A batch goes through in slices of kSliceItems, each from decode to send before the next, so that
// a slice's payloads stay in the core's own cache; all slices use the same few payloads.
//
// Guarantee: every item given to Run() is sent to exactly one kind of place, in the order of the
//            items, and counted there at the next Commit(). What stages emit leaves before the
//            items of its slice.
// Lifetime:  an item has a payload only while its slice is on its way.
// Threads:   one task thread. Errors: only what the sink cannot get over; the thread must then end.
// Cost:      no allocation of its own in the steady state.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "pipeline/stage.h"
#include "pipeline/topology.h"

namespace copydesk {

// Looks on at what stages and the chain did, for pages and tools; it changes nothing.
//
// Threads: called by every stream thread, at once.
class ChainObserver {
 public:
  virtual ~ChainObserver() = default;
  // A stage is through with these items; some it may have ended.
  virtual void OnStage(std::string_view stage, std::span<Item* const> items) = 0;
  // A slice is sent. Its items are all that were consumed, with their outcomes and payloads.
  virtual void OnSent(std::span<Item* const> items) = 0;
};

// What all chains of a worker share: the made factories of a topology.
struct ChainPlan {
  struct NamedFactory {
    std::string name;
    std::unique_ptr<StageFactory> factory;
  };
  std::unique_ptr<CodecFactory> codec;
  std::vector<NamedFactory> stages;
  std::map<std::string, std::string, std::less<>> outputs;
  ChainObserver* observer = nullptr;  // null: nobody looks on

  // Checks that every output a stage needs is named, and that no other is.
  absl::Status CheckOutputs(const ConfigNode& config) const;
  // The topic of an output.
  // REQUIRES: a stage's outputs() names it, or it is published or deadletter.
  const std::string& TopicOf(std::string_view output) const;
};

inline constexpr size_t kSliceItems = 32;

class Chain {
 public:
  // `plan`, `metrics` and `now_ms` must outlive the chain.
  Chain(const ChainPlan& plan, Metrics& metrics, const std::function<int64_t()>& now_ms);
  ~Chain();

  // REQUIRES: `items` are fresh (just filled by a source), or dead letters already; those are shown
  //           to no stage.
  absl::Status Run(std::span<Item* const> items, Sink& sink);

  // What Run() has done until now is what the next Commit() is of.
  void Seal();
  // What was sealed stands: it enters the books, and the stages remember it.
  void Commit();
  // What Run() has done since the last Commit() is undone and in no books.
  void RollBack();

  // What a stage remembers, by the stage's name.
  struct NamedState {
    std::string_view stage;
    StageState* state;
  };
  // Those of the stages that remember something.
  std::vector<NamedState> states() const;

 private:
  class Context;
  // What a stage said last of its size.
  struct StageSize {
    std::string_view what;
    prometheus::Gauge* all_tasks;
    double size;
  };
  struct RunningStage {
    std::string name;
    std::unique_ptr<Stage> stage;
    Metrics::StageMetrics metrics;
    double seconds = 0;  // of the present batch
    // What it has counted and said: finding a metric by its labels takes longer than a story.
    std::vector<std::pair<std::string_view, prometheus::Counter*>> events = {};
    std::vector<StageSize> sizes = {};
  };

  absl::Status RunSlice(std::span<Item* const> items, Sink& sink);
  void Decode(std::span<Item* const> items);
  void RunStages();
  absl::Status SendEmitted(Sink& sink);
  absl::Status SendItem(Item& item, Sink& sink);
  absl::Status SendPublished(Item& item, Sink& sink);
  absl::Status SendOriginal(const Item& item, std::string_view output, Sink& sink);
  // Takes the payloads of sent items back, but for those an unusually large record made grow.
  void TakePayloads(std::span<Item* const> items);
  // What decoding, the stages without a state and encoding keep for themselves is made anew: a
  // large record made it grow, and there is a chain for each partition.
  void GiveScratchBack();
  void CountEndings(std::span<Item* const> items);
  void ReportSeconds();

  struct Tally {
    double records = 0;
    double bytes = 0;
  };
  struct Books {
    Tally source;
    Tally endings[4];  // by Outcome
  };

  const ChainPlan& plan_;
  Metrics& metrics_;
  const std::function<int64_t()>& now_ms_;
  std::unique_ptr<Codec> codec_;
  const std::string_view published_topic_;
  Metrics::StageMetrics decode_metrics_;
  Metrics::StageMetrics encode_metrics_;
  double decode_seconds_ = 0;  // of the present batch
  double encode_seconds_ = 0;
  std::vector<RunningStage> stages_;
  std::vector<std::unique_ptr<Payload>> spare_payloads_;
  Books books_;  // since the last Seal(), not in the metrics yet
  Books sealed_books_;
  std::vector<Item*> passing_;      // those of the slice that no stage has ended
  std::vector<size_t> sent_bytes_;  // of each item of the batch, its value as sent
  std::vector<std::pair<std::string_view, Record>> emitted_;  // output name, record
  // Written piece by piece, in memory that stays in the cache; the copy that is sent does not.
  std::string encoded_;
  Record outgoing_;
};

}  // namespace copydesk
