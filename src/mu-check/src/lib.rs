//! Tree → program: names, types, units, axes; methods and models lowered to data. Pure and total.

mod bind;
mod dataset;
mod eval;
mod experiment;
mod fields;
mod method;
mod metric;
mod model;
mod program;
mod table;
mod types;
mod value;
mod world;

use std::cell::RefCell;

use mu_diag::{Code, Diagnostic, Severity, Sink, Sources, Span};
use mu_syntax::ast::Kind;

pub use program::{
    Alternative, Axis, Center, Coord, Dataset, Dimension, Experiment, Forget, Formula, Measured, Metric,
    Point, Program, Spread, Table,
};
pub use value::Unit;
pub use world::Files;

/// A checked file.
#[derive(Debug)]
pub struct Checked {
    /// What can be run; without the parts that had errors.
    pub program: Program,
    /// Every file that was read.
    pub sources: Sources,
    /// What was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Checks the file called `name`, whose text is `text`.
pub fn check(files: &dyn Files, name: &str, text: &str) -> Checked {
    let mut sources = Sources::default();
    let root = sources.add(name, text);
    let sink = RefCell::new(Sink::default());
    let world = {
        let mut sink = sink.borrow_mut();
        world::World::load(files, &mut sources, root, &mut sink)
    };
    let eval = eval::Evaluator::new(&world, &sink);
    let mut experiments = Vec::new();
    let mut tables = Vec::new();
    let mut any = false;
    for definition in world.definitions(world::ROOT) {
        any = true;
        match definition {
            world::Definition::Declaration(d) if d.kind == Kind::Experiment => {
                experiments.push((d.name.text.clone(), eval.experiment(d)));
            }
            world::Definition::Declaration(d) if d.kind == Kind::Table => tables.push(d.clone()),
            world::Definition::Declaration(d) => eval.declaration(d),
            world::Definition::Let(l) if l.params.is_empty() => {
                eval.eval(&l.value, &eval::Scope::of(world::ROOT), &[]);
            }
            world::Definition::Let(_) => {}
        }
    }
    let tables: Vec<Table> = tables.iter().filter_map(|t| eval.table(t, &experiments)).collect();
    let mut sink = sink.into_inner();
    if !any && sink.is_empty() {
        let span = Span { file: root, start: 0, end: 0 };
        sink.push(
            Diagnostic::error(Code::Empty, span, format!("`{name}` declares nothing"))
                .help("a first experiment is in the README; `mu check` wants at least one item"),
        );
    }
    // Indices of tables are into the list with holes; with holes there is an error and nothing runs.
    let whole = experiments.iter().all(|(_, e)| e.is_some());
    let experiments: Vec<Experiment> = experiments.into_iter().filter_map(|(_, e)| e).collect();
    let tables = if whole { tables } else { Vec::new() };
    Checked { program: Program { experiments, tables }, sources, diagnostics: sink.finish() }
}
