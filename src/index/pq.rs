//! PostgreSQL's own client library, loaded when it is first needed: whatever its users know of
//! parameters, variables, password files and TLS holds here too.
//!
//! Nothing here waits without bound: the connection does not block, and every wait has a deadline.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::time::{Duration, Instant};

use crate::base::descriptor::Identity;
use crate::base::environment::variable;
use crate::base::loading;
use crate::base::sync::MadeOnce;

/// Opaque to us.
pub enum PgConn {}
enum PgResult {}

/// Like `PQconninfoOption`.
#[repr(C)]
struct RawOption {
    keyword: *mut c_char,
    envvar: *mut c_char,
    compiled: *mut c_char,
    val: *mut c_char,
    label: *mut c_char,
    dispchar: *mut c_char,
    dispsize: c_int,
}

const CONNECTION_BAD: c_int = 1;
const POLLING_FAILED: c_int = 0;
const POLLING_READING: c_int = 1;
const POLLING_WRITING: c_int = 2;
const POLLING_OK: c_int = 3;
const COMMAND_OK: c_int = 1;
const TUPLES_OK: c_int = 2;
const COPY_IN: c_int = 4;
const DEFAULT_VERBOSITY: c_int = 1;
const VERBOSE: c_int = 2;
const SQLSTATE: c_int = b'C' as c_int;
const MESSAGE: c_int = b'M' as c_int;
const DETAIL: c_int = b'D' as c_int;

/// How a transaction begins, whatever the role's own settings are: a statement sees what was done
/// before it, numbers come back as they are, what nobody waits for any more ends on the server too, some
/// time, and a run is found by the key: the index for searching in ids, which the server takes for cheaper
/// among many runs, looks at all that have a part of the id. Nothing is set for the session, which behind a
/// pooler is soon somebody else's.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL extra_float_digits = 3; \
     SET LOCAL enable_bitmapscan = off; SET LOCAL statement_timeout = '10min'; \
     SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// Bytes that a server that is not hanging takes in a second.
const SLOWEST: usize = 256 << 10;

/// `OPENSSL_INIT_NO_ATEXIT`: a thread of ours may be inside OpenSSL while the host exits.
const NO_ATEXIT: u64 = 0x0008_0000;

macro_rules! library {
    ($($field:ident = $symbol:literal: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions that are used.
        #[derive(Clone)]
        pub struct Library { $($field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)* }

        impl Library {
            /// # Safety
            /// `handle` is libpq's.
            unsafe fn resolve(handle: *mut c_void) -> Result<Self, String> {
                // SAFETY: the caller's duty; a symbol of libpq has the type that its manual says.
                unsafe { Ok(Self { $($field: std::mem::transmute::<
                    *mut c_void, unsafe extern "C" fn($($argument),*) $(-> $result)?
                >(symbol(handle, $symbol)?),)* }) }
            }
        }
    };
}

library! {
    start = c"PQconnectStartParams": fn(*const *const c_char, *const *const c_char, c_int) -> *mut PgConn;
    connect_poll = c"PQconnectPoll": fn(*mut PgConn) -> c_int;
    status = c"PQstatus": fn(*const PgConn) -> c_int;
    socket = c"PQsocket": fn(*const PgConn) -> c_int;
    error = c"PQerrorMessage": fn(*const PgConn) -> *const c_char;
    finish = c"PQfinish": fn(*mut PgConn);
    conninfo = c"PQconninfo": fn(*mut PgConn) -> *mut RawOption;
    conninfo_parse = c"PQconninfoParse": fn(*const c_char, *mut *mut c_char) -> *mut RawOption;
    conninfo_free = c"PQconninfoFree": fn(*mut RawOption);
    free = c"PQfreemem": fn(*mut c_void);
    set_receiver = c"PQsetNoticeReceiver": fn(*mut PgConn, extern "C" fn(*mut c_void, *const PgResult), *mut c_void) -> *mut c_void;
    set_verbosity = c"PQsetErrorVerbosity": fn(*mut PgConn, c_int) -> c_int;
    set_nonblocking = c"PQsetnonblocking": fn(*mut PgConn, c_int) -> c_int;
    send_query = c"PQsendQuery": fn(*mut PgConn, *const c_char) -> c_int;
    send_params = c"PQsendQueryParams": fn(*mut PgConn, *const c_char, c_int, *const u32, *const *const c_char, *const c_int, *const c_int, c_int) -> c_int;
    flush = c"PQflush": fn(*mut PgConn) -> c_int;
    consume = c"PQconsumeInput": fn(*mut PgConn) -> c_int;
    is_busy = c"PQisBusy": fn(*mut PgConn) -> c_int;
    result = c"PQgetResult": fn(*mut PgConn) -> *mut PgResult;
    result_status = c"PQresultStatus": fn(*const PgResult) -> c_int;
    result_error = c"PQresultErrorMessage": fn(*const PgResult) -> *const c_char;
    error_field = c"PQresultErrorField": fn(*const PgResult, c_int) -> *const c_char;
    rows = c"PQntuples": fn(*const PgResult) -> c_int;
    columns = c"PQnfields": fn(*const PgResult) -> c_int;
    value = c"PQgetvalue": fn(*const PgResult, c_int, c_int) -> *const c_char;
    is_null = c"PQgetisnull": fn(*const PgResult, c_int, c_int) -> c_int;
    clear = c"PQclear": fn(*mut PgResult);
    put_copy = c"PQputCopyData": fn(*mut PgConn, *const c_char, c_int) -> c_int;
    end_copy = c"PQputCopyEnd": fn(*mut PgConn, *const c_char) -> c_int;
}

/// # Safety
/// `handle` is a loaded library's.
unsafe fn symbol(handle: *mut c_void, name: &CStr) -> Result<*mut c_void, String> {
    // SAFETY: the caller's duty.
    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if address.is_null() { Err(format!("it has no {}", name.to_string_lossy())) } else { Ok(address) }
}

impl Library {
    /// The library, or why it can't be had.
    pub fn get() -> Result<&'static Self, String> {
        static LIBRARY: MadeOnce<Result<Library, String>> = MadeOnce::new();
        LIBRARY.get_or_init(Self::load).as_ref().map_err(Clone::clone)
    }

    fn load() -> Result<Self, String> {
        if loading::is_static() {
            return Err("PostgreSQL's client library is not available in a static program: the files have \
                 everything, and `mlab index rebuild` makes the index of them"
                .to_owned());
        }
        let default = if cfg!(target_os = "macos") { "libpq.5.dylib" } else { "libpq.so.5" };
        let name = variable("METALAB_LIBPQ").map_err(|error| error.to_string())?;
        let name = name.as_deref().unwrap_or(default);
        let failed = |reason: String| {
            format!(
                "PostgreSQL's client library {name} can't be used (METALAB_LIBPQ names another): {reason}"
            )
        };
        let path = CString::new(name).map_err(|_| failed("its name has a NUL".to_owned()))?;
        // SAFETY: the initialisers of a system library; it stays loaded.
        unsafe {
            let handle = loading::own(|| libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL));
            if handle.is_null() {
                return Err(failed(text(libc::dlerror())));
            }
            if let Ok(init) = symbol(handle, c"OPENSSL_init_crypto") {
                let init: unsafe extern "C" fn(u64, *const c_void) -> c_int = std::mem::transmute(init);
                init(NO_ATEXIT, std::ptr::null());
            }
            Self::resolve(handle).map_err(failed)
        }
    }

    /// The options that a connection string names, if it is sound.
    ///
    /// # Errors
    /// A string that libpq does not take; the message is libpq's and may quote any part of it.
    pub fn parse(&self, connection: &str) -> Result<Vec<(String, String)>, String> {
        let connection = CString::new(connection).map_err(|_| "it has a NUL".to_owned())?;
        let mut message = std::ptr::null_mut();
        // SAFETY: a text and a place for a message, which is ours to free.
        unsafe {
            let options = (self.conninfo_parse)(connection.as_ptr(), &mut message);
            if !options.is_null() {
                return Ok(self.take_options(options));
            }
            let reason = text(message);
            if !message.is_null() {
                (self.free)(message.cast());
            }
            Err(reason)
        }
    }

    /// # Safety
    /// `options` is libpq's, and given up.
    unsafe fn take_options(&self, options: *mut RawOption) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut next = options;
        // SAFETY: the array ends with a NULL keyword.
        unsafe {
            while !next.is_null() && !(*next).keyword.is_null() {
                if !(*next).val.is_null() {
                    found.push((text((*next).keyword), text((*next).val)));
                }
                next = next.add(1);
            }
            (self.conninfo_free)(options);
        }
        found
    }
}

/// # Safety
/// NULL, or NUL-terminated.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's duty.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().trim_end().to_owned()
}

/// The failure of a statement.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The server's code; "" where the failure is not the server's.
    pub state: String,
    /// In the server's or libpq's words.
    pub message: String,
}

impl Failure {
    /// A failure that the server did not report.
    pub fn lost(message: impl Into<String>) -> Self {
        Self { state: String::new(), message: message.into() }
    }

    /// The failure to connect, whose code stands in its message alone: `FATAL:  28P01: password ...`, and a
    /// line that names a file of the server's source.
    fn with_code_of_message(self) -> Self {
        let is_code = |text: &str| {
            text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        };
        let is_source =
            |line: &str| line.rsplit_once(".c:").is_some_and(|(_, end)| end.parse::<u32>().is_ok());
        let lines: Vec<&str> = self.message.lines().filter(|line| !is_source(line)).collect();
        let message = lines.join("\n");
        let found = message.match_indices(":  ").find_map(|(at, colon)| {
            let code = message.get(at + colon.len()..at + colon.len() + 5).filter(|code| is_code(code))?;
            let rest = message[at + colon.len() + 5..].strip_prefix(": ")?;
            Some((code.to_owned(), format!("{}{rest}", &message[..at + colon.len()])))
        });
        match found {
            Some((state, message)) => Self { state, message },
            None => Self { message, ..self },
        }
    }

    /// Returns whether it is surely what was sent that the server refuses: data that is wrong, too large,
    /// or breaks a rule.
    pub fn is_of_the_row(&self) -> bool {
        ["22", "23", "54"].iter().any(|class| self.state.starts_with(class))
    }

    /// Returns whether it is surely not: there is no connection any more, somebody is in the way, or the
    /// disk is full. All other codes say nothing of whose fault it is.
    pub fn is_of_the_server(&self) -> bool {
        let classes = ["08", "40", "55", "57"];
        self.state.is_empty()
            || classes.iter().any(|class| self.state.starts_with(class))
            || self.state == "53100"
    }

    /// Returns whether somebody else was in the way, so that it is to be tried at once again.
    pub fn is_a_clash(&self) -> bool {
        self.state.starts_with("40")
    }
}

/// Lines of text values.
pub type Rows = Vec<Vec<Option<String>>>;

/// A connection to the server.
pub struct Connection {
    library: &'static Library,
    raw: *mut PgConn,
    patience: Duration,
    /// Its socket, once it is established: the host may close it, and get its number for a file.
    socket: Option<Identity>,
}

// SAFETY: libpq lets any thread use a connection, one at a time.
unsafe impl Send for Connection {}

impl Drop for Connection {
    fn drop(&mut self) {
        // Else libpq would write to the host's file and close it: rather its memory is leaked.
        if self.check().is_ok() {
            // SAFETY: ours, and not used again.
            unsafe { (self.library.finish)(self.raw) };
        }
    }
}

/// Notices are nobody's business; by default they go to the host's standard error.
extern "C" fn no_notice(_: *mut c_void, _: *const PgResult) {}

impl Connection {
    /// Connects as `options` say, later ones before earlier ones; the first may be a whole
    /// connection string, as "dbname". Also gives what libpq made of them.
    ///
    /// # Errors
    /// When that can't be done within `patience`; with it, the options as far as they are known.
    pub fn open(
        library: &'static Library,
        options: &[(String, String)],
        patience: Duration,
    ) -> Result<Self, (Failure, Vec<(String, String)>)> {
        let none = |message: &str| (Failure::lost(message), Vec::new());
        let strings = |pick: fn(&(String, String)) -> &str| -> Result<Vec<CString>, _> {
            options.iter().map(|option| CString::new(pick(option))).collect()
        };
        let (Ok(keywords), Ok(values)) = (strings(|option| &option.0), strings(|option| &option.1)) else {
            return Err(none("a parameter has a NUL"));
        };
        let pointers = |strings: &[CString]| -> Vec<*const c_char> {
            strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
        };
        let (keywords_raw, values_raw) = (pointers(&keywords), pointers(&values));
        // SAFETY: two arrays of texts that end with NULL.
        let raw = unsafe { (library.start)(keywords_raw.as_ptr(), values_raw.as_ptr(), 1) };
        if raw.is_null() {
            return Err(none("there is no memory for a connection"));
        }
        let mut connection = Self { library, raw, patience, socket: None };
        // SAFETY: a connection that is ours; the receiver uses nothing.
        unsafe { (library.set_receiver)(raw, no_notice, std::ptr::null_mut()) };
        let deadline = Instant::now() + patience;
        // SAFETY: as above.
        unsafe { (library.set_verbosity)(raw, VERBOSE) };
        connection
            .establish(deadline)
            .map_err(|failure| (failure.with_code_of_message(), connection.options()))?;
        // SAFETY: as above.
        unsafe {
            (library.set_verbosity)(raw, DEFAULT_VERBOSITY);
            (library.set_nonblocking)(raw, 1);
            connection.socket = Identity::of((library.socket)(raw)).ok();
        }
        Ok(connection)
    }

    fn establish(&self, deadline: Instant) -> Result<(), Failure> {
        let mut step = POLLING_WRITING;
        loop {
            // SAFETY: a connection that is ours.
            if unsafe { (self.library.status)(self.raw) } == CONNECTION_BAD {
                return Err(self.broken());
            }
            match step {
                POLLING_OK => return Ok(()),
                POLLING_FAILED => return Err(self.broken()),
                POLLING_READING => drop(self.wait(libc::POLLIN, deadline)?),
                POLLING_WRITING => drop(self.wait(libc::POLLOUT, deadline)?),
                _ => {}
            }
            // SAFETY: as above.
            step = unsafe { (self.library.connect_poll)(self.raw) };
        }
    }

    /// The options as libpq combined them with the environment and its files.
    pub fn options(&self) -> Vec<(String, String)> {
        // SAFETY: a connection that is ours; the result is given up.
        unsafe { self.library.take_options((self.library.conninfo)(self.raw)) }
    }

    /// Looks whether the socket is libpq's still, before libpq uses it.
    fn check(&self) -> Result<(), Failure> {
        let Some(identity) = &self.socket else { return Ok(()) };
        // SAFETY: a connection that is ours.
        let socket = unsafe { (self.library.socket)(self.raw) };
        // One that libpq has closed itself is none.
        match socket < 0 || Identity::of(socket).is_ok_and(|found| found.is(identity)) {
            true => Ok(()),
            false => Err(Failure::lost("the connection was closed by other code of this process")),
        }
    }

    fn broken(&self) -> Failure {
        // SAFETY: a connection that is ours.
        let message = unsafe { text((self.library.error)(self.raw)) };
        Failure::lost(if message.is_empty() { "the connection broke".to_owned() } else { message })
    }

    fn wait(&self, events: libc::c_short, deadline: Instant) -> Result<libc::c_short, Failure> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::lost("timeout: the server does not answer"));
            }
            // SAFETY: a connection that is ours.
            let socket = unsafe { (self.library.socket)(self.raw) };
            if socket < 0 {
                return Err(self.broken());
            }
            let mut entry = libc::pollfd { fd: socket, events, revents: 0 };
            let milliseconds = left.as_millis().clamp(1, 60_000) as c_int;
            // SAFETY: one entry.
            let count = unsafe { libc::poll(&mut entry, 1, milliseconds) };
            self.check()?;
            if count > 0 {
                return Ok(entry.revents);
            }
            if count < 0 && std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
                return Err(Failure::lost(std::io::Error::last_os_error().to_string()));
            }
        }
    }

    /// Sends what libpq has buffered, and takes in what the server says meanwhile.
    fn flush(&self, deadline: Instant) -> Result<(), Failure> {
        loop {
            self.check()?;
            // SAFETY: a connection that is ours.
            match unsafe { (self.library.flush)(self.raw) } {
                0 => return Ok(()),
                1 => {
                    let ready = self.wait(libc::POLLIN | libc::POLLOUT, deadline)?;
                    // SAFETY: as above.
                    if ready & libc::POLLIN != 0 && unsafe { (self.library.consume)(self.raw) } == 0 {
                        return Err(self.broken());
                    }
                }
                _ => return Err(self.broken()),
            }
        }
    }

    /// The next result of what was sent; None after the last.
    fn next(&self, deadline: Instant) -> Result<Option<Answer<'_>>, Failure> {
        self.flush(deadline)?;
        // SAFETY: a connection that is ours.
        unsafe {
            while (self.library.is_busy)(self.raw) != 0 {
                self.wait(libc::POLLIN, deadline)?;
                if (self.library.consume)(self.raw) == 0 {
                    return Err(self.broken());
                }
            }
            let raw = (self.library.result)(self.raw);
            Ok((!raw.is_null()).then_some(Answer { library: self.library, raw }))
        }
    }

    /// Reads every result; the rows are those of the last one.
    fn answers(&self, deadline: Instant) -> Result<Rows, Failure> {
        let mut rows = Ok(Rows::new());
        while let Some(answer) = self.next(deadline)? {
            let read = answer.read();
            // The first failure counts; the rest is read nevertheless.
            rows = rows.and(read);
            // SAFETY: a connection that is ours.
            if unsafe { (self.library.status)(self.raw) } == CONNECTION_BAD {
                return rows.and_then(|_| Err(self.broken()));
            }
        }
        rows
    }

    /// Limits how long statements may take; longer the more they send.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// When a statement with so many bytes of values has taken too long.
    fn deadline(&self, size: usize) -> Instant {
        Instant::now() + self.patience + Duration::from_secs((size / SLOWEST) as u64)
    }

    /// Runs one statement, with values for `$1` and on.
    ///
    /// # Errors
    /// When the server refuses, or takes too long: then the connection is of no more use.
    pub fn run(&self, statement: &str, values: &[Option<CString>]) -> Result<Rows, Failure> {
        let size = values.iter().flatten().map(|value| value.count_bytes()).sum();
        let deadline = self.deadline(size);
        self.check()?;
        let sql = CString::new(statement).map_err(|_| Failure::lost("a statement has a NUL"))?;
        let values: Vec<*const c_char> = values
            .iter()
            .map(|value| value.as_ref().map_or(std::ptr::null(), |value| value.as_ptr()))
            .collect();
        // SAFETY: texts, as many as said; types are the server's to infer, formats are all text.
        let sent = unsafe {
            let null = std::ptr::null();
            (self.library.send_params)(
                self.raw,
                sql.as_ptr(),
                values.len() as c_int,
                null,
                values.as_ptr(),
                std::ptr::null(),
                std::ptr::null(),
                0,
            )
        };
        if sent == 0 {
            return Err(self.broken());
        }
        self.answers(deadline)
    }

    /// Like `run`, in a transaction of its own.
    ///
    /// # Errors
    /// The same as `run`.
    pub fn run_alone(&self, statement: &str, values: &[Option<CString>]) -> Result<Rows, Failure> {
        self.transaction(|| self.run(statement, values))
    }

    /// Runs statements that have no values.
    ///
    /// # Errors
    /// The same as `run`.
    pub fn script(&self, statements: &str) -> Result<Rows, Failure> {
        let deadline = Instant::now() + self.patience;
        self.check()?;
        let sql = CString::new(statements).map_err(|_| Failure::lost("a statement has a NUL"))?;
        // SAFETY: a text.
        if unsafe { (self.library.send_query)(self.raw, sql.as_ptr()) } == 0 {
            return Err(self.broken());
        }
        self.answers(deadline)
    }

    /// Sends `pieces`, of about `size` bytes together, to `statement`, a COPY FROM STDIN.
    ///
    /// # Errors
    /// The same as `run`.
    pub fn copy<'a>(
        &self,
        statement: &str,
        size: usize,
        pieces: impl Iterator<Item = Cow<'a, [u8]>>,
    ) -> Result<(), Failure> {
        let deadline = self.deadline(size);
        self.check()?;
        let sql = CString::new(statement).map_err(|_| Failure::lost("a statement has a NUL"))?;
        // SAFETY: a text.
        if unsafe { (self.library.send_query)(self.raw, sql.as_ptr()) } == 0 {
            return Err(self.broken());
        }
        match self.next(deadline)? {
            // SAFETY: a result that is there.
            Some(answer) if unsafe { (self.library.result_status)(answer.raw) } == COPY_IN => {}
            Some(answer) => {
                let read = answer.read();
                return read.and(self.answers(deadline)).map(drop);
            }
            None => return Err(self.broken()),
        }
        for piece in pieces {
            let put = || {
                // SAFETY: bytes, as many as said.
                unsafe { (self.library.put_copy)(self.raw, piece.as_ptr().cast(), piece.len() as c_int) }
            };
            if !self.put(put, deadline)? {
                // The server has ended the copy already, and says why.
                return self.answers(deadline).and_then(|_| Err(self.broken()));
            }
            self.flush(deadline)?;
        }
        // SAFETY: NULL says that the copy is whole.
        self.put(|| unsafe { (self.library.end_copy)(self.raw, std::ptr::null()) }, deadline)?;
        self.answers(deadline).map(drop)
    }

    /// Tries `put` until there is room for it; false if it is not wanted any more.
    fn put(&self, put: impl Fn() -> c_int, deadline: Instant) -> Result<bool, Failure> {
        loop {
            self.check()?;
            match put() {
                0 => drop(self.wait(libc::POLLOUT, deadline)?),
                answer => return Ok(answer == 1),
            }
        }
    }

    /// Runs a statement that is taken back.
    ///
    /// # Errors
    /// The same as `run`.
    pub fn trial(&self, statement: &str, values: &[Option<CString>]) -> Result<(), Failure> {
        let tried = self.script(BEGIN).and_then(|_| self.run(statement, values));
        if !matches!(&tried, Err(failure) if failure.state.is_empty()) {
            self.script("ROLLBACK")?;
        }
        tried.map(drop)
    }

    /// Runs `body` in a transaction.
    ///
    /// # Errors
    /// The failure of `body` or of the server; then nothing of it is done.
    pub fn transaction<T>(&self, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        match self.script(BEGIN).and_then(|_| body()) {
            Ok(done) => {
                self.script("COMMIT")?;
                Ok(done)
            }
            Err(failure) => {
                if !failure.state.is_empty() {
                    self.script("ROLLBACK")?;
                }
                Err(failure)
            }
        }
    }
}

/// A result of a statement.
struct Answer<'a> {
    library: &'a Library,
    raw: *mut PgResult,
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used again.
        unsafe { (self.library.clear)(self.raw) };
    }
}

impl Answer<'_> {
    fn read(&self) -> Result<Rows, Failure> {
        // SAFETY: a result that is there, and rows and columns that it has.
        unsafe {
            match (self.library.result_status)(self.raw) {
                COMMAND_OK => Ok(Rows::new()),
                TUPLES_OK => {
                    let cell = |row, column| {
                        let is_null = (self.library.is_null)(self.raw, row, column) != 0;
                        (!is_null).then(|| {
                            CStr::from_ptr((self.library.value)(self.raw, row, column))
                                .to_string_lossy()
                                .into_owned()
                        })
                    };
                    let columns = (self.library.columns)(self.raw);
                    let rows = 0..(self.library.rows)(self.raw);
                    Ok(rows.map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect())
                }
                _ => Err(self.failure()),
            }
        }
    }

    fn failure(&self) -> Failure {
        // SAFETY: a result that is there.
        unsafe {
            let field = |code| text((self.library.error_field)(self.raw, code));
            let mut message = field(MESSAGE);
            if message.is_empty() {
                message = text((self.library.result_error)(self.raw));
            }
            let detail = field(DETAIL);
            if !detail.is_empty() && detail.len() < 300 {
                message = format!("{message} ({detail})");
            }
            Failure { state: field(SQLSTATE), message }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_failure_to_connect_is_in_its_message() {
        for (said, state, message) in [
            (
                "connection to server at \"h\" (::1), port 1 failed: FATAL:  28P01: password authentication failed\n\
                 LOCATION:  auth_failed, auth.c:323",
                "28P01",
                "connection to server at \"h\" (::1), port 1 failed: FATAL:  password authentication failed",
            ),
            ("FATAL:  WRONG: no code", "WRONG", "FATAL:  no code"),
            ("is the server running:  on that host?", "", "is the server running:  on that host?"),
        ] {
            let failure = Failure::lost(said).with_code_of_message();
            assert_eq!((failure.state.as_str(), failure.message.as_str()), (state, message));
        }
    }
}
