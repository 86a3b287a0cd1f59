// The script that undoes a patch where there is no server and no git: checksums first, then every file from what is in
// the script. Any POSIX shell; any file name.
#include <set>

#include <fmt/format.h>

#include "agent/builtin/patcher/operations.h"
#include "base/sha256.h"

namespace commandcenter::patcher {
namespace {

constexpr std::size_t kLine = 76;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) : 0U;
    };
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += kDigits[group >> 18U & 63U];
    out += kDigits[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
    column += 4;
    if (column < kLine) continue;
    out += '\n';
    column = 0;
  }
  if (column > 0) out += '\n';
  return out;
}

// In single quotes nothing has a meaning but the quote.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string sum_of(const std::optional<patch::Content>& content) {
  return content ? sha256_hex(content->bytes) : "absent";
}

// Folders that are empty once the files that the patch made are gone, the deepest first; what was there before stays,
// because something else is in it or `had_folder` knows it.
std::set<std::string, std::greater<>> made_folders(const std::vector<patch::Change>& changes,
                                                   const HadFolder& had_folder) {
  std::set<std::string, std::greater<>> folders;
  for (const patch::Change& change : changes) {
    if (change.before) continue;
    for (std::size_t slash = change.path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = change.path.rfind('/', slash - 1)) {
      if (const std::string folder = change.path.substr(0, slash); !had_folder(folder)) folders.insert(folder);
    }
  }
  return folders;
}

constexpr std::string_view kHead =
    "#!/bin/sh\n"
    "# Rollback script: run it in the folder that was patched. It changes nothing unless every file is as the patch\n"
    "# left it, or restored already; a second run changes nothing.\n"
    "set -eu\n"
    "if command -v sha256sum >/dev/null; then digest() { sha256sum; }; else digest() { shasum -a 256; }; fi\n"
    "sum() {\n"
    "  if [ -L \"./$1\" ]; then echo link; elif [ -d \"./$1\" ]; then echo folder\n"
    "  elif [ -e \"./$1\" ]; then digest <\"./$1\" | cut -d' ' -f1; else echo absent; fi\n"
    "}\n"
    "check() {\n"
    "  now=$(sum \"$1\")\n"
    "  [ \"$now\" = \"$2\" ] || [ \"$now\" = \"$3\" ] || { echo \"changed since, nothing was done: $1\" >&2; exit 1; "
    "}\n"
    "}\n"
    "# The file with its permissions, and what is read as its content; never half of it.\n"
    "restore() {\n"
    "  temporary=\"./$1.rollback~\"\n"
    "  if [ -e \"./$1\" ]; then cp -p \"./$1\" \"$temporary\"; else : >\"$temporary\"; chmod \"$2\" \"$temporary\"; "
    "fi\n"
    "  base64 -d >\"$temporary\"\n"
    "  mv -f \"$temporary\" \"./$1\"\n"
    "}\n";

}  // namespace

std::string rollback_script(const std::vector<patch::Change>& changes, const HadFolder& had_folder) {
  std::string script(kHead);
  for (const patch::Change& change : changes)
    script += fmt::format("check {} {} {}\n", shell_word(change.path), sum_of(change.after), sum_of(change.before));
  for (const patch::Change& change : changes) {
    const std::string path = shell_word(change.path);
    if (!change.before) {
      script += fmt::format("rm -f ./{}\n", path);
      continue;
    }
    const std::size_t slash = change.path.rfind('/');
    if (slash != std::string::npos) script += fmt::format("mkdir -p ./{}\n", shell_word(change.path.substr(0, slash)));
    const char* mode = change.before->mode == patch::Mode::kExecutable ? "755" : "644";
    script += fmt::format("restore {} {} <<'END'\n{}END\n", path, mode, base64(change.before->bytes));
  }
  for (const std::string& folder : made_folders(changes, had_folder))
    script += fmt::format("rmdir ./{} 2>/dev/null || :\n", shell_word(folder));
  return script + "echo \"restored\"\n";
}

}  // namespace commandcenter::patcher
