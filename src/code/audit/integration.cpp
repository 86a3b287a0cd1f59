// What a repository is tied to: endpoints it offers and calls, events, systems, variables that hold credentials.
#include <algorithm>
#include <array>
#include <map>

#include "code/architecture/architecture.h"
#include "code/audit/audit.h"
#include "code/audit/lists.h"

namespace commandcenter::audit {
namespace {

constexpr auto kSecretWords = std::to_array<std::string_view>(
    {"KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "CREDENTIAL", "CREDENTIALS", "DSN", "PRIVATE", "AUTH"});

// By whole words of the name, and addresses that carry a password by custom.
bool names_credential(std::string_view name) {
  if (name.ends_with("DATABASE_URL") || name.ends_with("REDIS_URL") || name.ends_with("AMQP_URL") ||
      name.ends_with("MONGO_URL"))
    return true;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    if (std::ranges::find(kSecretWords, name.substr(0, end)) != kSecretWords.end()) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

}  // namespace

Result<Json> integration(const Place& place) {
  architecture::Options options;
  options.target = place.target;
  options.folder = place.folder;
  const auto model = architecture::read_architecture(place.root, options);
  if (!model) return fail(model.error());
  const Json around = architecture::surroundings_json(*model);
  Json result = {{"name", model->name}};
  Json counts = Json::object();
  const auto add = [&](const char* name, Json list) {
    counts[name] = list.size();
    result[name] = limited(std::move(list));
  };
  add("offered", architecture::signals_json(*model, "route"));
  add("called", architecture::signals_json(*model, "call"));
  add("published", architecture::signals_json(*model, "publish"));
  add("subscribed", architecture::signals_json(*model, "subscribe"));
  std::map<std::string, Json> variables;
  for (const architecture::Signal& signal : model->signals) {
    if (signal.kind != "variable") continue;
    Json& entry = variables[signal.name];
    if (entry.is_null())
      entry = {{"name", signal.name},
               {"credential", names_credential(signal.name)},
               {"file", signal.spot.file},
               {"line", signal.spot.line},
               {"uses", 0}};
    entry["uses"] = entry["uses"].get<int>() + 1;
  }
  Json credentials = Json::array();
  Json others = Json::array();
  for (auto& [name, entry] : variables)
    (entry["credential"] == true ? credentials : others).push_back(std::move(entry));
  add("credentials", std::move(credentials));
  add("variables", std::move(others));
  Json auth = Json::array();
  Json systems = Json::array();
  for (const Json& system : around["systems"])
    (string_member(system, "kind") == "auth" ? auth : systems).push_back(system);
  add("auth", std::move(auth));
  add("systems", std::move(systems));
  add("services", around["services"]);
  result["counts"] = std::move(counts);
  return result;
}

}  // namespace commandcenter::audit
