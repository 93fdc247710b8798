//! An experiment's fields → alternatives, axes and everything a point needs.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Budget, ParameterSet, Selection, Shared};
use mu_syntax::Number;
use mu_syntax::ast::{Declaration, Expr, Kind, Node};

use crate::eval::{Evaluator, Found, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::grid;
use crate::method;
use crate::origin::Origin;
use crate::program::{
    Alternative, Axis, Dataset, Experiment, Forget, Metric, REQUEST, Seeds, Train, Unlearn, Weights,
};
use crate::types;
use crate::unit::Unit;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{At, RecipePart, RecipeWord, read};
use crate::wanted::Wanted;
use crate::world::ROOT;

pub(crate) const SCHEMA: &[FieldType] = &[
    required("data", "dataset", "The data set that is learned and unlearned."),
    required("model", "model", "The network."),
    required("train", "recipe", "How the original model, and Retrain, are trained."),
    required("forget", "selection", "How the forget set is chosen."),
    required("unlearn", "method", "The unlearning methods."),
    optional("sample", "sampler", "Of denoisers: how their images are made."),
    optional("judge", "judge", "Of denoisers: who says what is in their images."),
    optional(
        "seed",
        "seed | seeds",
        "The seed of training, selection and unlearning; or a record of one for each.",
    ),
    optional(
        "reference",
        "method",
        "The method of this grid that metrics compare with, where it is not `retrain`.",
    ),
    required("measure", "[metric]", "What is measured at every point."),
];

impl Evaluator<'_> {
    pub(crate) fn experiment(&self, declaration: &Declaration) -> Option<Experiment> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        let mut tunes = self.tuned(&fields);
        let [data, model, train, forget, unlearn] =
            ["data", "model", "train", "forget", "unlearn"].map(|name| {
                let found = self.typed_field(&fields, name);
                tunes.iter_mut().fold(found, |found, tune| self.with_candidates(name, found, tune))
            });
        tunes.iter().for_each(|tune| self.check_tuned(tune));
        let forget = self.requested(forget);
        let seed = match fields.get("seed") {
            Some(_) => self.typed_field(&fields, "seed"),
            None => {
                let value = Value { data: Data::Number(Number::Whole(0), Unit::Plain), span: fields.name() };
                vec![Found { coords: Vec::new(), value }]
            }
        };
        let measured = fields.value(self, &Scope::of(ROOT), SCHEMA, "measure");
        let reference = fields.get("reference").map_or(Some("retrain"), |f| self.reference(&f.value));
        let measure = measured.as_ref().map(|v| self.metrics(v, reference.unwrap_or("retrain")));
        let measured = measured.as_ref().map(|v| &v.data);
        let found = [data, model, train, forget, unlearn, seed];
        let (mut axes, [data, model, train, forget, unlearn, seed]) = grid::axes(found, &|d| self.report(d));
        for tune in &tunes {
            if let Some(axis) = axes.iter_mut().find(|a| a.name == tune.axis) {
                axis.tuned = true;
            }
        }
        let at = fields.get("measure").map_or(fields.name(), |f| f.value.span);
        if let Some(Data::List(items)) = measured
            && items.is_empty()
        {
            self.report(
                Diagnostic::error(Code::MissingField, at, "this experiment measures nothing")
                    .label("the list is empty")
                    .help("such as `measure = [ua, ra, ta]`"),
            );
        }
        // Of methods that are broken it is not known which they are.
        let methods = || axes.iter().filter(|a| a.name == "unlearn").flat_map(|a| &a.labels);
        let known = fields.get("reference").is_none() || methods().any(|l| Some(l.as_str()) == reference);
        if known && !unlearn.is_empty() && unlearn.iter().all(|u| !u.value.is_broken()) {
            self.baselines(measure.iter().flatten(), &axes, reference.unwrap_or("retrain"), at);
        }

        if let (Some(field), Some(reference)) = (fields.get("reference"), reference) {
            let labels = axes.iter().filter(|a| a.name == "unlearn").flat_map(|a| &a.labels);
            let labels: Vec<&str> = labels.map(String::as_str).collect();
            if !labels.contains(&reference) {
                let message = format!("`{reference}` is none of the methods of this grid");
                self.report(
                    Diagnostic::error(Code::UnknownPosition, field.value.span, message)
                        .label(format!("they are {}", labels.join(", ")))
                        .meant(field.value.span, reference, labels),
                );
            }
        }

        // Methods use the recipe: without one that is whole, what they would say is not the user's mistake.
        let recipes: Vec<_> = train.iter().map(|t| t.value.component().cloned()).collect();
        let whole = recipes.iter().all(Option::is_some) && !recipes.is_empty();
        let data = convert(data, |v| self.dataset(v.component()?));
        let model = convert(model, |v| {
            let model = v.component()?;
            let sets = data.as_ref()?.iter().map(|d| &d.value);
            sets.map(|s| {
                let [channels, classes] = [s.spec.channels, s.spec.classes];
                self.graph(model, v.span, channels, s.size, classes).map(Shared::new)
            })
            .collect::<Option<Vec<_>>>()
        });
        let generative = self.generative(&fields, data.as_deref(), model.as_deref());
        let forget = convert(forget, |v| {
            let c = v.component().filter(|_| whole)?;
            recipes.iter().map(|r| self.selection(c, r.as_deref(), v.span)).collect::<Option<Vec<_>>>()
        });
        let unlearn = convert(unlearn, |v| {
            let c = v.component().filter(|_| whole)?;
            recipes.iter().map(|r| self.unlearn(c, r.as_deref())).collect::<Option<Vec<_>>>()
        });
        if let Some(data) = &data {
            train.iter().for_each(|t| self.one_split(&t.value, data));
        }
        if let Some(forget) = &forget {
            self.comparable(forget, &axes, data.as_deref().unwrap_or_default());
        }
        let bare =
            train.iter().find(|t| t.value.component().is_some_and(|c| leaves_unsaid(c))).map(|t| t.span);
        if let Some(span) = bare {
            let trains = forget.as_ref().is_none_or(|f| f.iter().flat_map(|f| &f.value).any(Forget::trains));
            if trains || unlearn.is_none() || measure.as_ref().is_none_or(|m| m.iter().any(Metric::trains)) {
                let message = "something here is trained as the original model was, and this checkpoint does not say how";
                self.report(
                    Diagnostic::error(Code::MissingField, span, message)
                        .label(
                            "Retrain, early or shadow models, or a method with `train.epochs` need a recipe",
                        )
                        .help("write `checkpoint(.., retrain: training(..))`"),
                );
                return None;
            }
        }
        let train = convert(train, |v| self.train(v.component()?, v.span));
        let seed = convert(seed, |v| self.seeds(v));
        if !fields.complete {
            return None;
        }
        let mut experiment = Experiment {
            name: declaration.name.text.clone(),
            span: declaration.name.span,
            axes,
            data: data?,
            model: model?,
            train: train?,
            forget: forget?,
            unlearn: unlearn?,
            seed: seed?,
            reference: reference?.to_owned(),
            generative: generative?,
            measure: measure?,
            kept: None,
            tunes: Vec::new(),
            limits: Vec::new(),
        };
        self.one_task(&experiment, at)?;
        self.stand_alone(&experiment.forget, &experiment.axes)?;
        self.paths(&experiment)?;
        self.validates(&experiment)?;
        self.found_with(&experiment)?;
        self.has_judges(&experiment)?;
        self.classes_measured(experiment.measure.iter(), &experiment, at);
        experiment.limits = self.limits(&fields.limits, &experiment.axes)?;
        experiment.kept = self.kept(&experiment, &fields)?;
        self.classes_exist(&experiment)?;
        experiment.tunes = self.tunes(&experiment, &tunes)?;
        self.doubts(&experiment);
        Some(experiment)
    }

    /// The label of the method that metrics compare with.
    fn reference<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        if let Node::Path(label) = &expr.node {
            return Some(label);
        }
        let message = "`reference` is the name of one of the methods";
        self.report(
            Diagnostic::error(Code::WrongType, expr.span, message).help("such as `reference = retrain`"),
        );
        None
    }

    /// The original model's recipe or file.
    fn train(&self, c: &Component, span: Span) -> Option<Train> {
        let (weights, said, precision) = match read(c)? {
            RecipeWord::Training { from, reinit, .. } => {
                let from = self.begins(from, reinit)?;
                return self.recipe(c).map(|r| Train { recipe: Shared::new(r), checkpoint: None, from });
            }
            RecipeWord::Checkpoint { weights, retrain, .. } => (weights, retrain, method::precision(c)?),
        };
        // Where it is unsaid, nothing asks for it.
        let said = match said {
            Some(said) => said.0,
            None => self.any_recipe(span)?,
        };
        let RecipeWord::Training { from, reinit, .. } = read(&said)? else { return None };
        let from = self.begins(from, reinit)?;
        let mut recipe = self.recipe(&said)?;
        recipe.precision = precision;
        Some(Train { recipe: Shared::new(recipe), checkpoint: Some(weights), from })
    }

    /// The file that a recipe's trainings start from, with what is drawn anew.
    fn begins(
        &self,
        from: Option<At<RecipePart>>,
        reinit: Option<At<ParameterSet>>,
    ) -> Option<Option<Weights>> {
        let Some(file) = from else {
            let Some(drawn) = reinit else { return Some(None) };
            let message = "`reinit` draws anew what a checkpoint has, and this training starts from nothing";
            let help = "write `from: checkpoint(..)` as well, or leave `reinit` away";
            self.report(Diagnostic::error(Code::WrongType, drawn.span, message).help(help));
            return None;
        };
        let Some(RecipeWord::Checkpoint { mut weights, .. }) = read(&file.value.0) else {
            let message = "a training starts from `scratch` or from a `checkpoint(..)`";
            self.report(Diagnostic::error(Code::WrongType, file.span, message));
            return None;
        };
        if let Some(set) = reinit {
            weights.drawn = Some(self.of_layers(set)?);
        }
        Some(Some(weights))
    }

    /// A set of parameters that the layers alone say.
    fn of_layers(&self, At { value: set, span }: At<ParameterSet>) -> Option<ParameterSet> {
        if set.is_of_layers() {
            return Some(set);
        }
        let message =
            "which parameters these are only a run can say: a file is compared with the network before";
        let help = "write `last(..)`, `first(..)`, `named(\"..\")`, a kind of layer, or sums and differences of these";
        self.report(Diagnostic::error(Code::WrongType, span, message).help(help));
        None
    }

    /// A method with the parts of the forget set that it speaks of.
    pub(crate) fn unlearn(&self, c: &Component, recipe: Option<&Component>) -> Option<Unlearn> {
        let (procedure, checkpoint) = self.procedure(c, recipe)?;
        let procedure = Shared::new(procedure);
        let parts = c.stages.iter().filter_map(|s| Some((s.on.as_ref()?, s.span)));
        let part = |(part, span): (&Rc<Component>, Span)| {
            let chosen = self.selection(part, recipe, span)?;
            if matches!(chosen.0, Selection::PublishedWorstCase(_)) {
                let message = "`worst_case@paper` weighs all training samples, not those of a forget set";
                let diagnostic = Diagnostic::error(Code::WrongType, span, message);
                self.report(diagnostic.help("`worst_case` chooses within a forget set"));
                return None;
            }
            Some(chosen)
        };
        let parts = parts.map(part).collect::<Option<Vec<_>>>()?;
        Some(Unlearn { procedure, parts, checkpoint })
    }

    /// Recipes that look at validation samples need some.
    fn validates(&self, experiment: &Experiment) -> Option<()> {
        let looks = experiment.train.iter().find(|t| t.value.recipe.course.gain().is_some());
        let none = experiment.data.iter().find(|d| d.value.validation == 0.0);
        let (Some(train), Some(data)) = (looks, none) else { return Some(()) };
        let message = "this recipe goes by validation samples, and the data set holds out none";
        let help = "give the data set `validation: 10%`";
        let found =
            Diagnostic::error(Code::MissingField, train.span, message).related(data.span, "this data set");
        self.report(found.help(help));
        None
    }

    /// The models that forget sets are found with must be the experiment's.
    fn found_with(&self, experiment: &Experiment) -> Option<()> {
        let mut whole = Some(());
        for forget in &experiment.forget {
            for chosen in &forget.value {
                let Some(model) = chosen.found_with() else { continue };
                if experiment.model_called(model).is_none() {
                    let message =
                        format!("`found_with` names `{model}`, which is no model of this experiment");
                    self.report(
                        Diagnostic::error(Code::MissingBaseline, forget.span, message)
                            .help("put it on the axis: `model = each [.., ..]`"),
                    );
                    whole = None;
                    break;
                }
            }
        }
        whole
    }

    /// What methods are judged by on their way needs samples to judge on.
    fn has_judges(&self, experiment: &Experiment) -> Option<()> {
        if experiment.data.iter().all(|d| d.value.validation > 0.0) {
            return Some(());
        }
        let reads = |u: &&Alternative<Vec<Unlearn>>| u.value.iter().any(|u| u.procedure.reads_validation());
        let method = experiment.unlearn.iter().find(reads);
        let Some(method) = method else { return Some(()) };
        let message = "`keep best` looks at validation samples, and the data set holds none out";
        self.report(
            Diagnostic::error(Code::MissingField, method.span, message)
                .help("hold some out, such as `digits(validation: 10%)`"),
        );
        None
    }

    /// Every value of a field, with what does not fit its type reported.
    fn typed_field(&self, fields: &Fields<'_>, name: &str) -> Vec<Found> {
        let Some(field) = fields.get(name) else { return Vec::new() };
        let ty = types::of(SCHEMA.iter().find(|s| s.name == name).map_or("", |s| s.ty));
        let of = Scope::of(ROOT);
        let mut found = self.wanting(Wanted::of(&ty), || self.alternatives(name, &field.value, &of, &[]));
        for found in &mut found {
            if let Err(problem) = types::check(&found.value, &ty, name) {
                let each = matches!(&found.value.data, Data::List(items) if !items.is_empty()
                    && items.iter().all(|i| types::check(i, &ty, name).is_ok()));
                let at = Span { end: found.value.span.start, ..found.value.span };
                self.report(match each {
                    // The same list twice is one axis, so it can mean nothing else.
                    true => problem.fix("write `each [..]` to try each of them", at, "each "),
                    false => *problem,
                });
                found.value.data = Data::Broken;
            }
        }
        found
    }

    fn seeds(&self, value: &Value) -> Option<Seeds> {
        let one = |value: &Value| u64::try_from(value.whole()?).ok();
        let Data::Record(members) = &value.data else {
            return one(value).map(|seed| Seeds { train: seed, select: seed, unlearn: seed, evaluate: seed });
        };
        let part = |name: &str| members.get(name).map_or(Some(0), one);
        Some(Seeds {
            train: part("train")?,
            select: part("select")?,
            unlearn: part("unlearn")?,
            evaluate: part("evaluate")?,
        })
    }

    /// The original model and everything that is taken from it must come from one split of one data set.
    fn one_split(&self, recipe: &Value, data: &[Alternative<Dataset>]) {
        let Some(RecipeWord::Training { on: Some(on), .. }) = recipe.component().and_then(|r| read(r)) else {
            return;
        };
        let Some(trained) = self.dataset(&on.value.0) else { return };
        for set in data {
            let (a, b) = (&trained, &set.value);
            let same_source = a.spec.source == b.spec.source && a.root == b.root;
            if same_source && a.spec == b.spec && a.validation == b.validation {
                continue;
            }
            let (message, label) = if !same_source {
                (
                    "the original model is trained on another data set than it unlearns".to_owned(),
                    String::new(),
                )
            } else if a.spec.split_seed == b.spec.split_seed {
                let words = "the original model is trained on another part of the data than it unlearns";
                (words.to_owned(), "same seed, but other sizes".to_owned())
            } else {
                let (s, t) = (a.spec.split_seed, b.spec.split_seed);
                let message = format!(
                    "the original model is trained on the split of seed {s}, the sets come from seed {t}"
                );
                let held = 100.0 * (1.0 - b.validation) * (1.0 - b.spec.holdout);
                (message, format!("so about {held:.0} % of what is held out would have been trained on"))
            };
            self.report(
                Diagnostic::error(Code::MixedSplits, on.span, message)
                    .label(label)
                    .related(set.span, "the forget, retain, validation and test sets are parts of this")
                    .help("leave `on` away: it is then the experiment's own data set"),
            );
        }
    }

    /// Forget sets side by side should have one size, unless their labels tell it.
    fn comparable(&self, forget: &[Alternative<Vec<Forget>>], axes: &[Axis], data: &[Alternative<Dataset>]) {
        let size = |f: &Alternative<Vec<Forget>>| size(f.value.first()?, data);
        // Requests are of different sizes where the user says so.
        let in_turn = |a: &&Alternative<Vec<Forget>>| a.coords.iter().any(|c| axes[c.axis].name == REQUEST);
        let mut forget = forget.iter().filter(|a| !in_turn(a));
        let Some(first) = forget.next() else { return };
        let shows = |a: &Alternative<Vec<Forget>>| {
            let own = a.origin.0.component().map(|c| c.full_label());
            a.coords.len() > 1 || own.is_some_and(|full| full == a.origin.0.to_string())
        };
        let Some((one, one_words)) = size(first) else { return };
        for other in forget {
            let same_kind =
                first.origin.0.component().map(|c| &c.name) == other.origin.0.component().map(|c| &c.name);
            let Some((two, two_words)) = size(other) else { continue };
            if one.differs(two) && !same_kind && !shows(other) {
                let message = format!("forget sets of {one_words} and of {two_words} side by side");
                self.report(
                    Diagnostic::warning(Code::IncomparableBudgets, other.span, message)
                        .related(first.span, "the other one")
                        .help("give both one budget, or make it an axis: `random(each [1%, 10%])`"),
                );
                return;
            }
        }
    }

    /// Checks a declaration that nothing may have used yet, with its defaults.
    pub(crate) fn declaration(&self, declaration: &Declaration) {
        if declaration.params.iter().any(|p| p.default.is_none()) {
            return;
        }
        let path = mu_syntax::ast::Expr {
            node: Node::Path(declaration.name.text.clone()),
            span: declaration.name.span,
        };
        let value = self.eval(&path, &Scope::of(ROOT), &[]);
        let Some(c) = value.component() else { return };
        if declaration.kind == Kind::Dataset {
            drop(self.dataset(c));
        } else if declaration.kind == Kind::Metric {
            drop(self.formula(&value));
            drop(self.optimum(c));
        } else if declaration.kind == Kind::Method {
            // Any recipe will do to see whether the text is right.
            drop(self.procedure(c, self.any_recipe(value.span).as_deref()));
        }
    }

    pub(crate) fn any_recipe(&self, span: Span) -> Option<Rc<Component>> {
        if let Some(known) = &*self.any_recipe.borrow() {
            return Some(Rc::clone(known));
        }
        let text = mu_syntax::parse("let recipe = training(1 epochs)", span.file);
        let Some(mu_syntax::ast::Item::Let(l)) = text.file.items.first() else { return None };
        let recipe = self.eval(&l.value, &Scope::of(crate::world::STD), &[]).component().cloned();
        self.any_recipe.borrow_mut().clone_from(&recipe);
        recipe
    }
}

/// How large a forget set is.
#[derive(Clone, Copy)]
enum Size {
    /// A share of the training samples.
    Share(f64),
    Samples(usize),
}

impl Size {
    /// Whether two sizes are known to differ. Classes are about as large as each other: a tenth more is no difference.
    fn differs(self, other: Self) -> bool {
        match (self, other) {
            (Size::Share(a), Size::Share(b)) => (a - b).abs() > 0.1 * a.max(b),
            (Size::Samples(a), Size::Samples(b)) => a != b,
            // That depends on how many samples there are.
            _ => false,
        }
    }
}

/// A forget set's size with its words, where it follows from the text.
fn size(forget: &Forget, data: &[Alternative<Dataset>]) -> Option<(Size, String)> {
    let of_class = |budget: Budget, named: usize| match (budget, data.first()) {
        (Budget::Share(share), Some(set)) if set.value.spec.classes > 0 => {
            let classes = set.value.spec.classes;
            let whole = share * named as f64 / classes as f64;
            let of = if named == 1 { "a class".to_owned() } else { format!("{named} classes") };
            Some((Size::Share(whole), format!("{}% of {of} of {classes}", 100.0 * share)))
        }
        _ => None,
    };
    match (&forget.0, forget.budget()) {
        (Selection::Class { classes, budget }, _) => of_class(*budget, classes.len()),
        (_, Some(Budget::Share(share))) => {
            // Twelve digits: as it was written.
            let percent: f64 = format!("{:.12e}", 100.0 * share).parse().ok()?;
            Some((Size::Share(share), format!("{percent}%")))
        }
        (_, Some(Budget::Samples(n))) => Some((Size::Samples(n), format!("{n} samples"))),
        _ => None,
    }
}

/// Whether a checkpoint does not say how Retrain is trained.
fn leaves_unsaid(c: &Component) -> bool {
    matches!(read(c), Some(RecipeWord::Checkpoint { retrain: None, .. }))
}

/// All alternatives converted, or nothing where one of them was wrong (and reported).
fn convert<T>(
    found: Vec<Alternative<Value>>,
    f: impl Fn(&Value) -> Option<T>,
) -> Option<Vec<Alternative<T>>> {
    let one = |a: Alternative<Value>| {
        f(&a.value).map(|value| Alternative {
            coords: a.coords,
            value,
            span: a.span,
            origin: Origin(a.value),
        })
    };
    // All are tried, so that all are reported.
    let converted: Vec<Option<Alternative<T>>> = found.into_iter().map(one).collect();
    converted.into_iter().collect()
}
