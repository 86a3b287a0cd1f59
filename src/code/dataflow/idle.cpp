#include "code/dataflow/idle.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "code/dataflow/clause_words.h"
#include "code/dataflow/outline.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kReach_bytes = 1'000;    // from a decorator to the function that it is for
constexpr std::size_t kAround_bytes = 20'000;  // from the head of a class to what is in it
constexpr std::size_t kMaxLine_bytes = 1'000;  // that are read before and behind a place
constexpr std::size_t kMaxLooked_bytes = 64'000'000;
constexpr std::size_t kMaxMentions = 1'000'000;  // thousands of functions of one name that call each other
constexpr std::size_t kMaxCall_bytes = 100;      // from what runs a function to its name
constexpr auto kRunners = std::to_array<std::string_view>({"add_filter", "call_user_func", "array_map"});
constexpr std::size_t kMaxListeners = 100;  // functions that wait for what a program sends itself
constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

// Nothing but blanks: as far as can be.
std::size_t indent_of(std::string_view line) {
  const auto code = std::ranges::find_if_not(line, is_blank);
  return code == line.end() ? std::string_view::npos : static_cast<std::size_t>(code - line.begin());
}

class Shortener {
  using Set = std::vector<bool>;
  using Graph = std::vector<std::vector<std::size_t>>;

 public:
  explicit Shortener(const Names& names) : names_(names), text_(names.text()), grammar_(names.grammar()) {
    for (const OutlinedFunction& function : outline(text_, grammar_)) {
      if (!cuts(function, names.literals())) functions_.push_back(function);
    }
  }

  std::vector<std::vector<DealingName>> names_that_reach(std::span<const std::vector<std::uint32_t>> lists) {
    std::vector<std::vector<DealingName>> result;
    read_mentions();
    const Graph mentioned_by = this->mentioned_by();
    for (const std::vector<std::uint32_t>& places : lists)
      result.push_back(names_that_reach(places, mentioned_by));
    return result;
  }

  Shortened run(const Wanted& wanted) {
    Shortened result;
    result.in = wanted.in;
    if (!read_mentions()) return result;
    choose(wanted);
    std::size_t idle_bytes = 0;
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      const OutlinedFunction& function = functions_[i];
      if (!kept_[i]) idle_bytes += function.end - function.body;
      if (!started_[i] && !function.makes) result.idle.emplace_back(function.begin, function.end);
    }
    if (idle_bytes * 8 < text_.size()) return result;
    result.text = std::string(text_);
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      if (!kept_[i]) blank(functions_[i], *result.text);
    }
    return result;
  }

 private:
  // What looks like a function is part of a literal, or one ends elsewhere than it.
  static bool cuts(const OutlinedFunction& function, std::span<const Literal> literals) {
    const auto ends_behind = [](const Literal& literal, std::uint32_t place) { return literal.end <= place; };
    const auto at = [&](std::uint32_t place) {
      const auto found =
          std::ranges::partition_point(literals, [&](const Literal& literal) { return ends_behind(literal, place); });
      return found != literals.end() && found->begin < place;
    };
    return at(function.begin) || at(function.body) || at(function.end);
  }

  std::size_t owner_of(std::size_t place) const {
    const auto next = std::ranges::upper_bound(functions_, place, {}, &OutlinedFunction::begin);
    if (next == functions_.begin()) return kNobody;
    const auto owner = std::prev(next);
    return place < owner->end ? static_cast<std::size_t>(owner - functions_.begin()) : kNobody;
  }

  // False when there are too many.
  bool read_mentions() {
    const auto plain = [&](std::string_view name) {
      return hash_of(name.substr(name.starts_with('$') ? 1 : 0), grammar_);
    };
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_name;  // by its hash
    for (std::size_t i = 0; i < functions_.size(); ++i)
      by_name[plain(functions_[i].name)].push_back(i);
    mentions_.resize(functions_.size());
    std::size_t count = 0;
    std::vector<std::size_t> emitters;
    std::vector<std::size_t> listeners;
    for (const auto& [begin, end, hash] : names_.all()) {
      const std::string_view name = text_.substr(begin, end - begin);
      if (name == "emit" && is_script(grammar_) && owner_of(begin) != kNobody) emitters.push_back(owner_of(begin));
      const auto found = by_name.find(name[0] == '$' ? plain(name) : hash);
      if (found == by_name.end()) continue;
      const std::size_t owner = owner_of(begin);
      if (owner != kNobody && functions_[owner].name.data() == name.data()) continue;  // its own head
      std::size_t next = end;
      while (next < text_.size() && text_[next] == ' ')
        ++next;
      count += found->second.size();
      if (count > kMaxMentions) return false;
      const bool called = grammar_ == Grammar::kRuby || (next < text_.size() && text_[next] == '(') ||
                          (next < text_.size() && text_[next] == ',' && stands_on_route(begin)) ||
                          stands_in_map(begin) || listens(begin) || is_bound(next);
      if (listens(begin)) listeners.insert(listeners.end(), found->second.begin(), found->second.end());
      for (const std::size_t target : found->second) {
        if (owner != kNobody)
          mentions_[owner].push_back(target);
        else if (called)
          called_outside_.push_back(target);
      }
    }
    for (const std::size_t emitter : listeners.size() < kMaxListeners ? emitters : std::vector<std::size_t>())
      mentions_[emitter].insert(mentions_[emitter].end(), listeners.begin(), listeners.end());
    for_each_quoted_name([&](std::uint32_t place, std::string_view name) {
      const auto found = by_name.find(plain(name));
      if (found == by_name.end() || !is_run(place)) return;
      const std::size_t owner = owner_of(place);
      for (const std::size_t target : found->second)
        owner == kNobody ? called_outside_.push_back(target) : mentions_[owner].push_back(target);
    });
    return true;
  }

  // JavaScript: app.get("/", guard, (req, res) => {…}): what the guard proves holds for the others.
  bool stands_on_route(std::size_t place) const {
    if (!is_script(grammar_)) return false;
    const std::size_t least = place > kMaxLine_bytes ? place - kMaxLine_bytes : 0;
    std::string_view line = text_.substr(least, place - least);
    line.remove_prefix(line.rfind('\n') + 1);  // nothing when there is none
    constexpr auto kRoutes =
        std::to_array<std::string_view>({".get(", ".post(", ".put(", ".patch(", ".delete(", ".all("});
    return std::ranges::any_of(kRoutes,
                               [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
  }

  // JavaScript: names.map(quoted)
  bool stands_in_map(std::size_t place) const {
    const std::string_view before = text_.substr(0, place);
    return is_script(grammar_) && (before.ends_with(".map(") || before.ends_with(".flatMap("));
  }

  // JavaScript: run.bind(null, x)(y), run.call(object, x)
  bool is_bound(std::size_t behind) const {
    const std::string_view rest = text_.substr(std::min(behind, text_.size()));
    return is_script(grammar_) &&
           (rest.starts_with(".bind(") || rest.starts_with(".call(") || rest.starts_with(".apply("));
  }

  // JavaScript: bus.on("job", run)
  bool listens(std::size_t place) const {
    std::string_view line = text_.substr(0, place);
    if (!is_script(grammar_) || !line.ends_with(", ")) return false;
    line.remove_prefix(line.size() > kMaxLine_bytes ? line.size() - kMaxLine_bytes : 0);
    line.remove_prefix(line.rfind('\n') + 1);
    constexpr auto kWaits = std::to_array<std::string_view>({".on(", ".once(", ".addListener("});
    return std::ranges::any_of(kWaits,
                               [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
  }

  // PHP: names in quotes.
  template <typename See>
  void for_each_quoted_name(const See& see) const {
    const auto stands = [&](std::string_view runner) { return text_.find(runner) != std::string_view::npos; };
    if (grammar_ != Grammar::kPhp || std::ranges::none_of(kRunners, stands)) return;
    for (const Literal& literal : names_.literals()) {
      if (literal.end < literal.begin + 3) continue;
      const std::string_view name = text_.substr(literal.begin + 1, literal.end - literal.begin - 2);
      if (std::ranges::all_of(name, [](char c) { return NamesReader::part_of_name(c); })) see(literal.begin, name);
    }
  }

  // add_filter('title', 'shorten'), call_user_func([$this, 'shorten'], $title)
  bool is_run(std::size_t place) const {
    const std::size_t near = place - std::min(place, kMaxCall_bytes);
    const std::string_view before = text_.substr(near, place - near);
    return std::ranges::any_of(kRunners,
                               [&](std::string_view runner) { return before.find(runner) != std::string_view::npos; });
  }

  Graph mentioned_by() const {
    Graph graph(functions_.size());
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      for (const std::size_t target : mentions_[i])
        graph[target].push_back(i);
    }
    return graph;
  }

  std::vector<DealingName> names_that_reach(std::span<const std::uint32_t> places, const Graph& mentioned_by) {
    std::vector<DealingName> names;
    for (const std::uint32_t place : places)
      if (owner_of(place) == kNobody) add_names_around(place, names);
    const Set reaching = spread(holders(places), mentioned_by);
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      if (!reaching[i]) continue;
      names.push_back({functions_[i].name, class_of(functions_[i])});
      if (functions_[i].makes) add_names_around(functions_[i].begin, names);  // called by the name of its class
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  void choose(const Wanted& wanted) {
    const std::size_t count = functions_.size();
    const Graph mentioned_by = this->mentioned_by();
    const Set holding = holders(wanted.places);
    const Set interesting = spread(holding, mentioned_by);
    const Set fed = spread(holders(wanted.feeds), mentioned_by);
    const Set handing = spread(holders(wanted.handed), mentioned_by);
    started_.assign(count, false);
    kept_.assign(count, false);
    for (std::size_t i = 0; i < count; ++i) {
      started_[i] = holding[i] || handing[i] || (interesting[i] && fed[i]);
      kept_[i] = started_[i] || functions_[i].makes;
    }
    for (const std::size_t target : called_outside_)
      kept_[target] = true;
    kept_ = spread(std::move(kept_), mentions_);
  }

  // The line of a place and those that it is indented below, from the inside out: see(line). Of long lines a part.
  template <typename See>
  void for_each_head(std::size_t place, const See& see) {
    std::size_t least = std::string_view::npos;  // the indentation so far
    const std::size_t stop = place > kAround_bytes ? place - kAround_bytes : 0;
    const std::string_view near = text_.substr(0, place + kMaxLine_bytes);
    std::size_t line_end = std::min(near.find('\n', place), near.size());
    while (looked_bytes_ < kMaxLooked_bytes) {
      const std::size_t first = line_end > 2 * kMaxLine_bytes ? line_end - 2 * kMaxLine_bytes : 0;
      const void* before = ::memrchr(text_.data() + first, '\n', line_end - first);
      const std::size_t begin =
          before == nullptr ? first : static_cast<std::size_t>(static_cast<const char*>(before) - text_.data()) + 1;
      const std::string_view line = text_.substr(begin, line_end - begin);
      looked_bytes_ += line.size() + 1;
      const std::size_t indent = indent_of(line);
      if (indent < least && line[indent] != ')' && line[indent] != '}' && line[indent] != ']') {
        least = indent;
        see(line);
      }
      if (begin <= stop || least == 0) return;
      line_end = begin - 1;
    }
  }

  template <typename See>
  static void for_each_name(std::string_view line, const See& see) {
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t begin = at;
      while (at < line.size() && NamesReader::part_of_name(line[at]))
        ++at;
      if (at > begin)
        see(line.substr(begin, at - begin));
      else
        ++at;
    }
  }

  void add_names_around(std::size_t place, std::vector<DealingName>& names) {
    for_each_head(place, [&](std::string_view line) {
      for_each_name(line, [&](std::string_view name) {
        if (kind_of(name, grammar_) == 0 || name == "default") names.push_back({name, {}});
      });
    });
  }

  // Of a method that only those reach who have an object of its class, which they make themselves or say the type of.
  std::string_view class_of(const OutlinedFunction& function) {
    if (grammar_ != Grammar::kPython && grammar_ != Grammar::kJava && grammar_ != Grammar::kCSharp &&
        grammar_ != Grammar::kPhp && grammar_ != Grammar::kRuby)
      return {};
    std::string_view found;
    bool known_above = false;  // Java: by the type that it extends or implements
    for_each_head(function.begin, [&](std::string_view line) {
      bool next = false;
      for_each_name(line, [&](std::string_view name) {
        if (next && found.empty()) found = name;
        next = name == "class";
        known_above = known_above || (grammar_ == Grammar::kJava && one_of(name, "implements extends"));
      });
    });
    return found.empty() || known_above || objects_made().contains(hash_of(found, grammar_)) ? std::string_view{}
                                                                                             : found;
  }

  // Hashes of names of which this text makes objects: "x = Name(", "new Name(", "Name.new".
  const std::unordered_set<std::uint64_t>& objects_made() {
    if (made_) return *made_;
    made_.emplace();
    for (const Name& name : names_.all()) {
      const std::string_view behind = text_.substr(name.end);
      const std::string_view before = text_.substr(0, name.begin);
      const bool called = behind.starts_with('(') || behind.starts_with(".new");
      const bool ruby = behind.starts_with(".new");
      if (called && (ruby || before.ends_with("= ") || before.ends_with("new "))) made_->insert(name.hash);
    }
    return *made_;
  }

  // Functions in which the places are, or for which they are marks.
  Set holders(std::span<const std::uint32_t> places) const {
    Set set(functions_.size(), false);
    for (const std::uint32_t place : places) {
      const auto next = std::ranges::upper_bound(functions_, place, {}, &OutlinedFunction::begin);
      const std::size_t owner = owner_of(place);
      if (owner != kNobody)
        set[owner] = true;
      else if (next != functions_.end() && next->begin < place + kReach_bytes)
        set[static_cast<std::size_t>(next - functions_.begin())] = true;
    }
    return set;
  }

  // With all to which the graph leads from there.
  static Set spread(Set set, const Graph& to) {
    std::vector<std::size_t> waiting;
    for (std::size_t i = 0; i < set.size(); ++i)
      if (set[i]) waiting.push_back(i);
    while (!waiting.empty()) {
      const std::size_t index = waiting.back();
      waiting.pop_back();
      for (const std::size_t other : to[index]) {
        if (!set[other]) waiting.push_back(other);
        set[other] = true;
      }
    }
    return set;
  }

  void blank(const OutlinedFunction& function, std::string& text) const {
    const std::size_t first = std::min(text_.find_first_not_of(" \t\r\n", function.body), std::size_t{function.end});
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(first), text.begin() + function.end, ' ');
    if (grammar_ == Grammar::kPython && first < function.end) text[first] = '0';  // a block has a statement
  }

  const Names& names_;
  std::string_view text_;
  Grammar grammar_;
  std::vector<OutlinedFunction> functions_;
  std::vector<std::vector<std::size_t>> mentions_;  // by function
  std::vector<std::size_t> called_outside_;
  std::optional<std::unordered_set<std::uint64_t>> made_;
  std::size_t looked_bytes_ = 0;  // for heads of classes
  Set started_;                   // run by themselves
  Set kept_;
};

}  // namespace

std::vector<std::vector<DealingName>> names_that_reach(const Names& names,
                                                       std::span<const std::vector<std::uint32_t>> lists) {
  return Shortener(names).names_that_reach(lists);
}

Shortened without_idle(const Names& names, const Wanted& wanted) {
  return Shortener(names).run(wanted);
}

}  // namespace commandcenter::code::dataflow
