// `secrets`: what agents may be given. A value comes from a file or standard input, never from the command line, which
// every process of the machine can read.
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/local_engine.h"
#include "cli/local_store.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "vault/vault.h"

namespace commandcenter::cli {
namespace {

// While it lives, what is typed is not shown.
class Silence {
 public:
  Silence() {
    is_terminal_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  bool is_terminal_ = false;
};

// A file as it is; standard input without the line break that ends it.
Result<std::string> read_secret(const std::string& name, const std::string& file) {
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    std::string value{std::istreambuf_iterator<char>(stream), {}};
    if (!stream && !stream.eof()) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be read", file));
    return value;
  }
  const Silence silence;
  std::string value;
  if (silence.is_terminal()) {
    std::fprintf(stderr, "Value of %s: ", name.c_str());
    std::getline(std::cin, value);
    std::fputc('\n', stderr);
    return value;
  }
  value.assign(std::istreambuf_iterator<char>(std::cin), {});
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

std::string path_of(const Remote& remote, const std::string& name, const std::string& rest = {}) {
  return fmt::format("/api/secrets/{}{}?projectId={}", segment(name), rest, remote.project_id);
}

int tell(const Remote& remote, const ApiClient& api, const Json& secret, const std::string& text) {
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(secret);
  else
    std::printf("%s\n", text.c_str());
  return kExitOk;
}

}  // namespace

int set_secret(const Remote& remote, const std::string& name, const std::string& file, bool must_exist) {
  auto value = read_secret(name, file);
  if (!value) return print_error(value.error());
  ApiClient api(remote);
  const Json body = {{"valueBase64", vault::to_base64(*value)}};
  const Json secret = api.send(must_exist ? "POST" : "PUT", path_of(remote, name, must_exist ? "/rotate" : ""), body,
                               {Kind::kObject, {{"name"}}});
  return tell(remote, api, secret,
              fmt::format("secret {} {}", name,
                          must_exist ? "has a new value" : "is set; `secrets grant` lets an agent have it"));
}

int list_secrets(const Remote& remote) {
  ApiClient api(remote);
  Json list = api.get(fmt::format("/api/secrets?projectId={}", remote.project_id),
                      {Kind::kList, {{"name"}, {"agents", Kind::kList}}});
  if (api.failed()) return api.exit_code();
  if (remote.json) {
    print_json(list);
    return kExitOk;
  }
  for (Json& secret : list) {
    std::string names;
    for (const Json& agent : secret["agents"])
      names += (names.empty() ? "" : ", ") + (agent.is_string() ? agent.get<std::string>() : dump_json(agent));
    secret["granted"] = names.empty() ? Json(nullptr) : Json(names);
  }
  return print_list(remote, list, {{"NAME", "name"}, {"SET", "updatedAt"}, {"GRANTED TO", "granted"}},
                    "There are no secrets.");
}

int grant_secret(const Remote& remote, const std::string& name, const std::string& agent, bool is_grant) {
  ApiClient api(remote);
  const std::string path = path_of(remote, name, "/agents/" + segment(agent));
  const Json secret = api.send(is_grant ? "PUT" : "DELETE", path, Json(), {Kind::kObject, {{"name"}}});
  return tell(remote, api, secret,
              fmt::format("agent {} {} the secret {}", agent, is_grant ? "is given" : "no longer gets", name));
}

int delete_secret(const Remote& remote, const std::string& name) {
  ApiClient api(remote);
  api.send("DELETE", path_of(remote, name), Json(), {Kind::kNothing});
  return tell(remote, api, Json::object(), fmt::format("secret {} is gone", name));
}

int seal_secrets_again(const config::Settings& settings, const std::string& key_file, bool json) {
  auto store = open_store(settings);
  if (!store) return print_error(store.error());
  const vault::KeySource source = key_source(settings);
  vault::Vault vault(**store, source, {});
  const auto count = vault.seal_again(key_file);
  if (!count) return print_error(count.error());
  if (json) {
    print_json({{"secrets", *count}, {"keyFile", key_file.empty() ? source.file : key_file}});
    return kExitOk;
  }
  std::printf("%lld secrets are sealed with the new key, %s\n", static_cast<long long>(*count),
              key_file.empty()
                  ? fmt::format("which is now in {}; keep a copy in another place", source.file).c_str()
                  : fmt::format("of {}; put it where the old one comes from before the next start", key_file).c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
