// Two files with flags of their own in one program: a run has the flags of the file that opened it.
#include "check.hpp"

#include <string>

void open_in_other_file(const std::string& store);

#if defined(OTHER_FILE)
void open_in_other_file(const std::string& store) { metalab::capture run(options_for(store, "flags_other")); }
#else
int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s STORE\n", arguments[0]);
    return 2;
  }
  const std::string store = arguments[1];
  open_in_other_file(store);
  metalab::capture run(options_for(store, "flags_own"));
  return failures == 0 ? 0 : 1;
}
#endif
