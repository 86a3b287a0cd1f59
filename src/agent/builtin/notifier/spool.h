// What is still to be sent to one destination, in order, on disk until it is done.
//
// One file for each destination, a JSON value a line: parcels that were put in, how many of them are done, and ids that
// were seen. put() returns when its parcels are on disk. What is done is written without waiting for the disk: after a
// crash of the machine the last few are sent again, with the same idempotency keys. Without a folder all is in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "agent/builtin/notifier/services.h"
#include "base/result.h"

namespace commandcenter::notifier {

inline constexpr std::size_t kMaxSpooled = 100'000;         // parcels
inline constexpr std::size_t kMaxSpool_bytes = 512U << 20;  // of one destination's file
inline constexpr std::int64_t kRemember_ms = 86'400'000;    // ids of messages, so that none is taken twice
inline constexpr std::int64_t kSpoolWait_ms = 60'000;       // for another process that uses the same spool

// A parcel with the message it is a part of.
struct Spooled {
  Parcel parcel;
  std::string message_id;
};

class Spool {
 public:
  // Reads what is left of earlier calls. Blocks while another process uses it, for at most kSpoolWait_ms.
  static Result<Spool> open(const std::string& folder, const std::string& destination, std::int64_t wall_ms);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  Result<void> put(const std::vector<Spooled>& parcels, const std::vector<std::string>& seen, std::int64_t wall_ms);
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  const Spooled& front() const { return waiting_.front(); }
  // The front one is done. `first_id` is what the service called the first part of its message.
  Result<void> done(const std::string& first_id);
  const std::string& first_id() const { return first_id_; }  // of the front one's message, if it was begun

  // When an id was put in, if that was within the last `window_ms`.
  bool was_seen(const std::string& id, std::int64_t wall_ms, std::int64_t window_ms) const;

 private:
  Spool() = default;
  Result<void> read(std::int64_t wall_ms);
  void pop(const std::string& first_id);
  Result<void> compact(std::int64_t wall_ms);
  Result<void> append(const std::string& lines, bool durable);

  std::string path_;  // empty: memory only
  int lock_ = -1;
  int file_ = -1;
  std::size_t size_bytes_ = 0;
  std::deque<Spooled> waiting_;
  std::map<std::string, std::int64_t> seen_;
  std::string first_id_;
};

}  // namespace commandcenter::notifier
