//! An address → a file whose bytes are the published ones. What came before a connection was cut is kept and continued.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use crate::{FetchError, md5_of};

/// How often in a row a server may give nothing new.
const MOST_TRIES: u32 = 5;

/// Downloads `url` to `folder/name`; `say` is told bytes done and in all, where the server says. Nothing is done where the file is
/// there already with these bytes.
///
/// # Errors
/// Where the server refuses, the connection is cut again and again without anything new, the bytes are others than `md5`, or the
/// file cannot be written. What came is kept in `name.part`, and the next call goes on from there.
pub fn download(
    url: &str,
    folder: &Path,
    name: &str,
    md5: &str,
    say: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, FetchError> {
    let to = folder.join(name);
    if md5_of(&to).is_ok_and(|found| found == md5) {
        return Ok(to);
    }
    std::fs::create_dir_all(folder).map_err(FetchError::io(folder))?;
    let part = folder.join(format!("{name}.part"));
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .user_agent(concat!("mu/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut tries = 0;
    loop {
        let before = std::fs::metadata(&part).map_or(0, |m| m.len());
        match attempt(&agent, url, &part, before, say) {
            Ok(true) => break,
            Err(Attempt::Final(error)) => return Err(error),
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
    part: &Path,
    before: u64,
    say: &mut dyn FnMut(u64, Option<u64>),
) -> Result<bool, Attempt> {
    let refused = |problem: String| Attempt::Final(FetchError::Server { url: url.to_owned(), problem });
    let mut request = agent.get(url);
    if before > 0 {
        request = request.header("Range", format!("bytes={before}-"));
    }
    let response = request.call().map_err(|e| Attempt::Again(e.to_string()))?;
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
    let io = |error| Attempt::Final(FetchError::io(part)(error));
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(from == 0)
        .append(from > 0)
        .open(part)
        .map_err(io)?;
    let mut body = response.into_body().into_reader();
    let (mut done, mut buffer) = (0u64, vec![0; 1 << 16]);
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                file.write_all(&buffer[..n]).map_err(io)?;
                done += n as u64;
                say(from + done, length.map(|l| from + l));
            }
            Err(error) => return Err(Attempt::Again(error.to_string())),
        }
    }
    Ok(length.is_none_or(|length| done == length))
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
