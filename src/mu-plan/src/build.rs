//! Points → steps, interned by key.

use std::collections::HashMap;
use std::path::PathBuf;

use mu_check::{
    Condition, Dimension, Experiment, Figure, Measured, Metric, Optimum, Point, Program, Seeds, Shows,
    Weights,
};
use mu_diag::Problem;
use mu_graph::Step;
use mu_step::{
    Facts, InferSpec, ListOf, LoadSpec, MeasureSpec, SplitSpec, Start, StepKey, StepSpec, TrainSpec,
    UnlearnSpec, Wanted,
};

use crate::read::Digests;
use crate::{DataFacts, Made, Part, Plan, RequestedBy};

/// A file that is named by its point, and cannot be read.
pub(crate) struct Missing {
    pub(crate) part: Part,
    pub(crate) point: Point,
    /// `seed=2`
    pub(crate) at: String,
    /// As it is written: `npo_{seed}.pth`.
    pub(crate) pattern: String,
    pub(crate) problem: Problem,
}

/// Calls `f` on every metric that an experiment's points need: of its own list, and of what reports on it.
pub(crate) fn metrics(program: &Program, index: usize, f: &mut dyn FnMut(&Metric)) {
    let experiment = &program.experiments[index];
    experiment.measure.iter().chain(experiment.tunes.iter().map(|t| &t.metric)).for_each(&mut *f);
    for table in program.tables.iter().filter(|t| t.query.experiment == index) {
        for dimension in table.rows.iter().chain(&table.columns) {
            if let Dimension::Metrics(metrics) = dimension {
                metrics.iter().for_each(&mut *f);
            }
        }
    }
    program.figures.iter().filter(|figure| figure.query.experiment == index).for_each(|figure| {
        let Shows::Numbers(numbers) = &figure.shows else { return };
        f(&numbers.y);
        if let mu_check::Across::Metric(x) = &numbers.x {
            f(x);
        }
    });
    for claim in &program.claims {
        claim.condition.aggregates(&mut |query, metric| {
            if query.experiment == index {
                f(metric);
            }
        });
    }
}

/// What is asked for at a point.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// All that was asked for so far.
    pub(crate) all: StepKey,
    /// What this request was the first to ask for.
    pub(crate) own: StepKey,
    /// What the requests before it asked for.
    pub(crate) gone: Option<StepKey>,
}

/// A model that a method made, and the model that it is to unlearn, where it reads that.
#[derive(Clone, Copy)]
struct Unlearned {
    model: StepKey,
    original: Option<StepKey>,
}

/// The steps of an experiment. What several points share is made once: keys are looked up by the fields that
/// a step depends on before anything is built or hashed.
pub(crate) struct Grid<'a> {
    index: usize,
    pub(crate) experiment: &'a Experiment,
    pub(crate) facts: &'a [Facts],
    /// The disk, as far as planning needs it.
    data: &'a dyn DataFacts,
    /// Digests of the files that selections read.
    files: &'a Digests,
    pub(crate) measured: Vec<Measured>,
    pub(crate) plan: &'a mut Plan,
    /// Where the measured numbers of a combination are.
    pub(crate) keys: HashMap<usize, Vec<StepKey>>,
    splits: HashMap<usize, (StepKey, StepKey)>,
    originals: HashMap<[usize; 4], StepKey>,
    /// Digests of the checkpoints that are named by point, by path, model and data.
    opened: HashMap<(String, usize, usize), String>,
    /// Those of them that cannot be read.
    pub(crate) missing: Vec<Missing>,
    /// What is to be said of the others.
    pub(crate) notes: Vec<(Part, Point, String)>,
    /// What the method of a combination made.
    pub(crate) made: HashMap<usize, Made>,
    /// What is wanted of a combination beside its numbers.
    pub(crate) beside: HashMap<usize, Vec<StepKey>>,
    /// Which points' images figures show.
    pub(crate) drawn: Vec<Option<&'a Condition>>,
    /// What methods make of requests, by combination and seeds.
    turns: HashMap<(usize, Seeds), Unlearned>,
    pub(crate) forgets: HashMap<[usize; 5], Asked>,
    /// The methods that metrics compare with, as positions of the `unlearn` field.
    siblings: Vec<usize>,
}

impl<'a> Grid<'a> {
    pub(crate) fn new(
        program: &'a Program,
        index: usize,
        (facts, data): (&'a [Facts], &'a dyn DataFacts),
        files: &'a Digests,
        plan: &'a mut Plan,
    ) -> Self {
        let experiment = &program.experiments[index];
        let (mut measured, mut siblings) = (Vec::new(), Vec::new());
        let images = |figure: &'a Figure| {
            let shown = figure.query.experiment == index && matches!(figure.shows, Shows::Samples(_));
            shown.then_some(figure.query.filter.as_ref())
        };
        let first = Point { data: 0, model: 0, train: 0, forget: 0, unlearn: 0, seed: 0 };
        metrics(program, index, &mut |metric| {
            let mut add = |method: &str| {
                let found = experiment.sibling(first, method).map(|s| s.unlearn);
                siblings.extend(found.filter(|s| !siblings.contains(s)));
            };
            if let Some(Optimum::Method(method)) = &metric.optimum {
                add(method);
            }
            metric.formula.leaves(&mut |m, other| {
                if !measured.contains(m) {
                    measured.push(m.clone());
                }
                if let Some(method) = other.or(m.reference()) {
                    add(method);
                }
            });
        });
        Self {
            index,
            experiment,
            facts,
            data,
            files,
            measured,
            plan,
            keys: HashMap::new(),
            splits: HashMap::new(),
            originals: HashMap::new(),
            opened: HashMap::new(),
            missing: Vec::new(),
            notes: Vec::new(),
            made: HashMap::new(),
            beside: HashMap::new(),
            drawn: program.figures.iter().filter_map(images).collect(),
            turns: HashMap::new(),
            forgets: HashMap::new(),
            siblings,
        }
    }

    pub(crate) fn step(&mut self, spec: StepSpec, point: Point, part: Part) -> StepKey {
        let key = spec.key();
        if !self.plan.graph.contains(key) {
            let brought: Vec<(StepSpec, String)> =
                spec.brought().into_iter().map(|(module, path)| (module, path.to_owned())).collect();
            for (module, path) in brought {
                let key = self.step(module, point, Part::Data);
                self.plan.graph.set_root(key, Some(self.data.place(&path)));
            }
            let by = RequestedBy { experiment: self.index, point, part };
            let flops = self.flops(&spec, point);
            self.plan.add(key, Step { spec, root: None, flops }, by);
        }
        key
    }

    /// The digest of a checkpoint, or of a list that a selection reads.
    pub(crate) fn digest(&self, path: &str, of: Option<ListOf>) -> String {
        self.files.get(&(of, path.to_owned())).cloned().unwrap_or_default()
    }

    /// Where the data set or the file lies that a program names so.
    pub(crate) fn place(&self, path: &str) -> PathBuf {
        self.data.place(path)
    }

    /// Decoding and splitting.
    pub(crate) fn split(&mut self, p: Point) -> (StepKey, StepKey) {
        if let Some(keys) = self.splits.get(&p.data) {
            return *keys;
        }
        let set = &self.experiment.data[p.data].value;
        let mut spec = set.spec.clone();
        spec.digest.clone_from(&self.facts[p.data].digest);
        let data = self.step(StepSpec::Data(spec), p, Part::Data);
        self.plan.graph.set_root(data, set.root.as_ref().map(|root| self.data.place(root)));
        let spec =
            SplitSpec { data, validation: set.validation, seed: set.spec.split_seed, numpy: set.numpy };
        let split = self.step(StepSpec::Split(spec), p, Part::Data);
        self.splits.insert(p.data, (data, split));
        (data, split)
    }

    pub(crate) fn original(&mut self, p: Point) -> StepKey {
        let place = [p.data, p.model, p.train, p.seed];
        if let Some(key) = self.originals.get(&place) {
            return *key;
        }
        let key = self.original_of(p, self.experiment.seed[p.seed].value.train);
        self.originals.insert(place, key);
        key
    }

    /// The original model on another seed.
    pub(crate) fn original_of(&mut self, p: Point, seed: u64) -> StepKey {
        let e = self.experiment;
        if let Some(weights) = &e.train[p.train].value.checkpoint {
            return self.load(p, weights, Part::Original);
        }
        let from = self.begins(p);
        let (data, split) = self.split(p);
        let spec = TrainSpec {
            data,
            split,
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            recipe: e.train[p.train].value.recipe.clone(),
            from,
            stop: None,
            seed,
        };
        self.step(StepSpec::Train(spec), p, Part::Original)
    }

    /// The weights that trainings by a point's recipe start from, where they are in a file.
    pub(crate) fn begins(&mut self, p: Point) -> Option<StepKey> {
        let weights = self.experiment.train[p.train].value.from.as_ref()?;
        Some(self.load(p, weights, Part::Original))
    }

    /// Weights from a file.
    pub(crate) fn load(&mut self, p: Point, weights: &Weights, part: Part) -> StepKey {
        let graph = self.experiment.model[p.model].value[p.data].clone();
        let (path, at) = self.experiment.path_at(weights, p);
        let drawn = weights.drawn(&graph);
        let digest = match at.is_empty() {
            true => self.digest(&path, None),
            false => self.digest_at((&path, at), weights, &drawn, p, part),
        };
        let spec = LoadSpec { digest, graph, table: weights.table.clone(), drawn };
        let key = self.step(StepSpec::Load(spec), p, part);
        self.plan.graph.set_root(key, Some(self.data.place(&path)));
        key
    }

    /// The digest of a checkpoint that is named by its point; what keeps it from being read is remembered, point by point.
    fn digest_at(
        &mut self,
        (path, at): (&str, String),
        weights: &Weights,
        drawn: &[String],
        p: Point,
        part: Part,
    ) -> String {
        let place = (path.to_owned(), p.model, p.data);
        if let Some(known) = self.opened.get(&place) {
            return known.clone();
        }
        let wanted = Wanted { table: weights.table.as_deref(), drawn };
        let e = self.experiment;
        let found =
            self.data.checkpoint(path, wanted, &e.model[p.model].value[p.data], &e.data[p.data].value.view);
        let digest = match found {
            Ok((digest, notes)) => {
                let said = notes.into_iter().map(|note| format!("{path}: {note}"));
                self.notes.extend(said.map(|note| (part, p, note)));
                digest
            }
            Err(problem) => {
                self.missing.push(Missing { part, point: p, at, pattern: weights.path.clone(), problem });
                String::new()
            }
        };
        self.opened.insert(place, digest.clone());
        digest
    }

    /// The steps that measure a point, those of the points that it is compared with, and what is looked at beside its numbers.
    pub(crate) fn measure(&mut self, p: Point) {
        self.steps_of(p);
        let at = self.experiment.index(p);
        let (made, keys) = (self.made(p), self.keys.get(&at).cloned().unwrap_or_default());
        let beside = self.beside(p, made, &keys);
        self.beside.insert(at, beside);
        for at in 0..self.siblings.len() {
            self.steps_of(Point { unlearn: self.siblings[at], ..p });
        }
    }

    fn steps_of(&mut self, p: Point) {
        let at = self.experiment.index(p);
        if self.keys.contains_key(&at) {
            return;
        }
        let made = self.made(p);
        let mut keys = Vec::new();
        for m in self.measured.clone() {
            let kernel = self.kernel(p, m, made);
            let Some(kernel) = kernel else { continue };
            keys.push(self.step(StepSpec::Measure(MeasureSpec { kernel }), p, Part::Point));
        }
        self.keys.insert(at, keys);
    }

    /// The model of a point and its outputs.
    pub(crate) fn made(&mut self, p: Point) -> Made {
        let at = self.experiment.index(p);
        if let Some(made) = self.made.get(&at) {
            return *made;
        }
        let seeds = self.experiment.seed[p.seed].value;
        let made = self.made_by(p, seeds, Part::Point);
        self.made.insert(at, made);
        made
    }

    /// What a point's method makes on other seeds.
    pub(crate) fn made_by(&mut self, p: Point, seeds: Seeds, part: Part) -> Made {
        let e = self.experiment;
        let forget = self.forget(p).all;
        let (data, split) = self.split(p);
        let Unlearned { model, original } = self.unlearned(p, seeds, part);
        let procedure = &e.unlearn[p.unlearn].value[p.train].procedure;
        // What started from the original model and did something should have changed it.
        let started = original.filter(|_| procedure.start == Start::Original && !procedure.is_idle());
        let (graph, view) = (e.model[p.model].value[p.data].clone(), e.data[p.data].value.view.clone());
        let (generated, infer) = match &e.generative {
            Some(generative) => {
                let found = self.judged(p, (model, forget), generative, seeds, part);
                (Some(found.generated), found.judged)
            }
            None => {
                let losses = Vec::new();
                let spec = InferSpec { data, split, model, original: started, graph, view, losses };
                (None, self.step(StepSpec::Infer(spec), p, part))
            }
        };
        Made { forget, model, infer, generated, original }
    }

    /// The model that a point's method makes. At a request it goes on from what it made for the request before; a method that starts
    /// anew unlearns all that was asked for so far.
    fn unlearned(&mut self, p: Point, seeds: Seeds, part: Part) -> Unlearned {
        let e = self.experiment;
        let place = (e.index(p), seeds);
        if let Some(known) = self.turns.get(&place) {
            return *known;
        }
        let (data, split) = self.split(p);
        let method = &e.unlearn[p.unlearn].value[p.train];
        let procedure = method.procedure.clone();
        let Asked { all, own, gone } = self.forget(p);
        let (forget, gone) = if procedure.start == Start::Scratch { (all, None) } else { (own, gone) };
        let checkpoint = method.checkpoint.as_ref().map(|weights| self.load(p, weights, part));
        let parts = self.parts(p, forget);
        let original = procedure.reads_original().then(|| match e.before(p) {
            Some(before) => self.unlearned(before, seeds, part).model,
            None => self.original_of(p, seeds.train),
        });
        let spec = UnlearnSpec {
            data,
            split,
            forget,
            parts,
            gone,
            original,
            checkpoint,
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            procedure,
            most_seconds: self.most_seconds(p),
            seed: seeds.unlearn,
        };
        let made = Unlearned { model: self.step(StepSpec::Unlearn(spec), p, part), original };
        if e.is_request(p) {
            self.turns.insert(place, made);
        }
        made
    }
}
