// Turns a dictionary's entity ids into what ninjs has for them: a scheme and a code (1.x), a URI
// (2.x and 3.x).
//
//     Q567                                scheme http://www.wikidata.org/entity/, code Q567
//     iso3166:DE                          scheme urn:copydesk:scheme:iso3166, code DE
//     merkel                              scheme urn:copydesk:scheme:entity, code merkel
//     https://example.org/people#merkel   scheme https://example.org/people#, code merkel
//
// The URI is the scheme and the code, percent-encoded where a URI cannot have what stands there.
//
// Threads: pure function. Errors: none; every id becomes a valid URI.
#pragma once

#include <string>
#include <string_view>

namespace copydesk {

struct EntityId {
  std::string scheme;
  std::string code;
  std::string uri;
};

EntityId SplitEntityId(std::string_view id);

}  // namespace copydesk
