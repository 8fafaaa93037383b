// Memory in the system's large pages (2 MB) where there is much of it: what is read here and there
// all over then misses the processor's list of pages less often. It is asked for and works without.
//
// Threads: any. Errors: std::bad_alloc, as of any allocator.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace copydesk {

template <typename T>
struct LargePageAllocator {
  using value_type = T;
  static constexpr size_t kPageBytes = size_t{2} << 20;

  LargePageAllocator() = default;
  template <typename U>
  LargePageAllocator(const LargePageAllocator<U>&) {}  // NOLINT: as allocators must

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < kPageBytes) return static_cast<T*>(::operator new(bytes));
    void* const memory = ::operator new (bytes, std::align_val_t{kPageBytes});
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    if (count * sizeof(T) < kPageBytes) {
      ::operator delete(memory);
    } else {
      ::operator delete (memory, std::align_val_t{kPageBytes});
    }
  }
  friend bool operator==(const LargePageAllocator&, const LargePageAllocator&) { return true; }
};

}  // namespace copydesk
