// Any bytes as an envelope: refused or read; and what was read is written and read the same again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  copydesk::Record record;
  if (!copydesk::ReadEnvelope(text, &record).ok()) return 0;
  std::string line;
  copydesk::WriteEnvelope(record, &line);
  copydesk::Record again;
  if (!copydesk::IsEnvelope(line) || !copydesk::ReadEnvelope(line, &again).ok()) std::abort();
  if (again.key != record.key || again.value != record.value ||
      again.headers.size() != record.headers.size()) {
    std::abort();
  }
  return 0;
}
