//! The terminal: taken for frames, and always given back as it was, also after a panic or a signal.

use std::io::{self, Stdout, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// True while the terminal is taken.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// True once a thread has panicked.
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

/// The signal that asks the process to end; 0 for none.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// The terminal while it is taken.
pub struct Screen {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal.
    pub fn take() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // The message must not be lost with the frame.
                give_back();
                HAS_PANICKED.store(true, Ordering::Release);
                before(panic);
            }));
        });
        // Not SIGHUP, which ends the process: there is no terminal any more that could be given back.
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGQUIT] {
            let handler: extern "C" fn(libc::c_int) = note;
            // SAFETY: the handler does nothing but store a number.
            unsafe { libc::signal(signal, handler as libc::sighandler_t) };
        }
        take_again()
            .and_then(|()| Terminal::new(CrosstermBackend::new(stdout())))
            .map(|terminal| Self { terminal })
            .inspect_err(|_| give_back())
    }

    /// Waits for an event, or a signal; returns true if there is an event.
    ///
    /// Where the terminal is gone, it is an error: crossterm would look for events in it for ever.
    pub fn wait(&self, longest: Duration) -> io::Result<bool> {
        let mut stdin = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
        let millis = i32::try_from(longest.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one descriptor, which the call fills in.
        unsafe { libc::poll(&raw mut stdin, 1, millis) };
        if stdin.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "it is gone"));
        }
        event::poll(Duration::ZERO)
    }

    /// Gives the terminal back until the shell says to go on.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // SAFETY: stops the process, as Ctrl-Z does without a terminal of ours.
        unsafe { libc::raise(libc::SIGTSTP) };
        take_again()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

extern "C" fn note(signal: libc::c_int) {
    SIGNAL.store(signal, Ordering::Release);
}

/// The signal that has asked the process to end.
pub fn signal() -> Option<i32> {
    Some(SIGNAL.load(Ordering::Acquire)).filter(|signal| *signal != 0)
}

/// Returns true if a thread has panicked.
pub fn has_panicked() -> bool {
    HAS_PANICKED.load(Ordering::Acquire)
}

fn take_again() -> io::Result<()> {
    IS_TAKEN.store(true, Ordering::Release);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableMouseCapture)
}

/// Gives the terminal back, if it is taken. Where it is gone, there is nothing to give back.
fn give_back() {
    if IS_TAKEN.swap(false, Ordering::AcqRel) {
        let _ = execute!(stdout(), DisableMouseCapture, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}
