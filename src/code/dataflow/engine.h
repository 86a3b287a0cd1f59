// The parts of the engine: one object runs one module.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/call.h"
#include "code/dataflow/conditions.h"
#include "code/dataflow/dataflow.h"
#include "code/dataflow/frame.h"
#include "code/dataflow/pattern_tests.h"

namespace commandcenter::code::dataflow {

class Engine : private Conditions {
 public:
  explicit Engine(const Module& module, Shelf shelf = {});
  std::vector<Flaw> run();
  // Something was put there behind the functions that look for it: with what lies there now they find it.
  bool came_late() const { return came_late_; }
  const Shelf& shelf() const { return shelf_; }

 private:
  // What is done in many steps is a class of its own inside the engine, in the file that is about it.
  class Part;

  // engine.cpp
  static bool fills_object(const Function& function);
  void run_entry(std::size_t function);
  bool is_idle(const Function& function) const;
  void fill_members();
  void keep_fields(const Function& function, const Env& env);
  void keep_fields_of(std::string_view owner, const Box& after, const Env& env);
  std::uint32_t own_box(std::string_view owner);
  bool keep_members(const Value& object, const Env& env);
  std::uint32_t place_of_param(const Function& function, const Param& param) const;
  ValuePtr parameter(const Function& function, const Param& param, bool callback);
  ValuePtr injected(const Function& function, const Param& param, Env& env);
  bool is_block(const Value& value) const;
  ValuePtr rest_of(const Function& function, const Param& param, const std::vector<Argument>& arguments,
                   std::size_t position, Env& env);
  bool takes(const Function& function, std::string_view name) const;
  static bool is_reference(const Param& param) { return param.marks.ends_with('&'); }  // of PHP
  void note_filled(const Env& env);
  void keep_filled(const Function& function, Flow end, const Env& env);
  void bind(const Function& function, const std::vector<Argument>& arguments, bool callback, Env& env);
  std::string marks_of(const Function& function) const;
  std::string declared(const Function& function) const;
  bool is_marked(const Marked& marked, const std::string& text) const;
  bool has_mark(const std::vector<Marked>& list, const std::string& text) const;
  bool is_entry(const Function& function);
  bool is_left_to_others(const Function& function) const;
  bool is_users(const std::string& param);
  std::string declared(const Param& param) const;
  bool is_request_pattern(const Function& function, const Param& param) const;
  bool is_except(const Param& param);
  std::string_view field_type(std::string_view type, std::string_view name) const;
  bool is_checked_member(std::string_view type, std::string_view name) const;
  bool is_safe(std::string_view type) const;
  bool spent() { return ++steps_ > kMaxFunctionSteps; }
  // Offsets of other files mean nothing here: the call stands for them.
  std::uint32_t place_of(std::uint32_t offset) const { return foreign_ > 0 ? call_offset_ : offset; }
  std::string_view written(IrId id) const;
  Env copy(const Env& env);

  // function_runs.cpp
  class FunctionRun;
  ValuePtr run_function(std::size_t function, const std::vector<Argument>& arguments, std::uint32_t self, Env& env,
                        bool callback);

  // statements.cpp
  Flow exec(IrId id, Env& env);
  Flow exec_block(IrId id, Env& env);
  Flow exec_if(IrId id, Env& env);
  Flow exec_try(IrId id, Env& env);
  void keep_boxes(const Value& value, const Env& env, int depth);
  ValuePtr either_given(const ValuePtr& a, const ValuePtr& b, Env& env, int depth);
  void give(const ValuePtr& value, Env& env);
  Flow exec_return(IrId id, Env& env);
  void take_breaks(Env& env);
  void absorb(std::uint32_t id, std::uint32_t other, Env& env);
  void merge(Env& into, const Env& other);

  // loops.cpp, switches.cpp
  class Each;
  class Switch;
  static ValuePtr keys_of(const Value& source);
  Flow exec_loop(IrId id, Env& env);
  Flow exec_each(IrId id, Env& env);
  Flow exec_switch(IrId id, Env& env);

  // shown_pages.cpp
  std::optional<std::size_t> page_named(std::string_view text, bool ending) const;
  void run_page(std::size_t index, Env& env);
  bool show_page(const Call& call, Env& env);

  // expressions.cpp
  class Evaluation;
  ValuePtr eval(IrId id, Env& env);
  ValuePtr eval_node(IrId id, Env& env);
  ValuePtr eval_field(IrId id, Env& env);

  // indexes.cpp
  class Index;
  ValuePtr eval_index(IrId id, Env& env);

  // names.cpp
  class NamedValue;
  ValuePtr eval_name(IrId id, Env& env);
  bool holds_field(std::string_view name, const Env& env) const;
  bool is_qualified_type(IrId id, const Env& env) const;
  std::optional<std::size_t> accessor(const ValuePtr& object, std::string_view name, bool sets) const;
  bool is_class(const Value& object) const;
  ValuePtr constant_of(const ValuePtr& object, std::string_view name) const;
  ValuePtr imported_constant(std::string_view path) const;
  ValuePtr from_source(const Entry& entry, IrId id);

  // members.cpp
  class Member;
  ValuePtr member(const ValuePtr& object, std::string_view name, IrId id, Env& env);
  static ValuePtr column(const ValuePtr& value, std::string_view name);

  // assignments.cpp
  void check_assign(IrId target, const ValuePtr& value, Env& env);
  void check_store(const std::string& path, const std::string& typed, const std::vector<ValuePtr>& values, IrId id,
                   Env& env);
  void check_chosen(const ValuePtr& name, IrId id, Env& env);
  class Assignment;
  ValuePtr eval_assign(IrId id, Env& env);
  bool is_structure(std::string_view type) const;
  ValuePtr member_container(IrId field, const ValuePtr& held, Env& env);
  std::string_view type_of_field(IrId target) const;
  void set_by_magic(const ValuePtr& object, std::string_view name, const ValuePtr& value, Env& env);
  void assign(IrId target, const ValuePtr& value, Env& env);
  bool begins(IrId name, const Env& env) const;
  void assign_index(IrId target, const ValuePtr& value, Env& env);
  std::optional<std::size_t> rest_place(IrId list) const;
  void assign_list(IrId target, const ValuePtr& value, Env& env);
  void assign_map(IrId target, const ValuePtr& value, Env& env);
  ValuePtr rest_of_map(IrId target, const ValuePtr& value, Env& env);
  void bind(std::string_view name, ValuePtr value, std::uint32_t offset, Env& env);

  // fold.cpp
  class Operation;
  ValuePtr binary(std::string_view op, const ValuePtr& left, const ValuePtr& right, Env& env);
  std::optional<bool> truth(const Value& value, const Env& env) const;
  using Named = std::map<std::string, ValuePtr, std::less<>>;
  class Format;
  ValuePtr format(const Value& pattern, const std::vector<ValuePtr>& values, bool percent, const Env& env,
                  const Named* names = nullptr) const;
  ValuePtr text_method(const Call& call, Env& env);
  ValuePtr parts_of(const Call& call, Env& env);

  // known_texts.cpp
  static ValuePtr constant_call(const Call& call);
  ValuePtr address_of_parts(const Call& call, const Env& env) const;
  ValuePtr substituted(const Call& call, const Env& env);
  static ValuePtr part_of_text(const Value& text, std::optional<std::int64_t> from, std::optional<std::int64_t> to);
  ValuePtr eval_slice(IrId id, const ValuePtr& object, Env& env);

  // script_values.cpp, python_values.cpp
  ValuePtr map_of_pairs(const ValuePtr& pairs, std::string type, Env& env);
  ValuePtr gathered(const Value& list, const ValuePtr& code, ValuePtr first, Env& env);
  ValuePtr mapped_each(const Call& call, Env& env);
  ValuePtr part_in_script(const Call& call, Env& env);
  ValuePtr known_of_language(const Call& call, Env& env);
  ValuePtr copied(const ValuePtr& value, Env& env);
  ValuePtr changed_map(const Call& call, Env& env);
  ValuePtr parts_of_map(const Call& call, Env& env);
  ValuePtr known_of_python(const Call& call, Env& env);
  bool take_sections(const Call& call, Box& box, const Env& env) const;
  std::optional<bool> fits(IrId pattern, const ValuePtr& value, Env& env, int depth);
  std::vector<bool> cases_left_out(IrId id, const ValuePtr& value, bool& has_default, Env& env);

  // boxes.cpp
  ValuePtr turn_of(IrId over, const ValuePtr& container, const Env& env) const;
  ValuePtr at_key(const ValuePtr& container, const ValuePtr& key, const Env& env) const;
  std::optional<ValuePtr> box_method(const Call& call, Env& env);
  class ListCall;
  std::optional<ValuePtr> list_method(const Call& call, Box& box, Env& env);
  std::optional<ValuePtr> optional_method(const Call& call, Box& box, Env& env);
  std::string typed_as(std::string_view type, std::string_view name) const;
  class MapCall;
  std::optional<ValuePtr> map_method(const Call& call, Box& box, Env& env);
  std::optional<ValuePtr> builder_method(const Call& call, Box& box, Env& env);

  // lacking.cpp
  ValuePtr made_by(const Value& maker, const ValuePtr& given, Env& env);
  ValuePtr map_with_default(const Call& call, Env& env);
  void add_lacking(const ValuePtr& map, const Value& key, Env& env);
  std::optional<ValuePtr> put_if_lacking(const Call& call, Box& box, Env& env);

  // calls.cpp
  ValuePtr eval_call(IrId id, Env& env);
  ValuePtr eval_new(IrId id, Env& env);
  ValuePtr eval_tagged(IrId id, Env& env);
  ValuePtr eval_yield(IrId id, Env& env);
  void arguments_of(std::span<const IrId> kids, Call& call, Env& env);
  ValuePtr invoke(Call& call, Env& env);
  void run_made(const Call& call, const Value& made, Env& env);
  bool shares_names(std::size_t index) const;
  ValuePtr run_closure(std::size_t index, const std::vector<Argument>& arguments, Env& env);
  void take_shared(const Function& function, const Env& inner, Env& env);
  void keep_written(std::size_t index, const Env& inner);
  void take_written(Env& env);
  std::optional<ValuePtr> known_function(const Call& call, Env& env);
  bool is_one_of(std::string_view type, std::string_view wanted) const;
  std::optional<ValuePtr> method_below(const Call& call, std::uint32_t object, Env& env);
  std::optional<ValuePtr> method_by_name(IrId id, Env& env);
  std::optional<ValuePtr> implementations(const Call& call, std::string_view type, Env& env);
  void take_filled(const Call& call, Env& env);
  std::optional<ValuePtr> nameless_method(const Call& call, std::string_view type, Env& env);
  class Filling;
  void fill(const Call& call, Env& env);
  const std::string& spelled(IrId id) const;
  std::string spelling(IrId id) const;
  std::vector<const Entry*> entries_for(Role role, const Call& call) const;
  std::vector<const Entry*> found_for(Role role, const Call& call) const;
  bool may_omit_object() const;
  void add_builders(Box& box, std::string_view type, Env& env);
  void add_begun(Box& box, std::string_view type, Env& env);
  ValuePtr make_object(std::string_view type, Call& call, Env& env);
  ValuePtr tuples_of(const Call& call, Env& env);
  ValuePtr make_container(const Call& call, Env& env);
  ValuePtr record_of(const Call& call, const ValuePtr& given) const;
  ValuePtr object_of_ruby(Call& call, Env& env);
  bool is_of_class(const Function& function) const;
  std::size_t of_kind(std::size_t index, bool of_class) const;
  ValuePtr held_by_object(std::string_view name, const Env& env) const;
  std::vector<std::string_view> members_of(std::string_view type) const;
  ValuePtr as_text(const ValuePtr& value, Env& env);
  void prove_converted(IrId statement, Env& env);
  std::pair<std::string_view, IrId> sought_in(IrId loop, const Env& env) const;
  bool leaves(IrId id, Env& env);

  // callbacks.cpp
  std::optional<ValuePtr> call_of_function(const Call& call, Env& env);
  ValuePtr given_back(const Call& call, const Env& env);
  void learn(const Call& call, Env& env);
  ValuePtr names_of_members(const Call& call, Env& env);
  ValuePtr mapped_by_name(const Call& call, Env& env);
  ValuePtr given_by_callback(const Call& call, const ValuePtr& mapped, Env& env);
  ValuePtr fed(const Entry& entry, const Param& param);
  void run_task(const Call& call, const Value& task, Env& env);
  ValuePtr held_by_list(const Call& call, const ValuePtr& guessed, const std::vector<Taint>& held,
                        const Env& env) const;
  std::vector<Argument> for_block(std::size_t function, const Value& of, const ValuePtr& item, const Env& env) const;
  class Callback;
  ValuePtr run_callbacks(const Call& call, Env& env);
  ValuePtr run_reference(const Call& call, const Argument& argument, Env& env);

  // settled.cpp
  ValuePtr settled(const Call& call, Env& env);
  void learn_settled(const Call& call, Env& env);

  // handed_over.cpp
  ValuePtr method_handed_over(const ValuePtr& object, std::string_view name) const;
  std::optional<std::size_t> function_of(const Value& value) const;
  ValuePtr run_any(std::uint32_t box, const std::vector<Argument>& arguments, Env& env);
  ValuePtr run_value(const Value& code, std::vector<Argument> arguments, Env& env);
  void add_packed(const Argument* packed, std::vector<Argument>& arguments, const Env& env);
  ValuePtr partly_given(const Call& call, Env& env);
  void add_given_before(const Value& code, Call& call, const Env& env) const;
  ValuePtr run_for_each(const Call& call, const Value& code, bool spread, Env& env);
  std::optional<ValuePtr> run_queued(const Call& call, Env& env);
  std::optional<ValuePtr> run_handed_over(const Call& call, Env& env);

  // kinds.cpp
  std::optional<std::size_t> function_named(std::string_view name, std::string_view owner, std::size_t arguments,
                                            std::string_view from = {}, std::span<const Argument> given = {}) const;
  const Ancestors& ancestors(std::string_view type) const;
  std::optional<int> steps_below(std::string_view type, std::string_view ancestor) const;
  std::optional<std::size_t> inherited(std::string_view name, std::string_view owner, std::size_t arguments) const;
  std::optional<std::size_t> constructor_above(std::string_view owner, std::size_t arguments) const;
  std::vector<std::size_t> overrides(std::string_view name, std::string_view owner) const;
  std::string_view kind_named(std::string_view type) const;
  std::optional<ValuePtr> extension_method(const Call& call, Env& env);
  std::optional<ValuePtr> own_method(const Call& call, std::string_view type, Env& env);
  std::optional<ValuePtr> method_of_case(const Call& call, Env& env);
  bool is_chained_scope(const Call& call) const;
  std::optional<ValuePtr> method_of_any(const Call& call, std::string_view type, Env& env);
  bool only_promises(std::size_t function) const;
  ValuePtr run_own(std::size_t index, const Call& call, std::uint32_t object, Env& env);
  bool may_refuse(std::size_t function);
  Contexts proven_on_return(std::size_t function, const Param& param, Env& env);
  std::optional<std::size_t> function_called(IrId call, Env& env);
  void prove_by_return(IrId call, Env& env);
  void take_return(const Env& env);

  // vetted.cpp, wrong_escapes.cpp
  void prove_by_rules(const Call& call, Env& env);
  ValuePtr part_of_list(const Call& call, Env& env);
  void refine_signed(IrId call, Env& env);
  IrId parsed_for_host(IrId question) const;
  bool is_escaped_in_vain(const Value& value, const Taint& taint, std::uint32_t begin) const;

  // mass_assignment.cpp, references.cpp
  bool is_record_class(const Call& call) const;
  void check_mass(const Call& call, Env& env);
  void take_references(const Call& call, Env& env);
  void replace_elements(IrId container, const ValuePtr& held, const ValuePtr& now, Env& env);
  void define(const Call& call);
  ValuePtr filtered(const Call& call, Env& env);

  // named_code.cpp
  ValuePtr code_named(const ValuePtr& code, std::size_t arguments, const Env& env) const;
  std::optional<ValuePtr> run_named(const ValuePtr& code, const std::vector<Argument>& arguments, Env& env);
  std::optional<ValuePtr> run_hooks(const Call& call, Env& env);
  void set_options(const Call& call, Env& env);
  std::optional<ValuePtr> run_callable(const Call& call, Env& env);
  void run_formats(const Call& call, Env& env);
  void run_listeners(const Call& call, Env& env);

  // sanitizers.cpp
  class Cleaning;
  Contexts cleans(const Value& function) const;
  static bool matches_little(const Call& call);
  bool is_group_narrow(IrId match, const Value& place, Env& env);
  std::optional<ValuePtr> cleaned(const Call& call, Env& env);

  // results.cpp
  ValuePtr builtin_of_go(const Call& call, Env& env);
  ValuePtr repeated(const Call& call, Env& env);
  ValuePtr formatted(const Call& call, Env& env);
  void become_object(Value& value, std::string_view type, const std::vector<Taint>& given, Env& env);

  // unknown_calls.cpp
  class UnknownCall;
  ValuePtr unknown_call(const Call& call, Env& env);

  // routes.cpp
  void prove_by_chain(IrId id, Proven& proven, Env& env);
  void prove_by_options(const Value& options, Proven& proven, const Env& env) const;
  void note_route(const Box& route, const Env& env);
  void note_next(const Call& call, const Env& env);
  Proven proven_in_front(const Call& call, Env& env);
  void take_in_front(const Proven& proven, const Function& handler, Env& env);
  bool hands_to_route(const Call& call) const;
  void note_wrapped(IrId wrapped, const Call& route, Env& env);
  void prove_in_front(IrId id, Contexts contexts, Env& env);

  // schemas.cpp
  ValuePtr shaped(const Value& schema, const std::vector<Taint>& taints, Env& env, int depth);
  bool is_declared_narrow(std::string_view name, std::uint32_t offset) const;
  bool is_routed_narrow(std::string_view name) const;
  bool is_field_narrow(const Value& data, const Value& key) const;
  std::optional<ValuePtr> checked_value(const Call& call, Env& env);
  ValuePtr handed_input(const Call& call, Env& env);
  std::map<std::string, ValuePtr> schemas_in_front(const Call& call, Env& env);
  ValuePtr valid_part(const Call& call, Env& env);
  std::optional<ValuePtr> schema_method(const Call& call, Env& env);

  // callers.cpp
  void note_call(std::size_t function, const Site& site);
  void note_given(const Param& param, const ValuePtr& value, const Env& env);
  bool is_closed(const Function& function) const;
  bool knows_callers(std::size_t function) const;
  bool is_answered_for(std::uint32_t param);
  bool is_handed_over(const ValuePtr& statement, const Env& env) const;

  // summaries.cpp
  bool may_sum_up(std::size_t function, const std::vector<Argument>& arguments, std::uint32_t self,
                  const Env& env) const;
  ValuePtr summary_of(std::size_t function);
  std::vector<ValuePtr> taken_by(const Function& function, const Param& param,
                                 const std::vector<Argument>& arguments) const;
  std::vector<Taint> handed_on(const Taint& taint, const Function& function, const std::vector<Argument>& arguments,
                               const Env& env) const;
  std::optional<ValuePtr> summed_up(std::size_t function, const std::vector<Argument>& arguments, std::uint32_t self,
                                    const Env& env);
  void keep_summary(std::size_t function, const ValuePtr& given, const Env& env);

  // shelf.cpp
  void shelve(const std::string& place, const ValuePtr& value, std::uint32_t offset, const Env& env, int depth = 0);
  ValuePtr shelved(const std::string& place);
  void keep_member(const Value& object, std::string_view name, const ValuePtr& value, IrId target, Env& env);
  ValuePtr kept_member(const Value& member, const Env& env) const;
  ValuePtr shelved_member(const Value& member, const Env& env);
  std::string key_in_context(const Argument& key) const;
  void keep_attribute(const Call& call, Env& env);
  ValuePtr kept_attribute(const Call& call, const Env& env);
  std::string place_of_own(std::string_view name) const;
  bool runs_first();

  // queues.cpp
  std::string place_of_queue(IrId queue, Env& env);
  void note_queue(const Value& object, std::string_view name, const Value& value);
  void keep_queued(const std::string& place, const ValuePtr& value, std::uint32_t offset, const Env& env);
  ValuePtr taken_from_queue(const std::string& place, Env& env);
  void learn_queued(const Call& call, Env& env);
  ValuePtr given_by_queue(const Call& call, Env& env);
  void learn_sent(IrId target, IrId given, const ValuePtr& value, Env& env);
  ValuePtr received(IrId channel, const ValuePtr& value, Env& env);

  // shapes.cpp
  void check_bodies();
  bool is_empty(IrId body) const;
  void check_merge(const Function& function);
  void check_key(IrId target, const ValuePtr& value, Env& env);
  void check_pattern(const Call& call, Env& env);

  // guards.cpp
  void refine(IrId test, bool outcome, Env& env);
  void refine_binary(IrId test, bool outcome, Env& env);
  std::optional<PatternTest> pattern_test(IrId call) const;
  bool refine_match(const PatternTest& test, bool outcome, Env& env);
  bool refine_pattern(IrId call, bool outcome, Env& env);
  ValuePtr passed(std::size_t test, const ValuePtr& item, const Env& env);
  class CallTest;
  void refine_call(IrId call, bool outcome, Env& env);
  void refine_matcher(IrId matcher, bool whole, Env& env);
  IrId matcher_made(IrId matcher) const;
  void refine_any(IrId list, IrId test, Env& env);
  void refine_every(IrId list, IrId test, bool outcome, Env& env);
  IrId only_value(IrId body) const;
  void refine_all(IrId each, Env& env);
  void refine_none(IrId none_of, IrId subject, Env& env);
  void refine_abort(IrId statement, Env& env);
  bool is_literal(IrId id) const;
  void refine_equal(IrId left, IrId right, Env& env);
  void prove(IrId id, Contexts contexts, Env& env);
  bool looks_up(IrId callee) const;
  void refine_scheme(IrId part, Env& env);
  void refine_sender(IrId origin, Env& env);
  void refine_host(IrId test, bool outcome, Env& env);
  IrId asked_for_host(IrId question) const;
  void clear_allowed(IrId part, Env& env);
  bool refine_converted(IrId call, bool failed, Env& env);
  bool names_folder(IrId id) const;
  void refine_contains(IrId part, IrId whole, bool inside, Env& env);
  void clear_names(IrId id, Contexts contexts, Env& env);
  IrId file_behind(IrId path) const;
  void clear_member(IrId id, Contexts contexts, Env& env);
  void clear_field(std::string_view name, Contexts contexts, Env& env);
  void refine_by_function(IrId call, bool outcome, Env& env);
  void refine_by_method(IrId call, bool outcome, Env& env);
  Contexts proven_by(std::size_t function, std::size_t param, IrId call, bool outcome, Env& env);
  bool refine_site(IrId address, IrId site, Env& env);
  void take_proof(IrId given, const ValuePtr& value, const Env& env);
  void refine_beginning(IrId test, IrId wanted, Env& env);
  void refine_prefix(IrId subject, IrId prefix, Env& env);

  // type_tests.cpp
  bool names_harmless_type(IrId id) const;
  IrId asked_for_type(IrId question) const;
  void clear_asked(IrId id, Env& env);
  void refine_type(IrId left, IrId right, std::string_view sign, Env& env);
  void refine_type_case(IrId subject, IrId branch, Env& env);
  bool is_of_other_class(const Value& value, IrId branch) const;
  bool refine_matches(IrId test, bool outcome, Env& env);
  bool refine_outcome(IrId test, bool outcome, Env& env);

  // sinks.cpp
  std::uint32_t begin_of(const Call& call) const;
  bool is_own_method(const Call& call) const;
  class SinkCall;
  void check_effects(const Call& call, Env& env);
  std::vector<const Entry*> sinks_of(const Call& call, const Env& env);
  Checked check_call(const Call& call, Env& env);
  const Rule* suspected(const Call& call);
  static void say_answer(const Rule& rule, Env& env);
  bool is_whole_parameter(IrId argument) const;
  void check_flags(const Call& call, const Entry& entry, Env& env);
  void check_members(const Call& call, Env& env);
  bool says_no_page(const Value& headers, const Env& env) const;
  void check_return(const ValuePtr& value, IrId id, Env& env);
  void check_returned(const ValuePtr& shown, IrId id, Env& env, std::string_view category);
  IrId member_ir(IrId statement, std::string_view name) const;
  bool may_be_page(const Value& value, const std::vector<Taint>& taints) const;
  void check_page(const ValuePtr& value, IrId id, Env& env);
  void check_location(const Value& headers, IrId id, Env& env);
  void check_rack(const std::vector<ValuePtr>& answer, IrId id, Env& env);
  bool runs_fixed_program(const Value& value, const Env& env) const;
  ValuePtr printed(const Call& call, std::size_t from, const Env& env) const;

  // report.cpp
  class Arrival;
  void report(const Entry& entry, const ValuePtr& value, std::uint32_t begin, std::uint32_t end, const Env& env);
  bool stands_in_markup(std::uint32_t begin) const;
  void add(Flaw flaw, const std::set<std::uint32_t>& params = {});
};

// What such a class has: the engine that it is a part of, and the environment that it works in.
class Engine::Part {
 protected:
  Part(Engine& engine, Env& env)
      : engine_(engine), module_(engine.module_), grammar_(engine.module_.grammar), env_(env) {}

  Engine& engine_;
  const Module& module_;
  const Grammar grammar_;
  Env& env_;
};

}  // namespace commandcenter::code::dataflow
