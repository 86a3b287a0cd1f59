#include "sandbox/fetch.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "base/http_client.h"
#include "base/sha256.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::string_view kCheckoutInside = "/checkout";
constexpr std::string_view kSourceInside = "/source";
constexpr std::string_view kMirrorInside = "/mirror";
constexpr std::size_t kMaxReference_bytes = 250;
constexpr std::string_view kOwn = "HEAD";

constexpr std::string_view kUserFile = "GIT_USER";
constexpr std::string_view kPasswordFile = "GIT_PASSWORD";
constexpr std::string_view kUserOfToken = "git";  // hosts ask for some name beside a token

// What git asks for the name and the password: from files that only it can read. It is not asked where it was sent on.
constexpr const char* kCredentialHelper =
    "!f() { test \"$1\" = get || exit 0; cd /run/secrets && "
    "printf 'username=%s\\npassword=%s\\n' \"$(cat GIT_USER)\" \"$(cat GIT_PASSWORD)\"; }; f";

// Folders may be another user's, seen from inside. Shallow; a server that gives no commit by its name gives its
// branches and tags. What is checked out is counted before.
constexpr const char* kScript = R"(set -e
cd /checkout
git config --global safe.directory '*'
if [ -n "$4" ]; then git config --global credential.helper "$4"; git config --global http.followRedirects false; fi
git init -q --template= .
if ! git fetch -q --depth 1 --no-tags "$1" "$2" 2>/tmp/why; then
  case "$2" in *[!0-9a-f]*) cat /tmp/why >&2; exit 1;; esac
  git fetch -q "$1" '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
  git rev-parse -q --verify "$2^{commit}" >.git/FETCH_HEAD || { echo "it has no commit $2" >&2; exit 1; }
fi
commit=$(git rev-parse -q --verify 'FETCH_HEAD^{commit}')
git ls-tree -r -l "$commit" | awk -v most="$3" '{ bytes += $4 + 1024 } END { exit bytes > most }' || {
  echo "the files of the repository have more than $3 bytes, the most that is checked out" >&2; exit 1; }
git -c advice.detachedHead=false checkout -q --detach "$commit"
rm -f .git/FETCH_HEAD
)";

// Only names of branches, tags and commits that the host gives by their name; one that looks like a commit and is not
// given may be had with all branches, which no mirror should hold (3). An abbreviated commit is looked up once: among
// the host's commits without their files, where it can give those. Found again in the mirror, the host is still asked
// whether it lets us in. Each fetch makes one pack, so that they can be counted. Lock files and `names` are of a git
// that was killed.
constexpr const char* kMirrorScript = R"script(set -e
cd /mirror
git config --global safe.directory '*'
if [ -n "$4" ]; then git config --global credential.helper "$4"; git config --global http.followRedirects false; fi
git init -q --bare --template= .
find . -name '*.lock' -delete
rm -rf names
get() {
  git -c fetch.unpackLimit=1 fetch -q --depth 1 --no-tags --no-auto-gc --no-write-fetch-head "$1" "+$2:$3" 2>/tmp/why
}
if get "$1" "$2" "$3"; then exit 0; fi
cat /tmp/why >&2
case "$2" in *[!0-9a-f]*) exit 1;; ????????????????????????????????????????*) exit 3;; esac
git ls-remote -q "$1" HEAD >/tmp/why 2>&1 || { cat /tmp/why >&2; exit 1; }
case "$(git rev-parse -q --verify "$3^{commit}" || true)" in "$2"*) exit 0;; esac
trap 'rm -rf /mirror/names' EXIT
git init -q --bare --template= names
git -C names fetch -q --no-tags --filter=tree:0 "$1" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' || exit 3
commit=$(git -C names rev-parse -q --verify "$2^{commit}") || exit 3
get "$1" "$commit" "$3" || exit 3
)script";

bool is_plain(std::string_view text) {
  return !text.empty() && text.front() != '-' &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

std::string reference_of(const FetchOrder& order) {
  return order.reference.empty() ? std::string(kOwn) : order.reference;
}

// All but the program and where it writes.
Result<LaunchSpec> spec_for(const FetchOrder& order, Bind writable, const char* script, std::string third) {
  if (!is_plain(order.repository)) return fail(ErrorCode::kInvalid, "that is no address of a repository");
  const std::string reference = reference_of(order);
  if (!is_plain(reference) || reference.size() > kMaxReference_bytes ||
      reference.find_first_of(":+^~*?[\\") != reference.npos) {
    return fail(ErrorCode::kInvalid, fmt::format("'{:.250}' is no branch, tag or commit", reference));
  }
  LaunchSpec spec;
  spec.label = "fetch " + order.id;
  spec.working_folder = "/";
  spec.writable = std::move(writable);
  std::string source = order.repository;
  if (source.starts_with('/')) {
    spec.read_only_binds.push_back({source, std::string(kSourceInside)});
    source = kSourceInside;
  } else {
    const auto url = parse_http_url(source);
    if (!url) return fail(ErrorCode::kInvalid, fmt::format("the repository's address: {}", url.error().message));
    auto rule = egress::parse_rule(url->address());
    if (!rule) return fail(std::move(rule.error()));
    spec.network = egress::Policy{{std::move(*rule)}, order.allowed_hosts};
  }
  spec.argv = {"/bin/sh", "-c", script, "git", source, reference, std::move(third), ""};
  if (!order.credential.empty()) {
    const std::size_t colon = order.credential.find(':');
    const bool is_token = colon == std::string::npos;
    spec.argv.back() = kCredentialHelper;
    spec.secrets = {{std::string(kUserFile), is_token ? std::string(kUserOfToken) : order.credential.substr(0, colon)},
                    {std::string(kPasswordFile), is_token ? order.credential : order.credential.substr(colon + 1)}};
  }
  spec.environment = {{"PATH", "/usr/bin:/bin"},
                      {"HOME", "/tmp"},
                      {"LANG", "C.UTF-8"},
                      {"http_proxy", std::string(kProxyUrl)},
                      {"https_proxy", std::string(kProxyUrl)},
                      {"GIT_TERMINAL_PROMPT", "0"},
                      {"GIT_CONFIG_NOSYSTEM", "1"},
                      {"GIT_ALLOW_PROTOCOL", "file:http:https"}};
  spec.limits.timeout_ms = kFetchTimeout_ms;
  spec.limits.memory_bytes = 2LL << 30;
  spec.limits.file_size_bytes = kMaxPack_bytes;
  spec.limits.layer_bytes = kMaxCheckout_bytes;
  return spec;
}

}  // namespace

Result<LaunchSpec> fetch_spec(const FetchOrder& order, const std::string& folder) {
  return spec_for(order, {folder, std::string(kCheckoutInside)}, kScript, std::to_string(kMaxCheckout_bytes));
}

Result<LaunchSpec> mirror_spec(const FetchOrder& order, const std::string& folder) {
  return spec_for(order, {folder, std::string(kMirrorInside)}, kMirrorScript, kept_reference(order));
}

std::string kept_reference(const FetchOrder& order) {
  return "refs/kept/" + sha256_hex(reference_of(order));
}

std::string commit_of(const std::string& folder) {
  std::string commit;
  std::ifstream(folder + "/.git/HEAD") >> commit;
  const bool is_commit = commit.size() >= 40 && commit.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_commit ? commit : std::string();
}

}  // namespace commandcenter::sandbox
