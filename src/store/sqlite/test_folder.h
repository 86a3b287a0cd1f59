// A place for a data folder, for every test its own.
#pragma once

#include <string>

#include "base/test_folder.h"

namespace commandcenter::store {

class TestFolder : public commandcenter::TestFolder {
 public:
  std::string data() const { return path + "/data"; }  // not there yet
  std::string database() const { return data() + "/commandcenter.db"; }
};

}  // namespace commandcenter::store
