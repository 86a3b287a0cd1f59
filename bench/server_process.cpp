#include "server_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "load.h"

namespace commandcenter::bench {

ServerProcess::ServerProcess(const std::string& executable, const std::filesystem::path& folder,
                             const std::vector<std::string>& more) {
  std::array<int, 2> out{};
  if (::pipe(out.data()) != 0) return;
  std::vector<std::string> words{
      executable, "serve",         "--port",      "0",    "--data", (folder / "data").string(),
      "--root",   folder.string(), "--log-level", "error"};
  for (const char* setting : {"rateLimits.reads=0", "rateLimits.writes=0", "rateLimits.triggers=0", "metrics.port=0"}) {
    words.emplace_back("--set");
    words.emplace_back(setting);
  }
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const double from = now_ms();
  pid = ::fork();
  if (pid == 0) {
    ::dup2(out[1], 1);
    ::close(out[0]);
    ::execv(executable.c_str(), arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  std::array<char, 256> line{};
  const ssize_t got = ::read(out[0], line.data(), line.size() - 1);
  const std::string text(line.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  const auto colon = text.find("127.0.0.1:");
  if (colon == std::string::npos) return;
  port = static_cast<std::uint16_t>(std::stoi(text.substr(colon + 10)));
  while (get(port, "/health/ready").find("ok") == std::string::npos) {
  }
  start_ms = now_ms() - from;
}

ServerProcess::~ServerProcess() {
  ::kill(pid, SIGTERM);
  ::waitpid(pid, nullptr, 0);
}

}  // namespace commandcenter::bench
