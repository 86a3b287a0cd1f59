// Which programs take a password, and behind which flag.
#include "code/secrets/commands.h"

#include <algorithm>

#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxCommand_bytes = 400;
constexpr std::size_t kMaxPart_bytes = 200;
constexpr std::string_view kEnds = "\"'` \t\r\n\\;|&),";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

std::size_t until(std::string_view text, std::size_t at, std::string_view stops, std::size_t limit) {
  const std::size_t ceiling = std::min(text.size(), at + limit);
  while (at < ceiling && !is_one_of(text[at], stops))
    ++at;
  return at;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view set) {
  while (at < text.size() && is_one_of(text[at], set))
    ++at;
  return at;
}

// Where behind the flag the password is.
enum class Place { kArgument, kPair, kNextWord, kLastWord };

// A program that takes a password behind a flag.
struct Program {
  std::string_view name;
  std::string_view flag;  // without a blank at its end, the password follows at once
  Place place = Place::kArgument;
  char separator = ':';  // of a pair: between the user and the password
};
constexpr Program kPrograms[] = {
    {"mysql ", " -p"},
    {"mysqldump ", " -p"},
    {"mysqladmin ", " -p"},
    {"mysqladmin ", " password "},
    {"mysqlimport ", " -p"},
    {"mysqlcheck ", " -p"},
    {"mariadb ", " -p"},
    {"mariadb-dump ", " -p"},
    {"docker login ", " -p "},
    {"podman login ", " -p "},
    {"registry login ", " -p "},
    {"az login ", " -p "},
    {"oc login ", " -p "},
    {"cf login ", " -p "},
    {"redis-cli ", " -a "},
    {"mongo ", " -p "},
    {"mongosh ", " -p "},
    {"mongodump ", " -p "},
    {"mongorestore ", " -p "},
    {"ldapsearch ", " -w "},
    {"ldapmodify ", " -w "},
    {"ldapadd ", " -w "},
    {"ldapdelete ", " -w "},
    {"ldappasswd ", " -w "},
    {"ldapwhoami ", " -w "},
    {"openssl enc ", " -k "},
    {"smbclient ", "%"},
    {"rpcclient ", "%"},
    {"net rpc ", "%"},
    {"net ads ", "%"},
    {"sqlcmd ", " -P "},
    {"osql ", " -P "},
    {"mosquitto_pub ", " -P "},
    {"mosquitto_sub ", " -P "},
    {"unzip ", " -P "},
    {"zip ", " -P "},
    {"7z ", " -p"},
    {"7za ", " -p"},
    {"rar ", " -hp"},
    {"rar ", " -p"},
    {"lftp ", " -u ", Place::kPair, ','},
    {"http -a ", " -a ", Place::kPair},
    {"https -a ", " -a ", Place::kPair},
    {"psexec ", " -p "},
    {"plink ", " -pw "},
    {"pscp ", " -pw "},
    {"ipmitool ", " -P "},
    {"xfreerdp ", " /p:"},
    {"rdesktop ", " -p "},
    {"signtool ", " /p "},
    {"schtasks ", " /rp "},
    {"\"mysqladmin\",", " \"-p"},
    {"\"mysql\",", " \"-p"},
    {"\"mysqldump\",", " \"-p"},
    {"\"mariadb-admin\",", " \"-p"},
    {"\"redis-cli\",", " \"-a\", "},
    {"mc alias set ", " set ", Place::kLastWord},
    {"sqlplus ", " -s ", Place::kPair, '/'},
    {"sqlplus ", " -S ", Place::kPair, '/'},
    {"sqlplus ", " ", Place::kPair, '/'},
    {"vault login ", " login "},
    {"operator unseal ", " unseal "},
    {"stats auth ", " auth ", Place::kPair},
    {"net use ", " /user:", Place::kNextWord},
    {"net user ", " user ", Place::kNextWord},
    {"rabbitmqctl add_user ", " add_user ", Place::kNextWord},
    {"rabbitmqctl change_password ", " change_password ", Place::kNextWord},
    {"htpasswd ", " -b", Place::kLastWord},
    {"htpasswd ", " -nb", Place::kLastWord},
    {"htpasswd ", " -cb", Place::kLastWord},
};

// What is at `at`, by the place of the password.
std::optional<Candidate> taken(const Program& program, std::string_view text, std::size_t at, std::string_view line) {
  switch (program.place) {
    case Place::kArgument:
      return argument_at(text, at);
    case Place::kPair: {
      const auto pair = argument_at(text, at);
      if (!pair && program.separator != ',') return std::nullopt;
      const std::size_t stop = until(text, at, " \t\r\n|;", kMaxPart_bytes);
      const std::size_t colon = text.substr(at, stop - at).find(program.separator);
      const bool has_user = colon > 0 || program.separator != '/';  // sqlplus /nolog
      return colon == std::string_view::npos || !has_user ? std::nullopt : argument_at(text, at + colon + 1);
    }
    case Place::kNextWord: {
      const std::size_t blank = until(text, at, " \n|;", kMaxPart_bytes);
      return blank < text.size() && text[blank] == ' ' ? argument_at(text, skip(text, blank, " ")) : std::nullopt;
    }
    case Place::kLastWord: {
      const std::size_t end = line.find_last_not_of(" \t\r\n&>") + 1;  // npos counts as 0
      const std::size_t blank = line.substr(0, end).rfind(' ');
      const auto begin = static_cast<std::size_t>(line.data() - text.data());
      return blank == std::string_view::npos ? std::nullopt : argument_at(text, begin + blank + 1);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Candidate> argument_at(std::string_view text, std::size_t at) {
  at = skip(text, at, "\"'");
  const std::size_t stop = until(text, at, kEnds, kMaxPart_bytes);
  if (stop - at < kMinValue_bytes) return std::nullopt;
  return placed(at, stop);
}

std::optional<Candidate> in_curl(std::string_view text, std::size_t end) {
  const std::size_t begin = end - 1;  // the blank behind the name may be the one before the flag
  const std::string_view line = text.substr(begin, until(text, begin, "\n", kMaxCommand_bytes) - begin);
  for (const std::string_view flag : {" -u ", " --user ", " --user=", " -u"}) {
    const std::size_t found = line.find(flag);
    if (found == std::string_view::npos) continue;
    std::size_t at = skip(line, found + flag.size(), "\\\"'`");
    std::size_t stop = until(line, at, "\\\"'` \t\r\n", kMaxPart_bytes);
    const std::size_t colon = line.substr(at, stop - at).find(':');
    if (colon == std::string_view::npos || line.substr(at, stop - at).find("://") != std::string_view::npos) continue;
    at += colon + 1;
    if (at == stop) {  // user:'password'
      at = skip(line, at, "\\\"'");
      stop = until(line, at, "\\\"'` \t\r\n", kMaxPart_bytes);
    }
    if (stop - at < kMinValue_bytes) return std::nullopt;
    return placed(begin + at, begin + stop);
  }
  return std::nullopt;
}

std::optional<Candidate> in_command(std::string_view text, std::size_t end) {
  for (const Program& program : kPrograms) {
    if (!text.substr(0, end).ends_with(program.name)) continue;
    const std::size_t name = end - program.name.size();
    if (name > 0 && is_word(text[name - 1]) && is_word(text[name])) continue;  // gzip
    // from the last blank of the name on, which may be the one before the flag
    const std::size_t inner = program.name.substr(0, program.name.size() - 1).rfind(' ');
    const std::size_t begin = inner == std::string_view::npos ? end - 1 : name + inner;
    const std::string_view line = text.substr(begin, until(text, end, "\n|;", kMaxPart_bytes) - begin);
    const std::size_t found = line.find(program.flag);
    if (found == std::string_view::npos) continue;
    const std::size_t at = begin + found + program.flag.size();
    const bool given = at < text.size() && (!is_one_of(text[at], " -") || program.place == Place::kLastWord);
    return given ? taken(program, text, at, line) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Candidate> at_prompt(std::string_view text, std::size_t end) {
  constexpr std::size_t kPrompt_bytes = 120;
  const std::size_t floor = end - std::min(end, kPrompt_bytes);
  const std::size_t prompt = text.substr(floor, end - floor).rfind("assword");
  if (prompt == std::string_view::npos ||
      text.substr(floor + prompt, end - floor - prompt - 6).find("send") < std::string_view::npos)
    return std::nullopt;
  const auto value = argument_at(text, end);
  if (!value || !text.substr(value->end).starts_with("\\r")) return std::nullopt;
  return is_mixed_password(text.substr(value->begin, value->end - value->begin)) ? value : std::nullopt;
}

}  // namespace commandcenter::code
