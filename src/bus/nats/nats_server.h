// A real nats-server for tests: on a free port of 127.0.0.1, with JetStream in a folder of its own; can be killed and
// started again on the same port and folder.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter::bus {

class NatsServer {
 public:
  explicit NatsServer(bool jetstream = true) : jetstream_(jetstream) {
    std::string name = (std::filesystem::temp_directory_path() / "nats-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    port_ = free_port();
    start();
  }
  ~NatsServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

  void start() {
    std::vector<std::string> words{program(), "-a", "127.0.0.1", "-p", std::to_string(port_)};
    if (jetstream_) words.insert(words.end(), {"-js", "-sd", folder_});
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int output : {1, 2})  // no pipe of the test's, which whoever reads it would wait for if the test crashed
      ::posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
    ASSERT_EQ(::posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    wait_until_it_listens();
  }

  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  void freeze() {
    ::kill(process_, SIGSTOP);
    ::waitpid(process_, nullptr, WUNTRACED);  // until it has stopped
  }
  void thaw() { ::kill(process_, SIGCONT); }

 private:
  static std::string program() {
    for (const char* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"}) {
      if (::access(path, X_OK) == 0) return path;
    }
    return "nats-server";
  }

  static sockaddr_in address(int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = ::htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    return at;
  }

  static int free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at = address(0);
    socklen_t size = sizeof at;
    ::bind(descriptor, reinterpret_cast<sockaddr*>(&at), size);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(descriptor);
    return ::ntohs(at.sin_port);
  }

  // Nobody tells when it does, so it is asked.
  void wait_until_it_listens() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in at = address(port_);
      const bool listens = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
      ::close(descriptor);
      if (listens) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "nats-server does not listen; is it installed?";
  }

  const bool jetstream_;
  std::string folder_;
  int port_ = 0;
  pid_t process_ = 0;
};

}  // namespace commandcenter::bus
