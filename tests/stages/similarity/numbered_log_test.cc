#include "stages/similarity/numbered_log.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace copydesk {
namespace {

// In pieces of eight, beside a plain deque; numbers go round on the way.
TEST(NumberedLog, HasWhatWasAppendedAndNotCutOff) {
  std::mt19937 random(20261129);
  NumberedLog<uint16_t, 3> log(UINT32_MAX - 5000);
  std::deque<uint16_t> expected;
  uint32_t first = UINT32_MAX - 5000;
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint16_t> values(random() % 30);
    for (uint16_t& value : values) value = static_cast<uint16_t>(random());
    if (random() % 2 == 0) {
      log.Append(values.data(), values.size());
    } else {
      for (const uint16_t value : values) log.PushBack(value);
    }
    expected.insert(expected.end(), values.begin(), values.end());
    for (size_t cut = random() % (expected.size() + 1) / 4; cut > 0; --cut) {
      log.PopBack();
      expected.pop_back();
    }
    const auto dropped = static_cast<uint32_t>(random() % (expected.size() + 1) / 2);
    log.DropBefore(first += dropped);
    expected.erase(expected.begin(), expected.begin() + dropped);

    ASSERT_EQ(log.first(), first);
    ASSERT_EQ(log.size(), expected.size());
    std::vector<uint16_t> visited;
    log.VisitRuns([&](const uint16_t* values_of_run, size_t count) {
      EXPECT_EQ(values_of_run, &log[first + static_cast<uint32_t>(visited.size())]);
      visited.insert(visited.end(), values_of_run, values_of_run + count);
    });
    ASSERT_EQ(visited, std::vector<uint16_t>(expected.begin(), expected.end()));
  }
}

}  // namespace
}  // namespace copydesk
