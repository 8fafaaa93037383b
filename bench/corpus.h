// Stories to measure with: real text where COPYDESK_SHARED has it, else the project's samples.
//
// COPYDESK_SHARED (default: ../shared beside the repository) is a folder of public corpora that are
// not part of the project; bench/README.md says which files are looked for. What is missing is said
// on standard error, once.
//
// Threads: one thread. Errors: a corpus that cannot be read is empty.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace copydesk::bench {

// A story's text as a corpus gives it.
struct SourceText {
  std::string language;  // BCP 47, "" when unknown
  std::string headline;
  std::string body;
};

// Real stories: "reuters" (English, 1987), "masakhane" (16 languages) or a file of data/mentions by
// its name. Read once a process.
const std::vector<SourceText>& RealStories(std::string_view corpus);

// The stories of configs/samples that can be read.
const std::vector<SourceText>& SampleStories();

struct Corpus {
  std::string name;  // what it is made of, for the report
  std::vector<std::string> records;
  size_t bytes = 0;  // of all records
};

// Records of ninjs 1.x, 2.x and 3.x in turn, each with a uri and version of its own, a second of
// stream time after the last, and cut so that a record has `record_bytes` or up to 3 bytes less (a
// body is never cut inside a character; a shorter story is filled up with the next one's text).
Corpus NinjsCorpus(const std::vector<SourceText>& stories, std::string name, size_t records,
                   size_t record_bytes);
// The same as flat objects of uri, version, headline, body and date.
Corpus FlatCorpus(const std::vector<SourceText>& stories, std::string name, size_t records,
                  size_t record_bytes);

// A file below COPYDESK_SHARED; "" when it is not there, which is then said aloud.
std::string SharedFile(const std::string& path);

}  // namespace copydesk::bench
