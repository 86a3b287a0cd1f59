// Verbs and nouns of the trade.
#include "code/dataflow/promises.h"

#include <algorithm>
#include <array>
#include <string>

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

bool keeps_data(std::string_view receiver) {
  const std::string last = code::lower(receiver.substr(receiver.rfind('.') + 1));
  for (const std::string_view word :
       {"service", "repo", "repository", "dao", "store", "storage", "manager", "model", "cache"}) {
    if (last.ends_with(word) || last.ends_with(std::string(word) + "s")) return true;
  }
  return false;
}

Contexts promised(std::string_view name) {
  constexpr Contexts kSqlOnly = 1;
  constexpr Contexts kHtmlOnly = 2;
  constexpr Contexts kShellOnly = 4;
  const std::string small = code::lower(name);
  const auto has = [&](std::string_view word) { return small.find(word) != std::string::npos; };
  if (has("unescape") || has("unquote") || has("dequote")) return 0;
  if (small == "escapejava" || has("ecmascript") || has("escapecsv") || has("escaperegex")) return 0;
  if (small.ends_with("bool") || small.ends_with("boolean")) return kAllContexts;
  if (has("passw") && (has("hash") || has("crypt"))) return kSqlOnly | kHtmlOnly | kShellOnly;
  if (has("placeholder") || has("qmark") || has("question_mark") || has("questionmark")) return kSqlOnly;
  const bool quotes = has("quote");
  if (!has("escape") && !has("esc_") && !has("sanitiz") && !has("purif") && !quotes) return 0;
  if (has("shell") || has("cmd") || has("arg")) return kShellOnly;
  if (has("sql") || has("ident") || has("literal") || has("like") || (quotes && !has("html"))) return kSqlOnly;
  if (has("html") || has("xml") || has("attr") || has("xss") || has("tag") || has("url") || has("js")) return kHtmlOnly;
  return kSqlOnly | kHtmlOnly;
}

bool brings_data(std::string_view receiver, std::string_view name) {
  constexpr auto kVerbs =
      std::to_array<std::string_view>({"get", "find", "fetch", "load", "list", "tryget", "lookup", "search", "create",
                                       "insert", "update", "upsert", "save", "remove", "delete", "sync"});
  constexpr std::string_view kOverNet = "axios got http https needle superagent request client ky fetch session";
  const std::string last = code::lower(receiver.substr(receiver.rfind('.') + 1));
  const std::string small = code::lower(name);
  return !receiver.empty() && !one_of(last, kOverNet) &&
         std::ranges::any_of(kVerbs, [&](std::string_view verb) { return small.starts_with(verb); });
}

bool awaits(std::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n(") + 1);
  return text.ends_with("await");
}

}  // namespace commandcenter::code::dataflow
