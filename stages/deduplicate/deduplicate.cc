#include "stages/deduplicate/deduplicate.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/deduplicate/decider.h"
#include "stages/deduplicate/story_state.h"
#include "stages/story/encode.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

constexpr std::string_view kDuplicates = "duplicates";
constexpr std::string_view kRecalls = "recalls";
constexpr std::string_view kHeld = "held";

constexpr RelationKind kKinds[] = {
    RelationKind::kOriginal, RelationKind::kRepeat,   RelationKind::kNearDuplicate,
    RelationKind::kExcerpt,  RelationKind::kRevision, RelationKind::kCorrection,
    RelationKind::kRefile,   RelationKind::kKill,     RelationKind::kWithhold};

constexpr size_t kRelationKinds = static_cast<size_t>(RelationKind::kWithhold) + 1;

// Another relation than these is never diverted.
bool MayBeDiverted(RelationKind kind) {
  return kind == RelationKind::kRepeat || kind == RelationKind::kNearDuplicate ||
         kind == RelationKind::kExcerpt;
}

struct Options {
  DeciderOptions decider;
  // By relation.
  std::array<bool, kRelationKinds> diverts = {};

  Options() {
    for (const RelationKind kind : {RelationKind::kRepeat, RelationKind::kNearDuplicate}) {
      diverts[static_cast<size_t>(kind)] = true;
    }
  }
  bool diverts_any() const {
    return std::find(diverts.begin(), diverts.end(), true) != diverts.end();
  }
};

class Deduplicate : public Stage {
 public:
  explicit Deduplicate(const Options& options)
      : options_(options), decider_(options.decider), state_(decider_) {}

  void Process(std::span<Item* const> items, StageContext& context) override {
    Counts counts;
    foreseen_.clear();
    for (const Item* item : items) {
      foreseen_.push_back(decider_.Foresee(StoryOf(*item), item->record));
    }
    for (size_t i = 0; i < items.size(); ++i) {
      Process(*items[i], std::move(foreseen_[i]), context, &counts);
    }
    for (const RelationKind kind : kKinds) {
      Count(NameOf(kind), counts.relations[static_cast<size_t>(kind)], context);
    }
    Count("recall", counts.recalls, context);
    Count("read-again", counts.read_again, context);
    Count("clock-ignored", counts.clocks_ignored, context);
    Count("crowded", counts.crowded, context);
    Count("posting-read", counts.postings_read, context);
    Count("expired", counts.expired, context);
    Count("evicted", counts.evicted, context);
    context.Size("stories", decider_.index().size());
    context.Size("bytes", decider_.index().bytes());
  }
  StageState* state() override { return &state_; }

 private:
  struct Counts {
    std::array<uint64_t, kRelationKinds> relations{};
    uint64_t recalls = 0;
    uint64_t read_again = 0;
    uint64_t clocks_ignored = 0;
    uint64_t crowded = 0;
    uint64_t postings_read = 0;
    uint64_t expired = 0;
    uint64_t evicted = 0;
  };

  static void Count(std::string_view event, uint64_t n, StageContext& context) {
    if (n > 0) context.Count(event, n);
  }

  void Process(Item& item, Decider::Foreseen&& foreseen, StageContext& context, Counts* counts) {
    Story& story = StoryOf(item);
    Verdict verdict = decider_.Decide(
        story, std::move(foreseen), [&](const Lead& recalled, const Lead& by, RelationKind reason) {
          Recall(recalled, by, reason, item.record, context);
          ++counts->recalls;
        });
    ++counts->relations[static_cast<size_t>(verdict.relation.kind)];
    counts->read_again += verdict.is_read_again;
    counts->clocks_ignored += verdict.is_clock_ignored;
    counts->crowded += verdict.is_crowded;
    counts->postings_read += verdict.postings_read;
    counts->expired += verdict.expired;
    counts->evicted += verdict.evicted;

    // A near-duplicate of what was recalled may be its substitute: then nobody would read either.
    const bool may_be_substitute =
        verdict.is_recalled_at_once && verdict.relation.kind == RelationKind::kNearDuplicate;
    if (verdict.is_held) {
      item.outcome = Outcome::kHold;
    } else if (options_.diverts[static_cast<size_t>(verdict.relation.kind)] && !may_be_substitute) {
      item.outcome = Outcome::kDivert;
      item.output = kDuplicates;
    }
    story.relation = std::move(verdict.relation);
  }

  // `cause` is the record that made it necessary: a recall goes on with its trace.
  static void Recall(const Lead& recalled, const Lead& by, RelationKind reason, const Record& cause,
                     StageContext& context) {
    Record record;
    record.has_key = true;
    record.key = recalled.uri;
    EncodeRecall(recalled, by, reason, &record.value);
    for (const Header& header : cause.headers) {
      if (header.name == "traceparent" || header.name == "tracestate") {
        record.headers.push_back(header);
      }
    }
    context.Emit(kRecalls, std::move(record));
  }

  const Options options_;
  Decider decider_;
  StoryState state_;
  std::vector<Decider::Foreseen> foreseen_;  // of the present batch
};

class DeduplicateFactory : public StageFactory {
 public:
  explicit DeduplicateFactory(const Options& options) : options_(options) {}
  std::unique_ptr<Stage> Make() const override { return std::make_unique<Deduplicate>(options_); }
  bool has_state() const override { return true; }
  std::vector<std::string_view> outputs() const override {
    std::vector<std::string_view> outputs = {kRecalls};
    if (options_.diverts_any()) outputs.push_back(kDuplicates);
    if (options_.decider.holds_embargoed) outputs.push_back(kHeld);
    return outputs;
  }

 private:
  const Options options_;
};

absl::Status ReadPolicy(const ConfigNode& node, Options* options) {
  enum Word : size_t { kPass, kAnnotate, kDivert };
  ConfigMap map(node);
  for (const RelationKind kind : kKinds) {
    bool& diverts = options->diverts[static_cast<size_t>(kind)];
    size_t word = diverts ? kDivert : kPass;
    map.Choice(NameOf(kind), {"pass", "annotate", "divert"}, &word);
    if (MayBeDiverted(kind)) {
      diverts = word == kDivert;
    } else if (word == kDivert) {
      map.Fail(NameOf(kind), "must not be diverted, expected pass or annotate");
    }
  }
  return map.Finish();
}

constexpr int64_t kMemoryMin = int64_t{1} << 20;
// More than 2^32 postings, of 8 bytes and a little, have no numbers of their own.
constexpr int64_t kMemoryMax = int64_t{32} << 30;

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakeDeduplicate(const ConfigNode& config) {
  Options options;
  ConfigMap map(config);

  std::chrono::milliseconds window(options.decider.window_ms);
  map.Duration("window", &window);
  if (window.count() <= 0) map.Fail("window", "expected a duration longer than nothing");
  options.decider.window_ms = window.count();

  int64_t memory_bytes = static_cast<int64_t>(options.decider.memory_bytes);
  map.Bytes("memory", kMemoryMin, kMemoryMax, &memory_bytes);
  options.decider.memory_bytes = static_cast<size_t>(memory_bytes);

  map.Strings("chain_ids", &options.decider.chain_id_names);

  size_t embargo = 0;
  map.Choice("embargo", {"hold", "pass"}, &embargo);
  options.decider.holds_embargoed = embargo == 0;

  size_t near_duplicates = 0;
  map.Choice("near_duplicates", {"on", "off"}, &near_duplicates);
  options.decider.finds_near_duplicates = near_duplicates == 0;

  ConfigNode policy = config;
  const bool has_policy = map.Node("policy", &policy);
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  if (has_policy) {
    if (absl::Status status = ReadPolicy(policy, &options); !status.ok()) return status;
  }
  return std::make_unique<DeduplicateFactory>(options);
}

}  // namespace copydesk
