/**
 * @file
 * libmetalab: capture a simulation's run into a store of the Python package metalab.
 *
 *   metalab_capture_t *run = NULL;
 *   if (metalab_capture_open(NULL, &run) != METALAB_OK)
 *     fprintf(stderr, "not captured: %s\n", metalab_last_error());
 *   metalab_capture_metric_step(run, "energy", step, energy);
 *   metalab_capture_log(run, METALAB_LEVEL_INFO, "converged", METALAB_NUL);
 *   metalab_capture_free(run);
 *
 * Statuses. Every function that can fail returns a metalab_status_t; METALAB_OK is 0. Results are returned
 * through output parameters, whose names end in _out. They are written only if the call succeeds
 * (metalab_capture_open sets *capture_out to NULL if it fails). metalab_last_error() returns the message of a
 * failure. The library never prints and never ends the process. It installs no signal handler unless
 * metalab_options_signals asks for it. No exception and no longjmp leaves a function.
 *
 * Reading back. A restarted solver continues from its latest snapshot, in three calls:
 *
 *   metalab_array_t array = METALAB_ARRAY_INIT;
 *   metalab_store_open("runs", &store);
 *   metalab_store_run(store, "heat:1", run_id, &run);
 *   metalab_run_latest(run, "u", &step, &loaded, &array);
 *
 * The functions from metalab_store_open on read experiments, tables of runs, records, series, logs and arrays
 * of finished, running and dead runs. They write nothing to the store and take no locks.
 *
 * Handles. metalab_options_t, metalab_values_t, metalab_capture_t, metalab_series_t, metalab_mapping_t,
 * metalab_stream_t and the others are opaque tokens, not addresses; each call looks its handle up. A call
 * returns METALAB_NO_CAPTURE for NULL (METALAB_ERR_NULL for options, values and handles of readers),
 * METALAB_ERR_CLOSED for a handle that has ended or was freed, and METALAB_ERR_HANDLE for any other pointer.
 *
 * Ownership. The library reads or copies what the caller passes before the call returns, and keeps no pointer
 * to the caller's memory. A char ** parameter named ..._out receives a string, which the caller frees with
 * metalab_string_free.
 *
 * Strings are UTF-8. They end at their NUL, unless a parameter gives their length in bytes. The bytes C0 80,
 * which are a NUL in modified UTF-8, are refused: METALAB_ERR_NAME for a name, METALAB_ERR_VALUE for any other
 * string. A wrapper whose language allows NUL inside strings can pass them as these bytes.
 *
 * Names become file names. A name has at least 1 byte; as a file name, it has at most METALAB_NAME_MAX bytes.
 * No name leads out of the store's directory, no two names share a file, and each file name can be converted
 * back to its name. Readers find series, data and artifacts by the names that the caller gave: "a:b", "100%",
 * "train/loss".
 *
 * The file of a series or of data has the same name, except for some characters. A / becomes U+2215, which
 * looks like it; a dot at the beginning becomes U+2024; control characters become their pictures, U+2400 to
 * U+2421. If the name itself contains one of these substitutes, that character becomes U+241B, its number in
 * hexadecimal digits, and a semicolon. A name with a / or with a dot at the beginning also gets a symbolic
 * link to its file, such as "train/loss.json". There is no link if a part between slashes is empty, or if a
 * directory in the name begins with a dot or ends with ".json".
 *
 * Readers find the file of an artifact in the manifest. The file's name has %XX, two hexadecimal digits, for
 * each byte of / \ < > : " | ? * and %, of control characters, of a dot at the beginning, and of a dot or
 * space at the end. An artifact named "_manifest" is stored as "%5Fmanifest".
 *
 * Threads. Every function may be called from any thread. Threads that emit do not wait for each other. The
 * library starts background threads (metalab-writer, metalab-sealer, metalab-ahead, metalab-stdio,
 * metalab-recover, metalab-probe, metalab-sampler, metalab-index). They block all signals and, except for
 * metalab-stdio, run at lower priority.
 *
 * Survival. Once a call returns, its data is in a memory-mapped journal and survives the death of the process.
 *
 * The end. Finish each run before the process ends. exit, a return from main and dlclose do not wait for the
 * library; dlclose leaves it loaded. A run that is still open then is recovered later as "failed", with the
 * exit status. The destructor of a global or thread_local object may finish a run after main has returned.
 * This takes as long as any metalab_capture_finish: the time to write what was emitted, and at most 10
 * seconds for each file that another process holds locked. After fork, the child cannot use its parent's
 * runs.
 *
 * The host. A pthread_cancel that arrives during a call takes effect at the thread's next cancellation point
 * after the call; no function of the library is a cancellation point. A call that exceeds the file size limit
 * returns METALAB_ERR_FULL; SIGXFSZ is not raised. The library converts numbers, subnormal ones included,
 * with default rounding, even if the program has set another (fesetround, -ffast-math). Each call leaves the
 * program's floating-point settings, traps and flags as they were. If the program closes a file descriptor of
 * the library, the library opens the file again. It never writes to, locks or closes a descriptor that the
 * program has opened since. When memory runs out, calls return METALAB_ERR_MEMORY.
 *
 * One case cannot be avoided. Storing to a mapped file raises SIGBUS if its disk fails or is shut down, if
 * another program truncates the file, or on a full btrfs with mixed block groups or an older kernel. The
 * mapped files are the journal (METALAB_JOURNAL=/dev/shm/... keeps it off such disks) and the arrays that the
 * program computes into. docs/survival.md says more.
 *
 * Provenance. The record documents the origin of the run in provenance.extra. Recorded when the run opens:
 * user, command (the arguments, secrets hidden), working_directory, executable, pid, kernel, memory_bytes,
 * threads (processors, affinity, OMP_NUM_THREADS), job (variables of SLURM, PBS or LSF), compiler (see
 * metalab_options_compiler), seeds, context, metadata, libmetalab, utc_offsets (the seconds by which local
 * time was ahead of UTC at start and end). Collected by a background thread, and absent if not available in
 * time: git (directory, branch, commit; dirty: true if tracked files differ; of: "working_directory", or
 * "executable" if only the executable is in a repository), cpu, cgroup (memory_bytes, cpus),
 * threads.available, libraries (version, path), executable_hash. Of these, finishing a run waits only for the
 * commit, and at most until half a millisecond after the run began.
 *
 * Contents, in this order: versions and constants; the types; statuses and errors; options; values, which
 * become JSON; opening, finishing and freeing a run; recovery; the current run; workers; metrics and series;
 * data; artifacts; snapshots; files; figures; the log; signals and stopping; state and health; the index;
 * names and fingerprints; reading a store: tables, runs, series, arrays and Arrow.
 *
 * This file is generated from the library's sources; do not edit it.
 */

#ifndef METALAB_H
#define METALAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/** @cond */
/* C before 1999 has no vsnprintf. */
#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#define METALAB_NO_PRINTF
#endif
#ifndef METALAB_NO_PRINTF
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#endif
/** @endcond */

/** The version of this header; metalab_version() is that of the library. */
#define METALAB_VERSION "0.1.0"
/** The first part of METALAB_VERSION. */
#define METALAB_VERSION_MAJOR 0
/** The second part of METALAB_VERSION. */
#define METALAB_VERSION_MINOR 1
/** The third part of METALAB_VERSION. */
#define METALAB_VERSION_PATCH 0

/** True if this header is that of version MAJOR.MINOR.PATCH or a later one, for the preprocessor. */
#define METALAB_VERSION_AT_LEAST(major, minor, patch)                                      \
  (METALAB_VERSION_MAJOR > (major) ||                                                      \
   (METALAB_VERSION_MAJOR == (major) &&                                                    \
    (METALAB_VERSION_MINOR > (minor) ||                                                    \
     (METALAB_VERSION_MINOR == (minor) && METALAB_VERSION_PATCH >= (patch)))))

/** As the length of a string: the string is NUL-terminated. */
#define METALAB_NUL SIZE_MAX

/** Maximum length of a name in bytes, as a file name; some characters take three bytes there. */
#define METALAB_NAME_MAX 200

/**
 * Initialises a metalab_array_t: `metalab_array_t array = METALAB_ARRAY_INIT;`.
 *
 * Every structure begins with its size, which tells the library which header the program was compiled with.
 * Later versions may add members at the end; 0 in such a member keeps the earlier behaviour. A library that is
 * older than the header returns METALAB_ERR_UNSUPPORTED if a member that it does not know is not 0, and sets
 * such members to 0 in structures that it fills. A size that no version had is METALAB_ERR_VALUE.
 */
#define METALAB_ARRAY_INIT {sizeof(metalab_array_t), NULL, 0, METALAB_ORDER_C, 0, NULL, NULL}
/** Initialises a metalab_field_style_t. */
#define METALAB_FIELD_STYLE_INIT \
  {sizeof(metalab_field_style_t), METALAB_COLORMAP_VIRIDIS, 0, 0, 0, 0.0, 0.0, 0}
/** Initialises a metalab_column_t. */
#define METALAB_COLUMN_INIT \
  {sizeof(metalab_column_t), NULL, METALAB_COLUMN_EMPTY, 0, NULL, NULL, NULL, NULL}

/** @cond */
/* The Arrow C data interface, as Arrow prescribes it: whoever includes it first defines it. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#ifdef __cplusplus
}
#endif

#endif

#if defined(__GNUC__) || defined(__clang__)
#define METALAB_MUST_USE __attribute__((warn_unused_result))
#define METALAB_PRINTF_(text, first) __attribute__((__format__(__printf__, text, first)))
#define METALAB_INLINE_ static __inline__
#else
#define METALAB_MUST_USE
#define METALAB_PRINTF_(text, first)
#define METALAB_INLINE_ static inline
#endif
#if defined(__cplusplus)
#define METALAB_CAST_(type, value) static_cast<type>(value)
#else
#define METALAB_CAST_(type, value) ((type)(value))
#endif

#define METALAB_TEXT_OF_(token) #token
#define METALAB_TEXT_OF(macro) METALAB_TEXT_OF_(macro)
#if defined(__INTEL_LLVM_COMPILER)
#define METALAB_COMPILER_NAME_ "icx " METALAB_TEXT_OF(__INTEL_LLVM_COMPILER)
#elif defined(__INTEL_COMPILER)
#define METALAB_COMPILER_NAME_ "icc " METALAB_TEXT_OF(__INTEL_COMPILER)
#elif defined(__NVCOMPILER)
#define METALAB_COMPILER_NAME_ \
  "nvc " METALAB_TEXT_OF(__NVCOMPILER_MAJOR__) "." METALAB_TEXT_OF(__NVCOMPILER_MINOR__)
#elif defined(_CRAYC)
#define METALAB_COMPILER_NAME_ "cray " METALAB_TEXT_OF(_RELEASE_MAJOR) "." METALAB_TEXT_OF(_RELEASE_MINOR)
#elif defined(__clang__)
#define METALAB_COMPILER_NAME_ \
  "clang " METALAB_TEXT_OF(__clang_major__) "." METALAB_TEXT_OF(__clang_minor__) "." \
  METALAB_TEXT_OF(__clang_patchlevel__)
#elif defined(__GNUC__)
#define METALAB_COMPILER_NAME_ "gcc " __VERSION__
#else
#define METALAB_COMPILER_NAME_ "unknown compiler"
#endif
#if defined(__cplusplus)
#define METALAB_COMPILER_LANGUAGE_ ", C++ " METALAB_TEXT_OF(__cplusplus)
#elif defined(__STDC_VERSION__)
#define METALAB_COMPILER_LANGUAGE_ ", C " METALAB_TEXT_OF(__STDC_VERSION__)
#else
#define METALAB_COMPILER_LANGUAGE_ ", C"
#endif
#if defined(_OPENMP)
#define METALAB_COMPILER_OPENMP_ ", OpenMP " METALAB_TEXT_OF(_OPENMP)
#else
#define METALAB_COMPILER_OPENMP_ ""
#endif
#if defined(__OPTIMIZE__)
#define METALAB_COMPILER_OPTIMISED_ ", optimised"
#else
#define METALAB_COMPILER_OPTIMISED_ ""
#endif
#if defined(__FAST_MATH__)
#define METALAB_COMPILER_MATH_ ", fast math"
#else
#define METALAB_COMPILER_MATH_ ""
#endif
#if defined(NDEBUG)
#define METALAB_COMPILER_ASSERTS_ ", no asserts"
#else
#define METALAB_COMPILER_ASSERTS_ ""
#endif
#if defined(__AVX512F__)
#define METALAB_COMPILER_VECTORS_ ", AVX-512"
#elif defined(__AVX2__)
#define METALAB_COMPILER_VECTORS_ ", AVX2"
#elif defined(__AVX__)
#define METALAB_COMPILER_VECTORS_ ", AVX"
#elif defined(__ARM_FEATURE_SVE)
#define METALAB_COMPILER_VECTORS_ ", SVE"
#else
#define METALAB_COMPILER_VECTORS_ ""
#endif
/** @endcond */
/** The compiler of the file that includes this header, such as "gcc 12.2.0, C 201710L, OpenMP 201511,
 * optimised, no asserts, AVX2": for metalab_options_compiler. */
#define METALAB_COMPILER                                                                           \
  METALAB_COMPILER_NAME_ METALAB_COMPILER_LANGUAGE_ METALAB_COMPILER_OPENMP_                       \
      METALAB_COMPILER_OPTIMISED_ METALAB_COMPILER_MATH_ METALAB_COMPILER_ASSERTS_                 \
          METALAB_COMPILER_VECTORS_

/**
 * The version of the binary interface, which the library's soname carries. It is incremented when programs
 * that were compiled against an older header no longer run.
 */
#define METALAB_ABI_VERSION 1

/**
 * Maximum length in bytes of a string that is the value of a metric or of a point.
 */
#define METALAB_TEXT_MAX 32768

/**
 * Maximum depth of nested arrays and objects in JSON that a caller passes: documents, metadata, parameters,
 * context, details. Deeper JSON is METALAB_ERR_JSON.
 */
#define METALAB_JSON_DEPTH_MAX 100

/**
 * Maximum number of dimensions of an array.
 */
#define METALAB_DIMENSIONS_MAX 32

/**
 * metalab_capture_stdio: what the process writes to its standard output.
 */
#define METALAB_STDOUT 1

/**
 * metalab_capture_stdio: what the process writes to its standard error.
 */
#define METALAB_STDERR 2

/**
 * metalab_options_signals: signals that end the process are first recorded in the run's journal. The error
 * of the recovered run names the signal and the time.
 */
#define METALAB_SIGNALS_FATAL 1

/**
 * metalab_options_signals: SIGTERM and SIGUSR1 make metalab_capture_should_stop true, and do not
 * end the process.
 */
#define METALAB_SIGNALS_STOP 2

/**
 * metalab_options_signals: the first SIGINT (Ctrl-C) makes metalab_capture_should_stop true. The next one
 * ends the process.
 */
#define METALAB_SIGNALS_INTERRUPT 4

/**
 * A run being captured. Opened by metalab_capture_open, ended by metalab_capture_finish, freed by
 * metalab_capture_free. Any thread may call any function at any time. If threads synchronise, what they emit
 * keeps its order.
 *
 * The pointer is a token, not an address. Calls return METALAB_NO_CAPTURE for NULL, METALAB_ERR_CLOSED for a
 * freed or finished capture (unless they say that they work after metalab_capture_finish), and
 * METALAB_ERR_HANDLE for any other pointer. After fork, the parent's capture continues, and calls in the
 * child return METALAB_ERR_CLOSED; the child may open a capture of its own.
 */
typedef struct metalab_capture_t metalab_capture_t;

/**
 * An array that was read from a store. Freed by metalab_loaded_free. A token, as metalab_store_t.
 *
 * The elements are read-only. They are in the mapped file if it stores them as they are in memory, otherwise
 * in a copy. If another program truncates the file while it is mapped, reading the elements raises SIGBUS;
 * the library itself never truncates a file, it only replaces files.
 */
typedef struct metalab_loaded_t metalab_loaded_t;

/**
 * An array that is mapped for the caller to compute into. Ended by metalab_mapping_seal or
 * metalab_mapping_abandon, one of which must be called. A token, not an address; calls with NULL return
 * METALAB_NO_CAPTURE.
 */
typedef struct metalab_mapping_t metalab_mapping_t;

/**
 * Options for opening a capture. Created by metalab_options_new, freed by metalab_options_free;
 * metalab_capture_open copies them, so they may be changed and used again. Most setters name an environment
 * variable and a default, as in "METALAB_SEED; else 0". If an option is not set, its value comes from the
 * variable, or is the default if there is no such variable. If a variable holds an object or tags, these are
 * added to those that are set; a member that is set keeps its value. For the options listed in
 * METALAB_OVERRIDE, such as "experiment,params", the variable takes precedence. All strings are UTF-8,
 * NUL-terminated unless a length is given, and copied.
 */
typedef struct metalab_options_t metalab_options_t;

/**
 * The points of a series as columns of step and value. Returned by metalab_run_series or metalab_run_follow,
 * freed by metalab_points_free. A token, as metalab_store_t.
 */
typedef struct metalab_points_t metalab_points_t;

/**
 * A run of a store, as it was when it was opened or last refreshed. Opened by metalab_store_run, freed
 * by metalab_run_free. A token, as metalab_store_t.
 */
typedef struct metalab_run_t metalab_run_t;

/**
 * A series of a capture: declared once; points are then added through this handle. It belongs to the capture,
 * ends with it, and is not freed by the caller. A token, not an address. Calls with NULL return
 * METALAB_NO_CAPTURE.
 */
typedef struct metalab_series_t metalab_series_t;

/**
 * An array of which snapshots are taken. Freed by metalab_snapshots_free. A token, not an address; calls with
 * NULL return METALAB_NO_CAPTURE.
 */
typedef struct metalab_snapshots_t metalab_snapshots_t;

/**
 * A store that is opened to be read. Opened by metalab_store_open, freed by metalab_store_free. Reading
 * writes nothing to the store and takes no lock, so a store may be read while others write to it, and on
 * read-only media. The library trusts no file in the store: if a file is damaged, foreign or hostile, the
 * call returns METALAB_ERR_DAMAGED, and the message names the file.
 *
 * Handles of readers are tokens, not addresses. Calls return METALAB_ERR_NULL for NULL, METALAB_ERR_CLOSED
 * for a freed handle, and METALAB_ERR_HANDLE for any other pointer. After fork, only the parent can use its
 * handles. Any thread may call any function at any time.
 */
typedef struct metalab_store_t metalab_store_t;

/**
 * An artifact that is being appended to. Ended by metalab_stream_seal or metalab_stream_abandon,
 * one of which must be called. A token, not an address; calls with NULL return METALAB_NO_CAPTURE.
 */
typedef struct metalab_stream_t metalab_stream_t;

/**
 * Runs as columns. Freed by metalab_table_free.
 */
typedef struct metalab_table_t metalab_table_t;

/**
 * Keys and values that become JSON: metadata, parameters, data. Created by metalab_values_new, freed by
 * metalab_values_free. To pass them to a function that takes JSON, call metalab_values_json:
 *
 *   metalab_values_t *values = NULL;
 *   metalab_values_new(&values);
 *   metalab_values_set_f64(values, "tolerance", 1e-8);
 *   metalab_values_begin_object(values, "solver");
 *   metalab_values_set_text(values, "name", "cg", METALAB_NUL);
 *   metalab_values_end(values);
 *   metalab_capture_data_json(run, "setup", metalab_values_json(values), METALAB_NUL, NULL);
 *   metalab_values_free(values);
 *
 * A token, as metalab_options_t. Numbers do not depend on the locale. Only one thread may use it at a time.
 */
typedef struct metalab_values_t metalab_values_t;

/**
 * The status that a function returns: METALAB_OK, METALAB_SKIP, METALAB_NO_CAPTURE, or an error,
 * METALAB_ERR_... . Numbers are never reused.
 */
typedef int32_t metalab_status_t;

/**
 * How metalab_capture_open treats a run that has already succeeded.
 */
typedef int32_t metalab_if_success_t;

/**
 * How far metalab_capture_flush goes.
 */
typedef int32_t metalab_flush_t;

/**
 * The role of a process in its run.
 */
typedef int32_t metalab_role_t;

/**
 * The type of an array's elements, in the machine's byte order.
 */
typedef int32_t metalab_dtype_t;

/**
 * Which index of a contiguous array varies slowest.
 */
typedef int32_t metalab_order_t;

/**
 * An array in the caller's memory. The library reads it during the call and keeps no pointer. Initialise
 * it with METALAB_ARRAY_INIT.
 */
typedef struct metalab_array_t {
  /**
   * sizeof(metalab_array_t).
   */
  size_t struct_size;
  /**
   * The first element. May be NULL if there is none.
   */
  const void *data;
  /**
   * The type of the elements.
   */
  metalab_dtype_t dtype;
  /**
   * The order of the elements if strides is NULL, and of a stored copy.
   */
  metalab_order_t order;
  /**
   * Number of dimensions: 0 (a scalar) to METALAB_DIMENSIONS_MAX.
   */
  size_t ndim;
  /**
   * ndim extents. May be NULL if ndim is 0.
   */
  const uint64_t *shape;
  /**
   * ndim strides in bytes, which may be negative; NULL if the elements are contiguous in `order`.
   */
  const int64_t *strides;
} metalab_array_t;

/**
 * How metalab_capture_file adds a file to the store.
 */
typedef int32_t metalab_file_mode_t;

/**
 * A colour map. NaN is drawn in a colour that the map does not have.
 */
typedef int32_t metalab_colormap_t;

/**
 * How metalab_capture_figure_field draws. METALAB_FIELD_STYLE_INIT: viridis, the range of the values, row 0
 * at the top, the default scale, and a colour bar.
 */
typedef struct metalab_field_style_t {
  /**
   * sizeof(metalab_field_style_t).
   */
  size_t struct_size;
  /**
   * A METALAB_COLORMAP_... .
   */
  metalab_colormap_t colormap;
  /**
   * Not 0: colours follow the logarithm; values that are not positive are drawn as NaN.
   */
  int32_t logarithmic;
  /**
   * Not 0: row 0 is at the bottom, as in a plot.
   */
  int32_t origin_lower;
  /**
   * Not 0: vmin and vmax are the range; otherwise the smallest and the largest finite value are.
   */
  int32_t has_range;
  /**
   * The value of the map's first colour.
   */
  double vmin;
  /**
   * The value of the map's last colour.
   */
  double vmax;
  /**
   * Pixels per side of a cell. 0: enough that the longer side has 512 pixels and the shorter one at least
   * 64, with a colour bar beside the field that shows the range and the unit.
   */
  size_t scale;
} metalab_field_style_t;

/**
 * Severity of a log line. The numbers are those of Python's logging.
 */
typedef int32_t metalab_level_t;

/**
 * Callback that reports the progress of metalab_index_rebuild: `done` of `total` runs. It returns 0 to
 * continue, anything else to stop. It must not call the library, and must not leave by longjmp or an
 * exception.
 */
typedef int32_t (*metalab_progress_t)(void *user_data, size_t done, size_t total);

/**
 * The type of a column's values.
 */
typedef int32_t metalab_column_type_t;

/**
 * A column: values of one type, one after the other. The memory belongs to the handle that the column came
 * from. Initialise it with METALAB_COLUMN_INIT before the library fills it.
 */
typedef struct metalab_column_t {
  /**
   * sizeof(metalab_column_t).
   */
  size_t struct_size;
  /**
   * Its name.
   */
  const char *name;
  /**
   * The type of its values.
   */
  metalab_column_type_t column_type;
  /**
   * How many values it has.
   */
  size_t count;
  /**
   * The values, of the C type that column_type names; NULL for strings, and if all are missing.
   */
  const void *values;
  /**
   * For strings, count + 1 offsets into `text`; otherwise NULL.
   */
  const int64_t *offsets;
  /**
   * For strings, all of them one after the other, without separators or NULs; otherwise NULL.
   */
  const char *text;
  /**
   * One byte for each value, 0 if it is missing; NULL if none is missing.
   */
  const uint8_t *valid;
} metalab_column_t;

/**
 * The status of a run in a store.
 */
typedef int32_t metalab_run_status_t;

/**
 * Success.
 */
#define METALAB_OK 0

/**
 * metalab_capture_open: the run has already succeeded, and the options say to skip it then.
 */
#define METALAB_SKIP 1

/**
 * The handle is NULL: nothing was done, and metalab_last_error is unchanged. If a program continues after
 * opening has failed, every call returns this status, at the cost of a comparison.
 */
#define METALAB_NO_CAPTURE 2

/**
 * A pointer is NULL that must not be.
 */
#define METALAB_ERR_NULL 3

/**
 * A string is not UTF-8.
 */
#define METALAB_ERR_UTF8 4

/**
 * A name is empty, too long, has a NUL inside, or cannot be distinguished from another name.
 */
#define METALAB_ERR_NAME 5

/**
 * An argument is out of range, such as an unknown constant or an impossible shape.
 */
#define METALAB_ERR_VALUE 6

/**
 * A string is not JSON, or not the required kind of JSON.
 */
#define METALAB_ERR_JSON 7

/**
 * The handle has ended: finished, sealed, abandoned, freed, or inherited by fork.
 */
#define METALAB_ERR_CLOSED 8

/**
 * The pointer is not a handle of this kind.
 */
#define METALAB_ERR_HANDLE 9

/**
 * The run has already succeeded, and the options say to refuse then.
 */
#define METALAB_ERR_EXISTS 10

/**
 * Another process or capture writes the run, or holds what was requested.
 */
#define METALAB_ERR_BUSY 11

/**
 * The system reported an input/output error.
 */
#define METALAB_ERR_IO 12

/**
 * The disk is full, or the quota is exhausted.
 */
#define METALAB_ERR_FULL 13

/**
 * Permission denied, or a read-only file system.
 */
#define METALAB_ERR_ACCESS 14

/**
 * A file that was named does not exist.
 */
#define METALAB_ERR_NOT_FOUND 15

/**
 * Out of memory or address space.
 */
#define METALAB_ERR_MEMORY 16

/**
 * Not supported by this build or system.
 */
#define METALAB_ERR_UNSUPPORTED 17

/**
 * A defect of the library, caught before it reached the caller. Please report it.
 */
#define METALAB_ERR_PANIC 18

/**
 * The run was ended or flushed, but something could not be written; the message and
 * metalab_capture_health_json say what.
 */
#define METALAB_ERR_INCOMPLETE 19

/**
 * A callback asked to stop.
 */
#define METALAB_ERR_STOPPED 20

/**
 * A file in the store is damaged, or is not what its name says. The message names it.
 */
#define METALAB_ERR_DAMAGED 21

/**
 * Run again (the default): everything from the earlier attempt is removed, except its log.
 */
#define METALAB_IF_SUCCESS_RERUN 0

/**
 * Return METALAB_ERR_EXISTS.
 */
#define METALAB_IF_SUCCESS_REFUSE 1

/**
 * Return METALAB_SKIP, so that a sweep resumes where it stopped.
 */
#define METALAB_IF_SUCCESS_SKIP 2

/**
 * Readers of the store see everything that was emitted before.
 */
#define METALAB_FLUSH_VISIBLE 0

/**
 * Everything is on the disk as well: data, directory entries and the journal.
 */
#define METALAB_FLUSH_DURABLE 1

/**
 * The owner; but in an MPI program (`mpirun -n 4 solver`), only rank 0 is the owner, and the other ranks
 * attach to its run. The options of all ranks must describe the same run. The default.
 */
#define METALAB_ROLE_AUTO 0

/**
 * The owner of the run: it creates the run's record.
 */
#define METALAB_ROLE_OWNER 1

/**
 * A worker: it attaches to the run of another process, one of this library or of the Python package.
 */
#define METALAB_ROLE_WORKER 2

/**
 * One rank of a program: rank 0 of the launcher's processes owns the run, the others attach. As
 * METALAB_ROLE_AUTO, but also for processes that could be independent tasks, such as those of srun without
 * MPI.
 */
#define METALAB_ROLE_RANKS 3

/**
 * One byte, 0 or 1.
 */
#define METALAB_DTYPE_BOOL 1

/**
 * int8_t
 */
#define METALAB_DTYPE_INT8 2

/**
 * int16_t
 */
#define METALAB_DTYPE_INT16 3

/**
 * int32_t
 */
#define METALAB_DTYPE_INT32 4

/**
 * int64_t
 */
#define METALAB_DTYPE_INT64 5

/**
 * uint8_t
 */
#define METALAB_DTYPE_UINT8 6

/**
 * uint16_t
 */
#define METALAB_DTYPE_UINT16 7

/**
 * uint32_t
 */
#define METALAB_DTYPE_UINT32 8

/**
 * uint64_t
 */
#define METALAB_DTYPE_UINT64 9

/**
 * float
 */
#define METALAB_DTYPE_FLOAT32 10

/**
 * double
 */
#define METALAB_DTYPE_FLOAT64 11

/**
 * float _Complex, std::complex of float
 */
#define METALAB_DTYPE_COMPLEX64 12

/**
 * double _Complex, std::complex of double
 */
#define METALAB_DTYPE_COMPLEX128 13

/**
 * _Float16, std::float16_t, Julia's Float16: IEEE half precision.
 */
#define METALAB_DTYPE_FLOAT16 14

/**
 * METALAB_DTYPE_STRING + n: strings of n bytes, 1 to 65535; shorter ones are padded with NULs. Artifacts have
 * numpy's type "S"; data (metalab_capture_data_array) must be UTF-8 and is str in Python.
 */
#define METALAB_DTYPE_STRING 65536

/**
 * The first index (C, C++, numpy).
 */
#define METALAB_ORDER_C 0

/**
 * The last index (Fortran, Julia, R).
 */
#define METALAB_ORDER_F 1

/**
 * A copy; it shares its blocks with the original if the file system can do this.
 */
#define METALAB_FILE_COPY 0

/**
 * A hard link, or a copy where there can be no hard link. Writing to the file later changes the artifact.
 */
#define METALAB_FILE_LINK 1

/**
 * The file itself, which is moved into the store. For a symbolic link, the file that it leads to is copied,
 * and only the link is removed. If the source cannot be removed, the call returns an error, but the artifact
 * is stored.
 */
#define METALAB_FILE_MOVE 2

/**
 * A reference: the file or directory stays where it is, and the artifact is a JSON document (of kind "json")
 * that describes it. The document of a file has "path", "size_bytes", "sha256" and "modified". The document
 * of a directory has the total "size_bytes", and "files": a list of such objects, one for each file, with
 * its path in the directory. Symbolic links in the directory are listed ("link"), not followed. The metadata
 * has the path as "reference". If a name is not UTF-8, it has U+FFFD in these places, and its bytes are in
 * "path_hex", "link_hex" or "reference_hex", as hexadecimal digits. The call reads the whole content, at 1
 * to 2 GB in a second. With metalab_run_artifact_verify, readers check that it has not changed.
 */
#define METALAB_FILE_REFERENCE 3

/**
 * A reference without hashes ("sha256" is null): the content is not read, so terabytes cost nothing.
 */
#define METALAB_FILE_REFERENCE_UNHASHED 4

/**
 * Dark blue to yellow, even steps for the eye.
 */
#define METALAB_COLORMAP_VIRIDIS 0

/**
 * Black to pale yellow.
 */
#define METALAB_COLORMAP_MAGMA 1

/**
 * Blue over white to red: for signed values. Give it a range that is symmetric about zero.
 */
#define METALAB_COLORMAP_DIVERGING 2

/**
 * Black to white.
 */
#define METALAB_COLORMAP_GRAY 3

/**
 * Details for debugging.
 */
#define METALAB_LEVEL_DEBUG 10

/**
 * The progress of the run.
 */
#define METALAB_LEVEL_INFO 20

/**
 * A possible problem.
 */
#define METALAB_LEVEL_WARNING 30

/**
 * An error. Reaches the file at once.
 */
#define METALAB_LEVEL_ERROR 40

/**
 * An error that ends the run. Reaches the file at once.
 */
#define METALAB_LEVEL_CRITICAL 50

/**
 * Only missing values: `values` is NULL.
 */
#define METALAB_COLUMN_EMPTY 0

/**
 * `values` are uint8_t, 0 or 1.
 */
#define METALAB_COLUMN_BOOL 1

/**
 * `values` are int64_t.
 */
#define METALAB_COLUMN_INT 2

/**
 * `values` are double; a missing one is NaN.
 */
#define METALAB_COLUMN_FLOAT 3

/**
 * UTF-8 strings: string i is the bytes of `text` from `offsets[i]` up to, but not including,
 * `offsets[i + 1]`.
 */
#define METALAB_COLUMN_TEXT 4

/**
 * `values` are int64_t: microseconds since 1970-01-01 00:00 UTC.
 */
#define METALAB_COLUMN_TIME 5

/**
 * Running, as far as is known: a process on another host cannot be checked.
 */
#define METALAB_RUN_RUNNING 0

/**
 * Ended successfully.
 */
#define METALAB_RUN_SUCCESS 1

/**
 * Ended with an error.
 */
#define METALAB_RUN_FAILED 2

/**
 * Ended because it was asked to stop.
 */
#define METALAB_RUN_CANCELLED 3

/**
 * Its process is dead, but its record still says "running": it has not been recovered yet.
 */
#define METALAB_RUN_DEAD 4

/**
 * A status that this library does not know.
 */
#define METALAB_RUN_OTHER 5

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * Returns the version of the loaded library, such as "0.1.0". METALAB_VERSION is that of the header.
 *
 * The string is static. Any thread.
 */
const char *metalab_version(void);

/**
 * Returns the METALAB_ABI_VERSION of the loaded library. A wrapper that loads the library at run time compares
 * it with the one that it was written for.
 *
 * Any thread.
 */
uint32_t metalab_abi_version(void);

/**
 * Returns the name of a status, such as "METALAB_ERR_NAME", or "METALAB_UNKNOWN" for any other number.
 *
 * The string is static. Any thread.
 */
const char *metalab_status_name(metalab_status_t status);

/**
 * Returns the message of this thread's latest failure: the function, the argument or file, and the reason; ""
 * if there was none. A call that succeeds leaves it unchanged, except metalab_recover and
 * metalab_recover_host: after their success it is what they left alone or set aside, or "".
 *
 * Never NULL; the string belongs to the library and is valid until this thread's next call that fails, or
 * that reports something here. Any thread; each thread has its own message.
 */
const char *metalab_last_error(void);

/**
 * Frees a string that the library returned. NULL is fine. Any thread.
 */
void metalab_string_free(char *text);

/**
 * Creates an empty options object. The caller frees *options_out with metalab_options_free.
 *
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_options_new(struct metalab_options_t **options_out);

/**
 * Frees options. NULL is fine. Any thread.
 */
void metalab_options_free(struct metalab_options_t *options);

/**
 * Sets the location of the store: a path, or "file:///absolute/path". It holds one directory per experiment,
 * and is created if it is missing. METALAB_STORE; else "./experiments". Surrounding blanks and line ends are
 * dropped; "~/", "$HOME/" and "${HOME}/" at the beginning of a path are the home directory.
 * metalab_capture_open returns METALAB_ERR_VALUE for quotes, commands and other variables, which only a
 * shell expands; a path that begins with "./" is taken literally.
 *
 * "postgresql://user@host:port/database?file_root=/path" is the directory /path, with an index in PostgreSQL
 * for the Python package and its dashboard. The library reads the parameters file_root, schema (else
 * "public") and experiment_id. libpq, which is loaded when needed, reads all other parameters, the PG...
 * variables, ~/.pgpass and the service file. If the locator has no password, the server is found through
 * {file_root}/services/postgres/service.json, which the package writes. The files are authoritative: a
 * server that is unreachable, slow or read-only neither slows the solver nor fails the run; see
 * metalab_options_index_wait. "discover" is the store of the services that the package has started.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8; metalab_capture_open reports a locator that cannot be used.
 */
metalab_status_t metalab_options_store(struct metalab_options_t *options,
                                       const char *locator);

/**
 * Sets the experiment: "name:version", or "name" for version 1. METALAB_EXPERIMENT; else the executable's
 * name.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
 */
metalab_status_t metalab_options_experiment(struct metalab_options_t *options,
                                            const char *id);

/**
 * Sets the description of the experiment. It goes into the experiment's manifest, in place of an earlier
 * description.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_experiment_description(struct metalab_options_t *options,
                                                        const char *description);

/**
 * Sets how many runs the experiment will have, so that a dashboard can show how many are still to come. The
 * number goes into the experiment's manifest. METALAB_PLANNED_RUNS; else the number of existing runs.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_planned_runs(struct metalab_options_t *options,
                                              uint64_t runs);

/**
 * Adds a tag of the experiment, for its manifest.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_add_experiment_tag(struct metalab_options_t *options,
                                                    const char *tag);

/**
 * Sets the run's id: 1 to 128 of the characters A-Z a-z 0-9 . _ - not starting with . or -. METALAB_RUN_ID;
 * else 16 hexadecimal digits derived from experiment, context, parameters, seed, replicate and code hash, the
 * same in every language.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
 */
metalab_status_t metalab_options_run_id(struct metalab_options_t *options,
                                        const char *run_id);

/**
 * Adds parameters: the members of a JSON object. METALAB_PARAMS.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
 */
metalab_status_t metalab_options_params_json(struct metalab_options_t *options,
                                             const char *json,
                                             size_t json_len);

/**
 * Adds the variables of a Fortran namelist file to the parameters:
 * "&grid n = 64, h%x = 0.5 /" becomes {"grid": {"n": 64, "h": {"x": 0.5}}}. The file is read by this call.
 *
 * Names are converted to lower case. Repeated values (3*0.0) are expanded, complex numbers become arrays of
 * two, omitted values become null, and NaN and infinities become strings. Strings lose trailing blanks.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_ACCESS, METALAB_ERR_IO;
 * METALAB_ERR_VALUE (the file is not a namelist; the message names the line and the group).
 */
metalab_status_t metalab_options_namelist(struct metalab_options_t *options,
                                          const char *path);

/**
 * Sets a parameter that is a float. metalab_capture_open refuses NaN and infinities, since a run's id cannot
 * be derived from them.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_param_f64(struct metalab_options_t *options,
                                           const char *name,
                                           double value);

/**
 * Sets a parameter that is an integer.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_param_i64(struct metalab_options_t *options,
                                           const char *name,
                                           int64_t value);

/**
 * Sets a parameter that is a boolean: 0 is false.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_param_bool(struct metalab_options_t *options,
                                            const char *name,
                                            int32_t value);

/**
 * Sets a parameter that is a string.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_param_text(struct metalab_options_t *options,
                                            const char *name,
                                            const char *value);

/**
 * Adds members to the context: everything else that the run depends on, such as input data or a mesh. json is
 * an object. METALAB_CONTEXT.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
 */
metalab_status_t metalab_options_context_json(struct metalab_options_t *options,
                                              const char *json,
                                              size_t json_len);

/**
 * Adds members to the metadata: information for readers that does not identify the run. json is an object.
 * The metadata goes into the run's provenance and into the experiment's manifest. METALAB_METADATA.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
 */
metalab_status_t metalab_options_metadata_json(struct metalab_options_t *options,
                                               const char *json,
                                               size_t json_len);

/**
 * Adds a tag of the run. METALAB_TAGS, separated by commas.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_add_tag(struct metalab_options_t *options, const char *tag);

/**
 * Sets the note on the run. METALAB_NOTES.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_note(struct metalab_options_t *options, const char *note);

/**
 * Sets the root seed, from which metalab_capture_derive_seed derives others. METALAB_SEED; else 0.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_seed(struct metalab_options_t *options, uint64_t root_seed);

/**
 * Sets which replicate of the root seed the run is. METALAB_REPLICATE; else none.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_replicate(struct metalab_options_t *options,
                                           uint64_t replicate_index);

/**
 * Sets the string that identifies the version of the code; "" for none. METALAB_CODE_HASH; else the
 * executable's GNU build id, or its SHA-256 if it has no build id (for a file over 32 MiB, the SHA-256 of
 * its first and last 8 MiB and its size). The hash does not cover shared libraries: if you rebuild them,
 * include their version here. A wrapper for an interpreter passes the hash of the script.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_code_hash(struct metalab_options_t *options,
                                           const char *hash);

/**
 * Sets the id of this process as a worker of the run, such as "rank:3"; see metalab_options_role. The id has
 * at most 64 bytes. It becomes part of the name of the worker's logger, and of the names of the metrics,
 * series, data and artifacts that the worker emits. METALAB_WORKER; else "rank:N" in a program of several
 * processes.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
 */
metalab_status_t metalab_options_worker(struct metalab_options_t *options,
                                        const char *worker_id);

/**
 * Sets the compiler of the solver and its flags: pass METALAB_COMPILER, which is the compiler of the file
 * that includes this header. The text goes into the run's provenance.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_compiler(struct metalab_options_t *options,
                                          const char *text);

/**
 * Sets the interval at which the process is sampled during the run, in seconds: 0 for never, else from 0.01 to
 * 86400. METALAB_SAMPLE_SECONDS; else 0.
 *
 * The samples are series of the run. Their steps are whole milliseconds since the run began. The first
 * sample is taken at the beginning, the last one at the end. Values that the system does not provide are
 * absent.
 *
 *   process.cpu_percent           processor time since the sample before; 100 is one core
 *   process.resident_bytes        memory that the process has in use
 *   process.threads               its threads, the library's included
 *   process.read_bytes            read from storage since the run began
 *   process.written_bytes         written for storage since the run began
 *   cgroup.memory_bytes           where a control group limits memory: what it has in use
 *   cgroup.cpu_throttled_seconds  where one limits processors: how long it was held back since
 *                                 the run began
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_sample(struct metalab_options_t *options,
                                        double seconds);

/**
 * Sets the time within which log lines reach their file, in seconds; less than 0.001 counts as 0.001. Errors
 * are written at once. METALAB_FLUSH_SECONDS; else 0.05.
 *
 * Durations are in seconds in every function and variable, from 0 to 1e9; any other value is
 * METALAB_ERR_VALUE.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_flush_interval(struct metalab_options_t *options,
                                                double seconds);

/**
 * Sets the interval at which the record of a running run is written again for readers, if it has changed, in
 * seconds; 0 for never. METALAB_REFRESH_SECONDS; else 10.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_refresh_interval(struct metalab_options_t *options,
                                                  double seconds);

/**
 * Sets the directory for the journals of running runs, on a local disk or in memory. Everything emitted is
 * written there first. METALAB_JOURNAL; else ".journal" in the experiment's directory.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_journal(struct metalab_options_t *options,
                                         const char *directory);

/**
 * Sets how to treat a run that has already succeeded: a METALAB_IF_SUCCESS_... . METALAB_IF_SUCCESS ("rerun",
 * "refuse" or "skip"); else METALAB_IF_SUCCESS_RERUN.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_if_success(struct metalab_options_t *options,
                                            metalab_if_success_t policy);

/**
 * Makes the end of the run wait for the disk if durable is 1; not if it is 0. METALAB_DURABLE; else 0. With
 * 0, the kernel holds what was written: it survives the process and reaches the disk some seconds later.
 * With 1, the run survives a power failure once metalab_capture_finish has returned. See
 * metalab_capture_flush.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_durable(struct metalab_options_t *options,
                                         int32_t durable);

/**
 * Creates an empty object, to be filled with keys and values. The caller frees *values_out with
 * metalab_values_free.
 *
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_values_new(struct metalab_values_t **values_out);

/**
 * Creates an empty array, for data and documents that are lists. As metalab_values_new.
 */
metalab_status_t metalab_values_new_array(struct metalab_values_t **values_out);

/**
 * Sets a float; NaN and infinities are kept. An earlier value of the key is replaced.
 *
 * key: NULL in an array, to which the value is appended; here and below.
 * Errors: METALAB_ERR_NULL (values; key in an object), METALAB_ERR_UTF8, METALAB_ERR_VALUE (a key in an
 * array); the same for all of these. The function that receives the values also reports the first failure.
 */
metalab_status_t metalab_values_set_f64(struct metalab_values_t *values,
                                        const char *key,
                                        double value);

/**
 * Sets an integer. As metalab_values_set_f64.
 */
metalab_status_t metalab_values_set_i64(struct metalab_values_t *values,
                                        const char *key,
                                        int64_t value);

/**
 * Sets an integer that is not negative, such as a seed. As metalab_values_set_f64.
 */
metalab_status_t metalab_values_set_u64(struct metalab_values_t *values,
                                        const char *key,
                                        uint64_t value);

/**
 * Sets a boolean: 0 is false. As metalab_values_set_f64.
 */
metalab_status_t metalab_values_set_bool(struct metalab_values_t *values,
                                         const char *key,
                                         int32_t value);

/**
 * Sets a string. As metalab_values_set_f64.
 *
 * value_len: bytes of value, or METALAB_NUL.
 */
metalab_status_t metalab_values_set_text(struct metalab_values_t *values,
                                         const char *key,
                                         const char *value,
                                         size_t value_len);

/**
 * Sets null: there is no value. As metalab_values_set_f64.
 */
metalab_status_t metalab_values_set_null(struct metalab_values_t *values, const char *key);

/**
 * Sets a value that is passed as JSON, such as the result of metalab_values_json for other values. As
 * metalab_values_set_f64.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * Errors: also METALAB_ERR_JSON (not JSON, or nested more than METALAB_JSON_DEPTH_MAX deep, counted with the
 * objects around it).
 */
metalab_status_t metalab_values_set_json(struct metalab_values_t *values,
                                         const char *key,
                                         const char *json,
                                         size_t json_len);

/**
 * Sets an array of floats. As metalab_values_set_f64.
 *
 * list: count elements, copied; may be NULL if count is 0.
 */
metalab_status_t metalab_values_set_f64_array(struct metalab_values_t *values,
                                              const char *key,
                                              size_t count,
                                              const double *list);

/**
 * Sets an array of integers. As metalab_values_set_f64_array.
 */
metalab_status_t metalab_values_set_i64_array(struct metalab_values_t *values,
                                              const char *key,
                                              size_t count,
                                              const int64_t *list);

/**
 * Begins an object: values set before metalab_values_end are its members. As metalab_values_set_f64.
 *
 * Errors: also METALAB_ERR_JSON (more than METALAB_JSON_DEPTH_MAX deep).
 */
metalab_status_t metalab_values_begin_object(struct metalab_values_t *values,
                                             const char *key);

/**
 * Begins an array: values set before metalab_values_end, with NULL as key, are its elements. As
 * metalab_values_begin_object.
 */
metalab_status_t metalab_values_begin_array(struct metalab_values_t *values, const char *key);

/**
 * Ends the object or array that was begun last.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (none was begun).
 */
metalab_status_t metalab_values_end(struct metalab_values_t *values);

/**
 * Removes all values and forgets failures, so that the object can be used again.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_values_clear(struct metalab_values_t *values);

/**
 * Returns the values as JSON, for a parameter that is JSON text: metadata_json, or json with METALAB_NUL
 * for its length.
 *
 * If a value could not be set, or an object or array is still open, the string is not JSON, and the function
 * that receives it returns METALAB_ERR_JSON with the reason. So the program need not check the status of
 * each setter.
 *
 * Never NULL; the string belongs to the library and is valid until the values change or are freed.
 */
const char *metalab_values_json(struct metalab_values_t *values);

/**
 * Frees values. NULL is fine. Any thread.
 */
void metalab_values_free(struct metalab_values_t *values);

/**
 * Opens a capture: creates the store if it is missing, writes the run's record with status "running", and
 * starts the thread that keeps the store up to date.
 *
 * options: what to capture; NULL takes everything from the environment. Copied.
 * capture_out: the capture, to be freed with metalab_capture_free. NULL if the status is not METALAB_OK: the
 * program may continue and pass it to every call.
 *
 * An earlier attempt at the run whose process died is recovered first. If another process is recovering it,
 * the call waits for at most 60 seconds. METALAB_ERR_BUSY means that this process or another is writing the
 * run, even if it spells the store's path differently; or that the run belongs to another host, whose
 * processes cannot be checked. metalab_recover explains how to take over such a run. If three processes have
 * died while recovering the run, the status is METALAB_ERR_INCOMPLETE; call metalab_recover to try again.
 * The experiment's other dead runs are recovered in the background. Each is tried once: if a process has
 * died while recovering a run, that run is left to metalab_recover, and the log says so.
 *
 * With METALAB_DISABLED=1 (or true, yes, on) in the environment, captures are disabled: this call and every
 * call on the capture succeed, cost next to nothing and write nothing.
 *
 * Errors: METALAB_SKIP (no error: the run has already succeeded), METALAB_ERR_EXISTS, METALAB_ERR_BUSY,
 * METALAB_ERR_INCOMPLETE, METALAB_ERR_NOT_FOUND (there is no run to attach to), METALAB_ERR_ACCESS,
 * METALAB_ERR_FULL, METALAB_ERR_IO, METALAB_ERR_NAME, METALAB_ERR_VALUE, METALAB_ERR_JSON, METALAB_ERR_UTF8,
 * METALAB_ERR_NULL, METALAB_ERR_HANDLE, METALAB_ERR_UNSUPPORTED. After an error, nothing that was in the store
 * is lost. Any thread.
 */
METALAB_MUST_USE
metalab_status_t metalab_capture_open(const struct metalab_options_t *options,
                                      struct metalab_capture_t **capture_out);

/**
 * Returns the run's id; "" if captures are disabled.
 *
 * run_id_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL. Any thread, also after metalab_capture_finish.
 */
metalab_status_t metalab_capture_run_id(const struct metalab_capture_t *capture, char **run_id_out);

/**
 * Derives a seed for a part of the program from the run's root seed and replicate, as the Python package
 * does. Returns 0 if captures are disabled.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8. Any thread.
 */
metalab_status_t metalab_capture_derive_seed(const struct metalab_capture_t *capture,
                                             const char *name,
                                             uint64_t *seed_out);

/**
 * Adds a warning to the run's record: {"message": message} and the members of details_json.
 *
 * details_json: a JSON object, or NULL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON, METALAB_ERR_CLOSED,
 * METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_add_warning(struct metalab_capture_t *capture,
                                             const char *message,
                                             const char *details_json);

/**
 * Adds a line to the run's notes.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_add_note(struct metalab_capture_t *capture, const char *note);

/**
 * Adds a tag to the run, once.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_add_tag(struct metalab_capture_t *capture, const char *tag);

/**
 * Makes the run end with status "failed". Only the first failure is kept; the run continues until it is
 * finished.
 *
 * type: the kind of failure, in one word: "Diverged", "std::bad_alloc".
 * message: a description of the failure.
 * traceback: where it happened, or NULL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_fail(struct metalab_capture_t *capture,
                                      const char *type,
                                      const char *message,
                                      const char *traceback);

/**
 * Makes the run end with status "cancelled", unless it fails.
 *
 * reason: goes into the run's warnings; may be NULL.
 * Errors: METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_cancel(struct metalab_capture_t *capture, const char *reason);

/**
 * Waits until everything emitted so far is visible to readers of the store, or is also on the disk. Programs
 * seldom need this: once a call returns, its data survives the death of the process. For each series with
 * new points, an entry is written in results/. It has all points if there are at most 500, otherwise at most
 * 1000 that draw the same curve. The entry's metadata has "partial": true and "total_points"; at the end of
 * the run, the whole series replaces the entry.
 *
 * how: a METALAB_FLUSH_... .
 * Errors: METALAB_ERR_INCOMPLETE (something could not be written so far), METALAB_ERR_VALUE,
 * METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_capture_flush(struct metalab_capture_t *capture,
                                       metalab_flush_t how);

/**
 * Ends the run. Writes everything to the store, and then the final status to the record: "failed" or
 * "cancelled" if that was requested, else "success". Keeps mapped arrays and streams that were not sealed as
 * they are, with "incomplete": true in their metadata. Waits for the disk if metalab_options_durable is set.
 *
 * A second call returns the status of the first. The handle stays valid until it is freed; emitting to it
 * returns METALAB_ERR_CLOSED.
 *
 * Errors: METALAB_ERR_INCOMPLETE (the run has ended, but something could not be written; its journal is kept
 * then). Any thread; call it when no other thread emits to the run any more.
 */
metalab_status_t metalab_capture_finish(struct metalab_capture_t *capture);

/**
 * Frees a capture. If its run is not finished yet, finishes it first; call metalab_capture_finish yourself
 * to get the status. Open mappings and streams stay valid until they are sealed or abandoned. NULL is fine.
 * Any thread.
 */
void metalab_capture_free(struct metalab_capture_t *capture);

/**
 * Recovers the runs of a store whose process died. What they had emitted is written to the store, and they
 * end as "failed", with an error that names the process, the cause, the last step and the time. Runs that
 * are still running are left alone. So are runs of other hosts, since their processes cannot be checked.
 * metalab_capture_open does the same in the background, for the runs of its experiment.
 *
 * The type of the error is "Exit" (exit or a return from main without metalab_capture_finish), "Signal" or
 * "Abort" (see METALAB_SIGNALS_FATAL), "Killed" (it died without a record of how, after SIGTERM or SIGUSR1;
 * see METALAB_SIGNALS_STOP), else "ProcessDied". If the program had called metalab_capture_fail, it is the
 * type that was passed there.
 *
 * If runs were left alone because of their host, the status is METALAB_OK, and metalab_last_error lists
 * these hosts with the number of runs of each. metalab_recover_host takes over the runs of a host that is
 * gone. Records that a power cut has emptied are set aside; metalab_last_error names them, too.
 *
 * Two environment variables make metalab_recover and metalab_capture_open take over runs of other hosts.
 * METALAB_TAKE_OVER is a list of host names that are gone, separated by commas; or it is "job", which stands
 * for every other step of this process's SLURM job and all earlier runs of that job. If SLURM has requeued
 * the job (a higher SLURM_RESTART_COUNT), its runs are taken over even without the variable.
 * METALAB_DEAD_AFTER is a number of seconds, 60 or more: a process that has been silent for longer counts as
 * dead. Allow several minutes, since the clocks of hosts differ and network file systems show writes late.
 *
 * locator: as in metalab_options_store; NULL for METALAB_STORE, else "./experiments".
 * experiment_id: "name:version"; NULL for every experiment of the store.
 * journal: as in metalab_options_journal; NULL for METALAB_JOURNAL, else the default directory.
 * recovered_out: how many runs were recovered; may be NULL.
 * Errors: METALAB_ERR_NOT_FOUND (no such store), METALAB_ERR_INCOMPLETE (a run could not be
 * written whole; its journal stays, the others are recovered), METALAB_ERR_IO, METALAB_ERR_ACCESS,
 * METALAB_ERR_FULL, METALAB_ERR_NAME, METALAB_ERR_UTF8. Any thread, any process; several at once
 * are safe.
 */
metalab_status_t metalab_recover(const char *locator,
                                 const char *experiment_id,
                                 const char *journal,
                                 size_t *recovered_out);

/**
 * Recovers as metalab_recover does, and also the runs of processes on `host`. Call it when that host is gone
 * (a lost node, a pod with a new name), or when none of its processes uses this store; the library never
 * guesses. If a process still runs there, it notices before its next write to the store and writes nothing
 * more. Its health then reports this, and its metalab_capture_finish returns METALAB_ERR_INCOMPLETE.
 *
 * If the journal is on that host's own disk, it cannot be read here, and the run ends with what the store
 * already has.
 *
 * host: the name that gethostname returned there. It is in the run's record, and in metalab_last_error after
 * metalab_recover.
 * The other arguments: as for metalab_recover.
 * Errors: also METALAB_ERR_NULL (host), METALAB_ERR_VALUE (an empty host).
 */
metalab_status_t metalab_recover_host(const char *locator,
                                      const char *experiment_id,
                                      const char *journal,
                                      const char *host,
                                      size_t *recovered_out);

/**
 * Makes a capture the current one of the process, which metalab_capture_current returns. Call this in the
 * program that opens the run. Then the libraries that it uses can emit metrics, data and artifacts into the
 * run without receiving the handle.
 *
 * capture: the capture; NULL for none. When a capture ends, it is no longer current.
 * Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE. Any thread; the setting applies to all threads.
 */
metalab_status_t metalab_capture_set_current(struct metalab_capture_t *capture);

/**
 * Returns the current capture of the process, or NULL if there is none. A library need not check for NULL,
 * since every call with NULL returns METALAB_NO_CAPTURE:
 *
 *   metalab_capture_metric_step(metalab_capture_current(), "krylov/iterations", step, count);
 *
 * The capture belongs to the program that opened it: do not finish or free it, and do not keep the pointer
 * for long. The call takes some nanoseconds. Any thread.
 */
struct metalab_capture_t *metalab_capture_current(void);

/**
 * Sets the role of the process in its run: a METALAB_ROLE_... . METALAB_ROLE ("auto", "owner", "worker" or
 * "ranks"); else METALAB_ROLE_AUTO.
 *
 * A worker has its own journal and its own log (logs/{run_id}_run.{worker}.log), and shares the run's
 * directory of artifacts with the other processes. The names of its metrics, series, data and artifacts end
 * in its id, with '.' for ':', as in "loss@rank.3". If a worker has neither id nor rank, its names stay as
 * they are, unless another process has used them first. The run has one record, that of the owner. What it
 * says of workers is added when the owner ends, and again when the last worker ends; processes may end in
 * any order.
 *
 * If processes fail, the record's error is the first cause. An error that a process reported takes
 * precedence over a death. Among deaths, one that the process caused itself comes first, then one by
 * SIGKILL, then one by a signal that asked the process to stop. If a worker is the cause, the type of the
 * error is "WorkerFailed" or "WorkerDied", and its message names the worker. If a worker was cancelled and
 * nothing failed, the run ends as "cancelled".
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_role(struct metalab_options_t *options,
                                      metalab_role_t role);

/**
 * Sets the rank of this process, from 0, and the number of processes of the run. By default both are read
 * from the environment variables of the launcher: OpenMPI, MPICH and others by PMI or PMIx, MVAPICH, JSM,
 * PALS, ALPS, Flux, torchrun, SLURM; docs/ranks.md lists them. Tasks of SLURM without MPI become ranks of
 * one run only with METALAB_ROLE_RANKS, since they are often independent. If no worker id is set, the id is
 * the rank, as in "rank:3".
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (rank is none of 0 to size - 1).
 */
metalab_status_t metalab_options_rank(struct metalab_options_t *options,
                                      int64_t rank,
                                      int64_t size);

/**
 * Makes the number of processes a parameter with this name, so that the runs of a scaling study have
 * different ids. The number is the size set by metalab_options_rank, else that of the launcher. It is 1 for
 * a single process, and for tasks of SLURM that are separate runs. The parameter replaces an existing one of
 * the same name. METALAB_RANKS_PARAM; else there is no such parameter. If the launcher provides a rank but
 * no size, metalab_capture_open returns METALAB_ERR_VALUE.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
 */
metalab_status_t metalab_options_ranks_param(struct metalab_options_t *options,
                                             const char *name);

/**
 * Sets how many seconds a worker waits in metalab_capture_open for the owner of the run; with 0, it looks
 * once. METALAB_ATTACH_SECONDS; else 30.
 *
 * metalab_capture_open returns METALAB_ERR_NOT_FOUND if no owner comes, and METALAB_ERR_BUSY if a worker
 * with the same id is running. It fails at once, with the reason, if the store can't be written, or if rank
 * 0 of the same launch can't open the run.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_attach_patience(struct metalab_options_t *options,
                                                 double seconds);

/**
 * Continues an earlier attempt at the run, however it ended: its results, artifacts, metrics, tags, notes
 * and logs stay, and each series is continued. In every series, the points at this step and at later steps
 * are dropped: step is the first step that will be emitted again. Series whose steps count something else
 * (metalab_capture_set_step_unit) keep all points. In the record, provenance.extra has the number of this
 * attempt (attempt), the start of the first one (first_started_at), and the times and status of the earlier
 * ones (earlier_attempts). If there is no earlier attempt, the run starts as usual. METALAB_RESTART_STEP;
 * else the run starts anew.
 *
 * For workers, the owner's setting applies, and their own is ignored. Only if the owner is the Python
 * package, which has no restart, a worker uses its own setting and drops points of its own series only.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_restart(struct metalab_options_t *options,
                                         int64_t step);

/**
 * Returns the rank of this process and the number of processes of the run; 0 and 1 if unknown, or if captures
 * are disabled.
 *
 * rank_out, size_out: either may be NULL.
 * Errors: none of its own. Any thread, also after metalab_capture_finish.
 */
metalab_status_t metalab_capture_rank(const struct metalab_capture_t *capture,
                                      int64_t *rank_out,
                                      int64_t *size_out);

/**
 * Requests that a metric, plain or at steps, be reduced over all processes of the run when it ends. The run
 * then has, instead of the values of each process, name.min, name.max, name.mean, name.sum, name.count, and
 * name.argmin and name.argmax (the ranks of the extremes; of equal values, the first rank). For a series,
 * these are series, with every step at which a process had a value. Each process that emits the metric must
 * call this, at any time before its end; it works with one process as well.
 *
 * Integers and booleans count as numbers, and sums of them stay integers. As in numpy, a NaN is both the
 * minimum and the maximum. Strings cannot be reduced: each process keeps its own.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_CLOSED,
 * METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_reduce(struct metalab_capture_t *capture,
                                        const char *name);

/**
 * Emits a metric that is a float. The run keeps the last value of each name. NaN and infinities are kept as
 * they are.
 *
 * name: UTF-8, up to METALAB_NAME_MAX bytes as a file name; here and below. If this thread has used the name
 * before, the call takes no lock and allocates nothing.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_CLOSED, METALAB_ERR_FULL (counted
 * in the health document); the same for every metric. Any thread.
 */
metalab_status_t metalab_capture_metric(struct metalab_capture_t *capture,
                                        const char *name,
                                        double value);

/**
 * Emits a metric that is an integer. As metalab_capture_metric.
 */
metalab_status_t metalab_capture_metric_i64(struct metalab_capture_t *capture,
                                            const char *name,
                                            int64_t value);

/**
 * Emits a metric that is a boolean: 0 is false. As metalab_capture_metric.
 */
metalab_status_t metalab_capture_metric_bool(struct metalab_capture_t *capture,
                                             const char *name,
                                             int32_t value);

/**
 * Emits a metric that is a string of at most METALAB_TEXT_MAX bytes. As metalab_capture_metric.
 *
 * value_len: bytes of value, or METALAB_NUL.
 * Errors: also METALAB_ERR_VALUE, for a string that is too long.
 */
metalab_status_t metalab_capture_metric_text(struct metalab_capture_t *capture,
                                             const char *name,
                                             const char *value,
                                             size_t value_len);

/**
 * Emits several metrics: count names and as many values. As metalab_capture_metric; an error in one does not
 * affect the others, and the first error is returned.
 */
metalab_status_t metalab_capture_metrics(struct metalab_capture_t *capture,
                                         size_t count,
                                         const char *const *names,
                                         const double *values);

/**
 * Emits a metric at a step: a point of the series of that name, which becomes [[step, value], ..] in results/
 * when the run ends, sorted by step, with equal steps in order of arrival. A plain metric of the same name is
 * separate. As metalab_capture_metric.
 */
metalab_status_t metalab_capture_metric_step(struct metalab_capture_t *capture,
                                             const char *name,
                                             int64_t step,
                                             double value);

/**
 * Emits a metric at a step that is an integer. As metalab_capture_metric_step.
 */
metalab_status_t metalab_capture_metric_step_i64(struct metalab_capture_t *capture,
                                                 const char *name,
                                                 int64_t step,
                                                 int64_t value);

/**
 * Emits a metric at a step that is a boolean: 0 is false. As metalab_capture_metric_step.
 */
metalab_status_t metalab_capture_metric_step_bool(struct metalab_capture_t *capture,
                                                  const char *name,
                                                  int64_t step,
                                                  int32_t value);

/**
 * Emits a metric at a step that is a string of at most METALAB_TEXT_MAX bytes. As metalab_capture_metric_step.
 *
 * value_len: bytes of value, or METALAB_NUL.
 */
metalab_status_t metalab_capture_metric_step_text(struct metalab_capture_t *capture,
                                                  const char *name,
                                                  int64_t step,
                                                  const char *value,
                                                  size_t value_len);

/**
 * Emits several metrics at one step: count names and as many values. As metalab_capture_metrics.
 */
metalab_status_t metalab_capture_metrics_step(struct metalab_capture_t *capture,
                                              size_t count,
                                              const char *const *names,
                                              int64_t step,
                                              const double *values);

/**
 * Declares a series, so that adding a point costs a few nanoseconds. Declaring a name again returns the same
 * series and adds a unit or description that was missing.
 *
 * unit: of the values, as in "J/kg"; NULL if there is none.
 * description: of the values; NULL if there is none.
 * series_out: valid as long as the capture; not to be freed.
 * Errors: as metalab_capture_metric. Any thread.
 */
metalab_status_t metalab_capture_series(struct metalab_capture_t *capture,
                                        const char *name,
                                        const char *unit,
                                        const char *description,
                                        struct metalab_series_t **series_out);

/**
 * Makes readers plot a series against another series instead of the step. An example is the simulated time
 * of a solver with adaptive steps; it is emitted like any other series. The points need no more memory:
 * readers join the two series by step (metalab_points_axis). The metadata of the series has the other name
 * as "axis".
 *
 * name: the series, declared or emitted by metalab_capture_metric_step, before or after this call.
 * axis: the name of the other series in this process.
 * Errors: as metalab_capture_metric; METALAB_ERR_VALUE if both names are the same. Any thread.
 */
metalab_status_t metalab_capture_set_axis(struct metalab_capture_t *capture,
                                          const char *name,
                                          const char *axis);

/**
 * Adds a point to a series: a float at a step. NaN and infinities are kept. Steps may come in any order and
 * more than once. This is the fastest way to emit: no lock, no system call, no allocation, and the point
 * survives the death of the process. If a thread is millions of points ahead of the background thread that
 * writes them, it is slowed down, by at most 250 ms for each 2 MiB of journal.
 *
 * Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE, METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_series_point(struct metalab_series_t *series,
                                      int64_t step,
                                      double value);

/**
 * Adds an integer at a step. As metalab_series_point.
 */
metalab_status_t metalab_series_point_i64(struct metalab_series_t *series,
                                          int64_t step,
                                          int64_t value);

/**
 * Adds a boolean at a step: 0 is false. As metalab_series_point.
 */
metalab_status_t metalab_series_point_bool(struct metalab_series_t *series,
                                           int64_t step,
                                           int32_t value);

/**
 * Adds a string of at most METALAB_TEXT_MAX bytes at a step. As metalab_series_point.
 *
 * value_len: bytes of value, or METALAB_NUL.
 * Errors: also METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_series_point_text(struct metalab_series_t *series,
                                           int64_t step,
                                           const char *value,
                                           size_t value_len);

/**
 * Adds many points to a series: count steps and as many values. As metalab_series_point.
 *
 * Errors: also METALAB_ERR_NULL. The points before the one that failed are kept.
 */
metalab_status_t metalab_series_points(struct metalab_series_t *series,
                                       size_t count,
                                       const int64_t *steps,
                                       const double *values);

/**
 * Adds many integer points to a series. As metalab_series_points.
 */
metalab_status_t metalab_series_points_i64(struct metalab_series_t *series,
                                           size_t count,
                                           const int64_t *steps,
                                           const int64_t *values);

/**
 * Sets what the steps of a series count if they are not the run's steps: "ms", "krylov iteration". Such
 * steps do not count for the last step of the run (metalab_run_last_step, and the error of a run that died),
 * and a restart keeps all points of the series. The series of metalab_options_sample count "ms". The
 * metadata of the series has the unit as "step_unit".
 *
 * name: the series, declared or emitted by metalab_capture_metric_step, before or after this call.
 * unit: what a step is.
 * Errors: as metalab_capture_metric; METALAB_ERR_VALUE if unit is empty. Any thread.
 */
metalab_status_t metalab_capture_set_step_unit(struct metalab_capture_t *capture,
                                               const char *name,
                                               const char *unit);

/**
 * Stores structured data: a JSON document that readers get as run.data(name). Storing a name again replaces
 * the earlier document.
 *
 * json: Python's dialect, so NaN, Infinity and -Infinity may stand for numbers, and at most
 * METALAB_JSON_DEPTH_MAX deep; here and below.
 * json_len: bytes of json, or METALAB_NUL.
 * metadata_json: a JSON object, or NULL; here and below.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON,
 * METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_capture_data_json(struct metalab_capture_t *capture,
                                           const char *name,
                                           const char *json,
                                           size_t json_len,
                                           const char *metadata_json);

/**
 * Stores structured data: an array that readers get as run.data(name), a numpy array of the same shape and
 * type. It is stored as text: use it for tables and plots, and artifacts for fields. Copied before the call
 * returns.
 *
 * Errors: as metalab_capture_data_json, METALAB_ERR_VALUE for an impossible shape or type, and
 * METALAB_ERR_UTF8 for strings that are not UTF-8.
 */
metalab_status_t metalab_capture_data_array(struct metalab_capture_t *capture,
                                            const char *name,
                                            const struct metalab_array_t *data,
                                            const char *metadata_json);

/**
 * Stores an artifact: a JSON document, which readers get as run.artifact(name).
 *
 * Artifacts become visible to readers some time after the call, once they are hashed, and at the latest when
 * the run ends or is flushed. Storing a name again replaces the earlier artifact.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * metadata_json: a JSON object, or NULL; here and below.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON, METALAB_ERR_CLOSED,
 * METALAB_ERR_FULL, METALAB_ERR_IO; the same for every artifact. Any thread.
 */
metalab_status_t metalab_capture_artifact_json(struct metalab_capture_t *capture,
                                               const char *name,
                                               const char *json,
                                               size_t json_len,
                                               const char *metadata_json);

/**
 * Stores an artifact: bytes as they are. As metalab_capture_artifact_json.
 *
 * bytes: size bytes, copied; may be NULL if size is 0.
 * kind: the kind of content, such as "mesh". The Python package decodes the kinds that it knows: pass "json"
 * or "numpy" only for such content.
 * format: the encoding, which becomes the file's extension, such as "vtk".
 */
metalab_status_t metalab_capture_artifact_bytes(struct metalab_capture_t *capture,
                                                const char *name,
                                                const void *bytes,
                                                size_t size,
                                                const char *kind,
                                                const char *format,
                                                const char *metadata_json);

/**
 * Stores an artifact: an array as .npz, which readers get as a numpy array. Copied before the call returns. As
 * metalab_capture_artifact_json.
 *
 * Errors: also METALAB_ERR_VALUE, for an impossible shape or type.
 */
metalab_status_t metalab_capture_artifact_array(struct metalab_capture_t *capture,
                                                const char *name,
                                                const struct metalab_array_t *data,
                                                const char *metadata_json);

/**
 * Stores an artifact: count named arrays in one .npz, which readers get as a dict. As
 * metalab_capture_artifact_array.
 *
 * array_names: count names, no two the same. They may contain directories ("patch/density"), but must not
 * lead out of the directory where the file is unzipped. "/x", "../x" and "C:x" are METALAB_ERR_NAME; so is
 * "x.npy", which numpy would return as "x".
 */
metalab_status_t metalab_capture_artifact_arrays(struct metalab_capture_t *capture,
                                                 const char *name,
                                                 size_t count,
                                                 const char *const *array_names,
                                                 const struct metalab_array_t *arrays,
                                                 const char *metadata_json);

/**
 * Creates an artifact that is an array, and maps its file into memory: the solver computes directly in the
 * file that becomes the artifact, and nothing is copied. Once sealed, the artifact is as from
 * metalab_capture_artifact_array.
 *
 * The file is allocated, zero-filled and prefaulted before the call returns, at 1 to 3 GB in a second:
 * seconds for several GB. From the third array of the same size on, a background thread prepares the next
 * file in advance, for arrays of up to 1 GiB (of any size for metalab_capture_snapshots); the call then
 * takes microseconds.
 * mapping_out: to be ended with metalab_mapping_seal or metalab_mapping_abandon.
 * data_out: the first element. All elements are zero, aligned to 64 bytes, and contiguous in the requested
 * order. The pointer is valid until the mapping is ended, also after metalab_capture_finish.
 * metalab_capture_finish keeps the content at that time as an incomplete artifact; so does the recovery of a
 * process that died.
 *
 * Waits at most 250 ms, and only while more than 1 GiB and two arrays have been sealed but not hashed yet.
 * Errors: also METALAB_ERR_VALUE (the shape), METALAB_ERR_FULL (the disk), METALAB_ERR_MEMORY.
 */
metalab_status_t metalab_capture_map_array(struct metalab_capture_t *capture,
                                           const char *name,
                                           metalab_dtype_t dtype,
                                           metalab_order_t order,
                                           size_t ndim,
                                           const uint64_t *shape,
                                           const char *metadata_json,
                                           struct metalab_mapping_t **mapping_out,
                                           void **data_out);

/**
 * Adds to the metadata that the array will have, for values that are known only once it is computed.
 *
 * metadata_json: a JSON object; its members replace those of the same name. NULL adds nothing.
 * Errors: METALAB_ERR_UTF8, METALAB_ERR_JSON, METALAB_ERR_CLOSED. Any thread.
 */
metalab_status_t metalab_mapping_set_metadata(struct metalab_mapping_t *mapping,
                                              const char *metadata_json);

/**
 * Makes the array an artifact, and ends the mapping; do not access its memory any more. Returns at once; a
 * background thread computes the checksum and the hash.
 *
 * Errors: METALAB_ERR_CLOSED (also if the run has ended, which has kept the array as it was then),
 * METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_mapping_seal(struct metalab_mapping_t *mapping);

/**
 * Discards the array, removes its file, and ends the mapping; do not access its memory any more.
 *
 * Errors: METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_mapping_abandon(struct metalab_mapping_t *mapping);

/**
 * Creates an artifact of unknown length, which is written piece by piece and then sealed. As
 * metalab_capture_artifact_bytes.
 *
 * stream_out: to be ended with metalab_stream_seal or metalab_stream_abandon.
 */
metalab_status_t metalab_capture_stream(struct metalab_capture_t *capture,
                                        const char *name,
                                        const char *kind,
                                        const char *format,
                                        const char *metadata_json,
                                        struct metalab_stream_t **stream_out);

/**
 * Appends bytes. Once the call returns, they survive the death of the process.
 *
 * bytes: size bytes, copied; may be NULL if size is 0.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_IO; after an error, part of the
 * bytes may have been written. Any thread; concurrent calls are serialised.
 */
metalab_status_t metalab_stream_write(struct metalab_stream_t *stream,
                                      const void *bytes,
                                      size_t size);

/**
 * Adds to the metadata that the artifact will have. As metalab_mapping_set_metadata.
 */
metalab_status_t metalab_stream_set_metadata(struct metalab_stream_t *stream,
                                             const char *metadata_json);

/**
 * Makes the bytes written an artifact, and ends the stream.
 *
 * Errors: METALAB_ERR_CLOSED (also if the run has ended, which has kept what was written), METALAB_ERR_FULL.
 * Any thread.
 */
metalab_status_t metalab_stream_seal(struct metalab_stream_t *stream);

/**
 * Discards the bytes written, and ends the stream.
 *
 * Errors: METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_stream_abandon(struct metalab_stream_t *stream);

/**
 * Declares an array of which the solver stores a snapshot every so many steps. Each snapshot is a separate
 * artifact, and the solver computes directly in the artifact's file. A background thread prepares the files
 * of the next two snapshots (of one, if two would take more than 2 GiB), so that metalab_snapshots_begin
 * returns memory that is already prefaulted.
 *
 * name: the beginning of the artifacts' names; at most METALAB_NAME_MAX - 21 bytes as a file name.
 * metadata_json: the metadata of every snapshot; a JSON object, or NULL.
 * snapshots_out: to be freed with metalab_snapshots_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON,
 * METALAB_ERR_VALUE (type, order, shape), METALAB_ERR_CLOSED. Any thread.
 */
metalab_status_t metalab_capture_snapshots(struct metalab_capture_t *capture,
                                           const char *name,
                                           metalab_dtype_t dtype,
                                           metalab_order_t order,
                                           size_t ndim,
                                           const uint64_t *shape,
                                           const char *metadata_json,
                                           struct metalab_snapshots_t **snapshots_out);

/**
 * Maps the snapshot of a step, as metalab_capture_map_array does. The artifact is named "{name}.{step}",
 * with at least eight digits, as in "u.00000500". Its metadata has the members of the declaration, "step",
 * and "snapshot_of": the name. If a step has two snapshots, the one that is sealed later is kept. Several
 * snapshots may be open at a time.
 *
 * If no file is prepared, the call makes one. It waits at most 250 ms, and only while more than 1 GiB and
 * two arrays have been sealed but not hashed yet. So a solver that writes faster than files are hashed is
 * slowed down.
 *
 * mapping_out: to be ended with metalab_mapping_seal or metalab_mapping_abandon, also after
 * metalab_snapshots_free.
 * data_out: the first element; see metalab_capture_map_array.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_MEMORY,
 * METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_snapshots_begin(struct metalab_snapshots_t *snapshots,
                                         int64_t step,
                                         struct metalab_mapping_t **mapping_out,
                                         void **data_out);

/**
 * Ends a declaration: no more files are prepared. Snapshots that have begun stay valid. NULL and a freed
 * handle are allowed. Any thread.
 */
void metalab_snapshots_free(struct metalab_snapshots_t *snapshots);

/**
 * Stores an artifact: an existing file or directory. The source may be changed or removed as soon as the
 * call returns, except for references.
 *
 * A file keeps its mode and times; those that the store's file system refuses are listed in the metadata as
 * "not_kept". The file's extension becomes the artifact's format, unless it is longer than 40 bytes.
 *
 * With METALAB_FILE_COPY, ..._LINK and ..._MOVE, a directory is stored as two artifacts. NAME.tar is the
 * content, an archive that tar and Python's tarfile read. NAME is a JSON document (of kind "json") that
 * lists the content: "path", "tar" (the name of the archive), the total "size_bytes", "files" and
 * "directories". Each of these has its "path" in the archive, "mode" and "modified"; a file also has
 * "size_bytes" and "sha256", a symbolic link has "link" instead. The call writes the archive; a background
 * thread makes the hashes and the list. If the process dies, either both artifacts are stored or none.
 *
 * Archives of the same directory are identical: names are sorted, owners are left out. Symbolic links are
 * stored as links and not followed; hard links are stored as files; holes are kept. Sockets, pipes and
 * devices are skipped, with a warning in the log and their names in the metadata as "skipped". If a name is
 * not UTF-8, the list has it with U+FFFD, and its bytes as "path_hex" or "link_hex". METALAB_FILE_MOVE waits
 * until the archive is on the disk, then removes what is in the archive; files that were changed or added
 * meanwhile stay. Directories may be nested 100 deep. A directory that contains the store is refused, and so
 * is one with a file that becomes shorter during the call.
 *
 * path: the path of a regular file or a directory, or of a symbolic link to one; any bytes.
 * mode: a METALAB_FILE_... .
 * kind: the kind of content; NULL for "file". Ignored for a reference.
 * metadata_json: a JSON object, or NULL.
 * Errors: as metalab_capture_artifact_bytes, and METALAB_ERR_NOT_FOUND, METALAB_ERR_ACCESS,
 * METALAB_ERR_VALUE (neither a regular file nor a directory, an unknown mode). Any thread.
 */
metalab_status_t metalab_capture_file(struct metalab_capture_t *capture,
                                      const char *name,
                                      const char *path,
                                      metalab_file_mode_t mode,
                                      const char *kind,
                                      const char *metadata_json);

/**
 * Stores a figure: an encoded image as it is, an artifact of kind "image". As metalab_capture_artifact_bytes.
 *
 * format: the extension, as in "png", "svg", "pdf", "jpg".
 */
metalab_status_t metalab_capture_figure_bytes(struct metalab_capture_t *capture,
                                              const char *name,
                                              const void *bytes,
                                              size_t size,
                                              const char *format,
                                              const char *metadata_json);

/**
 * Stores a figure: pixels, encoded as PNG before the call returns.
 *
 * pixels: height rows from the top, each of width pixels of channels bytes.
 * channels: 1 (grey), 3 (red, green, blue) or 4 (and alpha, not premultiplied).
 * row_stride: bytes from row to row; 0 for rows without gaps.
 * Errors: as metalab_capture_artifact_bytes, and METALAB_ERR_VALUE.
 */
metalab_status_t metalab_capture_figure_pixels(struct metalab_capture_t *capture,
                                               const char *name,
                                               const uint8_t *pixels,
                                               uint32_t width,
                                               uint32_t height,
                                               uint32_t channels,
                                               size_t row_stride,
                                               const char *metadata_json);

/**
 * Stores a figure: a field of two dimensions, rows and columns, drawn with a colour map as PNG before the call
 * returns. The metadata has the range of the colours as vmin and vmax.
 *
 * field: of a real type. If a side has more than 4096 cells, several cells share a pixel. The pixel shows
 * the value that is furthest from their mean, so that spikes stay visible; it is NaN only if all are NaN.
 * The metadata then has "cells_per_pixel": [rows, columns].
 * style: NULL for the default.
 * metadata_json: its member "unit", a string, is written beside the colour bar.
 * Errors: as metalab_capture_artifact_array.
 */
metalab_status_t metalab_capture_figure_field(struct metalab_capture_t *capture,
                                              const char *name,
                                              const struct metalab_array_t *field,
                                              const struct metalab_field_style_t *style,
                                              const char *metadata_json);

/**
 * Writes a line to the run's log. The line may contain newlines and have any length. It reaches the file
 * within the flush interval, or at once if it is an error. Until then it is in the journal, and survives the
 * death of the process.
 *
 * level: a METALAB_LEVEL_... .
 * text: UTF-8 without conversion specifiers; a newline at its end is not needed.
 * text_len: bytes of text, or METALAB_NUL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE, METALAB_ERR_CLOSED,
 * METALAB_ERR_FULL. Any thread.
 */
metalab_status_t metalab_capture_log(struct metalab_capture_t *capture,
                                     metalab_level_t level,
                                     const char *text,
                                     size_t text_len);

/**
 * Writes a line of a named logger. Libraries can call it without a capture. The line goes, with the logger's
 * name, to every capture of the process that has subscribed to the logger or to a parent of it ("a" is a
 * parent of "a.b"). If there is no subscriber, the call returns METALAB_OK, and costs little more than a
 * load from memory.
 *
 * Errors: as metalab_capture_log; the other captures still get the line.
 */
metalab_status_t metalab_log(const char *logger,
                             metalab_level_t level,
                             const char *text,
                             size_t text_len);

/**
 * Returns true if a line of `logger` at `level` would reach a capture. Call it before composing a costly
 * string. Returns false for arguments that metalab_log would refuse. Any thread.
 */
bool metalab_log_enabled(const char *logger,
                         metalab_level_t level);

/**
 * Subscribes the run's log to lines of `logger` and its children at `level` or above. A second call changes
 * the level. "" is the parent of every logger. The subscription is noted in the run's log, at level debug.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_VALUE,
 * METALAB_ERR_CLOSED. Any thread.
 */
metalab_status_t metalab_capture_subscribe(struct metalab_capture_t *capture,
                                           const char *logger,
                                           metalab_level_t level);

/**
 * Ends the subscription to `logger`, if there is one.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED. Any thread.
 */
metalab_status_t metalab_capture_unsubscribe(struct metalab_capture_t *capture, const char *logger);

/**
 * Copies what the process writes to its standard output or error, from any language, to the run's logs
 * "stdout" and "stderr". The output itself passes through unchanged. The logs hold what a terminal finally
 * shows, without colours: of a progress bar that redraws its line, only the last state (up to 0.5 s later).
 * The logs are UTF-8: a byte that is not part of a character is written as a backslash, x and two digits, as
 * in Python. The copying ends with the run. Child processes that outlive the process can still write their
 * output. If the reader of the output has ended, as with `solver | head`, writing fails as it would without
 * this call.
 * Meanwhile the streams are pipes: isatty returns 0 for them. C's stdout stays line-buffered on a terminal.
 *
 * streams: METALAB_STDOUT, METALAB_STDERR, or both with | .
 * Errors: METALAB_ERR_BUSY (another capture of the process has it), METALAB_ERR_VALUE, METALAB_ERR_IO,
 * METALAB_ERR_CLOSED. Any thread; preferably before others write.
 */
metalab_status_t metalab_capture_stdio(struct metalab_capture_t *capture,
                                       uint32_t streams);

/**
 * Ends the copying that metalab_capture_stdio began, if there is any, before the run ends.
 *
 * Errors: METALAB_ERR_HANDLE, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread.
 */
metalab_status_t metalab_capture_stdio_end(struct metalab_capture_t *capture);

/**
 * Sets which signals the run handles: METALAB_SIGNALS_FATAL, METALAB_SIGNALS_STOP,
 * METALAB_SIGNALS_INTERRUPT, several with | , or 0. METALAB_SIGNALS ("fatal", "stop", "interrupt", or
 * several with commas); else none, and no handler is installed.
 *
 * metalab_capture_open installs the handlers on top of the program's own. They are removed when the last run
 * that requested them has ended. A handler that the program installs afterwards stays in force, and may call
 * the one that it replaced.
 *
 * FATAL: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and SIGSYS are recorded and passed to the program's own
 * handler. If it has none, they end the process as usual, with the same wait status and core dump. If the
 * thread that opens the run has no alternate signal stack, it gets one, so that a stack overflow is
 * recorded, too. Other signals that end a process (SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE,
 * SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF) are recorded if the program has no handler for
 * them. Signals that the program ignores stay ignored.
 *
 * STOP: SIGTERM and SIGUSR1 set a flag, even if they are ignored, and are passed to the program's own
 * handler if it has one. The flag stays set for the life of the process, and applies to all of its runs. The
 * program must poll the flag with metalab_capture_should_stop: while a run that requested STOP is open,
 * SIGTERM and SIGUSR1 do not end the process.
 *
 * INTERRUPT: the first SIGINT of the process sets the same flag, as with STOP. Later ones have their usual
 * effect, so that Ctrl-C still ends a program that does not poll.
 *
 * None of this applies to a forked child that opens no run of its own. Julia and R need the signals for
 * themselves: there, metalab_capture_open returns METALAB_ERR_UNSUPPORTED if this function has requested
 * signals. METALAB_SIGNALS is ignored there, and the run's log says so.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_signals(struct metalab_options_t *options,
                                         uint32_t which);

/**
 * Sets the time at which the process will be ended, in seconds since the epoch; 0 for never. METALAB_END_TIME;
 * else SLURM_JOB_END_TIME; else never.
 *
 * Errors: METALAB_ERR_NULL.
 */
metalab_status_t metalab_options_end_time(struct metalab_options_t *options,
                                          int64_t unix_seconds);

/**
 * Sets how many seconds before the end time (metalab_options_end_time) metalab_capture_should_stop becomes
 * true; 0 for not at all. METALAB_STOP_BEFORE; else 0.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_stop_before(struct metalab_options_t *options,
                                             double seconds);

/**
 * Returns true if the run is asked to stop. Use it as a condition of the solver's loop.
 *
 * It is true once the process has received SIGTERM, SIGUSR1 or SIGINT (see metalab_options_signals), once
 * metalab_capture_request_stop was called, or once less time is left than metalab_options_stop_before. It is
 * false for NULL, and for a handle that is no open capture of this process.
 *
 * Once this has returned true, metalab_capture_finish ends the run as "cancelled", unless the run failed; a
 * warning in the record says why. A run that never calls this is not cancelled.
 *
 * A call costs a few loads from memory, and the read of a coarse clock if there is an end time. Any thread.
 */
bool metalab_capture_should_stop(const struct metalab_capture_t *capture);

/**
 * Returns true if the run is to stop at this step. All processes of the run stop at the same step, whichever
 * of them has a reason to; the reasons are those of metalab_capture_should_stop. Use it if the processes
 * wait for each other: if one left the loop earlier, the others would wait for it forever.
 *
 * step: the step that begins. Every process asks for the same steps, in the same order.
 *
 * The owner of the run chooses the step, at least two steps and about a second ahead, and writes it to a
 * small file in the store. Each process reads that file about twice a second, in this call. Processes may be
 * that many steps apart. A process that is already past the chosen step stops at once, and a warning says
 * so. An owner without other processes also stops at once. A solver that uses MPI can combine the results of
 * metalab_capture_should_stop with MPI_Allreduce instead: docs/ranks.md shows both. If the run's owner does
 * not use this library, each process stops on its own.
 *
 * Once this has returned true in a process, the run ends as "cancelled", as with
 * metalab_capture_should_stop. Returns false for NULL. Returns false, with the reason in metalab_last_error,
 * for a capture that is not open, and if the file can't be written or read; then the next call tries again.
 * Any thread.
 */
bool metalab_capture_should_stop_at(const struct metalab_capture_t *capture,
                                    int64_t step);

/**
 * Makes metalab_capture_should_stop true for this capture from now on. Use it in signal handlers of the
 * program, or if the program learns in another way that it should stop. Works also if captures are disabled.
 *
 * Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE; metalab_last_error is unchanged. Any thread; safe in a
 * signal handler.
 */
metalab_status_t metalab_capture_request_stop(const struct metalab_capture_t *capture);

/**
 * Returns the seconds until the end of the process's time (see metalab_options_end_time), negative after it;
 * infinity if there is no end, or if captures are disabled.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread.
 */
metalab_status_t metalab_capture_seconds_left(const struct metalab_capture_t *capture,
                                              double *seconds_out);

/**
 * Recovers the runs of a child process that has ended, as metalab_recover does. They end as "failed", with
 * the exit status or the signal that waitpid returned to the parent. Runs of other processes are left alone.
 * Call this before you open another run of the experiment: metalab_capture_open also recovers dead runs, but
 * without that status, and a recovered run is not changed again.
 *
 * pid: the child, a process of this host.
 * wait_status: the status from waitpid.
 * Errors: also METALAB_ERR_VALUE (the status is not that of a process that has ended).
 */
metalab_status_t metalab_recover_child(const char *locator,
                                       const char *experiment_id,
                                       const char *journal,
                                       int64_t pid,
                                       int wait_status,
                                       size_t *recovered_out);

/**
 * Returns the run's plain metrics, a JSON object, with everything emitted before the call. This function and
 * the following ones wait until the artifacts stored before the call are hashed.
 *
 * json_out: a string to be freed with metalab_string_free; here and below. It may contain NaN and Infinity as
 * numbers.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread, also after
 * metalab_capture_finish; the same for the following.
 */
metalab_status_t metalab_capture_metrics_json(struct metalab_capture_t *capture,
                                              char **json_out);

/**
 * Returns the run's artifacts, a JSON array of their descriptors.
 */
metalab_status_t metalab_capture_artifacts_json(struct metalab_capture_t *capture, char **json_out);

/**
 * Returns the run's structured data, a JSON array of {"name", "data", "dtype", "shape", "metadata"}. Series
 * are not among them.
 */
metalab_status_t metalab_capture_results_json(struct metalab_capture_t *capture,
                                              char **json_out);

/**
 * Returns the whole run, a JSON object: its record as it would be now, with "results", and with
 * "stepped_metrics": for each series {"count", "last": [step, value], "unit", "description", "axis",
 * "step_unit"}.
 */
metalab_status_t metalab_capture_summary_json(struct metalab_capture_t *capture,
                                              char **json_out);

/**
 * Returns what went wrong in the background, as JSON:
 *
 * {"ok": true if nothing did,
 *  "scarce": true while debug lines are left out,
 *  "refused": how many points, metrics, logs, events, debug_lines and others (of threads that could not
 *  begin) were refused, and the first reason,
 *  "problems": [{"what", "reason", "count"}],
 *  "journal": its directory,
 *  "index": null if the store has none, else {"state": "current" or "behind", "reason": why it is behind,
 *  "refused": what it can't hold}}
 *
 * "ok" does not depend on "index": an index that is behind can be updated later. If captures are disabled,
 * the object has only "ok" (true) and "index" (null).
 */
metalab_status_t metalab_capture_health_json(struct metalab_capture_t *capture,
                                             char **json_out);

/**
 * Sets how many seconds metalab_capture_finish waits at most until the run is in the PostgreSQL index; 0 for
 * not at all. METALAB_INDEX_WAIT; else 5. After one wait in vain, the process's later runs wait at most half
 * a second each, until the index responds again.
 *
 * An index that is behind does not harm the run: the files are complete. metalab_capture_health_json reports
 * the state under "index", and the process keeps trying as long as it runs. metalab_index_rebuild adds later
 * what is missing.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
 */
metalab_status_t metalab_options_index_wait(struct metalab_options_t *options,
                                            double seconds);

/**
 * Rebuilds the PostgreSQL index of a store from its files: what live indexing missed, what the server lost,
 * and what was written without an index or by the Python package. Call it at any time and any number of
 * times, also while runs are being written. Runs whose files are gone are removed from the index; rows of
 * experiments that the store does not have are left alone. If the server does not respond, the call fails
 * after 10 s while connecting, or after 10 minutes once it is connected.
 *
 * locator: postgresql://...?file_root=/path, see metalab_options_store; NULL for METALAB_STORE.
 * experiment_id: "name:version"; NULL for every experiment of the store.
 * progress: called by this thread about every 1000 runs; may be NULL. If it stops the work, what was added
 * until then stays in the index, and runs_out is not written.
 * user_data: passed to progress.
 * runs_out: the number of requested runs that the index now has; may be NULL.
 * Errors: METALAB_ERR_VALUE (the store has no index), METALAB_ERR_NOT_FOUND, METALAB_ERR_IO (the server
 * can't be reached), METALAB_ERR_ACCESS (the database role lacks permission), METALAB_ERR_INCOMPLETE (a row
 * is larger than the server takes, or a file is no JSON; all else is in the index), METALAB_ERR_UNSUPPORTED
 * (this build has no index, or libpq is missing), METALAB_ERR_STOPPED, METALAB_ERR_NAME, METALAB_ERR_UTF8.
 * Any thread, any process.
 */
metalab_status_t metalab_index_rebuild(const char *locator,
                                       const char *experiment_id,
                                       metalab_progress_t progress,
                                       void *user_data,
                                       size_t *runs_out);

/**
 * Returns the canonical form of a JSON value, from which fingerprints are computed: keys sorted, no spaces,
 * ASCII only, floats as strings of their shortest digits.
 *
 * json_len: bytes of json, or METALAB_NUL.
 * canonical_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON (also for NaN and infinities).
 * Any thread.
 */
metalab_status_t metalab_canonical_json(const char *json,
                                        size_t json_len,
                                        char **canonical_out);

/**
 * Returns the fingerprint of a JSON value: the first 16 hexadecimal digits of the SHA-256 of its canonical
 * form.
 *
 * fingerprint_out: a string to be freed with metalab_string_free.
 * Errors: as metalab_canonical_json. Any thread.
 */
metalab_status_t metalab_fingerprint(const char *json,
                                     size_t json_len,
                                     char **fingerprint_out);

/**
 * Returns the id that is derived for a run without an id of its own.
 *
 * experiment_id: "name:version", or "name" for version 1.
 * context_json, params_json: JSON objects; NULL for empty ones.
 * seed_json: {"root_seed": integer, "replicate_index": integer or null}.
 * code_hash: NULL or "" for none.
 * run_id_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON. Any thread.
 */
metalab_status_t metalab_run_id(const char *experiment_id,
                                const char *context_json,
                                const char *params_json,
                                const char *seed_json,
                                const char *code_hash,
                                char **run_id_out);

/**
 * Derives a seed for a part of the program from a root seed. numpy's seed is this modulo 2^32.
 *
 * seed_json: {"root_seed": integer, "replicate_index": integer or null}.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON. Any thread.
 */
metalab_status_t metalab_derive_seed(const char *seed_json, const char *name, uint64_t *seed_out);

/**
 * Opens a store to read it.
 *
 * locator: the path or file:// of a store, or of the directory of one experiment; or a postgresql://
 * locator, of which only the files are read, not the index. NULL takes METALAB_STORE.
 * store_out: to be freed with metalab_store_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE, METALAB_ERR_NOT_FOUND (there is no
 * such directory), METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_store_open(const char *locator,
                                    struct metalab_store_t **store_out);

/**
 * Frees a store. Runs and tables opened from it stay valid. NULL and a freed handle are allowed. Any thread.
 */
void metalab_store_free(struct metalab_store_t *store);

/**
 * Returns the ids of the store's experiments, sorted: a JSON array of strings.
 *
 * json_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_store_experiments_json(const struct metalab_store_t *store,
                                                char **json_out);

/**
 * Returns the runs that match a filter as a table, newest first.
 *
 * The columns are run_id, experiment_id, status (strings; "dead" is a run whose process is dead while its
 * record still says "running"), started_at, finished_at (times), duration_ms (integers), tags (strings, each
 * a JSON array); then params.NAME and metrics.NAME, sorted by name. A member of an object is a column of its
 * own, as in "params.solver.name". If a run does not have a value, it is missing in the column. All values
 * of a column have one type: integers among floats become floats, and a mixture of numbers, booleans and
 * strings becomes strings. If a record cannot be read, it has no row, and metalab_table_problems_json lists
 * it.
 *
 * For experiments with at least 500 finished runs, the table is cached for later calls, also of other
 * processes. The cache is in the directory METALAB_CACHE ("off" for no cache); else in metalab in
 * XDG_CACHE_HOME, else in ~/.cache/metalab. It may be deleted.
 *
 * experiment: "name:version"; NULL for all.
 * filter: NULL for all runs, or comparisons like `params.n > 256 and status = failed`, with `and`, `or`,
 * `not` and parentheses. The operators are = != < <= > >=, ~ (contains the string) and `exists`, as in
 * `metrics.loss exists`. The fields are params.NAME, metrics.NAME, run_id, experiment_id, status,
 * started_at, finished_at (strings like 2026-11-23T08:18; for < and >, a prefix is enough), duration_ms, tag
 * (true if any tag matches), notes, error (its message). Names and strings with characters other than
 * letters, digits and _ . : + - @ / % must be quoted, with " or '. A comparison is false if the types differ
 * or the field is missing. `order by metrics.loss desc, params.n`, at the end or alone, sorts the runs:
 * ascending, or descending with `desc`. Runs without the field come last; runs with equal values are sorted
 * newest first.
 * limit: how many runs at most; 0 for all.
 * table_out: to be freed with metalab_table_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE (the filter; the message names the
 * position), METALAB_ERR_NAME, METALAB_ERR_NOT_FOUND (there is no such experiment), METALAB_ERR_DAMAGED,
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_store_runs(const struct metalab_store_t *store,
                                    const char *experiment,
                                    const char *filter,
                                    size_t limit,
                                    struct metalab_table_t **table_out);

/**
 * Returns the number of runs and columns of a table.
 *
 * runs_out, columns_out: the numbers; each may be NULL.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_table_size(const struct metalab_table_t *table,
                                    size_t *runs_out,
                                    size_t *columns_out);

/**
 * Returns a column of a table by index, from 0.
 *
 * column_out: initialised with METALAB_COLUMN_INIT; the memory it points to is valid until metalab_table_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (no such index). Any thread.
 */
metalab_status_t metalab_table_column(const struct metalab_table_t *table,
                                      size_t index,
                                      struct metalab_column_t *column_out);

/**
 * Returns a column of a table by name: "run_id", "params.n", "metrics.energy".
 *
 * column_out: initialised with METALAB_COLUMN_INIT; the memory it points to is valid until metalab_table_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (none of the runs has it),
 * METALAB_ERR_VALUE (column_out). Any thread.
 */
metalab_status_t metalab_table_find(const struct metalab_table_t *table,
                                    const char *name,
                                    struct metalab_column_t *column_out);

/**
 * Returns a JSON array of messages, one for each record that could not be read and has no row. Each names
 * the file.
 *
 * json_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_table_problems_json(const struct metalab_table_t *table,
                                             char **json_out);

/**
 * Frees a table, and what its columns point to. NULL and a freed handle are allowed. Any thread.
 */
void metalab_table_free(struct metalab_table_t *table);

/**
 * Opens a run of a store to read it.
 *
 * experiment: "name:version"; may be NULL if only one experiment has a run with this id. With run_id NULL,
 * NULL means all experiments.
 * run_id: as metalab_run_id returns it. NULL opens the newest run.
 * run_out: to be freed with metalab_run_free, also after metalab_store_free.
 * Errors: METALAB_ERR_NOT_FOUND (there is no such run; use this to test for one), METALAB_ERR_NULL,
 * METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_VALUE (several experiments have such a run),
 * METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_store_run(const struct metalab_store_t *store,
                                   const char *experiment,
                                   const char *run_id,
                                   struct metalab_run_t **run_out);

/**
 * Opens the run that the options describe, to read it: the run that metalab_capture_open would open. After
 * METALAB_SKIP, this is the skipped run; before a restart, it is the earlier attempt.
 *
 * run_out: to be freed with metalab_run_free.
 * Errors: METALAB_ERR_NOT_FOUND (the store has no such run; use this to test for one), METALAB_ERR_NULL,
 * METALAB_ERR_HANDLE, METALAB_ERR_CLOSED, METALAB_ERR_NAME, METALAB_ERR_VALUE, METALAB_ERR_DAMAGED,
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_options_run(const struct metalab_options_t *options,
                                     struct metalab_run_t **run_out);

/**
 * Frees a run. Series and arrays read from it stay valid. NULL and a freed handle are allowed. Any thread.
 */
void metalab_run_free(struct metalab_run_t *run);

/**
 * Reads a run again if it has changed since it was opened.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_NOT_FOUND (it is gone), METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
 * METALAB_ERR_IO; the handle is unchanged then. Any thread.
 */
metalab_status_t metalab_run_refresh(const struct metalab_run_t *run);

/**
 * Returns the status of a run, a METALAB_RUN_... . A run whose process is dead is METALAB_RUN_DEAD until it is
 * recovered.
 *
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_run_status(const struct metalab_run_t *run,
                                    metalab_run_status_t *status_out);

/**
 * Returns the run's record, an object: run_id, experiment_id, status (also "dead"), started_at, finished_at,
 * duration_ms, metrics, params_resolved, provenance, error, tags, notes, warnings, artifacts and
 * fingerprints. If the run is running or dead, metrics, tags, notes, warnings and error include everything
 * up to the last call that has returned.
 *
 * json_out: a string to be freed with metalab_string_free; here and below. It may contain NaN and Infinity as
 * numbers.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_run_record_json(const struct metalab_run_t *run,
                                         char **json_out);

/**
 * Returns the names in a run: an object of "series", "results", "artifacts" and "logs", each an array of
 * strings.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_names_json(const struct metalab_run_t *run,
                                        char **json_out);

/**
 * Returns a number of a run: "params.dt", "metrics.energy", "duration_ms". Integers beyond 2^53 are rounded;
 * a boolean is 0 or 1.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (the run does not have it),
 * METALAB_ERR_VALUE (not a number). Any thread.
 */
metalab_status_t metalab_run_number(const struct metalab_run_t *run,
                                    const char *field,
                                    double *value_out);

/**
 * Returns an integer of a run: "params.n", "metrics.count". A boolean is 0 or 1.
 *
 * Errors: as metalab_run_number; METALAB_ERR_VALUE also for an integer beyond 64 bits. Any thread.
 */
metalab_status_t metalab_run_integer(const struct metalab_run_t *run,
                                     const char *field,
                                     int64_t *value_out);

/**
 * Returns a string of a run: "params.scheme", "run_id", "experiment_id", "started_at", "notes". Any other
 * value is returned as JSON.
 *
 * text_out: to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_VALUE (it contains a NUL).
 * Any thread.
 */
metalab_status_t metalab_run_text(const struct metalab_run_t *run,
                                  const char *field,
                                  char **text_out);

/**
 * Returns the highest step of the run's series and snapshots, including steps that are only in its journal.
 * Series whose steps count something else (metalab_capture_set_step_unit) do not count.
 *
 * Errors: METALAB_ERR_NOT_FOUND (there is none), METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
 * METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_last_step(const struct metalab_run_t *run,
                                       int64_t *step_out);

/**
 * Returns a log of a run from a byte offset on. To follow the log, add the size to the offset and call again.
 *
 * log: the name of the log; "run" is the run's own log.
 * most: the maximum number of bytes. Characters are not cut in two.
 * text_out: to be freed with metalab_string_free; a NUL in the log is shown as a space.
 * size_out: the size of the text in bytes; 0 at the end of the log, and if there is no such log yet.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
 * METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_log(const struct metalab_run_t *run,
                                 const char *log,
                                 uint64_t offset,
                                 size_t most,
                                 char **text_out,
                                 size_t *size_out);

/**
 * Returns a result that is a document: an object of "data" and "metadata". Use metalab_run_result_array for an
 * array, metalab_run_series for a series.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_VALUE (it is an array),
 * METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_result_json(const struct metalab_run_t *run,
                                         const char *name,
                                         char **json_out);

/**
 * Returns the metadata of a result that is a document or an array: an object.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_DAMAGED,
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_result_metadata_json(const struct metalab_run_t *run,
                                                  const char *name,
                                                  char **json_out);

/**
 * Returns the run's sealed artifacts, sorted by name: an array of objects of name, kind, format, path,
 * content_hash, size_bytes and metadata. The path is the present one, even if the store was moved or copied.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_artifacts_json(const struct metalab_run_t *run,
                                            char **json_out);

/**
 * Compares the file of an artifact with the hash recorded when it was sealed; for a reference
 * (METALAB_FILE_REFERENCE), compares the files that it refers to with what was recorded of them.
 *
 * Errors: METALAB_ERR_DAMAGED (they differ), METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND,
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_artifact_verify(const struct metalab_run_t *run,
                                             const char *name);

/**
 * Returns a whole series of a run, sorted by step, with equal steps in order of arrival. For a running or dead
 * run, this includes points that are only in its journal, up to the last call that has returned. If several
 * processes have a series of the same name, those of the workers are named like "loss@rank.3".
 *
 * points_out: to be freed with metalab_points_free, also after metalab_run_free.
 * Errors: METALAB_ERR_NOT_FOUND (the run has no such series), METALAB_ERR_NULL, METALAB_ERR_UTF8,
 * METALAB_ERR_DAMAGED, METALAB_ERR_MEMORY, METALAB_ERR_BUSY (it changes too fast to be read),
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_series(const struct metalab_run_t *run,
                                    const char *name,
                                    struct metalab_points_t **points_out);

/**
 * Follows a series while its run is running. The result has the points so far, in the order in which they
 * are found; metalab_points_poll adds new ones. A series that has no points yet can be followed.
 *
 * points_out: to be freed with metalab_points_free, also after metalab_run_free.
 * Errors: as metalab_run_series, but for METALAB_ERR_NOT_FOUND. Any thread.
 */
metalab_status_t metalab_run_follow(const struct metalab_run_t *run,
                                    const char *name,
                                    struct metalab_points_t **points_out);

/**
 * Adds the new points to a followed series. The cost depends only on the number of new points. Every point
 * is added once, even if the run ends meanwhile. Columns that metalab_points_columns returned before are no
 * longer valid.
 *
 * count_out: the number of new points, which are the last of the columns. May be NULL.
 * ended_out: true if no more points will come: the run has ended or its process is dead, and all points were
 * found. Always true for a series that was read whole. May be NULL.
 * Errors: as metalab_run_series; another call continues. Any thread, one at a time.
 */
metalab_status_t metalab_points_poll(struct metalab_points_t *points,
                                     size_t *count_out,
                                     bool *ended_out);

/**
 * Returns the columns of a series: count steps, and as many values.
 *
 * count_out: the number. May be NULL.
 * steps_out: the steps. May be NULL.
 * values_out: the values; initialised by the caller with METALAB_COLUMN_INIT. The column's name is that of
 * the series, and its `valid` is NULL for a followed series. May be NULL. The columns are valid until
 * metalab_points_free, those of a followed series until metalab_points_poll.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (values_out). Any thread.
 */
metalab_status_t metalab_points_columns(const struct metalab_points_t *points,
                                        size_t *count_out,
                                        const int64_t **steps_out,
                                        struct metalab_column_t *values_out);

/**
 * Thins a series that was read whole to at most `most` points that draw the same curve: the points are
 * divided into buckets of equal size, and the first, last, smallest and largest of each are kept. All points
 * are kept if there are at most `most`, or if the values are strings.
 *
 * most: less than 4 is 4.
 * thinned_out: another series, to be freed with metalab_points_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (the series is followed). Any thread.
 */
metalab_status_t metalab_points_thin(const struct metalab_points_t *points,
                                     size_t most,
                                     struct metalab_points_t **thinned_out);

/**
 * Returns the axis that metalab_capture_set_axis has set for a series that was read whole. It has one value
 * for each point of the series: the value of the axis at the same step. If the axis has no such step, the
 * value is missing: `valid` is 0, and a float is NaN. If a step has several points, the first point gets the
 * first value of the axis at that step, the second point the second, and so on; points beyond the last value
 * get the last one. The axis of a worker's series ("loss@rank.3") is the worker's own, if it has one.
 *
 * run: the run of the series.
 * axis_out: another series, to be freed with metalab_points_free.
 * Errors: METALAB_ERR_NOT_FOUND (the series has no axis, or the axis is not in the run), METALAB_ERR_VALUE
 * (the series is followed), and those of metalab_run_series. Any thread.
 */
metalab_status_t metalab_points_axis(const struct metalab_points_t *points,
                                     const struct metalab_run_t *run,
                                     struct metalab_points_t **axis_out);

/**
 * Returns the description of a series: an object of "name", "unit", "description", "axis" and "part_of",
 * each null if not set. "part_of" is set if the store has only a thinned series and the journal with all
 * points cannot be read from here: it is the total number of points.
 *
 * json_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_points_about_json(const struct metalab_points_t *points,
                                           char **json_out);

/**
 * Frees a series that was read, and what its columns point to. NULL and a freed handle are allowed. Any
 * thread.
 */
void metalab_points_free(struct metalab_points_t *points);

/**
 * Returns an array of an artifact that is an .npz (or .npy) file written by numpy or this library.
 *
 * artifact: its name.
 * key: the name of the array in the .npz; NULL if it has only one.
 * loaded_out: to be freed with metalab_loaded_free.
 * array_out: initialised with METALAB_ARRAY_INIT; receives the elements, type, order and shape, without
 * strides. Valid until metalab_loaded_free. May be NULL.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (no such artifact, array or file),
 * METALAB_ERR_VALUE (there are several arrays), METALAB_ERR_UNSUPPORTED (an element type that this library
 * does not have), METALAB_ERR_DAMAGED, METALAB_ERR_MEMORY, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_array(const struct metalab_run_t *run,
                                   const char *artifact,
                                   const char *key,
                                   struct metalab_loaded_t **loaded_out,
                                   struct metalab_array_t *array_out);

/**
 * Returns the names of the arrays of an artifact that is an .npz, in file order: a JSON array of strings. An
 * .npy has one, "arr".
 *
 * json_out: a string to be freed with metalab_string_free.
 * Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_DAMAGED (not an .npz),
 * METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
 */
metalab_status_t metalab_run_array_names_json(const struct metalab_run_t *run,
                                              const char *artifact,
                                              char **json_out);

/**
 * Returns a result that is an array, as metalab_capture_data_array stored it, in C order.
 *
 * loaded_out, array_out: as metalab_run_array.
 * Errors: as metalab_run_array; METALAB_ERR_VALUE if it is a document. Any thread.
 */
metalab_status_t metalab_run_result_array(const struct metalab_run_t *run,
                                          const char *name,
                                          struct metalab_loaded_t **loaded_out,
                                          struct metalab_array_t *array_out);

/**
 * Returns the latest snapshot of an array that was declared with metalab_capture_snapshots: the sealed one
 * with the highest step. A restarted solver continues from it, as shown at the top of this file.
 *
 * name: the name in the declaration.
 * step_out: the snapshot's step. May be NULL.
 * loaded_out, array_out: as metalab_run_array.
 * Errors: as metalab_run_array; METALAB_ERR_NOT_FOUND if there is no snapshot of that name. Any thread.
 */
metalab_status_t metalab_run_latest(const struct metalab_run_t *run,
                                    const char *name,
                                    int64_t *step_out,
                                    struct metalab_loaded_t **loaded_out,
                                    struct metalab_array_t *array_out);

/**
 * Compares a mapped array with the CRC-32 in its file. A compressed array was already compared when it was
 * read.
 *
 * Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED (they differ). Any thread.
 */
metalab_status_t metalab_loaded_verify(const struct metalab_loaded_t *loaded);

/**
 * Frees an array that was read, together with its elements. NULL and a freed handle are allowed. Any thread.
 */
void metalab_loaded_free(struct metalab_loaded_t *loaded);

/**
 * Exports a table through the Arrow C data interface: a struct array, which is a record batch, with a child
 * for each column. Booleans are "b", integers "l", floats "g", strings "u" ("U" if a column has 2 GiB of them
 * or more), times "tsu:UTC" (microseconds), and columns of only missing values "n".
 *
 * The exported structures stay valid until their release callback is called, also after metalab_table_free.
 * Numbers and strings are not copied. In Python: `pyarrow.RecordBatch._import_from_c(array, schema)`.
 *
 * schema_out, array_out: structures of the caller, which need not be initialised; both must be released. They
 * are written only if the call succeeds.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_table_arrow(const struct metalab_table_t *table,
                                     struct ArrowSchema *schema_out,
                                     struct ArrowArray *array_out);

/**
 * Exports a series as metalab_table_arrow exports a table: the columns are "step" and "value". For a followed
 * series, these are the points so far; later ones are not added.
 *
 * schema_out, array_out: as those of metalab_table_arrow.
 * Errors: METALAB_ERR_NULL. Any thread.
 */
metalab_status_t metalab_points_arrow(const struct metalab_points_t *points,
                                      struct ArrowSchema *schema_out,
                                      struct ArrowArray *array_out);

#ifndef METALAB_NO_PRINTF
/**
 * Writes a line to the run's log, formatted as by printf. Compilers check the arguments. The C library formats
 * it, so numbers follow the host's locale. The function is defined in the header, not in the library; define
 * METALAB_NO_PRINTF before including the header to leave out the function and what it includes.
 *
 * level: a METALAB_LEVEL_... .
 * format: a printf format; the result may have any length.
 * Errors: those of metalab_capture_log, except METALAB_ERR_MEMORY: if memory runs out, the line is cut. Any
 * thread.
 */
METALAB_PRINTF_(3, 4)
METALAB_INLINE_ metalab_status_t metalab_capture_logf(struct metalab_capture_t *capture,
                                                      metalab_level_t level,
                                                      const char *format,
                                                      ...) {
  char buffer[512];
  char *text = buffer;
  va_list arguments;
  metalab_status_t status = METALAB_OK;
  int size = 0;
  if (capture == NULL || format == NULL) {
    return metalab_capture_log(capture, level, format, METALAB_NUL);
  }
  va_start(arguments, format);
  size = vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  if (size < 0) {
    /* It can't be composed; the format says more than nothing. */
    return metalab_capture_log(capture, level, format, METALAB_NUL);
  }
  if (METALAB_CAST_(size_t, size) >= sizeof buffer) {
    text = METALAB_CAST_(char *, malloc(METALAB_CAST_(size_t, size) + 1));
    if (text == NULL) {
      return metalab_capture_log(capture, level, buffer, METALAB_NUL);
    }
    va_start(arguments, format);
    size = vsnprintf(text, METALAB_CAST_(size_t, size) + 1, format, arguments);
    va_end(arguments);
  }
  status = metalab_capture_log(capture, level, text, size < 0 ? 0 : METALAB_CAST_(size_t, size));
  if (text != buffer) {
    free(text);
  }
  return status;
}
#endif

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* METALAB_H */
