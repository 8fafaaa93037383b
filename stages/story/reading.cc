#include "stages/story/reading.h"

#include "stages/text/markup.h"

namespace copydesk {

void Reading::Assign(std::string_view value, bool is_markup) {
  markup_map_.Clear();
  plain_ = value;
  // A body that is declared as mark-up but holds none reads as it stands.
  if (is_markup && value.find_first_of("<&") != std::string_view::npos) {
    StripMarkup(value, &stripped_, &markup_map_);
    plain_ = stripped_;
  }
  folded_.Assign(plain_);
}

Span Reading::ToValue(Span in_text) const {
  return markup_map_.ToOriginal(folded_.map().ToOriginal(in_text));
}

Span Reading::FromValue(Span in_value) const {
  return folded_.map().ToDerived(markup_map_.ToDerived(in_value));
}

}  // namespace copydesk
