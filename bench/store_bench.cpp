// What durable runs cost the default store: RUNS one-step runs (two transactions each, as the engine writes them) in
// batches of BATCH runs, with documents of DOCUMENT bytes. Prints one JSON object.
//
//   store_bench FOLDER [RUNS=20000] [BATCH=64] [DOCUMENT=100]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/sqlite/sqlite.h"
#include "store/store.h"

namespace {

using namespace commandcenter;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

double wall_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void add_step(store::Batch& batch, std::int64_t number, bool finished, const std::string& document) {
  const std::int64_t at_ms = 1'700'000'000'000 + number;
  const std::string id = fmt::format("01hg{:022}", number);
  store::RunRow run;
  run.id = id;
  run.workflow_id = fmt::format("01hf{:022}", number % 10);
  run.plan_id = std::string(64, 'a');
  run.trigger = "manual";
  run.context = document;
  run.status = finished ? "SUCCESS" : "RUNNING";
  run.finished = finished;
  run.started_at_ms = at_ms;
  store::NodeRunRow node;
  node.id = id + "-0-0-1";
  node.run_id = id;
  node.node = "scan";
  node.agent_id = "01hf0000000000000000000000";
  node.status = run.status;
  node.finished = finished;
  node.input = document;
  if (finished) node.output = document;
  node.created_at_ms = at_ms;
  store::EventRow event;
  event.run_id = id;
  event.sequence = finished ? 2 : 1;
  event.at_ms = at_ms;
  event.type = finished ? "NodeFinished" : "RunCreated";
  event.document = document;
  batch.puts.emplace_back(std::move(event));
  batch.puts.emplace_back(std::move(run));
  batch.puts.emplace_back(std::move(node));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: store_bench FOLDER [RUNS] [BATCH] [DOCUMENT_BYTES]\n");
    return 2;
  }
  const auto number = [&](int index, std::int64_t fallback) {
    return argc > index ? std::atoll(argv[index]) : fallback;
  };
  const std::int64_t runs = number(2, 20'000);
  const std::int64_t runs_per_batch = std::max<std::int64_t>(1, number(3, 64));
  const std::string document(static_cast<std::size_t>(number(4, 100)), 'x');

  auto opened = store::open_sqlite(argv[1]);
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error().message);
    return 1;
  }
  std::vector<double> commits_us;
  const double cpu_before_us = cpu_us();
  const double before_us = wall_us();
  for (std::int64_t first = 0; first < runs; first += runs_per_batch) {
    for (const bool finished : {false, true}) {
      store::Batch batch;
      for (std::int64_t run = first; run < std::min(runs, first + runs_per_batch); ++run)
        add_step(batch, run, finished, document);
      const double commit_us = wall_us();
      if (const auto receipt = (*opened)->commit(batch); !receipt) {
        fmt::print(stderr, "{}\n", receipt.error().message);
        return 1;
      }
      commits_us.push_back(wall_us() - commit_us);
    }
  }
  const double elapsed_us = wall_us() - before_us;
  const double used_us = cpu_us() - cpu_before_us;
  std::sort(commits_us.begin(), commits_us.end());
  const auto quantile = [&](double q) {
    return commits_us[static_cast<std::size_t>(q * static_cast<double>(commits_us.size() - 1))];
  };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"runs\":{},\"runs_per_batch\":{},\"document_bytes\":{},\"cpu_us_per_run\":{:.1f},\"wall_us_per_run\":{:.1f},"
      "\"commit_p50_us\":{:.0f},\"commit_p99_us\":{:.0f},\"commit_max_us\":{:.0f},\"peak_rss_kib\":{}}}\n",
      runs, runs_per_batch, document.size(), used_us / static_cast<double>(runs),
      elapsed_us / static_cast<double>(runs), quantile(0.5), quantile(0.99), quantile(1.0), usage.ru_maxrss);
  return 0;
}
