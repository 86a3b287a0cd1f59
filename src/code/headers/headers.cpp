// Sites to verdicts: the readers, and what comments would add if they were code.
#include "code/headers/headers.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "code/headers/groups.h"
#include "code/headers/readers.h"
#include "code/headers/site.h"
#include "code/headers/words.h"

namespace commandcenter::code {
namespace {

using namespace headers;

std::optional<Findings> read(Framework framework, Texts texts) {
  switch (framework) {
    case Framework::kNginx:
      return read_nginx(texts);
    case Framework::kApache:
      return read_apache(texts);
    case Framework::kCaddy:
      return read_caddy(texts);
    case Framework::kNode:
      return read_node(texts);
    case Framework::kDjango:
      return read_django(texts);
    case Framework::kFlask:
      return read_flask(texts);
    case Framework::kSpring:
      return read_spring(texts);
    case Framework::kAspNet:
      return read_aspnet(texts);
    case Framework::kNone:
      break;
  }
  return std::nullopt;
}

std::string_view framework_name(Framework framework, std::string_view text) {
  switch (framework) {
    case Framework::kNginx:
      return "nginx";
    case Framework::kApache:
      return "apache";
    case Framework::kCaddy:
      return "caddy";
    case Framework::kNode:
      if (contains(text, "'fastify'") || contains(text, "\"fastify\"")) return "fastify";
      return contains(text, "'koa'") || contains(text, "\"koa\"") ? "koa" : "express";
    case Framework::kDjango:
      return "django";
    case Framework::kFlask:
      return "flask";
    case Framework::kSpring:
      return "spring";
    case Framework::kAspNet:
      return "aspnet";
    case Framework::kNone:
      break;
  }
  return "";
}

// One comment, or several in a row, as code: its marks become spaces, so that all offsets stay.
class Comments {
 public:
  Comments(const Group& group, std::span<const HeaderFile> files) {
    for (std::size_t i = 0; i < group.files.size(); ++i) {
      const HeaderFile& file = files[group.files[i]];
      std::vector<Mark> run;
      for (const CommentRange& range : comments_of(group.framework, file.path, file.text)) {
        const std::string_view text = std::string_view(file.text).substr(range.begin, range.end - range.begin);
        const bool follows = !run.empty() && trimmed(std::string_view(file.text).substr(
                                                         run.back().range.end, range.begin - run.back().range.end))
                                                 .empty();
        if (!follows) close(run);
        run.push_back({i, range, speaks_of_headers(text)});
      }
      close(run);
    }
  }

  // What to try, the most telling first: all at once, then each run, then each line.
  std::vector<std::vector<std::size_t>> trials() const {
    std::vector<std::vector<std::size_t>> all;
    if (marks_.empty()) return all;
    all.emplace_back();
    for (std::size_t i = 0; i < marks_.size(); ++i)
      all.back().push_back(i);
    for (const auto& run : runs_) {
      if (all.size() < kMaxComments && runs_.size() > 1) all.push_back(run);
    }
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      if (all.size() < 2 * kMaxComments && marks_[i].speaks) all.push_back({i});
    }
    return all;
  }

  // The comment of a trial that names the header; nothing when none does.
  std::optional<std::pair<std::size_t, std::size_t>> place_of(const std::vector<std::size_t>& trial, Header header,
                                                              const std::vector<std::string>& texts) const {
    const std::string name = lowered(header_name(header));
    for (const std::size_t i : trial) {
      const Mark& mark = marks_[i];
      const std::string_view text = texts[mark.file];
      if (contains_caseless(text.substr(mark.range.begin, mark.range.end - mark.range.begin), name))
        return std::pair(mark.file, mark.range.begin);
    }
    return std::nullopt;
  }

  void open(const std::vector<std::size_t>& trial, std::vector<std::string>& texts) const {
    for (const std::size_t i : trial) {
      const Mark& mark = marks_[i];
      std::string& text = texts[mark.file];
      for (std::size_t at = mark.range.begin; at < mark.range.inner_begin; ++at)
        text[at] = ' ';
      for (std::size_t at = mark.range.inner_end; at < mark.range.end; ++at)
        text[at] = ' ';
      // Python: "# NAME = 1" begins where its comment began.
      if (mark.range.inner_begin < text.size() && text[mark.range.inner_begin] == ' ' &&
          mark.range.inner_begin == mark.range.begin + 1)
        shift(text, mark.range);
    }
  }

 private:
  struct Mark {
    std::size_t file = 0;
    CommentRange range;
    bool speaks = false;
  };

  // Moves what follows "# " to where the "#" stood, so that the indentation is that of the code around it.
  static void shift(std::string& text, const CommentRange& range) {
    std::rotate(text.begin() + static_cast<std::ptrdiff_t>(range.begin),
                text.begin() + static_cast<std::ptrdiff_t>(range.begin) + 2,
                text.begin() + static_cast<std::ptrdiff_t>(range.end));
  }

  void close(std::vector<Mark>& run) {
    const bool speaks = std::ranges::any_of(run, &Mark::speaks);
    if (speaks && marks_.size() + run.size() <= kMaxComments * 8) {
      runs_.emplace_back();
      for (const Mark& mark : run) {
        runs_.back().push_back(marks_.size());
        marks_.push_back(mark);
      }
    }
    run.clear();
  }

  std::vector<Mark> marks_;
  std::vector<std::vector<std::size_t>> runs_;
};

std::optional<Findings> read_texts(const Group& group, std::span<const HeaderFile> files,
                                   const std::vector<std::string>& texts) {
  std::vector<Text> views;
  for (std::size_t i = 0; i < group.files.size(); ++i)
    views.push_back({files[group.files[i]].path, texts[i]});
  return read(group.framework, views);
}

bool any_missing(const Findings& findings) {
  for (std::size_t i = 0; i < kJudgedHeaders; ++i) {
    if (findings[i].state == HeaderState::kMissing) return true;
  }
  return false;
}

std::optional<Findings> judge(const Group& group, std::span<const HeaderFile> files) {
  std::vector<std::string> texts;
  for (const std::size_t file : group.files)
    texts.push_back(files[file].text);
  auto findings = read_texts(group, files, texts);
  if (!findings || !any_missing(*findings)) return findings;
  const Comments comments(group, files);
  for (const auto& trial : comments.trials()) {
    std::vector<std::string> opened = texts;
    comments.open(trial, opened);
    const auto other = read_texts(group, files, opened);
    if (!other) continue;
    for (std::size_t i = 0; i < kJudgedHeaders; ++i) {
      if ((*findings)[i].state != HeaderState::kMissing || (*other)[i].state == HeaderState::kMissing) continue;
      (*findings)[i] = (*other)[i];
      (*findings)[i].state = HeaderState::kCommented;
      (*findings)[i].value.clear();
      if (const auto place = comments.place_of(trial, static_cast<Header>(i), texts)) {
        (*findings)[i].file = place->first;
        (*findings)[i].offset = place->second;
      }
      (*findings)[i].reason = "the statement that would send it is commented out";
    }
    if (!any_missing(*findings)) break;
  }
  return findings;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, std::min(offset, text.size())), '\n'));
}

SiteHeaders report(const Group& group, const Findings& findings, std::span<const HeaderFile> files) {
  const HeaderFile& main = files[group.files.front()];
  SiteHeaders site;
  site.framework = framework_name(group.framework, main.text);
  site.file = main.path;
  for (std::size_t i = 0; i < kHeaders; ++i) {
    const Found& found = findings[i];
    if (i >= kJudgedHeaders && found.state != HeaderState::kWeak) continue;
    const HeaderFile& file = files[group.files[std::min(found.file, group.files.size() - 1)]];
    site.headers.push_back(
        {static_cast<Header>(i), found.state, file.path, line_of(file.text, found.offset), found.value, found.reason});
  }
  return site;
}

}  // namespace

std::string_view header_name(Header header) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"Content-Security-Policy", "Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options",
       "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"});
  return kNames[static_cast<std::size_t>(header)];
}

std::string_view state_word(HeaderState state) {
  static constexpr auto kWords =
      std::to_array<std::string_view>({"missing", "commented", "report-only", "weak", "overridden", "present"});
  return kWords[static_cast<std::size_t>(state)];
}

bool concerns_headers(std::string_view path, std::string_view text) {
  return text.size() <= kMaxHeaderFile_bytes && !roles_of(path, text).empty();
}

std::vector<SiteHeaders> check_headers(std::span<const HeaderFile> files) {
  std::map<Framework, std::vector<Member>> members;
  for (std::size_t file = 0; file < files.size(); ++file) {
    if (files[file].text.size() > kMaxHeaderFile_bytes) continue;
    const std::vector<Role> roles = roles_of(files[file].path, files[file].text);
    const bool anchor = std::ranges::any_of(roles, &Role::anchor);
    for (const Role& role : roles) {
      if (role.anchor || !anchor)
        members[role.framework].push_back({file, role});  // the main file of one site is no part of another
    }
  }
  std::vector<SiteHeaders> sites;
  for (const auto& [framework, list] : members) {
    for (const Group& group : groups_of(framework, list, files)) {
      if (const auto findings = judge(group, files)) sites.push_back(report(group, *findings, files));
    }
  }
  std::ranges::sort(sites, {}, [](const SiteHeaders& site) { return std::pair(site.framework, site.file); });
  return sites;
}

}  // namespace commandcenter::code
