//! How fast the front end is: `make bench` prints the figures. Times are medians; each stands beside a limit or a ratio.

use std::time::Instant;

use mu_check::check;

use crate::harness::{bin, mu, text, write};
use crate::texts::{NoFiles, hostile};

/// The median of some runs, in milliseconds.
fn median(runs: usize, mut f: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            f();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

/// A file of about so many lines in which everything is used: values, methods, experiments, tables.
pub(crate) fn file(lines: usize) -> String {
    let mut out = String::from("mu 1\n\n");
    let part = |i: usize| {
        format!(
            "/// Number {i}.\nlet rate{i} = {}e-3\n\nmethod ft{i}(lr: real > 0 = rate{i}, batch: samples = 64 samples) {{\n  start from original\n  repeat 2 epochs over retain in batches of batch {{\n    minimize ce(retain)\n    by sgd(lr: lr, momentum: 0.9)\n  }}\n}}\n\nexperiment study{i} {{\n  data    = digits\n  model   = small_cnn\n  train   = training(5 epochs, batch: 64 samples)\n  forget  = each {{ random = random(10%), worst = worst_case(10%, against: ft{i}) }}\n  unlearn = each [retrain, ft{i}]\n  seed    = each 0..3\n  measure = [ua, ra, ta, avg_gap]\n}}\n\ntable main{i} {{\n  from    = study{i}\n  rows    = forget * unlearn\n  columns = [ua, ra, ta, avg_gap]\n  cell    = mean ± std over seed\n}}\n\n",
            i % 9 + 1
        )
    };
    let each = part(1).lines().count();
    (0..lines.div_ceil(each)).for_each(|i| out.push_str(&part(i)));
    out
}

#[test]
#[ignore = "prints figures; `make bench`"]
fn bench() {
    let folder = tempfile::tempdir().unwrap();
    let row = |what: &str, value: String, limit: &str| println!("{what:<58} {value:>12}   {limit}");
    row("", "median".to_owned(), "limit");

    let version = median(21, || drop(mu().arg("--version").output().unwrap()));
    let nothing = median(21, || drop(std::process::Command::new("true").output().unwrap()));
    row("mu --version", format!("{version:.1} ms"), &format!("5 ms; `true` takes {nothing:.1} ms"));

    let thousand = file(1000);
    let found = check(&NoFiles, "x.mu", &thousand);
    assert!(!found.has_errors(), "{:?}", found.diagnostics.first());
    let path = write(folder.path(), "thousand.mu", &thousand);
    let process = median(21, || drop(mu().arg("check").arg(&path).output().unwrap()));
    let lines = thousand.lines().count();
    row(
        &format!("mu check, {lines} lines, the process"),
        format!("{process:.1} ms"),
        "with its start and the library",
    );
    let in_memory = median(21, || drop(check(&NoFiles, "x.mu", &thousand)));
    row(&format!("check, {lines} lines, in memory"), format!("{in_memory:.1} ms"), "10 ms");
    let format = median(11, || drop(mu_syntax::format(&thousand).unwrap()));
    row(&format!("fmt, {lines} lines, in memory"), format!("{format:.1} ms"), "");

    let (ten, hundred) = (file(10_000), file(100_000));
    let time = |text: &str| median(3, || drop(check(&NoFiles, "x.mu", text)));
    let (ten_ms, hundred_ms) = (time(&ten), time(&hundred));
    let ratio = hundred_ms / ten_ms;
    row("check, 10 000 lines", format!("{ten_ms:.0} ms"), "");
    row(
        "check, 100 000 lines",
        format!("{hundred_ms:.0} ms"),
        &format!("linear: {ratio:.1} times that of a tenth"),
    );

    let mut slowest = (0.0, "");
    for (what, text) in hostile(1_000_000) {
        let took = median(1, || {
            drop(check(&NoFiles, "x.mu", &text));
            drop(mu_syntax::format(&text));
        });
        if took > slowest.0 {
            slowest = (took, what);
        }
    }
    let (took, what) = slowest;
    row(
        "check and fmt, 1 MB of hostile text, the slowest",
        format!("{took:.0} ms"),
        &format!("1000 ms; {what}"),
    );

    for (points, rates) in [(100_000, 1000), (1_000_000, 10_000)] {
        let grid = format!(
            "experiment big {{\n  data    = digits\n  model   = small_cnn\n  train   = training(5 epochs)\n  forget  = random(10%)\n  unlearn = ft(lr: each log(1e-4 .. 1e-1, points: {rates}))\n  seed    = each 0..100\n  measure = [ua, ra, ta]\n}}\n"
        );
        let path = write(folder.path(), "grid.mu", grid);
        let begun = Instant::now();
        let output = std::process::Command::new("/usr/bin/time")
            .args(["-f", "%M"])
            .arg(bin("mu"))
            .arg("plan")
            .arg(&path)
            .arg("--store")
            .arg(folder.path().join("store"))
            .output();
        let took = begun.elapsed().as_secs_f64();
        // GNU time is not everywhere: then the memory is not known.
        let Ok(output) = output else { continue };
        assert!(output.status.success(), "{}", text(&output.stderr));
        let memory: f64 =
            text(&output.stderr).trim().lines().last().and_then(|l| l.parse().ok()).unwrap_or(f64::NAN);
        let limit = if points == 100_000 { "2 s and 1024 MB" } else { "" };
        row(
            &format!("mu plan, {points} points"),
            format!("{took:.2} s"),
            &format!("{:.0} MB; {limit}", memory / 1024.0),
        );
    }

    let keystroke = crate::lsp::keystrokes(&thousand, 21);
    row(&format!("language server, a keystroke in {lines} lines"), format!("{keystroke:.1} ms"), "20 ms");
}
