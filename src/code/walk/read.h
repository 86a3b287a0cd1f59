// Descriptors and reading; every failure has a short reason for people.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commandcenter::code {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Why something could not be opened or read.
std::string_view reason_of(int error);

// The folder at a path below `root`; invalid when it is not there or a link is on the way. Empty: the root itself.
Descriptor folder_below(int root, std::string_view path);

// What a folder below `root` holds, in order; empty when it cannot be read.
std::vector<std::string> names_in(int root, std::string_view path);

enum class OnLink : std::uint8_t { kRefuse, kFollow };

// Memory for one file at a time, used again for the next.
class FileBuffer {
 public:
  // Links are followed for what somebody named himself, never for what was met.
  explicit FileBuffer(std::size_t max_bytes, OnLink on_link = OnLink::kRefuse);

  // The regular file `name` of a folder; on failure the reason is set and the view is empty.
  std::string_view read(int folder, const char* name, std::string& reason);

 private:
  void grow(std::size_t size_bytes, std::size_t filled);

  std::size_t max_bytes_;
  OnLink on_link_;
  std::unique_ptr<char[]> memory_;  // nobody fills it with zeros first
  std::size_t size_bytes_ = 0;
};

}  // namespace commandcenter::code
