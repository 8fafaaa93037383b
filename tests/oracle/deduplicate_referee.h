// The referee of deduplicate: the rules of stages/deduplicate/decider.h said once more over a plain
// list of all that came, scanned from end to end for every story, with texts instead of hashes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/stages/deduplicate/arrival.h"

namespace copydesk::testing {

// What was decided on one record.
struct Decided {
  RelationKind kind = RelationKind::kOriginal;
  bool is_late = false;
  Outcome outcome = Outcome::kPublish;
  int64_t lead = -1;                 // an offset
  std::vector<std::string> recalls;  // "offset by offset: reason", in order

  friend bool operator==(const Decided&, const Decided&) = default;
};

inline void PrintTo(const Decided& decided, std::ostream* out) {
  *out << NameOf(decided.kind) << (decided.is_late ? " late" : "") << " lead " << decided.lead
       << " outcome " << static_cast<int>(decided.outcome);
  for (const std::string& recall : decided.recalls) *out << ", " << recall;
}

class Referee {
 public:
  explicit Referee(int64_t window_ms) : window_ms_(window_ms) {}

  Decided Decide(const Arrival& arrival, int64_t offset) {
    const int64_t time_ms = arrival.hour >= 0 ? TimeMs(arrival.hour) : TimeMs(arrival.record_hour);
    now_ms_ = std::max(now_ms_, time_ms);
    for (Seen& seen : all_) {
      if (IsAlive(seen) && seen.offset == offset && seen.what.uri == arrival.uri)
        return Again(seen);
    }
    Seen seen;
    seen.what = arrival;
    seen.offset = offset;
    seen.entered_ms = now_ms_;
    seen.is_end = IsEnd(arrival);
    if (seen.is_end) {
      End(seen);
    } else {
      Story(seen);
    }
    return all_.back().decided;
  }

 private:
  static constexpr int kNone = -1;
  enum class State { kSettled, kHeld, kSuperseded };

  struct Seen {
    Arrival what;
    int64_t offset = -1;
    int64_t entered_ms = 0;
    bool is_end = false;
    State state = State::kSettled;
    int chain = kNone;
    int cluster = kNone;  // a chain
    int lead = kNone;     // an index into all_
    int recalled_by = kNone;
    RelationKind recalled_as = RelationKind::kOriginal;
    Decided decided;
  };
  struct Chain {
    int first = kNone;
    int newest = kNone;
    int end = kNone;
    int cluster = kNone;
  };

  static bool IsEnd(const Arrival& a) {
    return a.status != PubStatus::kUsable || a.notice == Notice::kKill ||
           a.notice == Notice::kWithhold;
  }
  static bool IsKill(const Arrival& a) {
    return a.status == PubStatus::kCanceled || a.notice == Notice::kKill;
  }
  static bool IsDeclared(const Arrival& a) {
    return a.notice == Notice::kCorrection || a.notice == Notice::kRefile;
  }

  static RelationKind DeclaredKind(const Arrival& a) {
    return a.notice == Notice::kCorrection ? RelationKind::kCorrection : RelationKind::kRefile;
  }

  // -1 older, 0 same, 1 newer, 2 unknown.
  static int Compare(const Arrival& a, const Arrival& b) {
    const int by_time = a.hour < 0 || b.hour < 0 ? 2 : (a.hour > b.hour) - (a.hour < b.hour);
    if (a.uri != b.uri) return by_time == 0 ? 2 : by_time;
    const bool are_numbers = !a.version.empty() && !b.version.empty();
    if (are_numbers && a.version != b.version) {
      return std::stoi(a.version) > std::stoi(b.version) ? 1 : -1;
    }
    if (by_time == 1 || by_time == -1) return by_time;
    if (are_numbers) return 0;
    return a.version.empty() && b.version.empty() ? by_time : 2;
  }
  static bool IsSameVersion(const Arrival& a, const Arrival& b) {
    return a.uri == b.uri && a.version == b.version && a.hour == b.hour &&
           !(a.version.empty() && a.hour < 0);
  }

  bool IsEmbargoed(const Arrival& a) const { return TimeMs(a.embargo_hour) > now_ms_; }
  bool IsAlive(const Seen& seen) const { return seen.entered_ms >= now_ms_ - window_ms_; }
  const Seen* At(int index) const {
    return index != kNone && IsAlive(all_[static_cast<size_t>(index)])
               ? &all_[static_cast<size_t>(index)]
               : nullptr;
  }

  // The latest that is remembered and fits, or kNone.
  template <typename Fits>
  int Latest(Fits fits) const {
    for (int i = static_cast<int>(all_.size()) - 1; i >= 0 && At(i) != nullptr; --i) {
      if (fits(all_[static_cast<size_t>(i)])) return i;
    }
    return kNone;
  }

  // The latest published or diverted with that text.
  int PublishedText(const std::string& text) const {
    if (text.empty()) return kNone;
    return Latest([&](const Seen& seen) {
      return !seen.is_end && seen.what.text == text && seen.state == State::kSettled;
    });
  }
  int Settled(int index) const {
    return index != kNone && all_[static_cast<size_t>(index)].state == State::kSettled ? index
                                                                                       : kNone;
  }

  int ChainOf(const Arrival& a) const {
    int found = Latest([&](const Seen& seen) { return seen.what.uri == a.uri; });
    if (found == kNone && !a.alt_ids.empty()) {
      found = Latest([&](const Seen& seen) { return seen.what.alt_ids == a.alt_ids; });
    }
    return found == kNone ? kNone : all_[static_cast<size_t>(found)].chain;
  }

  struct Standing {
    bool is_known = false;
    int newest = kNone;
    int order = 2;
    int kill = kNone;
    bool is_back = false;
  };
  Standing StandingOf(const Seen& arrival) const {
    Standing standing;
    if (arrival.chain == kNone) return standing;
    const Chain& chain = chains_[static_cast<size_t>(arrival.chain)];
    standing.is_known = chain.first != kNone;
    standing.newest = At(chain.newest) != nullptr ? chain.newest : kNone;
    if (standing.newest == kNone) {
      const int latest =
          Latest([&](const Seen& seen) { return seen.what.uri == arrival.what.uri; });
      const Seen* seen = At(latest);
      if (seen != nullptr && seen->chain == arrival.chain && !seen->is_end)
        standing.newest = latest;
    }
    if (standing.newest != kNone) {
      standing.order = Compare(arrival.what, At(standing.newest)->what);
    }
    const Seen* end = At(chain.end);
    if (end == nullptr) return standing;
    const int to_end = Compare(arrival.what, end->what);
    standing.is_back = to_end == 1 || (to_end == 2 && standing.order == 1);
    standing.kill = standing.is_back ? kNone : chain.end;
    return standing;
  }

  // Leads where the holder of the text leads. Returns what recalled that holder.
  int Follow(int of, Seen* arrival) const {
    const Seen& holder = all_[static_cast<size_t>(of)];
    const Seen* lead = At(holder.lead);
    const bool is_taken_up =
        lead != nullptr && lead->state == State::kSettled && lead->what.text == holder.what.text;
    const bool is_repeat = holder.decided.kind == RelationKind::kRepeat;
    arrival->lead = is_repeat || is_taken_up ? holder.lead : of;
    arrival->cluster = holder.cluster;
    const Seen* first = At(arrival->lead);
    const bool stands = first != nullptr && first->state == State::kSettled &&
                        first->recalled_by == kNone && first->what.text == holder.what.text;
    return !stands && At(holder.recalled_by) != nullptr ? holder.recalled_by : kNone;
  }

  int SameVersion(const Seen& arrival, const Standing& standing) const {
    const int same = Settled(Latest(
        [&](const Seen& seen) { return !seen.is_end && IsSameVersion(seen.what, arrival.what); }));
    return same == kNone && standing.order == 0 ? Settled(standing.newest) : same;
  }

  // The correction or refile that is sent again, as it was.
  int SentBefore(const Seen& arrival, const Standing& standing) const {
    int before = SameVersion(arrival, standing);
    if (At(before) != nullptr && At(before)->decided.kind == RelationKind::kRepeat) {
      before = At(before)->lead;
    }
    const Seen* seen = At(before);
    if (seen == nullptr || seen->what.text != arrival.what.text) return kNone;
    if (seen->decided.kind != DeclaredKind(arrival.what)) return kNone;
    return standing.is_back && seen->recalled_by != kNone ? kNone : before;
  }

  int RepeatedBy(const Seen& arrival, const Standing& standing) const {
    if (IsDeclared(arrival.what)) return SentBefore(arrival, standing);
    int repeated = SameVersion(arrival, standing);
    const int newest = Settled(standing.newest);
    if (repeated == kNone && (!standing.is_known || standing.order == -1)) {
      repeated = PublishedText(arrival.what.text);
    } else if (repeated == kNone && newest != kNone && !arrival.what.text.empty() &&
               At(newest)->what.text == arrival.what.text) {
      repeated = newest;
    }
    if (repeated != kNone && standing.is_back && At(repeated)->recalled_by != kNone) return kNone;
    return repeated;
  }

  int Relate(Seen* arrival, const Standing& standing) const {
    Decided& decided = arrival->decided;
    decided.is_late = standing.order == -1 || standing.kill != kNone;
    const int repeated = RepeatedBy(*arrival, standing);
    const int same = PublishedText(arrival->what.text);
    int recalled_by = kNone;
    if (repeated != kNone) {
      decided.kind = RelationKind::kRepeat;
      recalled_by = Follow(repeated, arrival);
      if (IsDeclared(arrival->what)) arrival->lead = repeated;
    } else if (standing.is_known) {
      decided.kind = RelationKind::kRevision;
      const int cluster = chains_[static_cast<size_t>(arrival->chain)].cluster;
      arrival->lead = chains_[static_cast<size_t>(cluster)].first;
    } else if (standing.is_back) {
      decided.kind = RelationKind::kRevision;
    } else if (IsDeclared(arrival->what) && same != kNone) {
      recalled_by = Follow(same, arrival);
      // Made anew after the kill.
      if (recalled_by != kNone && Compare(arrival->what, At(recalled_by)->what) != -1) {
        recalled_by = kNone;
      }
    }
    if (IsDeclared(arrival->what) && repeated == kNone) decided.kind = DeclaredKind(arrival->what);
    return standing.kill != kNone ? standing.kill : recalled_by;
  }

  int TakePlace(int held, Seen* arrival, const Standing& standing) const {
    const Seen& before = all_[static_cast<size_t>(held)];
    arrival->cluster = before.cluster;
    const Seen* lead = At(before.lead);
    const bool has_moved = lead != nullptr && lead->state == State::kSuperseded;
    arrival->lead = has_moved ? chains_[static_cast<size_t>(lead->chain)].first : before.lead;
    arrival->decided.kind = before.decided.kind;
    arrival->decided.is_late =
        before.decided.is_late || standing.order == -1 || standing.kill != kNone;
    const int same = PublishedText(arrival->what.text);
    int recalled_by = kNone;
    if (same != kNone && before.decided.kind != RelationKind::kCorrection &&
        before.decided.kind != RelationKind::kRefile) {
      arrival->decided.kind = RelationKind::kRepeat;
      recalled_by = Follow(same, arrival);
    }
    return standing.kill != kNone ? standing.kill : recalled_by;
  }

  int HeldBefore(const Arrival& a) const {
    const int by_version =
        Latest([&](const Seen& seen) { return !seen.is_end && IsSameVersion(seen.what, a); });
    const int by_text = Latest([&](const Seen& seen) {
      return seen.state != State::kSettled && seen.what.uri == a.uri && seen.what.text == a.text &&
             !a.text.empty();
    });
    for (const int index : {by_version, by_text}) {
      const Seen* seen = At(index);
      if (seen == nullptr || seen->state != State::kHeld) continue;
      const int order = Compare(a, seen->what);
      if (order == 0 || order == 2) return index;
    }
    return kNone;
  }

  void Story(Seen& arrival) {
    const int held = HeldBefore(arrival.what);
    arrival.chain = held != kNone ? At(held)->chain : ChainOf(arrival.what);
    const Standing standing = StandingOf(arrival);
    const int recalled_by =
        held != kNone ? TakePlace(held, &arrival, standing) : Relate(&arrival, standing);
    const Seen* newest = At(standing.newest);
    const bool is_moved = arrival.what.embargo_hour >= 0 && standing.order == -1 &&
                          newest->state == State::kHeld && IsEmbargoed(newest->what);
    if (IsEmbargoed(arrival.what) || is_moved) arrival.state = State::kHeld;
    arrival.decided.outcome = arrival.state == State::kHeld                   ? Outcome::kHold
                              : arrival.decided.kind == RelationKind::kRepeat ? Outcome::kDivert
                                                                              : Outcome::kPublish;
    if (held != kNone) all_[static_cast<size_t>(held)].state = State::kSuperseded;
    const bool is_newest = standing.order != -1 || standing.newest == held;
    const int id = Enter(arrival, is_newest);
    Chain& chain = chains_[static_cast<size_t>(all_.back().chain)];
    if (held != kNone && chain.first == held) chain.first = id;
    if (recalled_by != kNone && arrival.state == State::kSettled) Recall(id, recalled_by);
  }

  void End(Seen& arrival) {
    arrival.chain = ChainOf(arrival.what);
    const Standing standing = StandingOf(arrival);
    arrival.decided.kind = IsKill(arrival.what) ? RelationKind::kKill : RelationKind::kWithhold;
    arrival.decided.is_late = standing.order == -1;
    bool is_newest = true;
    bool is_sent_again = false;
    if (arrival.chain != kNone) {
      const Chain& chain = chains_[static_cast<size_t>(arrival.chain)];
      arrival.lead = chain.first;
      const Seen* end = At(chain.end);
      const Seen* newest = At(chain.newest);
      const Seen* last = At(standing.newest);
      is_newest = end == nullptr || Compare(arrival.what, end->what) != -1;
      if (end != nullptr && last != nullptr && Compare(arrival.what, end->what) == 2 &&
          end->what.uri == last->what.uri && arrival.what.uri != end->what.uri) {
        is_newest = false;
      }
      const bool is_back =
          newest != nullptr && newest->state == State::kSettled && newest->recalled_by == kNone;
      if (end != nullptr && IsKill(end->what) == IsKill(arrival.what)) {
        const bool is_same_text = end->what.text == arrival.what.text && !arrival.what.text.empty();
        const bool is_same_version =
            end->what.uri == arrival.what.uri && Compare(arrival.what, end->what) == 0;
        is_sent_again = is_same_version || (is_same_text && !is_back);
      }
    }
    const int id = Enter(arrival, is_newest);
    if (!is_sent_again) RecallPublished(id);
  }

  int Enter(const Seen& arrival, bool is_newest) {
    const int id = static_cast<int>(all_.size());
    all_.push_back(arrival);
    Seen& seen = all_.back();
    if (seen.chain == kNone) {
      seen.chain = static_cast<int>(chains_.size());
      chains_.emplace_back().cluster = seen.cluster == kNone ? seen.chain : seen.cluster;
    }
    Chain& chain = chains_[static_cast<size_t>(seen.chain)];
    if (seen.cluster == kNone) seen.cluster = chain.cluster;
    if (!seen.is_end && chain.first == kNone) chain.first = id;
    if (is_newest) (seen.is_end ? chain.end : chain.newest) = id;
    // A lead that is forgotten is named by the first of the chain or cluster.
    if (seen.lead != kNone) {
      const int named =
          At(seen.lead) != nullptr
              ? seen.lead
              : chains_[static_cast<size_t>(seen.is_end ? seen.chain : seen.cluster)].first;
      seen.decided.lead = all_[static_cast<size_t>(named)].offset;
    }
    return id;
  }

  void Recall(int id, int by) {
    Seen& seen = all_[static_cast<size_t>(id)];
    const Seen& end = all_[static_cast<size_t>(by)];
    seen.recalled_by = by;
    seen.recalled_as = end.decided.kind;
    all_.back().decided.recalls.push_back(Describe(seen, end));
  }

  static std::string Describe(const Seen& seen, const Seen& end) {
    return std::to_string(seen.offset) + " by " + std::to_string(end.offset) + ": " +
           std::string(NameOf(seen.recalled_as));
  }

  void RecallPublished(int by) {
    const Seen end = all_[static_cast<size_t>(by)];
    const int cluster = chains_[static_cast<size_t>(end.chain)].cluster;
    std::set<std::string> killed, spared;
    std::vector<int> published;
    bool is_ordered = false;
    for (int i = 0; i < by; ++i) {
      const Seen& seen = all_[static_cast<size_t>(i)];
      if (!IsAlive(seen) || seen.chain != end.chain || seen.is_end) continue;
      if (seen.state != State::kSettled || seen.decided.kind == RelationKind::kRepeat) continue;
      const bool are_numbers = !seen.what.version.empty() && !end.what.version.empty();
      is_ordered |=
          Compare(seen.what, end.what) != 1 || (seen.what.uri == end.what.uri && are_numbers);
    }
    const auto is_newer = [&](const Seen& seen) {
      return is_ordered && Compare(seen.what, end.what) == 1;
    };
    for (int i = 0; i < by; ++i) {
      const Seen& seen = all_[static_cast<size_t>(i)];
      if (!IsAlive(seen) || seen.cluster != cluster || seen.is_end) continue;
      if (seen.state != State::kSettled) continue;
      published.push_back(i);
      if (seen.chain != end.chain || seen.decided.kind == RelationKind::kRepeat) continue;
      if (seen.what.text.empty()) continue;
      (is_newer(seen) ? spared : killed).insert(seen.what.text);
    }
    for (const int i : published) {
      const Seen& seen = all_[static_cast<size_t>(i)];
      const bool says_more =
          seen.recalled_as == RelationKind::kOriginal ||
          (seen.recalled_as == RelationKind::kWithhold && end.decided.kind == RelationKind::kKill);
      const bool is_substitute = IsDeclared(seen.what) &&
                                 seen.decided.kind != RelationKind::kRepeat &&
                                 Compare(seen.what, end.what) == 1;
      const bool is_led = seen.chain == end.chain ? !is_newer(seen)
                          : is_substitute         ? false
                          : cluster == end.chain  ? !spared.contains(seen.what.text)
                                                  : killed.contains(seen.what.text);
      if (says_more && is_led) Recall(i, by);
    }
  }

  Decided Again(const Seen& seen) {
    Decided decided = seen.decided;
    decided.recalls.clear();
    const int id = static_cast<int>(&seen - all_.data());
    if (seen.is_end) {
      for (int i = 0; i < id; ++i) {
        const Seen* other = At(i);
        if (other != nullptr && other->recalled_by == id) {
          decided.recalls.push_back(Describe(*other, seen));
        }
      }
    } else if (seen.recalled_by != kNone && seen.recalled_by < id && At(seen.recalled_by)) {
      decided.recalls.push_back(Describe(seen, *At(seen.recalled_by)));
    }
    if (seen.state != State::kSettled) decided.outcome = Outcome::kHold;
    // Its lead may have been forgotten since.
    if (seen.lead != kNone && At(seen.lead) == nullptr) {
      const Chain& named = chains_[static_cast<size_t>(seen.is_end ? seen.chain : seen.cluster)];
      decided.lead = all_[static_cast<size_t>(named.first)].offset;
    }
    return decided;
  }

  const int64_t window_ms_;
  int64_t now_ms_ = -1;
  std::vector<Seen> all_;
  std::vector<Chain> chains_;
};

}  // namespace copydesk::testing
