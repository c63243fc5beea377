//! Structures that may grow at their end.

use std::mem::MaybeUninit;

use super::convert::null;
use super::status::{Answer, wrong};
use crate::base::error::ErrorKind;

/// A structure of the interface. Its first member is its size as the program was compiled, so that members
/// can be added at its end: those that an older program does not have are zero, and those of a newer
/// program that this library does not know have to be.
///
/// # Safety
/// It is `repr(C)` and begins with a `usize`; all its members may be zero; and there is no padding at its
/// end, nor among members that were added.
pub(super) unsafe trait Structure: Copy {
    /// The macro that initialises it.
    const INIT: &str;
    /// Its size in the version that had it first.
    const FIRST: usize;
}

/// No version is as large: what says so is memory that nobody has initialised.
const LARGEST: usize = 4096;

/// The size that the program gives the structure.
///
/// # Safety
/// `structure` is NULL or has a `usize`.
unsafe fn size<T: Structure>(argument: &str, structure: *const T) -> Answer<usize> {
    if structure.is_null() {
        return null(argument);
    }
    if !structure.is_aligned() {
        return wrong(ErrorKind::Value, format!("{argument} is not aligned"));
    }
    // SAFETY: not NULL, aligned; the rest is the caller's duty.
    let size = unsafe { structure.cast::<usize>().read() };
    if size < T::FIRST || size > LARGEST || size % align_of::<T>() != 0 {
        let (first, init) = (T::FIRST, T::INIT);
        return wrong(
            ErrorKind::Value,
            format!(
                "{argument}->struct_size is {size}, and no version has this size, the first had {first}: \
                 initialise it with {init}"
            ),
        );
    }
    Ok(size)
}

/// A structure of the caller's.
///
/// # Safety
/// `structure` is NULL, or what its `struct_size` says may be read.
pub(super) unsafe fn read<T: Structure>(argument: &str, structure: *const T) -> Answer<T> {
    // SAFETY: the caller's duty.
    let size = unsafe { size(argument, structure)? };
    let known = size.min(size_of::<T>());
    let mut own = MaybeUninit::<T>::zeroed();
    // SAFETY: `size` bytes may be read, `known` fit. Zeros are valid members.
    unsafe {
        structure.cast::<u8>().copy_to_nonoverlapping(own.as_mut_ptr().cast(), known);
        let unknown = std::slice::from_raw_parts(structure.cast::<u8>().add(known), size - known);
        if let Some(at) = unknown.iter().position(|byte| *byte != 0) {
            let (at, version) = (known + at, env!("CARGO_PKG_VERSION"));
            return wrong(
                ErrorKind::Unsupported,
                format!(
                    "{argument} has a member at byte {at} that version {version} of the library does not know: \
                     it has to be zero"
                ),
            );
        }
        Ok(own.assume_init())
    }
}

/// Structures of the caller's that lie one after the other, all of one size.
///
/// # Safety
/// `first` has `count` structures.
pub(super) unsafe fn list<T: Structure>(argument: &str, first: *const T, count: usize) -> Answer<Vec<T>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the caller's duty.
    let size = unsafe { size(&format!("{argument}[0]"), first)? };
    if count > isize::MAX as usize / size {
        return wrong(ErrorKind::Value, format!("{argument} can't have {count} elements"));
    }
    let one = |index: usize| {
        let name = format!("{argument}[{index}]");
        let structure = first.wrapping_byte_add(index * size);
        // SAFETY: the caller's duty; it has a place of `size` bytes.
        unsafe {
            match structure.cast::<usize>().read() {
                same if same == size => read(&name, structure),
                other => wrong(
                    ErrorKind::Value,
                    format!("{name}.struct_size is {other}, and that of {argument}[0] is {size}"),
                ),
            }
        }
    };
    (0..count).map(one).collect()
}

/// Refuses a structure to be filled that is not initialised. NULL is fine.
///
/// # Safety
/// `out` is NULL or has a `usize`.
pub(super) unsafe fn check_out<T: Structure>(argument: &str, out: *mut T) -> Answer {
    if out.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's duty.
    unsafe { size(argument, out) }.map(drop)
}

/// Fills a structure of the caller's, which `check_out` has passed; members that this library does not know
/// become zero. NULL is left alone.
///
/// # Safety
/// `out` is NULL, or what its `struct_size` says may be written.
pub(super) unsafe fn fill<T: Structure>(out: *mut T, value: &T) {
    if out.is_null() {
        return;
    }
    const HEAD: usize = size_of::<usize>();
    // SAFETY: `size` bytes may be written; `known` of `value` may be read.
    unsafe {
        let size = out.cast::<usize>().read();
        let known = size.min(size_of::<T>());
        let from = std::ptr::from_ref(value).cast::<u8>();
        from.add(HEAD).copy_to_nonoverlapping(out.cast::<u8>().add(HEAD), known - HEAD);
        out.cast::<u8>().add(known).write_bytes(0, size - known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::status::Stop;

    /// A structure as three versions of the library have it.
    macro_rules! version {
        ($name:ident { $($member:ident),* }) => {
            #[repr(C)]
            #[derive(Debug, Clone, Copy, PartialEq)]
            struct $name {
                struct_size: usize,
                $($member: u64),*
            }

            // SAFETY: numbers only, of one size.
            unsafe impl Structure for $name {
                const INIT: &str = "INIT";
                const FIRST: usize = size_of::<Older>();
            }

            impl $name {
                fn new($($member: u64),*) -> Self {
                    Self { struct_size: size_of::<Self>(), $($member),* }
                }
            }
        };
    }
    version!(Older { first });
    version!(Current { first, second });
    version!(Newer { first, second, third });

    fn kind<T>(answer: Answer<T>) -> (ErrorKind, String) {
        match answer {
            Err(Stop::Error(error)) => (error.kind(), error.message().to_owned()),
            _ => panic!("it was taken"),
        }
    }

    /// A program's structure, read by the library that has `T`.
    fn read_as<T: Structure, P>(program: &P) -> Answer<T> {
        // SAFETY: its size is its first member.
        unsafe { read("style", std::ptr::from_ref(program).cast()) }
    }

    #[test]
    fn a_structure_of_another_version_is_read() {
        let now: Current = read_as(&Current::new(1, 2)).unwrap_or_else(|_| panic!());
        assert_eq!(now, Current::new(1, 2));
        let old: Current = read_as(&Older::new(1)).unwrap_or_else(|_| panic!());
        assert_eq!((old.first, old.second), (1, 0));
        let new: Current = read_as(&Newer::new(1, 2, 0)).unwrap_or_else(|_| panic!());
        assert_eq!((new.first, new.second), (1, 2));
        let (kind_of, message) = kind(read_as::<Current, _>(&Newer::new(1, 2, 3)));
        assert_eq!(kind_of, ErrorKind::Unsupported);
        assert!(message.starts_with("style has a member at byte 24 that version "), "{message}");
    }

    #[test]
    fn a_size_of_no_version_is_refused() {
        for size in [0, 8, 15, 17, LARGEST + 8, usize::MAX] {
            let (kind_of, message) =
                kind(read_as::<Current, _>(&Current { struct_size: size, first: 1, second: 2 }));
            assert_eq!(kind_of, ErrorKind::Value);
            assert!(message.starts_with(&format!("style->struct_size is {size}, ")), "{message}");
            assert!(message.ends_with("initialise it with INIT"), "{message}");
        }
        assert_eq!(kind(read_as::<Current, _>(&())).0, ErrorKind::Value);
    }

    #[test]
    fn a_list_has_the_steps_of_its_program() {
        // SAFETY: their sizes are their first members.
        let read = |olds: &[Older]| unsafe { list::<Current>("styles", olds.as_ptr().cast(), olds.len()) };
        let olds: Vec<Older> = (0..5).map(Older::new).collect();
        let read_back = read(&olds).unwrap_or_else(|_| panic!());
        assert_eq!(read_back.iter().map(|one| one.first).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let mixed = [Older::new(1), Older { struct_size: 24, first: 2 }];
        let (kind_of, message) = kind(read(&mixed));
        assert_eq!(kind_of, ErrorKind::Value);
        assert_eq!(message, "styles[1].struct_size is 24, and that of styles[0] is 16");
        // SAFETY: it is looked at no further than the first.
        let absurd = unsafe { list::<Current>("styles", olds.as_ptr().cast(), usize::MAX) };
        assert_eq!(kind(absurd).0, ErrorKind::Value);
    }

    #[test]
    fn a_structure_of_another_version_is_filled() {
        let value = Current::new(1, 2);
        let (mut old, mut new) = ([Older::new(9), Older::new(9)], Newer::new(9, 9, 9));
        // SAFETY: as large as they say.
        unsafe {
            assert!(check_out::<Current>("out", old.as_mut_ptr().cast()).is_ok());
            fill::<Current>(old.as_mut_ptr().cast(), &value);
            fill::<Current>((&raw mut new).cast(), &value);
            fill::<Current>(std::ptr::null_mut(), &value);
        }
        assert_eq!(old, [Older::new(1), Older::new(9)]);
        assert_eq!(new, Newer::new(1, 2, 0));
    }
}
