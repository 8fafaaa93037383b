#include "pipeline/cli/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace copydesk {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() : before_(spdlog::default_logger()) {}
  ~LogTest() override { spdlog::set_default_logger(before_); }

 private:
  const std::shared_ptr<spdlog::logger> before_;
};

// Whatever goes wrong for every record, the log does not grow with the records.
TEST_F(LogTest, LeavesOutWhatComesTooFastAndSaysHowMuch) {
  constexpr int kLines = 20'000;
  testing::internal::CaptureStderr();
  SetUpLog(/*is_json=*/true);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kLines; ++i) spdlog::warn("record {} is bad", i);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until some are allowed again
  spdlog::warn("the last one");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::string log = testing::internal::GetCapturedStderr();
  const auto lines = static_cast<double>(std::count(log.begin(), log.end(), '\n'));
  EXPECT_GE(lines, kLogBurst);
  EXPECT_LE(lines, kLogBurst + took.count() * kLogLinesPerSecond + 2);
  EXPECT_THAT(log, testing::ContainsRegex("\"[0-9]+ lines left out\""));
  EXPECT_THAT(log, testing::HasSubstr("the last one"));
}

TEST_F(LogTest, NeverLeavesOutWhatEndsTheProgram) {
  testing::internal::CaptureStderr();
  SetUpLog(/*is_json=*/false);
  for (int i = 0; i < 2 * kLogBurst; ++i) spdlog::warn("record {} is bad", i);
  spdlog::critical("the end");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("critical the end\n"));
}

}  // namespace
}  // namespace copydesk
