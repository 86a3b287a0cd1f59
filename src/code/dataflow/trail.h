// Where data may get within a file, told from its clauses: what is put into a name is in all clauses that read the
// name. Where a flow is possible it is one. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "code/dataflow/clauses.h"

namespace commandcenter::code::dataflow {

class Trail {
 public:
  Trail(const Clauses& clauses, Grammar grammar);

  // Data comes in at these places.
  void from(std::span<const std::uint32_t> places);
  // The parameter behind this mark.
  void from_param(std::uint32_t place);
  // All parameters of the functions whose heads are at this place or follow it soon.
  void from_head(std::uint32_t place, bool all_behind);
  bool reaches(std::uint32_t place) const;
  std::vector<std::uint32_t> returns() const;  // places at which a function may give it to its caller
  // Places at which a function may put it where others find it that it has nothing to do with.
  const std::vector<std::uint32_t>& shelves() const { return shelves_; }

 private:
  enum Held : std::uint8_t { kNothing, kValue, kUsed };  // kValue: what the clause makes, not what is in it

  void index();
  void hold(std::uint32_t clause, Held held, std::uint32_t place);
  void enter(std::uint32_t name);
  void enter_params(std::uint32_t function);
  void enter_functions(std::uint32_t name);
  void enter_callers(std::uint32_t name);
  void run();
  void spread(std::uint32_t clause, Held held);
  void leave_function(const Clause& clause);
  void call(std::uint32_t name);
  void enter_arguments(std::uint32_t name);
  void enter_all_known_as(std::uint32_t name);
  void leave_by_another_name(const ClauseFunction& function);
  void put_on_shelf(std::uint32_t word, Held held);
  void put_into_queue(std::uint32_t word, Held held);
  bool is_use(const ClauseWord& word) const;
  bool is_variable(const ClauseWord& word) const;
  bool is_given(const ClauseWord& word, const Clause& clause) const;
  bool takes(std::uint32_t word, std::uint32_t last) const;
  std::span<const std::uint32_t> words_of(std::uint32_t clause) const;

  const Clauses& clauses_;
  Grammar grammar_;
  bool typed_;                               // types are written
  std::vector<std::uint32_t> clause_begin_;  // into clause_words_
  std::vector<std::uint32_t> clause_words_;
  std::vector<std::uint32_t> name_begin_;  // into name_words_
  std::vector<std::uint32_t> name_words_;
  std::vector<std::vector<std::uint32_t>> functions_;  // by name
  std::vector<std::vector<std::uint32_t>> taking_;     // by name: functions with a parameter of that name
  std::vector<std::vector<std::uint32_t>> heads_;      // by clause: functions whose heads it holds
  std::vector<bool> given_;                            // by name: a value is put into it somewhere
  std::vector<std::uint32_t> last_;                    // by clause: where the data in it stands at the latest
  std::vector<Held> held_;                             // by clause
  std::vector<Held> queued_;                           // by clause: as what it waits
  std::vector<bool> called_in_;                        // by clause: functions in it are called with the data
  std::vector<bool> entered_;                          // by name
  std::vector<bool> handed_;                           // by name: its functions have what they are given
  std::vector<bool> filled_;                           // by name: what takes it gives it to its callers
  std::vector<bool> called_;                           // by name: what is handed over for it is called
  std::vector<bool> refers_;                           // by name: it is a parameter that is a reference
  std::vector<std::uint32_t> runners_;                 // PHP: names of what runs functions that are named in quotes
  bool has_queues_ = false;
  std::vector<std::uint32_t> shelves_;
  std::vector<std::pair<std::uint32_t, Held>> waiting_;
};

}  // namespace commandcenter::code::dataflow
