# The tables of scripts/bench.sh, or its JSON. Reads the figures (lines as in bench.h), then goals.tsv.
# Variables: format (table or json), figures (1: prints every figure, too), and the environment's.

function text(value) { gsub(/[\\"]/, "\\\\&", value); return "\"" value "\"" }
function short(value) { return value == "-" ? value : sprintf("%.4g", value) }
function number(value) { return value == "-" ? "null" : sprintf("%.6g", value) }
function with_unit(name) { return name in figure_of ? sprintf("%.4g", figure_of[name]) " " unit_of[name] : "-" }

function note(name, value, its_unit) {
  figure_of[name] = value
  unit_of[name] = its_unit
}

FILENAME == ARGV[1] {
  ++results
  group[results] = $1; name[results] = $2; unit[results] = $3
  for (k = 4; k <= 8; ++k) figure[results, k] = $k
  note($1 "/" $2, $4, $3)
  if ($8 != "-") note($1 "/" $2 "/p99.99", $8, $3)
  next
}

/^#/ { next }

{
  ++goals
  kind[goals] = $1; words[goals] = $2; ours[goals] = $3; other[goals] = $4
  # A part that was not measured, for want of --full or of the Python package, has no value.
  measured[goals] = $3 in figure_of && ($4 == "-" || $4 in figure_of)
  if (measured[goals] && $4 != "-") {
    over = $1 == "alternative" ? figure_of[$4] : figure_of[$3]
    under = $1 == "alternative" ? figure_of[$3] : figure_of[$4]
    measured[goals] = under > 0
    value[goals] = under > 0 ? over / under : 0
  } else if (measured[goals]) value[goals] = figure_of[$3]
  bound[goals] = $6 == "-" ? "" : $5 " " $6
  is_met = $5 == "<" ? value[goals] < $6 : $5 == "<=" ? value[goals] <= $6 : value[goals] >= $6
  verdict[goals] = $6 == "-" || !measured[goals] ? "" : is_met ? "reached" : "missed"
}

function print_table(first, second, column, ratio, k, shown, rows) {
  for (k = 1; k <= goals; ++k) {
    if ((kind[k] == "alternative") != second) continue
    if (!measured[k]) {
      missing = missing "\n  " words[k]
      continue
    }
    if (!rows++) printf "\n%-57s %11s %11s %8s %9s\n", first, "metalab", column, ratio, "goal"
    shown = other[k] == "-" ? "-" : sprintf("%.2f", value[k])
    printf "%-57s %11s %11s %8s %9s %s\n", words[k], with_unit(ours[k]), other[k] == "-" ? "-" : with_unit(other[k]), \
      shown, bound[k], verdict[k]
  }
}

function print_figures(k, before) {
  print "\nevery figure; p: single calls, each timed alone, less the clock"
  for (k = 1; k <= results; ++k) {
    if (group[k] != before) {
      before = group[k]
      printf "\n%-32s %8s %13s %9s %9s %9s\n", before, "median", "least", "p50", "p99.9", "p99.99"
    }
    printf "  %-31s %7.4g %-4s %7.4g %-4s%9s %9s %9s\n", name[k], figure[k, 4], unit[k], figure[k, 5], unit[k], \
      short(figure[k, 6]), short(figure[k, 7]), short(figure[k, 8])
  }
}

function print_json(k) {
  print "{"
  printf "  \"environment\": {\"when\": %s, \"revision\": %s, \"processor\": %s, \"processors\": %d,\n", \
    text(when), text(revision), text(processor), processors
  printf "    \"system\": %s, \"filesystem\": %s, \"compiler\": %s, \"load\": %s},\n", text(kernel), \
    text(filesystem), text(compiler), text(load)
  print "  \"method\": \"medians of rounds in which ours, its floor and the alternatives take turns, after one to warm up; p: single calls, each timed alone, less the clock\","
  print "  \"results\": ["
  for (k = 1; k <= results; ++k)
    printf "    {\"group\": %s, \"case\": %s, \"unit\": %s, \"median\": %s, \"least\": %s, " \
      "\"p50\": %s, \"p99.9\": %s, \"p99.99\": %s}%s\n", text(group[k]), text(name[k]), text(unit[k]), \
      number(figure[k, 4]), number(figure[k, 5]), number(figure[k, 6]), number(figure[k, 7]), \
      number(figure[k, 8]), k < results ? "," : ""
  print "  ],"
  print "  \"goals\": ["
  for (k = 1; k <= goals; ++k)
    printf "    {\"kind\": %s, \"goal\": %s, \"value\": %s, \"bound\": %s, \"reached\": %s}%s\n", text(kind[k]), \
      text(words[k]), measured[k] ? number(value[k]) : "null", bound[k] == "" ? "null" : text(bound[k]), \
      verdict[k] == "" ? "null" : verdict[k] == "reached" ? "true" : "false", k < goals ? "," : ""
  print "  ]"
  print "}"
}

END {
  if (format == "json") {
    print_json()
    exit
  }
  printf "\n%s, %d processors, %s on %s, load %s before\n", processor, processors, kernel, filesystem, load
  print "medians of rounds in which all cases take turns"
  print_table("against the floor", 0, "floor", "ratio")
  print_table("against an alternative", 1, "alternative", "times")
  if (missing != "") print "\nnot measured:" missing
  if (figures) print_figures()
}
