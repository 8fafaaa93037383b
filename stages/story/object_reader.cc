#include "stages/story/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "stages/story/iso_time.h"
#include "stages/story/json_fault.h"
#include "stages/story/json_token.h"

namespace copydesk {
namespace {

bool IsString(std::string_view token) { return !token.empty() && token.front() == '"'; }
bool IsObject(std::string_view token) { return !token.empty() && token.front() == '{'; }
bool IsArray(std::string_view token) { return !token.empty() && token.front() == '['; }
bool IsNumber(std::string_view token) {
  return !token.empty() && (token.front() == '-' || (token.front() >= '0' && token.front() <= '9'));
}

bool IsWord(std::string_view text, std::string_view lower_case) {
  return std::equal(
      text.begin(), text.end(), lower_case.begin(), lower_case.end(),
      [](char a, char b) { return absl::ascii_tolower(static_cast<unsigned char>(a)) == b; });
}

// A key as a step of a JSON Pointer.
std::string PointerStep(std::string_view key) {
  if (std::none_of(key.begin(), key.end(), [](char c) { return c == '~' || c == '/'; })) {
    return std::string(key);
  }
  std::string step;
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step.push_back(c);
    }
  }
  return step;
}

// The names by which an element of `signals` or of a list of notes says what it has to say.
bool IsWordKey(std::string_view key) {
  return key == "value" || key == "code" || key == "qcode" || key == "uri" || key == "name" ||
         key == "ednote";
}

bool IsEntityKey(std::string_view key) {
  return key == "uri" || key == "code" || key == "id" || key == "literal" || key == "name";
}

}  // namespace

std::optional<DecodeFailure> ObjectReader::Read(std::string_view record, size_t readable,
                                                Story* story) {
  story_ = story;
  headline_.rank = TextRank::kNone;
  body_.rank = TextRank::kNone;
  claims_.fill(0);
  has_plural_ = false;
  has_camel_ = false;
  standard_ = '\0';
  is_embargoed_ = false;
  extension_ = {};
  if (!walk_.Begin(record, readable)) return walk_.failure();
  bool is_empty = true;
  const bool is_read = walk_.ForEachRootMember([&](std::string_view key, JsonValue value) {
    is_empty = false;
    return OnMember(key, value);
  });
  if (!is_read) return walk_.failure();
  story->layout.closing_brace = static_cast<uint32_t>(record.find_last_of('}'));
  story->layout.is_empty_object = is_empty;
  story->dialect = ChooseDialect();
  TakeField(true, &headline_);
  TakeField(false, &body_);
  if (is_embargoed_ && story->embargo_time_ms < 0) story->embargo_time_ms = kUntilLifted;
  story->version_time_ms = ParseIsoTime(story->version_created).value_or(-1);
  return std::nullopt;
}

bool ObjectReader::OnMember(std::string_view key, JsonValue value) {
  const MemberUse use = members_.Find(key);
  has_camel_ |= use.is_camel;
  switch (use.target) {
    case Target::kOther:
      return walk_.Walk(value);
    case Target::kUri:
      return ReadText(use, value, &story_->uri, true);
    case Target::kVersion:
      return ReadText(use, value, &story_->version, true);
    case Target::kVersionCreated:
      return ReadText(use, value, &story_->version_created);
    case Target::kLanguage:
      return ReadText(use, value, &story_->language);
    case Target::kSlugline:
      return ReadText(use, value, &story_->slugline);
    case Target::kLocated:
      return ReadText(use, value, &story_->located);
    case Target::kByline:
      return ReadText(use, value, &story_->byline);
    case Target::kPubStatus:
      return ReadPubStatus(use, value);
    case Target::kEmbargoed:
      return ReadEmbargo(use, value);
    case Target::kUrgency:
      return ReadUrgency(use, value);
    case Target::kEdNote:
    case Target::kSignals:
    case Target::kSubjects:
      return ReadWords(use, value);
    case Target::kAltIds:
      return ReadAltIds(use, value);
    case Target::kStandard:
      return ReadStandard(value);
    case Target::kHeadline:
    case Target::kBody:
    case Target::kDescription:
      return ReadTextMember(use, key, value);
    case Target::kHeadlines:
    case Target::kBodies:
    case Target::kDescriptions:
      return ReadTextArray(use, key, value);
    case Target::kEntities:
      return ReadEntities(use, value);
    case Target::kExtension:
      return ReadExtension(value);
  }
  return walk_.Walk(value);
}

bool ObjectReader::Claim(MemberUse use) {
  uint8_t& claim = claims_[static_cast<size_t>(use.target)];
  const uint8_t strength = use.is_mapped ? 1 : 2;
  if (strength <= claim) return false;
  claim = strength;
  return true;
}

// Refuses `value`, or passes over it where a field map merely guessed at it.
bool ObjectReader::WrongType(MemberUse use, JsonValue value, std::string_view expected) {
  const std::string_view token = walk_.TokenOf(value);
  if (!walk_.Walk(value)) return false;
  if (use.is_mapped || token == "null") return true;
  return walk_.Fail("wrong-type", walk_.OffsetOf(token),
                    fmt::format("found {}, expected {}", Excerpt(token), expected));
}

bool ObjectReader::ReadText(MemberUse use, JsonValue value, std::string* out, bool takes_number) {
  const std::string_view token = walk_.TokenOf(value);
  if (takes_number && IsNumber(token)) {
    if (!walk_.Walk(value)) return false;
    if (Claim(use)) out->assign(token);
    return true;
  }
  if (!IsString(token)) {
    return WrongType(use, value, takes_number ? "a string or a number" : "a string");
  }
  return Claim(use) ? walk_.ReadString(token, out) : walk_.Walk(value);
}

bool ObjectReader::ReadPubStatus(MemberUse use, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  if (!IsString(token)) {
    use.is_mapped = false;
    return WrongType(use, value, "a string");
  }
  if (!walk_.ReadString(token, &scratch_)) return false;
  if (scratch_.empty() || !Claim(use)) return true;
  // NewsML-G2 writes a code: "stat:canceled", "http://cv.iptc.org/newscodes/pubstatusg2/canceled".
  const std::string_view status =
      std::string_view(scratch_).substr(scratch_.find_last_of(":/") + 1);
  if (IsWord(status, "usable")) {
    story_->pub_status = PubStatus::kUsable;
  } else if (IsWord(status, "withheld")) {
    story_->pub_status = PubStatus::kWithheld;
  } else if (IsWord(status, "canceled") || IsWord(status, "cancelled")) {
    story_->pub_status = PubStatus::kCanceled;
  } else if (IsWord(status, "embargoed")) {
    // To be used, but not yet.
    story_->pub_status = PubStatus::kUsable;
    is_embargoed_ = true;
  } else {
    return walk_.Fail("bad-value", walk_.OffsetOf(token),
                      fmt::format("found \"{}\", expected usable, embargoed, withheld or canceled",
                                  Excerpt(scratch_)));
  }
  return true;
}

bool ObjectReader::ReadEmbargo(MemberUse use, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  if (!IsString(token)) {
    if (token == "false") return true;
    use.is_mapped = false;
    return WrongType(use, value, "a date");
  }
  if (!walk_.ReadString(token, &scratch_)) return false;
  if (scratch_.empty() || !Claim(use)) return true;
  const std::optional<int64_t> time_ms = ParseIsoTime(scratch_);
  if (!time_ms) {
    return walk_.Fail("bad-value", walk_.OffsetOf(token),
                      fmt::format("found \"{}\", expected an ISO 8601 date", Excerpt(scratch_)));
  }
  story_->embargoed = scratch_;
  story_->embargo_time_ms = *time_ms;
  return true;
}

bool ObjectReader::ReadUrgency(MemberUse use, JsonValue value) {
  scratch_.clear();
  if (!ReadText(use, value, &scratch_, true)) return false;
  // An urgency off the scale, or 4.5, says nothing that a route could use.
  if (scratch_.size() == 1 && scratch_[0] >= '1' && scratch_[0] <= '9') {
    story_->urgency = scratch_[0] - '0';
  }
  return true;
}

// `ednote`, `signals` and `subjects`: a string, or a list of strings or of objects that hold some.
// Subjects that are anything else say nothing.
bool ObjectReader::ReadWords(MemberUse use, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  words_.clear();
  if (IsArray(token)) {
    if (!walk_.ForEachElement(value, [this](size_t, JsonValue word) { return AddWord(word); })) {
      return false;
    }
  } else if (IsString(token)) {
    if (!AddWord(value)) return false;
  } else if (use.target == Target::kSubjects) {
    return walk_.Walk(value);
  } else {
    return WrongType(use, value, "a string or an array");
  }
  if (words_.empty() || !Claim(use)) return true;
  if (use.target != Target::kEdNote) {
    (use.target == Target::kSignals ? story_->signals : story_->subjects).swap(words_);
    return true;
  }
  story_->ednote.clear();
  for (const std::string& word : words_) {
    if (!story_->ednote.empty()) story_->ednote.push_back('\n');
    story_->ednote.append(word);
  }
  return true;
}

bool ObjectReader::AddWord(JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  if (IsString(token)) return walk_.ReadString(token, &words_.emplace_back());
  if (!IsObject(token)) return walk_.Walk(value);
  return walk_.ForEachMember(value, [this](std::string_view key, JsonValue member) {
    const std::string_view text = walk_.TokenOf(member);
    if (!IsWordKey(key) || !IsString(text)) return walk_.Walk(member);
    return walk_.ReadString(text, &words_.emplace_back());
  });
}

// 1.x: {"name": "value"}; 2.x and 3.x: [{"role": "name", "value": "value"}].
bool ObjectReader::ReadAltIds(MemberUse use, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  words_.clear();
  const auto read_member = [this](std::string_view key, JsonValue id) {
    const std::string_view text = walk_.TokenOf(id);
    if (IsNumber(text)) words_.push_back(fmt::format("{}={}", key, text));
    if (!IsString(text)) return walk_.Walk(id);
    if (!walk_.ReadString(text, &scratch_)) return false;
    words_.push_back(fmt::format("{}={}", key, scratch_));
    return true;
  };
  const auto read_element = [this](size_t, JsonValue element) {
    if (!IsObject(walk_.TokenOf(element))) return walk_.Walk(element);
    std::string role;
    std::string id;
    const bool is_read = walk_.ForEachMember(element, [&](std::string_view key, JsonValue member) {
      const std::string_view text = walk_.TokenOf(member);
      if (key == "value" && IsNumber(text)) id = text;
      if (!IsString(text) || (key != "role" && key != "value")) return walk_.Walk(member);
      return walk_.ReadString(text, key == "role" ? &role : &id);
    });
    if (is_read && !id.empty()) words_.push_back(fmt::format("{}={}", role, id));
    return is_read;
  };
  if (IsObject(token)) {
    if (!walk_.ForEachMember(value, read_member)) return false;
  } else if (IsArray(token)) {
    if (!walk_.ForEachElement(value, read_element)) return false;
  } else {
    return WrongType(use, value, "an object or an array");
  }
  if (Claim(use)) story_->alt_ids.swap(words_);
  return true;
}

bool ObjectReader::ReadStandard(JsonValue value) {
  if (!IsObject(walk_.TokenOf(value))) return walk_.Walk(value);
  return walk_.ForEachMember(value, [this](std::string_view key, JsonValue member) {
    const std::string_view token = walk_.TokenOf(member);
    if (key == "version" && IsString(token) && token.size() > 2) standard_ = token[1];
    return walk_.Walk(member);
  });
}

bool ObjectReader::ReadTextMember(MemberUse use, std::string_view key, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  if (!IsString(token)) return WrongType(use, value, "a string");
  TextRank rank = TextRank::kNone;
  if (use.target == Target::kHeadline) {
    rank = use.is_mapped ? TextRank::kHeadlineMapped : TextRank::kHeadlineMain;
  } else if (use.target == Target::kDescription) {
    rank = TextRank::kDescriptionOfContent;
  } else if (use.is_mapped) {
    rank = use.is_markup ? TextRank::kBodyMappedMarkup : TextRank::kBodyMapped;
  } else if (use.is_markup) {
    rank = TextRank::kBodyMarkup;
  } else {
    rank = key == "body_text" ? TextRank::kBodyText : TextRank::kBodyPlain;
  }
  TextChoice& choice = use.target == Target::kHeadline ? headline_ : body_;
  if (rank <= choice.rank) return walk_.Walk(value);
  if (!walk_.ReadString(token, &scratch_)) return false;
  choice.Consider(rank, use.is_markup, PointerStep(key), &scratch_);
  return true;
}

bool ObjectReader::ReadTextArray(MemberUse use, std::string_view key, JsonValue value) {
  if (!IsArray(walk_.TokenOf(value))) return WrongType(use, value, "an array");
  has_plural_ = true;
  return walk_.ForEachElement(value, [&](size_t index, JsonValue element) {
    const std::string_view token = walk_.TokenOf(element);
    if (!IsObject(token)) return WrongType(use, element, "an object with a value");
    name_.clear();
    fmt::format_to(std::back_inserter(name_), "{}/{}/value", key, index);
    return ReadTextElement(use.target, element);
  });
}

// Reads an element of `headlines`, `bodies` or `descriptions`; name_ is its field's.
bool ObjectReader::ReadTextElement(Target target, JsonValue value) {
  std::string_view role;
  std::string_view content_type;
  scratch_.clear();
  const auto read_member = [&](std::string_view key, JsonValue member) {
    const std::string_view token = walk_.TokenOf(member);
    if (!IsString(token)) {
      return key == "value" ? WrongType({}, member, "a string") : walk_.Walk(member);
    }
    if (key == "role") return walk_.StringContent(token, &role);
    if (key == "value") return walk_.ReadString(token, &scratch_);
    if (key != "contenttype" && key != "contentType") return walk_.Walk(member);
    has_camel_ |= key == "contentType";
    return walk_.StringContent(token, &content_type);
  };
  if (!walk_.ForEachMember(value, read_member)) return false;
  const bool is_headline = target == Target::kHeadlines;
  TextChoice& choice = is_headline ? headline_ : body_;
  const bool is_markup = IsMarkupType(content_type, scratch_);
  TextRank rank = is_markup ? TextRank::kBodyMarkup : TextRank::kBodyPlain;
  if (is_headline) rank = role == "main" ? TextRank::kHeadlineMain : TextRank::kHeadlineOther;
  if (target == Target::kDescriptions) rank = RankOfDescription(role);
  choice.Consider(rank, is_markup, name_, &scratch_);
  return true;
}

bool ObjectReader::ReadEntities(MemberUse use, JsonValue value) {
  const std::string_view token = walk_.TokenOf(value);
  std::vector<JsonLayout::EntityArray>& arrays = story_->layout.entity_arrays;
  for (const JsonLayout::EntityArray& array : arrays) {
    if (array.type == use.entity_type && array.is_plural == use.is_plural) {
      return walk_.Walk(value);
    }
  }
  const auto index = static_cast<uint32_t>(arrays.size());
  JsonLayout::EntityArray& array = arrays.emplace_back();
  array.type = use.entity_type;
  array.is_plural = use.is_plural;
  array.is_array = IsArray(token);
  if (!array.is_array) return walk_.Walk(value);
  const auto read_entity = [&](size_t, JsonValue entity) {
    array.is_empty = false;
    return ReadEntity(index, entity);
  };
  if (!walk_.ForEachElement(value, read_entity)) return false;
  array.span = {static_cast<uint32_t>(walk_.OffsetOf(token)),
                static_cast<uint32_t>(walk_.EndOfWalked())};
  return true;
}

bool ObjectReader::ReadEntity(uint32_t array, JsonValue entity) {
  if (!IsObject(walk_.TokenOf(entity))) {
    // A list of names is no ninjs: objects among them would break its readers.
    story_->layout.entity_arrays[array].is_array = false;
    return walk_.Walk(entity);
  }
  return walk_.ForEachMember(entity, [&](std::string_view key, JsonValue member) {
    const std::string_view token = walk_.TokenOf(member);
    if (!IsEntityKey(key) || !IsString(token)) return walk_.Walk(member);
    std::string_view content;
    if (!walk_.StringContent(token, &content)) return false;
    const auto begin = static_cast<uint32_t>(walk_.OffsetOf(content));
    story_->layout.known_entities.push_back(
        {array, {begin, begin + static_cast<uint32_t>(content.size())}});
    return true;
  });
}

// Notes where the extension stands, with the comma that goes with it.
bool ObjectReader::ReadExtension(JsonValue value) {
  size_t begin = walk_.key_offset();
  const std::string_view token = walk_.TokenOf(value);
  const size_t at = walk_.OffsetOf(token);
  if (!extension_.empty()) return walk_.Fail("bad-value", at, "expected to find it once");
  if (!IsObject(token)) return walk_.Fail("bad-value", at, "expected an object");
  if (!walk_.Walk(value)) return false;
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const std::string_view text = walk_.text();
  size_t end = walk_.EndOfWalked();
  extension_ = text.substr(at, end - at);
  const size_t before = text.find_last_not_of(kWhiteSpace, begin - 1);
  if (text[before] == ',') {
    begin = before;
  } else if (const size_t next = std::min(text.find_first_not_of(kWhiteSpace, end), text.size());
             text.substr(next, 1) == ",") {
    end = next + 1;
  }
  story_->layout.extension = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  return true;
}

Dialect ObjectReader::ChooseDialect() const {
  const bool is_flat =
      body_.rank == TextRank::kBodyMapped || body_.rank == TextRank::kBodyMappedMarkup ||
      (body_.rank == TextRank::kNone && headline_.rank == TextRank::kHeadlineMapped);
  const bool has_text = body_.rank != TextRank::kNone || headline_.rank != TextRank::kNone;
  if (has_plural_) return has_camel_ || standard_ == '3' ? Dialect::kNinjs3 : Dialect::kNinjs2;
  if (has_text) return is_flat ? Dialect::kFlat : Dialect::kNinjs1;
  if (standard_ == '1') return Dialect::kNinjs1;
  if (standard_ == '2') return Dialect::kNinjs2;
  return has_camel_ || standard_ == '3' ? Dialect::kNinjs3 : Dialect::kFlat;
}

void ObjectReader::TakeField(bool is_headline, TextChoice* choice) {
  if (choice->rank == TextRank::kNone) return;
  TextField& field = story_->AddField();
  field.is_headline = is_headline;
  field.is_markup = choice->is_markup;
  field.name.swap(choice->name);
  field.value.swap(choice->value);
}

}  // namespace copydesk
