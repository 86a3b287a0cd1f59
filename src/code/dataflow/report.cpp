// A value that arrives where it may do harm: whether it does there, and the flaw that it makes.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/sql_text.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

Confidence confidence_of(const Taint& taint) {
  if ((taint.cleared & kStoredContext) != 0) return Confidence::kMedium;
  if (taint.level == Level::kSource) return taint.guessed ? Confidence::kMedium : Confidence::kHigh;
  return taint.level == Level::kResult ? Confidence::kLow : Confidence::kMedium;
}

// A statement put together for what is only likely foreign counts where a value stands, not a table's name.
bool likely_sql(const Value& value, const Taint& taint) {
  if (!value.text || value.build == Build::kNone) return false;
  const std::vector<HolePlace> places = hole_places(*value.text);
  const bool known = std::ranges::find(value.holes, taint.origin, &Hole::origin) != value.holes.end();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool here = std::ranges::any_of(
        value.holes, [&](const Hole& hole) { return hole.place == i && hole.origin == taint.origin; });
    if (known && !here) continue;
    if (places[i] == HolePlace::kQuoted || (places[i] == HolePlace::kValue && taint.level > Level::kResult))
      return true;
    if (places[i] == HolePlace::kOrder && taint.level == Level::kParam) return true;
  }
  return false;
}

// Escaped quotes do not help where none stand around the data: "WHERE id = " . $escaped.
bool stands_bare(const Value& value, const Taint& taint) {
  if (!value.text || value.build == Build::kNone) return false;
  const std::vector<HolePlace> places = hole_places(*value.text);
  return std::ranges::any_of(value.holes, [&](const Hole& hole) {
    return hole.origin == taint.origin && hole.place < places.size() &&
           (places[hole.place] == HolePlace::kValue || places[hole.place] == HolePlace::kOrder);
  });
}

// An address begins with this data, as far as is known.
bool begins_with(const Value& value, const Taint& taint) {
  if (!value.text || value.holes.empty() || !value.text->starts_with(kHole)) return true;
  return std::ranges::any_of(value.holes,
                             [&](const Hole& hole) { return hole.place == 0 && hole.origin == taint.origin; });
}

// Data of a store is a page's only where it is put between tags.
bool is_stored_elsewhere(const Taint& taint, bool wraps) {
  return (taint.cleared & kStoredContext) != 0 && !wraps;
}

bool holds_tag(const Value& value) {
  return value.text && value.text->find('<') != std::string::npos;
}

// The first of these members that a map has; null: none.
ValuePtr first_member(const Box& box, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto held = box.items.find(name); held != box.items.end()) return held->second;
  }
  return nullptr;
}

}  // namespace

// PHP: "<td><?= $x ?>".
bool Engine::stands_in_markup(std::uint32_t begin) const {
  if (module_.grammar != Grammar::kPhp || foreign_ > 0) return false;
  std::string_view before = std::string_view(module_.text).substr(0, begin);
  before = before.substr(0, before.find_last_not_of(" \t\n") + 1);
  return before.ends_with("<?=") || before.ends_with("<?php") || before.ends_with("<?php echo") ||
         before.ends_with("<?");
}

void Engine::add(Flaw flaw, const std::set<std::uint32_t>& params) {
  if (foreign_ > 0 && flaw.way.empty()) return;  // found where it stands, when that file is looked at
  if (foreign_ > 0) {                            // the call is one already: its name and its text tell of a statement
    for (auto at = flaws_.lower_bound({flaw.begin, 0, nullptr}); at != flaws_.end(); ++at) {
      if (at->second.begin > flaw.end) break;
      if (at->second.rule == flaw.rule && at->second.begin > flaw.begin && !at->second.way.empty()) return;
    }
  }
  const auto key = std::tuple(flaw.begin, flaw.there_end, flaw.rule);
  const auto known = flaws_.find(key);
  if (known == flaws_.end() || params.empty())
    supposed_[key] = params;
  else if (auto& before = supposed_[key]; !before.empty())
    before.insert(params.begin(), params.end());
  if (known == flaws_.end()) {
    if (flaws_.size() < kMaxFlaws) flaws_.emplace(key, std::move(flaw));
  } else if (flaw.confidence > known->second.confidence) {
    known->second = std::move(flaw);
  }
}

// One value at one sink.
class Engine::Arrival {
 public:
  Arrival(Engine& engine, const Entry& entry, const ValuePtr& value, std::uint32_t begin, std::uint32_t end,
          const Env& env)
      : engine_(engine),
        entry_(entry),
        rule_(*entry.rule),
        value_(value),
        begin_(begin),
        end_(end),
        env_(env),
        box_(engine.box_of(*value_, env)),
        sql_((rule_.context & kSqlContext) != 0),
        html_(rule_.category == "xss") {}

  void report() {
    if (is_harmless() || report_parts() || !is_wanted()) return;
    const std::vector<Taint> taints = arrived();
    const Taint* worst = nullptr;
    std::set<std::uint32_t> params;
    for (const Taint& taint : taints) {
      if (!does_harm(taint)) continue;
      if (worst == nullptr || taint.level > worst->level) worst = &taint;
      params.insert(taint.origin);
    }
    if (worst == nullptr) return;
    if (engine_.foreign_ > 0)
      add_elsewhere(*worst);
    else
      engine_.add(flaw_of(*worst, "reaches this call"),
                  worst->level == Level::kParam ? params : std::set<std::uint32_t>());
  }

 private:
  // What a value is, whoever chose it, may rule harm out.
  bool is_harmless() const {
    if (value_->kind == Kind::kNumber || value_->kind == Kind::kBool) return true;
    if (html_) return is_no_page();
    if (rule_.category == "path-traversal") return is_no_file();
    if (rule_.category == "open-redirect") return has_fixed_beginning(*value_, false) || is_route_of_yii();
    if (rule_.category == "ssrf") return has_fixed_beginning(*value_, true) || is_settings_of_go();
    return false;
  }

  bool is_no_page() const {
    if (rule_.id == "xss/script-address" && value_->text && !value_->text->starts_with(kHole)) return true;
    if (env_.plain && rule_.least == Level::kSource) return true;
    return rule_.id == "xss/server" && is_sent_as_json();
  }

  bool is_sent_as_json() const {
    const Grammar grammar = engine_.module_.grammar;
    const bool holds = grammar != Grammar::kJava || (box_ != nullptr && !box_->items.empty());
    if (grammar != Grammar::kGo && box_ != nullptr && box_->built == nullptr && value_->taints.empty() && holds)
      return true;
    if (value_->path.ends_with("JSON.parse()") || value_->path.ends_with(".json()")) return true;
    return is_script(grammar) && value_->build == Build::kNone &&
           one_of(value_->path, "req.body request.body ctx.request.body") &&
           engine_.module_.text.find(".text(") == std::string_view::npos;
  }

  // A builder of paths, what lies on another machine, what an archive holds.
  bool is_no_file() const {
    if (box_ != nullptr && box_->built != nullptr) return true;
    if (!value_->text) return false;
    return value_->text->starts_with("zip://") ||
           (value_->text->starts_with("http") && has_fixed_beginning(*value_, true));
  }

  // ['post/view', 'id' => $id]
  bool is_route_of_yii() const {
    return engine_.module_.grammar == Grammar::kPhp && box_ != nullptr && value_->taints.empty() &&
           (box_->items.contains("0") || !box_->list.empty());
  }

  // A map is no address.
  bool is_settings_of_go() const {
    return engine_.module_.grammar == Grammar::kGo && box_ != nullptr && !box_->items.empty() && value_->type.empty();
  }

  // True: its parts have been looked at instead.
  bool report_parts() {
    if (box_ == nullptr) return false;
    if (rule_.category == "open-redirect") return report_part(first_member(*box_, {"Location", "location"}));
    if (!sql_) return false;
    if (box_->list.empty() && report_part(first_member(*box_, {"sql", "text", "query", "statement"}))) return true;
    if (box_->built != nullptr || value_->text) return false;
    report_statements();
    return true;
  }

  bool report_part(const ValuePtr& part) {
    if (part != nullptr) engine_.report(entry_, part, begin_, end_, env_);
    return part != nullptr;
  }

  // An array of statements, or of one and its parameters.
  void report_statements() {
    if (box_->list.empty() && box_->items.empty() && box_->rest != nullptr) {
      if (box_->rest->box == 0 && box_->rest->build != Build::kNone) report_part(box_->rest);
      return;
    }
    std::vector<ValuePtr> parts = box_->list;
    for (const auto& [key, part] : box_->items)  // "statements[0] = …"
      if (box_->list.empty() && position_of(key)) parts.push_back(part);
    for (const ValuePtr& part : parts) {
      if (part->box == 0) report_part(part);
      if (part == parts.front() && part->text) break;  // the rest are parameters
    }
  }

  // As the sink's entry wants it.
  bool is_wanted() const {
    if (entry_.needs_sql && (!value_->text || !looks_like_sql(*value_->text))) return false;
    if (entry_.needs_html && !holds_tag(*value_)) return false;
    if (entry_.needs_start && value_->text && !value_->text->starts_with(kHole) && !value_->text->starts_with('<'))
      return false;
    return !(entry_.is_command && engine_.runs_fixed_program(*value_, env_));
  }

  std::vector<Taint> arrived() const {
    // Members that have names here are not those that somebody else chose.
    const bool extracts = !entry_.path.empty() && entry_.path.front() == "extract";
    const bool named = rule_.category == "prototype-pollution" || extracts;
    std::vector<Taint> taints = named ? value_->taints : engine_.reach(value_, env_);
    if (extracts && box_ != nullptr && box_->rest != nullptr) add_taints(taints, box_->rest->taints);
    return taints;
  }

  bool does_harm(const Taint& taint) const {
    if (taint.level < entry_.least) return false;
    const bool harmless = (taint.cleared & rule_.context) == rule_.context;
    if (harmless && !(html_ && engine_.is_escaped_in_vain(*value_, taint, begin_))) return false;
    if (entry_.needs_build && value_->build == Build::kNone) return false;
    if (html_) return harms_page(taint);
    if (sql_) return harms_statement(taint);
    if (one_of(rule_.category, "open-redirect ssrf"))
      return !stands_behind_path(*value_, taint, rule_.category == "ssrf");
    return rule_.category != "log-injection" || !taint.guessed;  // "err" of a call that was given it
  }

  bool harms_statement(const Taint& taint) const {
    if (taint.level < Level::kSource && !likely_sql(*value_, taint)) return false;
    return (taint.cleared & kQuotedContext) == 0 || stands_bare(*value_, taint);
  }

  bool harms_page(const Taint& taint) const {
    if (rule_.id == "xss/script-address" && ((taint.cleared & kSchemeContext) != 0 || !begins_with(*value_, taint)))
      return false;
    const bool wraps = value_->build != Build::kNone && holds_tag(*value_);
    if ((taint.cleared & kJsonContext) != 0 && !wraps) return false;
    if ((taint.cleared & kTagsContext) != 0 && !stands_in_tag(taint)) return false;
    if (is_stored_elsewhere(taint, wraps || engine_.stands_in_markup(begin_))) return false;
    if (rule_.id != "xss/unescaped") return true;
    return taint.level >= Level::kSource || (wraps && (taint.level >= Level::kParam || !taint.guessed));
  }

  // Between the quotes of an attribute, which may end there even if no tag can begin: of the text that was put
  // together, or of PHP's page around "<?= $x ?>".
  bool stands_in_tag(const Taint& taint) const {
    const auto in_tag = [](std::string_view before) {
      const std::size_t sign = before.find_last_of("<>");
      if (sign == std::string_view::npos) return before.ends_with("=\"") || before.ends_with("='");
      return before[sign] == '<' && before.find('=', sign) != std::string_view::npos;
    };
    if (value_->text && value_->build != Build::kNone) {
      std::size_t at = value_->text->find(kHole);
      for (std::uint32_t place = 0; at != std::string::npos; at = value_->text->find(kHole, at + 1), ++place) {
        const bool here = std::ranges::any_of(
            value_->holes, [&](const Hole& hole) { return hole.place == place && hole.origin == taint.origin; });
        if (here && in_tag(std::string_view(*value_->text).substr(0, at))) return true;
      }
      return false;
    }
    if (!engine_.stands_in_markup(begin_)) return false;
    std::string_view before = std::string_view(engine_.module_.text).substr(0, begin_);
    before = before.substr(0, before.rfind("<?"));
    while (true) {  // other pieces of code may stand in the tag
      const std::size_t sign = before.find_last_of("<>");
      if (sign == std::string_view::npos || sign == 0 || before[sign] != '>' || before[sign - 1] != '?') break;
      before = before.substr(0, std::min(before.rfind("<?"), sign - 1));
    }
    return in_tag(before);
  }

  // In a function of another file. What a parameter is enough for is found when that file is looked at; else the call
  // says who hands the data over.
  void add_elsewhere(const Taint& worst) {
    if (worst.level != Level::kSource || worst.origin == engine_.call_offset_) return;  // not from here
    Taint param = worst;
    param.level = Level::kParam;
    // A statement that was put together here, and only handed over, is not found there.
    const bool handed = sql_ && engine_.is_handed_over(value_, env_);
    const bool is_likely = !sql_ || (likely_sql(*value_, param) && !engine_.whole_ && comes_by_call(worst));
    const bool told = entry_.least < Level::kSource && is_likely && !handed;
    if (told && sql_) engine_.told_there_.insert(engine_.call_offset_);
    if (told) return;
    const std::uint32_t there_begin = begin_;
    const std::uint32_t there_end = end_;
    begin_ = engine_.call_offset_;
    end_ = engine_.call_end_;
    const bool page = std::ranges::any_of(engine_.module_.pages,
                                          [&](const auto& one) { return one.second == engine_.active_.back(); });
    Flaw flaw =
        flaw_of(worst, page ? "is handed to the page that is shown" : "is handed to the function that is called");
    const Function* function = engine_.frame_.function;
    if (!handed && function != nullptr && there_end <= function->text.size()) {
      flaw.there = function->text;
      flaw.there_begin = there_begin;
      flaw.there_end = there_end;
    }
    engine_.add(std::move(flaw), {});
  }

  // Of what lies in its object the other file knows nothing by itself.
  bool comes_by_call(const Taint& worst) const {
    return std::ranges::any_of(engine_.handed_over_, [&](const Argument& given) {
      const std::vector<Taint> taints = engine_.reach(given.value, env_);
      return std::ranges::find(taints, worst.origin, &Taint::origin) != taints.end();
    });
  }

  Flaw flaw_of(const Taint& taint, std::string end_of_way) const {
    Flaw flaw;
    flaw.rule = &rule_;
    flaw.begin = begin_;
    flaw.end = end_;
    flaw.confidence = confidence_of(taint);
    flaw.build = value_->build;
    for (const Step* step = taint.steps.get(); step != nullptr; step = step->before.get())
      flaw.way.push_back({step->offset, step->message});
    std::ranges::reverse(flaw.way);
    flaw.way.push_back({begin_, std::move(end_of_way)});
    return flaw;
  }

  Engine& engine_;
  const Entry& entry_;
  const Rule& rule_;
  const ValuePtr& value_;
  std::uint32_t begin_;
  std::uint32_t end_;
  const Env& env_;
  const Box* box_;  // null: the value is none
  const bool sql_;
  const bool html_;
};

void Engine::report(const Entry& entry, const ValuePtr& value, std::uint32_t begin, std::uint32_t end, const Env& env) {
  Arrival(*this, entry, value, begin, end, env).report();
}

}  // namespace commandcenter::code::dataflow
