#include "pipeline/cli/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/escape.h"
#include "stages/text/utf8.h"

namespace copydesk {
namespace {

// A span of the field's value as a span of its readable (mark-up stripped, unfolded) text.
Span ToPlain(const Reading& reading, Span in_value) {
  return reading.folded().map().ToOriginal(reading.FromValue(in_value));
}

std::string DescribeRelation(const Story& story) {
  if (!story.relation) return "";
  const Relation& relation = *story.relation;
  std::string text = fmt::format("{}{}", NameOf(relation.kind), relation.is_late ? ", late" : "");
  if (relation.lead) {
    text += fmt::format(" of {}", relation.lead->uri);
    if (!relation.lead->version.empty()) text += fmt::format(" v{}", relation.lead->version);
  }
  if (!relation.rule.empty()) text += fmt::format(" ({})", relation.rule);
  if (relation.similarity >= 0) text += fmt::format(", {} % alike", relation.similarity);
  return text;
}

constexpr std::string_view kPageHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; --paper: light-dark(#fbfaf7, #16181c); --ink: light-dark(#1d1d1b, #e4e2dc);
  --faint: light-dark(#77736a, #8f8b82); --rule: light-dark(#dcd8ce, #33363c); --card: light-dark(#fff, #1e2126);
  --person: light-dark(#ffe08a, #6b5310); --organisation: light-dark(#b5e3f5, #14506a);
  --place: light-dark(#c9edb8, #2b5a18); --event: light-dark(#eccbf2, #5c2a66); --object: light-dark(#d9d9f7, #3a3a7a); }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 Georgia, "Noto Serif", serif; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; line-height: 1.35; margin: .4rem 0 .5rem; }
.about { margin: 0 0 1rem; color: var(--faint); }
.tables { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .8rem; align-items: start; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  border-spacing: 0; font: .85rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
th { text-align: left; font-weight: 400; color: var(--faint); }
th, td { padding: .1rem .8rem; vertical-align: top; } tr:first-child th { padding-top: .5rem; } tr:last-child td { padding-bottom: .5rem; }
.n { text-align: right; white-space: nowrap; } .wide :is(th, td):first-child { white-space: nowrap; width: 0; }
article { background: var(--card); border: 1px solid var(--rule); border-left: .25rem solid var(--rule); border-radius: .5rem;
  padding: .8rem 1.1rem; margin: 1rem 0; overflow-wrap: anywhere; }
article.published { border-left-color: #4b9a5b; } article.duplicates { border-left-color: #c98a1b; } article.held { border-left-color: #8a5cc0; }
.meta, .why, .key { font: .8rem/1.5 system-ui, sans-serif; color: var(--faint); }
.key { margin: 1.2rem 0 .6rem; } .why { margin: .6rem 0 0; }
.badge { display: inline-block; border: 1px solid var(--rule); border-radius: 1rem; padding: 0 .55rem; margin-right: .4rem; color: var(--ink); }
.body { white-space: pre-wrap; max-height: 36rem; overflow-y: auto; }
mark { color: inherit; border-radius: .2rem; padding: 0 .15rem; } .key mark { color: var(--ink); }
mark.person { background: var(--person); } mark.organisation { background: var(--organisation); }
mark.place { background: var(--place); } mark.event { background: var(--event); } mark.object { background: var(--object); }
.not-story { color: var(--faint); text-decoration: underline dotted; text-underline-offset: .2em; }
</style>
)";

void AppendRuns(const Story& story, uint32_t field, std::string* page) {
  for (const Run& run : RunsOf(story, field)) {
    if (run.mention != nullptr) {
      *page += fmt::format("<mark class=\"{}\" title=\"{} · {} · {}\">{}</mark>",
                           EscapeMarkup(run.mention->type), EscapeMarkup(run.mention->name),
                           EscapeMarkup(run.mention->id), EscapeMarkup(run.mention->by),
                           EscapeMarkup(run.text));
    } else if (!run.not_story.empty()) {
      *page += fmt::format("<span class=\"not-story\" title=\"not the story: {}\">{}</span>",
                           EscapeMarkup(run.not_story), EscapeMarkup(run.text));
    } else {
      *page += EscapeMarkup(run.text);
    }
  }
}

void AppendStory(const ShownStory& shown, std::string* page) {
  const Story& story = shown.story;
  *page += fmt::format("<article class=\"{}\">\n<div class=\"meta\">", EscapeMarkup(shown.output));
  if (!shown.topic.empty()) {
    *page += fmt::format("<span class=\"badge\">{}</span>", EscapeMarkup(shown.topic));
  }
  if (story.relation) {
    *page += fmt::format("<span class=\"badge\">{}</span>", NameOf(story.relation->kind));
  }
  *page += fmt::format("{} {} {} {}</div>\n", EscapeMarkup(story.uri),
                       story.version.empty() ? "" : "v" + EscapeMarkup(story.version),
                       EscapeMarkup(story.version_created), EscapeMarkup(story.language));
  for (uint32_t field = 0; field < story.fields.size(); ++field) {
    const bool is_headline = story.fields[field].is_headline;
    const std::string direction = " dir=\"auto\"";
    *page += is_headline ? "<h2" + direction + ">" : "<div class=\"body\"" + direction + ">";
    AppendRuns(story, field, page);
    *page += is_headline ? "</h2>\n" : "</div>\n";
  }
  if (story.relation) {
    *page += fmt::format("<p class=\"why\">{}</p>\n", EscapeMarkup(DescribeRelation(story)));
  }
  *page += "</article>\n";
}

// Which columns have nothing but numbers.
std::vector<bool> NumbersOf(const ShownTable& table) {
  std::vector<bool> is_number(table.head.size(), true);
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool begins_with_digit = !row[i].empty() && row[i][0] >= '0' && row[i][0] <= '9';
      is_number[i] = is_number[i] && begins_with_digit;
    }
  }
  return is_number;
}

bool IsWide(const ShownTable& table) { return !NumbersOf(table).back(); }

void AppendTable(const ShownTable& table, std::string* page) {
  const std::vector<bool> is_number = NumbersOf(table);
  const auto append_row = [&](const std::vector<std::string>& row, std::string_view cell) {
    *page += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      *page += fmt::format("<{0}{1}>{2}</{0}>", cell, is_number[i] ? " class=\"n\"" : "",
                           EscapeMarkup(row[i]));
    }
    *page += "</tr>\n";
  };
  *page += IsWide(table) ? "<table class=\"wide\">\n" : "<table>\n";
  append_row(table.head, "th");
  for (const auto& row : table.rows) append_row(row, "td");
  *page += "</table>\n";
}

}  // namespace

std::vector<Run> RunsOf(const Story& story, uint32_t field) {
  struct Marked {
    Span span;
    const Mention* mention;
    std::string_view not_story;
  };
  const Reading& reading = story.fields[field].reading;
  std::vector<Marked> marked;
  for (const Mention& mention : story.mentions) {
    if (mention.field == field) marked.push_back({ToPlain(reading, mention.bytes), &mention, {}});
  }
  for (const NotStory& part : story.not_story) {
    if (part.field == field) marked.push_back({ToPlain(reading, part.bytes), nullptr, part.why});
  }
  std::sort(marked.begin(), marked.end(),
            [](const Marked& a, const Marked& b) { return a.span.begin < b.span.begin; });
  const std::string_view text = reading.plain();
  std::vector<Run> runs;
  uint32_t at = 0;
  for (const Marked& mark : marked) {
    if (mark.span.begin < at || mark.span.end <= mark.span.begin) continue;
    runs.push_back({text.substr(at, mark.span.begin - at), nullptr, {}});
    runs.push_back({text.substr(mark.span.begin, mark.span.end - mark.span.begin), mark.mention,
                    mark.not_story});
    at = mark.span.end;
  }
  runs.push_back({text.substr(at), nullptr, {}});
  return runs;
}

std::string Harmless(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCodePoint(text, &at);
    if (c == '\n' || (c >= 0x20 && c != 0x7F && (c < 0x80 || c > 0x9F))) {
      out += text.substr(begin, at - begin);
    } else if (c == '\t') {
      out += ' ';
    }
  }
  return out;
}

std::string_view ColourOf(std::string_view type) {
  static const std::map<std::string_view, std::string_view> kColours = {
      {"person", "\x1b[1;33m"},
      {"organisation", "\x1b[1;36m"},
      {"place", "\x1b[1;32m"},
      {"event", "\x1b[1;35m"}};
  const auto found = kColours.find(type);
  return found == kColours.end() ? "\x1b[1;34m" : found->second;
}

std::string RenderTerminal(Story& story, bool has_colour, size_t lines_max) {
  story.ReadFields();
  std::string out;
  const std::string_view reset = has_colour ? "\x1b[0m" : "";
  out += fmt::format("{}{}  {}{}\n", has_colour ? "\x1b[2m" : "", Harmless(story.uri),
                     Harmless(DescribeRelation(story)), reset);
  for (uint32_t field = 0; field < story.fields.size(); ++field) {
    std::string text;
    for (const Run& run : RunsOf(story, field)) {
      if (run.mention == nullptr) {
        text += Harmless(run.text);
      } else if (has_colour) {
        text += fmt::format("{}{}{}", ColourOf(run.mention->type), Harmless(run.text), reset);
      } else {
        text += fmt::format("[{}|{}]", Harmless(run.text), run.mention->type);
      }
    }
    if (!story.fields[field].is_headline) {
      size_t end = 0;
      for (size_t lines = 0; lines < lines_max && end != std::string::npos; ++lines) {
        end = text.find('\n', end == 0 ? 0 : end + 1);
      }
      if (end != std::string::npos && end + 1 < text.size()) text = text.substr(0, end) + "\n...";
    }
    out += text + "\n";
  }
  return out;
}

std::string RenderTable(const Story& story) {
  std::vector<std::vector<std::string>> rows = {
      {"FIELD", "BYTES", "TYPE", "ID", "NAME", "SURFACE"}};
  for (const Mention& mention : story.mentions) {
    rows.push_back({story.fields[mention.field].name,
                    fmt::format("{}-{}", mention.bytes.begin, mention.bytes.end), mention.type,
                    mention.id, Harmless(mention.name), Harmless(mention.surface)});
  }
  std::vector<size_t> widths(rows[0].size());
  const auto width = [](std::string_view text) {
    return static_cast<size_t>(OffsetCounter(text).At(text.size()).code_points);
  };
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string RenderPage(std::string_view title, std::string_view about,
                       const std::vector<ShownTable>& tables, std::vector<ShownStory>& stories) {
  std::string page(kPageHead);
  page += fmt::format("<title>{0}</title></head><body>\n<h1>{0}</h1>\n", EscapeMarkup(title));
  if (!about.empty()) page += fmt::format("<p class=\"about\">{}</p>\n", EscapeMarkup(about));
  page += "<div class=\"tables\">\n";
  for (const ShownTable& table : tables) {
    if (!IsWide(table)) AppendTable(table, &page);
  }
  page += "</div>\n";
  page +=
      "<p class=\"key\"><mark class=\"person\">person</mark> <mark class=\"organisation\">"
      "organisation</mark> <mark class=\"place\">place</mark> <mark class=\"event\">event</mark> "
      "<mark class=\"object\">object</mark> <span class=\"not-story\">not the story</span></p>\n";
  for (ShownStory& shown : stories) {
    shown.story.ReadFields();
    AppendStory(shown, &page);
  }
  for (const ShownTable& table : tables) {
    if (IsWide(table)) AppendTable(table, &page);
  }
  page += "</body></html>\n";
  return page;
}

}  // namespace copydesk
