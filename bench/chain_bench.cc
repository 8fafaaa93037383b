// The whole chain without Kafka, on one thread: decode, normalize, deduplicate, tag, publish,
// encode, from records of one kilobyte to a sink that counts.
//
// A pass runs the whole corpus through a fresh task, in batches as a worker's; making the task and
// emptying its index are not timed, copying a record into its item (what a consumer does) is.
// Before it is timed each benchmark runs once and checks: the books balance, what was planted as a
// repeat is diverted, every record that came out reads back and its mentions are where it says,
// and, for a dictionary of literal aliases, each published story has as many as a slow recount of
// its text finds.
//
// Rows named exact do the work of streaming/exact.yaml on flat records: no boilerplate, no sketch,
// exact repeats only, aliases that fold nothing.
//
// Counters: <stage>_us is that stage's share of a story in microseconds, as /metrics gives it.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "bench/corpus.h"
#include "bench/slow_count.h"
#include "pipeline/batch.h"
#include "pipeline/chain.h"
#include "pipeline/cli/plan.h"
#include "pipeline/metrics.h"
#include "pipeline/sink.h"
#include "stages/story/decode.h"

namespace copydesk::bench {
namespace {

constexpr size_t kRecords = 20'000;
constexpr size_t kRecordBytes = 1000;
constexpr size_t kRepeatEvery = 50;  // 2 % of the records repeat the one before, under another uri

// Counts what it is sent, and keeps it on request.
class CountingSink : public Sink {
 public:
  absl::Status Send(Record& record) override {
    ++records[std::string_view(record.topic)];
    bytes += record.value.size();
    if (keeps) kept.emplace_back(record.topic, record.value);
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds) override { return absl::OkStatus(); }
  size_t bytes_in_flight() override { return 0; }

  bool keeps = false;
  std::vector<std::pair<std::string, std::string>> kept;
  std::map<std::string_view, int64_t> records;
  size_t bytes = 0;
};

// Replaces every kRepeatEvery-th record by the one before it under a uri of its own.
Corpus WithRepeats(Corpus corpus) {
  for (size_t i = kRepeatEvery; i < corpus.records.size(); i += kRepeatEvery) {
    std::string record = corpus.records[i - 1];
    const size_t at = record.find("urn:newsml:bench");
    record.replace(at + 4, 6, "repeat");
    corpus.bytes += record.size() - corpus.records[i].size();
    corpus.records[i] = std::move(record);
  }
  return corpus;
}

const Corpus& CorpusOf(const std::string& kind, bool is_exact) {
  static std::map<std::pair<std::string, bool>, Corpus> corpora;
  const auto [found, is_new] = corpora.try_emplace({kind, is_exact});
  if (is_new) {
    const std::vector<SourceText>& real = RealStories(kind);
    found->second = WithRepeats((is_exact ? FlatCorpus : NinjsCorpus)(
        real.empty() ? SampleStories() : real, real.empty() ? "samples" : kind, kRecords,
        kRecordBytes));
  }
  return found->second;
}

struct Fixture {
  Topology topology;
  ChainPlan plan;
};

// Writes the aliases of a .tsv as a dictionary that folds nothing.
absl::Status WriteExact(const std::string& tsv_path, const std::string& path) {
  std::ifstream in(tsv_path);
  std::ofstream out(path);
  for (std::string line; std::getline(in, line);) {
    const std::string alias = line.substr(0, line.find('\t'));
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    writer.Key("id");
    writer.String(line.substr(line.rfind('\t') + 1).c_str());
    writer.Key("type");
    writer.String("object");
    writer.Key("name");
    writer.String(alias.c_str());
    writer.Key("aliases");
    writer.StartArray();
    writer.String(alias.c_str());
    writer.EndArray();
    writer.Key("fold");
    writer.StartArray();
    writer.String("exact");
    writer.EndArray();
    writer.EndObject();
    out << buffer.GetString() << '\n';
  }
  return out.flush() ? absl::OkStatus() : absl::InternalError(path + " cannot be written");
}

absl::StatusOr<Fixture> MakeFixture(const std::string& dictionary, bool is_exact) {
  std::string loaded = dictionary;
  if (is_exact) {
    loaded = std::filesystem::temp_directory_path() / fmt::format("bench-{}.jsonl", getpid());
    if (absl::Status status = WriteExact(dictionary, loaded); !status.ok()) return status;
  }
  const std::string config = fmt::format(
      "name: bench\n"
      "source: {{topics: [in]}}\n"
      "stages:\n"
      "  - normalize: {{{}}}\n"
      "  - deduplicate: {{window: 72h, near_duplicates: {}}}\n"
      "  - tag: {{dictionary: ['{}']}}\n"
      "  - publish: {{key: {}}}\n"
      "outputs: {{published: out, duplicates: duplicates, recalls: recalls, held: held,\n"
      "          deadletter: deadletter}}\n",
      is_exact ? "sketch: off" : "boilerplate: boilerplate.yaml", is_exact ? "off" : "on", loaded,
      is_exact ? "keep" : "uri");
  const auto node = ConfigNode::FromText(config, "bench", COPYDESK_ROOT "/configs");
  if (!node.ok()) return node.status();
  absl::StatusOr<Topology> topology = Topology::Read(*node);
  if (!topology.ok()) return topology.status();
  absl::StatusOr<ChainPlan> plan = MakePlan(*topology, *node);
  if (is_exact) std::filesystem::remove(loaded);
  if (!plan.ok()) return plan.status();
  return Fixture{*std::move(topology), *std::move(plan)};
}

// Runs all records through `chain` in batches. `batch` is reused from pass to pass.
absl::Status RunAll(const Corpus& corpus, size_t batch_records, Chain& chain, Batch& batch,
                    Sink& sink) {
  std::vector<Item*> items;
  for (size_t i = 0; i < corpus.records.size();) {
    items.clear();
    for (; i < corpus.records.size() && items.size() < batch_records; ++i) {
      Item& item = batch.Add();
      item.record.topic = "in";
      item.record.partition = 0;
      item.record.offset = static_cast<int64_t>(i);
      item.record.timestamp_ms = 1'793'491'200'000 + static_cast<int64_t>(i) * 1000;
      item.record.value.reserve(corpus.records[i].size() + kValueRoomBytes);
      item.record.value.assign(corpus.records[i]);
      items.push_back(&item);
    }
    if (absl::Status status = chain.Run(items, sink); !status.ok()) return status;
    chain.Seal();
    chain.Commit();
    batch.Clear();
  }
  return absl::OkStatus();
}

const std::function<int64_t()>& Now() {
  static const std::function<int64_t()> kNow = [] { return int64_t{1'793'600'000'000}; };
  return kNow;
}

// What is wrong with the mentions of the records that came out; "" when nothing is.
std::string VerifyMentions(const CountingSink& sink, const SlowCount* slow, size_t* mentions) {
  StoryDecoder decoder({}, InputFormat::kJson, DefaultFieldMap());
  Story story;
  for (const auto& [topic, value] : sink.kept) {
    if (decoder.Decode(value, &story)) return "a record that came out cannot be read: " + value;
    for (const Mention& mention : story.mentions) {
      const std::string_view text = story.fields[mention.field].value;
      if (text.substr(mention.bytes.begin, mention.bytes.end - mention.bytes.begin) !=
          mention.surface) {
        return "a mention's bytes are not its surface form: " + mention.surface;
      }
    }
    *mentions += story.mentions.size();
    if (slow == nullptr || topic != "out") continue;
    story.ReadFields();
    const size_t expected = slow->MentionsOf(story);
    if (story.mentions.size() != expected) {
      return fmt::format("{} mentions, {} by the slow count, in {}", story.mentions.size(),
                         expected, value);
    }
  }
  return "";
}

// Runs the corpus once and returns what is wrong with the result; "" when nothing is. Counts the
// mentions found.
std::string Verify(const Fixture& fixture, const Corpus& corpus, const SlowCount* slow,
                   size_t* mentions) {
  Metrics metrics;
  Chain chain(fixture.plan, metrics, Now());
  Batch batch;
  CountingSink sink;
  sink.keeps = true;
  const absl::Status status = RunAll(corpus, fixture.topology.batch.records, chain, batch, sink);
  if (!status.ok()) return std::string(status.message());
  const auto count = [](const Metrics::Ending& ending) {
    return static_cast<size_t>(ending.records.Value());
  };
  const size_t ended = count(metrics.published) + count(metrics.diverted) + count(metrics.held) +
                       count(metrics.dead_lettered);
  if (ended != corpus.records.size() || sink.kept.size() != ended) {
    return fmt::format("{} records in, {} ended, {} sent", corpus.records.size(), ended,
                       sink.kept.size());
  }
  if (count(metrics.dead_lettered) != 0 || count(metrics.held) != 0) {
    return fmt::format("{} dead letters, {} held", count(metrics.dead_lettered),
                       count(metrics.held));
  }
  const size_t repeats = (corpus.records.size() - 1) / kRepeatEvery;
  if (count(metrics.diverted) < repeats) {
    return fmt::format("{} repeats planted, {} diverted", repeats, count(metrics.diverted));
  }
  return VerifyMentions(sink, slow, mentions);
}

// Adds each stage's time, in microseconds a story, to the counters.
void ReportStages(const Metrics& metrics, double stories, benchmark::State& state) {
  constexpr std::string_view kSum = "copydesk_stage_seconds_sum{stage=\"";
  const std::string text = metrics.Expose();
  for (size_t at = text.find(kSum); at != std::string::npos; at = text.find(kSum, at)) {
    at += kSum.size();
    const std::string stage = text.substr(at, text.find('"', at) - at);
    const double seconds = std::atof(text.c_str() + text.find(' ', at));
    state.counters[stage + "_us"] = seconds / stories * 1e6;
  }
}

// A chain that has been verified, or what is wrong with it.
struct Contender {
  Fixture fixture;
  std::string wrong;
  size_t mentions = 0;
};

Contender MakeContender(const Corpus& corpus, const std::string& dictionary, bool is_exact) {
  Contender contender;
  absl::StatusOr<Fixture> fixture = MakeFixture(dictionary, is_exact);
  if (!fixture.ok()) {
    contender.wrong = std::string(fixture.status().message());
    return contender;
  }
  contender.fixture = *std::move(fixture);
  std::unique_ptr<const SlowCount> slow;
  if (dictionary.ends_with(".tsv")) slow = std::make_unique<SlowCount>(dictionary, is_exact);
  contender.wrong = Verify(contender.fixture, corpus, slow.get(), &contender.mentions);
  return contender;
}

void RunChain(benchmark::State& state, const std::string& kind, const std::string& dictionary,
              bool is_exact) {
  const Corpus& corpus = CorpusOf(kind, is_exact);
  // Google Benchmark calls this several times; verified is verified.
  static std::map<std::tuple<std::string, std::string, bool>, Contender> contenders;
  const auto [found, is_new] = contenders.try_emplace({kind, dictionary, is_exact});
  if (is_new) found->second = MakeContender(corpus, dictionary, is_exact);
  const auto& [fixture, wrong, mentions] = found->second;
  if (!wrong.empty()) return state.SkipWithError(wrong.c_str());

  Metrics metrics;
  Batch batch;
  CountingSink sink;
  for (auto _ : state) {
    state.PauseTiming();
    auto chain = std::make_unique<Chain>(fixture.plan, metrics, Now());
    state.ResumeTiming();
    const absl::Status status = RunAll(corpus, fixture.topology.batch.records, *chain, batch, sink);
    if (!status.ok()) return state.SkipWithError(std::string(status.message()).c_str());
    state.PauseTiming();
    chain.reset();
    state.ResumeTiming();
  }
  const double passes = static_cast<double>(state.iterations());
  const double stories = passes * static_cast<double>(corpus.records.size());
  state.SetItemsProcessed(static_cast<int64_t>(stories));
  state.SetBytesProcessed(static_cast<int64_t>(passes * static_cast<double>(corpus.bytes)));
  state.counters["mentions/story"] =
      static_cast<double>(mentions) / static_cast<double>(corpus.records.size());
  ReportStages(metrics, stories, state);
  state.SetLabel(corpus.name);
}

void Register() {
  const std::string starter = COPYDESK_ROOT "/configs/dictionaries/*.jsonl";
  const std::string ten_thousand = SharedFile("data/dictionaries/aliases-10k.tsv");
  for (const std::string kind : {"reuters", "masakhane"}) {
    const auto add = [&](const char* name, const std::string& dictionary, bool is_exact) {
      benchmark::RegisterBenchmark(fmt::format("Chain/{}/{}", kind, name).c_str(),
                                   [kind, dictionary, is_exact](benchmark::State& state) {
                                     RunChain(state, kind, dictionary, is_exact);
                                   })
          ->Unit(benchmark::kMillisecond);
    };
    add("starter_dictionary", starter, false);
    if (ten_thousand.empty()) continue;
    add("10k_aliases", ten_thousand, false);
    add("exact_10k_aliases", ten_thousand, true);
  }
}

const bool kIsRegistered = (Register(), true);

}  // namespace
}  // namespace copydesk::bench
