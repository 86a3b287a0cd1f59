// The real launcher against the conformance suite, protected, protected behind a circuit breaker, and not.
#include <string>

#include "sandbox/guarded_launcher.h"
#include "sandbox/launcher_conformance.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {
namespace {

class RealLauncher final : public LauncherUnderTest {
 public:
  explicit RealLauncher(const ProbeReport& report)
      : helper_(std::move(*SpawnHelper::fork_now())), launcher_(make_launcher(helper_, report)) {}
  // Behind a circuit breaker, it keeps the same promises.
  RealLauncher(const ProbeReport& report, Clock& clock) : RealLauncher(report) {
    launcher_ = std::make_unique<GuardedLauncher>(std::move(launcher_), clock);
  }

  Launcher& launcher() override { return *launcher_; }
  void destroy_launcher() override { launcher_.reset(); }

  LaunchSpec echo(std::string input) override {
    LaunchSpec spec = shell("exec /bin/cat");
    spec.input = std::move(input);
    return spec;
  }
  LaunchSpec exit_with(int code) override { return shell("exit " + std::to_string(code)); }
  LaunchSpec log(const std::string& bytes) override {
    LaunchSpec spec = shell("exec /bin/cat >&2");
    spec.input = bytes;
    return spec;
  }
  LaunchSpec run_for_ever() override { return shell("echo ready >&2; while :; do /bin/sleep 60; done"); }
  LaunchSpec answer(std::int64_t size_bytes) override {
    return shell("exec /usr/bin/head -c " + std::to_string(size_bytes) + " /dev/zero");
  }
  LaunchSpec missing_program() override {
    LaunchSpec spec;
    spec.argv = {"/usr/bin/there-is-no-such-program"};
    return spec;
  }

 private:
  static LaunchSpec shell(const std::string& script) {
    LaunchSpec spec;
    spec.label = "test";
    spec.argv = {"/bin/sh", "-c", script};
    return spec;
  }

  SpawnHelper helper_;
  std::unique_ptr<Launcher> launcher_;
};

SystemClock shared_clock;

INSTANTIATE_TEST_SUITE_P(
    Real, LauncherConformance,
    testing::Values(LauncherSubject{"Namespaces", [] { return std::make_unique<RealLauncher>(probe_sandbox()); }},
                    LauncherSubject{"Guarded",
                                    [] { return std::make_unique<RealLauncher>(probe_sandbox(), shared_clock); }},
                    LauncherSubject{"None", [] { return std::make_unique<RealLauncher>(no_sandbox()); }}),
    subject_name);

}  // namespace
}  // namespace commandcenter::sandbox
