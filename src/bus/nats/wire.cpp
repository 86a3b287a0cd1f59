#include "bus/nats/wire.h"

#include <nats/nats.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace commandcenter::bus {

Result<natsMsg*> to_send(const Message& message) {
  std::size_t header_bytes = message.id.size();
  for (const auto& [name, value] : message.headers)
    header_bytes += name.size() + value.size() + 4;
  if (header_bytes > kMaxHeader_bytes / 2) {
    return fail(ErrorCode::kTooLarge, fmt::format("{}: the headers have {} bytes; at most {} are allowed",
                                                  message.subject, header_bytes, kMaxHeader_bytes / 2));
  }
  natsMsg* made = nullptr;
  natsStatus status = natsMsg_Create(&made, message.subject.c_str(), nullptr, message.payload.data(),
                                     static_cast<int>(message.payload.size()));
  if (status == NATS_OK && message.position > 0)
    status = natsMsgHeader_Set(made, kPositionHeader, std::to_string(message.position).c_str());
  for (const auto& [name, value] : message.headers) {
    if (status == NATS_OK) status = natsMsgHeader_Set(made, name.c_str(), value.c_str());
  }
  if (status == NATS_OK) return made;
  natsMsg_Destroy(made);
  return fail(ErrorCode::kInternal, fmt::format("NATS: {}: {}", message.subject, natsStatus_GetText(status)));
}

Message received(natsMsg* message) {
  Message read;
  read.subject = natsMsg_GetSubject(message);
  read.payload.assign(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message, &names, &count) != NATS_OK) return read;
  for (int i = 0; i < count; ++i) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(message, names[i], &value) != NATS_OK || value == nullptr) continue;
    const std::string_view name = names[i];
    const std::string_view text = value;
    if (name == kIdHeader)
      read.id = text;
    else if (name == kPositionHeader)
      std::from_chars(text.data(), text.data() + text.size(), read.position);
    else if (!name.starts_with("Nats-"))
      read.headers.emplace_back(name, text);
  }
  std::free(names);  // the library's convention
  return read;
}

std::vector<std::string> servers_of(const std::string& urls) {
  std::vector<std::string> servers;
  for (std::size_t from = 0; from <= urls.size();) {
    const std::size_t end = std::min(urls.find(',', from), urls.size());
    std::string url = urls.substr(from, end - from);
    url.erase(0, url.find_first_not_of(' '));
    url.erase(url.find_last_not_of(' ') + 1);
    if (!url.empty()) servers.push_back(std::move(url));
    from = end + 1;
  }
  return servers;
}

}  // namespace commandcenter::bus
