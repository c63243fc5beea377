// A program between two libraries that both use the headers with hidden visibility; and statuses among
// the standard's error codes and conditions.
#include "check.hpp"

#include <system_error>

extern "C" {
const void* a_category();
const void* b_category();
void a_code(std::error_code*);
bool a_is_full(const std::error_code*);
bool b_is_full(const std::error_code*);
void a_throw();
void b_throw();
bool a_catches(void (*)());
bool b_catches(void (*)());
}

int main() {
  CHECK(a_category() == b_category() && a_category() == &metalab::category());
  std::error_code code;
  a_code(&code);
  CHECK(a_is_full(&code) && b_is_full(&code) && code == metalab::status::full);
  CHECK(a_catches(a_throw) && a_catches(b_throw) && b_catches(a_throw) && b_catches(b_throw));

  CHECK(code == std::errc::no_space_on_device && code != std::errc::permission_denied);
  code = metalab::status::busy;
  CHECK(code == std::errc::device_or_resource_busy);
  code = metalab::status::skip;
  CHECK(!code);
  code = metalab::status::no_capture;
  CHECK(!code);
  code = metalab::status::panic;
  CHECK(code && code.default_error_condition().category() == metalab::category());
  return failures == 0 ? 0 : 1;
}
