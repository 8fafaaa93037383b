#include "tests/broker/broker_test.h"

#include <fmt/format.h>

#include <cstdio>

namespace copydesk {

std::string BrokerTest::Name(std::string_view what) {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("{}.{}", test.name(), what);
}

WorkerConfig BrokerTest::Chain(std::string_view name, const std::vector<std::string>& stages,
                               std::string_view variant) {
  WorkerConfig config;
  config.name = Name(name);
  config.brokers = RealKafka::brokers();
  config.topics = {Name("raw")};
  config.stages = stages;
  std::vector<std::string_view> outputs = {"published", "deadletter"};
  for (const std::string& stage : stages) {
    if (stage.starts_with("deduplicate")) {
      outputs.insert(outputs.end(), {"duplicates", "recalls", "held"});
    }
  }
  for (const std::string_view output : outputs) {
    config.outputs[std::string(output)] = Name(fmt::format("{}{}", variant, output));
  }
  config.kafka = {{"session.timeout.ms", "15000"}, {"heartbeat.interval.ms", "300"}};
  config.more = "commit_interval: 200ms";
  return config;
}

void BrokerTest::CreateTopicsOf(const WorkerConfig& config, int partitions) {
  std::vector<NewTopic> topics;
  if (partitions > 0) topics.push_back({config.topics.front(), partitions});
  for (const auto& [output, topic] : config.outputs) topics.push_back({topic});
  CreateTopics(topics);
}

Record BrokerTest::NumberedStory(int32_t partition, int64_t number, size_t bytes) {
  Record record;
  record.partition = partition;
  std::string text = fmt::format("Desk {} files its story {}.", partition, number);
  while (text.size() < bytes) text += fmt::format(" Sentence {} of {}.", text.size(), number);
  record.value = fmt::format(R"({{"id":"{}-{}","title":"Story {} of desk {}","text":"{}"}})",
                             partition, number, number, partition, text);
  return record;
}

BrokerTest::Numbered BrokerTest::NumberOf(const Record& published) {
  Numbered numbered;
  long long number = -1;
  if (std::sscanf(published.key.c_str(), "%d-%lld", &numbered.partition, &number) != 2) {
    ADD_FAILURE() << "no numbered story: " << published.key;
  }
  numbered.number = number;
  return numbered;
}

BrokerTest::Numbering BrokerTest::CheckNumbering(const std::string& topic, size_t partitions) {
  Numbering numbering;
  numbering.next.resize(partitions);
  for (const Record& record : ReadTopic(topic)) {
    const Numbered found = NumberOf(record);
    if (found.partition < 0 || found.partition >= static_cast<int32_t>(partitions)) continue;
    int64_t& next = numbering.next[static_cast<size_t>(found.partition)];
    if (found.number < next) {
      ++numbering.again;
    } else if (found.number == next) {
      ++next;
    } else {
      ADD_FAILURE() << "partition " << found.partition << ": story " << found.number
                    << " came before story " << next;
      next = found.number + 1;
    }
  }
  return numbering;
}

}  // namespace copydesk
