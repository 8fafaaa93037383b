#include "pipeline/cli/dry_run.h"

#include <algorithm>
#include <utility>

#include "stages/story_payload.h"

namespace copydesk {

// Takes whatever it is sent.
class DryRun::Capture : public Sink {
 public:
  absl::Status Send(Record& record) override {
    sent.push_back({std::string(record.topic), record});
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*timeout*/) override { return absl::OkStatus(); }
  size_t bytes_in_flight() override { return 0; }

  std::vector<Decision::Sent> sent;
};

DryRun::DryRun(ChainPlan& plan)
    : plan_(plan), chain_(plan, metrics_, now_ms_), capture_(std::make_unique<Capture>()) {
  plan_.observer = this;
}

DryRun::~DryRun() { plan_.observer = nullptr; }

void DryRun::Run(Record record, Show show) {
  batch_.Clear();
  Item& item = batch_.Add();
  item.record = std::move(record);
  capture_->sent.clear();
  emitted_before_ = metrics_.emitted_records.Value();
  show_ = &show;
  Item* const items[] = {&item};
  // The capture refuses nothing, so there is nothing to go wrong.
  chain_.Run(items, *capture_).IgnoreError();
  chain_.Seal();
  chain_.Commit();
  show_ = nullptr;
}

void DryRun::OnSent(std::span<Item* const> items) {
  Item& item = *items.front();
  Decision decision;
  decision.outcome = NameOf(item.outcome);
  decision.item = &item;
  if (item.outcome != Outcome::kDeadLetter) decision.story = &StoryOf(item);
  // What stages emit leaves before the items.
  const auto emitted =
      static_cast<std::ptrdiff_t>(metrics_.emitted_records.Value() - emitted_before_);
  auto& sent = capture_->sent;
  std::move(sent.begin(), sent.begin() + emitted, std::back_inserter(decision.emitted));
  std::move(sent.begin() + emitted, sent.end(), std::back_inserter(decision.sent));
  (*show_)(decision);
}

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPublish:
      return "published";
    case Outcome::kDivert:
      return "diverted";
    case Outcome::kHold:
      return "held";
    case Outcome::kDeadLetter:
      return "dead-lettered";
  }
  return "";
}

}  // namespace copydesk
