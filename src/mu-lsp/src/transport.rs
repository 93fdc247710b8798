//! Messages on standard input and output. What cannot be parsed is answered with an error, and the server goes on; what has no
//! end that could be found ends it.

use std::io::{BufRead, Read, Write};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use crossbeam_channel::bounded;
use lsp_server::{Connection, Message};
use serde_json::{Value, json};

/// A message has so many bytes at most: no file of mu is as large.
const MAX_MESSAGE: usize = 64 << 20;
/// And a line of its head so many.
const MAX_LINE: u64 = 4096;

/// The threads that read and write, and why either ended early.
pub struct Threads {
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
    ended: Arc<OnceLock<String>>,
}

impl Threads {
    /// Waits until everything is written, once the connection is dropped; why it ended early, if it did.
    #[must_use]
    pub fn join(self) -> Option<String> {
        // Where standard output is gone, nobody may ever close standard input.
        let _ = self.writer.join();
        if self.ended.get().is_none() && self.reader.is_finished() {
            let _ = self.reader.join();
        }
        self.ended.get().cloned()
    }
}

/// A connection by standard input and output.
#[must_use]
pub fn stdio() -> (Connection, Threads) {
    let ended = Arc::new(OnceLock::new());
    let (sender, outgoing) = bounded::<Message>(0);
    let (incoming, receiver) = bounded::<Message>(0);
    let why = Arc::clone(&ended);
    let writer = std::thread::spawn(move || {
        for message in outgoing {
            if let Err(error) = write(&message) {
                let _ = why.set(format!("cannot write to standard output: {error}"));
                return;
            }
        }
    });
    let why = Arc::clone(&ended);
    let reader = std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            match body(&mut input) {
                Ok(None) => return,
                Ok(Some(found)) => match message(&found) {
                    Ok(message) => {
                        let last = matches!(&message, Message::Notification(n) if n.method == "exit");
                        if incoming.send(message).is_err() || last {
                            return;
                        }
                    }
                    Err(problem) => {
                        let error = json!({ "code": -32700, "message": problem });
                        let _ = put(&json!({ "jsonrpc": "2.0", "id": null, "error": error }));
                    }
                },
                Err(problem) => {
                    let _ = why.set(problem);
                    return;
                }
            }
        }
    });
    (Connection { sender, receiver }, Threads { reader, writer, ended })
}

fn write(message: &Message) -> std::io::Result<()> {
    let mut value = serde_json::to_value(message)?;
    value["jsonrpc"] = json!("2.0");
    put(&value)
}

fn put(value: &Value) -> std::io::Result<()> {
    let text = value.to_string();
    let mut out = std::io::stdout().lock();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

/// The body of the next message; none at the end of the input.
///
/// # Errors
/// In words, where the end of the message cannot be found.
pub fn body(input: &mut dyn BufRead) -> Result<Option<Vec<u8>>, String> {
    let mut length: Option<usize> = None;
    loop {
        let mut line = Vec::new();
        let read = |e: std::io::Error| format!("cannot read standard input: {e}");
        input.take(MAX_LINE).read_until(b'\n', &mut line).map_err(read)?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix("\r\n").ok_or("a message's head has a line without an end")?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or("a message's head has a line without a colon")?;
        if name.eq_ignore_ascii_case("Content-Length") {
            length = Some(value.trim().parse().map_err(|_| format!("`{value}` is no length of a message"))?);
        }
    }
    let length = length.ok_or("a message's head has no Content-Length")?;
    if length > MAX_MESSAGE {
        return Err(format!("a message of {length} bytes is announced; {MAX_MESSAGE} are the most"));
    }
    let mut body = Vec::new();
    input
        .take(length as u64)
        .read_to_end(&mut body)
        .map_err(|e| format!("cannot read standard input: {e}"))?;
    if body.len() < length { Err("the input ended within a message".to_owned()) } else { Ok(Some(body)) }
}

/// A message; half of a pair of surrogates, as JavaScript writes for half an emoji, is read as the sign for what is unknown.
///
/// # Errors
/// In words, where it is none.
pub fn message(body: &[u8]) -> Result<Message, String> {
    let text = std::str::from_utf8(body).map_err(|e| format!("a message is not UTF-8: {e}"))?;
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&paired(text)))
        .map_err(|e| format!("a message cannot be read: {e}"))
}

/// The text with `\ufffd` in the place of each escape that is half a pair.
fn paired(text: &str) -> String {
    let unit =
        |rest: &str| -> Option<u16> { u16::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let after = rest.get(6..).and_then(unit);
        let taken = match (unit(rest), after) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // A backslash and what it escapes.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_unknown() {
        assert_eq!(paired(r#""\ud83d""#), r#""\ufffd""#);
        assert_eq!(paired(r#""\ud83d\ude00 \\ud83d \n é""#), r#""\ud83d\ude00 \\ud83d \n é""#);
        assert_eq!(paired(r#""\ude00\ud83dx\"#), r#""\ufffd\ufffdx\"#);
    }

    #[test]
    fn heads_are_bounded() {
        let read = |text: &str| body(&mut text.as_bytes());
        assert_eq!(read("Content-Length: 2\r\n\r\n{}").unwrap().unwrap(), b"{}");
        assert_eq!(read("").unwrap(), None);
        for bad in [
            "Content-Length: 100000000000\r\n\r\n{}",
            "Content-Length: -1\r\n\r\n",
            "\r\n",
            "x\r\n",
            "Content-Length: 9\r\n\r\n{}",
        ] {
            read(bad).unwrap_err();
        }
        read(&"x".repeat(1 << 20)).unwrap_err();
    }
}
