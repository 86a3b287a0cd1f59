// Values given to names, in many languages and formats; what only looks like a secret; order and repetition.
#include <algorithm>

#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kValue = "kT7vq9zLxw2M";
const std::string kKey = "q8Zr3LmX0vTn5KcW2yHb7Jd4";

struct Case {
  const char* file;
  std::string line;
};

// pitfall C3: not only "=" in code; feature 36
TEST(Secrets, are_found_in_every_language_and_format) {
  for (const auto& [file, line] : std::vector<Case>{
           {"a.js", "const password = '" + kValue + "';"},
           {"a.ts", "private dbPassword: string = \"" + kValue + "\";"},
           {"a.js", "login({ user: 'a', password: `" + kValue + "` })"},
           {"a.py", "PASSWORD = b'" + kValue + "'"},
           {"a.py", "connect(user='a', password='" + kValue + "')"},
           {"a.py", "pw = os.environ.get('DB_PASSWORD', '" + kValue + "')"},
           {"a.py", "settings['password'] = '" + kValue + "'"},
           {"a.java", "String password = \"" + kValue + "\";"},
           {"a.java", "source.setPassword(\"" + kValue + "\");"},
           {"a.go", "const password string = \"" + kValue + "\""},
           {"a.go", "password := \"" + kValue + "\""},
           {"a.rs", "let password: &str = \"" + kValue + "\";"},
           {"a.c", "char password[] = \"" + kValue + "\";"},
           {"a.rb", "{ :password => '" + kValue + "' }"},
           {"a.php", "$password = '" + kValue + "';"},
           {"a.php", "define('DB_PASSWORD', '" + kValue + "');"},
           {"a.cs", "var pwd = @\"" + kValue + "\";"},
           {"a.cs", "new Connection(\"Server=db;User Id=sa;Password=" + kValue + ";\")"},
           {"a.tf", "  password = \"" + kValue + "\""},
           {"a.json", "  \"password\": \"" + kValue + "\","},
           {"a.js", "const body = \"{\\\"password\\\": \\\"" + kValue + "\\\"}\";"},
           {"a.yaml", "password: " + kValue},
           {"a.yml", "db: { password: " + kValue + ", user: a }"},
           {"a.yaml", "  db_password: '" + kValue + "'  # local"},
           {".env", "DB_PASSWORD=" + kValue},
           {".env.production", "export DB_PASSWORD=" + kValue},
           {"a.properties", "spring.datasource.password = " + kValue},
           {"a.ini", "passwd: " + kValue},
           {"a.xml", "<db user=\"a\" password=\"" + kValue + "\"/>"},
           {"a.xml", "<password>" + kValue + "</password>"},
           {"a.config", "<add key=\"DbPassword\" value=\"" + kValue + "\"/>"},
           {"a.sh", "PGPASSWORD=" + kValue + " psql"},
           {"usage.txt", "run --password=" + kValue + " now"},
           {"Dockerfile", "ENV DB_PASSWORD=" + kValue},
           {"Dockerfile", "ENV DB_PASSWORD " + kValue},
           {"a.py", "url = 'postgres://user:" + kValue + "@db.internal/app'"},
           {"a.sh", "curl -u admin:" + kValue + " https://db.internal/"},
           {"a.sql", "CREATE USER app IDENTIFIED BY '" + kValue + "';"},
           {"a.ps1", "ConvertTo-SecureString \"" + kValue + "\" -AsPlainText -Force"},
           {"a.sh", "openssl rsa -passin pass:" + kValue + " -in key.pem"},
           {"a.http", "Authorization: Bearer " + kKey},
           {"a.py", "API_KEY = \"" + kKey + "\""},
           {"a.js", "clientSecret: \"" + kKey + "\""},
           {"a.md", "see https://api.internal/v1?access_token=" + kKey + "&x=1"},
           {"values.yaml", "- name: DB_PASSWORD\n  value: " + kValue},
           {"a.h", "#define DB_PASSWORD \"" + kValue + "\""},
           {"a.tf", "variable \"db_password\" {\n  type    = string\n  default = \"" + kValue + "\"\n}"},
           {"a.json", R"({"kty": "oct", "k": ")" + kKey + R"(", "alg": "HS256"})"},
           {"a.env", "DEPLOY_PAT=" + kKey},
           {"core-site.xml", "<name>fs.s3a.secret.key</name>\n<value>" + kKey + "</value>"},
           {"a.plist", "<key>ApiSecret</key>\n<string>" + kKey + "</string>"},
           {"stack.json", R"([{"ParameterKey": "DbPassword", "ParameterValue": ")" + kValue + "\"}]"},
           {"a.md", "| admin password | `" + kValue + "` |"},
           {"a.vb", "Dim password As String = \"" + kValue + "\""},
           {"a.bicep", "param adminPassword string = '" + kValue + "'"},
           {"a.gradle", "signing { storePassword '" + kValue + "' }"},
           {"a.py", "requests.get(url, auth=('bob', '" + kValue + "'))"},
           {"a.py", "smtp.login('bob@mail.internal', '" + kValue + "')"},
           {"a.sh", "mysql -uroot -p" + kValue + " shop"},
           {"a.sh", "docker login -u bot -p '" + kValue + "' registry.internal"},
           {"a.sh", "curl --user admin:'" + kValue + "' https://db.internal/"},
           {"a.sh", "aws configure set aws_secret_access_key " + kKey},
       }) {
    const auto hits = secrets_in(file, line + "\n");
    EXPECT_EQ(hits.size(), 1U) << file << ": " << line;
    if (!hits.empty()) {
      EXPECT_TRUE(hits[0].value == kValue || hits[0].value == kKey) << line << " gave " << hits[0].value;
    }
  }
}

// feature 20: monkey="..." is no key
TEST(Secrets, what_only_looks_like_one_is_left_alone) {
  for (const auto& [file, line] : std::vector<Case>{
           {"a.js", "const monkey = 'bananas';"},
           {"a.js", "const apiKey = 'your-api-key';"},
           {"a.js", "const apiKey = '<token>';"},
           {"a.js", "const apiKey = 'xxxxxxxxxxxx';"},
           {"composer.json", "\"composer-plugin-api\": \"^1.0 || ^2.0\","},
           {"pyproject.toml", "token = \">=1.1,<2.0\""},
           {"a.js", "const password = 'changeme';"},
           {"a.js", "const password = '';"},
           {"a.js", "const password = '${PASSWORD}';"},
           {"a.js", "const password = process.env.DB_PASSWORD;"},
           {"a.py", "password = os.environ['DB_PASSWORD']"},
           {"a.py", "password = os.getenv('DB_PASSWORD')"},
           {"a.js", "password: 'Enter your password'"},
           {"a.js", "password: 'Must have at least 8 characters'"},
           {"a.json", R"("password": "Contraseña nueva")"},
           {"a.ts", "interface A { password: string }"},
           {"a.js", "const PASSWORD = 'password'"},
           {"a.py", "compared = (\"host\", \"port\", \"nick\", \"password\", \"authzone\", \"useRevisions\")"},
           {"a.py", "variables = [\"P4CLIENT\", \"P4PORT\", \"P4USER\", \"P4PASSWD\", \"P_CHARSETS\"]"},
           {"a.yaml", "key: 'squid[cacheFqdnMisses.60]'"},
           {"a.yaml", "key: mtxrHlProcessorTemperature.discovery"},
           {"a.yaml", "key: zyxel.3500_24.cpuusage"},
           {"a.js", "const field = { password: 'user_password' }"},
           {"a.yaml", "password: ${DB_PASSWORD}"},
           {"a.yaml", "password: {{ vault_password }}"},
           {"a.yaml", "password:"},
           {"a.yaml", "password: string"},
           {"a.env", "DB_PASSWORD=$OTHER"},
           {"a.env", "DB_PASSWORD="},
           {"a.sh", "PASSWORD=$(pass show db)"},
           {"a.js", "password: '/run/secrets/db'"},
           {"a.go", "password = config.Password"},
           {"a.yaml", "secret: my-secret-name"},
           {"a.py", "url = 'postgres://user:${PASSWORD}@host/db'"},
           {"a.py", "url = 'postgres://user:password@host/db'"},
           {"a.py", "token = r'[0-9A-Za-z_-]{20}x7Kq'"},
           {"a.py", "id = '123e4567-e89b-12d3-a456-426614174000'"},
           {"a.py", "id = '00000000-0000-0000-0000-000000000001'"},
           {"a.py", "AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'"},
           {"a.py", "PUBLIC_KEY = '" + kKey + kKey + "'"},
           {"a.json", R"({"kty": "EC", "x": ")" + kKey + R"(", "y": ")" + kKey + "\"}"},
           {"a.py", "password = '{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g7Kx2Q'"},
           {"a.py", "password = 'pbkdf2_sha256$260000$" + kValue + "$" + kKey + "='"},
           {"a.js", "token = 'Zk3v...x9'"},
           {"a.js", "token = 'Zk3v****x9'"},
           {"a.yaml", "file_path: " + kKey},
           {"package-lock.json", "\"integrityKey\": \"sha512-" + kKey + kKey + "==\""},
       }) {
    for (const Hit& hit : secrets_in(file, line + "\n"))
      ADD_FAILURE() << file << ": " << line << " gave " << hit.rule << " " << hit.value;
  }
}

// Marks that stand together by chance make no template of a generated text.
TEST(Secrets, code_macros_and_glyphs_are_no_values) {
  for (const auto& [file, line] : std::vector<Case>{
           {"a.php", "echo '<input name=\"token\" value=\"',$token_of_9,'\">';"},
           {"a.php", "$this->error = \"POP3 pass: \" . _(\"No passw0rd given\");"},
           {"a.yaml", "key: 'net.if.in[ifHCInOctets.{#SNMPINDEX}]'"},
           {"a.yaml", "key: 'pgsql.bgwriter[\"{$PG.URI}\",\"{$PG.USER}\"]'"},
           {"a.less", "@password: \"\\f14e\";"},
           {"a.html", "<pre>[--privpass= --privproto=] [--context=]</pre>"},
           {"a.yml", "password: _DBC_DBPASS9_"},
           {"a.json", "  \"AWS::IAM::AccessKey\": \"72c2d9dd90025459\","},
           {"a.py", "TOKEN = r\"[!#$%&'*+0-9A-Za-z]{1,}\""},
           {"locales/xx.json", "  \"changepassword\": \"kitjuveqac\","},
           {"i18n/xx.json", "  \"token-help\": \"$1 jalo 2 wemu\","},
       })
    EXPECT_TRUE(secrets_in(file, line + "\n").empty()) << file << ": " << line;
}

TEST(Secrets, calls_that_take_a_name_and_a_password) {
  for (const auto& [file, line] : std::vector<Case>{
           {"a.java", "DriverManager.getConnection(URL, \"root\", \"" + kValue + "\");"},
           {"a.php", "$db = new mysqli($host, 'root', '" + kValue + "', 'shop');"},
           {"a.cs", "var c = new NetworkCredential(\"svc\", \"" + kValue + "\");"},
           {"a.go", "req.SetBasicAuth(\"ci\", \"" + kValue + "\")"},
           {"a.go", "dsn := \"root:" + kValue + "@tcp(127.0.0.1:3306)/app\""},
       })
    EXPECT_EQ(secrets_in(file, line + "\n").size(), 1U) << line;
  EXPECT_TRUE(secrets_in("a.java", "DriverManager.getConnection(URL, user, password);\n").empty());
  EXPECT_TRUE(secrets_in("a.go", "dsn := user + \":\" + password + \"@tcp(db)/app\"\n").empty());
}

// Numbers of a project's parts, values that are encrypted for somebody else, rules of validation, random names.
TEST(Secrets, what_machines_write_is_no_secret) {
  const std::string uuid = "8d6bb292-9e1c-413d-9f98-4864bdc1514a";
  for (const auto& [file, line] : std::vector<Case>{
           {"a.sln", "{" + uuid + "}.Debug|x64.Build.0 = Debug|x64"},
           {"a.vcxproj", "<ProjectGuid>{" + uuid + "}</ProjectGuid>"},
           {"a.properties", "user.password=ENC(" + kKey + kKey + ")"},
           {"a.yaml", "kind: SealedSecret\npassword: AgB" + kKey + kKey + kKey + kKey + kKey},
           {"a.php", "'password' => 'required|min:8',"},
           {"a.cpp", "token += fmt::format(\"%{:02X}\", c);"},
           {"a.json", R"({"a":"eelykaxwpjapieiaguavftifjwfifeajbsqcr","vgcdywyzlg":"hkzfgqwtrp"})"},
           {"a.xml", "<Val>AQAAAAAAAAAEAQAA/////" + std::string(22, 'A') + kKey + kKey + kKey + "/AAE=</Val>"},
       })
    EXPECT_TRUE(secrets_in(file, line + "\n").empty()) << file << ": " << line;
  EXPECT_FALSE(secrets_in("a.py", "client_id = '" + uuid + "'\n").empty());
}

TEST(Secrets, random_marks_are_no_template) {
  const std::string salt = "q}&zM}7 $(rH^c#{W~u@0T2kV)x:b?nL+j9F*e{{oS5dY!g|Kp]4mC8aQ6iX1tE<";
  const auto hits = secrets_in("wp-config.php", "define('AUTH_KEY', '" + salt + "');\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].value, salt);
}

// A token that can be parsed needs no name that speaks for it.
TEST(Secrets, web_tokens_are_found_in_every_place) {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ." + kKey + kKey;
  for (const char* file : {"a.cpp", "a.gradle", "a.kt", "a.md", "a.txt"})
    EXPECT_EQ(secrets_in(file, "x \"" + token + "\"\n").size(), 1U) << file;
}

// pitfall C2: a match right after a match counts, and neighbours change nothing
TEST(Secrets, equal_lines_give_equal_findings) {
  const std::string token = "ghp" + std::string("_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += i % 2 == 0 ? "token = '" + token + "'\n" : "password = '" + kValue + "'\n";
  const auto hits = secrets_in("a.py", text);
  ASSERT_EQ(hits.size(), 8U);
  for (std::size_t i = 0; i < hits.size(); ++i)
    EXPECT_EQ(hits[i].line, i + 1);
}

TEST(Secrets, the_order_of_lines_changes_nothing) {
  std::vector<std::string> lines{"password = '" + kValue + "'", "x = 1", "api_key = '" + kKey + "'",
                                 "url = 'https://u:" + kValue + "@h.internal/'", "monkey = 'banana'"};
  std::ranges::sort(lines);
  do {
    std::string text;
    for (const std::string& line : lines)
      text += line + "\n";
    EXPECT_EQ(secrets_in("a.py", text).size(), 3U) << text;
  } while (std::ranges::next_permutation(lines).found);
}

TEST(Secrets, show_six_characters_at_most) {
  EXPECT_EQ(masked("abcdefghijklmnopqrst"), "abcd****st");
  EXPECT_EQ(masked("abcdefgh"), "ab****");
  EXPECT_EQ(masked("abcd"), "a****");
  EXPECT_EQ(masked("abc"), "****");
}

TEST(Secrets, odd_input_is_read_to_its_end) {
  std::string long_line = "x = '";
  long_line.append(4 << 20, 'a');
  long_line += "'; password = '" + kValue + "'\n";
  EXPECT_EQ(secrets_in("a.py", long_line).size(), 1U);
  std::string brackets = "password = ";
  brackets.append(100'000, '(');
  EXPECT_TRUE(secrets_in("a.py", brackets).empty());
  std::string names;
  for (int i = 0; i < 20'000; ++i)
    names += "password";
  EXPECT_TRUE(secrets_in("a.py", names).empty());
}

// Pieces of syntax in any order: nothing may be read beyond the text, and every range lies in it.
TEST(Secrets, any_mixture_of_syntax_is_survived) {
  const std::vector<std::string> pieces{"password",
                                        "api_key",
                                        "token",
                                        "=",
                                        ":",
                                        "=>",
                                        ":=",
                                        "\"",
                                        "'",
                                        "`",
                                        "\"\"\"",
                                        "\\",
                                        "\n",
                                        " ",
                                        "(",
                                        ")",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "<",
                                        ">",
                                        "|| ",
                                        "?? ",
                                        ":-",
                                        "%3D",
                                        ",",
                                        "value",
                                        "${",
                                        "-u ",
                                        "curl ",
                                        "://",
                                        "u:p@",
                                        "eyJ",
                                        "-----BEGIN ",
                                        "PRIVATE KEY-----",
                                        "bearer ",
                                        "basic ",
                                        "identified by ",
                                        "get(",
                                        "\\u003d",
                                        kValue,
                                        kKey,
                                        "\xff",
                                        "\xc3",
                                        "env",
                                        "or ",
                                        "->",
                                        "::",
                                        "0x12, ",
                                        "AKIA",
                                        "ghp_",
                                        "const ",
                                        "string ",
                                        "00000000-1111-2222-3333-444444444444"};
  std::uint64_t state = 7;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += pieces[(state >> 33) % pieces.size()];
    }
    for (const char* path : {"a.py", "a.yaml", ".env", "a.xml"}) {
      for (const Hit& hit : secrets_in(path, text))
        ASSERT_FALSE(hit.value.empty()) << text;
    }
  }
}

}  // namespace
}  // namespace commandcenter::code
