//! Columns as the Arrow C data interface has them: <https://arrow.apache.org/docs/format/CDataInterface.html>.
//!
//! Exported structures own themselves: they live until their `release` is called, also when whoever exported
//! them is gone. Numbers and texts are not copied. A consumer may take children out of their parent, so each
//! child owns what it points to.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

use super::column::{Column, Values};

/// The flag of a field that may have missing values.
const NULLABLE: i64 = 2;

/// `struct ArrowSchema`: the type of an array.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// `struct ArrowArray`: the data of an array.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

/// The memory that a schema points to.
struct SchemaOwner {
    _name: CString,
    children: Vec<*mut ArrowSchema>,
}

/// The memory that an array points to.
struct ArrayOwner {
    _columns: Arc<Vec<Column>>,
    /// Bits of what is there, of booleans, and offsets of 32 bits.
    _bits: Vec<Vec<u8>>,
    _offsets: Vec<i32>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
}

/// All of `columns`, of `rows` values each, as a struct array, which is a record batch.
pub fn export(columns: &Arc<Vec<Column>>, rows: usize) -> (ArrowSchema, ArrowArray) {
    let children = columns.iter().map(|column| {
        let is_long = matches!(&column.values, Values::Text(texts) if is_long(texts.bytes()));
        Box::into_raw(Box::new(schema(
            format_of(&column.values, is_long),
            &column.name,
            NULLABLE,
            Vec::new(),
        )))
    });
    let schema = schema(c"+s", "", 0, children.collect());
    let children = (0..columns.len()).map(|index| Box::into_raw(Box::new(array(columns, index))));
    let owner = ArrayOwner {
        _columns: Arc::clone(columns),
        _bits: Vec::new(),
        _offsets: Vec::new(),
        buffers: vec![null()],
        children: children.collect(),
    };
    (schema, owned(owner, rows, 0))
}

/// Returns true if offsets of 32 bits are not enough.
fn is_long(bytes: &str) -> bool {
    i32::try_from(bytes.len()).is_err()
}

fn format_of(values: &Values, is_long: bool) -> &'static CStr {
    match values {
        Values::Empty(_) => c"n",
        Values::Bool(_) => c"b",
        Values::Int(_) => c"l",
        Values::Float(_) => c"g",
        Values::Text(_) if is_long => c"U",
        Values::Text(_) => c"u",
        Values::Time(_) => c"tsu:UTC",
    }
}

fn schema(format: &'static CStr, name: &str, flags: i64, children: Vec<*mut ArrowSchema>) -> ArrowSchema {
    let name: Vec<u8> = name.bytes().filter(|byte| *byte != 0).collect();
    let name = CString::new(name).unwrap_or_default();
    let name_at = name.as_ptr();
    let owner = Box::into_raw(Box::new(SchemaOwner { _name: name, children }));
    // SAFETY: made a moment ago, and nobody else has it.
    let children = unsafe { &mut (*owner).children };
    ArrowSchema {
        format: format.as_ptr(),
        name: name_at,
        metadata: null(),
        flags,
        n_children: children.len() as i64,
        children: if children.is_empty() { null_mut() } else { children.as_mut_ptr() },
        dictionary: null_mut(),
        release: Some(release_schema),
        private_data: owner.cast(),
    }
}

/// The array of the column at `index`.
fn array(columns: &Arc<Vec<Column>>, index: usize) -> ArrowArray {
    let Column { values, valid, .. } = &columns[index];
    let mut bits = Vec::new();
    let mut offsets = Vec::new();
    let missing = valid.as_ref().map_or(0, |valid| valid.iter().filter(|one| **one == 0).count());
    let mut add_bits = |bytes: &[u8]| {
        bits.push(packed(bytes));
        bits.last().map_or(null(), |bits| bits.as_ptr().cast::<c_void>())
    };
    let valid_at = valid.as_ref().filter(|_| missing > 0).map_or(null(), |valid| add_bits(valid));
    let buffers = match values {
        // It has no buffers, not even for what is there.
        Values::Empty(_) => Vec::new(),
        Values::Bool(values) => vec![valid_at, add_bits(values)],
        Values::Int(values) | Values::Time(values) => vec![valid_at, values.as_ptr().cast()],
        Values::Float(values) => vec![valid_at, values.as_ptr().cast()],
        Values::Text(texts) => {
            let bytes = texts.bytes().as_ptr().cast();
            if is_long(texts.bytes()) {
                vec![valid_at, texts.offsets().as_ptr().cast(), bytes]
            } else {
                offsets = texts.offsets().iter().map(|offset| *offset as i32).collect();
                vec![valid_at, offsets.as_ptr().cast(), bytes]
            }
        }
    };
    let missing = if buffers.is_empty() { values.len() } else { missing };
    // The heap's memory of a vector stays where it is when the vector moves.
    let owner = ArrayOwner {
        _columns: Arc::clone(columns),
        _bits: bits,
        _offsets: offsets,
        buffers,
        children: Vec::new(),
    };
    owned(owner, values.len(), missing)
}

/// A bit for each byte, the lowest first.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let pack = |bytes: &[u8]| {
        bytes.iter().enumerate().fold(0, |bits, (at, byte)| bits | (u8::from(*byte != 0) << at))
    };
    bytes.chunks(8).map(pack).collect()
}

fn owned(owner: ArrayOwner, length: usize, missing: usize) -> ArrowArray {
    let owner = Box::into_raw(Box::new(owner));
    // SAFETY: made a moment ago, and nobody else has it.
    let ArrayOwner { buffers, children, .. } = unsafe { &mut *owner };
    ArrowArray {
        length: length as i64,
        null_count: missing as i64,
        offset: 0,
        n_buffers: buffers.len() as i64,
        n_children: children.len() as i64,
        buffers: if buffers.is_empty() { null_mut() } else { buffers.as_mut_ptr() },
        children: if children.is_empty() { null_mut() } else { children.as_mut_ptr() },
        dictionary: null_mut(),
        release: Some(release_array),
        private_data: owner.cast(),
    }
}

/// # Safety
/// `schema` is one that was exported here and not released, as the interface prescribes.
unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: as documented; a child that was taken out has no `release`.
    unsafe {
        let owner = Box::from_raw((*schema).private_data.cast::<SchemaOwner>());
        for child in &owner.children {
            if let Some(release) = (**child).release {
                release(*child);
            }
            drop(Box::from_raw(*child));
        }
        (*schema).release = None;
        (*schema).private_data = null_mut();
    }
}

/// # Safety
/// `array` is one that was exported here and not released, as the interface prescribes.
unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: as documented; a child that was taken out has no `release`.
    unsafe {
        let owner = Box::from_raw((*array).private_data.cast::<ArrayOwner>());
        for child in &owner.children {
            if let Some(release) = (**child).release {
                release(*child);
            }
            drop(Box::from_raw(*child));
        }
        (*array).release = None;
        (*array).private_data = null_mut();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::column::Texts;

    fn columns() -> Arc<Vec<Column>> {
        let mut texts = Texts::default();
        ["a", "", "é"].iter().for_each(|text| texts.push(text));
        let column = |name: &str, values, valid| Column { name: name.to_owned(), values, valid };
        Arc::new(vec![
            column("int", Values::Int(vec![1, 0, -3]), Some(vec![1, 0, 1])),
            column("float", Values::Float(vec![0.5, f64::NAN, 2.0]), None),
            column("bool", Values::Bool(vec![1, 0, 1]), None),
            column("text", Values::Text(texts), Some(vec![1, 1, 1])),
            column("time", Values::Time(vec![7, 8, 9]), None),
            column("none", Values::Empty(3), Some(vec![0, 0, 0])),
        ])
    }

    /// The text at `at`.
    fn text(at: *const c_char) -> &'static str {
        // SAFETY: exported, and not released yet.
        unsafe { CStr::from_ptr(at) }.to_str().unwrap()
    }

    #[test]
    fn what_is_exported_owns_itself() {
        let columns = columns();
        let (mut schema, mut array) = export(&columns, 3);
        let first = Arc::downgrade(&columns);
        drop(columns);
        assert_eq!((text(schema.format), schema.n_children, array.n_children), ("+s", 6, 6));
        // SAFETY: exported, and not released yet.
        unsafe {
            let child = |index: usize| (&**schema.children.add(index), &**array.children.add(index));
            let format = |index| text(child(index).0.format);
            assert_eq!([0, 1, 2, 3, 4, 5].map(format), ["l", "g", "b", "u", "tsu:UTC", "n"]);
            assert_eq!((text(child(3).0.name), child(3).0.flags), ("text", NULLABLE));
            let (int, bool, texts, none) = (child(0).1, child(2).1, child(3).1, child(5).1);
            assert_eq!((int.length, int.null_count, **int.buffers.cast::<*const u8>()), (3, 1, 0b101));
            assert_eq!(*(*int.buffers.add(1)).cast::<[i64; 3]>(), [1, 0, -3]);
            assert_eq!((*bool.buffers, *(*bool.buffers.add(1)).cast::<u8>()), (null(), 0b101));
            // Of a column that has all, there are no bits.
            assert_eq!((texts.null_count, *texts.buffers), (0, null()));
            assert_eq!(*(*texts.buffers.add(1)).cast::<[i32; 4]>(), [0, 1, 1, 3]);
            assert_eq!(*(*texts.buffers.add(2)).cast::<[u8; 3]>(), *b"a\xC3\xA9");
            assert_eq!((none.n_buffers, none.null_count), (0, 3));
            // A child that was taken out lives on.
            let taken = std::ptr::read(*array.children);
            (**array.children).release = None;
            let mut taken = taken;
            release_array(&mut array);
            release_schema(&mut schema);
            assert!(array.release.is_none() && schema.release.is_none());
            assert_eq!(*(*taken.buffers.add(1)).cast::<[i64; 3]>(), [1, 0, -3]);
            assert!(first.upgrade().is_some());
            release_array(&mut taken);
        }
        assert!(first.upgrade().is_none());
    }

    #[test]
    fn bits_are_packed_the_lowest_first() {
        assert_eq!(packed(&[1, 0, 0, 0, 0, 0, 0, 1, 0, 1]), [0x81, 0x02]);
        assert!(packed(&[]).is_empty());
    }
}
