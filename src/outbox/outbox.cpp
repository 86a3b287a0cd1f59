#include "outbox/outbox.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "outbox/tail.h"

namespace commandcenter::outbox {
namespace {

constexpr std::string_view kInstanceKey = "instance";
constexpr std::string_view kPositionKeys = "position.";  // then the name

std::string position_key(const std::string& name) {
  return std::string(kPositionKeys) + name;
}

Result<std::optional<Json>> fact(store::Store& store, std::string_view key) {
  const auto row = store::read_one<store::StateRow>(
      store, {.table = store::Table::kState, .id = std::string(key), .space = std::string(kStateSpace)});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Json>();
  auto document = parse_json((*row)->document);
  if (!document) return fail(ErrorCode::kInternal, fmt::format("the outbox's fact {} is damaged", key));
  return std::optional(std::move(*document));
}

store::StateRow fact_row(std::string_view key, const Json& document) {
  store::StateRow row;
  row.space = kStateSpace;
  row.key = key;
  row.document = dump_json(document);
  return row;
}

std::optional<std::int64_t> position_in(const Json& document) {
  const Json* position = find_member(document, "position");
  if (position == nullptr || !position->is_number_integer()) return std::nullopt;
  return position->get<std::int64_t>();
}

class BusOutbox final : public Outbox {
 public:
  BusOutbox(std::string name, OutboxParts parts, std::int64_t from)
      : parts_(std::move(parts)),
        saver_(std::make_shared<Saver>(parts_.post, name)),
        tail_(parts_.store, parts_.journal, parts_.log, std::move(name), from,
              [this](const std::vector<PublicEvent>& events, std::int64_t until) { return publish(events, until); }) {}

  State state() const override {
    State state = tail_.state();
    state.connected = parts_.target.healthy();
    return state;
  }

 private:
  // Writes the position down, the latest that has come while the one before was being written. Answers come on the
  // engine's thread, also when this outbox is gone.
  class Saver : public std::enable_shared_from_this<Saver> {
   public:
    Saver(Post post, std::string name) : post_(std::move(post)), name_(std::move(name)) {}

    void save(std::int64_t position) {
      {
        const std::lock_guard lock(mutex_);
        wanted_ = position;
        if (writing_) return;
        writing_ = true;
      }
      write(position);
    }

   private:
    void write(std::int64_t position) {
      engine::Record record = position_record(name_, position);
      record.reply = [self = shared_from_this(), position](const Result<bool>&) { self->written(position); };
      if (!post_(std::move(record))) {  // too much to do just now; the next batch tries again
        const std::lock_guard lock(mutex_);
        writing_ = false;
      }
    }

    void written(std::int64_t position) {
      std::int64_t next = 0;
      {
        const std::lock_guard lock(mutex_);
        next = wanted_;
        if (next == position) {
          writing_ = false;
          return;
        }
      }
      write(next);
    }

    const Post post_;
    const std::string name_;
    std::mutex mutex_;
    std::int64_t wanted_ = 0;
    bool writing_ = false;
  };

  Result<void> publish(const std::vector<PublicEvent>& events, std::int64_t until) {
    if (!parts_.target.healthy()) return fail(ErrorCode::kUnavailable, "there is no connection");
    for (const PublicEvent& event : events) {
      bus::Message message = message_of(parts_.instance, event);
      auto published = parts_.target.publish(message);
      if (!published && published.error().code == ErrorCode::kTooLarge) {
        message.payload = dump_json({{"leftOut", true}, {"bytes", message.payload.size()}});
        published = parts_.target.publish(message);
      }
      if (!published) {
        [[maybe_unused]] const auto ended = parts_.target.flush(kPublishTimeout_ms);
        return published;
      }
    }
    if (!events.empty()) {
      if (auto arrived = parts_.target.flush(kPublishTimeout_ms); !arrived) return arrived;
    }
    saver_->save(until);
    return {};
  }

  const OutboxParts parts_;
  const std::shared_ptr<Saver> saver_;
  Tail tail_;
};

}  // namespace

std::vector<std::string> published_patterns() {
  return {"workflow.started.>", "workflow.completed.>", "workflow.failed.>", "workflow.cancelled.>",
          "workflow.node.>",    "workflow.approval.>",  "workflow.run.>",    "agent.executed.>",
          "agent.result.>",     "hub.workflow.>",       "hub.agent.>",       "hub.approval.>"};
}

std::string event_id(const std::string& instance, const PublicEvent& event) {
  return fmt::format("{}.{}.{}", instance, event.position, event.part);
}

bus::Message message_of(const std::string& instance, const PublicEvent& event) {
  bus::Message message;
  message.subject = event.subject;
  message.payload = dump_json(event.body);
  message.position = event.position;
  message.id = event_id(instance, event);
  message.headers = {{kDepthHeader, std::to_string(event.depth)}, {kInstanceHeader, instance}};
  if (!event.correlation_id.empty()) message.headers.emplace_back(kCorrelationHeader, event.correlation_id);
  if (!event.trace_parent.empty()) message.headers.emplace_back(kTraceHeader, event.trace_parent);
  return message;
}

Result<std::string> instance_of(store::Store& store, Clock& clock, Entropy& entropy, const Post& post) {
  const auto known = fact(store, kInstanceKey);
  if (!known) return fail(known.error());
  if (*known) {
    if (std::string id = string_member(**known, "id"); !id.empty()) return id;
  }
  std::string id = make_id(clock.wall_ms(), entropy);
  engine::Record record;
  record.puts.push_back(fact_row(kInstanceKey, {{"id", id}}));
  record.reply = [](const Result<bool>&) {};
  if (!post(std::move(record))) return fail(ErrorCode::kUnavailable, "the engine takes nothing");
  return id;
}

Result<std::optional<std::int64_t>> needed_after(store::Store& store) {
  const auto rows =
      store::read_all<store::StateRow>(store, {.table = store::Table::kState, .space = std::string(kStateSpace)});
  if (!rows) return fail(rows.error());
  std::optional<std::int64_t> lowest;
  for (const store::StateRow& row : *rows) {
    if (!row.key.starts_with(kPositionKeys)) continue;
    const auto document = parse_json(row.document);
    const auto position = document ? position_in(*document) : std::nullopt;
    lowest = std::min(lowest.value_or(position.value_or(0)), position.value_or(0));
  }
  return lowest;
}

Result<std::int64_t> last_position(store::Store& store) {
  const auto row = store::read_one<store::EventRow>(store, {.table = store::Table::kEvents, .newest_first = true});
  if (!row) return fail(row.error());
  return *row ? (*row)->position : 0;
}

Result<std::optional<std::int64_t>> recorded_position(store::Store& store, const std::string& name) {
  const auto document = fact(store, position_key(name));
  if (!document) return fail(document.error());
  return *document ? position_in(**document) : std::optional<std::int64_t>();
}

engine::Record position_record(const std::string& name, std::int64_t position) {
  engine::Record record;
  record.puts.push_back(fact_row(position_key(name), {{"position", position}}));
  record.reply = [](const Result<bool>&) {};
  return record;
}

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& name, OutboxParts parts) {
  auto position = recorded_position(parts.store, name);
  if (!position) return fail(std::move(position.error()));
  if (!*position) {
    const auto last = last_position(parts.store);
    if (!last) return fail(last.error());
    *position = *last;
    if (!parts.post(position_record(name, *last))) return fail(ErrorCode::kUnavailable, "the engine takes nothing");
  }
  return std::make_unique<BusOutbox>(name, std::move(parts), **position);
}

void forget(const std::string& name, store::Store& store, const Post& post, observe::Log& log) {
  const auto position = recorded_position(store, name);
  if (!position || !*position) return;
  engine::Record record;
  record.deletes.push_back({std::string(kStateSpace), position_key(name)});
  record.reply = [](const Result<bool>&) {};
  if (!post(std::move(record))) return;
  log.info("entries of the journal are no longer kept for a reader", {{"name", name}});
}

}  // namespace commandcenter::outbox
