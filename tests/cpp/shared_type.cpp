// One of two libraries with hidden visibility: their errors are of one type and one category.
#include <metalab.hpp>

#define API extern "C" __attribute__((visibility("default")))

API const void* PREFIX(_category)() { return &metalab::category(); }
API void PREFIX(_code)(std::error_code* out) { *out = metalab::status::full; }
API bool PREFIX(_is_full)(const std::error_code* code) { return *code == metalab::status::full; }
API void PREFIX(_throw)() { throw metalab::error(metalab::status::full, "thrown"); }
API bool PREFIX(_catches)(void (*body)()) {
  try {
    body();
  } catch (const metalab::error& caught) {
    return caught.status() == metalab::status::full;
  } catch (const std::exception&) {
    return false;
  }
  return false;
}
