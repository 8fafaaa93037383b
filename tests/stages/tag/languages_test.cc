// Names in stories of other languages than English.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/tag/resolver_fixture.h"

namespace copydesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ResolverTest, WhatSentencesBeginWithIsNoNameNorPartOfOne) {
  EXPECT_THAT(Find({"La France a parlé. A London-based bank. A Franco-Iraqi plan. Em London. У "
                    "London."}),
              ElementsAre("France: place Q142f alias", "London: place Q84 alias",
                          "Franco: place Q142f alias", "Iraqi: place Q796 alias",
                          "London: place Q84 alias", "London: place Q84 alias"));
  EXPECT_THAT(Find({"Les Kvarn sont hautes. Das Kvarn war gut. Un Kvarn."}), IsEmpty());
}

}  // namespace
}  // namespace copydesk
