// The real launcher: hands out ids and passes everything on to its reactor.
#include <atomic>
#include <memory>
#include <utility>

#include "sandbox/isolation.h"
#include "sandbox/reactor.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {
namespace {

class HelperLauncher final : public Launcher {
 public:
  HelperLauncher(int helper_socket, const ProbeReport& report)
      : HelperLauncher(helper_socket, make_isolation(report)) {}

  LaunchId start(LaunchSpec spec, LaunchCallbacks callbacks) override {
    const LaunchId id = next_id_.fetch_add(1);
    reactor_.start(id, std::move(spec), std::move(callbacks));
    return id;
  }
  void kill(LaunchId id) override { reactor_.kill(id); }
  Tier tier() const override { return tier_; }

 private:
  HelperLauncher(int helper_socket, Isolation isolation)
      : tier_(isolation.tier), reactor_(helper_socket, std::move(isolation)) {}

  const Tier tier_;
  std::atomic<LaunchId> next_id_{1};
  Reactor reactor_;
};

}  // namespace

std::string_view tier_word(Tier tier) {
  switch (tier) {
    case Tier::kFull:
      return "full";
    case Tier::kNamespaces:
      return "namespaces";
    case Tier::kNone:
      return "none";
  }
  return "none";
}

std::unique_ptr<Launcher> make_launcher(SpawnHelper& helper, const ProbeReport& report) {
  return std::make_unique<HelperLauncher>(helper.socket(), report);
}

}  // namespace commandcenter::sandbox
