// copydesk as a contestant of a near-duplicate benchmark: one stream, one decision a story.
//
//   deduplicate_contestant STREAM.tsv OUT.tsv [window=HOURS] [boilerplate=FILE|none]
//
// Without a file the boilerplate rules are those of configs/boilerplate.yaml.
//
// STREAM.tsv has a story a line: id, time in seconds, language, headline and body between tabs,
// with \\, \n, \t and \r escaped. The real stages normalize and deduplicate see them in that order
// on one thread, and that is what is timed. OUT.tsv has a line a story: id, the id of its lead or
// "-", a score, and its relation or "-".

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/duplicate_stages.h"
#include "stages/deduplicate/deduplicate.h"
#include "stages/normalize/normalize.h"

namespace copydesk {
namespace {

struct Line {
  std::string id, language, headline, body;
  int64_t time_ms = 0;
};

[[noreturn]] void Fail(const std::string& message) {
  fmt::print(stderr, "deduplicate_contestant: {}\n", message);
  std::exit(2);
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
  }
  return out;
}

std::vector<Line> ReadStream(const char* path) {
  std::ifstream in(path);
  if (!in) Fail(fmt::format("{} cannot be read", path));
  std::vector<Line> lines;
  std::string text;
  while (std::getline(in, text)) {
    std::vector<std::string_view> parts;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('\t', begin), text.size());
      parts.push_back(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    if (parts.size() < 5) Fail(fmt::format("{}: expected five columns in {:.60}", path, text));
    lines.push_back({std::string(parts[0]), std::string(parts[2]), Unescape(parts[3]),
                     Unescape(parts[4]), std::atoll(std::string(parts[1]).c_str()) * 1000});
  }
  return lines;
}

double RssMegabytes() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

double PeakRssMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

struct Decision {
  int64_t lead = -1;  // the place of a line
  double score = 0;
  RelationKind kind = RelationKind::kOriginal;
};

void Run(int argc, char** argv) {
  if (argc < 3) Fail("expected STREAM.tsv OUT.tsv [window=HOURS] [boilerplate=FILE|none]");
  std::map<std::string, std::string> options = {
      {"window", "72"}, {"boilerplate", COPYDESK_ROOT "/configs/boilerplate.yaml"}};
  for (int i = 3; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == argument.npos) Fail(fmt::format("expected name=value, not {}", argument));
    options[std::string(argument.substr(0, equals))] = argument.substr(equals + 1);
  }
  const std::vector<Line> lines = ReadStream(argv[1]);
  const std::string boilerplate = options["boilerplate"];
  const double rss_load = RssMegabytes();

  const auto begin = std::chrono::steady_clock::now();
  const bench::OwnStage normalize(
      MakeNormalize,
      boilerplate == "none" ? "{}" : fmt::format("{{boilerplate: {}}}", boilerplate));
  const bench::OwnStage deduplicate(MakeDeduplicate,
                                    fmt::format("{{window: {}h}}", options["window"]));
  bench::SizesOnly context;
  std::vector<Decision> decisions;
  Item item;
  Item* const items[] = {&item};
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    bench::MakeArrival(line.id, line.language, line.headline, line.body, static_cast<int64_t>(i),
                       line.time_ms, &item);
    normalize->Process(items, context);
    deduplicate->Process(items, context);
    if (StageState* state = deduplicate->state(); state != nullptr && i % 100 == 0) {
      state->Seal();
      state->Commit();
    }
    const Relation& relation = *StoryOf(item).relation;
    Decision& decision = decisions.emplace_back();
    decision.kind = relation.kind;
    if (!relation.lead) continue;
    decision.lead = relation.lead->offset;
    decision.score =
        relation.similarity < 0 ? 1 : std::max(relation.in_lead, relation.of_lead) / 100.0;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double rss_after = RssMegabytes();

  std::FILE* out = std::fopen(argv[2], "w");
  if (out == nullptr) Fail(fmt::format("{} cannot be written", argv[2]));
  for (size_t i = 0; i < lines.size(); ++i) {
    const Decision& decision = decisions[i];
    const bool has_lead = decision.lead >= 0;
    fmt::print(out, "{}\t{}\t{:.4f}\t{}\n", lines[i].id,
               has_lead ? lines[static_cast<size_t>(decision.lead)].id : "-", decision.score,
               has_lead ? NameOf(decision.kind) : "-");
  }
  std::fclose(out);
  fmt::print(
      "{{\"name\":\"copydesk\",\"version\":\"1\",\"n\":{},\"seconds\":{:.3f},"
      "\"stories_per_s\":{:.0f},\"rss_load_mb\":{:.1f},\"rss_after_mb\":{:.1f},"
      "\"rss_peak_mb\":{:.1f},\"index_bytes\":{},\"index_stories\":{}}}\n",
      lines.size(), seconds, static_cast<double>(lines.size()) / seconds, rss_load, rss_after,
      PeakRssMegabytes(), context.bytes, context.stories);
}

}  // namespace
}  // namespace copydesk

int main(int argc, char** argv) {
  copydesk::Run(argc, argv);
  return 0;
}
