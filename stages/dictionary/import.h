// Makes dictionary sources of what others publish: the common tables and dumps of places, bodies,
// companies and people.
//
//   geonames  tables of GeoNames: places (allCountries, cities500, DE.txt), countryInfo,
//             admin1CodesASCII, and alternateNames(V2), whose names go to the places of the tables
//             given before it. Administrative and populated places; the more people, the higher the
//             priority. Ids geonames:2950159.
//   wikidata  the JSON dump, an entity a line. People, organisations, places and events, by what
//             they are an instance of or what is said of them; labels and aliases of the languages
//             asked for; the more Wikipedias, the higher the priority. Ids Q64.
//   sec       company_tickers.json. Names as they stand there, whatever their case. Ids
//             sec:320193 (the CIK).
//   ror       the Research Organization Registry, schema 1 or 2, a list or a record a line. Active
//             ones; acronyms exact. Ids ror:03yrm5c26.
//   tsv       rows with a header line that names its columns (id, type, name, alias, priority), or
//             alias, type, id without one. Rows of one id are one entity where they stand together.
//
// What comes in is not trusted: what is no valid UTF-8, too long, or has control characters in it
// is left out and counted, and so is a line that is not what it should be.
//
// Threads: one thread. Limits: a line, or a document that is no lines, has kImportBytesMax at most;
//          an entity kImportAliasesMax aliases. Memory: GeoNames' places are kept until Finish(),
//          some 300 bytes each; nothing else is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "stages/dictionary/entity.h"

namespace copydesk {

inline constexpr size_t kImportBytesMax = size_t{1} << 30;
inline constexpr size_t kImportAliasesMax = 1000;

struct ImportedEntity {
  std::string id;
  EntityType type = EntityType::kObject;
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> acronyms;  // exact
  uint16_t priority = kPriorityDefault;
  bool folds_case = false;

  // The line of a .jsonl source, with its line end; empty when id or name cannot be taken. Aliases
  // that cannot be taken, or come again, are left out.
  std::string ToLine() const;
};

struct ImportOptions {
  std::vector<std::string> languages = {"en"};  // of labels and aliases; "" takes all
  uint64_t population_min = 0;                  // of populated places
};

class Importer {
 public:
  using Take = std::function<absl::Status(const ImportedEntity&)>;
  virtual ~Importer() = default;

  // True when an input that begins with `head` is one document and not lines.
  virtual bool IsDocument(std::string_view /*head*/) const { return false; }
  // Reads a line, without its end, or a whole document. Returns false when it is not what it
  // should be; *status is what `take` said.
  virtual bool Read(std::string_view text, const Take& take, absl::Status* status) = 0;
  // Gives out what was kept back.
  virtual absl::Status Finish(const Take&) { return absl::OkStatus(); }
};

// The importer named `format` ("geonames", ...), or null.
std::unique_ptr<Importer> MakeImporter(std::string_view format, const ImportOptions& options);

// import_geonames.cc and import_json.cc
std::unique_ptr<Importer> MakeGeonamesImporter(const ImportOptions& options);
std::unique_ptr<Importer> MakeWikidataImporter(const ImportOptions& options);
std::unique_ptr<Importer> MakeSecImporter();
std::unique_ptr<Importer> MakeRorImporter();

// The columns of a row.
std::vector<std::string_view> SplitColumns(std::string_view row, char separator = '\t');
// A whole number, or nullopt.
std::optional<uint64_t> ToNumber(std::string_view text);
// Where `count` stands between nothing and everything: 100 and more, by its digits.
uint16_t PriorityOfCount(uint64_t count);

}  // namespace copydesk
