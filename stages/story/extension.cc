#include "stages/story/extension.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "stages/text/utf8.h"

namespace copydesk {
namespace {

using Element = simdjson::dom::element;

bool IsCodePointBoundary(std::string_view text, uint32_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

bool IsEntityType(std::string_view type) {
  return std::find(std::begin(kEntityTypeNames), std::end(kEntityTypeNames), type) !=
         std::end(kEntityTypeNames);
}

// Where in the extension something stands: a member, or an element of a list. Becomes text only
// when something is wrong there.
struct Path {
  std::string_view member;
  size_t index = std::string_view::npos;

  std::string ToString() const {
    if (index == std::string_view::npos) return fmt::format("copydesk/{}", member);
    return fmt::format("copydesk/{}/{}", member, index);
  }
};

}  // namespace

struct ExtensionReader::Impl {
  simdjson::dom::parser parser;
  std::vector<uint32_t> order;  // of mentions, by field and place

  Story* story = nullptr;
  std::string failure;  // empty while all is well

  bool Fail(Path path, std::string_view what) {
    failure = fmt::format("{}: {}", path.ToString(), what);
    return false;
  }

  // An absent member leaves *out alone and is no failure; a member of another type is one.
  bool Text(Element object, std::string_view key, Path path, std::string* out) {
    Element member;
    if (object.at_key(key).get(member)) return true;
    std::string_view text;
    if (member.get_string().get(text)) return Fail(path, fmt::format("{} is no string", key));
    out->assign(text);
    return true;
  }

  bool Integer(Element object, std::string_view key, Path path, int64_t min, int64_t max,
               int64_t* out) {
    Element member;
    if (object.at_key(key).get(member)) return true;
    if (member.get_int64().get(*out) || *out < min || *out > max) {
      return Fail(path, fmt::format("{} is no integer from {} to {}", key, min, max));
    }
    return true;
  }

  bool ReadSpan(Element object, std::string_view key, Path path, Span* span) {
    simdjson::dom::array pair;
    if (object.at_key(key).get_array().get(pair) || pair.size() != 2) {
      return Fail(path, fmt::format("{} is no [begin, end]", key));
    }
    uint32_t* const ends[] = {&span->begin, &span->end};
    size_t index = 0;
    for (const Element element : pair) {
      int64_t offset = 0;
      if (element.get_int64().get(offset) || offset < 0 ||
          offset > std::numeric_limits<uint32_t>::max()) {
        return Fail(path, fmt::format("{} is no [begin, end]", key));
      }
      *ends[index++] = static_cast<uint32_t>(offset);
    }
    return true;
  }

  // Reads `field` and `bytes` and checks that the bytes are a place in the field.
  bool ReadPlace(Element object, Path path, uint32_t* field, Span* bytes) {
    std::string_view name;
    if (object.at_key("field").get_string().get(name)) return Fail(path, "field is no string");
    const auto found = std::find_if(story->fields.begin(), story->fields.end(),
                                    [&](const TextField& f) { return f.name == name; });
    if (found == story->fields.end()) return Fail(path, "field names no field that was read");
    *field = static_cast<uint32_t>(found - story->fields.begin());
    if (!ReadSpan(object, "bytes", path, bytes)) return false;
    const std::string_view value = found->value;
    if (bytes->begin >= bytes->end || bytes->end > value.size() ||
        !IsCodePointBoundary(value, bytes->begin) || !IsCodePointBoundary(value, bytes->end)) {
      return Fail(path, fmt::format("bytes [{}, {}] are no place in {}, which has {}", bytes->begin,
                                    bytes->end, found->name, value.size()));
    }
    return true;
  }

  bool ReadLead(Element relation, Relation* out) {
    Element lead;
    if (relation.at_key("lead").get(lead)) return true;
    if (!lead.is_object()) return Fail({"relation/lead"}, "expected an object");
    Lead& into = out->lead.emplace();
    int64_t partition = -1;
    constexpr Path kPath = {"relation/lead"};
    if (!Text(lead, "uri", kPath, &into.uri) || !Text(lead, "version", kPath, &into.version) ||
        !Text(lead, "topic", kPath, &into.topic) ||
        !Integer(lead, "partition", kPath, -1, std::numeric_limits<int32_t>::max(), &partition) ||
        !Integer(lead, "offset", kPath, -1, std::numeric_limits<int64_t>::max(), &into.offset)) {
      return false;
    }
    into.partition = static_cast<int32_t>(partition);
    return true;
  }

  bool Share(Element member, int8_t* hundredths) {
    double share = 0;
    if (member.get_double().get(share) || !(share >= 0 && share <= 1)) {
      return Fail({"relation"}, "similarity or containment is no share from 0 to 1");
    }
    *hundredths = static_cast<int8_t>(std::lround(100 * share));
    return true;
  }

  bool ReadShares(Element relation, Relation* out) {
    Element similarity;
    simdjson::dom::array containment;
    if (relation.at_key("similarity").get(similarity)) return true;
    if (!Share(similarity, &out->similarity)) return false;
    if (relation.at_key("containment").get_array().get(containment) || containment.size() != 2) {
      return Fail({"relation"}, "containment is no pair of shares");
    }
    return Share(containment.at(0).value_unsafe(), &out->in_lead) &&
           Share(containment.at(1).value_unsafe(), &out->of_lead);
  }

  bool ReadRelation(Element extension) {
    Element relation;
    if (extension.at_key("relation").get(relation)) return true;
    if (!relation.is_object()) return Fail({"relation"}, "expected an object");
    Relation& into = story->relation.emplace();
    std::string kind;
    if (!Text(relation, "kind", {"relation"}, &kind)) return false;
    const std::optional<RelationKind> known = RelationKindFromName(kind);
    if (!known) return Fail({"relation"}, "kind is no relation that is known");
    into.kind = *known;
    Element late;
    if (!relation.at_key("late").get(late) && late.get_bool().get(into.is_late)) {
      return Fail({"relation"}, "late is no boolean");
    }
    if (!ReadShares(relation, &into)) return false;
    return Text(relation, "rule", {"relation"}, &into.rule) && ReadLead(relation, &into);
  }

  bool ReadNotice(Element extension) {
    Element notice;
    if (extension.at_key("notice").get(notice)) return true;
    if (!notice.is_object()) return Fail({"notice"}, "expected an object");
    std::string kind;
    if (!Text(notice, "kind", {"notice"}, &kind)) return false;
    const std::optional<Notice> known = NoticeFromName(kind);
    if (!known) return Fail({"notice"}, "kind is no notice that is known");
    story->notice = *known;
    int64_t number = 0;
    if (!Integer(notice, "number", {"notice"}, 0, std::numeric_limits<int32_t>::max(), &number)) {
      return false;
    }
    story->notice_number = static_cast<int32_t>(number);
    return true;
  }

  bool ReadNotStory(Element extension) {
    Element spans;
    if (extension.at_key("notStory").get(spans)) return true;
    if (!spans.is_array()) return Fail({"notStory"}, "expected an array");
    for (const Element span : simdjson::dom::array(spans.get_array().value_unsafe())) {
      const Path path = {"notStory", story->not_story.size()};
      NotStory& into = story->not_story.emplace_back();
      if (!ReadPlace(span, path, &into.field, &into.bytes)) return false;
      if (!Text(span, "why", path, &into.why)) return false;
    }
    return true;
  }

  bool ReadCandidates(Element mention, Path path, Mention* into) {
    Element candidates;
    if (mention.at_key("candidates").get(candidates)) return true;
    if (!candidates.is_array()) return Fail(path, "candidates is no array");
    for (const Element candidate : simdjson::dom::array(candidates.get_array().value_unsafe())) {
      MentionCandidate& added = into->candidates.emplace_back();
      double score = 0;
      if (candidate.at_key("score").get_double().get(score) || !(score >= 0 && score <= 1)) {
        return Fail(path, "a candidate's score is no share from 0 to 1");
      }
      added.score = static_cast<int8_t>(std::lround(100 * score));
      if (!Text(candidate, "id", path, &added.id) || !Text(candidate, "type", path, &added.type) ||
          !Text(candidate, "name", path, &added.name)) {
        return false;
      }
      if (!IsEntityType(added.type)) return Fail(path, "a candidate's type is none that is known");
    }
    return true;
  }

  bool ReadPartOf(Element mention, Path path, Mention* into) {
    Element ids;
    if (mention.at_key("partOf").get(ids)) return true;
    if (!ids.is_array()) return Fail(path, "partOf is no array");
    for (const Element id : simdjson::dom::array(ids.get_array().value_unsafe())) {
      std::string_view text;
      if (id.get_string().get(text)) return Fail(path, "partOf has what is no string");
      into->part_of.emplace_back(text);
    }
    return true;
  }

  bool ReadMentions(Element extension) {
    Element mentions;
    if (extension.at_key("mentions").get(mentions)) return true;
    if (!mentions.is_array()) return Fail({"mentions"}, "expected an array");
    for (const Element mention : simdjson::dom::array(mentions.get_array().value_unsafe())) {
      const Path path = {"mentions", story->mentions.size()};
      Mention& into = story->mentions.emplace_back();
      if (!ReadPlace(mention, path, &into.field, &into.bytes) ||
          !ReadSpan(mention, "codepoints", path, &into.code_points) ||
          !ReadSpan(mention, "utf16", path, &into.utf16) || !Text(mention, "id", path, &into.id) ||
          !Text(mention, "type", path, &into.type) || !Text(mention, "name", path, &into.name) ||
          !Text(mention, "surface", path, &into.surface) || !Text(mention, "by", path, &into.by)) {
        return false;
      }
      Element unresolved;
      if (!mention.at_key("unresolved").get(unresolved) &&
          unresolved.get_bool().get(into.is_unresolved)) {
        return Fail(path, "unresolved is no boolean");
      }
      if (!ReadCandidates(mention, path, &into) || !ReadPartOf(mention, path, &into)) return false;
      if (!IsEntityType(into.type)) {
        return Fail(path, "type is none of person, organisation, place, event, object");
      }
      const std::string_view value = story->fields[into.field].value;
      if (value.substr(into.bytes.begin, into.bytes.end - into.bytes.begin) != into.surface) {
        return Fail(path, "surface is not what stands at bytes");
      }
    }
    return CheckCounts();
  }

  // Checks the code point and UTF-16 spans, field by field in rising order, so that a story with
  // its mentions in any order still costs one pass over each field.
  bool CheckCounts() {
    const Mentions& mentions = story->mentions;
    order.resize(mentions.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto place = [&](uint32_t i) {
      return std::pair(mentions[i].field, mentions[i].bytes.begin);
    };
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return place(a) < place(b); });
    for (size_t next = 0; next < order.size();) {
      const uint32_t field = mentions[order[next]].field;
      OffsetCounter begins(story->fields[field].value);
      for (; next < order.size() && mentions[order[next]].field == field; ++next) {
        const Mention& mention = mentions[order[next]];
        const OffsetCounter::Counts begin = begins.At(mention.bytes.begin);
        const OffsetCounter::Counts length =
            OffsetCounter(mention.surface).At(mention.surface.size());
        const Span code_points = {begin.code_points, begin.code_points + length.code_points};
        const Span utf16 = {begin.utf16_units, begin.utf16_units + length.utf16_units};
        if (mention.code_points != code_points || mention.utf16 != utf16) {
          return Fail({"mentions", order[next]},
                      fmt::format("expected codepoints [{}, {}] and utf16 [{}, {}]",
                                  code_points.begin, code_points.end, utf16.begin, utf16.end));
        }
      }
    }
    return true;
  }

  bool ReadAll(Element extension) {
    std::string made_uri;
    if (!Text(extension, "uri", {"uri"}, &made_uri)) return false;
    if (story->is_uri_made && !made_uri.empty()) story->uri = made_uri;
    std::string hash;
    if (!Text(extension, "contentHash", {"contentHash"}, &hash)) return false;
    if (!hash.empty()) {
      if (!ContentHash::FromHex(hash, &story->content_hash)) {
        return Fail({"contentHash"}, "expected 32 hexadecimal digits");
      }
      story->is_normalized = true;
    }
    std::string sketch;
    if (!Text(extension, "sketch", {"sketch"}, &sketch)) return false;
    if (!sketch.empty() && !Sketch::FromText(sketch, &story->sketch)) {
      return Fail({"sketch"}, "is no sketch that was written");
    }
    return Text(extension, "dictionary", {"dictionary"}, &story->dictionary_version) &&
           ReadRelation(extension) && ReadNotice(extension) && ReadNotStory(extension) &&
           ReadMentions(extension);
  }
};

ExtensionReader::ExtensionReader() : impl_(std::make_unique<Impl>()) {}
ExtensionReader::~ExtensionReader() = default;

std::optional<DecodeFailure> ExtensionReader::Read(std::string_view json, Story* story) {
  static_assert(simdjson::SIMDJSON_PADDING <= 64);
  Element extension;
  if (const auto error = impl_->parser.parse(json.data(), json.size(), false).get(extension)) {
    return DecodeFailure{"bad-value", fmt::format("copydesk: {}", simdjson::error_message(error))};
  }
  impl_->story = story;
  if (impl_->ReadAll(extension)) return std::nullopt;
  return DecodeFailure{"bad-value", impl_->failure};
}

}  // namespace copydesk
