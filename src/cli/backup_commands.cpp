// `backup`, `restore` and `check`: a data folder as one file, and whether it is sound. They need no server, and do not
// mind one that is at work.
#include <cstdio>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/local_store.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "store/sqlite/backup.h"

namespace commandcenter::cli {
namespace {

Json summary_json(const store::BackupSummary& summary) {
  return {{"madeAt", iso8601(summary.made_at_ms)},
          {"schema", summary.schema},
          {"runs", summary.runs},
          {"files", summary.files},
          {"sizeBytes", summary.size_bytes}};
}

std::string summary_text(const store::BackupSummary& summary) {
  return fmt::format("{} runs, {} files, {:.1f} MiB", summary.runs, summary.files,
                     static_cast<double>(summary.size_bytes) / (1 << 20));
}

}  // namespace

int back_up(const config::Settings& settings, const std::string& file, bool json) {
  if (const auto there = require_file(settings, "pg_dump --schema=commandcenter backs them up"); !there)
    return print_error(there.error());
  SystemClock clock;
  const auto summary = store::back_up(settings.data, file, clock.wall_ms());
  if (!summary) return print_error(summary.error());
  if (json)
    print_json(summary_json(*summary));
  else
    std::printf("backed up to %s: %s\n", file.c_str(), summary_text(*summary).c_str());
  return kExitOk;
}

int restore(const std::string& file, const config::Settings& settings, bool force, bool json) {
  if (const auto there = require_file(settings, "psql or pg_restore reads what pg_dump wrote"); !there)
    return print_error(there.error());
  const std::string& data = settings.data;
  const auto summary = store::restore(file, data, force);
  if (!summary) return print_error(summary.error());
  if (json) {
    Json shown = summary_json(*summary);
    shown["keptAs"] = summary->kept_as.empty() ? Json(nullptr) : Json(summary->kept_as);
    print_json(shown);
    return kExitOk;
  }
  std::printf("restored %s as of %s: %s\n", data.c_str(), iso8601(summary->made_at_ms).c_str(),
              summary_text(*summary).c_str());
  if (!summary->kept_as.empty()) std::printf("what was there before is now in %s\n", summary->kept_as.c_str());
  return kExitOk;
}

int check_data(const config::Settings& settings, bool json) {
  if (const auto there = require_file(settings, "PostgreSQL looks after its files itself"); !there)
    return print_error(there.error());
  const std::string& data = settings.data;
  const auto checked = store::check_database(data);
  if (!checked) return print_error(checked.error());
  if (json)
    print_json({{"sound", true}});
  else
    std::printf("the database in %s is sound\n", data.c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
