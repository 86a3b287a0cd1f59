#include "server/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "server/http_wire.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

const std::string* header(const Request& head, const std::string& name) {
  const auto found = head.headers.find(name);
  return found == head.headers.end() ? nullptr : &found->second;
}

bool changes_something(const Request& head) {
  return head.method != "GET" && head.method != "HEAD" && head.method != "OPTIONS";
}

// A page of another site must not make its visitor's browser start runs or approve them. Browsers name the page's
// origin, or where that is missing at least its relation to this site.
bool is_from_another_site(const Request& head) {
  if (!changes_something(head)) return false;
  const std::string* host = header(head, "host");
  if (const std::string* origin = header(head, "origin"))
    return host == nullptr || (*origin != "http://" + *host && *origin != "https://" + *host);
  const std::string* relation = header(head, "sec-fetch-site");
  return relation != nullptr && *relation != "same-origin" && *relation != "none";
}

bool is_encoded(std::string_view coding) {
  return !coding.empty() && !same_word(coding, "identity");
}

std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

void add_limit_headers(const RateLimiter::Verdict& verdict, std::int64_t window_s, Admission& admission) {
  admission.headers.emplace_back("RateLimit-Policy", fmt::format("{};w={}", verdict.limit, window_s));
  admission.headers.emplace_back("RateLimit-Limit", std::to_string(verdict.limit));
  admission.headers.emplace_back("RateLimit-Remaining", std::to_string(verdict.remaining));
  admission.headers.emplace_back("RateLimit-Reset", std::to_string(verdict.reset_s));
}

}  // namespace

Gate::Gate(const ApiConfig& config, const Api& api, Clock& clock)
    : config_(config), api_(api), clock_(clock), limiter_(config.rate_limits) {}

Result<void> Gate::open() {
  for (const std::string& proxy : config_.trusted_proxies) {
    auto network = parse_network(proxy);
    if (!network) return fail(std::move(network.error()));
    trusted_.push_back(*network);
  }
  return {};
}

Address Gate::client_of_request(const Request& head) const {
  const Address peer = parse_address(head.client_address).value_or(Address{});
  const std::string* forwarded = header(head, "x-forwarded-for");
  return forwarded == nullptr || trusted_.empty() ? peer : client_of(peer, *forwarded, trusted_);
}

// A name could have been made to point here by whoever owns it; an address could not. What has no Host is no browser.
bool Gate::is_for_this_server(const Request& head) const {
  const std::string* host = header(head, "host");
  if (host == nullptr) return true;
  const std::string_view name = host_name(*host);
  const auto is_name = [&](const std::string& known) { return same_word(known, name); };
  return same_word(name, "localhost") || parse_address(name) ||
         std::any_of(config_.host_names.begin(), config_.host_names.end(), is_name);
}

Admission Gate::admit(const Request& head) {
  Admission admission;
  const auto verdict = limiter_.count(client_of_request(head), api_.traffic_of(head), clock_.monotonic_ms());
  if (verdict.is_limited) add_limit_headers(verdict, limiter_.window_s(), admission);
  if (verdict.is_refused) {
    admission.refusal = error_response(429, "Too many requests, please try again later", "rate_limited", head.id);
    admission.headers.emplace_back("Retry-After", std::to_string(verdict.reset_s));
  } else if (!is_for_this_server(head)) {
    admission.refusal =
        error_response(403,
                       fmt::format("This server is not known as {}; whoever runs it may add the name to its host names",
                                   host_name(*header(head, "host"))),
                       "forbidden", head.id);
  } else if (is_from_another_site(head)) {
    admission.refusal = error_response(403, "Requests from pages of other sites are refused", "forbidden", head.id);
  } else if (const std::string* coding = header(head, "content-encoding"); coding != nullptr && is_encoded(*coding)) {
    admission.refusal =
        error_response(415, fmt::format("Unsupported Content-Encoding {}; send the body as it is", *coding),
                       "unsupported_media_type", head.id);
  }
  return admission;
}

}  // namespace commandcenter::server
