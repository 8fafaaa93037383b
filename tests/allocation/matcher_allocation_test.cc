// Tagging allocates nothing a story once its scratch has grown.
//
// How: this program counts what `operator new` is asked for. All texts are tagged a few times, so
// that the scratch grows to the longest and folds remember their letters; then it is counted. What
// RE2 allocates for patterns that it has to run is its own affair, and not looked at.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "tests/stages/dictionary/compiled.h"

namespace {

uint64_t allocations = 0;

void* Allocate(size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace copydesk {
namespace {

struct AllocationCase {
  std::string name;
  std::string dictionary;
};

void PrintTo(const AllocationCase& c, std::ostream* out) { *out << c.name; }

class Allocations : public testing::TestWithParam<AllocationCase> {};

TEST_P(Allocations, AreNoneOnceTheScratchHasGrown) {
  std::vector<std::string> texts = {
      "Angela Merkel met São Paulo's mayor in New\r\n  York… for $3.5 million.",
      "NEW YORK (AP) ANGELA MERKEL AND STRASSE",
      "在北京市東京 İstanbul ﬁn \U0001F600 Москва 서울",
      "",
  };
  std::string long_text;
  for (int i = 0; i < 400; ++i) long_text += texts[static_cast<size_t>(i) % 3] + " ";
  texts.push_back(long_text);
  Matcher matcher(Compiled(GetParam().dictionary));
  FoldedText folded;
  size_t mentions = 0;
  const auto tag = [&] {
    for (const std::string& text : texts) {
      folded.Assign(text);
      mentions += matcher.Find(text, &folded).size();
    }
  };
  tag();
  const size_t first_mentions = mentions;
  ASSERT_GT(first_mentions, 100u);
  tag();
  tag();
  const uint64_t before = allocations;
  ASSERT_GT(before, 0u) << "the count does not count";
  tag();
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(mentions, 4 * first_mentions);
}

INSTANTIATE_TEST_SUITE_P(
    Matcher, Allocations,
    testing::Values(
        AllocationCase{"Typographic", R"({"id":"m","type":"person","name":"Angela Merkel"}
{"id":"ny","type":"place","name":"New York"}
{"id":"b","type":"place","name":"北京"}
)"},
        AllocationCase{"Exact",
                       R"({"id":"m","type":"person","name":"Angela Merkel","fold":["exact"]}
)"},
        AllocationCase{"CaseAndDiacritics",
                       R"({"id":"m","type":"person","name":"angela merkel","fold":["case"]}
{"id":"s","type":"place","name":"Sao Paulo","fold":["diacritics"]}
{"id":"i","type":"place","name":"İstanbul","fold":["case","diacritics"]}
)"},
        AllocationCase{"PatternsOfFewStrings", R"({"id":"ny","type":"place","name":"Big Apple",)"
                                               R"("patterns":["New York( \\(AP\\))?","NEW YORK"]}
)"}),
    [](const testing::TestParamInfo<AllocationCase>& c) { return c.param.name; });

}  // namespace
}  // namespace copydesk
