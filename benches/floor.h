/* The least that a call can cost which leaves what it got in memory that belongs to a file: bounds
 * checked, words stored, the first of them last and with release order, so that whoever reads the
 * file sees whole records. Includes in C and C++. */
#ifndef FLOOR_H
#define FLOOR_H

#include "bench.h"

#include <sys/mman.h>

struct floor_file {
  char *begin, *at, *end;
};

/* From the beginning again. Every page is written to once: the kernel makes a page of a file
 * read-only when it writes it out, and the next store is a fault. */
static inline void floor_rewind(struct floor_file *file) {
  for (char *page = file->begin; page < file->end; page += 4096) *(volatile char *)page = 0;
  file->at = file->begin;
}

static inline struct floor_file floor_open(const char *directory, const char *name, size_t size) {
  char path[4096];
  path_in(path, directory, name);
  const int file = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
  if (file < 0 || posix_fallocate(file, 0, (off_t)size) != 0) die(path, "cannot be made");
  void *begin = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (begin == MAP_FAILED) die(path, "cannot be mapped");
  close(file);
  unlink(path);
  struct floor_file mapped = {(char *)begin, (char *)begin, (char *)begin + size};
  floor_rewind(&mapped);
  return mapped;
}

enum { FLOOR_POINT = 3 * sizeof(uint64_t) };

/* A point: three words. */
static inline bool floor_point(struct floor_file *file, int64_t step, double value) {
  char *at = file->at;
  if (file->end - at < FLOOR_POINT) return false;
  const uint64_t id = 1;
  memcpy(at + 8, &step, sizeof step);
  memcpy(at + 16, &value, sizeof value);
  __atomic_store_n((uint64_t *)(void *)at, id, __ATOMIC_RELEASE);
  file->at = at + FLOOR_POINT;
  return true;
}

static inline size_t floor_line_size(size_t size) { return (16 + size + 7) & ~(size_t)7; }

/* A line of a log: its size, the coarse clock, its bytes. */
static inline bool floor_line(struct floor_file *file, const char *text, size_t size) {
  char *at = file->at;
  const size_t whole = floor_line_size(size);
  if ((size_t)(file->end - at) < whole) return false;
  struct timespec now;
#if defined(CLOCK_REALTIME_COARSE)
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
#else
  clock_gettime(CLOCK_REALTIME, &now);
#endif
  const uint64_t time = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  memcpy(at + 8, &time, sizeof time);
  memcpy(at + 16, text, size);
  __atomic_store_n((uint64_t *)(void *)at, (uint64_t)size, __ATOMIC_RELEASE);
  file->at = at + whole;
  return true;
}

#endif
