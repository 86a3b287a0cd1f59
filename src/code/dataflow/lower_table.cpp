// The table: names of nodes as the grammars have them.
#include "code/dataflow/lower_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace commandcenter::code::dataflow {
namespace {

struct Row {
  Construct construct;
  std::string_view kinds;  // between spaces
};

constexpr auto kRows = std::to_array<Row>({
    {Construct::kSkip,
     "comment line_comment block_comment html_comment package_declaration package_clause hash_bang_line "
     "empty_statement "
     "pass_statement php_tag global_statement nonlocal_statement namespace_name "
     "string_start string_end interpolation_start interpolation_brace heredoc_start heredoc_end text "
     "type_arguments type_parameters throws heredoc_body modifiers modifier asterisk comment_statement "
     "decorator annotation_type_declaration accessibility_modifier "
     "type_annotation "
     "member_binding_expression function_signature ambient_declaration"},
    {Construct::kEnum, "enum_declaration"},
    {Construct::kShape, "interface_declaration type_declaration type_alias_declaration"},
    {Construct::kInner,
     "parenthesized_expression expression_statement await_expression await non_null_expression as_expression argument "
     "literal_element template_substitution interpolation satisfies_expression export_statement "
     "parenthesized_statements else_clause else_statement jsx_expression checked_expression ref_expression "
     "error_suppression_expression clone_expression type_assertion go_statement "
     "defer_statement pattern case_pattern constant_pattern literal_pattern computed_property_name "
     "as_pattern_target print_intrinsic_inner by_ref reference_modifier "
     "arrow_expression_clause global_statement_inner delete_statement_inner exceptions exception_variable "
     "postfix_unary_expression instanceof_pattern variadic_unpacking_inner declaration_expression"},
    {Construct::kBlock,
     "module program source_file compilation_unit block statement_block compound_statement body_statement then else do "
     "declaration_list class_body block_body colon_block begin_block ensure finally_clause constructor_body "
     "namespace_definition namespace_declaration file_scoped_namespace_declaration statement_list switch_block_body "
     "text_interpolation begin parenthesized_block synchronized_statement labeled_statement unsafe_statement "
     "checked_statement static_initializer lock_statement declaration_block internal_module static_block "
     "class_static_block enum_body interface_body rescue catch_clause except_clause"},
    {Construct::kText,
     "string string_literal interpreted_string_literal raw_string_literal template_string encapsed_string nowdoc "
     "character_literal char_literal verbatim_string_literal interpolated_string_expression concatenated_string "
     "chained_string simple_symbol delimited_symbol bare_string bare_symbol rune_literal text_block heredoc "
     "hash_key_symbol property_identifier_text"},
    {Construct::kHeredoc, "heredoc_beginning"},
    {Construct::kCommand, "shell_command_expression subshell"},
    {Construct::kNumber,
     "integer float number decimal_integer_literal hex_integer_literal octal_integer_literal binary_integer_literal "
     "decimal_floating_point_literal int_literal float_literal integer_literal real_literal"},
    {Construct::kTrue, "true boolean boolean_literal"},
    {Construct::kFalse, "false"},
    {Construct::kNull, "none null null_literal nil undefined nil_literal"},
    {Construct::kName,
     "identifier type_identifier constant variable_name instance_variable class_variable global_variable this self "
     "super name property_identifier field_identifier relative_scope qualified_name dynamic_variable_name "
     "package_identifier base this_expression generic_name scoped_identifier shorthand_property_identifier_pattern "
     "dotted_name implicit_parameter import "
     "private_property_identifier constructor_super type predefined_type"},
    {Construct::kRegex, "regex"},
    {Construct::kWords, "string_array symbol_array"},
    {Construct::kField,
     "attribute member_expression field_access selector_expression member_access_expression "
     "nullsafe_member_access_expression scope_resolution scoped_property_access_expression "
     "class_constant_access_expression method_reference conditional_access_expression nested_identifier"},
    {Construct::kIndex,
     "subscript subscript_expression array_access index_expression element_reference element_access_expression"},
    {Construct::kSlice, "slice_expression"},
    {Construct::kCall,
     "call call_expression method_invocation function_call_expression member_call_expression scoped_call_expression "
     "nullsafe_member_call_expression invocation_expression explicit_constructor_invocation"},
    {Construct::kNew, "object_creation_expression new_expression implicit_object_creation_expression"},
    {Construct::kComposite, "composite_literal"},
    {Construct::kBinary, "binary_operator binary_expression boolean_operator binary"},
    {Construct::kComparison, "comparison_operator"},
    {Construct::kTypeTest, "instanceof_expression is_pattern_expression is_expression"},
    {Construct::kUnary,
     "not_operator unary_operator unary_expression unary unary_op_expression prefix_unary_expression "
     "delete_statement"},
    {Construct::kUpdate, "update_expression inc_statement dec_statement"},
    {Construct::kChoice, "conditional_expression ternary_expression conditional"},
    {Construct::kList,
     "list tuple set array expression_list pattern_list tuple_pattern list_pattern array_pattern list_literal "
     "left_assignment_list right_assignment_list array_initializer array_creation_expression "
     "implicit_array_creation_expression initializer_expression argument_list literal_value tuple_expression "
     "sequence_expression conditional_expression_list match_condition_list collection_expression pair_list"},
    {Construct::kMap, "dictionary object hash object_pattern"},
    {Construct::kPair, "pair pair_pattern array_element_initializer keyed_element"},
    {Construct::kShorthand, "shorthand_property_identifier"},
    {Construct::kSpread,
     "spread_element list_splat dictionary_splat splat_argument hash_splat_argument variadic_unpacking rest_pattern "
     "list_splat_pattern dictionary_splat_pattern block_argument variadic_argument splat_parameter rest_assignment"},
    {Construct::kKeyword, "keyword_argument"},
    {Construct::kCast, "cast_expression type_conversion_expression type_assertion_expression"},
    {Construct::kFunction,
     "function_definition function_declaration method_declaration method singleton_method method_definition lambda "
     "arrow_function function_expression anonymous_function func_literal lambda_expression constructor_declaration "
     "anonymous_function_creation_expression do_block generator_function_declaration generator_function "
     "local_function_statement anonymous_method_expression compact_constructor_declaration"},
    {Construct::kComprehension, "list_comprehension generator_expression set_comprehension dictionary_comprehension"},
    {Construct::kElement, "jsx_element jsx_self_closing_element jsx_fragment jsx_opening_element"},
    {Construct::kAttribute, "jsx_attribute"},
    {Construct::kAssign,
     "assignment assignment_expression augmented_assignment augmented_assignment_expression short_var_declaration "
     "reference_assignment_expression "
     "assignment_statement named_expression operator_assignment object_assignment_pattern assignment_pattern "
     "send_statement receive_statement unset_statement"},
    {Construct::kDeclaration,
     "lexical_declaration variable_declaration local_variable_declaration field_declaration var_declaration "
     "const_declaration local_declaration_statement property_declaration global_declaration "
     "using_statement_declaration "
     "static_variable_declaration function_static_declaration constant_declaration var_spec_list "
     "resource_specification"},
    {Construct::kDeclarator,
     "variable_declarator var_spec const_spec property_element public_field_definition field_definition resource "
     "const_element"},
    {Construct::kIf, "if_statement if elif_clause elsif else_if_clause if_modifier"},
    {Construct::kUnless, "unless unless_modifier"},
    {Construct::kLoop, "while_statement do_statement while until while_modifier until_modifier"},
    {Construct::kForEach, "for_in_statement enhanced_for_statement foreach_statement"},
    {Construct::kFor, "for_statement for"},
    {Construct::kSwitch,
     "switch_statement switch_expression match_statement expression_switch_statement type_switch_statement "
     "select_statement case "
     "match_expression"},
    {Construct::kCase,
     "switch_block_statement_group switch_rule switch_case switch_default case_statement default_statement case_clause "
     "expression_case default_case type_case when switch_section switch_expression_arm match_conditional_expression "
     "match_default_expression communication_case"},
    {Construct::kReturn, "return_statement return"},
    {Construct::kYield, "yield yield_expression yield_statement"},
    {Construct::kLeave, "break_statement continue_statement break continue next redo goto_statement"},
    {Construct::kThrow, "throw_statement raise_statement throw_expression"},
    {Construct::kAssert, "assert_statement"},
    {Construct::kTry, "try_statement try_with_resources_statement"},
    {Construct::kWith, "with_statement using_statement"},
    {Construct::kClass,
     "class_definition class_declaration class trait_declaration record_declaration singleton_class "
     "abstract_class_declaration struct_declaration"},
    {Construct::kDecorated, "decorated_definition"},
    {Construct::kImport,
     "import_statement import_from_statement import_declaration namespace_use_declaration using_directive"},
    {Construct::kEcho, "echo_statement print_intrinsic exit_statement"},
    {Construct::kInclude, "include_expression include_once_expression require_expression require_once_expression"},
});

std::vector<Construct> make(Grammar grammar, const std::map<std::string_view, Construct>& known) {
  std::vector<Construct> result;
  for (const std::string_view name : kind_names(grammar)) {
    const auto found = known.find(name);
    result.push_back(found == known.end() ? Construct::kUnknown : found->second);
  }
  const auto change = [&](std::string_view name, Construct construct) {
    for (std::size_t kind = 0; kind < result.size(); ++kind) {
      if (kind_names(grammar)[kind] == name) result[kind] = construct;
    }
  };
  if (grammar == Grammar::kRuby) {
    change("block", Construct::kFunction);
    change("module", Construct::kClass);  // of Python it is the file
    change("begin", Construct::kTry);
    change("yield", Construct::kCall);  // of the block
  }
  if (grammar == Grammar::kPhp) change("begin", Construct::kBlock);
  if (grammar == Grammar::kCSharp) {
    change("property_declaration", Construct::kSkip);
    change("global_statement", Construct::kInner);
    change("interpolation", Construct::kInner);
    change("attribute", Construct::kSkip);
    change("attribute_list", Construct::kSkip);
  }
  if (grammar == Grammar::kJava) change("annotation", Construct::kSkip);
  if (grammar != Grammar::kPython) change("assert_statement", Construct::kUnknown);  // of Java: not in production
  if (grammar != Grammar::kPhp) change("text", Construct::kUnknown);
  return result;
}

}  // namespace

const std::vector<Construct>& constructs(Grammar grammar) {
  static const std::array<std::vector<Construct>, kGrammars> all = [] {
    std::map<std::string_view, Construct> known;
    for (const Row& row : kRows) {
      for (std::string_view rest = row.kinds; !rest.empty();) {
        const std::size_t space = std::min(rest.find(' '), rest.size());
        known.emplace(rest.substr(0, space), row.construct);
        rest.remove_prefix(std::min(space + 1, rest.size()));
      }
    }
    std::array<std::vector<Construct>, kGrammars> made;
    for (std::size_t i = 0; i < kGrammars; ++i)
      made[i] = make(static_cast<Grammar>(i), known);
    return made;
  }();
  return all[static_cast<std::size_t>(grammar)];
}

}  // namespace commandcenter::code::dataflow
