//! Requests in sequence: forget sets that are asked for one after the other, and metrics of what one of them asked for.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Selection;
use mu_syntax::ast::Kind;

use crate::eval::{Evaluator, Found};
use crate::program::{
    Alternative, Axis, Experiment, Forget, Formula, Measured, Metric, Named, REQUEST, SampleSet,
};
use crate::value::{Component, Data, Value};
use crate::vocabulary::{At, Choice, Requests, read};

/// So many requests one sequence has at most: each is unlearned from the result of the one before.
const MOST: usize = 1_000;

impl Evaluator<'_> {
    /// Forget sets; of those in sequence one for each request, with its number on the axis.
    pub(crate) fn requested(&self, found: Vec<Found>) -> Vec<Found> {
        let mut all = Vec::new();
        for Found { coords, value } in found {
            let requests = value.component().and_then(|c| read::<Choice>(c)?.requests);
            let Some(Requests { of, times }) = requests else {
                all.push(Found { coords, value });
                continue;
            };
            let At { value: of, span: at } = of;
            let count = of.len() * times;
            if count == 0 || count > MOST {
                let message = match count {
                    0 => "this sequence has no request".to_owned(),
                    _ => format!("a sequence has at most {MOST} requests, this one has {count}"),
                };
                let help = "such as `requests([from_file(\"q0.npy\"), from_file(\"q1.npy\")])`";
                self.report(Diagnostic::error(Code::OutOfRange, at, message).help(help));
                all.push(Found { coords, value: Value::broken(value.span) });
                continue;
            }
            let turns = (0..times).flat_map(|_| &of).enumerate();
            all.extend(turns.map(|(at, part)| {
                let mut coords = coords.clone();
                coords.push((REQUEST.to_owned(), (at + 1).to_string()));
                let data = Data::Component(Rc::clone(&part.value.0));
                Found { coords, value: Value { data, span: part.span } }
            }));
        }
        all
    }

    /// Reports forget sets that are none on their own: what a method's parts leave; and, among requests, those that weigh all
    /// training samples. `None` where there are some.
    pub(crate) fn stand_alone(&self, forget: &[Alternative<Vec<Forget>>], axes: &[Axis]) -> Option<()> {
        let mut whole = Some(());
        for chosen in forget {
            let in_turn = chosen.coords.iter().any(|c| axes[c.axis].name == REQUEST);
            let any = |f: fn(&Selection<Named>) -> bool| chosen.value.iter().any(|v| v.has(&f));
            let problem = if any(|s| matches!(s, Selection::Rest { .. })) {
                Some((
                    "`rest` is what the parts of a composed method leave, and a forget set is whole",
                    "such as `ft on from_file(\"q0.npy\") then ft on rest`",
                ))
            } else if in_turn && any(|s| matches!(s, Selection::PublishedWorstCase(_))) {
                Some((
                    "`worst_case@paper` weighs all training samples, not those that earlier requests left",
                    "`worst_case` chooses among what they left",
                ))
            } else {
                None
            };
            if let Some((message, help)) = problem {
                self.report(Diagnostic::error(Code::WrongType, chosen.span, message).help(help));
                whole = None;
            }
        }
        whole
    }

    /// The samples of a selection that a metric is taken on.
    pub(crate) fn among(&self, of: Measured, c: &Component, at: Span) -> Option<Formula> {
        let request = read::<Choice>(c)?.request;
        let set = match request {
            Some(number) => SampleSet::Request(number),
            None => {
                let recipe = self.any_recipe(at);
                let chosen = self.selection(c, recipe.as_deref(), at)?;
                let problem = if chosen.needs_model() || chosen.trains() {
                    Some(
                        "a model chooses these samples, and a metric is taken on samples that are known before",
                    )
                } else if chosen.has(&|s| matches!(s, Selection::Rest { .. })) {
                    Some("`rest` is what the parts of a composed method leave: a metric has no parts")
                } else {
                    None
                };
                if let Some(message) = problem {
                    let help = "such as `from_file(\"q0.npy\")`, `by_class(3)` or `request(1)`";
                    self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
                    return None;
                }
                SampleSet::Chosen(Box::new(chosen))
            }
        };
        Some(Formula::Measured(Measured::Among(Box::new(of), set, at), None))
    }

    /// A value's selection, where a metric may be taken on it.
    pub(crate) fn set_of(value: &Value) -> Option<&Rc<Component>> {
        value.component().filter(|c| c.kind == Kind::Selection)
    }

    /// Reports requests that a metric speaks of and the experiment lacks.
    pub(crate) fn requests_measured(&self, metric: &Metric, experiment: &Experiment) {
        let least = (0..experiment.forget.len()).map(|forget| experiment.requests(forget)).min();
        metric.formula.leaves(&mut |measured, _| {
            let Measured::Among(_, SampleSet::Request(number), at) = measured else { return };
            let diagnostic = match least.unwrap_or(0) {
                0 => Diagnostic::error(
                    Code::UnknownPosition,
                    *at,
                    "`request` is of forget sets in sequence, and this experiment has none",
                )
                .help("write `forget = requests([.., ..])`, or name the samples: `from_file(\"q0.npy\")`"),
                least if *number > least => {
                    let message = format!("there is no request {number}");
                    Diagnostic::error(Code::UnknownPosition, *at, message)
                        .label(format!("requests are numbered from 1 to {least}"))
                }
                _ => return,
            };
            self.report(diagnostic);
        });
    }
}
