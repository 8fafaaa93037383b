#include "stages/story/members.h"

#include "absl/strings/string_view.h"
#include "stages/story/story.h"
#include "stages/story/text_choice.h"

namespace copydesk {
namespace {

struct NamedUse {
  std::string_view name;
  MemberUse use;
};

constexpr NamedUse kNinjs[] = {
    {"uri", {.target = Target::kUri}},
    {"version", {.target = Target::kVersion}},
    {"versioncreated", {.target = Target::kVersionCreated}},
    {"versionCreated", {.target = Target::kVersionCreated, .is_camel = true}},
    {"pubstatus", {.target = Target::kPubStatus}},
    {"pubStatus", {.target = Target::kPubStatus, .is_camel = true}},
    {"embargoed", {.target = Target::kEmbargoed}},
    {"embargoedUntil", {.target = Target::kEmbargoed, .is_camel = true}},
    {"language", {.target = Target::kLanguage}},
    {"slugline", {.target = Target::kSlugline}},
    {"ednote", {.target = Target::kEdNote}},
    {"edNote", {.target = Target::kEdNote, .is_camel = true}},
    {"urgency", {.target = Target::kUrgency}},
    {"located", {.target = Target::kLocated}},
    {"byline", {.target = Target::kByline}},
    {"by", {.target = Target::kByline}},
    {"signals", {.target = Target::kSignals}},
    {"subject", {.target = Target::kSubjects}},
    {"subjects", {.target = Target::kSubjects}},
    {"altids", {.target = Target::kAltIds}},
    {"altIds", {.target = Target::kAltIds, .is_camel = true}},
    {"$standard", {.target = Target::kStandard}},
    {"standard", {.target = Target::kStandard}},
    {"headline", {.target = Target::kHeadline}},
    {"headlines", {.target = Target::kHeadlines}},
    {"bodies", {.target = Target::kBodies}},
    {"descriptions", {.target = Target::kDescriptions}},
};

// What a field map may name, beside what it becomes.
constexpr NamedUse kMapTargets[] = {
    {"uri", {.target = Target::kUri}},
    {"version", {.target = Target::kVersion}},
    {"versioncreated", {.target = Target::kVersionCreated}},
    {"pubstatus", {.target = Target::kPubStatus}},
    {"embargoed", {.target = Target::kEmbargoed}},
    {"headline", {.target = Target::kHeadline}},
    {"body_text", {.target = Target::kBody}},
    {"body_xhtml", {.target = Target::kBody, .is_markup = true}},
    {"language", {.target = Target::kLanguage}},
    {"slugline", {.target = Target::kSlugline}},
    {"ednote", {.target = Target::kEdNote}},
    {"urgency", {.target = Target::kUrgency}},
    {"located", {.target = Target::kLocated}},
    {"byline", {.target = Target::kByline}},
    {"signals", {.target = Target::kSignals}},
    {"subjects", {.target = Target::kSubjects}},
    {"altids", {.target = Target::kAltIds}},
};

constexpr std::string_view kPluralNames[kEntityTypes] = {"people", "organisations", "places",
                                                         "events", "objects"};

const MemberUse* FindMapTarget(std::string_view name) {
  for (const NamedUse& target : kMapTargets) {
    if (target.name == name) return &target.use;
  }
  return nullptr;
}

}  // namespace

const FieldMap& DefaultFieldMap() {
  static const FieldMap* const kFields = new FieldMap{
      {"urn", "uri"},
      {"guid", "uri"},
      {"id", "uri"},
      {"url", "uri"},
      {"revision", "version"},
      {"version_created", "versioncreated"},
      {"published", "versioncreated"},
      {"published_at", "versioncreated"},
      {"publishedAt", "versioncreated"},
      {"date", "versioncreated"},
      {"timestamp", "versioncreated"},
      {"embargo", "embargoed"},
      {"embargo_until", "embargoed"},
      {"embargoed_until", "embargoed"},
      {"title", "headline"},
      {"text", "body_text"},
      {"body", "body_text"},
      {"content", "body_text"},
      {"article", "body_text"},
      {"html", "body_xhtml"},
      {"content_html", "body_xhtml"},
      {"article_html", "body_xhtml"},
      {"lang", "language"},
      {"slug", "slugline"},
      {"ednotes", "ednote"},
      {"editors_note", "ednote"},
      {"author", "byline"},
      {"location", "located"},
      {"signal", "signals"},
      {"section", "subjects"},
      {"category", "subjects"},
  };
  return *kFields;
}

bool IsFieldMapTarget(std::string_view member) { return FindMapTarget(member) != nullptr; }

MemberTable::MemberTable(const FieldMap& fields) {
  for (const NamedUse& named : kNinjs) uses_[std::string(named.name)] = named.use;
  for (uint8_t type = 0; type < kEntityTypes; ++type) {
    MemberUse use{.target = Target::kEntities, .entity_type = type};
    uses_[std::string(kEntityTypeNames[type])] = use;
    use.is_plural = true;
    uses_[std::string(kPluralNames[type])] = use;
  }
  for (const auto& [name, target_name] : fields) {
    const MemberUse* const target = FindMapTarget(target_name);
    if (target == nullptr || name == target_name) continue;
    MemberUse use = *target;
    use.is_mapped = true;
    uses_[name] = use;
  }
  uses_["copydesk"] = {.target = Target::kExtension};
}

MemberUse MemberTable::Find(std::string_view name) const {
  const auto found = uses_.find(absl::string_view(name.data(), name.size()));
  if (found != uses_.end()) return found->second;
  if (name.substr(0, 5) == "body_") {
    return {.target = Target::kBody, .is_markup = IsMarkupWord(name)};
  }
  if (name.substr(0, 12) == "description_") {
    return {.target = Target::kDescription, .is_markup = IsMarkupWord(name)};
  }
  return {};
}

}  // namespace copydesk
