// Images of containers as folders that programs are shown as their root. A container engine of the machine (podman or
// docker) keeps and pulls images and unpacks them; it runs nothing: programs of an image run in the same sandbox as all
// others. Private to this folder.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kPull_ms = 10 * 60'000;
inline constexpr std::int64_t kUnpack_ms = 5 * 60'000;

struct Ran;  // see image_engine.h

// What the image says about how it is run.
struct Image {
  std::string root;                      // its files, in a folder that is named by the image's id
  std::vector<std::string> command;      // entry point and arguments
  std::vector<std::string> environment;  // NAME=value
};

class ImageStore {
 public:
  // `folder` is for unpacked images.
  ImageStore(std::string folder, std::vector<std::string> registries)
      : folder_(std::move(folder)), registries_(std::move(registries)) {}

  // Blocks while the image is pulled and unpacked, which happens once for each. kInvalid, kForbidden, kNotFound and
  // kUnavailable say what to do.
  Result<Image> prepare(const ImageUse& use) const;
  void stop() { stopping_ = true; }  // from another thread: what is under way fails soon

 private:
  Error why_missing(const std::string& engine, const ImageName& name, ImagePull pull, const Ran& about) const;
  Result<void> unpack(const std::string& engine, const std::string& name, const std::string& root) const;

  const std::string folder_;
  const std::vector<std::string> registries_;
  std::atomic<bool> stopping_ = false;
};

// argv[0] as a path of the image: looked for where its PATH says. kNotFound.
Result<std::string> find_in_image(const Image& image, const std::string& program);

}  // namespace commandcenter::sandbox
