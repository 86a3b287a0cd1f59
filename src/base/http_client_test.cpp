#include "base/http_client.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/mock_http_server.h"

namespace commandcenter {
namespace {

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

TEST(HttpUrl, is_taken_apart) {
  const auto url = parse_http_url("HTTPS://hooks.example.org/a/b?c=d#e");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->authority(), "hooks.example.org");
  EXPECT_EQ(url->address(), "hooks.example.org:443");
  const auto plain = parse_http_url("http://[::1]:8080?q");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "::1");
  EXPECT_EQ(plain->authority(), "[::1]:8080");
  EXPECT_EQ(plain->target, "/?q");
}

TEST(HttpUrl, malformed_ones_are_refused_without_being_quoted) {
  for (const char* bad :
       {"", "s3cret", "ftp://s3cret/", "http://", "https:///s3cret", "http://u:s3cret@h/", "http://h:0/s3cret",
        "http://h:99999/s3cret", "http://h:8x/s3cret", "http://[::1/s3cret", "http://h/s3cret\r\nX: y",
        "http://a b/s3cret", "http://h%2f/s3cret", "http://[::1]s3cret/"}) {
    const auto url = parse_http_url(bad);
    ASSERT_FALSE(url) << bad;
    EXPECT_EQ(url.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(url.error().message.find("s3cret"), std::string::npos) << url.error().message;
    EXPECT_FALSE(http_exchange(get(bad)));
  }
}

TEST(HttpExchange, sends_the_request_and_returns_the_answer) {
  const MockHttpServer server({MockHttpServer::reply(418, "X-Tea: Earl Grey\r\n", "short and stout")});
  HttpRequest request = get(server.url("/pot?strong=1"));
  request.method = "POST";
  request.headers = {{"Content-Type", "text/plain"}};
  request.body = "hello";
  const auto response = http_exchange(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->body, "short and stout");
  ASSERT_NE(response->header("x-TEA"), nullptr);
  EXPECT_EQ(*response->header("x-TEA"), "Earl Grey");
  EXPECT_EQ(response->header("x-coffee"), nullptr);
  const auto asked = server.requests();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_TRUE(asked[0].head.starts_with("POST /pot?strong=1 HTTP/1.1\r\n"));
  EXPECT_NE(asked[0].head.find("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"), std::string::npos);
  EXPECT_NE(asked[0].head.find("Content-Type: text/plain\r\n"), std::string::npos);
  EXPECT_EQ(asked[0].body, "hello");
}

TEST(HttpExchange, understands_chunks_interim_answers_and_bodies_that_end_with_the_connection) {
  const MockHttpServer server(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
       "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", "HTTP/1.1 204 No Content\r\n\r\n"});
  HttpConnection connection;
  for (const char* expected : {"abcde", "until the end", ""}) {
    const auto response = connection.exchange(get(server.url("/")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, expected);
  }
}

TEST(HttpExchange, failures_name_host_and_port_only) {
  int closed_port = 0;
  {
    const MockHttpServer server({std::string(MockHttpServer::kClose)});
    closed_port = server.port();
    const auto closed = http_exchange(get(server.url("/s3cret")));
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(closed.error().message,
              "127.0.0.1:" + std::to_string(closed_port) + ": reading the answer failed: the connection was closed");
  }
  const auto refused = http_exchange(get("http://127.0.0.1:" + std::to_string(closed_port) + "/s3cret"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message,
            "127.0.0.1:" + std::to_string(closed_port) + ": connecting failed: Connection refused");

  const MockHttpServer garbage({"SSH-2.0-OpenSSH\r\n\r\n"});
  const auto nonsense = http_exchange(get(garbage.url("/s3cret")));
  ASSERT_FALSE(nonsense);
  EXPECT_EQ(nonsense.error().message.find("s3cret"), std::string::npos);
}

TEST(HttpExchange, gives_up_after_the_time_out) {
  const MockHttpServer server(
      {std::string(MockHttpServer::kHang), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc<hang>"});
  for (int i = 0; i < 2; ++i) {
    HttpRequest request = get(server.url("/s3cret"));
    request.timeout_ms = 50;
    const auto response = http_exchange(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(response.error().message,
              "127.0.0.1:" + std::to_string(server.port()) + " did not answer within 50 ms (reading the answer)");
  }
}

TEST(HttpExchange, limits_the_length_of_the_answer) {
  const MockHttpServer server({MockHttpServer::reply(200, "", std::string(1000, 'x'))});
  HttpRequest request = get(server.url("/"));
  request.max_response_bytes = 999;
  const auto response = http_exchange(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kTooLarge);
  request.max_response_bytes = 1000;
  EXPECT_TRUE(http_exchange(request));
}

TEST(HttpExchange, refuses_headers_that_would_split_the_request) {
  HttpRequest request = get("http://127.0.0.1:1/");
  request.headers = {{"X-A", "b\r\nX-C: d"}};
  ASSERT_FALSE(http_exchange(request));
  EXPECT_EQ(http_exchange(request).error().code, ErrorCode::kInvalid);
  request.headers = {{"X A", "b"}};
  EXPECT_EQ(http_exchange(request).error().code, ErrorCode::kInvalid);
}

TEST(HttpConnection, keeps_its_connection_and_replaces_a_closed_one) {
  const MockHttpServer server({MockHttpServer::reply(200, "", "a"), MockHttpServer::reply(200, "", "b"),
                               MockHttpServer::reply(200, "Connection: close\r\n", "c"),
                               MockHttpServer::reply(200, "", "d"), std::string(MockHttpServer::kClose),
                               MockHttpServer::reply(200, "", "e")});
  HttpConnection connection;
  const auto ask = [&] {
    const auto response = connection.exchange(get(server.url("/")));
    return response ? response->body : response.error().message;
  };
  EXPECT_EQ(ask(), "a");
  EXPECT_EQ(ask(), "b");
  EXPECT_EQ(ask(), "c");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(ask(), "d");
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(ask(), "e");  // closed while we asked: asked once more
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpConnection, does_not_repeat_a_post_that_may_have_been_heard) {
  const MockHttpServer server(
      {MockHttpServer::reply(200, "", "a"), std::string(MockHttpServer::kClose), MockHttpServer::reply(200, "", "b")});
  HttpConnection connection;
  HttpRequest request = get(server.url("/"));
  request.method = "POST";
  EXPECT_TRUE(connection.exchange(request));
  EXPECT_FALSE(connection.exchange(request));
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_TRUE(connection.exchange(request));
}

TEST(HttpStream, hands_out_pieces_and_can_be_stopped) {
  const MockHttpServer server({"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n<hang>"});
  std::string seen;
  const auto stopped = http_stream(get(server.url("/events")), [&](std::string_view piece) {
    seen += piece;
    return !seen.ends_with("\n\n");
  });
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(stopped->status, 200);
  EXPECT_EQ(stopped->body, "");
  EXPECT_EQ(seen, "data: 1\n\n");

  // In silence the sink is asked as well.
  const auto silent = http_stream(get(server.url("/events")), [&](std::string_view piece) { return !piece.empty(); });
  EXPECT_TRUE(silent);
}

// A server certificate for 127.0.0.1 that only those trust who were told to.
struct SelfSigned {
  SelfSigned() {
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~SelfSigned() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
};

// Answers each of `count` connections over TLS once.
class TlsServer {
 public:
  TlsServer(const SelfSigned& identity, int count) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, generic, &length) != 0)
      std::abort();
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, count] {
      for (int i = 0; i < count; ++i)
        answer(::accept(listener_, nullptr, nullptr));
    });
  }
  ~TlsServer() {
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  int port = 0;

 private:
  void answer(int connection) {
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, connection);
    char request[4096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0) {
      const std::string reply = MockHttpServer::reply(200, "Connection: close\r\n", "over TLS");
      SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ::close(connection);
  }
  SSL_CTX* context_;
  int listener_ = -1;
  std::thread thread_;
};

TEST(Https, trusts_only_certificates_of_the_store) {
  const SelfSigned identity;
  const TlsServer server(identity, 2);
  const auto request = get("https://127.0.0.1:" + std::to_string(server.port) + "/s3cret");
  const auto refused = http_exchange(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("certificate verify failed"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("s3cret"), std::string::npos);

  const auto path =
      std::filesystem::temp_directory_path() / ("http_client_test_" + std::to_string(::getpid()) + ".pem");
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_X509(file, identity.certificate);
  std::fclose(file);
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  const auto trusted = http_exchange(request);
  ::unsetenv("SSL_CERT_FILE");
  std::filesystem::remove(path);
  ASSERT_TRUE(trusted) << trusted.error().message;
  EXPECT_EQ(trusted->body, "over TLS");
}

}  // namespace
}  // namespace commandcenter
