// Pages of other files that a function shows: PHP's "include 'list.php'", "view('list', ['name' => $name])", Sinatra's
// "erb :list". Their code runs where they are shown, with the names that they are given.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/page_names.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// "/views/list.php" of a text whose beginning is not known; without the dots of a relative path.
std::string_view end_of_path(std::string_view text) {
  text.remove_prefix(text.rfind(kHole) + 1);  // nothing when there is none
  const std::size_t begin = text.find_first_not_of("./");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool is_page_at(std::string_view path, std::string_view end) {
  if (!path.ends_with(end)) return false;
  return path.size() == end.size() || path[path.size() - end.size() - 1] == '/';
}

}  // namespace

// Which page of another file is meant; `ending`: its name may lack that.
std::optional<std::size_t> Engine::page_named(std::string_view text, bool ending) const {
  const std::string_view end = end_of_path(text);
  if (end.empty()) return std::nullopt;
  for (const auto& [path, function] : module_.pages) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::string_view bare = path.substr(0, path.size() - name.size() + name.find('.'));
    if (is_page_at(path, end) || (ending && is_page_at(bare, end))) return function;
  }
  return std::nullopt;
}

void Engine::run_page(std::size_t index, Env& env) {
  const Function& page = module_.functions[index];
  if (spent() || active_.size() >= kMaxCallDepth || std::ranges::find(active_, index) != active_.end()) return;
  Frame frame;
  frame.function = &page;
  frame.self = frame_.self;
  frame.kind = frame_.kind;
  Value object;  // "$this" is what shows it
  object.path = "this";
  object.box = frame_.self;
  object.type = frame_.function == nullptr ? std::string() : std::string(frame_.function->owner);
  frame.object = std::make_shared<const Value>(std::move(object));
  active_.push_back(index);
  std::vector<Argument> handed_before;
  if (foreign_++ == 0) handed_before = std::exchange(handed_over_, {});
  std::swap(frame, frame_);
  exec(page.body, env);
  std::swap(frame, frame_);
  if (--foreign_ == 0) handed_over_ = std::move(handed_before);
  active_.pop_back();
}

// What a page is given by name; all of its own names when it is Ruby's. False: it is no call that gives a page.
bool Engine::show_page(const Call& call, Env& env) {
  if (module_.pages.empty() || proves_ != nullptr) return false;
  const bool php = module_.grammar == Grammar::kPhp;
  const bool included = php && call.receiver == nullptr && call.name == "include";
  const auto is_among = [&](const auto& names) { return std::ranges::find(names, call.name) != names.end(); };
  const bool shows = php ? is_among(kShowsPagesOfPhp) : is_among(kShowsPagesOfRuby);
  if (!included && (!shows || is_own_method(call))) return false;
  std::size_t place = 0;
  while (place < call.arguments.size() && !call.arguments[place].value->text)
    ++place;
  if (place > 1 || place >= call.arguments.size()) return false;
  const auto page = page_named(*call.arguments[place].value->text, !included);
  if (!page) return false;
  if (included) {
    run_page(*page, env);
    return false;
  }
  Env own;
  if (php) {
    own.boxes = env.boxes;
    own.plain = env.plain;
    own.page = env.page;
  } else {
    own = copy(env);
  }
  const Argument* locals = php ? nullptr : call.named("locals");
  for (std::size_t i = place + 1; i < call.arguments.size() && locals == nullptr; ++i)
    locals = &call.arguments[i];
  const Box* given = locals == nullptr ? nullptr : box_of(*locals->value, env);
  if (given != nullptr) {
    for (const auto& [name, value] : given->items)
      own.names[*spread_names_.insert((php ? "$" : "") + name).first] = value;
  }
  run_page(*page, own);
  env.boxes = std::move(own.boxes);
  return true;
}

}  // namespace commandcenter::code::dataflow
