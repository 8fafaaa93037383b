#include "pipeline/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "pipeline/envelope.h"

namespace copydesk {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";
constexpr std::string_view kFilesTopic = "files";

bool IsRecordFile(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".jsonl" || extension == ".json" || extension == ".txt";
}

absl::Status AddFolder(const fs::path& folder, std::vector<std::string>* files) {
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file() && IsRecordFile(entry.path()) &&
        entry.path().filename().string()[0] != '.') {
      found.push_back(entry.path().string());
    }
  }
  if (error) {
    return absl::InvalidArgumentError(
        fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  }
  if (found.empty()) {
    return absl::NotFoundError(
        fmt::format("{}: holds no .jsonl, .json or .txt file", folder.string()));
  }
  std::sort(found.begin(), found.end());
  files->insert(files->end(), found.begin(), found.end());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(
    const std::vector<std::string>& paths) {
  std::unique_ptr<RecordReader> reader(new RecordReader());
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == kStandardInput) {
      reader->files_.push_back(path);
    } else if (fs::is_directory(path, error)) {
      if (absl::Status status = AddFolder(path, &reader->files_); !status.ok()) return status;
    } else if (fs::is_regular_file(path, error) || fs::is_fifo(path, error)) {
      reader->files_.push_back(path);
    } else {
      return absl::NotFoundError(fmt::format("{}: no such file or folder", path));
    }
  }
  for (const std::string& file : reader->files_) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) reader->bytes_total_ += static_cast<int64_t>(size);
  }
  return reader;
}

absl::StatusOr<bool> RecordReader::Next(Record* record) {
  record->has_key = false;
  record->key.clear();
  record->headers.clear();
  while (true) {
    if (lines_ != nullptr) {
      const absl::StatusOr<bool> found = NextLine(record);
      if (!found.ok() || *found) return found;
      lines_ = nullptr;
      file_.close();
    }
    if (next_file_ == files_.size()) return false;
    const std::string& name = files_[next_file_++];
    line_ = 0;
    if (name == kStandardInput) {
      lines_ = &std::cin;
      continue;
    }
    file_.clear();
    file_.open(name, std::ios::binary);
    if (!file_) {
      return absl::InvalidArgumentError(
          fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
    }
    if (fs::path(name).extension() != ".jsonl") return WholeFile(record);
    lines_ = &file_;
  }
}

// Reads a line without its end. Returns false at the end of the file; stops behind `bytes_max`.
bool RecordReader::GetLine(size_t bytes_max, std::string* line) {
  line->clear();
  while (line->size() <= bytes_max) {
    lines_->getline(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
    const auto got = static_cast<size_t>(lines_->gcount());
    const bool is_cut = lines_->fail() && !lines_->eof() && got == chunk_.size() - 1;
    // gcount() counts the line end that getline() took away.
    line->append(chunk_.data(), is_cut || lines_->eof() || got == 0 ? got : got - 1);
    if (!is_cut) return !lines_->fail();
    lines_->clear();
  }
  return true;
}

absl::StatusOr<bool> RecordReader::NextLine(Record* record) {
  std::string& line = record->value;
  while (GetLine(kRecordBytesMax, &line)) {
    ++line_;
    bytes_read_ += static_cast<int64_t>(line.size()) + 1;
    if (line.size() > kRecordBytesMax) {
      return absl::InvalidArgumentError(
          fmt::format("{}: a line of more than {} bytes", place(), kRecordBytesMax));
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    if (IsEnvelope(line)) {
      const std::string envelope = std::move(line);
      if (absl::Status status = ReadEnvelope(envelope, record); !status.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("{}: {}", place(), std::string(status.message())));
      }
    }
    return true;
  }
  return false;
}

absl::StatusOr<bool> RecordReader::WholeFile(Record* record) {
  std::error_code error;
  const auto size = fs::file_size(files_[next_file_ - 1], error);
  if (error || size > kRecordBytesMax) {
    return absl::InvalidArgumentError(fmt::format("{}: larger than {} bytes or of unknown size",
                                                  files_[next_file_ - 1], kRecordBytesMax));
  }
  record->value.resize(size);
  file_.read(record->value.data(), static_cast<std::streamsize>(size));
  record->value.resize(static_cast<size_t>(file_.gcount()));
  file_.close();
  line_ = 1;
  bytes_read_ += static_cast<int64_t>(record->value.size());
  return true;
}

std::string RecordReader::place() const {
  return next_file_ == 0 ? "" : fmt::format("{}:{}", files_[next_file_ - 1], line_);
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Make(
    const std::vector<std::string>& paths) {
  absl::StatusOr<std::unique_ptr<RecordReader>> reader = RecordReader::Open(paths);
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<FileSource>(new FileSource(*std::move(reader)));
}

absl::Status FileSource::Poll(std::chrono::milliseconds /*wait*/, const BatchLimits& limits,
                              AssignmentListener& listener, Batch* batch) {
  if (next_offset_ == 0) {
    const TopicPartition partition{kFilesTopic, 0};
    listener.OnAssigned({&partition, 1});
  }
  size_t bytes = 0;
  Record read;
  while (batch->size() < limits.records && bytes < limits.bytes) {
    const absl::StatusOr<bool> found = reader_->Next(&read);
    if (!found.ok()) return found.status();
    if (!*found) {
      is_exhausted_ = true;
      break;
    }
    bytes += read.value.size();
    Record& record = batch->Add().record;
    std::swap(record, read);
    record.topic = kFilesTopic;
    record.partition = 0;
    record.offset = next_offset_++;
    record.timestamp_ms = -1;
  }
  return absl::OkStatus();
}

void FileSource::Close(AssignmentListener& listener) {
  const TopicPartition partition{kFilesTopic, 0};
  listener.OnRevoked({&partition, 1}, /*is_lost=*/false);
}

absl::StatusOr<std::unique_ptr<FileSink>> FileSink::Make(const std::string& folder) {
  if (!folder.empty()) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return absl::InvalidArgumentError(
          fmt::format("folder: {}: cannot be made: {}", folder, error.message()));
    }
  }
  return std::unique_ptr<FileSink>(new FileSink(folder));
}

absl::Status FileSink::Send(const Record& record) {
  std::ostream* out = &std::cout;
  if (!folder_.empty()) {
    auto file = files_.find(record.topic);
    if (file == files_.end()) {
      const std::string path = (fs::path(folder_) / fmt::format("{}.jsonl", record.topic)).string();
      file = files_.try_emplace(std::string(record.topic), path, std::ios::binary).first;
    }
    out = &file->second;
  }
  if (std::any_of(record.headers.begin(), record.headers.end(), IsOwnHeader)) {
    WriteEnvelope(record, &line_);
  } else {
    line_ = record.value;
    // Line ends inside JSON text are white space: a string would have them escaped.
    std::replace(line_.begin(), line_.end(), '\n', ' ');
    std::replace(line_.begin(), line_.end(), '\r', ' ');
  }
  line_ += '\n';
  out->write(line_.data(), static_cast<std::streamsize>(line_.size()));
  if (!*out) {
    return absl::InternalError(fmt::format("{}: cannot be written: {}",
                                           folder_.empty() ? "standard output" : folder_,
                                           std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::Status FileSink::Flush(std::chrono::milliseconds /*timeout*/) {
  std::cout.flush();
  bool is_good = static_cast<bool>(std::cout);
  for (auto& [topic, file] : files_) is_good = is_good && static_cast<bool>(file.flush());
  return is_good ? absl::OkStatus()
                 : absl::InternalError(fmt::format("cannot write: {}", std::strerror(errno)));
}

}  // namespace copydesk
