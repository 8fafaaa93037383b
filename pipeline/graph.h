// The picture of a topology: input topics, the chain of stages, and the topics each leaves by.
//
// Top to bottom the main way of a record; beside each stage what it diverts, holds, emits or
// routes; a dashed line on the left leads from every stage to the dead letters. Each arrow carries
// an empty text whose data-rate names the count that flows along it, for a page that fills it in:
//
//     source | passed STAGE | diverted STAGE | held STAGE | emitted | published | dead-lettered
//
// Threads: pure functions. Errors: none; names are escaped, long ones cut with their whole in a
// title.
#pragma once

#include <string>
#include <vector>

#include "pipeline/chain.h"
#include "pipeline/topology.h"

namespace copydesk {

struct Graph {
  struct Output {
    std::string name;  // "duplicates"; "route" for a topic that a route names
    std::string topic;
  };
  struct StageNode {
    std::string name;
    std::vector<Output> outputs;
  };
  std::string name;
  std::vector<std::string> inputs;
  std::vector<StageNode> stages;
  std::string published;
  std::string dead_letter;
};

Graph MakeGraph(const Topology& topology, const ChainPlan& plan);

// A Mermaid flowchart.
std::string RenderMermaid(const Graph& graph);

// An SVG drawing. One that stands alone brings its own colours, for light and dark; otherwise they
// are the page's: classes topic, stage, flow, aside, rate.
std::string RenderSvg(const Graph& graph, bool stands_alone);

}  // namespace copydesk
