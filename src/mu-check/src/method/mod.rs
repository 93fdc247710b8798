//! A method's text → the procedure that the engine interprets.

#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod arithmetic;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod best;
mod length;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod loss;
mod optimizer;
mod parameters;
mod precision;
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
mod program;
mod recipe;
mod streams;
mod weighted;

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Net, Node};
use mu_step::{Action, Course, Portion, Procedure, Repeat, Set, Slowed, Start, Surgery};
use mu_syntax::ast::{self, Body, Expr, Kind, Name, Statement};

use crate::eval::{Evaluator, Scope};
use crate::program::Weights;
use crate::term::{Term, numbered};
use crate::types;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{Argument, RecipeWord, read};
use length::length as length_of;
use loss::terms;
use program::PROGRAM;

pub(crate) use loss::{combine, join, net, parameters, view_of};
pub(crate) use precision::precision;

/// What arithmetic of weights knows besides the models that a method makes.
const MODELS: &[&str] = &["original", "scratch", "weights"];

/// What a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// The method itself.
    Method,
    /// The method behind `keep best`.
    Judged,
    /// An alternation.
    Rounds,
    /// A lookahead.
    Ahead,
    /// A model on the side.
    Aside,
}

/// What the statements of a method are read with.
struct Reading {
    scope: Scope,
    start: Option<Start>,
    draw: usize,
    /// Whether `add class` was said.
    class: bool,
    /// The models that were made on the side, by number.
    asides: Vec<String>,
    /// The file that it starts from.
    checkpoint: Option<Weights>,
}

impl Evaluator<'_> {
    /// The procedure of a method in an experiment that trains by `recipe`, and the file that it starts from where it starts
    /// from a checkpoint.
    pub(crate) fn procedure(
        &self,
        method: &Component,
        recipe: Option<&Component>,
    ) -> Option<(Procedure, Option<Weights>)> {
        if !method.stages.is_empty() {
            return self.composed(method, recipe);
        }
        let Body::Method(statements) = &method.declaration.body else {
            return self.program(method, recipe);
        };
        let mut scope = Scope::of(method.module);
        scope.locals.extend(method.args.clone());
        let nowhere = method.declaration.name.span;
        for (name, set) in [("retain", Set::Retain), ("forget", Set::Forget)] {
            let sets = Data::Sets(vec![Portion { set, share: 1.0 }]);
            scope.locals.insert(name.to_owned(), Value { data: sets, span: nowhere });
        }
        for part in ["validation", "test"] {
            scope.locals.insert(part.to_owned(), Value { data: Data::HeldOut(part), span: nowhere });
        }
        if let Some(recipe) = recipe {
            // A checkpoint may leave unsaid how Retrain is trained.
            let train = match read(recipe) {
                Some(RecipeWord::Training { .. }) => Data::Component(Rc::new(recipe.clone())),
                Some(RecipeWord::Checkpoint { retrain: Some(retrain), .. }) => Data::Component(retrain.0),
                Some(RecipeWord::Checkpoint { retrain: None, .. }) | None => Data::Broken,
            };
            scope.locals.insert("train".to_owned(), Value { data: train, span: nowhere });
        }
        let (asides, checkpoint) = (Vec::new(), None);
        let mut reading = Reading { scope, start: None, draw: 0, class: false, asides, checkpoint };
        let actions = self.actions(statements, &mut reading, Block::Method);
        let says = statements.iter().any(|s| matches!(s, Statement::Start(..)));
        if !says {
            self.report(
                Diagnostic::error(
                    Code::MissingField,
                    nowhere,
                    format!("method `{}` does not say where it starts", method.name),
                )
                .help("write `start from original` or `start from scratch` as its first statement"),
            );
        }
        // Methods train as the recipe does.
        let precision = recipe.and_then(precision).unwrap_or_default();
        if let (Some(weights), Some(actions)) = (&mut reading.checkpoint, &actions) {
            drawn_at_once(weights, actions);
        }
        let procedure = Procedure { start: reading.start?, draw: reading.draw, precision, actions: actions? };
        Some((procedure, reading.checkpoint))
    }

    /// The procedure of a method whose work is done elsewhere.
    fn program(
        &self,
        method: &Component,
        recipe: Option<&Component>,
    ) -> Option<(Procedure, Option<Weights>)> {
        if method.name != PROGRAM {
            // A body that could not be read was said to be none.
            if matches!(method.declaration.body, Body::Builtin) {
                self.report(self.no_kernel(&method.declaration));
            }
            return None;
        }
        let actions = vec![Action::Program(self.user_program(method)?)];
        let precision = recipe.and_then(precision).unwrap_or_default();
        Some((Procedure { start: Start::Original, draw: 0, precision, actions }, None))
    }

    /// One method after the other, each on the weights that the one before left.
    fn composed(
        &self,
        method: &Component,
        recipe: Option<&Component>,
    ) -> Option<(Procedure, Option<Weights>)> {
        let mut whole: Option<(Procedure, Option<Weights>)> = None;
        let mut parts = 0;
        for stage in &method.stages {
            let (next, checkpoint) = self.procedure(&stage.method, recipe)?;
            let mut actions = vec![Action::Update { only: mu_step::ParameterSet::All }];
            if stage.on.is_some() {
                actions.push(Action::On { part: parts });
                parts += 1;
            }
            match &mut whole {
                None => {
                    actions.extend(next.actions);
                    whole = Some((Procedure { actions, ..next }, checkpoint));
                }
                Some(_) if next.start != Start::Original => {
                    let message = format!(
                        "`{}` does not start from the original model: what was done before is lost",
                        stage.method.label
                    );
                    self.report(
                        Diagnostic::error(Code::WrongType, stage.span, message)
                            .label("only the first of several methods may start elsewhere"),
                    );
                    return None;
                }
                Some((whole, _))
                    if whole.actions.contains(&Action::AddClass) && !next.programs().is_empty() =>
                {
                    let message = format!(
                        "`{}` is a program, and what runs before it adds a class",
                        stage.method.label
                    );
                    self.report(
                        Diagnostic::error(Code::WrongType, stage.span, message)
                            .label("the class is there until the end: the weights are not the model's"),
                    );
                    return None;
                }
                Some((whole, _)) => {
                    whole.actions.extend(actions);
                    whole.actions.extend(next.actions);
                }
            }
        }
        whole
    }

    fn actions(&self, statements: &[Statement], reading: &mut Reading, block: Block) -> Option<Vec<Action>> {
        let mut actions = Vec::new();
        let mut begun = false;
        for (at, statement) in statements.iter().enumerate() {
            if let Statement::Start(from, anew, span) = statement {
                let found = self.start(from, reading)?;
                reading.draw = usize::from(*anew);
                if reading.start.replace(found).is_some() || begun || block != Block::Method {
                    self.report(
                        Diagnostic::error(
                            Code::Duplicate,
                            *span,
                            "a method starts once, before anything else",
                        )
                        .help("make `start from …` the first statement"),
                    );
                }
                continue;
            }
            begun = true;
            if let Statement::KeepBest(by, span) = statement {
                let rest = &statements[at + 1..];
                let by = self.best(by, rest, reading, block, *span);
                let inner = self.actions(rest, reading, Block::Judged);
                actions.push(by.and_then(|by| Some(Action::KeepBest { by, actions: inner? })));
                break;
            }
            // All are read, so that all are reported.
            actions.push(self.action(statement, reading, block));
        }
        actions.into_iter().collect()
    }

    /// Where a method starts.
    fn start(&self, from: &mu_syntax::ast::Expr, reading: &mut Reading) -> Option<Start> {
        let words = ["original", "scratch", "train.from"];
        if let mu_syntax::ast::Node::Path(word) = &from.node
            && !words.contains(&word.as_str())
        {
            let message =
                format!("a method starts from `original`, `scratch` or a `checkpoint(..)`, not `{word}`");
            self.report(
                Diagnostic::error(Code::UnknownName, from.span, message).meant(from.span, word, words),
            );
            return None;
        }
        let value = self.eval(from, &reading.scope, &[]);
        let from_recipe = matches!(&from.node, mu_syntax::ast::Node::Path(_));
        if from_recipe && value.word().is_some() {
            // A recipe whose trainings start from nothing.
            return Some(Start::Scratch);
        }
        let Some(c) = value.component() else {
            self.no_start(from.span, &value);
            return None;
        };
        match (read::<Net>(c), read::<RecipeWord>(c)) {
            (Some(Net::Original), _) => Some(Start::Original),
            (Some(Net::Scratch), _) => Some(Start::Scratch),
            (_, Some(RecipeWord::Checkpoint { mut weights, .. })) => {
                // A recipe's file goes with what the recipe draws anew.
                if from_recipe {
                    let train = reading.scope.locals.get("train").and_then(Value::component);
                    weights.drawn = train.and_then(|t| parameters(t.arg("reinit")?));
                }
                reading.checkpoint = Some(weights);
                Some(Start::Checkpoint)
            }
            (Some(_), _) | (None, Some(RecipeWord::Training { .. }) | None) => {
                self.no_start(from.span, &value);
                None
            }
        }
    }

    fn no_start(&self, at: Span, value: &Value) {
        if !value.is_broken() {
            let message = format!("a method starts from a model, this is {}", value.what());
            self.report(
                Diagnostic::error(Code::WrongType, at, message)
                    .help("write `original`, `scratch` or `checkpoint(\"FILE\")`"),
            );
        }
    }

    fn action(&self, statement: &Statement, reading: &mut Reading, block: Block) -> Option<Action> {
        Some(match statement {
            Statement::Start(..) | Statement::KeepBest(..) => return None,
            Statement::Aside(name, statements, span) => {
                let actions = self.aside(name, statements, reading, block, *span);
                // What comes after may speak of it, whatever is wrong with it.
                let model = reading.asides.iter().position(|n| *n == name.text).unwrap_or_else(|| {
                    reading.asides.push(name.text.clone());
                    reading.asides.len() - 1
                });
                let value = Value { data: Data::Aside(model), span: name.span };
                reading.scope.locals.insert(name.text.clone(), value);
                Action::Aside { model, actions: actions? }
            }
            Statement::Weights(sum, _) => Action::Weights { of: self.combination(sum, reading)? },
            Statement::Lookahead(arguments, statements, span) => {
                let given = self.lookahead(arguments, *span, reading);
                if !matches!(block, Block::Method | Block::Judged | Block::Rounds | Block::Aside) {
                    let message = "a lookahead cannot stand in another one";
                    self.report(Diagnostic::error(Code::TooDeep, *span, message));
                    return None;
                }
                let actions = self.actions(statements, reading, Block::Ahead);
                let (rounds, share) = given?;
                Action::Lookahead { rounds, share, actions: actions? }
            }
            Statement::Update(set, _) => {
                Action::Update { only: self.parameter_set(set, &reading.scope, "update only")? }
            }
            Statement::Slow(set, factor, _) => {
                let Slowed { parameters, factor } = self.slowed(set, factor, &reading.scope)?;
                Action::Slow { parameters, factor }
            }
            Statement::Reinit(set, _) => {
                Action::Reinit { parameters: self.parameter_set(set, &reading.scope, "reinit")? }
            }
            Statement::Surgery(set, by, _) => {
                let parameters = self.parameter_set(set, &reading.scope, "step");
                let by = self.typed(by, &reading.scope, "surgery", "by")?;
                Action::Step { parameters: parameters?, by: Surgery::read(&by)? }
            }
            Statement::AddClass(span) => {
                if block == Block::Aside {
                    let message = "a model on the side has the outputs that the network has";
                    let found = Diagnostic::error(Code::WrongType, *span, message);
                    self.report(found.help("write `add class` before `let … = after`, or leave it away"));
                    return None;
                }
                reading.class = true;
                Action::AddClass
            }
            Statement::Alternate(rounds, statements, span) => {
                let rounds = self.typed(rounds, &reading.scope, "epochs | rounds", "alternate");
                let actions = self.actions(statements, reading, Block::Rounds);
                if !matches!(block, Block::Method | Block::Judged | Block::Aside) {
                    let place = if block == Block::Ahead { "a lookahead" } else { "another one" };
                    let message = format!("an alternation cannot stand in {place}");
                    self.report(Diagnostic::error(Code::TooDeep, *span, message));
                    return None;
                }
                Action::Alternate { rounds: rounds?.number()? as usize, actions: actions? }
            }
            Statement::Repeat(repeat) => {
                let inner = matches!(block, Block::Rounds | Block::Ahead);
                Action::Repeat(self.repeat(repeat, reading, inner)?)
            }
        })
    }

    /// The statements of a model that is made on the side.
    fn aside(
        &self,
        name: &Name,
        statements: &[Statement],
        reading: &mut Reading,
        block: Block,
        span: Span,
    ) -> Option<Vec<Action>> {
        let known = reading.scope.locals.contains_key(&name.text) || MODELS.contains(&name.text.as_str());
        let again = reading.asides.contains(&name.text);
        let actions = self.actions(statements, reading, Block::Aside);
        if known || again {
            let message = format!("`{}` means something in this method already", name.text);
            let found = Diagnostic::error(Code::Duplicate, name.span, message);
            self.report(found.help("give the model another name"));
            return None;
        }
        if matches!(block, Block::Aside | Block::Ahead) {
            let place = if block == Block::Aside { "another one" } else { "a lookahead" };
            let message = format!("a model on the side cannot be made in {place}");
            self.report(Diagnostic::error(Code::TooDeep, span, message).help("make it before"));
            return None;
        }
        actions
    }

    /// How many rounds a lookahead has, and its share of the way.
    fn lookahead(&self, arguments: &[ast::Argument], span: Span, reading: &Reading) -> Option<(usize, f64)> {
        let params = types::params("k: rounds > 0, alpha: real in 0..1 = 0.5");
        let scope = &reading.scope;
        let bound = self.bind(("lookahead", None), &params, arguments, span, scope, scope.module);
        let number = |name: &str| bound.values.get(name).and_then(Value::number);
        Some((number("k")? as usize, number("alpha")?))
    }

    /// What the phases behind `keep best` are judged by.
    fn best(
        &self,
        by: &Expr,
        rest: &[Statement],
        reading: &Reading,
        block: Block,
        span: Span,
    ) -> Option<mu_step::Criterion> {
        let criterion = self.criterion(by, reading);
        let is_phase = |s: &Statement| {
            matches!(s, Statement::Repeat(_) | Statement::Alternate(..) | Statement::Lookahead(..))
        };
        let last = rest.iter().rposition(is_phase);
        let lost = rest
            .iter()
            .skip(last.map_or(0, |at| at + 1))
            .find(|s| matches!(s, Statement::Reinit(..) | Statement::Surgery(..) | Statement::Weights(..)));
        match (block, last, lost) {
            (Block::Judged, ..) => {
                let message = "a method keeps its best by one expression";
                self.report(Diagnostic::error(Code::Duplicate, span, message).help("remove one of them"));
                None
            }
            (Block::Aside | Block::Ahead | Block::Rounds, ..) => {
                let message = "`keep best` is for the phases of a whole method";
                let found = Diagnostic::error(Code::TooDeep, span, message);
                self.report(
                    found.help("write it before the first phase that it looks at, outside of every `{ … }`"),
                );
                None
            }
            (Block::Method, None, _) => {
                let message = "`keep best` has no phase behind it whose epochs it could look at";
                let found = Diagnostic::error(Code::MissingField, span, message);
                self.report(found.help("write it before the first phase that it looks at"));
                None
            }
            (Block::Method, Some(_), Some(statement)) => {
                let message =
                    "what this does is lost: the method ends with the weights of an epoch before it";
                let found = Diagnostic::error(Code::WrongType, statement.span(), message);
                self.report(found.related(span, "asked for here"));
                None
            }
            (Block::Method, Some(_), None) => criterion,
        }
    }

    fn typed(&self, expr: &Expr, scope: &Scope, ty: &str, what: &str) -> Option<Value> {
        let ty = types::of(ty);
        let value = self.eval_as(expr, scope, &ty);
        match types::check(&value, &ty, what) {
            Err(problem) => self.report(*problem),
            Ok(()) if !value.is_broken() => return Some(value),
            Ok(()) => {}
        }
        None
    }

    fn repeat(&self, repeat: &ast::Repeat, reading: &Reading, inner: bool) -> Option<Repeat> {
        let ast::Repeat { length, over, beside, batch, rounds, slow, loss, optimizer: by, span } = repeat;
        let scope = &reading.scope;
        let length = self.typed(length, scope, "epochs | steps", "repeat");
        let sets = self.typed(over, scope, "set", "over");
        let beside = match beside {
            Some(beside) => self.typed(beside, scope, "set", "with").map(Some),
            None => Some(None),
        };
        let batch = match batch.as_ref() {
            Some(batch) => self.typed(batch, scope, "samples", "batches of"),
            None => {
                scope.locals.get("train").and_then(Value::component).and_then(|t| t.arg("batch").cloned())
            }
        };
        let rounds = match rounds {
            Some(first) if !inner => {
                let message = "`for the first …` speaks of the rounds of an `alternate`, and there is none";
                self.report(Diagnostic::error(Code::UnknownName, first.span, message));
                None
            }
            Some(first) => self.typed(first, scope, "epochs | rounds", "for the first").map(Some),
            None => Some(None),
        };
        // All are read, so that all are reported.
        let slow: Vec<_> = slow.iter().map(|[set, factor]| self.slowed(set, factor, scope)).collect();
        let by = self.typed(by, scope, "optimizer", "by");
        // As the recipe does, with all that it does.
        let train = scope.locals.get("train").and_then(Value::component);
        let follows = train.filter(|_| matches!(&loss.node, ast::Node::Path(path) if path == recipe::LOSS));
        let (terms, course) = match follows {
            Some(train) => {
                let of = |terms: Vec<_>| terms.into_iter().map(|term| Term { term, view: None }).collect();
                (self.recipe_loss(train).map(of), self.course(train)?)
            }
            None => {
                let value = self.eval_as(loss, &scope.clone().with_tensors(loss.span), &types::of("loss"));
                (self.loss_terms(&value, "`minimize`"), Course::default())
            }
        };
        terms.iter().flatten().for_each(|t| self.has_gradient(t, loss.span));
        let (Data::Sets(first), beside) = (sets?.data, beside?) else { return None };
        let mut over = vec![first];
        if let Some(Value { data: Data::Sets(second), .. }) = beside {
            over.push(second);
        }
        let terms = terms?;
        let by = by?;
        let along = optimizer::along(by.component()?);
        let all = numbered(terms.iter().chain(&along).cloned().collect());
        let terms = all[..terms.len()].to_vec();
        let streams = self.streams(over, &all, loss.span, *span)?;
        self.labels_exist(&all, reading, loss.span)?;
        if batch.as_ref().and_then(Value::number) == Some(0.0) {
            self.report(Diagnostic::error(Code::OutOfRange, *span, "a batch has at least one sample"));
            return None;
        }
        Some(Repeat {
            length: length_of(&length?)?,
            rounds: rounds?.and_then(|r| r.number()).map(|r| r as usize),
            streams,
            batch: batch?.number()? as usize,
            slow: slow.into_iter().collect::<Option<_>>()?,
            loss: terms.into_iter().map(|t| t.term).collect(),
            optimizer: self.optimizer(by.component()?)?,
            course,
        })
    }

    /// Labels of a class that nothing added.
    fn labels_exist(&self, terms: &[Term], reading: &Reading, loss: Span) -> Option<()> {
        let new = |t: &Term| t.term.quantity.any(|n| matches!(n, Node::NewClass));
        if reading.class || !terms.iter().any(new) {
            return Some(());
        }
        let message = "there is no new class to label with";
        self.report(
            Diagnostic::error(Code::UnknownName, loss, message).help("write `add class` before this phase"),
        );
        None
    }

    /// The terms of a value that must be a loss.
    fn loss_terms(&self, value: &Value, what: &str) -> Option<Vec<Term>> {
        let found = terms(value);
        if found.is_none() && !value.is_broken() {
            let no_kernel =
                value.component().filter(|c| c.kind == Kind::Loss).map(|c| self.no_kernel(&c.declaration));
            let message = format!("{what} takes a loss, this is {}", value.what());
            let plain = Diagnostic::error(Code::WrongType, value.span, message).help("such as `ce(retain)`");
            self.report(no_kernel.unwrap_or(plain));
        }
        found
    }
}

/// What a method draws anew before anything else need not be in the file that it starts from.
fn drawn_at_once(weights: &mut Weights, actions: &[Action]) {
    let drawn = actions
        .iter()
        .map_while(|action| if let Action::Reinit { parameters } = action { Some(parameters) } else { None });
    let mut sets: Vec<_> = drawn.filter(|set| set.is_of_layers()).cloned().collect();
    sets.extend(weights.drawn.take());
    weights.drawn = match sets.len() {
        0 | 1 => sets.pop(),
        _ => Some(mu_step::ParameterSet::Union { of: sets }),
    };
}
