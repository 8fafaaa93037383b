// Decides which of the places that look like a name are mentions, and of whom.
//
// What the dictionary and what the name rules find is weighed chain by chain (chain.h): a longer
// name shadows its parts, a word that may be an ordinary one needs evidence. Then short forms and
// acronyms are looked up among the names of the whole story.
//
// Lifetime: results are valid until the next Resolve(). Threads: one task thread.
// Errors:   none.
// Cost:     work only where there are capitals or matches; no allocation once vectors have grown.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "stages/dictionary/matcher.h"
#include "stages/story/story.h"
#include "stages/tag/chain.h"
#include "stages/tag/name_rules.h"
#include "stages/tag/sighting.h"

namespace copydesk {

class Resolver {
 public:
  // REQUIRES: rules is not null.
  Resolver(std::shared_ptr<const Dictionary> dictionary, std::shared_ptr<const NameRules> rules);

  // REQUIRES: story.ReadFields() was called; the story stays in place while results are used.
  void Resolve(const Story& story);

  // All places that were looked at, in the order of the text. What is no mention is kept too, with
  // its verdict, to be explained.
  std::span<const Sighting> sightings() const { return sightings_; }
  // Whom the dictionary calls so, the best first.
  std::span<const Candidacy> candidates(const Sighting& finding) const {
    return {candidates_.data() + finding.first_candidate, finding.candidate_count};
  }
  // What speaks for each candidate, in hundredths of all; 0 for each where nothing had to be
  // weighed.
  std::span<const int8_t> scores(const Sighting& finding) const {
    return {scores_.data() + finding.first_candidate, finding.candidate_count};
  }
  // The name that a finding without an entity stands for: its own text, or the longer form's.
  std::string_view NameOf(const Sighting& finding) const;
  const Dictionary& dictionary() const { return matcher_.dictionary(); }
  const NameRules& rules() const { return *rules_; }

 private:
  static constexpr size_t kAcronymsMax = 64;  // of a story; their texts must not move
  // What the IPTC's subject codes and media topics of a field begin with, and its name.
  struct SubjectField {
    std::string_view code;
    std::string_view name;
  };
  static constexpr SubjectField kSport = {"15", "sport"};
  static constexpr SubjectField kEconomy = {"04", "economy"};
  // Entities of this priority or more were given one.
  static constexpr uint16_t kPriorityKnown = kPriorityDefault + 1;

  // Of a word of the chain: it is part of a mention.
  static constexpr WordFlags kCovered = WordFlags{1} << kFlagBits;
  // A capitalised word that nothing explains.
  struct Loose {
    uint32_t field;
    NameWord word;
  };
  // Whose short name a text is; `other` where it is a second one's too.
  struct Owner {
    uint32_t finding;
    uint32_t other;
    FoundBy by;
  };
  struct ShortName {
    std::string_view text;
    Owner owner;
    uint32_t next;  // of those with the same beginning (see short_beginnings_), or kNone
  };
  // What the dictionary has for a text in capitals. Matches count from its begin.
  struct KnownCapitals {
    std::string text;
    std::vector<Match> matches;
    std::vector<Candidacy> candidates;
  };
  struct Lists {
    explicit Lists(const Lexicon& lexicon);
    // Those that are looked for in the words beside a name.
    WordFlags beside() const { return title | role | at | of | said | sport | the | pronoun; }
    WordFlags given, surname, common, title, role, joint, day, orgend, demonym, suffix,
        family_first, at, of, said, sport, particle, body, the, pronoun, legal, her, month, does;
  };

  std::string_view TextOf(uint32_t field) const { return story_->fields[field].reading.plain(); }
  std::string_view Text(const Sighting& finding) const {
    const Span span = finding.span;
    return TextOf(finding.field).substr(span.begin, span.end - span.begin);
  }
  // The findings from `first` on, valid until one is added.
  std::span<Sighting> FindingsFrom(size_t first) { return std::span(sightings_).subspan(first); }
  void SetLanguage(std::string_view language);
  void TakeField(uint32_t field);
  void NoteBeyond(size_t first, uint32_t end);
  void CoverTaken();
  void FilterCandidates(Sighting* finding);
  void ApplyCounts();
  // The finding that the dictionary has for a place.
  Sighting SightingOf(uint32_t field, Span span, std::span<const Candidacy> candidates);
  // Of the reader's chain, whose findings stand from `first` on.
  void TakeChain(uint32_t field, size_t first);
  void LeaveRole(Sighting* finding) const;
  void AddCapitals(uint32_t field, size_t first);
  void OpenCompounds();
  void AddFirstHalves(uint32_t field, size_t first);
  const KnownCapitals& KnowCapitals(std::string_view text);
  void FindCapitals(uint32_t field, Span span, size_t first);
  void TakeNames(uint32_t field, size_t first);
  bool IsLegalNameOf(const Sighting& name, const Sighting& company) const;
  bool HasEndingOnly(const Sighting& found, const Sighting& name) const;
  static void TakeEntity(const Sighting& from, Sighting* to);
  void ShadowBy(size_t name, size_t first);
  bool IsHeadline() const;
  void Weigh(size_t first);
  void KeepLoose(uint32_t field);
  void KeepLooseWord(uint32_t field, const NameWord& word) {
    if ((word.flags & (kCapital | kCovered)) == kCapital) loose_.push_back({field, word});
  }
  bool IsBareChain(uint32_t field, size_t next);
  bool IsSmall(std::string_view text) const;
  bool StandsBeforePlace(const Sighting& finding) const;
  bool IsUnexplained(uint32_t word) const;
  bool StandsBesideUnknown(const Sighting& finding) const;
  WordRange WordsOf(Span span) const;
  void Describe(Sighting* finding);
  // The bit of short_beginnings_ for a text, in capitals or not; for one with a byte more it is the
  // next. REQUIRES: two bytes or more.
  static uint32_t BeginningOf(std::string_view text) {
    constexpr uint8_t kCase = 0x20;
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i] | kCase); };
    return static_cast<uint32_t>(byte(0) * 7u + byte(1) * 31u + text.size()) % kBeginnings;
  }
  bool MayBeShortName(std::string_view text) const {
    return text.size() >= 2 && (short_beginnings_ >> BeginningOf(text) & 1) != 0;
  }
  const ShortName* FindShortName(std::string_view text) const {
    if (!MayBeShortName(text)) return nullptr;
    uint32_t number = first_short_names_[BeginningOf(text)];
    while (number != kNone && short_names_[number].text != text) number = short_names_[number].next;
    return number == kNone ? nullptr : &short_names_[number];
  }
  bool MayNameSomebody(const Loose& loose) const;
  bool NeedsEvidence(const Sighting& finding) const;
  bool HasEvidenceBeside(const Sighting& finding) const;
  bool IsDoubt(const Sighting& finding) const;
  void DispelDoubts();
  void DecideAll();
  bool IsOpen(const Sighting& finding) const;
  void Decide(Sighting* finding);
  bool HasSubject(SubjectField field) const;
  bool IsSubject(const Entity& entity) const;
  void FindDateline();
  bool IsInDateline(const Sighting& finding) const;
  bool IsIn(uint32_t place, uint32_t whole) const;
  double PlacesFor(const Sighting& finding, uint32_t candidate) const;
  bool StandsBehindUnknownPlace(const Sighting& finding) const;
  double SupportOf(const Sighting& finding, const Entity& entity) const;
  bool HasPersonBehind(size_t number) const;
  void TakeTeams();
  void TakeStops();
  void CollectNames();
  std::string_view WithoutSuffix(const Sighting& person) const;
  uint32_t PlaceBehindComma(uint32_t number) const;
  bool MayBeIn(uint32_t place, uint32_t region) const;
  void TakeElsewhere();
  void LookUpWithRegion(uint32_t region, Sighting* finding);
  void CollectPlaceNames(uint32_t finding);
  bool SaysWhere(const Sighting& place) const;
  void CollectPersonNames(uint32_t finding);
  void CollectOrganisationNames(uint32_t finding);
  void CollectFirstWord(uint32_t finding);
  void AddName(std::string_view name, uint32_t finding, FoundBy by);
  uint32_t BeginOfAcronym(std::string_view text, std::string_view letters) const;
  void TakeGivenAcronym(uint32_t field, size_t first);
  void AddGivenAcronym(uint32_t finding);
  Span SpanOfShortForm(uint32_t field, Span span, const Owner& owner) const;
  std::optional<Owner> OwnerOf(std::string_view text, WordFlags flags) const;
  std::optional<Owner> OwnerOfLoose(const Loose& loose, Span* span) const;
  bool IsWordAlone(const Loose& loose) const;
  bool IsMonth(const Loose& loose) const;
  bool HasAge(const Sighting& finding) const;
  bool IsTitleOf(uint32_t field, uint32_t end, WordFlags flags) const;
  uint32_t FullNameAt(uint32_t field, uint32_t begin, const Owner& owner) const;
  uint32_t LongestFormOf(uint32_t number) const;
  void NameBy(const Owner& owner, Sighting* finding);
  void NameHeadline(size_t count);
  void NameByLongerForm(Sighting* finding);
  void TakeShortForms();

  Matcher matcher_;
  const std::shared_ptr<const NameRules> rules_;
  const Lists lists_;
  ChainReader chains_;
  NameFinder names_;
  WordFilter before_;  // what counts before and
  WordFilter behind_;  // behind a word that is no name by itself

  std::string language_;             // of the story; what follows from it:
  bool are_nouns_capitals_ = false;  // every noun begins with a capital
  bool has_two_surnames_ = false;    // people have two
  bool is_m_title_ = false;          // "M." is no initial, but "Monsieur"
  std::bitset<256> refused_rules_;

  const Story* story_ = nullptr;
  FoldedText folded_;
  std::vector<Sighting> sightings_;
  std::vector<Sighting> kept_;
  uint32_t taken_to_ = 0;  // where the mentions of the field's chains so far end: a name with
                           // quotes in it reaches beyond its chain
  std::vector<Candidacy> candidates_;
  std::vector<int8_t> scores_;  // of candidates_
  std::vector<std::pair<double, Candidacy>> weighed_;
  std::vector<uint32_t> certain_places_;  // findings
  std::vector<uint32_t> located_;         // entities: where the feed says that the story comes from
  std::vector<uint32_t> dateline_ends_;   // by field
  absl::flat_hash_set<uint32_t>
      certain_;                          // entities that the story names by a name of theirs alone
  std::vector<uint32_t> before_commas_;  // findings that were places with a comma behind them
  uint32_t name_words_max_ = 0;          // of a person that the story names
  std::vector<Loose> loose_;
  std::vector<ShortName> short_names_;  // in the order of the names that they are short for
  bool has_counts_ = false;             // some entity's rules ask for several mentions
  bool has_doubts_ = false;             // see IsDoubt()
  bool has_open_ = false;               // something that was found may mean several
  size_t sport_words_ = 0;              // of the story
  size_t chain_count_ = 0;
  absl::flat_hash_set<uint64_t> revived_;  // words that are mentions only by the rest of the story
  static constexpr size_t kBeginnings = 64;
  uint64_t short_beginnings_ = 0;            // a bit for the first two bytes and size of each
  uint32_t first_short_names_[kBeginnings];  // by bit: the last that was added
  std::vector<std::string> acronyms_;
  std::vector<KnownCapitals> known_capitals_;
  absl::flat_hash_map<std::string, std::vector<Candidacy>> compounds_;
};

}  // namespace copydesk
