/* The declarations that the files of the test of the loader share. */
#ifndef METALAB_TESTS_LOADER_H
#define METALAB_TESTS_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* Which library this file has. */
static inline const void *metalab_dl_in_this_file(void) {
  const struct metalab_dl_table_ *table;
  return metalab_dl_lacks_(&table) ? (const void *)0 : table;
}

const void *loader_table_in_cpp(void);
metalab_status_t loader_load_in_cpp(const char *path);
metalab_status_t loader_load_in_plugin(const char *path);

#ifdef __cplusplus
}
#endif

#endif
