// What a kill or withhold names its stories by, in its own words.
//
// A name is a uri, a whole headline or a slugline that stands in a text of the kill. Where they are
// of several stories, the surest sort of name counts, and of these what is listed with it: names
// with nothing between them but marks, numbers, brackets, and words such as "and" or "the story".
// So "kill X and Y" means both, and "kill X; see also Y" means X. What is said to be the substitute
// ("replaced by Y", "use Y instead") is none. Few names are so sure that they mean a story that is
// not known as yet: see Awaited.
//
// Units:   places are bytes of the texts that Read() made.
// Threads: one task thread. Errors: none.
// Limits:  kNamedMax names in the first kNamingBytesMax bytes of a text, of them kPhrasesMax
//          phrases of the first kPhraseBytesMax.
// Cost:    the texts are folded once for each sort of name, and each name is hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/deduplicate/rule.h"
#include "stages/deduplicate/story_keys.h"
#include "stages/story/reading.h"
#include "stages/story/story.h"
#include "stages/text/offset_map.h"

namespace copydesk {

inline constexpr size_t kNamedMax = 256;
inline constexpr size_t kNamingBytesMax = 8 << 10;
inline constexpr size_t kSeparatorsMax = 6;
inline constexpr size_t kPhrasesMax = 64;
inline constexpr size_t kPhraseWordsMin = 3;
inline constexpr size_t kPhraseWordsMax = 20;
inline constexpr size_t kPhraseBytesMax = 1 << 10;

// Whether a name is sure enough to mean a story that is not known as yet: a whole headline.
enum class Awaited : uint8_t {
  kNot,
  kOfHeadline,  // behind the word of its kind in the kill's headline, or quoted there
  kQuoted,      // in a text
};

struct KillName {
  Key key;
  Link link = Link::kHeadline;
  Key unless = {};       // names nothing where a story has this one
  bool is_uri = false;   // has a uri's form: its story may still come
  bool is_line = false;  // stands in a line of its own
  Awaited awaited = Awaited::kNot;
  size_t text = 0;  // the number of the text it stands in; of another sort, another one
  Span at = {};     // in that text
};

class KillNames {
 public:
  // Reads what a kill may mean, the surest first: each rest of its own headline behind a separator
  // (colon, dash, slash, bar), longest first. With `is_in_words`, where all of it says what to
  // kill, before them the uris in its texts, the whole headline, and what that has before another
  // word of its kind ("KILL: X and KILL: Y"); and behind them what the headline, the body and the
  // note to editors have between quotation marks or as a line, and last what they have between
  // other marks, longest first; very last sluglines that stand in its texts ("SPACE-MOONLET/") and
  // its own, if they are of no other story. Of each headline the wire's words do not count:
  // "UPDATE 2-X" names X, and whatever was filed as X. `is_in_words` only, names may be awaited.
  void Read(const Story& story, bool is_in_words);

  // Valid until the next Read().
  const std::vector<KillName>& all() const { return names_; }
  // Whether one stands in a list with the other, which is before it in the same text.
  bool AreListed(const KillName& first, const KillName& second) const;

 private:
  // Begins with another text, or with one that is read for another sort of name.
  std::string_view Begin(std::string text);
  void Add(KeyKind kind, std::string_view proper, std::string_view in_text);
  // What is to be awaited is if it has as much as three words.
  void AddHeadline(std::string_view in_text, Awaited awaited = Awaited::kNot);
  void AddUris(std::string_view text);
  void AddRests(std::string_view headline, bool is_in_words);
  // What stands before another word of the kill's kind in its headline.
  void AddBeforeOthers(std::string_view headline);
  void AddQuoted(std::string_view text, Awaited awaited);
  void AddLines(std::string_view text);
  void AddPhrases(std::string_view plain);
  void AddSluglines(std::string_view text);
  void AddSlugline(std::string_view slugline, std::string_view in_text);

  std::vector<KillName> names_;
  std::vector<std::string> texts_;
  ContentHasher hasher_;
  Reading reading_;
};

}  // namespace copydesk
