// A file in C++, and a plugin, of the test of the loader in tests/c/loader.c.
#include <metalab_dl.h>

#include <metalab.hpp>

#include "../c/loader.h"

#ifdef PLUGIN
metalab_status_t loader_load_in_plugin(const char *path) { return metalab_dl_load(path); }
#else
const void *loader_table_in_cpp() { return metalab_dl_in_this_file(); }
metalab_status_t loader_load_in_cpp(const char *path) { return metalab_dl_load(path); }
#endif
