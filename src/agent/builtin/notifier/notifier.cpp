// The agent's face: input in, answer out, delivery in between.
#include "agent/builtin/notifier/notifier.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "agent/builtin/notifier/delivery.h"
#include "agent/builtin/notifier/message.h"

namespace commandcenter::notifier {

Result<Json> run(const std::string& action, const Json& input, const LogSink& log, const Timing& timing) {
  if (!action.empty() && action != "send" && action != "notify") {
    return fail(ErrorCode::kInvalid, fmt::format("notifier has no action \"{}\"; expected send (or notify)", action));
  }
  auto message = parse_message(input);
  if (!message) return fail(std::move(message.error()));

  const std::int64_t wall_ms = timing.clock.wall_ms();
  Delivery delivery{.attempts = 1, .message_id = std::nullopt};
  if (message->channel == Channel::kConsole) {
    log(console_line(*message));
    if (!message->metadata.is_null()) log("Metadata: " + dump_json(message->metadata));
  } else {
    const Json payload =
        message->channel == Channel::kSlack ? slack_payload(*message, wall_ms) : discord_payload(*message, wall_ms);
    auto delivered = deliver(*message, payload, log, timing);
    if (!delivered) return fail(std::move(delivered.error()));
    delivery = std::move(*delivered);
  }
  Json answer = {{"success", true}, {"channel", channel_word(message->channel)}};
  if (delivery.message_id) answer["messageId"] = *delivery.message_id;
  answer["timestamp"] = iso8601(timing.clock.wall_ms());
  answer["attempts"] = delivery.attempts;
  return answer;
}

Result<Json> run(const std::string& action, const Json& input, const std::string&, const LogSink& log) {
  SystemClock clock;
  return run(action, input, log, {clock, [](std::int64_t duration_ms) {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
                                  }});
}

}  // namespace commandcenter::notifier
