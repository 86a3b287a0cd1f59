// `workflows graph`, `diff`, `versions` and `delete`: what a workflow looks like, was, and will have been.
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/document.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/graph.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "core/workflow/diff.h"

namespace commandcenter::cli {
namespace {

using workflow::Change;
using workflow::ChangeKind;
using workflow::Definition;

constexpr std::size_t kMaxShownValue_bytes = 100;
constexpr std::int64_t kDeleteTimeout_ms = 30'000;

// Prints what is wrong itself.
std::optional<Definition> from_file(const std::string& file) {
  const auto document = read_document(file);
  if (!document) {
    print_error(document.error());
    return std::nullopt;
  }
  auto parsed =
      workflow::parse_definition(document->value, [&](const std::string& path) { return document->locate(path); });
  if (parsed) return std::move(*parsed);
  print_problems(file, parsed.error());
  return std::nullopt;
}

struct Version {
  std::int64_t number = 0;
  Definition definition;
};

// `version` is a number or "current". Prints what is wrong itself.
std::optional<Version> from_server(const Remote& remote, ApiClient& api, const std::string& name,
                                   const std::string& version) {
  const Json reply = api.get(workflow_path(remote, name, "/versions/" + segment(version)),
                             {Kind::kObject, {{"version", Kind::kInteger}}});
  if (api.failed()) return std::nullopt;
  auto parsed = workflow::parse_definition(member_at(reply, "definition"));
  if (!parsed) {
    print_problems(name, parsed.error());
    return std::nullopt;
  }
  return Version{reply.at("version").get<std::int64_t>(), std::move(*parsed)};
}

std::string value_text(const Json& value) {
  std::string text = printable(dump_json(value));
  if (text.size() <= kMaxShownValue_bytes) return text;
  std::size_t end = kMaxShownValue_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end) + "…";
}

// The node that a path is about, and what of it: {"scan", "input.target"}; {"", path} for the rest.
std::pair<std::string, std::string> split_path(const std::string& path, const Definition& before,
                                               const Definition& after) {
  constexpr std::string_view kNodes = "nodes.";
  if (!path.starts_with(kNodes)) return {"", path};
  for (const Definition* definition : {&before, &after}) {
    for (const workflow::NodeDefinition& node : definition->nodes) {
      const std::string whole = std::string(kNodes) + node.id;
      if (path == whole) return {node.id, ""};
      if (path.starts_with(whole + ".")) return {node.id, path.substr(whole.size() + 1)};
    }
  }
  return {"", path};
}

std::string ids_text(const Json& ids) {
  std::string text;
  for (const Json& id : ids)
    text += (text.empty() ? "" : ", ") + id.get<std::string>();
  return text;
}

void print_change(const Change& change, const std::string& what, const std::string& indent, bool terminal) {
  switch (change.kind) {
    case ChangeKind::kAdded:
      std::printf("%s%s\n", indent.c_str(),
                  paint(fmt::format("+ {}: {}", what, value_text(change.after)), Colour::kGreen, terminal).c_str());
      break;
    case ChangeKind::kRemoved:
      std::printf("%s%s\n", indent.c_str(),
                  paint(fmt::format("- {}: {}", what, value_text(change.before)), Colour::kRed, terminal).c_str());
      break;
    case ChangeKind::kChanged:
      std::printf("%s%s\n", indent.c_str(),
                  paint(fmt::format("~ {}: {} → {}", what, value_text(change.before), value_text(change.after)),
                        Colour::kYellow, terminal)
                      .c_str());
      break;
    case ChangeKind::kMoved:
      std::printf("%s%s\n", indent.c_str(),
                  paint(fmt::format("~ order: {} → {}", ids_text(change.before), ids_text(change.after)),
                        Colour::kYellow, terminal)
                      .c_str());
      break;
  }
}

void print_changes(const std::vector<Change>& changes, const Definition& before, const Definition& after) {
  const bool terminal = has_colours(stdout);
  std::string open_node;
  for (const Change& change : changes) {
    const auto [node, what] = split_path(change.path, before, after);
    if (!node.empty() && what.empty()) {
      const bool added = change.kind == ChangeKind::kAdded;
      const Json& whole = added ? change.after : change.before;
      const std::string does = whole.contains("transform")
                                   ? "transform"
                                   : string_member(whole, "agent") + " " + string_member(whole, "action");
      std::printf("  %s\n", paint(fmt::format("{} node {} ({})", added ? "+" : "-", node, printable(does)),
                                  added ? Colour::kGreen : Colour::kRed, terminal)
                                .c_str());
      continue;
    }
    if (!node.empty() && node != open_node)
      std::printf("  %s\n", paint("~ node " + node, Colour::kYellow, terminal).c_str());
    open_node = node;
    print_change(change, what, node.empty() ? "  " : "      ", terminal);
  }
}

}  // namespace

int list_versions(const Remote& remote, const std::string& name) {
  ApiClient api(remote);
  Json list = api.get(workflow_path(remote, name, "/versions"), {Kind::kList, {{"version", Kind::kInteger}}});
  if (api.failed()) return api.exit_code();
  if (!remote.json) {
    for (Json& version : list)
      version["nodes"] = member_at(version, "definition.nodes").size();
  }
  return print_list(remote, list,
                    {{"VERSION", "version"}, {"CREATED", "createdAt"}, {"NODES", "nodes"}, {"CURRENT", "current"}},
                    "There are no versions.");
}

int diff_workflow(const Remote& remote, const DiffOptions& options) {
  ApiClient api(remote);
  std::optional<Version> after;
  if (options.file.empty()) {
    after = from_server(remote, api, options.name, options.to.empty() ? "current" : options.to);
  } else if (auto definition = from_file(options.file)) {
    after = Version{0, std::move(*definition)};
  }
  if (!after) return api.failed() ? api.exit_code() : kExitUsage;
  std::string from = options.from;
  if (from.empty())
    from = options.file.empty() ? std::to_string(std::max<std::int64_t>(1, after->number - 1)) : "current";
  const auto before = from_server(remote, api, options.name, from);
  if (!before) return api.failed() ? api.exit_code() : kExitFailed;

  const std::vector<Change> changes = workflow::diff(before->definition, after->definition);
  if (remote.json) {
    print_json({{"from", before->number},
                {"to", options.file.empty() ? Json(after->number) : Json(options.file)},
                {"changes", workflow::to_json(changes)}});
    return kExitOk;
  }
  const std::string to = options.file.empty() ? fmt::format("version {}", after->number) : options.file;
  std::printf("%s: version %lld → %s%s\n", options.name.c_str(), static_cast<long long>(before->number), to.c_str(),
              changes.empty() ? ": no difference" : "");
  print_changes(changes, before->definition, after->definition);
  return kExitOk;
}

int draw_workflow(const Remote& remote, const std::string& name_or_file, const std::string& format) {
  std::error_code error;
  std::optional<Definition> definition;
  if (std::filesystem::is_regular_file(name_or_file, error)) {
    definition = from_file(name_or_file);
    if (!definition) return kExitUsage;
  } else {
    ApiClient api(remote);
    auto version = from_server(remote, api, name_or_file, "current");
    if (!version) return api.failed() ? api.exit_code() : kExitFailed;
    definition = std::move(version->definition);
  }
  if (remote.json) {
    Json nodes = Json::array();
    Json edges = Json::array();
    for (const workflow::NodeDefinition& node : definition->nodes) {
      nodes.push_back({{"id", node.id}, {"agent", node.is_transform ? Json(nullptr) : Json(node.agent)}});
      for (const std::string& dependency : node.depends_on)
        edges.push_back({{"from", dependency}, {"to", node.id}});
    }
    print_json({{"name", definition->name}, {"nodes", std::move(nodes)}, {"edges", std::move(edges)}});
  } else if (format == "mermaid") {
    std::fputs(draw_mermaid(*definition).c_str(), stdout);
  } else if (format == "dot") {
    std::fputs(draw_dot(*definition).c_str(), stdout);
  } else {
    const bool terminal = has_colours(stdout);
    std::printf("%s\n%s", paint(definition->name, Colour::kBold, terminal).c_str(),
                draw_lanes(*definition, terminal).c_str());
  }
  return kExitOk;
}

int delete_workflow(const Remote& remote, const std::string& name) {
  ApiClient api(remote);
  api.send_text("DELETE", workflow_path(remote, name), {}, {}, kDeleteTimeout_ms, {Kind::kNothing});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json({{"deleted", name}});
  else
    std::printf("Deleted workflow %s; its runs stay\n", name.c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
