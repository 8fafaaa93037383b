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

// True when the file, or a folder on the way to it, is hidden.
bool IsHidden(const fs::path& below) {
  return std::any_of(below.begin(), below.end(),
                     [](const fs::path& part) { return part.string()[0] == '.'; });
}

}  // namespace

absl::Status RecordReader::AddFolder(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code broken_link;
    if (entry->is_regular_file(broken_link) && IsRecordFile(entry->path()) &&
        !IsHidden(entry->path().lexically_relative(folder))) {
      found.push_back(entry->path().string());
    }
  }
  if (error) {
    return absl::InvalidArgumentError(
        fmt::format("{}: cannot be read: {}", folder, error.message()));
  }
  if (found.empty()) {
    return absl::NotFoundError(fmt::format("{}: holds no .jsonl, .json or .txt file", folder));
  }
  std::sort(found.begin(), found.end());
  for (std::string& name : found) {
    const auto size = fs::file_size(name, error);
    if (!error) bytes_total_ += static_cast<int64_t>(size);
    inputs_.push_back({std::move(name)});
  }
  return absl::OkStatus();
}

absl::Status RecordReader::AddArchive(const std::string& path) {
  absl::StatusOr<std::unique_ptr<ZipFile>> archive = ZipFile::Open(path);
  if (!archive.ok()) return archive.status();
  const size_t before = inputs_.size();
  for (const ZipFile::Member& member : (*archive)->members()) {
    if (!IsRecordFile(member.name) || IsHidden(member.name)) continue;
    bytes_total_ += member.bytes;
    inputs_.push_back({fmt::format("{}/{}", path, member.name), archive->get(), member});
  }
  if (inputs_.size() == before) {
    return absl::NotFoundError(fmt::format("{}: holds no .jsonl, .json or .txt file", path));
  }
  archives_.push_back(*std::move(archive));
  return absl::OkStatus();
}

absl::Status RecordReader::AddPath(const std::string& path) {
  std::error_code error;
  if (path == kStandardInput) {
    inputs_.push_back({path});
    return absl::OkStatus();
  }
  if (fs::is_directory(path, error)) return AddFolder(path);
  if (!fs::is_regular_file(path, error) && !fs::is_fifo(path, error)) {
    return absl::NotFoundError(fmt::format("{}: no such file or folder", path));
  }
  if (fs::path(path).extension() == ".zip") return AddArchive(path);
  const auto size = fs::file_size(path, error);
  if (!error) bytes_total_ += static_cast<int64_t>(size);
  inputs_.push_back({path});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(
    const std::vector<std::string>& paths) {
  std::unique_ptr<RecordReader> reader(new RecordReader());
  for (const std::string& path : paths) {
    if (absl::Status status = reader->AddPath(path); !status.ok()) return status;
  }
  return reader;
}

absl::Status RecordReader::OpenNext() {
  const Input& input = inputs_[next_input_++];
  line_ = 0;
  has_lines_ = input.name == kStandardInput || fs::path(input.name).extension() == ".jsonl";
  if (input.name == kStandardInput) {
    in_ = &std::cin;
    return absl::OkStatus();
  }
  if (input.archive != nullptr) {
    absl::StatusOr<std::unique_ptr<std::istream>> member = input.archive->Read(input.member);
    if (!member.ok()) return member.status();
    opened_ = *std::move(member);
  } else {
    opened_ = std::make_unique<std::ifstream>(input.name, std::ios::binary);
    if (!*opened_) {
      return absl::InvalidArgumentError(
          fmt::format("{}: cannot be read: {}", input.name, std::strerror(errno)));
    }
  }
  in_ = opened_.get();
  return absl::OkStatus();
}

absl::StatusOr<bool> RecordReader::Next(Record* record) {
  record->has_key = false;
  record->key.clear();
  record->headers.clear();
  while (true) {
    if (in_ == nullptr) {
      if (next_input_ == inputs_.size()) return false;
      if (absl::Status status = OpenNext(); !status.ok()) return status;
    }
    const absl::StatusOr<bool> found = has_lines_ ? NextLine(record) : WholeFile(record);
    if (!found.ok()) return found;
    if (!*found && in_->bad()) {
      return absl::InvalidArgumentError(fmt::format("{}: cannot be read to its end", place()));
    }
    if (!*found || !has_lines_) in_ = nullptr;
    if (*found) return true;
  }
}

// Reads a line without its end. Returns false at the end of the file; stops behind `bytes_max`.
bool RecordReader::GetLine(size_t bytes_max, std::string* line) {
  line->clear();
  while (line->size() <= bytes_max) {
    in_->getline(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
    const auto got = static_cast<size_t>(in_->gcount());
    const bool is_cut = in_->fail() && !in_->eof() && got == chunk_.size() - 1;
    // gcount() counts the line end that getline() took away.
    line->append(chunk_.data(), is_cut || in_->eof() || got == 0 ? got : got - 1);
    if (!is_cut) return !in_->fail();
    in_->clear();
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
  std::string& value = record->value;
  value.clear();
  while (value.size() <= kRecordBytesMax) {
    in_->read(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
    value.append(chunk_.data(), static_cast<size_t>(in_->gcount()));
    if (!*in_) break;
  }
  line_ = 1;
  bytes_read_ += static_cast<int64_t>(value.size());
  if (value.size() > kRecordBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: more than {} bytes", place(), kRecordBytesMax));
  }
  return !in_->bad();
}

std::string RecordReader::place() const {
  return next_input_ == 0 ? "" : fmt::format("{}:{}", inputs_[next_input_ - 1].name, line_);
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

absl::Status FileSink::Send(Record& record) {
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
