#include "outbox/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "code/scan/snippet.h"
#include "vault/vault.h"

namespace commandcenter::outbox {
namespace {

std::string letters_of(const std::string& member) {
  std::string plain;
  for (const char c : member) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

constexpr std::size_t kMinSecret_bytes = 8;  // shorter texts give nothing away without a name

}  // namespace

Masker::Masker() = default;
Masker::~Masker() = default;

Json Masker::masked(const Json& value) {
  const std::lock_guard lock(mutex_);
  return shown(value, Name::kPlain);
}

Masker::Name Masker::meaning_of(const std::string& member) {
  constexpr std::array<std::string_view, 11> kWords{"password",   "passwd",        "passphrase", "secret",
                                                    "token",      "apikey",        "privatekey", "accesskey",
                                                    "credential", "authorization", "cookie"};
  const std::string name = letters_of(member);
  const auto holds = [&name](std::string_view word) { return name.find(word) != std::string::npos; };
  if (std::any_of(kWords.begin(), kWords.end(), holds)) return Name::kSecret;
  return holds("webhook") ? Name::kAddress : Name::kPlain;
}

std::string Masker::text(const std::string& text) {
  if (text.size() < kMinSecret_bytes) return text;
  if (!std::exchange(was_made_, true)) {
    if (auto made = code::LineViewer::make()) viewer_ = std::move(*made);
  }
  return viewer_ == nullptr ? text : viewer_->masked(text);
}

// All texts of a secret are secret. An address is one text, or several in a list: below `webhook` of a run's context is
// what the caller sent, which has names of its own.
Json Masker::shown(const Json& value, Name name) {
  if (value.is_string()) {
    const std::string& given = value.get_ref<const std::string&>();
    // `target:alerts` and `secret:NAME` name what only the server knows.
    const bool is_plain = name == Name::kPlain || (name == Name::kAddress && given.starts_with("target:")) ||
                          (given.starts_with("secret:") && vault::is_secret_name(std::string_view(given).substr(7)));
    return is_plain ? Json(text(given)) : Json("***");
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value)
      list.push_back(shown(item, name));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [key, member] : value.items())
    object[key] = shown(member, name == Name::kSecret ? name : meaning_of(key));
  return object;
}

}  // namespace commandcenter::outbox
