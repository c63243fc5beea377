/* A field in an uncompressed .npz, written from memory as numpy.savez does. */
#ifndef NPZ_H
#define NPZ_H

#include "field.h"

#include <zlib.h>

enum { NPZ_CHUNK = 1 << 20 };

static inline unsigned char *put(unsigned char *at, uint32_t value, int bytes) {
  for (int k = 0; k < bytes; ++k) *at++ = (unsigned char)(value >> (8 * k));
  return at;
}

static inline unsigned char *put_entry(unsigned char *at, uint32_t crc, uint32_t size) {
  static const char name[] = "arr_0.npy";
  at = put(at, 20, 2);         /* version needed */
  at = put(at, 0, 2);          /* flags */
  at = put(at, 0, 2);          /* stored */
  at = put(at, 0x00210000, 4); /* 1980-01-01 00:00 */
  at = put(at, crc, 4);
  at = put(at, size, 4);
  at = put(at, size, 4);
  at = put(at, sizeof name - 1, 2);
  return put(at, 0, 2); /* extra */
}

/* An uncompressed .npz with one array, its checksum taken while it is written. */
static inline void write_npz(int file, const double *data) {
  static const char name[] = "arr_0.npy";
  char head[128];
  const int length = snprintf(head, sizeof head, "\x93NUMPY%c%c%c%c{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }",
                              1, 0, 118, 0, ELEMENTS);
  /* The version's and the length's zero bytes end no text here: snprintf counts them. */
  memset(head + length, ' ', sizeof head - (size_t)length);
  head[sizeof head - 1] = '\n';
  const uint32_t size = sizeof head + (uint32_t)(ELEMENTS * sizeof *data);

  unsigned char local[64], *end = put(local, 0x04034b50, 4);
  end = put_entry(end, 0, size);
  memcpy(end, name, sizeof name - 1);
  end += sizeof name - 1;
  write_all(file, local, (size_t)(end - local));
  write_all(file, head, sizeof head);
  uLong crc = crc32(0, (const Bytef *)head, sizeof head);
  const char *bytes = (const char *)data;
  for (size_t at = 0; at < ELEMENTS * sizeof *data; at += NPZ_CHUNK) {
    crc = crc32(crc, (const Bytef *)bytes + at, NPZ_CHUNK);
    write_all(file, bytes + at, NPZ_CHUNK);
  }
  unsigned char checksum[4];
  put(checksum, (uint32_t)crc, 4);
  if (pwrite(file, checksum, 4, 14) != 4) die("the .npz", "cannot be written");

  unsigned char tail[128], *directory = put(tail, 0x02014b50, 4);
  directory = put(directory, 20, 2); /* made by */
  directory = put_entry(directory, (uint32_t)crc, size);
  directory = put(directory, 0, 2); /* comment */
  directory = put(directory, 0, 2); /* disk */
  directory = put(directory, 0, 2); /* internal attributes */
  directory = put(directory, 0, 4); /* external attributes */
  directory = put(directory, 0, 4); /* offset of the local header */
  memcpy(directory, name, sizeof name - 1);
  directory += sizeof name - 1;
  const uint32_t directory_size = (uint32_t)(directory - tail);
  directory = put(directory, 0x06054b50, 4);
  directory = put(directory, 0, 4);          /* disks */
  directory = put(directory, 0x00010001, 4); /* entries */
  directory = put(directory, directory_size, 4);
  directory = put(directory, (uint32_t)(end - local) + size, 4);
  directory = put(directory, 0, 2); /* comment */
  write_all(file, tail, (size_t)(directory - tail));
}

#endif
