#include "tests/faults/kafka/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace copydesk {
namespace {

constexpr std::string_view kOutputs[] = {"published", "duplicates", "held", "deadletter"};
constexpr const char* kNumberHeader = "number";

unsigned Seed() {
  const char* given = std::getenv("COPYDESK_TEST_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
  fmt::print("COPYDESK_TEST_SEED={}\n", seed);
  std::fflush(stdout);
  return seed;
}

}  // namespace

Desk::Desk() : random_(Seed()), story_random_(random_()) {}

Desk::~Desk() { JoinFeed(); }

std::string Desk::Name(std::string_view what) {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("{}.{}", test.name(), what);
}

WorkerConfig Desk::Config(std::string_view outputs) const {
  WorkerConfig config;
  config.name = Name(fmt::format("{}-worker", outputs));
  config.brokers = RealKafka::brokers();
  config.topics = {Name("raw")};
  config.stages = {"normalize: {}", "deduplicate: {window: 72h}", "publish: {key: uri}"};
  for (const std::string_view output : kOutputs) {
    config.outputs[std::string(output)] = Name(fmt::format("{}-{}", outputs, output));
  }
  config.outputs["recalls"] = Name(fmt::format("{}-recalls", outputs));
  // A killed worker's partitions are free when its session ends.
  config.kafka = {{"session.timeout.ms", "2000"}, {"heartbeat.interval.ms", "300"}};
  config.more = "batch: {records: 100}\nshutdown_timeout: 10s";
  return config;
}

void Desk::CreateTopics(const std::map<std::string, std::string>& published) {
  copydesk::CreateTopics({{Name("raw"), kPartitions}});
  CreateOutputs("out", published);
}

void Desk::CreateOutputs(std::string_view outputs,
                         const std::map<std::string, std::string>& published) {
  std::vector<NewTopic> topics;
  for (const auto& [output, topic] : Config(outputs).outputs) {
    topics.push_back({topic, 1});
    if (output == "published") topics.back().properties = published;
  }
  copydesk::CreateTopics(topics);
}

std::string Desk::MakeStory(int32_t partition, int64_t number) {
  const auto below = [&](uint32_t n) { return story_random_() % n; };
  // What an earlier story of the partition is called and says.
  const int64_t earlier = number - 1 - static_cast<int64_t>(below(200));
  const uint32_t kind = earlier < 0 ? 99 : below(100);
  const auto text = [&](int64_t of) {
    return fmt::format("Desk {} files its story {}. It is {} words long and about nothing.",
                       partition, of, of * 7 % 100);
  };
  const auto story = [&](const std::string& uri, int64_t version, const std::string& headline,
                         const std::string& body) {
    return fmt::format(R"({{"uri":"{}","version":"{}","headline":"{}","body_text":"{}"}})", uri,
                       version, headline, body);
  };
  const std::string uri = fmt::format("urn:{}:{}", partition, number);
  const std::string old_uri = fmt::format("urn:{}:{}", partition, earlier);
  const auto headline = [&](int64_t of) {
    return fmt::format("Story {} of desk {}", of, partition);
  };
  if (kind < 12) return story(uri, 1, headline(earlier), text(earlier));
  if (kind < 20) {
    return story(old_uri, 2 + below(3), fmt::format("UPDATE {}", number), text(number));
  }
  if (kind < 21) return story(old_uri, 9, "STORY WITHDRAWN", "This story is withdrawn.");
  if (kind < 22) return "{\"uri\": \"broken";
  return story(uri, 1, headline(number), text(number));
}

Record Desk::MakeRecord(int32_t partition, const std::string& json) {
  Record record;
  record.partition = partition;
  record.value = json;
  record.headers = {{kNumberHeader, fmt::format("{}:{}", partition, next_[partition]++)}};
  return record;
}

void Desk::StartFeed(int64_t count, int64_t per_second) {
  JoinFeed();
  is_feeding_ = true;
  feed_ = std::thread([this, count, per_second] {
    Feeder feeder;
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < count; ++i) {
      const auto partition = static_cast<int32_t>(i % kPartitions);
      feeder.Send(Name("raw"), MakeRecord(partition, MakeStory(partition, next_[partition])));
      ++fed_;
      if (i % 32 == 0) {
        std::this_thread::sleep_until(start + std::chrono::milliseconds(1000 * i / per_second));
      }
    }
    feeder.Flush();
    is_feeding_ = false;
  });
}

void Desk::JoinFeed() {
  if (feed_.joinable()) feed_.join();
}

std::string Desk::SendStory(int32_t partition, const std::string& json) {
  const std::string number = fmt::format("{}:{}", partition, next_[partition]++);
  SendTo(partition, number, json);
  return number;
}

void Desk::SendTo(int32_t partition, const std::string& number, const std::string& json) {
  Record record;
  record.partition = partition;
  record.value = json;
  record.headers = {{kNumberHeader, number}};
  Feeder feeder;
  feeder.Send(Name("raw"), record);
  feeder.Flush();
  ++fed_;
}

bool Desk::HasAll(WorkerProcess& worker) {
  return worker.Metric("copydesk_assigned_partitions") == kPartitions &&
         worker.Metric("copydesk_restoring_partitions") == 0;
}

Desk::Outs Desk::ReadOutputs(std::string_view outputs, bool checks_order) {
  Outs outs;
  for (const std::string_view output : kOutputs) {
    int64_t last[kPartitions];
    std::fill(std::begin(last), std::end(last), -1);
    for (const Record& record : ReadTopic(Name(fmt::format("{}-{}", outputs, output)))) {
      const std::string number = HeaderOf(record, kNumberHeader);
      outs[number].push_back({std::string(output), record.key, record.value});
      int partition = 0;
      long long index = 0;
      if (!checks_order || std::sscanf(number.c_str(), "%d:%lld", &partition, &index) != 2)
        continue;
      EXPECT_LT(last[partition], index) << output << " has " << number << " out of order";
      last[partition] = index;
    }
  }
  return outs;
}

std::vector<std::string> Desk::ReadRecalls(std::string_view outputs) {
  std::vector<std::string> recalls;
  for (const Record& record : ReadTopic(Name(fmt::format("{}-recalls", outputs)))) {
    recalls.push_back(record.value);
  }
  std::sort(recalls.begin(), recalls.end());
  return recalls;
}

::testing::AssertionResult Desk::WaitUntilAllOut(std::chrono::seconds timeout) {
  JoinFeed();
  size_t out = 0;
  const bool is_all = WaitUntil(
      [&] {
        SleepMs(200);
        return (out = ReadOutputs("out", false).size()) >= static_cast<size_t>(fed_);
      },
      timeout);
  if (is_all) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << out << " of " << fed_ << " records came out";
}

void Desk::CheckAll(const std::vector<std::string>& excused) {
  CreateOutputs("calm");
  const WorkerConfig calm = Config("calm");
  WorkerProcess undisturbed(calm);
  ASSERT_TRUE(undisturbed.WaitUntilEnded(fed_));
  ASSERT_EQ(0, undisturbed.Stop());
  const Books books = undisturbed.LastBooks();
  EXPECT_EQ(fed_, books.consumed);
  EXPECT_EQ(fed_, books.ended());

  const Outs outs = ReadOutputs("out", true);
  const Outs expected = ReadOutputs("calm", true);
  EXPECT_EQ(static_cast<size_t>(fed_), outs.size());
  EXPECT_EQ(static_cast<size_t>(fed_), expected.size());
  size_t repeats = 0;
  int shown = 0;
  for (const auto& [number, found] : outs) {
    repeats += found[0].output == "duplicates";
    const bool is_excused = std::find(excused.begin(), excused.end(), number) != excused.end();
    if (found.size() == 1 && (is_excused || found == expected.at(number))) continue;
    if (++shown > 5) continue;
    ADD_FAILURE() << number << " came out " << found.size() << " times; first in "
                  << found[0].output << ":\n"
                  << found[0].value << "\nundisturbed in " << expected.at(number)[0].output << ":\n"
                  << expected.at(number)[0].value;
  }
  EXPECT_EQ(0, shown) << "records that are doubled or decided otherwise";
  if (excused.empty()) {
    EXPECT_EQ(ReadRecalls("calm"), ReadRecalls("out"));
  }
  EXPECT_GT(repeats, 0u) << "nothing was put to the test";
  fmt::print("{} stories, {} of them repeats, {} recalls\n", fed_.load(), repeats,
             ReadRecalls("out").size());
}

}  // namespace copydesk
