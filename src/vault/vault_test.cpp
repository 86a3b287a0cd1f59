// Secrets at rest and who gets them (pitfall B14; features 53, 63, 99).
#include "vault/vault.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "store/memory/memory.h"

namespace commandcenter::vault {
namespace {

constexpr const char* kValue = "correct horse battery";

class VaultTest : public testing::Test {
 protected:
  std::unique_ptr<Vault> vault(KeySource source) {
    return std::make_unique<Vault>(*store_, std::move(source), [this](const std::string& text) { told_ += text; });
  }
  std::unique_ptr<Vault> vault() { return vault({{}, {}, key_file()}); }
  std::string key_file() const { return folder_ + "/secrets.key"; }
  void put(Result<store::StateRow> row) {
    ASSERT_TRUE(row) << row.error().message;
    ASSERT_TRUE(store_->commit({{std::move(*row)}, {}}));
  }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  TestFolder temporary_;
  const std::string folder_ = temporary_.path;
  std::string told_;
  const SecretName token_{1, "TOKEN"};
};

TEST_F(VaultTest, WhatIsStoredShowsNothing) {
  const auto own = vault();
  const auto row = own->set(token_, kValue, 5);
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->document.find("horse"), std::string::npos);
  EXPECT_NE(row->document, own->set(token_, kValue, 5)->document) << "equal values look different";
  struct stat about {};
  ASSERT_EQ(::stat(key_file().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  EXPECT_NE(told_.find(key_file()), std::string::npos);
}

TEST_F(VaultTest, OneAgentSeesItsSecretAndAnotherDoesNot) {
  const auto own = vault();
  EXPECT_EQ(
      own->check(token_, "a1", "scanner").error().message,
      "agent scanner needs the secret TOKEN, which is not set: commandcenter secrets set TOKEN, then secrets grant "
      "TOKEN scanner");
  put(own->set(token_, kValue, 5));
  EXPECT_EQ(own->check({2, "TOKEN"}, "a1", "scanner").error().code, ErrorCode::kNotFound) << "of another project";
  put(Vault::grant(token_, "a1"));
  EXPECT_EQ(own->value_for(token_, "a1", "scanner"), kValue);
  const auto other = own->value_for(token_, "a2", "other");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "agent other needs the secret TOKEN, which it was not granted: commandcenter secrets grant TOKEN other");
  const auto [space, key] = Vault::grant_key(token_, "a1");
  ASSERT_TRUE(store_->commit({{}, {{store::Table::kState, key, space}}}));
  EXPECT_EQ(own->value_for(token_, "a1", "scanner").error().code, ErrorCode::kForbidden);
}

TEST_F(VaultTest, AValueIsReplacedWithoutARestart) {
  const auto own = vault();
  put(own->set(token_, kValue, 5));
  put(Vault::grant(token_, "a1"));
  put(own->set(token_, "another value", 9));
  EXPECT_EQ(own->value_for(token_, "a1", "scanner"), "another value");
  const auto list = own->list(1);
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().created_at_ms, 5);
  EXPECT_EQ(list->front().updated_at_ms, 9);
  EXPECT_EQ(list->front().agents, std::vector<std::string>{"a1"});
  EXPECT_EQ(own->remove(token_)->size(), 2U);
}

TEST_F(VaultTest, ARecordUnderAnotherNameDoesNotOpen) {
  const auto own = vault();
  auto row = own->set(token_, kValue, 5);
  row->key = "1/OTHER";
  put(std::move(row));
  put(Vault::grant({1, "OTHER"}, "a1"));
  EXPECT_NE(own->value_for({1, "OTHER"}, "a1", "x").error().message.find("damaged"), std::string::npos);
}

TEST_F(VaultTest, TheKeyComesFromWhereItIs) {
  put(vault()->set(token_, kValue, 5));
  put(Vault::grant(token_, "a1"));
  std::string text;
  std::getline(std::ifstream(key_file()), text);
  EXPECT_EQ(vault({text, {}, "/nowhere/key"})->value_for(token_, "a1", "x"), kValue);
  std::filesystem::rename(key_file(), folder_ + "/secrets-key");
  EXPECT_EQ(vault({{}, folder_, "/nowhere/key"})->value_for(token_, "a1", "x"), kValue);

  const auto lost = vault();
  EXPECT_NE(lost->value_for(token_, "a1", "x").error().message.find("no key"), std::string::npos);
  EXPECT_FALSE(lost->set({1, "MORE"}, kValue, 5)) << "a new key beside secrets of the old one";
  EXPECT_NE(vault({std::string(64, 'a'), {}, {}})->value_for(token_, "a1", "x").error().message.find("the key is not"),
            std::string::npos);
  EXPECT_NE(vault({"no key", {}, {}})->set(token_, kValue, 5).error().message.find("64 hexadecimal digits"),
            std::string::npos);
  std::filesystem::rename(folder_ + "/secrets-key", key_file());
  ::chmod(key_file().c_str(), 0640);
  EXPECT_NE(vault()->value_for(token_, "a1", "x").error().message.find("chmod 600"), std::string::npos);
}

TEST_F(VaultTest, TheKeyMayLieInTheFolderThatTheServerWasStartedIn) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const auto row = vault({{}, {}, "own.key"})->set(token_, kValue, 5);
  std::filesystem::current_path(before);
  EXPECT_TRUE(row) << row.error().message;
}

TEST_F(VaultTest, NamesAndValuesHaveLimits) {
  const auto own = vault();
  for (const char* name : {"", "1A", "a/b", "a.b", "ä", ".."})
    EXPECT_FALSE(own->set({1, name}, kValue, 5)) << name;
  EXPECT_FALSE(own->set(token_, "short", 5));
  EXPECT_FALSE(own->set(token_, std::string(kMaxValue_bytes + 1, 'x'), 5));
  EXPECT_TRUE(own->set(token_, std::string(kMaxValue_bytes, '\0'), 5));
}

TEST_F(VaultTest, AnotherKeyForAllOfThem) {
  put(vault()->set(token_, kValue, 5));
  put(vault()->set({2, "OTHER"}, "another value", 5));
  put(Vault::grant(token_, "a1"));
  std::string old_key;
  std::getline(std::ifstream(key_file()), old_key);
  const auto own = vault();
  EXPECT_EQ(own->seal_again({}).value(), 2);
  EXPECT_EQ(own->value_for(token_, "a1", "x"), kValue);
  EXPECT_EQ(vault()->value_of({2, "OTHER"}), "another value");
  EXPECT_EQ(vault()->list(1)->front().updated_at_ms, 5) << "the value is the same";
  EXPECT_FALSE(std::filesystem::exists(key_file() + ".new"));
  EXPECT_FALSE(vault({old_key, {}, {}})->value_of(token_)) << "the old key opens nothing";

  EXPECT_NE(vault({old_key, {}, key_file()})->seal_again({}).error().message.find("--to FILE"), std::string::npos);
}

// Record before act: whenever it is interrupted, the secrets can be read, and one key is left.
TEST_F(VaultTest, AnotherKeySurvivesACrash) {
  put(vault()->set(token_, kValue, 5));
  std::ofstream(key_file() + ".new") << std::string(64, 'b') << "\n";
  std::filesystem::permissions(key_file() + ".new", std::filesystem::perms{0600});
  EXPECT_EQ(vault()->value_of(token_), kValue) << "before the secrets were sealed again";
  EXPECT_FALSE(std::filesystem::exists(key_file() + ".new"));

  std::ofstream(key_file() + ".new") << "half";
  std::filesystem::permissions(key_file() + ".new", std::filesystem::perms{0600});
  EXPECT_EQ(vault()->value_of(token_), kValue) << "while the key was written";

  std::filesystem::copy(key_file(), folder_ + "/old");
  EXPECT_EQ(vault()->seal_again({}).value(), 1);
  std::filesystem::rename(key_file(), key_file() + ".new");
  std::filesystem::rename(folder_ + "/old", key_file());
  EXPECT_EQ(vault()->value_of(token_), kValue) << "before the new key took the old one's place";
  EXPECT_FALSE(std::filesystem::exists(key_file() + ".new"));
  EXPECT_EQ(vault()->value_of(token_), kValue);
}

}  // namespace
}  // namespace commandcenter::vault
