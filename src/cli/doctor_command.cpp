// `doctor`: whether this machine can do everything, and what to do about what it cannot.
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "sandbox/sandbox.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/sqlite.h"

namespace commandcenter::cli {
namespace {

struct Check {
  std::string name;
  bool ok = false;
  bool required = true;
  std::string detail;
};

Check check_sandbox() {
  const sandbox::ProbeReport report = sandbox::probe_sandbox();
  return {"isolation of agents", report.tier != sandbox::Tier::kNone, true, report.detail};
}

Check check_data(const std::string& data) {
  std::error_code error;
  const bool existed = std::filesystem::exists(data, error);
  if (!existed) {
    const auto parent = std::filesystem::absolute(data, error).parent_path();
    const bool there = std::filesystem::is_directory(parent, error);
    return {"data folder", there, true,
            there ? fmt::format("{} will be created", data)
                  : fmt::format("{} cannot be created: its parent folder is not there", data)};
  }
  const auto store = store::open_sqlite(data);
  if (!store) {
    if (store.error().code != ErrorCode::kConflict) return {"data folder", false, true, store.error().message};
    const auto busy = store::check_database(data);  // a server is at work on it
    return {"data folder", busy.has_value(), true,
            busy ? fmt::format("{} is sound; {}", data, store.error().message) : busy.error().message};
  }
  const auto checked = (*store)->check();
  return {"data folder", checked.has_value(), true,
          checked ? fmt::format("{} is sound", data) : checked.error().message};
}

Check check_program(const std::string& program, std::string_view purpose) {
  std::error_code error;
  for (const char* folder : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    const auto path = std::filesystem::path(folder) / program;
    if (std::filesystem::exists(path, error)) return {program, true, false, path.string()};
  }
  return {program, false, false, fmt::format("not installed; only needed {}", purpose)};
}

}  // namespace

int doctor(const std::string& data, bool json) {
  const std::array<Check, 5> checks{check_sandbox(), check_data(data),
                                    check_program("git", "for repositories at a ref"),
                                    check_program("python3", "by agents written in Python"),
                                    check_program("node", "by agents written in JavaScript")};
  bool healthy = true;
  Json list = Json::array();
  const bool terminal = is_terminal(stdout);
  for (const Check& check : checks) {
    healthy = healthy && (check.ok || !check.required);
    list.push_back({{"name", check.name}, {"ok", check.ok}, {"required", check.required}, {"detail", check.detail}});
    if (json) continue;
    const std::string mark = check.ok ? paint("ok     ", Colour::kGreen, terminal)
                                      : paint(check.required ? "missing" : "absent ",
                                              check.required ? Colour::kRed : Colour::kGrey, terminal);
    std::printf("%s  %-20s %s\n", mark.c_str(), check.name.c_str(), check.detail.c_str());
  }
  if (json) print_json({{"healthy", healthy}, {"checks", std::move(list)}});
  return healthy ? kExitOk : kExitFailed;
}

}  // namespace commandcenter::cli
