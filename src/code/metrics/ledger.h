// The book of functions that a reader keeps: which one the tokens belong to now, what surrounds it, what it counted.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code/metrics/token.h"

namespace commandcenter::code::metrics {

struct Entry {
  std::string name;
  std::string long_name;  // with its parameters as they are written
  std::size_t line = 0;
  std::size_t end_line = 0;
  std::ptrdiff_t lines_of_code = 1;
  std::size_t tokens = 1;
  int cyclomatic = 1;
  std::vector<std::string> parameters;

  void add_to_name(std::string_view text);
  void add_to_long_name(std::string_view text);
  void add_parameter(std::string_view token);
  std::size_t parameter_count() const;
};

class Ledger {
 public:
  Ledger();

  Entry& current() { return *current_; }
  bool in_global() const { return current_ == global_; }
  bool is_global(const Entry& entry) const { return &entry == global_.get(); }
  const Entry* parent() const { return pushed_.empty() ? nullptr : pushed_.back().get(); }

  void add_condition(int count = 1) { current_->cyclomatic += count; }
  void add_lines(std::ptrdiff_t count);
  void parameter(std::string_view token) { current_->add_parameter(token); }

  // A function may begin here: everything counts for it until the next word that could begin one.
  void try_function(std::string_view name);
  void confirm_function();  // it does
  void restart_function(std::string_view name);
  void push_function(std::string_view name);  // inside the current one, which goes on afterwards
  void end_function();

  // Blocks. The next one after confirm_function() is the function's.
  void open_block();
  void open_namespace(std::string_view name);
  void close_block();

  std::size_t line = 0;
  bool first_on_line = true;    // the token that is being read
  bool awaits_text = false;     // Python: the next token may document the function
  bool forgive = false;         // the function that ends next is left out
  bool forgive_global = false;  // code outside functions is

  // In the order in which they ended; one that ended twice is there twice.
  const std::vector<std::shared_ptr<Entry>>& functions() const { return functions_; }

 private:
  struct Block {
    std::size_t prefix_length = 0;  // of the names around it
    bool is_function = false;
  };

  std::shared_ptr<Entry> global_;
  std::shared_ptr<Entry> current_;
  std::shared_ptr<Entry> pending_;
  std::vector<std::shared_ptr<Entry>> pushed_;
  std::vector<Block> blocks_;
  std::vector<std::shared_ptr<Entry>> open_functions_;  // those of blocks_
  std::string prefix_;                                  // what the blocks put before a name
  std::vector<std::shared_ptr<Entry>> functions_;
};

}  // namespace commandcenter::code::metrics
