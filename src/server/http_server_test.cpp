// The server as a client sees it: raw bytes over real sockets. Whatever is waited for has a deadline.
// tidy: long because each test is one way a client behaves, over the same small socket helpers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/http.h"

namespace commandcenter::server {
namespace {

using namespace std::chrono_literals;

constexpr int kDeadline_ms = 10'000;

struct Answer {
  std::string head;  // with the status line
  std::string body;
  int status() const { return head.size() < 12 ? 0 : std::atoi(head.c_str() + 9); }
  bool has(const std::string& line) const { return head.find("\r\n" + line + "\r\n") != std::string::npos; }
};

class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer_bytes = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(); }

  bool connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  // False once the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Everything up to and with the mark; what came when it never does.
  std::string read_until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = received_.find(mark)) == std::string::npos) {
      if (!receive()) return std::exchange(received_, {});
    }
    return take(at + mark.size());
  }

  Answer read_answer(bool has_body = true) {
    Answer answer;
    answer.head = read_until("\r\n\r\n");
    const std::size_t at = answer.head.find("\r\nContent-Length: ");
    if (!has_body || at == std::string::npos) return answer;
    const auto length = static_cast<std::size_t>(std::atoll(answer.head.c_str() + at + 18));
    while (received_.size() < length && receive()) {
    }
    answer.body = take(std::min(length, received_.size()));
    return answer;
  }

  Answer ask(std::string_view bytes) {
    send(bytes);
    return read_answer();
  }

  // The server closed (or reset) the connection, with nothing more to read.
  bool is_closed() {
    if (!received_.empty()) return false;
    return !receive() && at_end_ && received_.empty();
  }

  // Whether there is something to read within that time.
  bool has_news(int timeout_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    return !received_.empty() || ::poll(&waiting, 1, timeout_ms) == 1;
  }

  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

 private:
  std::string take(std::size_t size) {
    std::string head = received_.substr(0, size);
    received_.erase(0, size);
    return head;
  }

  bool receive() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, kDeadline_ms) != 1) return false;
    char bytes[65536];
    const ssize_t size = ::recv(fd_, bytes, sizeof bytes, 0);
    at_end_ = size <= 0;
    if (size > 0) received_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
  }

  int fd_;
  bool at_end_ = false;
  std::string received_;
};

Response text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

Response plain_error(int status, std::string_view message, const std::string& request_id) {
  Response response = text(fmt::format("{}|{}|{}", status, message, request_id));
  response.status = status;
  return response;
}

Handler answering(std::function<Response(const Request&)> make) {
  return [make = std::move(make)](const Request& request, std::shared_ptr<Responder> responder) {
    responder->respond(make(request));
  };
}

Handler echo() {
  return answering(
      [](const Request& request) { return text(request.method + " " + request.path + " " + request.body); });
}

HttpConfig any_port() {
  HttpConfig config;
  config.port = 0;
  return config;
}

std::unique_ptr<HttpServer> serve(Handler handler, const HttpConfig& config = any_port(), int threads = 1) {
  auto server = HttpServer::listen(config, std::move(handler), plain_error);
  if (!server) throw std::runtime_error(server.error().message);
  (*server)->start(threads);
  return std::move(*server);
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post_request(std::string_view body) {
  return fmt::format("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

bool is_ready(const std::future<void>& future) {
  return future.wait_for(std::chrono::milliseconds(kDeadline_ms)) == std::future_status::ready;
}

// ---- requests

TEST(HttpServer, keeps_connections_and_answers_pipelined_requests_in_order) {
  const auto server = serve(echo());
  Client client(server->port());
  EXPECT_EQ(client.ask(kGet).body, "GET /a ");
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += post_request(fmt::format("number {}", i));
  client.send(many);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(client.read_answer().body, fmt::format("POST /p number {}", i));
}

TEST(HttpServer, takes_requests_byte_by_byte) {
  const auto server = serve(echo());
  Client client(server->port());
  const std::string bytes =
      "\r\nPOST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: "
      "v\r\n\r\n";
  for (const char byte : bytes)
    ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read_answer().body, "POST /p abcde");
  EXPECT_EQ(client.ask(kGet).status(), 200);
}

TEST(HttpServer, hands_over_the_decoded_request) {
  std::promise<Request> seen;
  const auto server = serve([&](Request request, std::shared_ptr<Responder> responder) {
    seen.set_value(std::move(request));
    responder->respond(text("ok"));
  });
  Client client(server->port());
  const Answer answer = client.ask(
      "GET http://x:1/a%2Fb%20c/%C3%A9?q=1+2%26&q=3%2B&flag&empty=&&=v HTTP/1.1\r\nHost: x\r\nX-Thing:  One \r\n"
      "x-thing: two\r\nX-Request-Id: my.id-1\r\n\r\n");
  const Request request = seen.get_future().get();
  EXPECT_EQ(request.path, "/a/b c/\xC3\xA9");
  EXPECT_EQ(request.raw_path, "/a%2Fb%20c/%C3%A9");
  EXPECT_EQ(request.query, (std::map<std::string, std::string>{{"q", "3+"}, {"flag", ""}, {"empty", ""}, {"", "v"}}));
  EXPECT_EQ(request.headers.at("x-thing"), "One, two");
  EXPECT_EQ(request.client_address, "127.0.0.1");
  EXPECT_EQ(request.id, "my.id-1");
  EXPECT_TRUE(answer.has("X-Request-Id: my.id-1"));
}

TEST(HttpServer, gives_every_request_an_id) {
  const auto server = serve(answering([](const Request& request) { return text(request.id); }));
  Client client(server->port());
  const Answer first = client.ask(kGet);
  const Answer second = client.ask("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: no spaces allowed\r\n\r\n");
  EXPECT_TRUE(first.has("X-Request-Id: " + first.body));
  EXPECT_FALSE(first.body.empty());
  EXPECT_NE(first.body, second.body);
  EXPECT_EQ(second.body.find(' '), std::string::npos);
}

TEST(HttpServer, refuses_what_is_not_http_and_closes) {
  const auto server = serve(echo());
  for (const std::string bytes : {
           "hello\r\n\r\n",
           "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
           "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
           "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /%2 HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /?a=%f0%80%80%80 HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /?a=%4 HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
       }) {
    Client client(server->port());
    const Answer answer = client.ask(bytes);
    EXPECT_EQ(answer.status(), 400) << bytes;
    EXPECT_EQ(answer.body.substr(0, 4), "400|") << bytes;
    EXPECT_TRUE(answer.has("Connection: close")) << bytes;
    EXPECT_TRUE(client.is_closed()) << bytes;
  }
}

TEST(HttpServer, limits_the_header) {
  HttpConfig config = any_port();
  config.max_header_bytes = 4096;
  const auto server = serve(echo(), config);
  const std::string begin = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  const std::string end = "\r\n\r\n";
  const auto sized = [&](std::size_t size) { return begin + std::string(size - begin.size() - end.size(), 'a') + end; };
  EXPECT_EQ(Client(server->port()).ask(sized(4096)).status(), 200);
  EXPECT_EQ(Client(server->port()).ask(sized(4097)).status(), 431);
  EXPECT_EQ(Client(server->port()).ask("GET /" + std::string(5000, 'a')).status(), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 300; ++i)
    many += "a:b\r\n";
  EXPECT_EQ(Client(server->port()).ask(many + "\r\n").status(), 431);
  Client endless(server->port());
  endless.send("GET / HTTP/1.1\r\n");
  while (!endless.has_news(0) && endless.send("Y: z\r\n")) {
  }
  EXPECT_EQ(endless.read_answer().status(), 431);
}

// ---- bodies

TEST(HttpServer, limits_bodies_by_their_announced_length) {
  HttpConfig config = any_port();
  config.max_body_bytes = 100'000;
  const auto server = serve(answering([](const Request& r) { return text(std::to_string(r.body.size())); }), config);
  EXPECT_EQ(Client(server->port()).ask(post_request(std::string(100'000, 'b'))).body, "100000");
  Client client(server->port());
  const Answer refused = client.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");  // none of it sent
  EXPECT_EQ(refused.status(), 413);
  EXPECT_NE(refused.body.find("100000 bytes"), std::string::npos);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, counts_chunked_bodies) {
  HttpConfig config = any_port();
  config.max_body_bytes = 100'000;
  const auto server = serve(answering([](const Request& r) { return text(std::to_string(r.body.size())); }), config);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto chunk = [](std::size_t size) { return fmt::format("{:x}\r\n{}\r\n", size, std::string(size, 'c')); };
  EXPECT_EQ(Client(server->port()).ask(head + chunk(60'000) + chunk(40'000) + "0\r\n\r\n").body, "100000");
  EXPECT_EQ(Client(server->port()).ask(head + chunk(60'000) + "9c41\r\n").status(), 413);
}

TEST(HttpServer, lets_a_refused_client_that_sends_on_read_the_refusal) {
  HttpConfig config = any_port();
  config.max_body_bytes = 1000;
  const auto server = serve(echo(), config);
  Client client(server->port());
  EXPECT_TRUE(client.send(post_request(std::string(4 << 20, 'b'))));
  EXPECT_EQ(client.read_answer().status(), 413);
}

TEST(HttpServer, says_continue_only_to_bodies_it_takes) {
  HttpConfig config = any_port();
  config.max_body_bytes = 10;
  const auto server = serve(echo(), config);
  Client client(server->port());
  client.send("POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("abc").body, "POST /p abc");
  EXPECT_EQ(client.ask("POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n").status(),
            413);
}

// ---- responses

TEST(HttpServer, answers_head_without_a_body) {
  const auto server = serve(echo());
  Client client(server->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answer answer = client.read_answer(false);
  EXPECT_TRUE(answer.has("Content-Length: 8"));
  EXPECT_EQ(client.ask(kGet).body, "GET /a ");  // follows at once: no byte of a body came between
}

TEST(HttpServer, respects_connection_headers_of_both_versions) {
  const auto server = serve(echo());
  Client closing(server->port());
  EXPECT_TRUE(closing.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").has("Connection: close"));
  EXPECT_TRUE(closing.is_closed());
  Client old(server->port());
  EXPECT_TRUE(old.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").has("Connection: keep-alive"));
  EXPECT_TRUE(old.ask("GET / HTTP/1.0\r\n\r\n").has("Connection: close"));
  EXPECT_TRUE(old.is_closed());
}

TEST(HttpServer, leaves_out_headers_that_would_break_their_line) {
  const auto server = serve(answering([](const Request&) {
    Response response = text("body");
    response.headers = {{"X-Good", "yes"},
                        {"X-Bad", "a\r\nSet-Cookie: evil=1"},
                        {"X Bad: b\r\nEvil", "c"},
                        {"Content-Length", "999"},
                        {"Location", std::string("/\0x", 3)}};
    response.content_type = "text/plain\r\nEvil: 1";
    return response;
  }));
  const Answer answer = Client(server->port()).ask(kGet);
  EXPECT_TRUE(answer.has("X-Good: yes"));
  EXPECT_TRUE(answer.has("Content-Length: 4"));
  EXPECT_EQ(answer.head.find("vil"), std::string::npos);
  EXPECT_EQ(answer.head.find("Location"), std::string::npos);
  EXPECT_EQ(answer.head.find("999"), std::string::npos);
}

TEST(HttpServer, takes_answers_from_other_threads_and_only_the_first) {
  std::vector<std::thread> threads;
  const auto server = serve([&](Request, std::shared_ptr<Responder> responder) {
    threads.emplace_back([responder = std::move(responder)] {
      responder->respond(text("first"));
      responder->respond(text("second"));
      EXPECT_FALSE(responder->stream(Response{})->write("third"));
    });
  });
  Client client(server->port());
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(client.ask(kGet).body, "first");
  for (auto& thread : threads)
    thread.join();
}

TEST(HttpServer, answers_500_for_dropped_responders_and_throwing_handlers) {
  const auto server = serve([](const Request& request, std::shared_ptr<Responder>) {
    if (request.path == "/throw") throw std::runtime_error("secret");
  });
  Client client(server->port());
  const Answer dropped = client.ask(kGet);
  EXPECT_EQ(dropped.status(), 500);
  EXPECT_EQ(dropped.body.substr(0, 4), "500|");
  const Answer thrown = client.ask("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(thrown.status(), 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
}

TEST(HttpServer, survives_answers_to_clients_that_have_gone) {
  std::promise<std::shared_ptr<Responder>> held;
  const auto server = serve([&](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/hold") return held.set_value(std::move(responder));
    responder->respond(text("alive"));
  });
  std::shared_ptr<Responder> responder;
  {
    Client client(server->port());
    client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    responder = held.get_future().get();
  }
  responder->respond(text(std::string(1 << 20, 'x')));  // more than the kernel takes for a closed peer
  EXPECT_EQ(Client(server->port()).ask(kGet).body, "alive");
}

TEST(HttpServer, ignores_answers_after_its_end) {
  std::promise<std::shared_ptr<Responder>> held;
  std::promise<std::shared_ptr<Stream>> streams;
  auto server = serve([&](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/stream") return streams.set_value(responder->stream(Response{}));
    held.set_value(std::move(responder));
  });
  Client client(server->port());
  Client listener(server->port());
  client.send(kGet);
  listener.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto responder = held.get_future().get();
  const auto stream = streams.get_future().get();
  server.reset();
  EXPECT_TRUE(client.is_closed());
  responder->respond(text("too late"));
  EXPECT_FALSE(stream->write("too late"));
}

TEST(HttpServer, sends_large_bodies_whole_to_slow_readers) {
  const std::string large(8 << 20, 'x');
  const auto server = serve(answering([&](const Request&) { return text(large); }));
  Client client(server->port(), 4096);
  EXPECT_EQ(client.ask(kGet).body.size(), large.size());
}

// ---- streams

struct Streaming {
  std::promise<std::shared_ptr<Stream>> opened;
  std::unique_ptr<HttpServer> server = serve([this](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/ping") return responder->respond(text("pong"));
    Response head;
    head.content_type = "text/event-stream";
    opened.set_value(responder->stream(head));
  });
};

TEST(HttpStream, sends_chunks_as_they_are_written_and_ends) {
  Streaming streaming;
  Client client(streaming.server->port());
  client.send(kGet);
  const Answer head = client.read_answer();
  EXPECT_TRUE(head.has("Transfer-Encoding: chunked"));
  EXPECT_TRUE(head.has("Content-Type: text/event-stream"));
  const auto stream = streaming.opened.get_future().get();
  EXPECT_TRUE(stream->write("data: 1\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  std::promise<void> closed;
  stream->on_close([&] { closed.set_value(); });
  stream->close();
  EXPECT_EQ(client.read_all(), "0\r\n\r\n");
  EXPECT_FALSE(stream->write("more"));
  client.close();
  EXPECT_TRUE(is_ready(closed.get_future()));
  bool at_once = false;
  stream->on_close([&] { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST(HttpStream, keeps_the_order_of_writes_from_another_thread) {
  Streaming streaming;
  Client client(streaming.server->port());
  client.send("GET / HTTP/1.0\r\n\r\n");  // knows no chunks: the body ends with the connection
  const auto stream = streaming.opened.get_future().get();
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    expected += fmt::format("{},", i);
    ASSERT_TRUE(stream->write(fmt::format("{},", i)));
  }
  stream->close();
  const std::string all = client.read_all();
  EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), expected);
}

TEST(HttpStream, tells_when_the_client_has_gone) {
  Streaming streaming;
  Client client(streaming.server->port());
  client.send(kGet);
  const auto stream = streaming.opened.get_future().get();
  std::promise<void> gone;
  stream->on_close([&] { gone.set_value(); });
  client.close();
  EXPECT_TRUE(is_ready(gone.get_future()));
  EXPECT_FALSE(stream->write("anyone?"));
}

TEST(HttpStream, closes_on_a_client_that_does_not_read) {
  Streaming streaming;
  Client client(streaming.server->port(), 4096);
  client.send(kGet);
  const auto stream = streaming.opened.get_future().get();
  std::promise<void> closed;
  stream->on_close([&] { closed.set_value(); });
  const std::string piece(256 << 10, 's');
  std::size_t taken_bytes = 0;
  Client other(streaming.server->port());
  while (taken_bytes < (64U << 20) && stream->write(piece)) {
    taken_bytes += piece.size();
    // The one thread has come round: it is stuck with what the client does not take, and must notice the overflow
    // still.
    ASSERT_EQ(other.ask("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").body, "pong");
  }
  EXPECT_GE(taken_bytes, kMaxStreamBacklog_bytes - piece.size());
  EXPECT_LT(taken_bytes, 64U << 20);
  EXPECT_TRUE(is_ready(closed.get_future()));
}

TEST(HttpStream, ends_when_it_is_dropped_or_asked_for_by_head) {
  const auto server =
      serve([](const Request&, std::shared_ptr<Responder> responder) { responder->stream(Response{})->write("x"); });
  Client client(server->port());
  client.send(kGet);
  const std::string all = client.read_all();
  EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), "1\r\nx\r\n0\r\n\r\n");
  Client head(server->port());
  head.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head.read_all().ends_with("\r\n\r\n"));
}

// ---- time, crowds and the end

TEST(HttpServer, gives_up_on_slow_requests_with_408) {
  HttpConfig config = any_port();
  config.read_timeout_ms = 50;
  const auto server = serve(echo(), config);
  Client client(server->port());
  const Answer answer = client.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(answer.status(), 408);
  EXPECT_TRUE(client.is_closed());
  Client trickling(server->port());  // progress does not buy more time
  trickling.send("GET / HTTP/1.1\r\nX: ");
  while (trickling.send("x") && !trickling.has_news(1)) {
  }
  EXPECT_EQ(trickling.read_answer().status(), 408);
}

TEST(HttpServer, closes_idle_connections_silently) {
  HttpConfig config = any_port();
  config.idle_timeout_ms = 50;
  const auto server = serve(echo(), config);
  Client fresh(server->port());
  EXPECT_TRUE(fresh.is_closed());
  Client used(server->port());
  EXPECT_EQ(used.ask(kGet).status(), 200);
  EXPECT_TRUE(used.is_closed());
}

TEST(HttpServer, refuses_connections_above_the_cap_and_recovers) {
  HttpConfig config = any_port();
  config.max_connections = 2;
  const auto server = serve(echo(), config);
  auto first = std::make_unique<Client>(server->port());
  Client second(server->port());
  EXPECT_EQ(first->ask(kGet).status(), 200);
  EXPECT_EQ(second.ask(kGet).status(), 200);
  {
    Client third(server->port());
    const Answer refused = third.ask(kGet);
    EXPECT_EQ(refused.status(), 503);
    EXPECT_TRUE(refused.has("Retry-After: 1"));
    EXPECT_TRUE(third.is_closed());
  }
  first.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeadline_ms);
  int status = 503;
  while (status != 200 && std::chrono::steady_clock::now() < deadline)
    status = Client(server->port()).ask(kGet).status();
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, stop_lets_requests_finish_and_ends_streams_and_idle_connections) {
  std::promise<std::shared_ptr<Responder>> held;
  std::promise<std::shared_ptr<Stream>> opened;
  const auto server = serve([&](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/hold") return held.set_value(std::move(responder));
    if (request.path == "/stream") return opened.set_value(responder->stream(Response{}));
    responder->respond(text("ok"));
  });
  const std::uint16_t port = server->port();
  Client idle(port);
  Client busy(port);
  Client listener(port);
  EXPECT_EQ(idle.ask(kGet).status(), 200);
  busy.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  listener.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto responder = held.get_future().get();
  const auto stream = opened.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server->stop(kDeadline_ms); });
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(listener.read_all().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(Client(port).connected());
  EXPECT_EQ(stopped.wait_for(0ms), std::future_status::timeout);
  responder->respond(text("finished"));
  const Answer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "finished");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(is_ready(stopped));
  server->stop(0);  // once more does nothing
}

TEST(HttpServer, stop_closes_what_does_not_finish_in_time) {
  std::promise<std::shared_ptr<Responder>> held;
  const auto server =
      serve([&](Request, std::shared_ptr<Responder> responder) { held.set_value(std::move(responder)); });
  Client client(server->port());
  client.send(kGet);
  const auto responder = held.get_future().get();
  server->stop(20);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, works_with_several_threads) {
  const auto server = serve(echo(), any_port(), 4);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Client client(server->port());
      for (int i = 0; i < 100; ++i) {
        const std::string body = fmt::format("{}-{}", t, i);
        right += client.ask(post_request(body)).body == "POST /p " + body ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(right, 800);
}

TEST(HttpServer, says_why_it_cannot_listen) {
  const auto server = serve(echo());
  HttpConfig config;
  config.port = server->port();
  const auto taken = HttpServer::listen(config, echo(), plain_error);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
  EXPECT_EQ(taken.error().message,
            fmt::format("port {} on 127.0.0.1 is already in use: stop the other program or choose another with --port",
                        config.port));
  config.address = "not an address";
  const auto wrong = HttpServer::listen(config, echo(), plain_error);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalid);
  EXPECT_NE(wrong.error().message.find("\"not an address\""), std::string::npos);
  config.address = "192.0.2.1";  // reserved for documentation: nobody's
  const auto foreign = HttpServer::listen(config, echo(), plain_error);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kInvalid);
}

TEST(HttpServer, may_be_stopped_before_it_starts_and_takes_its_port_again) {
  auto server = HttpServer::listen(any_port(), echo(), plain_error);
  ASSERT_TRUE(server);
  HttpConfig again;
  again.port = (*server)->port();
  (*server)->stop(0);
  EXPECT_TRUE(HttpServer::listen(again, echo(), plain_error));
}

}  // namespace
}  // namespace commandcenter::server
