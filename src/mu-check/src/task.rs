//! Classifiers and denoisers: an experiment is about one of the two, and all that it says has a meaning for it.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::Expression;
use mu_step::{Budget, Diffusion, LayerGraph, On, SamplingRule, Selection, Shared, Task};

use crate::eval::{Evaluator, Scope};
use crate::experiment::SCHEMA;
use crate::fields::Fields;
use crate::program::{
    Alternative, Dataset, Experiment, Forget, Generative, Measured, Metric, Score, Unlearn,
};
use crate::vocabulary::{JudgeWord, read};
use crate::world::ROOT;

fn denoises(graphs: &[Shared<LayerGraph>]) -> bool {
    graphs.iter().any(|graph| graph.task() == Task::Denoise)
}

impl Evaluator<'_> {
    /// How images of denoisers are made and judged; nothing where the models are classifiers.
    pub(crate) fn generative(
        &self,
        fields: &Fields<'_>,
        data: Option<&[Alternative<Dataset>]>,
        models: Option<&[Alternative<Vec<Shared<LayerGraph>>>]>,
    ) -> Option<Option<Generative>> {
        let of = Scope::of(ROOT);
        let value = |name| fields.value(self, &of, SCHEMA, name);
        let (sample, judge) = (value("sample"), value("judge"));
        let models = models?;
        let Some(denoiser) = models.iter().find(|m| denoises(&m.value)) else {
            let said = ["sample", "judge"].into_iter().find_map(|name| fields.get(name));
            let Some(field) = said else { return Some(None) };
            let message = format!("`{}` is for denoisers, and these models are classifiers", field.name.text);
            let help = "leave it away, or take a model that gives an image, such as `mlp_denoiser`";
            self.report(Diagnostic::error(Code::WrongType, field.name.span, message).help(help));
            return None;
        };
        if let Some(other) = models.iter().find(|m| !denoises(&m.value)) {
            let message = "a classifier and a denoiser are in one experiment";
            let help = "write an experiment for each: they are measured by other numbers";
            let found = Diagnostic::error(Code::WrongType, other.span, message);
            self.report(found.related(denoiser.span, "the denoiser").help(help));
            return None;
        }
        for model in models {
            if !model.value.iter().all(|graph| graph.is_conditional()) {
                let message = "this denoiser reads no class: nothing tells it which images to make";
                let help = "add `label_embedding(..)` to its layers: classes are what is forgotten, and what images are judged by";
                self.report(Diagnostic::error(Code::WrongType, model.span, message).help(help));
                return None;
            }
        }
        for (name, example) in [
            ("sample", "sample = euler(steps: 20, guidance: 2)"),
            ("judge", "judge = classifier(small_cnn, train: training(20 epochs))"),
        ] {
            if fields.get(name).is_none() {
                let message = format!("an experiment with a denoiser needs `{name}`");
                let found = Diagnostic::error(Code::MissingField, fields.name(), message);
                let label = "this model gives images, whose content is measured";
                self.report(found.related(denoiser.span, label).help(format!("such as `{example}`")));
                return None;
            }
        }
        let sampling = read::<mu_step::Sampling>(sample?.component()?)?;
        let at = fields.get("sample").map_or(fields.name(), |f| f.value.span);
        self.fits(&sampling, at)?;
        let JudgeWord::Classifier { model, train } = read(judge?.component()?)?;
        let at = fields.get("judge").map_or(fields.name(), |f| f.value.span);
        let network = |set: &Dataset| self.graph(&model.0, at, set.spec.channels, set.size, set.spec.classes);
        let graphs: Option<Vec<LayerGraph>> = data?.iter().map(|d| network(&d.value)).collect();
        let graphs: Vec<Shared<LayerGraph>> = graphs?.into_iter().map(Shared::new).collect();
        if denoises(&graphs) {
            let message =
                format!("a judge says which class an image is of, and `{}` gives images", model.0.label);
            self.report(
                Diagnostic::error(Code::WrongType, at, message)
                    .help("take a classifier, such as `small_cnn`"),
            );
            return None;
        }
        let Some(recipe) = self.recipe(&train.0) else {
            let message = "a judge is trained on the experiment's data: this is no `training(..)`";
            self.report(
                Diagnostic::error(Code::WrongType, at, message).help("such as `training(20 epochs)`"),
            );
            return None;
        };
        if recipe.loss.iter().any(|term| term.quantity.denoises()) {
            let message = "the loss of this recipe is for denoisers, and a judge is a classifier";
            let help = "leave the loss away: `classifier(small_cnn, train: training(20 epochs))`";
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
            return None;
        }
        let label = format!("classifier {}", model.0.label);
        Some(Some(Generative { sampling, label, judge: graphs, recipe: Shared::new(recipe) }))
    }

    /// A sampler goes along the diffusion that it is for.
    fn fits(&self, sampling: &mu_step::Sampling, at: Span) -> Option<()> {
        let (fits, for_what) = match (sampling.rule, sampling.of) {
            (SamplingRule::Euler | SamplingRule::Heun, of) => {
                (matches!(of, Diffusion::Flow { .. }), "a `flow`: for `ddpm` there is `ddim`")
            }
            (SamplingRule::Ddim { .. }, of) => {
                (matches!(of, Diffusion::Ddpm { .. }), "a `ddpm`: for `flow` there are `euler` and `heun`")
            }
        };
        if !fits {
            let message = format!("this sampler is for {for_what}");
            self.report(Diagnostic::error(Code::WrongType, at, message));
            return None;
        }
        if let Diffusion::Ddpm { steps, .. } = sampling.of
            && sampling.steps > steps
        {
            let message =
                format!("{} steps of sampling, and the diffusion has {steps} times", sampling.steps);
            self.report(
                Diagnostic::error(Code::OutOfRange, at, message)
                    .help(format!("take at most {steps} steps, or more of the diffusion's")),
            );
            return None;
        }
        Some(())
    }

    /// What an experiment says must have a meaning for its models.
    pub(crate) fn one_task(&self, experiment: &Experiment, measured: Span) -> Option<()> {
        match &experiment.generative {
            Some(generative) => self.of_denoisers(experiment, generative, measured),
            None => self.of_classifiers(experiment, measured),
        }
    }

    fn of_classifiers(&self, experiment: &Experiment, measured: Span) -> Option<()> {
        let stray = |at: Span, who: &str| {
            let message = format!("{who} is for denoisers, and these models are classifiers");
            let help = "take a model that gives an image, such as `mlp_denoiser`";
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
        };
        for train in &experiment.train {
            let mut expressions = train.value.recipe.loss.iter().flat_map(|t| t.quantity.expressions());
            if expressions.any(Expression::denoises) {
                stray(train.span, "the loss of this recipe");
                return None;
            }
        }
        for unlearn in &experiment.unlearn {
            let mut procedures = unlearn.value.iter().map(|u| &u.procedure);
            if procedures.any(|p| p.expressions().into_iter().any(Expression::denoises)) {
                stray(unlearn.span, "this method");
                return None;
            }
        }
        for metric in &experiment.measure {
            let mut stray = false;
            metric.formula.leaves(&mut |m, _| stray |= matches!(m, Measured::Likeness(..)));
            if stray {
                let message = format!("`{}` is for denoisers, and these models are classifiers", metric.name);
                let help = "it compares a denoiser's images with the data set's own";
                self.report(Diagnostic::error(Code::WrongType, measured, message).help(help));
                return None;
            }
        }
        Some(())
    }

    fn of_denoisers(&self, experiment: &Experiment, generative: &Generative, measured: Span) -> Option<()> {
        for train in &experiment.train {
            let recipe = &train.value.recipe;
            let of_file = train.value.checkpoint.is_some();
            let denoises = recipe.loss.iter().all(|t| t.quantity.denoises());
            if recipe.loss.is_empty() && !of_file || !denoises {
                let message = "this recipe trains a classifier, and the model is a denoiser";
                let help = "such as `training(.., loss: denoise(retain, drop: 10%))`";
                self.report(Diagnostic::error(Code::WrongType, train.span, message).help(help));
                return None;
            }
            let expressions = || recipe.loss.iter().flat_map(|t| t.quantity.expressions());
            self.one_diffusion(expressions(), generative, train.span)?;
            // How a file's model was trained is not known here.
            if !of_file && !expressions().any(Expression::drops_condition) {
                self.needs_no_condition(experiment, generative, train.span)?;
            }
            let stray = recipe.procedure(None).of_classifiers();
            if let Some(stray) = stray {
                return self.meaningless(train.span, stray);
            }
        }
        for unlearn in &experiment.unlearn {
            for procedure in unlearn.value.iter().map(|u| &u.procedure) {
                let expressions = procedure.expressions();
                if expressions.iter().any(|e| e.classifies()) {
                    return self.meaningless(unlearn.span, "a loss of a classifier's outputs");
                }
                if let Some(stray) = procedure.of_classifiers() {
                    return self.meaningless(unlearn.span, stray);
                }
                self.one_diffusion(expressions, generative, unlearn.span)?;
            }
        }
        for forget in &experiment.forget {
            if let Some(stray) = forget.value.iter().find_map(reads_outputs) {
                return self.meaningless(forget.span, &stray);
            }
        }
        experiment.measure.iter().try_for_each(|metric| self.of_images(metric, experiment, measured))
    }

    /// A metric must be of a denoiser's images: of conditions that are forgotten whole, or of the others.
    pub(crate) fn of_images(&self, metric: &Metric, experiment: &Experiment, at: Span) -> Option<()> {
        if experiment.generative.is_none() {
            return Some(());
        }
        let (mut stray, mut forgotten) = (None, false);
        metric.formula.leaves(&mut |measured, _| {
            stray = stray.take().or(meaningless(measured));
            forgotten |= of_forgotten(measured);
        });
        if let Some(stray) = stray {
            let message = format!("`{}` {stray}, which has no meaning for a denoiser", metric.name);
            let help = "a denoiser is measured by its images: `ua`, `ra`, `accuracy(forget)`, `frechet`, `kernel_distance`, `rte`";
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
            return None;
        }
        let partly = experiment.forget.iter().find(|f| f.value.iter().any(leaves_all_classes));
        if let Some(forget) = partly.filter(|_| forgotten) {
            let message = format!(
                "`{}` is of conditions that are forgotten whole, and this leaves some of each",
                metric.name
            );
            let found = Diagnostic::error(Code::WrongType, forget.span, message);
            let help =
                "forget whole classes, such as `by_class(0)`: a denoiser is asked for images by their class";
            self.report(found.related(at, "measured here").help(help));
            return None;
        }
        Some(())
    }

    /// What asks for images under no condition needs a recipe that trains them.
    fn needs_no_condition(
        &self,
        experiment: &Experiment,
        generative: &Generative,
        train: Span,
    ) -> Option<()> {
        let trusts = |u: &&Alternative<Vec<Unlearn>>| {
            u.value.iter().any(|u| u.procedure.expressions().into_iter().any(Expression::trusts_no_condition))
        };
        let (at, who) = match experiment.unlearn.iter().find(trusts) {
            _ if generative.sampling.guidance != 1.0 => (train, "images are made with guidance"),
            Some(unlearn) => (unlearn.span, "this method asks for predictions under no condition"),
            None => return Some(()),
        };
        let message = format!("{who}, and this experiment's recipe never trains with `no_condition`");
        let mut found = Diagnostic::error(Code::WrongType, at, message);
        if at != train {
            found = found.related(train, "the recipe");
        }
        self.report(found.help("drop some conditions: `denoise(retain, drop: 10%)`; guidance 1 needs none"));
        None
    }

    fn meaningless(&self, at: Span, what: &str) -> Option<()> {
        let message = format!("{what} has no meaning for a denoiser");
        let help = "what is for denoisers has `denoise(..)` or `prediction(..)` in its text";
        self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
        None
    }

    /// A text's diffusion must be the one that images are made by.
    fn one_diffusion<'e>(
        &self,
        expressions: impl IntoIterator<Item = &'e Expression>,
        generative: &Generative,
        at: Span,
    ) -> Option<()> {
        let own = generative.sampling.of;
        let other = expressions.into_iter().flat_map(|e| e.diffusions()).find(|of| !of.is_alike(own));
        let Some(other) = other else { return Some(()) };
        let message = format!("this speaks of `{other}`, and images are made by `{own}`");
        self.report(
            Diagnostic::error(Code::WrongType, at, message)
                .help("give both the same diffusion: `diffusion: ..`"),
        );
        None
    }
}

/// What a selection reads that a denoiser does not have.
fn reads_outputs(forget: &Forget) -> Option<String> {
    let own = match &forget.0 {
        Selection::Ranked { score: Score::Text { of, .. }, .. } if !of.classifies() => None,
        Selection::Ranked { .. } | Selection::Matched { score: Some(_), .. } => {
            Some("a score of a classifier's outputs".to_owned())
        }
        Selection::PublishedWorstCase(_) => Some("`worst_case@paper`".to_owned()),
        Selection::Random { .. }
        | Selection::Class { .. }
        | Selection::Group { .. }
        | Selection::File { .. }
        | Selection::Join { .. }
        | Selection::Complement { .. }
        | Selection::Matched { score: None, .. }
        | Selection::Untrained { .. }
        | Selection::Rest { .. }
        | Selection::WorstCase(_) => None,
    };
    own.or_else(|| forget.within().into_iter().find_map(reads_outputs))
}

/// Whether a selection leaves some samples of every class, or takes none that was trained on.
fn leaves_all_classes(forget: &Forget) -> bool {
    let partly = |budget: Budget| matches!(budget, Budget::Share(share) if share < 1.0);
    match &forget.0 {
        Selection::Random { budget, .. } | Selection::Class { budget, .. } => partly(*budget),
        Selection::Untrained { .. } => true,
        Selection::Group { .. }
        | Selection::File { .. }
        | Selection::Join { .. }
        | Selection::Complement { .. }
        | Selection::Ranked { .. }
        | Selection::Matched { .. }
        | Selection::Rest { .. }
        | Selection::WorstCase(_)
        | Selection::PublishedWorstCase(_) => false,
    }
}

/// Whether a metric is of the images of forgotten conditions.
fn of_forgotten(measured: &Measured) -> bool {
    match measured {
        Measured::Accuracy(on, _)
        | Measured::Calibration(on, _)
        | Measured::Samples(on, ..)
        | Measured::Likeness(on, ..) => *on == On::Forget,
        Measured::Among(..)
        | Measured::Attack(_)
        | Measured::Relearn(_)
        | Measured::Ulira(_)
        | Measured::WeightDistance
        | Measured::Cost(_) => false,
    }
}

/// What a metric reads that a denoiser does not have, in words.
fn meaningless(measured: &Measured) -> Option<&'static str> {
    let part = |on: On| match on {
        On::Forget | On::Retain => None,
        On::Validation | On::Test | On::ValidationRetained | On::TestRetained => {
            Some("is taken on held-out samples")
        }
    };
    match measured {
        Measured::Accuracy(on, _) | Measured::Calibration(on, _) => part(*on),
        Measured::Samples(on, of, _) => {
            match of.networks().iter().all(|n| *n == mu_step::expression::Net::Own) {
                true => part(*on),
                false => Some("compares outputs with another model's"),
            }
        }
        Measured::Among(..) => Some("is taken on a list of samples"),
        Measured::Attack(_) => Some("attacks a classifier's outputs"),
        Measured::Relearn(_) => Some("trains on labels"),
        Measured::Ulira(_) => Some("attacks a classifier's outputs"),
        Measured::WeightDistance | Measured::Cost(_) | Measured::Likeness(..) => None,
    }
}
