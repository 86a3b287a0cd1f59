#include "agent/builtin/security_scanner/foreign_names.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::security_scanner {
namespace {

using code::Grammar;
using code::dataflow::DealingName;
using code::dataflow::is_script;
using code::dataflow::NamesReader;
using code::dataflow::one_of;

using Names = std::vector<std::string_view>;

constexpr std::size_t kMaxImport_bytes = 4'000;  // of a list of names
constexpr std::size_t kMaxDefault_bytes = 300;   // from the name to what it is imported from

// Each once.
template <typename List>
void sort(List& list) {
  std::ranges::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// "page" of "export default async function page(…)", "module.exports = page"; empty: there is none.
std::string_view given_whole(std::string_view text) {
  for (const std::string_view head : {std::string_view("export default "), std::string_view("module.exports = ")}) {
    const std::size_t at = text.find(head);
    if (at == std::string_view::npos) continue;
    NamesReader reader(text.substr(at + head.size(), kMaxDefault_bytes), Grammar::kJavaScript);
    std::size_t begin = 0;
    std::size_t end = 0;
    while (reader.next(begin, end)) {
      const std::string_view name = text.substr(at + head.size() + begin, end - begin);
      if (!one_of(name, "async function class")) return name;
    }
  }
  return {};
}

}  // namespace

ForeignNames::ForeignNames(const code::dataflow::Names& names) : text_(names.text()), grammar_(names.grammar()) {
  const bool python = grammar_ == Grammar::kPython;
  const std::string_view text = text_;
  std::size_t imports_end = 0;  // of the import that was met last
  std::string_view before;
  std::string_view last;
  own_.reserve(names.all().size());
  for (const auto& [begin, end, hash] : names.all()) {
    const std::string_view name = text.substr(begin, end - begin);
    own_.push_back(hash);
    if (last == "as" && !before.empty()) aliases_.push_back({before, name});
    before = std::exchange(last, name);
    if (!python) continue;
    if (name == "import") {
      const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size() - 1);
      const std::string_view list = text.substr(next, kMaxImport_bytes);
      imports_end = next + std::min(list.find(text[next] == '(' ? ')' : '\n'), list.size());
      all_ = all_ || text[next] == '*';
    }
    if (end <= imports_end || (begin > 0 && text[begin - 1] == '.')) imported_.push_back(hash);
  }
  sort(own_);
  sort(imported_);
  sort(aliases_);
}

code::dataflow::Interest ForeignNames::add(const Neighbour& neighbour, bool records) {
  return add(neighbour.dealings(), neighbour, records);
}

code::dataflow::Interest ForeignNames::add_deep(const Neighbour& neighbour, bool records) {
  return add(neighbour.deep_dealings(), neighbour, records);
}

code::dataflow::Interest ForeignNames::add(const code::dataflow::Dealings& theirs, const Neighbour& neighbour,
                                           bool records) {
  const bool sources = take(theirs.sources, neighbour, found_.sources);
  const bool stored = records && take(theirs.records, neighbour, found_.sources);
  const bool statements = take(theirs.statements, neighbour, found_.statements);
  const bool sinks = take(theirs.sinks, neighbour, found_.sinks);
  return {.data = sources || stored, .statements = statements, .harm = sinks};
}

bool ForeignNames::uses(const DealingName& theirs) const {
  const auto in = [&](const std::vector<std::uint64_t>& hashes, std::string_view name) {
    return std::ranges::binary_search(hashes, code::dataflow::hash_of(name, grammar_));
  };
  if (!theirs.owner.empty() && !in(own_, theirs.owner)) return false;
  const bool python = grammar_ == Grammar::kPython && !all_;
  return in(python ? imported_ : own_, theirs.name);
}

bool ForeignNames::take(const Theirs& theirs, const Neighbour& neighbour, Names& into) const {
  const std::size_t before = into.size();
  bool whole = false;
  const std::string_view given = is_script(grammar_) && !theirs.empty() ? given_whole(neighbour.text()) : "";
  for (const DealingName& name : theirs) {
    if (uses(name)) into.push_back(name.name);
    whole = whole || name.name == "exports" || name.name == "default" || (!given.empty() && name.name == given);
  }
  for (const Alias& alias : aliases_) {
    const auto named = std::ranges::lower_bound(theirs, alias.name, {}, &DealingName::name);
    if (named != theirs.end() && named->name == alias.name) into.push_back(alias.here);
  }
  if (whole && is_script(grammar_)) take_default(neighbour, into);
  return into.size() > before;
}

// "import run from './run'", "const run = require('./run')": the module is the function.
void ForeignNames::take_default(const Neighbour& neighbour, Names& into) const {
  for (std::size_t at = text_.find(neighbour.name()); at != std::string_view::npos;
       at = text_.find(neighbour.name(), at + 1)) {
    if (at == 0 || std::string_view("/'\"`").find(text_[at - 1]) == std::string_view::npos) continue;
    const std::size_t least = at > kMaxDefault_bytes ? at - kMaxDefault_bytes : 0;
    std::string_view before = text_.substr(least, at - least);
    before.remove_prefix(before.rfind('\n') + 1);  // nothing when there is none
    NamesReader reader(before, grammar_);
    std::size_t begin = 0;
    std::size_t end = 0;
    while (reader.next(begin, end)) {
      const std::string_view name = before.substr(begin, end - begin);
      if (!one_of(name, "import export const let var from require await type default")) into.push_back(name);
    }
  }
}

code::dataflow::Foreign ForeignNames::names() && {
  sort(found_.sources);
  sort(found_.statements);
  sort(found_.sinks);
  return std::move(found_);
}

}  // namespace commandcenter::security_scanner
