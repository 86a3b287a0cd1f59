// Passwords that stand in calls, forms and commands, where no name is given a value.
#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kChosen = "Autumn2031!";
const std::string kKey = "q8Zr3LmX0vTn5KcW2yHb7Jd4";

struct Case {
  const char* file;
  std::string line;
};

void expect_one(const std::vector<Case>& cases, const std::string& value) {
  for (const auto& [file, line] : cases) {
    const auto hits = secrets_in(file, line + "\n");
    ASSERT_EQ(hits.size(), 1U) << file << ": " << line;
    EXPECT_EQ(hits[0].value, value) << line;
  }
}

void expect_none(const std::vector<Case>& cases) {
  for (const auto& [file, line] : cases) {
    for (const Hit& hit : secrets_in(file, line + "\n"))
      ADD_FAILURE() << file << ": " << line << " gave " << hit.rule << " " << hit.value;
  }
}

// A word, digits and a mark were taken for words of code as soon as no name stood before them.
TEST(Calls, what_people_choose_is_found_behind_a_user) {
  expect_one({{"a.cs", "new NetworkCredential(\"svc\", \"" + kChosen + "\");"},
              {"a.go", "req.SetBasicAuth(\"svc\", \"" + kChosen + "\")"},
              {"a.rb", "request.basic_auth 'svc', '" + kChosen + "'"},
              {"a.rs", "client.get(u).basic_auth(\"svc\", Some(\"" + kChosen + "\"))"},
              {"a.java", "given().auth().preemptive().basic(\"svc\", \"" + kChosen + "\").get(u);"},
              {"a.java", "return new PasswordAuthentication(user, \"" + kChosen + "\".toCharArray());"},
              {"a.php", "$db = new \\PDO($dsn, 'svc', '" + kChosen + "');"},
              {"a.php", "$db = mysql_connect($host, $user, '" + kChosen + "');"},
              {"a.pl", "my $db = DBI->connect(\"dbi:mysql:shop\", \"svc\", \"" + kChosen + "\");"},
              {"a.c", "mysql_real_connect(m, \"db\", \"svc\", \"" + kChosen + "\", \"shop\", 0, 0, 0);"},
              {"a.ino", "WiFi.begin(\"lab\", \"" + kChosen + "\");"},
              {"a.js", "new Sequelize('shop', 'svc', '" + kChosen + "', { dialect: 'mysql' });"},
              {"a.py", "requests.get(u, auth=('svc', '" + kChosen + "'))"},
              {"a.py", "User.objects.create_user('svc', 'a@b.internal', '" + kChosen + "')"},
              {"a.cs", "new X509Certificate2(\"cert.pfx\", \"" + kChosen + "\");"}},
             kChosen);
  expect_none({{"a.rb", "request.basic_auth user, password"},
               {"a.rb", "request.basic_auth 'user', 'pass'"},
               {"a.py", "User.objects.create_user('joe', 'a@b.internal', 'testpw')"},
               {"a.js", "new Sequelize(name, user, process.env.DB_PASSWORD);"},
               {"a.py", "    dependencies = [('auth', '0001_initial')]"},
               {"a.php", "$db = new \\PDO('sqlite::memory:', '', '');"},
               {"a.java", "given().auth().basic(user, pass);"}});
}

// Words speak against a password in the trees; a number behind one does not make it a name.
TEST(Calls, a_word_with_a_number_is_a_password_where_one_is_named) {
  expect_one({{"a.rb", "Mysql2::Client.new(host: 'db', username: 'x', password: 'harbor22')"},
              {"a.py", "os.environ['DB_PASSWORD'] = 'harbor22'"},
              {"a.java", "source.setPassword(\"harbor22\");"}},
             "harbor22");
  expect_none({{"a.py", "password = 'pbkdf2sha512'"}, {"a.py", "PASSWORD_FIELD = 'field42'"}});
}

TEST(Calls, what_is_typed_into_a_field_of_a_password) {
  expect_one({{"a_spec.rb", "fill_in 'Password', with: '" + kChosen + "'"},
              {"a_spec.rb", "fill_in(:user_password, :with => \"" + kChosen + "\")"},
              {"a.cy.js", "cy.get('#password').clear().type('" + kChosen + "');"},
              {"a.spec.ts", "await page.getByLabel('Password').fill('" + kChosen + "');"},
              {"a.spec.ts", "await page.fill('input[name=password]', '" + kChosen + "');"},
              {"a.java", "driver.findElement(By.id(\"password\")).sendKeys(\"" + kChosen + "\");"},
              {"a.py", "driver.find_element(By.ID, 'password').send_keys('" + kChosen + "')"}},
             kChosen);
  expect_none({{"a_spec.rb", "fill_in 'Password', with: user.password"},
               {"a_spec.rb", "fill_in 'Name', with: '" + kChosen + "'"},
               {"a.cy.js", "cy.get('#password').type('wrong');"},
               {"a.cy.js", "cy.get('#password').type('{enter}');"},
               {"a.cy.js", "cy.get('#name').type('" + kChosen + "');"}});
}

TEST(Calls, pairs_and_pipes) {
  expect_one({{"a.js", "headers.Authorization = 'Basic ' + btoa('svc:" + kChosen + "');"},
              {"a.js", "const b = Buffer.from('svc:" + kChosen + "').toString('base64');"},
              {"a.php", "curl_setopt($ch, CURLOPT_USERPWD, 'svc:" + kChosen + "');"},
              {"Dockerfile", "RUN echo 'root:" + kChosen + "' | chpasswd"},
              {"a.sh", "echo " + kChosen + " | sudo -S apt-get update"},
              {"a.sh", "sshpass -p " + kChosen + " ssh root@h"},
              {"a.sh", "redis-cli -a " + kChosen + " ping"},
              {"a.sh", "sqlcmd -S h -U sa -P " + kChosen},
              {"a.c", "if (strcmp(password, \"" + kChosen + "\") == 0)"},
              {"a.pl", "if ($password eq '" + kChosen + "') {"}},
             kChosen);
  expect_none({{"a.js", "btoa('user:pass');"},
               {"Dockerfile", "RUN echo \"root:$PASSWORD\" | chpasswd"},
               {"Dockerfile", "RUN echo 'root:root' | chpasswd"},
               {"a.sh", "echo \"$PASSWORD\" | sudo -S true"},
               {"a.c", "if (strcmp(argv[i], \"--password2\") == 0)"},
               {"a.c", "if (strcmp(token, \"endwhile2\") == 0)"}});
}

// A header whose name comes last, or stands in the text with its value.
TEST(Calls, headers) {
  expect_one({{"a.swift", "request.setValue(\"" + kKey + "\", forHTTPHeaderField: \"X-Api-Key\")"},
              {"a.m", "[request setValue:@\"" + kKey + "\" forHTTPHeaderField:@\"X-Api-Key\"];"},
              {"a.py", "headers = {'Authorization': 'Token " + kKey + "'}"},
              {"a.php", "curl_setopt($ch, CURLOPT_HTTPHEADER, ['X-Api-Key: " + kKey + "']);"}},
             kKey);
  const std::string hex = "6d1162466960a64054c4da13b1595f587dac027a";  // no commit: the scheme tells
  expect_one({{"a.py", "headers = {'Authorization': 'Token " + hex + "'}"}}, hex);
  expect_none({{"a.swift", "request.setValue(\"application/json\", forHTTPHeaderField: \"Content-Type\")"},
               {"a.swift", "request.setValue(key, forHTTPHeaderField: \"X-Api-Key\")"}});
}

TEST(Calls, values_in_a_child_of_the_name) {
  expect_one(
      {{"beans.xml", "<property name=\"password\"><value>" + kChosen + "</value></property>"},
       {"web.xml", "<param-name>password</param-name>\n<param-value>" + kChosen + "</param-value>"},
       {"app.config", "<setting name=\"Password\" serializeAs=\"String\">\n  <value>" + kChosen + "</value></setting>"},
       {"README.md", "- **Password**: " + kChosen}},
      kChosen);
}

// The token of a chat bot stands in a call that no name announces, or in the address of its service.
TEST(Calls, tokens_of_bots) {
  const std::string letters = "Ab3dE6gH9jKlMn0pQrSt2vWxYz4";
  const std::string discord = "MTAxMjM0NTY3ODkwMTIzNDU2Nw." + letters.substr(0, 6) + "." + letters;
  expect_one({{"a.py", "client.run('" + discord + "')"}, {"a.js", "client.login('" + discord + "');"}}, discord);
  const std::string telegram = "5094467812:AA" + letters + "7Ru1s";
  const auto hits = secrets_in("a.py", "get('https://api.telegram.org/bot" + telegram + "/getMe')\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule, "telegram-bot-token");
}

// Each of these was reported, and opens nothing.
TEST(Harmless, keys_that_open_nothing) {
  const std::string finger = "E3FF2839C048B25C084DEBE9B26995E310250568";
  expect_none(
      {{"Dockerfile", "ENV GPG_KEY " + finger},
       {"a.sh", "gpg --recv-keys " + finger},
       {"snapcraft.yaml", "key-id: " + finger},
       {"a.yaml", "checksum/secret: 824f104ca00cfee3b9c87ab7890160d86fbee97714bda7732c39ff1a423ba409"},
       {"A.java", "@FailureExpected(jiraKey = \"HHH-3032\")"},
       {"a.go", "n := Node{Key: \"/1000/2\", CreatedIndex: 3}"},
       {"README.md", "[v3key]: ../mvcc/mvccpb/kv.proto#L12-L29"},
       {"a.php", "$column_key = 'taxonomy-' . $taxonomy;"},
       {"a.php", "$token = preg_replace('/([WPN])\\+\\:/u', '$1-:', $token);"},
       {"a.py", "toolskey = \"VS%0.f0COMNTOOLS\" % version"},
       {"a.py", "self.assertIs(cache.has_key(\"goodbye1\"), False)"},
       {"a.go", "newKey := fmt.Sprintf(\"%s/%016d\", prefix, number)"},
       {"A.java", "this.password = info.getProperty(\"AUTHZPWD\", null);"},
       {"A.java", "Map<String, Set<FkSecondPass>> a = new HashMap<String, Set<FkSecondPass>>();"},
       {"a.php", "} elseif (strlen($_POST['pma_pw']) > 256) {"},
       {"a.js", "{ keyid: \"SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA\" }"},
       {"a.py", "key_sizes = frozenset([40, 56, 64, 80, 128, 160, 192, 256])"},
       {"a.py", "styles = { Token: \"#d8dee9\", Deepskyblue: \"#00bfff\" }"},
       {"a.js", "tokenAddress: '0x6B175474E89094C44Da98b954EedeAC495271d0F',"},
       {"a.cpp", "const uint8_t key[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15};"},
       {"a.yaml", "password: ENC[AES256_GCM,data:epfJBd0K,iv:k5VlDPk4C47bIkprJIoekk6P0K4uGpSSozBfGIy2EJA=]"},
       {"a.json", "\"_stream_passthrough\": \">= 0.9.4 && < 26\","},
       {"a.txt", "keyid:FE:E4:EC:53:24:F0:95:95:C7:10:B5:E1:44:B5:5D:39:65:5A:E3:7E"},
       {"a.py", "ident_token = '([{}][{}]+)|[{}]'.format(start, rest, start)"},
       {"a.json", "\"result_key\": \"collaborationPrivacyBudgetSummaries\""},
       {"a.txt", " * did not pass \"-v/-q\" options to the command"},
       {"a.json", R"("text": "the bucket identified by the object key. See <a href=\"https://docs.internal/a\">")"},
       {"a.css", ".show-password #pass1-text {"},
       {"a.twig", "<input type=\"password\" id=\"text_pma_pw\" name=\"pma_pw\">"},
       {"a.php", "if (PHP_SAPI === 'cgi-fcgi') {"},
       {"a.idl", "const GLenum STENCIL_PASS_DEPTH_PASS = 0x0B96;"},
       {"a.py", "AES_KEY = \"000102030405060708090a0b0c0d0e0f\""},
       {"a.go", "{\"pem\", MustCompile(`-----BEGIN (RSA )?PRIVATE KEY-----`)}"}});
}

}  // namespace
}  // namespace commandcenter::code
