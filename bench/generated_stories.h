// Stories in any number, for windows larger than a corpus: words in the order of real text, with
// names and figures of their own.
//
// A word follows another as often as it does in RealStories("reuters") (the samples without it).
// Names (capitals within a sentence) and figures are drawn anew, names some often and most hardly
// ever, as in news; so stories share phrases and seldom more.
//
// A story follows from its number alone: none needs to be kept to be made again.
//
// Threads: one thread. Errors: none. Cost: some 10 µs a story.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/corpus.h"

namespace copydesk::bench {

class GeneratedStories {
 public:
  GeneratedStories();

  // The story of a number. The strings of *story are used again.
  void Make(uint64_t number, SourceText* story) const;
  // A near-duplicate: the last words as its headline, and every eighth word that is neither a name
  // nor a figure another such word.
  void MakeVariant(uint64_t number, SourceText* story) const;

 private:
  class Random;
  void AddWord(uint32_t word, Random& random, std::string* text) const;
  void AddText(uint32_t word, size_t words, Random& random, std::string* text) const;

  std::vector<std::string> words_;
  std::vector<uint32_t> first_;       // of each word's followers; one more at the end
  std::vector<uint32_t> followers_;   // each as often as it follows
  std::vector<uint32_t> beginnings_;  // first words of stories
  std::vector<uint32_t> ordinary_;    // words that are neither names nor figures
  std::vector<uint32_t> lengths_;     // of stories, in words
};

}  // namespace copydesk::bench
