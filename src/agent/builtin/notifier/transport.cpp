#include "agent/builtin/notifier/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/notifier/curl.h"
#include "base/http_client.h"
#include "base/sha256.h"

namespace commandcenter::notifier {
namespace {

constexpr std::int64_t kMaxWait_ms = 3'600'000;
constexpr std::size_t kMaxReason_bytes = 80;
constexpr std::size_t kMaxProxyWords_bytes = 600;
constexpr long kTooManyRequests = 429;

struct FreeList {
  void operator()(curl_slist* list) const { curl().curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, FreeList>;

void add(Headers& headers, const std::string& line) {
  headers.reset(curl().curl_slist_append(headers.release(), line.c_str()));
}

std::string environment(const std::string& name) {
  std::string upper = name;
  for (char& c : upper)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  for (const std::string& variable : {name, upper}) {
    const char* value = std::getenv(variable.c_str());
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

// no_proxy: hosts and domains, with commas between them; "*" is every host.
bool goes_direct(const std::string& host) {
  std::string list = environment("no_proxy");
  std::ranges::replace(list, ',', ' ');
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(' ', at), list.size());
    std::string_view entry = std::string_view(list).substr(at, end - at);
    at = end + 1;
    while (entry.starts_with('.'))
      entry.remove_prefix(1);
    if (entry.empty()) continue;
    if (entry == "*" || host == entry) return true;
    if (host.size() > entry.size() && host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.') return true;
  }
  return false;
}

std::string proxy_of(const std::string& scheme) {
  const std::string own = environment(scheme + "_proxy");
  return own.empty() ? environment("all_proxy") : own;
}

// What the proxy of a sandbox says of itself in Proxy-Status (RFC 9209): why it refused, and which list it goes by.
std::string words_of_proxy(const Destination& destination, const std::map<std::string, std::string>& headers) {
  constexpr std::string_view kBegin = "commandcenter; details=\"";
  const auto found = headers.find("proxy-status");
  if (found == headers.end() || !found->second.starts_with(kBegin)) return {};
  std::string_view text = std::string_view(found->second).substr(kBegin.size());
  text = text.substr(0, text.find('"'));
  return text.size() > kMaxProxyWords_bytes || gives_away(destination, text) ? std::string() : std::string(text);
}

// Answers of services are repeated only if they are a few plain words that share nothing with the secrets.
std::string explanation(const Destination& destination, const std::string& body) {
  std::string text = body;
  if (const auto json = parse_json(text)) text = string_member(*json, "message");
  if (text.empty() || text.size() > kMaxReason_bytes || gives_away(destination, text)) return {};
  const bool plain = std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' '; });
  return plain ? text : "";
}

std::optional<std::int64_t> seconds_as_ms(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0)) return std::nullopt;
  return static_cast<std::int64_t>(std::min(seconds * 1000, static_cast<double>(kMaxWait_ms)));
}

// What the service asks to wait: Retry-After as seconds or as a date, or Discord's own header.
std::optional<std::int64_t> wanted_wait(const std::map<std::string, std::string>& headers, std::int64_t wall_ms) {
  for (const char* name : {"retry-after", "x-ratelimit-reset-after"}) {
    const auto found = headers.find(name);
    if (found == headers.end()) continue;
    if (const auto wait_ms = seconds_as_ms(found->second)) return wait_ms;
    const auto date = curl().curl_getdate(found->second.c_str(), nullptr);
    if (date > 0) return std::clamp<std::int64_t>(static_cast<std::int64_t>(date) * 1000 - wall_ms, 0, kMaxWait_ms);
  }
  return std::nullopt;
}

std::string service_id(Channel channel, const std::string& body, const std::map<std::string, std::string>& headers) {
  if (const auto json = parse_json(body)) {
    const Json* id = find_member(*json, channel == Channel::kSlack ? "ts" : "id");
    if (id != nullptr && id->is_string()) return id->get<std::string>();
    if (id != nullptr && id->is_number_integer()) return std::to_string(id->get<std::int64_t>());
  }
  const auto found = headers.find("x-message-id");
  return found == headers.end() ? "" : found->second;
}

Headers headers_of(const Destination& destination, const Parcel& parcel) {
  Headers headers;
  add(headers, "Content-Type: application/json");
  add(headers, "Idempotency-Key: " + parcel.key);
  add(headers, "User-Agent: commandcenter-notifier");
  add(headers, "Expect:");  // no question before the body
  if (destination.channel == Channel::kGithub) {
    add(headers, "Accept: application/vnd.github+json");
    add(headers, "X-GitHub-Api-Version: 2022-11-28");
    add(headers, "Authorization: Bearer " + destination.secret);
  } else if (!destination.secret.empty()) {
    add(headers, "X-Hub-Signature-256: sha256=" + hmac_sha256_hex(destination.secret, parcel.body));
  }
  return headers;
}

bool may_pass(long status) {
  return status == kTooManyRequests || status == 408 || status == 425 || status >= 500;
}

// Failures of the network may pass; refusals of certificates and policies do not.
bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Transport::Link {
  Link(const Destination& to, const HostPolicy& rules)
      : destination(to), policy(rules), handle(has_curl() ? curl().curl_easy_init() : nullptr) {}
  ~Link() {
    if (handle != nullptr) curl().curl_easy_cleanup(handle);
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    std::string& body = static_cast<Link*>(self)->body;
    body.append(data, std::min(size, kMaxAnswer_bytes - std::min(body.size(), kMaxAnswer_bytes)));
    return size;  // what is too long is read and dropped: the connection stays usable
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    const std::string_view line(data, size);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    for (char& c : name)
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
      value.remove_suffix(1);
    while (value.starts_with(' '))
      value.remove_prefix(1);
    static_cast<Link*>(self)->headers[name] = value;
    return size;
  }

  static std::size_t on_upload(char* to, std::size_t, std::size_t size, void* self) {
    std::string_view& left = static_cast<Link*>(self)->upload;
    const std::size_t count = std::min(size, left.size());
    std::memcpy(to, left.data(), count);
    left.remove_prefix(count);
    return count;
  }

  // Called with the address that the name was found to have, so that no name leads to a private one by looking
  // harmless first.
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) {
    Link& link = *static_cast<Link*>(self);
    if (link.public_only && is_private(address->addr)) {
      link.refused = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  HttpUrl place() const {
    std::string url = destination.url;
    if (destination.channel == Channel::kEmail) url = "http" + url.substr(4);
    auto parsed = parse_http_url(url);
    HttpUrl place = parsed ? *parsed : HttpUrl{};
    const bool own_port = url.find(':', url.find("//")) != std::string::npos;
    if (destination.channel == Channel::kEmail && !own_port)
      place.port = destination.url.starts_with("smtps") ? "465" : "25";
    return place;
  }

  void reset(std::int64_t timeout_ms) {
    curl().curl_easy_reset(handle);  // options, not connections
    body.clear();
    headers.clear();
    refused = false;
    const HttpUrl to = place();
    const std::string scheme = destination.url.substr(0, destination.url.find(':'));
    proxy = proxy_of(scheme);
    is_kept_from_proxy = !proxy.empty() && goes_direct(to.host);
    if (is_kept_from_proxy) proxy.clear();
    public_only = proxy.empty() && judge(policy, to.host, to.port) == Verdict::kPublicOnly;
    set(CURLOPT_PROXY, proxy.c_str());
    set(CURLOPT_NOPROXY, "");
    if (!proxy.empty() && destination.channel == Channel::kEmail) set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(timeout_ms, 1)));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_WRITEFUNCTION, &Link::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Link::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &Link::on_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
  }

  bool is_mail() const { return destination.channel == Channel::kEmail; }

  void set_mail(const Parcel& parcel, Headers& recipients) {
    for (const std::string& address : destination.to)
      add(recipients, "<" + address + ">");
    upload = parcel.body;
    set(CURLOPT_URL, destination.url.c_str());
    set(CURLOPT_MAIL_FROM, ("<" + destination.from + ">").c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Link::on_upload);
    set(CURLOPT_READDATA, this);
    // A password never goes over a line that others can read.
    set(CURLOPT_USE_SSL, static_cast<long>(destination.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (destination.user.empty()) return;
    set(CURLOPT_USERNAME, destination.user.c_str());
    set(CURLOPT_PASSWORD, destination.secret.c_str());
  }

  void set_request(const Parcel& parcel, const std::string& first_id, Headers& request_headers) {
    std::string path = parcel.path;
    if (const std::size_t place = path.find("{id}"); place != std::string::npos) path.replace(place, 4, first_id);
    request_headers = headers_of(destination, parcel);
    set(CURLOPT_URL, (destination.url + path).c_str());
    set(CURLOPT_HTTPHEADER, request_headers.get());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(parcel.body.size()));
    set(CURLOPT_POSTFIELDS, parcel.body.data());
    set(CURLOPT_CUSTOMREQUEST, parcel.method.c_str());
  }

  struct Answer {
    CURLcode code = CURLE_OK;
    long status = 0;
    long proxy_status = 0;  // of the tunnel through it
  };

  Answer perform() {
    Answer answer;
    answer.code = curl().curl_easy_perform(handle);
    curl().curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl().curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &answer.proxy_status);
    return answer;
  }

  // There is no answer of the service, or none that is whole.
  void explain_failure(const Answer& answer, std::int64_t timeout_ms, Reply& reply) const {
    const std::string address = place().address();
    if (answer.proxy_status < 400 && is_mail() && answer.status >= 400) {
      reply.reason = fmt::format("SMTP {}", answer.status);
      reply.again = answer.status < 500;
      return;
    }
    reply.status = 0;
    if (answer.proxy_status >= 400) {
      const std::string words = words_of_proxy(destination, headers);
      reply.again = may_pass(answer.proxy_status);
      reply.reason =
          words.empty() ? fmt::format("{}: the proxy answered HTTP {}", address, answer.proxy_status) : words;
      return;
    }
    reply.again = may_pass(answer.code);
    reply.reason = answer.code == CURLE_OPERATION_TIMEDOUT
                       ? fmt::format("{} did not answer within {} ms", address, timeout_ms)
                       : fmt::format("{}: {}", address, curl().curl_easy_strerror(answer.code));
    if (answer.code == CURLE_COULDNT_CONNECT && is_kept_from_proxy)
      reply.reason += "; no_proxy keeps it from the proxy (in a sandbox, unless network.allow of the server lists it)";
  }

  void note_delivery(const Parcel& parcel, Reply& reply) const {
    reply.delivered = true;
    reply.message_id =
        is_mail() ? fmt::format("<{}@commandcenter>", parcel.key) : service_id(destination.channel, body, headers);
    if (gives_away(destination, reply.message_id)) reply.message_id.clear();
  }

  void explain_refusal(const Answer& answer, std::int64_t wall_ms, Reply& reply) const {
    const bool may_be_the_proxy = !proxy.empty() && answer.proxy_status == 0;  // in a tunnel it is the service
    std::string words = may_be_the_proxy ? words_of_proxy(destination, headers) : "";
    if (words.empty()) words = explanation(destination, body);
    reply.reason = fmt::format("HTTP {}{}{}", answer.status, words.empty() ? "" : ": ", words);
    reply.again = may_pass(answer.status);
    if (reply.again) reply.wait_ms = wanted_wait(headers, wall_ms);
  }

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl().curl_easy_setopt(handle, option, value);
  }

  Destination destination;
  HostPolicy policy;
  CURL* handle;
  bool public_only = true;
  bool refused = false;
  bool is_kept_from_proxy = false;  // by no_proxy
  std::string proxy;                // that is asked; empty: none
  std::string body;
  std::string_view upload;
  std::map<std::string, std::string> headers;
};

Transport::Transport(const Destination& destination, const HostPolicy& policy)
    : link_(std::make_unique<Link>(destination, policy)) {}
Transport::Transport(Transport&&) noexcept = default;
Transport::~Transport() = default;

Result<void> Transport::check() const {
  const HttpUrl place = link_->place();
  const Verdict verdict = judge(link_->policy, place.host, place.port);
  if (verdict == Verdict::kRefused)
    return fail(ErrorCode::kForbidden, fmt::format("{} is not one of allowHosts", place.address()));
  if (verdict == Verdict::kPublicOnly && is_private_literal(place.host)) {
    return fail(ErrorCode::kForbidden,
                fmt::format("{} is a private address; name it in allowHosts, or set allowPrivate", place.address()));
  }
  return {};
}

Reply Transport::send(const Parcel& parcel, const std::string& first_id, std::int64_t wall_ms,
                      std::int64_t timeout_ms) {
  Link& link = *link_;
  Reply reply;
  if (auto checked = check(); !checked) {
    reply.reason = checked.error().message;
    return reply;
  }
  if (link.handle == nullptr) {
    reply.reason = "libcurl (libcurl.so.4) cannot be used here: install it";
    return reply;
  }
  link.reset(timeout_ms);
  Headers lines;  // used until the answer is there
  if (link.is_mail())
    link.set_mail(parcel, lines);
  else
    link.set_request(parcel, first_id, lines);
  const Link::Answer answer = link.perform();
  reply.status = static_cast<int>(answer.status);
  if (link.refused)
    reply.reason = fmt::format("{} leads to a private address; name it in allowHosts, or set allowPrivate",
                               link.place().address());
  else if (answer.code != CURLE_OK)
    link.explain_failure(answer, timeout_ms, reply);
  else if (link.is_mail() || (answer.status >= 200 && answer.status < 300))
    link.note_delivery(parcel, reply);
  else
    link.explain_refusal(answer, wall_ms, reply);
  return reply;
}

}  // namespace commandcenter::notifier
