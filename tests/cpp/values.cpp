// Scalars, JSON and texts, before any run.
#include "check.hpp"

#include <cfenv>
#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace {

struct species {
  std::string name;
  double mass;
};

}  // namespace

template <>
struct metalab::serializer<species> {
  static std::map<std::string, double> serialize(const species& one) { return {{one.name, one.mass}}; }
};

namespace {

static_assert(!std::is_constructible_v<metalab::scalar, char>, "a character is no number");
static_assert(!std::is_constructible_v<metalab::scalar, std::vector<int>>);
static_assert(!std::is_copy_constructible_v<metalab::capture> && std::is_nothrow_move_constructible_v<metalab::capture>);
static_assert(!std::is_copy_constructible_v<metalab::mapped_array<double>>);
static_assert(!std::is_copy_constructible_v<metalab::byte_stream>);
static_assert(std::is_trivially_copyable_v<metalab::series>);
static_assert(std::is_copy_constructible_v<metalab::options>);

void test_scalars() {
  using kind = metalab::scalar::kind;
  CHECK(metalab::scalar(1).type() == kind::integer);
  CHECK(metalab::scalar(1.5f).type() == kind::real && metalab::scalar(1.5f).real() == 1.5);
  CHECK(metalab::scalar(1.5L).real() == 1.5);
  CHECK(metalab::scalar(true).type() == kind::boolean && metalab::scalar(true).real() == 1.0);
  CHECK(metalab::scalar("x").type() == kind::text);
  CHECK(metalab::scalar(std::string("x")).text().view() == "x");
  CHECK(metalab::scalar(std::numeric_limits<std::int64_t>::min()).integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(metalab::scalar(std::uint64_t{1} << 63).type() == kind::wide);
  CHECK(metalab::scalar(std::uint64_t{1} << 63).real() == 9223372036854775808.0);
  const signed char small = -3;
  CHECK(metalab::scalar(small).integer() == -3);
  const char* const nothing = nullptr;
  CHECK(!metalab::scalar(nothing).text());
}

void test_json() {
  const auto json = [](const auto& value) { return metalab::to_json(value).str(); };
  CHECK(json(1) == "1");
  CHECK(json(1.0) == "1.0");
  CHECK(json(0.1) == "0.1");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(-0.0) == "-0.0");
  const std::vector<double> numbers{0.1, 9.7, 8.3, 1e23, 123456.789e-300, 9007199254740993.0, 5e-324};
  const std::string nearest = json(numbers);
  for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(rounding);
    const std::string text = json(numbers);
    CHECK(std::fegetround() == rounding);
    std::fesetround(FE_TONEAREST);
    CHECK(text == nearest);
  }
  CHECK(json(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(json(-std::numeric_limits<double>::infinity()) == "-Infinity");
  CHECK(json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(json("a\"b\\c\n\x01" "d") == "\"a\\\"b\\\\c\\u000a\\u0001d\"");
  CHECK(json(std::vector<bool>{true, false}) == "[true, false]");
  CHECK(json(std::vector<std::vector<int>>{{1, 2}, {}}) == "[[1, 2], []]");
  CHECK(json(std::map<std::string, int>{}) == "{}");
  CHECK(json(std::map<int, std::string>{{1, "a"}, {-2, "b"}}) == "{\"-2\": \"b\", \"1\": \"a\"}");
  CHECK(json(std::unordered_map<std::string_view, bool>{{"a", true}}) == "{\"a\": true}");
  CHECK(json(std::make_tuple(1, "a", std::optional<double>())) == "[1, \"a\", null]");
  CHECK(json(std::list<std::optional<int>>{1}) == "[1]");
  CHECK(json(std::vector<species>{{"H", 1.008}, {"He", 4.0026}}) == "[{\"H\": 1.008}, {\"He\": 4.0026}]");
  CHECK(json(metalab::json("{\"a\": 1}")) == "{\"a\": 1}");
  const metalab::json_object object{{"unit", "K"}, {"levels", 40}, {"dt", 0.5}, {"ok", true}};
  CHECK(object.str() == "{\"unit\": \"K\", \"levels\": 40, \"dt\": 0.5, \"ok\": true}");
  CHECK(!metalab::json_object());
  CHECK(!metalab::json_object().text());
}

void test_c_strings() {
  const std::string_view part("residual-and-more", 8);
  const metalab::detail::c_string copied{metalab::text(part)};
  CHECK(std::string(copied.get()) == "residual");
  const std::string long_one(5000, 'x');
  const metalab::detail::c_string on_heap{metalab::text(std::string_view(long_one))};
  CHECK(on_heap.get() != long_one.c_str() && on_heap.get() == long_one);
  const metalab::detail::c_string in_place{metalab::text(long_one)};
  CHECK(in_place.get() == long_one.c_str());
  for (const std::size_t size : {0u, 254u, 255u, 256u}) {
    const std::string exact(size, 'y');
    const metalab::detail::c_string edge{metalab::text(std::string_view(exact))};
    CHECK(edge.get() == exact);
  }
  const metalab::detail::c_string broken{metalab::text(std::string_view("a\0b", 3))};
  CHECK(std::string(broken.get()) == "a\xC0\x80" "b");
  CHECK(metalab::detail::c_string(metalab::text()).get() == nullptr);
  CHECK(std::string(metalab::detail::c_string(metalab::text(std::string_view())).get()).empty());
}

void test_statuses() {
  const std::error_code code = metalab::status::full;
  CHECK(code == metalab::status::full && code != metalab::status::io);
  CHECK(code.message() == "METALAB_ERR_FULL" && std::string(code.category().name()) == "metalab");
  CHECK(!std::error_code(metalab::status::ok));
  CHECK(!metalab::failed(metalab::status::skip) && !metalab::failed(metalab::status::no_capture));
  CHECK(metalab::failed(metalab::status::incomplete));
  CHECK(std::string(metalab::version()) == METALAB_VERSION);
}

}  // namespace

void test_values() {
  test_scalars();
  test_json();
  test_c_strings();
  test_statuses();
}
