#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/kafka/client.h"

namespace copydesk {
namespace {

// The threads of this process whose name begins with `name`.
std::vector<pid_t> ThreadsNamed(std::string_view name) {
  std::vector<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string line;
    std::getline(std::ifstream(entry.path() / "comm"), line);
    if (line.compare(0, name.size(), name) == 0) {
      threads.push_back(std::stoi(entry.path().filename().string()));
    }
  }
  return threads;
}

TEST(KafkaClient, ItsThreadsStepBackBehindTheStreamThread) {
  // Nobody answers there: the client starts its threads all the same.
  absl::StatusOr<KafkaPtr<rd_kafka_conf_t>> conf =
      MakeKafkaConf({{"bootstrap.servers", "127.0.0.1:1"}}, {});
  ASSERT_TRUE(conf.ok()) << conf.status();
  const absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(RD_KAFKA_PRODUCER, *std::move(conf));
  ASSERT_TRUE(client.ok()) << client.status();
  // A main thread and one for the broker; each has its name before it steps back.
  std::vector<pid_t> threads;
  const auto has_stepped_back = [](pid_t thread) {
    return sched_getscheduler(thread) == SCHED_BATCH;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << threads.size() << " threads";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    threads = ThreadsNamed("rdk:");
  } while (threads.size() < 2 || !std::ranges::all_of(threads, has_stepped_back));
  const int own = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  for (const pid_t thread : threads) {
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(thread)), std::min(own + 5, 19));
  }
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

}  // namespace
}  // namespace copydesk
