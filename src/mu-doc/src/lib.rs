//! Declarations and their doc comments → reference pages, as Markdown and as HTML.

mod harmless;
mod html;
mod markdown;
mod page;
mod procedure;

use mu_check::{Checked, Role, Symbol};
use mu_diag::Code;
use mu_syntax::ast::Kind;

pub use html::html;
pub use page::Page;
pub use procedure::procedure;

/// Kinds in the order of the reference, with what a page of them is called.
const ORDER: &[(Kind, &str)] = &[
    (Kind::Dataset, "Data sets"),
    (Kind::Model, "Models"),
    (Kind::Method, "Methods"),
    (Kind::Selection, "Selections"),
    (Kind::Metric, "Metrics"),
    (Kind::Recipe, "Recipes"),
    (Kind::Optimizer, "Optimizers"),
    (Kind::Schedule, "Schedules"),
    (Kind::Loss, "Losses"),
    (Kind::Layer, "Layers"),
    (Kind::Parameters, "Parameter sets"),
    (Kind::Score, "Scores of samples"),
    (Kind::Importance, "Importance of parameters"),
    (Kind::Kept, "Kept weights"),
    (Kind::Groups, "Groups"),
    (Kind::Labels, "Labels"),
    (Kind::Images, "Images"),
    (Kind::Teacher, "Teachers"),
    (Kind::Surgery, "Changes of parameters"),
    (Kind::Init, "Laws of fresh parameters"),
    (Kind::Diffusion, "Diffusions"),
    (Kind::Sampler, "Samplers"),
    (Kind::Judge, "Judges"),
    (Kind::Source, "Sources"),
    (Kind::Augmentation, "Augmentations"),
    (Kind::Normalization, "Normalizations"),
    (Kind::Experiment, "Experiments"),
    (Kind::Table, "Tables"),
    (Kind::Figure, "Figures"),
];

/// The reference of what `wanted` says of a source's name: a page per kind, the blocks of fields, the
/// diagnostics, and a first page that leads to them.
#[must_use]
pub fn pages(checked: &Checked, wanted: &dyn Fn(&str) -> bool, library: bool) -> Vec<Page> {
    let symbols = &checked.index.symbols;
    let of = |kind: Kind| -> Vec<usize> {
        let is = |s: &Symbol| s.role == Role::Declaration(kind) && wanted(checked.sources.name(s.span.file));
        let mut found: Vec<usize> = (0..symbols.len()).filter(|i| is(&symbols[*i])).collect();
        found.sort_by(|a, b| symbols[*a].name.cmp(&symbols[*b].name));
        found
    };
    let mut pages = Vec::new();
    for (kind, title) in ORDER {
        let found = of(*kind);
        if !found.is_empty() {
            let name = title.to_lowercase().replace(' ', "-");
            let text = markdown::declarations(checked, title, &found);
            pages.push(Page { name, title: (*title).to_owned(), text });
        }
    }
    let lets: Vec<usize> = (0..symbols.len())
        .filter(|i| symbols[*i].role == Role::Let && wanted(checked.sources.name(symbols[*i].span.file)))
        .collect();
    if !lets.is_empty() {
        let text = markdown::declarations(checked, "Values", &lets);
        pages.push(Page { name: "values".to_owned(), title: "Values".to_owned(), text });
    }
    if library {
        let title = "Fields of experiments, tables, figures and data sets".to_owned();
        pages.push(Page { name: "fields".to_owned(), text: markdown::fields(&title), title });
        let title = "Expressions of losses, scores and metrics".to_owned();
        pages.push(Page { name: "expressions".to_owned(), text: markdown::expressions(&title), title });
        let text = markdown::codes();
        pages.push(Page { name: "diagnostics".to_owned(), title: "Diagnostics".to_owned(), text });
    }
    let title = if library { "The mu library" } else { "Reference" };
    let index =
        Page { name: "index".to_owned(), title: title.to_owned(), text: markdown::index(title, &pages) };
    pages.insert(0, index);
    pages
}

/// The page of a diagnostic code, as `mu explain` shows it.
#[must_use]
pub fn code(code: Code) -> String {
    format!("{}: {}\n\n{}", code.name(), code.summary(), code.page())
}
