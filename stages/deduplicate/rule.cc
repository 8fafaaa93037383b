#include "stages/deduplicate/rule.h"

#include <string_view>

namespace copydesk {
namespace {

std::string_view NameOf(Rule rule) {
  switch (rule) {
    case Rule::kNothingLikeIt:
      return "nothing like it in the window";
    case Rule::kSaysRepeat:
      return "says it is a repeat, nothing like it in the window";
    case Rule::kSameContent:
      return "same content as an earlier story";
    case Rule::kSameVersion:
      return "same uri and version";
    case Rule::kNewer:
      return "newer version";
    case Rule::kOlder:
      return "older version than one already seen";
    case Rule::kUnordered:
      return "another version, order unknown";
    case Rule::kAfterKill:
      return "newer version after a kill";
    case Rule::kKilledBefore:
      return "killed before it came";
    case Rule::kSaysCorrection:
      return "says it is a correction";
    case Rule::kSaysRefile:
      return "says it is a refile";
    case Rule::kCanceled:
      return "pubstatus canceled";
    case Rule::kWithheld:
      return "pubstatus withheld";
    case Rule::kSameWords:
      return "much the same words as an earlier story";
    case Rule::kPartOfEarlier:
      return "part of an earlier story";
    case Rule::kContainsEarlier:
      return "contains an earlier story";
    case Rule::kSharesPassages:
      return "shares passages with an earlier story";
    case Rule::kSameTemplate:
      return "words of an earlier story, other names or figures";
    case Rule::kSaysKill:
      return "says it is a kill";
    case Rule::kSaysWithhold:
      return "says it is withheld";
  }
  return "";
}

std::string_view NameOf(Link link) {
  switch (link) {
    case Link::kNone:
    case Link::kExcerpt:
      return "";
    case Link::kUri:
      return ", same uri";
    case Link::kChainId:
      return ", shared chain id";
    case Link::kHeadline:
      return ", names the headline of an earlier story";
    case Link::kSlugline:
      return ", same slugline as an earlier story";
    case Link::kWords:
      return ", much the same words as an earlier story";
    case Link::kUnseen:
      return ", story not seen";
    case Link::kNamedUri:
      return ", names the uri of an earlier story";
    case Link::kAwaited:
      return ", under the headline that the kill names";
  }
  return "";
}

}  // namespace

std::string WordsOf(Rule rule, Link link) {
  std::string words(NameOf(rule));
  words += NameOf(link);
  return words;
}

}  // namespace copydesk
