#include "stages/dictionary/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "stages/dictionary/compile.h"

namespace copydesk {
namespace {

using ::testing::HasSubstr;

std::string JsonError(std::string_view lines) {
  DictionaryCompiler compiler;
  const absl::Status status = ReadJsonSource(lines, "d.jsonl", &compiler);
  return std::string(status.message());
}

std::string TsvError(std::string_view rows) {
  DictionaryCompiler compiler;
  const absl::Status status = ReadTsvSource(rows, "d.tsv", &compiler);
  return std::string(status.message());
}

struct SourceErrorCase {
  std::string name;
  std::string line;
  std::string error;
};

void PrintTo(const SourceErrorCase& c, std::ostream* out) { *out << c.name; }

class SourceErrors : public testing::TestWithParam<SourceErrorCase> {};

TEST_P(SourceErrors, NameFileAndLine) {
  const std::string error = JsonError("# comment\n\n" + GetParam().line + "\n");
  EXPECT_THAT(error, HasSubstr("d.jsonl:3: "));
  EXPECT_THAT(error, HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    JsonSource, SourceErrors,
    testing::Values(
        SourceErrorCase{"BadJson", R"({"id":)", "not JSON"},
        SourceErrorCase{"NoObject", R"(["id"])", "expected a JSON object"},
        SourceErrorCase{"MissingId", R"({"type":"person","name":"A"})", "'id' is missing"},
        SourceErrorCase{"MissingType", R"({"id":"a","name":"A"})", "'type' is missing"},
        SourceErrorCase{"MissingName", R"({"id":"a","type":"person"})", "'name' is missing"},
        SourceErrorCase{"UnknownType", R"({"id":"a","type":"dog","name":"A"})",
                        "unknown type 'dog'; expected person"},
        SourceErrorCase{"UnknownFold", R"({"id":"a","type":"person","name":"A","fold":["caps"]})",
                        "unknown fold 'caps'; expected exact"},
        SourceErrorCase{"ExactAndMore",
                        R"({"id":"a","type":"person","name":"A","fold":["exact","case"]})",
                        "exact stands alone"},
        SourceErrorCase{"UnknownMember", R"({"id":"a","type":"person","name":"A","alias":[]})",
                        "unknown member 'alias'"},
        SourceErrorCase{"PartOfAPerson", R"({"id":"a","type":"person","name":"A","part_of":"b"})",
                        "only a place has part_of"},
        SourceErrorCase{"PartOfItself", R"({"id":"a","type":"place","name":"A","part_of":"a"})",
                        "'a' is part of itself"},
        SourceErrorCase{"BadRules", R"({"id":"a","type":"place","name":"A","rules":{"near":"x"}})",
                        "'rules': 'near': expected a list"},
        SourceErrorCase{"BadPriority", R"({"id":"a","type":"person","name":"A","priority":1001})",
                        "whole number from 0 to 1000"},
        SourceErrorCase{"BadPattern", R"({"id":"a","type":"person","name":"A","patterns":["(A"]})",
                        "RE2 refuses the pattern '(A': missing )"},
        SourceErrorCase{"EmptyAlias", R"({"id":"a","type":"person","name":"A","aliases":[" "]})",
                        "the alias is empty"},
        SourceErrorCase{"LongAlias",
                        R"({"id":"a","type":"person","name":")" + std::string(2000, 'x') + "\"}",
                        "2000 bytes, at most 1024"}),
    [](const testing::TestParamInfo<SourceErrorCase>& c) { return c.param.name; });

TEST(JsonSource, RefusesBadUtf8) {
  EXPECT_THAT(JsonError("{\"id\":\"a\",\"type\":\"person\",\"name\":\"\xFF\"}\n"),
              HasSubstr("d.jsonl:1: "));
}

TEST(TsvSource, TakesRowsAndComments) {
  EXPECT_EQ(TsvError("# a comment\nBonn\tplace\tQ586\n#1\tother\tx\r\n\nA\tevent\ty"), "");
}

TEST(TsvSource, RefusesAnUnknownType) {
  EXPECT_THAT(TsvError("Bonn\tplace\tQ586\nBonn\tcity\tQ586\n"),
              HasSubstr("d.tsv:2: unknown type 'city'"));
}

TEST(TsvSource, RefusesOtherColumns) {
  EXPECT_THAT(TsvError("Bonn\tplace\n"), HasSubstr("d.tsv:1: expected three columns"));
  EXPECT_THAT(TsvError("Bonn\tplace\tx\ty\n"), HasSubstr("d.tsv:1: expected three columns"));
}

TEST(TsvSource, RefusesBadUtf8) {
  EXPECT_THAT(TsvError("B\xC3\tplace\tx\n"), HasSubstr("d.tsv:1: the alias is not valid UTF-8"));
}

TEST(TsvSource, RefusesAMissingId) {
  EXPECT_THAT(TsvError("Bonn\tplace\t\n"), HasSubstr("d.tsv:1: the id is empty"));
}

}  // namespace
}  // namespace copydesk
