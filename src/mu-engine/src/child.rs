//! A program of the user's as a child process: its group, its words, its end.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long it may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How long its last words are waited for, where something that it started holds its output open.
const PATIENCE: Duration = Duration::from_millis(500);
/// Of what it writes, so many bytes at the beginning, and as many at the end, are kept.
const KEPT: usize = 1 << 20;
/// Longer lines are cut into several.
const LONGEST: u64 = 1 << 16;

/// The process group that runs now; 0 where none does.
static GROUP: AtomicI32 = AtomicI32::new(0);

/// Ends the program that runs now, and what it started: before the engine's own process ends.
pub(crate) fn end_all() {
    kill(GROUP.swap(0, Ordering::SeqCst), libc::SIGKILL);
}

/// What whoever runs it wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    GoOn,
    /// It is asked to end, and ended where it does not.
    End,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) words: Words,
    /// The most memory that one of its processes had, bytes.
    pub(crate) peak: u64,
}

/// What it wrote: the beginning and the end.
#[derive(Default)]
pub(crate) struct Words {
    first: Vec<u8>,
    last: VecDeque<u8>,
    between: usize,
}

impl Words {
    fn add(&mut self, line: &[u8]) {
        if self.between == 0 && self.last.is_empty() && self.first.len() + line.len() < KEPT {
            self.first.extend_from_slice(line);
            self.first.push(b'\n');
            return;
        }
        self.last.extend(line);
        self.last.push_back(b'\n');
        while self.last.len() > KEPT {
            self.last.pop_front();
            self.between += 1;
        }
    }

    /// All that is kept.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut all = self.first.clone();
        if self.between > 0 {
            all.extend_from_slice(format!("\n… {} bytes are left out here …\n", self.between).as_bytes());
        }
        all.extend(&self.last);
        all
    }

    /// So many of its last lines, as text.
    pub(crate) fn end(&self, lines: usize) -> String {
        let all = self.bytes();
        let text = String::from_utf8_lossy(&all);
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).rev().take(lines).collect();
        lines
            .into_iter()
            .rev()
            .map(|line| line.chars().take(400).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Runs a command to its end. `hear` is told each line that it writes; `wish` is asked all the while.
pub(crate) fn run(
    command: &mut Command,
    hear: &mut dyn FnMut(&str),
    wish: &mut dyn FnMut() -> Wish,
) -> io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    // SAFETY: between fork and exec only `prctl` is called, which allocates nothing and takes no lock.
    unsafe { command.pre_exec(die_with_parent) };
    let mut child = command.spawn()?;
    let process = i32::try_from(child.id()).map_err(io::Error::other)?;
    GROUP.store(process, Ordering::SeqCst);
    let guard = guard(process);
    let (lines, heard) = mpsc::sync_channel(1024);
    if let Some(stdout) = child.stdout.take() {
        read(stdout, lines.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        read(stderr, lines);
    }
    let mut words = Words::default();
    let mut asked: Option<Instant> = None;
    let mut open = true;
    let (status, peak) = loop {
        match heard.recv_timeout(TICK) {
            Ok(line) => tell(&line, &mut words, hear),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if open => open = false,
            Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK),
        }
        if let Some(ended) = ended(process)? {
            break ended;
        }
        match asked {
            None if wish() == Wish::End => {
                kill(process, libc::SIGTERM);
                asked = Some(Instant::now());
            }
            Some(at) if at.elapsed() > GRACE => kill(process, libc::SIGKILL),
            _ => {}
        }
    };
    // What it started and left behind ends with it.
    kill(process, libc::SIGKILL);
    GROUP.store(0, Ordering::SeqCst);
    if let Some(mut guard) = guard {
        drop(guard.stdin.take());
        let _ = guard.wait();
    }
    while let Ok(line) = heard.recv_timeout(PATIENCE) {
        tell(&line, &mut words, hear);
    }
    Ok(Ended { status, words, peak })
}

fn tell(line: &[u8], words: &mut Words, hear: &mut dyn FnMut(&str)) {
    words.add(line);
    hear(&String::from_utf8_lossy(line));
}

/// A process in the group that ends all of it where the engine is gone, however that ended: then its input is at its end.
fn guard(group: i32) -> Option<Child> {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "read _; kill -KILL 0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // A program that has ended already has no group any more.
    command.process_group(group).spawn().ok()
}

/// Passes on the lines of a stream.
fn read(stream: impl Read + Send + 'static, lines: SyncSender<Vec<u8>>) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            match stream.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(read) if read > 0 => {}
                _ => return,
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            if lines.send(line).is_err() {
                return;
            }
        }
    });
}

/// The kernel ends it where the engine ends without a word.
fn die_with_parent() -> io::Result<()> {
    // SAFETY: it takes numbers and touches no memory.
    match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends a signal to a process group; one that is gone is not minded.
fn kill(group: i32, signal: i32) {
    if group > 1 {
        // SAFETY: it takes numbers and touches no memory.
        let _ = unsafe { libc::kill(-group, signal) };
    }
}

/// How a process ended, and the most memory that it or what it waited for had; nothing where it still runs.
fn ended(process: i32) -> io::Result<Option<(ExitStatus, u64)>> {
    let mut status = 0;
    // SAFETY: all zeros are a value of this struct of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to values of this frame, which it writes.
    match unsafe { libc::wait4(process, &raw mut status, libc::WNOHANG, &raw mut usage) } {
        0 => Ok(None),
        found if found == process => {
            let peak = u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024;
            Ok(Some((ExitStatus::from_raw(status), peak)))
        }
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(text: &str, wish: Wish) -> (Ended, Vec<String>) {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.arg("-c").arg(text);
        let ended = run(&mut command, &mut |line| lines.push(line.to_owned()), &mut || wish).unwrap();
        (ended, lines)
    }

    #[test]
    fn words_of_both_streams_are_heard_and_the_code_is_told() {
        let (ended, lines) = sh("echo one; echo two >&2; printf three; exit 7", Wish::GoOn);
        assert_eq!(ended.status.code(), Some(7));
        assert_eq!(lines.len(), 3);
        assert!(["one", "two", "three"].iter().all(|word| lines.iter().any(|l| l == word)), "{lines:?}");
        assert_eq!(ended.words.end(9).lines().count(), 3);
        assert!(ended.peak > 0);
    }

    #[test]
    fn what_is_asked_to_end_ends_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("pid");
        let text = format!("sleep 600 & echo $! > {}; trap 'exit 9' TERM; wait", at.display());
        let mut command = Command::new("sh");
        command.arg("-c").arg(text);
        // It is asked once what it starts is there.
        let mut wish = || {
            if std::fs::read_to_string(&at).is_ok_and(|t| t.ends_with('\n')) { Wish::End } else { Wish::GoOn }
        };
        let ended = run(&mut command, &mut |_| {}, &mut wish).unwrap();
        assert_eq!(ended.status.code(), Some(9), "its own handler ran");
        let pid: i32 = std::fs::read_to_string(&at).unwrap().trim().parse().unwrap();
        let gone =
            || procfs::process::Process::new(pid).and_then(|p| p.stat()).map_or(true, |s| s.state == 'Z');
        let until = Instant::now() + Duration::from_secs(30);
        while !gone() && Instant::now() < until {
            thread::yield_now();
        }
        assert!(gone());
    }

    #[test]
    fn of_many_words_the_first_and_the_last_are_kept() {
        let mut words = Words::default();
        for at in 0..200_000 {
            words.add(format!("line {at:06} of what it wrote").as_bytes());
        }
        let text = String::from_utf8(words.bytes()).unwrap();
        assert!(text.len() < 2 * KEPT + 100 && text.starts_with("line 000000"));
        assert!(text.contains("bytes are left out here") && text.ends_with("line 199999 of what it wrote\n"));
        assert_eq!(words.end(1), "line 199999 of what it wrote");
    }
}
