// Django and Flask.
#include <gtest/gtest.h>

#include "code/headers/test_sites.h"

namespace commandcenter::code {
namespace {

TEST(Django, DefaultsOfTheMiddleware) {
  EXPECT_EQ(states("proj/settings.py", R"x(
MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'django.middleware.clickjacking.XFrameOptionsMiddleware',
]
)x"),
            "MMPPPM");
}

TEST(Django, SettingsOfProductionOverABase) {
  EXPECT_EQ(states({{"proj/settings/base.py", R"x(
import os
MIDDLEWARE = ('django.middleware.security.SecurityMiddleware',)
SECURE_HSTS_SECONDS = int(os.environ.get('HSTS', '3600'))
CSP_DEFAULT_SRC = ["'none'"]
CSP_SCRIPT_SRC = ["'self'", "'unsafe-inline'"]
)x"},
                    {"proj/settings/production.py", R"x(
from .base import *
from datetime import timedelta
MIDDLEWARE += ['csp.middleware.CSPMiddleware', 'django.middleware.clickjacking.XFrameOptionsMiddleware']
if DEBUG:
    SECURE_HSTS_SECONDS = 0
else:
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = ['origin', 'unsafe-url']
)x"}}),
            "WPPPWM");
}

TEST(Django, ViewsAskForExceptions) {
  const char* settings = R"x(
from csp.constants import SELF, NONE
MIDDLEWARE = ['django.middleware.security.SecurityMiddleware', 'csp.middleware.CSPMiddleware',
  'django.middleware.clickjacking.XFrameOptionsMiddleware', 'app.middleware.PermissionsMiddleware']
CONTENT_SECURITY_POLICY = {'DIRECTIVES': {'default-src': [SELF], 'frame-ancestors': [NONE]}}
)x";
  EXPECT_EQ(states({{"app/settings.py", settings},
                    {"app/middleware.py", R"x(
class PermissionsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        response = self.get_response(request)
        response['Permissions-Policy'] = 'camera=()'
        if request.path.startswith('/open/'):
            del response['Permissions-Policy']
        return response
)x"},
                    {"app/views.py", R"x(
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_exempt

@method_decorator(xframe_options_exempt, name='dispatch')
class Embed(View):
    pass

@csp_update({'default-src': ["'unsafe-eval'"]})
def odd(request):
    response = HttpResponse('x')
    response.headers['Referrer-Policy'] = 'unsafe-url'
    del response['X-Content-Type-Options']
    return response
)x"}}),
            "OMOPOO");
  EXPECT_EQ(states({{"app/settings.py", settings},
                    {"app/views.py",
                     "from django.views.decorators.clickjacking import xframe_options_exempt\n"
                     "@xframe_options_exempt\ndef embed(request):\n    return HttpResponse('x')\n"}}),
            "PMOPPM");
  EXPECT_EQ(states({{"app/settings.py", settings},
                    {"app/views.py", "from django.views.decorators.clickjacking import xframe_options_exempt\n"}}),
            "PMPPPM");
}

TEST(Django, CommentedAndMisplaced) {
  EXPECT_EQ(states("s/settings.py", R"x(
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = 'DENY'   # X-Frame-Options
# Referrer-Policy is left to the proxy
MIDDLEWARE = [
    # 'django.middleware.security.SecurityMiddleware',
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
]
SECURE_CSP_REPORT_ONLY = {"default-src": [CSP.SELF]}
)x"),
            "RMMCCM");
}

TEST(Flask, AfterRequestRunsAfterTheView) {
  EXPECT_EQ(states("app.py", R"x(
from flask import Flask, make_response
HEADERS = {
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000",
}
def create_app():
    app = Flask(__name__)

    @app.after_request
    def add(response):
        response.headers.update(HEADERS)
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        response.headers.add("X-Content-Type-Options", "nosniff")
        return response

    @app.route("/")
    def index():
        resp = make_response("x")
        resp.headers["X-Frame-Options"] = "ALLOWALL"
        resp.headers["Content-Security-Policy"] = "default-src *"
        return resp
    return app
)x"),
            "OPPPMM");
}

TEST(Flask, LoopsBlueprintsAndPaths) {
  EXPECT_EQ(states("app/__init__.py", R"x(
from flask import Flask, Blueprint, request
app = Flask(__name__)
bp = Blueprint('embed', __name__)
SECURE = {'Referrer-Policy': 'same-origin', 'Permissions-Policy': 'camera=()'}

def harden(r):
    for name, value in SECURE.items():
        r.headers[name] = value
    if not request.path.startswith('/embed'):
        r.headers['X-Frame-Options'] = 'DENY'
    return r

app.after_request(harden)

@bp.after_request
def loosen(r):
    del r.headers['Referrer-Policy']
    return r
# app.after_request(lambda r: r.headers.set('X-Content-Type-Options', 'nosniff'))
)x"),
            "MMOCPP");
}

TEST(Flask, TalismanDefaultsArgumentsAndViews) {
  EXPECT_EQ(
      states("a.py",
             "from flask import Flask\nfrom flask_talisman import Talisman\napp = Flask(__name__)\nTalisman(app)\n"),
      "PPPPPP");
  EXPECT_EQ(states("a.py", R"x(
from flask import Flask
from flask_talisman import Talisman, ALLOW_FROM, GOOGLE_CSP_POLICY
talisman = Talisman()
OPTIONS = dict(strict_transport_security_max_age=86400 * 30, frame_options=ALLOW_FROM)
def create():
    app = Flask('x')
    talisman.init_app(app, content_security_policy=GOOGLE_CSP_POLICY, **OPTIONS)
    return app
@bp.route('/x')
@talisman(content_security_policy="default-src *", permissions_policy={})
def x():
    return ''
)x"),
            "OWWPPO");
}

TEST(Headers, python_that_ends_in_the_middle_is_read_to_its_end) {
  for (const char* text : {"@Cr.", "@Cr .Cr", "@app.route", "@x\ndef", "app.after_request(", "from flask import"})
    EXPECT_EQ(states("a.py", text), states("a.py", "x = 1\n")) << text;
}

TEST(Headers, constants_that_double_each_other_are_bounded) {
  std::string text = "a0 = 'x'\n";
  for (int i = 1; i < 40; ++i)
    text += "a" + std::to_string(i) + " = a" + std::to_string(i - 1) + " + a" + std::to_string(i - 1) + "\n";
  text += "response.headers['X-Frame-Options'] = a39\n";
  EXPECT_LE(states("a.py", text.c_str()).size(), 6U) << "and comes to an end";
}

}  // namespace
}  // namespace commandcenter::code
