//! A session with the language server over its standard input and output, in the words of an LSP library.

use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use gen_lsp_types::{
    CodeAction, CompletionItem, Diagnostic, DiagnosticSeverity, DocumentSymbol, Hover, Location,
    Message as Text, Position, PublishDiagnosticsParams, SemanticTokens, TextEdit, WorkspaceEdit,
};
use lsp_server::{Message, Notification, Request, RequestId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::bin;

/// An editor: what it sent and what it was told.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: i32,
    uri: String,
    version: i32,
    told: Vec<PublishDiagnosticsParams>,
}

impl Editor {
    fn open(path: &Path, text: &str) -> Self {
        let mut server = std::process::Command::new(bin("mu"))
            .arg("lsp")
            .env("XDG_CACHE_HOME", path.parent().unwrap().join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()));
        let uri = format!("file://{}", path.display());
        let mut editor =
            Self { server, input, output, next: 0, uri: uri.clone(), version: 1, told: Vec::new() };
        let capabilities: Value =
            editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
        assert!(capabilities["capabilities"]["renameProvider"]["prepareProvider"].as_bool().unwrap());
        editor.tell("initialized", json!({}));
        editor.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "mu", "version": 1, "text": text } }),
        );
        editor
    }

    fn tell(&mut self, method: &str, params: Value) {
        Message::Notification(Notification::new(method.to_owned(), params)).write(&mut self.input).unwrap();
    }

    fn ask<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> T {
        self.try_ask(method, params).unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    fn try_ask<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T, String> {
        self.next += 1;
        let id = RequestId::from(self.next);
        Message::Request(Request::new(id.clone(), method.to_owned(), params)).write(&mut self.input).unwrap();
        loop {
            match Message::read(&mut self.output).unwrap().unwrap() {
                Message::Response(response) if response.id == id => {
                    return match response.response_result {
                        Ok(result) => Ok(serde_json::from_value(result).unwrap()),
                        Err(error) => Err(error.message),
                    };
                }
                Message::Notification(n) if n.method == "textDocument/publishDiagnostics" => {
                    self.told.push(serde_json::from_value(n.params).unwrap());
                }
                other => panic!("unasked: {other:?}"),
            }
        }
    }

    /// What the server last said of the current version; asks something, so that all before it was answered.
    fn diagnostics(&mut self) -> Vec<Diagnostic> {
        let _: Vec<DocumentSymbol> = self.ask("textDocument/documentSymbol", self.document());
        let last = self.told.last().unwrap();
        assert_eq!(last.version, Some(self.version));
        last.diagnostics.clone()
    }

    fn document(&self) -> Value {
        json!({ "textDocument": { "uri": self.uri } })
    }

    fn at(&self, place: Position) -> Value {
        json!({ "textDocument": { "uri": self.uri }, "position": place })
    }

    /// Types over a range.
    fn change(&mut self, from: Position, to: Position, text: &str) {
        self.version += 1;
        let params = json!({
            "textDocument": { "uri": self.uri, "version": self.version },
            "contentChanges": [{ "range": { "start": from, "end": to }, "text": text }],
        });
        self.tell("textDocument/didChange", params);
    }
}

/// The place of a word in a text, `skip` characters into it.
fn place(text: &str, word: &str, skip: u32) -> Position {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word}"));
    let before = &text[..at];
    let line = before.rsplit('\n').next().unwrap();
    Position {
        line: before.matches('\n').count() as u32,
        character: line.encode_utf16().count() as u32 + skip,
    }
}

fn said(d: &Diagnostic) -> &str {
    match &d.message {
        Text::String(text) => text,
        Text::MarkupContent(markup) => &markup.value,
    }
}

const STUDY: &str = "\
/// How much – is forgotten.
let share = 10%

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, batch: 64 samples)
  forget  = each { random = random(share), worst = worst_case(share) }
  unlearn = each [retrain, ft(lr: 0.05)]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

table main {
  from    = study
  rows    = unlearn
  columns = [ua, ra, ta]
  where   = forget == worst
}
";

#[test]
fn a_session() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.mu");
    let mut editor = Editor::open(&path, STUDY);
    let found = editor.diagnostics();
    assert!(found.iter().all(|d| d.severity != Some(DiagnosticSeverity::Error)), "{found:?}");

    // A mistake, as it is typed; the edit that undoes it.
    let (from, to) = (place(STUDY, "digits", 0), place(STUDY, "digits", 6));
    editor.change(from, to, "digitz");
    let found = editor.diagnostics();
    let mistake = found.iter().find(|d| d.severity == Some(DiagnosticSeverity::Error)).unwrap();
    assert!(
        said(mistake).contains("nothing is called `digitz`")
            && said(mistake).contains("did you mean `digits`")
    );
    assert_eq!(mistake.range.start, from);
    let range = json!({ "start": from, "end": to });
    let uri = editor.uri.clone();
    let actions: Vec<CodeAction> = editor.ask(
        "textDocument/codeAction",
        json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } }),
    );
    let edit =
        actions[0].edit.as_ref().unwrap().changes.as_ref().unwrap().values().next().unwrap()[0].clone();
    assert_eq!((actions[0].title.as_str(), edit.new_text.as_str()), ("write `digits`", "digits"));
    editor.change(edit.range.start, edit.range.end, &edit.new_text);
    assert!(editor.diagnostics().iter().all(|d| d.severity != Some(DiagnosticSeverity::Error)));

    // Hover: docs, type, default.
    let hover = |editor: &mut Editor, at: Position| {
        let hover: Hover = editor.ask("textDocument/hover", editor.at(at));
        serde_json::to_value(hover.contents).unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert!(hover(&mut editor, place(STUDY, "share)", 1)).contains("How much – is forgotten."));
    let ft = hover(&mut editor, place(STUDY, "ft(lr", 1));
    assert!(
        ft.contains("Fine-tuning on the retain set") && ft.contains("batch: samples > 0 = 256 samples"),
        "{ft}"
    );
    assert!(hover(&mut editor, place(STUDY, "forget  =", 2)).contains("Axis `forget` of 2: random, worst"));

    // Definition, in the file and in the standard library.
    let definition: Location = editor.ask("textDocument/definition", editor.at(place(STUDY, "share)", 1)));
    assert_eq!(
        (definition.uri.0.as_str(), definition.range.start),
        (uri.as_str(), place(STUDY, "share =", 0))
    );
    let library: Location = editor.ask("textDocument/definition", editor.at(place(STUDY, "retrain", 1)));
    assert!(library.uri.0.ends_with("methods/retrain.mu"), "{}", library.uri.0);
    let text = std::fs::read_to_string(library.uri.0.trim_start_matches("file://")).unwrap();
    assert!(text.lines().nth(library.range.start.line as usize).unwrap().starts_with("method retrain"));

    // References, and rename of a position, which a condition names too.
    let mut params = editor.at(place(STUDY, "share =", 0));
    params["context"] = json!({ "includeDeclaration": true });
    assert_eq!(editor.ask::<Vec<Location>>("textDocument/references", params).len(), 3);
    let mut params = editor.at(place(STUDY, "worst = worst_case", 1));
    params["newName"] = json!("hardest");
    let edit: WorkspaceEdit = editor.ask("textDocument/rename", params.clone());
    let edits = &edit.changes.unwrap()[&gen_lsp_types::Uri(uri.clone())];
    let places: Vec<Position> = edits.iter().map(|e| e.range.start).collect();
    assert_eq!(places, [place(STUDY, "worst = worst_case", 0), place(STUDY, "worst\n}", 0)]);
    params["newName"] = json!("random");
    assert!(
        editor
            .try_ask::<WorkspaceEdit>("textDocument/rename", params.clone())
            .unwrap_err()
            .contains("already there")
    );
    params["newName"] = json!("9lives");
    assert!(
        editor.try_ask::<WorkspaceEdit>("textDocument/rename", params).unwrap_err().contains("not a name")
    );
    let mut params = editor.at(place(STUDY, "retrain", 1));
    params["newName"] = json!("again");
    assert!(
        editor
            .try_ask::<WorkspaceEdit>("textDocument/rename", params)
            .unwrap_err()
            .contains("standard library")
    );

    // Outline and colours.
    let symbols: Vec<DocumentSymbol> = editor.ask("textDocument/documentSymbol", editor.document());
    let names: Vec<&str> = symbols.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["share", "study", "main"]);
    assert_eq!(symbols[1].children.as_ref().unwrap().len(), 7);
    let tokens: SemanticTokens = editor.ask("textDocument/semanticTokens/full", editor.document());
    assert_eq!((tokens.data[0].token_type, tokens.data[1].delta_line, tokens.data[1].length), (0, 1, 3));

    // Formatting.
    let untidy = place(STUDY, "data    = digits", 4);
    editor.change(untidy, Position { character: untidy.character + 4, ..untidy }, "");
    let edits: Vec<TextEdit> = editor.ask("textDocument/formatting", {
        let mut params = editor.document();
        params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
        params
    });
    assert_eq!(edits[0].new_text, STUDY);

    let () = editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    assert!(editor.server.wait().unwrap().success());
}

/// What is offered at a `|` in a text that is being typed.
fn offered(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = text.split_once('|').unwrap();
    let mut editor = Editor::open(&folder.path().join("typed.mu"), &format!("{before}{after}"));
    let at = place(text, "|", 0);
    let items: Vec<CompletionItem> = editor.ask("textDocument/completion", editor.at(at));
    items.into_iter().map(|i| i.label).collect()
}

#[test]
fn completion_knows_the_place() {
    let has = |text: &str, wanted: &[&str], unwanted: &[&str]| {
        let found = offered(text);
        wanted.iter().for_each(|w| assert!(found.iter().any(|f| f == w), "{w} in {text}: {found:?}"));
        unwanted.iter().for_each(|w| assert!(!found.iter().any(|f| f == w), "{w} not in {text}: {found:?}"));
    };
    has("exp|", &["experiment", "table", "claim"], &["ft"]);
    has("experiment a {\n  data = digits\n  |\n}\n", &["model", "forget", "tune"], &["digits"]);
    has("experiment a {\n  unlearn = each [ret|]\n}\n", &["retrain", "ft", "ga"], &["digits", "ua"]);
    has("experiment a {\n  measure = [u|]\n}\n", &["ua", "avg_gap"], &["ft"]);
    has("experiment a {\n  unlearn = ft(|)\n}\n", &["lr", "epochs", "batch"], &["retrain"]);
    has("experiment a {\n  measure = [mia(feature: |)]\n}\n", &["confidence", "entropy"], &["lr"]);
    has("experiment a {\n  train = training(5 |)\n}\n", &["epochs", "samples", "%"], &["ft"]);
    has("experiment a {\n  forget = worst_case(10%, against: |)\n}\n", &["ft", "rl"], &["digits"]);
    has(&STUDY.replace("rows    = unlearn", "rows    = |"), &["unlearn", "forget", "seed"], &["digits"]);
    has(&STUDY.replace("forget == worst", "forget == |"), &["random", "worst"], &["ft"]);
    has("let a = 1\nmethod m() {\n  start from original\n  |\n}\n", &["repeat", "update only"], &["digits"]);
}

/// Requests that make no sense are answered too.
#[test]
fn odd_requests_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..1000).map(|i| format!("let x{i} = {i}\n")).collect();
    let mut editor = Editor::open(&folder.path().join("long.mu"), &text);
    let nowhere = Position { line: 9_999_999, character: 9_999_999 };
    let _: Option<Hover> = editor.ask("textDocument/hover", editor.at(nowhere));
    let _: Vec<CompletionItem> = editor.ask("textDocument/completion", editor.at(nowhere));
    assert!(
        editor.try_ask::<Value>("textDocument/unheard", json!({})).unwrap_err().contains("does not know")
    );
    assert!(editor.try_ask::<Value>("textDocument/hover", json!({ "nonsense": 1 })).is_err());
    let other = json!({ "textDocument": { "uri": "file:///not/open.mu" }, "position": nowhere });
    assert_eq!(editor.ask::<Value>("textDocument/hover", other), Value::Null);
    editor.change(Position { line: 3, character: 0 }, Position { line: 1, character: 0 }, "backwards");
    editor.diagnostics();
    let () = editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    assert!(editor.server.wait().unwrap().success());
}

/// The median time, in milliseconds, from a keystroke to the diagnostics of the text with it.
pub(crate) fn keystrokes(text: &str, times: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::open(&folder.path().join("long.mu"), text);
    editor.diagnostics();
    let at = place(text, "Number 1.", 0);
    let mut took: Vec<f64> = (0..times)
        .map(|i| {
            let begun = std::time::Instant::now();
            editor.change(at, at, if i % 2 == 0 { "x" } else { "y" });
            while editor.told.last().is_none_or(|t| t.version != Some(editor.version)) {
                match Message::read(&mut editor.output).unwrap().unwrap() {
                    Message::Notification(n) => editor.told.push(serde_json::from_value(n.params).unwrap()),
                    other => panic!("unasked: {other:?}"),
                }
            }
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[times / 2]
}
