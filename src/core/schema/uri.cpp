#include "core/schema/uri.h"

#include <cctype>
#include <charconv>

namespace commandcenter::schema {
namespace {

// RFC 3986, section 5.2.4.
std::string remove_dot_segments(std::string_view input) {
  std::string output;
  const auto drop_last = [&] { output.resize(output.rfind('/') == std::string::npos ? 0 : output.rfind('/')); };
  while (!input.empty()) {
    if (input.starts_with("../")) {
      input.remove_prefix(3);
    } else if (input.starts_with("./") || input.starts_with("/./")) {
      input.remove_prefix(2);
    } else if (input == "/.") {
      input = "/";
    } else if (input.starts_with("/../")) {
      input.remove_prefix(3);
      drop_last();
    } else if (input == "/..") {
      input = "/";
      drop_last();
    } else if (input == "." || input == "..") {
      input = {};
    } else {
      const std::size_t end = std::min(input.find('/', 1), input.size());
      output += input.substr(0, end);
      input.remove_prefix(end);
    }
  }
  return output;
}

std::string merge_paths(const Uri& base, const std::string& path) {
  if (base.authority && base.path.empty()) return "/" + path;
  const std::size_t slash = base.path.rfind('/');
  return (slash == std::string::npos ? std::string() : base.path.substr(0, slash + 1)) + path;
}

}  // namespace

std::string Uri::text() const {
  std::string out = scheme.empty() ? std::string() : scheme + ":";
  if (authority) out += "//" + *authority;
  out += path;
  if (query) out += "?" + *query;
  if (fragment) out += "#" + *fragment;
  return out;
}

Uri split_uri(std::string_view text) {
  Uri uri;
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    uri.fragment = std::string(text.substr(hash + 1));
    text = text.substr(0, hash);
  }
  if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
    uri.query = std::string(text.substr(mark + 1));
    text = text.substr(0, mark);
  }
  const std::size_t colon = text.find_first_of(":/");
  if (colon != std::string_view::npos && colon > 0 && text[colon] == ':' &&
      std::isalpha(static_cast<unsigned char>(text[0])) != 0) {
    uri.scheme = std::string(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t end = std::min(text.find('/'), text.size());
    uri.authority = std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
  uri.path = std::string(text);
  return uri;
}

Uri resolve_uri(std::string_view base_text, std::string_view reference_text) {
  Uri reference = split_uri(reference_text);
  if (!reference.scheme.empty() || base_text.empty()) return reference;
  Uri base = split_uri(base_text);
  base.fragment = reference.fragment;
  if (reference.authority) {
    base.authority = reference.authority;
    base.path = remove_dot_segments(reference.path);
    base.query = reference.query;
  } else if (!reference.path.empty()) {
    base.path = remove_dot_segments(reference.path.front() == '/' ? reference.path : merge_paths(base, reference.path));
    base.query = reference.query;
  } else if (reference.query) {
    base.query = reference.query;
  }
  return base;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace commandcenter::schema
