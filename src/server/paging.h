// Pages of lists that stay plain arrays: ?limit= and ?cursor= in, a Link header to the next page out. Private to this
// folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api.h"
#include "server/http.h"
#include "store/store.h"

namespace commandcenter::server {

inline constexpr std::int64_t kMaxPage = 1'000;
inline constexpr std::size_t kMaxPage_bytes = 8 << 20;  // of large rows a page has fewer than it may, but always one

struct Page {
  std::int64_t limit = kMaxPage;
  std::string cursor;  // empty: the first page
};

// Answers 400 itself when the limit is no whole number from 1 to kMaxPage.
std::optional<Page> page_of(const Request& request, std::int64_t default_limit, Responder& responder);

// Newest first, after the row that the cursor names, which may be gone by now; one row more than the page has, so that
// it is known whether there is another page. Answers 400 itself when the cursor is none of ours.
bool ask_for_page(const Page& page, store::Query& query, const Request& request, Responder& responder);

std::string cursor_of(std::int64_t at_ms, const std::string& id);

// Of the page that begins behind the cursor.
void link_next(Response& response, const Request& request, const std::string& cursor);

// Cuts the row too many off and links to it.
template <typename Row, typename Time>
void cut_page(const Page& page, std::vector<Row>& rows, Time Row::*at_ms, std::string& next) {
  if (rows.size() <= static_cast<std::size_t>(page.limit)) return;
  rows.resize(static_cast<std::size_t>(page.limit));
  next = cursor_of(rows.back().*at_ms, rows.back().id);
}

std::vector<Parameter> with_page(std::vector<Parameter> parameters, std::int64_t default_limit);

}  // namespace commandcenter::server
