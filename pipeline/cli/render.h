// Shows enriched stories to a person: in a terminal, as a table of mentions, or as an HTML page.
//
// Whatever comes from a story is made harmless first: control characters for the terminal, mark-up
// for the page.
//
// Threads: one thread. Errors: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stages/story/story.h"

namespace copydesk {

// A story with the topic it was found in, and that topic's output: "published", "duplicates".
struct ShownStory {
  Story story;
  std::string topic;
  std::string output;
};

// A stretch of a field's readable text (mark-up stripped): plain, a mention, or not the story.
struct Run {
  std::string_view text;
  const Mention* mention = nullptr;
  std::string_view not_story;  // the rule's name
};
// The runs of a field, in order and without gaps. Views into the story.
// REQUIRES: the story's fields are read.
std::vector<Run> RunsOf(const Story& story, uint32_t field);

// Takes out what could drive a terminal: control characters but line ends, C1 controls included.
std::string Harmless(std::string_view text);
// The escape sequence that begins a mention of an entity of `type`; "\x1b[0m" ends it.
std::string_view ColourOf(std::string_view type);

// The story with its mentions in colour (ANSI), or bracketed as [surface|type] without.
// `lines_max` cuts the body.
std::string RenderTerminal(Story& story, bool has_colour, size_t lines_max);

// One line a mention: field, bytes, type, id, name, surface.
std::string RenderTable(const Story& story);

// A table of a page: before the stories when its columns are numbers (their cells all begin with a
// digit), behind them when there is text in more than the first.
struct ShownTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

// A page of its own: no script, no network. `about` is a sentence put at its head.
std::string RenderPage(std::string_view title, std::string_view about,
                       const std::vector<ShownTable>& tables, std::vector<ShownStory>& stories);

}  // namespace copydesk
