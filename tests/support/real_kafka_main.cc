// Runs a program of tests on one real Kafka, or skips all of them, aloud, where there can be none.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/real_kafka.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (!GTEST_FLAG_GET(list_tests)) {
    if (const int status = copydesk::RealKafka::Start(); status != 0) {
      std::fprintf(stderr, "%s\n",
                   status == copydesk::RealKafka::kSkipped
                       ? "SKIPPED: all tests on the real broker (see above what is missing)"
                       : "deploy/kafka start failed");
      return status;
    }
  }
  const int status = RUN_ALL_TESTS();
  if (!GTEST_FLAG_GET(list_tests)) copydesk::RealKafka::Stop();
  return status;
}
