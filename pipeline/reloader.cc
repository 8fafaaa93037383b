#include "pipeline/reloader.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace copydesk {
namespace {

constexpr std::chrono::seconds kInterval{1};

}  // namespace

Reloader::Reloader(const ChainPlan& plan, Metrics& metrics, std::atomic<bool>& is_asked)
    : plan_(plan), metrics_(metrics), is_asked_(is_asked) {
  for (const ChainPlan::NamedFactory& stage : plan.stages) {
    std::string version = stage.factory->version();
    if (version.empty()) continue;
    metrics_.SetVersion(stage.name, "", version);
    versions_[stage.name] = std::move(version);
  }
  thread_ = std::thread([this] { Watch(); });
}

Reloader::~Reloader() {
  {
    const std::lock_guard lock(mutex_);
    should_stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void Reloader::Watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kInterval, [this] { return should_stop_; })) {
    lock.unlock();
    Reload(is_asked_.exchange(false));
    lock.lock();
  }
}

void Reloader::Reload(bool is_asked) {
  for (const ChainPlan::NamedFactory& stage : plan_.stages) {
    const absl::StatusOr<bool> is_new = stage.factory->Reload(is_asked);
    if (!is_new.ok()) {
      spdlog::error("{}: refused, {} stays: {}", stage.name, stage.factory->version(),
                    std::string(is_new.status().message()));
      metrics_.CountReload(stage.name, "refused");
    } else if (*is_new) {
      std::string version = stage.factory->version();
      std::string& before = versions_[stage.name];
      spdlog::info("{}: {} instead of {}", stage.name, version, before);
      metrics_.SetVersion(stage.name, before, version);
      metrics_.CountReload(stage.name, "swapped");
      before = std::move(version);
    } else if (is_asked && versions_.contains(stage.name)) {
      spdlog::info("{}: {} is what there is", stage.name, versions_[stage.name]);
    }
  }
}

}  // namespace copydesk
