#include "pipeline/cli/dry_run.h"

#include <algorithm>
#include <utility>

#include "stages/story_payload.h"

namespace copydesk {

// Takes whatever it is sent.
class DryRun::Capture : public Sink {
 public:
  absl::Status Send(const Record& record) override {
    sent.push_back({std::string(record.topic), record});
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*timeout*/) override { return absl::OkStatus(); }
  size_t bytes_in_flight() override { return 0; }

  std::vector<Decision::Sent> sent;
};

DryRun::DryRun(const ChainPlan& plan)
    : chain_(plan, metrics_, now_ms_), capture_(std::make_unique<Capture>()) {}

DryRun::~DryRun() = default;

const Decision& DryRun::Run(Record record) {
  batch_.Clear();
  Item& item = batch_.Add();
  item.record = std::move(record);
  capture_->sent.clear();
  const double emitted_before = metrics_.emitted_records.Value();
  Item* const items[] = {&item};
  // The capture refuses nothing, so there is nothing to go wrong.
  chain_.Run(items, *capture_).IgnoreError();

  // What stages emit leaves before the items of its batch.
  const auto emitted =
      static_cast<std::ptrdiff_t>(metrics_.emitted_records.Value() - emitted_before);
  decision_ = {};
  decision_.outcome = NameOf(item.outcome);
  decision_.item = &item;
  if (item.outcome != Outcome::kDeadLetter) decision_.story = &StoryOf(item);
  auto& sent = capture_->sent;
  std::move(sent.begin(), sent.begin() + emitted, std::back_inserter(decision_.emitted));
  std::move(sent.begin() + emitted, sent.end(), std::back_inserter(decision_.sent));
  return decision_;
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
