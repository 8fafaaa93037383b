// Topics that are not there: refused at the start, by name. (What else is refused needs no broker:
// tests/faults/bad_setup_test.cc.)
#include <algorithm>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

class BadTopic : public BrokerTest {
 protected:
  static void ExpectRefused(const WorkerConfig& config, const std::string& topic) {
    const TempFolder folder;
    const std::string path = folder.Write("topology.yaml", config.Text());
    for (const char* command : {"run", "check"}) {
      const Finished finished = RunCopydesk({command, "-c", path});
      EXPECT_EQ(1, finished.status) << command;
      EXPECT_LT(finished.seconds, 10);
      EXPECT_EQ(1, std::count(finished.err.begin(), finished.err.end(), '\n')) << finished.err;
      // check lists what it finds on standard output, and counts it in its last line.
      const std::string said = finished.out + finished.err;
      EXPECT_NE(std::string::npos, said.find("there is no topic '" + topic + "'")) << said;
    }
  }
};

TEST_F(BadTopic, IsRefusedAtTheStart) {
  WorkerConfig config = Chain("worker", CountingStages());
  config.topics = {Name("misspelt")};
  CreateTopicsOf(Chain("worker", CountingStages()), 1);
  ExpectRefused(config, Name("misspelt"));
  config.topics = {Name("raw")};
  config.outputs["recalls"] = Name("misspelt.too");
  ExpectRefused(config, Name("misspelt.too"));
}

TEST_F(BadTopic, IsFoundWhereDeadLettersDoNotFit) {
  const WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  const TempFolder folder;
  const std::string path = folder.Write("topology.yaml", config.Text());
  const std::string topic = Name("deadletter");
  Finished check = RunCopydesk({"check", "-c", path});
  EXPECT_EQ(0, check.status) << check.out << check.err;
  SetProperties(topic, {{"max.message.bytes", "20000"}});
  check = RunCopydesk({"check", "-c", path});
  EXPECT_EQ(1, check.status);
  EXPECT_NE(std::string::npos, check.out.find("('" + topic + "': 20000 bytes)")) << check.out;
}

}  // namespace
}  // namespace copydesk
