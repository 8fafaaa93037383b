#include "pipeline/cli/explain_relation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "pipeline/cli/render.h"
#include "stages/similarity/sketch.h"

namespace copydesk {
namespace {

constexpr size_t kShingleWords = 3;
constexpr size_t kWordsMax = 20'000;  // of a text that are compared
constexpr size_t kBodyWordsMin = 5;   // as in stages/similarity/sketch.cc
constexpr size_t kPassagesMax = 4;    // of a kind that are shown
constexpr size_t kPassageWordsMax = 14;
constexpr size_t kNamesMax = 12;
constexpr double kAlikeMin = 0.2;

bool IsLetter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
         ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

// The words between white space; punctuation that stands alone goes with the word before it.
std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size() && words.size() < kWordsMax;) {
    const size_t begin = text.find_first_not_of(" \n", at);
    if (begin == text.npos) break;
    const size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (std::any_of(word.begin(), word.end(), IsLetter)) {
      words.push_back(word);
    } else if (!words.empty()) {
      const auto first = static_cast<size_t>(words.back().data() - text.data());
      words.back() = text.substr(first, end - first);
    }
    at = end;
  }
  return words;
}

// A text's shingles, with the words they are made of.
class Shingles {
 public:
  // `text` must outlive it.
  explicit Shingles(std::string_view text) : words_(WordsOf(text)) {
    Sketcher sketcher;
    Sketch sketch;
    for (size_t i = 0; i + kShingleWords <= words_.size(); ++i) {
      const std::string_view last = words_[i + kShingleWords - 1];
      const auto length = static_cast<size_t>(last.data() + last.size() - words_[i].data());
      sketcher.Begin();
      sketcher.AddBody({words_[i].data(), length});
      sketcher.Finish(&sketch);
      at_word_.push_back(sketch.shingles);
      all_.insert(sketch.shingles.begin(), sketch.shingles.end());
    }
  }

  size_t size() const { return all_.size(); }
  size_t SharedWith(const Shingles& other) const {
    return static_cast<size_t>(std::count_if(
        all_.begin(), all_.end(), [&](uint32_t hash) { return other.all_.contains(hash); }));
  }
  size_t CountIn(const std::vector<uint32_t>& hashes) const {
    return static_cast<size_t>(std::count_if(hashes.begin(), hashes.end(),
                                             [&](uint32_t hash) { return all_.contains(hash); }));
  }
  // The passages that the other text has as well, or has not, in order.
  std::vector<std::string> Passages(const Shingles& other, bool are_shared) const {
    std::vector<std::string> passages;
    for (size_t i = 0; i < at_word_.size();) {
      size_t end = i;
      while (end < at_word_.size() && other.Has(at_word_[end]) == are_shared) ++end;
      if (end == i) {
        ++i;
        continue;
      }
      passages.push_back(Quote(i, end + kShingleWords - 1));
      i = end;
    }
    return passages;
  }
  // Words that begin with a capital or a digit and that the other text has not, each once.
  std::vector<std::string> NamesWithout(const Shingles& other) const {
    const std::set<std::string_view> others = other.Names();
    std::vector<std::string> missing;
    for (const std::string_view name : Names()) {
      if (others.count(name) == 0) missing.emplace_back(Harmless(name));
    }
    return missing;
  }

 private:
  bool Has(const std::vector<uint32_t>& hashes) const {
    return std::all_of(hashes.begin(), hashes.end(),
                       [&](uint32_t hash) { return all_.contains(hash); });
  }
  std::string Quote(size_t begin, size_t end) const {
    const bool is_cut = end - begin > kPassageWordsMax;
    if (is_cut) end = begin + kPassageWordsMax;
    const auto from = words_.begin() + static_cast<std::ptrdiff_t>(begin);
    return Harmless(
        fmt::format("{}{}", fmt::join(from, from + static_cast<std::ptrdiff_t>(end - begin), " "),
                    is_cut ? " ..." : ""));
  }
  std::set<std::string_view> Names() const {
    std::set<std::string_view> names;
    for (std::string_view word : words_) {
      while (!word.empty() && !IsLetter(word.front())) word.remove_prefix(1);
      while (!word.empty() && !IsLetter(word.back())) word.remove_suffix(1);
      const char first = word.empty() ? 'a' : word.front();
      if ((first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9')) names.insert(word);
    }
    return names;
  }

  const std::vector<std::string_view> words_;
  std::vector<std::vector<uint32_t>> at_word_;  // by the first word
  absl::flat_hash_set<uint32_t> all_;
};

double ShareOf(size_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// "    what: a | b", or an item a line.
void Show(std::string_view what, const std::vector<std::string>& items, size_t items_max,
          std::string_view separator) {
  if (items.empty()) return;
  const size_t shown = std::min(items.size(), items_max);
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(shown);
  fmt::print("    {}:{}{}", what, separator == ", " ? " " : separator,
             fmt::join(items.begin(), end, separator));
  if (shown < items.size()) fmt::print("{}and {} more", separator, items.size() - shown);
  fmt::print("\n");
}

// What two texts have in common, and what each has alone.
void Compare(const std::string& story, const std::string& other, std::string_view name) {
  constexpr std::string_view kNextLine = "\n      ";
  const Shingles own(story), its(other);
  const size_t shared = own.SharedWith(its);
  fmt::print(
      "  shingles of {} words: {} shared, {} in this story, {} in {}\n"
      "    similarity {:.2f}; {:.2f} of this story is in {}, {:.2f} of that in this story\n",
      kShingleWords, shared, own.size(), its.size(), name,
      ShareOf(shared, own.size() + its.size() - shared), ShareOf(shared, own.size()), name,
      ShareOf(shared, its.size()));
  const std::string only_there = fmt::format("only in {}", name);
  Show("shared", own.Passages(its, true), kPassagesMax, kNextLine);
  Show("only in this story", own.Passages(its, false), kPassagesMax, kNextLine);
  Show(only_there, its.Passages(own, false), kPassagesMax, kNextLine);
  Show("names and figures only in this story", own.NamesWithout(its), kNamesMax, ", ");
  Show("names and figures " + only_there, its.NamesWithout(own), kNamesMax, ", ");
}

}  // namespace

std::string RelationExplainer::TextOf(Story& story) {
  story.ReadFields();
  std::string headline, body;
  for (uint32_t i = 0; i < story.fields.size(); ++i) {
    const TextField& field = story.fields[i];
    const std::string_view text = field.reading.text();
    std::string& into = field.is_headline ? headline : body;
    uint32_t at = 0;
    for (const NotStory& part : story.not_story) {
      if (part.field != i) continue;
      const Span cut = field.reading.FromValue(part.bytes);
      if (cut.begin < at) continue;
      into += text.substr(at, cut.begin - at);
      into += ' ';
      at = cut.end;
    }
    into += text.substr(at);
    into += ' ';
  }
  return WordsOf(body).size() < kBodyWordsMin ? headline + body : body;
}

void RelationExplainer::Remember(const Decision& decision) {
  if (decision.story == nullptr) return;
  Story& story = *decision.story;
  known_.push_back({story.uri, story.version, decision.item->record.offset, TextOf(story),
                    story.sketch.shingles});
}

const RelationExplainer::Known* RelationExplainer::MostAlike(const std::string& text) const {
  const Shingles own(text);
  const Known* best = nullptr;
  double best_share = kAlikeMin;
  for (const Known& known : known_) {
    const size_t shared = own.CountIn(known.shingles);
    const double share =
        std::max(ShareOf(shared, known.shingles.size()), ShareOf(shared, own.size()));
    if (share <= best_share) continue;
    best = &known;
    best_share = share;
  }
  return best;
}

void RelationExplainer::Explain(const Decision& decision) const {
  Story& story = *decision.story;
  if (!story.relation) return;
  const Relation& relation = *story.relation;
  fmt::print("\nRELATION {}{}\n  because: {}\n", NameOf(relation.kind),
             relation.is_late ? ", late" : "", Harmless(relation.rule));
  for (const Decision::Sent& recall : decision.emitted) {
    fmt::print("  recalls {}\n", Harmless(recall.record.key));
  }
  if (relation.similarity >= 0) {
    fmt::print(
        "  as it was weighed, by samples and rare words more: similarity {:.2f}; {:.2f} of this "
        "story is in an earlier one, {:.2f} of that in this story\n",
        relation.similarity / 100.0, relation.in_lead / 100.0, relation.of_lead / 100.0);
  }
  const std::string text = TextOf(story);
  if (!relation.lead) {
    const Known* const alike = MostAlike(text);
    if (alike == nullptr) return;
    fmt::print("  most like it of those before: {} {}\n", Harmless(alike->uri),
               Harmless(alike->version));
    Compare(text, alike->text, "that one");
    return;
  }
  const Lead& lead = *relation.lead;
  fmt::print("  lead: {} {} ({} [{}] at {})\n", Harmless(lead.uri), Harmless(lead.version),
             Harmless(lead.topic), lead.partition, lead.offset);
  const auto known = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& k) { return k.offset == lead.offset; });
  if (known != known_.end()) Compare(text, known->text, "the lead");
}

}  // namespace copydesk
