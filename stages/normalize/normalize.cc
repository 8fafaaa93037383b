#include "stages/normalize/normalize.h"

#include <string>
#include <utility>

#include "stages/normalize/boilerplate.h"
#include "stages/normalize/wire_words.h"
#include "stages/similarity/content_hash.h"
#include "stages/story_payload.h"

namespace copydesk {
namespace {

// Feeds kept pieces of folded text to a hasher as if they stood one space apart.
class TextHasher {
 public:
  explicit TextHasher(ContentHasher& hasher) : hasher_(hasher) {}

  void Add(std::string_view piece) {
    while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
    while (!piece.empty() && piece.back() == ' ') piece.remove_suffix(1);
    if (piece.empty()) return;
    if (!is_empty_) hasher_.Add(" ", false);
    hasher_.Add(piece, false);
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
  bool is_empty_ = true;
  bool has_text_ = false;
};

class Normalize : public Stage {
 public:
  explicit Normalize(const Boilerplate& boilerplate) : boilerplate_(boilerplate) {}

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
      story.content_hash = Hash(story);
      story.is_normalized = true;
      if (!story.not_story.empty()) context.Count("boilerplate", story.not_story.size());
      if (story.notice != Notice::kNone) context.Count(NameOf(story.notice));
    }
  }

 private:
  ContentHash Hash(const Story& story) {
    hasher_.Reset();
    TextHasher text_hasher(hasher_);
    size_t next = 0;
    for (size_t i = 0; i < story.fields.size(); ++i) {
      const TextField& field = story.fields[i];
      const std::string_view text = field.reading.text();
      const Span whole{0, static_cast<uint32_t>(text.size())};
      const Span kept = field.is_headline ? ReadHeadline(text).headline : whole;
      uint32_t at = kept.begin;
      for (; next < story.not_story.size() && story.not_story[next].field == i; ++next) {
        const Span cut = field.reading.FromValue(story.not_story[next].bytes);
        if (cut.begin < at || cut.end > kept.end) continue;
        text_hasher.Add(text.substr(at, cut.begin - at));
        at = cut.end;
      }
      text_hasher.Add(text.substr(at, kept.end - at));
      text_hasher.EndField();
    }
    // Stories that say nothing of their own are not alike for it.
    return text_hasher.has_text() ? hasher_.Finish() : ContentHash{};
  }

  const Boilerplate& boilerplate_;
  ContentHasher hasher_;
};

class NormalizeFactory : public StageFactory {
 public:
  explicit NormalizeFactory(std::unique_ptr<Boilerplate> boilerplate)
      : boilerplate_(std::move(boilerplate)) {}

  std::unique_ptr<Stage> Make() const override {
    return std::make_unique<Normalize>(*boilerplate_);
  }

 private:
  const std::unique_ptr<const Boilerplate> boilerplate_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakeNormalize(const ConfigNode& config) {
  ConfigMap map(config);
  std::string path;
  map.String("boilerplate", &path);
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  auto boilerplate = std::make_unique<Boilerplate>();
  if (!path.empty()) {
    absl::StatusOr<std::unique_ptr<Boilerplate>> read =
        Boilerplate::FromFile(config.ResolvePath(path));
    if (!read.ok()) return read.status();
    boilerplate = *std::move(read);
  }
  return std::make_unique<NormalizeFactory>(std::move(boilerplate));
}

}  // namespace copydesk
