//! The newest figure of a run, or the newest snapshot of an array in two dimensions, as pixels.

use std::io::Cursor;
use std::time::SystemTime;

use metalab::read::{Array, Artifact, Run};
use metalab::{DType, Order};

/// Pixels across and down that are kept, at most: more than the cells of any usual terminal.
const MOST: usize = 512;

/// Larger arrays and figures are not read while a run is watched, in bytes.
const LARGEST: u64 = 256 << 20;

/// A figure or field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    /// The content's hash, by which another one is told.
    pub hash: String,
    /// Least and greatest value of an array.
    pub range: Option<(f64, f64)>,
    pub width: usize,
    pub height: usize,
    /// Row by row, from the top.
    pub pixels: Vec<[u8; 3]>,
}

impl Field {
    /// The newest figure or field of a run; nothing if there is none but the one that is known by its hash.
    ///
    /// # Errors
    /// When the manifest can't be read.
    pub fn newest(run: &Run, known: Option<&str>) -> metalab::Result<Option<Self>> {
        let changed =
            |artifact: &Artifact| std::fs::metadata(&artifact.path).and_then(|file| file.modified());
        let mut all: Vec<(SystemTime, Artifact)> = run
            .artifacts()?
            .into_iter()
            .filter(|artifact| artifact.size <= LARGEST && artifact.reference().is_none())
            .filter(|artifact| matches!(artifact.format.as_str(), "png" | "npz"))
            .filter_map(|artifact| Some((changed(&artifact).ok()?, artifact)))
            .collect();
        all.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
        // Of arrays only those in two dimensions can be shown: the first that can is taken.
        for (_, artifact) in all.into_iter().take(8) {
            if known == Some(artifact.content_hash.as_str()) {
                return Ok(None);
            }
            if let Some(field) = Self::of(&artifact) {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    fn of(artifact: &Artifact) -> Option<Self> {
        let named = |field: Self| Self {
            name: super::log::plain(&artifact.name),
            hash: artifact.content_hash.clone(),
            ..field
        };
        match artifact.format.as_str() {
            "png" => Self::of_png(&artifact.bytes().ok()?).map(named),
            _ => Self::of_array(&artifact.array(None).ok()?).map(named),
        }
    }

    fn of_png(bytes: &[u8]) -> Option<Self> {
        let limits = png::Limits { bytes: LARGEST as usize };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().ok()?;
        let size = reader.output_buffer_size().filter(|size| *size as u64 <= LARGEST)?;
        let mut data = vec![0; size];
        let info = reader.next_frame(&mut data).ok()?;
        let samples = info.color_type.samples();
        let (width, height) = (info.width as usize, info.height as usize);
        Self::of_pixels(width, height, |x, y| {
            let at = y * info.line_size + x * samples;
            let sample = |index: usize| data.get(at + index).copied().unwrap_or(0);
            match samples {
                1 | 2 => [sample(0); 3],
                _ => [sample(0), sample(1), sample(2)],
            }
        })
    }

    fn of_array(array: &Array) -> Option<Self> {
        let [rows, columns] = array.shape() else { return None };
        let (rows, columns) = (usize::try_from(*rows).ok()?, usize::try_from(*columns).ok()?);
        let values = values(array)?;
        let value = |x: usize, y: usize| {
            let place = if array.order() == Order::C { y * columns + x } else { x * rows + y };
            values.get(place).copied().unwrap_or(f64::NAN)
        };
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let width = high / 2.0 - low / 2.0;
        let field = Self::of_pixels(columns, rows, |x, y| match value(x, y) {
            value if !value.is_finite() => [128; 3],
            value => {
                let part = if width > 0.0 { (value / 2.0 - low / 2.0) / width } else { 0.5 };
                colorous::VIRIDIS.eval_continuous(part.clamp(0.0, 1.0)).into_array()
            }
        })?;
        Some(Self { range: Some((low, high)).filter(|(low, high)| low <= high), ..field })
    }

    /// The pixels, as many as are kept.
    fn of_pixels(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Option<Self> {
        if width == 0 || height == 0 {
            return None;
        }
        let (kept, rows) = (width.min(MOST), height.min(MOST));
        let place = |index: usize| (index % kept * width / kept, index / kept * height / rows);
        let pixels = (0..kept * rows).map(place).map(|(x, y)| pixel(x, y)).collect();
        let (name, hash) = Default::default();
        Some(Self { name, hash, range: None, width: kept, height: rows, pixels })
    }

    /// The colour at a place, of which both parts are from 0 to 1.
    pub fn at(&self, x: f64, y: f64) -> [u8; 3] {
        let place = |part: f64, size: usize| ((part * size as f64) as usize).min(size - 1);
        self.pixels[place(y, self.height) * self.width + place(x, self.width)]
    }
}

/// The elements as floats, in the order in which they lie; nothing for a type that is no number.
fn values(array: &Array) -> Option<Vec<f64>> {
    macro_rules! floats {
        ($type:ty) => {
            array.elements::<$type>().ok()?.iter().map(|value| *value as f64).collect()
        };
    }
    Some(match array.dtype() {
        DType::Float64 => array.elements::<f64>().ok()?.to_vec(),
        DType::Float32 => floats!(f32),
        DType::Int8 => floats!(i8),
        DType::Int16 => floats!(i16),
        DType::Int32 => floats!(i32),
        DType::Int64 => floats!(i64),
        DType::UInt8 => floats!(u8),
        DType::UInt16 => floats!(u16),
        DType::UInt32 => floats!(u32),
        DType::UInt64 => floats!(u64),
        DType::Bool => array.bytes().iter().map(|byte| f64::from(*byte)).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use metalab::read::Store;
    use metalab::{ArrayView, Capture, Figure, Opened, Options};

    fn array<'a>(bytes: &'a [u8], order: Order, shape: &'a [u64]) -> ArrayView<'a> {
        ArrayView::contiguous(bytes, DType::Float64, order, shape).unwrap()
    }

    fn bytes(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[test]
    fn the_newest_figure_or_field_is_shown_as_it_lies() {
        let place = tempfile::tempdir().unwrap();
        let store = place.path().to_str().unwrap();
        let mut options = Options::new();
        options.store(store).experiment("heat:1").unwrap().run_id("a").unwrap().code_hash("");
        let Opened::Capture(run) = Capture::open(&options).unwrap() else { panic!() };
        let none: [(&str, i64); 0] = [];
        let none = std::collections::BTreeMap::from(none);
        let newest = |known: Option<&str>| {
            run.flush(metalab::Flush::Visible).unwrap();
            let read = Store::open(store).unwrap().run(None, "a").unwrap();
            Field::newest(&read, known).unwrap()
        };
        assert_eq!(newest(None), None);
        run.artifact_array("line", &array(&bytes(&[1.0, 2.0]), Order::C, &[2]), &none).unwrap();
        assert_eq!(newest(None), None, "no field has one dimension");

        // Two rows of three columns, in both orders.
        let rows = [0.0, 1.0, 2.0, 3.0, 4.0, f64::NAN];
        run.artifact_array("c", &array(&bytes(&rows), Order::C, &[2, 3]), &none).unwrap();
        let c = newest(None).unwrap();
        assert_eq!((c.name.as_str(), c.width, c.height, c.range), ("c", 3, 2, Some((0.0, 4.0))));
        assert_eq!(
            (c.at(0.9, 0.9), c.at(0.0, 0.0)),
            ([128; 3], colorous::VIRIDIS.eval_continuous(0.0).into_array())
        );
        let columns = [0.0, 3.0, 1.0, 4.0, 2.0, f64::NAN];
        run.artifact_array("f", &array(&bytes(&columns), Order::F, &[2, 3]), &none).unwrap();
        let f = newest(Some(&c.hash)).unwrap();
        assert_eq!((f.name.as_str(), &f.pixels), ("f", &c.pixels));
        assert_eq!(newest(Some(&f.hash)), None);

        let pixels = [[255, 0, 0], [0, 0, 255]].concat();
        let figure = Figure::Pixels { pixels: &pixels, width: 2, height: 1, channels: 3, row_stride: 6 };
        run.figure("shot", figure, &none).unwrap();
        let shot = newest(None).unwrap();
        assert_eq!(
            (shot.name.as_str(), shot.range, shot.pixels),
            ("shot", None, vec![[255, 0, 0], [0, 0, 255]])
        );
        run.finish().unwrap();
    }

    #[test]
    fn what_is_no_picture_is_none() {
        assert!(Field::of_png(b"no picture").is_none());
        assert!(Field::of_pixels(0, 5, |_, _| [0; 3]).is_none());
        let large = Field::of_pixels(5000, 3, |x, _| [(x / 20) as u8; 3]).unwrap();
        assert_eq!((large.width, large.height, large.pixels.len()), (MOST, 3, 3 * MOST));
        assert!(large.at(1.0, 1.0)[0] > 245);
    }
}
