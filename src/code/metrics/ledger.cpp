#include "code/metrics/ledger.h"

#include <algorithm>
#include <utility>

namespace commandcenter::code::metrics {
namespace {

constexpr std::string_view kGlobalName = "*global*";
constexpr std::size_t kMaxName_bytes = 4'096;  // what is appended beyond is dropped

void append(std::string& text, std::string_view more) {
  if (text.size() + more.size() <= kMaxName_bytes) text += more;
}

// What may stand behind a parameter's name: a default, a type, one line each, and the last may end it.
bool is_tail(std::string_view text) {
  for (const char mark : {'=', ':'}) {
    if (text.size() < 2 || text[1] != mark || !is_space(static_cast<unsigned char>(text[0]))) continue;
    text.remove_prefix(std::min(text.find('\n', 2), text.size()));
  }
  return text.empty() || text == "\n";
}

// True for "int a", "a = 1" and "a : T".
bool is_named(const std::string& parameter) {
  std::size_t at = 0;
  while (at < parameter.size()) {
    const std::size_t end = word_end(parameter, at);
    if (end > at && is_tail(std::string_view(parameter).substr(end))) return true;
    at = end > at ? end : at + character_at(parameter, at).length;
  }
  return false;
}

}  // namespace

void Entry::add_to_name(std::string_view text) {
  append(name, text);
  append(long_name, text);
}

void Entry::add_to_long_name(std::string_view text) {
  if (!long_name.empty() && is_letter(static_cast<unsigned char>(long_name.back())) && begins_with_letter(text))
    append(long_name, " ");
  append(long_name, text);
}

void Entry::add_parameter(std::string_view token) {
  add_to_long_name(" ");
  append(long_name, token);
  if (parameters.empty()) {
    parameters.emplace_back(token);
  } else if (token == ",") {
    parameters.emplace_back();
  } else {
    append(parameters.back(), " ");
    append(parameters.back(), token);
  }
}

std::size_t Entry::parameter_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(parameters, is_named));
}

Ledger::Ledger() : global_(std::make_shared<Entry>()) {
  global_->name = kGlobalName;
  global_->long_name = kGlobalName;
  current_ = global_;
}

void Ledger::add_lines(std::ptrdiff_t count) {
  current_->lines_of_code = current_->lines_of_code + count;
  current_->end_line = line;
  first_on_line = count > 0;
}

void Ledger::try_function(std::string_view name) {
  if (current_.use_count() == 1) {  // nobody else knows the one before: it was none
    *current_ = Entry{};
  } else {
    current_ = std::make_shared<Entry>();
  }
  std::string full = prefix_;
  append(full, name);
  current_->name = full;
  current_->long_name = std::move(full);
  current_->line = line;
  current_->end_line = line;
}

void Ledger::confirm_function() {
  pending_ = current_;
  current_->cyclomatic = 1;
}

void Ledger::restart_function(std::string_view name) {
  try_function(name);
  confirm_function();
}

void Ledger::push_function(std::string_view name) {
  pushed_.push_back(current_);
  restart_function(name);
}

void Ledger::end_function() {
  if (!forgive && (current_ != global_ || !forgive_global)) functions_.push_back(current_);
  forgive = false;
  if (pushed_.empty()) {
    current_ = global_;
  } else {
    current_ = std::move(pushed_.back());
    pushed_.pop_back();
  }
}

void Ledger::open_block() {
  blocks_.push_back({prefix_.size(), pending_ != nullptr});
  if (pending_ == nullptr) return;
  append(prefix_, pending_->name);
  append(prefix_, ".");
  open_functions_.push_back(std::exchange(pending_, nullptr));
}

void Ledger::open_namespace(std::string_view name) {
  pending_ = nullptr;
  blocks_.push_back({prefix_.size(), false});
  if (name.empty()) return;
  append(prefix_, name);
  append(prefix_, "::");
}

void Ledger::close_block() {
  pending_ = nullptr;
  if (blocks_.empty()) return;
  const Block block = blocks_.back();
  blocks_.pop_back();
  prefix_.resize(block.prefix_length);
  if (!block.is_function) return;
  open_functions_.pop_back();
  const std::size_t end_line = current_->end_line;
  end_function();
  current_ = open_functions_.empty() ? global_ : open_functions_.back();
  current_->end_line = end_line;
}

}  // namespace commandcenter::code::metrics
