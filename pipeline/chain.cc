#include "pipeline/chain.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "pipeline/batch.h"

namespace copydesk {
namespace {

constexpr std::string_view kPublished = "published";
constexpr std::string_view kHeld = "held";
constexpr std::string_view kDeadLetter = "deadletter";

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The ages of a batch's items, counted apart from the shared histogram, whose every observation
// takes a lock.
class AgeTally {
 public:
  // Unknown (negative) times, and such as lie ahead of the clock, are not counted.
  void Add(int64_t now_ms, int64_t since_ms) {
    if (since_ms < 0 || since_ms > now_ms) return;
    const double seconds = static_cast<double>(now_ms - since_ms) / 1000;
    const auto bucket =
        std::lower_bound(kAgeBucketsSeconds.begin(), kAgeBucketsSeconds.end(), seconds);
    buckets_[static_cast<size_t>(bucket - kAgeBucketsSeconds.begin())] += 1;
    sum_ += seconds;
  }
  void Report(prometheus::Histogram& histogram) { histogram.ObserveMultiple(buckets_, sum_); }

 private:
  std::vector<double> buckets_ = std::vector<double>(kAgeBucketsSeconds.size() + 1);
  double sum_ = 0;
};

// Counts what a stage made of its items, and drops from *items those it ended.
void CountAndDrop(std::vector<Item*>* items, std::string_view stage,
                  Metrics::StageMetrics& stage_metrics, Metrics& metrics) {
  double passed = 0, diverted = 0, held = 0, dead = 0;
  for (Item* item : *items) {
    switch (item->outcome) {
      case Outcome::kPublish:
        ++passed;
        break;
      case Outcome::kDivert:
        ++diverted;
        break;
      case Outcome::kHold:
        ++held;
        break;
      case Outcome::kDeadLetter:
        ++dead;
        if (item->failed_stage.empty()) item->failed_stage = stage;
        metrics.CountError(item->failed_stage, item->failure.code);
        break;
    }
  }
  stage_metrics.passed.Increment(passed);
  stage_metrics.diverted.Increment(diverted);
  stage_metrics.held.Increment(held);
  stage_metrics.dead_lettered.Increment(dead);
  std::erase_if(*items, [](const Item* item) { return item->outcome != Outcome::kPublish; });
}

// True for a record that makes the memory it goes through grow unusually.
bool IsLarge(const Item& item) { return item.record.value.size() > kKeptBytesMax; }

double BytesOf(std::span<Item* const> items) {
  double bytes = 0;
  for (const Item* item : items) bytes += static_cast<double>(item->record.value.size());
  return bytes;
}

// The headers a record came with, without the ones copydesk gave it on an earlier way.
void CopyHeaders(const Record& record, Record* out) {
  out->headers.clear();
  for (const Header& header : record.headers) {
    if (!IsOwnHeader(header)) out->headers.push_back(header);
  }
}

void AddPlace(std::string_view prefix, const Record& record, Record* out) {
  out->headers.push_back({fmt::format("{}topic", prefix), std::string(record.topic)});
  out->headers.push_back({fmt::format("{}partition", prefix), std::to_string(record.partition)});
  out->headers.push_back({fmt::format("{}offset", prefix), std::to_string(record.offset)});
}

}  // namespace

absl::Status ChainPlan::CheckOutputs(const ConfigNode& config) const {
  std::vector<std::string_view> known = {kPublished, kHeld, kDeadLetter};
  for (const NamedFactory& stage : stages) {
    for (const std::string_view output : stage.factory->outputs()) {
      if (std::find(known.begin(), known.end(), output) == known.end()) known.push_back(output);
      if (outputs.find(output) == outputs.end()) {
        return config.Error(fmt::format("outputs: stage '{}' needs the output '{}', name its topic",
                                        stage.name, output));
      }
    }
  }
  for (const auto& [name, topic] : outputs) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return config.Error(fmt::format("outputs: no stage of this chain has an output '{}', it has {}",
                                    name, fmt::join(known, ", ")));
  }
  return absl::OkStatus();
}

const std::string& ChainPlan::TopicOf(std::string_view output) const {
  const auto found = outputs.find(output);
  if (found == outputs.end()) {
    spdlog::critical("a stage used the output '{}' that its outputs() does not name", output);
    std::abort();
  }
  return found->second;
}

// Collects what stages emit and count.
class Chain::Context : public StageContext {
 public:
  Context(Chain& chain, RunningStage& running) : chain_(chain), running_(running) {}
  void Emit(std::string_view output, Record record) override {
    chain_.emitted_.emplace_back(output, std::move(record));
  }
  void Count(std::string_view event, uint64_t n) override {
    auto found = std::find_if(running_.events.begin(), running_.events.end(),
                              [&](const auto& known) { return known.first == event; });
    if (found == running_.events.end()) {
      found =
          running_.events.insert(found, {event, &chain_.metrics_.EventsOf(running_.name, event)});
    }
    found->second->Increment(static_cast<double>(n));
  }
  void Size(std::string_view what, size_t n) override {
    auto found = std::find_if(running_.sizes.begin(), running_.sizes.end(),
                              [&](const StageSize& known) { return known.what == what; });
    if (found == running_.sizes.end()) {
      found = running_.sizes.insert(found, {what, &chain_.metrics_.SizeOf(running_.name, what), 0});
    }
    const auto size = static_cast<double>(n);
    found->all_tasks->Increment(size - std::exchange(found->size, size));
  }

 private:
  Chain& chain_;
  RunningStage& running_;
};

Chain::Chain(const ChainPlan& plan, Metrics& metrics, const std::function<int64_t()>& now_ms)
    : plan_(plan),
      metrics_(metrics),
      now_ms_(now_ms),
      codec_(plan.codec->Make()),
      published_topic_(plan.TopicOf(kPublished)),
      decode_metrics_(metrics.ForStage("decode")),
      encode_metrics_(metrics.ForStage("encode")) {
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    stages_.push_back({stage.name, stage.factory->Make(), metrics.ForStage(stage.name)});
  }
}

Chain::~Chain() {
  for (const RunningStage& running : stages_) {
    for (const StageSize& known : running.sizes) known.all_tasks->Decrement(known.size);
  }
}

std::vector<Chain::NamedState> Chain::states() const {
  std::vector<NamedState> states;
  for (const RunningStage& running : stages_) {
    if (StageState* state = running.stage->state()) states.push_back({running.name, state});
  }
  return states;
}

void Chain::Seal() {
  for (const NamedState& named : states()) named.state->Seal();
  const auto add = [](const Tally& tally, Tally& sum) {
    sum.records += tally.records;
    sum.bytes += tally.bytes;
  };
  add(books_.source, sealed_books_.source);
  for (size_t i = 0; i < std::size(books_.endings); ++i) {
    add(books_.endings[i], sealed_books_.endings[i]);
  }
  books_ = {};
}

void Chain::Commit() {
  for (const NamedState& named : states()) named.state->Commit();
  const auto add = [](const Tally& tally, prometheus::Counter& records,
                      prometheus::Counter& bytes) {
    records.Increment(tally.records);
    bytes.Increment(tally.bytes);
  };
  const auto add_ending = [&](Outcome outcome, Metrics::Ending& ending) {
    add(sealed_books_.endings[static_cast<size_t>(outcome)], ending.records, ending.bytes);
  };
  add(sealed_books_.source, metrics_.source_records, metrics_.source_bytes);
  add_ending(Outcome::kPublish, metrics_.published);
  add_ending(Outcome::kDivert, metrics_.diverted);
  add_ending(Outcome::kHold, metrics_.held);
  add_ending(Outcome::kDeadLetter, metrics_.dead_lettered);
  sealed_books_ = {};
}

void Chain::RollBack() {
  for (const NamedState& named : states()) named.state->RollBack();
  emitted_.clear();
  books_ = sealed_books_ = {};
}

absl::Status Chain::Run(std::span<Item* const> items, Sink& sink) {
  sent_bytes_.clear();
  for (size_t i = 0; i < items.size(); i += kSliceItems) {
    const auto slice = items.subspan(i, std::min(kSliceItems, items.size() - i));
    if (absl::Status status = RunSlice(slice, sink); !status.ok()) return status;
  }
  CountEndings(items);
  ReportSeconds();
  if (std::any_of(items.begin(), items.end(), [](const Item* item) { return IsLarge(*item); })) {
    GiveScratchBack();
  }
  return absl::OkStatus();
}

absl::Status Chain::RunSlice(std::span<Item* const> items, Sink& sink) {
  Decode(items);
  RunStages();
  if (absl::Status status = SendEmitted(sink); !status.ok()) return status;
  const auto start = std::chrono::steady_clock::now();
  for (Item* item : items) {
    sent_bytes_.push_back(0);
    if (absl::Status status = SendItem(*item, sink); !status.ok()) return status;
  }
  if (plan_.observer != nullptr) plan_.observer->OnSent(items);
  TakePayloads(items);
  encode_seconds_ += SecondsSince(start);
  return absl::OkStatus();
}

void Chain::TakePayloads(std::span<Item* const> items) {
  for (Item* item : items) {
    if (IsLarge(*item)) {
      item->payload.reset();
    } else {
      spare_payloads_.push_back(std::move(item->payload));
    }
  }
}

void Chain::GiveScratchBack() {
  codec_ = plan_.codec->Make();
  for (size_t i = 0; i < stages_.size(); ++i) {
    if (stages_[i].stage->state() == nullptr) stages_[i].stage = plan_.stages[i].factory->Make();
  }
  GiveBack(encoded_);
  GiveBack(outgoing_.value);
}

void Chain::Decode(std::span<Item* const> items) {
  const auto start = std::chrono::steady_clock::now();
  double bytes = 0;
  passing_.assign(items.begin(), items.end());
  for (Item* item : items) {
    bytes += static_cast<double>(item->record.value.size());
    if (spare_payloads_.empty()) {
      item->payload = codec_->MakePayload();
    } else {
      item->payload = std::move(spare_payloads_.back());
      spare_payloads_.pop_back();
    }
    if (item->outcome == Outcome::kDeadLetter) continue;
    if (!codec_->Decode(*item)) item->outcome = Outcome::kDeadLetter;
  }
  books_.source.records += static_cast<double>(items.size());
  books_.source.bytes += bytes;
  decode_metrics_.bytes.Increment(bytes);
  CountAndDrop(&passing_, "decode", decode_metrics_, metrics_);
  decode_seconds_ += SecondsSince(start);
}

void Chain::RunStages() {
  for (RunningStage& running : stages_) {
    if (passing_.empty()) return;
    const auto start = std::chrono::steady_clock::now();
    Context context(*this, running);
    running.metrics.bytes.Increment(BytesOf(passing_));
    running.stage->Process(passing_, context);
    if (plan_.observer != nullptr) plan_.observer->OnStage(running.name, passing_);
    CountAndDrop(&passing_, running.name, running.metrics, metrics_);
    running.seconds += SecondsSince(start);
  }
}

void Chain::ReportSeconds() {
  decode_metrics_.seconds.Observe(std::exchange(decode_seconds_, 0));
  for (RunningStage& running : stages_) {
    running.metrics.seconds.Observe(std::exchange(running.seconds, 0));
  }
  encode_metrics_.seconds.Observe(std::exchange(encode_seconds_, 0));
}

absl::Status Chain::SendEmitted(Sink& sink) {
  for (auto& [output, record] : emitted_) {
    record.topic = plan_.TopicOf(output);
    if (absl::Status status = sink.Send(record); !status.ok()) return status;
    metrics_.emitted_records.Increment();
  }
  emitted_.clear();
  return absl::OkStatus();
}

absl::Status Chain::SendItem(Item& item, Sink& sink) {
  if (item.outcome == Outcome::kPublish || item.outcome == Outcome::kDivert) {
    absl::Status status = SendPublished(item, sink);
    if (!absl::IsInvalidArgument(status)) return status;
    // The sink cannot take the enriched form: the original still must not be lost.
    item.outcome = Outcome::kDeadLetter;
    item.failed_stage = "encode";
    item.failure = {"too-large", std::string(status.message())};
    metrics_.CountError(item.failed_stage, item.failure.code);
  }
  return SendOriginal(item, item.outcome == Outcome::kHold ? kHeld : kDeadLetter, sink);
}

absl::Status Chain::SendPublished(Item& item, Sink& sink) {
  const bool is_diverted = item.outcome == Outcome::kDivert;
  codec_->Encode(item, &encoded_);
  sent_bytes_.back() = encoded_.size();
  CopyHeaders(item.record, &outgoing_);
  outgoing_.timestamp_ms = item.record.timestamp_ms;
  outgoing_.has_key = item.has_new_key || item.record.has_key;
  outgoing_.key = item.has_new_key ? item.new_key : item.record.key;
  outgoing_.is_tombstone = false;
  const auto send_to = [&](std::string_view topic) {
    outgoing_.topic = topic;
    outgoing_.value = encoded_;
    return sink.Send(outgoing_);
  };
  if (is_diverted) return send_to(plan_.TopicOf(item.output));
  absl::Status status = send_to(published_topic_);
  for (const std::string_view topic : item.routes) {
    if (status.ok()) status = send_to(topic);
  }
  return status;
}

absl::Status Chain::SendOriginal(const Item& item, std::string_view output, Sink& sink) {
  const Record& record = item.record;
  CopyHeaders(record, &outgoing_);
  if (item.outcome == Outcome::kHold) {
    AddPlace(kHeldHeaderPrefix, record, &outgoing_);
  } else {
    const auto add = [&](std::string_view name, std::string_view value) {
      outgoing_.headers.push_back(
          {fmt::format("{}{}", kErrorHeaderPrefix, name), std::string(value)});
    };
    add("stage", item.failed_stage);
    add("code", item.failure.code);
    add("message", item.failure.message);
    AddPlace(kErrorHeaderPrefix, record, &outgoing_);
  }
  outgoing_.topic = plan_.TopicOf(output);
  outgoing_.timestamp_ms = record.timestamp_ms;
  outgoing_.has_key = record.has_key;
  outgoing_.key = record.key;
  outgoing_.value = record.value;
  outgoing_.is_tombstone = record.is_tombstone;
  sent_bytes_.back() = record.value.size();
  absl::Status status = sink.Send(outgoing_);
  if (!absl::IsInvalidArgument(status)) return status;
  return absl::InternalError(fmt::format("{} [{}] at {} cannot be set aside in {}: {}",
                                         record.topic, record.partition, record.offset,
                                         outgoing_.topic, std::string(status.message())));
}

void Chain::CountEndings(std::span<Item* const> items) {
  AgeTally since_record, since_story;
  const int64_t now_ms = now_ms_();
  for (size_t i = 0; i < items.size(); ++i) {
    Tally& tally = books_.endings[static_cast<size_t>(items[i]->outcome)];
    ++tally.records;
    tally.bytes += static_cast<double>(sent_bytes_[i]);
    since_record.Add(now_ms, items[i]->record.timestamp_ms);
    since_story.Add(now_ms, items[i]->story_time_ms);
  }
  since_record.Report(metrics_.end_to_end_seconds);
  since_story.Report(metrics_.story_age_seconds);
}

}  // namespace copydesk
