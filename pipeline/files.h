// Records in files: a reader of JSON lines, text files, folders and zip archives, and the source
// and sink made of them.
//
// A .jsonl file, and standard input ("-"), holds a record a line; every other file is one record.
// Folders, with those inside them, and .zip archives are read in the order of names; hidden files
// and what is neither .jsonl, .json nor .txt are left out. Where a line is an envelope that
// FileSink wrote ({"record": {...}}), the record in it is read.
//
// Threads: one task thread. Errors: absl::Status that names the file.
// Limits:  a line or file of more than kRecordBytesMax is an error, so that a stray binary cannot
//          take the memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/record.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"
#include "pipeline/zip_file.h"

namespace copydesk {

class RecordReader {
 public:
  static constexpr size_t kRecordBytesMax = 256u << 20;

  // `paths`: files, folders, "-". Fails when one cannot be read.
  static absl::StatusOr<std::unique_ptr<RecordReader>> Open(const std::vector<std::string>& paths);

  // Reads the next record's value (and key and headers, of an envelope) into *record. Returns false
  // at the end.
  absl::StatusOr<bool> Next(Record* record);

  // For a progress bar: bytes read so far, and in all (0 when unknown, on standard input).
  int64_t bytes_read() const { return bytes_read_; }
  int64_t bytes_total() const { return bytes_total_; }
  // "file:line" of the last record.
  std::string place() const;

 private:
  // A file, or a member of an archive.
  struct Input {
    std::string name;
    const ZipFile* archive = nullptr;
    ZipFile::Member member = {};
  };

  RecordReader() = default;
  absl::Status AddPath(const std::string& path);
  absl::Status AddFolder(const std::string& folder);
  absl::Status AddArchive(const std::string& path);
  absl::Status OpenNext();
  bool GetLine(size_t bytes_max, std::string* line);
  absl::StatusOr<bool> NextLine(Record* record);
  absl::StatusOr<bool> WholeFile(Record* record);

  std::vector<std::unique_ptr<const ZipFile>> archives_;
  std::vector<Input> inputs_;
  size_t next_input_ = 0;
  std::unique_ptr<std::istream> opened_;
  std::istream* in_ = nullptr;  // the open input, or standard input; null: none
  bool has_lines_ = false;      // a record a line
  std::vector<char> chunk_ = std::vector<char>(64 << 10);
  int64_t line_ = 0;
  int64_t bytes_read_ = 0;
  int64_t bytes_total_ = 0;
};

// Files as one partition, 0, of a topic named "files". Offsets count records; commits are
// forgotten. Poll() reads until the batch is full or there is no more, however long that takes:
// what comes by a pipe leaves when so much has come, and a stop is noticed no sooner.
class FileSource : public Source {
 public:
  static absl::StatusOr<std::unique_ptr<FileSource>> Make(const std::vector<std::string>& paths);

  absl::Status Poll(std::chrono::milliseconds wait, const BatchLimits& limits,
                    AssignmentListener& listener, Batch* batch) override;
  absl::Status Commit(std::span<const CommittableOffset>) override { return absl::OkStatus(); }
  absl::Status Rewind(std::span<const CommittableOffset>) override {
    return absl::UnimplementedError("files are read once");
  }
  void Hold(const TopicPartition&) override {}  // files have no changelogs to wait for
  void Release(const TopicPartition&) override {}
  void Pause() override {}
  void Resume() override {}
  bool is_exhausted() const override { return is_exhausted_; }
  std::vector<Lag> Lags() override { return {}; }
  void Close(AssignmentListener& listener) override;

 private:
  explicit FileSource(std::unique_ptr<RecordReader> reader) : reader_(std::move(reader)) {}
  const std::unique_ptr<RecordReader> reader_;
  int64_t next_offset_ = 0;
  bool is_exhausted_ = false;
};

// Writes each topic to <folder>/<topic>.jsonl, or all of them to standard output, a line a record.
// A record that carries copydesk's own headers (a dead letter, a held one) is written as an
// envelope that keeps its key, headers and bytes:
//   {"record": {"topic","key","headers":[[name,value],...],"value"}}, "base64" for what is not
//   UTF-8.
class FileSink : public Sink {
 public:
  // `folder` is made when it is missing; "" is standard output. Files are replaced.
  static absl::StatusOr<std::unique_ptr<FileSink>> Make(const std::string& folder);

  absl::Status Send(Record& record) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  size_t bytes_in_flight() override { return 0; }

 private:
  explicit FileSink(std::string folder) : folder_(std::move(folder)) {}
  const std::string folder_;
  std::map<std::string, std::ofstream, std::less<>> files_;
  std::string line_;
};

}  // namespace copydesk
