// Wikidata's dump, SEC's tickers and ROR's registry.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "stages/dictionary/import.h"

namespace copydesk {
namespace {

using simdjson::dom::element;

std::string_view TextAt(element parent, std::string_view key) {
  std::string_view text;
  return parent[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Calls `use` for each element of the array parent[key]; none where it is no array.
template <typename Use>
void ForEach(element parent, std::string_view key, Use use) {
  simdjson::dom::array array;
  if (parent[key].get(array) != simdjson::SUCCESS) return;
  for (const element item : array) use(item);
}

class WikidataImporter : public Importer {
 public:
  explicit WikidataImporter(const ImportOptions& options) : options_(options) {}

  bool Read(std::string_view line, const Take& take, absl::Status* status) override {
    // The dump is one list, with an entity and a comma on each line.
    while (!line.empty() && (line.back() == ',' || line.back() == ' ')) line.remove_suffix(1);
    if (line == "[" || line == "]" || line.empty()) return true;
    element root;
    if (parser_.parse(line.data(), line.size()).get(root) != simdjson::SUCCESS) return false;
    ImportedEntity entity;
    entity.id = TextAt(root, "id");
    if (entity.id.size() < 2) return false;
    const std::optional<EntityType> type = entity.id[0] == 'Q' ? TypeOf(root) : std::nullopt;
    if (!type) return true;
    entity.type = *type;
    for (const std::string& language : options_.languages) AddNames(root, language, &entity);
    if (entity.name.empty()) return true;
    simdjson::dom::object sites;
    if (root["sitelinks"].get(sites) == simdjson::SUCCESS) {
      entity.priority = static_cast<uint16_t>(std::min<size_t>(900, 100 + 4 * sites.size()));
    }
    *status = take(entity);
    return true;
  }

 private:
  static void AddNames(element root, std::string_view language, ImportedEntity* entity) {
    element labels;
    element aliases;
    if (root["labels"].get(labels) == simdjson::SUCCESS) {
      ForEachLanguage(labels, language, [&](element label) {
        entity->aliases.emplace_back(TextAt(label, "value"));
        if (entity->name.empty()) entity->name = entity->aliases.back();
      });
    }
    if (root["aliases"].get(aliases) != simdjson::SUCCESS) return;
    ForEachLanguage(aliases, language, [&](element list) {
      simdjson::dom::array names;
      if (list.get(names) != simdjson::SUCCESS) return;
      for (const element name : names) {
        if (entity->aliases.size() < kImportAliasesMax) {
          entity->aliases.emplace_back(TextAt(name, "value"));
        }
      }
    });
  }

  template <typename Use>
  static void ForEachLanguage(element names, std::string_view language, Use use) {
    element of_language;
    if (!language.empty()) {
      if (names[language].get(of_language) == simdjson::SUCCESS) use(of_language);
      return;
    }
    simdjson::dom::object all;
    if (names.get(all) != simdjson::SUCCESS) return;
    for (const auto& [key, value] : all) use(value);
  }

  // By what it is an instance of, else by what is said of it.
  static std::optional<EntityType> TypeOf(element root) {
    element claims;
    if (root["claims"].get(claims) != simdjson::SUCCESS) return std::nullopt;
    std::optional<EntityType> type;
    ForEach(claims, "P31", [&](element claim) {
      const std::string_view kind = InstanceOf(claim);
      const auto known = KnownKinds().find(kind);
      if (!type && known != KnownKinds().end()) type = known->second;
    });
    if (type) return type;
    const auto has = [&](std::string_view property) {
      return claims[property].error() == simdjson::SUCCESS;
    };
    if (has("P569") || has("P21")) return EntityType::kPerson;        // date of birth, gender
    if (has("P1454") || has("P452") || has("P159") || has("P112")) {  // legal form, industry,
      return EntityType::kOrganisation;                               // headquarters, founder
    }
    if (has("P625")) return EntityType::kPlace;                 // coordinates
    if (has("P585") && has("P276")) return EntityType::kEvent;  // point in time, location
    return std::nullopt;
  }

  static std::string_view InstanceOf(element claim) {
    std::string_view id;
    if (claim["mainsnak"]["datavalue"]["value"]["id"].get(id) != simdjson::SUCCESS) return {};
    return id;
  }

  static const absl::flat_hash_map<std::string_view, EntityType>& KnownKinds() {
    using enum EntityType;
    static const auto& kinds = *new absl::flat_hash_map<std::string_view, EntityType>{
        {"Q5", kPerson},              // human
        {"Q6256", kPlace},            // country
        {"Q3624078", kPlace},         // sovereign state
        {"Q515", kPlace},             // city
        {"Q1549591", kPlace},         // big city
        {"Q5119", kPlace},            // capital
        {"Q3957", kPlace},            // town
        {"Q532", kPlace},             // village
        {"Q486972", kPlace},          // human settlement
        {"Q10864048", kPlace},        // first-level administrative division
        {"Q35657", kPlace},           // state of the United States
        {"Q23442", kPlace},           // island
        {"Q4022", kPlace},            // river
        {"Q8502", kPlace},            // mountain
        {"Q165", kPlace},             // sea
        {"Q43229", kOrganisation},    // organisation
        {"Q4830453", kOrganisation},  // business
        {"Q783794", kOrganisation},   // company
        {"Q891723", kOrganisation},   // public company
        {"Q6881511", kOrganisation},  // enterprise
        {"Q22687", kOrganisation},    // bank
        {"Q7278", kOrganisation},     // political party
        {"Q476028", kOrganisation},   // football club
        {"Q847017", kOrganisation},   // sports club
        {"Q3918", kOrganisation},     // university
        {"Q163740", kOrganisation},   // non-profit organisation
        {"Q484652", kOrganisation},   // international organisation
        {"Q245065", kOrganisation},   // intergovernmental organisation
        {"Q327333", kOrganisation},   // government agency
        {"Q11032", kOrganisation},    // newspaper
        {"Q192283", kOrganisation},   // news agency
        {"Q215380", kOrganisation},   // musical group
        {"Q198", kEvent},             // war
        {"Q178561", kEvent},          // battle
        {"Q40231", kEvent},           // election
        {"Q1190554", kEvent},         // occurrence
        {"Q16510064", kEvent},        // sporting event
        {"Q27020041", kEvent},        // sports season
        {"Q8065", kEvent},            // natural disaster
        {"Q7944", kEvent},            // earthquake
        {"Q132241", kEvent},          // festival
        {"Q2334719", kEvent},         // legal case
    };
    return kinds;
  }

  const ImportOptions options_;
  simdjson::dom::parser parser_;
};

// {"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, ...}; a company comes once
// for each of its tickers.
class SecImporter : public Importer {
 public:
  bool IsDocument(std::string_view) const override { return true; }
  bool Read(std::string_view text, const Take& take, absl::Status* status) override {
    simdjson::dom::parser parser;
    simdjson::dom::object companies;
    if (parser.parse(text.data(), text.size()).get(companies) != simdjson::SUCCESS) return false;
    absl::flat_hash_set<uint64_t> seen;
    for (const auto& [key, company] : companies) {
      uint64_t cik;
      std::string_view title;
      if (company["cik_str"].get(cik) != simdjson::SUCCESS ||
          company["title"].get(title) != simdjson::SUCCESS) {
        return false;
      }
      if (!seen.insert(cik).second) continue;
      ImportedEntity entity;
      entity.id = fmt::format("sec:{}", cik);
      entity.type = EntityType::kOrganisation;
      entity.name = title;
      entity.folds_case = true;
      if (*status = take(entity); !status->ok()) return true;
    }
    return true;
  }
};

class RorImporter : public Importer {
 public:
  bool IsDocument(std::string_view head) const override {
    const size_t begin = head.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos || head[begin] == '[';
  }
  bool Read(std::string_view text, const Take& take, absl::Status* status) override {
    element root;
    if (parser_.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return false;
    simdjson::dom::array records;
    if (root.get(records) != simdjson::SUCCESS) return ReadRecord(root, take, status);
    bool are_all_good = true;
    for (const element record : records) {
      are_all_good = ReadRecord(record, take, status) && are_all_good;
      if (!status->ok()) break;
    }
    return are_all_good;
  }

 private:
  static bool ReadRecord(element record, const Take& take, absl::Status* status) {
    const std::string_view url = TextAt(record, "id");
    const size_t slash = url.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == url.size()) return false;
    if (TextAt(record, "status") != "active") return true;
    ImportedEntity entity;
    entity.id = fmt::format("ror:{}", url.substr(slash + 1));
    entity.type = EntityType::kOrganisation;
    entity.name = TextAt(record, "name");
    const auto keep = [&](std::vector<std::string>& names, std::string_view name) {
      if (names.size() < kImportAliasesMax) names.emplace_back(name);
    };
    // Schema 1.
    ForEach(record, "aliases", [&](element name) { keep(entity.aliases, TextOf(name)); });
    ForEach(record, "acronyms", [&](element name) { keep(entity.acronyms, TextOf(name)); });
    ForEach(record, "labels", [&](element label) { keep(entity.aliases, TextAt(label, "label")); });
    // Schema 2.
    ForEach(record, "names", [&](element name) {
      const std::string_view text = TextAt(name, "value");
      bool is_acronym = false;
      ForEach(name, "types", [&](element type) {
        is_acronym = is_acronym || TextOf(type) == "acronym";
        if (TextOf(type) == "ror_display") entity.name = text;
      });
      keep(is_acronym ? entity.acronyms : entity.aliases, text);
    });
    if (entity.name.empty()) return false;
    *status = take(entity);
    return true;
  }

  static std::string_view TextOf(element value) {
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
  }

  simdjson::dom::parser parser_;
};

}  // namespace

std::unique_ptr<Importer> MakeWikidataImporter(const ImportOptions& options) {
  return std::make_unique<WikidataImporter>(options);
}
std::unique_ptr<Importer> MakeSecImporter() { return std::make_unique<SecImporter>(); }
std::unique_ptr<Importer> MakeRorImporter() { return std::make_unique<RorImporter>(); }

}  // namespace copydesk
