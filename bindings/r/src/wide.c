/* 64-bit integers, which R has none of: R's integers where all fit, else floats where those are exact, else
 * integer64 of the package bit64, else floats. */
#include "package.h"

#include <string.h>

#define MOST_EXACT ((int64_t)1 << 53)

static int has_bit64(void) {
  SEXP call = PROTECT(Rf_lang1(Rf_install("has_bit64")));
  SEXP name = PROTECT(Rf_mkString("metalab"));
  SEXP namespace = PROTECT(R_FindNamespace(name));
  const int has = Rf_asLogical(Rf_eval(call, namespace)) == TRUE;
  UNPROTECT(3);
  return has;
}

void warn_of(enum rounding rounding) {
  if (rounding == WITHOUT_BIT64) Rf_warning("integers beyond 2^53 are rounded: the package bit64 keeps them");
  if (rounding == BEYOND_INTEGER64) Rf_warning("integers beyond 63 bits are rounded: R has no type for them");
}

SEXP whole_numbers(const int64_t *values, const uint8_t *valid, R_xlen_t count) {
  enum rounding rounding = EXACT;
  SEXP x = PROTECT(rounded_numbers(values, valid, count, &rounding));
  warn_of(rounding);
  UNPROTECT(1);
  return x;
}

SEXP rounded_numbers(const int64_t *values, const uint8_t *valid, R_xlen_t count, enum rounding *rounding) {
  int fits = 1, is_exact = 1, is_integer64 = 1;
  for (R_xlen_t k = 0; k < count; ++k) {
    if (valid != NULL && !valid[k]) continue;
    fits = fits && values[k] >= -INT32_MAX && values[k] <= INT32_MAX;
    is_integer64 = is_integer64 && values[k] != NA_INTEGER64; /* a number, and NA there */
    is_exact = is_exact && values[k] >= -MOST_EXACT && values[k] <= MOST_EXACT;
  }
  if (fits) {
    SEXP x = Rf_allocVector(INTSXP, count);
    for (R_xlen_t k = 0; k < count; ++k) INTEGER(x)[k] = valid != NULL && !valid[k] ? NA_INTEGER : (int)values[k];
    return x;
  }
  SEXP x = PROTECT(Rf_allocVector(REALSXP, count));
  double *to = REAL(x);
  if (is_exact || !is_integer64 || !has_bit64()) {
    for (R_xlen_t k = 0; k < count; ++k) to[k] = valid != NULL && !valid[k] ? NA_REAL : (double)values[k];
    if (!is_exact) *rounding = is_integer64 ? WITHOUT_BIT64 : BEYOND_INTEGER64;
  } else {
    for (R_xlen_t k = 0; k < count; ++k) {
      const int64_t value = valid != NULL && !valid[k] ? NA_INTEGER64 : values[k];
      memcpy(to + k, &value, sizeof value);
    }
    SEXP class = PROTECT(Rf_mkString("integer64"));
    Rf_setAttrib(x, R_ClassSymbol, class);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return x;
}
