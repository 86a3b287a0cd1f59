// What the readers of Spring's Java and XML share: chains as parts of a site, and the headers that Spring Security
// sends by itself.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "code/headers/readers.h"
#include "code/headers/site.h"
#include "code/headers/xml.h"

namespace commandcenter::code::headers {

inline constexpr std::string_view kDefaultHsts = "max-age=31536000 ; includeSubDomains";

class SpringSite {
 protected:
  // Spring writes a header only where nobody did before.
  void push(Effect effect, Header header, std::string value);
  void add_defaults(int scope, std::size_t file, std::size_t offset, const std::set<Header>& but = {});
  void remove_all(Effect effect);

  // The <http> elements of a file, if it is one of Spring Security's.
  void read_xml_file(const Text& text, std::size_t file);

  Site site_;
  bool any_base_ = false;  // a chain for all requests is known

 private:
  void xml_chain(const std::vector<XmlTag>& tags, std::size_t http, std::size_t file);
  void xml_option(const XmlTag& tag, Effect effect, std::set<Header>& seen);
};

}  // namespace commandcenter::code::headers
