// From a configuration to what runs: the factories of its stages, and its transports.
//
// Threads: set-up only. Errors: absl::Status naming file, line and key.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/chain.h"
#include "pipeline/kafka/changelog_topics.h"
#include "pipeline/kafka/embedded_broker.h"
#include "pipeline/topology.h"
#include "pipeline/worker.h"

namespace copydesk {

// A configuration as read, with its topology.
struct LoadedTopology {
  ConfigNode config;
  Topology topology;
};
absl::StatusOr<LoadedTopology> LoadTopology(const std::string& path);

// Makes the stages that `topology` names (dictionaries are loaded here). `config` is the
// configuration it was read from, for errors.
absl::StatusOr<ChainPlan> MakePlan(const Topology& topology, const ConfigNode& config);

// Kafka or files, as the topology says. Claims the worker's name where that needs one, and makes
// the changelogs that are missing. The references must outlive what it makes.
absl::StatusOr<TransportMaker> MakeTransports(const Topology& topology, const ChainPlan& plan,
                                              Metrics& metrics);

// Points the topology at an embedded broker, which has no transactions: at least once.
void UseEmbedded(const EmbeddedBroker& broker, Topology* topology);

// Its consumer group.
std::string GroupOf(const Topology& topology);

// Every topic the plan may write to: outputs and routes.
std::vector<std::string> TopicsWritten(const Topology& topology, const ChainPlan& plan);

// The changelog topics of the stages that remember something.
std::vector<ChangelogTopicSpec> Changelogs(const Topology& topology, const ChainPlan& plan);

// Checks that the brokers answer and that the topics read and written exist.
absl::Status CheckBroker(const Topology& topology, const ChainPlan& plan);

}  // namespace copydesk
