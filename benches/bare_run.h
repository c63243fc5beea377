/* The file operations of a run with nothing in it, the next one of an experiment that is there, and
 * nothing else: the floor of opening and finishing one. This list is kept by hand and in this file
 * only: whoever has the library need fewer of them deletes them here. The benchmark counts the
 * library's with strace, so that a list that is longer or shorter is seen. */
#ifndef BARE_RUN_H
#define BARE_RUN_H

#include "bench.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { BARE_RECORD = 1200, BARE_SEGMENT = 128 << 10 };

static inline void bare_check(bool good, const char *path) {
  if (!good) die(path, "a bare file operation failed");
}

static inline void bare_path(char path[4096], const char *store, const char *format, const char *run) {
  char name[512];
  snprintf(name, sizeof name, format, run, run);
  path_in(path, store, name);
}

static inline void bare_mkdir(const char *store, const char *format, const char *run) {
  char path[4096];
  bare_path(path, store, format, run);
  bare_check(mkdir(path, 0777) == 0, path);
}

static inline void bare_remove(const char *store, const char *format, const char *run) {
  char path[4096];
  bare_path(path, store, format, run);
  bare_check(remove(path) == 0, path);
}

/* A new file with `size` bytes in it; stays open. */
static inline int bare_create(const char *store, const char *format, const char *run, size_t size) {
  static const char bytes[BARE_SEGMENT];
  char path[4096];
  bare_path(path, store, format, run);
  const int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
  bare_check(file >= 0 && write(file, bytes, size) == (ssize_t)size, path);
  return file;
}

/* The record, whole or not at all. */
static inline void bare_record(const char *store, const char *run) {
  char temporary[4096], path[4096];
  close(bare_create(store, "runs/.%s.json.tmp", run, BARE_RECORD));
  bare_path(temporary, store, "runs/.%s.json.tmp", run);
  bare_path(path, store, "runs/%s.json", run);
  bare_check(rename(temporary, path) == 0, path);
}

/* The directories of an experiment, which the runs before have made. */
static inline void bare_experiment(const char *store) {
  static const char *const names[] = {"", ".locks", ".journal", "artifacts", "logs", "results", "runs"};
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) bare_mkdir(store, names[k], "");
}

static inline void bare_run(const char *store, const char *run) {
  /* Open. The run's lock, which the Python package takes as well. */
  const int lock = bare_create(store, ".locks/%s.lock", run, 0);
  bare_check(flock(lock, LOCK_EX | LOCK_NB) == 0, "flock");
  /* The journal: a directory for the run and one for the process, */
  bare_mkdir(store, ".journal/%s", run);
  bare_mkdir(store, ".journal/%s/1", run);
  /* a file that is locked while the process lives, */
  const int alive = bare_create(store, ".journal/%s/1/alive", run, 17);
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  bare_check(fcntl(alive, F_SETLK, &whole) == 0, "fcntl");
  /* how far the log is, */
  const int position = bare_create(store, ".journal/%s/1/position", run, 4096);
  void *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, position, 0);
  close(position);
  /* what the run is, for whoever recovers it, */
  close(bare_create(store, ".journal/%s/1/run.json", run, BARE_RECORD));
  /* and a thread's first segment. */
  const int segment = bare_create(store, ".journal/%s/1/segment", run, BARE_SEGMENT);
  void *records = mmap(NULL, BARE_SEGMENT, PROT_READ | PROT_WRITE, MAP_SHARED, segment, 0);
  close(segment);
  bare_check(words != MAP_FAILED && records != MAP_FAILED, "mmap");
  /* The store's part: two directories, the record that says "running". */
  bare_mkdir(store, "results/%s", run);
  bare_mkdir(store, "artifacts/%s", run);
  bare_record(store, run);

  /* Finish: the record that says how it ended, and the journal goes. */
  bare_record(store, run);
  munmap(words, 4096);
  munmap(records, BARE_SEGMENT);
  bare_remove(store, ".journal/%s/1/segment", run);
  bare_remove(store, ".journal/%s/1/run.json", run);
  bare_remove(store, ".journal/%s/1/position", run);
  bare_remove(store, ".journal/%s/1/alive", run);
  bare_remove(store, ".journal/%s/1", run);
  bare_remove(store, ".journal/%s", run);
  close(alive);
  close(lock);
}

#endif
