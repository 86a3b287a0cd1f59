// `commandcenter serve` on a free port, until the object goes. Requests are not limited.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace commandcenter::bench {

class ServerProcess {
 public:
  // Returns when it is ready; `port` is 0 when it did not start.
  ServerProcess(const std::string& executable, const std::filesystem::path& folder,
                const std::vector<std::string>& more = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  pid_t pid = -1;
  std::uint16_t port = 0;
  double start_ms = 0;
};

}  // namespace commandcenter::bench
