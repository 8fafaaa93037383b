#include "pipeline/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace copydesk {
namespace {

using std::chrono::milliseconds;

// Names that become part of metrics, group and topic names.
bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 200 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

void ReadSource(const ConfigNode& node, ConfigMap& root, Topology* topology) {
  ConfigMap source(node);
  source.Strings("topics", &topology->topics);
  source.Strings("files", &topology->files);
  size_t lost = 0;
  source.Choice("lost", {"earliest", "latest", "fail"}, &lost);
  topology->lost = static_cast<WhenLost>(lost);
  if (source.Has("lost") && topology->topics.empty()) {
    source.Fail("lost", "only topics have offsets that can be lost");
  }
  if (topology->topics.empty() == topology->files.empty()) {
    source.Fail("topics", "expected either topics or files, one of the two");
  }
  for (auto topic = topology->topics.begin(); topic != topology->topics.end(); ++topic) {
    if (!IsName(*topic)) source.Fail("topics", fmt::format("'{}' is no topic name", *topic));
    if (std::find(topology->topics.begin(), topic, *topic) != topic) {
      source.Fail("topics", fmt::format("'{}' stands twice", *topic));
    }
  }
  for (std::string& file : topology->files) {
    if (file != "-") file = node.ResolvePath(file);
  }
  if (absl::Status status = source.Finish(); !status.ok()) root.Fail(status);
}

void ReadStages(const ConfigNode& node, ConfigMap& root, Topology* topology) {
  for (const ConfigNode& item : node.items()) {
    const auto entries = item.entries();
    if (item.is_scalar()) {
      const absl::StatusOr<std::string> name = item.text();
      if (!name.ok()) return root.Fail(name.status());
      topology->stages.push_back({*name, ConfigNode::Null(item)});
    } else if (entries.size() == 1) {
      topology->stages.push_back({entries[0].first, entries[0].second});
    } else {
      return root.Fail(item.Error("stages: expected one stage an item, such as '- tag: {...}'"));
    }
  }
  if (topology->stages.empty()) root.Fail("stages", "expected a list of at least one stage");
}

void ReadOutputs(const ConfigNode& node, ConfigMap& root, Topology* topology) {
  if (!node.is_map()) return root.Fail("outputs", "expected a mapping of output names to topics");
  ConfigMap outputs(node);
  for (const auto& [name, value] : node.entries()) {
    std::string& topic = topology->outputs[name];
    outputs.String(name, &topic);
    if (!IsName(topic)) outputs.Fail(name, fmt::format("'{}' is no topic name", topic));
  }
  root.Fail(outputs.Finish());
}

void ReadKafka(const ConfigNode& node, ConfigMap& root, Topology* topology) {
  if (!node.is_map()) return root.Fail("kafka", "expected a mapping of librdkafka properties");
  ConfigMap kafka(node);
  for (const auto& [name, value] : node.entries()) kafka.String(name, &topology->kafka[name]);
  root.Fail(kafka.Finish());
}

void ReadGuarantee(ConfigMap& root, Topology* topology) {
  // Files have no transactions.
  size_t guarantee = topology->reads_kafka() ? 1 : 0;
  root.Choice("guarantee", {"at_least_once", "exactly_once"}, &guarantee);
  topology->guarantee = guarantee == 1 ? Guarantee::kExactlyOnce : Guarantee::kAtLeastOnce;
  const bool is_exact = topology->guarantee == Guarantee::kExactlyOnce;
  if (is_exact && !topology->reads_kafka()) {
    root.Fail("guarantee", "files are read and written at_least_once");
  }
  // What was not committed is not to be seen by readers of committed records: the shorter, the
  // sooner they have it.
  topology->commit_interval = milliseconds(is_exact ? 100 : 1000);
  root.Duration("commit_interval", &topology->commit_interval);
  root.Int("commit_records", 1, 10'000'000, &topology->commit_records);
  root.Bytes("commit_bytes", 1 << 10, int64_t{1} << 36, &topology->commit_bytes);
  root.String("worker", &topology->worker);
  if (!topology->worker.empty() && !IsName(topology->worker)) {
    root.Fail("worker", "expected a name of letters, digits, '-', '_' and '.'");
  }
  root.Bool("static_membership", &topology->has_static_membership);
  if (topology->has_static_membership && topology->worker.empty()) {
    root.Fail("static_membership", "needs a `worker` name that stays the same over restarts");
  }
}

}  // namespace

std::string_view NameOf(Guarantee guarantee) {
  return guarantee == Guarantee::kExactlyOnce ? "exactly_once" : "at_least_once";
}

absl::StatusOr<Topology> Topology::Read(const ConfigNode& node) {
  Topology topology;
  ConfigMap root(node);
  ConfigNode child;

  root.String("name", &topology.name);
  if (!IsName(topology.name)) {
    root.Fail("name", "expected a name of letters, digits, '-', '_' and '.'");
  }
  root.Int("threads", 1, 256, &topology.threads);
  if (root.Node("source", &child)) {
    ReadSource(child, root, &topology);
  } else {
    root.Fail("source", "expected a mapping with topics or files");
  }
  root.Node("input", &topology.input);
  if (root.Node("stages", &child)) {
    ReadStages(child, root, &topology);
  } else {
    root.Fail("stages", "expected a list of at least one stage");
  }
  topology.outputs = {{"published", "published"}, {"deadletter", topology.name + ".deadletter"}};
  if (root.Node("outputs", &child)) ReadOutputs(child, root, &topology);
  if (root.Node("kafka", &child)) ReadKafka(child, root, &topology);
  if (topology.reads_kafka() && root.Has("folder")) {
    root.Fail("folder", "only a source of files writes to a folder");
  }
  root.String("folder", &topology.output_folder);
  if (!topology.output_folder.empty()) {
    topology.output_folder = node.ResolvePath(topology.output_folder);
  }

  if (root.Node("batch", &child)) {
    ConfigMap batch(child);
    int64_t records = static_cast<int64_t>(topology.batch.records);
    int64_t bytes = static_cast<int64_t>(topology.batch.bytes);
    batch.Int("records", 1, 100'000, &records);
    batch.Bytes("bytes", 1 << 10, 1 << 30, &bytes);
    topology.batch = {static_cast<size_t>(records), static_cast<size_t>(bytes)};
    if (absl::Status status = batch.Finish(); !status.ok()) root.Fail(status);
  }
  ReadGuarantee(root, &topology);
  root.Duration("shutdown_timeout", &topology.shutdown_timeout);
  root.Bytes("fetch", 1 << 20, int64_t{1} << 30, &topology.fetch_bytes_max);
  root.Bytes("in_flight", 1 << 20, int64_t{1} << 36, &topology.in_flight_bytes_max);
  if (root.Node("snapshots", &child)) {
    ConfigMap snapshots(child);
    snapshots.String("folder", &topology.snapshot_folder);
    snapshots.Duration("interval", &topology.snapshot_interval);
    if (topology.snapshot_folder.empty()) {
      snapshots.Fail("folder", "expected a folder to keep them in");
    } else {
      topology.snapshot_folder = node.ResolvePath(topology.snapshot_folder);
    }
    if (absl::Status status = snapshots.Finish(); !status.ok()) root.Fail(status);
  }
  if (root.Node("http", &child)) {
    ConfigMap http(child);
    http.String("address", &topology.http_address);
    http.Int("port", -1, 65535, &topology.http_port);
    if (absl::Status status = http.Finish(); !status.ok()) root.Fail(status);
  }
  if (absl::Status status = root.Finish(); !status.ok()) return status;
  return topology;
}

}  // namespace copydesk
