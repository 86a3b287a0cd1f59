// The real launcher: hands out ids and passes programs on to its reactor; what concerns files of workspaces goes over
// the workbench.
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "patch/applier.h"
#include "sandbox/checkouts.h"
#include "sandbox/hidden_folders.h"
#include "sandbox/image.h"
#include "sandbox/isolation.h"
#include "sandbox/layer.h"
#include "sandbox/reactor.h"
#include "sandbox/sandbox.h"
#include "sandbox/workbench.h"

namespace commandcenter::sandbox {
namespace {

class HelperLauncher final : public Launcher {
 public:
  HelperLauncher(int helper_socket, const ProbeReport& report, const LauncherFolders& folders)
      : HelperLauncher(helper_socket, make_isolation(report, helper_socket), folders) {}
  ~HelperLauncher() override {
    {
      const std::lock_guard lock(mutex_);  // nothing on the workbench starts a program from here on
      closing_ = true;
    }
    images_.stop();
    reactor_.reset();
  }

  LaunchId start(LaunchSpec spec, LaunchCallbacks callbacks) override {
    const LaunchId id = next_id_.fetch_add(1);
    if (!spec.workspace.empty()) {
      auto hidden = hidden_.below(spec.workspace);
      if (!hidden) {
        bench_.post([callbacks = std::move(callbacks), problem = hidden.error().message] {
          end(callbacks, ExitKind::kNotStarted, problem);
        });
        return id;
      }
      spec.hidden = std::move(*hidden);
    }
    if (spec.image) {
      const std::lock_guard lock(mutex_);
      preparing_.insert(id);
      image_bench_.post(
          [this, id, spec = std::move(spec), callbacks = std::move(callbacks)] { begin_image(id, spec, callbacks); });
      return id;
    }
    if (!spec.copy_on_write || spec.workspace.empty()) {
      reactor_->start(id, std::move(spec), std::move(callbacks));
      return id;
    }
    const std::lock_guard lock(mutex_);
    preparing_.insert(id);
    bench_.post([this, id, spec = std::move(spec), callbacks = std::move(callbacks)] { begin(id, spec, callbacks); });
    return id;
  }

  void kill(LaunchId id) override {
    const std::lock_guard lock(mutex_);
    if (preparing_.contains(id))
      killed_.insert(id);
    else
      reactor_->kill(id);
  }

  Tier tier() const override { return tier_; }
  AheadReport ahead() const override { return reactor_->ahead(); }

  void apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) override {
    bench_.post([this, order = std::move(order), done = std::move(done)] { done(applier_.apply(order)); });
  }

  void fetch(FetchOrder order, std::function<void(Result<Fetched>)> done) override {
    bench_.post([this, order = std::move(order), done = std::move(done)] { checkouts_.fetch(order, done); });
  }

  void release(const std::string& id) override {
    bench_.post([this, id] { checkouts_.release(id); });
  }

  void forget(const std::string& id) override {
    bench_.post([this, id] { applier_.forget(id); });
  }

 private:
  HelperLauncher(int helper_socket, Isolation isolation, const LauncherFolders& folders)
      : tier_(isolation.tier),
        folders_(with_absolute_paths(folders)),
        images_(folders_.images, folders_.registries),
        hidden_(folders_.hidden, shown_folders(folders_)),
        layers_folder_(folders.changes.empty() ? "" : folders.changes + "/layers"),
        // A program that becomes another user is shown a copy, whose owner can be mapped to it.
        overlay_works_(isolation.tier != Tier::kNone && isolation.users.count == 0),
        checkouts_(folders_.checkouts, folders_.mirrors, bench_, tier_ == Tier::kNone ? Checkouts::Start() : starter()),
        applier_(folders.changes + "/patches"),
        reactor_(std::make_unique<Reactor>(helper_socket, std::move(isolation), proxy_, folders.start_ahead)) {
    if (folders.changes.empty()) return;
    std::error_code ignored;
    std::filesystem::create_directories(folders.changes, ignored);
    bench_.post([this] { remove_leftovers(); });
  }

  static std::vector<std::string> shown_folders(const LauncherFolders& folders) {
    std::vector<std::string> shown = folders.shown;
    shown.push_back(folders.checkouts);
    return shown;
  }

  static LauncherFolders with_absolute_paths(LauncherFolders folders) {
    std::error_code error;
    if (!folders.images.empty())
      folders.images = std::filesystem::weakly_canonical(std::filesystem::absolute(folders.images), error).string();
    if (!folders.checkouts.empty())
      folders.checkouts =
          std::filesystem::weakly_canonical(std::filesystem::absolute(folders.checkouts), error).string();
    if (!folders.mirrors.empty())
      folders.mirrors = std::filesystem::weakly_canonical(std::filesystem::absolute(folders.mirrors), error).string();
    return folders;
  }

  static void end(const LaunchCallbacks& callbacks, ExitKind kind, std::string message) {
    Exit exit;
    exit.kind = kind;
    exit.message = std::move(message);
    callbacks.on_exit(std::move(exit));
  }

  void remove_leftovers() const {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(layers_folder_, ignored))
      Layer::remove_folder(entry.path().string());
    checkouts_.remove_leftovers();
  }

  Checkouts::Start starter() {
    return [this](LaunchSpec spec, LaunchCallbacks callbacks) {
      const std::lock_guard lock(mutex_);
      if (closing_) return false;
      reactor_->start(next_id_.fetch_add(1), std::move(spec), std::move(callbacks));
      return true;
    };
  }

  // The rest of start(), on the images' own bench: pulling takes minutes.
  void begin_image(LaunchId id, const LaunchSpec& given, const LaunchCallbacks& callbacks) {
    LaunchSpec spec = given;
    auto image =
        tier_ == Tier::kNone
            ? Result<Image>(fail(ErrorCode::kUnavailable, "images of containers need isolation, and there is none"))
            : images_.prepare(*given.image);
    if (image) {
      spec.image.reset();
      spec.root = image->root;
      if (spec.argv.empty()) spec.argv = image->command;
      add_image_environment(*image, spec);
    }
    Result<std::string> program = image ? std::string() : Result<std::string>(fail(image.error()));
    if (image && !spec.argv.empty()) program = find_in_image(*image, spec.argv.front());
    if (program && !spec.argv.empty()) spec.argv.front() = *program;
    const std::lock_guard lock(mutex_);
    const bool killed = killed_.contains(id) || closing_;
    if (killed || !program) {
      preparing_.erase(id);
      killed_.erase(id);
      return end(callbacks, killed ? ExitKind::kKilled : ExitKind::kNotStarted,
                 killed ? "killed" : program.error().message);
    }
    if (spec.copy_on_write && !spec.workspace.empty())
      return bench_.post([this, id, spec = std::move(spec), callbacks] { begin(id, spec, callbacks); });
    preparing_.erase(id);
    reactor_->start(id, std::move(spec), callbacks);
  }

  // The protocol's own variables win, except for where programs are.
  static void add_image_environment(const Image& image, LaunchSpec& spec) {
    for (const std::string& variable : image.environment) {
      const std::size_t equals = std::min(variable.find('='), variable.size());
      const std::string name = variable.substr(0, equals);
      const auto own = std::find_if(spec.environment.begin(), spec.environment.end(),
                                    [&name](const auto& entry) { return entry.first == name; });
      if (name.empty() || equals == variable.size()) continue;
      if (own == spec.environment.end())
        spec.environment.emplace_back(name, variable.substr(equals + 1));
      else if (name == "PATH")
        own->second = variable.substr(equals + 1);
    }
  }

  // The rest of start(), on the workbench.
  void begin(LaunchId id, const LaunchSpec& given, const LaunchCallbacks& callbacks) {
    LaunchSpec spec = given;
    std::optional<Layer> layer;
    std::string problem;
    if (layers_folder_.empty()) {
      problem = "this server keeps no changes of files: it has no folder for them";
    } else {
      auto made = Layer::make(spec.workspace, fmt::format("{}/{}", layers_folder_, id), overlay_works_, spec.hidden);
      if (made)
        layer = std::move(*made);
      else
        problem = made.error().message;
    }
    const std::lock_guard lock(mutex_);
    preparing_.erase(id);
    const bool killed = killed_.erase(id) > 0 || closing_;
    if (killed || !layer) {
      if (layer) layer->remove();
      return end(callbacks, killed ? ExitKind::kKilled : ExitKind::kNotStarted, killed ? "killed" : problem);
    }
    spec.layer = layer->mount();
    if (tier_ == Tier::kNone) spec.workspace = layer->mount().shown;
    LaunchCallbacks own{
        callbacks.on_started, callbacks.on_log,
        [this, id, given, callbacks, layer = std::move(*layer)](const Exit& exit) {
          bench_.post([this, id, given, callbacks, layer, exit] { finish(id, given, callbacks, layer, exit); });
        }};
    reactor_->start(id, std::move(spec), std::move(own));
  }

  // The program has ended: what has it changed?
  void finish(LaunchId id, const LaunchSpec& given, const LaunchCallbacks& callbacks, Layer layer, Exit exit) {
    if (exit.kind == ExitKind::kNotStarted && exit.limit == kLayerRefused && layer.mount().overlay && !closing_) {
      overlay_works_ = false;  // copies do as well
      layer.remove();
      {
        const std::lock_guard lock(mutex_);
        preparing_.insert(id);
      }
      return begin(id, given, callbacks);
    }
    if (exit.kind == ExitKind::kExited && exit.exit_code == 0) {
      std::vector<std::string> secrets;
      for (const SecretFile& secret : given.secrets)
        secrets.push_back(secret.value);
      auto patch = layer.capture(Mask(secrets));
      if (patch)
        exit.patch = std::move(*patch);
      else
        exit.patch_problem = patch.error().message;
    }
    layer.remove();
    callbacks.on_exit(std::move(exit));
  }

  const Tier tier_;
  const LauncherFolders folders_;
  ImageStore images_;
  const HiddenFolders hidden_;
  const std::string layers_folder_;
  std::atomic<LaunchId> next_id_{1};
  std::atomic<bool> closing_ = false;
  std::mutex mutex_;  // guards the two sets, and the moment in which a launch leaves them
  std::set<LaunchId> preparing_;
  std::set<LaunchId> killed_;
  bool overlay_works_;      // of the workbench
  Checkouts checkouts_;     // of the workbench
  patch::Applier applier_;  // of the workbench
  egress::Proxy proxy_;     // outlives the reactor, too
  Workbench image_bench_;   // posts to the other one
  Workbench bench_;         // outlives the reactor, whose last exits it finishes
  std::unique_ptr<Reactor> reactor_;
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

std::unique_ptr<Launcher> make_launcher(SpawnHelper& helper, const ProbeReport& report,
                                        const LauncherFolders& folders) {
  return std::make_unique<HelperLauncher>(helper.socket(), report, folders);
}

}  // namespace commandcenter::sandbox
