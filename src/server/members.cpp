#include "server/members.h"

#include <fmt/format.h>

#include "server/replies.h"

namespace commandcenter::server {
namespace {

// C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

std::string without_blanks_around(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace

std::optional<std::string> text_of(const Json& body, const std::string& member, std::size_t most_bytes,
                                   const Request& request, Responder& responder) {
  const Json* value = find_member(body, member);
  if (value == nullptr || value->is_null()) return std::string();
  const bool is_text = value->is_string();
  if (is_text && value->get_ref<const std::string&>().size() <= most_bytes) return value->get<std::string>();
  responder.respond(error_response(400,
                                   is_text ? fmt::format("{}: has {} bytes; at most {} are allowed", member,
                                                         value->get_ref<const std::string&>().size(), most_bytes)
                                           : fmt::format("{}: expected text, got {}", member, json_type_name(*value)),
                                   "invalid", request.id));
  return std::nullopt;
}

std::optional<std::string> name_of(const Json& body, const std::string& member, const Request& request,
                                   Responder& responder) {
  const auto text = text_of(body, member, kMaxName_bytes, request, responder);
  if (!text || text->empty()) return text;
  std::string name = without_blanks_around(*text);
  if (!name.empty() && !has_control(name)) return name;
  responder.respond(error_response(
      400, fmt::format("{}: {}; expected a name", member, name.empty() ? "is blank" : "holds control characters"),
      "invalid", request.id));
  return std::nullopt;
}

}  // namespace commandcenter::server
