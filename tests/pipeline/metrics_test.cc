#include "pipeline/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <sstream>
#include <string>

namespace copydesk {
namespace {

using testing::HasSubstr;
using testing::Not;

// Makes every metric appear: many are absent until there is something to say.
void TouchAll(Metrics& metrics) {
  metrics.ForStage("tag");
  metrics.CountKafkaError("retriable");
  metrics.CountError("decode", "no-text");
  metrics.CountEvent("tag", "mention", 1);
  metrics.SetVersion("tag", "", "v");
  metrics.CountReload("tag", "refused");
  metrics.SetLag("in", 0, 1, 2);
  for (const KafkaGauge gauge :
       {KafkaGauge::kQueueRecords, KafkaGauge::kQueueBytes, KafkaGauge::kBatchBytes,
        KafkaGauge::kBrokerRtt, KafkaGauge::kThrottle}) {
    metrics.SetKafka(gauge, {{"client", "c"}}, 1);
  }
  for (const KafkaCount count :
       {KafkaCount::kRetries, KafkaCount::kErrors, KafkaCount::kDisconnects}) {
    metrics.CountKafka(count, {{"client", "c"}}, 1);
  }
  metrics.AddStageSize("deduplicate", "stories", 1);
  metrics.SetRestoring("log", 0, 1);
  metrics.CountSnapshot(false);
  metrics.AddThread();
}

std::string Readme() {
  std::ifstream in(COPYDESK_ROOT "/README.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Metrics, SayWhatToDoAndAreInTheReadme) {
  Metrics metrics;
  TouchAll(metrics);
  const std::string readme = Readme();
  std::istringstream lines(metrics.Expose());
  int helps = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, std::regex("# TYPE (copydesk_[a-z0-9_]+) (\\w+)"))) {
      const bool is_total = line.find("_total ") != std::string::npos;
      EXPECT_EQ(is_total, found[2] == "counter") << line;
    }
    if (!std::regex_match(line, found, std::regex("# HELP (copydesk_[a-z0-9_]+) (.*)"))) continue;
    ++helps;
    const std::string name = found[1], help = found[2];
    // What it counts, and what that means.
    EXPECT_TRUE(std::regex_search(help, std::regex("[.:;,] \\w.*\\.$"))) << name << ": " << help;
    const bool is_named = readme.find("`" + name + "`") != std::string::npos ||
                          readme.find("`" + name + "{") != std::string::npos;
    EXPECT_TRUE(is_named) << name << " is not in the README's table";
  }
  EXPECT_GE(helps, 40);
}

TEST(Metrics, WhatIsUnknownIsAbsentAndNotZero) {
  Metrics metrics;
  metrics.SetLag("in", 3, 7, std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(metrics.Expose(),
              HasSubstr("copydesk_consumer_lag_records{partition=\"3\",topic=\"in\"} 7"));
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("copydesk_consumer_lag_seconds{")));
  metrics.SetLag("in", 3, 7, 1.5);
  EXPECT_THAT(metrics.Expose(), HasSubstr("copydesk_consumer_lag_seconds{"));
  metrics.DropLag("in", 3);
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("copydesk_consumer_lag_records{")));
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("copydesk_consumer_lag_seconds{")));
}

}  // namespace
}  // namespace copydesk
