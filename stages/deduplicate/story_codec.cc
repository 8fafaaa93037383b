#include "stages/deduplicate/story_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stages/deduplicate/piece_reader.h"

namespace copydesk {
namespace {

constexpr char kVersion = 6;
constexpr size_t kKeysMax = 64;

constexpr uint64_t kHolderIdMax = uint64_t{1} << 62;
constexpr size_t kTextBytesMax = 4096;

// Whether a holder is found by its words, and where the samples of these are.
enum class SamplesAt : uint8_t { kNone, kHere, kInCopy };

// How a holder's key is written: in full, or by what else the holder has.
enum class KeyForm : uint8_t { kFull, kUri, kContent, kPlace };

uint64_t ZigZag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}

void PutSigned(int64_t number, std::string* out) { PutNumber(ZigZag(number), out); }

void PutText(std::string_view text, std::string* out) {
  PutNumber(text.size(), out);
  out->append(text);
}

void PutKey(const Key& key, std::string* out) {
  char bytes[PieceReader::kKeyBytes];
  std::memcpy(bytes, &key.high, sizeof(key.high));
  std::memcpy(bytes + sizeof(key.high), &key.low, sizeof(key.low));
  out->append(bytes, sizeof(bytes));
}

static_assert(std::endian::native == std::endian::little, "as hashes are written");

template <typename T>
void PutHashes(const T* hashes, size_t count, std::string* out) {
  PutNumber(count, out);
  out->append(reinterpret_cast<const char*>(hashes), count * sizeof(T));
}

template <typename T>
void PutHashes(const std::vector<T>& hashes, std::string* out) {
  PutHashes(hashes.data(), hashes.size(), out);
}

void PutFirstTokens(const FirstTokens& first, std::string* out) {
  out->push_back(static_cast<char>(first.figures));
  out->push_back(static_cast<char>(first.again));
  PutHashes(first.tokens.data(), first.size, out);
}

void PutEvidence(SketchEntry entry, const SketchIndex& sketches, SamplesAt samples_at,
                 Evidence* scratch, std::string* out) {
  if (entry == 0) samples_at = SamplesAt::kNone;
  out->push_back(static_cast<char>(samples_at));
  if (entry == 0) return;
  Evidence& evidence = *scratch;
  if (samples_at == SamplesAt::kHere) {
    sketches.ReadWhole(entry, &evidence);
  } else {
    sketches.ReadEvidence(entry, &evidence);
  }
  PutNumber(evidence.shingle_count, out);
  PutNumber(evidence.weight, out);
  PutNumber(evidence.word_limit, out);
  PutNumber(evidence.figure_limit, out);
  out->push_back(evidence.is_counted ? 1 : 0);
  if (samples_at == SamplesAt::kHere) {
    PutHashes(evidence.samples, out);
  } else {
    PutNumber(sketches.SampleCount(entry), out);
  }
  PutHashes(evidence.words, out);
  PutHashes(evidence.figures, out);
  PutHashes(evidence.names, out);
  PutFirstTokens(evidence.title, out);
  PutFirstTokens(evidence.subject, out);
}

void PutHolder(const Holder& holder, std::string* out) {
  PutKey(holder.uri, out);
  PutText(holder.uri_text(), out);
  PutKey(holder.content, out);
  PutText(holder.version().text, out);
  PutSigned(holder.version_number, out);
  PutSigned(holder.version_time_ms, out);
  PutNumber(holder.source, out);
  PutSigned(holder.offset, out);
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
}

void PutChain(ChainId id, const StoryIndex& index, std::string* out) {
  const StoryChain& chain = index.ChainAt(id);
  const Lead* const lead = index.ForgottenFirstOf(id);
  PutNumber(id, out);
  PutNumber(chain.first, out);
  PutNumber(chain.newest, out);
  PutNumber(chain.end, out);
  PutNumber(chain.cluster, out);
  out->push_back(lead != nullptr ? 1 : 0);
  if (lead == nullptr) return;
  PutText(lead->uri, out);
  PutText(lead->version, out);
  PutText(lead->topic, out);
  PutSigned(lead->partition, out);
  PutSigned(lead->offset, out);
}

void PutMark(HolderId id, const Holder& holder, std::string* out) {
  PutNumber(id, out);
  out->push_back(static_cast<char>(holder.state));
  PutNumber(holder.recalled_by, out);
  out->push_back(static_cast<char>(holder.recalled_as));
}

FirstTokens ReadFirstTokens(PieceReader& in) {
  const uint8_t figures = in.Enum<uint8_t>(UINT8_MAX);
  const uint8_t again = in.Enum<uint8_t>(UINT8_MAX);
  std::vector<uint16_t> tokens;
  in.Hashes(FirstTokens::kTokensMax, false, &tokens);
  FirstTokens first;
  for (const uint16_t token : tokens) first.Add(token, (figures >> first.size & 1) != 0);
  first.again = again;
  return first;
}

// What is kept of a holder's words.
struct Kept {
  SamplesAt samples_at = SamplesAt::kNone;
  size_t copied_samples = 0;
  Evidence evidence;
};

void ReadEvidence(PieceReader& in, Kept* kept) {
  Evidence& evidence = kept->evidence;
  kept->samples_at = in.Enum(SamplesAt::kInCopy);
  if (kept->samples_at == SamplesAt::kNone) return;
  evidence.shingle_count = static_cast<uint32_t>(in.Number(UINT32_MAX));
  evidence.weight = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence.word_limit = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence.figure_limit = static_cast<uint16_t>(in.Number(UINT16_MAX));
  evidence.is_counted = in.Flag();
  if (kept->samples_at == SamplesAt::kHere) {
    in.Hashes(Evidence::kSamplesMax, false, &evidence.samples);
    // Nothing can be found by none.
    if (evidence.samples.empty()) kept->samples_at = SamplesAt::kNone;
  } else {
    kept->copied_samples = in.Number(Evidence::kSamplesMax);
    if (kept->copied_samples == 0) in.Fail();
  }
  in.Hashes(Evidence::kWordsMax, true, &evidence.words);
  in.Hashes(Evidence::kFiguresMax, true, &evidence.figures);
  in.Hashes(Sketch::kNamesMax, false, &evidence.names);
  if (evidence.names.size() > NameReader::kNamesMax && !AreLetters(evidence.names)) in.Fail();
  evidence.title = ReadFirstTokens(in);
  evidence.subject = ReadFirstTokens(in);
}

Holder ReadHolder(PieceReader& in) {
  Holder holder;
  holder.uri = in.ReadKey();
  const std::string uri_text = in.Text(kTextBytesMax);
  holder.content = in.ReadKey();
  const std::string version_text = in.Text(kTextBytesMax);
  const int64_t version_number = in.Signed();
  holder.SetTexts(uri_text, {version_text, version_number, in.Signed()});
  holder.source = static_cast<uint32_t>(in.Number(UINT32_MAX));
  holder.offset = in.Signed();
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
  holder.link = in.Enum(Link::kAwaited);
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

StoryIndex::PartChain ReadChain(ChainId id, PieceReader& in) {
  StoryIndex::PartChain part;
  part.id = id;
  StoryChain& chain = part.chain;
  chain.first = in.Number(kHolderIdMax);
  chain.newest = in.Number(kHolderIdMax);
  chain.end = in.Number(kHolderIdMax);
  chain.cluster = in.ReadChainId();
  if (!in.Flag()) return part;
  Lead& lead = part.forgotten_first.emplace();
  lead.uri = in.Text(kTextBytesMax);
  lead.version = in.Text(kTextBytesMax);
  lead.topic = in.Text(kTextBytesMax);
  lead.partition = static_cast<int32_t>(in.Signed());
  lead.offset = in.Signed();
  return part;
}

void ReadMarks(PieceReader& in, StoryIndex::Parts* parts) {
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

void ReadHolders(PieceReader& in, StoryIndex::Parts* parts) {
  const HolderId first = in.Number(kHolderIdMax);
  const size_t count = in.Count();
  if (count == 0 || !in.is_ok()) return;
  const HolderId end = parts->first_id + parts->holders.size();
  SketchIndex& sketches = parts->sketches;
  // A copy is read once, from its beginning to its end.
  if (!sketches.is_whole() && first != end && !parts->holders.empty()) return in.Fail();
  if (first > end || first < parts->first_id || parts->holders.empty()) {
    // What was between is forgotten, or missing: Assemble() tells.
    DropHoldersFrom(parts->first_id, parts);
    parts->first_id = first;
  }
  DropHoldersFrom(first, parts);  // written once more, after a retry
  // Their sketches are entered when what that reads has been asked for a while ago.
  constexpr size_t kAhead = 4;
  std::array<Kept, kAhead> kept;
  const auto enter = [&](size_t i) {
    const Kept& one = kept[i % kAhead];
    if (one.samples_at == SamplesAt::kNone) return;
    Holder& holder = parts->holders[first - parts->first_id + i];
    if (one.samples_at == SamplesAt::kInCopy) {
      holder.sketch =
          sketches.EnterCopied(first + i, holder.cluster, one.evidence, one.copied_samples);
      if (holder.sketch == 0) in.Fail();
    } else if (sketches.is_whole()) {
      holder.sketch = sketches.Enter(first + i, holder.cluster, one.evidence);
    } else {
      in.Fail();
    }
  };
  for (size_t i = 0; i < count && in.is_ok(); ++i) {
    if (i >= kAhead) enter(i - kAhead);
    parts->holders.push_back(ReadHolder(in));
    ReadEvidence(in, &kept[i % kAhead]);
    if (kept[i % kAhead].samples_at == SamplesAt::kHere) {
      sketches.Prefetch(kept[i % kAhead].evidence);
    }
  }
  for (size_t i = count - std::min(count, kAhead); i < count && in.is_ok(); ++i) enter(i);
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
                 const StoryIndex::Changes& changes, bool has_copy,
                 absl::FunctionRef<void(std::string_view piece)> write) {
  Piece piece;
  std::string bytes;
  Evidence evidence;
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
    if (index.ChainAt(id).uses == 0) continue;
    PutChain(id, index, &piece.chains);
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
    const Holder& holder = *index.At(id);
    PutHolder(holder, &piece.holders);
    PutEvidence(holder.sketch, index.sketches(), has_copy ? SamplesAt::kInCopy : SamplesAt::kHere,
                &evidence, &piece.holders);
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
  PieceReader in(piece.substr(1));
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
    parts->chains.push_back(ReadChain(id, in));
  }
  ReadMarks(in, parts);
  ReadHolders(in, parts);
  if (in.is_ok() && in.left() == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("a piece of deduplicate's log breaks at byte ", size - in.left()));
}

}  // namespace copydesk
