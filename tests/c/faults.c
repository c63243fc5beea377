/*
 * A preload that makes system calls fail. tests/faults.rs says how it is used.
 *
 *   FAULT_CALL    write allocate truncate map create open read stat list rename link remove mkdir
 *                 sync lock copy thread, or change: any of those that change files
 *   FAULT_ERROR   the errno, a number; 0: a write takes half of what it is given; -1: the process is
 *                 killed instead
 *   FAULT_AT      the first call that fails, from 1; FAULT_COUNT: how many fail from there on
 *   FAULT_UNDER   only calls about files whose path begins so (threads have none)
 *   FAULT_STATE   a file of two 64-bit numbers: calls of the kind so far, and how many have failed
 *   FAULT_PLAIN   if it is set, files there have no hard links, and renames neither swap names nor refuse to
 *                 replace a file, besides
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
  const char *call, *under;
  int error;
  uint64_t at, count;
  uint64_t *state;
  int is_plain;
} fault;

__attribute__((constructor)) static void begin(void) {
  const char *state = getenv("FAULT_STATE");
  int file = state == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, state, O_RDWR, 0);
  if (file < 0) {
    return;
  }
  void *map = (void *)syscall(SYS_mmap, NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  fault.call = getenv("FAULT_CALL");
  fault.under = getenv("FAULT_UNDER");
  fault.is_plain = getenv("FAULT_PLAIN") != NULL;
  fault.error = atoi(getenv("FAULT_ERROR"));
  fault.at = strtoull(getenv("FAULT_AT"), NULL, 10);
  fault.count = strtoull(getenv("FAULT_COUNT"), NULL, 10);
  fault.state = map == MAP_FAILED ? NULL : map;
}

/* Returns true if calls of this kind change the names or the contents of files. */
static int is_change(const char *call) {
  static const char *const changes[] = {"write", "truncate", "create", "rename", "link", "remove", "mkdir", "copy"};
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    if (strcmp(changes[i], call) == 0) {
      return 1;
    }
  }
  return 0;
}

/* Returns true if this call is to fail: of `call`, about `path`, or about the open file `fd` if that is NULL. */
static int fails(const char *call, int fd, const char *path) {
  char link[64], target[4096], joined[8192];
  if (fault.state == NULL || (strcmp(fault.call, call) != 0 && !(is_change(call) && strcmp(fault.call, "change") == 0))) {
    return 0;
  }
  int kept = errno;
  if (path == NULL || (path[0] != '/' && fd >= 0)) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, target, sizeof target - 1);
    target[size < 0 ? 0 : size] = 0;
    if (path != NULL) {
      snprintf(joined, sizeof joined, "%s/%s", target, path);
    }
    path = path == NULL ? target : joined;
  }
  errno = kept;
  if (strncmp(path, fault.under, strlen(fault.under)) != 0) {
    return 0;
  }
  uint64_t number = __atomic_add_fetch(&fault.state[0], 1, __ATOMIC_RELAXED);
  if (number < fault.at || number - fault.at >= fault.count) {
    return 0;
  }
  __atomic_add_fetch(&fault.state[1], 1, __ATOMIC_RELAXED);
  if (fault.error < 0) {
    kill(getpid(), SIGKILL);
    pause();
  }
  if (fault.error != 0) {
    errno = fault.error;
  }
  return 1;
}

/* Returns true if `path`, which is absolute, lies where there are but plain files. */
static int is_plain(const char *path) { return fault.is_plain && strncmp(path, fault.under, strlen(fault.under)) == 0; }

/* The function that this one stands before. */
#define NEXT(name)                                                        \
  static __typeof__(&name) next;                                          \
  if (__atomic_load_n(&next, __ATOMIC_RELAXED) == NULL) {                 \
    __atomic_store_n(&next, (__typeof__(&name))dlsym(RTLD_NEXT, #name), __ATOMIC_RELAXED); \
  }

static size_t half(size_t count) { return count > 1 ? count / 2 : count; }

ssize_t write(int fd, const void *bytes, size_t count) {
  NEXT(write)
  if (fails("write", fd, NULL)) {
    return fault.error != 0 ? -1 : next(fd, bytes, half(count));
  }
  return next(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  NEXT(writev)
  if (fails("write", fd, NULL)) {
    return fault.error != 0 ? -1 : next(fd, pieces, 1);
  }
  return next(fd, pieces, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  NEXT(pwrite64)
  if (fails("write", fd, NULL)) {
    return fault.error != 0 ? -1 : next(fd, bytes, half(count), offset);
  }
  return next(fd, bytes, count, offset);
}

ssize_t read(int fd, void *bytes, size_t count) {
  NEXT(read)
  return fails("read", fd, NULL) ? -1 : next(fd, bytes, count);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
  NEXT(pread64)
  return fails("read", fd, NULL) ? -1 : next(fd, bytes, count, offset);
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t count, unsigned flags) {
  NEXT(copy_file_range)
  return fails("copy", to, NULL) ? -1 : next(from, in, to, out, count, flags);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
  NEXT(sendfile64)
  return fails("copy", to, NULL) ? -1 : next(to, from, offset, count);
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  NEXT(fallocate)
  return fails("allocate", fd, NULL) ? -1 : next(fd, mode, offset, size);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t size) {
  NEXT(fallocate64)
  return fails("allocate", fd, NULL) ? -1 : next(fd, mode, offset, size);
}

/* It gives the error, and leaves errno alone. */
int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  NEXT(posix_fallocate64)
  return fails("allocate", fd, NULL) ? fault.error : next(fd, offset, size);
}

int ftruncate64(int fd, off64_t size) {
  NEXT(ftruncate64)
  return fails("truncate", fd, NULL) ? -1 : next(fd, size);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset) {
  NEXT(mmap64)
  return fd >= 0 && fails("map", fd, NULL) ? MAP_FAILED : next(at, size, protection, flags, fd, offset);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
  NEXT(mmap)
  return fd >= 0 && fails("map", fd, NULL) ? MAP_FAILED : next(at, size, protection, flags, fd, offset);
}

static const char *kind_of_open(int flags) { return flags & O_CREAT ? "create" : "open"; }

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open64(const char *path, int flags, ...) {
  NEXT(open64)
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return fails(kind_of_open(flags), -1, path) ? -1 : next(path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...) {
  NEXT(openat64)
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return fails(kind_of_open(flags), at, path) ? -1 : next(at, path, flags, mode);
}

DIR *opendir(const char *path) {
  NEXT(opendir)
  return fails("list", -1, path) ? NULL : next(path);
}

struct dirent64 *readdir64(DIR *directory) {
  NEXT(readdir64)
  return fails("list", dirfd(directory), NULL) ? NULL : next(directory);
}

int statx(int at, const char *path, int flags, unsigned mask, struct statx *found) {
  NEXT(statx)
  /* Rust's std asks with NULL whether there is such a call; the header says that it can't be. */
  const char *volatile given = path;
  int is_about_open = given != NULL && given[0] == 0;
  if (given != NULL && fails("stat", at, is_about_open ? NULL : path)) {
    return -1;
  }
  return next(at, path, flags, mask, found);
}

int rename(const char *from, const char *to) {
  NEXT(rename)
  return fails("rename", -1, to) ? -1 : next(from, to);
}

/* Names are swapped by it. */
long syscall(long number, ...) {
  NEXT(syscall)
  long given[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) {
    given[i] = va_arg(rest, long);
  }
  va_end(rest);
  if (number == SYS_renameat2 && given[4] != 0 && is_plain((const char *)given[3])) {
    errno = EINVAL;
    return -1;
  }
  if (number == SYS_renameat2 && fails("rename", -1, (const char *)given[3])) {
    return -1;
  }
  return next(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
  NEXT(linkat)
  if (is_plain(to)) {
    errno = EPERM;
    return -1;
  }
  return fails("link", to_at, to) ? -1 : next(from_at, from, to_at, to, flags);
}

int unlink(const char *path) {
  NEXT(unlink)
  return fails("remove", -1, path) ? -1 : next(path);
}

int unlinkat(int at, const char *path, int flags) {
  NEXT(unlinkat)
  return fails("remove", at, path) ? -1 : next(at, path, flags);
}

int rmdir(const char *path) {
  NEXT(rmdir)
  return fails("remove", -1, path) ? -1 : next(path);
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir)
  return fails("mkdir", -1, path) ? -1 : next(path, mode);
}

int fsync(int fd) {
  NEXT(fsync)
  return fails("sync", fd, NULL) ? -1 : next(fd);
}

int fdatasync(int fd) {
  NEXT(fdatasync)
  return fails("sync", fd, NULL) ? -1 : next(fd);
}

int syncfs(int fd) {
  NEXT(syncfs)
  return fails("sync", fd, NULL) ? -1 : next(fd);
}

int msync(void *at, size_t size, int flags) {
  NEXT(msync)
  return fails("sync", -1, fault.under) ? -1 : next(at, size, flags);
}

int flock(int fd, int how) {
  NEXT(flock)
  return (how & LOCK_EX) && fails("lock", fd, NULL) ? -1 : next(fd, how);
}

static int lock_by_fcntl(__typeof__(&fcntl) next, int fd, int what, void *argument) {
  int is_lock = what == F_SETLK || what == F_SETLKW || what == F_OFD_SETLK || what == F_OFD_SETLKW;
  return is_lock && fails("lock", fd, NULL) ? -1 : next(fd, what, argument);
}

int fcntl(int fd, int what, ...) {
  NEXT(fcntl)
  va_list rest;
  va_start(rest, what);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return lock_by_fcntl(next, fd, what, argument);
}

int fcntl64(int fd, int what, ...) {
  NEXT(fcntl64)
  va_list rest;
  va_start(rest, what);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return lock_by_fcntl(next, fd, what, argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*body)(void *), void *argument) {
  NEXT(pthread_create)
  /* It gives the error, and leaves errno alone. */
  return fails("thread", -1, fault.under == NULL ? "" : fault.under)
             ? fault.error
             : next(thread, how, body, argument);
}
