#include "check.hpp"

#include <exception>

void test_values();
void test_arrays(const std::string& store);
void test_emit(const std::string& store);
void test_ending(const std::string& store);
void test_failures(const std::string& store);
void test_identity(const std::string& store);
void test_workers(const std::string& store);
void test_logs(const std::string& store);
void test_mapped(const std::string& store);
void test_quiet(const std::string& store);
void test_reading(const std::string& store);
void test_streams(const std::string& store);

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s STORE\n", arguments[0]);
    return 2;
  }
  const std::string store = arguments[1];
  try {
    test_values();
    test_arrays(store);
    test_emit(store);
    test_failures(store);
    test_identity(store);
    test_workers(store);
    test_logs(store);
    test_mapped(store);
    test_quiet(store);
    test_reading(store);
    test_streams(store);
    test_ending(store);
  } catch (const std::exception& unexpected) {
    std::fprintf(stderr, "unexpected: %s\n", unexpected.what());
    return 1;
  }
  return failures == 0 ? 0 : 1;
}
