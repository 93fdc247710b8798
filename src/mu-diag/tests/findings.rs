//! Findings: how they are made, kept once, and put in order.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use mu_diag::{Code, Diagnostic, FileId, Severity, Sink, Sources, Span, did_you_mean, nearest};

fn span(file: u32, start: u32, end: u32) -> Span {
    Span { file: FileId(file), start, end }
}

#[test]
fn sources_are_numbered_in_reading_order() {
    let mut sources = Sources::default();
    let (a, b) = (sources.add("a.mu", "let a = 1"), sources.add("b.mu", ""));
    assert_eq!((a, b), (FileId(0), FileId(1)));
    assert_eq!((sources.name(b), sources.text(a)), ("b.mu", "let a = 1"));
    assert_eq!(sources.find("b.mu"), Some(b));
    assert_eq!(sources.find("c.mu"), None);
    assert_eq!(sources.all().collect::<Vec<_>>(), [("a.mu", "let a = 1"), ("b.mu", "")]);
}

#[test]
fn a_place_has_one_finding_of_a_code() {
    let mut sink = Sink::default();
    assert!(sink.is_empty() && !sink.has_errors());
    sink.push(Diagnostic::warning(Code::Unused, span(0, 5, 6), "first"));
    sink.push(Diagnostic::warning(Code::Unused, span(0, 5, 6), "again"));
    assert!(!sink.is_empty() && !sink.has_errors(), "a warning is no error");
    sink.push(Diagnostic::error(Code::Cycle, span(0, 5, 6), "another code"));
    sink.push(Diagnostic::warning(Code::Unused, span(0, 5, 7), "another place"));
    assert!(sink.has_errors());
    let messages: Vec<String> = sink.finish().into_iter().map(|d| d.message).collect();
    assert_eq!(messages, ["first", "another code", "another place"]);
}

#[test]
fn findings_without_a_place_are_kept_once_by_what_they_say() {
    let nowhere =
        |message: &str| Diagnostic { span: None, ..Diagnostic::error(Code::Empty, span(0, 0, 0), message) };
    let mut sink = Sink::default();
    sink.extend([nowhere("a"), nowhere("a"), nowhere("b")]);
    assert_eq!(sink.finish().len(), 2);
}

#[test]
fn findings_come_in_the_order_of_the_source() {
    let mut sink = Sink::default();
    for (file, start) in [(1, 0), (0, 9), (0, 2)] {
        sink.push(Diagnostic::error(Code::Syntax, span(file, start, 10), format!("{file} {start}")));
    }
    let messages: Vec<String> = sink.finish().into_iter().map(|d| d.message).collect();
    assert_eq!(messages, ["0 2", "0 9", "1 0"]);
}

#[test]
fn a_fix_is_certain_a_suggestion_is_a_guess() {
    let at = span(0, 3, 8);
    let plain = Diagnostic::error(Code::Syntax, at, "wrong").label("here").related(span(0, 0, 1), "there");
    assert_eq!((plain.severity, plain.label.as_str(), &plain.help), (Severity::Error, "here", &None));
    assert_eq!(plain.related, [(span(0, 0, 1), "there".to_owned())]);
    let fixed = plain.clone().fix("write `x`", at, "x");
    assert_eq!(fixed.help.as_deref(), Some("write `x`"), "the way out is the edit, unless another is said");
    let fix = fixed.fix.unwrap();
    assert_eq!((fix.certain, fix.edits), (true, vec![(at, "x".to_owned())]));
    let guess = plain.clone().help("look").suggest("write `y`", at, "y");
    assert_eq!(guess.help.as_deref(), Some("look"));
    assert!(!guess.fix.unwrap().certain);
    assert_eq!(plain.clone().maybe_help(None).help, None);
    assert_eq!(plain.clone().help("a").maybe_help(None).help.as_deref(), Some("a"));
    assert_eq!(plain.help("a").maybe_help(Some("b".to_owned())).help.as_deref(), Some("b"));
}

#[test]
fn what_was_meant_is_an_edit_where_it_is_one_word() {
    let at = span(0, 0, 6);
    let error = || Diagnostic::error(Code::UnknownName, at, "unknown");
    let one = error().meant(at, "digitz", ["digits", "retrain"]);
    assert_eq!(one.help.as_deref(), Some("did you mean `digits`?"));
    let fix = one.fix.unwrap();
    assert_eq!((fix.title.as_str(), fix.certain), ("write `digits`", true));
    let several = error().meant(at, "rand_b", ["rand_a", "rand_c"]);
    assert_eq!(several.help.as_deref(), Some("did you mean `rand_a` or `rand_c`?"));
    assert_eq!(several.fix, None, "a person chooses");
    assert_eq!(error().meant(at, "digitz", ["retrain"]), error());
}

#[test]
fn the_nearest_word_is_the_one_with_the_fewest_slips() {
    assert_eq!(nearest("retrian", ["retain", "retrain"]), Some("retrain"));
    assert_eq!(nearest("epoch", ["epochs", "samples"]), Some("epochs"));
    assert_eq!(nearest("xyz", ["epochs"]), None);
    assert_eq!(did_you_mean("xyz", ["epochs"]), None);
    assert_eq!(did_you_mean("epcohs", ["epochs"]).as_deref(), Some("did you mean `epochs`?"));
    // As many as can be read at once.
    let many = did_you_mean("name_x", ["name_a", "name_b", "name_c", "name_d", "name_e"]).unwrap();
    assert!(many.starts_with("did you mean `name_a`") && many.matches('`').count() < 10, "{many}");
}

#[test]
fn codes_have_one_name_each_and_are_found_by_it() {
    let names: HashSet<&str> = Code::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(Code::of(code.name()), Some(*code));
        assert!(!code.summary().is_empty() && code.page().contains("```mu"), "{}", code.name());
    }
    assert_eq!(Code::of("no-such-code"), None);
}
