#include <gtest/gtest.h>
#include "server/http.h"
