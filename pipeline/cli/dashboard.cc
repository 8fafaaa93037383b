#include "pipeline/cli/dashboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "pipeline/cli/page.h"
#include "stages/story/json_out.h"

namespace copydesk {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

int64_t WallClockMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A number as JSON has it: null where it is not known.
std::string Number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

std::string Text(std::string_view text) {
  std::string out;
  JsonOut(&out).Value(text);
  return out;
}

int64_t IntegerOf(const HttpServer::Arguments& arguments, std::string_view name) {
  int64_t number = 0;
  const auto found = arguments.find(name);
  if (found == arguments.end()) return 0;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The metrics of one collection, by name and labels.
class Collected {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  explicit Collected(std::vector<prometheus::MetricFamily> families)
      : families_(std::move(families)) {}

  template <typename Visit>
  void Each(std::string_view name, Visit visit) const {
    for (const prometheus::MetricFamily& family : families_) {
      if (family.name != name) continue;
      for (const prometheus::ClientMetric& metric : family.metric) visit(metric);
    }
  }

  // The sum over what has all of `labels`.
  double Sum(std::string_view name, const std::map<std::string, std::string>& labels = {}) const {
    double sum = 0;
    Each(name, [&](const prometheus::ClientMetric& metric) {
      for (const auto& [label, value] : labels) {
        if (Label(metric, label) != value) return;
      }
      sum += metric.counter.value + metric.gauge.value;
    });
    return sum;
  }

  static std::string_view Label(const prometheus::ClientMetric& metric, std::string_view name) {
    for (const auto& label : metric.label) {
      if (label.name == name) return label.value;
    }
    return "";
  }

 private:
  const std::vector<prometheus::MetricFamily> families_;
};

// What lies below the share `q` of what was counted since `before`, between two bounds of buckets;
// unknown when nothing was.
double Quantile(double q, const std::vector<double>& before, const std::vector<double>& now) {
  const auto count = [&](size_t i) { return now[i] - (i < before.size() ? before[i] : 0); };
  if (now.empty() || count(now.size() - 1) <= 0) return kUnknown;
  const double wanted = q * count(now.size() - 1);
  for (size_t i = 0; i < kAgeBucketsSeconds.size() && i < now.size(); ++i) {
    if (count(i) < wanted) continue;
    const double below = i == 0 ? 0 : count(i - 1);
    const double from = i == 0 ? 0 : kAgeBucketsSeconds[i - 1];
    return from + (kAgeBucketsSeconds[i] - from) * (wanted - below) / (count(i) - below);
  }
  return kAgeBucketsSeconds.back();
}

std::string HeadJson(const Topology& topology, const ChainPlan& plan) {
  std::string stages;
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    stages += (stages.empty() ? "" : ",") + Text(stage.name);
  }
  return fmt::format("\"name\":{},\"version\":{},\"threads\":{},\"stages\":[{}]",
                     Text(topology.name), Text(COPYDESK_VERSION), topology.threads, stages);
}

// What stands in the status of lags, stages, errors and events.
std::string NowJson(const Collected& metrics) {
  std::string lags;
  metrics.Each("copydesk_consumer_lag_records", [&](const prometheus::ClientMetric& lag) {
    const std::string partition(Collected::Label(lag, "partition"));
    double seconds = kUnknown;
    metrics.Each("copydesk_consumer_lag_seconds", [&](const prometheus::ClientMetric& metric) {
      if (Collected::Label(metric, "topic") == Collected::Label(lag, "topic") &&
          Collected::Label(metric, "partition") == partition) {
        seconds = metric.gauge.value;
      }
    });
    lags += fmt::format("{}{{\"topic\":{},\"partition\":{},\"records\":{},\"seconds\":{}}}",
                        lags.empty() ? "" : ",", Text(Collected::Label(lag, "topic")), partition,
                        Number(lag.gauge.value), Number(seconds));
  });
  std::string work;
  metrics.Each("copydesk_stage_seconds", [&](const prometheus::ClientMetric& stage) {
    const std::string name(Collected::Label(stage, "stage"));
    work += fmt::format("{}{}:{{\"seconds\":{},\"records\":{}}}", work.empty() ? "" : ",",
                        Text(name), Number(stage.histogram.sample_sum),
                        Number(metrics.Sum("copydesk_stage_records_total", {{"stage", name}})));
  });
  std::string errors;
  metrics.Each("copydesk_errors_total", [&](const prometheus::ClientMetric& error) {
    errors += fmt::format("{}{{\"stage\":{},\"code\":{},\"count\":{}}}", errors.empty() ? "" : ",",
                          Text(Collected::Label(error, "stage")),
                          Text(Collected::Label(error, "code")), Number(error.counter.value));
  });
  std::string events;
  metrics.Each("copydesk_stage_events_total", [&](const prometheus::ClientMetric& event) {
    events += fmt::format("{}{{\"stage\":{},\"event\":{},\"count\":{}}}", events.empty() ? "" : ",",
                          Text(Collected::Label(event, "stage")),
                          Text(Collected::Label(event, "event")), Number(event.counter.value));
  });
  return fmt::format(
      "\"assigned\":{},\"rebalances\":{},\"paused\":{},\"inFlightBytes\":{},\"lags\":[{}],"
      "\"work\":{{{}}},\"errors\":[{}],\"events\":[{}]",
      Number(metrics.Sum("copydesk_assigned_partitions")),
      Number(metrics.Sum("copydesk_rebalances_total")),
      Number(metrics.Sum("copydesk_paused_threads")),
      Number(metrics.Sum("copydesk_sink_in_flight_bytes")), lags, work, errors, events);
}

std::map<std::string, double> FlowsOf(const Collected& metrics) {
  std::map<std::string, double> flows;
  flows["source"] = metrics.Sum("copydesk_source_records_total");
  flows["emitted"] = metrics.Sum("copydesk_emitted_records_total");
  metrics.Each("copydesk_sink_records_total", [&](const prometheus::ClientMetric& metric) {
    flows[std::string(Collected::Label(metric, "outcome"))] += metric.counter.value;
  });
  metrics.Each("copydesk_stage_records_total", [&](const prometheus::ClientMetric& metric) {
    flows[fmt::format("{} {}", Collected::Label(metric, "outcome"),
                      Collected::Label(metric, "stage"))] += metric.counter.value;
  });
  return flows;
}

}  // namespace

Dashboard::Dashboard(const Topology& topology, const ChainPlan& plan, const Metrics& metrics,
                     StoryWatch& stories, std::function<bool()> is_ready)
    : metrics_(metrics),
      stories_(stories),
      is_ready_(std::move(is_ready)),
      head_(HeadJson(topology, plan)),
      svg_(RenderSvg(MakeGraph(topology, plan), /*stands_alone=*/false)),
      started_ms_(WallClockMs()) {
  Note(started_ms_);
  thread_ = std::thread([this] { KeepNotes(); });
}

Dashboard::~Dashboard() {
  {
    const std::lock_guard lock(mutex_);
    should_stop_ = true;
  }
  should_stop_changed_.notify_one();
  thread_.join();
}

void Dashboard::KeepNotes() {
  std::unique_lock lock(mutex_);
  while (!should_stop_changed_.wait_for(lock, std::chrono::seconds(1),
                                        [this] { return should_stop_; })) {
    lock.unlock();
    Note(WallClockMs());
    lock.lock();
  }
}

void Dashboard::Note(int64_t now_ms) {
  const Collected metrics(metrics_.Collect());
  Counts counts{now_ms, FlowsOf(metrics), {}};
  metrics.Each("copydesk_end_to_end_seconds", [&](const prometheus::ClientMetric& metric) {
    for (const auto& bucket : metric.histogram.bucket) {
      counts.latency.push_back(static_cast<double>(bucket.cumulative_count));
    }
  });
  Point point;
  point.at_ms = now_ms;
  bool has_lag = false, has_seconds = false;
  metrics.Each("copydesk_consumer_lag_records", [&](const prometheus::ClientMetric& lag) {
    has_lag = true;
    point.lag_records += lag.gauge.value;
  });
  metrics.Each("copydesk_consumer_lag_seconds", [&](const prometheus::ClientMetric& lag) {
    has_seconds = true;
    point.lag_seconds = std::max(point.lag_seconds, lag.gauge.value);
  });
  if (!has_lag) point.lag_records = kUnknown;
  if (!has_seconds) point.lag_seconds = kUnknown;
  std::string now = NowJson(metrics);

  const std::lock_guard lock(mutex_);
  now_ = std::move(now);
  const double seconds = static_cast<double>(now_ms - last_.at_ms) / 1000;
  if (last_.at_ms != 0 && seconds > 0) {
    for (const auto& [name, count] : counts.flows) {
      rates_[name] = (count - last_.flows[name]) / seconds;
    }
    point.consumed = rates_["source"];
    point.published = rates_["published"];
    point.diverted = rates_["diverted"];
    point.held = rates_["held"];
    point.dead_lettered = rates_["dead-lettered"];
    point.p50_seconds = Quantile(0.5, last_.latency, counts.latency);
    point.p99_seconds = Quantile(0.99, last_.latency, counts.latency);
    points_.push_back(point);
    if (points_.size() > kPoints) points_.pop_front();
  }
  last_ = std::move(counts);
}

std::string Dashboard::PointJson(const Point& point) {
  return fmt::format("[{},{},{},{},{},{},{},{},{},{}]", point.at_ms, Number(point.consumed),
                     Number(point.published), Number(point.diverted), Number(point.held),
                     Number(point.dead_lettered), Number(point.lag_records),
                     Number(point.lag_seconds), Number(point.p50_seconds),
                     Number(point.p99_seconds));
}

std::string Dashboard::StatusJson(int64_t since_ms) const {
  const bool is_ready = is_ready_();
  const std::lock_guard lock(mutex_);
  std::string rates, totals, points;
  for (const auto& [name, rate] : rates_) {
    rates += fmt::format("{}{}:{}", rates.empty() ? "" : ",", Text(name), Number(rate));
  }
  for (const auto& [name, count] : last_.flows) {
    totals += fmt::format("{}{}:{}", totals.empty() ? "" : ",", Text(name), Number(count));
  }
  for (const Point& point : points_) {
    if (point.at_ms <= since_ms) continue;
    points += (points.empty() ? "" : ",") + PointJson(point);
  }
  return fmt::format(
      "{{{},\"started\":{},\"now\":{},\"ready\":{},\"rates\":{{{}}},\"totals\":{{{}}},{},"
      "\"points\":[{}]}}",
      head_, started_ms_, last_.at_ms, is_ready, rates, totals, now_, points);
}

std::map<std::string, HttpServer::Page, std::less<>> Dashboard::Pages() {
  using Arguments = HttpServer::Arguments;
  const auto constant = [](std::string_view text) {
    return [text](const Arguments&) { return std::string(text); };
  };
  constexpr const char* kJson = "application/json";
  return {
      {"/", {"text/html; charset=utf-8", constant(kPageHtml)}},
      {"/page.css", {"text/css; charset=utf-8", constant(kPageCss)}},
      {"/page.js", {"text/javascript; charset=utf-8", constant(kPageJs)}},
      {"/topology.svg", {"image/svg+xml", constant(svg_)}},
      {"/api/status",
       {kJson, [this](const Arguments& given) { return StatusJson(IntegerOf(given, "since")); }}},
      {"/api/stories",
       {kJson,
        [this](const Arguments& given) { return stories_.Json("", IntegerOf(given, "after")); }}},
      {"/api/tap",
       {kJson,
        [this](const Arguments& given) {
          const auto stage = given.find("stage");
          return stories_.Json(stage == given.end() || stage->second.empty() ? "?" : stage->second,
                               IntegerOf(given, "after"));
        }}},
  };
}

}  // namespace copydesk
