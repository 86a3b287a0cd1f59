#include "server/definitions.h"

#include <algorithm>
#include <tuple>

#include "agent/agent.h"
#include "server/api_schema.h"
#include "server/http_wire.h"
#include "server/views.h"
#include "trigger/trigger.h"

namespace commandcenter::server {
namespace {

using workflow::Problem;

void add_missing(const std::vector<Problem>& some, std::vector<Problem>& problems) {
  for (const Problem& one : some) {
    const bool is_known = one.path.empty() || std::any_of(problems.begin(), problems.end(), [&](const Problem& other) {
                            return other.path == one.path && other.message == one.message;
                          });
    if (!is_known) problems.push_back(one);
  }
}

}  // namespace

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

Result<std::vector<Problem>> problems_of(store::Store& store, const Document& document,
                                         const tl::expected<workflow::Definition, std::vector<Problem>>& definition) {
  const Json* project = find_member(document.value, "projectId");
  const bool names_project = project != nullptr && project->is_number_integer();
  const auto agents = AgentIndex::read(store, names_project ? project->get<std::int64_t>() : 1);
  if (!agents) return fail(agents.error());
  std::vector<Problem> problems = workflow::all_problems(
      document.value,
      [&agents](const std::string& name_or_id) -> std::optional<workflow::AgentSnapshot> {
        const agent::Agent* agent = agents->find(name_or_id);
        if (agent == nullptr) return std::nullopt;
        return agent::snapshot(*agent);
      },
      [&document](const std::string& path) { return document.locate(path); }, agents->names());
  if (!definition) add_missing(definition.error(), problems);  // what is wrong with the trigger beyond its form
  return problems;
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
