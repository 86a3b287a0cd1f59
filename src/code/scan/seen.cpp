#include "code/scan/seen.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "code/scan/packed.h"
#include "code/scan/suppress.h"

namespace commandcenter::code {
namespace {

std::string secret_description(std::string_view name) {
  return fmt::format("Potential {} found in code", name.starts_with("Hardcoded") ? lower(name) : std::string(name));
}

// From the masked line, so that a fingerprint gives nothing away; without its number, so that it survives a move.
// `copy`: tells equal lines apart.
std::string fingerprint_of(const Finding& finding, std::size_t copy) {
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", finding.rule, finding.file, finding.code, copy));
}

// Lines before this one that are the same.
std::size_t equal_lines_before(const Source& source, std::size_t line) {
  std::size_t count = 0;
  for (std::size_t other = 1; other < line; ++other)
    if (source.line_text(other) == source.line_text(line)) ++count;
  return count;
}

void write(PackWriter& out, const Finding& finding) {
  for (const std::string* text : {&finding.rule, &finding.type, &finding.category, &finding.cwe, &finding.file,
                                  &finding.description, &finding.code, &finding.fingerprint, &finding.suggestion})
    out.text(*text);
  out.number(static_cast<std::uint64_t>(finding.severity));
  out.number(static_cast<std::uint64_t>(finding.confidence));
  for (const std::size_t number : {finding.line, finding.column, finding.end_line})
    out.number(number);
  out.number(finding.redacted ? 1 : 0);
  out.number(finding.flow.size());
  for (const FlowStep& step : finding.flow) {
    out.text(step.file);
    out.number(step.line);
    out.text(step.message);
  }
  out.number(finding.fix ? 1 : 0);
  if (!finding.fix) return;
  out.text(finding.fix->before);
  out.text(finding.fix->after);
}

bool read(PackReader& in, Finding& finding) {
  for (std::string* text : {&finding.rule, &finding.type, &finding.category, &finding.cwe, &finding.file,
                            &finding.description, &finding.code, &finding.fingerprint, &finding.suggestion})
    *text = in.text();
  const std::uint64_t severity = in.number();
  const std::uint64_t confidence = in.number();
  if (severity > 3 || confidence > 2) return false;
  finding.severity = static_cast<Severity>(severity);
  finding.confidence = static_cast<Confidence>(confidence);
  for (std::size_t* number : {&finding.line, &finding.column, &finding.end_line})
    *number = in.number();
  finding.redacted = in.number() == 1;
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    FlowStep step;
    step.file = in.text();
    step.line = in.number();
    step.message = in.text();
    finding.flow.push_back(std::move(step));
  }
  if (in.number() == 1) {
    std::string before(in.text());
    finding.fix = Fix{std::move(before), std::string(in.text())};
  }
  return in.sound();
}

}  // namespace

std::vector<Located> Looker::located(const Source& source, std::vector<Spot> spots, const Snippets& snippets) {
  std::ranges::stable_sort(spots, [](const Spot& a, const Spot& b) {
    return std::tie(a.begin, a.rule, b.confidence) < std::tie(b.begin, b.rule, a.confidence);
  });
  // What several ways lead to is told once: by the surest, and with the fingerprint that it has when there is but one.
  const auto same = [](const Spot& a, const Spot& b) { return std::tie(a.begin, a.rule) == std::tie(b.begin, b.rule); };
  spots.erase(std::unique(spots.begin(), spots.end(), same), spots.end());
  std::map<std::pair<std::string_view, std::string>, std::size_t> copies;  // rule and code: tells equal lines apart
  const std::string file = to_utf8(source.path());
  std::vector<Located> result;
  Suppressions suppressions(source);
  for (Spot& spot : spots) {
    const std::size_t line = source.line_of(spot.begin);
    const std::size_t end_line = source.line_of(spot.end > spot.begin ? spot.end - 1 : spot.end);
    Snippet snippet = snippets.around(spot.begin);
    const std::size_t copy = copies[{spot.rule, snippet.code}]++;
    Located located;
    located.last_line = spot.extent_end > spot.end ? source.line_of(spot.extent_end - 1) : end_line;
    located.suppressed_line = suppressions.line_for(line, spot.rule, spot.category);
    located.subject = std::move(spot.subject);
    located.measure = spot.measure;
    located.finding = {std::string(spot.rule),
                       std::string(spot.type),
                       std::string(spot.category),
                       spot.severity,
                       spot.confidence,
                       std::string(spot.cwe),
                       file,
                       line,
                       source.column_of(spot.begin),
                       end_line,
                       std::move(spot.description),
                       std::move(snippet.code),
                       snippet.redacted,
                       {},
                       {},
                       std::move(spot.flow),
                       std::move(spot.suggestion),
                       std::move(spot.fix)};
    located.finding.fingerprint = fingerprint_of(located.finding, copy);
    result.push_back(std::move(located));
  }
  return result;
}

SeenFile Looker::look(std::string_view path, std::string_view text, Matcher& matcher, std::vector<Match>& matches,
                      std::vector<ConsultedFile>* dependencies) const {
  matcher.find(text, matches);
  const Source source(path, text);
  SeenFile seen;
  const Subject subject(source, matches, dependencies, seen.remarks);
  std::vector<Spot> spots;
  for (const Analyzer& analyzer : options_.analyzers)
    analyzer(subject, spots);
  std::vector<Secret> secrets;  // also wanted where only others report: their lines may hold secrets
  if (options_.secrets || !spots.empty()) secrets = secrets_.find(source, matches);
  if (options_.secrets) {
    for (const Secret& secret : secrets) {
      spots.push_back({secret.rule, secret.name, "secrets", "CWE-798", secret.severity, secret.confidence, secret.begin,
                       secret.end, secret_description(secret.name)});
    }
  }
  const auto others =
      std::stable_partition(spots.begin(), spots.end(), [](const Spot& spot) { return !spot.elsewhere; });
  std::vector<Located> elsewhere;
  for (auto spot = others; spot != spots.end(); ++spot)
    elsewhere.push_back(located_elsewhere(source, std::move(*spot), matcher));
  spots.erase(others, spots.end());
  if (!spots.empty()) seen.located = located(source, std::move(spots), Snippets(source, secrets));
  std::ranges::move(elsewhere, std::back_inserter(seen.located));
  return seen;
}

Located Looker::located_elsewhere(const Source& here, Spot spot, Matcher& matcher) const {
  const Elsewhere there = std::move(*spot.elsewhere);
  const Source source(there.path, there.text);
  std::vector<Match> matches;
  matcher.find(there.text, matches);
  const std::vector<Secret> secrets = secrets_.find(source, matches);  // to be masked
  const std::size_t suppressed = Suppressions(here).line_for(here.line_of(spot.begin), spot.rule, spot.category);
  spot.elsewhere.reset();
  spot.begin = there.begin;
  spot.end = there.end;
  std::vector<Spot> one;
  one.push_back(std::move(spot));
  Located result = std::move(located(source, std::move(one), Snippets(source, secrets)).front());
  result.suppressed_there = std::exchange(result.suppressed_line, suppressed);
  result.finding.fingerprint = fingerprint_of(result.finding, equal_lines_before(source, result.finding.line));
  return result;
}

std::vector<Located> Looker::look_back(std::string_view path, std::string_view text) const {
  const Source source(path, text);
  Remarks unheard;
  const Subject subject(source, {}, nullptr, unheard);
  std::vector<Spot> spots;
  options_.earlier(subject, spots);
  const std::vector<Secret> none;
  return located(source, std::move(spots), Snippets(source, none));  // compared, never shown
}

std::string packed(const SeenFile& seen) {
  const bool silent = seen.remarks.note.empty() && seen.remarks.left_out.empty();
  if (!seen.binary && seen.located.empty() && silent) return {};
  PackWriter out;
  out.number(seen.binary ? 1 : 0);
  out.text(seen.remarks.note);
  out.text(seen.remarks.left_out);
  out.number(seen.located.size());
  for (const Located& located : seen.located) {
    write(out, located.finding);
    out.number(located.last_line);
    out.number(located.suppressed_line);
    out.number(located.suppressed_there);
  }
  return out.take();
}

bool unpack(std::string_view bytes, SeenFile& seen) {
  if (bytes.empty()) return true;
  PackReader in(bytes);
  seen.binary = in.number() == 1;
  seen.remarks.note = in.text();
  seen.remarks.left_out = in.text();
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    Located located;
    if (!read(in, located.finding)) return false;
    located.last_line = in.number();
    located.suppressed_line = in.number();
    located.suppressed_there = in.number();
    seen.located.push_back(std::move(located));
  }
  return in.sound() && in.at_end();
}

}  // namespace commandcenter::code
