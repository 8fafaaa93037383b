// Keeps the last stories that went through a worker, as JSON, for the page and for `copydesk tap`.
//
// Of what was sent it takes a sample: at most kPerSecond stories a second, with a burst of kBurst,
// so that a calm feed is shown whole and a flood costs next to nothing. Of what leaves a stage it
// takes samples only while somebody asks for that stage, and for kAskedMs after.
//
// A story as JSON: {"outcome","output"?,"stage"? or none,"topic","partition","offset","uri",
// "version","created","language","notice"?,"relation"?: {"kind","late"?,"lead"?: {"uri","version"},
// "rule"},"headline": runs,"body": runs,"more"?: true,"entities": [{"id","type","name","count"}],
// "error"?: {"stage","code","text"}}; a run is a string, {"m": index into entities, "t": text} for
// a mention or {"x": rule, "t": text} for what is not the story.
//
// Threads: thread-safe.
// Limits:  kKept stories a ring, of each kBodyBytesMax of its body: some megabytes in all.
// Cost:    a batch nobody samples from: one uncontended lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/chain.h"

namespace copydesk {

class StoryWatch : public ChainObserver {
 public:
  static constexpr size_t kKept = 100;
  static constexpr double kPerSecond = 10;
  static constexpr double kBurst = 50;
  static constexpr double kShare = 0.25;
  static constexpr int64_t kAskedMs = 5000;
  static constexpr size_t kBodyBytesMax = 2000;

  // `now_ms` is a clock that never goes back; `stages` are what may be asked for.
  StoryWatch(std::vector<std::string> stages, std::function<int64_t()> now_ms);

  void OnStage(std::string_view stage, std::span<Item* const> items) override;
  void OnSent(std::span<Item* const> items) override;

  // {"last": N, "stories": [...]}: the kept ones that came after number `after`, the oldest first.
  // An empty stage: what was sent. {"error": "..."} for a stage there is not.
  std::string Json(std::string_view stage, int64_t after);

 private:
  struct Ring {
    double allowed = kBurst;  // how many may be taken now
    int64_t refilled_ms = 0;
    int64_t asked_ms = -kAskedMs;
    int64_t last = 0;  // number of the last story
    std::deque<std::string> stories;
  };

  // How many of `n` items to take, counted as taken.
  size_t Admit(size_t n, Ring* ring);
  void Take(std::string_view stage, std::span<Item* const> items, size_t count);

  const std::function<int64_t()> now_ms_;
  std::mutex mutex_;
  std::map<std::string, Ring, std::less<>> rings_;  // guarded by mutex_; "" is what was sent
};

// One story as above, appended to *out. `stage` is "" for what was sent.
void WriteWatched(Item& item, std::string_view stage, std::string* out);

}  // namespace copydesk
