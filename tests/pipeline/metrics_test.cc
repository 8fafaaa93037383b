#include "pipeline/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <fstream>
#include <iterator>
#include <limits>
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
  metrics.EventsOf("tag", "mention").Increment();
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
  metrics.SizeOf("deduplicate", "stories").Increment();
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
    std::string name, what;
    if (RE2::FullMatch(line, "# TYPE (copydesk_[a-z0-9_]+) (\\w+)", &name, &what)) {
      EXPECT_EQ(name.ends_with("_total"), what == "counter") << line;
    }
    if (!RE2::FullMatch(line, "# HELP (copydesk_[a-z0-9_]+) (.*)", &name, &what)) continue;
    ++helps;
    // What it counts, and what that means.
    EXPECT_TRUE(RE2::PartialMatch(what, "[.:;,] \\w.*\\.$")) << name << ": " << what;
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
