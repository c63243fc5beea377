// Checks of the tests: a failure is printed and counted, and the program goes on.
#ifndef METALAB_TESTS_CHECK_HPP
#define METALAB_TESTS_CHECK_HPP

#include <metalab.hpp>

#include <cstdio>
#include <string>

inline int failures = 0;

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      ++failures;                                                                              \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
    }                                                                                          \
  } while (false)

// The statement has to throw a metalab::error of this status.
#define CHECK_THROWS(wanted, statement)                                                        \
  do {                                                                                         \
    try {                                                                                      \
      statement;                                                                               \
      ++failures;                                                                              \
      std::fprintf(stderr, "%s:%d: no error: %s\n", __FILE__, __LINE__, #statement);           \
    } catch (const metalab::error& thrown) {                                                   \
      if (thrown.status() != (wanted) || thrown.what()[0] == '\0') {                           \
        ++failures;                                                                            \
        std::fprintf(stderr, "%s:%d: another error (%s): %s: %s\n", __FILE__, __LINE__,        \
                     thrown.code().message().c_str(), thrown.what(), #statement);              \
      }                                                                                        \
    }                                                                                          \
  } while (false)

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The options of a run of this experiment, whose id does not depend on this program's code.
inline metalab::options options_for(const std::string& store, const std::string& experiment) {
  metalab::options what;
  what.store(store).experiment(experiment).seed(7).code_hash("");
  return what;
}

#endif
