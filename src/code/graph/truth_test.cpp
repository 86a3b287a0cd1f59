// How many imports are found, and how many are right, against repositories that people labelled: each line of a file
// that imports others of the repository says which, behind "//>" or "#>".
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/graph/graph.h"

namespace commandcenter::architecture {
namespace {

using Edges = std::set<std::string>;

struct Labelled {
  std::map<std::string, std::string> files{};
  Edges edges{};
};

Labelled read_labelled(const std::filesystem::path& path) {
  std::ifstream stream(path);
  Labelled labelled;
  std::string file;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("== ")) {
      file = line.substr(3);
      labelled.files[file];
      continue;
    }
    const std::size_t mark = std::min(line.find(" //> "), line.find(" #> "));
    if (mark != std::string::npos) {
      std::string_view targets = std::string_view(line).substr(line.find("> ", mark) + 2);
      while (!targets.empty()) {
        const std::size_t end = std::min(targets.find(' '), targets.size());
        labelled.edges.insert(file + " > " + std::string(targets.substr(0, end)));
        targets.remove_prefix(std::min(end + 1, targets.size()));
      }
      line.resize(mark);
    }
    labelled.files[file] += line + "\n";
  }
  return labelled;
}

TEST(Truth, edges_of_every_language) {  // feature 6
  std::size_t right = 0;
  std::size_t found = 0;
  std::size_t labelled_edges = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CC_GRAPH_TRUTH)) {
    const Labelled labelled = read_labelled(entry.path());
    GraphBuilder builder;
    for (const auto& [path, text] : labelled.files)
      builder.add(0, path, text);
    const SourceGraph graph = builder.finish();
    Edges edges;
    for (const Edge& edge : graph.edges)
      edges.insert(graph.files[edge.from].path + " > " + graph.files[edge.to].path);
    std::size_t hits = 0;
    for (const std::string& edge : labelled.edges) {
      hits += edges.count(edge);
      EXPECT_TRUE(labelled.files.contains(edge.substr(edge.find(" > ") + 3))) << "a label leads nowhere: " << edge;
      if (!edges.contains(edge)) fmt::print("{}: missing {}\n", entry.path().stem().string(), edge);
    }
    for (const std::string& edge : edges) {
      if (!labelled.edges.contains(edge)) fmt::print("{}: too much {}\n", entry.path().stem().string(), edge);
    }
    fmt::print("{}: {} labelled, {} found, {} right\n", entry.path().stem().string(), labelled.edges.size(),
               edges.size(), hits);
    right += hits;
    found += edges.size();
    labelled_edges += labelled.edges.size();
  }
  ASSERT_GT(labelled_edges, 200U);
  EXPECT_GE(static_cast<double>(right), 0.99 * static_cast<double>(found));
  EXPECT_GE(static_cast<double>(right), 0.98 * static_cast<double>(labelled_edges));
}

}  // namespace
}  // namespace commandcenter::architecture
