// `rules list` and `rules show`: the pages of the rules of scan and review.
#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "code/report/rule_pages.h"

namespace commandcenter::cli {

int list_rules(bool json) {
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows{{"RULE", "FINDS", "FAMILY, SEVERITY, CWE"}};
  for (const std::string_view rule : code::rules_with_pages()) {
    const std::string_view page = code::rule_page(rule, false);
    std::string_view facts = code::facts_of(page);
    facts.remove_prefix(std::min(rule.size() + std::string_view("`` · ").size(), facts.size()));
    all.push_back({{"id", rule}, {"title", code::title_of(page)}, {"facts", facts}});
    rows.push_back({std::string(rule), std::string(code::title_of(page)), std::string(facts)});
  }
  if (json)
    print_json(all);
  else
    print_table(rows, has_colours(stdout));
  return 0;
}

int show_rule(const std::string& id, bool json) {
  std::string_view page = code::rule_page(id, false);
  if (page.empty() && code::is_secret_rule(id)) page = code::rule_page(id, true);
  if (page.empty())
    return print_error({ErrorCode::kNotFound, fmt::format("there is no rule \"{}\"; `rules list` names them all", id)});
  if (json)
    print_json({{"id", id}, {"title", code::title_of(page)}, {"page", page}});
  else
    fmt::print("{}", page);
  return 0;
}

}  // namespace commandcenter::cli
