#include "pipeline/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copydesk {
namespace {

using testing::HasSubstr;

absl::StatusOr<Topology> Read(const std::string& text) {
  absl::StatusOr<ConfigNode> node = ConfigNode::FromText(text, "t.yaml", "/etc/desk");
  if (!node.ok()) return node.status();
  return Topology::Read(*node);
}

constexpr char kSmallest[] = "name: t\nsource: {topics: [in]}\nstages: [normalize]\n";

TEST(Topology, ReadsTheSmallestOneWithDefaults) {
  const absl::StatusOr<Topology> topology = Read(kSmallest);
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_TRUE(topology->reads_kafka());
  EXPECT_EQ(topology->stages.size(), 1u);
  EXPECT_EQ(topology->outputs.at("deadletter"), "t.deadletter");
  EXPECT_EQ(topology->threads, 1);
  EXPECT_EQ(topology->guarantee, Guarantee::kExactlyOnce);
  EXPECT_EQ(topology->commit_interval.count(), 100);
}

TEST(Topology, ReadsFilesAndCommitsSlowlyAtLeastOnce) {
  const char* const texts[] = {
      "name: t\nsource: {files: [in]}\nstages: [normalize]\n",
      "name: t\nguarantee: at_least_once\nsource: {topics: [in]}\nstages: [normalize]\n"};
  for (const char* text : texts) {
    const absl::StatusOr<Topology> topology = Read(text);
    ASSERT_TRUE(topology.ok()) << topology.status();
    EXPECT_EQ(topology->guarantee, Guarantee::kAtLeastOnce);
    EXPECT_EQ(topology->commit_interval.count(), 1000);
  }
}

TEST(Topology, ReadsEveryKey) {
  const absl::StatusOr<Topology> topology = Read(
      "name: t\nthreads: 3\nguarantee: at_least_once\nsource: {files: [a.jsonl, '-']}\n"
      "input: {format: json}\nstages: [normalize, {tag: {dictionary: d}}]\nfolder: out\n"
      "outputs: {published: p, deadletter: d}\nbatch: {records: 5, bytes: 1MB}\n"
      "commit_interval: 100ms\ncommit_records: 10\ncommit_bytes: 1MB\nworker: w-1\n"
      "static_membership: true\nsnapshots: {folder: snaps, interval: 1m}\nshutdown_timeout: "
      "5s\nin_flight: 2MB\nfetch: 3MB\n"
      "http: {address: 0.0.0.0, port: 0}\nkafka: {bootstrap.servers: 'b:1', linger.ms: 7}\n");
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_EQ(topology->files, (std::vector<std::string>{"/etc/desk/a.jsonl", "-"}));
  EXPECT_EQ(topology->output_folder, "/etc/desk/out");
  EXPECT_EQ(topology->stages[1].name, "tag");
  EXPECT_EQ(topology->batch.records, 5u);
  EXPECT_EQ(topology->in_flight_bytes_max, 2 << 20);
  EXPECT_EQ(topology->fetch_bytes_max, 3 << 20);
  EXPECT_EQ(topology->commit_records, 10);
  EXPECT_EQ(topology->commit_bytes, 1 << 20);
  EXPECT_EQ(topology->worker, "w-1");
  EXPECT_TRUE(topology->has_static_membership);
  EXPECT_EQ(topology->snapshot_folder, "/etc/desk/snaps");
  EXPECT_EQ(topology->snapshot_interval.count(), 60'000);
  EXPECT_EQ(topology->kafka.at("linger.ms"), "7");
  EXPECT_EQ(topology->http_port, 0);
}

TEST(Topology, RefusesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"source: {topics: [in]}\nstages: [a]\n", "name: expected a name"},
      {"name: a b\nsource: {topics: [in]}\nstages: [a]\n", "name: expected a name"},
      {"name: t\nstages: [a]\n", "source: expected"},
      {"name: t\nsource: {topics: [in], files: [f]}\nstages: [a]\n", "one of the two"},
      {"name: t\nsource: {}\nstages: [a]\n", "one of the two"},
      {"name: t\nsource: {topics: ['a/b']}\nstages: [a]\n", "'a/b' is no topic name"},
      {"name: t\nsource: {topics: [in, of, in]}\nstages: [a]\n", "'in' stands twice"},
      {"name: t\nsource: {topics: [in]}\nstages: []\n", "at least one stage"},
      {"name: t\nsource: {topics: [in]}\nstages: [{a: 1, b: 2}]\n", "one stage an item"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nguarantee: exactly\n", "guarantee"},
      {"name: t\nsource: {files: [in]}\nstages: [a]\nguarantee: exactly_once\n", "guarantee"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nworker: a b\n", "worker"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nstatic_membership: true\n", "`worker`"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nthreads: 0\n", "from 1 to 256"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nfolder: x\n", "source of files"},
      {"name: t\nsource: {topic: [in]}\nstages: [a]\n", "topics"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nkafak: {}\n", "did you mean 'kafka'"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\noutputs: {published: 'x y'}\n",
       "'x y' is no topic name"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\noutputs: {held: a, held: b}\n",
       "'held' is given twice"},
      {"name: t\nsource: {topics: [in]}\nstages: [a]\nkafka: {linger.ms: 1, linger.ms: 2}\n",
       "'linger.ms' is given twice"},
  };
  for (const auto& [text, error] : cases) {
    const absl::StatusOr<Topology> topology = Read(text);
    ASSERT_FALSE(topology.ok()) << text;
    EXPECT_THAT(std::string(topology.status().message()), HasSubstr(error)) << text;
    EXPECT_THAT(std::string(topology.status().message()), HasSubstr("t.yaml:")) << text;
  }
}

}  // namespace
}  // namespace copydesk
