// What the resolver knows about a place in a story that may be a mention, and what became of it.
//
// Units:   spans are byte offsets of the field's plain text; ranges are half-open.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

#include "stages/dictionary/entity.h"
#include "stages/dictionary/entity_rules.h"
#include "stages/tag/lexicon.h"
#include "stages/text/offset_map.h"

namespace copydesk {

// How a place was found: by an alias or a pattern of the dictionary, by a rule for names nobody
// listed, as another name's short form or acronym, or as the team of a place that an alias names.
enum class FoundBy : uint8_t { kAlias, kAliasPattern, kRule, kShortForm, kAcronym, kTeam };

enum class Verdict : uint8_t {
  kMention,
  kUnresolved,     // a mention: short for one of two names, and nothing says for which
  kAmbiguous,      // a mention: of one of its candidates, and too little says of which
  kSmall,          // none: a name that begins with no capital
  kShadowed,       // none: part of a longer name, or of another one (`other`)
  kPartOfUnknown,  // none: stands beside a capitalised word that nothing explains
  kNeedsEvidence,  // none: may be a common word, a given name or a surname
  kRefused,        // none: a rule of the entity is against it (`refused_by`)
};

// The word that the outputs use ("alias", "pattern", "short-form", "acronym").
std::string_view NameOf(FoundBy by);
// In words an editor understands.
std::string_view NameOf(Verdict verdict);

inline constexpr uint32_t kNone = UINT32_MAX;

// The types whose names are weighed: a person's, an organisation's, a place's.
inline bool IsName(EntityType type) { return type <= EntityType::kPlace; }

// A place in a story as one number.
inline uint64_t PlaceOf(uint32_t field, uint32_t begin) { return uint64_t{field} << 32 | begin; }

inline bool Overlap(Span a, Span b) { return a.begin < b.end && b.begin < a.end; }
inline bool Contains(Span outer, Span inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

// Words [begin, end) of a chain.
struct WordRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct Sighting {
  uint32_t field = 0;
  Span span;
  WordRange range;  // its words, while its chain is read
  FoundBy by = FoundBy::kAlias;
  Verdict verdict = Verdict::kMention;
  EntityRule refused_by = EntityRule::kNone;
  EntityType type = EntityType::kObject;
  uint16_t priority = 0;         // of the entity
  uint8_t words = 0;             // in how many words of a chain; 0 where it stands in none
  uint32_t entity = kNone;       // of the dictionary
  uint32_t first_candidate = 0;  // see Resolver::candidates()
  uint32_t candidate_count = 0;
  bool is_dated = false;      // a date stands behind it
  bool is_beyond = false;     // reaches beyond its chain, as "Birmingham, Alabama" does
  bool is_elsewhere = false;  // a place that the dictionary has only others of its name of
  bool is_part = false;       // no mention for some reason, and part of a longer name as well
  uint32_t rule = kNone;      // of the name rules
  uint32_t other = kNone;     // the finding that shadows it, or whose short form it is,
  uint32_t rival = kNone;     // or may be just as well
  WordFlags first = 0;        // the flags of its first and its last word, of all its words,
  WordFlags last = 0;
  WordFlags all = 0;
  WordFlags before = 0;  // and of the words before and behind it
  WordFlags behind = 0;

  bool is_mention() const { return verdict <= Verdict::kAmbiguous; }
  bool is_unresolved() const {
    return verdict == Verdict::kUnresolved || verdict == Verdict::kAmbiguous;
  }
};

}  // namespace copydesk
