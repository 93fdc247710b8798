//! The loop that owns a run: hands steps to workers, and hears of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use mu_diag::Problem;
use mu_graph::Graph;
use mu_step::{Event, Failure, FailureKind, Job, PROTOCOL, Prefix, StepKey, StepSpec};
use mu_store::Store;

use crate::engine::Worker;
use crate::mps::Mps;
use crate::prefix::prefixes;
use crate::queue::Queue;
use crate::room::Room;
use crate::words::Word;
use crate::{Engine, Limits, Needs, RunEvent, Summary};

/// How often the loop looks at limits, requests to end, and what other runs make.
const TICK: Duration = Duration::from_millis(200);

/// Requests to end: after one, running steps finish or keep how far they are; after two, they are cut off.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// One more request; how many there are.
    pub fn request(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// How many there were.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// How a graph is run.
pub struct Options<'o> {
    /// The steps to run, inputs before what needs them.
    pub wanted: Vec<StepKey>,
    /// Where each worker process computes.
    pub seats: Vec<String>,
    /// Threads of each. Bits depend on this.
    pub threads: usize,
    /// How often a step is tried again after its worker crashed.
    pub retries: usize,
    /// Whether steps that diverged before are run again.
    pub again: bool,
    /// Whether workers on one GPU compute side by side, by a multi-process service of the run's own.
    pub mps: bool,
    /// What a step may take.
    pub limits: Limits,
    /// How often long steps keep how far they are.
    pub bookmark: Duration,
    /// Requests to end.
    pub stop: Stop,
    /// About how long a step takes, in any unit.
    pub cost: &'o dyn Fn(StepKey) -> f64,
    /// About how much memory a step takes.
    pub needs: &'o dyn Fn(StepKey) -> Needs,
    /// How many bytes of memory all steps together should take.
    pub available: Option<u64>,
}

/// What a worker is doing.
enum Slot {
    Starting(Worker),
    Idle(Worker),
    Busy(Worker, StepKey, Instant),
    /// A step over its limit: the process was killed, its end is awaited.
    Ending(StepKey, Failure),
    Gone,
}

struct Runner<'a> {
    graph: &'a Graph,
    store: &'a Store,
    engine: &'a Engine,
    options: &'a Options<'a>,
    observe: &'a mut dyn FnMut(&RunEvent),
    queue: Queue,
    /// Steps that others have on their way.
    prefixes: HashMap<StepKey, Vec<Prefix>>,
    /// What the worker that made a model is to do next: to evaluate it.
    next: HashMap<usize, StepKey>,
    slots: Vec<Slot>,
    /// The device of each worker, by its own word.
    devices: Vec<String>,
    room: Room,
    mps: Option<Mps>,
    /// Steps that another run is making: they are looked for again.
    elsewhere: HashSet<StepKey>,
    crashes: HashMap<StepKey, usize>,
    /// Workers that ended in a row without a step done.
    lost: usize,
    stopping: bool,
    words: Sender<(usize, Word)>,
    summary: Summary,
}

/// Runs those of the wanted steps that the store has not; a failed step fails alone, with those that need it.
///
/// # Errors
/// Where no engine can be started.
pub fn run(
    graph: &Graph,
    store: &Store,
    engine: &Engine,
    options: &Options<'_>,
    observe: &mut dyn FnMut(&RunEvent),
) -> Result<Summary, Problem> {
    let has = store.keys();
    let wanted: Vec<StepKey> = options.wanted.iter().copied().filter(|k| !has.contains(k)).collect();
    observe(&RunEvent::Planned { steps: wanted.len() });
    let prefixes = prefixes(graph, &wanted);
    let queue = Queue::new(graph, &wanted, &has, &prefixes, options.cost);
    let (words, inbox) = mpsc::channel();
    let mut runner = Runner {
        graph,
        store,
        engine,
        options,
        observe,
        queue,
        prefixes,
        next: HashMap::new(),
        slots: Vec::new(),
        devices: vec![String::new(); options.seats.len()],
        room: Room::new(options.available),
        mps: options.mps.then(Mps::start).transpose()?,
        elsewhere: HashSet::new(),
        crashes: HashMap::new(),
        lost: 0,
        stopping: false,
        words,
        summary: Summary::default(),
    };
    if !options.again {
        runner.keep_earlier_failures(&wanted);
    }
    runner.run(&inbox)?;
    Ok(runner.summary)
}

impl Runner<'_> {
    /// A step that diverged would do so again.
    fn keep_earlier_failures(&mut self, wanted: &[StepKey]) {
        for key in wanted {
            if let Some(failure) = self.store.failure(*key).filter(|f| f.kind == FailureKind::Diverged) {
                self.failed(*key, failure);
            }
        }
    }

    fn run(&mut self, inbox: &Receiver<(usize, Word)>) -> Result<(), Problem> {
        for number in 0..self.options.seats.len().min(self.queue.len()) {
            let worker = self.start(number)?;
            self.slots.push(Slot::Starting(worker));
        }
        let mut looked = Instant::now();
        loop {
            let busy = self.slots.iter().any(|s| matches!(s, Slot::Busy(..) | Slot::Ending(..)));
            // Steps may be left whose inputs nobody makes: those of a task that ran before its time.
            let nothing_left = self.elsewhere.is_empty() && !self.queue.is_ready();
            if !busy && (self.stopping || nothing_left) || self.options.stop.requests() > 1 {
                break;
            }
            match inbox.recv_timeout(TICK) {
                Ok((number, word)) => self.hear(number, word)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                self.look();
            }
            self.hand_out();
        }
        self.summary.left = self.queue.len() + self.elsewhere.len();
        self.summary.left += self.slots.iter().filter(|s| matches!(s, Slot::Busy(..))).count();
        Ok(())
    }

    fn start(&self, number: usize) -> Result<Worker, Problem> {
        let (seat, mps) = (&self.options.seats[number], self.mps.as_ref().map(Mps::pipes));
        let (threads, bookmark) = (self.options.threads, self.options.bookmark);
        self.engine.start(number, seat, threads, bookmark, mps, self.words.clone())
    }

    /// A word of a worker, or its end.
    fn hear(&mut self, number: usize, word: Word) -> Result<(), Problem> {
        let slot = std::mem::replace(&mut self.slots[number], Slot::Gone);
        self.slots[number] = match (slot, word) {
            (Slot::Starting(worker), Word::Event(Event::Hello { protocol, device, memory }))
                if protocol == PROTOCOL =>
            {
                // What others compute there now is not what they will always need.
                if let Some(free) = memory
                    && running(&self.slots, &self.devices).iter().all(|(_, d)| *d != device)
                {
                    self.room.found(&device, free);
                }
                self.devices[number] = device;
                Slot::Idle(worker)
            }
            (Slot::Starting(worker), Word::Event(Event::Hello { protocol, .. })) => {
                drop(worker);
                return Err(Problem::new(
                    format!("mu-engine speaks protocol {protocol}, this mu {PROTOCOL}"),
                    "mu and mu-engine must be of one build: run `make build`",
                ));
            }
            (Slot::Busy(worker, key, begun), Word::Event(event)) => {
                self.heard(number, worker, (key, begun), event)
            }
            (Slot::Busy(worker, key, _), Word::Babble(what)) => {
                drop(worker);
                let message = format!("the worker wrote `{what}`, which is no event of mu-engine's");
                self.crashed(key, Failure::new(FailureKind::Crashed, message));
                self.replace(number)?
            }
            (Slot::Busy(worker, key, _), Word::End) => {
                let message = format!("the worker ended ({})", worker.end());
                self.crashed(key, Failure::new(FailureKind::Crashed, message));
                self.replace(number)?
            }
            (Slot::Ending(key, failure), Word::Babble(_) | Word::End) => {
                self.failed(key, failure);
                self.replace(number)?
            }
            // One that ends before it has a step is replaced, like one that ends at work; not for ever, where none lives, and
            // not where it says itself why it cannot start.
            (slot @ (Slot::Starting(_) | Slot::Idle(_)), Word::Babble(_) | Word::End) => {
                let starting = matches!(slot, Slot::Starting(_));
                let (Slot::Starting(worker) | Slot::Idle(worker)) = slot else { return Ok(()) };
                let end = worker.end();
                self.lost += 1;
                if starting && !end.killed || self.lost > 3 * self.slots.len() {
                    return Err(Engine::did_not_start(&end));
                }
                self.replace(number)?
            }
            (slot, _) => slot,
        };
        Ok(())
    }

    fn replace(&mut self, number: usize) -> Result<Slot, Problem> {
        if self.stopping { Ok(Slot::Gone) } else { self.start(number).map(Slot::Starting) }
    }

    fn heard(
        &mut self,
        number: usize,
        worker: Worker,
        (key, begun): (StepKey, Instant),
        event: Event,
    ) -> Slot {
        match event {
            Event::Progress { done, of, note, .. } => {
                (self.observe)(&RunEvent::Progress { key, worker: number, done, of, note });
                return Slot::Busy(worker, key, begun);
            }
            Event::Warning { message, .. } => {
                (self.observe)(&RunEvent::Warning { key, message });
                return Slot::Busy(worker, key, begun);
            }
            Event::Done { seconds, found, .. } => {
                self.lost = 0;
                self.made(key, number, seconds, found);
            }
            Event::Elsewhere { .. } => drop(self.elsewhere.insert(key)),
            Event::Failed { failure, .. } if failure.kind == FailureKind::Stopped => {
                (self.observe)(&RunEvent::Stopped { key });
                self.queue.again(key, f64::INFINITY);
            }
            // Others took what it lacked: it is tried once more, alone.
            Event::Failed { failure, .. }
                if failure.kind == FailureKind::Memory && self.shares(number) && self.room.isolate(key) =>
            {
                (self.observe)(&RunEvent::Retried { key, failure });
                self.queue.again(key, f64::INFINITY);
            }
            Event::Failed { failure, .. } => self.failed(key, failure),
            Event::Hello { .. } => {}
        }
        Slot::Idle(worker)
    }

    fn made(&mut self, key: StepKey, worker: usize, seconds: f64, found: bool) {
        if found {
            self.summary.found += 1;
        } else {
            self.summary.ran += 1;
        }
        // The weights are still there, on the device: the next step is the one that reads them.
        let reads = |k: &StepKey| matches!(self.graph[*k].spec, StepSpec::Infer(_));
        if let Some(infer) = self.queue.done(key).into_iter().find(reads) {
            self.next.insert(worker, infer);
        }
        (self.observe)(&RunEvent::Finished { key, worker, seconds, found });
    }

    /// What no worker says: requests to end, steps over their limits, what other runs made.
    fn look(&mut self) {
        if !self.stopping && self.options.stop.requests() > 0 {
            self.stopping = true;
            let mut running = 0;
            for slot in &mut self.slots {
                if let Slot::Busy(worker, ..) = slot {
                    worker.ask_to_stop();
                    running += 1;
                }
            }
            (self.observe)(&RunEvent::Stopping { running });
        }
        for slot in &mut self.slots {
            let over = match slot {
                Slot::Busy(worker, _, begun) => self.options.limits.over(*begun, worker.process()),
                _ => None,
            };
            if let Some(failure) = over
                && let Slot::Busy(worker, key, _) = std::mem::replace(slot, Slot::Gone)
            {
                // It is killed with its last owner.
                drop(worker);
                *slot = Slot::Ending(key, failure);
            }
        }
        for key in self.elsewhere.clone() {
            self.elsewhere.remove(&key);
            if self.store.contains(key) {
                self.made(key, 0, 0.0, true);
            } else {
                // Its lock may be free by now, where the other run was cut off: a worker finds out.
                self.queue.again(key, 0.0);
            }
        }
    }

    /// Whether other workers compute where a worker does.
    fn shares(&self, number: usize) -> bool {
        let seats = &self.options.seats;
        seats.iter().filter(|seat| **seat == seats[number]).count() > 1
    }

    fn hand_out(&mut self) {
        // Devices that no step that is ready fits on now.
        let mut full = HashSet::new();
        for number in 0..self.slots.len() {
            let device = self.devices[number].clone();
            if self.stopping || !matches!(self.slots[number], Slot::Idle(_)) || full.contains(&device) {
                continue;
            }
            let Some(key) = self.choose(number) else {
                full.insert(device);
                continue;
            };
            let slot = std::mem::replace(&mut self.slots[number], Slot::Gone);
            if let Slot::Idle(mut worker) = slot {
                let step = &self.graph[key];
                let (spec, root, flops) = (step.spec.clone(), step.root.clone(), step.flops);
                let prefixes = self.prefixes.get(&key).cloned().unwrap_or_default();
                worker.send(&Job { key, spec, root, flops, prefixes });
                (self.observe)(&RunEvent::Started { key, worker: number });
                self.slots[number] = Slot::Busy(worker, key, Instant::now());
            }
        }
    }

    /// The step that a worker is to do next, taken from the queue.
    fn choose(&mut self, number: usize) -> Option<StepKey> {
        let own = self.next.remove(&number);
        let running = running(&self.slots, &self.devices);
        let fits = |key| self.room.fits(key, &self.devices[number], &running, self.options.needs);
        own.filter(|key| fits(*key) && self.queue.take(*key)).or_else(|| self.queue.next(&fits))
    }

    fn crashed(&mut self, key: StepKey, failure: Failure) {
        let times = self.crashes.entry(key).or_default();
        *times += 1;
        if *times <= self.options.retries {
            (self.observe)(&RunEvent::Retried { key, failure });
            self.queue.again(key, f64::INFINITY);
        } else {
            self.failed(key, failure);
        }
    }

    fn failed(&mut self, key: StepKey, failure: Failure) {
        // The record is for later tables; where it cannot be written this run still tells.
        let _ = self.store.record_failure(key, &failure);
        (self.observe)(&RunEvent::Failed { key, failure: failure.clone() });
        self.summary.failed.push((key, failure));
        self.summary.blocked += self.queue.give_up(key);
    }
}

/// What runs, and on which device.
fn running<'d>(slots: &[Slot], devices: &'d [String]) -> Vec<(StepKey, &'d str)> {
    slots.iter().zip(devices).filter_map(|(slot, device)| Some((slot.step()?, device.as_str()))).collect()
}

impl Slot {
    fn step(&self) -> Option<StepKey> {
        match self {
            Slot::Busy(_, key, _) | Slot::Ending(key, _) => Some(*key),
            _ => None,
        }
    }
}
