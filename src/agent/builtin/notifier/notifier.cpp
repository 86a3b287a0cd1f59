// The agent's face: input in, answer out; in between the messages are made fit to leave, put into a spool for each
// destination, and delivered.
#include "agent/builtin/notifier/notifier.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "agent/builtin/notifier/courier.h"
#include "agent/builtin/notifier/request.h"
#include "agent/builtin/notifier/scrub.h"
#include "agent/builtin/notifier/text.h"
#include "agent/builtin/notifier/transport.h"
#include "base/entropy.h"
#include "base/nearest.h"

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kMaxFailuresNamed = 5;
constexpr std::size_t kMaxUnknownKeysNamed = 20;

// What one destination has to do, and what came of it.
struct Round {
  const Destination* destination = nullptr;
  std::vector<const Message*> messages;
  std::vector<Receipt> receipts;
  std::size_t left_waiting = 0;
  std::optional<Error> problem;
};

Receipt receipt_for(const Destination& destination, const std::string& message_id, Outcome outcome,
                    std::int64_t wall_ms) {
  return {.message_id = message_id,
          .destination = destination.name,
          .channel = std::string(channel_word(destination.channel)),
          .host = shown(destination),
          .outcome = outcome,
          .wall_ms = wall_ms};
}

Json receipt_json(const Receipt& receipt) {
  Json json = {{"destination", receipt.destination},
               {"channel", receipt.channel},
               {"host", receipt.host},
               {"status", outcome_word(receipt.outcome)},
               {"id", receipt.message_id},
               {"attempts", receipt.attempts},
               {"parts", receipt.parts}};
  if (receipt.status != 0) json["statusCode"] = receipt.status;
  if (!receipt.service_id.empty()) json["messageId"] = receipt.service_id;
  if (!receipt.reason.empty()) json["error"] = receipt.reason;
  if (receipt.wall_ms != 0) json["timestamp"] = iso8601(receipt.wall_ms);
  return json;
}

// Masked, filled into the templates, masked again: a template may put two halves together.
Result<std::vector<Message>> fit_to_leave(Request& request, std::int64_t& secrets) {
  auto scrubber = Scrubber::make();
  if (!scrubber) return fail(std::move(scrubber.error()));
  std::vector<Message> messages;
  for (Message& message : request.messages) {
    scrubber->scrub(message, secrets);
    auto filled = fill_in(request.templates, std::move(message));
    if (!filled) return fail(std::move(filled.error()));
    scrubber->scrub(*filled, secrets);
    messages.push_back(std::move(*filled));
  }
  return grouped(request.group, std::move(messages));
}

void say_on_console(Round& round, const LogSink& log, std::int64_t wall_ms) {
  for (const Message* message : round.messages) {
    log(console_line(*message));
    if (!message->metadata.is_null()) log("Metadata: " + dump_json(message->metadata));
    for (const Annotation& annotation : message->annotations)
      log(fmt::format("{}:{}: {} {}", annotation.path, annotation.first_line, annotation.title, annotation.text));
    Receipt receipt = receipt_for(*round.destination, message->id, Outcome::kDelivered, wall_ms);
    receipt.attempts = receipt.parts = 1;
    round.receipts.push_back(std::move(receipt));
  }
}

// What was put in before, or is the same as something that was, is not put in again.
Result<void> fill(Spool& spool, Round& round, const Request& request, const Options& options, std::int64_t wall_ms) {
  std::vector<Spooled> parcels;
  std::vector<std::string> seen;
  std::set<std::string> fresh;
  for (const Message* message : round.messages) {
    std::vector<std::string> marks{"id:" + message->id};
    bool known = spool.was_seen(marks.front(), wall_ms, kRemember_ms);
    if (request.same.window_ms > 0) {
      marks.push_back(likeness_key(request.same, *message));
      known = known || spool.was_seen(marks.back(), wall_ms, request.same.window_ms);
    }
    for (const std::string& mark : marks)
      known = known || fresh.contains(mark);
    if (known) {
      round.receipts.push_back(receipt_for(*round.destination, message->id, Outcome::kDuplicate, wall_ms));
      continue;
    }
    fresh.insert(marks.begin(), marks.end());
    if (!options.spool_folder.empty()) std::ranges::move(marks, std::back_inserter(seen));
    for (Parcel& parcel : parcels_of(*message, *round.destination))
      parcels.push_back({std::move(parcel), message->id});
  }
  return spool.put(parcels, seen, wall_ms);
}

void work(Round& round, const Request& request, const Options& options, const LogSink& log, const Timing& timing) {
  const std::int64_t wall_ms = timing.clock.wall_ms();
  if (round.destination->channel == Channel::kConsole) return say_on_console(round, log, wall_ms);
  // The name and the address: a spool of another webhook of the same name is not this one's.
  const std::string spool_name = round.destination->name + " " + shown(*round.destination);
  auto spool = Spool::open(options.spool_folder, spool_name, wall_ms);
  if (!spool) {
    round.problem = std::move(spool.error());
    return;
  }
  if (auto filled = fill(*spool, round, request, options, wall_ms); !filled) {
    round.problem = std::move(filled.error());
    return;
  }
  std::ranges::move(deliver(*round.destination, request.policy, request.patience, *spool, log, timing),
                    std::back_inserter(round.receipts));
  round.left_waiting = spool->size();
}

void dry_run(Round& round, std::int64_t wall_ms, Json& payloads) {
  for (const Message* message : round.messages) {
    round.receipts.push_back(receipt_for(*round.destination, message->id, Outcome::kDryRun, wall_ms));
    for (const Parcel& parcel : parcels_of(*message, *round.destination)) {
      const auto body = parse_json(parcel.body);
      payloads.push_back(
          {{"destination", round.destination->name}, {"id", parcel.key}, {"body", body ? *body : Json(parcel.body)}});
    }
    if (round.destination->channel == Channel::kConsole)
      payloads.push_back(
          {{"destination", round.destination->name}, {"id", message->id}, {"body", console_line(*message)}});
  }
}

std::string times(int attempts) {
  return fmt::format("{} {}", attempts, attempts == 1 ? "try" : "tries");
}

// One sentence about everything that did not arrive.
std::string failure_of(const std::vector<Round>& rounds, std::size_t messages) {
  std::vector<std::string> reasons;
  std::size_t failed = 0;
  for (const Round& round : rounds) {
    if (round.problem) reasons.push_back(fmt::format("{}: {}", round.destination->name, round.problem->message));
    failed += round.problem ? round.messages.size() : round.left_waiting;
    for (const Receipt& receipt : round.receipts) {
      if (receipt.outcome != Outcome::kFailed && receipt.outcome != Outcome::kWaiting) continue;
      failed += receipt.outcome == Outcome::kFailed ? 1 : 0;
      const std::string title(channel_title(round.destination->channel));
      if (reasons.size() < kMaxFailuresNamed)
        reasons.push_back(
            fmt::format("{} notification not delivered after {}: {}", title, times(receipt.attempts), receipt.reason));
    }
  }
  if (reasons.empty()) return {};
  std::string text;
  for (const std::string& reason : reasons)
    text += (text.empty() ? "" : "; ") + reason;
  if (messages <= 1 && rounds.size() <= 1) return text;
  return fmt::format("{} of {} not delivered: {}", failed, messages, text);
}

Json answer_of(const std::vector<Round>& rounds, const Request& request, std::int64_t secrets, std::int64_t wall_ms) {
  Json receipts = Json::array();
  int attempts = 0;
  int duplicates = 0;
  std::string message_id;
  std::size_t waiting = 0;
  for (const Round& round : rounds) {
    waiting += round.left_waiting;
    for (const Receipt& receipt : round.receipts) {
      receipts.push_back(receipt_json(receipt));
      attempts += receipt.attempts;
      duplicates += receipt.outcome == Outcome::kDuplicate ? 1 : 0;
      if (message_id.empty()) message_id = receipt.service_id;
    }
  }
  Json answer = {{"success", true}, {"channel", channel_word(request.destinations.front().channel)}};
  if (!message_id.empty()) answer["messageId"] = message_id;
  answer["timestamp"] = iso8601(wall_ms);
  answer["attempts"] = attempts;
  if (duplicates > 0) answer["duplicates"] = duplicates;
  if (waiting > 0) answer["waiting"] = waiting;
  if (secrets > 0) answer["secretsMasked"] = secrets;
  answer["receipts"] = std::move(receipts);
  return answer;
}

void work_all(std::vector<Round>& rounds, const Request& request, const Options& options, const LogSink& log,
              const Timing& timing) {
  if (rounds.size() == 1) return work(rounds.front(), request, options, log, timing);
  std::mutex mutex;
  const LogSink shared = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    log(line);
  };
  std::vector<std::thread> threads;
  for (Round& round : rounds)
    threads.emplace_back([&] { work(round, request, options, shared, timing); });
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace

std::vector<std::string> complaints_of_keys(const Json& input) {
  std::vector<std::string> complaints;
  if (!input.is_object()) return complaints;
  const Json schema = manifest()["actions"][0]["inputSchema"]["properties"];
  std::vector<std::string> known;
  for (const auto& [key, value] : schema.items())
    known.push_back(key);
  constexpr std::array<std::string_view, 3> kUnlisted{"token", "sha", "timestampMs"};  // understood all the same
  for (const auto& [key, value] : input.items()) {
    if (schema.contains(key) || std::ranges::find(kUnlisted, key) != kUnlisted.end()) continue;
    if (complaints.size() >= kMaxUnknownKeysNamed) break;
    const std::string nearest = nearest_name(key, known);
    complaints.push_back(fmt::format("the notifier does not know \"{}\"{}", limited(key, 60),
                                     nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
  }
  return complaints;
}

Result<Sent> send(const Json& input, const Options& options, const LogSink& log, const Timing& timing) {
  SystemEntropy entropy;
  const std::int64_t wall_ms = timing.clock.wall_ms();
  const std::string effect = options.effect.empty() ? make_id(wall_ms, entropy) : options.effect;
  auto request = parse_request(input, effect, wall_ms);
  if (!request) return fail(std::move(request.error()));
  for (const Destination& destination : request->destinations) {
    if (destination.channel == Channel::kConsole) continue;
    if (auto allowed = Transport(destination, request->policy).check(); !allowed)
      return fail(std::move(allowed.error()));
  }
  std::int64_t secrets = 0;
  const auto messages = fit_to_leave(*request, secrets);
  if (!messages) return fail(messages.error());

  std::vector<Round> rounds(request->destinations.size());
  for (std::size_t i = 0; i < rounds.size(); ++i)
    rounds[i].destination = &request->destinations[i];
  for (const Message& message : *messages) {
    for (const std::size_t to : route(*request, message))
      rounds[to].messages.push_back(&message);
  }
  if (options.spool_folder.empty())  // nothing can be left of an earlier call
    std::erase_if(rounds, [](const Round& round) { return round.messages.empty(); });
  Json payloads = Json::array();
  if (request->dry_run) {
    for (Round& round : rounds)
      dry_run(round, wall_ms, payloads);
  } else if (!rounds.empty()) {
    work_all(rounds, *request, options, log, timing);
  }
  Sent sent;
  sent.answer = answer_of(rounds, *request, secrets, timing.clock.wall_ms());
  if (request->dry_run) sent.answer["dryRun"] = true;
  if (request->dry_run) sent.answer["payloads"] = std::move(payloads);
  sent.failure = failure_of(rounds, messages->size());
  if (!sent.failure.empty()) sent.answer["success"] = false;
  if (!sent.failure.empty()) sent.answer["error"] = sent.failure;
  return sent;
}

Result<Json> run(const std::string& action, const Json& input, const LogSink& log, const Timing& timing) {
  if (!action.empty() && action != "send" && action != "notify") {
    return fail(ErrorCode::kInvalid, fmt::format("notifier has no action \"{}\"; expected send (or notify)", action));
  }
  for (const std::string& complaint : complaints_of_keys(input))
    log(complaint);
  const char* effect = std::getenv("AGENT_IDEMPOTENCY_KEY");
  auto sent = send(input, {.spool_folder = {}, .effect = effect == nullptr ? "" : effect}, log, timing);
  if (!sent) return fail(std::move(sent.error()));
  if (sent->failure.empty()) return std::move(sent->answer);
  if (sent->answer["receipts"].size() > 1) log("receipts: " + dump_json(sent->answer["receipts"]));
  return fail(ErrorCode::kUnavailable, sent->failure);
}

Result<Json> run(const std::string& action, const Json& input, const std::string&, const LogSink& log) {
  SystemClock clock;
  return run(action, input, log, {clock, [](std::int64_t duration_ms) {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
                                  }});
}

}  // namespace commandcenter::notifier
