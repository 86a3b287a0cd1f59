// The reports as Markdown. Numbers are those of the JSON; names of files are code spans and never markup.
#include <algorithm>

#include <fmt/format.h>

#include "code/audit/audit.h"
#include "code/audit/lists.h"

namespace commandcenter::audit {
namespace {

constexpr std::size_t kMaxRows = 60;  // of a table; what is beyond is counted below it

std::string span(std::string_view text) {
  std::string inner;
  bool ticks = false;
  for (const char c : text) {
    ticks = ticks || c == '`';
    if (c == '|')
      inner += "\\|";
    else
      inner += c >= 0 && c < ' ' ? ' ' : c;
  }
  if (inner.empty()) return "";
  return ticks ? fmt::format("`` {} ``", inner) : fmt::format("`{}`", inner);
}

// Words that a repository may have a say in, as text: nothing in them is markup.
std::string prose(std::string_view text) {
  static constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&!";
  std::string result;
  for (const char c : text) {
    if (kMarkup.find(c) != std::string_view::npos) result += '\\';
    result += c >= 0 && c < ' ' ? ' ' : c;
  }
  return result;
}

std::string place(const Json& entry) {
  const auto line = entry.value("line", 0);
  return span(line > 0 ? fmt::format("{}:{}", string_member(entry, "file"), line) : string_member(entry, "file"));
}

std::size_t number(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_number() ? value->get<std::size_t>() : 0;
}

// "3" and "0.5".
std::string figure(const Json& value) {
  if (value.is_null()) return "-";
  const auto number = value.get<double>();
  const auto whole = static_cast<long long>(number);
  return static_cast<double>(whole) == number ? std::to_string(whole) : fmt::format("{:.1f}", number);
}

class Page {
 public:
  explicit Page(const std::string& title) { text_ = fmt::format("# {}\n", title); }

  void say(const std::string& sentence) { text_ += fmt::format("\n{}\n", sentence); }
  void heading(const std::string& words) { text_ += fmt::format("\n## {}\n", words); }

  template <typename Row>
  void table(const std::string& head, const Json& list, std::size_t total, Row row) {
    if (list.empty()) return say("None.");
    text_ += fmt::format("\n{}\n", head);
    std::string rule;
    for (const char c : head)
      rule += c == '|' ? "|" : rule.ends_with("---") ? "" : rule.ends_with('|') ? "---" : "";
    text_ += rule + "\n";
    std::size_t shown = 0;
    for (const Json& entry : list) {
      if (shown++ == kMaxRows) break;
      text_ += fmt::format("| {} |\n", row(entry));
    }
    total = std::max(total, list.size());
    if (total > std::min(list.size(), kMaxRows))
      say(fmt::format("And {} more.", total - std::min(list.size(), kMaxRows)));
  }

  void code(std::string_view language, std::string_view block) {
    text_ += fmt::format("\n```{}\n{}```\n", language, block);
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_{};
};

std::string title(const Json& report, std::string_view words) {
  return fmt::format("{}: {}", string_member(report, "name", "repository"), words);
}

std::string missing(std::string_view words, std::string_view branch) {
  Page page{std::string(words)};
  page.say(
      fmt::format("The branch \"{}\" of the audit did not finish, so this page is empty. The run says why.", branch));
  return std::move(page).text();
}

std::string architecture_page(const Json& report) {
  const Json& model = report["architecture"];
  const Json& summary = model["summary"];
  Page page(title(model, "architecture"));
  page.say(fmt::format("{} files of code, {} lines, {} imports between files, {} circles of imports.",
                       number(summary, "codeFiles"), number(summary, "lines"), number(summary, "imports"),
                       number(summary, "cycles")));
  page.say(
      "Arrows lead from what imports to what is imported; the number counts imports. `diagrams/` holds this picture "
      "and one of each part, as Mermaid and as SVG.");
  page.code("mermaid", string_member(report, "mermaid"));
  page.heading("Parts");
  page.table("| part | files | lines |", list_of(report, "parts"), 0, [](const Json& part) {
    return fmt::format("{} | {} | {}", span(string_member(part, "id")), number(part, "files"), number(part, "lines"));
  });
  page.heading("Entry points");
  page.table("| kind | name | where |", list_of(model, "entryPoints"), 0, [](const Json& entry) {
    return fmt::format("{} | {} | {}", string_member(entry, "kind"), span(string_member(entry, "name")), place(entry));
  });
  page.heading("Systems around");
  page.table("| system | kind | first named |", list_of(model, "systems"), 0, [](const Json& system) {
    const Json& spots = list_of(system, "spots");
    return fmt::format("{} | {} | {}", string_member(system, "name"), string_member(system, "kind"),
                       spots.empty() ? "" : place(spots[0]));
  });
  page.heading("Circles of imports");
  page.table("| files | a shortest way round |", list_of(model, "cycles"), number(summary, "cycles"),
             [](const Json& cycle) {
               std::string way;
               for (const Json& file : list_of(cycle, "path"))
                 way += (way.empty() ? "" : " → ") + span(file.get<std::string>());
               return fmt::format("{} | {}", list_of(cycle, "files").size(), way);
             });
  return std::move(page).text();
}

std::string codebase_page(const Json& report) {
  const Json& summary = report["summary"];
  Page page(title(report, "code base"));
  page.say(fmt::format("{} files, {} of them code with {} lines; {} packages.", number(summary, "files"),
                       number(summary, "codeFiles"), number(summary, "lines"), number(summary, "packages")));
  page.heading("Languages");
  page.table("| language | files | lines |", list_of(summary, "languages"), 0, [](const Json& language) {
    return fmt::format("{} | {} | {}", string_member(language, "name"), number(language, "files"),
                       number(language, "lines"));
  });
  page.heading("Parts");
  page.table("| part | files | lines | files of tests |", list_of(report, "parts"), 0, [](const Json& part) {
    return fmt::format("{} | {} | {} | {}", span(string_member(part, "id")), number(part, "files"),
                       number(part, "lines"), number(part, "tests"));
  });
  page.heading("Packages");
  page.table("| package | kind | manifest |", list_of(report, "packages"), 0, [](const Json& package) {
    return fmt::format("{} | {} | {}", span(string_member(package, "name")), string_member(package, "kind"),
                       span(string_member(package, "manifest")));
  });
  page.heading("Most imported files");
  page.table("| file | importers |", list_of(report, "mostImported"), 0,
             [](const Json& file) { return fmt::format("{} | {}", place(file), number(file, "importers")); });
  page.heading("Largest files");
  page.table("| file | lines |", list_of(report, "largestFiles"), 0,
             [](const Json& file) { return fmt::format("{} | {}", place(file), number(file, "lines")); });
  page.heading("Documents at the root");
  page.table("| file |", list_of(report, "documents"), 0,
             [](const Json& file) { return span(file.get<std::string>()); });
  return std::move(page).text();
}

std::string legacy_page(const Json& report, const Json& health) {
  Page page(title(report, "what is old"));
  page.heading("Repository exports");
  page.table("| export | files | lines | complete |", list_of(report, "exports"), 0, [](const Json& entry) {
    return fmt::format("{} | {} | {} | {}", place(entry), number(entry, "files"), number(entry, "lines"),
                       entry.value("truncated", false) ? "no: the end is missing" : "yes");
  });
  for (const Json& entry : list_of(report, "exports")) {
    page.heading(fmt::format("Files in {}", span(string_member(entry, "file"))));
    page.table("| path in the export | lines | declares |", list_of(entry, "list"), number(entry, "files"),
               [](const Json& file) {
                 std::string names;
                 for (const Json& name : list_of(file, "declares"))
                   names += (names.empty() ? "" : ", ") + span(name.get<std::string>());
                 return fmt::format("{} | {} | {}", span(string_member(file, "path")), number(file, "lines"), names);
               });
  }
  if (health.is_null()) return std::move(page).text();
  const Json& counts = health["counts"];
  page.heading("Files that nothing imports");
  page.table("| file | lines |", list_of(health, "unusedFiles"), number(counts, "unusedFiles"),
             [](const Json& file) { return fmt::format("{} | {}", place(file), number(file, "lines")); });
  page.heading("Copies");
  page.table("| copy | of | lines |", list_of(health, "copies"), number(counts, "copies"), [](const Json& copy) {
    return fmt::format("{} | {} | {}", place(copy),
                       span(fmt::format("{}:{}", string_member(copy, "original"), number(copy, "originalLine"))),
                       number(copy, "lines"));
  });
  return std::move(page).text();
}

void compliance_sections(Page& page, const Json& report) {
  const Json& counts = report["counts"];
  const auto problems = [&](const std::string& words, const char* list, const char* count) {
    page.heading(words);
    page.table("| where | what | severity |", list_of(report, list), number(counts, count), [](const Json& finding) {
      return fmt::format("{} | {} | {}", place(finding), prose(string_member(finding, "message")),
                         string_member(finding, "severity"));
    });
  };
  page.heading("Licences");
  page.table("| licence | files | first |", list_of(report, "licences"), 0, [](const Json& entry) {
    return fmt::format("{} | {} | {}", prose(string_member(entry, "licence")), number(entry, "files"), place(entry));
  });
  problems("Licence problems", "licenceProblems", "licenceProblems");
  page.heading("Security headers");
  page.table("| header | state | where |", list_of(report, "headers"), 0, [](const Json& header) {
    return fmt::format("{} | {} | {}", string_member(header, "header"), string_member(header, "state"), place(header));
  });
  problems("Weak or missing headers", "headerProblems", "headerProblems");
  page.heading("Dependencies");
  page.table("| manifest | dependencies | direct | licence unknown |", list_of(report, "manifests"), 0,
             [](const Json& entry) {
               return fmt::format("{} | {} | {} | {}", place(entry), number(entry, "count"), number(entry, "direct"),
                                  number(entry, "unknownLicence"));
             });
  page.heading("Direct dependencies, the oldest first");
  page.say(
      "The date is that of the commit which wrote the version: the release itself is at least as old. Unknown where "
      "the "
      "history does not say it.");
  page.table("| dependency | version | licence | since | where |", list_of(report, "dependencies"),
             number(report, "directDependencies"), [](const Json& entry) {
               return fmt::format("{} | {} | {} | {} | {}", span(string_member(entry, "name")),
                                  span(string_member(entry, "version")), prose(string_member(entry, "licence")),
                                  string_member(entry, "since"), place(entry));
             });
}

std::string health_page(const Json& report) {
  const Json& counts = report["counts"];
  Page page(title(report, "health of the code"));
  page.table("| metric | value | threshold | unit | |", list_of(report, "metrics"), 0, [](const Json& metric) {
    return fmt::format("{} | {} | {} | {} | {}", string_member(metric, "name"), figure(metric["value"]),
                       figure(metric["threshold"]), string_member(metric, "unit"),
                       metric["good"].is_null() ? "not known"
                       : metric["good"] == true ? "good"
                                                : "look at it");
  });
  page.heading("Secrets");
  page.table("| where | what | severity |", list_of(report, "secrets"), number(counts, "secrets"),
             [](const Json& finding) {
               return fmt::format("{} | {} | {}", place(finding), string_member(finding, "type"),
                                  string_member(finding, "severity"));
             });
  page.heading("Functions that are hard to test");
  page.table("| function | where | complexity |", list_of(report, "complexFunctions"),
             number(counts, "complexFunctions"), [](const Json& function) {
               return fmt::format("{} | {} | {}", span(string_member(function, "name")), place(function),
                                  number(function, "cyclomatic"));
             });
  page.heading("Unfinished notes");
  page.table("| where |", list_of(report, "notes"), number(counts, "notes"),
             [](const Json& note) { return place(note); });
  compliance_sections(page, report);
  return std::move(page).text();
}

std::string integration_page(const Json& report) {
  const Json& counts = report["counts"];
  Page page(title(report, "what it is tied to"));
  const auto signals = [&](const std::string& words, const char* key) {
    page.heading(words);
    page.table("| method | name | by | where |", list_of(report, key), number(counts, key), [](const Json& signal) {
      return fmt::format("{} | {} | {} | {}", string_member(signal, "method"), span(string_member(signal, "name")),
                         string_member(signal, "framework"), place(signal));
    });
  };
  signals("Endpoints offered", "offered");
  signals("Endpoints called", "called");
  signals("Events published", "published");
  signals("Events listened to", "subscribed");
  const auto variables = [&](const std::string& words, const char* key) {
    page.heading(words);
    page.table("| variable | uses | first |", list_of(report, key), number(counts, key), [](const Json& variable) {
      return fmt::format("{} | {} | {}", span(string_member(variable, "name")), number(variable, "uses"),
                         place(variable));
    });
  };
  variables("Credentials it needs", "credentials");
  variables("Other variables it reads", "variables");
  const auto systems = [&](const std::string& words, const char* key) {
    page.heading(words);
    page.table("| system | kind | first named |", list_of(report, key), number(counts, key), [](const Json& system) {
      const Json& spots = list_of(system, "spots");
      return fmt::format("{} | {} | {}", string_member(system, "name"), string_member(system, "kind"),
                         spots.empty() ? "" : place(spots[0]));
    });
  };
  systems("How it signs people in", "auth");
  systems("Systems it talks to", "systems");
  page.heading("How it is deployed");
  page.table("| name | kind | image or folder | where |", list_of(report, "services"), number(counts, "services"),
             [](const Json& service) {
               const std::string image = string_member(service, "image");
               return fmt::format("{} | {} | {} | {}", span(string_member(service, "name")),
                                  string_member(service, "kind"),
                                  span(image.empty() ? string_member(service, "build") : image), place(service));
             });
  return std::move(page).text();
}

// Those are files of their own.
Json without_pictures(Json report) {
  for (const char* member : {"pictures", "diagram", "mermaid"})
    report.erase(member);
  return report;
}

}  // namespace

std::map<std::string, std::string> pages(const Json& diagrams, const Json& structure, const Json& integration,
                                         const Json& health) {
  std::map<std::string, std::string> all;
  all["ARCHITECTURE.md"] = diagrams.is_null() ? missing("Architecture", "diagrams") : architecture_page(diagrams);
  all["CODEBASE_AUDIT.md"] = structure.is_null() ? missing("Code base", "structure") : codebase_page(structure);
  all["LEGACY_ANALYSIS.md"] =
      structure.is_null() ? missing("What is old", "structure") : legacy_page(structure, health);
  all["INTEGRATION.md"] =
      integration.is_null() ? missing("What it is tied to", "integration") : integration_page(integration);
  all["CODE_HEALTH_REPORT.md"] = health.is_null() ? missing("Health of the code", "health") : health_page(health);
  const std::pair<const char*, const Json*> reports[] = {
      {"architecture", &diagrams}, {"structure", &structure}, {"integration", &integration}, {"health", &health}};
  for (const auto& [name, report] : reports) {
    if (!report->is_null()) all[fmt::format("data/{}.json", name)] = dump_json_pretty(without_pictures(*report)) + "\n";
  }
  for (const Json& picture : list_of(diagrams, "pictures")) {
    const std::string name = string_member(picture, "name");
    all[fmt::format("diagrams/{}.mmd", name)] = string_member(picture, "mermaid");
    all[fmt::format("diagrams/{}.svg", name)] = string_member(picture, "svg");
  }
  return all;
}

}  // namespace commandcenter::audit
