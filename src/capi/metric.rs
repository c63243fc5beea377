//! Metrics and series.

use std::ffi::c_char;

use super::capture::{metalab_capture_t, series_token, with_capture};
use super::convert::{c_bytes, elements, optional, out, text, text_len};
use super::handle::{CAPTURES, DISABLED, Kind, key, parts};
use super::status::{Answer, METALAB_NO_CAPTURE, METALAB_OK, Stop, boundary, metalab_status_t};
use crate::base::error::ErrorKind;
use crate::base::name;
use crate::base::value::Scalar;
use crate::base::value::Value;
use crate::journal::record::MAX_PAYLOAD;
use crate::journal::{self, Emitter};
use crate::{Error, capture};

/// Maximum length in bytes of a string that is the value of a metric or of a point.
pub const METALAB_TEXT_MAX: usize = 32768;
const _: () = assert!(METALAB_TEXT_MAX == MAX_PAYLOAD);

/// A series of a capture: declared once; points are then added through this handle. It belongs to the capture,
/// ends with it, and is not freed by the caller. A token, not an address. Calls with NULL return
/// METALAB_NO_CAPTURE.
pub struct metalab_series_t {
    _private: [u8; 0],
}

/// The way of a call that nothing stands in the way of: no lock, no allocation, no unwinding.
/// A record that it can't append goes the other way, which finds out why.
#[inline(always)]
fn fast(capture: *const metalab_capture_t, body: impl FnOnce(&Emitter) -> bool) -> bool {
    parts(Kind::Capture, capture)
        .is_some_and(|(key, _)| key == DISABLED || journal::existing(key, body).unwrap_or(false))
}

/// The name's number, if this thread has used it before.
///
/// # Safety
/// `name` is NULL or NUL-terminated.
#[inline(always)]
unsafe fn used(emitter: &Emitter, name: *const c_char) -> Option<u32> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's duty.
    unsafe { emitter.used_name(name) }
}

#[cold]
#[inline(never)]
fn slow_scalar_metric(
    function: &str,
    handle: *const metalab_capture_t,
    name: *const c_char,
    step: Option<i64>,
    value: Scalar,
) -> metalab_status_t {
    slow_metric(function, handle, name, step, &|| Ok(value.into()))
}

fn slow_metric(
    function: &str,
    handle: *const metalab_capture_t,
    name: *const c_char,
    step: Option<i64>,
    value: &dyn Fn() -> Answer<Value<'static>>,
) -> metalab_status_t {
    with_capture(function, handle, |handle| {
        // SAFETY: as documented.
        let name = unsafe { c_bytes("name", name)? };
        let value = value()?;
        name::of_bytes(name).map_err(|error| error.context("name"))?;
        Ok(match step {
            None => handle.emit(|emitter| emitter.metric_value(emitter.name(name)?, value)),
            Some(step) => handle.emit(|emitter| emitter.point_value(emitter.name(name)?, step, value)),
        }?)
    })
}

#[inline(always)]
fn metric(
    function: &str,
    handle: *const metalab_capture_t,
    name: *const c_char,
    value: Scalar,
) -> metalab_status_t {
    let done = fast(handle, |emitter| {
        // SAFETY: as documented.
        unsafe { used(emitter, name) }.is_some_and(|id| emitter.try_metric(id, value))
    });
    if done { METALAB_OK } else { slow_scalar_metric(function, handle, name, None, value) }
}

#[inline(always)]
fn metric_step(
    function: &str,
    handle: *const metalab_capture_t,
    name: *const c_char,
    step: i64,
    value: Scalar,
) -> metalab_status_t {
    let done = fast(handle, |emitter| {
        // SAFETY: as documented.
        unsafe { used(emitter, name) }.is_some_and(|id| emitter.try_point(id, step, value))
    });
    if done { METALAB_OK } else { slow_scalar_metric(function, handle, name, Some(step), value) }
}

/// Emits a metric that is a float. The run keeps the last value of each name. NaN and infinities are kept as
/// they are.
///
/// name: UTF-8, up to METALAB_NAME_MAX bytes as a file name; here and below. If this thread has used the name
/// before, the call takes no lock and allocates nothing.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_CLOSED, METALAB_ERR_FULL (counted
/// in the health document); the same for every metric. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    value: f64,
) -> metalab_status_t {
    metric("metalab_capture_metric", capture, name, Scalar::F64(value))
}

/// Emits a metric that is an integer. As metalab_capture_metric.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_i64(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    value: i64,
) -> metalab_status_t {
    metric("metalab_capture_metric_i64", capture, name, Scalar::I64(value))
}

/// Emits a metric that is a boolean: 0 is false. As metalab_capture_metric.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_bool(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    value: i32,
) -> metalab_status_t {
    metric("metalab_capture_metric_bool", capture, name, Scalar::Bool(value != 0))
}

/// Emits a metric that is a string of at most METALAB_TEXT_MAX bytes. As metalab_capture_metric.
///
/// value_len: bytes of value, or METALAB_NUL.
/// Errors: also METALAB_ERR_VALUE, for a string that is too long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_text(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    value: *const c_char,
    value_len: usize,
) -> metalab_status_t {
    slow_metric("metalab_capture_metric_text", capture, name, None, &|| {
        // SAFETY: as documented.
        Ok(unsafe { text_len("value", value, value_len)? }.into())
    })
}

/// Emits several metrics: count names and as many values. As metalab_capture_metric; an error in one does not
/// affect the others, and the first error is returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metrics(
    capture: *mut metalab_capture_t,
    count: usize,
    names: *const *const c_char,
    values: *const f64,
) -> metalab_status_t {
    many("metalab_capture_metrics", capture, count, names, values, |name, value| {
        metric("metalab_capture_metrics", capture, name, Scalar::F64(value))
    })
}

/// Emits a metric at a step: a point of the series of that name, which becomes [[step, value], ..] in results/
/// when the run ends, sorted by step, with equal steps in order of arrival. A plain metric of the same name is
/// separate. As metalab_capture_metric.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_step(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    step: i64,
    value: f64,
) -> metalab_status_t {
    metric_step("metalab_capture_metric_step", capture, name, step, Scalar::F64(value))
}

/// Emits a metric at a step that is an integer. As metalab_capture_metric_step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_step_i64(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    step: i64,
    value: i64,
) -> metalab_status_t {
    metric_step("metalab_capture_metric_step_i64", capture, name, step, Scalar::I64(value))
}

/// Emits a metric at a step that is a boolean: 0 is false. As metalab_capture_metric_step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_step_bool(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    step: i64,
    value: i32,
) -> metalab_status_t {
    metric_step("metalab_capture_metric_step_bool", capture, name, step, Scalar::Bool(value != 0))
}

/// Emits a metric at a step that is a string of at most METALAB_TEXT_MAX bytes. As metalab_capture_metric_step.
///
/// value_len: bytes of value, or METALAB_NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metric_step_text(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    step: i64,
    value: *const c_char,
    value_len: usize,
) -> metalab_status_t {
    slow_metric("metalab_capture_metric_step_text", capture, name, Some(step), &|| {
        // SAFETY: as documented.
        Ok(unsafe { text_len("value", value, value_len)? }.into())
    })
}

/// Emits several metrics at one step: count names and as many values. As metalab_capture_metrics.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metrics_step(
    capture: *mut metalab_capture_t,
    count: usize,
    names: *const *const c_char,
    step: i64,
    values: *const f64,
) -> metalab_status_t {
    many("metalab_capture_metrics_step", capture, count, names, values, |name, value| {
        metric_step("metalab_capture_metrics_step", capture, name, step, Scalar::F64(value))
    })
}

fn many(
    function: &str,
    capture: *const metalab_capture_t,
    count: usize,
    names: *const *const c_char,
    values: *const f64,
    mut one: impl FnMut(*const c_char, f64) -> metalab_status_t,
) -> metalab_status_t {
    boundary(function, || {
        key(Kind::Capture, "capture", capture)?;
        // SAFETY: as documented.
        let (names, values) =
            unsafe { (elements("names", names, count)?, elements("values", values, count)?) };
        let mut first = METALAB_OK;
        for (name, value) in names.iter().zip(values) {
            let status = one(*name, *value);
            first = if first == METALAB_OK { status } else { first };
        }
        if first == METALAB_OK { Ok(()) } else { Err(Stop::Status(first)) }
    })
}

/// Declares a series, so that adding a point costs a few nanoseconds. Declaring a name again returns the same
/// series and adds a unit or description that was missing.
///
/// unit: of the values, as in "J/kg"; NULL if there is none.
/// description: of the values; NULL if there is none.
/// series_out: valid as long as the capture; not to be freed.
/// Errors: as metalab_capture_metric. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_series(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    unit: *const c_char,
    description: *const c_char,
    series_out: *mut *mut metalab_series_t,
) -> metalab_status_t {
    with_capture("metalab_capture_series", capture, |live| {
        out("series_out", series_out)?;
        // SAFETY: as documented.
        let (name, unit, description) =
            unsafe { (text("name", name)?, optional("unit", unit)?, optional("description", description)?) };
        let series = live.series(name, unit, description).map_err(|error| error.context("name"))?;
        let series = series_token(capture, series.name())?;
        // SAFETY: not NULL; the caller's.
        unsafe { series_out.write(series) };
        Ok(())
    })
}

#[inline(always)]
fn point(function: &str, series: *const metalab_series_t, step: i64, value: Scalar) -> metalab_status_t {
    if let Some((key, within)) = parts(Kind::Series, series) {
        let append = |emitter: &Emitter| emitter.try_point(within.wrapping_sub(1), step, value);
        if key == DISABLED || journal::existing(key, append) == Some(true) {
            return METALAB_OK;
        }
    }
    slow_scalar(function, series, step, value)
}

#[cold]
#[inline(never)]
fn slow_scalar(
    function: &str,
    series: *const metalab_series_t,
    step: i64,
    value: Scalar,
) -> metalab_status_t {
    if series.is_null() {
        return METALAB_NO_CAPTURE;
    }
    slow_point(function, series, &mut |owner, id| owner.point(id, step, value))
}

fn slow_point(
    function: &str,
    series: *const metalab_series_t,
    body: &mut dyn FnMut(&capture::Capture, u32) -> crate::Result<()>,
) -> metalab_status_t {
    boundary(function, || {
        let (key, within) = key(Kind::Series, "series", series)?;
        let owner = CAPTURES.get_key("the capture of series", key)?;
        let id = within
            .checked_sub(1)
            .ok_or_else(|| Error::new(ErrorKind::Handle, "series is no metalab_series_t"))?;
        Ok(body(&owner, id)?)
    })
}

/// Makes readers plot a series against another series instead of the step. An example is the simulated time
/// of a solver with adaptive steps; it is emitted like any other series. The points need no more memory:
/// readers join the two series by step (metalab_points_axis). The metadata of the series has the other name
/// as "axis".
///
/// name: the series, declared or emitted by metalab_capture_metric_step, before or after this call.
/// axis: the name of the other series in this process.
/// Errors: as metalab_capture_metric; METALAB_ERR_VALUE if both names are the same. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_set_axis(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    axis: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_set_axis", capture, |capture| {
        // SAFETY: as documented.
        let (name, axis) = unsafe { (text("name", name)?, text("axis", axis)?) };
        Ok(capture.set_axis(name, axis)?)
    })
}

/// Adds a point to a series: a float at a step. NaN and infinities are kept. Steps may come in any order and
/// more than once. This is the fastest way to emit: no lock, no system call, no allocation, and the point
/// survives the death of the process. If a thread is millions of points ahead of the background thread that
/// writes them, it is slowed down, by at most 250 ms for each 2 MiB of journal.
///
/// Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE, METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_point(
    series: *mut metalab_series_t,
    step: i64,
    value: f64,
) -> metalab_status_t {
    point("metalab_series_point", series, step, Scalar::F64(value))
}

/// Adds an integer at a step. As metalab_series_point.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_point_i64(
    series: *mut metalab_series_t,
    step: i64,
    value: i64,
) -> metalab_status_t {
    point("metalab_series_point_i64", series, step, Scalar::I64(value))
}

/// Adds a boolean at a step: 0 is false. As metalab_series_point.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_point_bool(
    series: *mut metalab_series_t,
    step: i64,
    value: i32,
) -> metalab_status_t {
    point("metalab_series_point_bool", series, step, Scalar::Bool(value != 0))
}

/// Adds a string of at most METALAB_TEXT_MAX bytes at a step. As metalab_series_point.
///
/// value_len: bytes of value, or METALAB_NUL.
/// Errors: also METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_point_text(
    series: *mut metalab_series_t,
    step: i64,
    value: *const c_char,
    value_len: usize,
) -> metalab_status_t {
    boundary("metalab_series_point_text", || {
        key(Kind::Series, "series", series)?;
        // SAFETY: as documented.
        let value = unsafe { text_len("value", value, value_len)? };
        let status =
            slow_point("metalab_series_point_text", series, &mut |owner, id| owner.point(id, step, value));
        if status == METALAB_OK { Ok(()) } else { Err(Stop::Status(status)) }
    })
}

/// Adds many points to a series: count steps and as many values. As metalab_series_point.
///
/// Errors: also METALAB_ERR_NULL. The points before the one that failed are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_points(
    series: *mut metalab_series_t,
    count: usize,
    steps: *const i64,
    values: *const f64,
) -> metalab_status_t {
    points("metalab_series_points", series, count, steps, values, Scalar::F64)
}

/// Adds many integer points to a series. As metalab_series_points.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_series_points_i64(
    series: *mut metalab_series_t,
    count: usize,
    steps: *const i64,
    values: *const i64,
) -> metalab_status_t {
    points("metalab_series_points_i64", series, count, steps, values, Scalar::I64)
}

fn points<T: Copy>(
    function: &str,
    series: *const metalab_series_t,
    count: usize,
    steps: *const i64,
    values: *const T,
    scalar: impl Fn(T) -> Scalar,
) -> metalab_status_t {
    boundary(function, || {
        key(Kind::Series, "series", series)?;
        // SAFETY: as documented.
        let (steps, values) =
            unsafe { (elements("steps", steps, count)?, elements("values", values, count)?) };
        for (step, value) in steps.iter().zip(values) {
            let status = point(function, series, *step, scalar(*value));
            if status != METALAB_OK {
                return Err(Stop::Status(status));
            }
        }
        Ok(())
    })
}

/// Sets what the steps of a series count if they are not the run's steps: "ms", "krylov iteration". Such
/// steps do not count for the last step of the run (metalab_run_last_step, and the error of a run that died),
/// and a restart keeps all points of the series. The series of metalab_options_sample count "ms". The
/// metadata of the series has the unit as "step_unit".
///
/// name: the series, declared or emitted by metalab_capture_metric_step, before or after this call.
/// unit: what a step is.
/// Errors: as metalab_capture_metric; METALAB_ERR_VALUE if unit is empty. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_set_step_unit(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    unit: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_set_step_unit", capture, |capture| {
        // SAFETY: as documented.
        let (name, unit) = unsafe { (text("name", name)?, text("unit", unit)?) };
        Ok(capture.set_step_unit(name, unit)?)
    })
}
