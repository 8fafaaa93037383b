#include "stages/story/story.h"

#include <utility>

namespace copydesk {
namespace {

constexpr std::string_view kDialectNames[] = {"ninjs-1", "ninjs-2", "ninjs-3", "flat", "text"};
constexpr std::string_view kNoticeNames[] = {"none",     "update",    "correction", "refile",
                                             "repeat",   "writethru", "take",       "add",
                                             "withhold", "kill"};
constexpr std::string_view kRelationNames[] = {"original", "repeat",   "near-duplicate",
                                               "excerpt",  "revision", "correction",
                                               "refile",   "kill",     "withhold"};

// The enumerator of `names` that is called `name`, or nullopt.
template <typename Enum, size_t n>
std::optional<Enum> FromName(const std::string_view (&names)[n], std::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

TextField& Story::AddField() {
  if (spare_fields_.empty()) return fields.emplace_back();
  fields.push_back(std::move(spare_fields_.back()));
  spare_fields_.pop_back();
  TextField& field = fields.back();
  field.name.clear();
  field.is_headline = false;
  field.is_markup = false;
  field.value.clear();
  return field;
}

void Mention::Clear() {
  id.clear();
  type.clear();
  name.clear();
  surface.clear();
  field = 0;
  bytes = code_points = utf16 = {};
  part_of.clear();
  by.clear();
  is_unresolved = false;
  candidates.clear();
}

void Story::ReadFields() {
  if (has_readings_) return;
  for (TextField& field : fields) field.reading.Assign(field.value, field.is_markup);
  has_readings_ = true;
}

void Story::Clear() {
  dialect = Dialect::kNinjs3;
  uri.clear();
  is_uri_made = false;
  version.clear();
  version_created.clear();
  version_time_ms = -1;
  pub_status = PubStatus::kUsable;
  embargoed.clear();
  embargo_time_ms = -1;
  language.clear();
  slugline.clear();
  ednote.clear();
  byline.clear();
  located.clear();
  urgency = 0;
  alt_ids.clear();
  signals.clear();
  subjects.clear();
  if (spare_fields_.empty()) spare_fields_.swap(fields);
  for (TextField& field : fields) spare_fields_.push_back(std::move(field));
  fields.clear();
  is_normalized = false;
  not_story.clear();
  notice = Notice::kNone;
  notice_number = 0;
  content_hash = {};
  sketch.Clear();
  relation.reset();
  dictionary_version.clear();
  mentions.clear();
  layout.closing_brace = 0;
  layout.is_empty_object = false;
  layout.entity_arrays.clear();
  layout.known_entities.clear();
  layout.extension = {};
  has_readings_ = false;
}

std::string_view NameOf(Dialect dialect) { return kDialectNames[static_cast<size_t>(dialect)]; }
std::string_view NameOf(Notice notice) { return kNoticeNames[static_cast<size_t>(notice)]; }
std::string_view NameOf(RelationKind kind) { return kRelationNames[static_cast<size_t>(kind)]; }

std::optional<RelationKind> RelationKindFromName(std::string_view name) {
  return FromName<RelationKind>(kRelationNames, name);
}

std::optional<Notice> NoticeFromName(std::string_view name) {
  return FromName<Notice>(kNoticeNames, name);
}

}  // namespace copydesk
