#include "stages/dictionary/atom_finder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace copydesk {
namespace {

constexpr size_t kHeadBytes = 3;

uint32_t HeadOf(const char* at) {
  return static_cast<unsigned char>(at[0]) | static_cast<unsigned char>(at[1]) << 8 |
         static_cast<unsigned char>(at[2]) << 16;
}

uint32_t BitOf(uint32_t head) { return head * 0x9E3779B1u >> 17; }

// ASCII letters become small; so do the two letters beyond ASCII that equal an ASCII one but for
// case: the long s and the Kelvin sign.
void Lower(std::string_view text, std::string* out) {
  out->resize(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    (*out)[i] = static_cast<char>(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
  }
  constexpr std::pair<std::string_view, char> kOthers[] = {{"\u017F", 's'}, {"\u212A", 'k'}};
  for (const auto& [from, to] : kOthers) {
    for (size_t at = out->find(from); at != std::string::npos; at = out->find(from, at)) {
      out->replace(at, from.size(), 1, to);
    }
  }
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

AtomFinder::AtomFinder(std::vector<std::string> atoms)
    : atoms_(std::move(atoms)), filter_(kBits / 64) {
  for (size_t i = 0; i < atoms_.size(); ++i) {
    const auto number = static_cast<int>(i);
    if (!CanFind(atoms_[i])) {
      always_.push_back(number);
      continue;
    }
    const uint32_t head = HeadOf(atoms_[i].data());
    filter_[BitOf(head) / 64] |= uint64_t{1} << (BitOf(head) % 64);
    atoms_of_[head].push_back(number);
  }
}

bool AtomFinder::CanFind(std::string_view atom) {
  return atom.size() >= kHeadBytes && IsAscii(atom);
}

void AtomFinder::Find(std::string_view text, std::string* lowered, std::vector<int>* found) const {
  *found = always_;
  if (atoms_of_.empty()) return;
  Lower(text, lowered);
  const size_t size = lowered->size();
  const char* const data = lowered->data();
  for (size_t at = 0; at + kHeadBytes <= size; ++at) {
    const uint32_t head = HeadOf(data + at);
    if ((filter_[BitOf(head) / 64] >> (BitOf(head) % 64) & 1) == 0) continue;
    const auto atoms = atoms_of_.find(head);
    if (atoms == atoms_of_.end()) continue;
    for (const int number : atoms->second) {
      const std::string& atom = atoms_[static_cast<size_t>(number)];
      if (atom.size() <= size - at && std::memcmp(data + at, atom.data(), atom.size()) == 0) {
        found->push_back(number);
      }
    }
  }
  std::sort(found->begin(), found->end());
  found->erase(std::unique(found->begin(), found->end()), found->end());
}

}  // namespace copydesk
