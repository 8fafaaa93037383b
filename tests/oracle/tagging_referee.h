// The referee of tagging: every alias through RE2 by itself, naive and obviously right.
//
// How: at every place of the plain text it tries every end, longest first, and every alias: it
// folds the part of the text itself and asks RE2 whether the quoted alias, or the pattern, matches
// it as a whole.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/text/boundary.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {

struct RefereeAlias {
  std::string text;
  AliasFold fold = AliasFold::kTypographic;
  bool is_pattern = false;
  uint32_t entity = 0;
};

struct RefereeMention {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::vector<uint32_t> entities;  // best first
  friend bool operator==(const RefereeMention&, const RefereeMention&) = default;
};

inline void PrintTo(const RefereeMention& mention, std::ostream* out) {
  *out << "[" << mention.begin << ", " << mention.end << ") ->";
  for (const uint32_t entity : mention.entities) *out << " " << entity;
}

inline std::vector<size_t> CodePointEdges(std::string_view text) {
  std::vector<size_t> edges;
  for (size_t at = 0; at < text.size(); NextCodePoint(text, &at)) edges.push_back(at);
  edges.push_back(text.size());
  return edges;
}

inline WordClass Before(std::string_view text, size_t at) {
  return ClassOf(PreviousCodePoint(text, &at));
}
inline WordClass Behind(std::string_view text, size_t at) {
  return ClassOf(NextCodePoint(text, &at));
}

inline bool StandsAlone(std::string_view text, size_t begin, size_t end) {
  const bool begins = begin == 0 || Before(text, begin) != WordClass::kWord ||
                      Behind(text, begin) == WordClass::kUnspaced;
  const bool ends = end == text.size() || Behind(text, end) != WordClass::kWord ||
                    Before(text, end) == WordClass::kUnspaced;
  return begins && ends;
}

inline bool StartsWithMark(std::string_view text) {
  static const RE2 mark("^\\p{Mn}");
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), mark);
}

// A mark at the begin has nothing it could be taken off from, and stays.
inline std::string FoldFor(AliasFold fold, std::string_view text) {
  std::string out(text);
  if (fold == AliasFold::kCase || fold == AliasFold::kCaseAndDiacritics) out = FoldCase(out);
  if (fold == AliasFold::kDiacritics || fold == AliasFold::kCaseAndDiacritics) {
    const bool has_lone_marks = StartsWithMark(out);
    out = has_lone_marks ? out : StripDiacritics(out);
  }
  return out;
}

inline bool IsAllCapitals(std::string_view text) {
  static const RE2 upper("\\p{Lu}");
  static const RE2 lower("\\p{Ll}");
  const re2::StringPiece in(text.data(), text.size());
  return RE2::PartialMatch(in, upper) && !RE2::PartialMatch(in, lower);
}

class Referee {
 public:
  Referee(std::vector<RefereeAlias> aliases, std::vector<uint16_t> priorities)
      : aliases_(std::move(aliases)), priorities_(std::move(priorities)) {
    RE2::Options options;
    options.set_log_errors(false);
    for (const RefereeAlias& alias : aliases_) {
      options.set_case_sensitive(true);
      std::string pattern = alias.text;
      if (!alias.is_pattern) {
        const std::string text = alias.fold == AliasFold::kExact
                                     ? alias.text
                                     : FoldFor(alias.fold, FoldTypography(alias.text));
        pattern = RE2::QuoteMeta(text);
      } else if (alias.fold == AliasFold::kCase) {
        options.set_case_sensitive(false);
      }
      patterns_.push_back(std::make_unique<RE2>(pattern, options));
      const bool in_capitals = alias.fold == AliasFold::kTypographic && !alias.is_pattern &&
                               !StartsWithMark(FoldTypography(alias.text));
      capitals_.push_back(in_capitals ? std::make_unique<RE2>(RE2::QuoteMeta(
                                            FoldFor(AliasFold::kCase, FoldTypography(alias.text))))
                                      : nullptr);
    }
  }

  std::vector<RefereeMention> Find(std::string_view plain) const {
    FoldedText folded;
    folded.Assign(plain);
    const std::string_view text = folded.text();
    const bool is_capitals = IsAllCapitals(text);
    std::vector<RefereeMention> mentions;
    const std::vector<size_t> edges = CodePointEdges(plain);
    for (size_t i = 0; i + 1 < edges.size();) {
      size_t end = edges.size() - 1;
      RefereeMention found;
      for (; end > i && found.entities.empty(); --end) {
        found = At(plain, folded, is_capitals, edges[i], edges[end]);
      }
      if (found.entities.empty()) {
        ++i;
      } else {
        mentions.push_back(found);
        i = end + 1;
      }
    }
    return mentions;
  }

 private:
  RefereeMention At(std::string_view plain, const FoldedText& folded, bool is_capitals,
                    size_t begin, size_t end) const {
    const Span span{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    const Span in_text = folded.map().ToDerived(span);
    const bool is_whole = folded.map().ToOriginal(in_text) == span &&
                          in_text.begin != in_text.end &&
                          StandsAlone(folded.text(), in_text.begin, in_text.end);
    const std::string part(plain.substr(begin, end - begin));
    const std::string text(folded.text().substr(in_text.begin, in_text.end - in_text.begin));
    const bool is_plain_alone = StandsAlone(plain, begin, end);
    std::set<std::pair<int, uint32_t>> entities;
    for (size_t i = 0; i < aliases_.size(); ++i) {
      const RefereeAlias& alias = aliases_[i];
      bool matches = false;
      if (alias.fold == AliasFold::kExact) {
        matches = is_plain_alone && RE2::FullMatch(part, *patterns_[i]);
      } else if (is_whole) {
        // A letter and its marks are folded together or not at all.
        const bool splits_marks = StartsWithMark(folded.text().substr(in_text.end));
        if (splits_marks && !alias.is_pattern) {
          matches = text == alias.text;
        } else {
          const std::string in = alias.is_pattern ? text : FoldFor(alias.fold, text);
          matches = RE2::FullMatch(in, *patterns_[i]);
        }
        if (!matches && is_capitals && !splits_marks && capitals_[i] != nullptr) {
          matches = RE2::FullMatch(FoldFor(AliasFold::kCase, text), *capitals_[i]);
        }
      }
      if (matches) entities.insert({-priorities_[alias.entity], alias.entity});
    }
    RefereeMention mention{span.begin, span.end, {}};
    for (const auto& [priority, entity] : entities) mention.entities.push_back(entity);
    return mention;
  }

  std::vector<RefereeAlias> aliases_;
  std::vector<uint16_t> priorities_;
  std::vector<std::unique_ptr<RE2>> patterns_;
  std::vector<std::unique_ptr<RE2>> capitals_;
};

// A dictionary and a text.
struct TaggingCase {
  std::vector<RefereeAlias> aliases;
  std::vector<uint16_t> priorities;  // by entity
  std::string text;
};

// Without the white space that an alias may have around it.
inline std::string Trimmed(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Brings an alias to the form it is compared in. Returns false for one that must be refused.
inline bool ToComparedForm(RefereeAlias* alias) {
  if (alias->is_pattern) return true;
  std::string text = Trimmed(alias->text);
  if (text.empty() || text.size() > kAliasBytesMax) return false;
  if (alias->fold != AliasFold::kExact) text = Trimmed(FoldTypography(text));
  const bool folds_letters =
      alias->fold != AliasFold::kExact && alias->fold != AliasFold::kTypographic;
  if (folds_letters && StartsWithMark(text)) return false;
  alias->text = text;
  return !text.empty() && text.size() <= kAliasBytesMax;
}

// Compiles the dictionary of *c, whose refused aliases and patterns are taken out and whose others
// are left in their compared form. Null where the compiler takes an alias it must refuse, or the
// other way round.
inline std::shared_ptr<const Dictionary> CompileCase(TaggingCase* c) {
  DictionaryCompiler compiler;
  for (size_t i = 0; i < c->priorities.size(); ++i) {
    const auto entity =
        compiler.AddEntity(compiler.Keep("Q" + std::to_string(i)), EntityType::kPlace);
    compiler.SetPriority(*entity, c->priorities[i]);
    if (!compiler.SetName(*entity, "no alias").ok()) return nullptr;
  }
  std::vector<RefereeAlias> taken;
  for (RefereeAlias& alias : c->aliases) {
    const std::string_view given = compiler.Keep(alias.text);
    const bool is_taken = alias.is_pattern
                              ? compiler.AddPattern(alias.entity, given, alias.fold).ok()
                              : compiler.AddAlias(alias.entity, given, alias.fold).ok();
    if (!alias.is_pattern && is_taken != ToComparedForm(&alias)) return nullptr;
    if (is_taken) taken.push_back(alias);
  }
  c->aliases = std::move(taken);
  auto dictionary = Dictionary::FromImage(*compiler.Finish("test"), "test");
  return dictionary.ok() ? *std::move(dictionary) : nullptr;
}

// The kernels this machine can run.
inline std::vector<const Kernel*> AllKernels() {
  std::vector<const Kernel*> kernels;
  for (const std::string_view name : {"plain", "avx2", "avx512"}) {
    if (const Kernel* const kernel = FindKernel(name)) kernels.push_back(kernel);
  }
  return kernels;
}

// What the matcher finds in the text, to be held against the referee's.
inline std::vector<RefereeMention> FindWithMatcher(std::shared_ptr<const Dictionary> dictionary,
                                                   std::string_view text, const Kernel& kernel) {
  Matcher matcher(std::move(dictionary), kernel);
  FoldedText folded;
  folded.Assign(text);
  std::vector<RefereeMention> found;
  for (const Match& match : matcher.Find(text, &folded)) {
    found.push_back({match.span.begin, match.span.end, {}});
    for (const Candidacy& candidate : matcher.candidates(match)) {
      found.back().entities.push_back(candidate.entity);
    }
  }
  return found;
}

// The case in words, for the report of a difference.
inline std::string Describe(const TaggingCase& c) {
  std::string lines = "text: '" + c.text + "'\n";
  for (const RefereeAlias& alias : c.aliases) {
    lines += std::to_string(alias.entity) + " fold " +
             std::to_string(static_cast<int>(alias.fold)) +
             (alias.is_pattern ? " pattern '" : " '") + alias.text + "'\n";
  }
  return lines;
}

}  // namespace copydesk
