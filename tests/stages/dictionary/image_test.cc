#include "stages/dictionary/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <string>

#include "tests/stages/dictionary/compiled.h"

namespace copydesk {
namespace {

using ::testing::HasSubstr;

constexpr char kLines[] =
    R"({"id":"Q1","type":"person","name":"Ann Lee","aliases":[{"text":"LEE","fold":["case"]}]}
{"id":"Q2","type":"place","name":"Lee","patterns":["[0-9]+ Lee Road"],"priority":7}
)";

ImageMemory Copy(std::string_view bytes) {
  ImageMemory memory = *ImageMemory::Allocate(std::max<size_t>(bytes.size(), 1));
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  return memory;
}

std::string ErrorOf(std::string_view bytes) {
  const auto image = Image::Open(Copy(bytes), "test.image");
  return image.ok() ? "" : std::string(image.status().message());
}

void FixChecksum(std::string* bytes) {
  constexpr size_t kFrom = offsetof(ImageHeader, claims_of_fold);
  const uint64_t checksum = XXH3_64bits(bytes->data() + kFrom, bytes->size() - kFrom);
  std::memcpy(bytes->data() + offsetof(ImageHeader, checksum), &checksum, sizeof(checksum));
}

TEST(Image, IsTheSameForTheSameSources) {
  EXPECT_EQ(CompiledImage(kLines).bytes(), CompiledImage(kLines).bytes());
}

TEST(Image, HoldsTheEntities) {
  const auto image = *Image::Open(CompiledImage(kLines), "test");
  ASSERT_EQ(image->entity_count(), 2u);
  EXPECT_EQ(image->entity(0).name, "Ann Lee");
  EXPECT_EQ(image->entity(1).id, "Q2");
  EXPECT_EQ(image->entity(1).type, EntityType::kPlace);
  EXPECT_EQ(image->entity(1).priority, 7);
  EXPECT_EQ(image->key_count(), 3u);
  EXPECT_EQ(image->patterns().size(), 1u);
}

TEST(Image, RefusesWhatIsNone) {
  EXPECT_THAT(ErrorOf("hello"), HasSubstr("test.image: not a dictionary image"));
}

TEST(Image, RefusesAFolder) {
  EXPECT_THAT(std::string(ImageMemory::Map("/").status().message()), HasSubstr("/: not a file"));
}

TEST(Image, RefusesAnotherVersion) {
  std::string bytes(CompiledImage(kLines).bytes());
  bytes[offsetof(ImageHeader, version)] = 99;
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("version 99"));
}

TEST(Image, RefusesTheOtherByteOrder) {
  std::string bytes(CompiledImage(kLines).bytes());
  std::swap(bytes[offsetof(ImageHeader, endian)], bytes[offsetof(ImageHeader, endian) + 3]);
  std::swap(bytes[offsetof(ImageHeader, endian) + 1], bytes[offsetof(ImageHeader, endian) + 2]);
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("byte order"));
}

TEST(Image, RefusesEveryCut) {
  const std::string bytes(CompiledImage(kLines).bytes());
  for (size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_NE(ErrorOf(std::string_view(bytes).substr(0, size)), "") << size;
  }
}

TEST(Image, RefusesEveryAlteredByte) {
  const std::string bytes(CompiledImage(kLines).bytes());
  for (size_t at = 0; at < bytes.size(); at += 3) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    EXPECT_NE(ErrorOf(altered), "") << at;
  }
}

// Forged images, whose checksum is right, may be taken or not; they must not make a matcher leave
// their bytes (the sanitizers watch).
TEST(Image, SurvivesForgeries) {
  const std::string bytes(CompiledImage(kLines).bytes());
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string forged = bytes;
    for (int k = 0; k < 1 + i % 4; ++k) {
      const size_t at = offsetof(ImageHeader, claims_of_fold) +
                        random() % (bytes.size() - offsetof(ImageHeader, claims_of_fold));
      forged[at] = static_cast<char>(random());
    }
    FixChecksum(&forged);
    const auto dictionary = Dictionary::FromImage(Copy(forged), "forged");
    if (!dictionary.ok()) continue;
    Matcher matcher(*dictionary);
    const std::string text = "ANN LEE, Ann Lee of 12 Lee Road, lee";
    for (const Match& match : matcher.Find(text, nullptr)) {
      for (const Candidacy& candidate : matcher.candidates(match)) {
        EXPECT_LE((*dictionary)->entity(candidate.entity).id.size(), forged.size());
      }
    }
  }
}

}  // namespace
}  // namespace copydesk
