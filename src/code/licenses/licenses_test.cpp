// Tags, notices, names and expressions.
#include "code/licenses/licenses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace commandcenter::code {
namespace {

const LicenseReader& reader() {
  static const LicenseReader kReader;
  return kReader;
}

std::string spdx(std::string_view text) {
  return reader().read(text).expression;
}

TEST(LicenseNotices, Tags) {
  EXPECT_EQ(spdx("// SPDX-License-Identifier: Apache-2.0\nint x;\n"), "Apache-2.0");
  EXPECT_EQ(spdx("/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */"),
            "GPL-2.0-only WITH Linux-syscall-note OR MIT");
  EXPECT_EQ(spdx("<!-- SPDX-License-Identifier: mit -->"), "MIT");
  EXPECT_EQ(spdx("# SPDX-License-Identifier: (MIT\n"), "");
}

TEST(LicenseNotices, References) {
  EXPECT_EQ(spdx("# Licensed under the Apache License, Version 2.0 (the \"License\");\n# you may not use\n"),
            "Apache-2.0");
  EXPECT_EQ(spdx("This project is released under the MIT License."), "MIT");
  EXPECT_EQ(spdx("// Use of this source code is governed by a BSD-style license that can be found in LICENSE"),
            "BSD-3-Clause");
  EXPECT_EQ(spdx("/* This Source Code Form is subject to the terms of the Mozilla Public\n * License, v. 2.0. */"),
            "MPL-2.0");
  EXPECT_EQ(spdx("The limited edition permits nothing that MIT did not."), "");
}

TEST(LicenseNotices, GnuLicencesByTheWordingOfTheNotice) {
  EXPECT_EQ(
      spdx("This program is free software; you can redistribute it and/or modify it under the terms of the GNU\n"
           "General Public License as published by the Free Software Foundation; either version 2 of the License,\n"
           "or (at your option) any later version.\n"),
      "GPL-2.0-or-later");
  EXPECT_EQ(spdx("under the terms of the GNU Lesser General Public License version 2.1 as published by the FSF."),
            "LGPL-2.1-only");
  EXPECT_EQ(spdx("licensed under the GNU Affero General Public License v3 or later"), "AGPL-3.0-or-later");
}

TEST(LicenseExpressions, ParseCanonicalAndRefuse) {
  const auto text = [](std::string_view expression) {
    const auto parsed = parse_license_expression(expression);
    return parsed ? parsed->text() : fmt::format("! {}", parsed.error().message);
  };
  EXPECT_EQ(text("(mit OR apache-2.0) AND bsd-3-clause"), "(MIT OR Apache-2.0) AND BSD-3-Clause");
  EXPECT_EQ(text("GPL-2.0+ with Classpath-exception-2.0"), "GPL-2.0-or-later WITH Classpath-exception-2.0");
  EXPECT_EQ(text("LicenseRef-Ours OR ((MIT))"), "LicenseRef-Ours OR MIT");
  EXPECT_EQ(text("MPL-1.0+"), "MPL-1.0+");
  EXPECT_TRUE(text("MIT OR").starts_with("! \"MIT OR\", column 7"));
  EXPECT_TRUE(text("").starts_with("!"));
  EXPECT_TRUE(text("MIT Apache-2.0").starts_with("!"));
  std::string deep(200, '(');
  deep.append("MIT");
  EXPECT_TRUE(text(deep).starts_with("!"));
}

// Pitfall C4: "(MIT OR GPL)" is decided, "NOT-MIT" and "LIMITED" are no MIT.
TEST(LicenseExpressions, EvaluateAgainstAPolicy) {
  const auto judged = [](std::string_view expression) {
    return judge_license(*parse_license_expression(expression), [](const LicenseExpression& license) {
      if (!license.known) return LicenseVerdict::kUnknown;
      if (license.id == "MIT") return LicenseVerdict::kAllowed;
      return license.id.starts_with("GPL") ? LicenseVerdict::kDenied : LicenseVerdict::kReview;
    });
  };
  EXPECT_EQ(judged("(MIT OR GPL-3.0-only)"), LicenseVerdict::kAllowed);
  EXPECT_EQ(judged("MIT AND GPL-3.0-only"), LicenseVerdict::kDenied);
  EXPECT_EQ(judged("Zlib OR GPL-3.0-only"), LicenseVerdict::kReview);
  EXPECT_EQ(judged("NOT-MIT"), LicenseVerdict::kUnknown);
  EXPECT_EQ(judged("LIMITED"), LicenseVerdict::kUnknown);
}

TEST(LicenseNames, WhatPeopleWriteIntoManifests) {
  EXPECT_EQ(license_from_name("Apache License, Version 2.0"), "Apache-2.0");
  EXPECT_EQ(license_from_name("The Apache Software License, Version 2.0"), "Apache-2.0");
  EXPECT_EQ(license_from_name("License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)"),
            "GPL-3.0-or-later");
  EXPECT_EQ(license_from_name("MIT/Apache-2.0"), "MIT OR Apache-2.0");
  EXPECT_EQ(license_from_name("BSD"), "BSD-3-Clause");
  EXPECT_EQ(license_from_name("SEE LICENSE IN x (not MIT)"), "");
  EXPECT_EQ(license_from_name("NOT-MIT"), "");
  EXPECT_EQ(license_from_name("UNLICENSED"), "");
}

}  // namespace
}  // namespace commandcenter::code
