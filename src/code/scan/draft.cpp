#include "code/scan/draft.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace commandcenter::code {
namespace {

constexpr std::size_t kPortion_bytes = 256 << 10;

}  // namespace

Draft::Draft(std::string path, std::size_t max_bytes)
    : path_(std::move(path)),
      name_(path_ + ".XXXXXX"),
      file_(::mkostemp(name_.data(), O_CLOEXEC)),
      left_bytes_(max_bytes),
      sound_(file_.valid()) {}

Draft::~Draft() {
  if (file_.valid()) ::unlink(name_.c_str());
}

void Draft::write(std::string_view bytes) {
  sound_ = sound_ && bytes.size() <= left_bytes_;
  if (!sound_) return;
  left_bytes_ -= bytes.size();
  waiting_ += bytes;
  if (waiting_.size() >= kPortion_bytes) flush();
}

void Draft::flush() {
  std::string_view rest = waiting_;
  while (sound_ && !rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    sound_ = written > 0;
    if (sound_) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  waiting_.clear();
}

bool Draft::replace() {
  flush();
  if (!sound_ || ::rename(name_.c_str(), path_.c_str()) != 0) return false;
  file_ = Descriptor();
  return true;
}

}  // namespace commandcenter::code
