// A resolver over a small dictionary and the rules that copydesk comes with, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/dictionary/compile.h"
#include "stages/dictionary/source.h"
#include "stages/tag/resolver.h"

namespace copydesk {

inline constexpr std::string_view kEntities =
    R"({"id":"Q567","type":"person","name":"Angela Merkel","priority":900}
{"id":"Q15031","type":"person","name":"Xi Jinping","priority":900}
{"id":"Q61","type":"place","name":"Washington","priority":400}
{"id":"Q84","type":"place","name":"London","priority":800}
{"id":"Q145","type":"place","name":"England","priority":800}
{"id":"Q33959","type":"place","name":"Nice"}
{"id":"Q796","type":"place","name":"Iraq","aliases":["Iraqi"],"priority":800}
{"id":"Q230","type":"place","name":"Georgia","priority":300}
{"id":"Q1428","type":"place","name":"Georgia","aliases":["State of Georgia"],"priority":300,"part_of":"Q30"}
{"id":"Q23556","type":"place","name":"Atlanta","priority":300,"part_of":"Q1428"}
{"id":"p:georgia","type":"person","name":"Georgia","priority":300}
{"id":"Q44294","type":"organisation","name":"Ford"}
{"id":"Q60","type":"place","name":"New York","priority":800,"rules":{"not_in":["New York Times"]}}
{"id":"Q22889","type":"place","name":"Bath","priority":400,"rules":{"count":2}}
{"id":"Q142","type":"place","name":"Cordoba","priority":300,"rules":{"languages":["es"]}}
{"id":"p:cordoba","type":"organisation","name":"Cordoba","priority":300}
{"id":"Q60772","type":"person","name":"Ursula von der Leyen","aliases":["von der Leyen"],"priority":750}
{"id":"Q76","type":"person","name":"Barack Obama","priority":900}
{"id":"Q142f","type":"place","name":"France","priority":800}
{"id":"Q1058","type":"person","name":"Narendra Modi","priority":900}
{"id":"p:hasina","type":"person","name":"Sheikh Hasina","priority":300}
{"id":"p:uk","type":"place","name":"United Kingdom","priority":800}
{"id":"Q43","type":"place","name":"Turkiye","aliases":["Turkey"],"priority":800}
{"id":"Q3640","type":"place","name":"Ankara","priority":500,"part_of":"Q43"}
{"id":"Q30","type":"place","name":"United States","aliases":[{"text":"US","fold":["exact"]}],"priority":1000}
{"id":"Q7817","type":"organisation","name":"World Health Organization","aliases":[{"text":"WHO","fold":["exact"]}],"priority":750}
{"id":"p:chapo","type":"person","name":"Joaquin \"El Chapo\" Guzman","priority":300}
{"id":"p:kvorn","type":"place","name":"Kvorn","priority":300,"rules":{"not_in":["Kvorn Times"]}}
{"id":"p:sisi","type":"person","name":"Abdel Fattah al-Sisi","priority":700}
{"id":"p:le-pen","type":"person","name":"Marine Le Pen","priority":500}
{"id":"p:bush-43","type":"person","name":"George W. Bush","priority":700}
{"id":"p:bush-41","type":"person","name":"George H. W. Bush","priority":600}
{"id":"p:gandhi","type":"person","name":"Rajiv Gandhi","aliases":["Gandhi"],"priority":500}
{"id":"p:telekom","type":"organisation","name":"Deutsche Telekom","priority":500}
{"id":"p:goldman","type":"organisation","name":"Goldman Sachs","priority":500}
{"id":"p:paris","type":"place","name":"Paris","priority":700,"part_of":"Q142f"}
{"id":"p:texas","type":"place","name":"Texas","priority":400,"part_of":"Q30"}
{"id":"p:canada","type":"place","name":"Canada","priority":900}
{"id":"p:ontario","type":"place","name":"Ontario","priority":300,"part_of":"p:canada"}
{"id":"p:sandwell-uk","type":"place","name":"Sandwell","priority":600,"part_of":"p:uk"}
{"id":"p:sandwell-ca","type":"place","name":"Sandwell","priority":250,"part_of":"p:canada"}
{"id":"p:birmingham","type":"place","name":"Birmingham","priority":600,"part_of":"p:uk"}
{"id":"p:alabama","type":"place","name":"Alabama","aliases":["Ala."],"priority":300,"part_of":"Q30"}
{"id":"p:quarn","type":"person","name":"Robert Quarn","aliases":["House Speaker Robert Quarn"],"priority":300}
{"id":"p:birmingham-al","type":"place","name":"Birmingham, Alabama","priority":300,"part_of":"Q30"}
{"id":"Q8684","type":"place","name":"Seoul","priority":500}
{"id":"Q331715","type":"organisation","name":"Tata Group","priority":500}
{"id":"Q81299","type":"organisation","name":"Organization for Security and Cooperation in Europe","priority":500}
)";

// Resolves a story of these fields by the rules that copydesk comes with, and says what was found:
// "surface: type id by".
class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    DictionaryCompiler compiler;
    EXPECT_TRUE(ReadJsonSource(kEntities, "test", &compiler).ok());
    auto dictionary = Dictionary::FromImage(*compiler.Finish("test"), "test");
    EXPECT_TRUE(dictionary.ok()) << dictionary.status();
    auto rules = NameRules::FromFile(COPYDESK_ROOT "/configs/dictionaries/names.yaml");
    EXPECT_TRUE(rules.ok()) << rules.status();
    resolver_ = std::make_unique<Resolver>(*std::move(dictionary), *std::move(rules));
  }

  std::vector<std::string> Find(std::vector<std::string> fields) {
    story_.Clear();
    for (std::string& field : fields) story_.AddField().value = std::move(field);
    story_.fields[0].is_headline = fields.size() > 1;
    story_.located = story_located_;
    story_.language = story_language_;
    story_.subjects = story_subjects_;
    story_.ReadFields();
    resolver_->Resolve(story_);
    std::vector<const Sighting*> found;
    for (const Sighting& finding : resolver_->sightings()) {
      if (finding.is_mention()) found.push_back(&finding);
    }
    std::sort(found.begin(), found.end(), [](const Sighting* a, const Sighting* b) {
      return std::pair(a->field, a->span.begin) < std::pair(b->field, b->span.begin);
    });
    std::vector<std::string> out;
    for (const Sighting* const finding : found) {
      const std::string_view text = story_.fields[finding->field].value;
      std::string line(text.substr(finding->span.begin, finding->span.end - finding->span.begin));
      line.append(": ").append(NameOf(finding->type));
      if (finding->entity != kNone) {
        line.append(" ").append(resolver_->dictionary().entity(finding->entity).id);
      }
      if (finding->is_unresolved()) line.append(" unresolved");
      out.push_back(line.append(" ").append(NameOf(finding->by)));
    }
    return out;
  }

  std::unique_ptr<Resolver> resolver_;
  Story story_;
  std::string story_located_;
  std::string story_language_;
  std::vector<std::string> story_subjects_;
};

}  // namespace copydesk
