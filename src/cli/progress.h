// A run as it happens, for the terminal: one line for each thing that changed, and on a terminal a last line that shows
// what is running and for how long. Fed with the events of engine::event_json and log events.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace commandcenter::cli {

class Progress {
 public:
  struct Looks {
    bool is_quiet = false;       // says nothing, only follows the status
    bool has_last_line = false;  // shows what is running
    bool has_colours = false;
  };
  static Looks looks(bool is_quiet);  // as standard output can show it

  Progress(Clock& clock, Looks looks) : clock_(clock), looks_(looks) {}

  void event(const Json& event);
  void tick();    // redraws the last line
  void finish();  // removes it

  // The run's status as of the last event; empty before the first.
  const std::string& status() const { return status_; }
  bool ended() const { return status_ == "SUCCESS" || status_ == "FAILED" || status_ == "CANCELLED"; }

 private:
  void line(const std::string& node, const std::string& text);
  void clear_last_line();

  Clock& clock_;
  const Looks looks_;
  std::string status_;
  std::map<std::string, std::int64_t> running_since_ms_;  // Unix time
  std::map<std::string, std::string> node_status_;
  std::size_t name_width_ = 8;
  bool last_line_shown_ = false;
  std::size_t frame_ = 0;
};

}  // namespace commandcenter::cli
