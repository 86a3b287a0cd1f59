#include "code/headers/spring_site.h"

#include <utility>

#include <fmt/format.h>

#include "code/headers/words.h"

namespace commandcenter::code::headers {

void SpringSite::push(Effect effect, Header header, std::string value) {
  effect.header = header;
  effect.action = Action::kDefault;
  effect.value = std::move(value);
  site_.effects.push_back(std::move(effect));
}

void SpringSite::add_defaults(int scope, std::size_t file, std::size_t offset, const std::set<Header>& but) {
  Effect effect;
  effect.scope = scope;
  effect.phase = Phase::kLate;
  effect.file = file;
  effect.offset = offset;
  if (!but.contains(Header::kHsts)) push(effect, Header::kHsts, std::string(kDefaultHsts));
  if (!but.contains(Header::kFrameOptions)) push(effect, Header::kFrameOptions, "DENY");
  if (!but.contains(Header::kContentTypeOptions)) push(effect, Header::kContentTypeOptions, "nosniff");
}

void SpringSite::read_xml_file(const Text& text, std::size_t file) {
  if (!text.path.ends_with(".xml") || !contains(text.text, "springframework.org/schema/security")) return;
  const std::vector<XmlTag> tags = read_xml(text.text);
  for (std::size_t tag = 0; tag < tags.size(); ++tag) {
    if (tags[tag].name == "http") xml_chain(tags, tag, file);
  }
}

void SpringSite::remove_all(Effect effect) {
  effect.action = Action::kRemove;
  for (std::size_t i = 0; i < kHeaders; ++i) {
    effect.header = static_cast<Header>(i);
    site_.effects.push_back(effect);
  }
}

void SpringSite::xml_chain(const std::vector<XmlTag>& tags, std::size_t http, std::size_t file) {
  const std::string pattern = tags[http].get("pattern");
  const bool whole = pattern.empty() || pattern == "/**" || pattern == "/*";
  int scope = kWholeSite;
  if (site_.files.empty()) site_.files = {file};
  if (!whole || any_base_)
    scope = site_.add_scope(whole ? "another chain" : pattern, true);
  else
    any_base_ = true;
  Effect effect;
  effect.scope = scope;
  effect.phase = Phase::kLate;
  effect.file = file;
  effect.offset = tags[http].offset;
  bool disabled = tags[http].get("security") == "none";
  bool defaults = true;
  std::set<Header> seen;
  for (std::size_t tag = http + 1; tag < tags[http].end; ++tag) {
    if (tags[tag].name == "headers") {
      disabled = disabled || tags[tag].get("disabled") == "true";
      defaults = tags[tag].get("defaults-disabled") != "true";
    }
    if (!disabled) xml_option(tags[tag], effect, seen);
  }
  if (!disabled && defaults) add_defaults(scope, file, tags[http].offset, seen);
  if (disabled) {
    remove_all(effect);
  }
}

void SpringSite::xml_option(const XmlTag& tag, Effect effect, std::set<Header>& seen) {
  effect.offset = tag.offset;
  const auto either = [&](std::string_view attribute, std::string_view fallback) {
    const std::string* value = tag.find(attribute);
    return value == nullptr ? std::string(fallback) : *value;
  };
  std::string value;
  Header header = Header::kCsp;
  if (tag.name == "frame-options") {
    header = Header::kFrameOptions;
    value = either("policy", "DENY");
  } else if (tag.name == "hsts") {
    header = Header::kHsts;
    value = fmt::format("max-age={}", either("max-age-seconds", "31536000"));
  } else if (tag.name == "content-type-options") {
    header = Header::kContentTypeOptions;
    value = "nosniff";
  } else if (tag.name == "content-security-policy") {
    value = tag.get("policy-directives");
    effect.report_only = tag.get("report-only") == "true";
  } else if (tag.name == "referrer-policy") {
    header = Header::kReferrer;
    value = either("policy", "no-referrer");
  } else if (tag.name == "permissions-policy") {
    header = Header::kPermissions;
    value = tag.get("policy");
  } else if (tag.name == "header") {
    const Named named = header_of(tag.get("name"));
    if (!named.known) return;
    header = named.header;
    effect.report_only = named.report_only;
    value = tag.get("value");
  } else {
    return;
  }
  seen.insert(header);
  if (tag.get("disabled") == "true") {
    effect.header = header;
    effect.action = Action::kRemove;
    site_.effects.push_back(std::move(effect));
    return;
  }
  push(std::move(effect), header, std::move(value));
}

}  // namespace commandcenter::code::headers
