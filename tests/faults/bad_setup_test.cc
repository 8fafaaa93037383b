// What cannot work is refused at the start: one line that says what is wrong, exit status 1, soon.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "pipeline/kafka/client.h"
#include "tests/support/worker.h"

namespace copydesk {
namespace {

class BadSetup : public ::testing::Test {
 protected:
  static WorkerConfig Good() {
    WorkerConfig config;
    config.name = "good";
    config.brokers = "127.0.0.1:1";  // nobody listens there
    config.topics = {"raw"};
    config.stages = {"publish: {key: uri}"};
    config.outputs = {{"published", "enriched"}, {"deadletter", "dead"}};
    return config;
  }

  // Runs a worker on the text; expects it to refuse with one line that says all of `words`.
  void ExpectRefused(const std::string& text, const std::vector<std::string>& words,
                     bool is_embedded = false) {
    std::vector<std::string> arguments = {"run", "-c", folder_.Write("topology.yaml", text)};
    if (is_embedded) arguments.push_back("--embedded");
    Check(RunCopydesk(arguments, std::chrono::seconds(20)), words);
  }

  static void Check(const Finished& run, const std::vector<std::string>& words) {
    EXPECT_EQ(1, run.status);
    EXPECT_LT(run.seconds, 10);
    EXPECT_EQ(1, std::count(run.err.begin(), run.err.end(), '\n')) << run.err;
    for (const std::string& word : words) {
      EXPECT_NE(std::string::npos, run.err.find(word)) << word << " is not in: " << run.err;
    }
  }

  const TempFolder folder_;
};

TEST_F(BadSetup, NoSuchConfiguration) {
  Check(RunCopydesk({"run", "-c", folder_.path() + "/none.yaml"}), {"none.yaml"});
}

TEST_F(BadSetup, BrokerThatIsNotThere) {
  ExpectRefused(Good().Text(), {"no broker answers at '127.0.0.1:1'"});
  const std::string config = folder_.Write("topology.yaml", Good().Text());
  const std::string samples = COPYDESK_ROOT "/configs/samples";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"check", "-c", config},
        {"replay", "-c", config, samples},
        {"replay", "-c", config, "--from-deadletter"},
        {"replay", "-c", config, "--from-topic", "other"}}) {
    SCOPED_TRACE(testing::PrintToString(command));
    Check(RunCopydesk(command), {"no broker answers at '127.0.0.1:1'"});
  }
}

TEST_F(BadSetup, IsNamedWithoutTheSecretInIt) {
  // What is checked without a broker, and a login where there is none.
  const std::tuple<const char*, const char*, const char*> kMistakes[] = {
      {"sasl.pasword", "hunter2-of-the-desk", "--offline"},                           // misspelt
      {"ssl.key.pem", "hunter2-of-the-desk\n  security.protocol: ssl", "--offline"},  // no key
      {"sasl.password", "[hunter2-of-the-desk]", "--offline"},
      {"sasl.password", "hunter2-of-the-desk${", "--offline"},
      {"sasl.password", "\"hunter2-of-the-desk", "--offline"},
      {"sasl.password", "hunter2-of-the-desk: 1", "--offline"},
      {"sasl.password",
       "hunter2-of-the-desk\n  sasl.username: desk\n  sasl.mechanism: SCRAM-SHA-512\n"
       "  security.protocol: sasl_ssl",
       "--log-level=debug"},
  };
  for (const auto& [property, value, option] : kMistakes) {
    SCOPED_TRACE(fmt::format("{}: {}", property, value));
    WorkerConfig config = Good();
    config.kafka[property] = value;
    const Finished run =
        RunCopydesk({"check", option, "-c", folder_.Write("secret.yaml", config.Text())});
    EXPECT_EQ(std::string::npos, (run.out + run.err).find("hunter2")) << run.err;
    EXPECT_TRUE(run.status.has_value());
  }
}

TEST_F(BadSetup, PropertyThatLibrdkafkaDoesNotKnow) {
  WorkerConfig config = Good();
  config.kafka["sesion.timeout.ms"] = "6000";
  ExpectRefused(config.Text(), {"'sesion.timeout.ms'", "'session.timeout.ms'"});
  config.kafka = {{"session.timeout.ms", "soon"}};
  ExpectRefused(config.Text(), {"session.timeout.ms"});
}

TEST_F(BadSetup, PropertyThatTheGuaranteesRestOn) {
  WorkerConfig config = Good();
  config.kafka["enable.auto.commit"] = "true";
  ExpectRefused(config.Text(), {"enable.auto.commit must be false"}, /*is_embedded=*/true);
  config.kafka = {{"isolation.level", "read_uncommitted"}};
  ExpectRefused(config.Text(), {"isolation.level must be read_committed"}, /*is_embedded=*/true);
}

TEST_F(BadSetup, WhatCheckFindsWithoutABroker) {
  const std::tuple<std::string, std::string, std::string> kMistakes[] = {
      {"key: uri", "key: uri, routes: [{topic: raw, when: {language: en}}]",
       "'raw' is read as well"},
      {"deadletter: dead", "deadletter: raw", "'raw' is read as well"},
      {"published: enriched", "published: raw", "'raw' is read as well"},
      {"topics: [raw]", "topics: [raw, raw]", "'raw' stands twice"},
      {"  - publish", "  - deduplicate\n  - deduplicate\n  - publish",
       "'deduplicate' stands twice"},
      {"kafka:", "commit_interval: 1m\nkafka:", "commit_interval is 60000 ms"},
      {"kafka:", "kafka:\n  transactional.id: mine", "transactional.id"},
      {"bootstrap.servers: 127.0.0.1:1", "client.id: t", "bootstrap.servers is missing"},
  };
  WorkerConfig config = Good();
  for (const char* output : {"duplicates", "recalls", "held"}) config.outputs[output] = output;
  for (const auto& [good, bad, words] : kMistakes) {
    SCOPED_TRACE(bad);
    std::string text = config.Text();
    ASSERT_NE(std::string::npos, text.find(good)) << text;
    text.replace(text.find(good), good.size(), bad);
    // Without deduplicate two outputs are of no stage.
    if (bad.find("deduplicate") == std::string::npos) {
      text.replace(text.find("  - publish"), 0, "  - deduplicate\n");
    }
    ExpectRefused(text, {words});
    Check(RunCopydesk({"check", "--offline", "-c", folder_.Write("offline.yaml", text)}), {words});
  }
}

TEST_F(BadSetup, GroupProtocolThatIsNotFitForUse) {
  if (rd_kafka_version() >= 0x020c0000) GTEST_SKIP() << "this librdkafka is fit for it";
  WorkerConfig config = Good();
  config.kafka["group.protocol"] = "consumer";
  // With and without a broker to ask.
  for (const bool is_embedded : {true, false}) {
    ExpectRefused(config.Text(), {"group.protocol: consumer needs librdkafka 2.12", "classic"},
                  is_embedded);
  }
  Check(RunCopydesk({"check", "--offline", "-c", folder_.Write("new.yaml", config.Text())}),
        {"group.protocol: consumer needs librdkafka 2.12"});
  // What this librdkafka does anyhow may be said, whether it has the property or not.
  config.kafka["group.protocol"] = "classic";
  const Finished run =
      RunCopydesk({"check", "--offline", "-c", folder_.Write("classic.yaml", config.Text())});
  EXPECT_EQ(0, run.status) << run.err;
}

TEST_F(BadSetup, KeyThatIsMisspelt) {
  WorkerConfig config = Good();
  config.more = "comit_interval: 1s";
  ExpectRefused(config.Text(), {"topology.yaml:2", "comit_interval", "commit_interval"});
  config = Good();
  config.stages = {"publish: {kee: uri}"};
  ExpectRefused(config.Text(), {"topology.yaml:6", "kee", "key"});
  config.stages = {"publsh: {key: uri}"};
  ExpectRefused(config.Text(), {"topology.yaml:6", "publsh", "publish"});
}

TEST_F(BadSetup, TextThatIsNoYaml) { ExpectRefused("name: [", {"topology.yaml:"}); }

TEST_F(BadSetup, DictionaryThatCannotBeRead) {
  WorkerConfig config = Good();
  config.stages.insert(config.stages.begin(), "tag: {dictionary: [none/such.jsonl]}");
  ExpectRefused(config.Text(), {"none/such.jsonl"});
  const std::string broken = folder_.Write("broken.jsonl", "{\"id\":\"Q1\"\n");
  config.stages[0] = fmt::format("tag: {{dictionary: [{}]}}", broken);
  ExpectRefused(config.Text(), {"broken.jsonl:1"});
}

TEST_F(BadSetup, PortInUse) {
  const int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(0, bind(taken, reinterpret_cast<sockaddr*>(&address), size));
  ASSERT_EQ(0, listen(taken, 1));
  ASSERT_EQ(0, getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size));
  std::string text = Good().Text();
  const std::string_view free_port = "http: {port: 0}";
  const std::string used = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  text.replace(text.find(free_port), free_port.size(),
               fmt::format("http: {{port: {}}}", ntohs(address.sin_port)));
  ExpectRefused(text, {used}, /*is_embedded=*/true);
  close(taken);
}

}  // namespace
}  // namespace copydesk
