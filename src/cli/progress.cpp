#include "cli/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "base/quantity.h"
#include "cli/output.h"

namespace commandcenter::cli {

void Progress::clear_last_line() {
  if (!last_line_shown_) return;
  std::fputs("\r\033[K", stdout);
  last_line_shown_ = false;
}

void Progress::line(const std::string& node, const std::string& text) {
  if (quiet_) return;
  clear_last_line();
  name_width_ = std::max(name_width_, node.size());
  std::printf("  %s  %s\n", paint(fmt::format("{:<{}}", node, name_width_), Colour::kBold, terminal_).c_str(),
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
        line(node, paint("│ ", Colour::kGrey, terminal_) + printable(words));
      }
      from = end + 1;
    }
    return;
  }
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
      running_since_ms_[node] = clock_.monotonic_ms();
      line(node, "started");
    } else if (status != "PENDING") {
      std::string text = paint(status, status_colour(status), terminal_);
      if (const auto since = running_since_ms_.find(node); since != running_since_ms_.end()) {
        text += fmt::format(" in {}", format_duration(clock_.monotonic_ms() - since->second));
        running_since_ms_.erase(since);
      }
      if (const std::string error = string_member(change, "error"); !error.empty()) text += ": " + printable(error);
      line(node, text);
    }
  }
}

void Progress::tick() {
  if (!terminal_ || quiet_) return;
  if (running_since_ms_.empty()) return clear_last_line();
  static constexpr std::array<std::string_view, 10> kFrames{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  std::string text;
  for (const auto& [node, since_ms] : running_since_ms_) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", node, format_duration(clock_.monotonic_ms() - since_ms));
  }
  std::printf("\r\033[K  %s %s", std::string(kFrames[++frame_ % kFrames.size()]).c_str(), text.c_str());
  std::fflush(stdout);
  last_line_shown_ = true;
}

void Progress::finish() {
  clear_last_line();
  std::fflush(stdout);
}

}  // namespace commandcenter::cli
