// A small load generator: one thread, many keep-alive connections to 127.0.0.1, one request at a time on each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace commandcenter::bench {

struct Load {
  std::uint16_t port = 0;
  std::string path;
  std::string body = "{}";
  int connections = 1;
  int requests = 100;  // in all; the first ones warm up and are not counted
  int warm_up = 10;
};

struct Measured {
  std::vector<double> latencies_ms;  // sorted
  double seconds = 0;                // of the counted requests
  int failed = 0;                    // answers that did not hold "SUCCESS"
  std::string first_failure;         // what the server answered

  double quantile_ms(double q) const;
  double per_second() const { return seconds > 0 ? static_cast<double>(latencies_ms.size()) / seconds : 0; }
};

Measured run_load(const Load& load);

// One request; the body of the answer, empty when there was none.
std::string post(std::uint16_t port, const std::string& path, const std::string& body);
std::string get(std::uint16_t port, const std::string& path);

double now_ms();

}  // namespace commandcenter::bench
