# Two libraries that ran in turns. Reads lines of caller.c after a round and "this" or "other".
# Prints medians, the median and the quartiles of each round's ratio, and whether they differ: where
# three quarters of the rounds say so, by more than 2 %. Variable: format (table or json).

function sort(values, count, k, l, held) {
  for (k = 2; k <= count; ++k) {
    held = values[k]
    for (l = k - 1; l >= 1 && values[l] > held; --l) values[l + 1] = values[l]
    values[l + 1] = held
  }
}

# The value that the part `where` of them is below.
function quantile(values, count, where, at, below) {
  at = 1 + where * (count - 1)
  below = int(at)
  return below >= count ? values[count] : values[below] + (at - below) * (values[below + 1] - values[below])
}

function median_of(which, name, count, values, k) {
  for (k = 1; k <= count; ++k) values[k] = value[k, which, name]
  sort(values, count)
  return quantile(values, count, 0.5)
}

BEGIN { FS = "\t" }

{
  if (!($3 in unit)) names[++rows] = $3
  unit[$3] = $4
  value[$1, $2, $3] = $5
  if ($1 > rounds) rounds = $1
}

END {
  if (format == "json") print "["
  else printf "\n%-32s %12s %12s %8s %17s\n", "medians of " rounds " rounds", "this", "other", "ratio", "quartiles"
  for (row = 1; row <= rows; ++row) {
    name = names[row]
    for (k = 1; k <= rounds; ++k) ratios[k] = value[k, "this", name] / value[k, "other", name]
    sort(ratios, rounds)
    low = quantile(ratios, rounds, 0.25); middle = quantile(ratios, rounds, 0.5); high = quantile(ratios, rounds, 0.75)
    verdict = low > 1.02 ? "slower" : high < 0.98 ? "faster" : "same"
    if (format == "json")
      printf "  {\"what\": \"%s\", \"unit\": \"%s\", \"this\": %.6g, \"other\": %.6g, \"ratio\": %.4g, " \
        "\"quartiles\": [%.4g, %.4g], \"verdict\": \"%s\"}%s\n", name, unit[name], median_of("this", name, rounds), \
        median_of("other", name, rounds), middle, low, high, verdict, row < rows ? "," : ""
    else
      printf "%-32s %9.4g %-2s %9.4g %-2s %8.3f %8.3f %8.3f %s\n", name, median_of("this", name, rounds), unit[name], \
        median_of("other", name, rounds), unit[name], middle, low, high, verdict
  }
  if (format == "json") print "]"
}
