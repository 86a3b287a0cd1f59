// What people choose: letters of other alphabets, phrases, two words; and the places that take one.
#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

struct Told {
  const char* file;
  std::string text;
  std::string value;
};

void expect_told(const std::vector<Told>& cases) {
  for (const auto& [file, text, value] : cases) {
    const auto hits = secrets_in(file, text + "\n");
    ASSERT_EQ(hits.size(), 1U) << file << ": " << text;
    EXPECT_EQ(hits[0].value, value) << text;
  }
}

void expect_silence(const std::vector<std::pair<const char*, std::string>>& cases) {
  for (const auto& [file, text] : cases)
    EXPECT_TRUE(secrets_in(file, text + "\n").empty()) << file << ": " << text;
}

TEST(Chosen, letters_beyond_ascii) {
  expect_told({{"a.py", "PASSWORD = \"crème-42\"", "crème-42"},
               {".env", "SMTP_PASS=Öllampe7!", "Öllampe7!"},
               {"a.yaml", "passwort: Käsebrot31", "Käsebrot31"},
               {"a.yaml", "contraseña: otoño2031", "otoño2031"},
               {"a.yaml", "пароль: \"Осень-2031\"", "Осень-2031"}});
  expect_silence({{"a.py", "PASSWORD_TITLE = \"Contraseña\""},
                  {"a.js", "const m = { password: 'Passwört muß 8 Zeichen haben' };"},
                  {"a.js", "const m = { password: '密码长度为6-16位' };"},
                  {"a.js", "const m = { password: 'mínimo 8' };"},
                  {"a.yaml", "пароль: Введите пароль"}});
}

TEST(Chosen, phrases_and_marked_words) {
  expect_told({{"a.sh", "export RESTIC_PASSWORD='four bears in a Forest'", "four bears in a Forest"},
               {"a.js", "app.use(session({ secret: 'heron pond under mist' }));", "heron pond under mist"},
               {"a.properties", "spring.rabbitmq.password = Harbour!Lights", "Harbour!Lights"},
               {"a.rs", "static ADMIN_PASSWORD: &'static str = \"lantern&harbour\";", "lantern&harbour"}});
  expect_silence({{"a.py", "PASSWORD = 'Wrong key given'"},
                  {"a.js", "const t = { secret: 'Secret of the client' };"},
                  {"a.sh", "echo \"PASSWORD: enter it below\""},
                  {"a.py", "password = \"user&password\""}});
}

// Each kind of file has its own way to give a value.
TEST(Chosen, places) {
  const std::string key = "q8Zr3LmX0vTn5KcW2yHb7Jd4";
  const std::string chosen = "Autumn_2031";
  expect_told(
      {{"Dockerfile", "FROM a\nENV SA_PASSWORD Harbour&Light31", "Harbour&Light31"},
       {"a.bat", "setx API_KEY " + key, key},
       {"ks.cfg", "rootpw --plaintext " + chosen, chosen},
       {"ks.cfg", "user --name=joe --password=" + chosen + " --plaintext", chosen},
       {"preseed.cfg", "d-i passwd/root-password password " + chosen, chosen},
       {"a.cfg", "wpa-psk ascii 0 " + chosen, chosen},
       {"junos.conf", "secret \"$9$kQ.FrIw6QLZzTD4lUmp3gb\";", "$9$kQ.FrIw6QLZzTD4lUmp3gb"},
       {"a.rsc", "set wpa2-pre-shared-key=\"" + chosen + "\"", chosen},
       {"a.rb", "factory :user do\n  password { '" + chosen + "' }\nend", chosen},
       {"a.rb", "factory :user do\n  password_confirmation { '" + chosen + "' }\nend", chosen},
       {"a.eml", "Your new password is: " + chosen, chosen},
       {"a.sql", "CREATE USER hr IDENTIFIED BY " + chosen + " DEFAULT TABLESPACE users;", chosen},
       {"a.spec.ts", "cy.get('input[name=password]').type('" + chosen + "{enter}');", chosen},
       {"a.py", "f = Fernet(b\"AtULzgprYmGQeeMpSy7eaXqvqjBTof4xOgxMU0pRchk=\")",
        "AtULzgprYmGQeeMpSy7eaXqvqjBTof4xOgxMU0pRchk="},
       {"a.rs", "let key: [u8; 16] = *b\"Yk7pQz2mN4vB8xWc\";", "Yk7pQz2mN4vB8xWc"},
       {"a.yaml", "test: [\"CMD\", \"mysqladmin\", \"ping\", \"-uroot\", \"-p" + chosen + "\"]", chosen},
       {"a.sh", "sqlplus -s hr/" + chosen + "@XE", chosen + "@XE"},
       {"a.yaml", "Parameters:\n  DbPassword:\n    NoEcho: true\n    Default: " + chosen, chosen},
       {"a.tfstate",
        "{\"type\": \"random_password\", \"instances\": [{\"attributes\": {\"result\": \"" + key + "\"}}]}", key},
       {"A.java", "@CsvSource({\n  \"joe, " + chosen + "\"\n})\nvoid takes(String user, String password) {\n",
        chosen}});
  expect_silence(
      {{"Dockerfile", "FROM a\nENV PASSWORD_FILE /run/secrets/db"},
       {"a.sh", "sqlplus / as sysdba"},
       {"a.sh", "sqlplus /nolog"},
       {"a.sql", "CREATE USER hr IDENTIFIED BY VALUES;"},
       {"a.txt", "it is identified by its name"},
       {"a.yaml", "  password:\n    type: string\n    default: none"},
       {"a.yaml", "profile::db::token: ENC[PKCS7,MIIBiQYJKoZIhvcNAQcDoIIBejCCAXYCAQAxggEhMIIBHQIBADAFMAACAQEw]"},
       {"a.tfstate", "{\"type\": \"random_id\", \"attributes\": {\"result\": \"" + key + "\"}}"},
       {"A.java", "@CsvSource({\"joe, Title_2031\"})\nvoid takes(String user, String title) {\n"}});
}

TEST(Chosen, keys_of_tunnels_and_clusters) {
  const std::string key = "3bUtwdHvn4N2AWE7F+OUpzlytcIl5JiDILXAQkXacPM=";
  EXPECT_EQ(secrets_in("consul.hcl", "encrypt = \"" + key + "\"\n").size(), 1U);
  EXPECT_EQ(secrets_in("consul.json", "{\"encrypt\": \"" + key + "\"}\n").size(), 1U);
  EXPECT_EQ(secrets_in("init.txt", "Unseal Key 1: " + key + "\n").size(), 1U);
  const std::string line = "6acef03f62675b4b1bbd03e53b187727\n";
  EXPECT_EQ(secrets_in("ta.key", "-----BEGIN OpenVPN Static key V1-----\n" + line + line +
                                     "-----END OpenVPN Static key V1-----\n")
                .size(),
            1U);
  expect_silence({{"consul.hcl", "encrypt = \"${var.gossip}\"\nencrypt_verify_incoming = true"},
                  {"a.txt", "-----BEGIN OpenVPN Static key V1-----\n...\n"}});
}

}  // namespace
}  // namespace commandcenter::code
