// nginx, Apache and Caddy: inheritance, conditions, and what only looks like a header.
#include <gtest/gtest.h>

#include "code/headers/test_sites.h"

namespace commandcenter::code {
namespace {

TEST(Nginx, InheritsFromHttpUnlessAServerHasItsOwn) {
  EXPECT_EQ(states("nginx.conf", R"x(
http {
  add_header X-Frame-Options DENY;
  add_header Strict-Transport-Security 'max-age=31536000' always;
  server { listen 80; server_name a; location / { root /x; } }
}
)x"),
            "MPPMMM");
  EXPECT_EQ(states("nginx.conf", R"x(
http {
  add_header X-Frame-Options DENY;
  server { listen 80; add_header X-Content-Type-Options nosniff; location / { root /x; } }
}
)x"),
            "MMOPMM");
}

TEST(Nginx, ALocationWithItsOwnHeadersDropsTheOthers) {
  EXPECT_EQ(states("etc/nginx/sites-available/shop", R"x(
server {
    listen 443 ssl http2;
    add_header X-Frame-Options "sameorigin" always;
    add_header Referrer-Policy no-referrer;
    location / {
        location ~* \.(js|css)$ {
          expires 30d; add_header Cache-Control "public"; add_header Referrer-Policy no-referrer; }
    }
}
)x"),
            "MMOMPM");
}

TEST(Nginx, HeadersOfTheRootLocationAreThoseOfTheSite) {
  EXPECT_EQ(states("default.conf", R"x(
server {
  listen 80;
  location / {
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options DENY always;
  }
  location /raw { add_header X-Content-Type-Options nosniff; }
}
)x"),
            "MMOPMM");
}

TEST(Nginx, RedirectingServersDoNotCount) {
  EXPECT_EQ(states("site.conf", R"x(
server { listen 80; server_name x; return 301 https://$host$request_uri; }
server {
  listen 443 ssl; server_name x;
  add_header Content-Security-Policy "default-src 'self'; script-src 'self' 'unsafe-inline' 'nonce-abc'" always;
  location / { proxy_pass http://app; proxy_hide_header X-Frame-Options; }
}
)x"),
            "PMMMMM");
}

TEST(Nginx, ReadsIncludesVariablesAndMaps) {
  EXPECT_EQ(states({{"nginx/nginx.conf", R"x(
map $uri $frame { default DENY; ~^/embed ""; }
server {
  listen 443 ssl;
  set $policy "default-src 'self'";
  set $policy2 "max-age=600";
  include snippets/headers.conf;
  add_header X-Frame-Options $frame always;
  add_header Strict-Transport-Security "$policy2; includeSubDomains" always;
  location / { root /srv; }
}
)x"},
                    {"nginx/snippets/headers.conf",
                     "add_header Content-Security-Policy $policy always;\n"
                     "add_header X-Content-Type-Options \"nosniff\";\n"}}),
            "PWOPMM");
}

TEST(Nginx, HeadersMoreAndMergedInheritance) {
  EXPECT_EQ(states("nginx.conf", R"x(
server {
  listen 443;
  more_set_headers "X-Frame-Options: DENY" 'Referrer-Policy: same-origin';
  location /embed { more_clear_headers X-Frame-Options; add_header X-Y z; }
}
)x"),
            "MMOMPM");
  EXPECT_EQ(states("nginx.conf", R"x(
server {
  listen 443;
  add_header X-Frame-Options DENY;
  location /a { add_header_inherit merge; add_header X-Y z; }
}
)x"),
            "MMPMMM");
}

TEST(Nginx, ProseAndRequestHeadersSendNothing) {
  EXPECT_EQ(states("nginx.conf", R"x(
server {
  listen 443;
  # X-Frame-Options DENY is what we want one day
  #add_header X-Content-Type-Options nosniff;
  proxy_set_header Strict-Transport-Security "max-age=31536000";
  location / { proxy_pass http://a; } # add_header Referrer-Policy no-referrer;
  #   add_header Permissions-Policy "camera=()"
  #       always;
}
)x"),
            "MMMCCC");
}

TEST(Apache, IfModuleConditionsAndTables) {
  EXPECT_EQ(states("httpd.conf", R"x(
<IfModule mod_headers.c>
  Header always set X-Frame-Options "SAMEORIGIN"
  Header set X-Content-Type-Options: nosniff
  Header always set Strict-Transport-Security "max-age=63072000" env=HTTPS
  Header set Referrer-Policy "no-referrer" "expr=%{REQUEST_URI} !~ m#^/legacy#"
</IfModule>
<IfModule !mod_headers.c>
  Header set Permissions-Policy "camera=()"
</IfModule>
<Location "/embed">
  Header unset X-Frame-Options
</Location>
)x"),
            "MPPPOM");  // "unset" does not reach what "always set" did
}

TEST(Apache, SectionsOverrideAndEdits) {
  EXPECT_EQ(states("apache2/sites-enabled/a.conf", R"x(
ServerName x
<VirtualHost *:80>
  Redirect permanent / https://x/
</VirtualHost>
<VirtualHost *:443>
  DocumentRoot /srv/www
  Header always set Content-Security-Policy \
      "default-src 'self'"
  Header always set X-Frame-Options DENY
  <Directory "/srv/www">
    Header always set Referrer-Policy "origin, strict-origin"
  </Directory>
  <FilesMatch "\.pdf$">
    Header always edit X-Frame-Options DENY ALLOWALL
  </FilesMatch>
  <If "%{REQUEST_URI} =~ m#^/open#">
    Header always unset Content-Security-Policy
  </If>
</VirtualHost>
)x"),
            "OMOMPM");
}

TEST(Apache, TheUsualFolderIsTheSiteWhenNothingElseIsNamed) {
  const std::string section = "<Directory \"/var/www/html\">\n  Header set X-Frame-Options DENY\n</Directory>\n";
  EXPECT_EQ(states({{"site.conf", section}}), "MMPMMM");
  EXPECT_EQ(states({{"site.conf", "DocumentRoot /srv/app\n" + section}}), "MMMMMM");
}

TEST(Apache, AProgramThatReadsItsConfigurationIsNoSite) {
  EXPECT_EQ(states({{"src/apache.cpp", "// <VirtualHost *:443>\nHeader set X\n"},
                    {"docs/nginx.md", "server {\n listen 1;\n}"}}),
            "");
}

TEST(Apache, HtaccessOfAFolderIsPartOfTheSite) {
  EXPECT_EQ(
      states({{"www/.htaccess", "Header set X-Frame-Options DENY\nHeader set Permissions-Policy \"geolocation *\"\n"},
              {"www/embed/.htaccess", "Header unset X-Frame-Options\n"}}),
      "MMOMMW");
}

TEST(Apache, MacrosAndDefines) {
  EXPECT_EQ(states("a.conf", R"x(
Define CSP "default-src 'self' 'unsafe-inline'"
<Macro Secure $age>
  Header always set Strict-Transport-Security "max-age=$age"
</Macro>
<VirtualHost *:443>
  Use Secure 60
  Header always set Content-Security-Policy "${CSP}"
  RequestHeader set X-Frame-Options DENY
  # Header always set X-Frame-Options DENY
</VirtualHost>
)x"),
            "WWCMMM");
}

TEST(Caddy, MatchersSnippetsAndDefaults) {
  EXPECT_EQ(states("Caddyfile", R"x(
{
  email a@example
}
(secure) {
  header {
    Strict-Transport-Security max-age={args[0]}
    X-Content-Type-Options nosniff
    ?Referrer-Policy no-referrer
    X-Frame-Options DENY
  }
}
http://example.com {
  redir https://example.com{uri}
}
example.com {
  import secure 31536000
  @embed path /embed/* /widget/*
  header @embed -X-Frame-Options
  @rest not path /open/*
  header @rest Content-Security-Policy "default-src 'self'"
  reverse_proxy app:80 {
    header_down Permissions-Policy "camera=()"
    header_down -X-Content-Type-Options
    header_up Permissions-Policy "camera=*"
  }
}
)x"),
            "OPOPPP");
}

TEST(Caddy, SitesOfOneFileAreOneAnswer) {
  EXPECT_EQ(states("Caddyfile", R"x(
a.example {
  header X-Frame-Options DENY
  header * Referrer-Policy "unsafe-url"
  handle /api/* {
    header X-Frame-Options "ALLOW-FROM https://x"
  }
}
b.example {
  header X-Frame-Options DENY
  header Referrer-Policy same-origin
  #header +X-Content-Type-Options nosniff
}
)x"),
            "MMOCOM");
}

}  // namespace
}  // namespace commandcenter::code
