// Fuzz target: any bytes as a configuration or a program. The first byte chooses the kind of file. Nothing may crash,
// and every site that is found has an answer for each header.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "code/headers/headers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  static constexpr const char* kPaths[] = {"nginx.conf", "httpd.conf",   ".htaccess",   "Caddyfile",
                                           "server.js",  "app.ts",       "settings.py", "app.py",
                                           "A.java",     "security.xml", "Program.cs",  "web.config"};
  static constexpr const char* kMarks[] = {"server {\nadd_header X y;\n}\n",
                                           "<VirtualHost *>\n</VirtualHost>\n",
                                           "Header set X y\n",
                                           "a {\n}\n",
                                           "const app = require('express')();\n",
                                           "import Koa from 'koa';\nconst app = new Koa();\n",
                                           "MIDDLEWARE = ['django.x']\n",
                                           "import flask\napp = Flask(__name__)\n",
                                           "HttpSecurity http;\n",
                                           "<a xmlns='springframework.org/schema/security'/>\n",
                                           "WebApplication.CreateBuilder();\n",
                                           "<configuration><system.webServer/></configuration>\n"};
  if (size == 0) return 0;
  const std::size_t kind = data[0] % std::size(kPaths);
  const HeaderFile files[] = {
      {kPaths[kind], kMarks[kind] + std::string(reinterpret_cast<const char*>(data) + 1, size - 1)}};
  for (const SiteHeaders& site : check_headers(files)) {
    if (site.headers.size() < kJudgedHeaders) std::abort();
  }
  return 0;
}
