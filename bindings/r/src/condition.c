/* Failures as R's conditions, raised once the library has returned. */
#include "package.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static SEXP utf8(const char *text) {
  SEXP element = PROTECT(Rf_mkCharCE(text, CE_UTF8));
  SEXP strings = Rf_ScalarString(element);
  UNPROTECT(1);
  return strings;
}

void raise_status(metalab_status_t status, const char *message) {
  SEXP text = PROTECT(utf8(message));
  SEXP name = PROTECT(utf8(metalab_status_name(status)));
  SEXP number = PROTECT(Rf_ScalarInteger(status));
  SEXP call = PROTECT(Rf_lang4(Rf_install("raise"), text, number, name));
  SEXP package = PROTECT(Rf_mkString("metalab"));
  SEXP namespace = PROTECT(R_FindNamespace(package));
  Rf_eval(call, namespace);
  UNPROTECT(6);
  Rf_error("%s", message); /* raise() does not return */
}

/* A capture that was skipped answers METALAB_NO_CAPTURE: nothing was to be done. */
const char *failure(metalab_status_t status) {
  if (status == METALAB_OK || status == METALAB_NO_CAPTURE) return NULL;
  const char *message = metalab_last_error(), *way = way_of_child(status);
  const size_t size = strlen(message) + strlen(way) + 1;
  char *whole = R_alloc(size, 1);
  snprintf(whole, size, "%s%s", message, way);
  return whole;
}

void check(metalab_status_t status) {
  const char *message = failure(status);
  if (message != NULL) raise_status(status, message);
}

SEXP remark(void) {
  const char *message = metalab_last_error();
  if (message[0] == '\0') return R_NilValue;
  const char *text = strstr(message, ": ");
  return utf8(text == NULL ? message : text + 2);
}

void refuse(const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  raise_status(METALAB_ERR_VALUE, message);
}
