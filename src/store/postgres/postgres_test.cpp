// The store against the real server: the conformance suite, and what only a server over a connection has.
#include "store/postgres/postgres.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>

#include "store/postgres/postgres_server.h"
#include "store/store_conformance.h"

namespace commandcenter::store {
namespace {

PostgresServer& server() {
  return PostgresServer::shared();
}

std::unique_ptr<Store> must_open(const std::string& url) {
  auto opened = open_postgres(url);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

class PostgresSubject final : public Subject {
 public:
  PostgresSubject() { reopen(); }
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    store_ = must_open(server().url(database_));
  }

 private:
  const std::string database_ = server().new_database();
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Subject> postgres_subject() {
  return std::make_unique<PostgresSubject>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance, testing::Values(&postgres_subject));

Batch one_run(const std::string& id) {
  return {{sample::run(id, "w"), sample::event(id, 1)}, {}};
}

std::int64_t runs_in(Store& store) {
  return store.count({.table = Table::kRuns}).value_or(-1);
}

TEST(Postgres, one_server_at_a_time) {
  const std::string database = server().new_database();
  auto store = must_open(server().url(database));
  const auto second = open_postgres(server().url(database));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().message.find(fmt::format("commandcenter {} on ", ::getpid())), std::string::npos)
      << second.error().message;
  store.reset();
  must_open(server().url(database));
}

TEST(Postgres, other_tables_of_the_database_are_left_alone) {
  const std::string database = server().new_database();
  server().execute(database, "CREATE TABLE public.runs (mine INTEGER); INSERT INTO public.runs VALUES (7)");
  const auto store = must_open(server().url(database));
  ASSERT_TRUE(store->commit(one_run("r")));
  EXPECT_EQ(server().ask(database, "SELECT mine FROM public.runs"), "7");
  EXPECT_EQ(server().ask(database, "SELECT convert_from(id, 'UTF8') FROM commandcenter.runs"), "r");
}

TEST(Postgres, says_what_is_wrong_with_an_address) {
  const auto nonsense = open_postgres("postgres://user:Geheim77@[host/x");
  ASSERT_FALSE(nonsense.has_value());
  EXPECT_EQ(nonsense.error().code, ErrorCode::kInvalid);
  const auto nobody = open_postgres("postgres://user:Geheim77@127.0.0.1:1/x");
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code, ErrorCode::kUnavailable);
  for (const auto* refused : {&nonsense, &nobody})
    EXPECT_EQ(refused->error().message.find("Geheim77"), std::string::npos) << refused->error().message;
}

TEST(Postgres, trying_changes_nothing_and_tells_what_is_missing) {
  const std::string database = server().new_database();
  EXPECT_TRUE(try_postgres(server().url(database)));
  EXPECT_EQ(server().ask(database, "SELECT count(*) FROM pg_namespace WHERE nspname='commandcenter'"), "0");
  const auto store = must_open(server().url(database));
  EXPECT_TRUE(try_postgres(server().url(database)));
  EXPECT_TRUE(store->commit(one_run("a")));
  server().execute(database, "DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN");
  const auto weak = try_postgres(server().url(database) + " user=weak");
  ASSERT_FALSE(weak.has_value());
  EXPECT_EQ(weak.error().code, ErrorCode::kConflict);
}

TEST(Postgres, a_newer_schema_is_left_alone) {
  const std::string database = server().new_database();
  must_open(server().url(database));
  server().execute(database, "INSERT INTO commandcenter.schema_steps VALUES (2)");
  const auto opened = open_postgres(server().url(database));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_NE(opened.error().message.find("newer"), std::string::npos);
}

TEST(Postgres, lost_connections_are_replaced) {
  const std::string database = server().new_database();
  const auto store = must_open(server().url(database));
  ASSERT_TRUE(store->commit(one_run("a")));
  EXPECT_EQ(runs_in(*store), 1);
  server().end_connections(database);
  EXPECT_EQ(runs_in(*store), 1);
  EXPECT_TRUE(store->commit(one_run("b")));
  server().end_connections(database);
  EXPECT_TRUE(store->commit(one_run("c")));
  EXPECT_EQ(runs_in(*store), 3);
}

TEST(Postgres, a_restart_of_the_server_costs_a_refusal_at_most) {
  PostgresServer own;
  const auto store = must_open(own.url("postgres"));
  ASSERT_TRUE(store->commit(one_run("a")));
  own.stop();
  EXPECT_EQ(store->count({.table = Table::kRuns}).error().code, ErrorCode::kUnavailable);
  const auto refused = store->commit(one_run("b"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  own.start();
  EXPECT_TRUE(store->commit(one_run("b")));
  EXPECT_EQ(runs_in(*store), 2);
}

TEST(Postgres, who_was_taken_over_writes_nothing_any_more) {
  const std::string database = server().new_database();
  const auto first = must_open(server().url(database));
  ASSERT_TRUE(first->commit(one_run("a")));
  server().end_connections(database);
  auto second = must_open(server().url(database));
  ASSERT_TRUE(second->commit(one_run("b")));
  EXPECT_EQ(first->commit(one_run("c")).error().code, ErrorCode::kUnavailable);
  second.reset();
  const auto late = first->commit(one_run("c"));
  ASSERT_FALSE(late.has_value());
  EXPECT_NE(late.error().message.find("taken over"), std::string::npos) << late.error().message;
  EXPECT_EQ(runs_in(*first), 2);
}

// As after a change to a copy that had not got the last commits.
TEST(Postgres, a_database_that_has_gone_back_is_not_written_to) {
  const std::string database = server().new_database();
  auto store = must_open(server().url(database));
  ASSERT_TRUE(store->commit(one_run("a")));
  server().execute(database, "DELETE FROM commandcenter.runs; UPDATE commandcenter.writer SET commits=0");
  server().end_connections(database);
  const auto refused = store->commit(one_run("b"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("restart"), std::string::npos) << refused.error().message;
  store.reset();
  store = must_open(server().url(database));
  EXPECT_TRUE(store->commit(one_run("b")));
}

// Between the store and the server; can keep the server's answers to itself, and hang up.
class Middleman {
 public:
  Middleman() {
    folder_ = server().folder() + "/middle";
    std::filesystem::create_directory(folder_);
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un at = address(folder_);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listening_, 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Middleman() {
    stopping_ = true;
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
    std::filesystem::remove_all(folder_);
  }
  Middleman(const Middleman&) = delete;
  Middleman& operator=(const Middleman&) = delete;

  std::string url(const std::string& database) const {
    return fmt::format("host={} user=tester dbname={}", folder_, database);
  }
  void keep_answers(bool keep) { keeps_ = keep; }
  void hang_up() { hangs_up_ = true; }

 private:
  static sockaddr_un address(const std::string& folder) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    (folder + "/.s.PGSQL.5432").copy(at.sun_path, sizeof at.sun_path - 1);
    return at;
  }

  struct Pair {
    int client;
    int server;
  };

  void serve() {
    std::vector<Pair> pairs;
    while (!stopping_) {
      std::vector<pollfd> watched{{listening_, POLLIN, 0}};
      for (const Pair& pair : pairs) {
        watched.push_back({pair.client, POLLIN, 0});
        watched.push_back({pair.server, POLLIN, 0});
      }
      ::poll(watched.data(), watched.size(), 20);
      if (hangs_up_.exchange(false)) {
        for (const Pair& pair : pairs)
          ::close(pair.client), ::close(pair.server);
        pairs.clear();
        continue;
      }
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (watched[1 + 2 * i].revents != 0) pass(pairs[i].client, pairs[i].server, false);
        if (watched[2 + 2 * i].revents != 0) pass(pairs[i].server, pairs[i].client, keeps_);
      }
      std::erase_if(pairs, [](const Pair& pair) { return pair.client < 0; });
      if (watched[0].revents == 0) continue;
      const int client = ::accept(listening_, nullptr, nullptr);
      if (client < 0) continue;
      const int to = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_un at = address(server().folder());
      EXPECT_EQ(::connect(to, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
      pairs.push_back({client, to});
    }
    for (const Pair& pair : pairs)
      ::close(pair.client), ::close(pair.server);
  }

  // An end that hangs up takes the other along.
  static void pass(int& from, int& to, bool swallow) {
    if (from < 0) return;
    char bytes[65536];
    const ssize_t got = ::read(from, bytes, sizeof bytes);
    if (got > 0 && (swallow || ::send(to, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL) == got)) return;
    ::close(from);
    ::close(to);
    from = to = -1;
  }

  std::string folder_;
  int listening_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> keeps_ = false;
  std::atomic<bool> hangs_up_ = false;
  std::thread thread_;
};

// The batch is there, but nobody said so: it must count as written, and not be written twice.
TEST(Postgres, a_lost_answer_to_a_commit_is_looked_up) {
  const std::string database = server().new_database();
  Middleman middle;
  const auto store = must_open(middle.url(database));
  const auto first = store->commit(one_run("a"));
  ASSERT_TRUE(first);
  middle.keep_answers(true);
  std::thread cutter([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (server().ask(database, "SELECT count(*) FROM commandcenter.runs") != "2" &&
           std::chrono::steady_clock::now() < deadline) {
    }
    middle.keep_answers(false);
    middle.hang_up();
  });
  const auto second = store->commit(one_run("b"));
  cutter.join();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->positions, std::vector{first->positions[0] + 1});
  EXPECT_EQ(runs_in(*store), 2);
  EXPECT_TRUE(store->commit(one_run("c")));
}

}  // namespace
}  // namespace commandcenter::store
