#include "stages/story/entity_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace copydesk {
namespace {

constexpr std::string_view kWikidata = "http://www.wikidata.org/entity/";
constexpr std::string_view kOurSchemes = "urn:copydesk:scheme:";

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

bool IsWikidataItem(std::string_view id) {
  return id.size() > 1 && id[0] == 'Q' && std::all_of(id.begin() + 1, id.end(), IsDigit);
}

bool IsUri(std::string_view id) {
  return id.starts_with("http://") || id.starts_with("https://") || id.starts_with("urn:");
}

bool IsSchemeName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

// `kept` are the characters beside letters and digits that stay.
void AppendEncoded(std::string_view text, std::string_view kept, std::string* out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsAlnum(c) || kept.find(c) != std::string_view::npos) {
      out->push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out->push_back('%');
    out->push_back(kHex[byte >> 4]);
    out->push_back(kHex[byte & 0xF]);
  }
}

EntityId SplitUri(std::string_view id) {
  EntityId split;
  AppendEncoded(id, "-._~:/?#@!$&'()*+,;=%", &split.uri);
  const size_t end = split.uri.find_last_of("/#:=");
  split.scheme = split.uri.substr(0, end + 1);
  split.code = split.uri.substr(end + 1);
  return split;
}

}  // namespace

EntityId SplitEntityId(std::string_view id) {
  if (IsWikidataItem(id)) {
    return {std::string(kWikidata), std::string(id), std::string(kWikidata).append(id)};
  }
  if (IsUri(id)) return SplitUri(id);
  const size_t colon = id.find(':');
  EntityId split;
  if (colon != std::string_view::npos && IsSchemeName(id.substr(0, colon))) {
    split.scheme = std::string(kOurSchemes).append(id.substr(0, colon));
    split.code = id.substr(colon + 1);
  } else {
    split.scheme = std::string(kOurSchemes).append("entity");
    split.code = id;
  }
  split.uri = split.scheme + ":";
  AppendEncoded(split.code, "-._~:", &split.uri);
  return split;
}

}  // namespace copydesk
