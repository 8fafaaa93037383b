// Finds the mentions of a dictionary's entities in a text.
//
// A mention is a part of the text between edges (mention_edge.h) that an alias or a pattern
// matches. Mentions do not overlap: the leftmost counts, of those that begin at one place the
// longest, and the search goes on behind it. All entities that are called so are its candidates,
// the best first: higher priority, then whichever the dictionary named first.
//
// Which text an alias is compared with: exact ones with the plain text, the others with its
// typographic fold, and of those with case or diacritics folded, both sides without. In a text that
// is all capitals (an upper-case letter, no lower-case one) typographic aliases match whatever
// their case. A match must cover whole characters of the plain text: half an ellipsis is none.
//
// Units:    byte offsets of the plain text.
// Lifetime: results are valid until the next Find().
// Threads:  one task thread.
// Cost:     see README.md; no allocation once the scratch has grown to the longest text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/scan.h"
#include "stages/dictionary/squash.h"
#include "stages/text/fold.h"
#include "stages/text/offset_map.h"

namespace copydesk {

struct Candidacy {
  uint32_t entity;
  bool is_pattern;  // found by a pattern, not by an alias
};

struct Match {
  Span span;
  uint32_t first_candidate;  // see Matcher::candidates()
  uint32_t candidate_count;  // at least 1
};

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const Dictionary> dictionary,
                   const Kernel& kernel = BestKernel());

  // Finds the mentions in `plain`, in rising order. `folded` is the fold of `plain`; null stands
  // for a text that folding does not change, or for a dictionary of exact aliases only.
  std::span<const Match> Find(std::string_view plain, const FoldedText* folded);

  std::span<const Candidacy> candidates(const Match& match) const {
    return {candidates_.data() + match.first_candidate, match.candidate_count};
  }

  // Asks for the entities of all candidates: those of a large dictionary are in no cache.
  void PrefetchEntities() const {
    for (const Candidacy& found : candidates_) dictionary_->image().PrefetchEntity(found.entity);
  }

  const Dictionary& dictionary() const { return *dictionary_; }

 private:
  // Which claims count in a scan, a bit for each AliasFold.
  using FoldSet = uint32_t;

  void FindPatterns(std::string_view text, const OffsetMap* map, bool is_exact);
  bool TakeKey(std::string_view text, const OffsetMap* map, FoldSet folds, uint32_t begin,
               const Candidate& candidate);
  bool TakeSquashed(std::string_view folded, const OffsetMap* map, ImageIndex which, uint32_t begin,
                    const Candidate& candidate);
  void AddMatch(Span span, size_t first_candidate);
  // Puts the candidates from `first` on in order, best first, each entity once. Those of one key
  // are: it was compiled so.
  void Rank(size_t first);
  void MergeMatches();

  const std::shared_ptr<const Dictionary> dictionary_;
  Scanner main_scanner_;
  Scanner squashed_scanner_;
  Scanner capitals_scanner_;
  const bool is_exact_;  // nothing is looked for in the folded text
  Squasher squasher_;
  std::string squashed_;
  OffsetMap squashed_map_;
  RegexScratch regex_scratch_;
  std::vector<RegexMatch> regex_matches_;
  std::vector<Match> matches_;
  std::vector<Match> merged_;
  std::vector<Candidacy> candidates_;
};

}  // namespace copydesk
