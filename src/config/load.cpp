// Reading the sources, in the order in which one overrides another.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/document.h"
#include "base/nearest.h"
#include "config/config.h"

namespace commandcenter::config {
namespace {

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const Setting& setting : table())
    keys.push_back(setting.key);
  return keys;
}

// Environments that were made for other servers know more levels.
std::string log_level_of(const std::string& text) {
  if (text == "warning") return "warn";
  if (text == "http") return "info";
  return text == "verbose" || text == "silly" || text == "trace" ? "debug" : text;
}

bool is_group(const std::string& key) {
  for (const Setting& setting : table()) {
    if (setting.key.starts_with(key + ".")) return true;
  }
  return false;
}

std::string unknown_key(const std::string& key) {
  const std::string nearest = nearest_name(key, known_keys());
  return nearest.empty() ? fmt::format("unknown key; known are {}", fmt::join(known_keys(), ", "))
                         : fmt::format("unknown key; did you mean {}?", nearest);
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources) {
    for (const Setting& setting : table())
      loaded_.origins[setting.key] = "default";
  }

  Result<Loaded> load() {
    read_file();
    read_environment();
    read_flags();
    if (problems_.empty()) return std::move(loaded_);
    return fail(ErrorCode::kInvalid, fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  void take(const Setting& setting, const Result<Json>& value, const std::string& origin, const std::string& place) {
    if (!value) return problems_.push_back(fmt::format("{}: {}", place, value.error().message));
    setting.set(loaded_.settings, *value);
    loaded_.origins[setting.key] = origin;
  }

  std::optional<std::string> variable(const std::string& name) const {
    return sources_.environment ? sources_.environment(name) : std::nullopt;
  }

  // The data folder as far as it does not depend on the file, which may lie in it.
  std::string data_folder() const {
    if (const auto flag = sources_.flags.find("data"); flag != sources_.flags.end() && !flag->second.empty())
      return flag->second.back();
    return variable(find_setting("data")->variable).value_or(loaded_.settings.data);
  }

  void read_file() {
    std::string path = sources_.file.empty() ? variable(kFileVariable).value_or("") : sources_.file;
    if (path.empty()) {
      path = (std::filesystem::path(data_folder()) / kFileName).string();
      std::error_code error;
      if (!std::filesystem::exists(path, error)) return;
      in_data_folder_ = true;
    }
    const auto document = read_document(path);
    if (!document) return problems_.push_back(document.error().message);
    loaded_.file = path;
    if (document->value.is_null()) return;  // nothing but comments
    if (!document->value.is_object()) return problems_.push_back(fmt::format("{}: expected a map of settings", path));
    read_members(*document, document->value, "");
  }

  void read_members(const Document& document, const Json& members, const std::string& prefix) {
    for (const auto& [name, value] : members.items()) {
      const std::string key = prefix + name;
      const auto [line, column] = document.locate(key);
      const std::string place = fmt::format("{}: line {}, column {}: {}", loaded_.file, line, column, key);
      const Setting* setting = find_setting(key);
      if (setting != nullptr) {
        if (key == "data" && in_data_folder_)
          problems_.push_back(place + ": the file lies in the data folder and cannot name another one");
        else
          take(*setting, read_value(*setting, value), fmt::format("{} line {}", loaded_.file, line), place);
      } else if (!is_group(key)) {
        problems_.push_back(fmt::format("{}: {}", place, unknown_key(key)));
      } else if (value.is_object()) {
        read_members(document, value, key + ".");
      } else if (!value.is_null()) {
        problems_.push_back(fmt::format("{}: expected a map of settings, got {}", place, json_type_name(value)));
      }
    }
  }

  void read_environment() {
    for (const Setting& setting : table()) {
      if (setting.variable.empty()) continue;
      const auto text = variable(setting.variable);
      if (!text) continue;
      std::vector<std::string> words{setting.variable == "LOG_LEVEL" ? log_level_of(*text) : *text};
      if (setting.kind == Kind::kList) words = split(*text, ':');
      take(setting, read_text(setting, words, setting.bare_number), "environment " + setting.variable,
           fmt::format("environment {} ({})", setting.variable, setting.key));
    }
  }

  void read_flags() {
    for (const auto& [key, words] : sources_.flags) {
      const Setting* setting = find_setting(key);
      if (setting != nullptr) take(*setting, read_text(*setting, words), "flag " + setting->flag, setting->flag);
    }
    std::map<std::string, std::vector<std::string>> assigned;
    for (const std::string& assignment : sources_.assignments) {
      const auto equals = assignment.find('=');
      const std::string key = assignment.substr(0, equals);
      if (equals == std::string::npos)
        problems_.push_back(fmt::format("--set {}: expected KEY=VALUE, such as server.port=9003", assignment));
      else if (find_setting(key) == nullptr)
        problems_.push_back(fmt::format("--set {}: {}", key, unknown_key(key)));
      else
        assigned[key].push_back(assignment.substr(equals + 1));
    }
    for (const auto& [key, words] : assigned)
      take(*find_setting(key), read_text(*find_setting(key), words), "flag --set", "--set " + key);
  }

  static std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find(separator, from), text.size());
      if (end > from) parts.push_back(text.substr(from, end - from));
      from = end + 1;
    }
    return parts;
  }

  const Sources& sources_;
  Loaded loaded_;
  bool in_data_folder_ = false;
  std::vector<std::string> problems_;
};

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

Result<Loaded> load(const Sources& sources) {
  return Loader(sources).load();
}

}  // namespace commandcenter::config
