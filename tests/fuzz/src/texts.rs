//! Text: mu's own, lists of numbers, and what processes and editors say.

use std::fmt::Write;

use mu_check::{Files, Program};
use mu_step::{Event, StepKey};

use crate::{Reader, fixtures, weights};

pub(crate) fn readers() -> Vec<Reader> {
    vec![
        Reader { name: "mu", read: |_, bytes| syntax(bytes), seeds: sources },
        Reader { name: "check", read: |_, bytes| check(bytes), seeds: sources },
        Reader {
            name: "list",
            read: |scratch, bytes| {
                for name in ["a.json", "a.csv"] {
                    weights::list(scratch, name, bytes);
                }
            },
            seeds: || fixtures("miniatures/lists", &[".csv", ".tsv", ".txt", ".json", ".list"]),
        },
        Reader {
            name: "event",
            read: |_, bytes| {
                mu_run::listen(bytes, |_| true);
                let _ = mu_run::last_words(bytes);
            },
            seeds: events,
        },
        Reader { name: "message", read: |_, bytes| messages(bytes), seeds: a_conversation },
    ]
}

/// mu's files of this project.
fn sources() -> Vec<Vec<u8>> {
    let folders = ["../experiments", "../stdlib", "suite"];
    folders.iter().flat_map(|folder| fixtures(folder, &[".mu"])).filter(|text| text.len() < 8192).collect()
}

fn syntax(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let tokens = mu_syntax::lex::lex(text);
    drop(tokens);
    let Ok(formatted) = mu_syntax::format(text) else { return };
    // A formatter that changes what it has written would never be done.
    assert_eq!(mu_syntax::format(&formatted).ok().as_deref(), Some(formatted.as_str()));
}

/// No other file is there.
struct Alone;

impl Files for Alone {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("there is no {path}"))
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

fn check(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = mu_check::check(&Alone, "fuzz.mu", text);
    }
}

/// The program of a text that has no errors.
pub(crate) fn program(text: &str) -> Program {
    let checked = mu_check::check(&Alone, "fuzz.mu", text);
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked.program
}

fn events() -> Vec<Vec<u8>> {
    let key = StepKey::of("fuzz", &0);
    let all = [
        Event::Hello { protocol: mu_step::PROTOCOL, device: "cpu".to_owned(), memory: Some(1) },
        Event::Progress { key, done: 1, of: 2, note: "loss 0.5".to_owned() },
        Event::Warning { key, message: "it has ties".to_owned() },
        Event::Done { key, seconds: 0.5, found: false },
        Event::Elsewhere { key },
    ];
    let lines: Vec<String> = all.iter().filter_map(|event| serde_json::to_string(event).ok()).collect();
    vec![
        lines.join("\n").into_bytes(),
        b"stack backtrace:\n   0: main\n             at a.rs:1\nkilled\n".to_vec(),
    ]
}

fn messages(mut bytes: &[u8]) {
    while let Ok(Some(body)) = mu_lsp::body(&mut bytes) {
        let _ = mu_lsp::message(&body);
    }
}

fn a_conversation() -> Vec<Vec<u8>> {
    let said = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
        r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.mu","text":"\ud83d\ude00 é"}}}"#,
    ];
    let mut all = String::new();
    for text in said {
        let _ = write!(all, "Content-Length: {}\r\n\r\n{text}", text.len());
    }
    vec![all.into_bytes()]
}
