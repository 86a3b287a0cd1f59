#include "outbox/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "code/scan/snippet.h"

namespace commandcenter::outbox {
namespace {

bool names_a_secret(const std::string& member) {
  std::string plain;
  for (const char c : member) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  constexpr std::array<std::string_view, 12> kWords{"password",   "passwd",        "passphrase", "secret",
                                                    "token",      "apikey",        "privatekey", "accesskey",
                                                    "credential", "authorization", "cookie",     "webhook"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

constexpr std::size_t kMinSecret_bytes = 8;  // shorter texts give nothing away without a name

}  // namespace

Masker::Masker() = default;
Masker::~Masker() = default;

Json Masker::masked(const Json& value) {
  const std::lock_guard lock(mutex_);
  return shown(value);
}

std::string Masker::text(const std::string& text) {
  if (text.size() < kMinSecret_bytes) return text;
  if (!std::exchange(was_made_, true)) {
    if (auto made = code::LineViewer::make()) viewer_ = std::move(*made);
  }
  return viewer_ == nullptr ? text : viewer_->masked(text);
}

Json Masker::shown(const Json& value) {
  if (value.is_string()) return text(value.get_ref<const std::string&>());
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value)
      list.push_back(shown(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [name, member] : value.items())
    object[name] = names_a_secret(name) && !member.is_null() && !member.is_boolean() ? Json("***") : shown(member);
  return object;
}

}  // namespace commandcenter::outbox
