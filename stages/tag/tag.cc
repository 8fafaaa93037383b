#include "stages/tag/tag.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/dictionary/live_dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/story_payload.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

class Tag : public Stage {
 public:
  explicit Tag(const LiveDictionary& dictionary)
      : dictionary_(dictionary), generation_(dictionary.generation()), matcher_(dictionary.get()) {}

  void Process(std::span<Item* const> items, StageContext& context) override {
    if (generation_ != dictionary_.generation()) {
      generation_ = dictionary_.generation();
      matcher_.emplace(dictionary_.get());
    }
    uint64_t mentions = 0;
    for (Item* const item : items) {
      Story& story = StoryOf(*item);
      TagStory(&story);
      mentions += story.mentions.size();
    }
    if (mentions > 0) context.Count("mention", mentions);
  }

 private:
  void TagStory(Story* story) {
    story->ReadFields();
    story->dictionary_version = matcher_->dictionary().version();
    story->mentions.clear();
    for (uint32_t field = 0; field < story->fields.size(); ++field) TagField(field, story);
  }

  void TagField(uint32_t field, Story* story) {
    const TextField& text = story->fields[field];
    OffsetCounter counter(text.value);
    for (const Match& match : matcher_->Find(text.reading.plain(), &text.reading.folded())) {
      const Span bytes = text.reading.PlainToValue(match.span);
      if (IsNotStory(*story, field, bytes)) continue;
      const Candidacy best = matcher_->candidates(match).front();
      const Entity entity = matcher_->dictionary().entity(best.entity);
      const OffsetCounter::Counts begin = counter.At(bytes.begin);
      const OffsetCounter::Counts end = counter.At(bytes.end);
      Mention& mention = story->mentions.emplace_back();
      mention.id = entity.id;
      mention.type = NameOf(entity.type);
      mention.name = entity.name;
      mention.surface = text.value.substr(bytes.begin, bytes.end - bytes.begin);
      mention.field = field;
      mention.bytes = bytes;
      mention.code_points = {begin.code_points, end.code_points};
      mention.utf16 = {begin.utf16_units, end.utf16_units};
      mention.by = best.is_pattern ? "pattern" : "alias";
    }
  }

  static bool IsNotStory(const Story& story, uint32_t field, Span bytes) {
    return std::any_of(story.not_story.begin(), story.not_story.end(), [&](const NotStory& part) {
      return part.field == field && part.bytes.begin < bytes.end && bytes.begin < part.bytes.end;
    });
  }

  const LiveDictionary& dictionary_;
  uint64_t generation_;
  std::optional<Matcher> matcher_;
};

class TagFactory : public StageFactory {
 public:
  explicit TagFactory(std::unique_ptr<LiveDictionary> dictionary)
      : dictionary_(std::move(dictionary)) {}
  std::unique_ptr<Stage> Make() const override { return std::make_unique<Tag>(*dictionary_); }
  std::string version() const override { return dictionary_->get()->version(); }
  absl::StatusOr<bool> Reload(bool is_asked) override { return dictionary_->Reload(is_asked); }

 private:
  const std::unique_ptr<LiveDictionary> dictionary_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakeTag(const ConfigNode& config) {
  ConfigMap map(config);
  std::vector<std::string> patterns;
  map.Strings("dictionary", &patterns);
  std::string name;
  map.String("name", &name);
  if (patterns.empty()) map.Fail("dictionary", "is missing; expected a path or a list of paths");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  for (std::string& pattern : patterns) pattern = config.ResolvePath(pattern);
  absl::StatusOr<std::unique_ptr<LiveDictionary>> dictionary =
      LiveDictionary::Load(std::move(patterns), std::move(name));
  if (!dictionary.ok()) return dictionary.status();
  return std::make_unique<TagFactory>(*std::move(dictionary));
}

}  // namespace copydesk
