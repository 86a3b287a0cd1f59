// What helmet and its relatives send, by version and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/headers/program.h"

namespace commandcenter::code::headers {

inline constexpr int kUnknownVersion = 0;

bool is_helmet(std::string_view module);  // helmet, koa-helmet, @fastify/helmet, fastify-helmet

// Helmet's own major version behind that of a wrapper.
int helmet_version(std::string_view module, int major);

// The middleware as a whole: "helmet(options)".
void add_helmet(Site& site, const Value& options, int version, Effect place);

// One of its parts: "helmet.hsts(options)"; false when there is no such part.
bool add_helmet_part(Site& site, std::string_view part, const Value& options, int version, Effect place);

// Takes off what add_helmet puts on.
void remove_helmet(Site& site, Effect place);

// lusca(options), lusca.xframe(value).
void add_lusca(Site& site, std::string_view part, const Value& options, Effect place);

// A policy from a dictionary of directives, in camel case or not.
std::string policy_text(const Value& directives);

}  // namespace commandcenter::code::headers
