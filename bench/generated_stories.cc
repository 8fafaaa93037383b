#include "bench/generated_stories.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace copydesk::bench {
namespace {

constexpr size_t kWordsMin = 20;
constexpr size_t kWordsMax = 800;
constexpr size_t kHeadlineWords = 7;
constexpr size_t kVariantEvery = 8;  // of the ordinary words
constexpr double kNames = 5e7;       // of which the first few make up half of all

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Neither a name nor a figure.
bool IsOrdinary(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

template <typename Visit>
void VisitWords(std::string_view text, Visit visit) {
  constexpr std::string_view kSpace = " \t\r\n";
  for (size_t at = 0; (at = text.find_first_not_of(kSpace, at)) != text.npos;) {
    const size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    visit(text.substr(at, end - at));
    at = end;
  }
}

}  // namespace

// SplitMix64 (Steele, Lea and Flood 2014): any seed will do.
class GeneratedStories::Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0xD1342543DE82EF95 + 1) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  uint32_t Below(size_t count) { return static_cast<uint32_t>((Next() >> 32) * count >> 32); }
  template <typename T>
  const T& OneOf(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

 private:
  uint64_t state_;
};

GeneratedStories::GeneratedStories() {
  const std::vector<SourceText>& real = RealStories("reuters");
  std::unordered_map<std::string_view, uint32_t> numbers;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  for (const SourceText& story : real.empty() ? SampleStories() : real) {
    uint32_t before = 0, count = 0;
    VisitWords(story.body, [&](std::string_view word) {
      const auto [found, is_new] = numbers.try_emplace(word, words_.size());
      if (is_new) words_.emplace_back(word);
      if (is_new && IsOrdinary(word)) ordinary_.push_back(found->second);
      if (count++ == 0) {
        beginnings_.push_back(found->second);
      } else {
        pairs.emplace_back(before, found->second);
      }
      before = found->second;
    });
    if (count == 0) continue;
    lengths_.push_back(static_cast<uint32_t>(std::clamp<size_t>(count, kWordsMin, kWordsMax)));
  }
  // A word that nothing follows is followed by a beginning: every word has a follower.
  for (uint32_t word = 0; word < words_.size(); ++word) {
    pairs.emplace_back(word, beginnings_[word % beginnings_.size()]);
  }
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [before, word] : pairs) {
    while (first_.size() <= before) first_.push_back(static_cast<uint32_t>(followers_.size()));
    followers_.push_back(word);
  }
  first_.push_back(static_cast<uint32_t>(followers_.size()));
}

void GeneratedStories::AddWord(uint32_t word, Random& random, std::string* text) const {
  const std::string& real = words_[word];
  const bool begins = text->empty() || text->ends_with(". ");
  if (std::any_of(real.begin(), real.end(), IsDigit)) {
    for (const char c : real) {
      *text += IsDigit(c) ? static_cast<char>('1' + random.Below(9)) : c;
    }
  } else if (IsUpper(real[0]) && !begins) {
    // Of rank r one in r names: half of them are among the first thousands.
    const double share = static_cast<double>(random.Next() >> 11) * 0x1p-53;
    auto rank = static_cast<uint64_t>(std::exp(share * std::log(kNames)));
    *text += static_cast<char>('A' + rank % 26);
    for (rank += 26; rank != 0; rank /= 20) *text += "aeioubdfghklmnprstvz"[rank % 20];
    if (real.ends_with(',') || real.ends_with('.')) *text += real.back();
  } else {
    *text += real;
  }
  *text += ' ';
}

void GeneratedStories::AddText(uint32_t word, size_t words, Random& random,
                               std::string* text) const {
  for (size_t i = 0; i < words; ++i) {
    AddWord(word, random, text);
    word = followers_[first_[word] + random.Below(first_[word + 1] - first_[word])];
  }
}

void GeneratedStories::Make(uint64_t number, SourceText* story) const {
  Random random(number);
  story->language = "en";
  story->headline.clear();
  story->body.clear();
  const size_t words = random.OneOf(lengths_);
  AddText(random.OneOf(beginnings_), words, random, &story->body);
  AddText(random.OneOf(beginnings_), kHeadlineWords, random, &story->headline);
}

void GeneratedStories::MakeVariant(uint64_t number, SourceText* story) const {
  Make(number, story);
  Random random(~number);
  std::vector<std::string_view> words;
  VisitWords(story->body, [&](std::string_view word) { words.push_back(word); });
  story->headline.clear();
  std::string body;
  size_t count = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (IsOrdinary(word) && ++count % kVariantEvery == 0) word = words_[random.OneOf(ordinary_)];
    fmt::format_to(std::back_inserter(body), "{} ", word);
    if (words.size() - i <= kHeadlineWords)
      fmt::format_to(std::back_inserter(story->headline), "{} ", word);
  }
  story->body = std::move(body);
}

}  // namespace copydesk::bench
