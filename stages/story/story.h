// A wire story in memory: what was read from the record, and what the stages found out about it.
//
// A Story is filled by StoryDecoder (stages/story/decode.h), worked on by the stages in turn and
// written by EncodeStory (stages/story/encode.h). It is reused from record to record: Clear()
// keeps the memory of its strings and vectors.
//
// Units:   spans are half-open byte ranges of TextField::value, which is valid UTF-8.
// Lifetime: readings are views into their fields: no copy or move of a story after ReadFields().
// Threads: one task thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/similarity/content_hash.h"
#include "stages/similarity/sketch.h"
#include "stages/story/reading.h"
#include "stages/text/offset_map.h"  // Span

namespace copydesk {

// Which shape the record has; decides the names of the members that are added.
enum class Dialect : uint8_t {
  kNinjs1,  // IPTC ninjs 1.x: lower-case, body_text, person, organisation
  kNinjs2,  // 2.x: lower-case, arrays headlines and bodies, people, organisations
  kNinjs3,  // 3.x: the same in camelCase
  kFlat,    // any JSON object read through a field map; gets ninjs 3.x members
  kText,    // plain text; becomes a ninjs 3.x object
};

// The time of an embargo that only another version or status ends.
inline constexpr int64_t kUntilLifted = std::numeric_limits<int64_t>::max();

enum class PubStatus : uint8_t { kUsable, kWithheld, kCanceled };

// A text of the story as it stood in the record.
struct TextField {
  // Where it stood: a JSON Pointer (RFC 6901) without its first slash, e.g. "headline" or
  // "bodies/0/value". Plain text has the names it gets in the ninjs 3.x object it becomes:
  // "headlines/0/value" and "bodies/0/value"; that body reaches to the end of the record.
  std::string name;
  bool is_headline = false;
  bool is_markup = false;
  // The value with JSON's escapes resolved. All offsets that leave copydesk count in it.
  std::string value;
  // What a reader reads of it; made by Story::ReadFields().
  Reading reading;
};

// A part of a field that is not the story: a cross-link, a sign-off, the headline said again.
struct NotStory {
  uint32_t field = 0;  // index into Story::fields
  Span bytes;          // of the field's value
  std::string why;     // the rule's name, e.g. "cross-link"
};

// What the wire's own words say the record is.
enum class Notice : uint8_t {
  kNone,
  kUpdate,      // UPDATE n, WRAPUP n, nth LD
  kCorrection,  // CORRECTED, CORRECTION
  kRefile,      // REFILE
  kRepeat,      // REPEAT, RPT
  kWritethru,   // 1st LD-Writethru
  kTake,        // (2 of 3), take 2
  kAdd,         // ADD, 1st add
  kWithhold,    // HOLD, withheld
  kKill,        // KILL, STORY WITHDRAWN, canceled
};

// What became of a story beside the stories before it.
enum class RelationKind : uint8_t {
  kOriginal,
  kRepeat,
  kNearDuplicate,
  kExcerpt,
  kRevision,
  kCorrection,
  kRefile,
  kKill,
  kWithhold,
};

// The story another one repeats, revises or kills: its name, and where its record stood.
struct Lead {
  std::string uri;
  std::string version;
  std::string topic;
  int32_t partition = -1;
  int64_t offset = -1;
};

struct Relation {
  RelationKind kind = RelationKind::kOriginal;
  bool is_late = false;  // a revision older than one already seen
  std::optional<Lead> lead;
  std::string rule;  // which rule decided, in words an editor understands
  // Of the story and an earlier one where their words were compared, in hundredths; else -1.
  int8_t similarity = -1;  // what both have of what either has
  int8_t in_lead = -1;     // of the story, what the earlier one has
  int8_t of_lead = -1;     // of the earlier one, what the story has
};

// One of those whom an unresolved mention may name.
struct MentionCandidate {
  std::string id;    // "" for a name that no dictionary has
  std::string type;  // as in Mention
  std::string name;
  int8_t score = 0;  // in hundredths; of all candidates together 100
};

// A place in the text that names an entity. text[begin, end) is `surface` in each of the units.
struct Mention {
  std::string id;    // "" for a name that no dictionary has
  std::string type;  // person | organisation | place | event | object
  std::string name;  // the entity's name in the dictionary, or the longest form in the story
  std::string surface;
  uint32_t field = 0;  // index into Story::fields
  Span bytes;
  Span code_points;
  Span utf16;
  std::vector<std::string>
      part_of;                 // of a place: the ids of the places it is in, the nearest first
  std::string by;              // how it was found: "alias", "pattern", "short-form", "acronym"
  bool is_unresolved = false;  // of one of several, and the story does not say of which:
  std::vector<MentionCandidate> candidates;  // of these, the likeliest first

  // Forgets everything, keeps memory.
  void Clear();
};

// A story's mentions: those that are forgotten keep the memory of their texts for others.
class Mentions {
 public:
  // Adds an empty one. Others may move.
  Mention& emplace_back() {
    if (size_ == all_.size()) all_.emplace_back();
    Mention& added = all_[size_++];
    added.Clear();
    return added;
  }
  void reserve(size_t size) { all_.reserve(size); }
  void clear() { size_ = 0; }
  // Forgets those from number `size` on. REQUIRES: size <= size().
  void CutTo(size_t size) { size_ = size; }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Mention& operator[](size_t i) { return all_[i]; }
  const Mention& operator[](size_t i) const { return all_[i]; }
  Mention* begin() { return all_.data(); }
  Mention* end() { return all_.data() + size_; }
  const Mention* begin() const { return all_.data(); }
  const Mention* end() const { return all_.data() + size_; }

 private:
  std::vector<Mention> all_;
  size_t size_ = 0;
};

// What a dictionary's entity can be, in the order in which ninjs lists its arrays.
inline constexpr size_t kEntityTypes = 5;
inline constexpr std::string_view kEntityTypeNames[kEntityTypes] = {"person", "organisation",
                                                                    "place", "event", "object"};

// Byte ranges of the record's JSON text that EncodeStory() needs to add members in place.
struct JsonLayout {
  // A member that holds entities: "person", "organisation", ... in ninjs 1.x, "people", ... later.
  struct EntityArray {
    uint8_t type = 0;        // index into kEntityTypeNames
    bool is_plural = false;  // the name that 2.x and 3.x use
    bool is_array = true;    // false: something else stands there, and is left alone
    bool is_empty = true;
    Span span;  // from '[' to behind ']'
  };
  // A uri, code, id, literal or name that the feed gives in an entity array.
  struct KnownEntity {
    uint32_t array = 0;  // index into entity_arrays
    Span text;           // between its quotes, escapes as they stand
  };
  uint32_t closing_brace = 0;  // the object's last '}'
  bool is_empty_object = false;
  std::vector<EntityArray> entity_arrays;
  std::vector<KnownEntity> known_entities;
  // The extension of an earlier worker with the comma that goes with it; empty where there is none.
  Span extension;
};

struct Story {
  Dialect dialect = Dialect::kNinjs3;
  std::string uri;
  bool is_uri_made = false;      // the record has none: it was made from its content
  std::string version;           // as written; "" where the feed gives none
  std::string version_created;   // as written
  int64_t version_time_ms = -1;  // version_created in ms since the epoch, -1 when unknown
  PubStatus pub_status = PubStatus::kUsable;
  std::string embargoed;  // as written
  // The same in ms since the epoch, -1 for none, kUntilLifted for an embargo that names no end.
  int64_t embargo_time_ms = -1;
  std::string language;  // BCP 47 as written, "" when unknown
  std::string slugline;
  std::string ednote;
  std::string byline;
  std::string located;
  int32_t urgency = 0;               // 1 (flash) to 9, 0 when unknown
  std::vector<std::string> alt_ids;  // "name=value"
  std::vector<std::string> signals;
  std::vector<std::string> subjects;  // codes, uris and names, as the feed gives them
  std::vector<TextField> fields;      // the headline first, then the body; see AddField()

  // What normalize finds.
  bool is_normalized = false;
  std::vector<NotStory> not_story;
  Notice notice = Notice::kNone;
  int32_t notice_number = 0;  // of UPDATE n, nth add, take n; 0 for none
  // Of the folded story without its boilerplate; zero when nothing is left of it.
  ContentHash content_hash;
  Sketch sketch;  // empty where normalize makes none

  // What deduplicate decides.
  std::optional<Relation> relation;

  // What tag finds.
  std::string dictionary_version;
  Mentions mentions;

  JsonLayout layout;

  // Adds an empty field that reuses the memory of a forgotten one.
  TextField& AddField();
  // Makes each field's `reading`. Does nothing the second time.
  void ReadFields();
  bool has_readings() const { return has_readings_; }
  // Forgets everything, keeps memory.
  void Clear();

 private:
  bool has_readings_ = false;
  std::vector<TextField> spare_fields_;
};

// The words used in records, configuration and metrics ("near-duplicate", "kill", ...).
std::string_view NameOf(Dialect dialect);
std::string_view NameOf(Notice notice);
std::string_view NameOf(RelationKind kind);
// The kind whose name is `name`, or nullopt.
std::optional<RelationKind> RelationKindFromName(std::string_view name);
std::optional<Notice> NoticeFromName(std::string_view name);

}  // namespace copydesk
