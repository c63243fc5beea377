//! Calls to the operating system that differ between systems, in one place.

use std::cell::UnsafeCell;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::io::{Read as _, Seek as _};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::base::file;
use crate::base::sync::MadeOnce;

/// Bytes of a page of memory.
pub fn page_size() -> usize {
    // SAFETY: sysconf has no preconditions.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

/// Bytes that are written at a time where a file is made: the kernel makes one huge page of them, so
/// that mapping them is one fault. In smaller pieces a page costs more to map, and twenty times
/// more to write to again once the disk has it.
const PIECE: usize = 2 << 20;

/// A piece of zeros. Constant ones would be two megabytes of the library's file; these are memory that the
/// kernel gives out as one page of zeros, again and again.
struct Zeros(UnsafeCell<[u8; PIECE]>);

// SAFETY: nobody writes to them.
unsafe impl Sync for Zeros {}

static ZEROS: Zeros = Zeros(UnsafeCell::new([0; PIECE]));

/// Gives the empty `file` its bytes now, as zeros, so that a full disk is an error here and not a
/// SIGBUS later.
///
/// Reserving comes first, since it is cheap and refuses what has no room; then the zeros are
/// written, which makes the pages in large pieces: five times faster than faulting them in.
pub fn allocate(file: &File, size: u64) -> io::Result<()> {
    allocate_while(file, size, || true)
}

/// Like `allocate`, and gives up as interrupted once `goes_on` says no: it is asked at every piece.
pub fn allocate_while(file: &File, size: u64, goes_on: impl Fn() -> bool) -> io::Result<()> {
    // SAFETY: nobody writes to them.
    let zeros = unsafe { &*ZEROS.0.get() };
    write_in_place(file);
    reserve(file, size)?;
    let mut offset = 0;
    while offset < size {
        if !goes_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = (size - offset).min(PIECE as u64);
        file.write_all_at(&zeros[..count as usize], offset)?;
        offset += count;
    }
    Ok(())
}

/// Has the file system write anew where the empty `file` has its blocks, and not to new ones, for which
/// there may be no room once it is mapped: btrfs would, and what stores into the mapping gets SIGBUS.
#[cfg(target_os = "linux")]
fn write_in_place(file: &File) {
    const FS_NOCOW_FL: libc::c_int = 0x0080_0000;
    // SAFETY: `statfs` is plain data, for which zero is a value; the calls write it and `flags` only.
    unsafe {
        let mut found: libc::statfs = std::mem::zeroed();
        if libc::fstatfs(file.as_raw_fd(), &mut found) != 0
            || i128::from(found.f_type) != i128::from(libc::BTRFS_SUPER_MAGIC)
        {
            return;
        }
        let mut flags: libc::c_int = 0;
        if libc::ioctl(file.as_raw_fd(), libc::FS_IOC_GETFLAGS, &mut flags) == 0 {
            flags |= FS_NOCOW_FL;
            // Where it can't, it is as it was: docs/survival.md says what helps.
            libc::ioctl(file.as_raw_fd(), libc::FS_IOC_SETFLAGS, &flags);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn write_in_place(_file: &File) {}

/// The processors that a thread may run on, as bits; 0 is this thread.
#[cfg(target_os = "linux")]
pub fn affinity(thread: libc::pid_t) -> Option<Vec<u64>> {
    // An array of words, since `cpu_set_t` ends at 1024 processors.
    let mut words = [0u64; 1024];
    let room = size_of_val(&words);
    // SAFETY: the kernel writes at most so many bytes there.
    let size = unsafe { libc::syscall(libc::SYS_sched_getaffinity, thread, room, words.as_mut_ptr()) };
    let size = usize::try_from(size).ok().filter(|size| *size > 0)?;
    Some(words[..size.div_ceil(8)].to_vec())
}

/// Lets this thread run on those processors; where it can't, it runs where it did.
#[cfg(target_os = "linux")]
pub fn set_affinity(words: &[u64]) {
    // SAFETY: the kernel reads so many bytes.
    unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0, size_of_val(words), words.as_ptr()) };
}

/// Swaps the names of two files.
///
/// # Errors
/// When one of them is not there, or the file system can't.
#[cfg(target_os = "linux")]
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    rename_as(one, other, libc::RENAME_EXCHANGE)
}

/// Renames a file to what nothing is called yet.
///
/// # Errors
/// `AlreadyExists` when something is, and when the file system can't.
#[cfg(target_os = "linux")]
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_as(from, to, libc::RENAME_NOREPLACE)
}

#[cfg(target_os = "linux")]
fn rename_as(from: &Path, to: &Path, how: libc::c_uint) -> io::Result<()> {
    let (from, to) = (CString::new(from.as_os_str().as_bytes())?, CString::new(to.as_os_str().as_bytes())?);
    let here = libc::AT_FDCWD;
    // The C library has a function for it from glibc 2.28 on.
    // SAFETY: two strings.
    let done = unsafe { libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), how) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Other systems rename.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Other systems link.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The kind of the file system of `directory`, as the kernel numbers it.
#[cfg(target_os = "linux")]
fn file_system(directory: &Path) -> Option<i64> {
    let path = CString::new(directory.as_os_str().as_bytes()).ok()?;
    // SAFETY: `statfs` is plain data, for which zero is a value; the call writes it only.
    unsafe {
        let mut found: libc::statfs = std::mem::zeroed();
        (libc::statfs(path.as_ptr(), &mut found) == 0).then_some(found.f_type as i64 & 0xFFFF_FFFF)
    }
}

/// Returns whether the file system of `directory` has DOS's rules for names.
#[cfg(target_os = "linux")]
pub fn has_names_of_dos(directory: &Path) -> bool {
    const DOS: [i64; 2] = [0x4D44, 0x2011_BAB0];
    file_system(directory).is_some_and(|kind| DOS.contains(&kind))
}

#[cfg(not(target_os = "linux"))]
pub fn has_names_of_dos(_directory: &Path) -> bool {
    false
}

/// Returns true if the file system of `directory` is known to change a directory's times whenever a name in
/// it comes, goes or is replaced. Those of object stores and others in user space may not.
#[cfg(target_os = "linux")]
pub fn keeps_directory_times(directory: &Path) -> bool {
    // ext, XFS, Btrfs, tmpfs, NFS, overlayfs, ZFS, Lustre, GPFS, Ceph, F2FS, bcachefs, ramfs; and SquashFS,
    // ISO 9660 and EROFS, where nothing changes.
    const KNOWN: [i64; 16] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0x0102_1994,
        0x6969,
        0x794C_7630,
        0x2FC1_2FC1,
        0x0BD0_0BD0,
        0x4750_4653,
        0x00C3_6400,
        0xF2F5_2010,
        0xCA45_1A4E,
        0x8584_58F6,
        0x7371_7368,
        0x9660,
        0xE0F5_E1E2,
    ];
    file_system(directory).is_some_and(|kind| KNOWN.contains(&kind))
}

#[cfg(not(target_os = "linux"))]
pub fn keeps_directory_times(_directory: &Path) -> bool {
    false
}

/// Bytes that this process may still write on the disk of `directory`.
pub fn free_space(directory: &Path) -> io::Result<u64> {
    let path = CString::new(directory.as_os_str().as_bytes())?;
    // SAFETY: `statvfs` is plain data, for which zero is a value; the call writes it only.
    let found = unsafe {
        let mut found: libc::statvfs = std::mem::zeroed();
        match libc::statvfs(path.as_ptr(), &mut found) {
            0 => found,
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok((found.f_bavail as u64).saturating_mul(found.f_frsize as u64))
}

/// Reserves `size` bytes for the empty `file`, where the file system can.
#[cfg(target_os = "linux")]
fn reserve(file: &File, size: u64) -> io::Result<()> {
    fallocate(file, 0, size)
}

/// Like `reserve`, beyond the end of the file, which stays empty. Setting its length gives them back.
#[cfg(target_os = "linux")]
pub fn reserve_beyond(file: &File, size: u64) -> io::Result<()> {
    fallocate(file, libc::FALLOC_FL_KEEP_SIZE, size)
}

#[cfg(target_os = "linux")]
fn fallocate(file: &File, mode: libc::c_int, size: u64) -> io::Result<()> {
    let size = libc::off_t::try_from(size).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))?;
    loop {
        // SAFETY: a descriptor that `file` keeps open.
        if unsafe { libc::fallocate(file.as_raw_fd(), mode, 0, size) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            // A file system that can't: then writing tells.
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return Ok(()),
            _ => return Err(error),
        }
    }
}

#[cfg(target_os = "macos")]
pub use reserve as reserve_beyond;

/// Here, the file's length never changes by it.
#[cfg(target_os = "macos")]
pub fn reserve(file: &File, size: u64) -> io::Result<()> {
    let length = libc::off_t::try_from(size).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))?;
    let mut store = libc::fstore_t {
        fst_flags: libc::F_ALLOCATEALL,
        fst_posmode: libc::F_PEOFPOSMODE,
        fst_offset: 0,
        fst_length: length,
        fst_bytesalloc: 0,
    };
    // SAFETY: a descriptor that `file` keeps open, and a complete request.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &mut store) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Takes the page faults of `len` bytes at `start` now, as writes.
///
/// # Safety
/// The bytes must be a writable mapping, page-aligned, that nobody else uses yet.
///
/// # Errors
/// When a page can't be had: to touch it would be a SIGBUS.
pub unsafe fn prefault(start: *mut u8, len: usize) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    loop {
        const MADV_POPULATE_WRITE: libc::c_int = 23;
        // SAFETY: advice about a mapping of the caller's.
        if unsafe { libc::madvise(start.cast(), len, MADV_POPULATE_WRITE) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR | libc::EAGAIN) => {}
            // A kernel that does not know it, before Linux 5.14.
            Some(libc::EINVAL) => break,
            _ => return Err(error),
        }
    }
    for offset in (0..len).step_by(page_size()) {
        // SAFETY: within the mapping, which is zero so far and nobody else's.
        unsafe { start.add(offset).write_volatile(0) };
    }
    Ok(())
}

/// Gives back the memory of a mapped file's pages; the file keeps what was written.
///
/// # Safety
/// The bytes must be a shared mapping of a file.
pub unsafe fn release_memory(start: *mut u8, len: usize) {
    // SAFETY: on a shared mapping of a file this only unmaps pages that the file has.
    unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTNEED) };
}

/// Seconds and nanoseconds since the epoch of the cheapest real-time clock.
#[inline]
pub fn coarse_time() -> u64 {
    #[cfg(target_os = "linux")]
    let clock = libc::CLOCK_REALTIME_COARSE;
    #[cfg(not(target_os = "linux"))]
    let clock = libc::CLOCK_REALTIME;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `time` only.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Processor time that the process has used.
pub fn process_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `time` only.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Random bytes from the system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(target_os = "linux")]
    // SAFETY: N bytes of our own; N is small enough for one call.
    let filled = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), N, 0) } == N as isize;
    #[cfg(not(target_os = "linux"))]
    // SAFETY: the same.
    let filled = unsafe { libc::getentropy(bytes.as_mut_ptr().cast(), N) } == 0;
    if !filled {
        // Without a random source, time and address space layout still tell processes apart.
        let seed = coarse_time() ^ ((&raw const bytes as u64) << 20) ^ u64::from(std::process::id());
        let mut state = seed | 1;
        for byte in &mut bytes {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (state >> 56) as u8;
        }
    }
    bytes
}

/// The machine's name.
pub fn host_name() -> Option<String> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer's own length, less one so that there is a NUL.
    if unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) } != 0 {
        return None;
    }
    let end = buffer.iter().position(|byte| *byte == 0)?;
    String::from_utf8(buffer[..end].to_vec()).ok().filter(|name| !name.is_empty())
}

/// Times `patience` that `flock` waits at most, however often the lock changes hands.
const LONGEST_QUEUE: u32 = 12;

/// Takes the advisory lock that the Python package takes too. Waits at most `patience` without a sign that the
/// lock changes hands: many processes that begin at once take it one after the other. The sign is the file's
/// time, which who has waited sets when it gets the lock.
pub fn flock(file: &File, patience: Duration) -> io::Result<bool> {
    let mut nap = Duration::from_micros(50);
    let mut wait: Option<(Instant, Instant, Option<SystemTime>)> = None;
    loop {
        // SAFETY: a descriptor that `file` keeps open.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            if wait.is_some() {
                // Where it can't be set, others wait for `patience` only.
                // SAFETY: a descriptor that `file` keeps open; without times, it is now.
                unsafe { libc::futimens(file.as_raw_fd(), std::ptr::null()) };
            }
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EWOULDBLOCK) if !patience.is_zero() => {
                let (now, changed) = (Instant::now(), file.metadata()?.modified().ok());
                let (start, since, last) = wait.get_or_insert((now, now, changed));
                if *last != changed {
                    (*since, *last) = (now, changed);
                }
                if now - *since >= patience || now - *start >= patience * LONGEST_QUEUE {
                    return Ok(false);
                }
                std::thread::sleep(nap);
                nap = (nap * 2).min(Duration::from_millis(20));
            }
            Some(libc::EWOULDBLOCK) => return Ok(false),
            Some(libc::EINTR) => {}
            _ => return Err(error),
        }
    }
}

/// Ends what `flock` took, also where a forked child has the file open.
pub fn unlock(file: &File) {
    // SAFETY: a descriptor that `file` keeps open.
    unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_UN) };
}

/// Takes the lock that belongs to the open file, not to the process, which the kernel drops with its
/// last descriptor; false if another open file has it.
pub fn lock_open_file(file: &File) -> io::Result<bool> {
    match set_lock(file, libc::F_WRLCK) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EAGAIN)) => Ok(false),
        taken => taken.map(|()| true),
    }
}

/// Ends what `lock_open_file` took.
pub fn unlock_open_file(file: &File) -> io::Result<()> {
    set_lock(file, libc::F_UNLCK)
}

/// Returns whether another open file has the lock of `lock_open_file`, in this process or in another one.
pub fn is_locked(file: &File) -> io::Result<bool> {
    let mut request = lock_request(libc::F_WRLCK);
    control_lock(file, GET_LOCK, &mut request)?;
    Ok(request.l_type != libc::F_UNLCK as libc::c_short)
}

#[cfg(target_os = "linux")]
const SET_LOCK: libc::c_int = libc::F_OFD_SETLK;
#[cfg(target_os = "linux")]
const GET_LOCK: libc::c_int = libc::F_OFD_GETLK;
// <sys/fcntl.h>; the libc crate has none.
#[cfg(target_os = "macos")]
const SET_LOCK: libc::c_int = 90;
#[cfg(target_os = "macos")]
const GET_LOCK: libc::c_int = 92;

/// The whole file, and no process.
fn lock_request(kind: libc::c_int) -> libc::flock {
    // SAFETY: `flock` is plain data, for which zero is a value.
    let mut request: libc::flock = unsafe { std::mem::zeroed() };
    request.l_type = kind as libc::c_short;
    request.l_whence = libc::SEEK_SET as libc::c_short;
    request
}

fn set_lock(file: &File, kind: libc::c_int) -> io::Result<()> {
    control_lock(file, SET_LOCK, &mut lock_request(kind))
}

fn control_lock(file: &File, command: libc::c_int, request: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: a descriptor that `file` keeps open, and a complete request.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut *request) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        // A file system over the network may be interrupted before it has a result.
        if error.raw_os_error() != Some(libc::EINTR) {
            return Err(error);
        }
    }
}

/// Returns whether there is a process with this number.
pub fn is_process(pid: i64) -> bool {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return false };
    // SAFETY: signal 0 only asks. Numbers below 1 would ask for groups of processes.
    pid > 0
        && (unsafe { libc::kill(pid, 0) } == 0
            || io::Error::last_os_error().raw_os_error() == Some(libc::EPERM))
}

/// Copies `from` to the empty file `to`: shared extents where the file system has them, else in
/// the kernel.
pub fn copy_file(from: &File, to: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        const FICLONE: libc::c_ulong = 0x4004_9409;
        // SAFETY: two open descriptors.
        if unsafe { libc::ioctl(to.as_raw_fd(), FICLONE as _, from.as_raw_fd()) } == 0 {
            return Ok(());
        }
    }
    // On Linux this is copy_file_range, sendfile or read and write, whatever works.
    let (mut from, mut to) = (from, to);
    io::copy(&mut from, &mut to).map(|_| ())
}

/// Copies the first `size` bytes of `from` to `to`, from the byte `at` on, which has nothing yet. Holes stay holes.
///
/// # Errors
/// When it can't be read or written, or is shorter.
pub fn copy_into(from: &File, size: u64, to: &File, at: u64) -> io::Result<()> {
    let (mut from, mut to) = (from, to);
    let seek = |position: u64, whence| {
        // SAFETY: an open descriptor.
        let found = unsafe { libc::lseek(from.as_raw_fd(), position as libc::off_t, whence) };
        u64::try_from(found).ok()
    };
    let mut position = 0;
    while position < size {
        let start = seek(position, libc::SEEK_DATA);
        let is_hole_to_the_end =
            start.is_none() && io::Error::last_os_error().raw_os_error() == Some(libc::ENXIO);
        if is_hole_to_the_end {
            break;
        }
        // Of a file system that does not tell, all is data.
        let start = start.unwrap_or(position).min(size);
        let end = seek(start, libc::SEEK_HOLE).filter(|end| *end > start).unwrap_or(size).min(size);
        from.seek(io::SeekFrom::Start(start))?;
        to.seek(io::SeekFrom::Start(at + start))?;
        if io::copy(&mut from.take(end - start), &mut to)? < end - start {
            break;
        }
        position = end;
    }
    match from.metadata()?.len() < size {
        true => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it has become shorter meanwhile")),
        false => Ok(()),
    }
}

/// Gives `to` the permissions and times of `from`, as far as its file system takes them: what counts is
/// the content. Returns what it did not take.
pub fn copy_attributes(from: &File, to: &File) -> Vec<&'static str> {
    let Ok(metadata) = from.metadata() else { return vec!["mode", "times"] };
    let mode = to.set_permissions(metadata.permissions());
    let mut times = std::fs::FileTimes::new();
    if let Ok(modified) = metadata.modified() {
        times = times.set_modified(modified);
    }
    if let Ok(accessed) = metadata.accessed() {
        times = times.set_accessed(accessed);
    }
    let attributes = [("mode", mode), ("times", to.set_times(times))];
    attributes.into_iter().filter(|(_, set)| set.is_err()).map(|(what, _)| what).collect()
}

/// The number of this process; 0 while nobody has asked for it, and forks are not counted.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A number that differs in a forked child, without a system call. Never 0.
#[inline]
pub fn process_generation() -> u64 {
    match GENERATION.load(Ordering::Relaxed) {
        0 => count_forks(),
        generation => generation,
    }
}

/// Makes forks count from now on. Nobody waits for a thread that is at it, which a forked child may lack: two
/// may do it, and a fork then counts twice.
#[cold]
fn count_forks() -> u64 {
    unsafe extern "C" fn count() {
        // By two: the child of a fork that came before the 1 below must not have that number, which another
        // thread may have noted by the time that its memory was copied.
        GENERATION.fetch_add(2, Ordering::Relaxed);
    }
    if !cfg!(miri) {
        // SAFETY: the handler touches an atomic only.
        unsafe { libc::pthread_atfork(None, None, Some(count)) };
    }
    match GENERATION.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => 1,
        Err(generation) => generation,
    }
}

/// Runs `in_child` in every forked child from now on, once however often this is called; twice where a fork
/// came in the middle of the first call.
pub fn watch_forks(in_child: unsafe extern "C" fn()) {
    static WATCHED: MadeOnce<()> = MadeOnce::new();
    // SAFETY: the handler touches atomics and a thread-local cell only.
    WATCHED.get_or_init(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

/// Makes the mapping of the whole of `file` at `start` private: what is written to it from now on
/// stays in memory, and the file is what it is now.
///
/// # Safety
/// `len` bytes at `start` must be a mapping of `file` from its beginning.
pub unsafe fn make_private(file: &File, start: *mut u8, len: usize) -> io::Result<()> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_FIXED;
    // SAFETY: replaces the caller's mapping, in one step, by one of the same bytes.
    let mapped = unsafe { libc::mmap(start.cast(), len, protection, flags, file.as_raw_fd(), 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Puts memory of nobody's in the place of a mapping: what is written to it from now on is lost.
///
/// # Safety
/// `len` bytes at `start` must be a mapping, of which nobody needs what it holds.
pub unsafe fn forget_mapping(start: *mut u8, len: usize) {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_FIXED | libc::MAP_ANON | libc::MAP_NORESERVE;
    // SAFETY: replaces the caller's mapping, in one step. Where it can't be done, the mapping stays.
    unsafe { libc::mmap(start.cast(), len, protection, flags, -1, 0) };
}

/// Makes the system begin to write what `file` got since `offset`, without waiting for it.
pub fn start_writeback(file: &File, offset: u64) {
    #[cfg(target_os = "linux")]
    // SAFETY: a descriptor that `file` keeps open; only advice.
    unsafe {
        libc::sync_file_range(file.as_raw_fd(), offset as libc::off64_t, 0, libc::SYNC_FILE_RANGE_WRITE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset);
}

/// Why something is not on the disk.
#[derive(Debug)]
pub enum NotSynced {
    /// It could not be opened: the next time may be better.
    Untried(io::Error),
    /// The disk has refused it. It is told once: the next time would say that all is well.
    Lost(io::Error),
}

/// Puts what is in `path`, a file or a directory, on the disk, if it is there.
pub fn sync_path(path: &Path) -> Result<(), NotSynced> {
    match file::open_to_read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(NotSynced::Untried(error)),
        Ok(file) => match file.sync_all() {
            // Some file systems have nothing to sync of a directory, and say so.
            Err(error)
                if error.raw_os_error() == Some(libc::EINVAL)
                    && file.metadata().is_ok_and(|metadata| metadata.is_dir()) =>
            {
                Ok(())
            }
            synced => synced.map_err(NotSynced::Lost),
        },
    }
}

/// Nanoseconds since the epoch. Safe in a signal handler.
pub fn real_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `time` only.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

fn errno_place() -> *mut libc::c_int {
    #[cfg(target_os = "linux")]
    // SAFETY: no preconditions.
    unsafe {
        libc::__errno_location()
    }
    #[cfg(not(target_os = "linux"))]
    // SAFETY: no preconditions.
    unsafe {
        libc::__error()
    }
}

/// This thread's errno.
pub fn errno() -> libc::c_int {
    // SAFETY: this thread's own.
    unsafe { *errno_place() }
}

/// Sets this thread's errno.
pub fn set_errno(value: libc::c_int) {
    // SAFETY: this thread's own.
    unsafe { *errno_place() = value }
}

/// Raises a signal for this thread again, with what the kernel said of it, if it is known. Safe in
/// a signal handler.
///
/// # Safety
/// `info` is NULL or the kernel's.
pub unsafe fn raise_again(signal: libc::c_int, info: *mut libc::siginfo_t) {
    #[cfg(target_os = "linux")]
    if !info.is_null() {
        // SAFETY: the caller's duty; to this thread of this process.
        let raised = unsafe {
            let (process, thread) = (libc::getpid(), libc::syscall(libc::SYS_gettid));
            libc::syscall(libc::SYS_rt_tgsigqueueinfo, process, thread, signal, info)
        };
        if raised == 0 {
            return;
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = info;
    // SAFETY: no preconditions.
    unsafe { libc::raise(signal) };
}

/// Bytes of the stack on which a signal handler runs when a thread has used up its own.
const ALTERNATE_STACK: usize = 256 << 10;

/// The one alternate stack of this process: which thread has it is the thread's own knowledge.
static STACK: AtomicPtr<libc::c_void> = AtomicPtr::new(std::ptr::null_mut());

/// Gives this thread an alternate stack, if it has none and no other thread has ours.
pub fn use_alternate_stack() {
    let mut stack = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: a query; then a fresh mapping that stays, with a page below it that is never there.
    unsafe {
        let known = libc::sigaltstack(std::ptr::null(), &mut stack) == 0;
        if !known || stack.ss_flags & libc::SS_DISABLE == 0 || !STACK.load(Ordering::Acquire).is_null() {
            return;
        }
        let page = page_size();
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let size = page + ALTERNATE_STACK;
        let start = libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        if start == libc::MAP_FAILED {
            return;
        }
        libc::mprotect(start, page, libc::PROT_NONE);
        let ours = start.cast::<u8>().add(page).cast();
        let stack = libc::stack_t { ss_sp: ours, ss_flags: 0, ss_size: ALTERNATE_STACK };
        let taken = STACK.compare_exchange(std::ptr::null_mut(), ours, Ordering::AcqRel, Ordering::Relaxed);
        if taken.is_err() {
            libc::munmap(start, size);
        } else if libc::sigaltstack(&stack, std::ptr::null_mut()) != 0 {
            STACK.store(std::ptr::null_mut(), Ordering::Release);
            libc::munmap(start, size);
        }
    }
}

/// Takes the stack away again, if this is the thread that has it; else that keeps it.
pub fn leave_alternate_stack() {
    let mut stack = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    let ours = STACK.load(Ordering::Acquire);
    // SAFETY: a query; then our mapping goes, which this thread neither has any more nor runs on.
    unsafe {
        let known = libc::sigaltstack(std::ptr::null(), &mut stack) == 0;
        let is_ours = known && !ours.is_null() && stack.ss_sp == ours && stack.ss_flags == 0;
        let disabled = libc::stack_t { ss_flags: libc::SS_DISABLE, ..stack };
        if is_ours && libc::sigaltstack(&disabled, std::ptr::null_mut()) == 0 {
            STACK.store(std::ptr::null_mut(), Ordering::Release);
            libc::munmap(ours.cast::<u8>().sub(page_size()).cast(), page_size() + ALTERNATE_STACK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many that take the lock in turn all get it, though together that is longer than one waits for one
    /// that holds it; and that one is waited for no longer than that.
    #[test]
    fn a_lock_that_changes_hands_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let patience = Duration::from_millis(400);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let file = file::append(&path).unwrap();
                    assert!(flock(&file, patience).unwrap(), "the lock went from one to the next");
                    std::thread::sleep(patience / 8);
                    unlock(&file);
                });
            }
        });
        let (holder, other) = (file::append(&path).unwrap(), file::append(&path).unwrap());
        assert!(flock(&holder, patience).unwrap());
        let start = Instant::now();
        assert!(!flock(&other, patience).unwrap());
        assert!(start.elapsed() >= patience && start.elapsed() < patience * LONGEST_QUEUE);
        assert!(!flock(&other, Duration::ZERO).unwrap());
    }
}
