// A real PostgreSQL server for tests: in a folder of its own, behind a socket in it, as a user who is not root. Can be
// stopped and started again.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/postgres/connection.h"

namespace commandcenter::store {

class PostgresServer {
 public:
  // Of this process and of those that it starts for death tests.
  static PostgresServer& shared() {
    static const char* const kFolder = "CC_TEST_POSTGRES";
    const char* others = ::getenv(kFolder);
    static PostgresServer server(others == nullptr ? "" : others);
    ::setenv(kFolder, server.folder_.c_str(), 1);
    return server;
  }

  // `folder`: of one that is running; empty: a new one.
  explicit PostgresServer(const std::string& folder = {}) : folder_(folder) {
    if (!folder_.empty()) return;
    std::string name = (std::filesystem::temp_directory_path() / "postgres-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    if (const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; user != nullptr) {
      user_ = user->pw_uid;
      group_ = user->pw_gid;
      EXPECT_EQ(::chown(folder_.c_str(), user_, group_), 0);
    }
    const pid_t made = run({program("initdb"), "-D", folder_ + "/data", "-U", "tester", "-A", "trust", "-N"});
    int status = 0;
    ::waitpid(made, &status, 0);
    EXPECT_EQ(status, 0) << "initdb failed; is postgresql-15 installed?";
    start();
  }
  ~PostgresServer() {
    if (process_ <= 0) return;
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void start() {
    process_ = run({program("postgres"), "-D", folder_ + "/data", "-k", folder_, "-F", "-c", "listen_addresses="});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!postgres::Connection::open(url("postgres")) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // nobody tells when it listens, so it is asked
  }

  // At once, as a crash would.
  void stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGQUIT);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  std::string url(const std::string& database) const {
    return fmt::format("host={} user=tester dbname={}", folder_, database);
  }
  const std::string& folder() const { return folder_; }

  std::string new_database() {
    const std::string name = fmt::format("test_{}_{}", ::getpid(), ++databases_);
    execute("postgres", "CREATE DATABASE " + name);
    return name;
  }

  void execute(const std::string& database, const std::string& sql) const {
    const auto connection = postgres::Connection::open(url(database));
    ASSERT_TRUE(connection) << connection.error().message;
    const auto done = (*connection)->script(sql);
    EXPECT_TRUE(done) << sql << ": " << done.error().message;
  }

  // What one expression gives, as text.
  std::string ask(const std::string& database, const std::string& expression) const {
    std::string text;
    const auto connection = postgres::Connection::open(url(database));
    EXPECT_TRUE(connection) << connection.error().message;
    if (!connection) return text;
    const auto answer = (*connection)->execute(fmt::format("SELECT convert_to(({})::text, 'UTF8')", expression));
    EXPECT_TRUE(answer) << expression << ": " << answer.error().message;
    if (answer) answer->get(0, 0, text);
    return text;
  }

  // Of everybody who is connected to the database.
  void end_connections(const std::string& database) const {
    execute("postgres", fmt::format("SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
                                    "WHERE datname='{}'",
                                    database));
  }

 private:
  static std::string program(const std::string& name) {
    for (const char* version : {"15", "16", "17", "14"}) {
      const std::string path = fmt::format("/usr/lib/postgresql/{}/bin/{}", version, name);
      if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return name;
  }

  pid_t run(std::vector<std::string> words) const {
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2})
      ::dup2(nowhere, standard);
    ::close_range(3, ~0U, 0);  // no pipe of the test's, which whoever reads it would wait for
    const bool changed = user_ == 0 || (::setgroups(0, nullptr) == 0 && ::setgid(group_) == 0 && ::setuid(user_) == 0);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // should the test crash
    if (changed && ::chdir("/") == 0) ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }

  std::string folder_;
  uid_t user_ = 0;  // 0: this one
  gid_t group_ = 0;
  pid_t process_ = 0;
  int databases_ = 0;
};

}  // namespace commandcenter::store
