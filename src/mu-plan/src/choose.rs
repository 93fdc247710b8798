//! Forget sets and scores → steps.

use std::path::PathBuf;

use mu_check::{FictitiousPlay, Forget, List, Named, Point, SampleSet, Score, Unlearn, WeightSearch};
use mu_step::{
    Budget, Grouping, InferSpec, Join, Keys, ListOf, PublishedWorstCase, Resolve, SampleScore, ScoreSpec,
    SelectSpec, Selection, SelectionUnit, Shared, Start, StepKey, StepSpec, TrainSpec, UnlearnSpec,
    WorstCase,
};

use crate::Part;
use crate::build::{Asked, Grid};

/// What a selection is made with.
#[derive(Clone, Copy)]
struct Turn {
    /// What the requests before it asked for.
    gone: Option<StepKey>,
    seed: u64,
}

impl Grid<'_> {
    /// The forget set of a point.
    pub(crate) fn forget(&mut self, p: Point) -> Asked {
        let e = self.experiment;
        let before = e.before(p);
        let so_far = std::iter::successors(Some(p), |p| e.before(*p));
        // A set that needs no model depends on neither model nor recipe.
        let needs_model = so_far.clone().any(|p| e.forget[p.forget].value[p.train].needs_model());
        let place = match needs_model {
            true => [p.data, p.model, p.train, p.forget, p.seed],
            false => [p.data, 0, 0, p.forget, p.seed],
        };
        if let Some(known) = self.forgets.get(&place) {
            return *known;
        }
        let (chosen, seed) = (&e.forget[p.forget].value[p.train], e.seed[p.seed].value.select);
        let asked = match before.map(|before| self.forget(before).all) {
            None => {
                let own = self.choose(p, chosen, None, &[], Turn { gone: None, seed });
                Asked { all: own, own, gone: None }
            }
            Some(gone) => {
                let turn = Turn { gone: Some(gone), seed: another(seed, ASKED + so_far.count()) };
                let own = self.choose(p, chosen, None, &[], turn);
                let part = if needs_model { Part::Selected } else { Part::Drawn };
                let union = Selection::Join { how: Join::Union, of: [gone, own] };
                let all = self.selected(p, None, Turn { gone: None, seed }, union, None, part);
                Asked { all, own, gone: Some(gone) }
            }
        };
        self.forgets.insert(place, asked);
        asked
    }

    /// The samples that a metric is taken on, where they are no part of the data.
    pub(crate) fn sample_set(&mut self, p: Point, set: &SampleSet) -> Option<StepKey> {
        match set {
            SampleSet::Chosen(chosen) => {
                let turn = Turn { gone: None, seed: self.experiment.seed[p.seed].value.select };
                Some(self.choose(p, chosen, None, &[], turn))
            }
            SampleSet::Request(number) => {
                let p = self.experiment.at_request(p, *number)?;
                Some(self.forget(p).own)
            }
        }
    }

    /// The parts of a point's forget set that a composed method speaks of.
    pub(crate) fn parts(&mut self, p: Point, forget: StepKey) -> Vec<StepKey> {
        let e = self.experiment;
        self.parts_of(p, &e.unlearn[p.unlearn].value[p.train], forget)
    }

    fn parts_of(&mut self, p: Point, method: &Unlearn, forget: StepKey) -> Vec<StepKey> {
        let turn = Turn { gone: None, seed: self.experiment.seed[p.seed].value.select };
        let mut keys: Vec<StepKey> = Vec::new();
        for part in &method.parts {
            let key = self.choose(p, part, Some(forget), &keys, turn);
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
        turn: Turn,
    ) -> StepKey {
        let e = self.experiment;
        if let Some(model) = chosen.found_with() {
            p.model = e.model_called(model).unwrap_or(p.model);
        }
        let mut place = Place { grid: self, p, within, before, turn, root: None };
        let selection = chosen.0.resolve(&mut place);
        let root = place.root;
        let part = if chosen.needs_model() { Part::Selected } else { Part::Drawn };
        self.selected(p, within, turn, selection, root, part)
    }

    /// The step of a selection, which reads a file where `root` names one.
    fn selected(
        &mut self,
        p: Point,
        within: Option<StepKey>,
        Turn { gone, seed }: Turn,
        selection: Selection,
        root: Option<PathBuf>,
        part: Part,
    ) -> StepKey {
        let (data, split) = self.split(p);
        let spec = SelectSpec { data, split, within, gone, selection, seed };
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
        (within, turn): (Option<StepKey>, Turn),
        root: Option<&PathBuf>,
    ) -> Box<WorstCase> {
        let e = self.experiment;
        let (data, split) = self.split(p);
        for k in 0..rounds {
            let selection = Selection::WorstCase(Box::new(round.clone()));
            let part = Part::Round(k + 1);
            let forget = self.selected(p, within, turn, selection, root.cloned(), part);
            let spec = UnlearnSpec {
                data,
                split,
                forget,
                parts: self.parts_of(p, against, forget),
                gone: turn.gone,
                original: against.procedure.reads_original().then(|| self.original(p)),
                checkpoint: against.checkpoint.as_ref().map(|weights| self.load(p, weights, part)),
                graph: e.model[p.model].value[p.data].clone(),
                view: e.data[p.data].value.view.clone(),
                procedure: against.procedure.clone(),
                most_seconds: None,
                seed: another(turn.seed, PLAYED + k),
            };
            let model = self.step(StepSpec::Unlearn(spec), p, part);
            round.infer = self.outputs(p, model, part);
            round.sets.push(forget);
        }
        round.last = true;
        Box::new(round)
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
        let losses = self.denoising(p);
        let spec = InferSpec { data, split, model, original: None, graph, view, losses };
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
        let forget = StepSpec::Select(SelectSpec { data, split, within: None, gone: None, selection, seed });
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
            gone: None,
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

/// Where a selection is made: its names become steps, and its files digests.
struct Place<'g, 'a> {
    grid: &'g mut Grid<'a>,
    p: Point,
    within: Option<StepKey>,
    /// The parts of a forget set before it.
    before: &'g [StepKey],
    turn: Turn,
    /// The file that it reads.
    root: Option<PathBuf>,
}

impl Place<'_, '_> {
    fn file(&mut self, path: &str, of: ListOf) -> String {
        self.root = Some(self.grid.place(path));
        self.grid.digest(path, Some(of))
    }

    fn unit(&mut self, by: &SelectionUnit) -> SelectionUnit {
        match by {
            SelectionUnit::Sample => SelectionUnit::Sample,
            SelectionUnit::Class => SelectionUnit::Class,
            SelectionUnit::Group(of) => SelectionUnit::Group(self.grouping(of)),
        }
    }
}

impl Resolve<Named, Keys> for Place<'_, '_> {
    fn set(&mut self, set: &Box<Forget>) -> StepKey {
        self.grid.choose(self.p, set, self.within, self.before, self.turn)
    }

    fn score(&mut self, score: &Score) -> StepKey {
        self.grid.score(self.p, score.clone())
    }

    fn list(&mut self, list: &List) -> String {
        self.file(&list.path, ListOf::Samples)
    }

    fn grouping(&mut self, of: &Grouping) -> Grouping {
        match of {
            Grouping::File(path) => Grouping::File(self.file(path, ListOf::Groups)),
            Grouping::Own(name) => Grouping::Own(name.clone()),
        }
    }

    fn others(&mut self, (): &()) -> Vec<StepKey> {
        self.before.to_vec()
    }

    fn worst_case(&mut self, play: &Box<FictitiousPlay>) -> Box<WorstCase> {
        let round = WorstCase {
            budget: play.budget,
            by: self.unit(&play.by),
            per_class: play.per_class,
            infer: self.grid.original_outputs(self.p),
            sets: Vec::new(),
            reverse: play.reverse,
            last: false,
        };
        let play = (&play.against, play.rounds);
        self.grid.rounds(self.p, round, play, (self.within, self.turn), self.root.as_ref())
    }

    fn published(&mut self, search: &Box<WeightSearch>) -> Box<PublishedWorstCase> {
        let (e, p) = (self.grid.experiment, self.p);
        Box::new(PublishedWorstCase {
            budget: search.budget,
            by: self.unit(&search.by),
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            original: search.procedure.reads_original().then(|| self.grid.original(p)),
            procedure: search.procedure.clone(),
            rounds: search.rounds,
            step: search.step,
            gamma: search.gamma,
            reverse: search.reverse,
            faithful: search.faithful,
        })
    }
}

/// The first of the seeds' numbers that a worst-case selection's models have: shadow models and scores count from 0.
const PLAYED: usize = 1 << 19;
/// The first of those that draws of later requests have.
const ASKED: usize = 1 << 18;

/// The seed of the k-th model beside the original: far from those that people write.
pub(crate) fn another(seed: u64, k: usize) -> u64 {
    seed.wrapping_mul(1 << 20).wrapping_add((1 << 40) + k as u64)
}
