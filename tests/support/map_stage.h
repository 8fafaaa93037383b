// A stage with the simplest state there is, a plain map from each text to how often it came: what
// the runtime does with a stage's state is seen in what the stage says of its records.
//
// Threads: one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "pipeline/stage.h"

namespace copydesk {

class MapState : public StageState {
 public:
  // Counts `key` and returns how often it came.
  int64_t Add(const std::string& key) {
    before_.try_emplace(key, counts_.contains(key) ? std::optional(counts_[key]) : std::nullopt);
    unwritten_.insert(key);
    return ++counts_[key];
  }
  const std::map<std::string, int64_t>& counts() const { return counts_; }

  void WriteChanges(ChangeSink& changes) override {
    for (const std::string& key : unwritten_) changes.Put(key, std::to_string(counts_[key]));
    unwritten_.clear();
  }
  void Seal() override {
    sealed_before_.merge(before_);  // what is there is older, and stays
    before_.clear();
  }
  void Commit() override { sealed_before_.clear(); }
  void RollBack() override {
    Seal();
    for (const auto& [key, count] : sealed_before_) {
      if (count) {
        counts_[key] = *count;
      } else {
        counts_.erase(key);
      }
    }
    sealed_before_.clear();
    unwritten_.clear();
  }
  void WriteAll(ChangeSink& changes) const override {
    for (const auto& [key, count] : counts_) changes.Put(key, std::to_string(count));
  }
  absl::Status Restore(std::string_view key, std::optional<std::string_view> value) override {
    int64_t count = 0;
    if (value && !absl::SimpleAtoi(std::string(*value), &count)) {
      return absl::DataLossError("no count");
    }
    if (value) {
      counts_[std::string(key)] = count;
    } else {
      counts_.erase(std::string(key));
    }
    return absl::OkStatus();
  }
  absl::Status FinishRestore() override { return absl::OkStatus(); }
  void Clear() override {
    counts_.clear();
    before_.clear();
    sealed_before_.clear();
    unwritten_.clear();
  }

 private:
  std::map<std::string, int64_t> counts_;
  std::map<std::string, std::optional<int64_t>> before_;
  std::map<std::string, std::optional<int64_t>> sealed_before_;
  std::set<std::string> unwritten_;
};

// Gives each record the key "<how often its value came>".
class MapStage : public Stage {
 public:
  void Process(std::span<Item* const> items, StageContext& /*context*/) override {
    for (Item* item : items) {
      item->has_new_key = true;
      item->new_key = std::to_string(state_.Add(item->record.value));
    }
  }
  StageState* state() override { return &state_; }

 private:
  MapState state_;
};

struct MapStageFactory : StageFactory {
  std::unique_ptr<Stage> Make() const override { return std::make_unique<MapStage>(); }
  bool has_state() const override { return true; }
};

}  // namespace copydesk
