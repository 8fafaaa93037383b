#include "stages/deduplicate/version_order.h"

#include <optional>

#include "stages/story/iso_time.h"

namespace copydesk {
namespace {

constexpr size_t kDigitsMax = 18;  // any such number fits an int64_t

int64_t NumberOf(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) return -1;
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  if (text.size() > kDigitsMax) return -1;
  int64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return -1;
    number = number * 10 + (digit - '0');
  }
  return number;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes a run of digits off the front of `text`, without the zeros it begins with.
std::string_view TakeDigits(std::string_view* text) {
  while (text->size() > 1 && text->front() == '0' && IsDigit((*text)[1])) text->remove_prefix(1);
  size_t end = 0;
  while (end < text->size() && IsDigit((*text)[end])) ++end;
  const std::string_view digits = text->substr(0, end);
  text->remove_prefix(end);
  return digits;
}

template <typename T>
Order Compare(const T& a, const T& b) {
  if (a == b) return Order::kSame;
  return a < b ? Order::kOlder : Order::kNewer;
}

// Where both texts are times, by these: zones and fractions of a second are no words.
Order CompareAsTimes(std::string_view a, std::string_view b) {
  const std::optional<int64_t> a_ms = ParseIsoTime(a), b_ms = ParseIsoTime(b);
  return a_ms && b_ms ? Compare(*a_ms, *b_ms) : Order::kSame;
}

// By the first difference: a number where both have one there (v9 before v10), else the character.
Order CompareTexts(std::string_view a, std::string_view b) {
  const bool is_a_cut = a.size() == kVersionBytesMax, is_b_cut = b.size() == kVersionBytesMax;
  while (!a.empty() && !b.empty()) {
    if (!IsDigit(a.front()) || !IsDigit(b.front())) {
      if (a.front() != b.front()) return Compare<unsigned char>(a.front(), b.front());
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    const std::string_view of_a = TakeDigits(&a), of_b = TakeDigits(&b);
    if (of_a == of_b) continue;
    // Nobody knows how long a number is that was cut.
    if ((is_a_cut && a.empty()) || (is_b_cut && b.empty())) return Order::kUnknown;
    return of_a.size() != of_b.size() ? Compare(of_a.size(), of_b.size()) : Compare(of_a, of_b);
  }
  if ((is_a_cut && a.empty()) || (is_b_cut && b.empty())) return Order::kUnknown;
  return Compare(a.size(), b.size());
}

}  // namespace

StoryVersion StoryVersion::From(std::string_view text, int64_t time_ms) {
  StoryVersion version;
  version.number = NumberOf(text);
  version.text = text.substr(0, kVersionBytesMax);
  version.time_ms = time_ms;
  return version;
}

Order CompareVersions(const StoryVersion& a, const StoryVersion& b, bool is_same_uri) {
  const bool are_timed = a.time_ms >= 0 && b.time_ms >= 0;
  const Order by_time = are_timed ? Compare(a.time_ms, b.time_ms) : Order::kUnknown;
  if (!is_same_uri) return by_time == Order::kSame ? Order::kUnknown : by_time;

  const bool are_numbers = a.number >= 0 && b.number >= 0;
  if (are_numbers && a.number != b.number) return Compare(a.number, b.number);
  if (are_timed && by_time != Order::kSame) return by_time;
  if (are_numbers) return Order::kSame;
  if (a.text.empty() && b.text.empty()) return by_time;
  if (a.text.empty() || b.text.empty()) return Order::kUnknown;
  const Order by_text_time = CompareAsTimes(a.text, b.text);
  return by_text_time != Order::kSame ? by_text_time : CompareTexts(a.text, b.text);
}

}  // namespace copydesk
