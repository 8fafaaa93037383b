#include "stages/tag/sighting.h"

namespace copydesk {

std::string_view NameOf(FoundBy by) {
  switch (by) {
    case FoundBy::kAlias:
      return "alias";
    case FoundBy::kShortForm:
      return "short-form";
    case FoundBy::kAcronym:
      return "acronym";
    default:
      return "pattern";
  }
}

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMention:
      return "a mention";
    case Verdict::kUnresolved:
      return "a short form of two names of the story";
    case Verdict::kAmbiguous:
      return "the name of several, of whom the story makes none likely enough";
    case Verdict::kSmall:
      return "begins with no capital";
    case Verdict::kShadowed:
      return "part of a longer name";
    case Verdict::kPartOfUnknown:
      return "stands beside a capitalised word that nothing explains";
    case Verdict::kNeedsEvidence:
      return "may be a common word or a person's name, and nothing in the story "
             "says otherwise";
    case Verdict::kRefused:
      return "a rule of the entity is against it";
  }
  return "";
}

}  // namespace copydesk
