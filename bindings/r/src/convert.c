/* R's values as the library wants them, and back. */
#include "package.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2^63 and 2^64: what no int64_t and no uint64_t reaches. */
#define TOO_MUCH 9223372036854775808.0
#define TOO_MUCH_UNSIGNED 18446744073709551616.0

const char *element_text(SEXP strings, R_xlen_t index) {
  return Rf_translateCharUTF8(STRING_ELT(strings, index));
}

const char *present_text(SEXP strings, R_xlen_t index, const char *argument) {
  if (STRING_ELT(strings, index) == NA_STRING) refuse("%s: a text is wanted, one that is not NA", argument);
  return element_text(strings, index);
}

const char *text(SEXP value, const char *argument) {
  if (TYPEOF(value) != STRSXP || Rf_xlength(value) != 1) refuse("%s: a text is wanted, one that is not NA", argument);
  return present_text(value, 0, argument);
}

const char *optional_text(SEXP value, const char *argument) {
  return value == R_NilValue ? NULL : text(value, argument);
}

double number(SEXP value, const char *argument) {
  if (Rf_xlength(value) != 1) refuse("%s: one number is wanted", argument);
  if (Rf_inherits(value, "integer64")) return (double)whole(value, argument);
  /* A date, a factor or a number with a unit is not what it looks like in memory. */
  if (Rf_isObject(value)) refuse("%s: a plain number is wanted", argument);
  if (TYPEOF(value) == INTSXP && INTEGER_ELT(value, 0) != NA_INTEGER) return INTEGER_ELT(value, 0);
  if (TYPEOF(value) == REALSXP && !ISNAN(REAL_ELT(value, 0))) return REAL_ELT(value, 0);
  refuse("%s: one number is wanted, not NA", argument);
}

int64_t integer64_at(SEXP x, R_xlen_t index) {
  const double bits = REAL_ELT(x, index);
  int64_t value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static int64_t whole_at(SEXP value, R_xlen_t index, const char *argument) {
  if (TYPEOF(value) == INTSXP && !Rf_inherits(value, "factor")) {
    const int element = INTEGER_ELT(value, index);
    if (element != NA_INTEGER) return element;
  } else if (TYPEOF(value) == REALSXP) {
    if (Rf_isObject(value) && Rf_inherits(value, "integer64")) {
      const int64_t element = integer64_at(value, index);
      if (element != NA_INTEGER64) return element;
    } else {
      const double element = REAL_ELT(value, index);
      if (element >= -TOO_MUCH && element < TOO_MUCH && element == floor(element)) return (int64_t)element;
    }
  }
  refuse("%s: a whole number is wanted", argument);
}

int64_t whole(SEXP value, const char *argument) {
  if (!Rf_isNumeric(value) || Rf_xlength(value) != 1) refuse("%s: one whole number is wanted", argument);
  return whole_at(value, 0, argument);
}

/* Also as decimal digits in a text, because R has no integers of 64 bits. */
uint64_t whole_unsigned(SEXP value, const char *argument) {
  if (TYPEOF(value) == STRSXP) {
    const char *digits = text(value, argument);
    uint64_t sum = 0;
    int good = *digits != '\0';
    for (; good && *digits != '\0'; ++digits) {
      const unsigned digit = (unsigned)(*digits - '0');
      good = digit <= 9 && (sum < UINT64_MAX / 10 || (sum == UINT64_MAX / 10 && digit <= UINT64_MAX % 10));
      sum = sum * 10 + digit;
    }
    if (!good) refuse("%s: a whole number from 0 to 2^64 - 1 is wanted", argument);
    return sum;
  }
  if (TYPEOF(value) == REALSXP && Rf_xlength(value) == 1 && !Rf_inherits(value, "integer64")) {
    const double element = REAL_ELT(value, 0);
    if (element >= 0 && element < TOO_MUCH_UNSIGNED && element == floor(element)) return (uint64_t)element;
  } else if (Rf_isNumeric(value) && Rf_xlength(value) == 1) {
    const int64_t element = whole(value, argument);
    if (element >= 0) return (uint64_t)element;
  }
  refuse("%s: a whole number that is not negative is wanted", argument);
}

int truth(SEXP value, const char *argument) {
  if (TYPEOF(value) != LGLSXP || Rf_xlength(value) != 1 || LOGICAL_ELT(value, 0) == NA_LOGICAL)
    refuse("%s: TRUE or FALSE is wanted", argument);
  return LOGICAL_ELT(value, 0);
}

int64_t step_at(SEXP steps, R_xlen_t index) { return whole_at(steps, index, "step"); }

/* A text that the library gave out, as R's; freed. */
SEXP own_text(char *text) {
  const size_t size = strlen(text) + 1;
  char *copy = R_alloc(size, 1);
  memcpy(copy, text, size);
  metalab_string_free(text);
  SEXP element = PROTECT(Rf_mkCharCE(copy, CE_UTF8));
  SEXP strings = Rf_ScalarString(element);
  UNPROTECT(1);
  return strings;
}

/* A day of the proleptic Gregorian calendar, counted from 1970-01-01, as YYYY-MM-DD. */
static int write_day(char *to, size_t size, double days) {
  /* Years of March to February, in eras of 400 years. */
  const double shifted = days + 719468.0;
  const double era = floor(shifted / 146097.0);
  const int day = (int)(shifted - era * 146097.0);
  const int year_of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const int day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month = (5 * day_of_year + 2) / 153;
  const int day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
  const double year = era * 400.0 + year_of_era + (month >= 10);
  return snprintf(to, size, "%04.0f-%02d-%02d", year, month < 10 ? month + 3 : month - 9, day_of_month);
}

/* Millions of years either way: what is beyond has no date. */
#define MAX_DAYS 1e9

static const char *day_text(double days) {
  if (!(fabs(days) < MAX_DAYS)) return NULL;
  char *to = R_alloc(32, 1);
  write_day(to, 32, floor(days));
  return to;
}

/* To the microsecond: a double has no more for times of today. */
static int micros(double seconds, double *whole) {
  *whole = floor(seconds);
  const int micro = (int)floor((seconds - *whole) * 1e6 + 0.5);
  if (micro < 1000000) return micro;
  *whole += 1.0;
  return 0;
}

static int is_time(double seconds) { return fabs(seconds) < MAX_DAYS * 86400.0; }

static const char *time_text(double seconds, int has_fraction) {
  if (!is_time(seconds)) return NULL;
  double whole;
  const int micro = micros(seconds, &whole);
  const double days = floor(whole / 86400.0);
  const int rest = (int)(whole - days * 86400.0);
  char *to = R_alloc(64, 1);
  int length = write_day(to, 32, days);
  length += snprintf(to + length, 32, "T%02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
  if (has_fraction) length += snprintf(to + length, 16, ".%06d", micro);
  memcpy(to + length, "Z", 2);
  return to;
}

int is_described(SEXP x) {
  return Rf_isObject(x) && (Rf_inherits(x, "factor") || Rf_inherits(x, "Date") || Rf_inherits(x, "POSIXct"));
}

/* True if any of these times has a fraction of a second: then all are written with one, so that a column has one
 * form. */
static int has_fractions(SEXP times) {
  double whole;
  if (TYPEOF(times) != REALSXP) return 0;
  const R_xlen_t count = XLENGTH(times);
  for (R_xlen_t k = 0; k < count; ++k)
    if (is_time(REAL_ELT(times, k)) && micros(REAL_ELT(times, k), &whole) != 0) return 1;
  return 0;
}

static const char *described(SEXP x, R_xlen_t index, int has_fraction) {
  if (Rf_inherits(x, "factor")) {
    SEXP levels = Rf_getAttrib(x, R_LevelsSymbol);
    const int code = INTEGER_ELT(x, index);
    if (code == NA_INTEGER) return NULL;
    if (code < 1 || code > LENGTH(levels)) refuse("a factor has a code that is none of its levels");
    return STRING_ELT(levels, code - 1) == NA_STRING ? NULL : element_text(levels, code - 1);
  }
  double value = NA_REAL;
  if (TYPEOF(x) == REALSXP) value = REAL_ELT(x, index);
  if (TYPEOF(x) == INTSXP && INTEGER_ELT(x, index) != NA_INTEGER) value = INTEGER_ELT(x, index);
  if (Rf_inherits(x, "Date")) return day_text(value);
  return Rf_inherits(x, "POSIXct") ? time_text(value, has_fraction) : NULL;
}

const char *described_at(SEXP x, R_xlen_t index) { return described(x, index, has_fractions(x)); }

struct scalar scalar_at(SEXP values, R_xlen_t index) {
  struct scalar scalar = {NOT_THERE, 0.0, 0, NULL};
  if (is_described(values)) {
    scalar.text = described_at(values, index);
    if (scalar.text != NULL) scalar.kind = TEXT;
    return scalar;
  }
  switch (TYPEOF(values)) {
    case REALSXP:
      if (Rf_isObject(values) && Rf_inherits(values, "integer64")) {
        scalar.whole = integer64_at(values, index);
        if (scalar.whole != NA_INTEGER64) scalar.kind = WHOLE_NUMBER;
        return scalar;
      }
      scalar.real = REAL_ELT(values, index);
      if (!R_IsNA(scalar.real)) scalar.kind = REAL_NUMBER;
      return scalar;
    case INTSXP:
      scalar.whole = INTEGER_ELT(values, index);
      if (scalar.whole != NA_INTEGER) scalar.kind = WHOLE_NUMBER;
      return scalar;
    case LGLSXP:
      scalar.whole = LOGICAL_ELT(values, index);
      if (scalar.whole != NA_LOGICAL) scalar.kind = TRUTH_VALUE;
      return scalar;
    case STRSXP:
      if (STRING_ELT(values, index) == NA_STRING) return scalar;
      scalar.text = element_text(values, index);
      scalar.kind = TEXT;
      return scalar;
    default:
      refuse("value: a number, truth value or text is wanted, not a %s", Rf_type2char(TYPEOF(values)));
  }
}

/* Numbers as the shortest texts that give them back, as in a table. */
SEXP ml_format_numbers(SEXP values) {
  const R_xlen_t count = XLENGTH(values);
  SEXP texts = PROTECT(Rf_allocVector(STRSXP, count));
  const int is_integer64 = Rf_inherits(values, "integer64");
  for (R_xlen_t k = 0; k < count; ++k) {
    const void *mark = vmaxget();
    if (is_integer64) {
      char digits[24];
      const int64_t value = integer64_at(values, k);
      snprintf(digits, sizeof digits, "%lld", (long long)value);
      SET_STRING_ELT(texts, k, value == NA_INTEGER64 ? NA_STRING : Rf_mkChar(digits));
    } else {
      struct buffer digits = {NULL, 0, 0};
      const double value = REAL_ELT(values, k);
      if (!R_IsNA(value)) append_number(&digits, value);
      SET_STRING_ELT(texts, k, R_IsNA(value) ? NA_STRING : Rf_mkChar(digits.text));
    }
    vmaxset(mark);
  }
  UNPROTECT(1);
  return texts;
}

/* Factors, dates and times as the texts that they are stored as. */
SEXP ml_describe(SEXP values) {
  const R_xlen_t count = XLENGTH(values);
  const int has_fraction = has_fractions(values);
  SEXP texts = PROTECT(Rf_allocVector(STRSXP, count));
  for (R_xlen_t k = 0; k < count; ++k) {
    const void *mark = vmaxget();
    const char *of = described(values, k, has_fraction);
    SET_STRING_ELT(texts, k, of == NULL ? NA_STRING : Rf_mkCharCE(of, CE_UTF8));
    vmaxset(mark);
  }
  UNPROTECT(1);
  return texts;
}
