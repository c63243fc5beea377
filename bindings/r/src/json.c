/* R's values as JSON of Python's dialect, and the library's JSON as R's values. NA is null, NaN and
 * the infinities are themselves. */
#include "package.h"

#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list that holds itself by way of an environment can't be; one that is deeper is no document. */
#define MAX_DEPTH 200

/* The memory is R's, and is gone when the call from R ends, also by an error. */
void append(struct buffer *buffer, const char *bytes, size_t count) {
  if (buffer->capacity - buffer->length <= count) {
    const size_t capacity = (buffer->length + count + 1) * 2 + 64;
    char *text = R_alloc(capacity, 1);
    if (buffer->length > 0) memcpy(text, buffer->text, buffer->length);
    buffer->text = text;
    buffer->capacity = capacity;
  }
  memcpy(buffer->text + buffer->length, bytes, count);
  buffer->length += count;
  buffer->text[buffer->length] = '\0';
}

static void add(struct buffer *buffer, const char *text) { append(buffer, text, strlen(text)); }

/* The fewest digits that give the number back; with a point, so that it stays a float. */
void append_number(struct buffer *buffer, double value) {
  char digits[40];
  if (ISNAN(value)) {
    add(buffer, "NaN");
    return;
  }
  if (isinf(value)) {
    add(buffer, value > 0 ? "Infinity" : "-Infinity");
    return;
  }
  /* Another rounding is for the program's own numbers. */
  const int rounding = fegetround();
  fesetround(FE_TONEAREST);
  for (int precision = 15; precision <= 17; ++precision) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value) break;
  }
  fesetround(rounding);
  if (strpbrk(digits, ".e") == NULL) strcat(digits, ".0");
  add(buffer, digits);
}

static void add_text(struct buffer *buffer, const char *text) {
  add(buffer, "\"");
  for (const char *run = text;;) {
    const size_t plain = strcspn(run, "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
                                      "\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f");
    append(buffer, run, plain);
    run += plain;
    if (*run == '\0') break;
    char escape[16];
    if (*run == '"' || *run == '\\') snprintf(escape, sizeof escape, "\\%c", *run);
    else snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*run);
    add(buffer, escape);
    ++run;
  }
  add(buffer, "\"");
}

static void add_element(struct buffer *buffer, SEXP x, R_xlen_t index) {
  if (TYPEOF(x) == CPLXSXP) {
    const Rcomplex value = COMPLEX_ELT(x, index);
    if (R_IsNA(value.r) || R_IsNA(value.i)) {
      add(buffer, "null");
      return;
    }
    add(buffer, "[");
    append_number(buffer, value.r);
    add(buffer, ", ");
    append_number(buffer, value.i);
    add(buffer, "]");
    return;
  }
  const struct scalar scalar = scalar_at(x, index);
  char digits[24];
  switch (scalar.kind) {
    case NOT_THERE:
      add(buffer, "null");
      return;
    case REAL_NUMBER:
      append_number(buffer, scalar.real);
      return;
    case WHOLE_NUMBER:
      snprintf(digits, sizeof digits, "%lld", (long long)scalar.whole);
      add(buffer, digits);
      return;
    case TRUTH_VALUE:
      add(buffer, scalar.whole != 0 ? "true" : "false");
      return;
    case TEXT:
      add_text(buffer, scalar.text);
      return;
  }
}

static void add_value(struct buffer *buffer, SEXP x, int as_array, int depth);

/* Arrays as lists of lists, the first index outermost, as they are read and as numpy has them. */
static void add_dimensions(struct buffer *buffer, SEXP x, SEXP dim, int axis, R_xlen_t offset, R_xlen_t stride,
                           int depth) {
  const int extent = INTEGER(dim)[axis];
  add(buffer, "[");
  for (int k = 0; k < extent; ++k) {
    if (k > 0) add(buffer, ", ");
    const R_xlen_t at = offset + k * stride;
    if (axis + 1 < LENGTH(dim)) add_dimensions(buffer, x, dim, axis + 1, at, stride * extent, depth);
    else if (TYPEOF(x) == VECSXP) add_value(buffer, VECTOR_ELT(x, at), 0, depth + 1);
    else add_element(buffer, x, at);
  }
  add(buffer, "]");
}

static int is_columns(SEXP x) { return Rf_inherits(x, "data.frame"); }

/* Refuses classes whose meaning JSON does not have, such as a unit, and names that it has no place for. */
static void want_jsonable(SEXP x) {
  if (TYPEOF(x) != VECSXP && Rf_isObject(x) && !is_described(x) && !Rf_inherits(x, "integer64")) {
    SEXP classes = Rf_getAttrib(x, R_ClassSymbol);
    for (R_xlen_t k = 0; k < XLENGTH(classes); ++k) {
      const char *class = CHAR(STRING_ELT(classes, k));
      if (strcmp(class, "AsIs") != 0 && strcmp(class, "noquote") != 0)
        refuse("value: JSON does not have what a %s is; as.numeric(), as.character() or as.data.frame() say what to keep", class);
    }
  }
  if (Rf_getAttrib(x, R_DimSymbol) != R_NilValue && !is_columns(x) && Rf_getAttrib(x, R_DimNamesSymbol) != R_NilValue)
    refuse("value: JSON has no place for the dimnames of an array; unname() it, or make it a data frame");
  if (is_columns(x) && TYPEOF(Rf_getAttrib(x, R_RowNamesSymbol)) == STRSXP)
    refuse("value: JSON has no place for the row names of a data frame within a list; make them a column");
}

/* Times have one form in a column. */
static SEXP times_as_texts(SEXP times) {
  SEXP texts = PROTECT(ml_describe(times));
  Rf_setAttrib(texts, R_NamesSymbol, Rf_getAttrib(times, R_NamesSymbol));
  Rf_setAttrib(texts, R_DimSymbol, Rf_getAttrib(times, R_DimSymbol));
  UNPROTECT(1);
  return texts;
}

static void add_value(struct buffer *buffer, SEXP x, int as_array, int depth) {
  if (depth > MAX_DEPTH) refuse("value: lists are nested deeper than %d", MAX_DEPTH);
  if (x == R_NilValue) {
    add(buffer, "null");
    return;
  }
  if (Rf_inherits(x, "POSIXlt")) {
    SEXP call = PROTECT(Rf_lang2(Rf_install("as.POSIXct"), x));
    SEXP times = PROTECT(Rf_eval(call, R_BaseEnv));
    add_value(buffer, times, as_array, depth);
    UNPROTECT(2);
    return;
  }
  want_jsonable(x);
  if (Rf_inherits(x, "POSIXct") && XLENGTH(x) > 1) {
    SEXP texts = PROTECT(times_as_texts(x));
    add_value(buffer, texts, as_array, depth);
    UNPROTECT(1);
    return;
  }
  const int type = TYPEOF(x);
  if (type != VECSXP && type != REALSXP && type != INTSXP && type != LGLSXP && type != STRSXP && type != CPLXSXP)
    refuse("value: a %s can't be JSON", Rf_type2char(TYPEOF(x)));
  SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  if (dim != R_NilValue) {
    add_dimensions(buffer, x, dim, 0, 0, 1, depth);
    return;
  }
  SEXP names = Rf_getAttrib(x, R_NamesSymbol);
  const R_xlen_t count = XLENGTH(x);
  if (names != R_NilValue) {
    const R_xlen_t twice = Rf_any_duplicated(names, FALSE);
    if (twice > 0) refuse("value: two elements have the name '%s'", element_text(names, twice - 1));
    add(buffer, "{");
    for (R_xlen_t k = 0; k < count; ++k) {
      SEXP name = STRING_ELT(names, k);
      if (name == NA_STRING || LENGTH(name) == 0) refuse("value: element %lld has no name, and others have", (long long)k + 1);
      if (k > 0) add(buffer, ", ");
      add_text(buffer, element_text(names, k));
      add(buffer, ": ");
      if (type == VECSXP) add_value(buffer, VECTOR_ELT(x, k), is_columns(x), depth + 1);
      else add_element(buffer, x, k);
    }
    add(buffer, "}");
    return;
  }
  if (type != VECSXP && count == 1 && !as_array && !Rf_inherits(x, "AsIs")) {
    add_element(buffer, x, 0);
    return;
  }
  add(buffer, "[");
  for (R_xlen_t k = 0; k < count; ++k) {
    if (k > 0) add(buffer, ", ");
    if (type == VECSXP) add_value(buffer, VECTOR_ELT(x, k), 0, depth + 1);
    else add_element(buffer, x, k);
  }
  add(buffer, "]");
}

const char *json(SEXP value) {
  struct buffer buffer = {NULL, 0, 0};
  add_value(&buffer, value, 0, 0);
  return buffer.text;
}

const char *json_object(SEXP value, const char *argument) {
  if (value == R_NilValue) return NULL;
  if ((TYPEOF(value) == VECSXP || Rf_isVectorAtomic(value)) && XLENGTH(value) == 0) return "{}";
  if (!Rf_isVector(value) || Rf_getAttrib(value, R_NamesSymbol) == R_NilValue)
    refuse("%s: a list with names is wanted", argument);
  return json(value);
}

SEXP ml_to_json(SEXP value) {
  const char *text = json(value);
  SEXP element = PROTECT(Rf_mkCharCE(text, CE_UTF8));
  SEXP strings = Rf_ScalarString(element);
  UNPROTECT(1);
  return strings;
}

/* Reading. The text is the library's: what is malformed is a defect, and still refused. */

/* A text that is read, and how its integers were rounded: one warning for all of them, at the end. */
struct reader {
  const char *at;
  enum rounding rounding;
  const char *quiet; /* the member of the outermost object of which none is warned; or NULL */
};

static SEXP read_value(struct reader *in, int depth);

static void skip_space(struct reader *in) { in->at += strspn(in->at, " \t\r\n"); }

static NORET void malformed(const char *at) { refuse("JSON that can't be read: %.40s", at); }

static void expect(struct reader *in, char what) {
  skip_space(in);
  if (*in->at != what) malformed(in->at);
  ++in->at;
}

static unsigned read_hex(const char *at) {
  unsigned code = 0;
  for (int k = 0; k < 4; ++k) {
    const char *digits = "0123456789abcdef";
    const char lower = at[k] >= 'A' && at[k] <= 'F' ? (char)(at[k] - 'A' + 'a') : at[k];
    const char *found = lower == '\0' ? NULL : strchr(digits, lower);
    if (found == NULL) malformed(at);
    code = code * 16 + (unsigned)(found - digits);
  }
  return code;
}

static size_t write_utf8(char *to, unsigned code) {
  if (code < 0x80) {
    to[0] = (char)code;
    return 1;
  }
  const size_t rest = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char heads[] = {0, 0xc0, 0xe0, 0xf0};
  to[0] = (char)(heads[rest] | code >> 6 * rest);
  for (size_t k = 1; k <= rest; ++k) to[k] = (char)(0x80 | (code >> 6 * (rest - k) & 63));
  return rest + 1;
}

static SEXP read_text(struct reader *in) {
  expect(in, '"');
  struct buffer buffer = {NULL, 0, 0};
  append(&buffer, "", 0);
  for (;;) {
    const size_t plain = strcspn(in->at, "\"\\");
    append(&buffer, in->at, plain);
    in->at += plain;
    if (*in->at == '\0') malformed(in->at);
    if (*in->at++ == '"') break;
    const char escape = *in->at++;
    const char *from = "\"\\/bfnrt", *to = "\"\\/\b\f\n\r\t";
    const char *found = escape == '\0' ? NULL : strchr(from, escape);
    if (found != NULL) {
      append(&buffer, to + (found - from), 1);
    } else if (escape == 'u') {
      unsigned code = read_hex(in->at);
      in->at += 4;
      if (code >= 0xd800 && code < 0xdc00 && in->at[0] == '\\' && in->at[1] == 'u') {
        code = 0x10000 + ((code - 0xd800) << 10) + (read_hex(in->at + 2) - 0xdc00);
        in->at += 6;
      }
      char bytes[4];
      /* R's texts have no NUL. */
      append(&buffer, bytes, write_utf8(bytes, code == 0 ? 0xfffd : code));
    } else {
      malformed(in->at);
    }
  }
  return Rf_mkCharLenCE(buffer.text, (int)buffer.length, CE_UTF8);
}

/* Members or elements, as they come. */
static SEXP read_list(struct reader *in, int is_object, int depth) {
  const char end = is_object ? '}' : ']';
  R_xlen_t count = 0, capacity = 8;
  PROTECT_INDEX values_at, names_at;
  SEXP values = Rf_allocVector(VECSXP, capacity), names = R_NilValue;
  PROTECT_WITH_INDEX(values, &values_at);
  PROTECT_WITH_INDEX(names = Rf_allocVector(STRSXP, is_object ? capacity : 0), &names_at);
  ++in->at;
  skip_space(in);
  if (*in->at == end) ++in->at;
  else {
    for (;;) {
      if (count == capacity) {
        capacity *= 2;
        REPROTECT(values = Rf_xlengthgets(values, capacity), values_at);
        if (is_object) REPROTECT(names = Rf_xlengthgets(names, capacity), names_at);
      }
      if (is_object) {
        SET_STRING_ELT(names, count, read_text(in));
        expect(in, ':');
      }
      const enum rounding before = in->rounding;
      SET_VECTOR_ELT(values, count, read_value(in, depth + 1));
      if (is_object && depth == 0 && in->quiet != NULL && strcmp(CHAR(STRING_ELT(names, count)), in->quiet) == 0)
        in->rounding = before;
      ++count;
      skip_space(in);
      if (*in->at == end) break;
      expect(in, ',');
    }
    ++in->at;
  }
  REPROTECT(values = Rf_xlengthgets(values, count), values_at);
  if (is_object) {
    REPROTECT(names = Rf_xlengthgets(names, count), names_at);
    Rf_setAttrib(values, R_NamesSymbol, names);
  }
  UNPROTECT(2);
  return values;
}

static int takes(struct reader *in, const char *word) {
  if (strncmp(in->at, word, strlen(word)) != 0) return 0;
  in->at += strlen(word);
  return 1;
}

static SEXP read_value(struct reader *in, int depth) {
  if (depth > MAX_DEPTH) malformed(in->at);
  skip_space(in);
  if (*in->at == '{' || *in->at == '[') return read_list(in, *in->at == '{', depth);
  if (*in->at == '"') {
    SEXP element = PROTECT(read_text(in));
    SEXP strings = Rf_ScalarString(element);
    UNPROTECT(1);
    return strings;
  }
  if (takes(in, "null")) return R_NilValue;
  if (takes(in, "true")) return Rf_ScalarLogical(1);
  if (takes(in, "false")) return Rf_ScalarLogical(0);
  if (takes(in, "NaN")) return Rf_ScalarReal(R_NaN);
  if (takes(in, "Infinity")) return Rf_ScalarReal(R_PosInf);
  if (takes(in, "-Infinity")) return Rf_ScalarReal(R_NegInf);
  const size_t length = strspn(in->at, "+-0123456789.eE");
  char *end;
  const double number = strtod(in->at, &end);
  if (length == 0 || end != in->at + length) malformed(in->at);
  const int is_whole = strcspn(in->at, ".eE") >= length;
  errno = 0;
  const int64_t whole = is_whole ? strtoll(in->at, NULL, 10) : 0;
  in->at = end;
  if (!is_whole) return Rf_ScalarReal(number);
  if (errno == 0) return rounded_numbers(&whole, NULL, 1, &in->rounding);
  in->rounding = BEYOND_INTEGER64;
  return Rf_ScalarReal(number);
}

SEXP from_json_quietly(const char *json, const char *member) {
  struct reader in = {json, EXACT, member};
  SEXP value = PROTECT(read_value(&in, 0));
  skip_space(&in);
  if (*in.at != '\0') malformed(in.at);
  warn_of(in.rounding);
  UNPROTECT(1);
  return value;
}

SEXP from_json(const char *json) { return from_json_quietly(json, NULL); }
