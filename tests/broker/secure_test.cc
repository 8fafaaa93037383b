// The chain where only TLS with SASL/SCRAM gets in; and that no secret is ever said, whatever is
// logged and asked.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

constexpr const char* kVariable = "COPYDESK_TEST_KAFKA_PASSWORD";

class Secure : public BrokerTest {
 protected:
  static void SetUpTestSuite() { status_ = RealKafka::StartSecure(); }
  static void TearDownTestSuite() {
    if (status_ == 0) RealKafka::Stop();
  }
  void SetUp() override {
    if (status_ == RealKafka::kSkipped) GTEST_SKIP() << "no broker with TLS, see above";
    ASSERT_EQ(0, status_);
  }

  // A worker that gets in, with the password from the environment, and librdkafka telling all.
  static WorkerConfig SecureChain() {
    WorkerConfig config = Chain("worker", CountingStages());
    for (const auto& [property, value] : RealKafka::secure()) config.kafka[property] = value;
    config.brokers = config.kafka["bootstrap.servers"];
    config.kafka.erase("bootstrap.servers");
    config.kafka["sasl.password"] = fmt::format("${{{}}}", kVariable);
    config.kafka["debug"] = "all";
    SetPassword(Password());
    return config;
  }
  static const std::string& Password() { return RealKafka::secure().at("sasl.password"); }
  static void SetPassword(const std::string& password) {
    setenv(kVariable, password.c_str(), /*overwrite=*/1);
  }
  static void ExpectUnsaid(std::string_view secret, const std::string& text, const char* where) {
    EXPECT_EQ(std::string::npos, text.find(secret)) << where << " says the password";
  }
  // Runs `copydesk check`; it must refuse, with one of `words`, and without the password.
  static void ExpectRefused(const WorkerConfig& config, const std::string& password,
                            std::string_view word) {
    SetPassword(password);
    const TempFolder folder;
    const Finished check =
        RunCopydesk({"check", "-c", folder.Write("topology.yaml", config.Text())});
    EXPECT_EQ(1, check.status);
    EXPECT_NE(std::string::npos, check.err.find(word)) << check.err;
    ExpectUnsaid(password, check.out + check.err, "check");
  }

 private:
  static inline int status_ = 1;
};

TEST_F(Secure, RunsTheChainAndNeverSaysThePassword) {
  constexpr int64_t kStories = 200;
  const WorkerConfig config = SecureChain();
  CreateTopicsOf(config, 2);
  Feeder feeder;
  for (int64_t i = 0; i < kStories; ++i) {
    feeder.Send(Name("raw"), NumberedStory(static_cast<int32_t>(i % 2), i / 2));
  }
  feeder.Flush();

  WorkerProcess worker(config, {"--log-level", "debug"});
  ASSERT_TRUE(worker.WaitUntilReady()) << worker.process().err();
  ASSERT_TRUE(worker.WaitUntilEnded(kStories)) << worker.process().err();
  for (const char* page : {"/", "/metrics", "/ready", "/live"}) {
    ExpectUnsaid(Password(), worker.Get(page), page);
  }
  EXPECT_EQ(0, worker.Stop());
  EXPECT_EQ(kStories, worker.LastBooks().published);
  EXPECT_EQ((std::vector<int64_t>{kStories / 2, kStories / 2}),
            CheckNumbering(Name("published"), 2).next);

  const std::string log = worker.process().out() + worker.process().err();
  ASSERT_NE(std::string::npos, log.find("SCRAM")) << "librdkafka did not tell all";
  ExpectUnsaid(Password(), log, "the log");

  const Finished check = RunCopydesk({"--log-level", "debug", "check", "-c", worker.config()});
  EXPECT_EQ(0, check.status) << check.err;
  ExpectUnsaid(Password(), check.out + check.err, "check");
}

// What is denied step by step is found, and what is tried leaves no record.
TEST_F(Secure, CheckFindsEveryRightThatIsMissing) {
  WorkerConfig config = SecureChain();
  config.kafka.erase("debug");
  CreateTopicsOf(config, 1);
  const TempFolder folder;
  const std::string path = folder.Write("topology.yaml", config.Text());
  Finished check = RunCopydesk({"check", "-c", path});
  EXPECT_EQ(0, check.status) << check.out << check.err;
  EXPECT_EQ(std::string::npos, check.out.find("not known")) << check.out;
  const auto expect_finding = [&](const std::string& finding) {
    const bool is_found = WaitUntil(
        [&] {
          check = RunCopydesk({"check", "-c", path});
          return check.status == 1 && check.out.find(finding) != std::string::npos;
        },
        std::chrono::seconds(10));
    EXPECT_TRUE(is_found) << finding << " in\n" << check.out << check.err;
  };

  const std::string changelog =
      fmt::format("copydesk-{}-deduplicate-{}-changelog", config.name, Name("raw"));
  CreateTopics({{changelog, 1, {{"cleanup.policy", "delete"}}}});
  expect_finding("the changelog '" + changelog + "' has cleanup.policy=delete");

  const std::string published = config.outputs.at("published");
  const std::string user = RealKafka::secure().at("sasl.username");
  AllowOnly(RD_KAFKA_RESOURCE_TOPIC, published, RD_KAFKA_ACL_OPERATION_DESCRIBE);
  expect_finding(
      fmt::format("no right: Write on topic '{0}': kafka-acls.sh --add --allow-principal "
                  "User:{1} --operation Write --topic {0}",
                  published, user));
  AllowOnly(RD_KAFKA_RESOURCE_TOPIC, Name("raw"), RD_KAFKA_ACL_OPERATION_DESCRIBE);
  expect_finding("no right: Read on topic '" + Name("raw") + "'");
  AllowOnly(RD_KAFKA_RESOURCE_GROUP, config.name, RD_KAFKA_ACL_OPERATION_DESCRIBE);
  expect_finding("no right: Read on group '" + config.name + "'");
  for (const auto& [output, topic] : config.outputs) EXPECT_TRUE(ReadTopic(topic).empty()) << topic;
}

TEST_F(Secure, RefusesAWrongPasswordAndABrokerItDoesNotTrust) {
  WorkerConfig config = SecureChain();
  config.kafka.erase("debug");
  CreateTopicsOf(config, 1);
  ExpectRefused(config, "not-the-word-they-wait-for", "uthentication failed");
  config.kafka.erase("ssl.ca.location");
  ExpectRefused(config, Password(), "certificate");
}

}  // namespace
}  // namespace copydesk
