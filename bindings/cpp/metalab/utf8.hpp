// Text of any encoding as UTF-8, which is what log lines are.
#ifndef METALAB_UTF8_HPP
#define METALAB_UTF8_HPP

#include "status.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

// The bytes of a character that begins with this one; 0 if none does.
constexpr std::size_t announced_size(unsigned char first) noexcept {
  return first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

// The bytes of the character at the beginning; 0 if there is none.
inline std::size_t character_size(std::string_view text) noexcept {
  const auto byte = [text](std::size_t place) { return static_cast<unsigned char>(text[place]); };
  const std::size_t size = text.empty() ? 0 : announced_size(byte(0));
  if (size > text.size()) {
    return 0;
  }
  // No longer form than needed, no half of a surrogate pair, nothing beyond the last character.
  int low = 0x80;
  int high = 0xBF;
  switch (size != 0 ? byte(0) : 0) {
    case 0xE0: low = 0xA0; break;
    case 0xED: high = 0x9F; break;
    case 0xF0: low = 0x90; break;
    case 0xF4: high = 0x8F; break;
    default: break;
  }
  for (std::size_t place = 1; place < size; ++place) {
    if (byte(place) < low || byte(place) > high) {
      return 0;
    }
    low = 0x80;
    high = 0xBF;
  }
  return size;
}

// The text itself if it is UTF-8; else it is in `room`, with \xNN for each byte that belongs to no character, as
// the capture of what is printed has it.
inline std::string_view as_utf8(std::string_view text, std::string& room) {
  constexpr char digits[] = "0123456789abcdef";
  std::size_t sound = 0;
  room.clear();
  for (std::size_t place = 0; place != text.size();) {
    const std::size_t size = character_size(text.substr(place));
    if (size != 0) {
      place += size;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[place]);
    room.append(text, sound, place - sound).append("\\x");
    room += digits[byte / 16];
    room += digits[byte % 16];
    sound = ++place;
  }
  return sound == 0 ? text : std::string_view(room.append(text, sound, std::string_view::npos));
}

// The bytes at the end with which a character has begun that goes on after them.
inline std::size_t unfinished_size(std::string_view text) noexcept {
  for (std::size_t size = 1; size != 4 && size <= text.size(); ++size) {
    if (announced_size(static_cast<unsigned char>(text[text.size() - size])) > size) {
      return size;
    }
  }
  return 0;
}

}  // namespace detail
}  // inline namespace
}  // namespace metalab

#endif
