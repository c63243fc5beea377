/* The index in PostgreSQL of a store. */
#include "package.h"

#include <setjmp.h>

/* A call into the library during which R's code runs. What R's code leaves by, an error, an interrupt or
 * another jump, waits in `token` until the library has returned. */
struct rebuild {
  SEXP progress, token;
  size_t done, total;
  int is_left;
  jmp_buf back;
};

static SEXP call_progress(void *data) {
  struct rebuild *rebuild = data;
  R_CheckUserInterrupt();
  if (rebuild->progress == R_NilValue) return R_NilValue;
  SEXP done = PROTECT(Rf_ScalarReal((double)rebuild->done));
  SEXP total = PROTECT(Rf_ScalarReal((double)rebuild->total));
  SEXP call = PROTECT(Rf_lang3(rebuild->progress, done, total));
  SEXP answer = Rf_eval(call, R_GlobalEnv);
  UNPROTECT(3);
  return answer;
}

/* Goes no further than to tell(), from where R was called. */
static void stay(void *data, Rboolean is_jump) {
  struct rebuild *rebuild = data;
  if (!is_jump) return;
  rebuild->is_left = 1;
  longjmp(rebuild->back, 1);
}

static int32_t tell(void *data, size_t done, size_t total) {
  struct rebuild *rebuild = data;
  rebuild->done = done;
  rebuild->total = total;
  if (setjmp(rebuild->back) != 0) return 1;
  SEXP answer = R_UnwindProtect(call_progress, rebuild, stay, rebuild, rebuild->token);
  return TYPEOF(answer) == LGLSXP && XLENGTH(answer) == 1 && LOGICAL(answer)[0] == FALSE;
}

SEXP ml_index_rebuild(SEXP store, SEXP experiment, SEXP progress) {
  const char *where = optional_text(store, "store"), *which = optional_text(experiment, "experiment");
  if (progress != R_NilValue && !Rf_isFunction(progress)) refuse("progress: a function is wanted");
  struct rebuild rebuild = {.progress = progress, .token = PROTECT(R_MakeUnwindCont())};
  size_t runs = 0;
  const metalab_status_t status = metalab_index_rebuild(where, which, tell, &rebuild, &runs);
  if (rebuild.is_left) R_ContinueUnwind(rebuild.token);
  check(status);
  UNPROTECT(1);
  return Rf_ScalarInteger((int)runs);
}
