//! Files that are written to. None has the number of a standard stream: where the host has closed one
//! of those, the next file that is opened would get it, and what the host prints.
//!
//! A file that is kept open longer than a call is an `OurFile`, since the host may close it (see
//! `base/descriptor.rs`).

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd as _, FromRawFd as _, RawFd};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::base::descriptor::{Identity, OurDescriptor};
use crate::base::sync::{PerProcess, lock};
use crate::base::sys;
use crate::base::{error, guard};

/// A descriptor that can't be read or written, as if it were closed.
#[cfg(target_os = "linux")]
const UNUSABLE: libc::c_int = libc::O_PATH;
#[cfg(not(target_os = "linux"))]
const UNUSABLE: libc::c_int = libc::O_DIRECTORY;

/// A file that must not be there yet, to write and read.
pub fn create_new(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true).create_new(true), path)
}

/// An empty file in place of what is there, to write and read.
pub fn create(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true).create(true).truncate(true), path)
}

/// A file that is there, to write and read.
pub fn open(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true), path)
}

/// A file to write over, which is made if it is not there.
pub fn open_or_create(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true).create(true).truncate(false), path)
}

/// Returns whether there is something at `path`: what can't be looked at is not taken for absent.
///
/// # Errors
/// When it can't be looked at.
pub fn is_there(path: &Path) -> error::Result<bool> {
    path.try_exists().map_err(|source| error::Error::io("look at", path, &source))
}

/// Returns whether nothing is at `path`, for certain.
pub fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// The bytes of the file at `path`, if there is one.
///
/// # Errors
/// When it can't be looked at.
pub fn length(path: &Path) -> Result<Option<u64>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(|metadata| Some(metadata.len())),
    }
}

/// A file to append to, which is made if it is not there.
pub fn append(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().create(true).append(true), path)
}

/// Makes `bytes` the content of the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    OurFile::new(create(path)?, path)?.write_at(bytes, 0)
}

/// Gives the file at `from` the name `to`, in place of a file that has it. A rename would have ext4 write the new file
/// first where it replaces one, which takes a millisecond; here a power cut may leave it blank.
///
/// # Errors
/// When that can't be done; then what was there before is there still.
pub fn replace(from: &Path, to: &Path) -> Result<()> {
    if sys::exchange(from, to).is_err() {
        // Nothing has the name yet, or the file system can't.
        return std::fs::rename(from, to);
    }
    std::fs::remove_file(from).or_else(|error| sys::exchange(from, to).and(Err(error)))
}

/// Gives the file at `from`, which nobody else knows, the name `to`, if nothing has it.
///
/// # Errors
/// `AlreadyExists` when something has the name; and when it can't be done. Then it has its name `from` still.
pub fn name_new(from: &Path, to: &Path) -> Result<()> {
    let is_taken = |error: &Error| error.kind() == ErrorKind::AlreadyExists;
    match sys::rename_new(from, to) {
        Err(error) if !is_taken(&error) => {}
        named => return named,
    }
    // NFS can't do that, but has links.
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if is_taken(&error) => Err(error),
        // With neither, who takes the name between these two calls loses what it names.
        Err(_) if to.try_exists()? => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => std::fs::rename(from, to),
    }
}

/// Makes `to`, which is not there yet, another name of the file at `from`; a copy of it where the file system has no
/// hard links. A copy has its name once it is whole. Until then it has a hidden one beside it, which recovery removes.
///
/// # Errors
/// `AlreadyExists` when something has the name; and when it can be neither linked nor copied.
pub fn link_or_copy(from: &Path, to: &Path) -> Result<()> {
    match std::fs::hard_link(from, to) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => copy_new(from, to),
        linked => linked,
    }
}

fn copy_new(from: &Path, to: &Path) -> Result<()> {
    let source = open_to_read(from)?;
    let beside = to.with_file_name(format!(".copy.tmp.{:016x}", u64::from_le_bytes(sys::random_bytes())));
    let copy = create_new(&beside)?;
    sys::copy_file(&source, &copy)
        .and_then(|()| {
            // Where the file system does not take them, the content is what counts.
            sys::copy_attributes(&source, &copy);
            name_new(&beside, to)
        })
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

fn open_with(options: &OpenOptions, path: &Path) -> Result<File> {
    // Who finds the streams taken must not open when another thread gives them back.
    guard::before_writing();
    static TURN: PerProcess<RwLock<()>> = PerProcess::new(|_| RwLock::new(()));
    {
        let _shared = TURN.get().read().unwrap_or_else(PoisonError::into_inner);
        if (0..=libc::STDERR_FILENO).all(is_open) {
            return above_streams(open_twice(options, path)?);
        }
    }
    let _alone = TURN.get().write().unwrap_or_else(PoisonError::into_inner);
    let _taken = take_closed_streams()?;
    above_streams(open_twice(options, path)?)
}

/// Opens a file, and once more where a server says that what it knew of the path is out of date.
fn open_twice(options: &OpenOptions, path: &Path) -> Result<File> {
    match options.open(path) {
        Err(error) if error.raw_os_error() == Some(libc::ESTALE) => options.open(path),
        opened => opened,
    }
}

/// A file or a directory to read. A pipe does not wait for who writes to it.
pub fn open_to_read(path: &Path) -> Result<File> {
    open_twice(OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY), path)
}

/// The content of the file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_to_read(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Moves a file that got such a number because another thread has just closed what had it.
fn above_streams(file: File) -> Result<File> {
    if file.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(file);
    }
    // SAFETY: a descriptor that `file` keeps open; the new one is nobody's yet.
    unsafe {
        match libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1) {
            -1 => Err(std::io::Error::last_os_error()),
            copy => Ok(File::from_raw_fd(copy)),
        }
    }
}

fn is_open(descriptor: libc::c_int) -> bool {
    // SAFETY: only asks.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Takes the numbers of the standard streams that are closed; what opens a file meanwhile gets others.
fn take_closed_streams() -> Result<Vec<File>> {
    let mut taken = Vec::new();
    loop {
        let file = OpenOptions::new().read(true).custom_flags(UNUSABLE).open("/")?;
        if file.as_raw_fd() > libc::STDERR_FILENO {
            return Ok(taken);
        }
        taken.push(file);
    }
}

/// A file that is kept open, by its number, and what tells it from a file of the host's.
///
/// Where the host has closed it, it is opened again by its path, if that is the same file still; else
/// every use is an error. All methods take `&self`, and any thread may call them.
#[derive(Debug)]
pub struct OurFile {
    path: PathBuf,
    /// Renewed by `open_again` only.
    descriptor: OurDescriptor,
    /// The way in which it was opened.
    flags: libc::c_int,
    /// True if a lock was taken, which opening again has to take again.
    is_locked: AtomicBool,
    was_told: AtomicBool,
    opening: Mutex<()>,
}

impl OurFile {
    /// Keeps `file`, which is open for writing at `path`.
    ///
    /// # Errors
    /// When the system says nothing of it.
    pub fn new(file: File, path: &Path) -> Result<Self> {
        // SAFETY: asks for the flags of a descriptor that `file` keeps open.
        let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
        if flags == -1 {
            return Err(Error::last_os_error());
        }
        Ok(Self {
            // Opened again, perhaps from another working directory.
            path: std::path::absolute(path)?,
            descriptor: OurDescriptor::new(file.into())?,
            flags,
            is_locked: AtomicBool::new(false),
            was_told: AtomicBool::new(false),
            opening: Mutex::default(),
        })
    }

    /// Like the function `create_new` of this module.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create_new(path: &Path) -> Result<Self> {
        Self::new(create_new(path)?, path)
    }

    /// Like the function `open` of this module.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(open(path)?, path)
    }

    /// A file that is not there yet, to append to.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn append_new(path: &Path) -> Result<Self> {
        Self::new(open_with(OpenOptions::new().read(true).append(true).create_new(true), path)?, path)
    }

    /// Like the function `append` of this module.
    ///
    /// # Errors
    /// When it can't be opened or made.
    pub fn append_to(path: &Path) -> Result<Self> {
        Self::new(append(path)?, path)
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the host has closed it at least once: a lock on it was lost for a while then.
    pub fn was_closed(&self) -> bool {
        self.descriptor.was_closed()
    }

    /// Like `was_closed`, and true only once.
    pub fn tell_closed(&self) -> bool {
        self.was_closed() && !self.was_told.swap(true, Ordering::Relaxed)
    }

    /// Returns whether its path still leads to it: false once it was removed or replaced.
    pub fn is_in_place(&self) -> bool {
        Identity::at(&self.path).is_ok_and(|found| found.is(self.descriptor.identity()))
    }

    /// Calls `body` with it. A file that the host has closed is opened again before.
    ///
    /// # Errors
    /// Those of `body`; and when it was closed, and what is at its path is not it.
    pub fn with<R>(&self, body: impl FnOnce(&File) -> Result<R>) -> Result<R> {
        let descriptor = match self.descriptor.current()? {
            Some(descriptor) => descriptor,
            None => self.open_again()?,
        };
        guard::before_writing();
        body(&borrow(descriptor))
    }

    /// Like `with`, only where it is open still. Safe in a signal handler, if `body` is.
    pub fn with_open<R>(&self, body: impl FnOnce(&File) -> Result<R>) -> Result<R> {
        let descriptor = self.descriptor.current()?.ok_or(Error::from_raw_os_error(libc::EBADF))?;
        body(&borrow(descriptor))
    }

    /// Appends all of `bytes`; where that fails, a part of them may be there.
    ///
    /// # Errors
    /// Those of `with` and of writing.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        self.with(|mut file| file.write_all(bytes))
    }

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// Those of `with` and of writing.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.with(|file| file.write_all_at(bytes, offset))
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// Those of `with`, and when the system says nothing of it.
    pub fn length(&self) -> Result<u64> {
        self.with(|file| Ok(file.metadata()?.len()))
    }

    /// Cuts the file short, or makes it longer by zeros.
    ///
    /// # Errors
    /// Those of `with`, and when that can't be done.
    pub fn set_len(&self, length: u64) -> Result<()> {
        self.with(|file| file.set_len(length))
    }

    /// Takes the lock that belongs to this open file, and that ends with it or with the process:
    /// whoever opens the file again, in this process too, finds it taken. False if another has it.
    /// Where the host closes the file, the lock is lost; it is taken again when the file is opened again.
    ///
    /// # Errors
    /// Those of `with`, and when the file system has no locks.
    pub fn lock(&self) -> Result<bool> {
        let taken = self.with(sys::lock_open_file)?;
        self.is_locked.fetch_or(taken, Ordering::Relaxed);
        Ok(taken)
    }

    /// Ends what `lock` took.
    pub fn unlock(&self) {
        self.is_locked.store(false, Ordering::Relaxed);
        let _ = self.with_open(sys::unlock_open_file);
    }

    /// Closes it for good, before it is dropped, when nobody uses it any more.
    pub fn give_back(&self) {
        // Closing is not enough where a child has got a copy without the handlers of fork.
        self.unlock();
        self.descriptor.close();
    }

    /// Closes it in a forked child, whose copy would keep the parent's lock. Safe where only what a
    /// signal handler may do is allowed. Nothing can be done with it there afterwards.
    pub fn close_in_child(&self) {
        self.descriptor.close();
    }

    fn open_again(&self) -> Result<RawFd> {
        let _turn = lock(&self.opening);
        if let Some(descriptor) = self.descriptor.current()? {
            return Ok(descriptor);
        }
        let lost = |why: &dyn std::fmt::Display| {
            let path = self.path.display();
            Error::other(format!("{path} was closed by other code of this process, and {why}"))
        };
        // Not as `append` does: what was removed must not come back empty.
        let options = &mut OpenOptions::new();
        let reads = self.flags & libc::O_ACCMODE == libc::O_RDWR;
        let appends = self.flags & libc::O_APPEND != 0;
        let options = options.read(reads).append(appends).write(!appends);
        let file = open_with(options, &self.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => lost(&"is no longer there"),
            _ => error,
        })?;
        let is_same = Identity::of(file.as_raw_fd())?.is(self.descriptor.identity());
        if !is_same {
            return Err(lost(&"another file is there now"));
        }
        if self.is_locked.load(Ordering::Relaxed) && !sys::lock_open_file(&file)? {
            return Err(lost(&"another process has locked it since"));
        }
        self.descriptor.renew(file.into()).ok_or_else(|| lost(&"what was opened again is another file"))
    }
}

/// The file with this number, which is not closed with it.
fn borrow(descriptor: RawFd) -> ManuallyDrop<File> {
    // SAFETY: the number was ours a moment ago, and is closed when nobody uses the file any more.
    ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place for files, and one of ours in it.
    fn place() -> (tempfile::TempDir, OurFile) {
        let place = tempfile::tempdir().unwrap();
        let file = OurFile::append_to(&place.path().join("ours")).unwrap();
        (place, file)
    }

    /// Does what a host does that closes all it finds: gets the number of `file` for its own.
    fn take_number(file: &OurFile, own: &Path) -> File {
        let number = file.descriptor.number().unwrap();
        let own = File::create(own).unwrap();
        // SAFETY: in one step, since other tests open files too; what was there is nobody's.
        unsafe {
            assert_eq!(libc::dup3(own.as_raw_fd(), number, libc::O_CLOEXEC), number);
            File::from_raw_fd(number)
        }
    }

    #[test]
    fn a_file_replaces_a_file_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let [from, to, directory] = ["from", "to", "directory"].map(|name| place.path().join(name));
        for text in ["first", "second"] {
            std::fs::write(&from, text).unwrap();
            replace(&from, &to).unwrap();
            assert_eq!((std::fs::read_to_string(&to).unwrap(), is_gone(&from)), (text.to_owned(), true));
        }
        std::fs::create_dir(&directory).unwrap();
        assert!(replace(&to, &directory).is_err() && to.is_file() && directory.is_dir());
        assert!(replace(&from, &to).is_err() && to.is_file());
    }

    #[test]
    fn a_new_name_replaces_nothing() {
        let place = tempfile::tempdir().unwrap();
        let [from, to, taken] = ["from", "to", "taken"].map(|name| place.path().join(name));
        let is_taken = |named: Result<()>| named.is_err_and(|error| error.kind() == ErrorKind::AlreadyExists);
        std::fs::write(&from, "from").unwrap();
        std::fs::write(&taken, "taken").unwrap();
        for name in [name_new as fn(&Path, &Path) -> Result<()>, link_or_copy, copy_new] {
            assert!(is_taken(name(&from, &taken)));
            assert!(name(&place.path().join("none"), &to).is_err() && is_gone(&to));
        }
        copy_new(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"from");
        std::fs::remove_file(&to).unwrap();
        link_or_copy(&from, &to).unwrap();
        assert!(Identity::at(&from).unwrap().is(&Identity::at(&to).unwrap()));
        std::fs::remove_file(&to).unwrap();
        name_new(&from, &to).unwrap();
        assert!(is_gone(&from) && std::fs::read(&to).unwrap() == b"from");
        assert_eq!(std::fs::read(&taken).unwrap(), b"taken");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "something hidden is left");
    }

    #[test]
    fn a_number_that_the_host_got_is_left_alone() {
        let (place, file) = place();
        file.append(b"one ").unwrap();
        let own = place.path().join("own");
        let host = take_number(&file, &own);
        file.append(b"two ").unwrap();
        assert!(file.was_closed());
        let host_again = take_number(&file, &place.path().join("own again"));
        drop(file);
        assert_eq!(std::fs::read(place.path().join("ours")).unwrap(), b"one two ");
        for (mut host, path) in [(host, "own"), (host_again, "own again")] {
            host.write_all(b"host").unwrap();
            assert_eq!(std::fs::read(place.path().join(path)).unwrap(), b"host");
        }
    }

    #[test]
    fn what_is_gone_or_replaced_is_an_error() {
        let (place, file) = place();
        let _host = take_number(&file, &place.path().join("own"));
        std::fs::remove_file(file.path()).unwrap();
        assert!(!file.is_in_place());
        assert!(file.append(b"x").unwrap_err().to_string().contains("no longer there"));
        assert!(!file.path().exists());
        // The inode may be the same; the clock of files goes on in steps.
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(file.path(), "another's").unwrap();
        assert!(file.append(b"x").unwrap_err().to_string().contains("another file"));
        assert_eq!(std::fs::read(file.path()).unwrap(), b"another's");
    }

    #[test]
    fn a_lock_is_this_open_files_and_comes_back() {
        let (place, file) = place();
        let again = OurFile::open(file.path()).unwrap();
        assert!(file.lock().unwrap() && file.lock().unwrap() && !again.lock().unwrap());
        // Another descriptor of the file that is closed takes nothing away.
        drop(File::open(file.path()).unwrap());
        assert!(!again.lock().unwrap());
        let host = take_number(&file, &place.path().join("own"));
        file.append(b"x").unwrap();
        assert!(!again.lock().unwrap());
        let _host = take_number(&file, &place.path().join("own again"));
        assert!(again.lock().unwrap());
        assert!(file.append(b"x").unwrap_err().to_string().contains("locked"));
        again.unlock();
        file.append(b"x").unwrap();
        assert!(!again.lock().unwrap());
        drop((file, host));
        assert!(again.lock().unwrap());
    }
}
