// `doctor --credentials`: which credentials are there and look as they must; never what they are.
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/embedded_file.h"
#include "base/regex.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {

std::span<const EmbeddedFile> shipped_files();  // made of shipped/ by the build

namespace {

// NAME=value, also with export and quotes; the last one counts.
Result<std::map<std::string, std::string>> read_environment_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kNotFound, fmt::format("{} cannot be read", path));
  std::map<std::string, std::string> values;
  std::string line;
  while (std::getline(file, line)) {
    while (line.ends_with('\r') || line.ends_with(' '))
      line.pop_back();
    std::string_view rest = line;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.starts_with("export ")) rest.remove_prefix(7);
    const std::size_t equals = rest.find('=');
    if (rest.starts_with('#') || equals == std::string_view::npos) continue;
    std::string_view value = rest.substr(equals + 1);
    const bool quoted =
        value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    values[std::string(rest.substr(0, equals))] = std::string(value);
  }
  return values;
}

Json known_credentials() {
  for (const EmbeddedFile& file : shipped_files()) {
    if (file.path != "credentials.json") continue;
    auto known = parse_json(file.content);
    CC_ASSERT(known.has_value());
    return std::move(*known);
  }
  CC_ASSERT(false);
  return {};
}

}  // namespace

int check_credentials(const CredentialOptions& options) {
  std::map<std::string, std::string> values;
  if (!options.file.empty()) {
    auto read = read_environment_file(options.file);
    if (!read) return print_error(read.error());
    values = std::move(*read);
  }
  Json known = known_credentials();
  for (const std::string& name : options.required) {
    bool is_known = false;
    for (const Json& entry : known)
      is_known = is_known || string_member(entry, "name") == name;
    if (!is_known) known.push_back({{"name", name}, {"usedBy", "asked for"}, {"pattern", "^\\S"}});
  }
  bool good = true;
  Json report = Json::array();
  const bool terminal = has_colours(stdout);
  for (const Json& entry : known) {
    const std::string name = string_member(entry, "name");
    const char* set = std::getenv(name.c_str());
    const auto listed = values.find(name);
    const std::string value = listed != values.end() ? listed->second : set != nullptr ? set : "";
    const auto pattern = Regex::compile(string_member(entry, "pattern"));
    CC_ASSERT(pattern.has_value());
    const bool required = std::ranges::find(options.required, name) != options.required.end();
    const std::string state = value.empty() ? "missing" : pattern->found_in(value) ? "present" : "invalid";
    good = good && state != "invalid" && (state != "missing" || !required);
    report.push_back(
        {{"name", name}, {"state", state}, {"required", required}, {"usedBy", string_member(entry, "usedBy")}});
    if (options.json) continue;
    const Colour colour = state == "present" ? Colour::kGreen : state == "invalid" ? Colour::kRed : Colour::kGrey;
    std::printf("%s  %-22s %s\n", paint(fmt::format("{:<7}", state), colour, terminal).c_str(), name.c_str(),
                string_member(entry, "usedBy").c_str());
  }
  if (options.json)
    print_json({{"good", good}, {"credentials", std::move(report)}});
  else
    std::printf("\nThe audit, scans and diagrams need none of these.\n");
  return good ? kExitOk : kExitFailed;
}

}  // namespace commandcenter::cli
