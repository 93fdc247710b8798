//! A method's text → the procedure that the engine interprets, and its weighted form.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{
    Action, Labels, LossTerm, Optimizer, ParameterSet, Procedure, Recipe, Reduction, Repeat, Rule, Schedule,
    Set, Start,
};
use mu_syntax::ast::{self, Body, Expr, Kind, Operator, Statement};

use crate::eval::{Evaluator, Scope};
use crate::types;
use crate::value::{Component, Data, Value};

/// Arithmetic on losses: sums, differences, and factors.
pub(crate) fn combine(operator: Operator, left: &Value, right: &Value) -> Option<Vec<LossTerm>> {
    let scale = |terms: Vec<LossTerm>, by: f64| -> Vec<LossTerm> {
        terms.into_iter().map(|t| LossTerm { coefficient: t.coefficient * by, ..t }).collect()
    };
    match operator {
        Operator::Add => Some([terms(left)?, terms(right)?].concat()),
        Operator::Subtract if left.number() == Some(0.0) => Some(scale(terms(right)?, -1.0)),
        Operator::Subtract => Some([terms(left)?, scale(terms(right)?, -1.0)].concat()),
        Operator::Multiply if left.number().is_some() => Some(scale(terms(right)?, left.number()?)),
        Operator::Multiply => Some(scale(terms(left)?, right.number()?)),
        Operator::Divide => Some(scale(terms(left)?, 1.0 / right.number().filter(|d| *d != 0.0)?)),
        _ => None,
    }
}

/// A value as loss terms.
fn terms(value: &Value) -> Option<Vec<LossTerm>> {
    match &value.data {
        Data::Loss(terms) => Some(terms.clone()),
        Data::Component(c) if c.kind == Kind::Loss => {
            let labels = match c.word("labels")? {
                "random" => Labels::Random,
                "other" => Labels::Other,
                _ => Labels::True,
            };
            let reduction = if c.word("reduction")? == "sum" { Reduction::Sum } else { Reduction::Mean };
            let Data::Sets(sets) = &c.arg("of")?.data else { return None };
            Some(sets.iter().map(|set| LossTerm { coefficient: 1.0, set: *set, labels, reduction }).collect())
        }
        _ => None,
    }
}

/// The optimizer that a component stands for.
pub(crate) fn optimizer(c: &Component) -> Option<Optimizer> {
    let schedule = c.part("schedule")?;
    let schedule = match schedule.name.as_str() {
        "steps" => {
            let Data::List(at) = &schedule.arg("at")?.data else { return None };
            let at = at.iter().filter_map(|v| v.number().map(|v| v as usize)).collect();
            Schedule::Steps { at, factor: schedule.real("factor")? }
        }
        "cosine" => Schedule::Cosine,
        _ => Schedule::Constant,
    };
    let rule = match c.name.as_str() {
        "sign_sgd" => Rule::SignSgd,
        _ => Rule::Sgd { momentum: c.real("momentum")?, weight_decay: c.real("weight_decay")? },
    };
    Some(Optimizer { rule, lr: c.real("lr")?, schedule })
}

/// The recipe that a component stands for.
pub(crate) fn recipe(c: &Component) -> Option<Recipe> {
    Some(Recipe {
        epochs: c.int("epochs")? as usize,
        batch: c.int("batch")? as usize,
        optimizer: optimizer(c.part("optimizer")?)?,
    })
}

fn parameters(c: &Component) -> ParameterSet {
    let layers = c.int("k").unwrap_or(1) as usize;
    match c.name.as_str() {
        "last" => ParameterSet::Last { layers },
        "first" => ParameterSet::First { layers },
        _ => ParameterSet::All,
    }
}

impl Evaluator<'_> {
    /// The procedure of a method in an experiment that trains by `recipe`.
    pub(crate) fn procedure(&self, method: &Component, recipe: Option<&Component>) -> Option<Procedure> {
        let Body::Method(statements) = &method.declaration.body else { return None };
        let mut scope = Scope::of(method.module);
        scope.locals.extend(method.args.clone());
        let nowhere = method.declaration.name.span;
        for (name, set) in [("retain", Set::Retain), ("forget", Set::Forget)] {
            scope.locals.insert(name.to_owned(), Value { data: Data::Sets(vec![set]), span: nowhere });
        }
        for part in ["validation", "test"] {
            scope.locals.insert(part.to_owned(), Value { data: Data::HeldOut(part), span: nowhere });
        }
        if let Some(recipe) = recipe {
            let train = Data::Component(std::rc::Rc::new(recipe.clone()));
            scope.locals.insert("train".to_owned(), Value { data: train, span: nowhere });
        }
        let mut start = None;
        let mut actions = Vec::new();
        for statement in statements {
            match statement {
                Statement::Start(from, span) => {
                    let found = match from.text.as_str() {
                        "original" => Start::Original,
                        "scratch" => Start::Scratch,
                        other => {
                            let message =
                                format!("a method starts from `original` or `scratch`, not `{other}`");
                            self.report(Diagnostic::error(Code::UnknownName, from.span, message).meant(
                                from.span,
                                other,
                                ["original", "scratch"],
                            ));
                            return None;
                        }
                    };
                    if start.replace(found).is_some() || !actions.is_empty() {
                        self.report(
                            Diagnostic::error(
                                Code::Duplicate,
                                *span,
                                "a method starts once, before anything else",
                            )
                            .help("make `start from …` the first statement"),
                        );
                    }
                }
                Statement::Update(set, _) => {
                    let only = self.parameter_set(set, &scope, "update only");
                    actions.push(only.map(|only| Action::Update { only }));
                }
                Statement::Reinit(set, _) => {
                    let parameters = self.parameter_set(set, &scope, "reinit");
                    actions.push(parameters.map(|parameters| Action::Reinit { parameters }));
                }
                Statement::Repeat(repeat) => {
                    actions.push(self.repeat(repeat, &scope).map(Action::Repeat));
                }
            }
        }
        if start.is_none() {
            self.report(
                Diagnostic::error(
                    Code::MissingField,
                    nowhere,
                    format!("method `{}` does not say where it starts", method.name),
                )
                .help("write `start from original` or `start from scratch` as its first statement"),
            );
        }
        let actions: Option<Vec<Action>> = actions.into_iter().collect();
        Some(Procedure { start: start?, actions: actions? })
    }

    fn typed(&self, expr: &Expr, scope: &Scope, ty: &str, what: &str) -> Option<Value> {
        let ty = types::of(ty);
        let value = self.eval(expr, scope, &types::words(&ty));
        match types::check(&value, &ty, what) {
            Err(problem) => self.report(*problem),
            Ok(()) if !value.is_broken() => return Some(value),
            Ok(()) => {}
        }
        None
    }

    fn parameter_set(&self, expr: &Expr, scope: &Scope, statement: &str) -> Option<ParameterSet> {
        let value = self.typed(expr, scope, "parameters", statement)?;
        value.component().map(|c| parameters(c))
    }

    fn repeat(&self, repeat: &ast::Repeat, scope: &Scope) -> Option<Repeat> {
        let ast::Repeat { epochs, over, batch, loss, optimizer: by, span } = repeat;
        let epochs = self.typed(epochs, scope, "epochs", "repeat");
        let sets = self.typed(over, scope, "set", "over");
        let batch = match batch.as_ref() {
            Some(batch) => self.typed(batch, scope, "samples", "batches of"),
            None => {
                scope.locals.get("train").and_then(Value::component).and_then(|t| t.arg("batch").cloned())
            }
        };
        let by = self.typed(by, scope, "optimizer", "by");
        let value = self.eval(loss, scope, &[]);
        let terms = terms(&value);
        let (clean, evaluation) = self.views(loss, scope, *span);
        if terms.is_none() && !value.is_broken() {
            let message = format!("`minimize` takes a loss, this is {}", value.what());
            self.report(Diagnostic::error(Code::WrongType, loss.span, message).help("such as `ce(retain)`"));
        }
        let Data::Sets(over_sets) = sets?.data else { return None };
        let terms = terms?;
        if let Some(stray) = terms.iter().find(|t| !over_sets.contains(&t.set)) {
            let name = if stray.set == Set::Forget { "forget" } else { "retain" };
            self.report(
                Diagnostic::error(
                    Code::UnknownName,
                    loss.span,
                    format!("the loss uses `{name}`, which this phase does not run over"),
                )
                .label(format!("`{name}` never appears in a batch"))
                .help(format!("write `over … + {name}`")),
            );
            return None;
        }
        if batch.as_ref().and_then(Value::number) == Some(0.0) {
            self.report(Diagnostic::error(Code::OutOfRange, *span, "a batch has at least one sample"));
            return None;
        }
        Some(Repeat {
            epochs: epochs?.number()? as usize,
            over: over_sets,
            batch: batch?.number()? as usize,
            loss: terms,
            optimizer: optimizer(by?.component()?)?,
            clean,
            evaluation,
        })
    }

    /// Whether the losses of a phase see images clean and the network in evaluation mode: one pass serves them
    /// all, so they must agree.
    fn views(&self, loss: &Expr, scope: &Scope, span: Span) -> (bool, bool) {
        let mut seen: Vec<(bool, bool)> = Vec::new();
        let mut open = vec![loss];
        while let Some(expr) = open.pop() {
            match &expr.node {
                ast::Node::Binary(_, a, b) => open.extend([&**a, &**b]),
                ast::Node::Negate(a) => open.push(a),
                _ => {
                    let value = self.eval(expr, scope, &[]);
                    if let Some(c) = value.component().filter(|c| c.kind == Kind::Loss) {
                        seen.push((c.word("view") == Some("clean"), c.word("mode") == Some("eval")));
                    }
                }
            }
        }
        if seen.iter().any(|s| *s != seen[0]) {
            let message = "the losses of one phase must have one `view` and one `mode`";
            self.report(Diagnostic::error(Code::WrongType, span, message).label("here they differ").help(
                "a phase passes each batch through the network once; use two phases, or the same words",
            ));
        }
        seen.first().copied().unwrap_or((false, false))
    }

    /// The lower level of a worst-case selection: the method's own text, its one phase run for `epochs`
    /// epochs by `optimizer` over all samples, where retain weighs sample i by 1 − w_i and forget by w_i.
    pub(crate) fn weighted(
        &self,
        method: &Component,
        train: Option<&Component>,
        epochs: usize,
        optimizer: Optimizer,
        at: Span,
    ) -> Option<Procedure> {
        let Body::Method(statements) = &method.declaration.body else { return None };
        let phases: Vec<Span> = statements
            .iter()
            .filter_map(|s| if let Statement::Repeat(r) = s { Some(r.span) } else { None })
            .collect();
        let name = &method.label;
        if phases.len() != 1 {
            let message = format!("`{name}` cannot be the lower level of a worst-case selection");
            let label =
                format!("`{name}` has {} phases; exactly one `repeat` can be run with weights", phases.len());
            self.report(Diagnostic::error(Code::CannotWeigh, at, message).label(label));
            if let Some(second) = phases.get(1) {
                self.report(
                    Diagnostic::error(
                        Code::CannotWeigh,
                        *second,
                        "this second phase is what cannot be weighted",
                    )
                    .related(at, "asked for here"),
                );
            }
            return None;
        }
        self.all_read(method, statements)?;
        let mut procedure = self.procedure(method, train)?;
        for action in &mut procedure.actions {
            if let Action::Repeat(repeat) = action {
                repeat.epochs = epochs;
                repeat.optimizer = optimizer.clone();
            }
        }
        Some(procedure)
    }

    /// The lower level has its own epochs and optimizer: a parameter that only these would read cannot be set.
    fn all_read(&self, method: &Component, statements: &[Statement]) -> Option<()> {
        let mut read: Vec<&str> = Vec::new();
        for statement in statements {
            match statement {
                Statement::Start(..) => {}
                Statement::Update(e, _) | Statement::Reinit(e, _) => names(e, &mut read),
                Statement::Repeat(r) => {
                    [Some(&r.over), r.batch.as_ref(), Some(&r.loss)]
                        .into_iter()
                        .flatten()
                        .for_each(|e| names(e, &mut read));
                }
            }
        }
        let unread = method.given.iter().find(|g| !read.contains(&g.as_str()));
        let Some(name) = unread else { return Some(()) };
        let message = format!("the lower level of `worst_case` does not read `{name}` of `{}`", method.label);
        self.report(
            Diagnostic::error(Code::UnreadParameter, method.arg(name)?.span, message)
                .label("it runs by the selection's own `epochs` and `optimizer`")
                .help("set those of `worst_case`"),
        );
        None
    }
}

/// The names that a value uses.
fn names<'e>(expr: &'e Expr, out: &mut Vec<&'e str>) {
    use ast::Node;
    match &expr.node {
        Node::Path(path) => out.push(path.split('.').next().unwrap_or(path)),
        Node::Call(_, arguments) => arguments.iter().for_each(|a| names(&a.value, out)),
        Node::List(items) => items.iter().for_each(|i| names(i, out)),
        Node::Negate(a) | Node::Not(a) => names(a, out),
        Node::Binary(_, a, b) => {
            names(a, out);
            names(b, out);
        }
        _ => {}
    }
}
