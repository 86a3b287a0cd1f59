// Writes patches to real files: all of one or nothing, once, whatever dies in between.
//
//   journal: what was there and what is to be, on disk first ──▶ files, one rename each ──▶ forget()
//
// A crash leaves the journal; the same order given again finishes what it says, or takes it back when somebody has
// changed a file in the middle. One thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "patch/patch.h"

namespace commandcenter::patch {

// One patch for one folder. Several in an order build on each other.
struct Step {
  std::string folder;  // absolute
  std::string text;
};

struct Order {
  std::string id;  // what makes it count once: letters, digits, '-'
  std::vector<Step> steps;
};

struct Applied {
  std::vector<std::string> reverse;  // for each step, the patch that takes it back
};

class Applier {
 public:
  // `folder` is where journals are kept; it is made when it is not there.
  explicit Applier(std::string folder) : folder_(std::move(folder)) {}

  // On disk when it returns. kConflict and other errors: nothing has changed. An order that was carried out before and
  // is not forgotten yet is carried out no second time.
  Result<Applied> apply(const Order& order);

  // The order's outcome is recorded elsewhere: it will not be given again.
  void forget(const std::string& id);

  // For tests: called before each file is written or removed; false lets the applier stop there as if it had died.
  void on_write(std::function<bool()> observer) { on_write_ = std::move(observer); }

 private:
  struct Item {
    std::string folder;
    Change change;
  };
  Result<std::vector<Item>> work_out(const Order& order, Applied& applied) const;
  Result<void> write_journal(const std::string& id, const std::vector<Item>& items, const Applied& applied) const;
  Result<bool> read_journal(const std::string& id, std::vector<Item>& items, Applied& applied) const;
  Result<void> carry_out(const std::string& id, const std::vector<Item>& items);
  Result<void> take_back(const std::string& id, const std::vector<Item>& items);
  Result<void> put(const std::string& id, const std::vector<Item>& items, std::optional<Content> Change::*side);
  std::string path_of(const std::string& id) const { return folder_ + "/" + id + ".journal"; }

  const std::string folder_;
  std::function<bool()> on_write_;
};

}  // namespace commandcenter::patch
