#include "stages/story/entity_id.h"

#include <gtest/gtest.h>

namespace copydesk {
namespace {

TEST(EntityId, IsSplitIntoASchemeAndACode) {
  struct Case {
    std::string_view id, scheme, code, uri;
  };
  const Case kCases[] = {
      {"Q567", "http://www.wikidata.org/entity/", "Q567", "http://www.wikidata.org/entity/Q567"},
      {"Q", "urn:copydesk:scheme:entity", "Q", "urn:copydesk:scheme:entity:Q"},
      {"Q5a", "urn:copydesk:scheme:entity", "Q5a", "urn:copydesk:scheme:entity:Q5a"},
      {"iso3166:DE", "urn:copydesk:scheme:iso3166", "DE", "urn:copydesk:scheme:iso3166:DE"},
      {"a b:c", "urn:copydesk:scheme:entity", "a b:c", "urn:copydesk:scheme:entity:a%20b:c"},
      {":x", "urn:copydesk:scheme:entity", ":x", "urn:copydesk:scheme:entity::x"},
      {"", "urn:copydesk:scheme:entity", "", "urn:copydesk:scheme:entity:"},
      {"Z\xC3\xBCrich", "urn:copydesk:scheme:entity", "Z\xC3\xBCrich",
       "urn:copydesk:scheme:entity:Z%C3%BCrich"},
      {"https://example.org/people#merkel", "https://example.org/people#", "merkel",
       "https://example.org/people#merkel"},
      {"urn:isin:DE0001", "urn:isin:", "DE0001", "urn:isin:DE0001"},
  };
  for (const Case& c : kCases) {
    const EntityId split = SplitEntityId(c.id);
    EXPECT_EQ(split.scheme, c.scheme) << c.id;
    EXPECT_EQ(split.code, c.code) << c.id;
    EXPECT_EQ(split.uri, c.uri) << c.id;
  }
}

}  // namespace
}  // namespace copydesk
