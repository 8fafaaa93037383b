// GeoNames' tables, told apart by their columns:
//   19  places: 0 geonameid, 1 name, 2 asciiname, 3 alternatenames, 6 feature class, 14 population
//   19  countryInfo: 0 ISO code, 4 country, 7 population, 16 geonameid
//    4  admin1CodesASCII: 0 code ("US.CA"), 1 name, 2 asciiname, 3 geonameid
//   8 or 10  alternateNames(V2): 1 geonameid, 2 language or kind, 3 name, 7 historic
#include <fmt/format.h>

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "stages/dictionary/import.h"

namespace copydesk {
namespace {

class GeonamesImporter : public Importer {
 public:
  explicit GeonamesImporter(const ImportOptions& options) : options_(options) {}

  bool Read(std::string_view row, const Take&, absl::Status*) override {
    if (row.starts_with('#')) return true;
    const std::vector<std::string_view> columns = SplitColumns(row);
    switch (columns.size()) {
      case 4:
        return ReadRegion(columns);
      case 8:
      case 10:
        return ReadName(columns);
      case 19:
        return ToNumber(columns[0]) ? ReadPlace(columns) : ReadCountry(columns);
      default:
        return false;
    }
  }

  absl::Status Finish(const Take& take) override {
    for (const ImportedEntity& place : places_) {
      if (absl::Status status = take(place); !status.ok()) return status;
    }
    places_.clear();
    number_of_.clear();
    return absl::OkStatus();
  }

 private:
  ImportedEntity* Add(uint64_t id, std::string_view name, uint16_t priority) {
    const auto [found, is_new] = number_of_.try_emplace(id, places_.size());
    if (is_new) {
      ImportedEntity& place = places_.emplace_back();
      place.id = fmt::format("geonames:{}", id);
      place.type = EntityType::kPlace;
      place.name = name;
    }
    ImportedEntity& place = places_[found->second];
    place.priority = std::max(place.priority, priority);
    if (place.aliases.size() < kImportAliasesMax) place.aliases.emplace_back(name);
    return &place;
  }

  bool ReadPlace(const std::vector<std::string_view>& columns) {
    const std::optional<uint64_t> id = ToNumber(columns[0]);
    const uint64_t population = ToNumber(columns[14]).value_or(0);
    const std::string_view kind = columns[6];
    if (!id || columns[1].empty() || kind.size() > 1) return false;
    if (kind != "A" && kind != "P") return true;
    if (kind == "P" && population < options_.population_min) return true;
    ImportedEntity* const place = Add(*id, columns[1], PriorityOfCount(population));
    for (const std::string_view name : SplitColumns(columns[3], ',')) {
      if (place->aliases.size() < kImportAliasesMax) place->aliases.emplace_back(name);
    }
    return true;
  }

  bool ReadCountry(const std::vector<std::string_view>& columns) {
    const std::optional<uint64_t> id = ToNumber(columns[16]);
    if (!id || columns[0].size() != 2 || columns[4].empty()) return false;
    constexpr uint16_t kCountryPriority = 900;
    Add(*id, columns[4], kCountryPriority);
    return true;
  }

  bool ReadRegion(const std::vector<std::string_view>& columns) {
    const std::optional<uint64_t> id = ToNumber(columns[3]);
    if (!id || columns[1].empty()) return false;
    constexpr uint16_t kRegionPriority = 700;
    Add(*id, columns[1], kRegionPriority);
    return true;
  }

  bool ReadName(const std::vector<std::string_view>& columns) {
    const std::optional<uint64_t> id = ToNumber(columns[1]);
    if (!id || columns[3].empty()) return false;
    const auto found = number_of_.find(*id);
    if (found == number_of_.end() || columns[7] == "1" || !IsWanted(columns[2])) return true;
    ImportedEntity& place = places_[found->second];
    if (place.aliases.size() < kImportAliasesMax) place.aliases.emplace_back(columns[3]);
    return true;
  }

  // Languages have two letters or three; the rest are links, postal and airport codes.
  bool IsWanted(std::string_view language) const {
    if (language.empty()) return true;
    const std::string_view primary = language.substr(0, language.find('-'));
    if (primary.size() > 3) return false;
    return std::any_of(
        options_.languages.begin(), options_.languages.end(),
        [&](const std::string& wanted) { return wanted.empty() || wanted == primary; });
  }

  const ImportOptions options_;
  std::vector<ImportedEntity> places_;
  absl::flat_hash_map<uint64_t, size_t> number_of_;
};

}  // namespace

std::unique_ptr<Importer> MakeGeonamesImporter(const ImportOptions& options) {
  return std::make_unique<GeonamesImporter>(options);
}

}  // namespace copydesk
