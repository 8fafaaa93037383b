#include "pipeline/batch.h"

#include <gtest/gtest.h>

namespace copydesk {
namespace {

TEST(Batch, KeepsTheMemoryOfAUsualRecordAndGivesBackThatOfALargeOne) {
  Batch batch;
  for (const size_t bytes : {size_t{1000}, kKeptBytesMax + 1})
    batch.Add().record.value.resize(bytes);
  batch.Clear();
  EXPECT_GE(batch.Add().record.value.capacity(), 1000u);
  EXPECT_LT(batch.Add().record.value.capacity(), 1000u);
}

TEST(Batch, GivesBackTheMemoryOfALargeKey) {
  Batch batch;
  Item& item = batch.Add();
  item.record.key.resize(kKeptBytesMax + 1);
  item.new_key.resize(kKeptBytesMax + 1);
  batch.Clear();
  EXPECT_LT(batch.Add().record.key.capacity(), 1000u);
  EXPECT_LT(item.new_key.capacity(), 1000u);
}

}  // namespace
}  // namespace copydesk
