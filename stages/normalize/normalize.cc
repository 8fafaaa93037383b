#include "stages/normalize/normalize.h"

#include <string>
#include <utility>

#include "stages/normalize/boilerplate.h"
#include "stages/similarity/content_hash.h"
#include "stages/similarity/sketch.h"
#include "stages/story/wire_words.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

// Feeds kept pieces of folded text to a hasher as if they stood one space apart, and to a sketcher
// if there is one.
class TextHasher {
 public:
  TextHasher(ContentHasher& hasher, Sketcher* sketcher) : hasher_(hasher), sketcher_(sketcher) {}

  void BeginField(bool is_headline) { is_headline_ = is_headline; }

  void Add(std::string_view piece) {
    while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
    while (!piece.empty() && piece.back() == ' ') piece.remove_suffix(1);
    if (piece.empty()) return;
    if (!is_empty_) hasher_.Add(" ", false);
    hasher_.Add(piece, false);
    if (sketcher_ != nullptr) {
      is_headline_ ? sketcher_->AddHeadline(piece) : sketcher_->AddBody(piece);
    }
    is_empty_ = false;
    has_text_ = true;
  }

  void EndField() {
    hasher_.Add("", true);
    is_empty_ = true;
  }

  bool has_text() const { return has_text_; }

 private:
  ContentHasher& hasher_;
  Sketcher* const sketcher_;
  bool is_headline_ = false;
  bool is_empty_ = true;
  bool has_text_ = false;
};

class Normalize : public Stage {
 public:
  Normalize(const Boilerplate& boilerplate, bool sketches)
      : boilerplate_(boilerplate), sketcher_(sketches ? std::make_unique<Sketcher>() : nullptr) {}

  void Process(std::span<Item* const> items, StageContext& context) override {
    for (Item* const item : items) {
      Story& story = StoryOf(*item);
      story.ReadFields();
      item->story_time_ms = story.version_time_ms;
      if (story.is_normalized) continue;
      boilerplate_.Find(story);
      const WireWords words = ReadWireWords(story);
      story.notice = words.notice;
      story.notice_number = words.number;
      Summarize(words.headline, &story);
      story.is_normalized = true;
      if (!story.not_story.empty()) context.Count("boilerplate", story.not_story.size());
      if (story.notice != Notice::kNone) context.Count(NameOf(story.notice));
    }
  }

 private:
  // The content hash and the sketch. `headline` is what counts of the headline.
  void Summarize(Span headline, Story* into) {
    const Story& story = *into;
    if (sketcher_ != nullptr) sketcher_->Begin();
    hasher_.Reset();
    TextHasher text_hasher(hasher_, sketcher_.get());
    size_t next = 0;
    for (size_t i = 0; i < story.fields.size(); ++i) {
      const TextField& field = story.fields[i];
      const std::string_view text = field.reading.text();
      const Span whole{0, static_cast<uint32_t>(text.size())};
      const Span kept = field.is_headline ? headline : whole;
      uint32_t at = kept.begin;
      text_hasher.BeginField(field.is_headline);
      for (; next < story.not_story.size() && story.not_story[next].field == i; ++next) {
        const Span cut = field.reading.FromValue(story.not_story[next].bytes);
        if (cut.begin < at || cut.end > kept.end) continue;
        const bool is_headline_again =
            !field.is_headline && story.not_story[next].why == kHeadlineAgain;
        if (is_headline_again && sketcher_ != nullptr) sketcher_->HeadlineCameAgain();
        text_hasher.Add(text.substr(at, cut.begin - at));
        at = cut.end;
      }
      text_hasher.Add(text.substr(at, kept.end - at));
      text_hasher.EndField();
    }
    // Stories that say nothing of their own are not alike for it.
    into->content_hash = text_hasher.has_text() ? hasher_.Finish() : ContentHash{};
    if (sketcher_ != nullptr) sketcher_->Finish(&into->sketch);
  }

  const Boilerplate& boilerplate_;
  ContentHasher hasher_;
  const std::unique_ptr<Sketcher> sketcher_;
};

class NormalizeFactory : public StageFactory {
 public:
  NormalizeFactory(std::unique_ptr<Boilerplate> boilerplate, bool sketches)
      : boilerplate_(std::move(boilerplate)), sketches_(sketches) {}

  std::unique_ptr<Stage> Make() const override {
    return std::make_unique<Normalize>(*boilerplate_, sketches_);
  }

 private:
  const std::unique_ptr<const Boilerplate> boilerplate_;
  const bool sketches_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakeNormalize(const ConfigNode& config) {
  ConfigMap map(config);
  std::string path;
  map.String("boilerplate", &path);
  size_t sketch = 0;
  map.Choice("sketch", {"on", "off"}, &sketch);
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  auto boilerplate = std::make_unique<Boilerplate>();
  if (!path.empty()) {
    absl::StatusOr<std::unique_ptr<Boilerplate>> read =
        Boilerplate::FromFile(config.ResolvePath(path));
    if (!read.ok()) return read.status();
    boilerplate = *std::move(read);
  }
  return std::make_unique<NormalizeFactory>(std::move(boilerplate), sketch == 0);
}

}  // namespace copydesk
