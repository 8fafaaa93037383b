// The rules that decide a relation, and the words an editor reads for them in Relation::rule.
//
// A rule may say by what the two stories were joined: "newer version, same uri". Both sets are
// bounded, so that the words can be counted and routed by.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace copydesk {

enum class Rule : uint8_t {
  kNothingLikeIt,
  kSaysRepeat,
  kSameContent,
  kSameVersion,
  kNewer,
  kOlder,
  kUnordered,
  kAfterKill,
  kKilledBefore,
  kSaysCorrection,
  kSaysRefile,
  kCanceled,
  kWithheld,
  kSameWords,
  kPartOfEarlier,
  kContainsEarlier,
  kSharesPassages,
  kSameTemplate,
  kSaysKill,
  kSaysWithhold,
};

// By what a story was joined to an earlier one.
enum class Link : uint8_t {
  kNone,
  kUri,
  kChainId,
  kHeadline,
  kSlugline,
  kWords,
  kUnseen,
  kNamedUri,
  kExcerpt,  // what it is like is an excerpt of its lead
  kAwaited   // a kill that came before it names its headline
};

// "newer version, same uri".
std::string WordsOf(Rule rule, Link link);

}  // namespace copydesk
