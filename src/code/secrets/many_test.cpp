// Values that share one name: maps, lists and columns; lines of devices; arguments of programs.
#include <chrono>

#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kChosen = "Autumn2031!";
const std::string kOther = "winter-Coat7";
const std::string kKey = "q8Zr3LmX0vTn5KcW2yHb7Jd4";

struct Case {
  const char* file;
  std::string text;
};

void expect_values(const std::vector<Case>& cases, const std::vector<std::string>& values) {
  for (const auto& [file, text] : cases) {
    std::vector<std::string> found;
    for (const Hit& hit : secrets_in(file, text + "\n"))
      found.push_back(hit.value);
    EXPECT_EQ(found, values) << file << ": " << text;
  }
}

void expect_none(const std::vector<Case>& cases) {
  expect_values(cases, {});
}

// Only the first value of a name was looked at, and none when the name is that of a user.
TEST(Many, maps_of_users) {
  expect_values(
      {{"a.py", "USERS = {\n    'ann': '" + kChosen + "',\n    'bob': '" + kOther + "',\n}"},
       {"a.js", "const accounts = { ann: '" + kChosen + "', bob: '" + kOther + "' };"},
       {"a.go", "var users = map[string]string{\n\t\"ann\": \"" + kChosen + "\",\n\t\"bob\": \"" + kOther + "\",\n}"},
       {"a.pl", "my %accounts = (\n  'ann' => '" + kChosen + "',\n  'bob' => '" + kOther + "',\n);"},
       {"A.java", "Map<String, String> users = Map.of(\"ann\", \"" + kChosen + "\", \"bob\", \"" + kOther + "\");"},
       {"a.py", "LOGINS = [('ann', '" + kChosen + "'), ('bob', '" + kOther + "')]"},
       {"a.yaml", "passwords:\n  ann: " + kChosen + "\n  bob: " + kOther + "\nroles:\n  ann: Admin-role2"},
       {"a.yaml", "credentials:\n  - ann:" + kChosen + "\n  - \"bob:" + kOther + "\""},
       {"a.json", "{\"passwords\": {\n\"ann\": \"" + kChosen + "\",\n\"bob\": \"" + kOther + "\"}}"}},
      {kChosen, kOther});
  expect_values({{"a.json", "{\"tokens\": [\n\"" + kKey + "\"\n]}"}, {"a.yaml", "api_keys:\n  - " + kKey}}, {kKey});
  expect_none({{"a.py", "users = {'ann': 'ann@shop2.internal', 'bob': load('users-B2.json')}"},
               {"a.js", "const users = [{ name: 'Ann-Marie2', title: 'Chief-Officer1' }];"},
               {"a.yaml", "users:\n  ann: editor\n  mail: Ann-2@shop.internal"},
               {"a.php", "$users = [ 'Useruser1' => 'Passpass1' ];"},
               {"a.py", "users = ['ann', 'bob']\nx = {'k': '" + kChosen + "'}"},
               {"a.py", "passwords = {'min_length': '8 to 16', 'hint': 'Use a Mix2 of all'}"}});
}

TEST(Many, columns_of_tables) {
  expect_values(
      {{"a.csv", "site,user,password\nshop,ann," + kChosen + "\nmail,bob," + kOther},
       {"a.tsv", "site\tpassword\tuser\nshop\t" + kChosen + "\tann\nmail\t" + kOther + "\tbob"},
       {"a.feature", "Examples:\n  | user | password |\n  | ann | " + kChosen + " |\n  | bob | " + kOther + " |"},
       {"a.md", "| User | Password |\n|---|---|\n| ann | " + kChosen + " |\n| bob | " + kOther + " |"},
       {"a_test.py", "@parametrize('user,password,ok', [\n    ('ann', '" + kChosen + "', True),\n    ('bob', '" +
                         kOther + "', False),\n])"},
       {"a_test.go",
        "cases := []struct {\n\tname, user string\n\tpass string\n\twant bool\n}{\n\t{\"ok\", \"ann\", \"" + kChosen +
            "\", true},\n\t{\"no\", \"bob\", \"" + kOther + "\", false},\n}"},
       {"a.sql", "INSERT INTO u (name, passwd) VALUES ('ann', '" + kChosen + "'),\n  ('bob', '" + kOther + "');"}},
      {kChosen, kOther});
  expect_none({{"a.md", "| Option | Password | Meaning |\n|---|---|---|\n| a | required | x |"},
               {"a.csv", "id,password,state\n1,,new\n2,none,old"},
               {"a.txt", "the password, the token, the key\nMix1-ed, up-2Date, Words-3x"},
               {"a_test.py", "@parametrize('user,password', [('ann', ''), ('bob', None)])"}});
}

// What a device makes of a password says by a number how; it was taken for a hash that anybody may read.
TEST(Many, lines_of_devices) {
  const std::string hash = "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0";
  const std::string undone = "0822455D0A16544541";
  expect_values({{"a.cfg", "enable secret 5 " + hash}, {"a.txt", " username ann privilege 15 secret 5 " + hash}},
                {hash});
  expect_values({{"a.cfg", "enable password 7 " + undone},
                 {"a.cfg", "tacacs-server key 7 " + undone},
                 {"a", "radius-server host 10.1.1.5 key 7 " + undone}},
                {undone});
  expect_values({{"a.txt", "username ann password 0 " + kChosen},
                 {"a.txt", "neighbor 10.0.0.9 password " + kChosen},
                 {"a.txt", "snmp-server community " + kChosen + " RO 10"},
                 {"snmpd.conf", "rocommunity " + kChosen + " 10.0.0.0/8"},
                 {"users.acl", "user ann on >" + kChosen + " ~cached:* +get"},
                 {"redis.conf", "user ann on >" + kChosen + " ~* +@all"}},
                {kChosen});
  expect_none({{"a.txt", "The password 7 characters long, the key 5 of them"},
               {"a.cfg", "snmp-server community public RO"},
               {"a.cfg", "ip ssh version 2"},
               {"a.txt", "password 7 1234"},
               {"a.txt", "click on >Settings-2b ~ then"}});
}

TEST(Many, arguments_of_programs) {
  expect_values({{"a.sh", "zip -q -P " + kChosen + " a.zip a.sql"},
                 {"a.sh", "lftp -u joe," + kChosen + " ftp.internal"},
                 {"a.sh", "7z a -p" + kChosen + " a.7z a"},
                 {"a.sh", "http -a joe:" + kChosen + " https://a.internal"},
                 {"a.sh", "ipmitool -I lanplus -U root -P " + kChosen + " chassis status"},
                 {"a.sh", "rabbitmqctl add_user joe " + kChosen},
                 {"a.sh", "htpasswd -b -c /etc/p joe " + kChosen},
                 {"a.sh", "mysqladmin -u root password " + kChosen},
                 {"a.bat", "net user joe " + kChosen + " /add"},
                 {"a.bat", "schtasks /create /tn a /ru joe /rp " + kChosen},
                 {"a.exp", "expect \"password:\"\nsend \"" + kChosen + "\\r\""}},
                {kChosen});
  expect_none({{"a.sh", "zip -q -P \"$PASS\" a.zip a.sql"},
               {"a.sh", "gzip -P Fast-Mode2 a"},
               {"a.sh", "lftp -u \"$USER,$PASS\" ftp.internal"},
               {"a.sh", "htpasswd -c /etc/p Joe-User2"},
               {"a.bat", "net user guest /active:no"},
               {"a.exp", "expect \"name:\"\nsend \"Joe-User2\\r\""}});
}

TEST(Many, phrases_with_blanks_and_numbers_behind_a_dot) {
  const std::string phrase = "7 dwarfs behind hills";
  expect_values({{"wpa.conf", "psk=\"" + phrase + "\""},
                 {"wifi.h", "#define WIFI_PSK \"" + phrase + "\""},
                 {"a.sh", "gpg --batch --passphrase \"" + phrase + "\" -c a"}},
                {phrase});
  expect_none({{"a.py", "passphrase = \"Wrong one given\""}, {"a.yaml", "passphrase: \"Enter it again\""}});
  expect_values({{"a.py", "DB_PASSWORD = 'harbour.31'"}, {"a.yaml", "password: harbour.31"}}, {"harbour.31"});
  expect_none({{"a.py", "password = 'settings.Password2'"}, {"a.py", "password = 'v1.2'"}});
}

// Files whose name tells what a line is.
TEST(Many, lines_of_files_for_passwords) {
  expect_values({{"home/.pgpass", "db.internal:5432:shop:ann:" + kChosen},
                 {"etc/sasl_passwd", "[mail.internal]:587 ann@shop.internal:" + kChosen},
                 {"etc/chap-secrets", "# client server secret\n\"provider\" * \"" + kChosen + "\" *"},
                 {"etc/rsyncd.secrets", "ann:" + kChosen},
                 {"user-data.yml", "chpasswd:\n  list: |\n    root:" + kChosen},
                 {"a.sh", "chpasswd <<EOF\nroot:" + kChosen + "\nEOF"}},
                {kChosen});
  expect_none({{"notes.txt", "db.internal:5432:shop:ann:" + kChosen},
               {"home/.pgpass", "# host:5432:base:user:Secret-Word2"},
               {"user-data.yml", "chpasswd:\n  expire: false\nurl: http://shop.internal/Path-2b"}});
}

TEST(Many, forms_of_single_languages) {
  expect_values({{"a.xml", "<wsse:Password Type=\"PasswordText\">" + kChosen + "</wsse:Password>"},
                 {"a.xml", "<c:password>" + kChosen + "</c:password>"},
                 {"unattend.xml", "<Password>\n  <Value>" + kChosen + "</Value>"},
                 {"a.pl", "my $password = q{" + kChosen + "};"},
                 {"a.yaml", "password: &pw " + kChosen},
                 {"a.robot", "*** Variables ***\n${PASSWORD}    " + kChosen},
                 {"README.md", "The password is `" + kChosen + "`."},
                 {"a.sql", "SET PASSWORD FOR 'ann'@'%' = PASSWORD('" + kChosen + "');"},
                 {"a.rb", "basic_authorize 'ann', '" + kChosen + "'"},
                 {"a.sh", "echo \"" + kChosen + "\" | docker login -u ci --password-stdin"},
                 {"a.sh", "net rpc join -U ann%" + kChosen},
                 {"a.py", "ssh.connect('h', 22, 'ann', '" + kChosen + "')"},
                 {"a.py", "c = pymysql.connect('db', 'ann', '" + kChosen + "')"},
                 {"A.java", "new UsernamePasswordAuthenticationToken(\"ann\", \"" + kChosen + "\")"},
                 {"a.py", "ftp = FTP('h', 'ann', '" + kChosen + "')"}},
                {kChosen});
  expect_values({{"a.cpp", "const std::string api_key{\"" + kKey + "\"};"},
                 {"a.js", "crypto.createHmac('sha256', '" + kKey + "').update(text);"},
                 {"a.py", "hmac.new(b'" + kKey + "', text, 'sha256')"},
                 {"a.php", "$s = hash_hmac('sha256', $data, '" + kKey + "');"},
                 {"a.js", "crypto.createCipheriv('aes-256-cbc', '" + kKey + "', iv);"},
                 {"a.sql", "INSERT INTO c (id, client_secret) VALUES ('web', '" + kKey + "');"},
                 {"a.sh", "vault login " + kKey}},
                {kKey});
  expect_values({{"redis.conf", "requirepass Steamboat-River"}, {"redis.conf", "masterauth Steamboat-River"}},
                {"Steamboat-River"});
  expect_none(
      {{"redis.conf", "# requirepass foobared"},
       {"README.md", "The password is Base64-encoded2."},
       {"a.cpp", "Token token{\"identifier\"};"},
       {"a.js", "crypto.createHmac('sha256', key).digest('hex');"},
       {"keys.txt", "# public key: age1dnkr0kal8a6uazfzhih00b0av0fck54t6f64ad84vchf2jn4ok8trbxqix"},
       {"a.h", "static const char *icon_key = \"iVBORw0KGgoAAAANSUhEUgAA6VDU7kgSiRM3ciW5V3hORLrqvmaO0W3yYTIz1z\";"}});
}

// Each of these once took time that grew with the square of the text.
TEST(Many, long_texts_are_read_once) {
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& [file, piece] : std::vector<Case>{{"a.sh", "passwd --stdin sudo -S a b "},
                                                     {"a.tf", "aws_key = \"x\"\nsecret_key = var.k\n"},
                                                     {"a.tpl", "password={{p}} key={{k}} "},
                                                     {"a.js", "users = { a: [ \"x\", \"y\", \n"},
                                                     {"a.csv", "user,password,key\n"},
                                                     {"a.txt", "AKIAQ7XJ2M4WTRN5ZKBD key: x1\n"}}) {
    std::string text;
    while (text.size() < 1'000'000)
      text += piece;
    secrets_in(file, text);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

}  // namespace
}  // namespace commandcenter::code
