#include "pipeline/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "pipeline/escape.h"

namespace copydesk {
namespace {

constexpr std::string_view kRoute = "route";
// Of the drawing, in its own units.
constexpr int kNodeWidth = 190, kNodeHeight = 36, kRowHeight = 62, kMargin = 12;
constexpr int kMainX = 34, kSideX = 340, kRailX = 14;
constexpr int kWidth = kSideX + kNodeWidth + kMargin;
constexpr size_t kNameCharactersMax = 23;

constexpr std::string_view kStyle = R"(<style>
svg { color-scheme: light dark; background: light-dark(#fbfaf7, #16181c); color: light-dark(#1d1d1b, #e4e2dc);
  font: 13px system-ui, sans-serif; }
text { fill: currentColor; }
.stage rect { fill: light-dark(#e3ecf7, #24364d); stroke: light-dark(#7394bd, #56789f); }
.topic rect { fill: light-dark(#fff, #1e2126); stroke: light-dark(#b9b4a7, #50545c); }
.flow { fill: none; stroke: light-dark(#55524b, #a5a198); stroke-width: 1.5; }
.aside { fill: none; stroke: light-dark(#a24a3c, #cf7a6b); stroke-width: 1.2; stroke-dasharray: 4 3; }
.name { font-size: 11px; opacity: .7; }
marker path { fill: light-dark(#55524b, #a5a198); }
</style>
)";

// `name` as it fits a node, escaped.
std::string Fitted(std::string_view name) {
  if (name.size() <= kNameCharactersMax) return EscapeMarkup(name);
  size_t end = kNameCharactersMax - 1;
  while ((name[end] & 0xC0) == 0x80) --end;  // never within a code point
  return EscapeMarkup(name.substr(0, end)) + "…";
}

// What flows to an output of `stage`.
std::string RateOf(const Graph::StageNode& stage, const Graph::Output& output) {
  if (output.name == "held") return fmt::format("held {}", stage.name);
  if (output.name == "duplicates") return fmt::format("diverted {}", stage.name);
  if (output.name == "recalls") return "emitted";
  return "";
}

class Drawing {
 public:
  void Node(std::string_view kind, int x, int y, std::string_view name) {
    const int round = kind == "topic" ? kNodeHeight / 2 : 6;
    body_ += fmt::format(
        "<g class=\"{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
        "rx=\"{}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>\n",
        kind, EscapeMarkup(name), x, y, kNodeWidth, kNodeHeight, round, x + kNodeWidth / 2,
        y + kNodeHeight / 2 + 5, Fitted(name));
  }

  void Line(std::string_view kind, std::string_view path) {
    body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", kind, path);
  }

  // A line with a head at its end.
  void Arrow(std::string_view kind, std::string_view path) {
    body_ += fmt::format("<path class=\"{}\" d=\"{}\" marker-end=\"url(#arrow)\"/>\n", kind, path);
  }

  void Rate(int x, int y, std::string_view anchor, std::string_view rate) {
    if (rate.empty()) return;
    body_ += fmt::format(
        "<text class=\"rate\" x=\"{}\" y=\"{}\" text-anchor=\"{}\" data-rate=\"{}\"></text>\n", x,
        y, anchor, EscapeMarkup(rate));
  }

  void Name(int x, int y, std::string_view name) {
    body_ +=
        fmt::format("<text class=\"name\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x,
                    y, EscapeMarkup(name));
  }

  const std::string& body() const { return body_; }

 private:
  std::string body_;
};

// The middle of a node at `y`.
int Middle(int y) { return y + kNodeHeight / 2; }

void DrawOutputs(const Graph::StageNode& stage, int y, Drawing* drawing) {
  const int from_x = kMainX + kNodeWidth;
  for (size_t i = 0; i < stage.outputs.size(); ++i) {
    const Graph::Output& output = stage.outputs[i];
    const int to_y = y + static_cast<int>(i) * kRowHeight;
    drawing->Node("topic", kSideX, to_y, output.topic);
    const int bend_x = from_x + 26;
    drawing->Arrow(
        "flow", i == 0 ? fmt::format("M{} {}H{}", from_x, Middle(y), kSideX - 6)
                       : fmt::format("M{} {}V{}H{}", bend_x, Middle(y), Middle(to_y), kSideX - 6));
    drawing->Name((bend_x + kSideX) / 2, Middle(to_y) - 5, output.name);
    drawing->Rate((bend_x + kSideX) / 2, Middle(to_y) + 14, "middle", RateOf(stage, output));
  }
}

}  // namespace

Graph MakeGraph(const Topology& topology, const ChainPlan& plan) {
  Graph graph;
  graph.name = topology.name;
  graph.inputs = topology.reads_kafka() ? topology.topics : topology.files;
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    Graph::StageNode node{stage.name, {}};
    for (const std::string_view output : stage.factory->outputs()) {
      node.outputs.push_back({std::string(output), plan.TopicOf(output)});
    }
    for (const std::string_view topic : stage.factory->topics()) {
      node.outputs.push_back({std::string(kRoute), std::string(topic)});
    }
    graph.stages.push_back(std::move(node));
  }
  graph.published = plan.TopicOf("published");
  graph.dead_letter = plan.TopicOf("deadletter");
  return graph;
}

std::string RenderMermaid(const Graph& graph) {
  // Mermaid knows entities by their names between # and ;.
  const auto quoted = [](std::string_view text) {
    std::string out = EscapeMarkup(text);
    for (size_t at = out.find('&'); at != std::string::npos; at = out.find('&', at)) out[at] = '#';
    return fmt::format("\"{}\"", out);
  };
  std::string out = "flowchart LR\n";
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    out += fmt::format("  in{}([{}]) --> stage0\n", i, quoted(graph.inputs[i]));
  }
  for (size_t i = 0; i < graph.stages.size(); ++i) {
    const Graph::StageNode& stage = graph.stages[i];
    out += fmt::format("  stage{}[{}]\n", i, quoted(stage.name));
    if (i > 0) out += fmt::format("  stage{} --> stage{}\n", i - 1, i);
    for (size_t k = 0; k < stage.outputs.size(); ++k) {
      out += fmt::format("  stage{} -- {} --> out{}_{}([{}])\n", i, quoted(stage.outputs[k].name),
                         i, k, quoted(stage.outputs[k].topic));
    }
  }
  const size_t last = graph.stages.size() - 1;
  out += fmt::format("  stage{} --> published([{}])\n", last, quoted(graph.published));
  out += fmt::format("  stage0 -. any stage .-> deadletter([{}])\n", quoted(graph.dead_letter));
  return out;
}

std::string RenderSvg(const Graph& graph, bool stands_alone) {
  Drawing drawing;
  const int centre_x = kMainX + kNodeWidth / 2;
  int bottom = kMargin;
  for (const std::string& input : graph.inputs) {
    const int top = bottom == kMargin ? kMargin : bottom + 6;
    drawing.Node("topic", kMainX, top, input);
    bottom = top + kNodeHeight;
  }
  const int gap = kRowHeight - kNodeHeight;
  const int first_stage = Middle(bottom + gap);
  int top = bottom + gap;
  const auto step = [&](std::string_view rate) {
    drawing.Arrow("flow", fmt::format("M{0} {1}V{2}", centre_x, bottom, top - 6));
    drawing.Rate(centre_x + 9, (bottom + top) / 2 + 2, "start", rate);
  };
  std::string rate = "source";
  for (const Graph::StageNode& stage : graph.stages) {
    step(rate);
    drawing.Node("stage", kMainX, top, stage.name);
    DrawOutputs(stage, top, &drawing);
    drawing.Line("aside", fmt::format("M{} {}H{}", kMainX, Middle(top), kRailX));
    rate = fmt::format("passed {}", stage.name);
    bottom = top + kNodeHeight;
    top += kRowHeight * std::max<int>(1, static_cast<int>(stage.outputs.size()));
  }
  step("published");
  drawing.Node("topic", kMainX, top, graph.published);
  const int dead_top = top + kRowHeight;
  drawing.Node("topic", kMainX, dead_top, graph.dead_letter);
  drawing.Arrow("aside",
                fmt::format("M{0} {1}V{2}H{3}", kRailX, first_stage, Middle(dead_top), kMainX - 6));
  drawing.Rate(kMainX + kNodeWidth + 9, Middle(dead_top) + 4, "start", "dead-lettered");
  const int height = dead_top + kNodeHeight + kMargin;
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n{3}"
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"3\" refY=\"4\" markerWidth=\"7\" "
      "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n{4}</svg>\n",
      kWidth, height, EscapeMarkup(graph.name), stands_alone ? kStyle : "", drawing.body());
}

}  // namespace copydesk
