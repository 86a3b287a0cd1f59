#include "agent/builtin/notifier/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/sha256.h"

namespace commandcenter::notifier {
namespace {

constexpr int kPrivate = 0600;
constexpr std::int64_t kLockTick_ms = 20;

tl::unexpected<Error> unusable(std::string_view what) {
  return fail(ErrorCode::kUnavailable, fmt::format("the spool cannot be {}: {}", what, std::strerror(errno)));
}

Json line_of(const Spooled& one) {
  return {{"put", one.parcel.key},   {"message", one.message_id}, {"method", one.parcel.method},
          {"path", one.parcel.path}, {"last", one.parcel.last},   {"body", one.parcel.body}};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

Spool::Spool(Spool&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      file_(std::exchange(other.file_, -1)),
      size_bytes_(other.size_bytes_),
      waiting_(std::move(other.waiting_)),
      seen_(std::move(other.seen_)),
      first_id_(std::move(other.first_id_)) {}

Spool::~Spool() {
  for (const int descriptor : {file_, lock_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

Result<Spool> Spool::open(const std::string& folder, const std::string& destination, std::int64_t wall_ms) {
  Spool spool;
  if (folder.empty()) return spool;
  ::mkdir(folder.c_str(), 0700);
  spool.path_ = folder + "/" + sha256_hex(destination).substr(0, 32) + ".queue";
  spool.lock_ = ::open((spool.path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivate);
  if (spool.lock_ < 0) return unusable("opened");
  for (std::int64_t waited_ms = 0; ::flock(spool.lock_, LOCK_EX | LOCK_NB) != 0; waited_ms += kLockTick_ms) {
    if (errno != EWOULDBLOCK && errno != EINTR) return unusable("locked");
    if (waited_ms >= kSpoolWait_ms)
      return fail(ErrorCode::kUnavailable, fmt::format("another process has used the spool of {} for more than {} s",
                                                       destination, kSpoolWait_ms / 1000));
    std::this_thread::sleep_for(std::chrono::milliseconds(kLockTick_ms));
  }
  if (auto taken = spool.read(wall_ms); !taken) return fail(std::move(taken.error()));
  if (auto done = spool.compact(wall_ms); !done) return fail(std::move(done.error()));
  return spool;
}

// A last line that a crash cut off was never acknowledged, and is left out.
Result<void> Spool::read(std::int64_t wall_ms) {
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  while (std::getline(file, line) && !file.eof()) {
    const auto entry = parse_json(line);
    if (!entry) return fail(ErrorCode::kInternal, fmt::format("the spool {} is damaged; move it away", path_));
    if (find_member(*entry, "put") != nullptr) {
      Spooled one;
      one.parcel.key = string_member(*entry, "put");
      one.parcel.method = string_member(*entry, "method", "POST");
      one.parcel.path = string_member(*entry, "path");
      one.parcel.body = string_member(*entry, "body");
      one.parcel.last = entry->value("last", true);
      one.message_id = string_member(*entry, "message");
      waiting_.push_back(std::move(one));
    } else if (find_member(*entry, "done") != nullptr) {
      pop(string_member(*entry, "done"));
    } else if (entry->value("at", std::int64_t{0}) + kRemember_ms > wall_ms) {
      seen_[string_member(*entry, "seen")] = entry->value("at", std::int64_t{0});
    }
  }
  return {};
}

// The file anew, with what still matters only.
Result<void> Spool::compact(std::int64_t wall_ms) {
  std::string lines;
  for (const auto& [id, at] : seen_) {
    if (at + kRemember_ms > wall_ms) lines += dump_json({{"seen", id}, {"at", at}}) + "\n";
  }
  if (!first_id_.empty()) {  // said again of a parcel that is done
    lines +=
        dump_json(line_of({.parcel = {.key = {}, .body = {}, .path = {}, .last = false}, .message_id = {}})) + "\n";
    lines += dump_json({{"done", first_id_}}) + "\n";
  }
  for (const Spooled& one : waiting_)
    lines += dump_json(line_of(one)) + "\n";
  const std::string fresh = path_ + "~";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kPrivate);
  if (file < 0) return unusable("written");
  if (!write_all(file, lines) || ::fsync(file) != 0 || ::rename(fresh.c_str(), path_.c_str()) != 0) {
    const auto error = unusable("written");
    ::close(file);
    return error;
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  size_bytes_ = lines.size();
  return {};
}

Result<void> Spool::append(const std::string& lines, bool durable) {
  if (path_.empty()) return {};
  if (!write_all(file_, lines) || (durable && ::fdatasync(file_) != 0)) return unusable("written");
  size_bytes_ += lines.size();
  return {};
}

Result<void> Spool::put(const std::vector<Spooled>& parcels, const std::vector<std::string>& seen,
                        std::int64_t wall_ms) {
  std::string lines;
  for (const Spooled& one : parcels)
    lines += dump_json(line_of(one)) + "\n";
  for (const std::string& id : seen)
    lines += dump_json({{"seen", id}, {"at", wall_ms}}) + "\n";
  if (waiting_.size() + parcels.size() > kMaxSpooled || size_bytes_ + lines.size() > kMaxSpool_bytes) {
    return fail(ErrorCode::kTooLarge, fmt::format("the spool is full: {} parcels wait, at most {} and {} MiB may",
                                                  waiting_.size(), kMaxSpooled, kMaxSpool_bytes >> 20U));
  }
  if (auto written = append(lines, true); !written) return written;
  waiting_.insert(waiting_.end(), parcels.begin(), parcels.end());
  for (const std::string& id : seen)
    seen_[id] = wall_ms;
  return {};
}

void Spool::pop(const std::string& first_id) {
  if (waiting_.empty()) return;
  first_id_ = waiting_.front().parcel.last ? "" : first_id;
  waiting_.pop_front();
}

Result<void> Spool::done(const std::string& first_id) {
  pop(first_id);
  return append(dump_json({{"done", first_id_}}) + "\n", false);
}

bool Spool::was_seen(const std::string& id, std::int64_t wall_ms, std::int64_t window_ms) const {
  const auto found = seen_.find(id);
  return found != seen_.end() && wall_ms - found->second < window_ms;
}

}  // namespace commandcenter::notifier
