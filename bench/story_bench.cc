// Decoding and encoding a story of one kilobyte, in each dialect and as plain text.

#include <benchmark/benchmark.h>

#include <optional>
#include <string>

#include "stages/story/decode.h"
#include "stages/story/encode.h"

namespace copydesk {
namespace {

constexpr std::string_view kHeadline =
    "Storm \xE2\x80\x98"
    "Ada\xE2\x80\x99 hits the North Sea coast, thousands without power";
constexpr std::string_view kParagraph =
    "HAMBURG (copydesk) \xE2\x80\x94 A storm with gusts of up to 160 kilometres an hour hit the "
    "North Sea coast on Monday, uprooting trees and leaving some 40,000 households in Lower "
    "Saxony without electricity, the grid operator said. \xE2\x80\x9CWe have not seen anything "
    "like it since 2013,\xE2\x80\x9D a spokeswoman in Cuxhaven said. Ferries to the islands stayed "
    "in port, and trains between Hamburg and Bremen were cancelled until the evening. ";

std::string Body() {
  std::string body;
  while (body.size() < 900) body += kParagraph;
  return body;
}

std::string Record(int64_t dialect) {
  const std::string headline(kHeadline);
  switch (static_cast<Dialect>(dialect)) {
    case Dialect::kNinjs1:
      return R"({"uri":"urn:newsml:example.com:20261123:1","type":"text","version":"2",)"
             R"("versioncreated":"2026-11-23T10:15:00Z","pubstatus":"usable","urgency":3,)"
             R"("language":"en","byline":"By A. Writer","place":[{"name":"Hamburg","code":"Q1055"}],)"
             R"("headline":")" +
             headline + R"(","body_text":")" + Body() + "\"}";
    case Dialect::kNinjs3:
      return R"({"uri":"urn:newsml:example.com:20261123:1","type":"text","version":"2",)"
             R"("versionCreated":"2026-11-23T10:15:00Z","pubStatus":"usable","urgency":3,)"
             R"("language":"en","by":"By A. Writer","headlines":[{"role":"main","value":")" +
             headline + R"("}],"bodies":[{"contentType":"text/plain","value":")" + Body() + "\"}]}";
    case Dialect::kFlat:
      return R"({"id":"17","published":"2026-11-23T10:15:00Z","lang":"en","title":")" + headline +
             R"(","text":")" + Body() + "\"}";
    default:
      return headline + "\n\n" + Body() + "\n";
  }
}

// The state of a story behind the whole chain, with five mentions of three entities.
void Enrich(Story* story) {
  story->is_normalized = true;
  story->content_hash = {1, 2};
  story->relation.emplace().rule = "nothing like it in the window";
  story->dictionary_version = "2026-11-23.7f3a";
  for (uint32_t i = 0; i < 5; ++i) {
    Mention& mention = story->mentions.emplace_back();
    mention.id = i % 3 == 0 ? "Q1055" : i % 3 == 1 ? "Q1693" : "Q1197";
    mention.type = "place";
    mention.name = i % 3 == 0 ? "Hamburg" : i % 3 == 1 ? "North Sea" : "Lower Saxony";
    mention.field = 1;
    // Behind the paragraph's dash, which is three bytes and one code point.
    const uint32_t begin = 30 + 10 * i;
    mention.bytes = {begin, begin + 4};
    mention.code_points = {begin - 2, begin + 2};
    mention.utf16 = mention.code_points;
    mention.surface = story->fields[1].value.substr(begin, 4);
    mention.by = "alias";
  }
}

bool IsRead(const Story& story, Dialect dialect) {
  return story.dialect == dialect && story.fields.size() == 2 &&
         story.fields[0].value == kHeadline && story.fields[1].value.find(Body()) == 0;
}

void BM_DecodeStory(benchmark::State& state) {
  const std::string record = Record(state.range(0));
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  if (decoder.Decode(record, &story) || !IsRead(story, static_cast<Dialect>(state.range(0)))) {
    state.SkipWithError("the record was not read as it was written");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.Decode(record, &story));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(record.size()));
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(NameOf(static_cast<Dialect>(state.range(0)))));
}

// What a worker behind a cut of the chain reads.
void BM_DecodeEnrichedStory(benchmark::State& state) {
  const std::string record = Record(static_cast<int64_t>(Dialect::kNinjs1));
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  std::string enriched;
  const bool is_read = !decoder.Decode(record, &story);
  Enrich(&story);
  EncodeStory(story, record, &enriched);
  if (!is_read || decoder.Decode(enriched, &story) || story.mentions.size() != 5) {
    state.SkipWithError("the enriched record was not read as it was written");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.Decode(enriched, &story));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(enriched.size()));
  state.SetItemsProcessed(state.iterations());
}

void BM_EncodeStory(benchmark::State& state) {
  const std::string record = Record(state.range(0));
  StoryDecoder decoder({}, InputFormat::kAuto, DefaultFieldMap());
  Story story;
  std::string out;
  if (decoder.Decode(record, &story)) {
    state.SkipWithError("the record was not read");
    return;
  }
  Enrich(&story);
  EncodeStory(story, record, &out);
  Story again;
  if (out.size() < record.size() || out.find("\"Q1693\"") == std::string::npos ||
      (story.dialect != Dialect::kText && out.find(Body()) == std::string::npos)) {
    state.SkipWithError("the record was not written as it should be");
    return;
  }
  for (auto _ : state) {
    EncodeStory(story, record, &out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(NameOf(static_cast<Dialect>(state.range(0)))));
}

void EachDialect(benchmark::internal::Benchmark* bench) {
  for (const Dialect dialect :
       {Dialect::kNinjs1, Dialect::kNinjs3, Dialect::kFlat, Dialect::kText}) {
    bench->Arg(static_cast<int64_t>(dialect));
  }
}

BENCHMARK(BM_DecodeStory)->Apply(EachDialect);
BENCHMARK(BM_DecodeEnrichedStory);
BENCHMARK(BM_EncodeStory)->Apply(EachDialect);

}  // namespace
}  // namespace copydesk
