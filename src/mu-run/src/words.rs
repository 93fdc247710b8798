//! What a worker says: events on standard output, anything else on standard error. Neither is trusted: a line may be no text, no
//! event, or have no end.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

use mu_step::Event;

/// The longest line that is read as one, in bytes.
const LONGEST: u64 = 1 << 20;

/// How many lines of standard error are remembered.
const REMEMBERED: usize = 200;

/// What came next on a worker's standard output.
#[derive(Debug)]
pub enum Word {
    /// What it did.
    Event(Event),
    /// Something that is no event: the worker cannot be followed any more.
    Babble(String),
    /// It ended, or closed its output.
    End,
}

/// Reads events to the end, or to the first line that is none.
pub fn listen(output: impl Read, mut hear: impl FnMut(Word) -> bool) {
    let mut output = BufReader::new(output);
    loop {
        let word = match line(&mut output) {
            None => Word::End,
            Some(line) => match serde_json::from_slice(&line) {
                Ok(event) => Word::Event(event),
                Err(_) => Word::Babble(String::from_utf8_lossy(&line).chars().take(80).collect()),
            },
        };
        let last = !matches!(word, Word::Event(_));
        if !hear(word) || last {
            return;
        }
    }
}

/// Reads standard error to its end; what a person needs of it. After a panic or an abort that is the message, not the trace of
/// calls that follows it.
pub fn last_words(errors: impl Read) -> String {
    let mut errors = BufReader::new(errors);
    let mut lines: VecDeque<String> = VecDeque::new();
    let mut in_trace = false;
    while let Some(line) = line(&mut errors) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let of_a_call = |c: char| c.is_ascii_digit() || c == ':';
        let is_trace = line.starts_with("stack backtrace:");
        // Frames are `  12: name` and `     at file:line`.
        in_trace = is_trace || in_trace && (line.starts_with(' ') || line.starts_with(of_a_call));
        if in_trace || line.trim().is_empty() || line.starts_with("note: ") {
            continue;
        }
        lines.push_back(line);
        if lines.len() > REMEMBERED {
            lines.pop_front();
        }
    }
    lines.pop_back().unwrap_or_default()
}

/// The next line, without its end; a longer one is cut.
fn line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = from.by_ref().take(LONGEST).read_until(b'\n', &mut line).ok()?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    (read > 0).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        listen(bytes, |word| {
            all.push(match word {
                Word::Event(_) => "event".to_owned(),
                Word::Babble(what) => format!("babble {what}"),
                Word::End => "end".to_owned(),
            });
            true
        });
        all
    }

    #[test]
    fn what_is_no_event_ends_the_listening() {
        let hello = br#"{"event":"hello","protocol":3,"device":"Cpu"}"#;
        let with = |more: &[u8]| [hello.as_slice(), b"\n", more].concat();
        assert_eq!(heard(&with(b"")), ["event", "end"]);
        assert_eq!(heard(&with(hello)), ["event", "event", "end"], "the last line need not end");
        assert_eq!(heard(&with(b"\xff\n{}")), ["event", "babble \u{fffd}"]);
        assert_eq!(heard(&with(b"Intel MKL WARNING\n")), ["event", "babble Intel MKL WARNING"]);
        let endless = vec![b'x'; 3 << 20];
        assert_eq!(heard(&endless), [format!("babble {}", "x".repeat(80))]);
    }

    #[test]
    fn the_message_is_told_and_not_the_trace() {
        let abort = "memory allocation of 9 bytes failed\nstack backtrace:\n   0: std::alloc\n             at /x/alloc.rs:1\n   1: main\n\
            note: Some details are omitted, run with `RUST_BACKTRACE=full`\n";
        assert_eq!(last_words(abort.as_bytes()), "memory allocation of 9 bytes failed");
        let panic = "\nthread 'main' panicked at a.rs:1:2:\nit is no number\nstack backtrace:\n   0: x\n\nthread caused non-unwinding panic. aborting.\n";
        assert_eq!(last_words(panic.as_bytes()), "thread caused non-unwinding panic. aborting.");
        assert_eq!(
            last_words(&b"terminate called\n  what():  std::bad_alloc\n"[..]),
            "  what():  std::bad_alloc"
        );
        assert_eq!(last_words(&b"a \xff b\nlast \xfe\n"[..]), "last \u{fffd}", "what is no text is read on");
        assert_eq!(last_words(&b""[..]), "");
    }
}
