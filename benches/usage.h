/* Resources of this process: processor, memory, disk, threads, descriptors. Where the system has no
 * /proc, what is read from there is 0. */
#ifndef USAGE_H
#define USAGE_H

#include "bench.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Seconds of a processor that this process has used. */
static inline double used_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static inline double peak_mebibytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return (double)usage.ru_maxrss / (1024.0 * 1024.0);
#else
  return (double)usage.ru_maxrss / 1024.0;
#endif
}

/* A line of /proc/self/status: a number after `key`, as "VmRSS:". */
static inline long status_of(const char *key) {
  char line[256];
  long value = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) value = strtol(line + strlen(key), NULL, 10);
  fclose(file);
  return value;
}

/* Memory that is there now, mapped files among it. */
static inline double memory_mebibytes(void) { return (double)status_of("VmRSS:") / 1024.0; }

static inline int descriptor_count(void) {
  int count = -1; /* the directory's own */
  DIR *directory = opendir("/proc/self/fd");
  if (directory == NULL) return 0;
  while (readdir(directory) != NULL) ++count;
  closedir(directory);
  return count - 2; /* . and .. */
}

static double disk_blocks;

static inline int add_blocks(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)path, (void)kind, (void)walk;
  disk_blocks += (double)status->st_blocks;
  return 0;
}

static inline double disk_mebibytes(const char *directory) {
  disk_blocks = 0.0;
  nftw(directory, add_blocks, 16, FTW_PHYS);
  return disk_blocks / 2048.0;
}

#endif
