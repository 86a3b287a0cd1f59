// A repository as a picture: groups of files at most kMaxViewNodes wide at every level, what they import from each
// other, where programs start, what they offer and what they talk to.
//
// Everything here is a function of the files: the same input gives the same bytes, whatever the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "code/graph/graph.h"

namespace commandcenter::architecture {

inline constexpr std::size_t kMaxViewNodes = 40;  // of one picture; more are folded into groups
inline constexpr std::size_t kMaxTopGroups = 30;  // leaves room for the systems around
inline constexpr std::size_t kMaxSignals = 50'000;

// What became of something between two states of a repository.
enum class Change : std::uint8_t { kNone, kAdded, kRemoved, kChanged };
std::string_view change_word(Change change);  // added, removed, changed; "" for none

struct Spot {
  std::string file;
  std::uint32_t line = 1;
  auto operator<=>(const Spot&) const = default;
};

// Something that a line of code says about the world: it offers a route, calls an address, needs a variable.
struct Signal {
  std::string kind;       // route, call, publish, subscribe, variable
  std::string framework;  // Express, Flask …
  std::string method;     // GET …; empty when it is for all
  std::string name;       // path, address, subject, name of the variable
  Spot spot;
  auto operator<=>(const Signal&) const = default;
};

struct EntryPoint {
  std::string kind;  // program, command, script, container
  std::string name;
  Spot spot;
  auto operator<=>(const EntryPoint&) const = default;
};

// A database, queue, cache, store or service outside of the code.
struct System {
  std::string kind;
  std::string name;
  std::vector<Spot> spots;  // where the code or a description of the deployment names it
  Change change = Change::kNone;
};

// From docker compose or Kubernetes.
struct Service {
  std::string name;
  std::string kind;   // compose, Deployment, Service …
  std::string image;  // empty when it is built
  std::string build;  // folder in the repository, with "." for the root
  std::vector<std::string> needs;
  Spot spot;
};

struct Group {
  std::string id;       // unique; a path, or a path and what is folded
  std::string name;     // short
  std::string path;     // folder
  std::string kind;     // root, package, folder, files, cluster, range
  std::string section;  // folder that it was taken out of, for the top level
  std::size_t parent = 0;
  std::vector<std::size_t> children{};
  std::vector<std::uint32_t> members{};  // files directly in it
  std::vector<std::uint32_t> files{};    // all below, ordered
  std::size_t lines = 0;
  bool aside = false;  // tests, examples, documentation: most of it is not the product
};

struct ViewNode {
  std::string id;  // group's id, path of a file, or "system:name"
  std::string label;
  std::string kind;  // the group's, file, or the system's
  std::string section;
  std::size_t files = 0;
  std::size_t lines = 0;
  bool entry = false;
  bool cycle = false;
  bool aside = false;
  Spot spot;  // where a click leads
  Change change = Change::kNone;
};
struct ViewEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t imports = 0;
  bool cycle = false;
  bool violation = false;
  bool back = false;      // of a circle the lighter side, against the direction of the rest
  bool implied = false;   // follows from others; left out of pictures that would be too full
  Spot spot;              // the first import
  std::string target;     // the file that it imports
  std::size_t added = 0;  // of the imports, in a difference
  std::size_t removed = 0;
  Change change = Change::kNone;
};
struct View {
  std::size_t group = 0;
  bool difference = false;
  std::vector<ViewNode> nodes;
  std::vector<ViewEdge> edges;
};

struct Cycle {
  std::vector<std::uint32_t> files;  // of the strongly connected component
  std::vector<std::uint32_t> path;   // a shortest way round, its first file not repeated
};

struct Violation {
  std::string rule;
  std::string message;
  std::string severity;  // low, medium, high, critical
  Spot spot;
  std::string target;
};

// The model is of two states: all that either of them holds.
struct Difference {
  std::string from;  // revisions, as they were asked for
  std::string to;    // empty: the files of the folder
  std::vector<Change> files{};
  std::vector<Change> edges{};
  std::vector<Change> groups{};  // changed: files or imports in it came or went
  Json lists{};                  // what came and went, in words; docs/agents/architecture-diagrammer.md
  Json summary{};                // of the second state
};

struct Model {
  std::string name;
  SourceGraph graph;
  std::vector<Group> groups;  // the root is first
  std::vector<std::size_t> group_of_file;
  std::vector<Signal> signals;
  std::vector<EntryPoint> entries;
  std::vector<System> systems;
  std::vector<Service> services;
  std::vector<Cycle> cycles;
  std::vector<Violation> violations;
  std::optional<Difference> difference{};
};

struct Options {
  std::string target;  // folder below the root
  std::string commit;  // instead of the files
  std::string name;    // of the picture; the root's manifest or folder when empty
  std::string folder;  // what the root is called where it comes from; its own name when empty
  unsigned threads = 0;
  Onlooker onlooker{};  // sees every file as well
};

Result<Model> read_architecture(const std::string& root, const Options& options);

// What lies directly in a group, and what it imports from each other.
View view_of(const Model& model, std::size_t group);
std::optional<std::size_t> find_group(const Model& model, std::string_view id_or_path);

Json architecture_json(const Model& model);  // all of it
Json summary_json(const Model& model);       // the counts
Json surroundings_json(const Model& model);  // packages, entry points, routes, systems, cycles …
Json signals_json(const Model& model, std::string_view kind);
Json view_json(const Model& model, const View& view);

}  // namespace commandcenter::architecture
