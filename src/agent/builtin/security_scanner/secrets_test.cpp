// Tokens are put together here, so that no scanner mistakes this file for a leak.
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/source.h"
#include "agent/builtin/security_scanner/test_folder.h"

namespace commandcenter::security_scanner {
namespace {

std::string letters(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += "aB3dE6gH9jK2mN5pQ8rS"[i % 20];
  return result;
}

std::string hex(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += "0f1e2d3c4b5a6978"[i % 16];
  return result;
}

struct Case {
  const char* file;
  std::string line;
};

TEST(Secrets, assignments_in_many_languages_are_found) {
  const std::vector<Case> passwords{
      {"a.js", "const password = 'hunter2';"},
      {"a.ts", "private dbPassword: string = \"hunter2\";"},
      {"a.ts", "password?: string = 'hunter2'"},
      {"a.js", "login({ user: 'a', password: `hunter2` })"},
      {"a.js", "const p = process.env.PASSWORD || 'x', passwd = \"hunter2\";"},
      {"a.py", "PASSWORD = b'hunter2'"},
      {"a.py", "connect(user='a', password='hunter2')"},
      {"a.py", "pw = os.environ.get('DB_PASSWORD', 'hunter2')"},
      {"a.py", "settings['password'] = 'hunter2'"},
      {"a.java", "String password = \"hunter2\";"},
      {"a.go", "const password string = \"hunter2\""},
      {"a.go", "password := \"hunter2\""},
      {"a.rs", "let password: &str = \"hunter2\";"},
      {"a.c", "char password[] = \"hunter2\";"},
      {"a.rb", "{ :password => 'hunter2' }"},
      {"a.php", "$password = 'hunter2';"},
      {"a.php", "define('DB_PASSWORD', 'hunter2');"},
      {"a.cs", "var pwd = @\"hunter2\";"},
      {"a.tf", "  password = \"hunter2\""},
      {"a.json", "  \"password\": \"hunter2\","},
      {"a.js", "const body = \"{\\\"password\\\": \\\"hunter2\\\"}\";"},
      {"a.ts", "password: 'aGVsbG8hd29ybGQ='"},
      {"a.yaml", "password: aGVsbG8hd29ybGQ="},
      {"a.yaml", "password: hunter2"},
      {"a.yml", "db: { password: hunter2, user: a }"},
      {"a.yaml", "  db_password: 'hunter2'  # local"},
      {".env", "DB_PASSWORD=hunter2"},
      {".env.production", "export DB_PASSWORD=hunter2"},
      {"a.properties", "spring.datasource.password = hunter2"},
      {"a.ini", "passwd: hunter2"},
      {"a.xml", "<db user=\"a\" password=\"hunter2\"/>"},
      {"a.xml", "<password>hunter2</password>"},
      {"a.sh", "PGPASSWORD=hunter2 psql"},
      {"README", "run --password=hunter2 now"},
      {"Dockerfile", "ENV DB_PASSWORD=hunter2"},
      {"a.js", "// const password = 'hunter2';"},
      {"a.py", "# password = 'hunter2'"},
      {"a.js", "const password_prod = 'hunter2'"},
  };
  for (const auto& [file, line] : passwords)
    EXPECT_EQ(rules_hit(file, line), Rules{"secrets/password"}) << file << ": " << line;

  const std::string key = letters(20);
  for (const Case& c : std::vector<Case>{{"a.js", "const apiKey = '" + key + "'"},
                                         {"a.py", "API_KEY = \"" + key + "\""},
                                         {"a.yaml", "api-key: " + key},
                                         {"a.json", R"("stripeApiKey": ")" + key + "\""}}) {
    EXPECT_EQ(rules_hit(c.file, c.line), Rules{"secrets/api-key"}) << c.line;
  }
  for (const Case& c : std::vector<Case>{{"a.py", "SECRET_KEY = 'django-" + key + "'"},
                                         {"credentials", "aws_secret_access_key = " + letters(40)},
                                         {"a.js", "clientSecret: \"" + key + "\""},
                                         {".env", "JWT_SECRET=" + key}}) {
    EXPECT_EQ(rules_hit(c.file, c.line), Rules{"secrets/secret"}) << c.line;
  }
  EXPECT_EQ(rules_hit("a.js", "const accessToken = '" + key + "'"), Rules{"secrets/token"});
}

TEST(Secrets, what_only_looks_like_one_is_left_alone) {
  for (const Case& c : std::vector<Case>{
           {"a.js", "const monkey = 'bananas';"},
           {"a.js", "const apiKey = 'your-api-key';"},
           {"a.js", "const apiKey = '<token>';"},
           {"a.js", "const apiKey = 'xxxxxxxxxxxx';"},
           {"a.js", "const password = 'changeme';"},
           {"a.js", "const password = '';"},
           {"a.js", "const password = '   ';"},
           {"a.js", "const password = '${PASSWORD}';"},
           {"a.js", "const password = process.env.DB_PASSWORD;"},
           {"a.js", "const password = `${process.env.PASSWORD}`;"},
           {"a.py", "password = os.environ['DB_PASSWORD']"},
           {"a.py", "password = os.getenv('DB_PASSWORD')"},
           {"a.js", "password: 'Enter your password'"},
           {"a.js", "password: 'Must have at least 8 characters'"},
           {"a.json", R"("password": "Contraseña")"},
           {"a.js", "if (password === 'hunter2') {}"},
           {"a.js", "if (password == 'hunter2' || password != 'hunter3') {}"},
           {"a.ts", "interface A { password: string }"},
           {"a.js", "const PASSWORD = 'password'"},
           {"a.js", "const field = { password: 'user_password' }"},
           {"a.js", "const passwordField = 'hunter2'"},
           {"a.js", "password => 'x'.length"},
           {"a.yaml", "password: ${DB_PASSWORD}"},
           {"a.yaml", "password: {{ vault_password }}"},
           {"a.yaml", "password: !vault |"},
           {"a.yaml", "password:"},
           {"a.yaml", "password: string"},
           {"a.env", "DB_PASSWORD=$OTHER"},
           {"a.env", "DB_PASSWORD="},
           {"a.sh", "PASSWORD=$(pass show db)"},
           {"a.sh", "OLDPWD=/home/somebody"},
           {"a.js", "password: '/run/secrets/db'"},
           {"a.js", "cwdpwd = 'hunter2'"},
           {"a.go", "password = config.Password"},
           {"a.yaml", "secret: my-secret-name"},
           {"a.js", "const secret = 'the plot thickens'"},
           {"a.js", "token: 'abc'"},
           {"a.py", "url = 'postgres://user:${PASSWORD}@host/db'"},
           {"a.py", "url = 'postgres://user:password@host/db'"},
           {"a.py", "url = 'https://example.org:8080/@user'"},
       }) {
    EXPECT_EQ(rules_hit(c.file, c.line), Rules{}) << c.file << ": " << c.line;
  }
}

TEST(Secrets, tokens_of_known_shape_are_found_and_near_misses_are_not) {
  const std::vector<std::pair<std::string, std::string>> tokens{
      {"secrets/openai-key", "sk-" + letters(48)},
      {"secrets/openai-key", "sk-" + ("proj-" + letters(40))},
      {"secrets/anthropic-key", "sk-" + ("ant-api03-" + letters(40))},
      {"secrets/github-pat", "ghp" + ("_" + letters(36))},
      {"secrets/github-pat", "github" + ("_pat_" + letters(60))},
      {"secrets/github-token", "gho" + ("_" + letters(36))},
      {"secrets/github-token", "ghs" + ("_" + letters(36))},
      {"secrets/github-token", "ghu" + ("_" + letters(36))},
      {"secrets/github-token", "ghr" + ("_" + letters(36))},
      {"secrets/gitlab-pat", "glpat" + ("-" + letters(20))},
      {"secrets/aws-access-key", "AKIA" + std::string("Z7QW3ERT5YUI2OPA")},
      {"secrets/aws-access-key", "ASIA" + std::string("Z7QW3ERT5YUI2OPA")},
      {"secrets/slack-token", "xoxb" + ("-123456789012-" + letters(24))},
      {"secrets/slack-webhook", "https://hooks.slack" + (".com/services/T00AA11BB/B00AA11BB/" + letters(24))},
      {"secrets/discord-webhook", "https://discord" + (".com/api/webhooks/123456789/" + letters(60))},
      {"secrets/stripe-key", "sk" + ("_live_" + letters(24))},
      {"secrets/stripe-key", "rk" + ("_live_" + letters(24))},
      {"secrets/google-api-key", "AIza" + letters(35)},
      {"secrets/npm-token", "npm" + ("_" + letters(36))},
      {"secrets/sendgrid-key", "SG" + ("." + letters(22) + "." + letters(43))},
      {"secrets/twilio-key", "SK" + hex(32)},
      {"secrets/digitalocean-token", "dop" + ("_v1_" + hex(64))},
      {"secrets/jwt", "eyJ" + (letters(20) + ".eyJ" + letters(30) + "." + letters(43))},
      {"secrets/connection-url", "postgres:" + std::string("//admin:s3cr3t!@db.example.org:5432/app")},
  };
  for (const auto& [rule, token] : tokens) {
    EXPECT_EQ(rules_hit("notes.txt", "see " + token + " there"), Rules{rule}) << token;
    EXPECT_EQ(rules_hit("a.js", "x(\"" + token + "\")"), Rules{rule}) << token;
    EXPECT_EQ(rules_hit("yarn.lock", token), Rules{rule}) << token;
    // One finding where two rules see the same secret.
    EXPECT_EQ(rules_hit("a.js", "const api_key = \"" + token + "\""), Rules{rule}) << token;
  }
  for (const std::string& miss : {"risk-" + letters(48), "sk-" + letters(20), "ghp" + ("_" + letters(30)),
                                  "xAKIA" + std::string("Z7QW3ERT5YUI2OPA"), "AKIA" + std::string("IOSFODNN7EXAMPLE"),
                                  "ghp" + ("_" + std::string(36, 'x')), std::string("task-") + letters(10)}) {
    EXPECT_EQ(rules_hit("notes.txt", miss), Rules{}) << miss;
  }
}

TEST(Secrets, private_keys_need_a_body) {
  const std::string header = "-----BEGIN RSA " + std::string("PRIVATE KEY-----");
  const std::string body = letters(64);
  const TestFolder folder;
  folder.write("id_rsa", header + "\n" + body + "\n" + body + "\n-----END RSA PRIVATE KEY-----\nafter\n");
  folder.write("inline.json", "{\"key\": \"" + header + "\\n" + body + "\\n-----END\"}");
  folder.write("parser.c", "if (starts_with(line, \"" + header + "\")) {\n  return parse(line);\n}\n");
  EXPECT_EQ(folder.found(), (Rules{"id_rsa:1 secrets/private-key", "inline.json:1 secrets/private-key"}));
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["findings"][0]["endLine"].get<int>(), 4);
  EXPECT_EQ(string_member((*answer)["findings"][0], "code"), header);
  EXPECT_EQ(dump_json(*answer).find(body.substr(0, 8)), std::string::npos);
}

// A pattern that remembers where it stopped would miss every second one.
TEST(Secrets, identical_lines_give_as_many_findings) {
  const std::string token = "ghp" + ("_" + letters(36));
  const TestFolder folder;
  folder.write("a.js", ("f('" + token + "');\n") + ("f('" + token + "');\n") + ("f('" + token + "');\n") +
                           ("f('" + token + "');\n"));
  EXPECT_EQ(folder.found(), (Rules{"a.js:1 secrets/github-pat", "a.js:2 secrets/github-pat",
                                   "a.js:3 secrets/github-pat", "a.js:4 secrets/github-pat"}));
  const TestFolder one_line;
  one_line.write("a.js", "f('" + token + "','" + token + "')");
  const auto answer = one_line.scan();
  ASSERT_TRUE(answer);
  ASSERT_EQ((*answer)["findings"].size(), 2U);
  EXPECT_EQ((*answer)["findings"][0]["column"].get<int>(), 4);
  EXPECT_EQ((*answer)["findings"][1]["column"].get<int>(), 47);
  EXPECT_NE(string_member((*answer)["findings"][0], "fingerprint"),
            string_member((*answer)["findings"][1], "fingerprint"));
}

TEST(Secrets, the_answer_never_holds_the_secret) {
  const std::string token = "ghp" + ("_" + letters(36));
  const TestFolder folder;
  folder.write("a.js",
               "const password = 'Tr0ub4dor&3'; // it is Tr0ub4dor&3\n"
               "el.innerHTML = render('" +
                   token +
                   "', x);\n"
                   "db.query(\"SELECT a FROM t WHERE k = 'Tr0ub4dor&3' AND b = \" + b);\n"
                   "const api_key = 'q7Zk2Lw9Xv', password2 = \"zwölf!äöü1\";  // nosec\n"
                   "el.innerHTML = x + 'q7Zk2Lw9Xv';\n");
  for (const char* type : {"all", "xss", "sql-injection", "secrets"}) {
    const auto answer = folder.scan({{"scanType", type}});
    ASSERT_TRUE(answer);
    EXPECT_FALSE((*answer)["findings"].empty()) << type;
    for (const std::string& secret :
         {token, std::string("Tr0ub4dor&3"), std::string("q7Zk2Lw9Xv"), std::string("zwölf!äöü1")}) {
      EXPECT_EQ(dump_json(*answer).find(secret), std::string::npos) << type << secret;
      EXPECT_EQ(dump_json(*answer).find(secret.substr(4)), std::string::npos) << type << secret;
    }
  }
  const auto answer = folder.scan({{"scanType", "secrets"}});
  EXPECT_EQ(string_member((*answer)["findings"][0], "code"), "const password = 'Tr****'; // it is Tr****");
  EXPECT_TRUE((*answer)["findings"][0]["snippetRedacted"].get<bool>());
  EXPECT_EQ(string_member((*answer)["findings"][1], "code"), "el.innerHTML = render('ghp_****', x);");
}

TEST(Secrets, code_is_cut_between_characters) {
  const TestFolder folder;
  std::string text = "password = 'hunter22' //";
  for (int i = 0; i < 200; ++i)
    text += "é";
  folder.write("a.js", text);
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  ASSERT_EQ((*answer)["findings"].size(), 1U);
  const std::string code = string_member((*answer)["findings"][0], "code");
  EXPECT_LE(code.size(), kMaxCode_bytes);
  EXPECT_GE(code.size(), kMaxCode_bytes - 1);
  EXPECT_TRUE(is_utf8(code));
}

TEST(Secrets, marked_lines_are_silent) {
  for (const char* mark :
       {"// commandcenter-ignore", "# gitleaks:allow", "# pragma: allowlist secret", "# nosec", "//nosec B105"}) {
    EXPECT_EQ(rules_hit("a.py", std::string("password = 'hunter2'  ") + mark), Rules{}) << mark;
  }
  EXPECT_EQ(rules_hit("a.py", "password = 'hunter2'  # nosecret"), Rules{"secrets/password"});
}

}  // namespace
}  // namespace commandcenter::security_scanner
