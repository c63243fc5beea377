// Contents to store besides arrays and JSON: bytes, texts, and several arrays together.
#ifndef METALAB_CONTENT_HPP
#define METALAB_CONTENT_HPP

#include "array.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace metalab {
inline namespace METALAB_ABI {

/// Bytes in the caller's memory, read during the call only. The kind says what readers take them
/// for ("text", "file", "image", a name of yours), the format is the file's extension.
struct bytes {
  const void* data = nullptr;
  std::size_t size = 0;
  text kind = "file";
  text format = "binary";
};

/// Bytes that it owns, for serializers: `return metalab::blob{encode(mesh), "mesh", "vtu"};`
struct blob {
  std::string content;
  std::string kind = "file";
  std::string format = "binary";
};

/// Several arrays for one file, as views of the caller's memory.
using named_arrays = std::vector<named_array>;

}  // inline namespace
}  // namespace metalab

#endif
