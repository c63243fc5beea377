/* JSON that is made of keys and values. */
#include "check.h"

#include <locale.h>
#include <math.h>

static metalab_values_t *values_of(void) {
  metalab_values_t *values = NULL;
  OK(metalab_values_new(&values));
  return values;
}

/* Values of every kind, given wherever JSON is taken, in a locale of commas. */
static void nested(void) {
  static const double times[3] = {0.5, (double)NAN, -(double)INFINITY};
  static const int64_t sizes[2] = {INT64_MIN, INT64_MAX};
  metalab_options_t *options = options_for("composed:1");
  metalab_capture_t *c = NULL;
  metalab_values_t *v = values_of(), *list = NULL;
  const char *const all =
      "{\"absent\":null,\"big\":18446744073709551615,\"done\":true,\"dt\":0.1,"
      "\"list\":[1,\"a\\u0000\\\"\",[],{}],\"n\":-3,\"name\":\"caf\\u00e9\",\"none\":[],"
      "\"sizes\":[-9223372036854775808,9223372036854775807],\"solver\":{\"levels\":{\"deep\":false}},"
      "\"taken\":{\"x\":[1,2]},\"times\":[0.5,NaN,-Infinity]}";
  setlocale(LC_ALL, "de_DE.UTF-8");
  CHECK(strcmp(metalab_values_json(v), "{}") == 0);
  OK(metalab_values_set_f64(v, "dt", 7.0));
  OK(metalab_values_set_f64(v, "dt", 0.1));
  OK(metalab_values_set_i64(v, "n", -3));
  OK(metalab_values_set_u64(v, "big", UINT64_MAX));
  OK(metalab_values_set_bool(v, "done", 2));
  OK(metalab_values_set_text(v, "name", "caf\xc3\xa9 and more", 5));
  OK(metalab_values_set_null(v, "absent"));
  OK(metalab_values_set_json(v, "taken", "{\"x\": [1, 2]}", METALAB_NUL));
  OK(metalab_values_set_f64_array(v, "times", 3, times));
  OK(metalab_values_set_i64_array(v, "sizes", 2, sizes));
  OK(metalab_values_set_f64_array(v, "none", 0, NULL));
  OK(metalab_values_begin_object(v, "solver"));
  OK(metalab_values_begin_object(v, "levels"));
  OK(metalab_values_set_bool(v, "deep", 0));
  OK(metalab_values_end(v));
  OK(metalab_values_end(v));
  OK(metalab_values_begin_array(v, "list"));
  OK(metalab_values_set_i64(v, NULL, 1));
  OK(metalab_values_set_text(v, NULL, "a\0\"", 3));
  OK(metalab_values_begin_array(v, NULL));
  OK(metalab_values_end(v));
  OK(metalab_values_begin_object(v, NULL));
  OK(metalab_values_end(v));
  OK(metalab_values_end(v));
  CHECK(strcmp(metalab_values_json(v), all) == 0);

  OK(metalab_options_run_id(options, "nested"));
  OK(metalab_options_metadata_json(options, metalab_values_json(v), METALAB_NUL));
  OK(metalab_options_context_json(options, "{}", METALAB_NUL));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  OK(metalab_capture_data_json(c, "all", metalab_values_json(v), METALAB_NUL, metalab_values_json(v)));
  OK(metalab_capture_artifact_json(c, "all", metalab_values_json(v), METALAB_NUL, metalab_values_json(v)));
  OK(metalab_capture_add_warning(c, "warned", metalab_values_json(v)));
  OK(metalab_values_new_array(&list));
  OK(metalab_values_set_json(list, NULL, metalab_values_json(v), METALAB_NUL));
  OK(metalab_capture_data_json(c, "list", metalab_values_json(list), METALAB_NUL, NULL));
  metalab_values_free(list);
  metalab_values_free(v);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("composed_1/runs/nested.json", "\"big\": 18446744073709551615") == 3);
}

/* The call that was wrong says so, and so does the one that gets the values. */
static void failing(void) {
  metalab_capture_t *c = open_run("composed:1", "failing");
  metalab_values_t *v = values_of();
  size_t depth;
  FAILS(METALAB_ERR_NULL, "values_out", metalab_values_new(NULL));
  FAILS(METALAB_ERR_NULL, "values_out", metalab_values_new_array(NULL));
#define WRONG(status, function, part, ...)                                                                    \
  FAILS(METALAB_ERR_NULL, "values", function(NULL, __VA_ARGS__));                                             \
  FAILS(METALAB_ERR_HANDLE, "values", function((metalab_values_t *)c, __VA_ARGS__));                          \
  FAILS(status, part, function(v, __VA_ARGS__));                                                              \
  OK(metalab_values_set_i64(v, "good", 1));                                                                   \
  FAILS(METALAB_ERR_JSON, "json could not be made: " #function ": ",                                          \
        metalab_capture_data_json(c, "x", metalab_values_json(v), METALAB_NUL, NULL));                        \
  FAILS(METALAB_ERR_JSON, "metadata_json could not be made: " #function ": " part,                            \
        metalab_capture_data_json(c, "x", "1", METALAB_NUL, metalab_values_json(v)));                         \
  OK(metalab_values_clear(v))
  WRONG(METALAB_ERR_NULL, metalab_values_set_f64, "key", NULL, 1.0);
  WRONG(METALAB_ERR_UTF8, metalab_values_set_i64, "key", NOT_UTF8, 1);
  WRONG(METALAB_ERR_NULL, metalab_values_set_u64, "key", NULL, 1);
  WRONG(METALAB_ERR_NULL, metalab_values_set_bool, "key", NULL, 1);
  WRONG(METALAB_ERR_NULL, metalab_values_set_text, "value", "x", NULL, 3);
  WRONG(METALAB_ERR_UTF8, metalab_values_set_text, "value", "x", NOT_UTF8, METALAB_NUL);
  WRONG(METALAB_ERR_NULL, metalab_values_set_null, "key", NULL);
  WRONG(METALAB_ERR_NULL, metalab_values_set_json, "json", "x", NULL, METALAB_NUL);
  WRONG(METALAB_ERR_JSON, metalab_values_set_json, "json", "x", "{", METALAB_NUL);
  WRONG(METALAB_ERR_NULL, metalab_values_set_f64_array, "list", "x", 1, NULL);
  WRONG(METALAB_ERR_VALUE, metalab_values_set_i64_array, "list", "x", SIZE_MAX, (const int64_t *)(const void *)"        ");
  WRONG(METALAB_ERR_NULL, metalab_values_begin_object, "key", NULL);
  WRONG(METALAB_ERR_NULL, metalab_values_begin_array, "key", NULL);
#undef WRONG
  FAILS(METALAB_ERR_NULL, "values", metalab_values_end(NULL));
  FAILS(METALAB_ERR_NULL, "values", metalab_values_clear(NULL));
  FAILS(METALAB_ERR_VALUE, "to end", metalab_values_end(v));
  OK(metalab_values_clear(v));

  /* The largest depth that JSON text may have, and one more. */
  for (depth = 1; depth < METALAB_JSON_DEPTH_MAX; ++depth) OK(metalab_values_begin_object(v, "a"));
  FAILS(METALAB_ERR_JSON, "100 deep", metalab_values_begin_array(v, "a"));
  OK(metalab_values_clear(v));
  for (depth = 1; depth < METALAB_JSON_DEPTH_MAX; ++depth) OK(metalab_values_begin_object(v, "a"));
  FAILS(METALAB_ERR_JSON, "99 objects or arrays were begun",
        metalab_capture_data_json(c, "x", metalab_values_json(v), METALAB_NUL, NULL));
  for (depth = 1; depth < METALAB_JSON_DEPTH_MAX; ++depth) OK(metalab_values_end(v));
  OK(metalab_capture_data_json(c, "deep", metalab_values_json(v), METALAB_NUL, metalab_values_json(v)));

  FAILS(METALAB_ERR_JSON, "values is no metalab_values_t",
        metalab_capture_data_json(c, "x", metalab_values_json(NULL), METALAB_NUL, NULL));
  metalab_values_free(v);
  metalab_values_free(v);
  metalab_values_free(NULL);
  FAILS(METALAB_ERR_CLOSED, "values", metalab_values_set_null(v, "x"));
  FAILS(METALAB_ERR_JSON, "values is no metalab_values_t",
        metalab_capture_data_json(c, "x", metalab_values_json(v), METALAB_NUL, NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* One object for many uses. */
static void reused(void) {
  metalab_capture_t *c = open_run("composed:1", "reused");
  metalab_values_t *v = values_of();
  char name[20];
  for (int step = 0; step < 100; ++step) {
    OK(metalab_values_clear(v));
    OK(metalab_values_set_i64(v, "step", step));
    snprintf(name, sizeof name, "%d", step);
    OK(metalab_capture_artifact_bytes(c, name, name, 1, "text", "txt", metalab_values_json(v)));
  }
  metalab_values_free(v);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("composed_1/runs/reused.json", "\"step\": 99") == 1);
}

static const struct test_case cases[] = {{"nested", nested}, {"failing", failing}, {"reused", reused}};

MAIN(cases)
