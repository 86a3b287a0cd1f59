// The request parser on Beast's basic_parser, which checks the grammar; this adds limits, and refuses what
// intermediaries read differently (other transfer codings, several hosts), since that is how requests are smuggled.
#include "server/http_parser.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/beast/http/basic_parser.hpp>

#include "base/quantity.h"
#include "server/http_target.h"
#include "server/http_wire.h"

namespace commandcenter::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

constexpr std::size_t kMaxBodyReserve_bytes = 64 << 10;  // the rest only as it arrives: a length is only a promise

std::string_view grammar_error(const error_code& error) {
  if (error == http::error::bad_method) return "the request line does not start with a method";
  if (error == http::error::bad_target) return "the request target has characters that must be percent-encoded";
  if (error == http::error::bad_version) return "the request line must end with HTTP/1.1 or HTTP/1.0";
  if (error == http::error::bad_field) return "a header line is not \"name: value\"";
  if (error == http::error::bad_value) return "a header value has characters that are not allowed";
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return "Content-Length must be one whole number, without Transfer-Encoding beside it";
  }
  if (error == http::error::bad_transfer_encoding) {
    return "Transfer-Encoding must be \"chunked\", once, in HTTP/1.1, without Content-Length beside it";
  }
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension)
    return "the chunked body is malformed";
  return "the request is not HTTP";
}

class Grammar final : public http::basic_parser<true> {
 public:
  Request request;
  std::string target;
  std::size_t fields = 0;
  std::size_t hosts = 0;
  int version = 11;
  bool trailers = false;

 private:
  void on_request_impl(http::verb, string_view method, string_view target_text, int version_number,
                       error_code&) override {
    request.method = std::string_view(method);
    target = std::string_view(target_text);
    version = version_number;
  }

  void on_field_impl(http::field field, string_view name, string_view value, error_code& error) override {
    if (trailers) return;  // nobody asked for them, and they must not pose as headers
    if (++fields > kMaxHeaderFields) error = http::error::header_limit;
    if (field == http::field::host) ++hosts;
    if (field == http::field::transfer_encoding && (version < 11 || !same_word(value, "chunked"))) {
      error = http::error::bad_transfer_encoding;
    }
    if (error) return;
    std::string key(name);
    for (char& c : key)
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    const auto [at, is_new] = request.headers.try_emplace(std::move(key), value);
    if (!is_new) at->second.append(field == http::field::cookie ? "; " : ", ").append(std::string_view(value));
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(0), kMaxBodyReserve_bytes)));
  }
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}
};

}  // namespace

class RequestParser::Impl {
 public:
  Impl(std::size_t max_header_bytes, std::size_t max_body_bytes)
      : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes) {
    reset();
  }

  void reset() {
    grammar_.emplace();
    grammar_->header_limit(static_cast<std::uint32_t>(max_header_bytes_ + 1));  // ours is exact, this one is near
    grammar_->body_limit(max_body_bytes_);
    grammar_->eager(false);  // stop behind the header, so that its size is known and the body can be refused
    header_bytes_ = 0;
    header_done_ = false;
  }

  Step feed(std::string_view bytes) {
    std::size_t skipped = 0;
    if (header_bytes_ == 0) {  // empty lines before a request line are to be ignored
      skipped = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
      bytes.remove_prefix(skipped);
      if (bytes.empty()) return {Progress::kNeedMore, skipped};
    }
    error_code error;
    const std::size_t used = grammar_->put({bytes.data(), bytes.size()}, error);
    const std::size_t left = bytes.size() - used;
    const Progress progress = header_done_ ? after_body_bytes(error, left) : after_header_bytes(error, used, left);
    return {progress, skipped + used};
  }

  std::optional<Grammar> grammar_;
  int status_ = 0;
  std::string refusal_;

 private:
  Progress refuse(int status, std::string message) {
    status_ = status;
    refusal_ = std::move(message);
    return Progress::kRefused;
  }

  Progress refuse(const error_code& error) {
    if (error == http::error::body_limit) {
      return refuse(413, fmt::format("the request body is larger than the limit of {} ({} bytes)",
                                     format_size(static_cast<std::int64_t>(max_body_bytes_)), max_body_bytes_));
    }
    if (error == http::error::header_limit) {
      return refuse(431, fmt::format("the request line and headers exceed the limit of {} bytes or {} fields",
                                     max_header_bytes_, kMaxHeaderFields));
    }
    return refuse(400, std::string(grammar_error(error)));
  }

  Progress after_header_bytes(const error_code& error, std::size_t used, std::size_t left) {
    header_bytes_ += used;
    const bool more = error == http::error::need_more;
    if (header_bytes_ + (more ? left : 0) > max_header_bytes_) return refuse(http::error::header_limit);
    if (more) return Progress::kNeedMore;
    if (error) return refuse(error);
    if (!grammar_->is_header_done()) return Progress::kNeedMore;
    header_done_ = grammar_->trailers = true;
    grammar_->eager(true);
    if (grammar_->hosts > 1 || (grammar_->hosts == 0 && grammar_->version == 11)) {
      return refuse(400, "the request must have exactly one Host header");
    }
    Request& request = grammar_->request;
    auto target = parse_target(request.method, grammar_->target);
    if (!target) return refuse(400, target.error().message);
    request.path = std::move(target->path);
    request.raw_path = std::move(target->raw_path);
    request.query = std::move(target->query);
    return grammar_->is_done() ? Progress::kDone : Progress::kHeaderDone;
  }

  Progress after_body_bytes(const error_code& error, std::size_t left) {
    if (error && error != http::error::need_more) return refuse(error);
    if (grammar_->is_done()) return Progress::kDone;
    if (left > kMaxChunkLine_bytes) return refuse(http::error::bad_chunk);
    return Progress::kNeedMore;
  }

  const std::size_t max_header_bytes_;
  const std::size_t max_body_bytes_;
  std::size_t header_bytes_ = 0;
  bool header_done_ = false;
};

RequestParser::RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : impl_(std::make_unique<Impl>(max_header_bytes, max_body_bytes)) {}
RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::feed(std::string_view bytes) {
  return impl_->feed(bytes);
}
void RequestParser::reset() {
  impl_->reset();
}
Request& RequestParser::request() {
  return impl_->grammar_->request;
}
bool RequestParser::is_http_1_0() const {
  return impl_->grammar_->version == 10;
}
bool RequestParser::keep_alive() const {
  return impl_->grammar_->keep_alive();
}
int RequestParser::refusal_status() const {
  return impl_->status_;
}
const std::string& RequestParser::refusal() const {
  return impl_->refusal_;
}

bool RequestParser::expects_continue() const {
  const auto& headers = impl_->grammar_->request.headers;
  const auto at = headers.find("expect");
  return at != headers.end() && !is_http_1_0() && same_word(at->second, "100-continue");
}

}  // namespace commandcenter::server
