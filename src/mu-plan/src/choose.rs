//! Forget sets and scores → steps.

use std::path::PathBuf;

use mu_check::{By, Forget, Grouping, Point, Score, Unlearn};
use mu_step::{
    Budget, InferSpec, ListOf, PublishedWorstCase, SampleScore, ScoreSpec, SelectSpec, Selection, Shared,
    Start, StepKey, StepSpec, TrainSpec, Unit, UnlearnSpec, WorstCase,
};

use crate::Part;
use crate::build::Grid;

impl Grid<'_> {
    /// The forget set of a point.
    pub(crate) fn forget(&mut self, p: Point) -> StepKey {
        let e = self.experiment;
        let chosen = &e.forget[p.forget].value[p.train];
        // A set that needs no model depends on neither model nor recipe.
        let place = match chosen.needs_model() {
            true => [p.data, p.model, p.train, p.forget, p.seed],
            false => [p.data, 0, 0, p.forget, p.seed],
        };
        if let Some(key) = self.forgets.get(&place) {
            return *key;
        }
        let key = self.choose(p, chosen, None, &[]);
        self.forgets.insert(place, key);
        key
    }

    /// The parts of a point's forget set that a composed method speaks of.
    pub(crate) fn parts(&mut self, p: Point, forget: StepKey) -> Vec<StepKey> {
        let e = self.experiment;
        self.parts_of(p, &e.unlearn[p.unlearn].value[p.train], forget)
    }

    fn parts_of(&mut self, p: Point, method: &Unlearn, forget: StepKey) -> Vec<StepKey> {
        let mut keys: Vec<StepKey> = Vec::new();
        for part in &method.parts {
            let key = self.choose(p, part, Some(forget), &keys);
            keys.push(key);
        }
        keys
    }

    /// The step that chooses; `within` a set, beside the parts before it.
    fn choose(
        &mut self,
        mut p: Point,
        chosen: &Forget,
        within: Option<StepKey>,
        before: &[StepKey],
    ) -> StepKey {
        let e = self.experiment;
        if let Some(model) = chosen.found_with() {
            p.model = e.model_called(model).unwrap_or(p.model);
        }
        let mut root = None;
        let mut file = |grid: &Grid<'_>, path: &str, of: ListOf| {
            root = Some(grid.place(path));
            grid.digest(path, Some(of))
        };
        let selection = match chosen {
            Forget::Random { budget, per_class } => {
                Selection::Random { budget: *budget, per_class: *per_class }
            }
            Forget::Class { classes, budget } => {
                Selection::Class { classes: classes.clone(), budget: *budget }
            }
            Forget::Group { of, groups } => Selection::Group {
                of: grouping(of, &mut |path| file(self, path, ListOf::Groups)),
                groups: groups.clone(),
            },
            Forget::File { path, training, .. } => {
                Selection::File { digest: file(self, path, ListOf::Samples), training: *training }
            }
            Forget::Join { how, of } => {
                let [a, b] = &**of;
                let of = [self.choose(p, a, within, before), self.choose(p, b, within, before)];
                Selection::Join { how: *how, of }
            }
            Forget::Complement(of) => Selection::Complement { of: self.choose(p, of, within, before) },
            Forget::Ranked { score, ranks, budget, per_class } => {
                let score = self.score(p, score.clone());
                Selection::Ranked { score, ranks: *ranks, budget: *budget, per_class: *per_class }
            }
            Forget::Matched { to, score } => {
                let to = self.choose(p, to, within, before);
                Selection::Matched { to, score: score.clone().map(|score| self.score(p, score)) }
            }
            Forget::Untrained { budget } => Selection::Untrained { budget: *budget },
            Forget::Rest => Selection::Rest { of: before.to_vec() },
            Forget::WorstCase { budget, by, per_class, against, rounds, reverse, .. } => {
                let by = unit(by, &mut |path| file(self, path, ListOf::Groups));
                let round = WorstCase {
                    budget: *budget,
                    by,
                    per_class: *per_class,
                    infer: self.original_outputs(p),
                    sets: Vec::new(),
                    reverse: *reverse,
                    last: false,
                };
                self.rounds(p, round, (against, *rounds), within, root.as_ref())
            }
            Forget::PublishedWorstCase {
                budget,
                by,
                procedure,
                rounds,
                step,
                gamma,
                reverse,
                faithful,
                ..
            } => {
                let by = unit(by, &mut |path| file(self, path, ListOf::Groups));
                Selection::PublishedWorstCase(Box::new(PublishedWorstCase {
                    budget: *budget,
                    by,
                    graph: e.model[p.model].value[p.data].clone(),
                    view: e.data[p.data].value.view.clone(),
                    original: procedure.reads_original().then(|| self.original(p)),
                    procedure: procedure.clone(),
                    rounds: *rounds,
                    step: *step,
                    gamma: *gamma,
                    reverse: *reverse,
                    faithful: *faithful,
                }))
            }
        };
        let part = if chosen.needs_model() { Part::Selected } else { Part::Drawn };
        self.selected(p, within, selection, root, part)
    }

    /// The step of a selection, which reads a file where `root` names one.
    fn selected(
        &mut self,
        p: Point,
        within: Option<StepKey>,
        selection: Selection,
        root: Option<PathBuf>,
        part: Part,
    ) -> StepKey {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let spec = SelectSpec { data, split, within, selection, seed: e.seed[p.seed].value.select };
        let key = self.step(StepSpec::Select(spec), p, part);
        if self.plan.graph.get(key).is_some_and(|step| step.root.is_none()) {
            self.plan.graph.set_root(key, root);
        }
        key
    }

    /// The rounds of a worst-case selection but the last: each chooses a set, makes a model without it, and takes that model's
    /// outputs. The last round is returned.
    fn rounds(
        &mut self,
        p: Point,
        mut round: WorstCase,
        (against, rounds): (&Unlearn, usize),
        within: Option<StepKey>,
        root: Option<&PathBuf>,
    ) -> Selection {
        let e = self.experiment;
        let (data, split) = self.split(p);
        for k in 0..rounds {
            let selection = Selection::WorstCase(Box::new(round.clone()));
            let part = Part::Round(k + 1);
            let forget = self.selected(p, within, selection, root.cloned(), part);
            let spec = UnlearnSpec {
                data,
                split,
                forget,
                parts: self.parts_of(p, against, forget),
                original: against.procedure.reads_original().then(|| self.original(p)),
                checkpoint: against.checkpoint.as_ref().map(|weights| self.load(p, weights, part)),
                graph: e.model[p.model].value[p.data].clone(),
                view: e.data[p.data].value.view.clone(),
                procedure: against.procedure.clone(),
                most_seconds: None,
                seed: another(e.seed[p.seed].value.select, PLAYED + k),
            };
            let model = self.step(StepSpec::Unlearn(spec), p, part);
            round.infer = self.outputs(p, model, part);
            round.sets.push(forget);
        }
        round.last = true;
        Selection::WorstCase(Box::new(round))
    }

    pub(crate) fn original_outputs(&mut self, p: Point) -> StepKey {
        let model = self.original(p);
        self.outputs(p, model, Part::Original)
    }

    fn score(&mut self, p: Point, score: Score) -> StepKey {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let graph = e.model[p.model].value[p.data].clone();
        let view = e.data[p.data].value.view.clone();
        let score = match score {
            Score::Text { of, early } => {
                let models: Vec<StepKey> = match early {
                    None => vec![self.original(p)],
                    Some((models, epochs)) => (0..models).map(|k| self.early(p, k, epochs)).collect(),
                };
                if of.reads_outputs_only() {
                    let infers =
                        models.into_iter().map(|model| self.outputs(p, model, Part::Original)).collect();
                    SampleScore::Outputs { infers, of }
                } else {
                    SampleScore::Networks { models, graph, view, of }
                }
            }
            Score::GradientNorm { models, epochs } => {
                let models = (0..models).map(|k| self.early(p, k, epochs)).collect();
                SampleScore::GradientNorm { models, graph, view }
            }
            Score::Forgetting => {
                let recipe = e.train[p.train].value.recipe.clone();
                SampleScore::Forgetting { graph, view, recipe, from: self.begins(p) }
            }
            Score::FeatureDistance => SampleScore::FeatureDistance { model: self.original(p), graph, view },
            Score::LeftOut { models, share, memorisation } => {
                let (mut without, mut infers) = (Vec::new(), Vec::new());
                for k in 0..models {
                    let (part, model) = self.left_out(p, k, share);
                    without.push(part);
                    infers.push(self.outputs(p, model, Part::Original));
                }
                SampleScore::LeftOut { without, infers, memorisation }
            }
        };
        let seed = e.seed[p.seed].value.train;
        self.step(StepSpec::Score(ScoreSpec { data, split, score, seed }), p, Part::Original)
    }

    /// The outputs of a model that no method made.
    fn outputs(&mut self, p: Point, model: StepKey, part: Part) -> StepKey {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let graph = e.model[p.model].value[p.data].clone();
        let view = e.data[p.data].value.view.clone();
        let spec = InferSpec { data, split, model, original: None, graph, view };
        self.step(StepSpec::Infer(spec), p, part)
    }

    /// The k-th of several models that are trained for a few epochs.
    fn early(&mut self, p: Point, k: usize, epochs: usize) -> StepKey {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let spec = TrainSpec {
            data,
            split,
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            recipe: e.train[p.train].value.recipe.clone(),
            from: self.begins(p),
            stop: Some(epochs),
            seed: another(e.seed[p.seed].value.train, k),
        };
        self.step(StepSpec::Train(spec), p, Part::Original)
    }

    /// The k-th of several models that are trained without a random part; the part, and the model.
    fn left_out(&mut self, p: Point, k: usize, share: f64) -> (StepKey, StepKey) {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let seed = another(e.seed[p.seed].value.train, k);
        let selection = Selection::Random { budget: Budget::Share(share), per_class: false };
        let forget = StepSpec::Select(SelectSpec { data, split, within: None, selection, seed });
        let forget = self.step(forget, p, Part::Original);
        let checkpoint = self.begins(p);
        let mut procedure = e.train[p.train].value.recipe.procedure(None);
        if checkpoint.is_some() {
            procedure.start = Start::Checkpoint;
        }
        let spec = UnlearnSpec {
            data,
            split,
            forget,
            parts: Vec::new(),
            original: None,
            checkpoint,
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            procedure: Shared::new(procedure),
            most_seconds: None,
            seed,
        };
        (forget, self.step(StepSpec::Unlearn(spec), p, Part::Original))
    }
}

/// What is chosen as a whole, with the digest of a file in the place of its name.
fn unit(by: &By, file: &mut dyn FnMut(&String) -> String) -> Unit {
    match by {
        By::Sample => Unit::Sample,
        By::Class => Unit::Class,
        By::Group(of) => Unit::Group(grouping(of, file)),
    }
}

/// The first of the seeds' numbers that a worst-case selection's models have: shadow models and scores count from 0.
const PLAYED: usize = 1 << 19;

/// Whose numbers, with the digest of a file in the place of its name.
fn grouping(of: &Grouping, file: &mut dyn FnMut(&String) -> String) -> mu_step::Grouping {
    match of {
        Grouping::File(path) => mu_step::Grouping::File(file(path)),
        Grouping::Own(name) => mu_step::Grouping::Own(name.clone()),
    }
}

/// The seed of the k-th model beside the original: far from those that people write.
pub(crate) fn another(seed: u64, k: usize) -> u64 {
    seed.wrapping_mul(1 << 20).wrapping_add((1 << 40) + k as u64)
}
