#include "stages/deduplicate/story_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace copydesk {
namespace {

constexpr char kVersion = 4;
constexpr size_t kKeyBytes = 16;
constexpr size_t kKeysMax = 64;

// Chains are numbered as they are needed: more than this no budget holds.
constexpr uint64_t kChainIdMax = uint64_t{1} << 26;
constexpr uint64_t kHolderIdMax = uint64_t{1} << 62;
constexpr size_t kTextBytesMax = 4096;

// How a holder's key is written: in full, or by what else the holder has.
enum class KeyForm : uint8_t { kFull, kUri, kContent, kPlace };

uint64_t ZigZag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}

int64_t UnZigZag(uint64_t number) {
  return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1);
}

void PutSigned(int64_t number, std::string* out) { PutNumber(ZigZag(number), out); }

void PutText(std::string_view text, std::string* out) {
  PutNumber(text.size(), out);
  out->append(text);
}

void PutKey(const Key& key, std::string* out) {
  char bytes[kKeyBytes];
  std::memcpy(bytes, &key.high, sizeof(key.high));
  std::memcpy(bytes + sizeof(key.high), &key.low, sizeof(key.low));
  out->append(bytes, sizeof(bytes));
}

template <typename T>
void PutHashes(const std::vector<T>& hashes, std::string* out) {
  PutNumber(hashes.size(), out);
  for (const T hash : hashes) {
    for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(hash >> (8 * i)));
  }
}

void PutFirstTokens(const FirstTokens& first, std::string* out) {
  out->push_back(static_cast<char>(first.figures));
  out->push_back(static_cast<char>(first.again));
  PutHashes(std::vector<uint16_t>(first.tokens.begin(), first.tokens.begin() + first.size), out);
}

void PutEvidence(SketchEntry entry, const SketchIndex& sketches, std::string* out) {
  out->push_back(entry != 0 ? 1 : 0);
  if (entry == 0) return;
  Evidence evidence;
  sketches.ReadWhole(entry, &evidence);
  PutNumber(evidence.shingle_count, out);
  PutNumber(evidence.weight, out);
  PutNumber(evidence.word_limit, out);
  PutNumber(evidence.figure_limit, out);
  out->push_back(evidence.is_counted ? 1 : 0);
  PutHashes(evidence.samples, out);
  PutHashes(evidence.words, out);
  PutHashes(evidence.figures, out);
  PutFirstTokens(evidence.title, out);
  PutFirstTokens(evidence.subject, out);
}

void PutHolder(const Holder& holder, const SketchIndex& sketches, std::string* out) {
  PutKey(holder.uri, out);
  PutText(holder.uri_text, out);
  PutKey(holder.content, out);
  PutText(holder.version.text, out);
  PutSigned(holder.version.number, out);
  PutSigned(holder.version.time_ms, out);
  PutNumber(holder.place.source, out);
  PutSigned(holder.place.offset, out);
  PutNumber(holder.key_count(), out);
  const auto put_form = [&](KeyForm form) { out->push_back(static_cast<char>(form)); };
  if (holder.own_keys & kPlaceKey) put_form(KeyForm::kPlace);
  if (holder.own_keys & kUriKey) put_form(KeyForm::kUri);
  for (const Key& key : holder.keys) {
    put_form(KeyForm::kFull);
    PutKey(key, out);
  }
  if (holder.own_keys & kContentKey) put_form(KeyForm::kContent);
  for (const uint8_t byte :
       {static_cast<uint8_t>(holder.kind), static_cast<uint8_t>(holder.rule),
        static_cast<uint8_t>(holder.link), static_cast<uint8_t>(holder.is_late),
        static_cast<uint8_t>(holder.state), static_cast<uint8_t>(holder.recalled_as)}) {
    out->push_back(static_cast<char>(byte));
  }
  PutNumber(holder.lead, out);
  PutNumber(holder.chain, out);
  PutNumber(holder.cluster, out);
  PutNumber(holder.recalled_by, out);
  PutSigned(holder.entered_ms, out);
  PutSigned(holder.similarity, out);
  PutSigned(holder.in_lead, out);
  PutSigned(holder.of_lead, out);
  PutEvidence(holder.sketch, sketches, out);
}

void PutChain(ChainId id, const StoryChain& chain, std::string* out) {
  PutNumber(id, out);
  PutNumber(chain.first, out);
  PutNumber(chain.newest, out);
  PutNumber(chain.end, out);
  PutNumber(chain.cluster, out);
  out->push_back(chain.forgotten_first != nullptr ? 1 : 0);
  if (chain.forgotten_first == nullptr) return;
  const Lead& lead = *chain.forgotten_first;
  PutText(lead.uri, out);
  PutText(lead.version, out);
  PutText(lead.topic, out);
  PutSigned(lead.partition, out);
  PutSigned(lead.offset, out);
}

void PutMark(HolderId id, const Holder& holder, std::string* out) {
  PutNumber(id, out);
  out->push_back(static_cast<char>(holder.state));
  PutNumber(holder.recalled_by, out);
  out->push_back(static_cast<char>(holder.recalled_as));
}

// Reads the fields of a piece in turn. After the first that is wrong all are zero.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  uint64_t Number(uint64_t max = UINT64_MAX) {
    uint64_t number = 0;
    if (is_ok_) is_ok_ = TakeNumber(&in_, &number) && number <= max;
    return is_ok_ ? number : 0;
  }
  // Of things of which each takes at least a byte.
  size_t Count() { return static_cast<size_t>(Number(in_.size())); }
  int64_t Signed() { return UnZigZag(Number()); }
  std::string Text(size_t bytes_max) {
    const size_t size = static_cast<size_t>(Number(std::min(bytes_max, in_.size())));
    if (size > in_.size()) is_ok_ = false;
    if (!is_ok_) return "";
    std::string text(in_.substr(0, size));
    in_.remove_prefix(size);
    return text;
  }
  Key ReadKey() {
    Key key;
    if (in_.size() < kKeyBytes) is_ok_ = false;
    if (!is_ok_) return key;
    std::memcpy(&key.high, in_.data(), sizeof(key.high));
    std::memcpy(&key.low, in_.data() + sizeof(key.high), sizeof(key.low));
    in_.remove_prefix(kKeyBytes);
    return key;
  }
  ChainId ReadChainId() {
    const uint64_t id = Number(kChainIdMax);
    is_ok_ &= id > 0;
    return static_cast<ChainId>(id);
  }
  // An enumerator up to `max`.
  template <typename E>
  E Enum(E max) {
    if (in_.empty() || static_cast<uint8_t>(in_[0]) > static_cast<uint8_t>(max)) is_ok_ = false;
    if (!is_ok_) return E{};
    const E value = static_cast<E>(in_[0]);
    in_.remove_prefix(1);
    return value;
  }
  // Rising ones where they are kept so.
  template <typename T>
  void Hashes(size_t max, bool is_rising, std::vector<T>* hashes) {
    const size_t count = static_cast<size_t>(Number(max));
    if (in_.size() / sizeof(T) < count) is_ok_ = false;
    if (!is_ok_) return;
    hashes->resize(count);
    static_assert(std::endian::native == std::endian::little, "as they are written");
    if (count > 0) std::memcpy(hashes->data(), in_.data(), count * sizeof(T));
    in_.remove_prefix(count * sizeof(T));
    if (is_rising) is_ok_ = std::is_sorted(hashes->begin(), hashes->end());
  }
  int8_t Hundredths() {
    const int64_t number = Signed();
    is_ok_ &= number >= -1 && number <= 100;
    return static_cast<int8_t>(is_ok_ ? number : -1);
  }
  bool Flag() { return Enum<uint8_t>(1) != 0; }
  bool is_ok() const { return is_ok_; }
  size_t left() const { return in_.size(); }

 private:
  std::string_view in_;
  bool is_ok_ = true;
};

FirstTokens ReadFirstTokens(Reader& in) {
  const uint8_t figures = in.Enum<uint8_t>(UINT8_MAX);
  const uint8_t again = in.Enum<uint8_t>(UINT8_MAX);
  std::vector<uint16_t> tokens;
  in.Hashes(FirstTokens::kTokensMax, false, &tokens);
  FirstTokens first;
  for (const uint16_t token : tokens) first.Add(token, (figures >> first.size & 1) != 0);
  first.again = again;
  return first;
}

// Returns false, leaving *evidence unspecified, where there is none.
bool ReadEvidence(Reader& in, Evidence* evidence) {
  if (!in.Flag()) return false;
  evidence->shingle_count = static_cast<uint32_t>(in.Number(UINT32_MAX));
  evidence->weight = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence->word_limit = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence->figure_limit = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence->is_counted = in.Flag();
  in.Hashes(Evidence::kSamplesMax, false, &evidence->samples);
  in.Hashes(Evidence::kWordsMax, true, &evidence->words);
  in.Hashes(Evidence::kFiguresMax, true, &evidence->figures);
  evidence->title = ReadFirstTokens(in);
  evidence->subject = ReadFirstTokens(in);
  // Nothing can be found by none.
  return in.is_ok() && !evidence->samples.empty();
}

Holder ReadHolder(Reader& in) {
  Holder holder;
  holder.uri = in.ReadKey();
  holder.uri_text = in.Text(kTextBytesMax);
  holder.content = in.ReadKey();
  holder.version.text = in.Text(kTextBytesMax);
  holder.version.number = in.Signed();
  holder.version.time_ms = in.Signed();
  holder.place.source = static_cast<uint32_t>(in.Number(UINT32_MAX));
  holder.place.offset = in.Signed();
  const size_t keys = static_cast<size_t>(in.Number(kKeysMax));
  for (size_t i = 0; i < keys && in.is_ok(); ++i) {
    switch (in.Enum(KeyForm::kPlace)) {
      case KeyForm::kFull:
        holder.keys.push_back(in.ReadKey());
        break;
      case KeyForm::kUri:
        holder.AddOwnKey(kUriKey);
        break;
      case KeyForm::kContent:
        holder.AddOwnKey(kContentKey);
        break;
      case KeyForm::kPlace:
        holder.AddOwnKey(kPlaceKey);
        break;
    }
  }
  holder.kind = in.Enum(RelationKind::kWithhold);
  holder.rule = in.Enum(Rule::kSaysWithhold);
  holder.link = in.Enum(Link::kNamedUri);
  holder.is_late = in.Flag();
  holder.state = in.Enum(HolderState::kSuperseded);
  holder.recalled_as = in.Enum(RelationKind::kWithhold);
  holder.lead = in.Number(kHolderIdMax);
  holder.chain = in.ReadChainId();
  holder.cluster = in.ReadChainId();
  holder.recalled_by = in.Number(kHolderIdMax);
  holder.entered_ms = in.Signed();
  holder.similarity = in.Hundredths();
  holder.in_lead = in.Hundredths();
  holder.of_lead = in.Hundredths();
  return holder;
}

StoryChain ReadChain(Reader& in) {
  StoryChain chain;
  chain.first = in.Number(kHolderIdMax);
  chain.newest = in.Number(kHolderIdMax);
  chain.end = in.Number(kHolderIdMax);
  chain.cluster = in.ReadChainId();
  if (!in.Flag()) return chain;
  Lead lead;
  lead.uri = in.Text(kTextBytesMax);
  lead.version = in.Text(kTextBytesMax);
  lead.topic = in.Text(kTextBytesMax);
  lead.partition = static_cast<int32_t>(in.Signed());
  lead.offset = in.Signed();
  chain.forgotten_first = std::make_shared<const Lead>(std::move(lead));
  return chain;
}

void ReadMarks(Reader& in, StoryIndex::Parts* parts) {
  for (size_t n = in.Count(); n > 0 && in.is_ok(); --n) {
    const HolderId id = in.Number(kHolderIdMax);
    const HolderState state = in.Enum(HolderState::kSuperseded);
    const HolderId by = in.Number(kHolderIdMax);
    const RelationKind as = in.Enum(RelationKind::kWithhold);
    if (!in.is_ok() || id < parts->first_id || id - parts->first_id >= parts->holders.size()) {
      continue;
    }
    Holder& holder = parts->holders[id - parts->first_id];
    holder.state = state;
    holder.recalled_by = by;
    holder.recalled_as = as;
  }
}

// Takes back what was read of the holders from `id` on.
void DropHoldersFrom(HolderId id, StoryIndex::Parts* parts) {
  while (parts->first_id + parts->holders.size() > id) {
    if (parts->holders.back().sketch != 0) parts->sketches.UndoEnter();
    parts->holders.pop_back();
  }
}

void ReadHolders(Reader& in, StoryIndex::Parts* parts) {
  const HolderId first = in.Number(kHolderIdMax);
  const size_t count = in.Count();
  if (count == 0 || !in.is_ok()) return;
  const HolderId end = parts->first_id + parts->holders.size();
  if (first > end || first < parts->first_id || parts->holders.empty()) {
    // What was between is forgotten, or missing: Assemble() tells.
    DropHoldersFrom(parts->first_id, parts);
    parts->first_id = first;
  }
  DropHoldersFrom(first, parts);  // written once more, after a retry
  // Their sketches are entered when what that reads has been asked for a while ago.
  constexpr size_t kAhead = 4;
  std::array<Evidence, kAhead> evidence;
  std::array<bool, kAhead> has_evidence;
  const auto enter = [&](size_t i) {
    if (!has_evidence[i % kAhead]) return;
    Holder& holder = parts->holders[first - parts->first_id + i];
    holder.sketch = parts->sketches.Enter(first + i, holder.cluster, evidence[i % kAhead]);
  };
  for (size_t i = 0; i < count && in.is_ok(); ++i) {
    if (i >= kAhead) enter(i - kAhead);
    parts->holders.push_back(ReadHolder(in));
    has_evidence[i % kAhead] = ReadEvidence(in, &evidence[i % kAhead]);
    if (has_evidence[i % kAhead]) parts->sketches.Prefetch(evidence[i % kAhead]);
  }
  if (!in.is_ok()) return;
  for (size_t i = count - std::min(count, kAhead); i < count; ++i) enter(i);
}

// The lists of a piece that is being written.
struct Piece {
  std::string chains, marks, holders;
  size_t chain_count = 0, mark_count = 0, holder_count = 0;
  HolderId first_holder = 1;
  size_t size() const { return chains.size() + marks.size() + holders.size(); }
};

}  // namespace

void PutNumber(uint64_t number, std::string* out) {
  while (number >= 0x80) {
    out->push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out->push_back(static_cast<char>(number));
}

bool TakeNumber(std::string_view* in, uint64_t* number) {
  *number = 0;
  for (int shift = 0; shift < 64 && !in->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    *number |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void WritePieces(const StoryIndex& index, int64_t stream_time_ms,
                 const StoryIndex::Changes& changes,
                 absl::FunctionRef<void(std::string_view piece)> write) {
  Piece piece;
  std::string bytes;
  const auto flush = [&](HolderId next) {
    bytes.assign(1, kVersion);
    PutNumber(index.oldest(), &bytes);
    PutNumber(next, &bytes);
    PutNumber(index.next() - 1, &bytes);
    PutSigned(stream_time_ms, &bytes);
    PutNumber(index.sources().size(), &bytes);
    for (const StoryIndex::Source& source : index.sources()) {
      PutText(source.topic, &bytes);
      PutSigned(source.partition, &bytes);
    }
    PutNumber(piece.chain_count, &bytes);
    bytes += piece.chains;
    PutNumber(piece.mark_count, &bytes);
    bytes += piece.marks;
    PutNumber(piece.first_holder, &bytes);
    PutNumber(piece.holder_count, &bytes);
    bytes += piece.holders;
    write(bytes);
    piece = Piece();
  };
  for (const ChainId id : changes.chains) {
    const StoryChain& chain = index.ChainAt(id);
    if (chain.uses == 0) continue;
    PutChain(id, chain, &piece.chains);
    ++piece.chain_count;
    if (piece.size() >= kPieceBytes) flush(changes.first_new);
  }
  for (const HolderId id : changes.marked) {
    const Holder* holder = index.At(id);
    if (holder == nullptr) continue;
    PutMark(id, *holder, &piece.marks);
    ++piece.mark_count;
    if (piece.size() >= kPieceBytes) flush(changes.first_new);
  }
  for (HolderId id = changes.first_new; id < index.next(); ++id) {
    if (piece.holder_count++ == 0) piece.first_holder = id;
    PutHolder(*index.At(id), index.sketches(), &piece.holders);
    if (piece.size() >= kPieceBytes && id + 1 < index.next()) flush(id + 1);
  }
  flush(index.next());
}

absl::Status ReadPiece(std::string_view piece, StoryIndex::Parts* parts, PieceEnd* end) {
  const size_t size = piece.size();
  if (piece.empty()) return absl::DataLossError("no piece of deduplicate's log: it is empty");
  if (piece[0] != kVersion) {
    return absl::DataLossError(absl::StrCat(
        "no piece of deduplicate's log of version ", int{kVersion}, " but ",
        int{static_cast<uint8_t>(piece[0])},
        ": another copydesk wrote it; go back to that one, or delete the changelog and "
        "what it remembers"));
  }
  Reader in(piece.substr(1));
  parts->oldest = in.Number(kHolderIdMax);
  parts->next = in.Number(kHolderIdMax);
  end->last = in.Number(kHolderIdMax);
  end->stream_time_ms = in.Signed();
  parts->sources.clear();
  for (size_t n = in.Count(); n > 0 && in.is_ok(); --n) {
    std::string topic = in.Text(kTextBytesMax);
    parts->sources.push_back({std::move(topic), static_cast<int32_t>(in.Signed())});
  }
  for (size_t n = in.Count(); n > 0 && in.is_ok(); --n) {
    const ChainId id = in.ReadChainId();
    parts->chains.emplace_back(id, ReadChain(in));
  }
  ReadMarks(in, parts);
  ReadHolders(in, parts);
  if (in.is_ok() && in.left() == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("a piece of deduplicate's log breaks at byte ", size - in.left()));
}

}  // namespace copydesk
