#include "code/dataflow/types.h"

#include <algorithm>
#include <unordered_set>

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kSafe =
    "int long short byte float double boolean bool Integer Long Short Byte Float Double Boolean number bigint "
    "int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 Decimal decimal BigDecimal "
    "BigInteger UUID Guid uuid.UUID datetime date LocalDate LocalDateTime Instant Date DateTime void Pageable "
    "time.Time ObjectId BigInt Direction HttpMethod Duration Timestamp LocalTime ZonedDateTime OffsetDateTime DateOnly "
    "TimeOnly TimeSpan DateTimeOffset OptionalInt OptionalLong YearMonth AtomicInteger AtomicLong";

// Most types are none of them, and most types are asked for.
bool is_safe_name(std::string_view type) {
  static const std::unordered_set<std::string_view> names = [] {
    std::unordered_set<std::string_view> all;
    for (std::string_view rest = kSafe; !rest.empty();) {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      all.insert(rest.substr(0, space));
      rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    return all;
  }();
  return names.contains(type);
}

// Python: "int" of "Annotated[int, Path()]".
std::string_view without_notes(std::string_view type) {
  for (const std::string_view noted : {"Annotated[", "typing.Annotated["})
    if (type.starts_with(noted)) return type.substr(noted.size(), type.find(',') - noted.size());
  return type;
}

}  // namespace

std::string_view short_type(std::string_view type) {
  type = without_notes(type);
  std::size_t begin = 0;
  std::size_t end = 0;
  for (; end < type.size() && type[end] != '<'; ++end) {
    const char c = type[end];
    if (c == '.' || c == '\\' || c == '*' || c == '&' || c == ':' || c == ' ') begin = end + 1;
  }
  type = type.substr(begin, end - begin);
  while (!type.empty() && (type.back() == ']' || type.back() == '[' || type.back() == '?'))
    type.remove_suffix(1);
  return type;
}

bool is_literals(std::string_view type) {
  for (std::size_t begin = type.find_first_not_of(" |\n"); begin != std::string_view::npos;
       begin = type.find_first_not_of(" |\n")) {
    const char quote = type[begin];
    std::size_t end = quote == '\'' || quote == '"' ? type.find(quote, begin + 1) : std::string_view::npos;
    for (const std::string_view none : {"undefined", "null"})
      if (type.substr(begin).starts_with(none)) end = begin + none.size() - 1;
    if (end == std::string_view::npos) return false;
    type.remove_prefix(end + 1);
  }
  return true;
}

bool is_safe_type(std::string_view type) {
  if (type.empty()) return false;
  if (type.front() == '\'' || type.front() == '"') return is_literals(type);
  if (is_safe_name(type)) return true;
  if (std::ranges::none_of(type, [](char c) { return c == '[' || c == '<' || c == '.'; })) return false;
  if (const std::string_view bare = without_notes(type); bare.size() < type.size()) return is_safe_type(bare);
  if (type.starts_with("Literal[") || type.starts_with("typing.Literal[")) return true;
  const std::size_t dot = type.rfind('.');  // "Sort.Direction"
  if (dot != std::string_view::npos && is_safe_name(type.substr(dot + 1))) return true;
  const std::string_view element = type.ends_with("[]")     ? type.substr(0, type.size() - 2)
                                   : type.starts_with("[]") ? type.substr(2)
                                                            : std::string_view{};
  const bool text = element == "byte" || element == "Byte" || element == "uint8";
  if (!element.empty()) return !text && is_safe_type(element);
  for (const std::string_view list : {"list[", "List[", "set[", "Sequence["}) {
    if (type.starts_with(list) && type.ends_with("]"))
      return is_safe_type(type.substr(list.size(), type.size() - list.size() - 1));
  }
  for (const std::string_view list :
       {"List<", "Set<", "Collection<", "Optional<", "Array<", "IEnumerable<", "Iterable<", "ArrayList<", "Set<",
        "HashSet<", "IList<", "ReadonlyArray<", "Promise<"}) {
    if (type.starts_with(list) && type.ends_with(">"))
      return is_safe_type(type.substr(list.size(), type.size() - list.size() - 1));
  }
  if (type.starts_with("Optional[") && type.ends_with("]")) return is_safe_type(type.substr(9, type.size() - 10));
  return false;
}

}  // namespace commandcenter::code::dataflow
