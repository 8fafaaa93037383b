// The words of any kill: a bounded number of names, whose places are in order, and of any two in
// one text it is told whether they are listed.
//
// An input is a byte (1: all of it says what to kill; 2: its body is mark-up), and then the
// headline, the note to editors, the slugline and the body, in lines; the body may have more.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "stages/deduplicate/kill_names.h"
#include "stages/text/utf8.h"

namespace {

using namespace copydesk;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Takes the first line off the front.
std::string TakeLine(std::string_view* text) {
  const std::string line(text->substr(0, text->find('\n')));
  text->remove_prefix(line.size() == text->size() ? line.size() : line.size() + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  text = text.substr(0, FirstInvalidUtf8(text));
  Story story;
  TextField& headline = story.AddField();
  headline.is_headline = true;
  headline.value = TakeLine(&text);
  story.ednote = TakeLine(&text);
  story.slugline = TakeLine(&text);
  TextField& body = story.AddField();
  body.is_markup = (data[0] & 2) != 0;
  body.value = text;
  KillNames names;
  names.Read(story, (data[0] & 1) != 0);
  const std::vector<KillName>& all = names.all();
  Require(all.size() <= kNamedMax);
  for (const KillName& first : all) {
    Require(first.at.begin < first.at.end);
    for (const KillName& second : all) {
      if (second.text == first.text && second.at.begin >= first.at.end) {
        names.AreListed(first, second);
      }
    }
  }
  return 0;
}
