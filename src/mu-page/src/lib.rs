//! One page with everything that a file says and found: it needs no network, and every number leads to the steps behind it.

mod evidence;
mod source;

use base64::Engine;
use maud::{DOCTYPE, PreEscaped, html};
use mu_check::Program;
use mu_figure::draw;
use mu_numbers::{Measurements, judge};
use mu_plan::Plan;
use mu_store::Store;
use mu_table::{fill, markup};

/// What a page is made of, beside the numbers.
pub struct Page<'p> {
    /// The file's name.
    pub title: &'p str,
    /// The texts of the program that are the user's own: name and text.
    pub texts: &'p [(String, String)],
    /// A line on where and when it was made.
    pub imprint: &'p str,
}

/// The page as HTML.
///
/// # Errors
/// In words, where a figure cannot be drawn.
pub fn page(page: &Page<'_>, program: &Program, plan: &Plan, store: &Store) -> Result<String, String> {
    let measurements = Measurements::read(program, plan, store);
    let tables: Vec<_> = program.tables.iter().map(|t| (t.name.as_str(), fill(t, &measurements))).collect();
    let mut figures = Vec::new();
    for figure in &program.figures {
        let drawn = draw(figure, program, plan, store, &measurements);
        figures.push((figure.name.clone(), drawn.svg()?));
    }
    let mut warnings: Vec<String> = Vec::new();
    for experiment in 0..program.experiments.len() {
        let found = measurements.warnings(experiment, measurements.points(experiment));
        warnings.extend(found.into_iter().filter(|w| !warnings.contains(w)).collect::<Vec<_>>());
    }
    let claims: Vec<_> = program.claims.iter().map(|c| judge(c, &measurements)).collect();
    let asked =
        tables.iter().flat_map(|(_, t)| t.cells.iter().flatten()).flat_map(|c| c.steps.iter().copied());
    let evidence = evidence::collect(asked, program, plan, store);
    let curves = mu_figure::of_trainings(program, plan, store)?;
    let samples: Vec<(String, String)> =
        mu_figure::samples_of(program, plan, store).iter().map(|g| (g.name.clone(), g.svg())).collect();
    let forgotten = mu_figure::forget_sets(program, plan, store)?;
    let histograms = mu_figure::histograms_of(program, plan, store)?;
    let verdict = |holds| match holds {
        Some(true) => ("holds", "✓"),
        Some(false) => ("broken", "✗"),
        None => ("open", "–"),
    };
    // A script element ends at its end tag; `<!--` and `<script` in it change what ends it. JSON has another way to write `<`.
    let data = evidence.to_string().replace('<', "\\u003c");
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                header { h1 { (page.title) } p.remark { (page.imprint) } }
                nav {
                    @if !warnings.is_empty() { a href="#warnings" { "Warnings" } }
                    @if !tables.is_empty() { a href="#tables" { "Tables" } }
                    @if !figures.is_empty() { a href="#figures" { "Figures" } }
                    @if !samples.is_empty() { a href="#samples" { "Samples" } }
                    @if !claims.is_empty() { a href="#claims" { "Claims" } }
                    @if !forgotten.is_empty() { a href="#forget" { "Forget sets" } }
                    @if !curves.is_empty() { a href="#curves" { "Learning curves" } }
                    a href="#file" { "File" }
                }
                main {
                    @if !warnings.is_empty() {
                        section id="warnings" {
                            h2 { "Warnings" }
                            ul { @for text in &warnings { li { (text) } } }
                        }
                    }
                    @if !tables.is_empty() {
                        section id="tables" {
                            h2 { "Tables" }
                            p.remark { "Every number leads to what it was made from: click it." }
                            @for (name, filled) in &tables { h3 { (name) } (markup(filled)) }
                        }
                    }
                    @if !figures.is_empty() {
                        section id="figures" {
                            h2 { "Figures" }
                            @for (name, svg) in &figures { figure id=(format!("figure-{name}")) { (PreEscaped(svg)) } }
                        }
                    }
                    @if !samples.is_empty() {
                        section id="samples" {
                            h2 { "Samples" }
                            p.remark { "Images of one seed, by condition." }
                            @for (name, svg) in &samples { figure id=(format!("samples-{name}")) { (PreEscaped(svg)) } }
                        }
                    }
                    @if !claims.is_empty() {
                        section id="claims" {
                            h2 { "Claims" }
                            ul.claims { @for claim in &claims {
                                @let (class, mark) = verdict(claim.holds);
                                li class=(class) { span.mark { (mark) } " " (claim.text) span.remark { " " (claim.detail) } }
                            } }
                        }
                    }
                    @if !forgotten.is_empty() {
                        section id="forget" {
                            h2 { "Forget sets" }
                            @for set in &forgotten {
                                h3 { (set.label) }
                                div.side {
                                    figure { (PreEscaped(&set.classes)) }
                                    @if let Some(sheet) = &set.sheet {
                                        figure {
                                            img.sheet src=(address(sheet)) alt=(format!("images of the forget set {}", set.label));
                                            figcaption { (set.caption) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    @if !curves.is_empty() {
                        section id="curves" {
                            h2 { "Learning curves" }
                            @for svg in &curves { figure { (PreEscaped(svg)) } }
                            @if !histograms.is_empty() {
                                h3 { "Forget, retain and test samples" }
                                @for [confidence, loss] in &histograms {
                                    div.side { figure { (PreEscaped(confidence)) } figure { (PreEscaped(loss)) } }
                                }
                            }
                        }
                    }
                    section id="file" {
                        h2 { "File" }
                        @for (name, text) in page.texts { h3 { (name) } (source::markup(text)) }
                    }
                }
                aside id="evidence" hidden {
                    button id="close" aria-label="close" { "×" }
                    div id="trail" {}
                }
                script type="application/json" id="steps" { (PreEscaped(data)) }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    Ok(whole.into_string())
}

/// A PNG as an address that holds all of it.
fn address(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png))
}
