// An array that the solver writes every so many steps.
#ifndef METALAB_SNAPSHOTS_HPP
#define METALAB_SNAPSHOTS_HPP

#include "mapped_array.hpp"
#include "series.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {

/// An array that is declared once and of which snapshots are taken, each an artifact with the step in its
/// name. Move-only; made by `snapshots` of a capture.
///
///     auto fields = run.snapshots<double>("u", {nx, ny});
///     if (step % 100 == 0) {
///       auto field = fields.begin(step);
///       compute(field.data());
///       field.seal();
///     }
///
/// A background thread prepares the files of the next two snapshots, so that `begin` returns memory that is
/// already prefaulted. Arrays that have begun stay valid after this object is destroyed. If the run is
/// skipped, or could not be opened or declared quietly, they are plain memory: see `basic_mapped_array`.
///
/// Threads: any threads may call `begin` at the same time; move or destroy the object only afterwards.
template <class T, class Policy>
class basic_snapshots {
  static_assert(detail::is_element_v<T>, "metalab: the store has no element type like this");

 public:
  using mapped_array = basic_mapped_array<T, Policy>;

  /// An empty one that stores nothing.
  basic_snapshots() noexcept = default;
  /// Takes over what the C interface has declared, if it has.
  basic_snapshots(metalab_snapshots_t* handle, const metalab::shape& extents, metalab::order layout,
                  metalab::status declared) noexcept
      : handle_(handle), shape_(extents), order_(layout), status_(declared), is_declared_(true) {}
  basic_snapshots(basic_snapshots&& other) noexcept { take(other); }
  basic_snapshots& operator=(basic_snapshots&& other) noexcept {
    if (this != &other) {
      metalab_snapshots_free(handle_);
      take(other);
    }
    return *this;
  }
  ~basic_snapshots() { metalab_snapshots_free(handle_); }

  /// Returns the array of a step, to be computed into and sealed. Of two of one step, the one that is
  /// sealed later is kept.
  template <class Step, std::enable_if_t<std::is_integral_v<Step>, int> = 0>
  mapped_array begin(Step step) const noexcept(Policy::is_quiet) {
    if (!is_declared_) {
      return {};
    }
    metalab_mapping_t* mapping = nullptr;
    void* first = nullptr;
    detail::attempt answer(metalab::status::value, detail::unfit_step);
    if (detail::fits_int64(step)) {
      answer = metalab_snapshots_begin(handle_, static_cast<std::int64_t>(step), &mapping, &first);
    }
    Policy::settle(answer);
    return mapped_array(mapping, first, shape_, order_, answer.how);
  }

  const metalab::shape& shape() const noexcept { return shape_; }
  metalab::order order() const noexcept { return order_; }
  /// Returns true if snapshots become artifacts.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// The status of the declaration.
  metalab::status status() const noexcept { return status_; }
  metalab_snapshots_t* handle() const noexcept { return handle_; }

 private:
  void take(basic_snapshots& other) noexcept {
    handle_ = std::exchange(other.handle_, nullptr);
    status_ = std::exchange(other.status_, metalab::status::no_capture);
    is_declared_ = std::exchange(other.is_declared_, false);
    shape_ = other.shape_;
    order_ = other.order_;
  }

  metalab_snapshots_t* handle_ = nullptr;
  metalab::shape shape_;
  metalab::order order_ = metalab::order::c;
  metalab::status status_ = metalab::status::no_capture;
  bool is_declared_ = false;
};

#if defined(__cpp_exceptions)
template <class T>
using snapshots = basic_snapshots<T, throwing>;
#endif
template <class T>
using quiet_snapshots = basic_snapshots<T, quiet>;

}  // inline namespace
}  // namespace metalab

#endif
