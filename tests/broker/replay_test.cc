// What was set aside is fed back when its cause is gone.
#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

class Replay : public BrokerTest {
 protected:
  static Record StoryWithHeader() {
    Record record = NumberedStory(0, 0, 4'000);
    record.has_key = true;
    record.key = "desk's own key";
    record.headers = {{"traceparent", "00-1-2-01"}};
    return record;
  }

  // Sets `record` aside in `output` with one configuration, feeds it back, and returns what the
  // mended one publishes.
  static void SetAsideAndFeedBack(const Record& record, const WorkerConfig& config,
                                  const WorkerConfig& mended, const std::string& output,
                                  Record* published) {
    CreateTopicsOf(config, 1);
    Feeder feeder;
    feeder.Send(Name("raw"), record);
    feeder.Flush();
    WorkerProcess worker(config);
    ASSERT_TRUE(worker.WaitUntilEnded(1));
    ASSERT_EQ(0, worker.books().published);
    ASSERT_EQ(0, worker.Stop());
    ASSERT_EQ(1u, ReadTopic(Name(output)).size());

    WorkerProcess again(mended);
    const Finished replay = RunCopydesk({"replay", "-c", again.config(), "--from-" + output});
    ASSERT_EQ(0, replay.status) << replay.err;
    EXPECT_EQ("1 records from " + Name(output) + " to " + Name("raw") + "\n", replay.out);
    ASSERT_TRUE(again.WaitUntilEnded(1));
    ASSERT_EQ(0, again.Stop());
    const std::vector<Record> records = ReadTopic(Name("published"));
    ASSERT_EQ(1u, records.size());
    *published = records[0];
    EXPECT_EQ("00-1-2-01", HeaderOf(*published, "traceparent"));
    EXPECT_EQ(1u, published->headers.size());
    EXPECT_NE(std::string::npos, published->value.find("\"copydesk\":"));
  }
};

TEST_F(Replay, FeedsADeadLetterBack) {
  WorkerConfig mended = Chain("worker", CountingStages());
  WorkerConfig config = mended;
  config.more = "input: {limits: {record: 2KB}}";
  Record published;
  SetAsideAndFeedBack(StoryWithHeader(), config, mended, "deadletter", &published);
  EXPECT_EQ("0-0", published.key);
}

TEST_F(Replay, FeedsATimeRangeOfATopicWithItsOwnTimestamps) {
  constexpr int64_t kHourMs = 3'600'000;
  constexpr int64_t kFirstMs = 1'793'577'600'000;  // 2026-11-02T00:00:00Z
  const WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  Feeder feeder;
  for (int hour = 0; hour < 5; ++hour) {
    Record record = StoryWithHeader();
    record.value = "hour " + std::to_string(hour);
    record.timestamp_ms = kFirstMs + hour * kHourMs;
    feeder.Send(Name("published"), record);
  }
  feeder.Flush();
  const TempFolder folder;
  const Finished replay =
      RunCopydesk({"replay", "-c", folder.Write("topology.yaml", config.Text()), "--from-topic",
                   Name("published"), "--topic", Name("raw"), "--since", "2026-11-02T01:00:00Z",
                   "--until", "2026-11-02T03:00:00Z"});
  ASSERT_EQ(0, replay.status) << replay.err;
  const std::vector<Record> records = ReadTopic(Name("raw"));
  ASSERT_EQ(2u, records.size());
  EXPECT_EQ("hour 1", records[0].value);
  EXPECT_EQ(kFirstMs + kHourMs, records[0].timestamp_ms);
  EXPECT_EQ("desk's own key", records[0].key);
  EXPECT_EQ("hour 2", records[1].value);
}

TEST_F(Replay, FeedsAHeldRecordBack) {
  const WorkerConfig config = Chain("worker", CountingStages());
  WorkerConfig mended = config;
  mended.stages[1] = "deduplicate: {embargo: pass, near_duplicates: off}";
  Record record = StoryWithHeader();
  record.value = R"({"uri":"urn:embargoed","version":"1","versioncreated":"2026-11-02T10:00:00Z",)"
                 R"("embargoed":"2026-11-05T06:00:00Z","headline":"Budget",)"
                 R"("body_text":"The budget is balanced."})";
  Record published;
  SetAsideAndFeedBack(record, config, mended, "held", &published);
  EXPECT_EQ("urn:embargoed", published.key);
}

}  // namespace
}  // namespace copydesk
