//! An address → a file whose bytes are the published ones. What came before a connection was cut is kept and continued.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use crate::{FetchError, md5_of};

/// How often in a row a server may give nothing new.
const MOST_TRIES: u32 = 5;

/// What is to come.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The file's name.
    pub name: &'w str,
    /// MD5 of its bytes, hex.
    pub md5: &'w str,
    /// How many it has.
    pub bytes: u64,
    /// How long a server may send nothing.
    pub quiet: Duration,
}

impl Wanted<'_> {
    /// More than so many bytes are not taken: a sixteenth more than were published.
    fn most(&self) -> u64 {
        self.bytes + self.bytes / 16
    }

    fn too_many(&self, url: &str, sent: u64) -> Attempt {
        let problem = format!(
            "it sends {sent} bytes or more, the published file has {}; they were not kept",
            self.bytes
        );
        Attempt::Final(FetchError::Server { url: url.to_owned(), problem })
    }
}

/// Downloads `url` to a folder; `say` is told bytes done and in all, where the server says. Nothing is done where the file is
/// there already with these bytes.
///
/// # Errors
/// Where the server refuses, goes quiet or sends more than was published, the connection is cut again and again without anything
/// new, the bytes are others than `md5`, or the file cannot be written. What came is kept in `name.part`, and the next call goes on
/// from there.
pub fn download(
    url: &str,
    folder: &Path,
    wanted: &Wanted<'_>,
    say: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, FetchError> {
    let Wanted { name, md5, .. } = *wanted;
    let to = folder.join(name);
    if md5_of(&to).is_ok_and(|found| found == md5) {
        return Ok(to);
    }
    std::fs::create_dir_all(folder).map_err(FetchError::io(folder))?;
    let part = folder.join(format!("{name}.part"));
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(wanted.quiet))
        .timeout_recv_response(Some(wanted.quiet))
        .http_status_as_error(false)
        .user_agent(concat!("mu/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut tries = 0;
    loop {
        let before = std::fs::metadata(&part).map_or(0, |m| m.len());
        match attempt(&agent, url, wanted, &part, before, say) {
            Ok(true) => break,
            Err(Attempt::Final(error)) => {
                // Of bytes beyond what was published none is right.
                if std::fs::metadata(&part).is_ok_and(|m| m.len() >= wanted.most()) {
                    std::fs::remove_file(&part).map_err(FetchError::io(&part))?;
                }
                return Err(error);
            }
            Ok(false) | Err(Attempt::Again(_))
                if std::fs::metadata(&part).map_or(0, |m| m.len()) > before =>
            {
                tries = 0;
            }
            ended => {
                tries += 1;
                if tries >= MOST_TRIES {
                    let problem = match ended {
                        Err(Attempt::Again(problem)) => problem,
                        _ => "the connection was cut".to_owned(),
                    };
                    let problem =
                        format!("{problem} ({tries} tries without anything new; what came is kept)");
                    return Err(FetchError::Server { url: url.to_owned(), problem });
                }
                std::thread::sleep(Duration::from_millis(100 << tries));
            }
        }
    }
    let found = md5_of(&part).map_err(FetchError::io(&part))?;
    if found != md5 {
        std::fs::remove_file(&part).map_err(FetchError::io(&part))?;
        return Err(FetchError::Different { url: url.to_owned(), found, wants: md5.to_owned() });
    }
    File::open(&part).and_then(|f| f.sync_all()).map_err(FetchError::io(&part))?;
    std::fs::rename(&part, &to).map_err(FetchError::io(&to))?;
    Ok(to)
}

/// Why an attempt ended early.
enum Attempt {
    /// Another may do better.
    Again(String),
    /// None will.
    Final(FetchError),
}

/// Reads on from `before`; whether everything is there.
fn attempt(
    agent: &Agent,
    url: &str,
    wanted: &Wanted<'_>,
    part: &Path,
    before: u64,
    say: &mut dyn FnMut(u64, Option<u64>),
) -> Result<bool, Attempt> {
    let refused = |problem: String| Attempt::Final(FetchError::Server { url: url.to_owned(), problem });
    let mut request = agent.get(url);
    if before > 0 {
        request = request.header("Range", format!("bytes={before}-"));
    }
    let quiet = || {
        let problem =
            format!("the server sent nothing for {} s; what came is kept", wanted.quiet.as_secs_f64());
        refused(problem)
    };
    let response = request.call().map_err(|error| match error {
        ureq::Error::Timeout(_) => quiet(),
        error => Attempt::Again(error.to_string()),
    })?;
    let status = response.status().as_u16();
    let (from, length) = match status {
        200 => (0, number(&response, "content-length")),
        206 => match range(&response) {
            Some((from, all)) if from == before => (before, all.map(|all| all - before)),
            other => return Err(refused(format!("asked for bytes from {before}, it sent {other:?}"))),
        },
        // Nothing is left to send: all of it is there, or more than there is.
        416 => return Ok(true),
        500..=599 | 408 | 429 => return Err(Attempt::Again(format!("the server answers {status}"))),
        _ => return Err(refused(format!("the server answers {status}"))),
    };
    if let Some(length) = length.filter(|length| from + length > wanted.most()) {
        return Err(wanted.too_many(url, from + length));
    }
    let io = |error| Attempt::Final(FetchError::io(part)(error));
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(from == 0)
        .append(from > 0)
        .open(part)
        .map_err(io)?;
    let chunks = chunks(response.into_body().into_reader());
    let mut done = 0u64;
    loop {
        match chunks.recv_timeout(wanted.quiet) {
            Ok(Ok(bytes)) if bytes.is_empty() => break,
            Ok(Ok(bytes)) => {
                let room = wanted.most().saturating_sub(from + done);
                let taken = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
                file.write_all(&bytes[..taken]).map_err(io)?;
                done += taken as u64;
                if taken < bytes.len() {
                    return Err(wanted.too_many(url, from + done));
                }
                say(from + done, length.map(|l| from + l));
            }
            Ok(Err(error)) => return Err(Attempt::Again(error.to_string())),
            Err(RecvTimeoutError::Timeout) => return Err(quiet()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Attempt::Again("the connection was cut".to_owned()));
            }
        }
    }
    Ok(length.is_none_or(|length| done == length))
}

/// What a reader gives, read in a thread of its own, so that who waits can stop waiting; an empty piece is the end.
fn chunks(mut reader: impl Read + Send + 'static) -> Receiver<std::io::Result<Vec<u8>>> {
    let (send, chunks) = sync_channel(4);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reader.read(&mut buffer).map(|n| buffer[..n].to_vec());
            let last = read.as_ref().map_or(true, Vec::is_empty);
            if send.send(read).is_err() || last {
                return;
            }
        }
    });
    chunks
}

fn number<B>(response: &Response<B>, header: &str) -> Option<u64> {
    response.headers().get(header)?.to_str().ok()?.parse().ok()
}

/// `Content-Range: bytes 5-9/10`: where it begins, and how many there are in all.
fn range<B>(response: &Response<B>) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get("content-range")?.to_str().ok()?.strip_prefix("bytes ")?;
    let (span, all) = text.split_once('/')?;
    let from = span.split_once('-')?.0.parse().ok()?;
    Some((from, all.parse().ok().filter(|all| *all >= from)))
}
