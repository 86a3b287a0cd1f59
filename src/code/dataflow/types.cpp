#include "code/dataflow/types.h"

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kSafe =
    "int long short byte float double boolean bool Integer Long Short Byte Float Double Boolean number bigint "
    "int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 Decimal decimal BigDecimal "
    "BigInteger UUID Guid uuid.UUID datetime date LocalDate LocalDateTime Instant Date DateTime void Pageable "
    "time.Time ObjectId BigInt Direction HttpMethod Duration Timestamp LocalTime ZonedDateTime OffsetDateTime DateOnly "
    "TimeOnly TimeSpan DateTimeOffset OptionalInt OptionalLong YearMonth AtomicInteger AtomicLong";

}  // namespace

std::string short_type(std::string_view type) {
  if (const std::size_t generic = type.find('<'); generic != std::string_view::npos) type = type.substr(0, generic);
  if (const std::size_t at = type.find_last_of(".\\*&: "); at != std::string_view::npos) type = type.substr(at + 1);
  while (!type.empty() && (type.back() == ']' || type.back() == '[' || type.back() == '?'))
    type.remove_suffix(1);
  return std::string(type);
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
  if (one_of(type, kSafe)) return true;
  if (type.find_first_of("[<.") == std::string_view::npos) return false;
  if (type.starts_with("Literal[") || type.starts_with("typing.Literal[")) return true;
  const std::size_t dot = type.rfind('.');  // "Sort.Direction"
  if (dot != std::string_view::npos && one_of(type.substr(dot + 1), kSafe)) return true;
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
