// A stepped metric that was declared once and is fed by handle.
#ifndef METALAB_SERIES_HPP
#define METALAB_SERIES_HPP

#include "scalar.hpp"

#include <cstdint>
#include <iterator>
#include <type_traits>

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

inline constexpr char unfit_step[] = "a step is beyond the range of int64_t";

}  // namespace detail

/// A handle of a stepped metric of a run: cheap to copy, owned by its capture, usable from any thread. Once
/// the run has ended, points return `status::closed`; a handle that could not be declared, or was declared
/// in a skipped run, does nothing.
template <class Policy>
class basic_series {
 public:
  using result = typename Policy::result;

  basic_series() noexcept = default;
  explicit basic_series(metalab_series_t* handle, metalab::status opened = metalab::status::ok) noexcept
      : handle_(handle), status_(opened) {}

  /// Adds a point. The step is any integer; the value any number, boolean or string.
  template <class Step, std::enable_if_t<std::is_integral_v<Step>, int> = 0>
  result operator()(Step step, const scalar& value) const noexcept(Policy::is_quiet) {
    return point(step, value);
  }
  template <class Step, std::enable_if_t<std::is_integral_v<Step>, int> = 0>
  result point(Step step, const scalar& value) const noexcept(Policy::is_quiet) {
    if (!detail::fits_int64(step)) {
      return Policy::settle({metalab::status::value, detail::unfit_step});
    }
    const auto at = static_cast<std::int64_t>(step);
    switch (value.type()) {
      case scalar::kind::real:
      case scalar::kind::wide: break;
      case scalar::kind::integer: return Policy::settle(metalab_series_point_i64(handle_, at, value.integer()));
      case scalar::kind::boolean: return Policy::settle(metalab_series_point_bool(handle_, at, value.boolean()));
      case scalar::kind::text:
        return Policy::settle(metalab_series_point_text(handle_, at, value.text().data(), value.text().size()));
    }
    return Policy::settle(metalab_series_point(handle_, at, value.real()));
  }

  /// Adds many points at once: contiguous containers of int64_t and of double or int64_t, equal in length.
  template <class Steps, class Values>
  result points(const Steps& steps, const Values& values) const noexcept(Policy::is_quiet) {
    const std::int64_t* const first_step = std::data(steps);
    if (std::size(steps) != std::size(values)) {
      return Policy::settle({metalab::status::value, "there are not as many steps as values"});
    }
    if constexpr (std::is_convertible_v<decltype(std::data(values)), const std::int64_t*>) {
      return Policy::settle(metalab_series_points_i64(handle_, std::size(values), first_step, std::data(values)));
    } else {
      const double* const first_value = std::data(values);
      return Policy::settle(metalab_series_points(handle_, std::size(values), first_step, first_value));
    }
  }

  /// Returns true if points are recorded.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// The status of the declaration.
  metalab::status status() const noexcept { return status_; }
  metalab_series_t* handle() const noexcept { return handle_; }

 private:
  metalab_series_t* handle_ = nullptr;
  metalab::status status_ = metalab::status::no_capture;
};

using quiet_series = basic_series<quiet>;
#if defined(__cpp_exceptions)
using series = basic_series<throwing>;
#endif

}  // inline namespace
}  // namespace metalab

#endif
