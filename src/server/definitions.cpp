#include "server/definitions.h"

#include <tuple>

#include "server/api_schema.h"
#include "server/http_wire.h"
#include "trigger/trigger.h"

namespace commandcenter::server {

bool is_yaml(const Request& request) {
  const auto type = request.headers.find("content-type");
  return type != request.headers.end() && holds_word(type->second, "yaml");
}

tl::expected<workflow::Definition, std::vector<workflow::Problem>> read_definition(const Document& document) {
  const workflow::Locator locate = [&document](const std::string& path) { return document.locate(path); };
  auto definition = workflow::parse_definition(document.value, locate);
  if (!definition) return definition;
  auto trouble = trigger::check_trigger(definition->trigger);
  if (trouble.empty()) return definition;
  for (workflow::Problem& problem : trouble)
    std::tie(problem.line, problem.column) = locate(problem.path);
  return tl::make_unexpected(std::move(trouble));
}

Json problem_list(const std::vector<workflow::Problem>& problems) {
  Json list = Json::array();
  for (const workflow::Problem& problem : problems) {
    Json entry = {{"path", problem.path}, {"message", problem.message}};
    if (problem.line > 0) {
      entry["line"] = problem.line;
      entry["column"] = problem.column;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json problem_schema() {
  using namespace schema;
  return object({{"path", text()},
                 {"message", text()},
                 optional("line", described(integer(), "In the text that was sent")),
                 optional("column", integer())});
}

}  // namespace commandcenter::server
