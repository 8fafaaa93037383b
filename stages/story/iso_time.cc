#include "stages/story/iso_time.h"

#include <chrono>
#include <cstddef>

namespace copydesk {
namespace {

// Takes text from the front of a view.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

  bool TakeOneOf(std::string_view set, char* taken) {
    if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos) return false;
    *taken = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  bool Take(char c) {
    char taken;
    return TakeOneOf({&c, 1}, &taken);
  }

  // Exactly `digits` digits.
  bool TakeNumber(int digits, int* number) {
    *number = 0;
    for (int i = 0; i < digits; ++i) {
      if (!at_digit()) return false;
      *number = *number * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }

 private:
  std::string_view rest_;
};

bool TakeDate(Scanner* scanner, int64_t* days) {
  int year, month, day;
  if (!scanner->TakeNumber(4, &year)) return false;
  const bool is_extended = scanner->Take('-');
  if (!scanner->TakeNumber(2, &month)) return false;
  if (is_extended && !scanner->Take('-')) return false;
  if (!scanner->TakeNumber(2, &day)) return false;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  *days = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

// hh:mm, hh:mm:ss, hhmm or hhmmss with an optional fraction. A leap second reads as the next one.
bool TakeTimeOfDay(Scanner* scanner, int64_t* ms) {
  int hour, minute, second = 0;
  if (!scanner->TakeNumber(2, &hour)) return false;
  const bool is_extended = scanner->Take(':');
  if (!scanner->TakeNumber(2, &minute)) return false;
  int64_t fraction_ms = 0;
  if (is_extended ? scanner->Take(':') : scanner->at_digit()) {
    if (!scanner->TakeNumber(2, &second)) return false;
    char point;
    if (scanner->TakeOneOf(".,", &point)) {
      if (!scanner->at_digit()) return false;
      int digit;
      for (int64_t unit = 100; scanner->at_digit(); unit /= 10) {
        scanner->TakeNumber(1, &digit);
        fraction_ms += digit * unit;
      }
    }
  }
  if (hour > 24 || minute > 59 || second > 60) return false;
  if (hour == 24 && minute + second + fraction_ms > 0) return false;
  *ms = ((hour * 60 + minute) * 60 + second) * int64_t{1000} + fraction_ms;
  return true;
}

bool TakeZone(Scanner* scanner, int64_t* ms_east) {
  *ms_east = 0;
  char sign;
  if (scanner->at_end() || scanner->TakeOneOf("Zz", &sign)) return true;
  if (!scanner->TakeOneOf("+-", &sign)) return false;
  int hours, minutes = 0;
  if (!scanner->TakeNumber(2, &hours)) return false;
  const bool is_extended = scanner->Take(':');
  if ((is_extended || !scanner->at_end()) && !scanner->TakeNumber(2, &minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  *ms_east = (hours * 60 + minutes) * int64_t{60'000} * (sign == '-' ? -1 : 1);
  return true;
}

}  // namespace

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return std::nullopt;
  Scanner scanner(text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin));
  int64_t days = 0;
  int64_t time_ms = 0;
  int64_t ms_east = 0;
  if (!TakeDate(&scanner, &days)) return std::nullopt;
  char separator;
  if (scanner.TakeOneOf("Tt ", &separator)) {
    if (!TakeTimeOfDay(&scanner, &time_ms)) return std::nullopt;
    if (!TakeZone(&scanner, &ms_east)) return std::nullopt;
  }
  if (!scanner.at_end()) return std::nullopt;
  return days * int64_t{86'400'000} + time_ms - ms_east;
}

}  // namespace copydesk
