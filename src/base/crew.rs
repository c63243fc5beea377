//! A crew: a few threads that do the work of many jobs, so that a process with a thousand runs has a
//! handful of threads of ours.
//!
//! A job is a state machine: the thread asks it to do what there is to do, one turn at a time, and
//! the job says when it wants to be asked again. While there are few, each has a thread of its own;
//! beyond the crew's limit, jobs share the threads that have the fewest. A job that takes long, or hangs in the system, holds up the
//! jobs of its thread and no others. A panic ends the job that it was in, and nothing else.
//!
//! A thread starts with its first job, and ends with its last: whoever leaves that one waits for the
//! thread's end, so that none outlives what it worked for. A forked child has no threads and a
//! crew of its own.
//!
//! Soundness of the bell. It may be rung by any thread: no allocation, and no wait but for the few
//! instructions with which the channel takes a sleeper from its list. `ring` sets `rung` and then
//! puts a token into a channel that has room for one. The thread takes the token, and then looks at
//! `rung` of each job. Where the channel is full, the token that is in it has yet to be taken, by a
//! sequentially consistent operation that comes after the ringing one's look at the channel; both
//! accesses to `rung` are sequentially consistent, too, so the look at it that follows sees it set. Both
//! change it by an exchange, so what was written before each ring is seen by the turn after it.
//! There is no unsafe code here; `tests/sanitizers.rs` looks for races with twelve runs.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};

use super::sync::{PerProcess, lock};
use super::{helper, sys};

/// Work that goes on until it says that it has ended.
pub trait Job: Send + 'static {
    /// The orders that it takes.
    type Order: Send;

    /// Does what there is to do: `orders` are those that came since, of which it takes what it does now.
    /// `is_due` says that the time has come that it asked for.
    fn turn(&mut self, orders: &mut VecDeque<Self::Order>, is_due: bool) -> Next;
}

/// When a job wants its next turn, unless an order comes or its bell rings before.
pub enum Next {
    /// After so long, or an eighth earlier: turns are put together, so that a thread with many jobs
    /// wakes as rarely as one with a few.
    After(Duration),
    /// At that time.
    At(Instant),
    /// Not before that.
    WhenCalled,
    /// Never. The job is dropped, and then this is called.
    End(Box<dyn FnOnce() + Send>),
}

/// A kind of jobs, and the threads that do them.
pub struct Crew<J: Job> {
    name: &'static str,
    niceness: i32,
    most: usize,
    threads: PerProcess<Mutex<Vec<Thread<J>>>>,
}

/// A thread, in the crew's list while it has jobs.
struct Thread<J: Job> {
    jobs: usize,
    messages: Sender<Message<J>>,
    bell: Sender<()>,
    handle: JoinHandle<()>,
}

enum Message<J: Job> {
    Take(Entry<J>),
    Order(u64, J::Order),
    Drop(u64),
    /// There will be no more jobs.
    End,
}

/// A job as its thread has it.
struct Entry<J: Job> {
    number: u64,
    job: J,
    orders: VecDeque<J::Order>,
    due: Option<Instant>,
    rung: Arc<AtomicBool>,
}

/// Calls a job, from any thread.
#[derive(Debug, Clone)]
pub struct Bell {
    rung: Arc<AtomicBool>,
    thread: Sender<()>,
}

impl Bell {
    /// Asks for a turn of the job soon.
    pub fn ring(&self) {
        self.rung.swap(true, Ordering::SeqCst);
        // Full: another call of the thread, which looks after all of its jobs.
        let _ = self.thread.try_send(());
    }
}

/// A job's place in a crew. Dropping it ends the job, and the thread if that was its last one.
pub struct Place<J: Job> {
    crew: &'static Crew<J>,
    process: u64,
    number: u64,
    messages: Sender<Message<J>>,
    bell: Bell,
    left: AtomicBool,
}

impl<J: Job> std::fmt::Debug for Place<J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} job {}", self.crew.name, self.number)
    }
}

impl<J: Job> Crew<J> {
    /// A crew of `most` threads at most, which have this name and niceness.
    pub const fn new(name: &'static str, niceness: i32, most: usize) -> Self {
        Self { name, niceness, most, threads: PerProcess::new(|_| Mutex::new(Vec::new())) }
    }

    /// Gives `job` to a thread, which asks it for its first turn at once.
    ///
    /// # Errors
    /// When there is no thread and none can be started.
    pub fn take(&'static self, job: J) -> io::Result<Place<J>> {
        self.place().inspect(|place| place.begin(job))
    }

    /// A place for a job that is yet to begin: what can fail about it is done.
    ///
    /// # Errors
    /// The same as for `take`.
    pub fn place(&'static self) -> io::Result<Place<J>> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let mut threads = lock(self.threads.get());
        if threads.len() < self.most {
            match self.start() {
                Ok(thread) => threads.push(thread),
                Err(error) if threads.is_empty() => return Err(error),
                // Those that there are do it.
                Err(_) => {}
            }
        }
        let thread = threads.iter_mut().min_by_key(|thread| thread.jobs);
        let thread = thread.ok_or(io::ErrorKind::NotFound)?;
        thread.jobs += 1;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let bell = Bell { rung: Arc::new(AtomicBool::new(false)), thread: thread.bell.clone() };
        let messages = thread.messages.clone();
        let process = sys::process_generation();
        Ok(Place { crew: self, process, number, messages, bell, left: AtomicBool::new(false) })
    }

    fn start(&self) -> io::Result<Thread<J>> {
        let (messages, receiver) = unbounded();
        let (bell, ringing) = bounded(1);
        let handle = helper::spawn(self.name, self.niceness, move || work(&receiver, &ringing))?;
        Ok(Thread { jobs: 0, messages, bell, handle })
    }
}

impl<J: Job> Place<J> {
    /// Gives the thread the job.
    pub fn begin(&self, job: J) {
        let (number, rung) = (self.number, self.bell.rung.clone());
        let entry = Entry { number, job, orders: VecDeque::new(), due: Some(Instant::now()), rung };
        if self.process == sys::process_generation() {
            let _ = self.messages.send(Message::Take(entry));
        }
    }

    /// The job's bell.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Tells the job. What an order holds is dropped if the job has ended, by a panic, too.
    pub fn order(&self, order: J::Order) {
        if self.process == sys::process_generation() {
            let _ = self.messages.send(Message::Order(self.number, order));
        }
    }

    /// Ends the job if it has not ended, and the thread if that was its last one. For once.
    pub fn leave(&self) {
        if self.process != sys::process_generation() || self.left.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut threads = lock(self.crew.threads.get());
        let at = threads.iter().position(|thread| thread.messages.same_channel(&self.messages));
        let Some(at) = at else { return };
        threads[at].jobs -= 1;
        let last = (threads[at].jobs == 0).then(|| threads.swap_remove(at));
        // Others must not wait for the thread to end.
        drop(threads);
        let _ = self.messages.send(Message::Drop(self.number));
        if let Some(thread) = last {
            let _ = self.messages.send(Message::End);
            if thread.handle.thread().id() != std::thread::current().id() {
                let _ = thread.handle.join();
            }
        }
    }
}

impl<J: Job> Drop for Place<J> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The loop of a thread.
fn work<J: Job>(messages: &Receiver<Message<J>>, bell: &Receiver<()>) {
    let start = Instant::now();
    let mut jobs: Vec<Entry<J>> = Vec::new();
    loop {
        let due = jobs.iter().filter_map(|entry| entry.due).min();
        let rest = due.map_or(Duration::MAX, |due| due.saturating_duration_since(Instant::now()));
        let mut message = select! {
            recv(messages) -> message => match message {
                Ok(message) => Some(message),
                Err(_) => return,
            },
            recv(bell) -> _ => None,
            default(rest) => None,
        };
        while let Some(next) = message.or_else(|| messages.try_recv().ok()) {
            match next {
                Message::Take(entry) => jobs.push(entry),
                Message::Order(number, order) => {
                    if let Some(entry) = jobs.iter_mut().find(|entry| entry.number == number) {
                        entry.orders.push_back(order);
                    }
                }
                Message::Drop(number) => {
                    if let Some(at) = jobs.iter().position(|entry| entry.number == number) {
                        quietly(|| drop(jobs.swap_remove(at)));
                    }
                }
                Message::End => return,
            }
            message = None;
        }
        each_in_turn(&mut jobs, start);
    }
}

/// Gives a turn to every job that is called or due.
fn each_in_turn<J: Job>(jobs: &mut Vec<Entry<J>>, start: Instant) {
    let mut now = Instant::now();
    let mut index = 0;
    while let Some(Entry { job, orders, due, rung, .. }) = jobs.get_mut(index) {
        let is_due = due.is_some_and(|due| due <= now);
        let is_rung = rung.load(Ordering::SeqCst) && rung.swap(false, Ordering::SeqCst);
        if !is_due && !is_rung && orders.is_empty() {
            index += 1;
            continue;
        }
        let next = quietly(|| job.turn(orders, is_due));
        now = Instant::now();
        match next {
            Some(Next::After(rest)) => *due = Some(tick(start, now, rest)),
            Some(Next::At(time)) => *due = Some(time),
            Some(Next::WhenCalled) => *due = None,
            ended => {
                let entry = jobs.swap_remove(index);
                quietly(|| drop(entry));
                if let Some(Next::End(then)) = ended {
                    quietly(then);
                }
                continue;
            }
        }
        index += 1;
    }
}

/// When a rest ends that begins now: at a whole multiple, since `start`, of a power of two near an
/// eighth of it.
fn tick(start: Instant, now: Instant, rest: Duration) -> Instant {
    let rest = rest.as_nanos().min(u128::from(u64::MAX >> 2)) as u64;
    let unit = 1 << (rest / 8).checked_ilog2().unwrap_or(0);
    let end = (now - start).as_nanos() as u64 + rest;
    start + Duration::from_nanos(end & !(unit - 1))
}

/// The result of `body`, unless it panics.
fn quietly<R>(body: impl FnOnce() -> R) -> Option<R> {
    // The rest of a job is dropped with it.
    let result = catch_unwind(AssertUnwindSafe(body));
    // The payload of a panic could panic again.
    result.map_err(std::mem::forget).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4;

    type Answer = Sender<String>;

    enum Order {
        Name(Answer),
        Panic,
        Hang(Receiver<()>),
        End(Answer),
    }

    /// Says which thread it is on; rings are reported where it has somebody to tell.
    struct Test {
        rings: Option<Answer>,
        rest: Option<Duration>,
    }

    impl Job for Test {
        type Order = Order;

        fn turn(&mut self, orders: &mut VecDeque<Order>, is_due: bool) -> Next {
            match orders.pop_front() {
                Some(Order::Name(answer)) => answer.send(here()).unwrap(),
                Some(Order::Panic) => std::panic::resume_unwind(Box::new(())),
                Some(Order::Hang(until)) => drop(until.recv()),
                Some(Order::End(answer)) => return Next::End(Box::new(move || answer.send(here()).unwrap())),
                None => {
                    if let Some(rings) = &self.rings {
                        let _ = rings.send(if is_due { "due" } else { "rung" }.to_owned());
                    }
                }
            }
            match self.rest {
                _ if !orders.is_empty() => Next::After(Duration::ZERO),
                Some(rest) => Next::After(rest),
                None => Next::WhenCalled,
            }
        }
    }

    const IDLE: Test = Test { rings: None, rest: None };

    fn here() -> String {
        format!("{:?}", std::thread::current().id())
    }

    fn ask(place: &Place<Test>, order: fn(Answer) -> Order) -> Option<String> {
        let (answer, answered) = bounded(1);
        place.order(order(answer));
        answered.recv().ok()
    }

    fn loads(crew: &'static Crew<Test>) -> Vec<usize> {
        let mut loads: Vec<usize> = lock(crew.threads.get()).iter().map(|thread| thread.jobs).collect();
        loads.sort_unstable();
        loads
    }

    #[test]
    fn crew_jobs_share_the_threads_evenly_and_leave_none_behind() {
        static CREW: Crew<Test> = Crew::new("test", 0, MOST);
        let places: Vec<_> = (0..10).map(|_| CREW.take(IDLE).unwrap()).collect();
        assert_eq!(loads(&CREW), [2, 2, 3, 3]);
        let on: Vec<String> = places.iter().map(|place| ask(place, Order::Name).unwrap()).collect();
        assert_eq!(on.iter().collect::<std::collections::BTreeSet<_>>().len(), MOST);
        let first: std::collections::BTreeSet<_> = on.iter().take(MOST).collect();
        assert_eq!(first.len(), MOST, "each has a thread of its own while there are few");
        drop(places);
        assert!(loads(&CREW).is_empty());
        // It starts anew.
        let again = CREW.take(IDLE).unwrap();
        assert!(ask(&again, Order::End).is_some());
        again.leave();
        assert!(loads(&CREW).is_empty());
    }

    #[test]
    fn crew_panic_ends_its_job_only() {
        static CREW: Crew<Test> = Crew::new("test", 0, MOST);
        let places: Vec<_> = (0..=MOST).map(|_| CREW.take(IDLE).unwrap()).collect();
        // The first and the last are on one thread.
        assert_eq!(ask(&places[0], Order::Name), ask(&places[MOST], Order::Name));
        places[0].order(Order::Panic);
        assert_eq!(ask(&places[0], Order::Name), None);
        assert!(ask(&places[MOST], Order::Name).is_some());
    }

    #[test]
    fn crew_job_that_hangs_holds_up_its_thread_only() {
        static CREW: Crew<Test> = Crew::new("test", 0, MOST);
        let places: Vec<_> = (0..=MOST).map(|_| CREW.take(IDLE).unwrap()).collect();
        let (release, hangs) = bounded(0);
        places[0].order(Order::Hang(hangs));
        for place in &places[1..MOST] {
            assert!(ask(place, Order::End).is_some());
            // The list of threads is nobody's while one ends.
            place.leave();
        }
        let (answer, answered) = bounded(1);
        places[MOST].order(Order::Name(answer));
        assert!(answered.try_recv().is_err());
        release.send(()).unwrap();
        assert!(answered.recv().is_ok());
    }

    #[test]
    fn crew_bell_is_heard_each_time() {
        static CREW: Crew<Test> = Crew::new("test", 0, MOST);
        let rounds = 2000;
        let jobs: Vec<_> = (0..2 * MOST)
            .map(|_| {
                let (rings, rung) = unbounded();
                (CREW.take(Test { rings: Some(rings), rest: None }).unwrap(), rung)
            })
            .collect();
        std::thread::scope(|scope| {
            for (place, rung) in &jobs {
                scope.spawn(move || {
                    assert_eq!(rung.recv().unwrap(), "due");
                    for _ in 0..rounds {
                        place.bell().ring();
                        assert_eq!(rung.recv().unwrap(), "rung");
                    }
                });
            }
        });
    }

    #[test]
    fn crew_turns_come_when_they_are_due() {
        static CREW: Crew<Test> = Crew::new("test", 0, MOST);
        let (rings, rung) = unbounded();
        let rest = Some(Duration::from_millis(2));
        let _place = CREW.take(Test { rings: Some(rings), rest }).unwrap();
        assert!((0..20).all(|_| rung.recv().unwrap() == "due"));
    }

    #[test]
    fn crew_rests_end_together_and_never_late() {
        let start = Instant::now();
        let seconds = Duration::from_secs(10);
        let ends: std::collections::BTreeSet<_> = (0..10_000)
            .map(|millis| {
                let now = start + Duration::from_millis(millis);
                let end = tick(start, now, seconds);
                assert!(end <= now + seconds && end >= now + seconds * 7 / 8, "{millis}");
                end
            })
            .collect();
        assert!(ends.len() <= 17, "{}", ends.len());
        assert_eq!(tick(start, start, Duration::ZERO), start);
        tick(start, start + seconds, Duration::MAX);
    }
}
