// Parsing goes through nlohmann's SAX interface with a builder of our own: the library's ordered object looks for each
// new key among all earlier ones, which a hostile document turns into quadratic time.
#include "base/json.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

namespace commandcenter {
namespace {

// Small objects are searched; larger ones get an index of their keys.
constexpr std::size_t kIndexedObjectMembers = 16;

class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit Builder(std::size_t max_depth) : max_depth_(max_depth) {}

  bool null() { return add(Json(nullptr)); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_integer(number_integer_t value) { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) { return add(Json(value)); }
  bool number_float(number_float_t value, const string_t&) { return add(Json(value)); }
  bool string(string_t& value) { return add(Json(std::move(value))); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    Frame& frame = frames_.back();
    auto& members = frame.value.get_ref<Json::object_t&>();
    frame.slot = members.size();
    if (members.size() < kIndexedObjectMembers) {
      const auto found = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == name; });
      if (found != members.end()) frame.slot = static_cast<std::size_t>(found - members.begin());
    } else {
      if (frame.index.empty()) {
        for (std::size_t i = 0; i < members.size(); ++i)
          frame.index.emplace(as_vector(members)[i].first, i);
      }
      frame.slot = frame.index.emplace(name, members.size()).first->second;
    }
    // The base class's emplace_back: the ordered map's own would search all keys again.
    if (frame.slot == members.size()) as_vector(members).emplace_back(std::move(name), Json());
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    if (error_.empty()) error_ = error.what();
    return false;
  }

  const std::string& error() const { return error_; }
  Json take() { return std::move(root_); }

 private:
  struct Frame {
    Json value;
    std::size_t slot = 0;  // the member being filled
    std::unordered_map<std::string, std::size_t> index;
  };

  static Json::object_t::Container& as_vector(Json::object_t& members) { return members; }

  bool open(Json value) {
    if (frames_.size() >= max_depth_) {
      error_ = fmt::format("nested deeper than {} levels", max_depth_);
      return false;
    }
    frames_.push_back(Frame{std::move(value), 0, {}});
    return true;
  }

  bool close() {
    Json value = std::move(frames_.back().value);
    frames_.pop_back();
    return add(std::move(value));
  }

  bool add(Json value) {
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.value.is_array()) {
      frame.value.push_back(std::move(value));
    } else {
      as_vector(frame.value.get_ref<Json::object_t&>())[frame.slot].second = std::move(value);
    }
    return true;
  }

  std::size_t max_depth_;
  std::vector<Frame> frames_;
  Json root_;
  std::string error_;
};

// nlohmann's texts read "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …".
std::string readable(std::string_view raw) {
  constexpr std::string_view kMarker = "parse error at ";
  if (const auto at = raw.find(kMarker); at != std::string_view::npos)
    raw.remove_prefix(at + kMarker.size());
  else if (const auto end = raw.find("] "); raw.starts_with("[json.") && end != std::string_view::npos)
    raw.remove_prefix(end + 2);
  return std::string(raw);
}

void write_canonical(const Json& value, std::string& out) {
  if (value.is_object()) {
    std::vector<const Json::object_t::value_type*> members;
    members.reserve(value.size());
    for (const auto& member : value.get_ref<const Json::object_t&>())
      members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      out += dump_json(Json(members[i]->first));
      out += ':';
      write_canonical(members[i]->second, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      write_canonical(value[i], out);
    }
    out += ']';
  } else {
    out += dump_json(value);
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_depth) {
  // The parser takes a NUL byte for the end of the text and would not see what follows it.
  if (text.find('\0') != std::string_view::npos) return fail(ErrorCode::kInvalid, "the text holds a NUL byte");
  Builder builder(max_depth);
  const bool complete = Json::sax_parse(text.begin(), text.end(), &builder);
  if (!complete) return fail(ErrorCode::kInvalid, readable(builder.error().empty() ? "not JSON" : builder.error()));
  return builder.take();
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump_json_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string canonical_json(const Json& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

const Json* find_member(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  for (const auto& member : value.get_ref<const Json::object_t&>()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

std::string string_member(const Json& value, std::string_view key, std::string_view fallback) {
  const Json* member = find_member(value, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string(fallback);
}

std::string_view json_type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "integer";
    case Json::value_t::number_float:
      return "number";
    case Json::value_t::string:
      return "string";
    case Json::value_t::array:
      return "array";
    case Json::value_t::object:
      return "object";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "null";
}

}  // namespace commandcenter
