//! Pages as Markdown.

use mu_check::{Checked, Role, schema};
use mu_diag::Code;
use mu_step::expression::{FUNCTIONS, VALUES};
use mu_syntax::ast::Kind;

use crate::Page;
use crate::harmless::harmless;

/// A text of mu between fences that are longer than any in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}mu\n{text}\n{fence}\n")
}

pub(crate) fn declarations(checked: &Checked, title: &str, found: &[usize]) -> String {
    let symbols = &checked.index.symbols;
    let mut text = format!("# {title}\n");
    for at in found {
        let symbol = &symbols[*at];
        text.push_str(&format!("\n## {}\n\n{}", symbol.name, fenced(&symbol.signature)));
        if !symbol.docs.is_empty() {
            text.push_str(&format!("\n{}\n", harmless(&symbol.docs)));
        }
        let params = symbols.iter().filter(|s| s.parent == Some(*at) && s.role == Role::Parameter);
        let documented: Vec<String> = params
            .filter(|p| !p.docs.is_empty())
            .map(|p| format!("- `{}`: {}\n", p.name, harmless(&p.docs.replace('\n', " "))))
            .collect();
        if !documented.is_empty() {
            text.push_str(&format!("\n{}", documented.concat()));
        }
        let source = checked.sources.text(symbol.whole.file);
        let body =
            source.get(symbol.whole.start as usize..symbol.whole.end as usize).unwrap_or("").trim_end();
        if body.len() > symbol.signature.len() + 12 && !body.ends_with("builtin") {
            text.push_str(&format!("\nIts text:\n\n{}", fenced(body)));
        }
    }
    text
}

pub(crate) fn fields(title: &str) -> String {
    let mut text = format!("# {title}\n");
    for kind in [Kind::Experiment, Kind::Table, Kind::Figure, Kind::Dataset] {
        text.push_str(&format!("\n## {}\n\n| field | type | |\n|---|---|---|\n", kind.word()));
        for field in schema(kind) {
            let required = if field.required { " Required." } else { "" };
            let ty = field.ty.replace('|', "\\|");
            text.push_str(&format!("| `{}` | `{ty}` | {}{required} |\n", field.name, field.docs));
        }
    }
    text
}

pub(crate) fn expressions(title: &str) -> String {
    let mut text = format!(
        "# {title}\n\nThe text of a loss, a score or a metric speaks of one sample; the batch is implied. A value is a number, a class, or a \
         tensor over named axes: `class`, `feature`, `channel`, `row`, `column`, `other`. Axes match by name. `original.logits`, \
         `scratch.logits`, `average(0.1).logits` and, in metrics, `retrained.logits` are those of other networks. `x[c]` is the entry \
         of a class. `where a = .., b = ..` behind the text names its parts.\n\n\
         `mean(set, e)` and `sum(set, e)` make a loss of a number of each sample, `sum(abs(weights(all)))` one of parameters; \
         `mean(part, e)`, `sum(part, e)` and `quantile(part, e, 90%)` make a metric.\n"
    );
    for (heading, words) in [("Values", VALUES), ("Functions", FUNCTIONS)] {
        text.push_str(&format!("\n## {heading}\n\n| written | |\n|---|---|\n"));
        for word in words {
            text.push_str(&format!("| `{}` | {} |\n", word.form, word.doc));
        }
    }
    text.push_str(&format!("\nPrimitives: {}.\n", VALUES.len() + FUNCTIONS.len()));
    text
}

pub(crate) fn codes() -> String {
    let mut text = String::from("# Diagnostics\n");
    for code in Code::ALL {
        text.push_str(&format!("\n## {}\n\n{}.\n\n{}", code.name(), capital(code.summary()), code.page()));
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

pub(crate) fn index(title: &str, pages: &[Page]) -> String {
    let links: Vec<String> = pages.iter().map(|p| format!("- [{}]({}.md)\n", p.title, p.name)).collect();
    format!("# {title}\n\n{}", links.concat())
}
