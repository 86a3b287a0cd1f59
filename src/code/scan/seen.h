// What a scan sees in one file, before anybody's wishes: every finding, with what decides whether it is reported.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "code/report/report.h"
#include "code/scan/scan.h"
#include "code/scan/snippet.h"
#include "code/secrets/secrets.h"

namespace commandcenter::code {

struct Located {
  Finding finding;
  std::size_t last_line = 0;         // changes from the first line to this one bring it about
  std::size_t suppressed_line = 0;   // of the comment that silences it; 0: none
  std::size_t suppressed_there = 0;  // the same in the other file that it is shown in
  std::string subject{};             // see Spot
  double measure = 0;
};

struct SeenFile {
  bool binary = false;
  std::vector<Located> located;
  Remarks remarks{};
};

// Runs the rules over one file. From any thread; each has its own matcher.
class Looker {
 public:
  explicit Looker(const ScanOptions& options) : options_(options) {}

  // `dependencies`: becomes the other files that had a say, unless it is null.
  SeenFile look(std::string_view path, std::string_view text, Matcher& matcher, std::vector<Match>& matches,
                std::vector<ConsultedFile>* dependencies) const;
  // The spots alone, of an earlier version.
  std::vector<Located> look_back(std::string_view path, std::string_view text) const;

 private:
  static std::vector<Located> located(const Source& source, std::vector<Spot> spots, const Snippets& snippets);
  // Of a spot that is shown in another file.
  Located located_elsewhere(const Source& here, Spot spot, Matcher& matcher) const;
  const ScanOptions& options_;
  const SecretRules secrets_;
};

// For the cache. Broken bytes give false.
std::string packed(const SeenFile& seen);
bool unpack(std::string_view bytes, SeenFile& seen);

}  // namespace commandcenter::code
