// Reads a JSON object, ninjs in any dialect or a flat feed's, into a Story.
//
// Of a member that is given twice, or under ninjs's own name and a mapped one, the first of ninjs's
// own names is read, else the first mapped one; a null counts as absent. A member of ninjs must
// have the type ninjs gives it ("wrong-type"); a mapped one of another type is not read, but for
// the two that must never be lost, pubstatus and embargoed. A publishing status that is not known,
// an embargo that is no date, and a second `copydesk` are "bad-value". AP's status "embargoed" is
// an embargo until `embargoed`; where no such date is given, until another version lifts it.
//
// Threads: one task thread. Errors: a DecodeFailure. Cost: one pass.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/story/json_walk.h"
#include "stages/story/members.h"
#include "stages/story/story.h"
#include "stages/story/text_choice.h"

namespace copydesk {

class ObjectReader {
 public:
  ObjectReader(size_t depth_max, const FieldMap& fields) : members_(fields), walk_(depth_max) {}

  // Fills *story, its fields and its layout; not what the extension holds. `readable` as in
  // JsonWalk::Begin().
  std::optional<DecodeFailure> Read(std::string_view record, size_t readable, Story* story);

  // The object that the `copydesk` member of the last record holds, with simdjson's padding behind
  // it; empty where there is none. Valid until the next Read().
  std::string_view extension() const { return extension_; }

 private:
  bool OnMember(std::string_view key, JsonValue value);
  // True when `use` is better than what its target was read from so far.
  bool Claim(MemberUse use);
  bool WrongType(MemberUse use, JsonValue value, std::string_view expected);
  bool ReadText(MemberUse use, JsonValue value, std::string* out, bool takes_number = false);
  bool ReadPubStatus(MemberUse use, JsonValue value);
  bool ReadEmbargo(MemberUse use, JsonValue value);
  bool ReadUrgency(MemberUse use, JsonValue value);
  bool ReadWords(MemberUse use, JsonValue value);
  bool AddWord(JsonValue value);
  bool ReadAltIds(MemberUse use, JsonValue value);
  bool ReadStandard(JsonValue value);
  bool ReadTextMember(MemberUse use, std::string_view key, JsonValue value);
  bool ReadTextArray(MemberUse use, std::string_view key, JsonValue value);
  bool ReadTextElement(Target target, JsonValue value);
  bool ReadEntities(MemberUse use, JsonValue value);
  bool ReadEntity(uint32_t array, JsonValue entity);
  bool ReadExtension(JsonValue value);
  Dialect ChooseDialect() const;
  void TakeField(bool is_headline, TextChoice* choice);

  const MemberTable members_;
  JsonWalk walk_;

  // Of the record at hand.
  Story* story_ = nullptr;
  TextChoice headline_;
  TextChoice body_;
  std::array<uint8_t, kTargets> claims_;  // 0: nothing read, 1: a mapped member, 2: ninjs's own
  bool has_plural_ = false;               // headlines, bodies or descriptions
  bool has_camel_ = false;                // a member or content type spelt as in 3.x
  char standard_ = '\0';                  // the first digit of the version that the record states
  bool is_embargoed_ = false;             // by its publishing status
  std::string_view extension_;
  std::vector<std::string> words_;
  std::string name_;
  std::string scratch_;
};

}  // namespace copydesk
