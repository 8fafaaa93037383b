// What is filed and killed in the tests of recalls: stories of Ruritania that share no words, and
// kills by uri.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/stages/deduplicate/desk.h"

namespace copydesk::testing {

inline constexpr std::string_view kRates =
    "The Bank of Ruritania raised its main interest rate by a quarter point on Tuesday, saying "
    "inflation in Strelsau had run above target for eight months and that further moves would "
    "depend on wages and on the price of grain from the northern provinces.";
inline constexpr std::string_view kPort =
    "Workers at the port of Zenda walked out for a third day over plans to automate two of its "
    "cranes, halting exports of timber and delaying passenger ferries to the islands, the harbour "
    "master said, adding talks would resume once both sides had named a mediator.";
inline constexpr std::string_view kBrewer =
    "A court in Hofbau fined the brewer Lauengram two million crowns on Thursday for fixing the "
    "price of beer with three rivals between 2019 and 2023, in the largest cartel case the country "
    "has seen since the competition office was founded by the late king.";
inline constexpr std::string_view kFootball =
    "Ruritania's football team beat Graustark 3-1 in a friendly on Wednesday evening, with two "
    "goals by captain Rassendyll and one from the substitute Tarlenheim in front of 31,000 "
    "spectators who had waited for hours in heavy rain outside the old stadium gates.";
inline constexpr std::string_view kFlood =
    "Three people drowned when the river Teufelsbach burst its banks near Hentzau overnight, and "
    "some two hundred were taken to a school by boat; the road to the pass is closed and soldiers "
    "were filling sandbags at the bridge, a spokeswoman for the district said.";
inline constexpr std::string_view kHeadline = "Ruritania raises rates";

inline Story Made(std::string_view uri, std::string_view version, std::string_view headline,
                  std::string_view body) {
  Story story = MakeFiled(headline, body);
  story.uri = uri;
  story.version = version;
  return story;
}
inline Story MadeKill(std::string_view uri, std::string_view version) {
  Story kill = Made(uri, version, "Kill", "Not for use.");
  kill.pub_status = PubStatus::kCanceled;
  return kill;
}

// The numbers of the stories that were recalled, in that order.
inline std::vector<int64_t> Recalled(const Desk& desk) {
  std::vector<int64_t> numbers;
  for (const Record& recall : desk.context.recalls) {
    constexpr std::string_view kOffset = "\"offset\":";
    numbers.push_back(std::stoll(recall.value.substr(recall.value.find(kOffset) + kOffset.size())));
  }
  return numbers;
}

using Numbers = std::vector<int64_t>;

inline const Relation& Kill(Desk& desk, std::string_view uri) {
  return desk.Decide(MadeKill(uri, "9"));
}

inline std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += std::string(part) + "\n\n";
  return joined;
}

}  // namespace copydesk::testing
