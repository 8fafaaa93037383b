// The scan of every kernel against a look-up of every part between edges in a set.
//
// How: random keys out of a few pieces of one to four bytes, so that keys, their first characters
// and their heads collide; as many as there are ways of sieving begins. Texts are made of the same
// pieces and of keys.

#include "stages/dictionary/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/mention_edge.h"

namespace copydesk {
namespace {

using Places = std::vector<std::pair<size_t, size_t>>;  // rising begins, falling ends

std::string RandomText(std::mt19937* random, size_t pieces) {
  static const std::vector<std::string> kPieces = {
      "a",  "be",   "The", "9",  " ",   " ",  " ",   ". ",   "-",          "é",          "ß",
      "ж",  "мо",   "Ва",  "ال", "س",   "٪",  "中",  "国",   "人民",       "銀行",       "京",
      "。", "，",   "한",  "国", "カ",  "の", "ก",   "ิ",     "\U00020000", "\U0001F600", "…",
      "서", "울특", "하",  "힣", "ሰላም", "።",  "አዲስ", "ひら", "ー",         "Ω"};
  std::string text;
  for (size_t i = 0; i < pieces; ++i) text += kPieces[(*random)() % kPieces.size()];
  return text;
}

std::shared_ptr<const Dictionary> Compile(const std::set<std::string>& keys) {
  DictionaryCompiler compiler;
  const uint32_t entity = *compiler.AddEntity("id", EntityType::kPlace);
  EXPECT_TRUE(compiler.SetName(entity, "name").ok());
  for (const std::string& key : keys) {
    EXPECT_TRUE(compiler.AddAlias(entity, key, AliasFold::kExact).ok()) << key;
  }
  return *Dictionary::FromImage(*compiler.Finish("test"), "test");
}

Places FindSlowly(const std::set<std::string>& keys, const std::string& text) {
  size_t longest = 0;
  for (const std::string& key : keys) longest = std::max(longest, key.size());
  Places places;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!IsMentionBegin(text, begin)) continue;
    for (size_t end = std::min(text.size(), begin + longest); end > begin; --end) {
      if (IsMentionEnd(text, end) && keys.contains(text.substr(begin, end - begin))) {
        places.emplace_back(begin, end);
      }
    }
  }
  return places;
}

class Scans : public testing::TestWithParam<const char*> {};

TEST_P(Scans, FindEveryKey) {
  const Kernel* const kernel = FindKernel(GetParam());
  if (kernel == nullptr) GTEST_SKIP() << "this machine cannot run the kernel " << GetParam();
  std::mt19937 random(5);
  // Of the largest the heads are too many for FewHeads.
  for (const size_t count : {1, 1, 3, 10, 30, 100, 1000, 8000}) {
    std::set<std::string> keys;
    for (size_t i = 0; i < count; ++i) {
      std::string key = RandomText(&random, 1 + random() % 4);
      key.erase(0, key.find_first_not_of(' '));
      key.erase(key.find_last_not_of(' ') + 1);
      if (!key.empty()) keys.insert(key);
    }
    const auto dictionary = Compile(keys);
    Scanner scanner(dictionary->image().index(kMainIndex), *kernel);
    for (int round = 0; round < 100; ++round) {
      std::string text = RandomText(&random, random() % 150);
      if (!keys.empty()) text += *std::next(keys.begin(), random() % keys.size());
      text += RandomText(&random, random() % 50);
      Places found;
      scanner.Scan(text, false, [&](uint32_t begin, const Candidate& candidate) {
        if (keys.contains(text.substr(begin, candidate.end - begin))) {
          found.emplace_back(begin, candidate.end);
        }
        return false;
      });
      ASSERT_EQ(found, FindSlowly(keys, text)) << count << " keys, text: " << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Scans, testing::Values("plain", "avx2", "avx512"));

}  // namespace
}  // namespace copydesk
