// The full stop of an abbreviation that a name ends with: "Acme Corp.", where it does not end the
// sentence.

#include "stages/tag/resolver.h"
#include "stages/tag/sentence.h"

namespace copydesk {
namespace {

// What follows a full stop says that the sentence goes on.
bool GoesOn(std::string_view rest) {
  if (rest.empty()) return false;
  if (rest[0] == ',' || rest[0] == ';' || rest[0] == ':') return true;
  if (PossessiveBytes(rest) != 0) return true;
  const size_t next = rest.find_first_not_of(" \n");
  return next != std::string_view::npos && next > 0 && rest[next] >= 'a' && rest[next] <= 'z';
}

}  // namespace

// Where the sentence may end, the stop belongs to the name if it does elsewhere in the story: who
// writes "Corp." writes it always, and who writes "Corp" never.
void Resolver::TakeStops() {
  bool are_written = false;
  const auto visit = [&](bool is_certain) {
    for (Sighting& finding : sightings_) {
      if (!finding.is_mention()) continue;
      const std::string_view text = TextOf(finding.field);
      const uint32_t end = finding.span.end;
      if (end >= text.size() || text[end] != '.' || GoesOn(text.substr(end + 1)) != is_certain) {
        continue;
      }
      const std::string_view name = Text(finding);
      const std::string last(name.substr(name.rfind(' ') + 1));
      if (!rules_->abbreviations().contains(last)) continue;
      ++finding.span.end;
      are_written = true;
    }
  };
  visit(/*is_certain=*/true);
  if (are_written) visit(/*is_certain=*/false);
}

}  // namespace copydesk
