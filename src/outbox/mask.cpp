#include "outbox/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

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

}  // namespace

Json masked(const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value)
      list.push_back(masked(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [name, member] : value.items())
    object[name] = names_a_secret(name) && !member.is_null() && !member.is_boolean() ? Json("***") : masked(member);
  return object;
}

}  // namespace commandcenter::outbox
