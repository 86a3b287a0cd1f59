#include "agent/builtin/compliance_checker/environment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace commandcenter::compliance_checker {
namespace {

// How the name of a variable begins, and what stands between it and a default.
struct Form {
  std::string_view begin;
  std::string_view between;  // one of these characters or words, up to the quote
};
constexpr auto kForms = std::to_array<Form>({
    {"process.env.", "||"},
    {"process.env.", "??"},
    {"process.env[", "||"},
    {"process.env[", "??"},
    {"import.meta.env.", "||"},
    {"os.environ.get(", ","},
    {"os.getenv(", ","},
    {"environ.get(", ","},
    {"ENV.fetch(", ","},
    {"getenv(", "?:"},
    {"env(", ","},
});
constexpr auto kSecretWords =
    std::to_array<std::string_view>({"PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY",
                                     "ACCESS_KEY", "SIGNING_KEY", "ENCRYPTION_KEY", "CREDENTIAL", "PASSPHRASE"});
constexpr std::size_t kMaxName_bytes = 100;
constexpr std::size_t kMaxGap_bytes = 40;
constexpr std::size_t kMinDefault_bytes = 3;

bool is_name(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0 || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
         c == '_';
}

bool is_secret(std::string_view name) {
  return std::ranges::any_of(kSecretWords,
                             [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

// The default's range when the text at `at`, just after a form's beginning, goes on as that form.
bool default_after(std::string_view text, std::size_t at, const Form& form, std::size_t& begin, std::size_t& end) {
  while (at < text.size() && (text[at] == '"' || text[at] == '\''))
    ++at;
  std::size_t name_end = at;
  while (name_end < text.size() && name_end - at < kMaxName_bytes && is_name(text[name_end]))
    ++name_end;
  if (!is_secret(text.substr(at, name_end - at))) return false;
  const std::size_t between = text.find(form.between, name_end);
  if (between == std::string_view::npos || between - name_end > 3) return false;
  std::size_t quote = between + form.between.size();
  while (quote < text.size() && quote - between < kMaxGap_bytes &&
         std::isspace(static_cast<unsigned char>(text[quote])) != 0)
    ++quote;
  if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\'')) return false;
  end = text.find(text[quote], quote + 1);
  begin = quote + 1;
  return end != std::string_view::npos && end - begin >= kMinDefault_bytes &&
         text.substr(begin, end - begin).find('\n') == std::string_view::npos;
}

}  // namespace

code::Analyzer environment_defaults() {
  return [](const code::Subject& subject, std::vector<code::Spot>& spots) {
    const code::Source& source = subject.source();
    if (!code::is_code(source.language())) return;
    const std::string_view text = source.text();
    for (const Form& form : kForms) {
      for (std::size_t at = text.find(form.begin); at != std::string_view::npos; at = text.find(form.begin, at + 1)) {
        const bool inside =
            at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '.');
        std::size_t begin = 0;
        std::size_t end = 0;
        if (inside || !default_after(text, at + form.begin.size(), form, begin, end)) continue;
        const bool known = std::ranges::any_of(spots, [&](const code::Spot& spot) { return spot.begin == begin; });
        if (known) continue;
        spots.push_back({"env-default-secret", "Default of an environment variable", "secrets", "CWE-798",
                         code::Severity::kMedium, code::Confidence::kMedium, begin, end,
                         "Hardcoded default value for environment variable"});
      }
    }
  };
}

}  // namespace commandcenter::compliance_checker
