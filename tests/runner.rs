//! Runs tests one by one, each in a process of its own, so that one that cannot run here is counted as skipped, and so that it is known
//! how long each takes. `make check` and `make test` have cargo start it: README.md.
//!
//!     test-runner BINARY [ARGUMENTS]   runs the tests of a binary of cargo's, and notes them in $MU_TEST_LOG
//!     test-runner --summary LOG        says what came of them all
#![allow(clippy::unwrap_used, reason = "what runs tests fails by panicking, as they do")]

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mu_tests::needs::MARK;

/// What a CI machine may lack: the end of a test's name, and why. Any other skip fails there.
const MAY_BE_SKIPPED_IN_CI: &[(&str, &str)] = &[
    ("a_method_in_python_takes_part", "PyTorch is no part of what building mu needs"),
    ("latex_compiles", "TeX is no part of what building mu needs"),
    ("normalisation_is_that_of_aten", "a processor need not have AVX-512 with bfloat16"),
    ("threads_change_no_bit", "a processor need not have AVX-512 with bfloat16"),
    ("our_kernels_train_as_aten_does", "a processor need not have AVX-512 with bfloat16"),
];

/// How many of the slowest tests are shown.
const SLOWEST: usize = 10;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped(String),
    /// It is one of those that run only when they are asked for (`#[ignore]`).
    Left,
}

/// A test that ran, or did not.
struct Report {
    name: String,
    seconds: f64,
    outcome: Outcome,
}

impl Report {
    /// A line of the log.
    fn line(&self, of: &str) -> String {
        let (word, reason) = match &self.outcome {
            Outcome::Passed => ("passed", ""),
            Outcome::Failed => ("failed", ""),
            Outcome::Skipped(reason) => ("skipped", &**reason),
            Outcome::Left => ("left", ""),
        };
        format!("{word}\t{:.3}\t{of} {}\t{reason}\n", self.seconds, self.name)
    }

    /// What a line of the log says.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let (word, seconds) = (parts.next()?, parts.next()?.parse().ok()?);
        let (name, reason) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let outcome = match word {
            "passed" => Outcome::Passed,
            "failed" => Outcome::Failed,
            "skipped" => Outcome::Skipped(reason),
            "left" => Outcome::Left,
            _ => return None,
        };
        Some(Self { name, seconds, outcome })
    }
}

/// The tests that a binary of libtest's lists.
fn list(binary: &str, arguments: &[String]) -> Vec<String> {
    let output = Command::new(binary).args(["--list", "--format", "terse"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{binary}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|l| l.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Why a failed test says that it could not run, if it does.
fn reason(output: &str) -> Option<String> {
    output.lines().find_map(|line| line.strip_prefix(MARK)).map(|why| why.replace('\t', " "))
}

/// One test, and what it printed.
fn run(binary: &str, name: &str) -> (Report, String) {
    let mut command = Command::new(binary);
    command.args(["--exact", name, "--include-ignored", "--nocapture"]);
    // Golden files are compared, or all of them are written anew: nothing is left beside them.
    if std::env::var_os("INSTA_UPDATE").is_none() {
        let bless = std::env::var_os("BLESS").is_some();
        command.env("INSTA_UPDATE", if bless { "always" } else { "no" });
    }
    let begun = Instant::now();
    let output = command.output().unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let printed =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let ran = printed.contains("running 1 test");
    let outcome = match reason(&printed) {
        _ if output.status.success() && ran => Outcome::Passed,
        Some(why) => Outcome::Skipped(why),
        None => Outcome::Failed,
    };
    (Report { name: name.to_owned(), seconds, outcome }, printed)
}

/// A binary's name without cargo's digest.
fn of(binary: &str) -> String {
    let name = Path::new(binary).file_stem().unwrap().to_string_lossy().into_owned();
    name.rsplit_once('-').map_or(name.clone(), |(name, _)| name.to_owned())
}

fn run_all(binary: &str, arguments: &[String]) -> ExitCode {
    let shown = arguments.iter().any(|a| a == "--nocapture");
    let asked = arguments.iter().any(|a| a == "--ignored" || a == "--include-ignored");
    let filters: Vec<String> = arguments.iter().filter(|a| *a != "--nocapture").cloned().collect();
    let tests = list(binary, &filters);
    let ignored: HashSet<String> = if asked {
        HashSet::new()
    } else {
        list(binary, &[&filters[..], &["--ignored".to_owned()]].concat()).into_iter().collect()
    };
    let threads = std::env::var("RUST_TEST_THREADS").ok().and_then(|n| n.parse().ok());
    let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let begun = Instant::now();
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(name) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if ignored.contains(name) {
                        let report = Report { name: name.clone(), seconds: 0.0, outcome: Outcome::Left };
                        reports.lock().unwrap().push(report);
                        continue;
                    }
                    let (report, printed) = run(binary, name);
                    let mut reports = reports.lock().unwrap();
                    if shown || report.outcome == Outcome::Failed {
                        println!("---- {} {name}\n{printed}", of(binary));
                    }
                    reports.push(report);
                }
            });
        }
    });
    let reports = reports.into_inner().unwrap();
    let failed = count(&reports, &Outcome::Failed);
    if !reports.is_empty() {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{}: {} in {seconds:.1} s", of(binary), totals(&reports));
    }
    if let Some(log) = std::env::var_os("MU_TEST_LOG") {
        let lines: String = reports.iter().map(|r| r.line(&of(binary))).collect();
        let mut log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        log.write_all(lines.as_bytes()).unwrap();
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn count(reports: &[Report], outcome: &Outcome) -> usize {
    reports.iter().filter(|r| r.outcome == *outcome).count()
}

/// `3 passed, 0 failed, 1 skipped`
fn totals(reports: &[Report]) -> String {
    let skipped = reports.iter().filter(|r| matches!(r.outcome, Outcome::Skipped(_))).count();
    let left = match count(reports, &Outcome::Left) {
        0 => String::new(),
        left => format!(" ({left} run only when asked for)"),
    };
    let [passed, failed] = [Outcome::Passed, Outcome::Failed].map(|o| count(reports, &o));
    format!("{passed} passed, {failed} failed, {skipped} skipped{left}")
}

/// What is said at the end, and whether all is well.
fn summary(log: &str, ci: bool) -> (String, bool) {
    let mut reports: Vec<Report> = log.lines().filter_map(Report::read).collect();
    let mut well = !reports.is_empty() && count(&reports, &Outcome::Failed) == 0;
    let mut out = String::new();
    reports.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    out.push_str("slowest:\n");
    for report in reports.iter().filter(|r| r.seconds > 0.0).take(SLOWEST) {
        out.push_str(&format!("{:>8.1} s  {}\n", report.seconds, report.name));
    }
    for report in reports.iter().filter(|r| r.outcome == Outcome::Failed) {
        out.push_str(&format!("failed: {}\n", report.name));
    }
    for report in &reports {
        let Outcome::Skipped(why) = &report.outcome else { continue };
        let name = &report.name;
        let allowed = MAY_BE_SKIPPED_IN_CI.iter().find(|(test, _)| name.ends_with(test));
        let verdict = match allowed {
            _ if !ci => String::new(),
            Some((_, why)) => format!(" (allowed in CI: {why})"),
            None => {
                well = false;
                " (not allowed in CI)".to_owned()
            }
        };
        out.push_str(&format!("skipped: {name}: {why}{verdict}\n"));
    }
    out.push_str(&format!("{}\n", totals(&reports)));
    (out, well)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--summary", log] => {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            let ci = std::env::var("CI").is_ok_and(|v| v == "true" || v == "1");
            let (text, well) = summary(&log, ci);
            print!("{text}");
            if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        [binary, ..] => run_all(binary, &arguments[1..]),
        [] => {
            eprintln!("test-runner BINARY [ARGUMENTS] | test-runner --summary LOG");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, seconds: f64, outcome: Outcome) -> Report {
        Report { name: name.to_owned(), seconds, outcome }
    }

    #[test]
    fn a_skip_is_neither_passed_nor_failed_and_has_its_reason() {
        let log = [
            report("a", 1.0, Outcome::Passed).line("suite"),
            report("b", 0.5, Outcome::Skipped("no disk".to_owned())).line("suite"),
            report("c", 0.0, Outcome::Left).line("suite"),
        ];
        let (text, well) = summary(&log.concat(), false);
        assert_eq!(
            text,
            "slowest:\n     1.0 s  suite a\n     0.5 s  suite b\nskipped: suite b: no disk\n\
             1 passed, 0 failed, 1 skipped (1 run only when asked for)\n"
        );
        assert!(well);
    }

    #[test]
    fn in_ci_only_what_is_listed_may_be_skipped() {
        let skip = |name: &str| report(name, 0.1, Outcome::Skipped("no".to_owned())).line("language");
        assert!(summary(&skip("tables::latex_compiles"), true).1);
        let (text, well) = summary(&skip("disks::full"), true);
        assert!(!well && text.contains("skipped: language disks::full: no (not allowed in CI)"), "{text}");
        assert!(summary(&skip("disks::full"), false).1);
    }

    #[test]
    fn a_failure_and_no_test_at_all_are_not_well() {
        assert!(!summary("", false).1);
        let log = report("a", 1.0, Outcome::Passed).line("x") + &report("b", 1.0, Outcome::Failed).line("x");
        assert!(!summary(&log, false).1);
    }

    #[test]
    fn the_ten_slowest_are_shown() {
        let log: String =
            (0..12).map(|i| report(&format!("t{i}"), f64::from(i), Outcome::Passed).line("x")).collect();
        let (text, _) = summary(&log, false);
        assert!(text.contains("x t11") && text.contains("x t2\n") && !text.contains("x t1\n"), "{text}");
    }

    #[test]
    fn the_reason_of_a_skip_is_read_from_its_panic() {
        let printed = "thread 'x' panicked at a.rs:1:2:\nSKIPPED: no disk\nnote: …";
        assert_eq!(reason(printed).as_deref(), Some("no disk"));
        assert_eq!(reason("said SKIPPED: no"), None);
    }

    #[test]
    fn a_binary_is_called_as_its_target() {
        assert_eq!(of("/t/deps/mu_check-0a1b2c"), "mu_check");
        assert_eq!(of("/t/deps/suite"), "suite");
    }
}
