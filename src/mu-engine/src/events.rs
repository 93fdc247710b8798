//! The way to the runner: events as JSON lines on what standard output was when the program started.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use mu_step::Event;

/// What standard output was when the program started.
static RUNNER: Mutex<Option<File>> = Mutex::new(None);

/// Keeps standard output for events. What a library prints there goes to standard error.
pub(crate) fn keep_output() -> std::io::Result<()> {
    let runner = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    // SAFETY: both are the process's own standard streams; no memory is involved.
    if unsafe { libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) } < 0 {
        return Err(std::io::Error::last_os_error());
    }
    *RUNNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(runner);
    Ok(())
}

/// Sends an event to the runner; where nobody listens any more there is nothing left to do.
pub(crate) fn send(event: &Event) {
    let mut runner = RUNNER.lock().unwrap_or_else(PoisonError::into_inner);
    let line = serde_json::to_string(event).map_err(std::io::Error::other);
    let sent = line.and_then(|line| match runner.as_mut() {
        Some(out) => out.write_all(format!("{line}\n").as_bytes()),
        None => Ok(()),
    });
    if sent.is_err() {
        crate::child::end_all();
        std::process::exit(0);
    }
}
