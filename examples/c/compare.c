/* All runs of a store, the best first. */
#include <metalab.h>
#include <stdio.h>

int main(void) {
  metalab_store_t *store = NULL;
  metalab_table_t *table = NULL;
  metalab_column_t n = METALAB_COLUMN_INIT, peak = METALAB_COLUMN_INIT, status = METALAB_COLUMN_INIT;
  size_t rows = 0;

  if (metalab_store_open("runs", &store) != METALAB_OK ||
      metalab_store_runs(store, NULL, "metrics.peak exists order by metrics.peak", 0, &table) != METALAB_OK ||
      metalab_table_size(table, &rows, NULL) != METALAB_OK ||
      metalab_table_find(table, "params.n", &n) != METALAB_OK ||
      metalab_table_find(table, "metrics.peak", &peak) != METALAB_OK ||
      metalab_table_find(table, "status", &status) != METALAB_OK) {
    fprintf(stderr, "%s\n", metalab_last_error());
    return 1;
  }
  for (size_t row = 0; row < rows; row++)
    printf("%d %.4f %.*s\n", (int)((const int64_t *)n.values)[row], ((const double *)peak.values)[row],
           (int)(status.offsets[row + 1] - status.offsets[row]), status.text + status.offsets[row]);
  metalab_table_free(table);
  metalab_store_free(store);
  return 0;
}
