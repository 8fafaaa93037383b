// A batch: the items of one poll, in the order they were read. Items are recycled from batch to
// batch with the memory of their strings.
//
// Threads: one task thread. Cost: no allocation once it has grown to the usual batch.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/stage.h"

namespace copydesk {

// What a record may hold for its memory to be used again.
inline constexpr size_t kKeptBytesMax = 256 << 10;

// Empties a string, and frees its memory. To assign an empty one keeps that.
inline void GiveBack(std::string& text) { std::string().swap(text); }

class Batch {
 public:
  // A fresh item at the end; valid until Clear().
  Item& Add() {
    if (size_ == items_.size()) items_.push_back(std::make_unique<Item>());
    return *items_[size_++];
  }

  Item& operator[](size_t i) { return *items_[i]; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Makes the batch empty. What an unusually large record made grow is given back.
  void Clear() {
    for (size_t i = 0; i < size_; ++i) Recycle(*items_[i]);
    size_ = 0;
  }

 private:
  static void Recycle(Item& item) {
    for (std::string* const text : {&item.record.value, &item.record.key, &item.new_key}) {
      if (text->capacity() > kKeptBytesMax) GiveBack(*text);
    }
    item.outcome = Outcome::kPublish;
    item.failed_stage = {};
    item.failure = {};
    item.routes.clear();
    item.has_new_key = false;
    item.story_time_ms = -1;
  }

  std::vector<std::unique_ptr<Item>> items_;
  size_t size_ = 0;
};

}  // namespace copydesk
