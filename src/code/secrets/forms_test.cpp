// Places of a value that few formats have, and what only looks like one.
#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kChosen = "Autumn2031!";
const std::string kKey = "q8Zr3LmX0vTn5KcW2yHb7Jd4";
const std::string kHex = "63e4cc6aa7fec0ebfa1ecff91e7295e6859c06f0";

struct Case {
  const char* file;
  std::string text;
};

void expect_one(const std::vector<Case>& cases, const std::string& value) {
  for (const auto& [file, text] : cases) {
    const auto hits = secrets_in(file, text + "\n");
    ASSERT_EQ(hits.size(), 1U) << file << ": " << text;
    EXPECT_EQ(hits[0].value, value) << text;
  }
}

void expect_none(const std::vector<Case>& cases) {
  for (const auto& [file, text] : cases) {
    for (const Hit& hit : secrets_in(file, text + "\n"))
      ADD_FAILURE() << file << ": " << text << " gave " << hit.rule << " " << hit.value;
  }
}

TEST(Forms, blocks_items_and_objects) {
  expect_one({{"a.yaml", "app:\n  token: |\n    " + kKey + "\n  name: x"},
              {"a.yaml", "app:\n  api_secret: >-\n      " + kKey},
              {"a.yaml", "env:\n  - {name: API_TOKEN, value: \"" + kKey + "\"}"},
              {"a.yaml", "args:\n  - --api-key\n  - " + kKey + "\n  - --verbose"},
              {"a.yaml", "script:\n  - curl --form token=" + kKey + " --form ref=main https://ci.internal/t"},
              {"a.tfstate", "\"outputs\": {\n  \"db_password\": {\n    \"value\": \"" + kKey + "\""},
              {"a.xml", "<Pass encoding=\"none\">" + kKey + "</Pass>"},
              {"README.md", "`aws configure set secret_access_key " + kKey + "`"},
              {"a.json", "{\"u\": \"token\\u003d" + kKey + "\\u0026user=x\"}"}},
             kKey);
  expect_none({{"a.yaml", "password: |\n  first line\n  second line"},
               {"a.yaml", "mailpassword: { ip: [5, 3600] }"},
               {"a.yaml", "password: !Ref DbPassword2"},
               {"a.yaml", "password: *default_Password1"},
               {"a.yaml", "args:\n  - --password\n  - --verbose2A!"},
               {"a.xml", "<password type=\"text\">\n  <hint/>\n</password>"}});
}

TEST(Forms, ruby_gives_values_to_symbols) {
  expect_one(
      {{"a_spec.rb", "let(:password) { '" + kChosen + "' }"}, {"a_spec.rb", "let!(:pw) { \"" + kChosen + "\" }"}},
      kChosen);
  expect_one({{"a.rb", "set :session_secret, '" + kHex + "'"},
              {"a.rb", "config.omniauth :github, 'd953c06265a6a78bca1e', '" + kHex + "', scope: 'user'"},
              {"a.rb", "provider :facebook, '736429006155656', '" + kHex + "'"},
              {"devise.rb", "# config.pepper = '" + kHex + "'"}},
             kHex);
  expect_none({{"a_spec.rb", "let(:password) { create(:password) }"},
               {"a_spec.rb", "let(:token_name) { 'shop_token' }"},
               {"a.rb", "validates :password, presence: true"},
               {"a.rb", "config.omniauth :github, ENV['ID'], ENV['SECRET']"},
               {"a.rb", "provider :developer, fields: [:name]"}});
}

// What signs stands in a call without a name.
TEST(Forms, keys_that_sign) {
  expect_one({{"a.js", "jwt.sign({ id: user.id }, '" + kKey + "', { expiresIn: '1h' });"},
              {"a.js", "jwt.verify(token, '" + kKey + "', done);"},
              {"a.js", "app.use(cookieParser('" + kKey + "'));"},
              {"a.py", "jwt.encode(payload, \"" + kKey + "\", algorithm=\"HS256\")"},
              {"a.rb", "JWT.encode(payload, '" + kKey + "', 'HS256')"},
              {"a.go", "t.SignedString([]byte(\"" + kKey + "\"))"},
              {"a.go", "var store = sessions.NewCookieStore([]byte(\"" + kKey + "\"))"},
              {"A.java", "Algorithm a = Algorithm.HMAC256(\"" + kKey + "\");"},
              {"A.java", "Jwts.builder().signWith(SignatureAlgorithm.HS512, \"" + kKey + "\").compact();"}},
             kKey);
  expect_none({{"a.js", "jwt.sign({ id: user.id }, 'secret');"},
               {"a.js", "jwt.sign(payload, process.env.JWT_SECRET);"},
               {"a.js", "jwt.verify(token, getPublicKey, { algorithms: ['RS256'] });"},
               {"A.java", "Algorithm.HMAC256(secret);"}});
}

TEST(Forms, letters_in_an_array_and_lines_in_a_text) {
  expect_one({{"A.java", "kmf.init(store, \"" + kChosen + "\".toCharArray());"},
              {"A.java", "char[] pass = \"" + kChosen + "\".toCharArray();"},
              {"a.go", "db, err := sql.Open(\"mysql\", \"root:" + kChosen + "@/shop\")"},
              {"a.py", "CONFIG = \"\"\"\n[db]\npassword = " + kChosen + "\n\"\"\""},
              {"a.js", "const c = `\ndb:\n  password: " + kChosen + "\n`;"},
              {"a.py", "data = {'password1': '" + kChosen + "', 'n': 1}"},
              {"a.py", "ftp = ftplib.FTP(\"h\", \"joe\", \"" + kChosen + "\")"}},
             kChosen);
  expect_none({{"A.java", "char[] hex = \"ABCDEF0123456789abcdef\".toCharArray();"},
               {"a.py", "password = Autumn2031\ntext = \"\"\"\n\"\"\""},
               {"a.ts", "import x from '@/store';"}});
}

// The closing brace of "${name:value}" was taken for a part of the value; a scheme, for the whole.
TEST(Forms, defaults_and_schemes) {
  expect_one({{"A.java", "@Value(\"${db.password:" + kChosen + "}\") String p;"},
              {"a.sh", "PASSWORD=\"${PASSWORD:-" + kChosen + "}\""},
              {"a.py", "parser.add_argument(\"--db-pass\", type=str,\n    default=\"" + kChosen + "\")"},
              {"a.properties", "ldap.bind.credential=" + kChosen},
              {"a.feature", "When I fill in \"Password\" with \"" + kChosen + "\""},
              {"a.cs", "client.Authenticate(\"joe@shop.internal\", \"" + kChosen + "\");"},
              {"a.ts", "login(\"joe\", \"" + kChosen + "\");"},
              {"a.sql", "INSERT INTO users (`id`, `password`, `mail`)\nVALUES (1, '" + kChosen + "', 'a');"},
              {"a.php", "$sftp->login('joe', '" + kChosen + "');"},
              {"A.java", "env.put(Context.SECURITY_CREDENTIALS, \"" + kChosen + "\");"}},
             kChosen);
  expect_one({{"a.sh", "curl -H \"Authorization: token " + kHex + "\" https://api.internal"}}, kHex);
  expect_one({{"a.js", "process.env['SESSION_SECRET'] ?\?= '" + kKey + "';"}}, kKey);
  expect_none(
      {{"a.py",
        "parser.add_argument('--password', help='say it')\nparser.add_argument('--m', default='" + kChosen + "')"},
       {"a.sh", "curl -H \"Authorization: token $TOKEN\" https://api.internal"},
       {"a.yaml", "credentials: same-origin-v2"},
       {"a.sql", "INSERT INTO users (name, password) VALUES ('" + kChosen + "', '5f4dcc3b5aa765d61d8327deb882cf99');"},
       {"a.sql", "CREATE TABLE u (password varchar(255), name text);"},
       {"a.sql", "INSERT INTO i18n (lang, password) VALUES ('de', 'Passwort1');"},
       {"a.js", "client.connect('localhost', '1883', 'topic2Name');"},
       {"a.rb", "config.omniauth :saml, 'IssuerName1', 'IdpName2'"},
       {"a.yaml", "pepper: 1tsp-black2"},
       {"a.yaml", "key: {value: prod-2031-a1}"},
       {"a.py", "credential = \"user@host1\""},
       {"a.py", "mnemonic = 'vfmadd213ss'"}});
}

TEST(Forms, words_that_open_something) {
  const std::string app = "jwad tqbf tyhy rojn";
  expect_one({{"settings.py", "EMAIL_HOST_PASSWORD = '" + app + "'"}}, app);
  expect_none({{"settings.py", "PASSWORD_HINT = 'what your aunt said'"}, {"a.py", "password = 'when they come here'"}});
  const std::string phrase = "achieve addict advance action abuse acoustic actual across admit adjust account absurd";
  expect_one({{"hardhat.config.js", "const mnemonic = '" + phrase + "';"}}, phrase);
  expect_none({{"a.js", "const mnemonic = 'test test test test test test test test test test test junk';"}});
}

// Each was reported, and opens nothing.
TEST(Forms, look_alikes) {
  const std::string sum = "824f104ca00cfee3b9c87ab7890160d86fbee97714bda7732c39ff1a423ba409";
  const std::string made = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
  const std::string john = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.";
  expect_none(
      {{"a.rst", "X-Subject-Token: MIIFvgYq8..."},
       {"README.md", "curl -H \"Authorization: Bearer eyJhbGciOi...\" https://api.internal"},
       {"README.md", "JWT: `" + made + john + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c`"},
       {"A.java", "new QuotedStringTokenizer(\"abc\\n\\\"d\\\\\\\"'\\\"\\n'p\\\\',y'\\nz\");"},
       {"a.json", "\"private_key_id\": \"6d6b476fc6ccdb31e0f171991e5528bb396ffbe4\""},
       {"a.properties", "oauth2.client.registration.github.client-id=948d8300b51a51108709"},
       {"a.tf", "kms_key_id = \"arn:aws:kms:eu-west-1:872205685875:key/mrk-e6f265f05e10409a82668c1c59976795\""},
       {"a.py", "ARN = \"arn:aws:secretsmanager:eu-west-1:783557863073:secret:prod/db-XU5dYD\""},
       {"a.json", "\"nextPageToken\": \"c/TIwqZC13BjZdgpF9yfXEUl8X6ct8bqVH575HFa\""},
       {"a.yaml", "CACHE_KEY: v2-deps-d1be069039a9"},
       {"a.json", "\"token.py\": \"" + sum + "\""},
       {"a.yaml", "hashed_password: b5b6ff9543bf1387374cdfa27a54c96d236a7150"},
       {"a.sql", "GRANT ALL ON a.* TO 'r'@'%' IDENTIFIED BY PASSWORD '*13AA4D282E33112146D9792289EF8DD70B3544E5';"},
       {"README.md", "[![c](https://codecov.io/gh/a/b/graph/badge.svg?token=F079I9TLOY)](https://codecov.io)"},
       {"a.py", "SOCIAL_AUTH_FACEBOOK_KEY = '799793981562387'"},
       {"a.proto", "ChangePasswordRequest auth_user_change_password = 1103;"},
       {"A.java", "\"Sec-WebSocket-Key: OEvAoAKn5jsuqv2/YJ1Wfg==\","},
       {"a.php", "'application/x-keepass2' => ['kdbx'],"},
       {"a.py", "assertEqual(sign(\"abc\", key=\"key\"), \"" + sum + "\")"},
       {"a.md", "acme set api_key=0123456789abcdef0123456789abcdef"},
       {"a.html", "<div data-sitekey=\"6LkFf6kLfSfijfNTNl8TPvTFPDFBNNPMa9GDsEuk\" class=\"g-recaptcha\"></div>"},
       {"A.java", "headers.setSecWebSocketKey(\"82/ZS2YHjEnUN97HLL8tbw==\");"},
       {"a.php", "$url = wl('', array('do' => 'resendpwd', 'pwauth' => $token), true, '&');"},
       {"a.rb", "patterns = [\"PT\", \"T\", \"PW\", \"P1YT2H\", \"~P1Y\"]"}});
}

// A commit near an id of AWS was taken for the secret that belongs to it.
TEST(Forms, a_commit_is_no_secret_of_aws) {
  const std::string id = "AKIA" + std::string("Q7XJ2M4WTRN5ZKBD");
  const auto hits = secrets_in(".env", "AWS_ID=" + id + "\nRELEASE=68a8baa397f43a1d2c44a3c2728b93e8319002d3\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule, "aws-access-key-id");
}

TEST(Forms, names_of_items_places_and_pictures_are_no_keys) {
  expect_none(
      {{"a.yaml", "key: 'squid[cacheIcpPktsRecv]'"},
       {"a.yaml", "key: 'jmx[\"kafka.controller:type=KafkaController,name=TopicsToDeleteCount\",\"Value\"]'"},
       {"a.php", "'key' => 'reportusrgrpid',"},
       {"a.js", "var iconKey = 'M15 6a1.54 1.54 0 01-1.5-1.5 1.5 1.5 0 013 0A1.54 1.54 0 0115 6zm-1.5-5A5.55';"},
       {"a.sql", "  KEY `local_graph2_tpl` (`local_graph_id`,`graph_template_id`)"},
       {"a.py", "names = [\"P4CLIENT\", \"P4PORT\", \"P4PASSWD\", \"P4USER\"]"},
       {"a.php", "['name', 'snmpv3_authpassphrase', 'snmpv3_privpassphrase', 'uniq']"}});
  expect_one({{"a.yaml", "key: '" + kKey + "'"},
              {"a.py", "pairs = [\"db2_password\", \"" + kKey + "\"]"},
              {"a.js", "const apiKey = '" + kKey + "';"}},
             kKey);
}

}  // namespace
}  // namespace commandcenter::code
