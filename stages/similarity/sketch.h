// A sketch: the little of a story by which its near-duplicates are found and told from look-alikes.
//
// Samples of the folded text, without what is not the story:
//   shingles  hashes of each three tokens in a row, in the order of the text. A token is a word or
//             a figure (token.h), or, in scripts written without spaces, a character with the one
//             before it. Of a longer text those with the smallest hashes are kept, so that two
//             texts keep the same ones of what they share; and some more of its lead, which is
//             what others take up of it.
//   words     hashes of the distinct words, headline included: names and what else is rare tell two
//             stories of one template apart.
//   figures   each figure with its place: the words beside it, or, in a row of figures, the word
//             before the row and how far along it stands. The same place with another figure says
//             that it is other news.
//   names     of a short story, in their order (names.h); or, in a script without capitals, its
//             letters (letters.h).
//   title     the first tokens of the headline, and
//   subject   those of the body, which say who or what the story is about.
// Words and figures are kept smallest hash first, and the largest hash that is covered is noted, so
// that two samples are compared where both are complete.
//
// The same text has the same sketch on every machine: it may travel in a record.
//
// Threads: one task thread. Errors: none; texts are valid UTF-8, folded (stages/text/fold.h).
// Limits:  kShinglesMax, kWordsMax, kFiguresMax, kNamesMax, whatever the text; what is kept while a
//          text is read is bounded, too.
// Cost:    linear in the text; no allocation once its vectors have grown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/similarity/letters.h"
#include "stages/similarity/names.h"
#include "stages/similarity/token.h"

namespace copydesk {

// The first tokens of a headline or a body, in their order.
struct FirstTokens {
  static constexpr size_t kTokensMax = 8;

  uint8_t size = 0;
  uint8_t figures = 0;                        // a bit for each token that is a figure
  uint8_t again = 0;                          // a bit for each that comes again in what follows
  std::array<uint16_t, kTokensMax> tokens{};  // those behind the size are 0

  bool IsFigure(size_t at) const { return (figures >> at & 1) != 0; }
  bool IsThereAgain(size_t at) const { return (again >> at & 1) != 0; }
  // REQUIRES: size < kTokensMax.
  void Add(uint16_t token, bool is_figure) {
    figures = static_cast<uint8_t>(figures | (is_figure ? 1u : 0u) << size);
    tokens[size++] = token;
  }
  bool Has(uint16_t token, bool is_figure) const {
    for (size_t i = 0; i < size; ++i) {
      if (tokens[i] == token && IsFigure(i) == is_figure) return true;
    }
    return false;
  }
  friend bool operator==(const FirstTokens&, const FirstTokens&) = default;
};

struct Sketch {
  static constexpr size_t kShinglesMax = 512;
  static constexpr size_t kLeadShingles = 64;                      // of which, of a longer text,
  static constexpr size_t kLeadKept = 32;                          // so many are kept,
  static constexpr size_t kSpreadKept = kShinglesMax - kLeadKept;  // and so many of the whole
  static constexpr size_t kWordsMax = 128;
  static constexpr size_t kFiguresMax = 48;
  static constexpr size_t kNamesMax = LetterReader::kPackedMax;  // fewer where these are names
  static constexpr size_t kNamesShingles = 100;  // of a story with more no names are kept

  // Of the text: how many distinct shingles it has; an estimate where it has many thousands.
  uint32_t shingle_count = 0;
  uint32_t shingle_limit = UINT32_MAX;  // shingles of the text with a greater hash may be missing
  std::vector<uint32_t> shingles;       // distinct, in the order of the text
  std::vector<uint16_t> words;          // rising
  uint16_t word_limit = 0xFFFF;         // words with a greater hash may be missing
  // The place's hash in the high 16 bits, the figure's in the low ones; rising.
  std::vector<uint32_t> figures;
  uint16_t figure_limit = 0xFFFF;  // figures at a place with a greater hash may be missing
  std::vector<uint64_t> names;     // of a short story; or letters
  FirstTokens title;
  FirstTokens subject;  // empty where there is hardly a body

  void Clear();
  bool is_empty() const { return shingles.empty(); }

  // Base64 of a compact binary form, for the record.
  std::string ToText() const;
  // Reads what ToText() wrote; what another version of it wrote is an empty sketch. Returns false,
  // leaving *sketch unspecified, on anything else.
  static bool FromText(std::string_view text, Sketch* sketch);

  friend bool operator==(const Sketch&, const Sketch&) = default;
};

// The hash by which a sketch knows a word. REQUIRES: it is in NFC.
uint16_t SketchWordOf(std::string_view word);

// Makes sketches: Begin(), the headline's pieces, the body's pieces, Finish().
class Sketcher {
 public:
  Sketcher();

  void Begin();
  // Pieces follow each other as if what lay between them had never been there. A piece ends a word.
  void AddHeadline(std::string_view piece);
  void AddBody(std::string_view piece);
  // The body said the headline again, in what is not handed over.
  void HeadlineCameAgain();
  void Finish(Sketch* sketch);

 private:
  void Add(std::string_view piece);
  // Each reads what begins at `at`, and moves `at` behind it.
  void TakeWordAt(std::string_view piece, size_t* at);
  void TakeFigureAt(std::string_view piece, size_t* at);
  void TakeCharacterAt(std::string_view piece, size_t* at);
  // A word, or a pair of characters.
  void TakeWord(const Token& word);
  void TakeToken(const Token& token);
  void TakeFirst(const Token& token);
  void EndField();
  void TakeFigure(const Token& before, const Token& figure, const Token& behind);
  void TakeShingle(uint64_t first, uint64_t second, uint64_t third);
  void HalveShingles();
  void KeepShingles(Sketch* sketch);
  bool InsertShingle(uint32_t hash);
  void TakeNames(Sketch* sketch) const;
  void TakeWords(Sketch* sketch) const;

  bool is_headline_ = true;
  // The two tokens before, and how many there were, of this field.
  std::array<Token, 2> last_;
  size_t field_tokens_ = 0;
  // The word before the present row of figures, and how long that is.
  uint64_t row_word_ = 0;
  uint64_t row_figures_ = 0;
  // For a body that is hardly there: its tokens and the headline's.
  std::vector<uint64_t> first_tokens_;
  size_t body_tokens_ = 0;
  FirstTokens title_, subject_;
  uint64_t first_bits_ = 0;     // a bit for each of their tokens: few others have it, too
  bool is_word_known_ = false;  // the word that is taken was there before
  uint64_t last_character_ = 0;
  size_t no_figure_before_ = 0;  // in this piece
  NameReader names_;
  LetterReader letters_;

  uint32_t shingle_limit_ = UINT32_MAX;
  std::vector<uint32_t> shingles_;
  std::vector<uint32_t> shingle_set_;
  std::vector<uint64_t> word_bits_;                         // a bit for each hash of a word
  std::array<uint64_t, 65536 / 64 / 64> word_bits_used_{};  // a bit for each that is not 0
  std::vector<uint32_t> figures_;
};

}  // namespace copydesk
