#include "stages/story/encode.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "stages/story/entity_id.h"
#include "stages/story/json_out.h"
#include "stages/story/json_token.h"
#include "stages/text/fold.h"

namespace copydesk {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kPluralNames[kEntityTypes] = {"people", "organisations", "places",
                                                         "events", "objects"};

void WriteSpan(std::string_view key, Span span, JsonOut* json) {
  json->Key(key);
  json->Pair(span.begin, span.end);
}

void WriteLead(std::string_view key, const Lead& lead, JsonOut* json) {
  json->Key(key);
  json->BeginObject();
  json->Member("uri", lead.uri);
  json->Member("version", lead.version);
  json->Member("topic", lead.topic);
  json->Member("partition", int64_t{lead.partition});
  json->Member("offset", lead.offset);
  json->EndObject();
}

void WriteRelation(const Relation& relation, JsonOut* json) {
  json->Key("relation");
  json->BeginObject();
  json->Member("kind", NameOf(relation.kind));
  if (relation.is_late) {
    json->Key("late");
    json->True();
  }
  if (relation.lead) WriteLead("lead", *relation.lead, json);
  if (!relation.rule.empty()) json->Member("rule", relation.rule);
  if (relation.similarity >= 0) {
    json->Key("similarity");
    json->Share(relation.similarity);
    json->Key("containment");
    json->BeginArray();
    json->Share(relation.in_lead);
    json->Share(relation.of_lead);
    json->EndArray();
  }
  json->EndObject();
}

void WriteCandidates(const Mention& mention, JsonOut* json) {
  json->Key("candidates");
  json->BeginArray();
  for (const MentionCandidate& candidate : mention.candidates) {
    json->BeginObject();
    if (!candidate.id.empty()) json->Member("id", candidate.id);
    json->Member("type", candidate.type);
    json->Member("name", candidate.name);
    json->Key("score");
    json->Share(candidate.score);
    json->EndObject();
  }
  json->EndArray();
}

void WriteMention(const Story& story, const Mention& mention, JsonOut* json) {
  json->BeginObject();
  if (!mention.id.empty()) json->Member("id", mention.id);
  json->Member("type", mention.type);
  json->Member("name", mention.name);
  json->Member("surface", mention.surface);
  json->Member("field", story.fields[mention.field].name);
  WriteSpan("bytes", mention.bytes, json);
  WriteSpan("codepoints", mention.code_points, json);
  WriteSpan("utf16", mention.utf16, json);
  if (!mention.part_of.empty()) {
    json->Key("partOf");
    json->BeginArray();
    for (const std::string& id : mention.part_of) json->Value(id);
    json->EndArray();
  }
  json->Member("by", mention.by);
  if (mention.is_unresolved) {
    json->Key("unresolved");
    json->True();
  }
  if (!mention.candidates.empty()) WriteCandidates(mention, json);
  json->EndObject();
}

void WriteExtension(const Story& story, JsonOut* json) {
  json->BeginObject();
  if (story.is_uri_made) json->Member("uri", story.uri);
  if (!story.dictionary_version.empty()) json->Member("dictionary", story.dictionary_version);
  if (story.relation) WriteRelation(*story.relation, json);
  if (story.notice != Notice::kNone) {
    json->Key("notice");
    json->BeginObject();
    json->Member("kind", NameOf(story.notice));
    if (story.notice_number != 0) json->Member("number", int64_t{story.notice_number});
    json->EndObject();
  }
  if (story.is_normalized) {
    const auto digits = story.content_hash.ToDigits();
    json->Member("contentHash", std::string_view(digits.data(), digits.size()));
  }
  // For a deduplicate that is still to come.
  if (!story.relation && !story.sketch.is_empty()) {
    json->Member("sketch", story.sketch.ToText());
  }
  if (!story.not_story.empty()) {
    json->Key("notStory");
    json->BeginArray();
    for (const NotStory& part : story.not_story) {
      json->BeginObject();
      json->Member("field", story.fields[part.field].name);
      WriteSpan("bytes", part.bytes, json);
      json->Member("why", part.why);
      json->EndObject();
    }
    json->EndArray();
  }
  if (!story.mentions.empty() || !story.dictionary_version.empty()) {
    json->Key("mentions");
    json->BeginArray();
    for (const Mention& mention : story.mentions) WriteMention(story, mention, json);
    json->EndArray();
  }
  json->EndObject();
}

// How much a story has to do with an entity. It is about whom it names in the headline, whom it
// names in its lead and again behind it (of a story that is hardly more than a lead: again), and
// whom it names again and again from its first half to its end.
struct Salience {
  static constexpr uint32_t kLeadBytes = 400;  // a paragraph or two
  static constexpr uint32_t kCountMin = 4;

  void Add(const Story& story, const Mention& mention) {
    const TextField& field = story.fields[mention.field];
    ++count;
    if (field.is_headline) {
      is_in_headline = true;
      return;
    }
    const uint64_t size = field.value.size();
    const bool is_lead = mention.bytes.begin < kLeadBytes;
    is_in_lead |= is_lead;
    is_behind_lead |= !is_lead || size < 2 * kLeadBytes;
    is_in_first_half |= mention.bytes.begin < size / 2;
    is_in_last_third |= mention.bytes.begin >= size - size / 3;
  }
  bool is_about() const {
    return is_in_headline || (is_in_lead && is_behind_lead && count > 1) ||
           (count >= kCountMin && is_in_first_half && is_in_last_third);
  }

  uint32_t count = 0;
  bool is_in_headline = false;
  bool is_in_lead = false;
  bool is_behind_lead = false;
  bool is_in_first_half = false;
  bool is_in_last_third = false;
};

// An entity, or a name without one, that the story has mentions of.
struct Named {
  const Mention* first = nullptr;
  size_t type = 0;
  bool is_known = false;  // the feed gives it itself
  Salience salience;
};

// Puts a story's additions into its record's text.
class Encoder {
 public:
  Encoder(const Story& story, std::string_view record, std::string* out)
      : story_(story), record_(record), out_(out) {
    CollectEntities();
  }

  void EncodeObject();
  void EncodeText();

 private:
  bool is_plural() const { return story_.dialect != Dialect::kNinjs1; }
  void CollectEntities();
  // Whether there is one to be written.
  bool HasEntities(size_t type) const;
  bool HasArray(uint8_t type) const;
  void DropKnown(const JsonLayout::EntityArray& array);
  void WriteEntities(uint8_t type, bool needs_comma);
  void WriteNewMembers(bool needs_comma);
  bool IsEmptyWithoutExtension() const;
  // Where the white space before byte `at` of the record begins.
  uint32_t BeforeSpace(uint32_t at) const {
    return static_cast<uint32_t>(record_.substr(0, at).find_last_not_of(kWhiteSpace) + 1);
  }

  const Story& story_;
  const std::string_view record_;
  std::string* const out_;
  std::vector<Named> entities_;  // in the order of their first mentions
};

void Encoder::CollectEntities() {
  const size_t count = story_.mentions.size();
  if (count == 0) return;
  entities_.reserve(count);
  absl::flat_hash_map<std::string_view, size_t> numbers(count);
  for (const Mention& mention : story_.mentions) {
    if (mention.is_unresolved) continue;
    const std::string_view key = mention.id.empty() ? mention.name : mention.id;
    const auto [found, is_new] = numbers.try_emplace(key, entities_.size());
    if (is_new) {
      const auto type =
          std::find(std::begin(kEntityTypeNames), std::end(kEntityTypeNames), mention.type);
      Named& named = entities_.emplace_back();
      named.first = &mention;
      named.type = static_cast<size_t>(type - std::begin(kEntityTypeNames));
    }
    entities_[found->second].salience.Add(story_, mention);
  }
}

bool Encoder::HasEntities(size_t type) const {
  return std::any_of(entities_.begin(), entities_.end(),
                     [&](const Named& named) { return named.type == type && !named.is_known; });
}

bool Encoder::HasArray(uint8_t type) const {
  for (const JsonLayout::EntityArray& array : story_.layout.entity_arrays) {
    if (array.type == type && array.is_plural == is_plural()) return true;
  }
  return false;
}

// Notes which entities of the array's type the feed gives itself.
void Encoder::DropKnown(const JsonLayout::EntityArray& array) {
  absl::flat_hash_set<std::string> known_names;
  const auto index = static_cast<uint32_t>(&array - story_.layout.entity_arrays.data());
  std::string text;
  for (const JsonLayout::KnownEntity& known : story_.layout.known_entities) {
    if (known.array != index) continue;
    UnescapeJson(record_.substr(known.text.begin, known.text.end - known.text.begin), &text);
    known_names.insert(FoldCase(text));
  }
  for (Named& named : entities_) {
    if (named.type != array.type) continue;
    const Mention& mention = *named.first;
    const EntityId id = SplitEntityId(mention.id);
    for (const std::string_view name :
         {std::string_view(mention.name), std::string_view(mention.id), std::string_view(id.code),
          std::string_view(id.uri)}) {
      named.is_known |= known_names.contains(FoldCase(name));
    }
    named.is_known |= !array.is_array;
  }
}

void Encoder::WriteEntities(uint8_t type, bool needs_comma) {
  for (const Named& named : entities_) {
    if (named.type != type || named.is_known) continue;
    const Mention* const mention = named.first;
    if (needs_comma) out_->push_back(',');
    needs_comma = true;
    const EntityId id = SplitEntityId(mention->id);
    JsonOut json(out_);
    json.BeginObject();
    json.Member("name", mention->name);
    json.Member("rel", named.salience.is_about() ? "about" : "mentions");
    if (mention->id.empty()) {
      // A name that no dictionary has is a name and nothing more.
    } else if (is_plural()) {
      json.Member("uri", id.uri);
    } else {
      json.Member("scheme", id.scheme);
      json.Member("code", id.code);
    }
    json.EndObject();
  }
}

// Entity arrays that the record does not have, then the extension.
void Encoder::WriteNewMembers(bool needs_comma) {
  for (uint8_t type = 0; type < kEntityTypes; ++type) {
    if (!HasEntities(type) || HasArray(type)) continue;
    const std::string_view name = is_plural() ? kPluralNames[type] : kEntityTypeNames[type];
    out_->append(needs_comma ? ",\"" : "\"").append(name).append("\":[");
    WriteEntities(type, false);
    out_->push_back(']');
    needs_comma = true;
  }
  out_->append(needs_comma ? ",\"copydesk\":" : "\"copydesk\":");
  JsonOut json(out_);
  WriteExtension(story_, &json);
}

bool Encoder::IsEmptyWithoutExtension() const {
  const JsonLayout& layout = story_.layout;
  if (layout.is_empty_object) return true;
  if (layout.extension == Span{}) return false;
  const size_t next = record_.find_first_not_of(kWhiteSpace, layout.extension.end);
  return next == layout.closing_brace && record_[BeforeSpace(layout.extension.begin) - 1] == '{';
}

void Encoder::EncodeObject() {
  const JsonLayout& layout = story_.layout;
  uint32_t done = 0;
  const auto copy_to = [&](uint32_t end) {
    const Span gone = layout.extension;
    if (gone.begin >= done && gone.begin < end && gone != Span{}) {
      out_->append(record_.substr(done, gone.begin - done));
      done = gone.end;
    }
    out_->append(record_.substr(done, end - done));
    done = end;
  };
  // They stand in the order of the record.
  for (const JsonLayout::EntityArray& array : layout.entity_arrays) {
    if (array.is_plural != is_plural() || !HasEntities(array.type)) continue;
    if (!array.is_empty || !array.is_array) DropKnown(array);
    if (!HasEntities(array.type)) continue;
    copy_to(BeforeSpace(array.span.end - 1));
    WriteEntities(array.type, !array.is_empty);
  }
  const uint32_t end = std::max(layout.extension.end, BeforeSpace(layout.closing_brace));
  copy_to(end);
  WriteNewMembers(!IsEmptyWithoutExtension());
  out_->append(record_.substr(end));
}

// Plain text as a ninjs 3.x object, with its fields where TextField::name says.
void Encoder::EncodeText() {
  JsonOut json(out_);
  json.BeginObject();
  json.Key("standard");
  json.BeginObject();
  json.Member("name", "ninjs");
  json.Member("version", "3.1");
  json.EndObject();
  json.Member("uri", story_.uri);
  json.Member("type", "text");
  for (const TextField& field : story_.fields) {
    json.Key(field.is_headline ? "headlines" : "bodies");
    json.BeginArray();
    json.BeginObject();
    json.Member("contentType", "text/plain");
    json.Member("value", field.value);
    json.EndObject();
    json.EndArray();
  }
  json.EndObject();
  out_->pop_back();
  WriteNewMembers(true);
  out_->push_back('}');
}

}  // namespace

void EncodeStory(const Story& story, std::string_view record, std::string* out) {
  out->clear();
  Encoder encoder(story, record, out);
  if (story.dialect == Dialect::kText) {
    encoder.EncodeText();
  } else {
    encoder.EncodeObject();
  }
}

void EncodeRecall(const Lead& recalled, const Lead& by, RelationKind reason, std::string* out) {
  out->clear();
  JsonOut json(out);
  json.BeginObject();
  WriteLead("recall", recalled, &json);
  WriteLead("by", by, &json);
  json.Member("reason", NameOf(reason));
  json.EndObject();
}

}  // namespace copydesk
