//! The way of a stream of the program to ours: a pipe, or a pseudo-terminal where ours is a terminal.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Room in a pipe, so that a program that prints much is not held up by us.
const PIPE_BYTES: libc::c_int = 1 << 20;

/// A standard stream that is passed through.
#[derive(Debug)]
pub struct Channel {
    /// The stream: 1 is stdout, 2 is stderr.
    pub number: RawFd,
    /// The end that we read.
    pub reader: OwnedFd,
    /// The end that the program writes to.
    pub writer: OwnedFd,
    /// True if the program sees a terminal.
    pub is_terminal: bool,
}

impl Channel {
    /// The way to the stream `number` of ours.
    pub fn open(number: RawFd) -> io::Result<Self> {
        // SAFETY: asks about a descriptor.
        let is_terminal = unsafe { libc::isatty(number) } == 1;
        let (reader, writer) = if is_terminal { terminal(number)? } else { pipe()? };
        Ok(Self { number, reader, writer, is_terminal })
    }

    /// The size of the pseudo-terminal, if it is one.
    pub fn size(&self) -> Option<Size> {
        let terminal = self.reader.try_clone().ok().filter(|_| self.is_terminal)?;
        Some(Size { number: self.number, terminal })
    }

    /// The name of its log.
    pub fn log(&self) -> &'static str {
        if self.number == libc::STDOUT_FILENO { "stdout" } else { "stderr" }
    }
}

/// The size of a pseudo-terminal.
#[derive(Debug)]
pub struct Size {
    number: RawFd,
    terminal: OwnedFd,
}

impl Size {
    /// Makes it that of our terminal.
    pub fn follow(&self) {
        let mut size = MaybeUninit::<libc::winsize>::zeroed();
        // SAFETY: the first call fills the structure, which the second one reads.
        unsafe {
            if libc::ioctl(self.number, libc::TIOCGWINSZ, size.as_mut_ptr()) == 0 {
                libc::ioctl(self.terminal.as_raw_fd(), libc::TIOCSWINSZ, size.as_ptr());
            }
        }
    }
}

/// The ends of a pipe: to read, to write. No program that is started gets them by accident.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the call fills the two numbers, which are nobody else's.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        // A smaller pipe does as well.
        libc::fcntl(ends[1], libc::F_SETPIPE_SZ, PIPE_BYTES);
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

/// A pseudo-terminal like the terminal `number`. It passes bytes on as they are: the terminal behind it does
/// what terminals do. The program reads the keyboard there, too, and gets its signals from there.
fn terminal(number: RawFd) -> io::Result<(OwnedFd, OwnedFd)> {
    let (mut reader, mut writer) = (-1, -1);
    let mut settings = MaybeUninit::<libc::termios>::zeroed();
    let mut size = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: each structure is filled before it is read, or is all zeros; the descriptors are ours.
    unsafe {
        if libc::tcgetattr(number, settings.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::ioctl(number, libc::TIOCGWINSZ, size.as_mut_ptr());
        let settings = settings.assume_init_mut();
        settings.c_oflag &= !libc::OPOST;
        settings.c_lflag &= !(libc::ECHO | libc::ECHONL);
        if libc::openpty(&raw mut reader, &raw mut writer, ptr::null_mut(), settings, size.as_mut_ptr()) != 0
        {
            return Err(io::Error::last_os_error());
        }
        libc::fcntl(reader, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::fcntl(writer, libc::F_SETFD, libc::FD_CLOEXEC);
        Ok((OwnedFd::from_raw_fd(reader), OwnedFd::from_raw_fd(writer)))
    }
}
