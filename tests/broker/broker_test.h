// What the tests on the real broker share: topics of their own, and stories that can be counted.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/real_kafka.h"
#include "tests/support/worker.h"

namespace copydesk {

class BrokerTest : public ::testing::Test {
 public:
  // `what` as the name of a topic or group that only this test has.
  static std::string Name(std::string_view what);

 protected:
  // A worker named Name(name) that reads Name("raw") and runs `stages`. Its outputs are topics of
  // the same name, in `variant` of them where a test has several.
  static WorkerConfig Chain(std::string_view name, const std::vector<std::string>& stages,
                            std::string_view variant = "");
  // Creates the input with `partitions` (0: it is there), and every output with one.
  static void CreateTopicsOf(const WorkerConfig& config, int partitions);

  // A flat story no other is like, for one partition of the input, of about `bytes`.
  static Record NumberedStory(int32_t partition, int64_t number, size_t bytes = 500);
  // Partition and number of a published story.
  struct Numbered {
    int32_t partition = -1;
    int64_t number = -1;
  };
  static Numbered NumberOf(const Record& published);

  // How numbered stories came out of a topic.
  struct Numbering {
    std::vector<int64_t> next;  // by partition: all stories before this one are there
    int64_t again = 0;          // records that were there before
  };
  // Checks that no story is missing before a later one of its partition, whatever was sent again.
  static Numbering CheckNumbering(const std::string& topic, size_t partitions);
};

}  // namespace copydesk
