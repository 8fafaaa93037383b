#include "stages/dictionary/lint.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "stages/dictionary/common_words.h"
#include "stages/dictionary/regex.h"
#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Whom a finding is about: "Q42 (person, Douglas Adams)".
std::string Whom(const Dictionary& dictionary, uint32_t number) {
  const Entity entity = dictionary.entity(number);
  return fmt::format("{} ({}, {})", entity.id, NameOf(entity.type), entity.name);
}

bool TakesCase(AliasFold fold) {
  return fold == AliasFold::kCase || fold == AliasFold::kCaseAndDiacritics;
}

// True when nothing but the first character of `text` is a capital: so it stands where a sentence
// begins.
bool IsCapitalised(std::string_view text, std::string_view lower) {
  size_t at = 0;
  size_t lower_at = 0;
  NextCodePoint(text, &at);
  NextCodePoint(lower, &lower_at);
  return text.substr(at) == lower.substr(lower_at);
}

struct Letters {
  size_t count = 0;
  bool is_unspaced = false;  // of a script that is written without spaces
};

Letters LettersOf(std::string_view text) {
  Letters letters;
  for (size_t at = 0; at < text.size();) {
    const WordClass kind = ClassOf(NextCodePoint(text, &at));
    letters.count += kind != WordClass::kOther;
    letters.is_unspaced = letters.is_unspaced || kind == WordClass::kUnspaced;
  }
  return letters;
}

class Linter {
 public:
  explicit Linter(const LintInput& input)
      : input_(input), dictionary_(input.dictionary), image_(input.dictionary.image()) {}

  std::vector<Finding> Run() {
    for (const absl::Status& error : input_.report.errors) {
      Add("bad-source", std::string(error.message()));
    }
    for (const std::string& repeat : input_.report.repeats) Add("duplicate-id", repeat);
    CheckIds();
    CheckKeys();
    CheckShadows();
    for (const PatternRecord& pattern : image_.patterns()) CheckPattern(pattern);
    for (const std::string& denial : input_.idle_denials) {
      Add("idle-denial", fmt::format("{} is denied, and is not there", denial));
    }
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return RankOf(a.rule) < RankOf(b.rule);
    });
    return std::move(findings_);
  }

 private:
  static size_t RankOf(std::string_view rule) {
    constexpr std::string_view kRules[] = {
        "bad-source", "duplicate-id", "common-word",    "too-short",       "crowded",    "tied",
        "shadowed",   "redundant",    "costly-pattern", "useless-pattern", "idle-denial"};
    return static_cast<size_t>(std::find(std::begin(kRules), std::end(kRules), rule) - kRules);
  }

  void Add(std::string_view rule, std::string text) {
    findings_.push_back({rule, std::move(text)});
  }

  void CheckIds() {
    absl::flat_hash_map<std::string_view, uint32_t> first;
    for (uint32_t i = 0; i < dictionary_.entity_count(); ++i) {
      const auto [found, is_new] = first.try_emplace(dictionary_.entity(i).id, i);
      if (is_new) continue;
      Add("duplicate-id",
          fmt::format("{} is {} as well", Whom(dictionary_, i), Whom(dictionary_, found->second)));
    }
  }

  void CheckKeys() {
    is_best_.assign(dictionary_.entity_count(), false);
    better_.assign(dictionary_.entity_count(), kNobody);
    for (uint32_t key = 0; key < image_.key_count(); ++key) {
      CheckText(key);
      CheckClaims(key);
    }
  }

  void CheckText(uint32_t key) {
    const std::string_view text = image_.KeyText(key);
    const std::span<const ClaimWord> claims = image_.Claims(key);
    const std::string who = Whom(dictionary_, claims[0].entity());
    const std::string lower = FoldCase(text);
    const bool takes_case = std::any_of(claims.begin(), claims.end(),
                                        [](ClaimWord claim) { return TakesCase(claim.fold()); });
    const bool is_word = IsCommonWord(lower) || input_.words.contains(lower);
    if (is_word && (takes_case || IsCapitalised(text, lower))) {
      Add("common-word", fmt::format("'{}' of {} is an ordinary word", text, who));
      return;
    }
    const Letters letters = LettersOf(text);
    const bool is_capitals = text != lower && !HasSmallLetter(text);
    const size_t least = letters.is_unspaced ? 2 : 3;
    if (letters.count < least && (takes_case || !is_capitals)) {
      Add("too-short", fmt::format("'{}' of {}", text, who));
    }
  }

  static bool HasSmallLetter(std::string_view text) {
    static const RE2 small("\\p{Ll}");
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), small);
  }

  void CheckClaims(uint32_t key) {
    const std::span<const ClaimWord> claims = image_.Claims(key);
    const std::string_view text = image_.KeyText(key);
    std::vector<uint32_t> entities;
    for (const ClaimWord claim : claims) {
      if (entities.empty() || entities.back() != claim.entity()) {
        entities.push_back(claim.entity());
        continue;
      }
      Add("redundant",
          fmt::format("'{}' of {} is given {}", text, Whom(dictionary_, claim.entity()),
                      claim.is_pattern() ? "by a pattern as well" : "in two folds"));
    }
    is_best_[entities[0]] = true;
    for (size_t i = 1; i < entities.size(); ++i) better_[entities[i]] = entities[0];
    if (entities.size() == 1) return;
    const Entity best = dictionary_.entity(entities[0]);
    if (entities.size() >= kCrowd) {
      Add("crowded", fmt::format("'{}' is claimed by {} entities, {} first", text, entities.size(),
                                 Whom(dictionary_, entities[0])));
    } else if (best.priority == dictionary_.entity(entities[1]).priority) {
      Add("tied", fmt::format("'{}' is {} before {}, both of priority {}", text,
                              Whom(dictionary_, entities[0]), Whom(dictionary_, entities[1]),
                              best.priority));
    }
  }

  void CheckShadows() {
    std::vector<bool> has_pattern(dictionary_.entity_count());
    for (const PatternRecord& pattern : image_.patterns()) has_pattern[pattern.entity] = true;
    for (uint32_t i = 0; i < dictionary_.entity_count(); ++i) {
      if (is_best_[i] || has_pattern[i] || better_[i] == kNobody) continue;
      Add("shadowed", fmt::format("{} is called nothing that is not another's first, such as {}",
                                  Whom(dictionary_, i), Whom(dictionary_, better_[i])));
    }
  }

  void CheckPattern(const PatternRecord& pattern) {
    const std::string_view text = image_.PatternText(pattern);
    const auto fold = static_cast<AliasFold>(pattern.fold);
    const PatternCost cost = CostOfPattern(text, fold);
    const std::string what = fmt::format("/{}/ of {}", text, Whom(dictionary_, pattern.entity));
    if (cost.matches_anything) {
      Add("useless-pattern", fmt::format("{} matches any text", what));
    } else if (cost.runs_always) {
      Add("costly-pattern",
          fmt::format("{} requires no string of three characters: it runs over every story, {:.0f} "
                      "microseconds for 4 kB",
                      what, cost.story_us));
    }
  }

  static constexpr uint32_t kNobody = UINT32_MAX;
  const LintInput& input_;
  const Dictionary& dictionary_;
  const Image& image_;
  std::vector<Finding> findings_;
  std::vector<bool> is_best_;     // by entity: some key is first of all its own
  std::vector<uint32_t> better_;  // by entity: who comes first where it does not
};

}  // namespace

std::vector<Finding> Lint(const LintInput& input) { return Linter(input).Run(); }

}  // namespace copydesk
