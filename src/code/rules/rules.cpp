// Words, anchors, and the one list of patterns that is compiled into the database.
#include "code/rules/rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace commandcenter::code {
namespace {

constexpr auto kKeyWords = std::to_array<KeyWord>({
    {"pass", KeyKind::kPassword},
    {"pwd", KeyKind::kPassword},
    {"psk", KeyKind::kPassword},
    {"contrasena", KeyKind::kPassword},
    {"kennwort", KeyKind::kPassword},
    {"secret", KeyKind::kSecret},
    {"token", KeyKind::kToken},
    {"jwt", KeyKind::kToken},
    {"key", KeyKind::kKey},
    {"auth", KeyKind::kAuth},
    {"cred", KeyKind::kCredential},
    {"api", KeyKind::kApi},
    {"salt", KeyKind::kSalt},
    {"nonce", KeyKind::kNonce},
    {"otp", KeyKind::kSecret},
    {"session", KeyKind::kOther},
    {"cookie", KeyKind::kOther},
    {"signature", KeyKind::kOther},
    {"dsn", KeyKind::kOther},
    {"hmac", KeyKind::kOther},
    {"seed", KeyKind::kOther},
    {"webhook", KeyKind::kOther},
    {"certificate", KeyKind::kOther},
    {"connectionstring", KeyKind::kOther},
    {"_pat", KeyKind::kToken},
    {"-pat", KeyKind::kToken},
    {".pat", KeyKind::kToken},
    {"_pw", KeyKind::kPassword},
    {"senha", KeyKind::kPassword},
    {"pw", KeyKind::kPassword},
    {"pepper", KeyKind::kSecret},
    {"erlang_cookie", KeyKind::kSecret},
    {"sonar.login", KeyKind::kToken},
    {"mnemonic", KeyKind::kSecret},
    {"contraseña", KeyKind::kPassword},
    {"пароль", KeyKind::kPassword},
});

constexpr auto kAnchorWords = std::to_array<AnchorWord>({
    {"://", Anchor::kUrl, false},
    {"bearer", Anchor::kBearer, true},
    {"basic ", Anchor::kBasic, true},
    {"-----BEGIN ", Anchor::kPem, false},
    {"PuTTY-User-Key-File-", Anchor::kPem, false},
    {"eyJ", Anchor::kJwt, false},
    {"kty", Anchor::kJwk, false},
    {"curl ", Anchor::kCurl, false},
    {"mysql ", Anchor::kProgram, false},
    {"mysqldump ", Anchor::kProgram, false},
    {"mysqladmin ", Anchor::kProgram, false},
    {"docker login ", Anchor::kProgram, false},
    {"redis-cli ", Anchor::kProgram, false},
    {"mongo ", Anchor::kProgram, false},
    {"mongosh ", Anchor::kProgram, false},
    {"mongodump ", Anchor::kProgram, false},
    {"ldapsearch ", Anchor::kProgram, false},
    {"ldapmodify ", Anchor::kProgram, false},
    {"ldapadd ", Anchor::kProgram, false},
    {"openssl enc ", Anchor::kProgram, false},
    {"smbclient ", Anchor::kProgram, false},
    {"sqlcmd ", Anchor::kProgram, false},
    {"mosquitto_pub ", Anchor::kProgram, false},
    {"mosquitto_sub ", Anchor::kProgram, false},
    {"unzip ", Anchor::kProgram, false},
    {"mysqlimport ", Anchor::kProgram, false},
    {"mysqlcheck ", Anchor::kProgram, false},
    {"mariadb ", Anchor::kProgram, false},
    {"mariadb-dump ", Anchor::kProgram, false},
    {"podman login ", Anchor::kProgram, false},
    {"registry login ", Anchor::kProgram, false},
    {"az login ", Anchor::kProgram, false},
    {"oc login ", Anchor::kProgram, false},
    {"cf login ", Anchor::kProgram, false},
    {"mongorestore ", Anchor::kProgram, false},
    {"ldapdelete ", Anchor::kProgram, false},
    {"ldappasswd ", Anchor::kProgram, false},
    {"ldapwhoami ", Anchor::kProgram, false},
    {"osql ", Anchor::kProgram, false},
    {"zip ", Anchor::kProgram, false},
    {"7z ", Anchor::kProgram, false},
    {"7za ", Anchor::kProgram, false},
    {"rar ", Anchor::kProgram, false},
    {"lftp ", Anchor::kProgram, false},
    {"http -a ", Anchor::kProgram, false},
    {"https -a ", Anchor::kProgram, false},
    {"psexec ", Anchor::kProgram, false},
    {"plink ", Anchor::kProgram, false},
    {"pscp ", Anchor::kProgram, false},
    {"ipmitool ", Anchor::kProgram, false},
    {"xfreerdp ", Anchor::kProgram, false},
    {"rdesktop ", Anchor::kProgram, false},
    {"signtool ", Anchor::kProgram, false},
    {"schtasks ", Anchor::kProgram, false},
    {"net use ", Anchor::kProgram, false},
    {"net rpc ", Anchor::kProgram, false},
    {"net ads ", Anchor::kProgram, false},
    {"rpcclient ", Anchor::kProgram, false},
    {"vault login ", Anchor::kProgram, false},
    {"operator unseal ", Anchor::kProgram, false},
    {"stats auth ", Anchor::kProgram, false},
    {"net user ", Anchor::kProgram, false},
    {"\"mysqladmin\",", Anchor::kProgram, false},
    {"\"mysql\",", Anchor::kProgram, false},
    {"\"mysqldump\",", Anchor::kProgram, false},
    {"\"mariadb-admin\",", Anchor::kProgram, false},
    {"\"redis-cli\",", Anchor::kProgram, false},
    {"mc alias set ", Anchor::kProgram, false},
    {"sqlplus ", Anchor::kProgram, false},
    {"Fernet(", Anchor::kLogin, false},
    {"\"result\": \"", Anchor::kState, false},
    {"rabbitmqctl add_user ", Anchor::kProgram, false},
    {"rabbitmqctl change_password ", Anchor::kProgram, false},
    {"htpasswd ", Anchor::kProgram, false},
    {".login(", Anchor::kLogin, false},
    {".auth(", Anchor::kLogin, false},
    {".basic(", Anchor::kLogin, false},
    {"basic_auth(", Anchor::kLogin, false},
    {"basic_auth ", Anchor::kLogin, false},
    {"BasicAuth(", Anchor::kLogin, false},
    {"NetworkCredential(", Anchor::kLogin, false},
    {"UsernamePasswordCredentials(", Anchor::kLogin, false},
    {"PasswordAuthentication(", Anchor::kLogin, false},
    {"WiFi.begin(", Anchor::kLogin, false},
    {"EmailAndPassword(", Anchor::kLogin, false},
    {"getConnection(", Anchor::kLogin, false},
    {"mysqli(", Anchor::kLogin, false},
    {"mysqli_connect(", Anchor::kLogin, false},
    {"mysql_connect(", Anchor::kLogin, false},
    {"mysql_real_connect(", Anchor::kLogin, false},
    {"MySQLdb.connect(", Anchor::kLogin, false},
    {"DBI->connect(", Anchor::kLogin, false},
    {" PDO(", Anchor::kLogin, false},
    {"\\PDO(", Anchor::kLogin, false},
    {"PlainAuth(", Anchor::kLogin, false},
    {"ftp_login(", Anchor::kLogin, false},
    {"ldap_bind(", Anchor::kLogin, false},
    {"Sequelize(", Anchor::kLogin, false},
    {"create_user(", Anchor::kLogin, false},
    {"create_superuser(", Anchor::kLogin, false},
    {"X509Certificate2(", Anchor::kLogin, false},
    {"CreateAsync(", Anchor::kLogin, false},
    {".connect(", Anchor::kLogin, false},
    {"pymysql.connect(", Anchor::kLogin, false},
    {"AuthenticationToken(", Anchor::kLogin, false},
    {"FTP.open(", Anchor::kLogin, false},
    {"setAuth(", Anchor::kLogin, false},
    {"hmac.new(", Anchor::kLogin, false},
    {"hash_hmac(", Anchor::kLogin, false},
    {"openssl_encrypt(", Anchor::kLogin, false},
    {"openssl_decrypt(", Anchor::kLogin, false},
    {"createCipheriv(", Anchor::kLogin, false},
    {"createDecipheriv(", Anchor::kLogin, false},
    {"createHmac(", Anchor::kLogin, false},
    {"Wallet(", Anchor::kLogin, false},
    {"privateKeyToAccount(", Anchor::kLogin, false},
    {"FTP(", Anchor::kLogin, false},
    {"DirectoryEntry(", Anchor::kLogin, false},
    {"basic_authorize ", Anchor::kLogin, false},
    {"basic_authorize(", Anchor::kLogin, false},
    {"login(", Anchor::kLogin, false},
    {"->login(", Anchor::kLogin, false},
    {"Authenticate(", Anchor::kLogin, false},
    {"SECURITY_CREDENTIALS,", Anchor::kLogin, false},
    {"fill in ", Anchor::kForm, false},
    {"ftplib.FTP(", Anchor::kLogin, false},
    {"jwt.sign(", Anchor::kLogin, false},
    {"jwt.verify(", Anchor::kLogin, false},
    {"jwt.encode(", Anchor::kLogin, false},
    {"jwt.decode(", Anchor::kLogin, false},
    {"JWT.encode(", Anchor::kLogin, false},
    {"JWT.decode(", Anchor::kLogin, false},
    {"SignedString([]byte(", Anchor::kLogin, false},
    {"CookieStore([]byte(", Anchor::kLogin, false},
    {"cookieParser(", Anchor::kLogin, false},
    {".HMAC256(", Anchor::kLogin, false},
    {".HMAC384(", Anchor::kLogin, false},
    {".HMAC512(", Anchor::kLogin, false},
    {".signWith(", Anchor::kLogin, false},
    {"setVapidDetails(", Anchor::kLogin, false},
    {"omniauth :", Anchor::kLogin, false},
    {"provider :", Anchor::kLogin, false},
    {"bcrypt.hash(", Anchor::kLogin, false},
    {"\".toCharArray(", Anchor::kCharArray, false},
    {"bcrypt.hashSync(", Anchor::kLogin, false},
    {"fill_in ", Anchor::kForm, false},
    {"fill_in(", Anchor::kForm, false},
    {".fill(", Anchor::kForm, false},
    {".type(", Anchor::kForm, false},
    {".sendkeys(", Anchor::kForm, true},
    {".send_keys(", Anchor::kForm, false},
    {"btoa(", Anchor::kPair, false},
    {"Buffer.from(", Anchor::kPair, false},
    {"b64encode(", Anchor::kPair, false},
    {"CURLOPT_USERPWD", Anchor::kPair, false},
    {"chpasswd", Anchor::kPipe, false},
    {"sudo -S", Anchor::kPipe, false},
    {"passwd --stdin", Anchor::kPipe, false},
    {"--password-stdin", Anchor::kPipe, false},
    {"forHTTPHeaderField:", Anchor::kHeader, false},
    {".login(", Anchor::kBot, false},
    {".run(", Anchor::kBot, false},
    {"Bot ", Anchor::kBotHeader, false},
    {"kind: Secret", Anchor::kCluster, false},
    {"b64decode(", Anchor::kDecoded, false},
    {"decode64(", Anchor::kDecoded, false},
    {"base64_decode(", Anchor::kDecoded, false},
    {"FromBase64String(", Anchor::kDecoded, false},
    {"atob(", Anchor::kDecoded, false},
    {":\\/\\/", Anchor::kUrl, false},
    {"@/", Anchor::kDriverUrl, false},
    {"Credentials::new(", Anchor::kLogin, false},
    {"@tcp(", Anchor::kDriverUrl, false},
    {"identified ", Anchor::kSql, true},
    {"pass:", Anchor::kPassArgument, false},
    {"sshpass ", Anchor::kSshPass, false},
    {"convertto-securestring", Anchor::kSecureString, true},
    {"snmp-server community ", Anchor::kCommunity, false},
    {"rocommunity ", Anchor::kCommunity, false},
    {"rwcommunity ", Anchor::kCommunity, false},
    {" on >", Anchor::kAccessList, false},
    {"send \"", Anchor::kPrompt, false},
    {"users", Anchor::kUsers, true},
    {"accounts", Anchor::kUsers, true},
    {"logins", Anchor::kUsers, true},
});

}  // namespace

std::string_view severity_word(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return {};
}

std::string_view confidence_word(Confidence confidence) {
  switch (confidence) {
    case Confidence::kLow:
      return "low";
    case Confidence::kMedium:
      return "medium";
    case Confidence::kHigh:
      return "high";
  }
  return {};
}

std::span<const KeyWord> key_words() {
  return kKeyWords;
}

std::span<const AnchorWord> anchor_words() {
  return kAnchorWords;
}

namespace {

std::vector<Pattern> made_patterns() {
  constexpr std::size_t kRoom = 4096;
  std::vector<Pattern> patterns;
  std::array<std::unordered_map<std::string_view, std::size_t>, 2> known;  // those with letters of either case apart
  patterns.reserve(kRoom);
  for (auto& texts : known)
    texts.reserve(kRoom);
  const auto add = [&](std::string_view text, bool caseless, PatternOwner owner, std::size_t index) {
    const auto [place, is_new] = known[caseless ? 1 : 0].emplace(text, patterns.size());
    if (is_new) patterns.push_back({text, caseless, {}});
    patterns[place->second].targets.push_back({owner, static_cast<std::uint16_t>(index)});
  };
  for (std::size_t i = 0; i < kKeyWords.size(); ++i)
    add(kKeyWords[i].text, true, PatternOwner::kKeyWord, i);
  for (std::size_t i = 0; i < kAnchorWords.size(); ++i)
    add(kAnchorWords[i].text, kAnchorWords[i].caseless, PatternOwner::kAnchor, i);
  const auto flaws = flaw_words();
  for (std::size_t i = 0; i < flaws.size(); ++i)
    add(flaws[i].text, true, PatternOwner::kFlawWord, i);
  const auto rules = provider_rules();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::string_view words = rules[i].trigger_text;
    if (rules[i].trigger != Trigger::kWord) {
      add(words, false, PatternOwner::kProvider, i);
      continue;
    }
    while (!words.empty()) {
      const std::string_view word = words.substr(0, words.find('|'));
      add(word, true, PatternOwner::kProvider, i);
      words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
  }
  return patterns;
}

}  // namespace

std::span<const Pattern> all_patterns() {
  static const std::vector<Pattern> patterns = made_patterns();
  return patterns;
}

}  // namespace commandcenter::code
