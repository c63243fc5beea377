// Pictures: pixels, and fields with the way to draw them.
#ifndef METALAB_FIGURE_HPP
#define METALAB_FIGURE_HPP

#include <metalab.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {

/// Colours along the range of a field.
enum class colormap : metalab_colormap_t {
  viridis = METALAB_COLORMAP_VIRIDIS,
  magma = METALAB_COLORMAP_MAGMA,
  diverging = METALAB_COLORMAP_DIVERGING,  ///< blue, white, red
  gray = METALAB_COLORMAP_GRAY
};

/// Pixels in the caller's memory, read during the call only: rows from the top, 8 bits a channel.
struct pixels {
  const std::uint8_t* data = nullptr;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;  ///< 1: grey, 3: red, green, blue, 4: with alpha
  std::size_t row_stride = 0;  ///< bytes from row to row; 0: width * channels
};

/// How a field of two dimensions, rows by columns, is drawn.
struct field_style {
  metalab::colormap colormap = metalab::colormap::viridis;
  bool logarithmic = false;                        ///< values that are not positive are drawn as NaN
  bool origin_lower = false;                       ///< row 0 at the bottom, not at the top
  std::optional<std::pair<double, double>> range;  ///< without: the least to the greatest finite value
  /// Pixels per cell; 0: enough that the longer side has at least 512 and the shorter one 64, with a colour
  /// bar that shows the range and "unit" of the metadata.
  std::uint32_t scale = 0;

  metalab_field_style_t get() const noexcept {
    metalab_field_style_t style = METALAB_FIELD_STYLE_INIT;
    style.colormap = static_cast<metalab_colormap_t>(colormap);
    style.logarithmic = logarithmic;
    style.origin_lower = origin_lower;
    style.has_range = range.has_value();
    if (range) {
      style.vmin = range->first;
      style.vmax = range->second;
    }
    style.scale = scale;
    return style;
  }
};

}  // inline namespace
}  // namespace metalab

#endif
