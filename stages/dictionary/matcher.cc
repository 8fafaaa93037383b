// How mentions are found.
//
// Most texts and dictionaries take one scan with the main index, whose hits are mentions at once.
// Where a text is not its own fold, is all capitals, or the dictionary has other folds or patterns,
// several scans each give the longest match at every begin, and MergeMatches() picks the leftmost
// and longest of all.

#include "stages/dictionary/matcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "stages/dictionary/mention_edge.h"

namespace copydesk {
namespace {

constexpr uint32_t Bit(AliasFold fold) { return 1u << static_cast<uint32_t>(fold); }
constexpr uint32_t kAllFolds = (1u << kAliasFolds) - 1;

bool IsEmpty(Span span) { return span.begin == span.end; }

std::string_view Part(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

// Whether all aliases are exact and no pattern reads the folded text.
bool HasExactOnly(const Dictionary& dictionary) {
  for (uint32_t fold = 0; fold < kAliasFolds; ++fold) {
    const auto alias_fold = static_cast<AliasFold>(fold);
    if (alias_fold != AliasFold::kExact && dictionary.image().alias_count(alias_fold) != 0) {
      return false;
    }
  }
  return !dictionary.regexes().has_folded();
}

}  // namespace

Matcher::Matcher(std::shared_ptr<const Dictionary> dictionary, const Kernel& kernel)
    : dictionary_(std::move(dictionary)),
      main_scanner_(dictionary_->image().index(kMainIndex), kernel),
      squashed_scanner_(dictionary_->image().index(kSquashedIndex), kernel),
      capitals_scanner_(dictionary_->image().index(kCapitalsIndex), kernel),
      is_exact_(HasExactOnly(*dictionary_)) {}

bool Matcher::TakeKey(std::string_view text, const OffsetMap* map, FoldSet folds, uint32_t begin,
                      const Candidate& candidate) {
  const Image& image = dictionary_->image();
  const std::string_view part = text.substr(begin, candidate.end - begin);
  const Scanner::SlotRange range = main_scanner_.SlotsOf(candidate.hash);
  for (uint32_t key = range.begin; key < range.end; ++key) {
    const auto fingerprint = static_cast<uint32_t>(candidate.hash);
    if (main_scanner_.index().slots[key].fingerprint != fingerprint) continue;
    if (image.KeyText(key) != part) continue;
    const Span span = ToWholeOriginal(map, {begin, candidate.end});
    if (IsEmpty(span)) return false;
    const size_t first = candidates_.size();
    for (const ClaimWord claim : image.Claims(key)) {
      if ((folds & Bit(claim.fold())) == 0) continue;
      // An entity's claims stand together, those by alias before those by pattern.
      if (candidates_.size() > first && candidates_.back().entity == claim.entity()) continue;
      candidates_.push_back({claim.entity(), claim.is_pattern()});
    }
    if (candidates_.size() == first) return false;
    AddMatch(span, first);
    return true;
  }
  return false;
}

bool Matcher::TakeSquashed(std::string_view folded, const OffsetMap* map, ImageIndex which,
                           uint32_t begin, const Candidate& candidate) {
  const Span in_folded = ToWholeOriginal(&squashed_map_, {begin, candidate.end});
  if (IsEmpty(in_folded) || !IsMentionBegin(folded, in_folded.begin) ||
      !IsMentionEnd(folded, in_folded.end)) {
    return false;
  }
  const Span span = ToWholeOriginal(map, in_folded);
  if (IsEmpty(span)) return false;
  const std::string_view part = Part(folded, in_folded);
  const Image& image = dictionary_->image();
  const Scanner& scanner = which == kCapitalsIndex ? capitals_scanner_ : squashed_scanner_;
  const Scanner::SlotRange range = scanner.SlotsOf(candidate.hash);
  const size_t first = candidates_.size();
  size_t of_one_key = first;
  bool is_ranked = true;
  for (uint32_t i = range.begin; i < range.end; ++i) {
    const Slot slot = scanner.index().slots[i];
    if (slot.fingerprint != static_cast<uint32_t>(candidate.hash)) continue;
    const std::string_view key = image.KeyText(slot.ref);
    of_one_key = candidates_.size();
    for (const ClaimWord claim : image.Claims(slot.ref)) {
      AliasFold fold = claim.fold();
      if (which == kCapitalsIndex) {
        if (fold != AliasFold::kTypographic || claim.is_pattern()) continue;
        fold = AliasFold::kCase;
      } else if (fold == AliasFold::kExact || fold == AliasFold::kTypographic) {
        continue;
      }
      const bool is_known =
          candidates_.size() > of_one_key && candidates_.back().entity == claim.entity();
      if (is_known || !squasher_.EqualUnder(fold, part, key)) continue;
      is_ranked = is_ranked && of_one_key == first;
      candidates_.push_back({claim.entity(), claim.is_pattern()});
    }
  }
  if (candidates_.size() == first) return false;
  if (!is_ranked) Rank(first);
  AddMatch(span, first);
  return true;
}

void Matcher::AddMatch(Span span, size_t first_candidate) {
  matches_.push_back({span, static_cast<uint32_t>(first_candidate),
                      static_cast<uint32_t>(candidates_.size() - first_candidate)});
}

void Matcher::FindPatterns(std::string_view text, const OffsetMap* map, bool is_exact) {
  regex_matches_.clear();
  dictionary_->regexes().Find(text, map, is_exact, &regex_scratch_, &regex_matches_);
  for (const RegexMatch& found : regex_matches_) {
    candidates_.push_back({dictionary_->image().patterns()[found.pattern].entity, true});
    AddMatch(found.span, candidates_.size() - 1);
  }
}

std::span<const Match> Matcher::Find(std::string_view plain, const FoldedText* folded) {
  matches_.clear();
  candidates_.clear();
  const Image& image = dictionary_->image();
  const RegexSet& regexes = dictionary_->regexes();
  // Exact aliases are compared with the plain text: without others the fold is not looked at.
  const bool is_folded = folded != nullptr && !is_exact_ && !folded->map().is_identity();
  const std::string_view text = is_folded ? folded->text() : plain;
  const OffsetMap* const map = is_folded ? &folded->map() : nullptr;
  const bool has_squashed = image.index(kSquashedIndex).key_count != 0;
  const bool has_capitals = image.index(kCapitalsIndex).key_count != 0;
  const uint32_t exact_count = image.alias_count(AliasFold::kExact);
  const bool has_patterns = regexes.has_exact() || regexes.has_folded();

  bool is_alone = !has_squashed && !has_patterns && !(is_folded && exact_count != 0);
  uint8_t flags = 0;
  const auto scan = [&](std::string_view in, const OffsetMap* in_map, FoldSet folds) {
    return main_scanner_.Scan(in, is_alone, [&](uint32_t begin, const Candidate& candidate) {
      return TakeKey(in, in_map, folds, begin, candidate);
    });
  };
  if (is_folded && exact_count != 0) scan(plain, nullptr, Bit(AliasFold::kExact));
  flags = scan(text, map, is_folded ? kAllFolds & ~Bit(AliasFold::kExact) : kAllFolds);
  const bool is_capitals = has_capitals && (flags & kUpperChar) != 0 && (flags & kLowerChar) == 0;
  if (is_capitals && is_alone) {
    // The mentions found may be parts of longer ones: look again, at every begin.
    is_alone = false;
    matches_.clear();
    candidates_.clear();
    scan(text, map, kAllFolds);
  }
  if (is_alone) return matches_;
  if (has_squashed || is_capitals) {
    squasher_.Squash(text, &squashed_, &squashed_map_);
    const auto take = [&](ImageIndex which) {
      return [this, text, map, which](uint32_t begin, const Candidate& candidate) {
        return TakeSquashed(text, map, which, begin, candidate);
      };
    };
    if (has_squashed) squashed_scanner_.Scan(squashed_, false, take(kSquashedIndex));
    if (is_capitals) capitals_scanner_.Scan(squashed_, false, take(kCapitalsIndex));
  }
  if (regexes.has_exact()) FindPatterns(plain, nullptr, true);
  if (regexes.has_folded()) FindPatterns(text, map, false);
  MergeMatches();
  return matches_;
}

void Matcher::Rank(size_t first) {
  const auto begin = candidates_.begin() + static_cast<ptrdiff_t>(first);
  const auto rank = [&](const Candidacy& candidacy) {
    const uint16_t priority = dictionary_->entity(candidacy.entity).priority;
    return std::tuple(kPriorityMax - priority, candidacy.entity, candidacy.is_pattern);
  };
  std::sort(begin, candidates_.end(),
            [&](const Candidacy& a, const Candidacy& b) { return rank(a) < rank(b); });
  const auto last =
      std::unique(begin, candidates_.end(),
                  [](const Candidacy& a, const Candidacy& b) { return a.entity == b.entity; });
  candidates_.erase(last, candidates_.end());
}

void Matcher::MergeMatches() {
  std::sort(matches_.begin(), matches_.end(), [](const Match& a, const Match& b) {
    return std::tuple(a.span.begin, b.span.end, a.first_candidate) <
           std::tuple(b.span.begin, a.span.end, b.first_candidate);
  });
  merged_.clear();
  uint32_t resume = 0;
  for (size_t i = 0, next; i < matches_.size(); i = next) {
    const Span span = matches_[i].span;
    for (next = i + 1; next < matches_.size() && matches_[next].span == span;) ++next;
    if (span.begin < resume) continue;
    resume = span.end;
    if (next == i + 1) {
      merged_.push_back(matches_[i]);
      continue;
    }
    const size_t first = candidates_.size();
    for (size_t k = i; k < next; ++k) {
      for (uint32_t c = 0; c < matches_[k].candidate_count; ++c) {
        candidates_.push_back(candidates_[matches_[k].first_candidate + c]);
      }
    }
    Rank(first);
    merged_.push_back(
        {span, static_cast<uint32_t>(first), static_cast<uint32_t>(candidates_.size() - first)});
  }
  matches_.swap(merged_);
}

}  // namespace copydesk
