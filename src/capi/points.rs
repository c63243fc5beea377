//! Series that are read.

use std::ffi::{CString, c_char};
use std::sync::{Arc, Mutex};

use super::capture::give_json;
use super::convert::{c_string, out, text};
use super::handle::POINTS;
use super::reader::{metalab_run_t, none, with_run};
use super::status::{Answer, METALAB_NO_CAPTURE, Stop, boundary, metalab_status_t, wrong};
use super::store::{column, metalab_column_t, reading};
use super::structure;
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::read::{Column, Follow, Series, Values};

/// The points of a series as columns of step and value. Returned by metalab_run_series or metalab_run_follow,
/// freed by metalab_points_free. A token, as metalab_store_t.
pub struct metalab_points_t {
    _private: [u8; 0],
}

/// Points, whole or followed.
pub(super) enum Points {
    Whole(Series, CString),
    Followed(Box<Follow>, CString),
}

/// The steps and values, as columns of their own.
pub(super) fn columns_of(points: &Mutex<Points>) -> Vec<Column> {
    let (steps, values, valid) = match &*lock(points) {
        Points::Whole(series, _) => (series.steps.clone(), series.values.clone(), series.valid.clone()),
        Points::Followed(follow, _) => (follow.steps().to_vec(), follow.values().clone(), None),
    };
    vec![
        Column { name: "step".to_owned(), values: Values::Int(steps), valid: None },
        Column { name: "value".to_owned(), values, valid },
    ]
}

/// The points that a handle stands for.
fn token(argument: &str, points: *const metalab_points_t) -> Answer<Arc<Mutex<Points>>> {
    match POINTS.get(argument, points) {
        Err(Stop::Status(METALAB_NO_CAPTURE)) => wrong(ErrorKind::Null, format!("{argument} is NULL")),
        found => found,
    }
}

/// Returns a whole series of a run, sorted by step, with equal steps in order of arrival. For a running or dead
/// run, this includes points that are only in its journal, up to the last call that has returned. If several
/// processes have a series of the same name, those of the workers are named like "loss@rank.3".
///
/// points_out: to be freed with metalab_points_free, also after metalab_run_free.
/// Errors: METALAB_ERR_NOT_FOUND (the run has no such series), METALAB_ERR_NULL, METALAB_ERR_UTF8,
/// METALAB_ERR_DAMAGED, METALAB_ERR_MEMORY, METALAB_ERR_BUSY (it changes too fast to be read),
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_series(
    run: *const metalab_run_t,
    name: *const c_char,
    points_out: *mut *mut metalab_points_t,
) -> metalab_status_t {
    with_run("metalab_run_series", run, |run| {
        out("points_out", points_out)?;
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        let Some(series) = run.series(name)? else { return none(run, "series", name) };
        let points = Points::Whole(series, c_string(name));
        // SAFETY: not NULL; the caller's.
        unsafe { points_out.write(POINTS.add(Arc::new(Mutex::new(points)))) };
        Ok(())
    })
}

/// Follows a series while its run is running. The result has the points so far, in the order in which they
/// are found; metalab_points_poll adds new ones. A series that has no points yet can be followed.
///
/// points_out: to be freed with metalab_points_free, also after metalab_run_free.
/// Errors: as metalab_run_series, but for METALAB_ERR_NOT_FOUND. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_follow(
    run: *const metalab_run_t,
    name: *const c_char,
    points_out: *mut *mut metalab_points_t,
) -> metalab_status_t {
    with_run("metalab_run_follow", run, |run| {
        out("points_out", points_out)?;
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        let points = Points::Followed(Box::new(run.follow(name)?), c_string(name));
        // SAFETY: not NULL; the caller's.
        unsafe { points_out.write(POINTS.add(Arc::new(Mutex::new(points)))) };
        Ok(())
    })
}

/// Adds the new points to a followed series. The cost depends only on the number of new points. Every point
/// is added once, even if the run ends meanwhile. Columns that metalab_points_columns returned before are no
/// longer valid.
///
/// count_out: the number of new points, which are the last of the columns. May be NULL.
/// ended_out: true if no more points will come: the run has ended or its process is dead, and all points were
/// found. Always true for a series that was read whole. May be NULL.
/// Errors: as metalab_run_series; another call continues. Any thread, one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_poll(
    points: *mut metalab_points_t,
    count_out: *mut usize,
    ended_out: *mut bool,
) -> metalab_status_t {
    reading("metalab_points_poll", &POINTS, "points", points, |points| {
        let (count, has_ended) = match &mut *lock(&points) {
            Points::Whole(..) => (0, true),
            Points::Followed(follow, _) => (follow.poll()?, follow.is_ended()),
        };
        // SAFETY: where they are not NULL, the caller's.
        unsafe {
            if !count_out.is_null() {
                count_out.write(count);
            }
            if !ended_out.is_null() {
                ended_out.write(has_ended);
            }
        }
        Ok(())
    })
}

/// Returns the columns of a series: count steps, and as many values.
///
/// count_out: the number. May be NULL.
/// steps_out: the steps. May be NULL.
/// values_out: the values; initialised by the caller with METALAB_COLUMN_INIT. The column's name is that of
/// the series, and its `valid` is NULL for a followed series. May be NULL. The columns are valid until
/// metalab_points_free, those of a followed series until metalab_points_poll.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (values_out). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_columns(
    points: *const metalab_points_t,
    count_out: *mut usize,
    steps_out: *mut *const i64,
    values_out: *mut metalab_column_t,
) -> metalab_status_t {
    reading("metalab_points_columns", &POINTS, "points", points, |points| {
        // SAFETY: as documented.
        unsafe { structure::check_out("values_out", values_out)? };
        let points = lock(&points);
        let (steps, values, valid, name) = match &*points {
            Points::Whole(series, name) => {
                (series.steps.as_slice(), &series.values, series.valid.as_deref(), name)
            }
            Points::Followed(follow, name) => (follow.steps(), follow.values(), None, name),
        };
        // SAFETY: where they are not NULL, the caller's.
        unsafe {
            if !count_out.is_null() {
                count_out.write(steps.len());
            }
            if !steps_out.is_null() {
                steps_out.write(steps.as_ptr());
            }
            structure::fill(values_out, &column(name.as_ptr(), values, valid));
        }
        Ok(())
    })
}

/// Thins a series that was read whole to at most `most` points that draw the same curve: the points are
/// divided into buckets of equal size, and the first, last, smallest and largest of each are kept. All points
/// are kept if there are at most `most`, or if the values are strings.
///
/// most: less than 4 is 4.
/// thinned_out: another series, to be freed with metalab_points_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (the series is followed). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_thin(
    points: *const metalab_points_t,
    most: usize,
    thinned_out: *mut *mut metalab_points_t,
) -> metalab_status_t {
    reading("metalab_points_thin", &POINTS, "points", points, |points| {
        out("thinned_out", thinned_out)?;
        let thinned = match &*lock(&points) {
            Points::Whole(series, name) => Points::Whole(series.thinned(most), name.clone()),
            Points::Followed(..) => {
                return wrong(ErrorKind::Value, "points is a series that is followed");
            }
        };
        // SAFETY: not NULL; the caller's.
        unsafe { thinned_out.write(POINTS.add(Arc::new(Mutex::new(thinned)))) };
        Ok(())
    })
}

/// Returns the axis that metalab_capture_set_axis has set for a series that was read whole. It has one value
/// for each point of the series: the value of the axis at the same step. If the axis has no such step, the
/// value is missing: `valid` is 0, and a float is NaN. If a step has several points, the first point gets the
/// first value of the axis at that step, the second point the second, and so on; points beyond the last value
/// get the last one. The axis of a worker's series ("loss@rank.3") is the worker's own, if it has one.
///
/// run: the run of the series.
/// axis_out: another series, to be freed with metalab_points_free.
/// Errors: METALAB_ERR_NOT_FOUND (the series has no axis, or the axis is not in the run), METALAB_ERR_VALUE
/// (the series is followed), and those of metalab_run_series. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_axis(
    points: *const metalab_points_t,
    run: *const metalab_run_t,
    axis_out: *mut *mut metalab_points_t,
) -> metalab_status_t {
    with_run("metalab_points_axis", run, |run| {
        out("axis_out", axis_out)?;
        let points = token("points", points)?;
        let series = match &*lock(&points) {
            Points::Whole(series, _) => series.clone(),
            Points::Followed(..) => {
                return wrong(ErrorKind::Value, "points is a series that is followed");
            }
        };
        let Some(axis) = run.axis(&series)? else {
            return match &series.axis {
                Some(axis) => none(run, "series", axis),
                None => wrong(ErrorKind::NotFound, format!("series {:?} has no axis", series.name)),
            };
        };
        let name = c_string(&axis.name);
        // SAFETY: not NULL; the caller's.
        unsafe { axis_out.write(POINTS.add(Arc::new(Mutex::new(Points::Whole(axis, name))))) };
        Ok(())
    })
}

/// Returns the description of a series: an object of "name", "unit", "description", "axis" and "part_of",
/// each null if not set. "part_of" is set if the store has only a thinned series and the journal with all
/// points cannot be read from here: it is the total number of points.
///
/// json_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_about_json(
    points: *const metalab_points_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    reading("metalab_points_about_json", &POINTS, "points", points, |points| {
        out("json_out", json_out)?;
        let points = lock(&points);
        let (name, unit, description, axis) = match &*points {
            Points::Whole(series, _) => {
                let Series { name, unit, description, axis, .. } = series;
                (&**name, unit.as_deref(), description.as_deref(), axis.as_deref())
            }
            Points::Followed(follow, _) => {
                (follow.name(), follow.unit(), follow.description(), follow.axis())
            }
        };
        let part_of = match &*points {
            Points::Whole(series, _) => series.part_of.and_then(|total| i64::try_from(total).ok()),
            Points::Followed(..) => None,
        };
        let json = Json::object([
            ("name", Json::from(name)),
            ("unit", unit.map(Json::from).into()),
            ("description", description.map(Json::from).into()),
            ("axis", axis.map(Json::from).into()),
            ("part_of", part_of.map(Json::from).into()),
        ]);
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &json) }
    })
}

/// Frees a series that was read, and what its columns point to. NULL and a freed handle are allowed. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_free(points: *mut metalab_points_t) {
    let _ = boundary("metalab_points_free", || {
        drop(POINTS.remove(points));
        Ok(())
    });
}
