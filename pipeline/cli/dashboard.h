// The worker's own page: what flows, how late, where it stands still, and the last stories.
//
// Every second it notes what the metrics say, and keeps the last kPoints of these, so that a page
// opened after something went wrong shows how it came to that. The page itself (page/) is static
// and built into the program; it asks
//
//     /api/status?since=MS       the points after MS, rates, lags, stages, errors
//     /api/stories?after=N       the last stories (StoryWatch::Json)
//     /api/tap?stage=S&after=N   the same of what leaves a stage
//     /topology.svg              the picture that rates are written into
//
// Threads: thread-safe; a thread of its own takes the notes.
// Limits:  kPoints notes of some 100 bytes. Cost: one collection of the metrics a second.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/cli/story_watch.h"
#include "pipeline/graph.h"
#include "pipeline/http_server.h"
#include "pipeline/metrics.h"
#include "pipeline/topology.h"

namespace copydesk {

class Dashboard {
 public:
  static constexpr size_t kPoints = 900;  // a quarter of an hour

  // The references must outlive it. `is_ready` as in HttpServer::Pages.
  Dashboard(const Topology& topology, const ChainPlan& plan, const Metrics& metrics,
            StoryWatch& stories, std::function<bool()> is_ready);
  ~Dashboard();

  // The pages to serve, by path. They refer to this.
  std::map<std::string, HttpServer::Page, std::less<>> Pages();

  // Takes a note now; the thread does it every second.
  void Note(int64_t now_ms);
  std::string StatusJson(int64_t since_ms) const;

 private:
  // What is counted, at one moment.
  struct Counts {
    int64_t at_ms = 0;
    std::map<std::string, double> flows;  // by RenderSvg()'s data-rate
    std::vector<double> latency;          // end-to-end, cumulative by bucket
  };
  struct Point {
    int64_t at_ms = 0;
    // A second; NaN where it is not known.
    double consumed = 0, published = 0, diverted = 0, held = 0, dead_lettered = 0;
    double lag_records = 0, lag_seconds = 0, p50_seconds = 0, p99_seconds = 0;
  };

  void KeepNotes();
  static std::string PointJson(const Point& point);

  const Metrics& metrics_;
  StoryWatch& stories_;
  const std::function<bool()> is_ready_;
  const std::string head_;  // what never changes, as members of the status
  const std::string svg_;
  const int64_t started_ms_;

  mutable std::mutex mutex_;
  std::condition_variable should_stop_changed_;
  // Guarded by mutex_.
  bool should_stop_ = false;
  Counts last_;
  std::map<std::string, double> rates_;
  std::deque<Point> points_;
  std::string now_;  // lags, stages, errors, events as members of the status

  std::thread thread_;
};

}  // namespace copydesk
