// Answers the questions of tests/exchange.rs about a store, in C++. usage: read STORE
#include <complex>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <metalab.hpp>
#include <string>
#include <string_view>

namespace {

std::string shown(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  char text[20];
  std::snprintf(text, sizeof text, "%016llX", static_cast<unsigned long long>(bits));
  return value != value ? "NaN" : text;
}
std::string shown(std::int64_t value) { return std::to_string(value); }
std::string shown(std::int32_t value) { return std::to_string(value); }
std::string shown(bool value) { return value ? "T" : "F"; }
std::string shown(const std::string& value) { return value; }
std::string shown(const std::complex<double>& value) { return shown(value.real()) + " " + shown(value.imag()); }

void say(const std::string& line) { std::puts(line.c_str()); }

// By rows.
template <class Array>
void show_array(const std::string& name, const Array& array) {
  const auto extents = array.extents();
  const std::size_t rows = static_cast<std::size_t>(extents[0]);
  const std::size_t columns = extents.size() == 2 ? static_cast<std::size_t>(extents[1]) : 1;
  std::string line = name + " " + std::to_string(rows) + (extents.size() == 2 ? "x" + std::to_string(columns) : "");
  for (std::size_t i = 0; i != rows; ++i) {
    for (std::size_t j = 0; j != columns; ++j) {
      line += " " + shown(array[array.order() == metalab::order::f ? i + rows * j : i * columns + j]);
    }
  }
  say(line);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const metalab::store store(argv[1]);
  const metalab::stored_run run = *store.newest();
  if (run.status() == metalab::run_status::success) say("status success");
  if (run.record().str().find("\"notes\": \"a note\"") != std::string::npos) say("notes a note");
  say("param n " + shown(*run.param<std::int64_t>("n")));
  say("param big " + shown(*run.param<std::int64_t>("big")));
  say("param dt " + shown(*run.param<double>("dt")));
  say("param name " + shown(*run.param<std::string>("name")));
  say("param flag " + shown(*run.param<bool>("flag")));
  for (const char* name : {"energy", "nan", "inf", "neg"}) {
    say("metric " + std::string(name) + " " + shown(*run.metric<double>(name)));
  }
  say("metric big " + shown(*run.metric<std::int64_t>("big")));
  say("metric done " + shown(*run.metric<bool>("done")));
  say("metric solver " + shown(*run.metric<std::string>("solver")));
  for (const std::string name : {"real", "whole", "flag", "text"}) {
    const auto points = *run.series(name);
    const metalab::column& values = points.values();
    for (std::size_t k = 0; k != points.size(); ++k) {
      const std::string step = name + " " + shown(points.steps()[k]) + " ";
      switch (values.type()) {
        case METALAB_COLUMN_FLOAT: say(step + shown(*values.get<double>(k))); break;
        case METALAB_COLUMN_INT: say(step + shown(*values.get<std::int64_t>(k))); break;
        case METALAB_COLUMN_BOOL: say(step + shown(*values.get<bool>(k))); break;
        default: say(step + std::string(*values.get<std::string_view>(k)) + ".");
      }
    }
  }
  say("last " + shown(*run.last_step()));
  show_array("matrix", run.array<double>("matrix"));
  show_array("rows", run.array<double>("rows"));
  show_array("ints", run.array<std::int32_t>("ints"));
  show_array("complex", run.array<std::complex<double>>("complex"));
  show_array("flags", run.array<bool>("flags"));
  show_array("empty", run.array<double>("empty"));
  show_array("vector", run.result_array<double>("vector"));
  if (run.result_json("table").str().find("\"d\": \"x\"") == std::string::npos) say("table");
  say("a line " + shown(run.log().find("a line\n") != std::string::npos));
}
