//! A file system in memory that forgets, when the power is cut, all that was not synced: the content
//! of a file since its last fsync, and the entries of a directory since the last fsync of the directory.
//! No file system that people use forgets more.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow,
    WriteFlags,
};

/// How long the kernel may keep what it knows: nothing but a cut changes it.
const TTL: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    entries: BTreeMap<OsString, u64>,
}

#[derive(Debug, Clone)]
struct Node {
    kind: FileType,
    mode: u16,
    changed: SystemTime,
    /// Names that it has, by which it lives.
    links: u32,
    now: Content,
    synced: Content,
}

impl Node {
    fn new(kind: FileType, mode: u32) -> Self {
        let (now, synced) = Default::default();
        Self { kind, mode: (mode & 0o7777) as u16, changed: SystemTime::now(), links: 1, now, synced }
    }
}

/// The entries of a directory, at one instant.
type Listing = Vec<(OsString, u64, FileType)>;

struct Nodes {
    all: HashMap<u64, Node>,
    next: u64,
    is_on: bool,
    /// The power fails as soon as the disk has a file of this name.
    last: Option<OsString>,
    /// Of directories that are being read: what was there then is shown whole, whatever comes and goes.
    listings: HashMap<u64, Listing>,
}

type Answer<T> = Result<T, Errno>;

impl Nodes {
    fn get(&mut self, number: u64) -> Answer<&mut Node> {
        if !self.is_on {
            return Err(Errno::EIO);
        }
        self.all.get_mut(&number).ok_or(Errno::ENOENT)
    }

    fn attributes(&mut self, number: u64) -> Answer<FileAttr> {
        let node = self.get(number)?;
        let size = node.now.bytes.len() as u64;
        Ok(FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(512),
            atime: node.changed,
            mtime: node.changed,
            ctime: node.changed,
            crtime: node.changed,
            kind: node.kind,
            perm: node.mode,
            nlink: node.links,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    fn find(&mut self, parent: u64, name: &OsStr) -> Answer<u64> {
        self.get(parent)?.now.entries.get(name).copied().ok_or(Errno::ENOENT)
    }

    fn make(&mut self, parent: u64, name: &OsStr, node: Node) -> Answer<FileAttr> {
        if self.find(parent, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        let number = self.next;
        self.get(parent)?.now.entries.insert(name.to_owned(), number);
        self.next += 1;
        self.all.insert(number, node);
        self.attributes(number)
    }

    fn remove(&mut self, parent: u64, name: &OsStr) -> Answer<()> {
        let number = self.find(parent, name)?;
        let node = self.get(number)?;
        if !node.now.entries.is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        node.links = node.links.saturating_sub(1);
        self.get(parent)?.now.entries.remove(name);
        Ok(())
    }

    fn rename(&mut self, parent: u64, name: &OsStr, to: u64, new: &OsStr, flags: RenameFlags) -> Answer<()> {
        let number = self.find(parent, name)?;
        if flags.contains(RenameFlags::RENAME_EXCHANGE) {
            let other = self.find(to, new)?;
            self.get(parent)?.now.entries.insert(name.to_owned(), other);
            self.get(to)?.now.entries.insert(new.to_owned(), number);
            return Ok(());
        }
        match self.find(to, new) {
            Ok(_) if flags.contains(RenameFlags::RENAME_NOREPLACE) => return Err(Errno::EEXIST),
            Ok(other) if other == number => return Ok(()),
            Ok(_) => self.remove(to, new)?,
            Err(_) => {}
        }
        self.get(parent)?.now.entries.remove(name);
        self.get(to)?.now.entries.insert(new.to_owned(), number);
        Ok(())
    }

    fn write(&mut self, number: u64, offset: u64, data: &[u8]) -> Answer<()> {
        let bytes = &mut self.get(number)?.now.bytes;
        let (from, to) = (offset as usize, offset as usize + data.len());
        bytes.resize(bytes.len().max(to), 0);
        bytes[from..to].copy_from_slice(data);
        self.get(number)?.changed = SystemTime::now();
        Ok(())
    }

    fn sync(&mut self, number: u64) -> Answer<()> {
        let last = self.last.clone();
        let node = self.get(number)?;
        node.synced = node.now.clone();
        let is_last = last.is_some_and(|last| node.synced.entries.contains_key(&last));
        self.is_on = !is_last;
        Ok(())
    }

    fn list(&mut self, number: u64) -> Answer<Listing> {
        let entries = self.get(number)?.now.entries.clone();
        let own = [(OsString::from("."), number), (OsString::from(".."), number)];
        let all = own.into_iter().chain(entries);
        Ok(all.map(|(name, number)| (name, number, self.all[&number].kind)).collect())
    }

    /// Leaves only what the disk has when the power comes back.
    fn forget(&mut self) {
        self.listings.clear();
        for node in self.all.values_mut() {
            node.now = node.synced.clone();
            node.links = 0;
        }
        // Files that no directory names any more are gone.
        let (mut kept, mut next) = (HashMap::new(), vec![1]);
        while let Some(number) = next.pop() {
            if let Some(mut node) = self.all.remove(&number) {
                node.links = 1;
                next.extend(node.now.entries.values());
                kept.insert(number, node);
            }
        }
        self.all = kept;
        (self.is_on, self.last) = (true, None);
    }
}

#[derive(Clone)]
struct Forgetful(Arc<Mutex<Nodes>>);

impl Forgetful {
    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.0.lock().unwrap()
    }
}

fn done(reply: ReplyEmpty, answer: Answer<()>) {
    match answer {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn named(reply: ReplyEntry, answer: Answer<FileAttr>) {
    match answer {
        Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for Forgetful {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let mut nodes = self.nodes();
        let found = nodes.find(parent.0, name).and_then(|number| nodes.attributes(number));
        named(reply, found);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.nodes().attributes(ino.0) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut nodes = self.nodes();
        if let Ok(node) = nodes.get(ino.0) {
            if let Some(mode) = mode {
                node.mode = (mode & 0o7777) as u16;
            }
            if let Some(size) = size {
                node.now.bytes.resize(size as usize, 0);
            }
        }
        match nodes.attributes(ino.0) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn readlink(&self, _: &Request, ino: INodeNo, reply: ReplyData) {
        match self.nodes().get(ino.0) {
            Ok(node) => reply.data(&node.now.bytes),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        named(reply, self.nodes().make(parent.0, name, Node::new(FileType::Directory, mode & !umask)));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(reply, self.nodes().remove(parent.0, name));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(reply, self.nodes().remove(parent.0, name));
    }

    fn symlink(&self, _: &Request, parent: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let mut node = Node::new(FileType::Symlink, 0o777);
        node.now.bytes = target.as_os_str().as_bytes().to_vec();
        // A link has no descriptor by which it could be synced.
        node.synced = node.now.clone();
        named(reply, self.nodes().make(parent.0, name, node));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        to: INodeNo,
        new: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        done(reply, self.nodes().rename(parent.0, name, to.0, new, flags));
    }

    fn link(&self, _: &Request, ino: INodeNo, to: INodeNo, new: &OsStr, reply: ReplyEntry) {
        let mut nodes = self.nodes();
        if nodes.find(to.0, new).is_ok() {
            return reply.error(Errno::EEXIST);
        }
        let enter = |nodes: &mut Nodes| {
            nodes.get(ino.0)?.links += 1;
            nodes.get(to.0)?.now.entries.insert(new.to_owned(), ino.0);
            nodes.attributes(ino.0)
        };
        let attributes = enter(&mut nodes);
        named(reply, attributes);
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        match self.nodes().make(parent.0, name, Node::new(FileType::RegularFile, mode & !umask)) {
            Ok(attributes) => {
                reply.created(&TTL, &attributes, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
            }
            Err(error) => reply.error(error),
        }
    }

    fn open(&self, _: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let mut nodes = self.nodes();
        match nodes.get(ino.0) {
            Ok(node) => {
                if flags.0 & libc::O_TRUNC != 0 {
                    node.now.bytes.clear();
                }
                reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
            }
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.nodes().get(ino.0) {
            Ok(node) => {
                let from = (offset as usize).min(node.now.bytes.len());
                let to = (from + size as usize).min(node.now.bytes.len());
                reply.data(&node.now.bytes[from..to]);
            }
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.nodes().write(ino.0, offset, data) {
            Ok(()) => reply.written(data.len() as u32),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(reply, self.nodes().sync(ino.0));
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(reply, self.nodes().sync(ino.0));
    }

    fn fallocate(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        let mut nodes = self.nodes();
        let answer = match mode {
            0 => nodes.get(ino.0).map(|node| {
                let bytes = &mut node.now.bytes;
                bytes.resize(bytes.len().max((offset + length) as usize), 0);
            }),
            libc::FALLOC_FL_KEEP_SIZE => nodes.get(ino.0).map(drop),
            _ => Err(Errno::EOPNOTSUPP),
        };
        done(reply, answer);
    }

    fn opendir(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let mut nodes = self.nodes();
        match nodes.list(ino.0) {
            Ok(listing) => {
                let handle = nodes.next;
                nodes.next += 1;
                nodes.listings.insert(handle, listing);
                reply.opened(FileHandle(handle), FopenFlags::empty());
            }
            Err(error) => reply.error(error),
        }
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.nodes().listings.remove(&handle.0);
        reply.ok();
    }

    fn readdir(&self, _: &Request, ino: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let mut nodes = self.nodes();
        if let Err(error) = nodes.get(ino.0) {
            return reply.error(error);
        }
        if offset == 0 {
            // Read from its start again.
            match nodes.list(ino.0) {
                Ok(listing) => drop(nodes.listings.insert(handle.0, listing)),
                Err(error) => return reply.error(error),
            }
        }
        let listing = nodes.listings.get(&handle.0).map_or(&[][..], Vec::as_slice);
        for (at, (name, number, kind)) in listing.iter().enumerate().skip(offset as usize) {
            if reply.add(INodeNo(*number), at as u64 + 1, *kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(1 << 22, 1 << 21, 1 << 21, 1 << 20, 1 << 19, 4096, 255, 4096);
    }
}

/// The file system, mounted.
pub struct Disk {
    nodes: Forgetful,
    root: PathBuf,
    session: Option<BackgroundSession>,
}

impl Disk {
    /// Mounts one that is empty at `root`.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        let mut node = Node::new(FileType::Directory, 0o755);
        node.links = 2;
        let nodes = Nodes {
            all: HashMap::from([(1, node)]),
            next: 2,
            is_on: true,
            last: None,
            listings: HashMap::new(),
        };
        let nodes = Forgetful(Arc::new(Mutex::new(nodes)));
        let session = fuser::spawn_mount(nodes.clone(), root, &Config::default())?;
        Ok(Self { nodes, root: root.to_owned(), session: Some(session) })
    }

    /// From here on every call fails, and nothing is kept.
    pub fn cut(&self) {
        self.nodes.nodes().is_on = false;
    }

    /// The power fails as soon as the disk has a file of this name.
    pub fn cut_at(&self, name: &str) {
        self.nodes.nodes().last = Some(name.into());
    }

    /// Switches it on again, with what was synced.
    pub fn off_and_on(&mut self) {
        let root = CString::new(self.root.as_os_str().as_bytes()).unwrap();
        let start = Instant::now();
        let session = self.session.take().unwrap();
        // SAFETY: a path.
        let unmount = || match unsafe { libc::umount2(root.as_ptr(), 0) } {
            0 => None,
            _ => std::io::Error::last_os_error().raw_os_error(),
        };
        let ended = loop {
            match unmount() {
                None => break session.join(),
                // Another thread's child has this process's files until it is another program.
                Some(libc::EBUSY) => {
                    assert!(start.elapsed() < Duration::from_secs(20), "{root:?} is in use");
                    std::thread::sleep(Duration::from_millis(1));
                }
                // Who is not root has the session do it.
                Some(_) => break session.umount_and_join(),
            }
        };
        // Its thread may hear of the end in the middle of a read.
        let is_end = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionAborted;
        ended.or_else(|error| if is_end(&error) { Ok(()) } else { Err(error) }).unwrap();
        self.nodes.nodes().forget();
        self.session = Some(fuser::spawn_mount(self.nodes.clone(), &self.root, &Config::default()).unwrap());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // A test that has failed may have left a process there.
            let _ = session.umount_and_join();
        }
    }
}
