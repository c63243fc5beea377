/*
 * What the C tests check with. A failure is printed and counted, and the program goes on.
 *
 * A program is run as `program CASE STORE`; tests/c_interface.rs says which cases there are.
 */
#ifndef METALAB_TESTS_CHECK_H
#define METALAB_TESTS_CHECK_H

#define _DEFAULT_SOURCE

#ifdef METALAB_TESTS_LOADER
#include <metalab_dl.h>
#else
#include <metalab.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
static const char *store;

#define FAIL(...)                                          \
  do {                                                     \
    ++failures;                                            \
    fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);        \
    fprintf(stderr, __VA_ARGS__);                          \
    fputc('\n', stderr);                                   \
  } while (0)

#define CHECK(condition)                       \
  do {                                         \
    if (!(condition)) {                        \
      FAIL("not so: %s", #condition);          \
    }                                          \
  } while (0)

/* The call has to succeed. */
#define OK(call)                                                                           \
  do {                                                                                     \
    metalab_status_t status_ = (call);                                                     \
    if (status_ != METALAB_OK) {                                                           \
      FAIL("%s: %s: %s", #call, metalab_status_name(status_), metalab_last_error());       \
    }                                                                                      \
  } while (0)

/* The call has to answer this status, and the message to name the function and `part`. */
#define FAILS(wanted, part, call) FAILS_EXPANDED(wanted, part, call)
#define FAILS_EXPANDED(wanted, part, call)                                     \
  do {                                                                         \
    metalab_status_t status_ = (call);                                         \
    check_failure(__FILE__, __LINE__, #call, (wanted), (part), status_);       \
  } while (0)

/* The call has to answer METALAB_NO_CAPTURE, and to leave the last error alone. */
#define NOTHING(call)                                                                      \
  do {                                                                                     \
    const char *before_ = metalab_last_error();                                            \
    char kept_[512];                                                                       \
    snprintf(kept_, sizeof kept_, "%s", before_);                                          \
    metalab_status_t status_ = (call);                                                     \
    if (status_ != METALAB_NO_CAPTURE || strncmp(kept_, metalab_last_error(), 511) != 0) { \
      FAIL("%s: %s, last error \"%s\"", #call, metalab_status_name(status_),               \
           metalab_last_error());                                                          \
    }                                                                                      \
  } while (0)

static inline void check_failure(const char *file, int line, const char *call, metalab_status_t wanted,
                          const char *part, metalab_status_t status) {
  size_t name = strcspn(call, "(");
  const char *message = metalab_last_error();
  if (status != wanted) {
    ++failures;
    fprintf(stderr, "%s:%d: %s: %s (%s) instead of %s\n", file, line, call,
            metalab_status_name(status), status == METALAB_OK ? "" : message,
            metalab_status_name(wanted));
  } else if (strncmp(message, call, name) != 0 || strncmp(message + name, ": ", 2) != 0 ||
             strstr(message, part) == NULL) {
    ++failures;
    fprintf(stderr, "%s:%d: %s: the message \"%s\" does not say \"%s\"\n", file, line, call, message,
            part);
  }
}

/* The value of an output parameter before a call that must not touch it. */
#define UNTOUCHED ((void *)(uintptr_t)0x5a5a5a5aU)

/* Not UTF-8 in the middle. */
#define NOT_UTF8 "a\xff" "b"

static inline metalab_options_t *options_for(const char *experiment) {
  metalab_options_t *options = NULL;
  OK(metalab_options_new(&options));
  OK(metalab_options_store(options, store));
  OK(metalab_options_experiment(options, experiment));
  OK(metalab_options_code_hash(options, ""));
  return options;
}

/* A run of this id; the program can't go on without. */
static inline metalab_capture_t *open_run(const char *experiment, const char *run_id) {
  metalab_options_t *options = options_for(experiment);
  metalab_capture_t *capture = NULL;
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_capture_open(options, &capture));
  metalab_options_free(options);
  if (capture == NULL) {
    exit(1);
  }
  return capture;
}

/* The path of a file in the store, in a buffer that the next call uses again. */
static inline const char *in_store(const char *path) {
  static char full[4096];
  snprintf(full, sizeof full, "%s/%s", store, path);
  return full;
}

static inline void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  CHECK(file != NULL);
  if (file != NULL) {
    fputs(text, file);
    fclose(file);
  }
}

/* A file's bytes with a NUL after them, to be freed; NULL if there is no such file. */
static inline char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  long size;
  if (file == NULL) {
    return NULL;
  }
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  bytes = calloc((size_t)size + 1, 1);
  if (bytes != NULL && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

/* How often `part` is in a file of the store; -1 if there is no such file. */
static inline int count_in(const char *path, const char *part) {
  char *text = read_file(in_store(path)), *at = text;
  int count = 0;
  if (text == NULL) {
    return -1;
  }
  while ((at = strstr(at, part)) != NULL) {
    ++count;
    at += strlen(part);
  }
  free(text);
  return count;
}

/* Returns true if `part` is in a text that the library returned; frees the text. */
static inline int gave(char *text, const char *part) {
  int found = text != NULL && text != UNTOUCHED && strstr(text, part) != NULL;
  if (!found) {
    fprintf(stderr, "given: %s\n", text == NULL || text == UNTOUCHED ? "nothing" : text);
  }
  if (text != UNTOUCHED) {
    metalab_string_free(text);
  }
  return found;
}

struct test_case {
  const char *name;
  void (*body)(void);
};

static inline int run_case(int argc, char **argv, const struct test_case *cases, size_t count) {
  size_t index;
  if (argc != 3) {
    fprintf(stderr, "usage: %s CASE STORE\n", argv[0]);
    return 2;
  }
  store = argv[2];
  for (index = 0; index < count; ++index) {
    if (strcmp(cases[index].name, argv[1]) == 0) {
      cases[index].body();
      return failures == 0 ? 0 : 1;
    }
  }
  fprintf(stderr, "there is no case %s\n", argv[1]);
  return 2;
}

#define MAIN(cases)                                                              \
  int main(int argc, char **argv) {                                              \
    return run_case(argc, argv, cases, sizeof(cases) / sizeof((cases)[0]));      \
  }

#endif
