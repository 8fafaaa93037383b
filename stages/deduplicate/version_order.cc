#include "stages/deduplicate/version_order.h"

namespace copydesk {
namespace {

constexpr size_t kDigitsMax = 18;  // any such number fits an int64_t

int64_t NumberOf(std::string_view text) {
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

template <typename T>
Order Compare(const T& a, const T& b) {
  if (a == b) return Order::kSame;
  return a < b ? Order::kOlder : Order::kNewer;
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
  const Order by_text = Compare(a.text, b.text);
  const bool is_cut = a.text.size() == kVersionBytesMax;
  return by_text == Order::kSame && is_cut ? Order::kUnknown : by_text;
}

}  // namespace copydesk
