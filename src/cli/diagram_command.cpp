// `diagram`: the architecture of a repository, without a server. In this process, without a sandbox: it only reads.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/document.h"
#include "cli/cli.h"
#include "cli/code_paths.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "code/architecture/difference.h"
#include "code/architecture/render.h"
#include "code/architecture/rules.h"

namespace commandcenter::cli {
namespace {

namespace fs = std::filesystem;

// Where links lead: what the user says, else from the folder of the output to the repository.
architecture::LinkBase link_base(const DiagramOptions& options) {
  architecture::LinkBase links;
  if (options.has_links) {
    links.prefix = options.links;
  } else if (!options.output.empty() && options.output != "-") {
    std::error_code error;
    const fs::path folder = fs::weakly_canonical(fs::absolute(options.output, error), error).parent_path();
    const std::string relative = fs::canonical(options.path, error).lexically_relative(folder).string();
    if (!error && !relative.empty() && relative != ".") links.prefix = relative;
  }
  if (!links.prefix.empty() && !links.prefix.ends_with('/')) links.prefix += '/';
  return links;
}

int write_output(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return print_error({ErrorCode::kInvalid, fmt::format("{} cannot be written", path)});
  return kExitOk;
}

}  // namespace

int diagram(const DiagramOptions& options) {
  std::error_code error;
  if (!fs::is_directory(options.path, error))
    return print_error({ErrorCode::kNotFound, fmt::format("{} is not a folder", options.path)});
  const auto tree = readable_tree_of(options.path);
  if (!tree) return print_error(tree.error());
  architecture::Options what;
  what.commit = options.commit;
  what.name = options.name;
  what.threads = options.threads;
  Json rules;
  if (!options.rules.empty()) {
    auto read = read_document(options.rules);
    if (!read) return print_error(read.error());
    rules = std::move(read->value);
    architecture::Model nothing;
    if (const auto valid = architecture::apply_rules(nothing, rules); !valid)
      return print_error({valid.error().code, fmt::format("{}: {}", options.rules, valid.error().message)});
  }
  auto model = architecture::read_model(tree->first, what, options.diff, rules);
  if (!model) return print_error(model.error());
  if (!options.findings.empty()) {
    const auto format = code::format_of(options.findings);
    if (!format) return print_error(format.error());
    const bool colours = options.output.empty() && has_colours(stdout);
    const int code =
        write_output(options.output, code::render(architecture::violations_report(*model), *format, kVersion, colours));
    return code == kExitOk && !model->violations.empty() ? kExitFailed : code;
  }
  const auto text = architecture::render(*model, options.scope, options.format, link_base(options));
  if (!text) return print_error(text.error());
  return write_output(options.output, *text);
}

}  // namespace commandcenter::cli
