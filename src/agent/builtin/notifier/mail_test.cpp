// E-mail to a real, small mail server.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/notifier/notifier.h"
#include "agent/builtin/notifier/text.h"

namespace commandcenter::notifier {
namespace {

// Takes one mail a connection, `connections` times; `greeting` answers the first commands of the first one.
class MailServer {
 public:
  explicit MailServer(int connections, std::string first_answer = {}) : first_answer_(std::move(first_answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
      std::abort();
    }
    url_ = fmt::format("smtp://127.0.0.1:{}", ntohs(address.sin_port));
    thread_ = std::thread([this, connections] {
      for (int i = 0; i < connections; ++i)
        serve(::accept(listener_, nullptr, nullptr));
    });
  }
  ~MailServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  const std::string& url() const { return url_; }
  const std::string& talk() const { return talk_; }  // what the client said

 private:
  static void say(int connection, const std::string& line) {
    (void)!::send(connection, (line + "\r\n").data(), line.size() + 2, MSG_NOSIGNAL);
  }

  void serve(int connection) {
    if (connection < 0) return;
    say(connection, "220 mail.test ESMTP");
    std::string buffer;
    bool in_data = false;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(connection, piece, sizeof piece, 0)) > 0;) {
      buffer.append(piece, static_cast<std::size_t>(got));
      for (std::size_t end = 0; (end = buffer.find("\r\n")) != std::string::npos;) {
        const std::string line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        talk_ += line + "\n";
        if (in_data) {
          in_data = line != ".";
          if (!in_data) say(connection, "250 taken");
        } else if (line.starts_with("MAIL") && !first_answer_.empty()) {
          say(connection, std::exchange(first_answer_, ""));
        } else if (line == "DATA") {
          in_data = true;
          say(connection, "354 go on");
        } else {
          say(connection, line == "QUIT" ? "221 bye" : "250 mail.test");
        }
      }
    }
    ::close(connection);
  }

  int listener_ = -1;
  std::string url_;
  std::string talk_;
  std::string first_answer_;
  std::thread thread_;
};

Result<Json> mail_to(const MailServer& server, const Json& more = Json::object()) {
  SystemClock clock;
  Json input = {
      {"channel", "email"},      {"smtpUrl", server.url()},  {"from", "ci@example.org"}, {"to", {"ann@example.org"}},
      {"message", "3 findings"}, {"title", "Scan of größe"}, {"id", "mail-1"},           {"allowPrivate", true}};
  input.update(more);
  return run("send", input, [](std::string_view) {}, {clock, [](std::int64_t) {}});
}

TEST(Mail, is_delivered) {
  std::string talk;
  {
    const MailServer server(1);
    const auto answer = mail_to(server);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["messageId"], "<mail-1@commandcenter>");
    talk = server.talk();
  }
  EXPECT_NE(talk.find("MAIL FROM:<ci@example.org>"), std::string::npos) << talk;
  EXPECT_NE(talk.find("RCPT TO:<ann@example.org>"), std::string::npos);
  EXPECT_NE(talk.find("Message-ID: <mail-1@commandcenter>"), std::string::npos);
  EXPECT_NE(talk.find(base64("3 findings\n")), std::string::npos);
}

TEST(Mail, is_sent_again_when_the_server_asks_for_it) {
  const MailServer server(2, "451 try again later");
  const auto answer = mail_to(server);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["attempts"], 2);
}

TEST(Mail, refusals_are_final) {
  const MailServer server(1, "550 who are you");
  const auto answer = mail_to(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "E-mail notification not delivered after 1 try: SMTP 550");
}

TEST(Mail, a_password_is_never_sent_in_the_clear) {
  std::string talk;
  {
    const MailServer server(1);
    EXPECT_FALSE(mail_to(server, {{"smtpUser", "ci"}, {"smtpPassword", "hunter2hunter2"}}));
    talk = server.talk();
  }
  EXPECT_EQ(talk.find("AUTH"), std::string::npos) << talk;
  EXPECT_EQ(talk.find("RCPT"), std::string::npos) << talk;
}

}  // namespace
}  // namespace commandcenter::notifier
