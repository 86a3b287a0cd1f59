#include "store/postgres/connection.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "base/assert.h"

namespace commandcenter::store::postgres {
namespace {

constexpr unsigned kInt8 = 20;  // OIDs of types
constexpr unsigned kBytea = 17;
constexpr int kBinary = 1;

// A sentence of PostgreSQL's as one line, without its full stop.
std::string one_line(const char* text) {
  std::string line;
  for (const char* c = text; *c != '\0'; ++c)
    line += *c == '\n' || *c == '\t' ? ' ' : *c;
  while (!line.empty() && (line.back() == ' ' || line.back() == '.'))
    line.pop_back();
  return line;
}

// "08006" and the like: the server is away, full or going down; the same may work later.
bool is_passing(std::string_view sqlstate) {
  for (const std::string_view code : {"08", "53", "57P", "40", "55P03", "25006"})
    if (sqlstate.starts_with(code)) return true;
  return sqlstate.empty();
}

std::string state_of(const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string() : state;
}

bool succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

}  // namespace

// ---- values

void Values::add(std::int64_t number) {
  std::string& bytes = numbers_.emplace_back(sizeof number, '\0');
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t i = bytes.size(); i-- > 0; rest >>= 8U)
    bytes[i] = static_cast<char>(rest & 0xFFU);
  add(std::string_view(bytes));
  types_.back() = kInt8;
}

void Values::add(std::string_view bytes) {
  types_.push_back(kBytea);
  data_.push_back(bytes.data() == nullptr ? "" : bytes.data());  // null would be NULL
  lengths_.push_back(static_cast<int>(bytes.size()));
  formats_.push_back(kBinary);
}

void Values::add(const std::optional<std::int64_t>& number) {
  if (number) return add(*number);
  types_.push_back(kInt8);
  data_.push_back(nullptr);
  lengths_.push_back(0);
  formats_.push_back(kBinary);
}

// ---- answers

void Answer::Clear::operator()(PGresult* result) const {
  PQclear(result);
}

Answer::Answer(PGresult* result) : result_(result) {}

std::size_t Answer::rows() const {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

bool Answer::is_null(std::size_t row, int column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

void Answer::get(std::size_t row, int column, std::int64_t& value) const {
  CC_ASSERT(PQgetlength(result_.get(), static_cast<int>(row), column) == static_cast<int>(sizeof value));
  const char* bytes = PQgetvalue(result_.get(), static_cast<int>(row), column);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    number = number << 8U | static_cast<unsigned char>(bytes[i]);
  value = static_cast<std::int64_t>(number);
}

void Answer::get(std::size_t row, int column, bool& value) const {
  std::int64_t number = 0;
  get(row, column, number);
  value = number != 0;
}

void Answer::get(std::size_t row, int column, std::string& value) const {
  value.assign(PQgetvalue(result_.get(), static_cast<int>(row), column),
               static_cast<std::size_t>(PQgetlength(result_.get(), static_cast<int>(row), column)));
}

void Answer::get(std::size_t row, int column, std::optional<std::int64_t>& value) const {
  value.reset();
  if (is_null(row, column)) return;
  value.emplace();
  get(row, column, *value);
}

// ---- connections

Result<std::unique_ptr<Connection>> Connection::open(const std::string& url) {
  char* wrong = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &wrong);
  if (options == nullptr) {
    PQfreemem(wrong);  // it quotes the address, which may hold a password
    return fail(ErrorCode::kInvalid,
                "store.url is no address of a PostgreSQL database; expected postgres://USER:PASSWORD@HOST/DATABASE");
  }
  PQconninfoFree(options);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string name = fmt::format("commandcenter {} on {}", ::getpid(), host.data());
  // What the address says itself comes later and counts. A network that swallows everything is noticed in seconds.
  const std::array keys = {"connect_timeout",           "keepalives_idle",  "keepalives_interval",
                           "keepalives_count",          "tcp_user_timeout", "client_encoding",
                           "fallback_application_name", "dbname",           static_cast<const char*>(nullptr)};
  const std::array values = {
      "5", "10", "5", "3", "15000", "UTF8", name.c_str(), url.c_str(), static_cast<const char*>(nullptr)};
  std::unique_ptr<Connection> connection(new Connection(PQconnectdbParams(keys.data(), values.data(), 1)));
  if (connection->lost()) {
    return fail(ErrorCode::kUnavailable, "the PostgreSQL database of store.url cannot be reached: " +
                                             one_line(PQerrorMessage(connection->handle_)));
  }
  PQsetNoticeProcessor(
      connection->handle_, [](void*, const char*) {}, nullptr);
  // An acknowledged commit is on a disk, whatever the database says of others; a dead client lets go of its lock soon.
  const std::string session = fmt::format(
      "SET search_path TO {}; SET tcp_keepalives_idle TO 10; SET tcp_keepalives_interval TO 5; "
      "SET tcp_keepalives_count TO 3; SELECT set_config('synchronous_commit', 'on', false) "
      "WHERE current_setting('synchronous_commit') = 'off'",
      kSchema);
  if (auto set = connection->script(session); !set) return fail(std::move(set.error()));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::open_again(const std::string& url) {
  auto connection = open(url);
  if (connection || connection.error().code != ErrorCode::kUnavailable) return connection;
  return fail(ErrorCode::kUnavailable, "the PostgreSQL database cannot be reached");
}

Connection::~Connection() {
  PQfinish(handle_);
}

bool Connection::lost() const {
  return PQstatus(handle_) != CONNECTION_OK;
}

Error Connection::failure(const PGresult* result) const {
  if (lost()) return {ErrorCode::kUnavailable, "the connection to PostgreSQL was lost"};
  const char* primary = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string text = one_line(primary != nullptr ? primary : PQerrorMessage(handle_));
  return {is_passing(state_of(result)) ? ErrorCode::kUnavailable : ErrorCode::kInternal, "PostgreSQL: " + text};
}

Result<Answer> Connection::execute(const std::string& sql, const Values& values) {
  Answer answer(PQexecParams(handle_, sql.c_str(), static_cast<int>(values.size()), values.types_.data(),
                             values.data_.data(), values.lengths_.data(), values.formats_.data(), kBinary));
  if (!succeeded(answer.handle())) return fail(failure(answer.handle()));
  return answer;
}

Result<std::int64_t> Connection::integer(const std::string& sql) {
  const auto answer = execute(sql);
  if (!answer) return fail(answer.error());
  if (answer->rows() == 0 || answer->is_null(0, 0)) return fail(ErrorCode::kInternal, "PostgreSQL: no answer");
  std::int64_t value = 0;
  answer->get(0, 0, value);
  return value;
}

Result<void> Connection::script(const std::string& sql) {
  const Answer answer(PQexec(handle_, sql.c_str()));
  if (!succeeded(answer.handle())) return fail(failure(answer.handle()));
  return {};
}

Result<void> Connection::prepare(const std::string& name, const std::string& sql) {
  const Answer answer(PQprepare(handle_, name.c_str(), sql.c_str(), 0, nullptr));
  if (!succeeded(answer.handle())) return fail(failure(answer.handle()));
  return {};
}

// ---- pipelines

Result<void> Connection::sent(int code) const {
  if (code == 1) return {};
  return fail(failure(nullptr));
}

Result<void> Connection::begin_pipeline() {
  return sent(PQenterPipelineMode(handle_));
}

Result<void> Connection::send(const std::string& sql) {
  return send_with(sql, {});
}

Result<void> Connection::send_with(const std::string& sql, const Values& values) {
  return sent(PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(values.size()), values.types_.data(),
                                values.data_.data(), values.lengths_.data(), values.formats_.data(), kBinary));
}

Result<void> Connection::send_prepared(const std::string& name, const Values& values) {
  return sent(PQsendQueryPrepared(handle_, name.c_str(), static_cast<int>(values.size()), values.data_.data(),
                                  values.lengths_.data(), values.formats_.data(), kBinary));
}

std::optional<Connection::Failed> Connection::await(std::size_t statements) {
  std::optional<Failed> failed;
  if (PQpipelineSync(handle_) != 1) return Failed{0, {}, failure(nullptr)};
  for (std::size_t i = 0; i < statements; ++i) {
    const Answer answer(PQgetResult(handle_));
    const ExecStatusType status = PQresultStatus(answer.handle());
    if (answer.handle() == nullptr || lost()) return Failed{i, {}, failure(answer.handle())};
    if (!failed && !succeeded(answer.handle()) && status != PGRES_PIPELINE_ABORTED)
      failed = Failed{i, state_of(answer.handle()), failure(answer.handle())};
    const Answer end(PQgetResult(handle_));  // null: the statement's answers end
  }
  const Answer sync(PQgetResult(handle_));
  if (PQresultStatus(sync.handle()) != PGRES_PIPELINE_SYNC) return Failed{statements, {}, failure(nullptr)};
  return failed;
}

void Connection::end_pipeline() {
  PQexitPipelineMode(handle_);
}

}  // namespace commandcenter::store::postgres
