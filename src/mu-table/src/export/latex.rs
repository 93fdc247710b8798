//! For papers: booktabs, one spanning header per outer column dimension.

use super::layout::{Style, cell, corner, remarks, row_head, signed};
use super::tex::escape;
use crate::Filled;

pub(super) const PLAIN: Style = Style {
    number: |n| n,
    plus_minus: "\\pm",
    missing: "\\text{--}",
    failed: "\\times",
    note,
    best: |t| format!("\\mathbf{{{t}}}"),
    second: |t| format!("\\underline{{{t}}}"),
    gap: |g| format!("\\,({g})"),
    expected: |v, agrees| format!("\\,[{v}{}]", if agrees { "" } else { "^{!}" }),
    bounds: ["\\geq ", "\\leq ", "\\sim "],
    significant: "^{\\dagger}",
};

pub(super) const SIUNITX: Style =
    Style { number: |n| format!("\\num{{{n}}}"), plus_minus: " \\pm ", ..PLAIN };

fn note(n: usize) -> String {
    format!("^{{{n}}}")
}

pub(super) fn export(table: &Filled, style: &Style) -> String {
    let depth = table.columns.first().map_or(0, Vec::len);
    // Bold and underlined numbers are so in siunitx's hands as well.
    let more = if (style.number)(String::new()).is_empty() {
        ""
    } else {
        "% and \\usepackage{siunitx} with \\sisetup{separate-uncertainty = true, propagate-math-font = true, reset-math-version = false}\n"
    };
    let mut out = format!(
        "% needs \\usepackage{{booktabs}} and \\usepackage{{amsmath}}\n{more}\\begin{{table}}\n  \\centering\n  \\begin{{tabular}}{{l{}}}\n    \\toprule\n",
        "r".repeat(table.columns.len())
    );
    for level in 0..depth {
        let mut head = vec![if level + 1 == depth { escape(&corner(table)) } else { String::new() }];
        let mut at = 0;
        while at < table.columns.len() {
            let same = |c: &Vec<String>| c[..=level] == table.columns[at][..=level];
            let span = table.columns[at..].iter().take_while(|c| same(c)).count();
            let label = escape(&signed(table, &table.columns[at][level]));
            head.push(if span > 1 { format!("\\multicolumn{{{span}}}{{c}}{{{label}}}") } else { label });
            at += span;
        }
        out.push_str(&format!("    {} \\\\\n", head.join(" & ")));
    }
    out.push_str("    \\midrule\n");
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![escape(&row_head(table, at))];
        row.extend(cells.iter().map(|c| format!("${}$", cell(c, style))));
        out.push_str(&format!("    {} \\\\\n", row.join(" & ")));
    }
    out.push_str("    \\bottomrule\n  \\end{tabular}\n");
    let mut remarks = remarks(table, |n| format!("({n})"));
    if let Some(caption) = &table.caption {
        remarks.insert(0, caption.clone());
    }
    if !remarks.is_empty() {
        out.push_str(&format!("  \\caption{{{}}}\n", escape(&remarks.join(" "))));
    }
    out.push_str(&format!("  \\label{{tab:{}}}\n\\end{{table}}\n", table.name));
    out
}
