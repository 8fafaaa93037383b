// Which of a record's several headlines and bodies is read, and whether it is text at all.
//
// Threads: pure functions; a TextChoice is used by one task thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace copydesk {

// Which of several texts is read: the highest rank wins, among equals the first.
enum class TextRank : uint8_t {
  kNone,
  // What a picture, a film or an event has instead of a body.
  kDescription,
  kDescriptionOfContent,  // role caption, text, lead or summary
  kBodyMappedMarkup,      // of a flat feed
  kBodyMapped,
  kBodyMarkup,
  kBodyPlain,
  kBodyText,  // 1.x's own body_text
  kHeadlineMapped,
  kHeadlineOther,
  kHeadlineMain,
};

// The best text so far.
struct TextChoice {
  TextRank rank = TextRank::kNone;
  bool is_markup = false;
  std::string name;   // as TextField::name
  std::string value;  // escapes resolved

  // Takes *text, whose memory it swaps with its own, when that ranks higher and is not blank.
  void Consider(TextRank new_rank, bool new_is_markup, std::string_view new_name,
                std::string* text);
};

// Whether a reader sees anything: white space, and tags in mark-up, are nothing.
bool HasText(std::string_view value, bool is_markup);

// Whether a word that names a format (a content type, the end of body_xhtml) names mark-up.
bool IsMarkupWord(std::string_view word);

// Whether a value of this content type is mark-up; without a type, whether it begins like it.
bool IsMarkupType(std::string_view content_type, std::string_view value);

// The rank of an element of `descriptions` by its role. A credit is no text: kNone.
TextRank RankOfDescription(std::string_view role);

}  // namespace copydesk
