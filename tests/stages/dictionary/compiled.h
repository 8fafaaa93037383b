// Dictionaries for tests, from the lines a .jsonl would have.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/dictionary.h"
#include "stages/dictionary/matcher.h"
#include "stages/dictionary/source.h"
#include "stages/text/fold.h"

namespace copydesk {

inline ImageMemory CompiledImage(std::string_view lines) {
  DictionaryCompiler compiler;
  const absl::Status status = ReadJsonSource(lines, "test.jsonl", &compiler);
  EXPECT_TRUE(status.ok()) << status;
  absl::StatusOr<ImageMemory> memory = compiler.Finish("test");
  EXPECT_TRUE(memory.ok()) << memory.status();
  return *std::move(memory);
}

inline std::shared_ptr<const Dictionary> Compiled(std::string_view lines) {
  auto dictionary = Dictionary::FromImage(CompiledImage(lines), "test");
  EXPECT_TRUE(dictionary.ok()) << dictionary.status();
  return *std::move(dictionary);
}

// The mentions in `text` as "surface=id", or "surface=id,id" where several entities claim it.
inline std::vector<std::string> MentionsIn(const std::shared_ptr<const Dictionary>& dictionary,
                                           const std::string& text) {
  Matcher matcher(dictionary);
  FoldedText folded;
  folded.Assign(text);
  std::vector<std::string> mentions;
  for (const Match& match : matcher.Find(text, &folded)) {
    std::string mention = text.substr(match.span.begin, match.span.end - match.span.begin);
    for (const Candidacy& candidate : matcher.candidates(match)) {
      mention += &candidate == matcher.candidates(match).data() ? "=" : ",";
      mention += dictionary->entity(candidate.entity).id;
    }
    mentions.push_back(mention);
  }
  return mentions;
}

}  // namespace copydesk
