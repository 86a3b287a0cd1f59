#include "code/headers/web_config.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "code/headers/program.h"
#include "code/headers/words.h"
#include "code/headers/xml.h"

namespace commandcenter::code::headers {
namespace {

class WebConfigReader {
 public:
  WebConfigReader(Site& site, std::size_t file) : site_(site), file_(file) {}

  void read(const Text& text) {
    const std::vector<XmlTag> tags = read_xml(text.text);
    if (std::ranges::none_of(tags, [](const XmlTag& tag) { return tag.name == "configuration"; })) return;
    const bool concerns = std::ranges::any_of(tags, [](const XmlTag& tag) {
      return tag.name == "system.webserver" || tag.name == "httpheadersecuritymodule";
    });
    if (!concerns) return;
    if (site_.files.empty()) site_.files = {file_};
    std::size_t location_end = 0;
    Place place;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      if (i >= location_end) place = {};
      const XmlTag& tag = tags[i];
      if (tag.name == "location") {
        const std::string path = tag.get("path");
        location_end = tag.end;
        if (!path.empty() && path != "." && path != "/" && path != "*") place.scope = site_.add_scope(path);
      } else if (tag.name == "customheaders") {
        custom_headers(tags, i, place);
      } else if (tag.name == "hsts" && tag.get("enabled") == "true") {
        xml_effect(tag, place, {true, Header::kHsts, false}, fmt::format("max-age={}", tag.get("max-age")));
      } else if (tag.name == "outboundrules") {
        outbound_rules(tags, i, place);
      } else if (tag.name == "securityhttpheaders") {
        nwebsec_config(tags, i, place);
      }
    }
  }

 private:
  void xml_effect(const XmlTag& tag, const Place& place, Named named, std::string value, Action action = Action::kSet) {
    Effect effect{named.header, named.report_only, action, std::move(value)};
    effect.scope = place.scope;
    effect.file = file_;
    effect.offset = tag.offset;
    site_.effects.push_back(std::move(effect));
  }

  void custom_headers(const std::vector<XmlTag>& tags, std::size_t at, const Place& place) {
    for (std::size_t i = at + 1; i < tags[at].end; ++i) {
      const XmlTag& tag = tags[i];
      if (tag.name == "clear") {
        for (std::size_t header = 0; header < kHeaders; ++header)
          xml_effect(tag, place, {true, static_cast<Header>(header), false}, {}, Action::kRemove);
        continue;
      }
      const Named named = header_of(tag.get("name"));
      if (!named.known) continue;
      xml_effect(tag, place, named, tag.get("value"), tag.name == "remove" ? Action::kRemove : Action::kSet);
    }
  }

  // Rules of the rewrite module that write a header of the answer.
  void outbound_rules(const std::vector<XmlTag>& tags, std::size_t at, const Place& place) {
    Named named;
    for (std::size_t i = at + 1; i < tags[at].end; ++i) {
      const XmlTag& tag = tags[i];
      if (tag.name == "rule") named = {};
      if (tag.name == "match") {
        std::string variable = lowered(tag.get("servervariable"));
        std::ranges::replace(variable, '_', '-');
        if (variable.starts_with("response-")) named = header_of(variable.substr(9));
      }
      if (tag.name == "action" && named.known && same_caseless(tag.get("type"), "rewrite"))
        xml_effect(tag, place, named, tag.get("value"), tag.get("value").empty() ? Action::kRemove : Action::kSet);
    }
  }

  void nwebsec_config(const std::vector<XmlTag>& tags, std::size_t at, const Place& place) {
    for (std::size_t i = at + 1; i < tags[at].end; ++i) {
      const XmlTag& tag = tags[i];
      if (tag.name == "x-frame-options" && !same_caseless(tag.get("policy"), "disabled"))
        xml_effect(tag, place, {true, Header::kFrameOptions, false}, tag.get("policy"));
      if (tag.name == "x-content-type-options" && tag.get("enabled") == "true")
        xml_effect(tag, place, {true, Header::kContentTypeOptions, false}, "nosniff");
      if (tag.name == "strict-transport-security") {
        const std::string age = tag.get("max-age");
        const long days = std::atol(age.c_str());
        xml_effect(tag, place, {true, Header::kHsts, false}, fmt::format("max-age={}", days * 86400));
      }
      const bool csp = tag.name == "content-security-policy" || tag.name == "content-security-policy-report-only";
      if (csp && tag.get("enabled") == "true") {
        std::string text;
        for (std::size_t j = i + 1; j < tag.end; ++j) {
          text += fmt::format("{}{}", text.empty() ? "" : "; ", tags[j].name);
          for (const auto& [name, source] :
               {std::pair("self", " 'self'"), std::pair("none", " 'none'"),
                std::pair("unsafeinline", " 'unsafe-inline'"), std::pair("unsafeeval", " 'unsafe-eval'")}) {
            if (tags[j].get(name) == "true") text += source;
          }
        }
        xml_effect(tag, place, {true, Header::kCsp, tag.name.ends_with("only")}, text);
      }
    }
  }

  Site& site_;
  std::size_t file_;
};

}  // namespace

void read_web_config(Site& site, const Text& text, std::size_t file) {
  WebConfigReader(site, file).read(text);
}

}  // namespace commandcenter::code::headers
