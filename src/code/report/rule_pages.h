// What each rule finds, why that matters, examples, what to do: the pages of docs/rules, which are part of the
// executable. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace commandcenter::code {

// The page of a rule ("sql/concatenation", "empty-catch"), in Markdown. Rules for secrets share one,
// "secrets"; "tokens" lists those of known shape. Empty when there is none.
std::string_view rule_page(std::string_view rule, bool is_secret);

// Of secrets, by the tables of their pages.
bool is_secret_rule(std::string_view rule);

// Rules that have a page of their own, in order.
std::vector<std::string_view> rules_with_pages();

// Of a page: its title, and the line below with the name, the family and the severity.
std::string_view title_of(std::string_view page);
std::string_view facts_of(std::string_view page);

}  // namespace commandcenter::code
