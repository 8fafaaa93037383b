// copydesk top: what a running worker does, in a terminal.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/cli/commands.h"
#include "pipeline/cli/json_view.h"
#include "pipeline/cli/render.h"
#include "pipeline/cli/worker_client.h"

namespace copydesk {
namespace {

volatile std::sig_atomic_t g_should_stop = 0;

struct Options {
  std::string url;
  bool is_once = false;
};

std::string Count(double value) {
  if (!std::isfinite(value)) return "-";
  if (value >= 1e6) return fmt::format("{:.1f}M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.1f}k", value / 1e3);
  return value < 10 && value != std::floor(value) ? fmt::format("{:.1f}", value)
                                                  : fmt::format("{:.0f}", value);
}

std::string Duration(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  if (seconds == 0) return "0 s";
  if (seconds < 1e-5) return fmt::format("{:.1f} us", seconds * 1e6);
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// The last values as a row of bars.
std::string Bars(const std::vector<double>& values, size_t width) {
  static constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const size_t first = values.size() > width ? values.size() - width : 0;
  double most = 1e-9;
  for (size_t i = first; i < values.size(); ++i) {
    if (std::isfinite(values[i])) most = std::max(most, values[i]);
  }
  std::string out;
  for (size_t i = first; i < values.size(); ++i) {
    const double share = std::isfinite(values[i]) ? values[i] / most : 0;
    out += share <= 0 ? " " : kBars[std::min<size_t>(7, static_cast<size_t>(share * 8))];
  }
  return out;
}

// The text of a story's headline, or why it is a dead letter.
std::string Title(const rapidjson::Value& story) {
  const rapidjson::Value& error = PartOf(story, "error");
  if (error.IsObject()) {
    return fmt::format("{}: {}", TextOf(error, "code"), TextOf(error, "text"));
  }
  std::string title;
  const rapidjson::Value& runs = PartOf(story, "headline");
  if (!runs.IsArray()) return title;
  for (const rapidjson::Value& run : runs.GetArray()) {
    title += run.IsString() ? std::string_view(run.GetString(), run.GetStringLength())
                            : TextOf(run, "t");
  }
  std::replace(title.begin(), title.end(), '\n', ' ');
  return title;
}

// At most `columns` code points of `line`.
std::string Cut(const std::string& line, size_t columns) {
  size_t count = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xC0) != 0x80 && count++ == columns) return line.substr(0, i);
  }
  return line;
}

class Screen {
 public:
  explicit Screen(const WorkerClient& client) : client_(client) {}

  // The screen's lines, from what the worker says now.
  absl::StatusOr<std::vector<std::string>> Lines(size_t columns, size_t rows) {
    const absl::StatusOr<rapidjson::Document> status =
        client_.Get(fmt::format("/api/status?since={:.0f}", last_point_));
    if (!status.ok()) return status.status();
    const absl::StatusOr<rapidjson::Document> stories = client_.Get("/api/stories");
    if (!stories.ok()) return stories.status();
    TakePoints(PartOf(*status, "points"));
    std::vector<std::string> lines;
    const bool is_ready = status->HasMember("ready") && (*status)["ready"].IsTrue();
    const char* state = !is_ready                         ? "not ready"
                        : NumberOf(*status, "paused") > 0 ? "waits for its outputs"
                                                          : "working";
    lines.push_back(fmt::format(
        "copydesk {} {} at {}, up {}, {}", Harmless(TextOf(*status, "name")),
        Harmless(TextOf(*status, "version")), client_.address(),
        Duration((NumberOf(*status, "now") - NumberOf(*status, "started")) / 1000), state));
    lines.emplace_back();
    AddFlows(*status, columns, &lines);
    AddStages(*status, &lines);
    AddLags(*status, &lines);
    AddStories(PartOf(*stories, "stories"), rows, &lines);
    lines.resize(std::min(lines.size(), rows));  // or the first ones scroll away
    for (std::string& line : lines) {
      std::replace(line.begin(), line.end(), '\n', ' ');
      line = Cut(line, columns);
    }
    return lines;
  }

 private:
  // A point: at, consumed, published, diverted, held, dead-lettered, lag, lag seconds, p50, p99.
  void TakePoints(const rapidjson::Value& points) {
    if (!points.IsArray()) return;
    const auto at = [](const rapidjson::Value& point, rapidjson::SizeType i) {
      return point.IsArray() && i < point.Size() && point[i].IsNumber() ? point[i].GetDouble()
                                                                        : NAN;
    };
    for (const rapidjson::Value& point : points.GetArray()) {
      last_point_ = at(point, 0);
      consumed_.push_back(at(point, 1));
      p50_seconds_ = at(point, 8);
      p99_seconds_ = at(point, 9);
    }
    constexpr size_t kKept = 900;
    if (consumed_.size() > kKept) {
      consumed_.erase(consumed_.begin(), consumed_.end() - static_cast<std::ptrdiff_t>(kKept));
    }
  }

  void AddFlows(const rapidjson::Value& status, size_t columns, std::vector<std::string>* lines) {
    const rapidjson::Value& rates = PartOf(status, "rates");
    const rapidjson::Value& totals = PartOf(status, "totals");
    lines->push_back(fmt::format("{:<16}{:>10}{:>12}", "RECORDS", "A SECOND", "IN ALL"));
    const std::pair<const char*, const char*> flows[] = {
        {"consumed", "source"}, {"published", "published"},         {"diverted", "diverted"},
        {"held", "held"},       {"dead-lettered", "dead-lettered"}, {"recalls", "emitted"}};
    for (const auto& [label, name] : flows) {
      lines->push_back(fmt::format("{:<16}{:>10}{:>12}", label, Count(NumberOf(rates, name)),
                                   Count(NumberOf(totals, name))));
    }
    (*lines)[lines->size() - 6] += "  " + Bars(consumed_, columns > 42 ? columns - 42 : 0);
    lines->push_back(fmt::format("{:<16}p50 {:>6}   p99 {:>6}", "latency", Duration(p50_seconds_),
                                 Duration(p99_seconds_)));
    lines->emplace_back();
  }

  static void AddStages(const rapidjson::Value& status, std::vector<std::string>* lines) {
    const rapidjson::Value& rates = PartOf(status, "rates");
    const rapidjson::Value& work = PartOf(status, "work");
    const rapidjson::Value& stages = PartOf(status, "stages");
    lines->push_back(fmt::format("{:<16}{:>10}{:>12}", "STAGE", "PASSED/s", "A RECORD"));
    if (!stages.IsArray()) return;
    for (const rapidjson::Value& stage : stages.GetArray()) {
      if (!stage.IsString()) continue;
      const std::string name = stage.GetString();
      const rapidjson::Value& done = PartOf(work, name.c_str());
      lines->push_back(fmt::format(
          "{:<16}{:>10}{:>12}", Harmless(name), Count(NumberOf(rates, ("passed " + name).c_str())),
          Duration(NumberOf(done, "seconds") / NumberOf(done, "records"))));
    }
    lines->emplace_back();
  }

  static void AddLags(const rapidjson::Value& status, std::vector<std::string>* lines) {
    const rapidjson::Value& lags = PartOf(status, "lags");
    if (!lags.IsArray() || lags.Empty()) return;
    std::vector<const rapidjson::Value*> sorted;
    for (const rapidjson::Value& lag : lags.GetArray()) sorted.push_back(&lag);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
      return NumberOf(*a, "records") > NumberOf(*b, "records");
    });
    constexpr size_t kShown = 8;
    lines->push_back(fmt::format("{:<28}{:>10}{:>12}", "PARTITION", "LAG", "BEHIND"));
    for (size_t i = 0; i < std::min(kShown, sorted.size()); ++i) {
      lines->push_back(fmt::format("{:<28}{:>10}{:>12}",
                                   fmt::format("{} [{:.0f}]", Harmless(TextOf(*sorted[i], "topic")),
                                               NumberOf(*sorted[i], "partition")),
                                   Count(NumberOf(*sorted[i], "records")),
                                   Duration(NumberOf(*sorted[i], "seconds"))));
    }
    if (sorted.size() > kShown) lines->push_back(fmt::format("… {} more", sorted.size() - kShown));
    lines->emplace_back();
  }

  static void AddStories(const rapidjson::Value& stories, size_t rows,
                         std::vector<std::string>* lines) {
    lines->push_back(fmt::format("{:<15}{:<15}{}", "OUTCOME", "RELATION", "LAST STORIES"));
    if (!stories.IsArray()) return;
    for (rapidjson::SizeType i = stories.Size(); i > 0 && lines->size() + 1 < rows; --i) {
      const rapidjson::Value& story = stories[i - 1];
      lines->push_back(fmt::format("{:<15}{:<15}{}", Harmless(TextOf(story, "outcome")),
                                   Harmless(TextOf(PartOf(story, "relation"), "kind")),
                                   Harmless(Title(story))));
    }
  }

  const WorkerClient client_;
  double last_point_ = 0;
  std::vector<double> consumed_;
  double p50_seconds_ = NAN, p99_seconds_ = NAN;
};

absl::Status Top(const Options& options) {
  const absl::StatusOr<WorkerClient> client = WorkerClient::Make(options.url);
  if (!client.ok()) return client.status();
  Screen screen(*client);
  const bool is_once = options.is_once || isatty(STDOUT_FILENO) == 0;
  if (is_once) {
    const absl::StatusOr<std::vector<std::string>> lines = screen.Lines(120, 40);
    if (!lines.ok()) return lines.status();
    fmt::print("{}\n", fmt::join(*lines, "\n"));
    return absl::OkStatus();
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { g_should_stop = 1; });
  fmt::print("\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
  absl::Status status;
  while (g_should_stop == 0) {
    winsize size = {};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    const absl::StatusOr<std::vector<std::string>> lines =
        screen.Lines(std::max<size_t>(40, size.ws_col), std::max<size_t>(10, size.ws_row));
    if (status = lines.status(); !status.ok()) break;
    // Home; each line cleared behind its end, and the rest of the screen behind the last.
    fmt::print("\x1b[H{}\x1b[J", fmt::join(*lines, "\x1b[K\n"));
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  fmt::print("\x1b[?25h\x1b[?1049l");
  std::fflush(stdout);
  return status;
}

}  // namespace

void AddTop(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand("top", "Watch a running worker in the terminal");
  auto options = std::make_shared<Options>();
  sub->add_option("-u,--url", options->url, "The worker's address")
      ->default_val(std::string(kDefaultWorkerUrl));
  sub->add_flag("--once", options->is_once, "Print once what it shows, and end");
  sub->callback([options, command] { *command = [options] { return Top(*options); }; });
}

}  // namespace copydesk
