#include "stages/tag/tag.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "stages/dictionary/live_dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/story_payload.h"
#include "stages/tag/name_rules.h"
#include "stages/tag/resolver.h"
#include "stages/tag/rule_context.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

constexpr uint32_t kCandidatesMax = 5;  // of a mention that is left open

// A name of the text may stand in two lines.
void SetInOneLine(std::string_view name, std::string* out) {
  out->assign(name);
  if (name.find('\n') != std::string_view::npos) *out = FoldTypography(name);
}

class Tag : public Stage {
 public:
  Tag(const LiveDictionary& dictionary, std::shared_ptr<const NameRules> rules)
      : dictionary_(dictionary), rules_(std::move(rules)), generation_(dictionary.generation()) {
    Open();
  }

  void Process(std::span<Item* const> items, StageContext& context) override {
    if (generation_ != dictionary_.generation()) {
      generation_ = dictionary_.generation();
      Open();
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
  void Open() {
    if (rules_ != nullptr) {
      resolver_.emplace(dictionary_.get(), rules_);
    } else {
      matcher_.emplace(dictionary_.get());
    }
  }

  const Dictionary& dictionary() const {
    return resolver_ ? resolver_->dictionary() : matcher_->dictionary();
  }

  void TagStory(Story* story) {
    story->ReadFields();
    story->dictionary_version = dictionary().version();
    story->mentions.clear();
    if (resolver_) {
      TagResolved(story);
      return;
    }
    entities_.clear();
    for (uint32_t field = 0; field < story->fields.size(); ++field) TagField(field, story);
    ApplyCounts(story);
  }

  void TagField(uint32_t field, Story* story) {
    const TextField& text = story->fields[field];
    OffsetCounter counter(text.value);
    const std::span<const Match> matches =
        matcher_->Find(text.reading.plain(), &text.reading.folded());
    matcher_->PrefetchEntities();
    for (const Match& match : matches) {
      const Span bytes = text.reading.PlainToValue(match.span);
      if (IsNotStory(*story, field, bytes)) continue;
      const Candidacy* const best = BestOf(*story, field, match);
      if (best == nullptr) continue;
      Mention& mention = AddMention(field, bytes, &counter, story);
      SetEntity(best->entity, &mention);
      entities_.push_back(best->entity);
      mention.by = best->is_pattern ? "pattern" : "alias";
    }
  }

  // The first candidate that its rules do not refuse, or null.
  const Candidacy* BestOf(const Story& story, uint32_t field, const Match& match) const {
    const std::span<const Candidacy> candidates = matcher_->candidates(match);
    const RuleBook& book = dictionary().rules();
    if (book.empty()) return candidates.data();
    for (const Candidacy& candidate : candidates) {
      const EntityRules* const rules = book.Find(candidate.entity);
      const bool is_taken = rules == nullptr || rules->Check(RuleContextOf(
                                                    story, field, match.span)) == EntityRule::kNone;
      if (is_taken) return &candidate;
    }
    return nullptr;
  }

  // Takes out again what the story names less often than its entity's rules ask for.
  void ApplyCounts(Story* story) {
    if (!dictionary().rules().has_counts()) return;
    counts_.clear();
    for (const uint32_t entity : entities_) ++counts_[entity];
    size_t kept = 0;
    for (size_t i = 0; i < entities_.size(); ++i) {
      const EntityRules* const rules = dictionary().rules().Find(entities_[i]);
      if (rules != nullptr && counts_[entities_[i]] < rules->count_min()) continue;
      if (kept != i) std::swap(story->mentions[kept], story->mentions[i]);
      ++kept;
    }
    story->mentions.CutTo(kept);
  }

  void TagResolved(Story* story) {
    resolver_->Resolve(*story);
    found_.clear();
    for (const Sighting& finding : resolver_->sightings()) {
      if (finding.is_mention()) found_.push_back(&finding);
    }
    const auto is_before = [](const Sighting* a, const Sighting* b) {
      return PlaceOf(a->field, a->span.begin) < PlaceOf(b->field, b->span.begin);
    };
    // Short forms stand behind the others.
    if (!std::is_sorted(found_.begin(), found_.end(), is_before)) {
      std::sort(found_.begin(), found_.end(), is_before);
    }
    story->mentions.reserve(found_.size());
    std::optional<OffsetCounter> counter;
    uint32_t field = kNone;
    for (const Sighting* const finding : found_) {
      const TextField& text = story->fields[finding->field];
      if (field != finding->field) {
        field = finding->field;
        counter.emplace(text.value);
      }
      const Span bytes = text.reading.PlainToValue(finding->span);
      if (bytes.begin == bytes.end || IsNotStory(*story, field, bytes)) continue;
      Mention& mention = AddMention(field, bytes, &*counter, story);
      if (finding->entity != kNone) {
        SetEntity(finding->entity, &mention);
      } else {
        mention.type = NameOf(finding->type);
        mention.is_unresolved = finding->is_unresolved();
        if (mention.is_unresolved) {
          mention.name = mention.surface;
          AddCandidates(*finding, &mention);
        } else {
          SetInOneLine(resolver_->NameOf(*finding), &mention.name);
        }
      }
      mention.by = NameOf(finding->by);
    }
  }

  // Those of the dictionary, or the two names of the story.
  void AddCandidates(const Sighting& finding, Mention* mention) const {
    if (finding.verdict == Verdict::kAmbiguous) {
      for (uint32_t i = 0; i < std::min(finding.candidate_count, kCandidatesMax); ++i) {
        const Entity entity = dictionary().entity(resolver_->candidates(finding)[i].entity);
        MentionCandidate& candidate = mention->candidates.emplace_back();
        candidate.id = entity.id;
        candidate.type = NameOf(entity.type);
        candidate.name = entity.name;
        candidate.score = resolver_->scores(finding)[i];
      }
      return;
    }
    for (const uint32_t number : {finding.other, finding.rival}) {
      const Sighting& name = resolver_->sightings()[number];
      MentionCandidate& candidate = mention->candidates.emplace_back();
      candidate.type = NameOf(name.type);
      SetInOneLine(resolver_->NameOf(name), &candidate.name);
      candidate.score = 50;
      if (name.entity == kNone) continue;
      const Entity entity = dictionary().entity(name.entity);
      candidate.id = entity.id;
      candidate.name = entity.name;
    }
  }

  void SetEntity(uint32_t number, Mention* mention) const {
    const Entity entity = dictionary().entity(number);
    mention->id = entity.id;
    mention->type = NameOf(entity.type);
    mention->name = entity.name;
    uint32_t whole = entity.part_of;
    for (uint32_t depth = 0; whole != kNoEntity && depth < kPlaceDepthMax; ++depth) {
      const Entity place = dictionary().entity(whole);
      mention->part_of.emplace_back(place.id);
      whole = place.part_of;
    }
  }

  static Mention& AddMention(uint32_t field, Span bytes, OffsetCounter* counter, Story* story) {
    const OffsetCounter::Counts begin = counter->At(bytes.begin);
    const OffsetCounter::Counts end = counter->At(bytes.end);
    Mention& mention = story->mentions.emplace_back();
    mention.surface.assign(story->fields[field].value, bytes.begin, bytes.end - bytes.begin);
    mention.field = field;
    mention.bytes = bytes;
    mention.code_points = {begin.code_points, end.code_points};
    mention.utf16 = {begin.utf16_units, end.utf16_units};
    return mention;
  }

  static bool IsNotStory(const Story& story, uint32_t field, Span bytes) {
    return std::any_of(story.not_story.begin(), story.not_story.end(), [&](const NotStory& part) {
      return part.field == field && part.bytes.begin < bytes.end && bytes.begin < part.bytes.end;
    });
  }

  const LiveDictionary& dictionary_;
  const std::shared_ptr<const NameRules> rules_;
  uint64_t generation_;
  std::optional<Matcher> matcher_;    // without rules,
  std::optional<Resolver> resolver_;  // with them
  std::vector<const Sighting*> found_;
  std::vector<uint32_t> entities_;                  // of the mentions, without rules for names,
  absl::flat_hash_map<uint32_t, uint32_t> counts_;  // and how often each is named
};

class TagFactory : public StageFactory {
 public:
  TagFactory(std::unique_ptr<LiveDictionary> dictionary, std::shared_ptr<const NameRules> rules)
      : dictionary_(std::move(dictionary)), rules_(std::move(rules)) {}
  std::unique_ptr<Stage> Make() const override {
    return std::make_unique<Tag>(*dictionary_, rules_);
  }
  std::string version() const override { return dictionary_->get()->version(); }
  absl::StatusOr<bool> Reload(bool is_asked) override { return dictionary_->Reload(is_asked); }

 private:
  const std::unique_ptr<LiveDictionary> dictionary_;
  const std::shared_ptr<const NameRules> rules_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StageFactory>> MakeTag(const ConfigNode& config) {
  ConfigMap map(config);
  std::vector<std::string> patterns;
  map.Strings("dictionary", &patterns);
  std::string name;
  map.String("name", &name);
  std::string rules_path;
  map.String("rules", &rules_path);
  if (patterns.empty()) map.Fail("dictionary", "is missing; expected a path or a list of paths");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  for (std::string& pattern : patterns) pattern = config.ResolvePath(pattern);
  std::shared_ptr<const NameRules> rules;
  if (!rules_path.empty()) {
    absl::StatusOr<std::shared_ptr<const NameRules>> read =
        NameRules::FromFile(config.ResolvePath(rules_path));
    if (!read.ok()) return read.status();
    rules = *std::move(read);
  }
  absl::StatusOr<std::unique_ptr<LiveDictionary>> dictionary =
      LiveDictionary::Load(std::move(patterns), std::move(name));
  if (!dictionary.ok()) return dictionary.status();
  return std::make_unique<TagFactory>(*std::move(dictionary), std::move(rules));
}

}  // namespace copydesk
