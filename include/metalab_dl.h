/**
 * @file
 * libmetalab, found when the program runs: the functions of metalab.h, without linking the library.
 *
 *   #include <metalab_dl.h>       instead of metalab.h; and before metalab.hpp
 *
 *   cc solver.c -o solver         no -lmetalab; add -ldl where glibc is older than 2.34
 *
 * The program runs with the library and without it. The first call looks for it:
 *
 *   1. where metalab_dl_load was told, if the program has called it before;
 *   2. else where the variable METALAB_LIBRARY says: the file, or the directory that has it. A program that
 *      runs with the rights of another user does not ask the variable;
 *   3. else where the system finds libmetalab.so.1 (on macOS libmetalab.1.dylib).
 *
 * Nothing else is tried where one of these fails. Where there is no library, a call that returns a status
 * returns METALAB_NO_CAPTURE at the cost of comparing one pointer, and leaves its output parameters alone;
 * other calls do nothing, and return NULL, false, 0 or "". metalab_last_error() then says why, as
 * metalab_dl_error() does. A library of another ABI counts as missing, and so does one without a function
 * that this file has: it is older than this file.
 *
 * Each program and each shared library that includes this file looks for the library once, for all of its
 * files; those that find the same one share its runs. Calls may come from any thread, the first ones too.
 * This file needs nothing but a C library, and GCC, Clang or a compiler like them: a program may carry a
 * copy of it. metalab.h says what each function does.
 *
 * This file is generated from the library's sources; do not edit it.
 */

#ifndef METALAB_DL_H
#define METALAB_DL_H

#ifdef METALAB_H
#error "include metalab_dl.h instead of metalab.h, or before it"
#endif
/* metalab.h and what includes it find all of it here. */
#define METALAB_H

#if !defined(__GNUC__) && !defined(__clang__)
#error "metalab_dl.h needs GCC, Clang or a compiler with their attributes; link the library instead"
#endif

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#define METALAB_NO_PRINTF
#endif
#ifndef METALAB_NO_PRINTF
#include <stdarg.h>
#endif


#define METALAB_VERSION "0.1.0"

#define METALAB_VERSION_MAJOR 0

#define METALAB_VERSION_MINOR 1

#define METALAB_VERSION_PATCH 0

#define METALAB_VERSION_AT_LEAST(major, minor, patch)                                      \
  (METALAB_VERSION_MAJOR > (major) ||                                                      \
   (METALAB_VERSION_MAJOR == (major) &&                                                    \
    (METALAB_VERSION_MINOR > (minor) ||                                                    \
     (METALAB_VERSION_MINOR == (minor) && METALAB_VERSION_PATCH >= (patch)))))

#define METALAB_NUL SIZE_MAX

#define METALAB_NAME_MAX 200

#define METALAB_ARRAY_INIT {sizeof(metalab_array_t), NULL, 0, METALAB_ORDER_C, 0, NULL, NULL}

#define METALAB_FIELD_STYLE_INIT \
  {sizeof(metalab_field_style_t), METALAB_COLORMAP_VIRIDIS, 0, 0, 0, 0.0, 0.0, 0}

#define METALAB_COLUMN_INIT \
  {sizeof(metalab_column_t), NULL, METALAB_COLUMN_EMPTY, 0, NULL, NULL, NULL, NULL}

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

#define METALAB_COMPILER                                                                           \
  METALAB_COMPILER_NAME_ METALAB_COMPILER_LANGUAGE_ METALAB_COMPILER_OPENMP_                       \
      METALAB_COMPILER_OPTIMISED_ METALAB_COMPILER_MATH_ METALAB_COMPILER_ASSERTS_                 \
          METALAB_COMPILER_VECTORS_

#define METALAB_ABI_VERSION 1

#define METALAB_TEXT_MAX 32768

#define METALAB_JSON_DEPTH_MAX 100

#define METALAB_DIMENSIONS_MAX 32

#define METALAB_STDOUT 1

#define METALAB_STDERR 2

#define METALAB_SIGNALS_FATAL 1

#define METALAB_SIGNALS_STOP 2

#define METALAB_SIGNALS_INTERRUPT 4

typedef struct metalab_capture_t metalab_capture_t;

typedef struct metalab_loaded_t metalab_loaded_t;

typedef struct metalab_mapping_t metalab_mapping_t;

typedef struct metalab_options_t metalab_options_t;

typedef struct metalab_points_t metalab_points_t;

typedef struct metalab_run_t metalab_run_t;

typedef struct metalab_series_t metalab_series_t;

typedef struct metalab_snapshots_t metalab_snapshots_t;

typedef struct metalab_store_t metalab_store_t;

typedef struct metalab_stream_t metalab_stream_t;

typedef struct metalab_table_t metalab_table_t;

typedef struct metalab_values_t metalab_values_t;

typedef int32_t metalab_status_t;

typedef int32_t metalab_if_success_t;

typedef int32_t metalab_flush_t;

typedef int32_t metalab_role_t;

typedef int32_t metalab_dtype_t;

typedef int32_t metalab_order_t;

typedef struct metalab_array_t {

  size_t struct_size;

  const void *data;

  metalab_dtype_t dtype;

  metalab_order_t order;

  size_t ndim;

  const uint64_t *shape;

  const int64_t *strides;
} metalab_array_t;

typedef int32_t metalab_file_mode_t;

typedef int32_t metalab_colormap_t;

typedef struct metalab_field_style_t {

  size_t struct_size;

  metalab_colormap_t colormap;

  int32_t logarithmic;

  int32_t origin_lower;

  int32_t has_range;

  double vmin;

  double vmax;

  size_t scale;
} metalab_field_style_t;

typedef int32_t metalab_level_t;

typedef int32_t (*metalab_progress_t)(void *user_data, size_t done, size_t total);

typedef int32_t metalab_column_type_t;

typedef struct metalab_column_t {

  size_t struct_size;

  const char *name;

  metalab_column_type_t column_type;

  size_t count;

  const void *values;

  const int64_t *offsets;

  const char *text;

  const uint8_t *valid;
} metalab_column_t;

typedef int32_t metalab_run_status_t;

#define METALAB_OK 0

#define METALAB_SKIP 1

#define METALAB_NO_CAPTURE 2

#define METALAB_ERR_NULL 3

#define METALAB_ERR_UTF8 4

#define METALAB_ERR_NAME 5

#define METALAB_ERR_VALUE 6

#define METALAB_ERR_JSON 7

#define METALAB_ERR_CLOSED 8

#define METALAB_ERR_HANDLE 9

#define METALAB_ERR_EXISTS 10

#define METALAB_ERR_BUSY 11

#define METALAB_ERR_IO 12

#define METALAB_ERR_FULL 13

#define METALAB_ERR_ACCESS 14

#define METALAB_ERR_NOT_FOUND 15

#define METALAB_ERR_MEMORY 16

#define METALAB_ERR_UNSUPPORTED 17

#define METALAB_ERR_PANIC 18

#define METALAB_ERR_INCOMPLETE 19

#define METALAB_ERR_STOPPED 20

#define METALAB_ERR_DAMAGED 21

#define METALAB_IF_SUCCESS_RERUN 0

#define METALAB_IF_SUCCESS_REFUSE 1

#define METALAB_IF_SUCCESS_SKIP 2

#define METALAB_FLUSH_VISIBLE 0

#define METALAB_FLUSH_DURABLE 1

#define METALAB_ROLE_AUTO 0

#define METALAB_ROLE_OWNER 1

#define METALAB_ROLE_WORKER 2

#define METALAB_ROLE_RANKS 3

#define METALAB_DTYPE_BOOL 1

#define METALAB_DTYPE_INT8 2

#define METALAB_DTYPE_INT16 3

#define METALAB_DTYPE_INT32 4

#define METALAB_DTYPE_INT64 5

#define METALAB_DTYPE_UINT8 6

#define METALAB_DTYPE_UINT16 7

#define METALAB_DTYPE_UINT32 8

#define METALAB_DTYPE_UINT64 9

#define METALAB_DTYPE_FLOAT32 10

#define METALAB_DTYPE_FLOAT64 11

#define METALAB_DTYPE_COMPLEX64 12

#define METALAB_DTYPE_COMPLEX128 13

#define METALAB_DTYPE_FLOAT16 14

#define METALAB_DTYPE_STRING 65536

#define METALAB_ORDER_C 0

#define METALAB_ORDER_F 1

#define METALAB_FILE_COPY 0

#define METALAB_FILE_LINK 1

#define METALAB_FILE_MOVE 2

#define METALAB_FILE_REFERENCE 3

#define METALAB_FILE_REFERENCE_UNHASHED 4

#define METALAB_COLORMAP_VIRIDIS 0

#define METALAB_COLORMAP_MAGMA 1

#define METALAB_COLORMAP_DIVERGING 2

#define METALAB_COLORMAP_GRAY 3

#define METALAB_LEVEL_DEBUG 10

#define METALAB_LEVEL_INFO 20

#define METALAB_LEVEL_WARNING 30

#define METALAB_LEVEL_ERROR 40

#define METALAB_LEVEL_CRITICAL 50

#define METALAB_COLUMN_EMPTY 0

#define METALAB_COLUMN_BOOL 1

#define METALAB_COLUMN_INT 2

#define METALAB_COLUMN_FLOAT 3

#define METALAB_COLUMN_TEXT 4

#define METALAB_COLUMN_TIME 5

#define METALAB_RUN_RUNNING 0

#define METALAB_RUN_SUCCESS 1

#define METALAB_RUN_FAILED 2

#define METALAB_RUN_CANCELLED 3

#define METALAB_RUN_DEAD 4

#define METALAB_RUN_OTHER 5

#ifdef __cplusplus
extern "C" {
#endif

/* The functions of the library, in the order of metalab_dl_names_. */
struct metalab_dl_table_ {
  const char *(*metalab_version)(void);
  uint32_t (*metalab_abi_version)(void);
  const char *(*metalab_status_name)(metalab_status_t status);
  const char *(*metalab_last_error)(void);
  void (*metalab_string_free)(char *text);
  metalab_status_t (*metalab_options_new)(struct metalab_options_t **options_out);
  void (*metalab_options_free)(struct metalab_options_t *options);
  metalab_status_t (*metalab_options_store)(struct metalab_options_t *options, const char *locator);
  metalab_status_t (*metalab_options_experiment)(struct metalab_options_t *options, const char *id);
  metalab_status_t (*metalab_options_experiment_description)(struct metalab_options_t *options,
                                                             const char *description);
  metalab_status_t (*metalab_options_planned_runs)(struct metalab_options_t *options,
                                                   uint64_t runs);
  metalab_status_t (*metalab_options_add_experiment_tag)(struct metalab_options_t *options,
                                                         const char *tag);
  metalab_status_t (*metalab_options_run_id)(struct metalab_options_t *options, const char *run_id);
  metalab_status_t (*metalab_options_params_json)(struct metalab_options_t *options,
                                                  const char *json,
                                                  size_t json_len);
  metalab_status_t (*metalab_options_namelist)(struct metalab_options_t *options, const char *path);
  metalab_status_t (*metalab_options_param_f64)(struct metalab_options_t *options,
                                                const char *name,
                                                double value);
  metalab_status_t (*metalab_options_param_i64)(struct metalab_options_t *options,
                                                const char *name,
                                                int64_t value);
  metalab_status_t (*metalab_options_param_bool)(struct metalab_options_t *options,
                                                 const char *name,
                                                 int32_t value);
  metalab_status_t (*metalab_options_param_text)(struct metalab_options_t *options,
                                                 const char *name,
                                                 const char *value);
  metalab_status_t (*metalab_options_context_json)(struct metalab_options_t *options,
                                                   const char *json,
                                                   size_t json_len);
  metalab_status_t (*metalab_options_metadata_json)(struct metalab_options_t *options,
                                                    const char *json,
                                                    size_t json_len);
  metalab_status_t (*metalab_options_add_tag)(struct metalab_options_t *options, const char *tag);
  metalab_status_t (*metalab_options_note)(struct metalab_options_t *options, const char *note);
  metalab_status_t (*metalab_options_seed)(struct metalab_options_t *options, uint64_t root_seed);
  metalab_status_t (*metalab_options_replicate)(struct metalab_options_t *options,
                                                uint64_t replicate_index);
  metalab_status_t (*metalab_options_code_hash)(struct metalab_options_t *options,
                                                const char *hash);
  metalab_status_t (*metalab_options_worker)(struct metalab_options_t *options,
                                             const char *worker_id);
  metalab_status_t (*metalab_options_compiler)(struct metalab_options_t *options, const char *text);
  metalab_status_t (*metalab_options_sample)(struct metalab_options_t *options, double seconds);
  metalab_status_t (*metalab_options_flush_interval)(struct metalab_options_t *options,
                                                     double seconds);
  metalab_status_t (*metalab_options_refresh_interval)(struct metalab_options_t *options,
                                                       double seconds);
  metalab_status_t (*metalab_options_journal)(struct metalab_options_t *options,
                                              const char *directory);
  metalab_status_t (*metalab_options_if_success)(struct metalab_options_t *options,
                                                 metalab_if_success_t policy);
  metalab_status_t (*metalab_options_durable)(struct metalab_options_t *options, int32_t durable);
  metalab_status_t (*metalab_values_new)(struct metalab_values_t **values_out);
  metalab_status_t (*metalab_values_new_array)(struct metalab_values_t **values_out);
  metalab_status_t (*metalab_values_set_f64)(struct metalab_values_t *values,
                                             const char *key,
                                             double value);
  metalab_status_t (*metalab_values_set_i64)(struct metalab_values_t *values,
                                             const char *key,
                                             int64_t value);
  metalab_status_t (*metalab_values_set_u64)(struct metalab_values_t *values,
                                             const char *key,
                                             uint64_t value);
  metalab_status_t (*metalab_values_set_bool)(struct metalab_values_t *values,
                                              const char *key,
                                              int32_t value);
  metalab_status_t (*metalab_values_set_text)(struct metalab_values_t *values,
                                              const char *key,
                                              const char *value,
                                              size_t value_len);
  metalab_status_t (*metalab_values_set_null)(struct metalab_values_t *values, const char *key);
  metalab_status_t (*metalab_values_set_json)(struct metalab_values_t *values,
                                              const char *key,
                                              const char *json,
                                              size_t json_len);
  metalab_status_t (*metalab_values_set_f64_array)(struct metalab_values_t *values,
                                                   const char *key,
                                                   size_t count,
                                                   const double *list);
  metalab_status_t (*metalab_values_set_i64_array)(struct metalab_values_t *values,
                                                   const char *key,
                                                   size_t count,
                                                   const int64_t *list);
  metalab_status_t (*metalab_values_begin_object)(struct metalab_values_t *values, const char *key);
  metalab_status_t (*metalab_values_begin_array)(struct metalab_values_t *values, const char *key);
  metalab_status_t (*metalab_values_end)(struct metalab_values_t *values);
  metalab_status_t (*metalab_values_clear)(struct metalab_values_t *values);
  const char *(*metalab_values_json)(struct metalab_values_t *values);
  void (*metalab_values_free)(struct metalab_values_t *values);
  metalab_status_t (*metalab_capture_open)(const struct metalab_options_t *options,
                                           struct metalab_capture_t **capture_out);
  metalab_status_t (*metalab_capture_run_id)(const struct metalab_capture_t *capture,
                                             char **run_id_out);
  metalab_status_t (*metalab_capture_derive_seed)(const struct metalab_capture_t *capture,
                                                  const char *name,
                                                  uint64_t *seed_out);
  metalab_status_t (*metalab_capture_add_warning)(struct metalab_capture_t *capture,
                                                  const char *message,
                                                  const char *details_json);
  metalab_status_t (*metalab_capture_add_note)(struct metalab_capture_t *capture, const char *note);
  metalab_status_t (*metalab_capture_add_tag)(struct metalab_capture_t *capture, const char *tag);
  metalab_status_t (*metalab_capture_fail)(struct metalab_capture_t *capture,
                                           const char *type,
                                           const char *message,
                                           const char *traceback);
  metalab_status_t (*metalab_capture_cancel)(struct metalab_capture_t *capture, const char *reason);
  metalab_status_t (*metalab_capture_flush)(struct metalab_capture_t *capture, metalab_flush_t how);
  metalab_status_t (*metalab_capture_finish)(struct metalab_capture_t *capture);
  void (*metalab_capture_free)(struct metalab_capture_t *capture);
  metalab_status_t (*metalab_recover)(const char *locator,
                                      const char *experiment_id,
                                      const char *journal,
                                      size_t *recovered_out);
  metalab_status_t (*metalab_recover_host)(const char *locator,
                                           const char *experiment_id,
                                           const char *journal,
                                           const char *host,
                                           size_t *recovered_out);
  metalab_status_t (*metalab_capture_set_current)(struct metalab_capture_t *capture);
  struct metalab_capture_t *(*metalab_capture_current)(void);
  metalab_status_t (*metalab_options_role)(struct metalab_options_t *options, metalab_role_t role);
  metalab_status_t (*metalab_options_rank)(struct metalab_options_t *options,
                                           int64_t rank,
                                           int64_t size);
  metalab_status_t (*metalab_options_ranks_param)(struct metalab_options_t *options,
                                                  const char *name);
  metalab_status_t (*metalab_options_attach_patience)(struct metalab_options_t *options,
                                                      double seconds);
  metalab_status_t (*metalab_options_restart)(struct metalab_options_t *options, int64_t step);
  metalab_status_t (*metalab_capture_rank)(const struct metalab_capture_t *capture,
                                           int64_t *rank_out,
                                           int64_t *size_out);
  metalab_status_t (*metalab_capture_reduce)(struct metalab_capture_t *capture, const char *name);
  metalab_status_t (*metalab_capture_metric)(struct metalab_capture_t *capture,
                                             const char *name,
                                             double value);
  metalab_status_t (*metalab_capture_metric_i64)(struct metalab_capture_t *capture,
                                                 const char *name,
                                                 int64_t value);
  metalab_status_t (*metalab_capture_metric_bool)(struct metalab_capture_t *capture,
                                                  const char *name,
                                                  int32_t value);
  metalab_status_t (*metalab_capture_metric_text)(struct metalab_capture_t *capture,
                                                  const char *name,
                                                  const char *value,
                                                  size_t value_len);
  metalab_status_t (*metalab_capture_metrics)(struct metalab_capture_t *capture,
                                              size_t count,
                                              const char *const *names,
                                              const double *values);
  metalab_status_t (*metalab_capture_metric_step)(struct metalab_capture_t *capture,
                                                  const char *name,
                                                  int64_t step,
                                                  double value);
  metalab_status_t (*metalab_capture_metric_step_i64)(struct metalab_capture_t *capture,
                                                      const char *name,
                                                      int64_t step,
                                                      int64_t value);
  metalab_status_t (*metalab_capture_metric_step_bool)(struct metalab_capture_t *capture,
                                                       const char *name,
                                                       int64_t step,
                                                       int32_t value);
  metalab_status_t (*metalab_capture_metric_step_text)(struct metalab_capture_t *capture,
                                                       const char *name,
                                                       int64_t step,
                                                       const char *value,
                                                       size_t value_len);
  metalab_status_t (*metalab_capture_metrics_step)(struct metalab_capture_t *capture,
                                                   size_t count,
                                                   const char *const *names,
                                                   int64_t step,
                                                   const double *values);
  metalab_status_t (*metalab_capture_series)(struct metalab_capture_t *capture,
                                             const char *name,
                                             const char *unit,
                                             const char *description,
                                             struct metalab_series_t **series_out);
  metalab_status_t (*metalab_capture_set_axis)(struct metalab_capture_t *capture,
                                               const char *name,
                                               const char *axis);
  metalab_status_t (*metalab_series_point)(struct metalab_series_t *series,
                                           int64_t step,
                                           double value);
  metalab_status_t (*metalab_series_point_i64)(struct metalab_series_t *series,
                                               int64_t step,
                                               int64_t value);
  metalab_status_t (*metalab_series_point_bool)(struct metalab_series_t *series,
                                                int64_t step,
                                                int32_t value);
  metalab_status_t (*metalab_series_point_text)(struct metalab_series_t *series,
                                                int64_t step,
                                                const char *value,
                                                size_t value_len);
  metalab_status_t (*metalab_series_points)(struct metalab_series_t *series,
                                            size_t count,
                                            const int64_t *steps,
                                            const double *values);
  metalab_status_t (*metalab_series_points_i64)(struct metalab_series_t *series,
                                                size_t count,
                                                const int64_t *steps,
                                                const int64_t *values);
  metalab_status_t (*metalab_capture_set_step_unit)(struct metalab_capture_t *capture,
                                                    const char *name,
                                                    const char *unit);
  metalab_status_t (*metalab_capture_data_json)(struct metalab_capture_t *capture,
                                                const char *name,
                                                const char *json,
                                                size_t json_len,
                                                const char *metadata_json);
  metalab_status_t (*metalab_capture_data_array)(struct metalab_capture_t *capture,
                                                 const char *name,
                                                 const struct metalab_array_t *data,
                                                 const char *metadata_json);
  metalab_status_t (*metalab_capture_artifact_json)(struct metalab_capture_t *capture,
                                                    const char *name,
                                                    const char *json,
                                                    size_t json_len,
                                                    const char *metadata_json);
  metalab_status_t (*metalab_capture_artifact_bytes)(struct metalab_capture_t *capture,
                                                     const char *name,
                                                     const void *bytes,
                                                     size_t size,
                                                     const char *kind,
                                                     const char *format,
                                                     const char *metadata_json);
  metalab_status_t (*metalab_capture_artifact_array)(struct metalab_capture_t *capture,
                                                     const char *name,
                                                     const struct metalab_array_t *data,
                                                     const char *metadata_json);
  metalab_status_t (*metalab_capture_artifact_arrays)(struct metalab_capture_t *capture,
                                                      const char *name,
                                                      size_t count,
                                                      const char *const *array_names,
                                                      const struct metalab_array_t *arrays,
                                                      const char *metadata_json);
  metalab_status_t (*metalab_capture_map_array)(struct metalab_capture_t *capture,
                                                const char *name,
                                                metalab_dtype_t dtype,
                                                metalab_order_t order,
                                                size_t ndim,
                                                const uint64_t *shape,
                                                const char *metadata_json,
                                                struct metalab_mapping_t **mapping_out,
                                                void **data_out);
  metalab_status_t (*metalab_mapping_set_metadata)(struct metalab_mapping_t *mapping,
                                                   const char *metadata_json);
  metalab_status_t (*metalab_mapping_seal)(struct metalab_mapping_t *mapping);
  metalab_status_t (*metalab_mapping_abandon)(struct metalab_mapping_t *mapping);
  metalab_status_t (*metalab_capture_stream)(struct metalab_capture_t *capture,
                                             const char *name,
                                             const char *kind,
                                             const char *format,
                                             const char *metadata_json,
                                             struct metalab_stream_t **stream_out);
  metalab_status_t (*metalab_stream_write)(struct metalab_stream_t *stream,
                                           const void *bytes,
                                           size_t size);
  metalab_status_t (*metalab_stream_set_metadata)(struct metalab_stream_t *stream,
                                                  const char *metadata_json);
  metalab_status_t (*metalab_stream_seal)(struct metalab_stream_t *stream);
  metalab_status_t (*metalab_stream_abandon)(struct metalab_stream_t *stream);
  metalab_status_t (*metalab_capture_snapshots)(struct metalab_capture_t *capture,
                                                const char *name,
                                                metalab_dtype_t dtype,
                                                metalab_order_t order,
                                                size_t ndim,
                                                const uint64_t *shape,
                                                const char *metadata_json,
                                                struct metalab_snapshots_t **snapshots_out);
  metalab_status_t (*metalab_snapshots_begin)(struct metalab_snapshots_t *snapshots,
                                              int64_t step,
                                              struct metalab_mapping_t **mapping_out,
                                              void **data_out);
  void (*metalab_snapshots_free)(struct metalab_snapshots_t *snapshots);
  metalab_status_t (*metalab_capture_file)(struct metalab_capture_t *capture,
                                           const char *name,
                                           const char *path,
                                           metalab_file_mode_t mode,
                                           const char *kind,
                                           const char *metadata_json);
  metalab_status_t (*metalab_capture_figure_bytes)(struct metalab_capture_t *capture,
                                                   const char *name,
                                                   const void *bytes,
                                                   size_t size,
                                                   const char *format,
                                                   const char *metadata_json);
  metalab_status_t (*metalab_capture_figure_pixels)(struct metalab_capture_t *capture,
                                                    const char *name,
                                                    const uint8_t *pixels,
                                                    uint32_t width,
                                                    uint32_t height,
                                                    uint32_t channels,
                                                    size_t row_stride,
                                                    const char *metadata_json);
  metalab_status_t (*metalab_capture_figure_field)(struct metalab_capture_t *capture,
                                                   const char *name,
                                                   const struct metalab_array_t *field,
                                                   const struct metalab_field_style_t *style,
                                                   const char *metadata_json);
  metalab_status_t (*metalab_capture_log)(struct metalab_capture_t *capture,
                                          metalab_level_t level,
                                          const char *text,
                                          size_t text_len);
  metalab_status_t (*metalab_log)(const char *logger,
                                  metalab_level_t level,
                                  const char *text,
                                  size_t text_len);
  bool (*metalab_log_enabled)(const char *logger, metalab_level_t level);
  metalab_status_t (*metalab_capture_subscribe)(struct metalab_capture_t *capture,
                                                const char *logger,
                                                metalab_level_t level);
  metalab_status_t (*metalab_capture_unsubscribe)(struct metalab_capture_t *capture,
                                                  const char *logger);
  metalab_status_t (*metalab_capture_stdio)(struct metalab_capture_t *capture, uint32_t streams);
  metalab_status_t (*metalab_capture_stdio_end)(struct metalab_capture_t *capture);
  metalab_status_t (*metalab_options_signals)(struct metalab_options_t *options, uint32_t which);
  metalab_status_t (*metalab_options_end_time)(struct metalab_options_t *options,
                                               int64_t unix_seconds);
  metalab_status_t (*metalab_options_stop_before)(struct metalab_options_t *options,
                                                  double seconds);
  bool (*metalab_capture_should_stop)(const struct metalab_capture_t *capture);
  bool (*metalab_capture_should_stop_at)(const struct metalab_capture_t *capture, int64_t step);
  metalab_status_t (*metalab_capture_request_stop)(const struct metalab_capture_t *capture);
  metalab_status_t (*metalab_capture_seconds_left)(const struct metalab_capture_t *capture,
                                                   double *seconds_out);
  metalab_status_t (*metalab_recover_child)(const char *locator,
                                            const char *experiment_id,
                                            const char *journal,
                                            int64_t pid,
                                            int wait_status,
                                            size_t *recovered_out);
  metalab_status_t (*metalab_capture_metrics_json)(struct metalab_capture_t *capture,
                                                   char **json_out);
  metalab_status_t (*metalab_capture_artifacts_json)(struct metalab_capture_t *capture,
                                                     char **json_out);
  metalab_status_t (*metalab_capture_results_json)(struct metalab_capture_t *capture,
                                                   char **json_out);
  metalab_status_t (*metalab_capture_summary_json)(struct metalab_capture_t *capture,
                                                   char **json_out);
  metalab_status_t (*metalab_capture_health_json)(struct metalab_capture_t *capture,
                                                  char **json_out);
  metalab_status_t (*metalab_options_index_wait)(struct metalab_options_t *options, double seconds);
  metalab_status_t (*metalab_index_rebuild)(const char *locator,
                                            const char *experiment_id,
                                            metalab_progress_t progress,
                                            void *user_data,
                                            size_t *runs_out);
  metalab_status_t (*metalab_canonical_json)(const char *json,
                                             size_t json_len,
                                             char **canonical_out);
  metalab_status_t (*metalab_fingerprint)(const char *json,
                                          size_t json_len,
                                          char **fingerprint_out);
  metalab_status_t (*metalab_run_id)(const char *experiment_id,
                                     const char *context_json,
                                     const char *params_json,
                                     const char *seed_json,
                                     const char *code_hash,
                                     char **run_id_out);
  metalab_status_t (*metalab_derive_seed)(const char *seed_json,
                                          const char *name,
                                          uint64_t *seed_out);
  metalab_status_t (*metalab_store_open)(const char *locator, struct metalab_store_t **store_out);
  void (*metalab_store_free)(struct metalab_store_t *store);
  metalab_status_t (*metalab_store_experiments_json)(const struct metalab_store_t *store,
                                                     char **json_out);
  metalab_status_t (*metalab_store_runs)(const struct metalab_store_t *store,
                                         const char *experiment,
                                         const char *filter,
                                         size_t limit,
                                         struct metalab_table_t **table_out);
  metalab_status_t (*metalab_table_size)(const struct metalab_table_t *table,
                                         size_t *runs_out,
                                         size_t *columns_out);
  metalab_status_t (*metalab_table_column)(const struct metalab_table_t *table,
                                           size_t index,
                                           struct metalab_column_t *column_out);
  metalab_status_t (*metalab_table_find)(const struct metalab_table_t *table,
                                         const char *name,
                                         struct metalab_column_t *column_out);
  metalab_status_t (*metalab_table_problems_json)(const struct metalab_table_t *table,
                                                  char **json_out);
  void (*metalab_table_free)(struct metalab_table_t *table);
  metalab_status_t (*metalab_store_run)(const struct metalab_store_t *store,
                                        const char *experiment,
                                        const char *run_id,
                                        struct metalab_run_t **run_out);
  metalab_status_t (*metalab_options_run)(const struct metalab_options_t *options,
                                          struct metalab_run_t **run_out);
  void (*metalab_run_free)(struct metalab_run_t *run);
  metalab_status_t (*metalab_run_refresh)(const struct metalab_run_t *run);
  metalab_status_t (*metalab_run_status)(const struct metalab_run_t *run,
                                         metalab_run_status_t *status_out);
  metalab_status_t (*metalab_run_record_json)(const struct metalab_run_t *run, char **json_out);
  metalab_status_t (*metalab_run_names_json)(const struct metalab_run_t *run, char **json_out);
  metalab_status_t (*metalab_run_number)(const struct metalab_run_t *run,
                                         const char *field,
                                         double *value_out);
  metalab_status_t (*metalab_run_integer)(const struct metalab_run_t *run,
                                          const char *field,
                                          int64_t *value_out);
  metalab_status_t (*metalab_run_text)(const struct metalab_run_t *run,
                                       const char *field,
                                       char **text_out);
  metalab_status_t (*metalab_run_last_step)(const struct metalab_run_t *run, int64_t *step_out);
  metalab_status_t (*metalab_run_log)(const struct metalab_run_t *run,
                                      const char *log,
                                      uint64_t offset,
                                      size_t most,
                                      char **text_out,
                                      size_t *size_out);
  metalab_status_t (*metalab_run_result_json)(const struct metalab_run_t *run,
                                              const char *name,
                                              char **json_out);
  metalab_status_t (*metalab_run_result_metadata_json)(const struct metalab_run_t *run,
                                                       const char *name,
                                                       char **json_out);
  metalab_status_t (*metalab_run_artifacts_json)(const struct metalab_run_t *run, char **json_out);
  metalab_status_t (*metalab_run_artifact_verify)(const struct metalab_run_t *run,
                                                  const char *name);
  metalab_status_t (*metalab_run_series)(const struct metalab_run_t *run,
                                         const char *name,
                                         struct metalab_points_t **points_out);
  metalab_status_t (*metalab_run_follow)(const struct metalab_run_t *run,
                                         const char *name,
                                         struct metalab_points_t **points_out);
  metalab_status_t (*metalab_points_poll)(struct metalab_points_t *points,
                                          size_t *count_out,
                                          bool *ended_out);
  metalab_status_t (*metalab_points_columns)(const struct metalab_points_t *points,
                                             size_t *count_out,
                                             const int64_t **steps_out,
                                             struct metalab_column_t *values_out);
  metalab_status_t (*metalab_points_thin)(const struct metalab_points_t *points,
                                          size_t most,
                                          struct metalab_points_t **thinned_out);
  metalab_status_t (*metalab_points_axis)(const struct metalab_points_t *points,
                                          const struct metalab_run_t *run,
                                          struct metalab_points_t **axis_out);
  metalab_status_t (*metalab_points_about_json)(const struct metalab_points_t *points,
                                                char **json_out);
  void (*metalab_points_free)(struct metalab_points_t *points);
  metalab_status_t (*metalab_run_array)(const struct metalab_run_t *run,
                                        const char *artifact,
                                        const char *key,
                                        struct metalab_loaded_t **loaded_out,
                                        struct metalab_array_t *array_out);
  metalab_status_t (*metalab_run_array_names_json)(const struct metalab_run_t *run,
                                                   const char *artifact,
                                                   char **json_out);
  metalab_status_t (*metalab_run_result_array)(const struct metalab_run_t *run,
                                               const char *name,
                                               struct metalab_loaded_t **loaded_out,
                                               struct metalab_array_t *array_out);
  metalab_status_t (*metalab_run_latest)(const struct metalab_run_t *run,
                                         const char *name,
                                         int64_t *step_out,
                                         struct metalab_loaded_t **loaded_out,
                                         struct metalab_array_t *array_out);
  metalab_status_t (*metalab_loaded_verify)(const struct metalab_loaded_t *loaded);
  void (*metalab_loaded_free)(struct metalab_loaded_t *loaded);
  metalab_status_t (*metalab_table_arrow)(const struct metalab_table_t *table,
                                          struct ArrowSchema *schema_out,
                                          struct ArrowArray *array_out);
  metalab_status_t (*metalab_points_arrow)(const struct metalab_points_t *points,
                                           struct ArrowSchema *schema_out,
                                           struct ArrowArray *array_out);
};

#define METALAB_DL_COUNT_ 181
/* No padding: it is filled as an array is. */
typedef char metalab_dl_packed_[sizeof(struct metalab_dl_table_) == METALAB_DL_COUNT_ * sizeof(void *) ? 1 : -1];

/* Why there is no library. Messages stay, for who may be reading them. */
struct metalab_dl_message_ {
  const struct metalab_dl_message_ *before;
  char text[1];
};

struct metalab_dl_shared_ {
  /* NULL before the first call, then what was loaded, or `missing`. */
  const struct metalab_dl_table_ *table;
  const struct metalab_dl_message_ *message;
  struct metalab_dl_table_ missing;
};

/* One for all files of a program or shared library that include the same metalab_dl.h: that is what the
 * number stands for. Not visible to others, which may have another. */
#define METALAB_DL_SHARED_ __attribute__((weak, visibility("hidden")))
#define metalab_dl_state_ metalab_dl_state_3803c4d1adfc4daa
#define metalab_dl_find_ metalab_dl_find_3803c4d1adfc4daa

extern METALAB_DL_SHARED_ struct metalab_dl_shared_ metalab_dl_state_;
METALAB_DL_SHARED_ struct metalab_dl_shared_ metalab_dl_state_;

/* Notes why there is no library: the texts, one after the other, up to a NULL. */
METALAB_INLINE_ void metalab_dl_say_(const char *const *texts) {
  struct metalab_dl_message_ *message = NULL;
  size_t size = sizeof *message;
  char *end = NULL;
  int k = 0;
  for (k = 0; texts[k] != NULL; k++) {
    size += strlen(texts[k]);
  }
  message = METALAB_CAST_(struct metalab_dl_message_ *, malloc(size));
  if (message == NULL) {
    return;
  }
  end = message->text;
  for (k = 0; texts[k] != NULL; k++) {
    size = strlen(texts[k]);
    memcpy(end, texts[k], size);
    end += size;
  }
  *end = '\0';
  message->before = __atomic_load_n(&metalab_dl_state_.message, __ATOMIC_ACQUIRE);
  while (!__atomic_compare_exchange_n(&metalab_dl_state_.message, &message->before, message, 0,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
  }
}

METALAB_INLINE_ void *metalab_dl_open_file_(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *why = dlerror();
    const char *texts[3] = {"libmetalab was not loaded: ", NULL, NULL};
    texts[1] = why == NULL ? path : why;
    metalab_dl_say_(texts);
  }
  return library;
}

/* The path of the file `name` in a directory, to be freed. NULL where there is no memory. */
METALAB_INLINE_ char *metalab_dl_in_(const char *directory, const char *name) {
  const size_t size = strlen(directory), more = strlen(name) + 1;
  char *path = METALAB_CAST_(char *, malloc(size + 1 + more));
  if (path != NULL) {
    memcpy(path, directory, size);
    path[size] = '/';
    memcpy(path + size + 1, name, more);
  }
  return path;
}

METALAB_INLINE_ void *metalab_dl_open_(const char *path) {
#ifdef __APPLE__
  const char *const soname = "libmetalab." METALAB_TEXT_OF(METALAB_ABI_VERSION) ".dylib";
  const char *const plain = "libmetalab.dylib";
#else
  const char *const soname = "libmetalab.so." METALAB_TEXT_OF(METALAB_ABI_VERSION);
  const char *const plain = "libmetalab.so";
#endif
  struct stat about;
  char *inside = NULL;
  void *library = NULL;
  if (path == NULL && getuid() == geteuid() && getgid() == getegid()) {
    path = getenv("METALAB_LIBRARY");
  }
  if (path == NULL || *path == '\0') {
    return metalab_dl_open_file_(soname);
  }
  if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
    return metalab_dl_open_file_(path);
  }
  inside = metalab_dl_in_(path, soname);
  if (inside != NULL && stat(inside, &about) != 0) {
    free(inside);
    inside = metalab_dl_in_(path, plain);
  }
  if (inside != NULL) {
    library = metalab_dl_open_file_(inside);
  }
  free(inside);
  return library;
}

/* Fills the table; false, and a message, if the library is not the one that is needed. */
METALAB_INLINE_ bool metalab_dl_resolve_(void *library, struct metalab_dl_table_ *table) {
  static const char *const names[METALAB_DL_COUNT_ + 1] = {
      "metalab_version",
      "metalab_abi_version",
      "metalab_status_name",
      "metalab_last_error",
      "metalab_string_free",
      "metalab_options_new",
      "metalab_options_free",
      "metalab_options_store",
      "metalab_options_experiment",
      "metalab_options_experiment_description",
      "metalab_options_planned_runs",
      "metalab_options_add_experiment_tag",
      "metalab_options_run_id",
      "metalab_options_params_json",
      "metalab_options_namelist",
      "metalab_options_param_f64",
      "metalab_options_param_i64",
      "metalab_options_param_bool",
      "metalab_options_param_text",
      "metalab_options_context_json",
      "metalab_options_metadata_json",
      "metalab_options_add_tag",
      "metalab_options_note",
      "metalab_options_seed",
      "metalab_options_replicate",
      "metalab_options_code_hash",
      "metalab_options_worker",
      "metalab_options_compiler",
      "metalab_options_sample",
      "metalab_options_flush_interval",
      "metalab_options_refresh_interval",
      "metalab_options_journal",
      "metalab_options_if_success",
      "metalab_options_durable",
      "metalab_values_new",
      "metalab_values_new_array",
      "metalab_values_set_f64",
      "metalab_values_set_i64",
      "metalab_values_set_u64",
      "metalab_values_set_bool",
      "metalab_values_set_text",
      "metalab_values_set_null",
      "metalab_values_set_json",
      "metalab_values_set_f64_array",
      "metalab_values_set_i64_array",
      "metalab_values_begin_object",
      "metalab_values_begin_array",
      "metalab_values_end",
      "metalab_values_clear",
      "metalab_values_json",
      "metalab_values_free",
      "metalab_capture_open",
      "metalab_capture_run_id",
      "metalab_capture_derive_seed",
      "metalab_capture_add_warning",
      "metalab_capture_add_note",
      "metalab_capture_add_tag",
      "metalab_capture_fail",
      "metalab_capture_cancel",
      "metalab_capture_flush",
      "metalab_capture_finish",
      "metalab_capture_free",
      "metalab_recover",
      "metalab_recover_host",
      "metalab_capture_set_current",
      "metalab_capture_current",
      "metalab_options_role",
      "metalab_options_rank",
      "metalab_options_ranks_param",
      "metalab_options_attach_patience",
      "metalab_options_restart",
      "metalab_capture_rank",
      "metalab_capture_reduce",
      "metalab_capture_metric",
      "metalab_capture_metric_i64",
      "metalab_capture_metric_bool",
      "metalab_capture_metric_text",
      "metalab_capture_metrics",
      "metalab_capture_metric_step",
      "metalab_capture_metric_step_i64",
      "metalab_capture_metric_step_bool",
      "metalab_capture_metric_step_text",
      "metalab_capture_metrics_step",
      "metalab_capture_series",
      "metalab_capture_set_axis",
      "metalab_series_point",
      "metalab_series_point_i64",
      "metalab_series_point_bool",
      "metalab_series_point_text",
      "metalab_series_points",
      "metalab_series_points_i64",
      "metalab_capture_set_step_unit",
      "metalab_capture_data_json",
      "metalab_capture_data_array",
      "metalab_capture_artifact_json",
      "metalab_capture_artifact_bytes",
      "metalab_capture_artifact_array",
      "metalab_capture_artifact_arrays",
      "metalab_capture_map_array",
      "metalab_mapping_set_metadata",
      "metalab_mapping_seal",
      "metalab_mapping_abandon",
      "metalab_capture_stream",
      "metalab_stream_write",
      "metalab_stream_set_metadata",
      "metalab_stream_seal",
      "metalab_stream_abandon",
      "metalab_capture_snapshots",
      "metalab_snapshots_begin",
      "metalab_snapshots_free",
      "metalab_capture_file",
      "metalab_capture_figure_bytes",
      "metalab_capture_figure_pixels",
      "metalab_capture_figure_field",
      "metalab_capture_log",
      "metalab_log",
      "metalab_log_enabled",
      "metalab_capture_subscribe",
      "metalab_capture_unsubscribe",
      "metalab_capture_stdio",
      "metalab_capture_stdio_end",
      "metalab_options_signals",
      "metalab_options_end_time",
      "metalab_options_stop_before",
      "metalab_capture_should_stop",
      "metalab_capture_should_stop_at",
      "metalab_capture_request_stop",
      "metalab_capture_seconds_left",
      "metalab_recover_child",
      "metalab_capture_metrics_json",
      "metalab_capture_artifacts_json",
      "metalab_capture_results_json",
      "metalab_capture_summary_json",
      "metalab_capture_health_json",
      "metalab_options_index_wait",
      "metalab_index_rebuild",
      "metalab_canonical_json",
      "metalab_fingerprint",
      "metalab_run_id",
      "metalab_derive_seed",
      "metalab_store_open",
      "metalab_store_free",
      "metalab_store_experiments_json",
      "metalab_store_runs",
      "metalab_table_size",
      "metalab_table_column",
      "metalab_table_find",
      "metalab_table_problems_json",
      "metalab_table_free",
      "metalab_store_run",
      "metalab_options_run",
      "metalab_run_free",
      "metalab_run_refresh",
      "metalab_run_status",
      "metalab_run_record_json",
      "metalab_run_names_json",
      "metalab_run_number",
      "metalab_run_integer",
      "metalab_run_text",
      "metalab_run_last_step",
      "metalab_run_log",
      "metalab_run_result_json",
      "metalab_run_result_metadata_json",
      "metalab_run_artifacts_json",
      "metalab_run_artifact_verify",
      "metalab_run_series",
      "metalab_run_follow",
      "metalab_points_poll",
      "metalab_points_columns",
      "metalab_points_thin",
      "metalab_points_axis",
      "metalab_points_about_json",
      "metalab_points_free",
      "metalab_run_array",
      "metalab_run_array_names_json",
      "metalab_run_result_array",
      "metalab_run_latest",
      "metalab_loaded_verify",
      "metalab_loaded_free",
      "metalab_table_arrow",
      "metalab_points_arrow",
      NULL};
  const char *texts[8] = {"the libmetalab that was found is ", NULL, NULL, NULL, NULL, NULL, NULL, NULL};
  char number[16];
  size_t k = 0, missing = METALAB_DL_COUNT_;
  void *found = NULL;
  for (k = METALAB_DL_COUNT_; k-- > 0;) {
    found = dlsym(library, names[k]);
    memcpy(METALAB_CAST_(char *, METALAB_CAST_(void *, table)) + k * sizeof found, &found, sizeof found);
    missing = found == NULL ? k : missing;
  }
  if (table->metalab_version == NULL || table->metalab_abi_version == NULL) {
    texts[0] = "what was found is not libmetalab: it has no ";
    texts[1] = table->metalab_version == NULL ? "metalab_version" : "metalab_abi_version";
  } else if (table->metalab_abi_version() != METALAB_ABI_VERSION) {
    sprintf(number, "%lu", METALAB_CAST_(unsigned long, table->metalab_abi_version()));
    texts[1] = table->metalab_version();
    texts[2] = " with the ABI ";
    texts[3] = number;
    texts[4] = "; this program needs the ABI " METALAB_TEXT_OF(METALAB_ABI_VERSION);
    texts[5] = ", that of libmetalab " METALAB_VERSION;
  } else if (missing != METALAB_DL_COUNT_) {
    texts[1] = table->metalab_version();
    texts[2] = ", which has no ";
    texts[3] = names[missing];
    texts[4] = ": it is too old for this program, which needs libmetalab " METALAB_VERSION " or later";
  } else {
    return true;
  }
  metalab_dl_say_(texts);
  return false;
}

METALAB_INLINE_ struct metalab_dl_table_ *metalab_dl_loaded_(const char *path) {
  struct metalab_dl_table_ *table = NULL;
  void *library = metalab_dl_open_(path);
  if (library == NULL) {
    return NULL;
  }
  table = METALAB_CAST_(struct metalab_dl_table_ *, malloc(sizeof *table));
  if (table == NULL || !metalab_dl_resolve_(library, table)) {
    free(table);
    dlclose(library);
    return NULL;
  }
  return table;
}

/* Looks for the library, unless there is one. Threads that come at once all look, and the first one that
 * is done decides: so nothing waits, and nothing is left locked by a fork. */
extern METALAB_DL_SHARED_ __attribute__((noinline, cold)) const struct metalab_dl_table_ *
metalab_dl_find_(const char *path);
METALAB_DL_SHARED_ const struct metalab_dl_table_ *metalab_dl_find_(const char *path) {
  const struct metalab_dl_table_ *const missing = &metalab_dl_state_.missing;
  const struct metalab_dl_table_ *now = __atomic_load_n(&metalab_dl_state_.table, __ATOMIC_ACQUIRE);
  struct metalab_dl_table_ *table = NULL;
  if (now != NULL && now != missing) {
    return now;
  }
  table = metalab_dl_loaded_(path);
  if (table == NULL) {
    now = NULL;
    __atomic_compare_exchange_n(&metalab_dl_state_.table, &now, missing, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    return __atomic_load_n(&metalab_dl_state_.table, __ATOMIC_ACQUIRE);
  }
  while (now == NULL || now == missing) {
    if (__atomic_compare_exchange_n(&metalab_dl_state_.table, &now, table, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      return table;
    }
  }
  free(table);
  return now;
}

/* True if there is no library; else its functions are in *table. */
METALAB_INLINE_ bool metalab_dl_lacks_(const struct metalab_dl_table_ **table) {
  const struct metalab_dl_table_ *const missing = &metalab_dl_state_.missing;
  *table = __atomic_load_n(&metalab_dl_state_.table, __ATOMIC_ACQUIRE);
  return *table == missing ||
         (__builtin_expect(*table == NULL, 0) && (*table = metalab_dl_find_(NULL)) == missing);
}

/**
 * Loads the library now. Without this, the first call loads it as metalab_dl_load(NULL) does.
 * Where a library is loaded already, that one stays. After a failure it may be called again, with another
 * path; until then there is no library.
 *
 * path: the library's file, or the directory that has it; a name without / is looked for by the system.
 * NULL: what METALAB_LIBRARY names, else what the system has.
 * Errors: METALAB_NO_CAPTURE: metalab_dl_error says why. Any thread.
 */
METALAB_INLINE_ metalab_status_t metalab_dl_load(const char *path) {
  return metalab_dl_find_(path) == &metalab_dl_state_.missing ? METALAB_NO_CAPTURE : METALAB_OK;
}

/**
 * Returns why there is no library; "" if there is one, or if none was looked for yet. It looks for none. The
 * text stays valid. Any thread.
 */
METALAB_INLINE_ const char *metalab_dl_error(void) {
  const struct metalab_dl_table_ *table = __atomic_load_n(&metalab_dl_state_.table, __ATOMIC_ACQUIRE);
  const struct metalab_dl_message_ *message = __atomic_load_n(&metalab_dl_state_.message, __ATOMIC_ACQUIRE);
  if (table != &metalab_dl_state_.missing) {
    return "";
  }
  return message != NULL ? message->text : "libmetalab was not loaded: there is no memory";
}

METALAB_INLINE_ const char *metalab_version(void) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return "";
  }
  return dl->metalab_version();
}

METALAB_INLINE_ uint32_t metalab_abi_version(void) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return 0;
  }
  return dl->metalab_abi_version();
}

METALAB_INLINE_ const char *metalab_status_name(metalab_status_t status) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return status == METALAB_NO_CAPTURE ? "METALAB_NO_CAPTURE" : "METALAB_UNKNOWN";
  }
  return dl->metalab_status_name(status);
}

METALAB_INLINE_ const char *metalab_last_error(void) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return metalab_dl_error();
  }
  return dl->metalab_last_error();
}

METALAB_INLINE_ void metalab_string_free(char *text) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_string_free(text);
}

METALAB_INLINE_ metalab_status_t metalab_options_new(struct metalab_options_t **options_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_new(options_out);
}

METALAB_INLINE_ void metalab_options_free(struct metalab_options_t *options) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_options_free(options);
}

METALAB_INLINE_ metalab_status_t metalab_options_store(struct metalab_options_t *options,
                                                       const char *locator) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_store(options, locator);
}

METALAB_INLINE_ metalab_status_t metalab_options_experiment(struct metalab_options_t *options,
                                                            const char *id) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_experiment(options, id);
}

METALAB_INLINE_ metalab_status_t metalab_options_experiment_description(struct metalab_options_t *options,
                                                                        const char *description) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_experiment_description(options, description);
}

METALAB_INLINE_ metalab_status_t metalab_options_planned_runs(struct metalab_options_t *options,
                                                              uint64_t runs) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_planned_runs(options, runs);
}

METALAB_INLINE_ metalab_status_t metalab_options_add_experiment_tag(struct metalab_options_t *options,
                                                                    const char *tag) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_add_experiment_tag(options, tag);
}

METALAB_INLINE_ metalab_status_t metalab_options_run_id(struct metalab_options_t *options,
                                                        const char *run_id) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_run_id(options, run_id);
}

METALAB_INLINE_ metalab_status_t metalab_options_params_json(struct metalab_options_t *options,
                                                             const char *json,
                                                             size_t json_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_params_json(options, json, json_len);
}

METALAB_INLINE_ metalab_status_t metalab_options_namelist(struct metalab_options_t *options,
                                                          const char *path) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_namelist(options, path);
}

METALAB_INLINE_ metalab_status_t metalab_options_param_f64(struct metalab_options_t *options,
                                                           const char *name,
                                                           double value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_param_f64(options, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_options_param_i64(struct metalab_options_t *options,
                                                           const char *name,
                                                           int64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_param_i64(options, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_options_param_bool(struct metalab_options_t *options,
                                                            const char *name,
                                                            int32_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_param_bool(options, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_options_param_text(struct metalab_options_t *options,
                                                            const char *name,
                                                            const char *value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_param_text(options, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_options_context_json(struct metalab_options_t *options,
                                                              const char *json,
                                                              size_t json_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_context_json(options, json, json_len);
}

METALAB_INLINE_ metalab_status_t metalab_options_metadata_json(struct metalab_options_t *options,
                                                               const char *json,
                                                               size_t json_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_metadata_json(options, json, json_len);
}

METALAB_INLINE_ metalab_status_t metalab_options_add_tag(struct metalab_options_t *options,
                                                         const char *tag) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_add_tag(options, tag);
}

METALAB_INLINE_ metalab_status_t metalab_options_note(struct metalab_options_t *options,
                                                      const char *note) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_note(options, note);
}

METALAB_INLINE_ metalab_status_t metalab_options_seed(struct metalab_options_t *options,
                                                      uint64_t root_seed) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_seed(options, root_seed);
}

METALAB_INLINE_ metalab_status_t metalab_options_replicate(struct metalab_options_t *options,
                                                           uint64_t replicate_index) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_replicate(options, replicate_index);
}

METALAB_INLINE_ metalab_status_t metalab_options_code_hash(struct metalab_options_t *options,
                                                           const char *hash) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_code_hash(options, hash);
}

METALAB_INLINE_ metalab_status_t metalab_options_worker(struct metalab_options_t *options,
                                                        const char *worker_id) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_worker(options, worker_id);
}

METALAB_INLINE_ metalab_status_t metalab_options_compiler(struct metalab_options_t *options,
                                                          const char *text) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_compiler(options, text);
}

METALAB_INLINE_ metalab_status_t metalab_options_sample(struct metalab_options_t *options,
                                                        double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_sample(options, seconds);
}

METALAB_INLINE_ metalab_status_t metalab_options_flush_interval(struct metalab_options_t *options,
                                                                double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_flush_interval(options, seconds);
}

METALAB_INLINE_ metalab_status_t metalab_options_refresh_interval(struct metalab_options_t *options,
                                                                  double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_refresh_interval(options, seconds);
}

METALAB_INLINE_ metalab_status_t metalab_options_journal(struct metalab_options_t *options,
                                                         const char *directory) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_journal(options, directory);
}

METALAB_INLINE_ metalab_status_t metalab_options_if_success(struct metalab_options_t *options,
                                                            metalab_if_success_t policy) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_if_success(options, policy);
}

METALAB_INLINE_ metalab_status_t metalab_options_durable(struct metalab_options_t *options,
                                                         int32_t durable) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_durable(options, durable);
}

METALAB_INLINE_ metalab_status_t metalab_values_new(struct metalab_values_t **values_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_new(values_out);
}

METALAB_INLINE_ metalab_status_t metalab_values_new_array(struct metalab_values_t **values_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_new_array(values_out);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_f64(struct metalab_values_t *values,
                                                        const char *key,
                                                        double value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_f64(values, key, value);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_i64(struct metalab_values_t *values,
                                                        const char *key,
                                                        int64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_i64(values, key, value);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_u64(struct metalab_values_t *values,
                                                        const char *key,
                                                        uint64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_u64(values, key, value);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_bool(struct metalab_values_t *values,
                                                         const char *key,
                                                         int32_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_bool(values, key, value);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_text(struct metalab_values_t *values,
                                                         const char *key,
                                                         const char *value,
                                                         size_t value_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_text(values, key, value, value_len);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_null(struct metalab_values_t *values,
                                                         const char *key) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_null(values, key);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_json(struct metalab_values_t *values,
                                                         const char *key,
                                                         const char *json,
                                                         size_t json_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_json(values, key, json, json_len);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_f64_array(struct metalab_values_t *values,
                                                              const char *key,
                                                              size_t count,
                                                              const double *list) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_f64_array(values, key, count, list);
}

METALAB_INLINE_ metalab_status_t metalab_values_set_i64_array(struct metalab_values_t *values,
                                                              const char *key,
                                                              size_t count,
                                                              const int64_t *list) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_set_i64_array(values, key, count, list);
}

METALAB_INLINE_ metalab_status_t metalab_values_begin_object(struct metalab_values_t *values,
                                                             const char *key) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_begin_object(values, key);
}

METALAB_INLINE_ metalab_status_t metalab_values_begin_array(struct metalab_values_t *values,
                                                            const char *key) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_begin_array(values, key);
}

METALAB_INLINE_ metalab_status_t metalab_values_end(struct metalab_values_t *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_end(values);
}

METALAB_INLINE_ metalab_status_t metalab_values_clear(struct metalab_values_t *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_values_clear(values);
}

METALAB_INLINE_ const char *metalab_values_json(struct metalab_values_t *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return "";
  }
  return dl->metalab_values_json(values);
}

METALAB_INLINE_ void metalab_values_free(struct metalab_values_t *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_values_free(values);
}

METALAB_MUST_USE
METALAB_INLINE_ metalab_status_t metalab_capture_open(const struct metalab_options_t *options,
                                                      struct metalab_capture_t **capture_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_open(options, capture_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_run_id(const struct metalab_capture_t *capture,
                                                        char **run_id_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_run_id(capture, run_id_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_derive_seed(const struct metalab_capture_t *capture,
                                                             const char *name,
                                                             uint64_t *seed_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_derive_seed(capture, name, seed_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_add_warning(struct metalab_capture_t *capture,
                                                             const char *message,
                                                             const char *details_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_add_warning(capture, message, details_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_add_note(struct metalab_capture_t *capture,
                                                          const char *note) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_add_note(capture, note);
}

METALAB_INLINE_ metalab_status_t metalab_capture_add_tag(struct metalab_capture_t *capture,
                                                         const char *tag) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_add_tag(capture, tag);
}

METALAB_INLINE_ metalab_status_t metalab_capture_fail(struct metalab_capture_t *capture,
                                                      const char *type,
                                                      const char *message,
                                                      const char *traceback) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_fail(capture, type, message, traceback);
}

METALAB_INLINE_ metalab_status_t metalab_capture_cancel(struct metalab_capture_t *capture,
                                                        const char *reason) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_cancel(capture, reason);
}

METALAB_INLINE_ metalab_status_t metalab_capture_flush(struct metalab_capture_t *capture,
                                                       metalab_flush_t how) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_flush(capture, how);
}

METALAB_INLINE_ metalab_status_t metalab_capture_finish(struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_finish(capture);
}

METALAB_INLINE_ void metalab_capture_free(struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_capture_free(capture);
}

METALAB_INLINE_ metalab_status_t metalab_recover(const char *locator,
                                                 const char *experiment_id,
                                                 const char *journal,
                                                 size_t *recovered_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_recover(locator, experiment_id, journal, recovered_out);
}

METALAB_INLINE_ metalab_status_t metalab_recover_host(const char *locator,
                                                      const char *experiment_id,
                                                      const char *journal,
                                                      const char *host,
                                                      size_t *recovered_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_recover_host(locator, experiment_id, journal, host, recovered_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_set_current(struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_set_current(capture);
}

METALAB_INLINE_ struct metalab_capture_t *metalab_capture_current(void) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return NULL;
  }
  return dl->metalab_capture_current();
}

METALAB_INLINE_ metalab_status_t metalab_options_role(struct metalab_options_t *options,
                                                      metalab_role_t role) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_role(options, role);
}

METALAB_INLINE_ metalab_status_t metalab_options_rank(struct metalab_options_t *options,
                                                      int64_t rank,
                                                      int64_t size) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_rank(options, rank, size);
}

METALAB_INLINE_ metalab_status_t metalab_options_ranks_param(struct metalab_options_t *options,
                                                             const char *name) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_ranks_param(options, name);
}

METALAB_INLINE_ metalab_status_t metalab_options_attach_patience(struct metalab_options_t *options,
                                                                 double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_attach_patience(options, seconds);
}

METALAB_INLINE_ metalab_status_t metalab_options_restart(struct metalab_options_t *options,
                                                         int64_t step) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_restart(options, step);
}

METALAB_INLINE_ metalab_status_t metalab_capture_rank(const struct metalab_capture_t *capture,
                                                      int64_t *rank_out,
                                                      int64_t *size_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_rank(capture, rank_out, size_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_reduce(struct metalab_capture_t *capture,
                                                        const char *name) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_reduce(capture, name);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric(struct metalab_capture_t *capture,
                                                        const char *name,
                                                        double value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric(capture, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_i64(struct metalab_capture_t *capture,
                                                            const char *name,
                                                            int64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_i64(capture, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_bool(struct metalab_capture_t *capture,
                                                             const char *name,
                                                             int32_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_bool(capture, name, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_text(struct metalab_capture_t *capture,
                                                             const char *name,
                                                             const char *value,
                                                             size_t value_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_text(capture, name, value, value_len);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metrics(struct metalab_capture_t *capture,
                                                         size_t count,
                                                         const char *const *names,
                                                         const double *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metrics(capture, count, names, values);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_step(struct metalab_capture_t *capture,
                                                             const char *name,
                                                             int64_t step,
                                                             double value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_step(capture, name, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_step_i64(struct metalab_capture_t *capture,
                                                                 const char *name,
                                                                 int64_t step,
                                                                 int64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_step_i64(capture, name, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_step_bool(struct metalab_capture_t *capture,
                                                                  const char *name,
                                                                  int64_t step,
                                                                  int32_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_step_bool(capture, name, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metric_step_text(struct metalab_capture_t *capture,
                                                                  const char *name,
                                                                  int64_t step,
                                                                  const char *value,
                                                                  size_t value_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metric_step_text(capture, name, step, value, value_len);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metrics_step(struct metalab_capture_t *capture,
                                                              size_t count,
                                                              const char *const *names,
                                                              int64_t step,
                                                              const double *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metrics_step(capture, count, names, step, values);
}

METALAB_INLINE_ metalab_status_t metalab_capture_series(struct metalab_capture_t *capture,
                                                        const char *name,
                                                        const char *unit,
                                                        const char *description,
                                                        struct metalab_series_t **series_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_series(capture, name, unit, description, series_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_set_axis(struct metalab_capture_t *capture,
                                                          const char *name,
                                                          const char *axis) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_set_axis(capture, name, axis);
}

METALAB_INLINE_ metalab_status_t metalab_series_point(struct metalab_series_t *series,
                                                      int64_t step,
                                                      double value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_point(series, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_series_point_i64(struct metalab_series_t *series,
                                                          int64_t step,
                                                          int64_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_point_i64(series, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_series_point_bool(struct metalab_series_t *series,
                                                           int64_t step,
                                                           int32_t value) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_point_bool(series, step, value);
}

METALAB_INLINE_ metalab_status_t metalab_series_point_text(struct metalab_series_t *series,
                                                           int64_t step,
                                                           const char *value,
                                                           size_t value_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_point_text(series, step, value, value_len);
}

METALAB_INLINE_ metalab_status_t metalab_series_points(struct metalab_series_t *series,
                                                       size_t count,
                                                       const int64_t *steps,
                                                       const double *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_points(series, count, steps, values);
}

METALAB_INLINE_ metalab_status_t metalab_series_points_i64(struct metalab_series_t *series,
                                                           size_t count,
                                                           const int64_t *steps,
                                                           const int64_t *values) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_series_points_i64(series, count, steps, values);
}

METALAB_INLINE_ metalab_status_t metalab_capture_set_step_unit(struct metalab_capture_t *capture,
                                                               const char *name,
                                                               const char *unit) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_set_step_unit(capture, name, unit);
}

METALAB_INLINE_ metalab_status_t metalab_capture_data_json(struct metalab_capture_t *capture,
                                                           const char *name,
                                                           const char *json,
                                                           size_t json_len,
                                                           const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_data_json(capture, name, json, json_len, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_data_array(struct metalab_capture_t *capture,
                                                            const char *name,
                                                            const struct metalab_array_t *data,
                                                            const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_data_array(capture, name, data, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_artifact_json(struct metalab_capture_t *capture,
                                                               const char *name,
                                                               const char *json,
                                                               size_t json_len,
                                                               const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_artifact_json(capture, name, json, json_len, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_artifact_bytes(struct metalab_capture_t *capture,
                                                                const char *name,
                                                                const void *bytes,
                                                                size_t size,
                                                                const char *kind,
                                                                const char *format,
                                                                const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_artifact_bytes(capture, name, bytes, size, kind, format, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_artifact_array(struct metalab_capture_t *capture,
                                                                const char *name,
                                                                const struct metalab_array_t *data,
                                                                const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_artifact_array(capture, name, data, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_artifact_arrays(struct metalab_capture_t *capture,
                                                                 const char *name,
                                                                 size_t count,
                                                                 const char *const *array_names,
                                                                 const struct metalab_array_t *arrays,
                                                                 const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_artifact_arrays(capture, name, count, array_names, arrays, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_map_array(struct metalab_capture_t *capture,
                                                           const char *name,
                                                           metalab_dtype_t dtype,
                                                           metalab_order_t order,
                                                           size_t ndim,
                                                           const uint64_t *shape,
                                                           const char *metadata_json,
                                                           struct metalab_mapping_t **mapping_out,
                                                           void **data_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_map_array(capture, name, dtype, order, ndim, shape, metadata_json, mapping_out, data_out);
}

METALAB_INLINE_ metalab_status_t metalab_mapping_set_metadata(struct metalab_mapping_t *mapping,
                                                              const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_mapping_set_metadata(mapping, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_mapping_seal(struct metalab_mapping_t *mapping) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_mapping_seal(mapping);
}

METALAB_INLINE_ metalab_status_t metalab_mapping_abandon(struct metalab_mapping_t *mapping) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_mapping_abandon(mapping);
}

METALAB_INLINE_ metalab_status_t metalab_capture_stream(struct metalab_capture_t *capture,
                                                        const char *name,
                                                        const char *kind,
                                                        const char *format,
                                                        const char *metadata_json,
                                                        struct metalab_stream_t **stream_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_stream(capture, name, kind, format, metadata_json, stream_out);
}

METALAB_INLINE_ metalab_status_t metalab_stream_write(struct metalab_stream_t *stream,
                                                      const void *bytes,
                                                      size_t size) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_stream_write(stream, bytes, size);
}

METALAB_INLINE_ metalab_status_t metalab_stream_set_metadata(struct metalab_stream_t *stream,
                                                             const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_stream_set_metadata(stream, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_stream_seal(struct metalab_stream_t *stream) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_stream_seal(stream);
}

METALAB_INLINE_ metalab_status_t metalab_stream_abandon(struct metalab_stream_t *stream) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_stream_abandon(stream);
}

METALAB_INLINE_ metalab_status_t metalab_capture_snapshots(struct metalab_capture_t *capture,
                                                           const char *name,
                                                           metalab_dtype_t dtype,
                                                           metalab_order_t order,
                                                           size_t ndim,
                                                           const uint64_t *shape,
                                                           const char *metadata_json,
                                                           struct metalab_snapshots_t **snapshots_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_snapshots(capture, name, dtype, order, ndim, shape, metadata_json, snapshots_out);
}

METALAB_INLINE_ metalab_status_t metalab_snapshots_begin(struct metalab_snapshots_t *snapshots,
                                                         int64_t step,
                                                         struct metalab_mapping_t **mapping_out,
                                                         void **data_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_snapshots_begin(snapshots, step, mapping_out, data_out);
}

METALAB_INLINE_ void metalab_snapshots_free(struct metalab_snapshots_t *snapshots) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_snapshots_free(snapshots);
}

METALAB_INLINE_ metalab_status_t metalab_capture_file(struct metalab_capture_t *capture,
                                                      const char *name,
                                                      const char *path,
                                                      metalab_file_mode_t mode,
                                                      const char *kind,
                                                      const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_file(capture, name, path, mode, kind, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_figure_bytes(struct metalab_capture_t *capture,
                                                              const char *name,
                                                              const void *bytes,
                                                              size_t size,
                                                              const char *format,
                                                              const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_figure_bytes(capture, name, bytes, size, format, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_figure_pixels(struct metalab_capture_t *capture,
                                                               const char *name,
                                                               const uint8_t *pixels,
                                                               uint32_t width,
                                                               uint32_t height,
                                                               uint32_t channels,
                                                               size_t row_stride,
                                                               const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_figure_pixels(capture, name, pixels, width, height, channels, row_stride, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_figure_field(struct metalab_capture_t *capture,
                                                              const char *name,
                                                              const struct metalab_array_t *field,
                                                              const struct metalab_field_style_t *style,
                                                              const char *metadata_json) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_figure_field(capture, name, field, style, metadata_json);
}

METALAB_INLINE_ metalab_status_t metalab_capture_log(struct metalab_capture_t *capture,
                                                     metalab_level_t level,
                                                     const char *text,
                                                     size_t text_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_log(capture, level, text, text_len);
}

METALAB_INLINE_ metalab_status_t metalab_log(const char *logger,
                                             metalab_level_t level,
                                             const char *text,
                                             size_t text_len) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_log(logger, level, text, text_len);
}

METALAB_INLINE_ bool metalab_log_enabled(const char *logger, metalab_level_t level) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return false;
  }
  return dl->metalab_log_enabled(logger, level);
}

METALAB_INLINE_ metalab_status_t metalab_capture_subscribe(struct metalab_capture_t *capture,
                                                           const char *logger,
                                                           metalab_level_t level) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_subscribe(capture, logger, level);
}

METALAB_INLINE_ metalab_status_t metalab_capture_unsubscribe(struct metalab_capture_t *capture,
                                                             const char *logger) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_unsubscribe(capture, logger);
}

METALAB_INLINE_ metalab_status_t metalab_capture_stdio(struct metalab_capture_t *capture,
                                                       uint32_t streams) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_stdio(capture, streams);
}

METALAB_INLINE_ metalab_status_t metalab_capture_stdio_end(struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_stdio_end(capture);
}

METALAB_INLINE_ metalab_status_t metalab_options_signals(struct metalab_options_t *options,
                                                         uint32_t which) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_signals(options, which);
}

METALAB_INLINE_ metalab_status_t metalab_options_end_time(struct metalab_options_t *options,
                                                          int64_t unix_seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_end_time(options, unix_seconds);
}

METALAB_INLINE_ metalab_status_t metalab_options_stop_before(struct metalab_options_t *options,
                                                             double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_stop_before(options, seconds);
}

METALAB_INLINE_ bool metalab_capture_should_stop(const struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return false;
  }
  return dl->metalab_capture_should_stop(capture);
}

METALAB_INLINE_ bool metalab_capture_should_stop_at(const struct metalab_capture_t *capture,
                                                    int64_t step) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return false;
  }
  return dl->metalab_capture_should_stop_at(capture, step);
}

METALAB_INLINE_ metalab_status_t metalab_capture_request_stop(const struct metalab_capture_t *capture) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_request_stop(capture);
}

METALAB_INLINE_ metalab_status_t metalab_capture_seconds_left(const struct metalab_capture_t *capture,
                                                              double *seconds_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_seconds_left(capture, seconds_out);
}

METALAB_INLINE_ metalab_status_t metalab_recover_child(const char *locator,
                                                       const char *experiment_id,
                                                       const char *journal,
                                                       int64_t pid,
                                                       int wait_status,
                                                       size_t *recovered_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_recover_child(locator, experiment_id, journal, pid, wait_status, recovered_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_metrics_json(struct metalab_capture_t *capture,
                                                              char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_metrics_json(capture, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_artifacts_json(struct metalab_capture_t *capture,
                                                                char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_artifacts_json(capture, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_results_json(struct metalab_capture_t *capture,
                                                              char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_results_json(capture, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_summary_json(struct metalab_capture_t *capture,
                                                              char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_summary_json(capture, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_capture_health_json(struct metalab_capture_t *capture,
                                                             char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_capture_health_json(capture, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_options_index_wait(struct metalab_options_t *options,
                                                            double seconds) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_index_wait(options, seconds);
}

METALAB_INLINE_ metalab_status_t metalab_index_rebuild(const char *locator,
                                                       const char *experiment_id,
                                                       metalab_progress_t progress,
                                                       void *user_data,
                                                       size_t *runs_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_index_rebuild(locator, experiment_id, progress, user_data, runs_out);
}

METALAB_INLINE_ metalab_status_t metalab_canonical_json(const char *json,
                                                        size_t json_len,
                                                        char **canonical_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_canonical_json(json, json_len, canonical_out);
}

METALAB_INLINE_ metalab_status_t metalab_fingerprint(const char *json,
                                                     size_t json_len,
                                                     char **fingerprint_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_fingerprint(json, json_len, fingerprint_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_id(const char *experiment_id,
                                                const char *context_json,
                                                const char *params_json,
                                                const char *seed_json,
                                                const char *code_hash,
                                                char **run_id_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_id(experiment_id, context_json, params_json, seed_json, code_hash, run_id_out);
}

METALAB_INLINE_ metalab_status_t metalab_derive_seed(const char *seed_json,
                                                     const char *name,
                                                     uint64_t *seed_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_derive_seed(seed_json, name, seed_out);
}

METALAB_INLINE_ metalab_status_t metalab_store_open(const char *locator,
                                                    struct metalab_store_t **store_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_store_open(locator, store_out);
}

METALAB_INLINE_ void metalab_store_free(struct metalab_store_t *store) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_store_free(store);
}

METALAB_INLINE_ metalab_status_t metalab_store_experiments_json(const struct metalab_store_t *store,
                                                                char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_store_experiments_json(store, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_store_runs(const struct metalab_store_t *store,
                                                    const char *experiment,
                                                    const char *filter,
                                                    size_t limit,
                                                    struct metalab_table_t **table_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_store_runs(store, experiment, filter, limit, table_out);
}

METALAB_INLINE_ metalab_status_t metalab_table_size(const struct metalab_table_t *table,
                                                    size_t *runs_out,
                                                    size_t *columns_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_table_size(table, runs_out, columns_out);
}

METALAB_INLINE_ metalab_status_t metalab_table_column(const struct metalab_table_t *table,
                                                      size_t index,
                                                      struct metalab_column_t *column_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_table_column(table, index, column_out);
}

METALAB_INLINE_ metalab_status_t metalab_table_find(const struct metalab_table_t *table,
                                                    const char *name,
                                                    struct metalab_column_t *column_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_table_find(table, name, column_out);
}

METALAB_INLINE_ metalab_status_t metalab_table_problems_json(const struct metalab_table_t *table,
                                                             char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_table_problems_json(table, json_out);
}

METALAB_INLINE_ void metalab_table_free(struct metalab_table_t *table) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_table_free(table);
}

METALAB_INLINE_ metalab_status_t metalab_store_run(const struct metalab_store_t *store,
                                                   const char *experiment,
                                                   const char *run_id,
                                                   struct metalab_run_t **run_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_store_run(store, experiment, run_id, run_out);
}

METALAB_INLINE_ metalab_status_t metalab_options_run(const struct metalab_options_t *options,
                                                     struct metalab_run_t **run_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_options_run(options, run_out);
}

METALAB_INLINE_ void metalab_run_free(struct metalab_run_t *run) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_run_free(run);
}

METALAB_INLINE_ metalab_status_t metalab_run_refresh(const struct metalab_run_t *run) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_refresh(run);
}

METALAB_INLINE_ metalab_status_t metalab_run_status(const struct metalab_run_t *run,
                                                    metalab_run_status_t *status_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_status(run, status_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_record_json(const struct metalab_run_t *run,
                                                         char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_record_json(run, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_names_json(const struct metalab_run_t *run,
                                                        char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_names_json(run, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_number(const struct metalab_run_t *run,
                                                    const char *field,
                                                    double *value_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_number(run, field, value_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_integer(const struct metalab_run_t *run,
                                                     const char *field,
                                                     int64_t *value_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_integer(run, field, value_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_text(const struct metalab_run_t *run,
                                                  const char *field,
                                                  char **text_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_text(run, field, text_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_last_step(const struct metalab_run_t *run,
                                                       int64_t *step_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_last_step(run, step_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_log(const struct metalab_run_t *run,
                                                 const char *log,
                                                 uint64_t offset,
                                                 size_t most,
                                                 char **text_out,
                                                 size_t *size_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_log(run, log, offset, most, text_out, size_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_result_json(const struct metalab_run_t *run,
                                                         const char *name,
                                                         char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_result_json(run, name, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_result_metadata_json(const struct metalab_run_t *run,
                                                                  const char *name,
                                                                  char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_result_metadata_json(run, name, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_artifacts_json(const struct metalab_run_t *run,
                                                            char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_artifacts_json(run, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_artifact_verify(const struct metalab_run_t *run,
                                                             const char *name) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_artifact_verify(run, name);
}

METALAB_INLINE_ metalab_status_t metalab_run_series(const struct metalab_run_t *run,
                                                    const char *name,
                                                    struct metalab_points_t **points_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_series(run, name, points_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_follow(const struct metalab_run_t *run,
                                                    const char *name,
                                                    struct metalab_points_t **points_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_follow(run, name, points_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_poll(struct metalab_points_t *points,
                                                     size_t *count_out,
                                                     bool *ended_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_poll(points, count_out, ended_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_columns(const struct metalab_points_t *points,
                                                        size_t *count_out,
                                                        const int64_t **steps_out,
                                                        struct metalab_column_t *values_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_columns(points, count_out, steps_out, values_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_thin(const struct metalab_points_t *points,
                                                     size_t most,
                                                     struct metalab_points_t **thinned_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_thin(points, most, thinned_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_axis(const struct metalab_points_t *points,
                                                     const struct metalab_run_t *run,
                                                     struct metalab_points_t **axis_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_axis(points, run, axis_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_about_json(const struct metalab_points_t *points,
                                                           char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_about_json(points, json_out);
}

METALAB_INLINE_ void metalab_points_free(struct metalab_points_t *points) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_points_free(points);
}

METALAB_INLINE_ metalab_status_t metalab_run_array(const struct metalab_run_t *run,
                                                   const char *artifact,
                                                   const char *key,
                                                   struct metalab_loaded_t **loaded_out,
                                                   struct metalab_array_t *array_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_array(run, artifact, key, loaded_out, array_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_array_names_json(const struct metalab_run_t *run,
                                                              const char *artifact,
                                                              char **json_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_array_names_json(run, artifact, json_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_result_array(const struct metalab_run_t *run,
                                                          const char *name,
                                                          struct metalab_loaded_t **loaded_out,
                                                          struct metalab_array_t *array_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_result_array(run, name, loaded_out, array_out);
}

METALAB_INLINE_ metalab_status_t metalab_run_latest(const struct metalab_run_t *run,
                                                    const char *name,
                                                    int64_t *step_out,
                                                    struct metalab_loaded_t **loaded_out,
                                                    struct metalab_array_t *array_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_run_latest(run, name, step_out, loaded_out, array_out);
}

METALAB_INLINE_ metalab_status_t metalab_loaded_verify(const struct metalab_loaded_t *loaded) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_loaded_verify(loaded);
}

METALAB_INLINE_ void metalab_loaded_free(struct metalab_loaded_t *loaded) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return;
  }
  dl->metalab_loaded_free(loaded);
}

METALAB_INLINE_ metalab_status_t metalab_table_arrow(const struct metalab_table_t *table,
                                                     struct ArrowSchema *schema_out,
                                                     struct ArrowArray *array_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_table_arrow(table, schema_out, array_out);
}

METALAB_INLINE_ metalab_status_t metalab_points_arrow(const struct metalab_points_t *points,
                                                      struct ArrowSchema *schema_out,
                                                      struct ArrowArray *array_out) {
  const struct metalab_dl_table_ *dl = NULL;
  if (metalab_dl_lacks_(&dl)) {
    return METALAB_NO_CAPTURE;
  }
  return dl->metalab_points_arrow(points, schema_out, array_out);
}

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

#undef metalab_dl_state_
#undef metalab_dl_find_

#ifdef __cplusplus
}  /* extern "C" */
#endif

#endif  /* METALAB_DL_H */
