// Words of a name, which may stand in two lines.
//
// Threads: pure functions; results are views of what they are given.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "stages/tag/lexicon.h"

namespace copydesk {

inline bool IsBlank(char c) { return c == ' ' || c == '\n'; }

// The last blank of a name; npos where it is one word.
inline size_t LastBlank(std::string_view name) {
  const auto last = [&](char blank) {
    const void* const found = memrchr(name.data(), blank, name.size());
    return found == nullptr ? 0 : static_cast<const char*>(found) - name.data() + 1;
  };
  return static_cast<size_t>(std::max(last(' '), last('\n'))) - 1;
}

inline std::string_view FirstWord(std::string_view name) {
  return {name.begin(), std::find_if(name.begin(), name.end(), IsBlank)};
}

inline std::string_view WithoutStop(std::string_view word) {
  return word.substr(0, word.size() - (word.ends_with('.') ? 1 : 0));
}

// Without the Arabic article: "Sisi" of "al-Sisi".
inline std::string_view WithoutArticle(std::string_view word) {
  constexpr size_t kArticleBytes = 3;
  const bool has_article =
      word.size() > kArticleBytes + 1 && word[kArticleBytes - 1] == '-' &&
      (IsSameWord(word.substr(0, 2), "al") || IsSameWord(word.substr(0, 2), "el"));
  return word.substr(has_article ? kArticleBytes : 0);
}

// True for "Da Silva" and "Lula da Silva".
inline bool IsEndOf(std::string_view end, std::string_view name) {
  return name.size() > end.size() && IsBlank(name[name.size() - end.size() - 1]) &&
         IsSameWord(name.substr(name.size() - end.size()), end);
}

inline std::string_view LastWord(std::string_view name) { return name.substr(LastBlank(name) + 1); }

}  // namespace copydesk
