// Where an entity may be meant: rules that an editor gives one entity of the dictionary.
//
//   {"near": ["iphone", "tim cook"], "not_near": ["cider", "orchard"], "within": 12,
//    "not_in": ["New York (Times|Post)"], "sections": ["medtop:04000000", "subj:04*"],
//    "languages": ["en", "pt-BR"], "count": 2}
//
//   near       one of these words or phrases stands within so many words of the mention
//   not_near   none of these does
//   within     how many words (10)
//   not_in     RE2 patterns: a mention inside what one of them matches is none
//   sections   the story has one of these subjects; a * at the end stands for any end
//   languages  the story is in one of these; without a region in any region
//   count      the story mentions the entity so often
//
// Case does not count but in patterns. A story that says nothing of its language or subjects is not
// refused for them. `not_in` sees kPatternBytes before and behind the mention.
//
// Units:   byte offsets of the field's plain text (reading.h); words by Unicode, a character each
// in
//          scripts written without spaces.
// Threads: immutable (share freely).
// Errors:  absl::InvalidArgument that names the member and what was expected.
// Limits:  64 items a list, `within` 1 to 100, `count` 1 to 1000.
// Cost:    a look around the mention; nothing for entities without rules.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "stages/dictionary/image.h"
#include "stages/text/offset_map.h"

namespace copydesk {

// The rule that refuses a mention; kNone where all let it pass.
enum class EntityRule : uint8_t { kNone, kNear, kNotNear, kNotIn, kSections, kLanguages, kCount };
// As the source has it ("not_near").
std::string_view NameOf(EntityRule rule);

// What rules look at.
struct RuleContext {
  std::string_view text;
  Span span;
  std::string_view language;  // BCP 47, "" when unknown
  std::span<const std::string> subjects;
};

class EntityRules {
 public:
  static constexpr uint32_t kPatternBytes = 256;

  // Reads the JSON object above.
  static absl::StatusOr<EntityRules> Parse(std::string_view json);
  EntityRules(EntityRules&&) noexcept;
  EntityRules& operator=(EntityRules&&) noexcept;
  ~EntityRules();

  // The first rule that refuses the mention at `context.span`, `count` apart.
  EntityRule Check(const RuleContext& context) const;
  // True when the story's language or subjects are among those the entity asks for.
  bool IsExpected(const RuleContext& context) const;
  uint32_t count_min() const;

 private:
  struct Impl;
  explicit EntityRules(std::unique_ptr<Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// The rules of all entities of an image that have some.
class RuleBook {
 public:
  static absl::StatusOr<RuleBook> Make(const Image& image);

  bool empty() const { return rules_.empty(); }
  // True where some entity must be named more than once.
  bool has_counts() const { return has_counts_; }
  // Null for an entity without rules.
  const EntityRules* Find(uint32_t entity) const {
    const auto found = rules_.find(entity);
    return found == rules_.end() ? nullptr : &found->second;
  }

 private:
  absl::flat_hash_map<uint32_t, EntityRules> rules_;
  bool has_counts_ = false;
};

}  // namespace copydesk
