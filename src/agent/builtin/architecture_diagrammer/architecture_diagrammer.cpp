#include "agent/builtin/architecture_diagrammer/architecture_diagrammer.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "code/architecture/difference.h"
#include "code/architecture/render.h"
#include "code/architecture/rules.h"
#include "code/walk/place.h"

namespace commandcenter::architecture_diagrammer {
namespace {

namespace arch = commandcenter::architecture;

Result<std::string> text_of(const Json& input, const char* key, std::string fallback) {
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null()) return fallback;
  if (!value->is_string())
    return fail(ErrorCode::kInvalid, fmt::format("{} is of type {}; expected a text", key, json_type_name(*value)));
  return value->get<std::string>();
}

// Group ids as names of files: letters, digits, and one "-" for anything else.
std::string file_name(const std::string& id, std::set<std::string>& used) {
  std::string name;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (plain)
      name += c;
    else if (!name.empty() && !name.ends_with('-'))
      name += '-';
  }
  while (name.ends_with('-'))
    name.pop_back();
  if (name.empty()) name = "part";
  name = name.substr(0, 80);
  std::string unique = name;
  for (int i = 2; !used.insert(unique).second; ++i)
    unique = fmt::format("{}-{}", name, i);
  return unique;
}

Json pictures_of(const arch::Model& model, const arch::LinkBase& links) {
  Json pictures = Json::array();
  std::set<std::string> used;
  const auto add = [&](std::size_t group, const std::string& name) {
    const arch::View view = arch::view_of(model, group);
    if (view.nodes.size() < 2 && group != 0) return;
    pictures.push_back({{"name", name},
                        {"group", model.groups[group].id},
                        {"mermaid", arch::mermaid(model, view, links)},
                        {"svg", arch::svg(model, view, links)}});
  };
  used.insert("architecture");
  add(0, "architecture");
  for (const std::size_t child : model.groups.front().children) {
    if (pictures.size() < kMaxPictures) add(child, file_name(model.groups[child].id, used));
  }
  return pictures;
}

Json parts_of(const arch::Model& model) {
  Json parts = Json::array();
  for (const std::size_t child : model.groups.front().children)
    parts.push_back({{"id", model.groups[child].id},
                     {"files", model.groups[child].files.size()},
                     {"lines", model.groups[child].lines}});
  return parts;
}

Json rules_of(const Json& input) {
  const Json* rules = find_member(input, "rules");
  if (rules == nullptr || rules->is_null()) return {};
  return rules->is_array() ? Json{{"rules", *rules}} : *rules;
}

Json summary_of(const arch::Model& model) {
  return model.difference ? model.difference->summary : arch::summary_json(model);
}

}  // namespace

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!action.empty() && action != "diagram")
    return fail(ErrorCode::kInvalid,
                fmt::format("architecture-diagrammer has no action \"{}\"; expected diagram", action));
  if (!input.is_object())
    return fail(ErrorCode::kInvalid, "the input must be an object such as {\"format\": \"mermaid\"}");
  const auto old_name = text_of(input, "repositoryPath", ".");
  const auto target = old_name ? text_of(input, "target", *old_name) : old_name;
  const auto format = text_of(input, "format", "mermaid");
  const auto scope = text_of(input, "scope", "");
  const auto prefix = text_of(input, "links", "");
  const auto commit = text_of(input, "commit", "");
  const auto diff = text_of(input, "diff", "");
  const auto folder_name = text_of(input, "folderName", "");
  for (const auto* value : {&target, &format, &scope, &prefix, &commit, &diff, &folder_name}) {
    if (!*value) return fail(value->error());
  }
  const std::string root = workspace.empty() ? "." : workspace;
  const auto folder = code::place_below(root, *target);
  if (!folder) return fail(folder.error());

  arch::Options options;
  options.target = *folder;
  options.commit = *commit;
  options.folder = *folder_name;
  const auto model = arch::read_model(root, options, *diff, rules_of(input));
  if (!model) return fail(model.error());
  arch::LinkBase links;
  links.prefix = *prefix;
  const auto mermaid = arch::render(*model, *scope, "mermaid", links);
  if (!mermaid) return fail(mermaid.error());
  const bool whole = *format == "json";  // then the architecture is all of it, and the picture is Mermaid
  const auto diagram = whole ? mermaid : arch::render(*model, *scope, *format, links);
  if (!diagram) return fail(diagram.error());
  log(fmt::format("{} files of code, {} imports, {} circles, {} rules broken",
                  summary_of(*model)["codeFiles"].get<std::size_t>(), model->graph.edges.size(), model->cycles.size(),
                  model->violations.size()));
  Json answer = {{"format", *format},
                 {"diagram", *diagram},
                 {"mermaid", *mermaid},
                 {"summary", summary_of(*model)},
                 {"parts", parts_of(*model)}};
  if (whole) {
    answer["architecture"] = arch::architecture_json(*model);
  } else {
    Json around = {{"name", model->name}, {"summary", answer["summary"]}};
    around.update(arch::surroundings_json(*model));
    answer["architecture"] = std::move(around);
  }
  if (model->difference) answer["difference"] = model->difference->lists;
  if (const Json* all = find_member(input, "pictures"); all != nullptr && *all == true)
    answer["pictures"] = pictures_of(*model, links);
  answer["findings"] = code::report_json(arch::violations_report(*model))["findings"];
  return answer;
}

}  // namespace commandcenter::architecture_diagrammer
