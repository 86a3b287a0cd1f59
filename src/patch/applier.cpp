#include "patch/applier.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "base/json.h"
#include "base/sha256.h"
#include "patch/folder.h"

namespace commandcenter::patch {
namespace {

// A file on which the journal and the disk disagree.
Error changed_meanwhile(const std::string& path) {
  return {ErrorCode::kConflict, fmt::format("{} was changed while the patch was being written", path)};
}

Json side_json(const std::optional<Content>& content) {
  if (!content) return nullptr;
  return {{"mode", static_cast<int>(content->mode)}, {"size", content->bytes.size()}};
}

Result<void> write_durably(const std::string& folder, const std::string& path, const std::string& text) {
  const auto failed = [&] {
    const int error = errno;
    ::unlink((path + "~").c_str());
    return fail(ErrorCode::kUnavailable, fmt::format("the patch cannot be noted down: {}", std::strerror(error)));
  };
  ::mkdir(folder.c_str(), 0700);
  const int file = ::open((path + "~").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed();
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t put = ::write(file, left.data(), left.size());
    if (put <= 0 && errno != EINTR) break;
    if (put > 0) left.remove_prefix(static_cast<std::size_t>(put));
  }
  const bool written = left.empty() && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename((path + "~").c_str(), path.c_str()) != 0) return failed();
  const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return failed();
  const bool flushed = ::fsync(parent) == 0;
  ::close(parent);
  if (!flushed) return failed();
  return {};
}

Result<std::optional<Content>> take_side(const Json& item, const char* key, std::string_view& bytes) {
  const Json* side = find_member(item, key);
  if (side == nullptr || side->is_null()) return std::optional<Content>{};
  const auto size = side->value("size", std::size_t{0});
  if (size > bytes.size()) return fail(ErrorCode::kInternal, "the journal of a patch is cut off");
  Content content{static_cast<Mode>(side->value("mode", 0)), std::string(bytes.substr(0, size))};
  bytes.remove_prefix(size);
  return content;
}

}  // namespace

Result<Applied> Applier::apply(const Order& order) {
  std::vector<Item> items;
  Applied applied;
  const auto begun = read_journal(order.id, items, applied);
  if (!begun) return fail(begun.error());
  if (!*begun) {
    auto fresh = work_out(order, applied);
    if (!fresh) return fail(std::move(fresh.error()));
    items = std::move(*fresh);
    if (auto noted = write_journal(order.id, items, applied); !noted) return fail(std::move(noted.error()));
  }
  if (auto done = carry_out(order.id, items); !done) {
    if (done.error().code == ErrorCode::kInternal) return fail(std::move(done.error()));
    if (auto undone = take_back(order.id, items); !undone) {
      return fail(ErrorCode::kInternal, fmt::format("{}; and what was written could not be taken back: {}",
                                                    done.error().message, undone.error().message));
    }
    forget(order.id);
    return fail(std::move(done.error()));
  }
  return applied;
}

void Applier::forget(const std::string& id) {
  ::unlink(path_of(id).c_str());
}

// All steps in memory: what each file is now and shall be in the end.
Result<std::vector<Applier::Item>> Applier::work_out(const Order& order, Applied& applied) const {
  std::map<std::pair<std::string, std::string>, Change> files;
  std::map<std::string, Folder> folders;
  for (const Step& step : order.steps) {
    if (!folders.contains(step.folder)) {
      auto opened = Folder::open(step.folder);
      if (!opened) return fail(std::move(opened.error()));
      folders.emplace(step.folder, std::move(*opened));
    }
    const Folder& folder = folders.at(step.folder);
    const auto read = [&](const std::string& path) -> Result<std::optional<Content>> {
      const auto known = files.find({step.folder, path});
      if (known != files.end()) return known->second.after;
      return folder.read(path);
    };
    auto changes = resolve(step.text, read);
    if (!changes) return fail(std::move(changes.error()));
    auto reverse = make(reversed(*changes));
    if (!reverse) return fail(std::move(reverse.error()));
    applied.reverse.push_back(std::move(reverse->text));
    for (Change& change : *changes) {
      const auto key = std::pair(step.folder, change.path);
      const auto [place, fresh] = files.try_emplace(key, change);
      if (!fresh) place->second.after = std::move(change.after);
    }
  }
  std::vector<Item> items;
  for (auto& [key, change] : files)
    items.push_back({key.first, std::move(change)});
  return items;
}

Result<void> Applier::write_journal(const std::string& id, const std::vector<Item>& items,
                                    const Applied& applied) const {
  Json head = {{"items", Json::array()}, {"reverse", Json::array()}};
  std::string bytes;
  for (const Item& item : items) {
    head["items"].push_back({{"folder", item.folder.size()},
                             {"path", item.change.path.size()},
                             {"before", side_json(item.change.before)},
                             {"after", side_json(item.change.after)}});
    bytes += item.folder + item.change.path;  // not in the JSON: names need not be UTF-8
    if (item.change.before) bytes += item.change.before->bytes;
    if (item.change.after) bytes += item.change.after->bytes;
  }
  for (const std::string& text : applied.reverse) {
    head["reverse"].push_back(text.size());
    bytes += text;
  }
  return write_durably(folder_, path_of(id), dump_json(head) + "\n" + bytes);
}

// False when there is none.
Result<bool> Applier::read_journal(const std::string& id, std::vector<Item>& items, Applied& applied) const {
  std::ifstream file(path_of(id), std::ios::binary);
  if (!file) return false;
  std::ostringstream text;
  text << file.rdbuf();
  const std::string whole = std::move(text).str();
  const std::size_t line = whole.find('\n');
  const auto head = parse_json(std::string_view(whole).substr(0, std::min(line, whole.size())));
  if (!head || line == std::string::npos) return fail(ErrorCode::kInternal, "the journal of a patch cannot be read");
  std::string_view bytes = std::string_view(whole).substr(line + 1);
  const auto text_of = [&bytes](std::size_t size) {
    std::string taken(bytes.substr(0, size));
    bytes.remove_prefix(taken.size());
    return taken;
  };
  for (const Json& entry : head->at("items")) {
    Item item;
    item.folder = text_of(entry.value("folder", std::size_t{0}));
    item.change.path = text_of(entry.value("path", std::size_t{0}));
    auto before = take_side(entry, "before", bytes);
    if (!before) return fail(std::move(before.error()));
    auto after = take_side(entry, "after", bytes);
    if (!after) return fail(std::move(after.error()));
    item.change.before = std::move(*before);
    item.change.after = std::move(*after);
    items.push_back(std::move(item));
  }
  for (const Json& size : head->at("reverse"))
    applied.reverse.push_back(text_of(size.get<std::size_t>()));
  return true;
}

Result<void> Applier::carry_out(const std::string& id, const std::vector<Item>& items) {
  for (const Item& item : items) {  // nothing is written when one of them does not fit
    auto folder = Folder::open(item.folder);
    if (!folder) return fail(std::move(folder.error()));
    const auto now = folder->read(item.change.path);
    if (!now) return fail(now.error());
    if (*now != item.change.before && *now != item.change.after) return fail(changed_meanwhile(item.change.path));
  }
  return put(id, items, &Change::after);
}

// Whatever was written gets its old content; what somebody else has changed since stays theirs.
Result<void> Applier::take_back(const std::string& id, const std::vector<Item>& items) {
  std::vector<Item> written;
  for (const Item& item : items) {
    auto folder = Folder::open(item.folder);
    if (!folder) return fail(std::move(folder.error()));
    const auto now = folder->read(item.change.path);
    if (now && *now == item.change.after) written.push_back(item);
  }
  return put(id, written, &Change::before);
}

Result<void> Applier::put(const std::string& id, const std::vector<Item>& items, std::optional<Content> Change::*side) {
  std::map<std::string, Folder> folders;
  const std::string prefix = ".commandcenter-" + sha256_hex(id).substr(0, 16);
  // Removals first: a file may have to go before there can be a folder of its name.
  for (const bool removals : {true, false}) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::optional<Content>& content = items[i].change.*side;
      if (removals != !content) continue;
      if (!folders.contains(items[i].folder)) {
        auto opened = Folder::open(items[i].folder);
        if (!opened) return fail(std::move(opened.error()));
        folders.emplace(items[i].folder, std::move(*opened));
      }
      Folder& folder = folders.at(items[i].folder);
      const auto now = folder.read(items[i].change.path);
      if (now && *now == content) continue;
      if (on_write_ && !on_write_()) return fail(ErrorCode::kInternal, "stopped on purpose");
      auto done = content ? folder.write(items[i].change.path, *content, fmt::format("{}-{}~", prefix, i))
                          : folder.remove(items[i].change.path);
      if (!done) return fail(std::move(done.error()));
    }
  }
  for (auto& [path, folder] : folders) {
    if (auto flushed = folder.sync(); !flushed) return fail(std::move(flushed.error()));
  }
  return {};
}

}  // namespace commandcenter::patch
