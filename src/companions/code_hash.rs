//! Which code runs: an id of the running executable, found without slowing the start.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::base::hex::hex;
use crate::base::sync::MadeOnce;

/// Files up to this size are hashed whole.
const WHOLE: u64 = 32 << 20;
/// Of larger files, this much of the beginning and of the end is hashed, and the size.
const PART: u64 = 8 << 20;

/// It does not change while the process runs.
static HASH: MadeOnce<Option<String>> = MadeOnce::new();

/// The running executable's GNU build id in hexadecimal digits, as the linker wrote it and the
/// system mapped it. Without one (a linker may be told so; other systems have none), the SHA-256 of
/// the executable's file; of a file over 32 MiB, that of its first and last 8 MiB and its size as 8
/// bytes, little-endian. None when the file cannot be read.
///
/// Where a solver is a library that Python, Julia or R loads, this is the interpreter.
pub fn of_executable() -> Option<String> {
    HASH.get_or_init(|| build_id().or_else(|| hash_file(open_executable().ok()?).ok())).clone()
}

/// Like `of_executable`, where that takes no reading of the file.
pub fn at_hand() -> Option<String> {
    HASH.get().cloned().unwrap_or_else(build_id)
}

/// The SHA-256 of a program's file, as `of_executable` has it without a build id. None when the file
/// cannot be read.
pub fn of_file(path: &Path) -> Option<String> {
    hash_file(File::open(path).ok()?).ok()
}

#[cfg(target_os = "linux")]
fn open_executable() -> io::Result<File> {
    // The link itself opens the file that runs, also when its path now has another or none.
    File::open("/proc/self/exe")
}

#[cfg(not(target_os = "linux"))]
fn open_executable() -> io::Result<File> {
    File::open(std::env::current_exe()?)
}

fn hash_file(mut file: File) -> io::Result<String> {
    let size = file.metadata()?.len();
    let mut hasher = Sha256::new();
    if size <= WHOLE {
        hash_bytes(&mut file, size, &mut hasher)?;
    } else {
        hash_bytes(&mut file, PART, &mut hasher)?;
        file.seek(SeekFrom::Start(size - PART))?;
        hash_bytes(&mut file, PART, &mut hasher)?;
        hasher.update(size.to_le_bytes());
    }
    Ok(hex(&hasher.finalize()))
}

fn hash_bytes(file: &mut File, count: u64, hasher: &mut Sha256) -> io::Result<()> {
    let mut piece = vec![0; 64 << 10];
    let mut left = file.take(count);
    loop {
        match left.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(size) => hasher.update(&piece[..size]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn build_id() -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn build_id() -> Option<String> {
    unsafe extern "C" fn main_program(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        found: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: the loader's own description, alive during this call, and the caller's variable.
        unsafe { *found.cast::<Option<String>>() = build_id_of(&*info) };
        // The main program comes first; stop there.
        1
    }
    let mut found: Option<String> = None;
    // SAFETY: the callback writes `found`, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(main_program), (&raw mut found).cast()) };
    found
}

/// # Safety
/// `info` must describe a program as the loader mapped it.
#[cfg(target_os = "linux")]
unsafe fn build_id_of(info: &libc::dl_phdr_info) -> Option<String> {
    if info.dlpi_phdr.is_null() {
        return None;
    }
    // SAFETY: the loader's table of that many headers.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let note_headers = headers.iter().filter(|header| header.p_type == libc::PT_NOTE);
    note_headers
        .filter_map(|note| {
            // Notes may also lie outside of what is mapped.
            let mapped = headers.iter().any(|load| {
                load.p_type == libc::PT_LOAD
                    && load.p_flags & libc::PF_R != 0
                    && load.p_vaddr <= note.p_vaddr
                    && note.p_vaddr.saturating_add(note.p_filesz)
                        <= load.p_vaddr.saturating_add(load.p_filesz)
            });
            if !mapped {
                return None;
            }
            let start = (info.dlpi_addr as usize).wrapping_add(note.p_vaddr as usize) as *const u8;
            // SAFETY: within a readable segment of the program, which stays mapped.
            let bytes = unsafe { std::slice::from_raw_parts(start, note.p_filesz as usize) };
            find_build_id(bytes, if note.p_align == 8 { 8 } else { 4 })
        })
        .next()
        .map(hex)
}

/// The build id among the notes of one segment, whose parts are padded to `align` bytes.
#[cfg(target_os = "linux")]
fn find_build_id(mut notes: &[u8], align: usize) -> Option<&[u8]> {
    const NT_GNU_BUILD_ID: u32 = 3;
    const HEADER: usize = 12;
    loop {
        let word = |at: usize| Some(u32::from_ne_bytes(notes.get(at..at + 4)?.try_into().ok()?));
        let (name_size, id_size, kind) = (word(0)? as usize, word(4)? as usize, word(8)?);
        let name = notes.get(HEADER..HEADER.checked_add(name_size)?)?;
        let id_start = (HEADER + name_size).next_multiple_of(align);
        let id = notes.get(id_start..id_start.checked_add(id_size)?)?;
        if kind == NT_GNU_BUILD_ID && name == b"GNU\0" && !id.is_empty() {
            return Some(id);
        }
        notes = notes.get((id_start + id_size).next_multiple_of(align)..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::base::sync::{holds_in_child, is_alone};

    #[cfg(target_os = "linux")]
    fn note(kind: u32, name: &[u8], id: &[u8], align: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [name.len() as u32, id.len() as u32, kind] {
            bytes.extend(word.to_ne_bytes());
        }
        for part in [name, id] {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(align), 0);
        }
        bytes
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn notes_are_walked_in_their_alignment() {
        for align in [4, 8] {
            let mut notes = note(5, b"GNU\0", &[1; 16], align);
            notes.extend(note(3, b"Other\0", &[2; 5], align));
            assert_eq!(find_build_id(&notes, align), None);
            notes.extend(note(3, b"GNU\0", &[], align));
            notes.extend(note(3, b"GNU\0", &[7; 20], align));
            assert_eq!(find_build_id(&notes, align), Some(&[7; 20][..]));
            for cut in 1..21 {
                assert_eq!(find_build_id(&notes[..notes.len() - cut - (align - 4)], align), None);
            }
        }
        let mut absurd = note(3, b"GNU\0", &[7; 20], 4);
        absurd[..8].fill(0xff);
        assert_eq!(find_build_id(&absurd, 4), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_build_id_is_that_of_the_file() {
        let id = build_id();
        let executable = std::env::current_exe().unwrap();
        let output = std::process::Command::new("readelf").arg("-n").arg(executable).output();
        let Ok(output) = output else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "readelf is missing");
            println!("skipped: readelf is missing");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let expected = text.lines().find_map(|line| line.trim().strip_prefix("Build ID: "));
        assert_eq!(id.as_deref(), expected);
    }

    #[test]
    fn the_hash_is_hexadecimal_and_stays() {
        let hash = of_executable().unwrap();
        assert!(hash.len() >= 16 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_eq!(of_executable(), Some(hash));
        assert_eq!(hash_file(open_executable().unwrap()).unwrap().len(), 64);
    }

    #[test]
    fn large_files_are_hashed_in_part() {
        let hash = |write: &dyn Fn(&mut File)| {
            let mut file = tempfile::tempfile().unwrap();
            write(&mut file);
            file.seek(SeekFrom::Start(0)).unwrap();
            hash_file(file).unwrap()
        };
        assert_eq!(
            hash(&|file| file.write_all(b"abc").unwrap()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let sized = |size: u64, mark: u64| {
            hash(&|file| {
                file.set_len(size).unwrap();
                file.seek(SeekFrom::Start(mark)).unwrap();
                file.write_all(b"x").unwrap();
            })
        };
        let size = WHOLE + 1;
        assert_ne!(sized(size, 0), sized(size, 1));
        assert_ne!(sized(size, size - 1), sized(size, size - 2));
        assert_ne!(sized(size, 0), sized(size + 1, 0));
        assert_eq!(sized(size, PART), sized(size, size - PART - 1));
        assert_ne!(sized(WHOLE, PART), sized(WHOLE, PART + 1));
    }

    #[test]
    fn a_child_that_is_forked_meanwhile_hashes_for_itself() {
        if !is_alone(concat!(module_path!(), "::a_child_that_is_forked_meanwhile_hashes_for_itself")) {
            return;
        }
        let (tell, begun) = channel();
        let (release, released) = channel::<()>();
        let thread = std::thread::spawn(move || {
            HASH.get_or_init(|| {
                tell.send(()).unwrap();
                released.recv().unwrap();
                None
            });
        });
        begun.recv().unwrap();
        let is_hashed = holds_in_child(|| of_executable().is_some());
        release.send(()).unwrap();
        thread.join().unwrap();
        assert!(is_hashed);
        assert_eq!(of_executable(), None);
        assert!(holds_in_child(|| of_executable().is_none()), "it is taken from the parent");
    }
}
