#include "stages/dictionary/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Imported {
  std::vector<std::string> lines;
  int bad = 0;
};

// What `format` makes of a text: of its lines, or of all of it.
Imported Import(std::string_view format, std::string_view text, const ImportOptions& options = {}) {
  Imported imported;
  const auto importer = MakeImporter(format, options);
  const Importer::Take take = [&](const ImportedEntity& entity) {
    imported.lines.push_back(entity.ToLine());
    return absl::OkStatus();
  };
  absl::Status status;
  const bool is_document = importer->IsDocument(text);
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = is_document ? text.size() : std::min(text.find('\n', at), text.size());
    imported.bad += !importer->Read(text.substr(at, end - at), take, &status);
  }
  EXPECT_TRUE(importer->Finish(take).ok());
  EXPECT_TRUE(status.ok());
  return imported;
}

// A row of GeoNames' places.
std::string Place(std::string_view id, std::string_view name, std::string_view others,
                  std::string_view kind, std::string_view population) {
  std::string row(id);
  for (const std::string_view column :
       {name, name, others, std::string_view("1.0"), std::string_view("2.0"), kind}) {
    row += "\t" + std::string(column);
  }
  return row + "\tX\tDE\t\t\t\t\t\t" + std::string(population) + "\t\t\t\t\n";
}

TEST(Import, GeonamesPlacesAndTheirNames) {
  const std::string text = Place("7", "Bonn", "Bonna,Бонн", "P", "330000") +
                           Place("8", "Weiler", "", "P", "12") + Place("9", "Rhein", "", "H", "0") +
                           "7\tBonn\n" + "1\t7\tde\tBundesstadt\t\t\t\t\t\t\n" +
                           "2\t7\tpost\t53111\t\t\t\t\t\t\n" +
                           "3\t7\tfr\tBonn-sur-Rhin\t\t\t\t\t\t\n" + "DE.07\tHessen\tHessen\t70\n";
  const Imported imported = Import("geonames", text, {.languages = {"de"}, .population_min = 1000});
  EXPECT_THAT(
      imported.lines,
      ElementsAre(
          "{\"id\": \"geonames:7\", \"type\": \"place\", \"name\": \"Bonn\", \"aliases\": "
          "[\"Bonna\", \"Бонн\", \"Bundesstadt\"], \"priority\": 651}\n",
          "{\"id\": \"geonames:70\", \"type\": \"place\", \"name\": \"Hessen\", \"priority\": "
          "700}\n"));
  EXPECT_EQ(imported.bad, 1);
}

TEST(Import, WikidataEntitiesOfTheKindsItKnows) {
  const auto claim = [](std::string_view kind) {
    return R"("claims":{"P31":[{"mainsnak":{"datavalue":{"value":{"id":")" + std::string(kind) +
           R"("}}}}]},"sitelinks":{"enwiki":{},"dewiki":{}})";
  };
  const std::string text =
      "[\n"
      R"({"id":"Q567","labels":{"de":{"value":"Angela Merkel"}},"aliases":{"en":[{"value":"A \"X\" M"}]},)" +
      claim("Q5") + "},\n" + R"({"id":"Q1","labels":{"en":{"value":"universe"}},)" +
      claim("Q36906466") + "},\n" +
      R"({"id":"P31","labels":{"en":{"value":"instance of"}}},)"
      "\n{broken\n]\n";
  const Imported imported = Import("wikidata", text, {.languages = {"en", "de"}});
  EXPECT_THAT(imported.lines,
              ElementsAre("{\"id\": \"Q567\", \"type\": \"person\", \"name\": \"Angela Merkel\", "
                          "\"aliases\": [\"A \\\"X\\\" M\"], \"priority\": 108}\n"));
  EXPECT_EQ(imported.bad, 1);
}

TEST(Import, SecCompaniesOnce) {
  const Imported imported = Import(
      "sec",
      R"({"0":{"cik_str":1,"ticker":"A","title":"ACME CORP"},"1":{"cik_str":1,"ticker":"B","title":"ACME CORP"}})");
  EXPECT_THAT(
      imported.lines,
      ElementsAre("{\"id\": \"sec:1\", \"type\": \"organisation\", \"name\": \"ACME CORP\", "
                  "\"fold\": [\"case\"], \"priority\": 100}\n"));
  EXPECT_EQ(Import("sec", "[]").bad, 1);
}

TEST(Import, RorOfBothSchemas) {
  const std::string_view expected =
      "{\"id\": \"ror:03y\", \"type\": \"organisation\", \"name\": \"Digital Library\", "
      "\"aliases\": [\"Bibliothek\", {\"text\": \"DL\", \"fold\": [\"exact\"]}], \"priority\": "
      "100}\n";
  const std::string_view first =
      R"([{"id":"https://ror.org/03y","status":"active","name":"Digital Library","aliases":[],"acronyms":["DL"],"labels":[{"label":"Bibliothek","iso639":"de"}]},)"
      R"({"id":"https://ror.org/04z","status":"withdrawn","name":"Gone"}])";
  const std::string_view second =
      R"({"id":"https://ror.org/03y","status":"active","names":[{"value":"DL","types":["acronym"]},{"value":"Bibliothek","types":["label"]},{"value":"Digital Library","types":["ror_display","label"]}]})";
  EXPECT_THAT(Import("ror", first).lines, ElementsAre(expected));
  EXPECT_THAT(Import("ror", second).lines, ElementsAre(expected));
}

TEST(Import, TablesWithAndWithoutAHeader) {
  EXPECT_THAT(Import("tsv", "Bonn\tplace\tQ586\nBundesstadt\tplace\tQ586\nbad row\n").lines,
              ElementsAre("{\"id\": \"Q586\", \"type\": \"place\", \"name\": \"Bonn\", "
                          "\"aliases\": [\"Bundesstadt\"], \"priority\": 100}\n"));
  EXPECT_THAT(Import("tsv", "id\ttype\tname\tpriority\nQ586\tplace\tBonn\t7\n").lines,
              ElementsAre("{\"id\": \"Q586\", \"type\": \"place\", \"name\": \"Bonn\", "
                          "\"priority\": 7}\n"));
}

TEST(Import, LeavesOutWhatNoAliasCanBe) {
  ImportedEntity entity;
  entity.id = "a";
  entity.name = "Bonn";
  entity.aliases = {"", " ", "\u00A0", "a\tb", "\xFF", std::string(2000, 'x'), "Bonn", "\u0301e"};
  EXPECT_EQ(entity.ToLine(),
            "{\"id\": \"a\", \"type\": \"object\", \"name\": \"Bonn\", \"priority\": 100}\n");
  entity.name = "\xFF";
  EXPECT_EQ(entity.ToLine(), "");
}

}  // namespace
}  // namespace copydesk
