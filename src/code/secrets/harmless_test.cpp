// What is called a key, a token or a pass and opens nothing, beside what does.
#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kGenerated = "q8Zr3LmX0vTn5KcW2yHb7Jd4";
const std::string kCommit = "3f786850e387550fdab836ed7e6dc881de23001b";

struct Twins {
  const char* file;
  std::string harmless;
  std::string secret;  // in the same form
};

void expect_told_apart(const std::vector<Twins>& pairs) {
  for (const auto& [file, harmless, secret] : pairs) {
    EXPECT_TRUE(secrets_in(file, harmless + "\n").empty()) << file << ": " << harmless;
    EXPECT_EQ(secrets_in(file, secret + "\n").size(), 1U) << file << ": " << secret;
  }
}

TEST(OpensNothing, names_of_other_things) {
  expect_told_apart({
      {"a.yaml", "sign-key-sha3-384: " + kGenerated + kGenerated, "sign-key: " + kGenerated + kGenerated},
      {"a.yaml", "PUBKEY_SHA: " + kGenerated + kGenerated, "SIGNKEY: " + kGenerated + kGenerated},
      {"a.go", "x := Info{Name: name, SnapID: \"" + kGenerated + "\"}",
       "x := Info{Name: name, ApiKey: \"" + kGenerated + "\"}"},
      {"a.go", "snap := declare(c, \"multipass-snap\", \"" + kGenerated + "\")",
       "x := map[string]string{\"pass\": \"" + kGenerated + "\"}"},
      {"nginx.conf", "proxy_pass tokenserver:5556;", "proxy_password = tok5enServ7er;"},
      {"a.sh", "test \"$PWD\" = \"k7Fq2xVw9\"", "PWD=\"k7Fq2xVw9\""},
      {"update.sh", "xgettext --keyword-plural=i18n.NG", "deploy --key=" + kGenerated},
      {"a.go", "cmd := []string{\"adduser\", \"--disabled-password\", \"lakatos7\"}",
       "cmd := []string{\"adduser\", \"--password\", \"lakatos7K!\"}"},
  });
}

TEST(OpensNothing, values_that_open_nothing) {
  expect_told_apart({
      {"vendor.conf", "example.org/x/oauth2   " + kCommit, "oauth_token = " + kCommit},
      {"vendor.conf", "github.com/example/googleapis   " + kCommit + " # v1.3.2", "github_token = " + kCommit},
      {"A.java", R"(add(newToken("\u4e00\u4e8c", 0, 2));)", "String token = \"" + kGenerated + "\";"},
      {"A.java", "filter(new Token(\"(übelkeit\", 7, 17));", "filter(new Token(\"" + kGenerated + "\"));"},
      {"A.java", R"~(static final Pattern FILE_PAT = Pattern.compile("([*?<>|^])");)~",
       "static final String DEPLOY_PAT = \"" + kGenerated + "\";"},
      {"a.md", R"(key="\x00\x00\x00\x00\x005@x_\x00\x00\x00\tt")", "key=\"" + kGenerated + "\""},
      {"a.go", "key := RecoveryKey{15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}",
       "key := RecoveryKey{15, 214, 113, 2, 81, 110, 99, 8, 187, 66, 205, 54, 3, 72, 11, 250}"},
      {"a.go", "key := RecoveryKey{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}",
       "key := RecoveryKey{40, 141, 2, 93, 4, 205, 6, 77, 8, 119, 10, 211, 12, 133, 14, 255}"},
      {"a.go", "settings := []Item{{Key: \"pciIOMMUGroup\", Value: group}}",
       "settings := Item{Key: \"" + kGenerated + "\"}"},
      {"a.php", "find(array(\"cn\",\"goGlpiPassword\",\"goGlpiAdmin\",\"goGlpiDatabase\"));",
       "connect(array(\"goGlpiPassword\" => \"" + kGenerated + "\"));"},
      {"a.properties", "ESAPI.Logger=org.example.logging.slf4j.Slf4JLogFactory", "ESAPI.Key=" + kGenerated},
      {"services", "kpasswd\t\t464/udp", "kpasswd\t\t4k64Udp!x"},
      {"codes.tab", "PW\tPalau", "pass\tPal4au!x"},
      {"FindQt.cmake", "set(QT_BEARER_PLUGINS qlanbearer qgenericbearer qnativebearer)",
       "set(HEADER \"Authorization: Bearer " + kGenerated + "\")"},
      {"a.js", "const pubkey256 = 'SIXvRyDmBJSgatgTQRGbInBaAK+hZOQ18UmrSwnDlK8=';",
       "const key256 = 'SIXvRyDmBJSgatgTQRGbInBaAK+hZOQ18UmrSwnDlK8=';"},
      {"a.pas", "GL_PASS_TOKEN = $80428769;", "GL_PASS_TOKEN = '" + kGenerated + "';"},
      {"a.pas", "property Password: UTF8String read GetText;", "Password := '" + kGenerated + "';"},
      {"list.txt", "apt\tparted\t3.5\napt\tpasswd\t1:4.13\napt\tperl-base:amd64\t5.36.0-7+deb12u1",
       "name\tpasswd\tgroup\njoe\tPerl-base7!\tadmin"},
      {"_text_tr.prop", "tools.password=Kodlama şifresi", "tools.password=Kod7lama!Şifre31"},
  }  // namespace
  );
}  // namespace commandcenter::code

// Credentials are few: a file with hundreds of identifiers holds rows.
// What the names and values above resemble, and is a secret.
TEST(OpensNothing, no_more_than_that) {
  for (const auto& [file, line] : std::vector<std::pair<const char*, std::string>>{
           {"a.properties", "failoverPassword = kT7vq9zLxw2M"},
           {"a.properties", "standbyPassword = kT7vq9zLxw2M"},
           {"a.properties", "telecomPassphrase = kT7vq9zLxw2M"},
           {"ks.cfg", "rootpw 73920184"},
           {"A.java", "properties.setProperty(\"adminPassword\", \"adminHarbour31!\");"},
       })
    EXPECT_EQ(secrets_in(file, line + "\n").size(), 1U) << line;
}

TEST(OpensNothing, a_line_of_many_cells_takes_no_longer) {
  std::string cells;
  for (int i = 0; i < 600'000; ++i)
    cells += "passwd\t";
  EXPECT_TRUE(secrets_in("a.txt", cells).empty());
}

TEST(OpensNothing, identifiers_of_rows) {
  const auto rows = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += "\"8d6bb292-9e1c-413d-9f98-4864bd" + std::to_string(100'000 + i) + "\"\n";
    return text;
  };
  EXPECT_EQ(secrets_in("a.json", rows(200)).size(), 200U);
  EXPECT_TRUE(secrets_in("a.json", rows(600)).empty());
  EXPECT_EQ(secrets_in("a.json", rows(600) + "\"client_secret\": \"9f1c6bb2-8d92-413d-9e98-64864bdc1514\"\n").size(),
            1U);
}

}  // namespace
}  // namespace commandcenter::code
