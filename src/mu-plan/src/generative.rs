//! Images of denoisers, and the judge who says what is in them.

use mu_check::{Generative, Point, Seeds, Unlearn};
use mu_step::{GenerateSpec, JudgeSpec, LossTerm, Start, StepKey, StepSpec, TrainSpec};

use crate::build::Grid;
use crate::{Made, Part};

/// One judge judges all: its seed is no point's.
const JUDGE: u64 = 0;

/// Images of a denoiser, and what the judge says of them.
pub(crate) struct Images {
    pub(crate) generated: StepKey,
    pub(crate) judged: StepKey,
}

impl Grid<'_> {
    /// What the judge says of a denoiser's images.
    pub(crate) fn judged(
        &mut self,
        p: Point,
        (model, forget): (StepKey, StepKey),
        generative: &Generative,
        seeds: Seeds,
        part: Part,
    ) -> Images {
        let e = self.experiment;
        let spec = GenerateSpec {
            model,
            graph: e.model[p.model].value[p.data].clone(),
            view: e.data[p.data].value.view.clone(),
            sampling: generative.sampling.clone(),
            seed: seeds.evaluate,
        };
        let generated = self.step(StepSpec::Generate(spec), p, part);
        Images { generated, judged: self.judge(p, forget, Some(generated), generative, part) }
    }

    /// What the judge says of the data set's own test images.
    pub(crate) fn judged_data(&mut self, p: Point, forget: StepKey, generative: &Generative) -> StepKey {
        self.judge(p, forget, None, generative, Part::Selected)
    }

    /// What a point of denoisers needs beside its numbers. Where a number is of what the judge says: how the judge does on the data set's
    /// own images, and on those of the original model, since both bound what that number can mean. Where a figure shows them: images.
    pub(crate) fn beside(&mut self, p: Point, made: Made, keys: &[StepKey]) -> Vec<StepKey> {
        let e = self.experiment;
        let Some(generative) = &e.generative else { return Vec::new() };
        let mut found = Vec::new();
        if self.drawn.iter().any(|filter| filter.is_none_or(|f| e.keeps(f, p))) {
            found.extend(made.generated);
        }
        let of_judge =
            |key: &StepKey| self.plan.graph.get(*key).is_some_and(|s| s.spec.inputs().contains(&made.infer));
        if !keys.iter().any(of_judge) {
            return found;
        }
        found.push(self.judged_data(p, made.forget, generative));
        let idle = |u: &Unlearn| u.procedure.start == Start::Original && u.procedure.is_idle();
        let idle = e.unlearn.iter().position(|u| idle(&u.value[p.train]));
        match (made.original, idle) {
            (None, _) => {}
            // The original model under another name.
            (Some(_), Some(unlearn)) => found.push(self.made(Point { unlearn, ..p }).infer),
            (Some(model), None) => {
                let seeds = e.seed[p.seed].value;
                found.push(self.judged(p, (model, made.forget), generative, seeds, Part::Selected).judged);
            }
        }
        found
    }

    /// What the judge says of images: of a denoiser's, or of the data set's own.
    fn judge(
        &mut self,
        p: Point,
        forget: StepKey,
        generated: Option<StepKey>,
        generative: &Generative,
        part: Part,
    ) -> StepKey {
        let (data, split) = self.split(p);
        let (graph, view) =
            (generative.judge[p.data].clone(), self.experiment.data[p.data].value.view.clone());
        let training = TrainSpec {
            data,
            split,
            graph: graph.clone(),
            view: view.clone(),
            recipe: generative.recipe.clone(),
            from: None,
            stop: None,
            seed: JUDGE,
        };
        let model = self.step(StepSpec::Train(training), p, Part::Data);
        let spec = JudgeSpec { data, split, forget, generated, model, graph, view };
        self.step(StepSpec::Judge(spec), p, part)
    }

    /// The loss that a denoiser's samples have outputs of.
    pub(crate) fn denoising(&self, p: Point) -> Vec<LossTerm> {
        match &self.experiment.generative {
            Some(_) => self.experiment.train[p.train].value.recipe.loss.clone(),
            None => Vec::new(),
        }
    }
}
