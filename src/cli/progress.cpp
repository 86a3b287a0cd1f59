#include "cli/progress.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "base/quantity.h"
#include "cli/output.h"

namespace commandcenter::cli {

namespace {

// What iso8601 writes, back into Unix time.
std::optional<std::int64_t> wall_ms_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute, &second,
                  &millisecond) != 7)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const std::chrono::milliseconds at = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                                       std::chrono::minutes(minute) + std::chrono::seconds(second) +
                                       std::chrono::milliseconds(millisecond);
  return at.count();
}

}  // namespace

Progress::Looks Progress::looks(bool is_quiet) {
  return {is_quiet, is_terminal(stdout), has_colours(stdout)};
}

void Progress::clear_last_line() {
  if (!last_line_shown_) return;
  std::fputs("\r\033[K", stdout);
  last_line_shown_ = false;
}

void Progress::line(const std::string& node, const std::string& text) {
  if (looks_.is_quiet) return;
  clear_last_line();
  name_width_ = std::max(name_width_, node.size());
  std::printf("  %s  %s\n", paint(fmt::format("{:<{}}", node, name_width_), Colour::kBold, looks_.has_colours).c_str(),
              text.c_str());
  std::fflush(stdout);
}

void Progress::event(const Json& event) {
  const std::string type = string_member(event, "type");
  if (type == "log") {
    const std::string node = string_member(event, "nodeId");
    const std::string text = string_member(event, "text");
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      const std::string_view words = std::string_view(text).substr(from, end - from);
      if (!words.starts_with("{\"error\":")) {  // the agent's own report is shown when the node ends
        line(node, paint("│ ", Colour::kGrey, looks_.has_colours) + printable(words));
      }
      from = end + 1;
    }
    return;
  }
  // A run that is watched late brings events of long ago: what counts is when they happened, not when they came.
  const std::int64_t at_ms = wall_ms_of(string_member(event, "at")).value_or(clock_.wall_ms());
  if (const std::string status = string_member(event, "status"); !status.empty()) status_ = status;
  const Json* nodes = find_member(event, "nodes");
  if (nodes == nullptr || !nodes->is_array()) return;
  for (const Json& change : *nodes) {
    const std::string node = string_member(change, "nodeId");
    const std::string status = string_member(change, "status");
    std::string& shown = node_status_[node];
    if (status == shown) continue;
    shown = status;
    if (status == "RUNNING") {
      running_since_ms_[node] = at_ms;
      line(node, "started");
    } else if (status != "PENDING") {
      std::string text = paint(status, status_colour(status), looks_.has_colours);
      if (const auto since = running_since_ms_.find(node); since != running_since_ms_.end()) {
        text += fmt::format(" in {}", format_duration(std::max<std::int64_t>(0, at_ms - since->second)));
        running_since_ms_.erase(since);
      }
      if (const std::string error = string_member(change, "error"); !error.empty()) text += ": " + printable(error);
      line(node, text);
    }
  }
}

void Progress::tick() {
  if (!looks_.has_last_line || looks_.is_quiet) return;
  if (running_since_ms_.empty()) return clear_last_line();
  static constexpr std::array<std::string_view, 10> kFrames{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  std::string text;
  for (const auto& [node, since_ms] : running_since_ms_) {
    const std::int64_t running_ms =
        std::max<std::int64_t>(0, clock_.wall_ms() - since_ms);  // a server's clock may differ
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", node, format_duration(running_ms));
  }
  // One line, never more: what wraps is not cleared. The last column stays free, some terminals wrap when it is filled.
  const std::string shown = fmt::format("  {} {}", kFrames[++frame_ % kFrames.size()], printable(text));
  std::printf("\r\033[K%s", cut_to(shown, terminal_columns(stdout) - 1).c_str());
  std::fflush(stdout);
  last_line_shown_ = true;
}

void Progress::finish() {
  clear_last_line();
  std::fflush(stdout);
}

}  // namespace commandcenter::cli
