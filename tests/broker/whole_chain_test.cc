// The sample stories through the whole chain: what came out of which topic, record by record,
// beside configs/samples/expected.tsv.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/broker/broker_test.h"

namespace copydesk {
namespace {

constexpr const char* kSamples = COPYDESK_ROOT "/configs/samples";
constexpr std::string_view kTraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// A line of expected.tsv. "-" stands for what a record does not have.
struct Expected {
  std::string file, line, uri, dialect, relation, outcome;
  std::string place() const { return file + ":" + line; }
};

std::vector<Expected> ReadExpected() {
  std::ifstream file(fmt::format("{}/expected.tsv", kSamples));
  std::vector<Expected> rows;
  std::string text;
  while (std::getline(file, text)) {
    std::istringstream columns(text);
    Expected row;
    for (std::string* column :
         {&row.file, &row.line, &row.uri, &row.dialect, &row.relation, &row.outcome}) {
      std::getline(columns, *column, '\t');
    }
    if (!row.line.empty() && std::isdigit(static_cast<unsigned char>(row.line[0])) != 0) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// True when `longer` is `text` with something put in: every byte is there, in its order.
bool IsWithInsertions(std::string_view text, std::string_view longer) {
  size_t at = 0;
  for (const char byte : longer) at += at < text.size() && text[at] == byte;
  return at == text.size();
}

// Gives the records of one topic in their order.
class Records {
 public:
  explicit Records(const std::string& topic) : records_(ReadTopic(topic)) {}
  const Record& Next() {
    static const Record kNone;
    return next_ < records_.size() ? records_[next_++] : kNone;
  }
  size_t size() const { return records_.size(); }
  const std::vector<Record>& all() const { return records_; }

 private:
  const std::vector<Record> records_;
  size_t next_ = 0;
};

// The string member, or "(none)".
std::string Text(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsString() ? member->value.GetString()
                                                                  : "(none)";
}

void CheckEnriched(const Expected& row, const Record& in, const Record& out) {
  rapidjson::Document json;
  json.Parse(out.value.data(), out.value.size());
  ASSERT_TRUE(json.IsObject() && json.HasMember("copydesk")) << out.value;
  const auto& extension = json["copydesk"];
  ASSERT_TRUE(extension.HasMember("relation")) << out.value;
  EXPECT_EQ(row.relation, Text(extension["relation"], "kind"));
  EXPECT_TRUE(extension.HasMember("dictionary") == (row.outcome == "published"));
  if (row.uri != "-") {
    EXPECT_EQ(row.uri, Text(json, row.dialect == "flat" ? "id" : "uri"));
  }
  if (row.outcome == "published") {
    EXPECT_EQ(row.uri != "-" ? row.uri : Text(json, "uri"), out.key);
  }
  if (row.dialect != "text") {
    EXPECT_TRUE(IsWithInsertions(in.value, out.value)) << out.value;
  }
}

void CheckSetAside(const Record& in, const Record& out, std::string_view prefix) {
  EXPECT_TRUE(in.value == out.value) << "not the original bytes";
  EXPECT_EQ(in.has_key, out.has_key);
  EXPECT_EQ(in.key, out.key);
  EXPECT_EQ(BrokerTest::Name("raw"), HeaderOf(out, fmt::format("{}topic", prefix)));
  EXPECT_EQ(std::to_string(in.partition), HeaderOf(out, fmt::format("{}partition", prefix)));
  EXPECT_EQ(std::to_string(in.offset), HeaderOf(out, fmt::format("{}offset", prefix)));
  if (prefix == kHeldHeaderPrefix) return;
  for (const char* name : {"stage", "code", "message"}) {
    const std::string value = HeaderOf(out, fmt::format("{}{}", prefix, name));
    EXPECT_NE("(none)", value) << name;
    EXPECT_NE("", value) << name;
  }
}

class WholeChain : public BrokerTest {
 protected:
  // Feeds the samples, and behind them a good and a bad record with a key and a header, which
  // files cannot have.
  void FeedAll(const WorkerProcess& worker) {
    const Finished replay = RunCopydesk({"replay", "-c", worker.config(), kSamples});
    ASSERT_EQ(0, replay.status) << replay.err;
    Feeder feeder;
    for (Record record : {NumberedStory(0, 1), NumberedStory(0, 2)}) {
      record.has_key = true;
      record.key = "desk's own key";
      record.headers = {{"traceparent", std::string(kTraceParent)}, {"binary", std::string(3, 0)}};
      if (feeds_bad_) record.value.resize(record.value.size() / 2);
      feeds_bad_ = true;
      feeder.Send(Name("raw"), record);
    }
    feeder.Flush();
    rows_ = ReadExpected();
    ASSERT_EQ(118u, rows_.size());
    rows_.push_back({"headers", "1", "0-1", "flat", "original", "published"});
    rows_.push_back({"headers", "2", "-", "-", "-", "dead-lettered"});
  }

  int64_t RowsThatAre(std::string_view outcome) const {
    return std::count_if(rows_.begin(), rows_.end(),
                         [&](const Expected& row) { return row.outcome == outcome; });
  }

  bool feeds_bad_ = false;
  std::vector<Expected> rows_;
};

TEST_F(WholeChain, DecidesEverySampleAsExpected) {
  const WorkerConfig config = Chain("worker", NewswireStages());
  CreateTopicsOf(config, 1);
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilReady());
  FeedAll(worker);
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(worker.WaitUntilEnded(static_cast<int64_t>(rows_.size())));

  const Books books = worker.books();
  EXPECT_EQ(static_cast<int64_t>(rows_.size()), books.consumed);
  EXPECT_EQ(RowsThatAre("published"), books.published);
  EXPECT_EQ(RowsThatAre("diverted"), books.diverted);
  EXPECT_EQ(RowsThatAre("held"), books.held);
  EXPECT_EQ(RowsThatAre("dead-lettered"), books.dead_lettered);
  EXPECT_EQ(0, worker.Stop());

  Records input(Name("raw")), published(Name("published")), diverted(Name("duplicates")),
      held(Name("held")), dead(Name("deadletter"));
  ASSERT_EQ(rows_.size(), input.size());
  EXPECT_EQ(rows_.size(), published.size() + diverted.size() + held.size() + dead.size());
  for (const Expected& row : rows_) {
    SCOPED_TRACE(row.place());
    const Record& in = input.Next();
    Record out;
    if (row.outcome == "published" || row.outcome == "diverted") {
      out = row.outcome == "published" ? published.Next() : diverted.Next();
      CheckEnriched(row, in, out);
    } else if (row.outcome == "held") {
      CheckSetAside(in, out = held.Next(), kHeldHeaderPrefix);
    } else {
      CheckSetAside(in, out = dead.Next(), kErrorHeaderPrefix);
    }
    EXPECT_EQ(row.file == "headers" ? 2u : 0u, in.headers.size());
    for (const Header& header : in.headers) EXPECT_EQ(header.value, HeaderOf(out, header.name));
    if (HasFatalFailure()) return;  // one wrong place moves all that follow
  }
}

TEST_F(WholeChain, SetsAsideWithoutValueWhatCameWithoutOne) {
  const WorkerConfig config = Chain("worker", CountingStages());
  CreateTopicsOf(config, 1);
  Record record = NumberedStory(0, 0);
  record.has_key = true;
  record.key = "erased";
  record.value.clear();
  Feeder feeder;
  feeder.Send(Name("raw"), record);  // an empty value
  record.is_tombstone = true;
  feeder.Send(Name("raw"), record);
  feeder.Flush();
  WorkerProcess worker(config);
  ASSERT_TRUE(worker.WaitUntilEnded(2)) << worker.process().err();
  EXPECT_EQ(0, worker.Stop());
  const std::vector<Record> dead = ReadTopic(Name("deadletter"));
  ASSERT_EQ(2u, dead.size());
  EXPECT_FALSE(dead[0].is_tombstone);
  EXPECT_TRUE(dead[1].is_tombstone);
  EXPECT_EQ("erased", dead[1].key);
}

}  // namespace
}  // namespace copydesk
