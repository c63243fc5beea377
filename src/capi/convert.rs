//! C's arguments as Rust's.

use std::ffi::{CStr, CString, c_char, c_void};

use super::artifact::metalab_array_t;
use super::status::{Answer, wrong};
use super::structure;
use crate::base::array::{ArrayView, DType, MAX_NDIM, Order};
use crate::base::error::{Error, ErrorKind};
use crate::base::json::{self, Json, Object};
use crate::base::memory;
use crate::base::name::NUL_INSIDE;

/// The length that says that a text ends at its NUL.
pub(super) const NUL: usize = usize::MAX;

pub(super) fn null<T>(argument: &str) -> Answer<T> {
    wrong(ErrorKind::Null, format!("{argument} is NULL"))
}

/// A NUL-terminated text.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
pub(super) unsafe fn text<'a>(argument: &str, text: *const c_char) -> Answer<&'a str> {
    // SAFETY: the caller's duty.
    utf8(argument, unsafe { c_bytes(argument, text)? })
}

/// The bytes of a NUL-terminated text.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
#[inline(always)]
pub(super) unsafe fn c_bytes<'a>(argument: &str, text: *const c_char) -> Answer<&'a [u8]> {
    if text.is_null() {
        return null(argument);
    }
    // SAFETY: the caller's duty.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

fn utf8<'a>(argument: &str, bytes: &'a [u8]) -> Answer<&'a str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let at = error.valid_up_to();
            if bytes[at..].starts_with(&NUL_INSIDE) {
                let is_name = matches!(argument, "name" | "axis" | "logger");
                let kind = if is_name { ErrorKind::Name } else { ErrorKind::Value };
                return wrong(kind, format!("{argument} has a NUL inside, at byte {at}"));
            }
            wrong(ErrorKind::Utf8, format!("{argument} is not UTF-8 at byte {at}"))
        }
    }
}

/// A NUL-terminated text that may be missing.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
pub(super) unsafe fn optional<'a>(argument: &str, text: *const c_char) -> Answer<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's duty.
    unsafe { self::text(argument, text) }.map(Some)
}

/// A text of `len` bytes, or up to its NUL.
///
/// # Safety
/// `text` has `len` bytes, or is NUL-terminated where `len` is `NUL`.
pub(super) unsafe fn text_len<'a>(argument: &str, text: *const c_char, len: usize) -> Answer<&'a str> {
    // SAFETY: the caller's duty.
    unsafe {
        if len == NUL {
            self::text(argument, text)
        } else {
            utf8(argument, bytes(argument, text.cast(), len)?)
        }
    }
}

/// Bytes in the caller's memory.
///
/// # Safety
/// `start` has `size` bytes.
pub(super) unsafe fn bytes<'a>(argument: &str, start: *const c_void, size: usize) -> Answer<&'a [u8]> {
    // SAFETY: the caller's duty.
    unsafe { elements(argument, start.cast(), size) }
}

/// Elements in the caller's memory.
///
/// # Safety
/// `start` has `count` elements.
pub(super) unsafe fn elements<'a, T>(argument: &str, start: *const T, count: usize) -> Answer<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if start.is_null() {
        return null(argument);
    }
    if !start.is_aligned() {
        return wrong(ErrorKind::Value, format!("{argument} is not aligned"));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return wrong(ErrorKind::Value, format!("{argument} can't have {count} elements"));
    }
    // SAFETY: not NULL, aligned, no larger than memory can be; the rest is the caller's duty.
    Ok(unsafe { std::slice::from_raw_parts(start, count) })
}

/// Refuses a NULL out-parameter before anything is done.
pub(super) fn out<T>(argument: &str, out: *mut T) -> Answer {
    if out.is_null() { null(argument) } else { Ok(()) }
}

/// The beginning of a string that metalab_values_json returns in place of JSON, before the reason. No JSON
/// begins so.
pub(super) const MADE_WRONG: char = '\u{1}';

/// JSON text, unless it says why it could not be made.
fn made<'a>(argument: &str, text: &'a str) -> Answer<&'a str> {
    match text.strip_prefix(MADE_WRONG) {
        Some(reason) => wrong(ErrorKind::Json, format!("{argument} could not be made: {reason}")),
        None => Ok(text),
    }
}

/// A JSON document.
///
/// # Safety
/// Like `text_len`.
pub(super) unsafe fn document(argument: &str, text: *const c_char, len: usize) -> Answer<Json> {
    // SAFETY: the caller's duty.
    let text = made(argument, unsafe { text_len(argument, text, len)? })?;
    // An array of digits is the largest next to its text: two bytes each.
    memory::check(text.len().saturating_mul(size_of::<Json>() / 2))
        .map_err(|error| error.context(argument))?;
    Ok(json::parse_given(text).map_err(|error| error.context(argument))?)
}

/// The members of a JSON object.
///
/// # Safety
/// Like `text_len`.
pub(super) unsafe fn members(argument: &str, text: *const c_char, len: usize) -> Answer<Object> {
    // SAFETY: the caller's duty.
    Ok(json::object(argument, made(argument, unsafe { text_len(argument, text, len)? })?)?)
}

/// Metadata: an object, empty if the text is NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
pub(super) unsafe fn metadata(argument: &str, text: *const c_char) -> Answer<Object> {
    // SAFETY: the caller's duty.
    match unsafe { optional(argument, text)? } {
        Some(text) => Ok(json::object(argument, made(argument, text)?)?),
        None => Ok(Object::new()),
    }
}

/// An element type.
pub(super) fn dtype(argument: &str, number: i32) -> Answer<DType> {
    match DType::from_number(number) {
        Some(dtype) => Ok(dtype),
        None => wrong(ErrorKind::Value, format!("{argument} {number} is not a METALAB_DTYPE_ constant")),
    }
}

/// An order of elements.
pub(super) fn order(argument: &str, number: i32) -> Answer<Order> {
    match number {
        0 => Ok(Order::C),
        1 => Ok(Order::F),
        _ => wrong(ErrorKind::Value, format!("{argument} {number} is not a METALAB_ORDER_ constant")),
    }
}

/// The extents of an array.
///
/// # Safety
/// `shape` has `ndim` elements.
pub(super) unsafe fn shape<'a>(argument: &str, shape: *const u64, ndim: usize) -> Answer<&'a [u64]> {
    if ndim > MAX_NDIM {
        return wrong(
            ErrorKind::Value,
            format!("{argument} has {ndim} dimensions; at most {MAX_NDIM} are possible"),
        );
    }
    // SAFETY: the caller's duty.
    unsafe { elements(argument, shape, ndim) }
}

/// An array that C describes.
///
/// # Safety
/// `array` is NULL or describes readable memory.
pub(super) unsafe fn array<'a>(argument: &str, array: *const metalab_array_t) -> Answer<ArrayView<'a>> {
    // SAFETY: the caller's duty.
    unsafe { view(argument, &structure::read(argument, array)?) }
}

/// The array that a description is of.
///
/// # Safety
/// It describes readable memory.
pub(super) unsafe fn view<'a>(argument: &str, array: &metalab_array_t) -> Answer<ArrayView<'a>> {
    // SAFETY: the caller's duty, in what the description points to.
    unsafe {
        let dtype = dtype(&format!("{argument}->dtype"), array.dtype)?;
        let order = order(&format!("{argument}->order"), array.order)?;
        let shape = shape(&format!("{argument}->shape"), array.shape, array.ndim)?;
        let strides = match array.strides.is_null() {
            true => None,
            false => Some(elements(&format!("{argument}->strides"), array.strides, array.ndim)?),
        };
        let view = ArrayView::from_raw(array.data.cast(), dtype, order, shape, strides);
        Ok(view.map_err(|error| error.context(argument))?)
    }
}

/// A text for C: a NUL in it is shown as another character.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// Gives a text out; the caller frees it.
///
/// # Safety
/// `out` may be written.
pub(super) unsafe fn give(out: *mut *mut c_char, text: impl Into<Vec<u8>>) -> Answer {
    let text = CString::new(text).map_err(|_| Error::new(ErrorKind::Value, "the text has a NUL"))?;
    // SAFETY: the caller's duty.
    unsafe { out.write(text.into_raw()) };
    Ok(())
}
