//! Metrics, series and structured data.

use serde::Serialize;

use super::{Capture, Series};
use crate::base::about::About;
use crate::base::array::{ArrayView, DType, Order};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, Object};
use crate::base::name;
use crate::base::value::Value;
use crate::journal::event::{Data, Event};
use crate::store::data;

impl Capture {
    /// A plain metric: the last value wins.
    ///
    /// # Errors
    /// When the name can't be one, the run has ended, or the disk is full.
    pub fn metric<'a>(&self, name: &str, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                let id = emitter.name(name.as_bytes())?;
                emitter.metric_value(id, value.into())
            })
        })
    }

    /// A metric at a step: a point of the series of that name.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn metric_step<'a>(&self, name: &str, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                let id = emitter.name(name.as_bytes())?;
                emitter.point_value(id, step, value.into())
            })
        })
    }

    /// Declares a series, which [`Series::point`] feeds fast.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn series(&self, name: &str, unit: Option<&str>, description: Option<&str>) -> Result<Series> {
        let Some(inner) = &self.inner else { return Ok(Series::disabled()) };
        let about = About {
            unit: unit.map(str::to_owned),
            description: description.map(str::to_owned),
            ..About::default()
        };
        let id = inner.declare_series(name, about)?;
        Ok(Series::new(&inner.shared.journal, id))
    }

    /// Names the series that the series `name` is plotted against, instead of the step: the time of an
    /// adaptive solver. Readers join the two by step. Either may be declared, and have points, before or
    /// after.
    ///
    /// # Errors
    /// When the two are one, and as [`metric`](Self::metric).
    pub fn set_axis(&self, name: &str, axis: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(axis).map_err(|error| error.context("axis"))?;
            if name == axis {
                return Err(Error::new(ErrorKind::Value, format!("axis {axis:?} is the series itself")));
            }
            let about = About { axis: Some(axis.to_owned()), ..About::default() };
            inner.declare_series(name, about).map(drop)
        })
    }

    /// Says what the steps of the series `name` count, where they are not the run's steps: `ms`, `krylov
    /// iteration`. Then they are no steps that the run has reached, and a restart keeps all of its points.
    ///
    /// # Errors
    /// When `unit` is empty, and as [`metric`](Self::metric).
    pub fn set_step_unit(&self, name: &str, unit: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            if unit.trim().is_empty() {
                return Err(Error::new(
                    ErrorKind::Value,
                    "unit is empty; a series whose steps are the run's needs none",
                ));
            }
            let about = About { step_unit: Some(unit.to_owned()), ..About::default() };
            inner.declare_series(name, about).map(drop)
        })
    }

    /// A point of the series with this number.
    pub(crate) fn point<'a>(&self, series: u32, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                if !emitter.knows(series) {
                    return Err(Error::new(
                        ErrorKind::Handle,
                        format!("{series} is not a series of this capture"),
                    ));
                }
                emitter.point_value(series, step, value.into())
            })
        })
    }

    /// Requests that the metric `name`, plain or at steps, be reduced over all processes of the run
    /// when it ends: in place of each process's own, the run has `name.min`, `name.max`, `name.mean`,
    /// `name.sum`, `name.argmin`, `name.argmax` (whose the extremes are) and `name.count`. To be called by
    /// each process that emits it. Texts can't be reduced and stay as they are.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn reduce(&self, name: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(name)?;
            // The longest of the names that come of it.
            name::check(&format!("{name}.argmin"))?;
            inner.declare_reduced(name)
        })
    }

    /// Structured data: a document, which readers get as Python's objects. `metadata` must become a
    /// JSON object, here and below; `()` is an empty one.
    ///
    /// # Errors
    /// When `document` or `metadata` can't be JSON, and as [`metric`](Self::metric).
    pub fn data(&self, name: &str, document: impl Serialize, metadata: impl Serialize) -> Result<()> {
        self.live(|_| {
            let document = json::value_of("document", &document)?;
            self.document(name, document, json::object_of("metadata", &metadata)?)
        })
    }

    /// Like `data`, of JSON.
    pub(crate) fn document(&self, name: &str, document: Json, metadata: Object) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(name)?;
            inner.event(&Event::Data { name: name.to_owned(), data: Data::Document(document), metadata })
        })
    }

    /// Structured data: an array, which a reader gets as numpy's.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn data_array(&self, name: &str, array: &ArrayView<'_>, metadata: impl Serialize) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            let metadata = json::object_of("metadata", &metadata)?;
            name::check(name)?;
            data::check_array(array.dtype(), array.shape(), array.len() * array.dtype().size())?;
            if let DType::Bytes(_) = array.dtype() {
                data::check_text(array.dtype(), &array.to_vec(Order::C))?;
            }
            let blob = inner.shared.journal.blob(|write| array.gather(Order::C, write))?;
            let data = Data::Array { dtype: array.dtype(), shape: array.shape().to_vec(), blob };
            inner.event(&Event::Data { name: name.to_owned(), data, metadata })
        })
    }
}
