// The driver of the fault tests: feeds numbered stories with planted repeats, revisions and kills
// into four partitions while a test does violence to the workers, then counts.
//
// Method: every record carries its partition and number in a header, which workers keep. When all
// is over, every number must be in exactly one output, once; the numbers of one partition must be
// in order in each; and every output record, byte for byte, must be what an undisturbed worker
// makes of the same input. All readers read what was committed only.
//
// Threads: the feed is a thread of its own; else one thread.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/real_kafka.h"
#include "tests/support/worker.h"

namespace copydesk {

class Desk : public ::testing::Test {
 protected:
  static constexpr int32_t kPartitions = 4;

  Desk();
  ~Desk() override;

  // `what` as the name of a topic or group that only this test has.
  static std::string Name(std::string_view what);
  // A worker in small steps, so that whatever ends it ends it in the middle of something.
  WorkerConfig Config(std::string_view outputs = "out") const;
  // Creates the input and the outputs. `published` are properties of the topic of that output.
  void CreateTopics(const std::map<std::string, std::string>& published = {});
  void CreateOutputs(std::string_view outputs,
                     const std::map<std::string, std::string>& published = {});

  // Feeds `count` stories at `per_second` from a thread of its own.
  void StartFeed(int64_t count, int64_t per_second);
  void JoinFeed();
  bool is_feeding() const { return is_feeding_; }
  // Sends one more record at once. Returns its number, "partition:index".
  std::string SendStory(int32_t partition, const std::string& json);
  // The same for a partition beside the four, with a number of its own.
  void SendTo(int32_t partition, const std::string& number, const std::string& json);

  // Waits until as many different records as were fed have come out.
  ::testing::AssertionResult WaitUntilAllOut(std::chrono::seconds timeout);
  // Counts and compares, as said above. `excused` are numbers that came to another end than in an
  // undisturbed run.
  void CheckAll(const std::vector<std::string>& excused = {});

  int Random(int from, int to) { return std::uniform_int_distribution<>(from, to)(random_); }
  // Sleeps for a random time.
  void Wait(int from_ms, int to_ms) { SleepMs(Random(from_ms, to_ms)); }

  static bool HasAll(WorkerProcess& worker);
  int64_t fed() const { return fed_; }

  std::mt19937 random_;

 private:
  struct Out {
    std::string output;
    std::string key;
    std::string value;
    bool operator==(const Out&) const = default;
  };
  using Outs = std::map<std::string, std::vector<Out>>;  // by the record's number
  static Outs ReadOutputs(std::string_view outputs, bool checks_order);
  static std::vector<std::string> ReadRecalls(std::string_view outputs);
  std::string MakeStory(int32_t partition, int64_t number);
  Record MakeRecord(int32_t partition, const std::string& json);

  std::thread feed_;
  std::atomic<bool> is_feeding_ = false;
  std::atomic<int64_t> fed_ = 0;
  int64_t next_[kPartitions] = {};
  std::mt19937 story_random_;
};

}  // namespace copydesk
