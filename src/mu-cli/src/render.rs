//! Diagnostics as text: the only code that knows miette.

use std::env;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use mu_diag::{Cause, Diagnostic, Problem, Severity, Sources, Span, one_line, same_length, visible};

/// Why something that was printed did not arrive.
static LOST: OnceLock<String> = OnceLock::new();

/// Writes text to standard output, control characters written out.
pub(crate) fn print(text: &str) {
    print_bytes(visible(text).as_bytes());
}

/// Writes bytes to standard output as they are.
pub(crate) fn print_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(bytes).and_then(|()| out.flush()));
    if bytes.is_empty() {
        // Nothing to say, as by a check without findings: some devices tell even so that they take nothing.
        let device = out.as_fd().try_clone_to_owned().map(std::fs::File::from);
        printed(device.and_then(|mut d| d.write(bytes).map(drop)));
    }
}

/// Keeps why standard output could not be written; a reader that went away is no error.
pub(crate) fn printed(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error.to_string());
    }
}

/// Why standard output is not whole, if it is not.
pub(crate) fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Writes a line to standard error, control characters written out.
pub(crate) fn eprint(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}

/// Why something could not be done: findings at their places, what is wrong, and the way out. Of a bug it says what to send.
pub(crate) fn problem(problem: Problem) {
    let Problem { what, found, help, cause } = problem;
    if let Some(found) = found {
        diagnostics(&found.0, &found.1);
    }
    let (what, help) = match cause {
        Cause::Input => (what, help),
        Cause::Bug => (format!("this is a bug in mu: {what}"), report_of_a_bug()),
    };
    if !what.is_empty() {
        eprint(&format!("error: {what}"));
    }
    if !help.is_empty() {
        eprint(&format!("  help: {help}"));
    }
}

/// What whoever looks for a bug needs.
fn report_of_a_bug() -> String {
    let words: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    format!(
        "please report it: this message, the version (mu {}, {} {}), the command (`mu {}`) and the file that it names",
        env!("CARGO_PKG_VERSION"),
        env::consts::OS,
        env::consts::ARCH,
        words.join(" ")
    )
}

struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
    /// In words, where the source cannot be shown.
    place: Option<String>,
}

/// Longer lines are not shown: no terminal has room for them, and underlining far columns ends in a panic of the library's.
const MAX_LINE: usize = 2000;

/// Whether every line that a finding points at can be shown.
fn is_readable(diagnostic: &Diagnostic, sources: &Sources) -> bool {
    let spans = diagnostic.span.iter().chain(diagnostic.related.iter().map(|(s, _)| s));
    spans.copied().all(|span| {
        let text = sources.text(span.file);
        let (start, end) = ((span.start as usize).min(text.len()), (span.end as usize).min(text.len()));
        let first = text.as_bytes()[..start].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let last = text.as_bytes()[end..].iter().position(|b| *b == b'\n').map_or(text.len(), |i| end + i);
        text.as_bytes()[first..last].split(|b| *b == b'\n').all(|line| line.len() <= MAX_LINE)
    })
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)?;
        self.place.iter().try_for_each(|place| write!(f, " ({place})"))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code.name()))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|s| s as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.diagnostic.span?;
        let label = Some(self.diagnostic.label.clone()).filter(|l| !l.is_empty());
        let width = (span.end - span.start) as usize;
        let first = LabeledSpan::new_primary_with_span(label, (span.start as usize, width));
        // Places in other files are said in words below.
        let related = self.diagnostic.related.iter().filter(move |(s, _)| s.file == span.file);
        let others = related.map(|(s, words)| {
            LabeledSpan::new(Some(words.clone()), s.start as usize, (s.end - s.start) as usize)
        });
        Some(Box::new(std::iter::once(first).chain(others)))
    }
}

/// The words of a finding without control characters.
fn shown(diagnostic: &Diagnostic) -> Diagnostic {
    let mut shown = diagnostic.clone();
    let related = shown.related.iter_mut().map(|(_, words)| words);
    for text in [&mut shown.message, &mut shown.label].into_iter().chain(&mut shown.help).chain(related) {
        *text = visible(text).into_owned();
    }
    shown
}

/// Nobody reads more at once; `--format json` has them all.
const MAX_SHOWN: usize = 100;

/// Shows diagnostics on standard error, and how many there are; returns whether one is an error.
pub(crate) fn diagnostics(found: &[Diagnostic], sources: &Sources) -> bool {
    let colour = std::io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
    for diagnostic in found.iter().take(MAX_SHOWN) {
        let readable = is_readable(diagnostic, sources);
        let diagnostic = &shown(diagnostic);
        let named = |s: Span| {
            NamedSource::new(one_line(sources.name(s.file)), same_length(sources.text(s.file)).into_owned())
        };
        let source = diagnostic.span.filter(|_| readable).map(named);
        let place = diagnostic.span.filter(|_| !readable).map(|s| crate::findings::place(sources, s));
        let mut text = String::new();
        if handler.render_report(&mut text, &Shown { diagnostic, source, place }).is_ok() {
            // The colours are miette's own; what it was given has no control characters.
            let _ = writeln!(std::io::stderr(), "{}\n", text.trim_end());
        }
    }
    if found.len() > MAX_SHOWN {
        eprint(&format!("… and {} more", found.len() - MAX_SHOWN));
    }
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => {}
        (0, w) => eprint(&count(w, "warning")),
        (e, 0) => eprint(&count(e, "error")),
        (e, w) => eprint(&format!("{}, {}", count(e, "error"), count(w, "warning"))),
    }
    errors > 0
}
