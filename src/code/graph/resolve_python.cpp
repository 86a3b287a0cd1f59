// Python: relative and absolute imports, regular and namespace packages, src layouts, submodules behind "from".
#include <algorithm>
#include <array>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

// What Python brings itself comes before a file of the same name that is not part of a package.
constexpr auto kStandard = std::to_array<std::string_view>({
    "__future__",   "_thread",
    "abc",          "aifc",
    "argparse",     "array",
    "ast",          "asyncio",
    "atexit",       "audioop",
    "base64",       "bdb",
    "binascii",     "bisect",
    "builtins",     "bz2",
    "cProfile",     "calendar",
    "cgi",          "cgitb",
    "chunk",        "cmath",
    "cmd",          "codecs",
    "codeop",       "collections",
    "colorsys",     "compileall",
    "concurrent",   "configparser",
    "contextlib",   "contextvars",
    "copy",         "copyreg",
    "crypt",        "csv",
    "ctypes",       "curses",
    "dataclasses",  "datetime",
    "dbm",          "decimal",
    "difflib",      "dis",
    "distutils",    "doctest",
    "email",        "encodings",
    "ensurepip",    "enum",
    "errno",        "faulthandler",
    "fcntl",        "filecmp",
    "fileinput",    "fnmatch",
    "fractions",    "ftplib",
    "functools",    "gc",
    "getopt",       "getpass",
    "gettext",      "glob",
    "graphlib",     "grp",
    "gzip",         "hashlib",
    "heapq",        "hmac",
    "html",         "http",
    "imaplib",      "imghdr",
    "imp",          "importlib",
    "inspect",      "io",
    "ipaddress",    "itertools",
    "json",         "keyword",
    "linecache",    "locale",
    "logging",      "lzma",
    "mailbox",      "mailcap",
    "marshal",      "math",
    "mimetypes",    "mmap",
    "modulefinder", "multiprocessing",
    "netrc",        "nntplib",
    "numbers",      "operator",
    "optparse",     "os",
    "pathlib",      "pdb",
    "pickle",       "pickletools",
    "pkgutil",      "platform",
    "plistlib",     "poplib",
    "posix",        "pprint",
    "profile",      "pstats",
    "pty",          "pwd",
    "py_compile",   "pyclbr",
    "pydoc",        "queue",
    "quopri",       "random",
    "re",           "readline",
    "reprlib",      "resource",
    "runpy",        "sched",
    "secrets",      "select",
    "selectors",    "shelve",
    "shlex",        "shutil",
    "signal",       "smtplib",
    "sndhdr",       "socket",
    "socketserver", "sqlite3",
    "ssl",          "stat",
    "statistics",   "string",
    "stringprep",   "struct",
    "subprocess",   "symtable",
    "sys",          "sysconfig",
    "syslog",       "tabnanny",
    "tarfile",      "telnetlib",
    "tempfile",     "termios",
    "textwrap",     "threading",
    "time",         "timeit",
    "tkinter",      "tokenize",
    "tomllib",      "trace",
    "traceback",    "tracemalloc",
    "tty",          "types",
    "typing",       "unicodedata",
    "unittest",     "urllib",
    "uuid",         "venv",
    "warnings",     "wave",
    "weakref",      "webbrowser",
    "winreg",       "wsgiref",
    "xml",          "xmlrpc",
    "zipapp",       "zipfile",
    "zipimport",    "zlib",
    "zoneinfo",
});

std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

}  // namespace

PythonResolver::PythonResolver(const Tree& tree, const std::vector<Package>& packages) : tree_(tree) {
  const auto declare = [&](std::string folder) {
    if (!tree_.has_folder(folder)) return;
    if (std::ranges::find(declared_roots_, folder) == declared_roots_.end()) declared_roots_.push_back(folder);
  };
  declare("");
  declare("src");
  for (const Package& package : packages) {
    if (package.kind != "python") continue;
    for (const std::string_view below : {"src", "lib", "python", ""})
      declare(*join_path(package.folder, below));
    const auto manifest = tree_.find(package.manifest);
    if (!manifest) continue;
    for (const TomlEntry& entry : toml_entries(tree_.file(*manifest).text)) {
      // [tool.setuptools.packages.find] where, [tool.poetry] packages from, [tool.hatch …] sources
      if (entry.key != "where" && entry.key != "package-dir" && entry.key != "\"\"" && entry.key != "packages" &&
          entry.key != "sources" && entry.key != "pythonpath")
        continue;
      for (const std::string& folder : toml_texts(entry.value)) {
        if (auto path = join_path(package.folder, folder)) declare(std::move(*path));
      }
    }
  }
  for (FileId id = 0; id < tree_.size(); ++id) {
    const std::string& path = tree_.file(id).path;
    if (tree_.file(id).facts.tongue != Tongue::kPython || !path.ends_with("/__init__.py")) continue;
    const std::string_view folder = folder_of(path);
    const std::string_view above = folder_of(folder);
    if (tree_.find(joined(above, "__init__.py"))) continue;
    roots_of_name_[std::string(name_of(folder))].emplace_back(above);
  }
}

// The folder above the outermost package that the folder is part of; itself when it is no package.
std::string PythonResolver::package_root(std::string_view folder) const {
  while (!folder.empty() && tree_.find(joined(folder, "__init__.py")))
    folder = folder_of(folder);
  return std::string(folder);
}

PythonResolver::Module PythonResolver::submodule(const Module& package, std::string_view name) const {
  const std::string path = joined(package.folder, name);
  Module module;
  for (const std::string_view init : {"/__init__.py", "/__init__.pyi"}) {
    module.file = tree_.find(path + std::string(init));
    if (module.file) return {module.file, path, true, true};
  }
  for (const std::string_view ending : {".py", ".pyi", ".pyw"}) {
    module.file = tree_.find(path + std::string(ending));
    if (module.file) return {module.file, {}, true, false};
  }
  if (tree_.has_folder(path)) return {std::nullopt, path, true, true};
  return {};
}

// The module of a dotted name, or the deepest module on the way to it that has a file.
PythonResolver::Module PythonResolver::module_at(std::string_view root, std::string_view name) const {
  Module here{std::nullopt, std::string(root), true, true};
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    Module next = here.is_package ? submodule(here, name.substr(0, dot)) : Module{};
    if (!next.found) return here.file ? Module{here.file, {}, true, false} : Module{};
    name.remove_prefix(std::min(dot + 1, name.size()));
    here = std::move(next);
  }
  return here;
}

std::vector<std::string> PythonResolver::roots_for(FileId from) const {
  const std::string_view folder = folder_of(tree_.file(from).path);
  const std::string own = package_root(folder);
  std::vector<std::string> roots{own};
  // Nearest first, so that each project of a repository of several finds its own.
  for (const std::string_view above : ancestors(own)) {
    for (const std::string_view below : {"", "src", "lib", "python"}) {
      std::string root = below.empty() ? std::string(above) : joined(above, below);
      if (!below.empty() && std::ranges::find(declared_roots_, root) == declared_roots_.end()) continue;
      if (std::ranges::find(roots, root) == roots.end()) roots.push_back(std::move(root));
    }
  }
  for (const std::string& root : declared_roots_) {
    if (std::ranges::find(roots, root) == roots.end()) roots.push_back(root);
  }
  return roots;
}

Found PythonResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) {
  std::string_view name = import.specifier;
  Module module;
  const bool relative = name.starts_with('.');
  if (relative) {
    std::string_view folder = folder_of(tree_.file(from).path);
    name.remove_prefix(1);
    for (; name.starts_with('.'); name.remove_prefix(1)) {
      if (folder.empty()) return Found::kNowhere;
      folder = folder_of(folder);
    }
    Module base{std::nullopt, std::string(folder), true, true};
    base.file = tree_.find(joined(folder, "__init__.py"));
    if (!base.file) base.file = tree_.find(joined(folder, "__init__.pyi"));
    module = name.empty() ? base : module_at(folder, name);
  } else {
    const std::string_view top = name.substr(0, name.find('.'));
    const bool standard = std::ranges::find(kStandard, top) != kStandard.end();
    const auto accept = [&](const std::string& root) {
      if (module.found) return;
      Module candidate = module_at(root, name);
      if (!candidate.found) return;
      if (candidate.file) {
        module = std::move(candidate);
        return;
      }
      // A folder without __init__ counts when what is taken from it is there.
      for (const std::string& member : import.names) {
        if (!submodule(candidate, member).file) continue;
        module = std::move(candidate);
        return;
      }
    };
    if (standard) return Found::kOutside;
    for (const std::string& root : roots_for(from))
      accept(root);
    const auto named = module.found ? roots_of_name_.end() : roots_of_name_.find(top);
    if (named != roots_of_name_.end()) {
      const auto best = std::ranges::max_element(named->second, {}, [&](const std::string& root) {
        return shared_folders(root + "/", tree_.file(from).path);
      });
      accept(*best);
    }
  }
  if (!module.found) return relative ? Found::kNowhere : Found::kOutside;
  bool whole = import.names.empty();
  for (const std::string& member : import.names) {
    const Module below = module.is_package && member != "*" ? submodule(module, member) : Module{};
    if (below.file)
      to.push_back(*below.file);
    else
      whole = true;
  }
  if (whole && module.file) to.push_back(*module.file);
  return to.empty() ? (relative ? Found::kNowhere : Found::kOutside) : Found::kInside;
}

}  // namespace commandcenter::architecture
