//! Tree → program: names, types, units, axes; methods and models lowered to data. Pure and total.

// A new member of an enumeration is looked at wherever one is taken apart. The modules below that read text are left out: what is
// none of the forms that they know is an error at its place, whatever it is.
#![deny(clippy::wildcard_enum_match_arm)]

mod bind;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod claim;
mod classes;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod condition;
mod dataset;
mod definition;
mod doubt;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod eval;
mod experiment;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod fields;
mod figure;
mod grid;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod index;
mod kernels;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod limit;
mod measured;
mod method;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod metric;
mod model;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod origin;
mod paths;
mod power;
mod program;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod query;
mod requests;
mod schema;
mod selection;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod table;
mod task;
mod term;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod tune;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod types;
mod unit;
mod value;
mod vocabulary;
mod wanted;
mod ways;
mod words;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod world;
mod worst_case;

use std::cell::RefCell;

use mu_diag::{Code, Diagnostic, Severity, Sink, Sources, Span};
use mu_syntax::ast::{Kind, Name};

pub use fields::FieldType;
pub use index::{Index, Role, Symbol};
pub use mu_diag::Problem;
pub use mu_step::expression::{FUNCTIONS, VALUES};
pub use origin::{Origin, Part};
pub use power::SIGNIFICANT;
pub use program::{
    Across, Alternative, Amount, Arithmetic, Axis, Bound, Center, Claim, Comparison, Condition, Coord,
    Dataset, Dimension, Draw, Expected, Experiment, FictitiousPlay, Figure, Forget, Formula, Generative,
    Limit, List, Measured, Metric, Most, Named, Numbers, Optimum, Paired, PairedTest, Point, Program, Query,
    REFERENCE, REQUEST, SampleSet, Samples, Score, Seeds, Shows, Spread, Table, Test, Train, Tune, Unlearn,
    Unseen, WeightSearch, Weights,
};
pub use schema::schema;
pub use unit::{UNITS, Unit};
pub use world::Files;

/// A checked file.
#[derive(Debug)]
pub struct Checked {
    /// What can be run; without the parts that had errors.
    pub program: Program,
    /// Every file that was read.
    pub sources: Sources,
    /// What every name means.
    pub index: Index,
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
    let eval = eval::Evaluator::new(&world, &sink, files);
    let mut experiments = Vec::new();
    let (mut tables, mut figures) = (Vec::new(), Vec::new());
    let (mut any, mut lost) = (false, Vec::new());
    eval.builtins();
    for definition in world.definitions(world::ROOT) {
        any = true;
        match definition {
            definition::Definition::Declaration(d) if d.kind == Kind::Experiment => {
                experiments.push((d.name.text.clone(), kept(eval.experiment(d), &d.name, &mut lost)));
            }
            definition::Definition::Declaration(d) if d.kind == Kind::Table => tables.push(d),
            definition::Definition::Declaration(d) if d.kind == Kind::Figure => figures.push(d),
            definition::Definition::Declaration(d) => eval.declaration(d),
            definition::Definition::Let(l) if l.params.is_empty() => {
                eval.eval(&l.value, &eval::Scope::of(world::ROOT), &[]);
            }
            definition::Definition::Let(_) => {}
        }
    }
    let tables: Vec<Table> =
        tables.into_iter().filter_map(|t| kept(eval.table(t, &experiments), &t.name, &mut lost)).collect();
    let figures: Vec<Figure> =
        figures.into_iter().filter_map(|f| kept(eval.figure(f, &experiments), &f.name, &mut lost)).collect();
    let claims = &world.module(world::ROOT).claims;
    any |= !claims.is_empty();
    let claims: Vec<Claim> =
        claims.iter().filter_map(|c| kept(eval.claim(c, &experiments), &c.text, &mut lost)).collect();
    if !sink.borrow().has_errors() {
        lost.iter().for_each(|name| eval.came_to_nothing(name));
    }
    let views = Program { experiments: Vec::new(), tables, figures, claims };
    eval.unused_axes(&experiments, &views);
    let mut sink = sink.into_inner();
    let walk = index::index(&world, &sources);
    walk.report(&world, &mut sink);
    if !any && sink.is_empty() {
        let span = Span { file: root, start: 0, end: 0 };
        sink.push(
            Diagnostic::error(Code::Empty, span, format!("`{name}` declares nothing"))
                .help("`mu new` writes a first experiment; `mu check` wants at least one item"),
        );
    }
    // Indices are into the list with holes; with holes there is an error and nothing runs.
    let program = if experiments.iter().all(|(_, e)| e.is_some()) {
        let experiments = experiments.into_iter().filter_map(|(_, e)| e).collect();
        Program { experiments, ..views }
    } else {
        Program::default()
    };
    Checked { program, sources, index: walk.finish(), diagnostics: sink.finish() }
}

/// What was made of a declaration; where it is nothing, its name is kept.
fn kept<T>(made: Option<T>, name: &Name, lost: &mut Vec<Name>) -> Option<T> {
    if made.is_none() {
        lost.push(name.clone());
    }
    made
}
