// copydesk dictionary import.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "pipeline/cli/atomic_file.h"
#include "pipeline/cli/dictionary.h"
#include "pipeline/cli/feed.h"
#include "stages/dictionary/import.h"

namespace copydesk {
namespace {

struct Options {
  std::string format;
  std::vector<std::string> files;
  std::string out;
  ImportOptions import;
};

constexpr size_t kChunkBytes = size_t{1} << 20;

// Reads one input piece by piece, so that a dump of a terabyte may come through a pipe.
class Input {
 public:
  static absl::StatusOr<std::unique_ptr<Input>> Open(const std::string& path) {
    const int file = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return absl::ErrnoToStatus(errno, fmt::format("{}: cannot be read", path));
    struct stat status {};
    const bool has_size = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    return std::unique_ptr<Input>(new Input(path, file, has_size ? status.st_size : 0));
  }
  ~Input() { close(file_); }

  // Appends a piece to *out; none at the end.
  absl::Status Append(std::string* out) {
    const size_t before = out->size();
    out->resize(before + kChunkBytes);
    ssize_t got;
    do {
      got = read(file_, out->data() + before, kChunkBytes);
    } while (got < 0 && errno == EINTR);
    out->resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return absl::ErrnoToStatus(errno, fmt::format("{}: cannot be read", path_));
    bytes_ += static_cast<int64_t>(got);
    return absl::OkStatus();
  }
  int64_t bytes() const { return bytes_; }
  // How much of it is read, 0 to 1; 0 where its size is not known.
  double share() const {
    return size_ == 0 ? 0 : static_cast<double>(bytes_) / static_cast<double>(size_);
  }
  const std::string& path() const { return path_; }

 private:
  Input(std::string path, int file, int64_t size)
      : path_(std::move(path)), file_(file), size_(size) {}
  const std::string path_;
  const int file_;
  const int64_t size_;
  int64_t bytes_ = 0;
};

class Import {
 public:
  Import(Importer& importer, AtomicFile& file)
      : importer_(importer), file_(file), bar_("importing") {}

  absl::Status Read(Input& input) {
    std::string text;
    if (absl::Status status = input.Append(&text); !status.ok()) return status;
    return importer_.IsDocument(text) ? ReadDocument(input, &text) : ReadLines(input, &text);
  }

  absl::Status Finish(int64_t bytes) {
    absl::Status status = importer_.Finish(take_);
    if (status.ok()) status = file_.Write(out_);
    bar_.Finish(entities_, bytes);
    return status;
  }

  int64_t entities() const { return entities_; }
  int64_t bad_lines() const { return bad_lines_; }

 private:
  absl::Status ReadDocument(Input& input, std::string* text) {
    for (size_t before = 0; before != text->size();) {
      before = text->size();
      if (before > kImportBytesMax) return TooLong(input);
      if (absl::Status status = input.Append(text); !status.ok()) return status;
    }
    absl::Status status;
    if (!importer_.Read(*text, take_, &status) && status.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: not what this format should be", input.path()));
    }
    return status;
  }

  absl::Status ReadLines(Input& input, std::string* text) {
    size_t searched = 0;
    while (!text->empty()) {
      size_t begin = 0;
      for (size_t end; (end = text->find('\n', std::max(begin, searched))) != std::string::npos;
           begin = end + 1) {
        if (absl::Status status = ReadLine(std::string_view(*text).substr(begin, end - begin));
            !status.ok()) {
          return status;
        }
        bar_.Update(entities_, input.bytes(), input.share());
      }
      text->erase(0, begin);
      if (text->size() > kImportBytesMax) return TooLong(input);
      searched = text->size();
      if (absl::Status status = input.Append(text); !status.ok()) return status;
      if (text->size() == searched) break;
    }
    return text->empty() ? absl::OkStatus() : ReadLine(*text);
  }

  absl::Status ReadLine(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    absl::Status status;
    if (!line.empty() && !importer_.Read(line, take_, &status)) ++bad_lines_;
    return status;
  }

  absl::Status TakeEntity(const ImportedEntity& entity) {
    const std::string line = entity.ToLine();
    bad_lines_ += line.empty();
    entities_ += !line.empty();
    out_ += line;
    if (out_.size() < kChunkBytes) return absl::OkStatus();
    absl::Status status = file_.Write(out_);
    out_.clear();
    return status;
  }

  static absl::Status TooLong(const Input& input) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: a line, or a document, of more than {} bytes", input.path(), kImportBytesMax));
  }

  Importer& importer_;
  AtomicFile& file_;
  ProgressBar bar_;
  const Importer::Take take_ = [this](const ImportedEntity& entity) { return TakeEntity(entity); };
  std::string out_;
  int64_t entities_ = 0;
  int64_t bad_lines_ = 0;
};

absl::Status RunImport(const Options& options) {
  const std::unique_ptr<Importer> importer = MakeImporter(options.format, options.import);
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(options.out);
  if (!file.ok()) return file.status();
  Import import(*importer, *file);
  int64_t bytes = 0;
  for (const std::string& path : options.files) {
    const absl::StatusOr<std::unique_ptr<Input>> input = Input::Open(path);
    if (!input.ok()) return input.status();
    if (absl::Status status = import.Read(**input); !status.ok()) return status;
    bytes += (*input)->bytes();
  }
  if (absl::Status status = import.Finish(bytes); !status.ok()) return status;
  if (import.entities() == 0) {
    return absl::InvalidArgumentError(fmt::format("no entity in {} lines or records was one of {}",
                                                  import.bad_lines(), options.format));
  }
  if (absl::Status status = file->Commit(); !status.ok()) return status;
  fmt::print("{}: {} entities, {} lines or records left out\n", options.out, import.entities(),
             import.bad_lines());
  return absl::OkStatus();
}

}  // namespace

void AddDictionaryImport(CLI::App& group, Command* command) {
  CLI::App* sub = group.add_subcommand(
      "import", "Make a source of GeoNames, Wikidata, SEC or ROR data, or a table");
  auto options = std::make_shared<Options>();
  sub->add_option("--from", options->format, "What the files are")
      ->required()
      ->check(CLI::IsMember({"geonames", "wikidata", "sec", "ror", "tsv"}));
  sub->add_option("files", options->files, "Files, or - for standard input")->required();
  sub->add_option("-o,--output", options->out, "The source to write, .jsonl")
      ->required()
      ->check([](const std::string& path) {
        return path.ends_with(".jsonl") ? "" : "the output's name must end with .jsonl";
      });
  sub->add_option("--languages", options->import.languages,
                  "Of Wikidata's and GeoNames' names, the first one's names first")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--min-population", options->import.population_min,
                  "Of GeoNames' populated places");
  sub->callback([options, command] { *command = [options] { return RunImport(*options); }; });
}

}  // namespace copydesk
