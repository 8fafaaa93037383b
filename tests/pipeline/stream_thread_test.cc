// The stream runtime with stages that know no story: text records whose first letter says what is
// to become of them.
#include "pipeline/stream_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fakes.h"
#include "tests/support/map_stage.h"

namespace copydesk {
namespace {

using testing::ElementsAre;

struct TextPayload : Payload {
  std::string text;
};

// A value that begins with '!' cannot be read.
class TextCodec : public Codec {
 public:
  std::unique_ptr<Payload> MakePayload() const override { return std::make_unique<TextPayload>(); }
  bool Decode(Item& item) override {
    static_cast<TextPayload&>(*item.payload).text = item.record.value;
    if (item.record.value[0] != '!') return true;
    item.failure = {"bad-text", "begins with '!'"};
    return false;
  }
  void Encode(const Item& item, std::string* value) override {
    *value = "<" + static_cast<const TextPayload&>(*item.payload).text + ">";
  }
};

struct TextCodecFactory : CodecFactory {
  std::unique_ptr<Codec> Make() const override { return std::make_unique<TextCodec>(); }
};

// Leaves the text as it is.
class PlainCodec : public TextCodec {
 public:
  void Encode(const Item& item, std::string* value) override { *value = item.record.value; }
};

struct PlainCodecFactory : CodecFactory {
  std::unique_ptr<Codec> Make() const override { return std::make_unique<PlainCodec>(); }
};

// d: divert, h: hold, x: dead letter, e: emit a record, r: route, k: new key.
class LetterStage : public Stage {
 public:
  void Process(std::span<Item* const> items, StageContext& context) override {
    for (Item* item : items) {
      EXPECT_EQ(item->outcome, Outcome::kPublish);
      switch (static_cast<TextPayload&>(*item->payload).text[0]) {
        case 'd':
          item->outcome = Outcome::kDivert;
          item->output = "side";
          break;
        case 'h':
          item->outcome = Outcome::kHold;
          break;
        case 'x':
          item->outcome = Outcome::kDeadLetter;
          item->failure = {"letter-x", "begins with 'x'"};
          break;
        case 'e': {
          Record record;
          record.value = "emitted";
          context.Emit("side", std::move(record));
          context.Count("emitted");
          break;
        }
        case 'r':
          item->routes = {"route"};
          break;
        case 'k':
          item->has_new_key = true;
          item->new_key = "new";
          break;
        default:
          static_cast<TextPayload&>(*item->payload).text += "+";
      }
    }
  }
};

struct LetterFactory : StageFactory {
  std::unique_ptr<Stage> Make() const override { return std::make_unique<LetterStage>(); }
  std::vector<std::string_view> outputs() const override { return {"side", "held"}; }
};

class StreamThreadTest : public testing::Test {
 protected:
  StreamThreadTest() {
    topology_.name = "t";
    topology_.batch.records = 3;
    topology_.commit_interval = std::chrono::milliseconds(0);
    plan_.codec = std::make_unique<TextCodecFactory>();
    plan_.stages.push_back({"letters", std::make_unique<LetterFactory>()});
    plan_.stages.push_back({"again", std::make_unique<LetterFactory>()});
    plan_.outputs = {
        {"published", "out"}, {"side", "side"}, {"held", "held"}, {"deadletter", "dl"}};
  }

  void Feed(const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      input_.records.push_back(MakeRecord(static_cast<int64_t>(input_.records.size()), value));
    }
  }

  absl::Status Run() {
    StreamThread thread(topology_, plan_,
                        {std::make_unique<FakeSource>(input_), std::make_unique<FakeSink>(output_)},
                        metrics_, [this] { return now_ms_; });
    return thread.Run();
  }

  int64_t Committed() const {
    const auto found = input_.committed.find({"in", 0});
    return found == input_.committed.end() ? -1 : found->second;
  }

  Topology topology_;
  ChainPlan plan_;
  FakeInput input_;
  FakeOutput output_;
  Metrics metrics_;
  int64_t now_ms_ = 0;
};

TEST_F(StreamThreadTest, SetsAsideWithoutValueWhatCameWithoutOne) {
  Feed({"x", "a", "x"});
  input_.records[0].is_tombstone = true;
  ASSERT_TRUE(Run().ok());
  std::vector<bool> tombstones;
  for (const FakeOutput::Sent& sent : output_.sent) tombstones.push_back(sent.record.is_tombstone);
  EXPECT_THAT(tombstones, ElementsAre(true, false, false));
}

TEST_F(StreamThreadTest, SendsEveryItemWhereItsOutcomeSays) {
  Feed({"a", "d", "h", "x", "!", "e", "r", "k"});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(output_.ValuesOf("out"), ElementsAre("<a++>", "<e>", "<r>", "<k>"));
  // What the second stage emits it emits again: both leave before their batch's items.
  EXPECT_THAT(output_.ValuesOf("side"), ElementsAre("<d>", "emitted", "emitted"));
  EXPECT_THAT(output_.ValuesOf("held"), ElementsAre("h"));
  EXPECT_THAT(output_.ValuesOf("dl"), ElementsAre("x", "!"));
  EXPECT_THAT(output_.ValuesOf("route"), ElementsAre("<r>"));
  EXPECT_EQ(Committed(), 8);
  EXPECT_TRUE(input_.is_closed);
}

TEST_F(StreamThreadTest, BalancesTheBooks) {
  Feed({"a", "d", "h", "x", "!", "e", "a", "a"});
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(metrics_.source_records.Value(), 8);
  EXPECT_EQ(metrics_.published.records.Value(), 4);
  EXPECT_EQ(metrics_.diverted.records.Value(), 1);
  EXPECT_EQ(metrics_.held.records.Value(), 1);
  EXPECT_EQ(metrics_.dead_lettered.records.Value(), 2);
  const std::string text = metrics_.Expose();
  EXPECT_THAT(text,
              testing::HasSubstr("copydesk_errors_total{code=\"bad-text\",stage=\"decode\"} 1"));
  EXPECT_THAT(text, testing::HasSubstr(
                        "copydesk_stage_records_total{outcome=\"held\",stage=\"letters\"} 1"));
}

TEST_F(StreamThreadTest, KeepsKeysHeadersAndTimeAndDropsItsOwnHeaders) {
  Record record = MakeRecord(0, "a");
  record.has_key = true;
  record.key = "old";
  record.headers = {{"traceparent", "00-1-2-01"}, {"__copydesk.errors.code", "earlier"}};
  input_.records.push_back(record);
  record = MakeRecord(1, "k");
  record.has_key = true;
  record.key = "old";
  input_.records.push_back(record);
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(output_.sent.size(), 2u);
  EXPECT_EQ(output_.sent[0].record.key, "old");
  EXPECT_EQ(output_.sent[0].record.timestamp_ms, MakeRecord(0, "").timestamp_ms);
  EXPECT_EQ(output_.sent[0].record.headers.size(), 1u);
  EXPECT_EQ(FakeOutput::HeaderOf(output_.sent[0].record, "traceparent"), "00-1-2-01");
  EXPECT_EQ(output_.sent[1].record.key, "new");
}

TEST_F(StreamThreadTest, GivesADeadLetterItsBytesAndItsReason) {
  Feed({"a", "x\xff\x00zz"});
  ASSERT_TRUE(Run().ok());
  const Record& dead = output_.sent.back().record;
  EXPECT_EQ(dead.value, "x\xff");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.stage"), "letters");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.code"), "letter-x");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.message"), "begins with 'x'");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.topic"), "in");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.partition"), "0");
  EXPECT_EQ(FakeOutput::HeaderOf(dead, "__copydesk.errors.offset"), "1");
}

TEST_F(StreamThreadTest, SetsAsideWhatTheSinkCannotTake) {
  output_.value_bytes_max = 5;
  Feed({"abcd", "a"});  // "<abcd++>" is too large, "abcd" is not
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(output_.ValuesOf("dl"), ElementsAre("abcd"));
  EXPECT_THAT(output_.ValuesOf("out"), ElementsAre("<a++>"));
  EXPECT_EQ(metrics_.dead_lettered.records.Value(), 1);
}

TEST_F(StreamThreadTest, EndsRatherThanLoseWhatCannotEvenBeSetAside) {
  output_.value_bytes_max = 5;
  Feed({"a", "abcdefgh"});
  const absl::Status status = Run();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("in [0] at 1"));
  EXPECT_EQ(Committed(), -1);
}

TEST_F(StreamThreadTest, CommitsNothingThatIsNotDurable) {
  output_.flush_status = absl::InternalError("the broker refused it");
  Feed({"a", "a"});
  EXPECT_FALSE(Run().ok());
  EXPECT_EQ(Committed(), -1);
  EXPECT_TRUE(input_.is_closed);
}

TEST_F(StreamThreadTest, CommitsBeforeItGivesPartitionsUp) {
  topology_.commit_interval = std::chrono::hours(1);
  Feed({"a", "a", "a", "a"});
  input_.revoke_before = 2;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(input_.commits, ElementsAre(2, 4));
}

TEST_F(StreamThreadTest, CommitsAgainWhatAMovingGroupRefused) {
  Feed({"a", "a", "a"});
  input_.commit_status = absl::UnavailableError("the group is rebalancing");
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Committed(), 3);
}

TEST_F(StreamThreadTest, CommitsAtItsEndWhatAMovingGroupRefused) {
  topology_.commit_interval = std::chrono::hours(1);
  Feed({"a", "a", "a"});
  input_.commit_status = absl::UnavailableError("the group is rebalancing");
  const absl::Status status = Run();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(input_.commits, ElementsAre(3));
}

TEST_F(StreamThreadTest, EndsWhenACommitFailsForGood) {
  Feed({"a"});
  input_.commit_status = absl::InternalError("no such group");
  EXPECT_FALSE(Run().ok());
}

TEST_F(StreamThreadTest, CommitsNothingForLostPartitions) {
  topology_.commit_interval = std::chrono::hours(1);
  Feed({"a", "a"});
  input_.records.push_back(MakeRecord(0, "a"));
  input_.records.back().partition = 1;
  input_.revoke_before = 2;
  input_.is_lost = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Committed(), -1);
  EXPECT_EQ(input_.committed.at({"in", 1}), 1);
}

// A transaction that is found gone when something is set aside is rolled back like any other.
TEST_F(StreamThreadTest, RollsBackWhenADeadLetterFindsItsTransactionGone) {
  for (const int64_t send : {1, 2}) {
    input_ = {};
    output_ = {};
    output_.has_transactions = true;
    output_.abort_at_send = send;
    Feed({"a", "x", "h"});
    const absl::Status status = Run();
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(input_.rewinds, ElementsAre(0));
    for (const char* topic : {"out", "dl", "held"}) {
      EXPECT_EQ(1u, output_.ValuesOf(topic).size()) << topic;
    }
  }
}

// A thread whose sink has transactions, with a stage that counts: the keys of what is published say
// what the stage remembered.
class Transactions : public StreamThreadTest {
 protected:
  Transactions() {
    topology_.guarantee = Guarantee::kExactlyOnce;
    output_.has_transactions = true;
    plan_.stages.clear();
    plan_.stages.push_back({"count", std::make_unique<MapStageFactory>()});
    plan_.outputs = {{"published", "out"}, {"deadletter", "dl"}};
  }

  // What was published, each as "key:value".
  std::vector<std::string> Published() const {
    std::vector<std::string> published;
    for (const FakeOutput::Sent& sent : output_.sent) {
      if (sent.topic == "out") published.push_back(sent.record.key + ":" + sent.record.value);
    }
    return published;
  }
};

TEST_F(Transactions, RollBackStateAndSourceWithWhatWasSent) {
  Feed({"a", "b", "a", "a", "b"});
  output_.commit_statuses = {absl::OkStatus(), absl::AbortedError("the group has moved on")};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "1:<b>", "2:<a>", "3:<a>", "2:<b>"));
  EXPECT_THAT(input_.rewinds, ElementsAre(3));
  EXPECT_THAT(input_.commits, ElementsAre(3, 5));
  EXPECT_EQ(1, output_.aborts);
  EXPECT_EQ(2, metrics_.undone_records.Value());
  EXPECT_EQ(5, metrics_.source_records.Value());  // the books know nothing of what was undone
  EXPECT_EQ(5, metrics_.published.records.Value());
  EXPECT_EQ(1, metrics_.aborted_commits.Value());
}

TEST_F(Transactions, RewindEveryPartitionThatStaysAssigned) {
  for (int64_t i = 0; i < 6; ++i) {
    input_.records.push_back(MakeRecord(i / 2, "a"));
    input_.records.back().partition = static_cast<int32_t>(i % 2);
  }
  output_.commit_statuses = {absl::OkStatus(), absl::AbortedError("the group has moved on")};
  topology_.batch.records = 2;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(input_.rewinds, ElementsAre(1, 1));
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "1:<a>", "2:<a>", "2:<a>", "3:<a>", "3:<a>"));
}

TEST_F(Transactions, AreAbortedWhenASendFindsThemGone) {
  Feed({"a", "a", "a", "a"});
  output_.abort_at_send = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>", "4:<a>"));
  EXPECT_THAT(input_.rewinds, ElementsAre(0));
}

// As when a topic is deleted: the brokers are not asked without a pause.
TEST_F(Transactions, AreTriedAgainEverMoreSlowly) {
  Feed({"a"});
  output_.commit_statuses.assign(4, absl::AbortedError("no such topic"));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(Run().ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50 + 100 + 200));
  EXPECT_EQ(4, output_.aborts);
  EXPECT_THAT(Published(), ElementsAre("1:<a>"));
}

TEST_F(Transactions, StayOpenWhenACommitIsPostponed) {
  Feed({"a", "a", "a", "a"});
  output_.commit_statuses = {absl::UnavailableError("the coordinator is loading")};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>", "4:<a>"));
  EXPECT_EQ(0, output_.aborts);
  EXPECT_THAT(input_.commits, ElementsAre(4));
}

TEST_F(Transactions, EndTheThreadWhenFenced) {
  for (const bool is_slow : {false, true}) {
    input_ = {};
    output_.is_slow = is_slow;
    Feed({"a", "a"});
    output_.commit_statuses = {absl::InternalError("fenced by a newer producer")};
    const absl::Status status = Run();
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("fenced"));
    EXPECT_TRUE(output_.sent.empty());
    EXPECT_EQ(-1, Committed());
  }
}

TEST_F(Transactions, AreRolledBackWhenTheAssignmentIsLost) {
  topology_.commit_interval = std::chrono::hours(1);
  topology_.batch.records = 10;
  Feed({"a", "a"});
  input_.records.push_back(MakeRecord(0, "a"));
  input_.records.back().partition = 1;
  input_.revoke_before = 2;
  input_.is_lost = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>"));  // of partition 1
  EXPECT_EQ(1, output_.aborts);
  EXPECT_EQ(-1, Committed());
  EXPECT_EQ(1, input_.committed.at({"in", 1}));
}

// While one transaction is committed the records behind it are worked on.
class OverlappingTransactions : public Transactions {
 protected:
  OverlappingTransactions() {
    output_.is_slow = true;
    topology_.batch.records = 1;
  }
};

TEST_F(OverlappingTransactions, PublishAllInOrder) {
  Feed({"a", "b", "a", "a"});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "1:<b>", "2:<a>", "3:<a>"));
  EXPECT_THAT(input_.commits, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(4, metrics_.source_records.Value());
}

TEST_F(OverlappingTransactions, RollBackWhatCameAfterAFailedCommitWithIt) {
  Feed({"a", "a", "a", "a", "a"});
  output_.commit_statuses = {absl::OkStatus(), absl::AbortedError("the group has moved on")};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>", "4:<a>", "5:<a>"));
  EXPECT_THAT(input_.rewinds, ElementsAre(1));
  EXPECT_THAT(input_.commits, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(2, metrics_.undone_records.Value());
  EXPECT_EQ(5, metrics_.source_records.Value());
}

// As it is at least once: a send fails while what came before it is being committed.
TEST_F(OverlappingTransactions, EndTheCommitUnderWayBeforeTheyRollBackBehindIt) {
  Feed({"a", "a", "a", "a"});
  output_.abort_at_send = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(1, output_.aborts);
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>", "4:<a>"));
  EXPECT_THAT(input_.rewinds, ElementsAre(1));
  EXPECT_THAT(input_.commits, ElementsAre(1, 2, 3, 4));
}

TEST_F(OverlappingTransactions, RollBackOnceWhereTheCommitUnderWayFailsToo) {
  Feed({"a", "a", "a"});
  output_.abort_at_send = 1;
  output_.commit_statuses = {absl::AbortedError("written by none")};
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(1, output_.aborts);
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>"));
  EXPECT_THAT(input_.rewinds, ElementsAre(0));
  EXPECT_THAT(input_.commits, ElementsAre(1, 2, 3));
}

TEST_F(OverlappingTransactions, LeaveToTheNextCommitWhatIsPostponed) {
  Feed({"a", "a", "a"});
  output_.commit_statuses = {absl::UnavailableError("the coordinator is loading")};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>"));
  EXPECT_EQ(3, Committed());
  EXPECT_TRUE(input_.rewinds.empty());
}

TEST_F(OverlappingTransactions, EndBeforePartitionsAreGivenUpOrLost) {
  for (const bool is_lost : {false, true}) {
    input_ = {};
    output_.sent.clear();
    Feed({"a", "a", "a", "a"});
    input_.revoke_before = 2;
    input_.is_lost = is_lost;
    ASSERT_TRUE(Run().ok());
    // A commit on its way cannot be called back: the group decides on it.
    EXPECT_THAT(input_.commits, ElementsAre(1, 2, 3, 4));
  }
}

TEST_F(OverlappingTransactions, SetAsideTheOneRecordThatIsRefused) {
  Feed({"a", "bad", "a", "a"});
  output_.refused = "<bad>";
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Published(), ElementsAre("1:<a>", "2:<a>", "3:<a>"));
  EXPECT_THAT(output_.ValuesOf("dl"), ElementsAre("bad"));
}

TEST_F(Transactions, EndWithOneOfRecordsBytesAndTime) {
  topology_.commit_interval = std::chrono::hours(1);
  topology_.batch.records = 1;
  topology_.commit_records = 2;
  Feed({"a", "a", "a", "a", "a"});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(input_.commits, ElementsAre(2, 4, 5));

  input_ = {};
  topology_.commit_records = 1000;
  topology_.commit_bytes = 6;
  Feed({"aaa", "aaa", "aaa"});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(input_.commits, ElementsAre(2, 3));
}

TEST_F(Transactions, SetAsideTheOneRecordThatIsRefused) {
  topology_.batch.records = 100;
  std::vector<std::string> values, expected;
  for (int i = 0; i < 200; ++i) {
    values.push_back(i == 37 || i == 38 ? "bad" : std::to_string(i));
    if (values.back() != "bad") expected.push_back("1:<" + values.back() + ">");
  }
  Feed(values);
  output_.refused = "<bad>";
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Published(), expected);
  EXPECT_THAT(output_.ValuesOf("dl"), ElementsAre("bad", "bad"));
  const auto dead = std::find_if(output_.sent.begin(), output_.sent.end(),
                                 [](const FakeOutput::Sent& sent) { return sent.topic == "dl"; });
  EXPECT_EQ("produce", FakeOutput::HeaderOf(dead->record, "__copydesk.errors.stage"));
  EXPECT_EQ("refused", FakeOutput::HeaderOf(dead->record, "__copydesk.errors.code"));
  EXPECT_EQ("37", FakeOutput::HeaderOf(dead->record, "__copydesk.errors.offset"));
  EXPECT_EQ(200, Committed());
  EXPECT_LT(output_.aborts, 40);  // by halves, not one by one
}

TEST_F(Transactions, EndWhenEvenTheDeadLetterIsRefused) {
  Feed({"a", "bad", "a"});
  output_.refused = "bad";
  plan_.codec = std::make_unique<PlainCodecFactory>();
  const absl::Status status = Run();
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("in [0] at 1 cannot be set aside"));
  EXPECT_EQ(1, Committed());
}

TEST_F(StreamThreadTest, PausesAboveItsByteBudgetAndResumes) {
  topology_.in_flight_bytes_max = 10;
  topology_.commit_interval = std::chrono::milliseconds(20);
  output_.is_corked = true;
  Feed({"aaaa", "aaaa", "aaaa", "aaaa"});
  now_ms_ = 7000;
  StreamThread thread(topology_, plan_,
                      {std::make_unique<FakeSource>(input_), std::make_unique<FakeSink>(output_)},
                      metrics_, [this] { return now_ms_; });
  absl::Status status;
  std::thread running([&] { status = thread.Run(); });
  while (metrics_.paused_threads.Value() == 0) std::this_thread::yield();
  EXPECT_THAT(metrics_.Expose(),
              testing::HasSubstr("copydesk_uncommitted_since_timestamp_seconds{thread=\"0\"} 7\n"));
  thread.RequestStop();
  running.join();
  EXPECT_EQ(metrics_.source_records.Value(), 3);
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(input_.pauses, 1);
  EXPECT_EQ(input_.records.size(), 1u);
}

TEST_F(StreamThreadTest, KeepsTheOrderOfAPartition) {
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    Feed({"a" + std::to_string(i)});
    expected.push_back("<a" + std::to_string(i) + "++>");
  }
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(output_.ValuesOf("out"), expected);
}

TEST(ChainPlan, RefusesOutputsThatAreMissingOrUnknown) {
  ChainPlan plan;
  plan.stages.push_back({"letters", std::make_unique<LetterFactory>()});
  const ConfigNode config = *ConfigNode::FromText("a: 1", "t.yaml");
  plan.outputs = {{"published", "p"}, {"deadletter", "d"}, {"held", "h"}};
  EXPECT_THAT(std::string(plan.CheckOutputs(config).message()),
              testing::HasSubstr("'letters' needs the output 'side'"));
  plan.outputs["side"] = "s";
  EXPECT_TRUE(plan.CheckOutputs(config).ok());
  plan.outputs["sied"] = "s";
  EXPECT_THAT(std::string(plan.CheckOutputs(config).message()), testing::HasSubstr("'sied'"));
}

}  // namespace
}  // namespace copydesk
