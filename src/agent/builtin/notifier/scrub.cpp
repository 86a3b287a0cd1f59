#include "agent/builtin/notifier/scrub.h"

#include <utility>
#include <vector>

#include "code/match/match.h"
#include "code/rules/rules.h"
#include "code/secrets/secrets.h"

namespace commandcenter::notifier {
namespace {

constexpr std::string_view kMask = "****";
constexpr std::string_view kName = "message.txt";
constexpr int kMaxDepth = 32;

}  // namespace

struct Scrubber::Engine {
  code::Matcher matcher;
  code::SecretRules rules{};
  std::vector<code::Match> matches{};
};

Scrubber::Scrubber(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Scrubber::Scrubber(Scrubber&&) noexcept = default;
Scrubber::~Scrubber() = default;

Result<Scrubber> Scrubber::make() {
  auto database = code::Database::load(code::pattern_images());
  if (!database) return fail(std::move(database.error()));
  auto matcher = code::Matcher::make(std::move(*database));
  if (!matcher) return fail(std::move(matcher.error()));
  return Scrubber(std::unique_ptr<Engine>(new Engine{std::move(*matcher)}));
}

std::string Scrubber::text(std::string_view text, std::int64_t& count) {
  engine_->matcher.find(text, engine_->matches);
  const code::Source source(kName, text);
  std::string out;
  std::size_t from = 0;
  for (const code::Secret& secret : engine_->rules.find(source, engine_->matches)) {
    if (secret.confidence == code::Confidence::kLow) continue;
    out.append(text.substr(from, secret.begin - from)).append(kMask);
    from = secret.end;
    ++count;
  }
  return out.append(text.substr(from));
}

Json Scrubber::json(const Json& value, std::int64_t& count, int depth) {
  if (depth > kMaxDepth) return kMask;
  if (value.is_string()) return text(value.get_ref<const std::string&>(), count);
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value)
      out.push_back(json(item, count, depth + 1));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, member] : value.items()) {
    // With its name in front a value is better known for what it is.
    if (member.is_string()) {
      const std::string head = key + ": ";
      const std::string line = text(head + member.get_ref<const std::string&>(), count);
      out[text(key, count)] = line.starts_with(head) ? line.substr(head.size()) : line;
    } else {
      out[text(key, count)] = json(member, count, depth + 1);
    }
  }
  return out;
}

void Scrubber::scrub(Message& message, std::int64_t& count) {
  message.title = text(message.title, count);
  message.text = text(message.text, count);
  message.link = text(message.link, count);
  message.metadata = json(without_named_secrets(message.metadata), count, 0);
  for (Annotation& annotation : message.annotations) {
    annotation.title = text(annotation.title, count);
    annotation.text = text(annotation.text, count);
    annotation.path = text(annotation.path, count);
  }
}

}  // namespace commandcenter::notifier
