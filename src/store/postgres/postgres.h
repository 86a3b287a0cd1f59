// A Store in a PostgreSQL database (14 or newer), for records that shall outlive the machine. All of it lies in the
// schema "commandcenter". One server at a time, held by an advisory lock; another may take over when it is gone.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace commandcenter::store {

// `url`: as libpq takes it, postgres://USER:PASSWORD@HOST/DATABASE or "host=… dbname=…". Makes the schema when it is
// absent, migrates forward when it is older. Fails with a sentence that says what to do: kInvalid for an address nobody
// can use, kUnavailable when nobody answers, kConflict when another server is at work on it or it is newer than this
// program.
//
// A commit whose answer was lost with the connection is looked up on the next one, so that it is known whether it was
// written.
Result<std::unique_ptr<Store>> open_postgres(const std::string& url);

// Whether open_postgres() may work: somebody answers, and the user may make tables. Changes nothing, and leaves a
// server that is at work alone.
Result<void> try_postgres(const std::string& url);

}  // namespace commandcenter::store
