//! One filled table in every format, byte by byte: `golden/table.*`. It has all that a table can show.

use std::process::Command;

use mu_check::Bound;
use mu_table::{Cell, Filled, FilledCell, Format, Note, export};

use crate::{golden, needs};

/// A number, with what follows the ± and how many values it is of.
fn cell(mean: f64, std: Option<f64>, n: usize) -> FilledCell {
    FilledCell {
        cell: Some(Cell { mean, std, n, bound: Bound::Exact }),
        note: None,
        digits: 2,
        best: false,
        second: false,
        steps: Vec::new(),
        gap: None,
        expected: None,
        p: None,
    }
}

/// A number that stopped at a limit.
fn bounded(mean: f64, bound: Bound) -> FilledCell {
    FilledCell { cell: Some(Cell { mean, std: None, n: 3, bound }), ..cell(mean, None, 3) }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// Nested columns, names with all that formats escape, and every mark.
fn filled() -> Filled {
    let empty = FilledCell { cell: None, ..cell(0.0, None, 0) };
    let columns = [
        ["random_10%", "ua"],
        ["random_10%", "cost<$>"],
        ["worst & {best}", "ua"],
        ["worst & {best}", "cost<$>"],
    ];
    let steps = vec![mu_step::StepKey::of("golden", &1), mu_step::StepKey::of("golden", &2)];
    let rows = [
        vec![
            FilledCell { gap: Some(0.0), ..cell(94.125, Some(0.5), 3) },
            cell(1200.0, None, 1),
            FilledCell { expected: Some((5.25, true)), ..cell(5.28, Some(0.1), 3) },
            FilledCell { digits: 0, ..cell(1200.4, Some(12.5), 3) },
        ],
        vec![
            FilledCell { best: true, gap: Some(0.125), p: Some(0.03), steps, ..cell(94.25, Some(1.25), 3) },
            FilledCell { second: true, ..bounded(40.0, Bound::AtLeast) },
            FilledCell { expected: Some((9.0, false)), p: Some(0.2), ..cell(-7.5, Some(0.0), 3) },
            bounded(40.0, Bound::AtMost),
        ],
        vec![
            FilledCell { second: true, gap: Some(3.5), ..cell(90.625, None, 1) },
            FilledCell { note: Some(0), ..empty.clone() },
            empty,
            FilledCell { note: Some(1), best: true, ..bounded(7.0, Bound::Unknown) },
        ],
    ];
    Filled {
        name: "main_table".to_owned(),
        caption: Some("Forgetting 10% & <all> of it: \"ü\" #1".to_owned()),
        row_names: texts(&["unlearn", "unlearn.lr"]),
        rows: vec![texts(&["retrain", ""]), texts(&["rl@uniform", "0.01"]), texts(&["a_b|c", "λ=½"])],
        columns: columns.iter().map(|c| texts(c)).collect(),
        cells: rows.into(),
        signs: vec![("ua".to_owned(), "≈".to_owned()), ("cost<$>".to_owned(), "↓".to_owned())],
        notes: vec![
            Note { text: "3 of 3 failed (diverged): the loss is NaN in epoch_3".to_owned() },
            Note { text: "1 of 3 failed (kernel): [x](y) ^ ~ \\".to_owned() },
        ],
        missing: 3,
        tuned: texts(&["unlearn.lr: rl@uniform 0.01"]),
        judged: Vec::new(),
        limits: texts(&["epochs ≤ 10% of retrain"]),
        test: Some("differs from retrain (p < 0.05, paired t-test, Holm's correction)".to_owned()),
        warnings: texts(&["retrain, seed 2: the accuracy is that of chance"]),
        bounds: Some("≥, ≤, ~: 3 values behind cost stopped at a limit".to_owned()),
        left_out: Some("ua: test metrics leave out the forgotten classes".to_owned()),
    }
}

/// Every format and its file.
const FORMATS: &[(Format, &str)] = &[
    (Format::Text, "table.txt"),
    (Format::Markdown, "table.md"),
    (Format::Latex, "table.tex"),
    (Format::Siunitx, "table.siunitx.tex"),
    (Format::Csv, "table.csv"),
    (Format::Json, "table.json"),
    (Format::Html, "table.html"),
];

#[test]
fn every_format_is_as_recorded() {
    // A format that is added has a file here: the match has no arm for others.
    let all = FORMATS.iter().filter(|(format, _)| match format {
        Format::Text | Format::Markdown | Format::Latex | Format::Siunitx => true,
        Format::Csv | Format::Json | Format::Html => true,
    });
    assert_eq!(all.count(), 7);
    for (format, name) in FORMATS {
        golden::compare(name, &export(&filled(), *format));
    }
}

/// CSV and JSON are read back by readers of others, with the numbers that were written.
#[test]
fn numbers_survive_the_formats_of_programs() {
    let json: serde_json::Value = serde_json::from_str(&export(&filled(), Format::Json)).unwrap();
    assert_eq!(json["cells"][1][0]["mean"], 94.25);
    assert_eq!(json["cells"][1][1]["bound"], "at least");
    assert_eq!(json["cells"][2][1], serde_json::Value::Null);
    assert_eq!(json["columns"][2], serde_json::json!(["worst & {best}", "ua"]));
    let csv = export(&filled(), Format::Csv);
    let lines: Vec<Vec<&str>> = csv.lines().map(|l| l.split(',').collect()).collect();
    assert!(lines.iter().all(|l| l.len() == lines[0].len()), "{csv}");
    assert_eq!(lines[2][1..4], ["94.25", "1.25", "3"]);
}

/// Where a TeX is, it takes what is written for it.
#[test]
fn latex_compiles() {
    needs::programs(&["pdflatex", "kpsewhich"]);
    let folder = tempfile::tempdir().unwrap();
    for (format, packages) in [
        (Format::Latex, ""),
        (
            Format::Siunitx,
            "\\usepackage{siunitx}\\sisetup{separate-uncertainty = true, propagate-math-font = true, reset-math-version = false}\n",
        ),
    ] {
        if format == Format::Siunitx {
            let found = Command::new("kpsewhich").arg("siunitx.sty").output().unwrap();
            if !found.status.success() {
                needs::skip("plain LaTeX compiles; `siunitx` is not installed");
            }
        }
        let table = export(&filled(), format);
        let text = format!(
            "\\documentclass{{article}}\n\\usepackage{{booktabs}}\n\\usepackage{{amsmath}}\n{packages}\\begin{{document}}\n{table}\\end{{document}}\n"
        );
        std::fs::write(folder.path().join("t.tex"), text).unwrap();
        let output = Command::new("pdflatex")
            .args(["-interaction=nonstopmode", "-halt-on-error", "t.tex"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        // A glyph that a font lacks is no error to TeX, but it is not on the page.
        assert!(!said.contains("Missing character") && !said.contains("Undefined control"), "{said}");
    }
}
