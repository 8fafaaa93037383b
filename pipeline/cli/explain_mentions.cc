#include "pipeline/cli/explain_mentions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/cli/render.h"
#include "pipeline/config.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/inspect.h"
#include "stages/tag/rule_context.h"
#include "stages/text/fold.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// Lists of the name rules that make a word need evidence.
constexpr std::string_view kLists[] = {"common", "given", "surname", "day", "title", "demonym"};

// The character beside a mention, in words.
std::string Neighbour(std::string_view text, size_t at, bool is_left) {
  if (is_left ? at == 0 : at == text.size()) return is_left ? "the beginning" : "the end";
  size_t begin = at, end = at;
  if (is_left) {
    PreviousCodePoint(text, &begin);
  } else {
    NextCodePoint(text, &end);
  }
  const std::string_view shown = text.substr(begin, end - begin);
  return shown == "\n" ? "a line end" : fmt::format("'{}'", Harmless(shown));
}

std::string_view TextAt(const Story& story, uint32_t field, Span in_plain) {
  const std::string_view plain = story.fields[field].reading.plain();
  return plain.substr(in_plain.begin, in_plain.end - in_plain.begin);
}

std::string_view TextOf(const Story& story, const Sighting& sighting) {
  return TextAt(story, sighting.field, sighting.span);
}

// What stands in a sighting's way: the longest other one over it that was not suppressed itself.
const Sighting* ShadowOf(std::span<const Sighting> sightings, const Sighting& of) {
  const Sighting* found = nullptr;
  for (const Sighting& other : sightings) {
    const bool is_over =
        other.field == of.field && other.span.begin < of.span.end && of.span.begin < other.span.end;
    if (&other == &of || !is_over || other.verdict == Verdict::kShadowed) continue;
    if (found == nullptr ||
        found->span.end - found->span.begin < other.span.end - other.span.begin) {
      found = &other;
    }
  }
  return found;
}

// The lists of the name rules that a surface form's words stand in.
std::string ListsOf(const Lexicon& lexicon, std::string_view surface) {
  std::string text;
  for (size_t begin = 0; begin < surface.size();) {
    const size_t end = std::min(surface.find_first_of(" \n", begin), surface.size());
    const std::string_view word = surface.substr(begin, end - begin);
    const WordFlags flags = lexicon.Find(word);
    std::vector<std::string_view> lists;
    for (const std::string_view list : kLists) {
      if ((flags & lexicon.FlagOf(list)) != 0) lists.push_back(list);
    }
    if (!lists.empty()) {
      text +=
          fmt::format("; \"{}\" is in the word lists {}", Harmless(word), fmt::join(lists, ", "));
    }
    begin = end + 1;
  }
  return text;
}

}  // namespace

absl::StatusOr<MentionExplainer> MentionExplainer::Make(const Topology& topology) {
  MentionExplainer explainer;
  for (const Topology::StageConfig& stage : topology.stages) {
    if (stage.name != "tag") continue;
    ConfigMap map(stage.config);
    std::vector<std::string> patterns;
    map.Strings("dictionary", &patterns);
    std::string rules;
    map.String("rules", &rules);
    for (std::string& pattern : patterns) pattern = stage.config.ResolvePath(pattern);
    const absl::StatusOr<std::vector<std::string>> paths = ResolveDictionaryPaths(patterns);
    if (!paths.ok()) return paths.status();
    absl::StatusOr<std::shared_ptr<const Dictionary>> dictionary = Dictionary::Load(*paths);
    if (!dictionary.ok()) return dictionary.status();
    explainer.dictionary_ = *std::move(dictionary);
    if (rules.empty()) break;
    absl::StatusOr<std::shared_ptr<const NameRules>> read =
        NameRules::FromFile(stage.config.ResolvePath(rules));
    if (!read.ok()) return read.status();
    explainer.rules_ = *std::move(read);
    break;
  }
  return explainer;
}

void MentionExplainer::Explain(const Story& story) {
  if (dictionary_ == nullptr) return;
  seen_.clear();
  was_tagged_ = !story.dictionary_version.empty();
  if (!was_tagged_) {
    fmt::print("\nNOT TAGGED: an earlier stage ended the story's way. What there was to find:\n");
  }
  if (rules_ != nullptr) {
    ExplainSightings(story);
  } else {
    for (uint32_t field = 0; field < story.fields.size(); ++field) ExplainMatches(story, field);
  }
  // What was not looked for here.
  for (const Mention& mention : story.mentions) {
    if (seen_.count({mention.field, mention.bytes.begin}) > 0) continue;
    fmt::print("  {}-{} \"{}\" is {} {}, {}\n", mention.bytes.begin, mention.bytes.end,
               Harmless(mention.surface), Harmless(mention.id), Harmless(mention.name), mention.by);
  }
}

void MentionExplainer::ExplainMatches(const Story& story, uint32_t field) {
  const Reading& reading = story.fields[field].reading;
  Matcher matcher(dictionary_);
  bool has_title = false;
  for (const Match& match : matcher.Find(reading.plain(), &reading.folded())) {
    if (!has_title) fmt::print("\nMENTIONS in {}\n", Harmless(story.fields[field].name));
    has_title = true;
    const std::string_view surface = TextAt(story, field, match.span);
    ShowPlace(story, field, match.span);
    ShowCandidates(matcher.candidates(match), surface);
    for (const Candidacy& candidate : matcher.candidates(match)) {
      const EntityRules* const rules = dictionary_->rules().Find(candidate.entity);
      const EntityRule refusal = rules == nullptr
                                     ? EntityRule::kNone
                                     : rules->Check(RuleContextOf(story, field, match.span));
      if (refusal == EntityRule::kNone) continue;
      fmt::print("    {} is refused by its rule {}\n",
                 Harmless(dictionary_->entity(candidate.entity).id), NameOf(refusal));
    }
    ShowFate(story, field, reading.PlainToValue(match.span));
    ShowInside(surface);
  }
}

void MentionExplainer::ExplainSightings(const Story& story) {
  Resolver resolver(dictionary_, rules_);
  resolver.Resolve(story);
  std::vector<const Sighting*> sorted;
  for (const Sighting& sighting : resolver.sightings()) sorted.push_back(&sighting);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Sighting* a, const Sighting* b) {
    return std::pair(a->field, a->span.begin) < std::pair(b->field, b->span.begin);
  });
  uint32_t field = UINT32_MAX;
  for (const Sighting* sighting : sorted) {
    if (field != sighting->field) {
      fmt::print("\nMENTIONS in {}\n", Harmless(story.fields[sighting->field].name));
    }
    field = sighting->field;
    ExplainSighting(story, resolver, *sighting);
  }
}

void MentionExplainer::ExplainSighting(const Story& story, const Resolver& resolver,
                                       const Sighting& sighting) {
  const std::span<const Sighting> all = resolver.sightings();
  const std::string_view surface = TextOf(story, sighting);
  ShowPlace(story, sighting.field, sighting.span);
  if (sighting.by == FoundBy::kRule && sighting.rule == kNone) {
    fmt::print("    a {} by the acronym beside it\n", NameOf(sighting.type));
  } else if (sighting.by == FoundBy::kRule) {
    fmt::print("    a {} by the rule \"{}\"\n", NameOf(sighting.type),
               Harmless(resolver.rules().name(sighting.rule)));
  } else if (sighting.by == FoundBy::kShortForm || sighting.by == FoundBy::kAcronym) {
    fmt::print("    {} of \"{}\"\n",
               sighting.by == FoundBy::kAcronym ? "an acronym" : "a short form",
               sighting.other < all.size() ? Harmless(TextOf(story, all[sighting.other])) : "");
  } else if (sighting.by == FoundBy::kTeam) {
    fmt::print("    a place's team, as the story is of sport\n");
  }
  ShowCandidates(resolver.candidates(sighting), surface);
  const Span bytes = story.fields[sighting.field].reading.PlainToValue(sighting.span);
  if (sighting.is_mention()) {
    ShowFate(story, sighting.field, bytes);
    if (sighting.is_unresolved()) {
      fmt::print("    of whom is open: {}\n", NameOf(sighting.verdict));
    }
  } else {
    const Sighting* shadow =
        sighting.verdict == Verdict::kShadowed ? ShadowOf(all, sighting) : nullptr;
    fmt::print(
        "    not tagged: {}{}{}{}\n", NameOf(sighting.verdict),
        sighting.verdict == Verdict::kRefused ? fmt::format(", {}", NameOf(sighting.refused_by))
                                              : "",
        shadow == nullptr ? "" : fmt::format(", \"{}\"", Harmless(TextOf(story, *shadow))),
        sighting.verdict == Verdict::kNeedsEvidence ? ListsOf(resolver.rules().lexicon(), surface)
                                                    : "");
  }
  if (sighting.entity != kNone && sighting.is_mention()) ShowInside(surface);
}

void MentionExplainer::ShowPlace(const Story& story, uint32_t field, Span in_plain) {
  const Reading& reading = story.fields[field].reading;
  const Span bytes = reading.PlainToValue(in_plain);
  fmt::print("  {}-{} \"{}\" between {} and {}\n", bytes.begin, bytes.end,
             Harmless(TextAt(story, field, in_plain)),
             Neighbour(reading.plain(), in_plain.begin, true),
             Neighbour(reading.plain(), in_plain.end, false));
}

void MentionExplainer::ShowCandidates(std::span<const Candidacy> candidates,
                                      std::string_view surface) {
  for (size_t i = 0; i < candidates.size(); ++i) {
    const Entity entity = dictionary_->entity(candidates[i].entity);
    fmt::print("    {} {} {} ({}), priority {}, {}\n",
               i == 0 ? "best:" : "runner-up:", Harmless(entity.id), Harmless(entity.name),
               NameOf(entity.type), entity.priority, AliasOf(candidates[i], surface));
  }
}

std::string MentionExplainer::AliasOf(const Candidacy& candidacy, std::string_view surface) {
  const auto [names, is_new] = names_.try_emplace(candidacy.entity);
  if (is_new) names->second = NamesOf(*dictionary_, candidacy.entity);
  if (candidacy.is_pattern) {
    std::string patterns;
    for (const std::string& name : names->second) {
      if (name[0] == '/') patterns += " " + Harmless(name);
    }
    return "by pattern" + patterns;
  }
  const std::string folded = FoldTypography(surface);
  for (const std::string& name : names->second) {
    if (name == surface) return fmt::format("by alias \"{}\", letter by letter", Harmless(name));
  }
  for (const std::string& name : names->second) {
    if (name == folded) {
      return fmt::format("by alias \"{}\", its typography folded", Harmless(name));
    }
  }
  const std::string bare = StripDiacritics(FoldCase(folded));
  for (const std::string& name : names->second) {
    if (StripDiacritics(FoldCase(name)).compare(0, bare.size(), bare) == 0) {
      return fmt::format("by alias \"{}\", case or diacritics folded", Harmless(name));
    }
  }
  return "by another of its names";
}

void MentionExplainer::ShowFate(const Story& story, uint32_t field, Span bytes) {
  for (const Mention& mention : story.mentions) {
    if (mention.field != field || mention.bytes.begin != bytes.begin) continue;
    seen_.insert({field, bytes.begin});
    fmt::print("    tagged: {}{}{} by {}\n", Harmless(mention.id), mention.id.empty() ? "" : " ",
               Harmless(mention.name), mention.by);
    return;
  }
  for (const NotStory& part : story.not_story) {
    if (part.field != field || part.bytes.begin >= bytes.end || bytes.begin >= part.bytes.end) {
      continue;
    }
    fmt::print("    not tagged: it stands in what is not the story ({})\n", Harmless(part.why));
    return;
  }
  if (was_tagged_) fmt::print("    not tagged\n");
}

void MentionExplainer::ShowInside(std::string_view surface) {
  const size_t first = surface.find(' '), last = surface.rfind(' ');
  if (first == surface.npos) return;
  std::set<std::string> shown;
  for (const std::string_view part : {surface.substr(first + 1), surface.substr(0, last)}) {
    Matcher matcher(dictionary_);
    FoldedText folded;
    folded.Assign(part);
    for (const Match& match : matcher.Find(part, &folded)) {
      const Entity entity = dictionary_->entity(matcher.candidates(match).front().entity);
      const std::string_view text =
          part.substr(match.span.begin, match.span.end - match.span.begin);
      const std::string line = fmt::format("    suppressed by it: \"{}\" {} {}\n", Harmless(text),
                                           Harmless(entity.id), Harmless(entity.name));
      if (shown.insert(line).second) fmt::print("{}", line);
    }
  }
}

}  // namespace copydesk
